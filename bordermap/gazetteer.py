"""The offline index of places: one SQLite file, opened read-only, read page by page.

`load` opens the shipped one. A gazetteer of one's own needs only what `bordermap.model.Gazetteer`
asks for: `lookup` and `source`.
"""

from __future__ import annotations

import math
import os
import sqlite3
import threading
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from bordermap import _data
from bordermap.errors import DataError
from bordermap.model import Match, Place, Source
from bordermap.names import COUNTRIES, REGIONS, country_code, key, region_codes
from bordermap.spelling import Spellings

__all__ = ["Record", "SqliteGazetteer", "load"]

SCHEMA = "3"
OWN, ALTERNATE, SHORT = 0, 1, 2

# In the order of the fields of `Record`, and in their units.
_COLUMNS = (
    "p.id, IFNULL(p.ref, 'geonames:' || p.id), p.kind, p.name, p.lon / 1e5, p.lat / 1e5, p.country, "
    "p.region, p.area, p.population, p.radius * 1.0, p.rank, a.name, a.seat"
)
_SELECT_PLACE = (
    f"SELECT {_COLUMNS}, {OWN}, p.border, p.vague FROM place p LEFT JOIN area a ON a.id = p.area"  # noqa: S608
)
_BY_NAME = (
    f"SELECT {_COLUMNS}, n.form, p.border, p.vague FROM name n JOIN place p ON p.id = n.place "  # noqa: S608
    "LEFT JOIN area a ON a.id = p.area WHERE n.key = ?"
)
_BY_NAME_IN_REGION = f"{_BY_NAME} AND n.region = ?"
# A country is all of its states, "MX-AGU" to "MX-ZAC"; areas have negative numbers.
_BY_NAME_IN_COUNTRY = f"{_BY_NAME} AND n.region BETWEEN ? || '-' AND ? || '-~'"
_NAMESAKES = (
    "SELECT count(*) FROM name "
    "WHERE key = ? AND region BETWEEN ? || '-' AND ? || '-~' AND place > 0"
)
# How often the point of a village known only by its municipality serves.
_VAGUE_SCORE = 0.8
_VAGUE = {
    1: "only the municipality that it lies in is known",
    2: "its own point is not known, only that of something beside it, and the radius covers it",
}
_LEAST_METRES_PER_DEGREE = 110_574.0  # of latitude, on the equator; of longitude it has more
# The whole file: read through the page cache of the system, not copied out of it.
_MAPPED_BYTES = 1 << 26


class Record(NamedTuple):
    """One place as the gazetteer stores it, and how the name asked for belongs to it.

    Attributes
    ----------
    number : int
        Row number in the file: GeoNames' for towns, negative for areas.
    rank : int
        3 capital of a country, 2 of a state, 1 seat of a municipality or county, 0 none.
    form : int
        0 the place's own name, 1 another one on record, 2 a shortened one.
    seat : int or None
        Row number of the seat of the municipality or county that it lies in.
    border : int or None
        Hundreds of metres to the nearer border of the US, negative for that with Canada.
    vague : int or None
        1 for a village of which only the municipality is known: its point is inside that, and its
        radius covers it. 2 for one that lies near its point, which is that of something beside it:
        its radius covers both. No answer with either scores more than 0.8, and the reason says so.
    """

    number: int
    ref: str
    kind: str
    name: str
    lon: float
    lat: float
    country: str
    region: str | None
    area: int | None
    population: int | None
    radius_m: float
    rank: int
    area_name: str | None
    seat: int | None
    form: int = OWN
    border: int | None = None
    vague: int | None = None

    def place(self, source: Source, match: Match, score: float, reason: str) -> Place:
        """The place that a caller sees."""
        kind = "municipality" if self.kind == "county" else self.kind
        if self.vague:
            score = min(score, _VAGUE_SCORE)
            reason = f"{reason}; {_VAGUE[self.vague]}"
        return Place(
            name=COUNTRIES.get(self.name, self.name) if kind == "country" else self.name,
            lon=self.lon,
            lat=self.lat,
            country=self.country,
            admin1=REGIONS[self.region].name if self.region else None,
            admin2=self.area_name,
            id=self.ref,
            kind=kind,
            population=self.population,
            radius_m=self.radius_m,
            match=match,
            score=score,
            source=source,
            reason=reason,
        )


class SqliteGazetteer:
    """Places of Mexico, the United States and Canada in one read-only SQLite file.

    It may be used from several threads and after a fork: each gets a connection of its own.

    Parameters
    ----------
    path : Path
        The file that `shapefiles/build_gazetteer.py` writes.
    source : Source
        Whom to credit.

    Raises
    ------
    DataError
        When the file is not a gazetteer of this version.
    """

    def __init__(self, path: Path, source: Source) -> None:
        self.path = path
        self.source = source
        self._local = threading.local()
        self._spellings: dict[tuple[str, ...], Spellings] = {}
        try:
            found = self._all("SELECT value FROM meta WHERE key = 'schema'")
        except sqlite3.Error as error:
            raise DataError(
                f"{path} is not a bordermap gazetteer ({error}); install bordermap again"
            ) from error
        if found != [(SCHEMA,)]:
            raise DataError(f"{path} is of another version; install bordermap again")

    def __repr__(self) -> str:
        return f"<SqliteGazetteer {self.source.name} {self.source.edition}>"

    def __reduce__(self) -> tuple[type[SqliteGazetteer], tuple[Path, Source]]:
        return SqliteGazetteer, (self.path, self.source)

    def _all(self, sql: str, values: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        owner = os.getpid()
        if getattr(self._local, "owner", None) != owner:
            # A connection must not be carried across a fork. `immutable` spares the lock files
            # that a read-only installation could not hold.
            uri = f"{self.path.resolve().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None)
            connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
            self._local.connection = connection
            self._local.owner = owner
        rows: list[tuple[Any, ...]] = self._local.connection.execute(sql, tuple(values)).fetchall()
        return rows

    # ------------------------------------------------------------ names

    def lookup(
        self, name: str, *, country: str | None = None, admin1: str | None = None
    ) -> list[Place]:
        """Every place that answers to `name` exactly, largest first; empty when none does.

        Parameters
        ----------
        name : str
            Accents, case and the usual abbreviations do not matter.
        country, admin1 : str, optional
            Narrow the choice, in any usual spelling.

        Examples
        --------
        >>> [place.admin1 for place in load().lookup("villa union", country="MX")]
        ['Sinaloa', 'Durango', 'Coahuila', 'Veracruz']
        """
        code = (country_code(country) or country) if country else None
        regions = region_codes(admin1, code) if admin1 else None
        records = [r for r in self.find(key(name), regions, code) if r.form != SHORT]
        towns = [record for record in records if record.kind == "town"]
        seats = {record.number for record in towns}
        areas = [r for r in records if r.kind != "town" and r.seat not in seats]
        ordered = sorted([*towns, *areas], key=lambda r: (-(r.population or 0), r.number))
        return [
            record.place(
                self.source,
                "exact" if record.form == OWN else "alternate",
                1.0 / len(ordered),
                "its own name" if record.form == OWN else "another name of it",
            )
            for record in ordered
        ]

    def find(
        self,
        spelling: str,
        regions: Collection[str] | None = None,
        country: str | None = None,
    ) -> list[Record]:
        """Records indexed under a key (see `bordermap.names.key`), within regions or a country."""
        if regions is not None and len(regions) == 1:
            rows = self._all(_BY_NAME_IN_REGION, (spelling, *regions))
        elif regions is None and country is not None:
            rows = self._all(_BY_NAME_IN_COUNTRY, (spelling, country, country))
        else:
            rows = self._all(_BY_NAME, (spelling,))
        found = [Record._make(row) for row in rows]
        if regions is None or (country is None and len(regions) == 1):
            return found
        return [
            record
            for record in found
            if (regions is None or record.region in regions)
            and (country is None or record.country == country)
        ]

    def namesakes(self, spelling: str, country: str) -> int:
        """How many towns of a country answer to a key."""
        rows = self._all(_NAMESAKES, (spelling, country, country))
        return int(rows[0][0])

    def spellings(self, regions: Collection[str] | None = None) -> Spellings:
        """Every key in use in the given regions, or in all: what a misspelt name is held to."""
        codes = tuple(sorted(REGIONS if regions is None else regions))
        found = self._spellings.get(codes)
        if found is None:
            marks = ", ".join("?" * len(codes))
            rows = self._all(f"SELECT keys FROM spelling WHERE region IN ({marks})", codes)  # noqa: S608
            found = Spellings(key for (keys,) in rows for key in keys.split("\n"))
            self._spellings[codes] = found
        return found

    def abroad(self, spelling: str) -> list[tuple[str, str, int, bool]]:
        """Large cities elsewhere under a key, largest first.

        Each is (name, country, population, whether that is its own name); a country itself has an
        empty country and population 0.
        """
        rows = self._all(
            "SELECT name, country, population, own FROM abroad WHERE key = ? "
            "ORDER BY population DESC, name, country",
            (spelling,),
        )
        return [(name, country, people, bool(own)) for name, country, people, own in rows]

    # ------------------------------------------------------------ places

    def get(self, number: int) -> Record | None:
        """The record with a row number."""
        rows = self._all(f"{_SELECT_PLACE} WHERE p.id = ?", (number,))
        return Record._make(rows[0]) if rows else None

    def region(self, code: str) -> Record | None:
        """A state or country as a record, by its ISO code ("MX-COA", "MX")."""
        codes = ["CA", "MX", "US", *REGIONS]
        if code not in codes:
            return None
        return self.get(-900_000_000_000 - 1 - sorted(codes).index(code))

    def towns(
        self,
        bbox: tuple[float, float, float, float],
        min_population: int = 0,
        limit: int | None = None,
    ) -> list[Place]:
        """Towns in a window, most populous first; border crossings are left out.

        Parameters
        ----------
        bbox : tuple of float
            (west, south, east, north) in degrees; west may exceed east across the antimeridian.
        min_population : int
            Smallest population; towns without a figure count as 0.
        limit : int, optional
            At most so many.

        Examples
        --------
        >>> [town.name for town in load().towns((-101, 28, -100, 29), limit=3)]
        ['Piedras Negras', 'Eagle Pass', 'Nava']
        """
        west, south, east, north = bbox
        across = west > east
        lon = "(p.lon >= ? OR p.lon <= ?)" if across else "p.lon >= ? AND p.lon <= ?"
        values: list[object] = [round(west * 1e5), round(east * 1e5)]
        where = [
            lon,
            "p.lat BETWEEN ? AND ?",
            "IFNULL(p.population, 0) >= ?",
            "p.kind = 'town' AND p.cell IS NOT NULL",
        ]
        values += [round(south * 1e5), round(north * 1e5), min_population]
        cells = [] if across else _cells(west, south, east, north)
        if cells:
            where.append(f"p.cell IN ({', '.join('?' * len(cells))})")
            values += cells
        sql = (
            f"{_SELECT_PLACE} WHERE {' AND '.join(where)} "
            "ORDER BY IFNULL(p.population, 0) DESC, p.id LIMIT ?"
        )
        rows = self._all(sql, [*values, -1 if limit is None else limit])
        return [
            Record._make(row).place(self.source, "exact", 1.0, "in the window asked for")
            for row in rows
        ]

    def near(
        self, lon: float, lat: float, *, within_m: float = 50_000.0, limit: int = 10
    ) -> list[tuple[float, Record]]:
        """Towns around a point as (distance in metres, record), nearest first.

        Distances are geodesic on WGS84.
        """
        # Few points are far from every town: look close by first.
        for reach in (within_m / 16, within_m / 4, within_m):
            found = self._within(lon, lat, reach)
            if len(found) >= limit:
                break
        records = ((metres, self.get(number)) for metres, number in found[:limit])
        return [(metres, record) for metres, record in records if record]

    def _within(self, lon: float, lat: float, reach_m: float) -> list[tuple[float, int]]:
        """Towns no farther than so many metres, nearest first: (distance, row number)."""
        high = reach_m / _LEAST_METRES_PER_DEGREE
        wide = high / max(math.cos(math.radians(min(abs(lat) + high, 89.0))), 0.01)
        frame = lon - wide, lat - high, lon + wide, lat + high
        cells = _cells(*frame, most=5000)
        west, south = (math.floor(side * 1e5) for side in frame[:2])
        east, north = (math.ceil(side * 1e5) for side in frame[2:])
        # The cells pass ±180 where the frame does; its own edges would not.
        inside = "" if west < -18_000_000 or east > 18_000_000 else "AND lon BETWEEN ? AND ?"
        rows = self._all(
            f"SELECT id, lon / 1e5, lat / 1e5 FROM place WHERE cell IN ({', '.join('?' * len(cells))}) "  # noqa: S608
            f"AND kind = 'town' AND lat BETWEEN ? AND ? {inside}",
            [*cells, south, north, *((west, east) if inside else ())],
        )
        if not rows:
            return []
        numbers, lons, lats = zip(*rows, strict=True)
        found = zip(_metres(lon, lat, lons, lats), numbers, strict=True)
        return sorted(item for item in found if item[0] <= reach_m)


def _metres(lon: float, lat: float, lons: Sequence[float], lats: Sequence[float]) -> list[float]:
    """Geodesic distances from one point to others no farther than some 100 km."""
    import numpy as np  # names do without

    # PROJ would do, but takes 19 MiB for what may be one distance.
    from bordermap._ellipsoid.geodesic import ecef, length

    x, y, z = ecef(np.array([lon, *lons]), np.array([lat, *lats]))
    dz = z[1:] - z[0]
    squared = (x[1:] - x[0]) ** 2 + (y[1:] - y[0]) ** 2 + dz * dz
    metres: list[float] = length(squared, dz, z[1:] + z[0]).tolist()
    return metres


def _cells(west: float, south: float, east: float, north: float, most: int = 400) -> list[int]:
    """Numbers of the one-degree cells of a window; empty when a full scan is no slower."""
    columns = range(math.floor(west), math.floor(east) + 1)
    rows = range(math.floor(max(south, -90.0)), math.floor(min(north, 89.999)) + 1)
    if len(columns) * len(rows) > most:
        return []
    return [(row + 90) * 360 + (column + 180) % 360 for row in rows for column in columns]


@lru_cache(maxsize=8)
def load(data: Path | None = None) -> SqliteGazetteer:
    """The shipped gazetteer, opened once per data folder.

    Parameters
    ----------
    data : Path, optional
        Another data folder (`Settings.data`).

    Raises
    ------
    DataError
        When it is missing, incomplete or of another version.

    Examples
    --------
    >>> load().region("MX-COA").name
    'Coahuila'
    """
    return SqliteGazetteer(_data.file("gazetteer.sqlite", data), _data.source("gazetteer", data))
