"""What the coordinates of a table's rows say: where they lie, and whether the rows agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bordermap import areas
from bordermap import columns as cols
from bordermap import gazetteer as _gazetteer
from bordermap._ellipsoid.geodesic import ecef, rough
from bordermap._placement.evidence import Tally
from bordermap.cells import rounding_m
from bordermap.gazetteer import OWN, Record, SqliteGazetteer
from bordermap.model import Gazetteer
from bordermap.names import COUNTRIES, REGIONS, country_code, key, region_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Whereabouts"]

_CONTRADICTED = 0.5  # score of a row that says two things
# A city of so many people is meant by its name, unless so many towns have it that hamlets do too;
# what lies so far beyond its outskirts is not in it.
_CITY, _OFTEN = 50_000, 12
_FAR_M = 50_000.0


class Whereabouts:
    """Where rows lie that give their coordinates.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees.
    rows : array of int, shape (n,)
        Their row numbers, for the notes.
    stated : sequence of frozenset
        States that each row may mean by its own words, by their everyday names; empty for none.
    silent : array of bool, shape (n,)
        Which rows name no country.
    places : sequence of str
        What each row calls the place; empty where it names nothing.
    radius_m : array, shape (n,), optional
        How vague the table itself says its coordinates are.
    gazetteer : Gazetteer, optional
        Knows the towns; the shipped one where a gazetteer of one's own does not.

    Attributes
    ----------
    told : dict
        Attribute of a `Place` → what holds for each row, as an array.
    located : Located or None
        Country, state and municipality of each row, by polygon.
    notes : list of str
        What a reader of the table should know.
    """

    def __init__(
        self,
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        *,
        rows: NDArray[np.int64],
        stated: Sequence[frozenset[str]],
        silent: NDArray[np.bool_],
        places: Sequence[str] = (),
        radius_m: NDArray[np.float64] | None = None,
        gazetteer: Gazetteer | None = None,
    ) -> None:
        self.told: dict[str, NDArray[Any]] = {}
        self.located: areas.Located | None = None
        self.notes: list[str] = []
        if not len(lon):
            return
        points, of = np.unique(np.column_stack([lon, lat]), axis=0, return_inverse=True)
        known = gazetteer if isinstance(gazetteer, SqliteGazetteer) else _gazetteer.load()
        x, y = points[:, 0], points[:, 1]
        located = areas.locate(x, y, gazetteer=known)
        self.located = areas.Located(*(column[of] for column in located))
        self._point = of.tolist()
        towns = areas.reasons(located, *areas.nearest_towns(x, y, known))
        reasons = [f"the table gives its coordinates; {words}" for words in towns]
        self.told = {
            "admin1": self.located.admin1,
            "admin2": self.located.admin2,
            "country": self.located.country,
            "match": np.full(len(lon), "coordinates", dtype=object),
            "score": np.ones(len(lon)),
            "reason": np.array(reasons, dtype=object)[of],
            "radius_m": rounding_m(lon, lat),
        }
        self._contradict(lon, lat, rows, stated)
        self._doubt(lon, lat, rows, silent, known)
        unsaid = ["" if said else place for said, place in zip(stated, places, strict=False)]
        slack = np.zeros(len(lon)) if radius_m is None else np.nan_to_num(radius_m)
        self._misplace(lon, lat, rows, unsaid, slack=slack, known=known)

    def _doubt(
        self,
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        rows: NDArray[np.int64],
        silent: NDArray[np.bool_],
        known: SqliteGazetteer,
    ) -> None:
        """Mark points in none of the three countries that a minus sign would put into one."""
        assert self.located is not None  # noqa: S101 - for the type checker
        abroad = np.array([country is None for country in self.located.country])
        at = np.flatnonzero(abroad & silent & (lon > 0))
        meant = areas.locate(-lon[at], lat[at], gazetteer=known) if at.size else self.located
        doubtful = []
        for one, country, state in zip(at.tolist(), meant.country, meant.admin1, strict=False):
            if country is not None:
                doubtful.append(one)
                self.told["score"][one] = _CONTRADICTED
                self.told["reason"][one] += (
                    "; with a minus sign before its longitude it would lie in "
                    f"{state or COUNTRIES[country]}"
                )
        if doubtful:
            numbers = sorted(rows[doubtful].tolist())
            self.notes.append(
                f"coordinates: those of {cols.counted(len(numbers), 'row')} "
                f"({cols.listed(numbers)}) lie in none of the three countries, and would with a "
                "minus sign before the longitude; the rows are kept as they are"
            )

    def tally(self) -> Tally:
        """How many rows, and how many different points, lie in each state."""
        tally = Tally()
        if self.located is not None:
            rows = Counter(zip(self.located.country, self.located.admin1, self._point, strict=True))
            for (country, admin1, _), count in rows.items():
                if country:
                    tally.add((country, admin1), count)
        return tally

    def _contradict(
        self,
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        rows: NDArray[np.int64],
        stated: Sequence[frozenset[str]],
    ) -> None:
        """Mark rows whose point lies in another state than they name."""
        assert self.located is not None  # noqa: S101 - for the type checker
        states = self.located.states
        suspects: dict[frozenset[str], list[int]] = defaultdict(list)
        for one, (said, lies) in enumerate(zip(stated, states, strict=True)):
            if said and lies and said.isdisjoint(lies):
                suspects[said].append(one)
        astray: list[int] = []
        for said, ones in suspects.items():
            at = np.array(ones)
            slack = self.told["radius_m"][at]
            near = areas.near_states(lon[at], lat[at], said, slack)
            astray += at[~near].tolist()
        for one in astray:
            self.told["score"][one] = _CONTRADICTED
            self.told["reason"][one] += (
                f"; it lies in {' or '.join(states[one])}, not in "
                f"{' or '.join(sorted(stated[one]))} as the row says"
            )
        if astray:
            numbers = sorted(rows[astray].tolist())
            self.notes.append(
                f"coordinates: those of {cols.counted(len(numbers), 'row')} "
                f"({cols.listed(numbers)}) lie in another state than the row names; match_reason "
                "says in which"
            )

    def _misplace(
        self,
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        rows: NDArray[np.int64],
        places: Sequence[str],
        *,
        slack: NDArray[np.float64],
        known: SqliteGazetteer,
    ) -> None:
        """Mark points of rows that name no state, far from every place of the name in the row.

        Each distinct name is looked up once, as it is written; only that of a city tells, for a
        hamlet that is not on record may have any other.
        """
        named: dict[str, list[int]] = defaultdict(list)
        for one, place in enumerate(places):
            if place:
                named[place].append(one)
        astray: list[int] = []
        for place, ones in named.items():
            records = _places_called(place, known)
            if not records:
                continue
            at = np.array(ones)
            away = np.array([_metres(lon[at], lat[at], record) for record in records])
            outside = away - np.array([[record.radius_m] for record in records])
            far = (outside.min(axis=0) > _FAR_M + slack[at]) & ~self._in_areas(at, records)
            for one, nearest in zip(at[far].tolist(), away[:, far].argmin(axis=0), strict=True):
                record = records[nearest]
                self.told["score"][one] = _CONTRADICTED
                self.told["reason"][one] += (
                    f"; {record.name}, {REGIONS[record.region or ''].name}, which the row names, "
                    f"lies {away[nearest, ones.index(one)] / 1000:,.0f} km from there"
                )
                astray.append(one)
        if astray:
            numbers = sorted(rows[astray].tolist())
            self.notes.append(
                f"coordinates: those of {cols.counted(len(numbers), 'row')} "
                f"({cols.listed(numbers)}) lie far from the city that the row names; match_reason "
                "says how far"
            )

    def _in_areas(self, at: NDArray[np.int64], records: Sequence[Record]) -> NDArray[np.bool_]:
        """Which points lie in the municipality of one of the places."""
        assert self.located is not None  # noqa: S101 - for the type checker
        areas_ = {(REGIONS[r.region].name, r.area_name) for r in records if r.region}
        points = zip(self.located.admin1[at], self.located.admin2[at], strict=True)
        return np.array([point in areas_ for point in points], dtype=bool)


def _places_called(place: str, known: SqliteGazetteer) -> list[Record]:
    """The places that a name can only mean, as one of them is a city; empty where it tells nothing."""
    if country_code(place) or region_codes(place):
        return []
    records = known.find(key(place))
    towns = [record for record in records if record.kind == "town"]
    if len(towns) >= _OFTEN:
        return []
    cities = [t for t in towns if t.form == OWN and (t.population or 0) >= _CITY]
    return towns if cities else []


def _metres(
    lon: NDArray[np.float64], lat: NDArray[np.float64], record: Record
) -> NDArray[np.float64]:
    """Distance of each point from a place in metres, to within one in 100,000."""
    x, y, z = ecef(lon, lat)
    x0, y0, z0 = ecef(np.array([record.lon]), np.array([record.lat]))
    apart: NDArray[np.float64] = rough(
        (x - x0) ** 2 + (y - y0) ** 2 + (z - z0) ** 2, z - z0, z + z0
    )
    return apart
