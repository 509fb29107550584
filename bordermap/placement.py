"""Rows to places: coordinates that a table gives are checked and kept, names are looked up.

What counts as a coordinate:

- both `lon` and `lat` are there: the row keeps them. A pair off the Earth is refused, and so is one
  that lies in the row's own country only once it is swapped or gets its minus sign. In a row that
  names no country, a pair is refused that lies in none of the three but, swapped, in one of them;
- "0, 0" is what software writes for "unknown" (the point is open sea off Africa): it counts as
  missing;
- none, or half a pair: the row's `place`, with `admin1` and `country`, is looked up. A municipality
  without a place is a place itself. A row that names no more than a state or a country is refused,
  as one that names nothing: the middle of Texas is no place where something happened.

A state, municipality or country that the row leaves empty is filled with that of its point, and a
note says so; what the row says is never replaced.

A wrong coordinate is never replaced by a looked-up one: it would hide the mistake.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas.array import GeometryArray

from bordermap import columns as cols
from bordermap import distance, geocoder, names
from bordermap._placement import decisions
from bordermap._placement.lookup import Lookup
from bordermap._placement.whereabouts import Whereabouts
from bordermap.errors import (
    BordermapError,
    CoordinateError,
    PlaceNotFoundError,
)
from bordermap.model import Incidents, Place
from bordermap.tables import Flaw, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["OnError", "place_rows"]

OnError = Literal["collect", "raise"]

# (west, south, east, north) with a margin for waters: wide enough that nothing in the country
# falls out, narrow enough that a pair with swapped axes or a lost minus sign does.
_COUNTRY_BOXES = {
    "MX": (-119.5, 13.5, -85.5, 33.5),
    "US": (-180.0, 16.5, -64.0, 72.5),
    "CA": (-142.5, 40.5, -51.5, 84.5),
}


def place_rows(
    table: Table,
    *,
    lookup: Lookup | None = None,
    country: str | None = None,
    admin1: str | None = None,
    by_name: bool = False,
    on_error: OnError = "collect",
) -> Incidents:
    """Give every row of a table a place, or a reason why it has none.

    Parameters
    ----------
    table : Table
    lookup : Lookup, optional
        How names are looked up; in the shipped gazetteer when not given.
    country, admin1 : str, optional
        For rows that do not say.
    by_name : bool
        Look every row up by its name, also where the table gives coordinates.
    on_error : {"collect", "raise"}
        Collect rows that cannot be placed in `rejected`, or raise the error of the first.

    Returns
    -------
    Incidents
        ``len(frame) + len(rejected)`` is the number of rows of the table.
    """
    lookup = lookup or Lookup()
    rows = _Rows(table, by_name=by_name)
    rows.refuse_contradictions(country, admin1)
    rows.refuse_nameless()
    where = _whereabouts(rows, lookup, admin1)
    found = _looked_up(rows, lookup, where, country, admin1)
    flaws = rows.flaws
    if on_error == "raise" and flaws:
        raise _first(table, flaws)
    frame, filled = _placed(rows, found, where)
    return Incidents(
        frame=frame,
        rejected=_rejected(table.raw, flaws),
        source=table.source,
        credits=tuple(dict.fromkeys(place.source for place in found.places)),
        notes=(
            *table.notes,
            *_passed_over(rows, found),
            *where.notes,
            *found.notes,
            *_completed(filled),
        ),
        decided=found.decided,
        filled=filled,
    )


class _Said(NamedTuple):
    """What a row says about where it was, in words."""

    place: str | None
    admin1: str | None
    admin2: str | None
    country: str | None


class _Rows:
    """The rows of a table with what each says about where it was, and a growing list of flaws.

    `said` holds each distinct combination of words once, `said_by` its number for each row: a
    column of a million rows repeats some hundred names.
    """

    def __init__(self, table: Table, *, by_name: bool) -> None:
        frame = table.frame
        if by_name:
            frame = frame.rename(columns={"lon": "lon_given", "lat": "lat_given"})
        self.frame = frame
        self.flaws = dict(table.flaws)
        self.radius_m = None if by_name else table.radius_m
        self.numbers = frame.index.to_numpy(dtype="int64")
        self.said, self.said_by = _distinct(frame)
        nowhere = np.full(len(frame), np.nan)
        self.lon = frame["lon"].to_numpy(dtype="float64").copy() if "lon" in frame else nowhere
        self.lat = frame["lat"].to_numpy(dtype="float64").copy() if "lat" in frame else nowhere
        null_island = (self.lon == 0.0) & (self.lat == 0.0)
        self.half = np.isnan(self.lon) != np.isnan(self.lat)
        self.null_island = null_island
        self.given = ~(np.isnan(self.lon) | np.isnan(self.lat) | null_island)

    def by_row(self, told: Sequence[Any], dtype: Any = object) -> NDArray[Any]:
        """What holds for each distinct combination, row by row."""
        values = np.empty(len(told), dtype=dtype)
        values[:] = told
        return values[self.said_by]

    @property
    def usable(self) -> NDArray[np.bool_]:
        if not self.flaws:
            return np.ones(len(self.numbers), dtype=bool)
        return ~np.isin(self.numbers, np.fromiter(self.flaws, dtype="int64"))

    def refuse(self, position: int, column: str, error: BordermapError) -> None:
        self.flaws.setdefault(int(self.numbers[position]), Flaw(column, error))

    def refuse_contradictions(self, country: str | None, admin1: str | None) -> None:
        """Coordinates that fit the row's own country only when read another way."""
        codes = self.by_row([_country_said(said, country, admin1) for said in self.said])
        for code, (west, south, east, north) in _COUNTRY_BOXES.items():

            def inside(
                lon: NDArray[np.float64],
                lat: NDArray[np.float64],
                box: tuple[float, ...] = (west, south, east, north),
            ) -> NDArray[np.bool_]:
                return (box[0] <= lon) & (lon <= box[2]) & (box[1] <= lat) & (lat <= box[3])

            astray = self.given & (codes == code) & ~inside(self.lon, self.lat)
            for position in np.flatnonzero(astray & self.usable):
                lon, lat = self.lon[position], self.lat[position]
                if distance.side(lon, lat) == code:  # Guam, the outer Aleutians
                    continue
                if inside(lat, lon):
                    column, why = "lat", "longitude and latitude look swapped"
                elif inside(-lon, lat):
                    column, why = "lon", "the longitude seems to have lost its minus sign"
                elif inside(lon, -lat):
                    column, why = "lat", "the latitude seems to have a minus sign too many"
                else:
                    continue
                self.refuse(
                    int(position),
                    column,
                    CoordinateError(
                        f"latitude {lat:.10g}, longitude {lon:.10g} is far from "
                        f"{_named(code)}: {why}"
                    ),
                )

        if country is None:
            unsaid = self.by_row([said.country is None for said in self.said], bool)
            self._refuse_swapped(unsaid & pd.isna(codes))

    def _refuse_swapped(self, unsaid: NDArray[np.bool_]) -> None:
        """Coordinates in none of the three countries that are, swapped, in one of them."""
        boxes = np.array(list(_COUNTRY_BOXES.values()))
        low, high = boxes.min(axis=0), boxes.max(axis=0)
        # The boxes leave next to nothing to look up in the polygons: a swapped pair has the
        # longitude of America for a latitude.
        suspect = unsaid & self.given & self.usable
        suspect &= (low[0] <= self.lat) & (self.lat <= high[2])
        suspect &= (low[1] <= self.lon) & (self.lon <= high[3])
        at = np.flatnonzero(suspect)
        lon, lat = self.lon[at], self.lat[at]
        meant = distance.side(lat, lon)
        astray = pd.isna(distance.side(lon, lat)) & pd.notna(meant)
        for position, code in zip(at[astray], meant[astray], strict=True):
            self.refuse(
                int(position),
                "lat",
                CoordinateError(
                    f"latitude {self.lat[position]:.10g}, longitude {self.lon[position]:.10g} lies "
                    "in none of the three countries, but the other way round in "
                    f"{_named(code)}: longitude and latitude look swapped (if they are right, name "
                    "the country in the row)"
                ),
            )

    def refuse_nameless(self) -> None:
        """Rows that neither say where nor name anything to look up."""
        unnamed = self.by_row([not any(said) for said in self.said], bool)
        placeless = self.by_row([(said.place or said.admin2) is None for said in self.said], bool)
        lost = unnamed | (placeless & (self.half | self.null_island))
        for position in np.flatnonzero(self.usable & ~self.given & lost):
            if self.half[position]:
                missing = "lon" if np.isnan(self.lon[position]) else "lat"
                word = "longitude" if missing == "lon" else "latitude"
                why, column = f"the {word} is missing, and no place is named to look up", missing
            elif self.null_island[position]:
                why, column = "0, 0 stands for unknown, and no place is named to look up", "lat"
            else:
                why, column = "no place is named, and no coordinates are given", "place"
            self.refuse(int(position), column, PlaceNotFoundError(why))


def _named(code: str) -> str:
    """A country as a sentence names it."""
    return f"the {names.COUNTRIES[code]}" if code == "US" else names.COUNTRIES[code]


def _distinct(frame: pd.DataFrame) -> tuple[list[_Said], NDArray[np.intp]]:
    """Each distinct combination of words once, by first appearance, and its number for each row."""
    number = np.zeros(len(frame), dtype=np.intp)
    columns: dict[str, tuple[NDArray[np.intp], NDArray[np.object_]]] = {}
    for name in set(cols.WHERE) & set(frame.columns):
        codes, cells = pd.factorize(frame[name].to_numpy(dtype=object))
        columns[name] = codes, np.array([*cells, None], dtype=object)
        number, _ = pd.factorize(number * (len(cells) + 1) + codes + 1)
    # Numbers count up by first appearance; of several rows the one written last is the first.
    first = np.zeros(number.max(initial=-1) + 1, dtype=np.intp)
    first[number[::-1]] = np.arange(number.size - 1, -1, -1)
    none = np.full(first.size, None, dtype=object)
    words = []
    for name in _Said._fields:
        codes, cells = columns.get(name, (number, none))
        words.append(cells[codes[first]].tolist() if name in columns else none.tolist())
    return [_Said(*said) for said in zip(*words, strict=True)], number


def _country_said(said: _Said, country: str | None, admin1: str | None) -> str | None:
    """ISO code of the country that a row says it is in; None where it does not.

    By the country, else by the state, else by what stands after the last comma of the place.
    """
    last = said.place.rpartition(",")[2] if said.place and "," in said.place else None
    return _country_code(said.country or country, said.admin1 or admin1, last)


def _country_code(country: str | None, admin1: str | None, last: str | None) -> str | None:
    if country is not None:
        return names.country_code(country)
    meant = {region[:2] for region in names.region_codes(admin1 or last or "")}
    if admin1 is None and last and (code := names.country_code(last)) is not None:
        meant.add(code)  # "CA" is California and Canada, and so says nothing
    return meant.pop() if len(meant) == 1 else None


def _whereabouts(rows: _Rows, lookup: Lookup, admin1: str | None) -> Whereabouts:
    """Where the rows lie that give their coordinates."""
    at = np.flatnonzero(rows.usable & rows.given)
    numbers = rows.said_by[at].tolist()
    stated = {number: _states_said(rows.said[number], admin1) for number in set(numbers)}
    return Whereabouts(
        rows.lon[at],
        rows.lat[at],
        rows=rows.numbers[at],
        stated=[stated[number] for number in numbers],
        silent=rows.by_row([said.country is None for said in rows.said], bool)[at],
        places=[rows.said[number].place or "" for number in numbers],
        radius_m=None if rows.radius_m is None else rows.radius_m[at],
        gazetteer=lookup.gazetteer,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """Places, and for each row of the table the position of its place (-1 for none)."""

    places: list[Place]
    of_row: NDArray[np.intp]
    decided: Callable[[], pd.DataFrame]
    notes: list[str]


def _looked_up(
    rows: _Rows, lookup: Lookup, where: Whereabouts, country: str | None, admin1: str | None
) -> _Found:
    """Look each distinct name up once."""
    wanted = np.flatnonzero(rows.usable & ~rows.given)
    asked, numbers = pd.factorize(rows.said_by[wanted])
    queries = [
        geocoder.Query(
            said.place or "", said.admin1 or admin1, said.country or country, said.admin2
        )
        for said in (rows.said[number] for number in numbers)
    ]
    counts = np.bincount(asked, minlength=len(queries))
    first = np.full(len(queries), -1, dtype=np.intp)
    first[asked[::-1]] = wanted[::-1]
    answers = lookup.many(queries, counts.tolist(), where.tally())
    places: list[Place] = []
    place_of = np.full(len(queries), -1, dtype=np.intp)
    errors: dict[int, Flaw] = {}
    for number, answer in enumerate(answers):
        if isinstance(answer, Place):
            place_of[number] = len(places)
            places.append(answer)
        else:
            errors[number] = Flaw("place", answer)
    of_row = np.full(len(rows.numbers), -1, dtype=np.intp)
    of_row[wanted] = place_of[asked]
    for unplaced in np.flatnonzero(place_of[asked] < 0):
        rows.flaws.setdefault(int(rows.numbers[wanted[unplaced]]), errors[int(asked[unplaced])])
    numbered = rows.numbers[first].tolist()
    decided = partial(decisions.table, queries, answers, counts.tolist(), numbered)
    notes = lookup.decisions.notes(queries) if lookup.decisions else []
    return _Found(places, of_row, decided, notes)


def _states_said(said: _Said, admin1: str | None) -> frozenset[str]:
    """Names of the states that a row may mean by its own words; empty where it says none."""
    last = said.place.rpartition(",")[2] if said.place and "," in said.place else ""
    country = names.country_code(said.country) if said.country else None
    codes = names.region_codes(said.admin1 or admin1 or last, country)
    return frozenset(names.REGIONS[code].name for code in codes)


def _told(
    found: _Found, where: Whereabouts, attribute: str, of_row: NDArray[np.intp]
) -> NDArray[np.object_] | None:
    """What the coordinates of rows without a place say among what the places of the others do.

    None where every row has a place.
    """
    otherwise = where.told.get(attribute)
    if otherwise is None:
        return None
    column = _said(found, attribute)[of_row]
    column[of_row < 0] = otherwise
    return column


def _said(found: _Found, attribute: str) -> NDArray[np.object_]:
    """What each place says, and None at the end: where the -1 of a row without a place points."""
    said = [getattr(place, attribute) for place in found.places]
    return np.array([*(None if value == "" else value for value in said), None], dtype=object)


def _placed(
    rows: _Rows, found: _Found, where: Whereabouts
) -> tuple[gpd.GeoDataFrame, dict[str, frozenset[int]]]:
    """The rows that have a place, and which of their own empty cells were filled."""
    usable = rows.usable
    # From pandas 3 on a shallow copy is a copy once either of the two is written to.
    lazy = int(pd.__version__.partition(".")[0]) >= 3
    frame = rows.frame.copy(deep=not lazy) if usable.all() else rows.frame[usable].copy()
    of_row = found.of_row[usable]
    by_name = of_row >= 0
    lon, lat = rows.lon[usable].copy(), rows.lat[usable].copy()
    lon[by_name] = np.array([place.lon for place in found.places])[of_row[by_name]]
    lat[by_name] = np.array([place.lat for place in found.places])[of_row[by_name]]
    frame["lon"], frame["lat"] = lon, lat
    filled = {}
    for name in ("admin1", "admin2", "country"):
        empty = frame[name].isna().to_numpy() if name in frame else None
        if len(frame) and (empty is None or empty.any()):
            # Python objects, as those of a table that has the column.
            told = _told(found, where, name, of_row)
            cells = _said(found, name)[of_row] if told is None else told
            if empty is not None:
                cells = np.where(empty, cells, frame[name].to_numpy(dtype=object))
                known = empty & pd.notna(cells)
                filled[name] = frozenset(frame.index[known].tolist())
            frame[name] = pd.Series(cells, index=frame.index, dtype=object)

    ours = set(frame.columns) >= set(cols.ADDED_BY_READ)
    before = {name: frame[name] for name in cols.ADDED_BY_READ} if ours else {}
    for name, attribute in (
        ("match", "match"),
        ("match_name", "name"),
        ("match_id", "id"),
        ("match_score", "score"),
        ("match_reason", "reason"),
        ("radius_m", "radius_m"),
    ):
        told = _told(found, where, attribute, of_row)
        whole = pd.Series(_said(found, attribute)).array.take(of_row) if told is None else told
        frame[name] = whole
    for name in ("match_score", "radius_m"):
        frame[name] = frame[name].astype("float64")
    if ours:
        _restore(frame, before, ~by_name)
    if rows.radius_m is not None:  # the table's own word on how vague its coordinates are
        frame["radius_m"] = np.fmax(frame["radius_m"], rows.radius_m[usable])
    points = _points(found, of_row, lon, lat)
    return gpd.GeoDataFrame(frame, geometry=points), {n: rows for n, rows in filled.items() if rows}


def _points(
    found: _Found, of_row: NDArray[np.intp], lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> GeometryArray:
    """One point for each row; rows of one place share theirs, which cannot change."""
    points = np.empty(len(of_row), dtype=object)
    by_name = of_row >= 0
    of_places = np.array([(place.lon, place.lat) for place in found.places], dtype=float)
    shared = np.asarray(shapely.points(of_places.reshape(-1, 2)), dtype=object)
    points[by_name] = shared[of_row[by_name]]
    points[~by_name] = shapely.points(lon[~by_name], lat[~by_name])
    return GeometryArray(points, crs="EPSG:4326")


def _restore(
    frame: pd.DataFrame, before: dict[str, pd.Series[Any]], given: NDArray[np.bool_]
) -> None:
    """Keep how a row was matched, where the table is one that bordermap wrote."""
    radius = pd.to_numeric(before["radius_m"], errors="coerce").to_numpy("float64", na_value=np.nan)
    score = pd.to_numeric(before["match_score"], errors="coerce").to_numpy(
        "float64", na_value=np.nan
    )
    known = before["match"].isin(["exact", "alternate", "fuzzy", "coordinates"]).to_numpy()
    kept = given & known & (radius >= 0) & (score >= 0) & (score <= 1)
    frame["radius_m"] = np.where(kept, radius, frame["radius_m"])
    frame["match_score"] = np.where(kept, score, frame["match_score"])
    for name in ("match", "match_name", "match_id", "match_reason"):
        cells = before[name].astype(object).where(before[name].notna(), None).to_numpy(dtype=object)
        frame[name] = np.where(kept, cells, frame[name].to_numpy(dtype=object))


def _passed_over(rows: _Rows, found: _Found) -> list[str]:
    """A note on coordinates that were there, and were no reason to put a row where they say."""
    unusable = (rows.half | rows.null_island) & (found.of_row >= 0)
    numbers = [int(number) for number in rows.numbers[unusable]]
    if not numbers:
        return []
    where = f"{cols.counted(len(numbers), 'row')} ({cols.listed(numbers)})"
    return [f"coordinates: half a pair, or 0, 0, in {where}, placed by name instead"]


def _completed(filled: dict[str, frozenset[int]]) -> list[str]:
    """A note on cells that the table left empty."""
    notes = []
    for name, numbers in filled.items():
        where = f"{cols.counted(len(numbers), 'row')} ({cols.listed(sorted(numbers))})"
        notes.append(f"{name}: empty in {where}, filled with that of the place found")
    return notes


def _rejected(raw: pd.DataFrame, flaws: dict[int, Flaw]) -> pd.DataFrame:
    numbers = raw.index.to_numpy()
    flawed = np.isin(numbers, np.fromiter(flaws, dtype="int64"))
    rejected = raw[flawed].reset_index(drop=True)
    rows = numbers[flawed]
    found = [flaws[row] for row in rows.tolist()]
    words = {id(flaw): str(flaw.error) for flaw in found}
    rejected["row"] = rows.astype("int64")
    rejected["column"] = pd.Series([flaw.column for flaw in found], dtype=object)
    rejected["reason"] = pd.Series([words[id(flaw)] for flaw in found], dtype=object)
    return rejected


def _first(table: Table, flaws: dict[int, Flaw]) -> BordermapError:
    """The error of the first flawed row, saying where it is."""
    row = min(flaws)
    flaw = flaws[row]
    error = copy.copy(flaw.error)
    where = f", column {flaw.column}" if flaw.column else ""
    error.args = (f"{table.source.name}, row {row}{where}: {flaw.error}",)
    return error
