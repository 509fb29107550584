"""What the coordinates of a table's rows say: where they lie, and whether the rows agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bordermap import areas
from bordermap import columns as cols
from bordermap import gazetteer as _gazetteer
from bordermap._placement.evidence import Tally
from bordermap.cells import rounding_m
from bordermap.gazetteer import SqliteGazetteer
from bordermap.model import Gazetteer
from bordermap.names import COUNTRIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Whereabouts"]

_CONTRADICTED = 0.5  # score of a row that says two things


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
