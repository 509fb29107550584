"""What was decided about each name of a table: written out, reviewed in a spreadsheet, read back.

The table has one row for each distinct query, with the answer in full. A reviewer who disagrees
writes into the column `choose`: the id of one of the candidates, coordinates ("28.22, -100.73"),
another name, or "none" to leave the rows out. Read back, it answers those queries before anything
else does, also when the gazetteer has changed since: a reviewed table is never guessed again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast, get_args

import numpy as np

from bordermap import areas, geocoder, notation
from bordermap import columns as cols
from bordermap import gazetteer as _gazetteer
from bordermap._placement import lists
from bordermap.cells import rounding_m
from bordermap.errors import AmbiguousPlaceError, GeocodeError, PlaceNotFoundError, TableError
from bordermap.gazetteer import SqliteGazetteer
from bordermap.geocoder import Query
from bordermap.model import Gazetteer, Match, Place, Source
from bordermap.names import key

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "Decisions", "key_of", "table", "to_csv"]

_ASKED = ("place", "admin1", "admin2", "country")
COLUMNS = (
    "key", "rows", "first_row", *_ASKED, "outcome", "choose", "match_name", "match_admin1",
    "match_admin2", "match_country", "lat", "lon", "radius_m", "kind", "match_id", "match",
    "match_score", "reason", "candidates",
)  # fmt: skip
_FOUND, _AMBIGUOUS, _NOT_FOUND = "found", "ambiguous", "not found"
_NONE = frozenset(("none", "ninguno", "ninguna", "no", "skip", "left out"))
_HEADINGS = {cols.fold(name): name for name in COLUMNS}
# For one: geonames:3980122 = Villa Unión, Coahuila (28.22, -100.73; 6,188 people)
_CANDIDATE = re.compile(r"(?P<id>\S+) = (?P<label>.*?) \((?P<lat>-?[\d.]+), (?P<lon>-?[\d.]+)[;)]")
_SEPARATOR = " | "
# Degrees; a gazetteer that has changed since does not move a place so far.
_ELSEWHERE = 0.2
# A spreadsheet runs what begins like a formula; an apostrophe in front makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def key_of(query: Query) -> str:
    """A short name of a query that survives what a spreadsheet does to its text."""
    said = "\x1f".join(getattr(query, name) or "" for name in _ASKED)
    return "q-" + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:12]


# ---------------------------------------------------------------- writing


def table(
    queries: Sequence[Query],
    answers: Sequence[Place | GeocodeError],
    counts: Sequence[int],
    first: Sequence[int],
) -> pd.DataFrame:
    """One row for each distinct query, in the order of the table.

    Parameters
    ----------
    queries, answers : sequences
    counts, first : sequences of int
        In how many rows each stands, and the number of the first.
    """
    import pandas as pd

    lines = []
    for query, answer, count, row in zip(queries, answers, counts, first, strict=True):
        cells: dict[str, Any] = {"key": key_of(query), "rows": count, "first_row": row}
        cells |= {name: getattr(query, name) or None for name in _ASKED}
        cells |= _answered(answer) if isinstance(answer, Place) else _refused(answer)
        lines.append(cells)
    frame = pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)
    for name in ("rows", "first_row"):
        frame[name] = frame[name].astype("int64")
    for name in ("lat", "lon", "radius_m", "match_score"):
        frame[name] = frame[name].astype("float64")
    return frame


def _answered(place: Place) -> dict[str, Any]:
    return {
        "outcome": _FOUND, "match_name": place.name or None, "match_admin1": place.admin1,
        "match_admin2": place.admin2, "match_country": place.country or None, "lat": place.lat,
        "lon": place.lon, "radius_m": place.radius_m, "kind": place.kind,
        "match_id": place.id or None, "match": place.match, "match_score": place.score,
        "reason": place.reason, "candidates": _listed(place.alternatives) or None,
    }  # fmt: skip


def _refused(error: GeocodeError) -> dict[str, Any]:
    ambiguous = isinstance(error, AmbiguousPlaceError)
    candidates = error.candidates if isinstance(error, AmbiguousPlaceError) else ()
    return {
        "outcome": _AMBIGUOUS if ambiguous else _NOT_FOUND,
        "reason": str(error),
        "candidates": _listed(candidates) or None,
    }


def _listed(places: Sequence[Place]) -> str:
    lines = []
    for place in places:
        people = f"; {place.population:,} people" if place.population else ""
        label = ", ".join(filter(None, (place.name, place.admin2, place.admin1)))
        lines.append(f"{place.id} = {label} ({place.lat:.5f}, {place.lon:.5f}{people})")
    return _SEPARATOR.join(lines)


def to_csv(frame: pd.DataFrame) -> bytes:
    """The decisions as a CSV file that a spreadsheet opens with its accents.

    Text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    safe = frame.copy()
    for name in safe.columns:
        if safe[name].dtype.kind not in "if":
            safe[name] = safe[name].map(
                lambda cell: f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA else cell
            )
    text: str = safe.to_csv(index=False, lineterminator="\r\n")
    return text.encode("utf-8-sig")


# ---------------------------------------------------------------- reading back


@dataclass(frozen=True, slots=True)
class Decisions:
    """Reviewed answers, by query."""

    source: Source
    _by_key: Mapping[str, tuple[int, Place | GeocodeError]] = field(repr=False)
    _shown: Mapping[str, str] = field(repr=False)

    @classmethod
    def read(cls, source: Any, gazetteer: Gazetteer | None = None) -> Decisions:
        """Decisions as they were reviewed, from a CSV file or a DataFrame.

        Parameters
        ----------
        source : path, bytes, file object, DataFrame or Decisions
            What `Incidents.decisions` holds, or the file that it was written to.
        gazetteer : Gazetteer, optional
            Knows what a reviewer names in `choose`; the shipped one when not given.

        Raises
        ------
        TableError
            Where a row cannot be used; the message names row and column.
        """
        if isinstance(source, Decisions):
            return source
        known = gazetteer if isinstance(gazetteer, SqliteGazetteer) else _gazetteer.load()
        sheet = lists.read(source, "decisions", _HEADINGS)
        missing = {"place", "outcome"} - sheet.columns
        if missing:
            raise TableError(
                f"{sheet.name} has no column {' and '.join(sorted(missing))}: it is no table of "
                "decisions that bordermap wrote"
            )
        credit = Source(sheet.name, "", "", "")
        by_key: dict[str, tuple[int, Place | GeocodeError]] = {}
        shown = {}
        for row in sheet.rows:
            query = Query(
                _text(row, "place") or "", *(_text(row, n) for n in ("admin1", "country"))
            )
            query = replace(query, admin2=_text(row, "admin2"))
            identity = row.get("key") or key_of(query)
            if identity in by_key:
                raise row.wrong("key", f"the same query stands in row {by_key[identity][0]}")
            by_key[identity] = row.number, _decision(row, query, known, credit)
            shown[identity] = ", ".join(filter(None, (query.place, query.admin1)))
        return cls(credit, by_key, shown)

    def answer(self, query: Query) -> Place | GeocodeError | None:
        """What was decided of a query; None where nothing was."""
        found = self._by_key.get(key_of(query))
        return found[1] if found else None

    def __len__(self) -> int:
        return len(self._by_key)

    def notes(self, queries: Sequence[Query]) -> list[str]:
        """What a reader should know: decisions that match nothing, names that none covers."""
        asked = {key_of(query) for query in queries}
        idle = [at for at in self._by_key if at not in asked]
        out = []
        if idle:
            rows = [self._by_key[at][0] for at in idle]
            first = self._shown[idle[0]]
            out.append(
                f"{self.source.name}: {cols.counted(len(idle), 'decision')} "
                f"({'row' if len(rows) == 1 else 'rows'} {cols.listed(rows)}; the first is "
                f"{first!r}) match nothing in this table"
            )
        new = [query for query in queries if key_of(query) not in self._by_key]
        if new:
            out.append(
                f"{self.source.name} decides nothing on {cols.counted(len(new), 'name')} of this "
                f"table (the first is {new[0].place!r}): looked up as usual"
            )
        return out


def _text(row: lists.Row, column: str) -> str | None:
    """A cell of the query, without the apostrophe that kept it from being a formula."""
    text = row.get(column)
    if text and text[0] == "'" and text[1:2] in _FORMULA:
        return text[1:]
    return text


def _decision(
    row: lists.Row, query: Query, known: SqliteGazetteer, credit: Source
) -> Place | GeocodeError:
    """What a row decides: the reviewer's choice, else what was found before."""
    chosen = _text(row, "choose")
    if chosen is not None:
        return _chosen(row, chosen, query, known, credit)
    outcome = (row.get("outcome") or "").casefold()
    reason = row.get("reason") or f"left out by {row.sheet}, row {row.number}"
    if outcome == _FOUND:
        return _restored(row, known, credit)
    if outcome == _AMBIGUOUS:
        return AmbiguousPlaceError(reason, query=query.place, candidates=_candidates(row, credit))
    if outcome == _NOT_FOUND:
        return PlaceNotFoundError(reason, query=query.place)
    raise row.wrong(
        "outcome", f"{row.get('outcome')!r} is none of 'found', 'ambiguous', 'not found'"
    )


def _restored(row: lists.Row, known: SqliteGazetteer, credit: Source) -> Place:
    """The place that a row gives in full."""
    point = row.point()
    if point is None:
        raise row.wrong("lat", "it is empty, but the outcome is 'found'")
    match = row.get("match") or "exact"
    if match not in get_args(Match):
        raise row.wrong("match", f"{match!r} is none of {', '.join(get_args(Match))}")
    radius, score = row.number_of("radius_m"), row.number_of("match_score")
    if radius is not None and radius < 0:
        raise row.wrong("radius_m", f"{radius:g} is less than 0")
    if score is not None and not 0 <= score <= 1:
        raise row.wrong("match_score", f"{score:g} is not between 0 and 1")
    identity = row.get("match_id") or ""
    _refuse_other(row, identity, point, known)
    return Place(
        name=_text(row, "match_name") or "", lon=point[0], lat=point[1],
        country=row.get("match_country") or "", admin1=row.get("match_admin1"),
        admin2=row.get("match_admin2"), id=identity, kind=row.get("kind") or "town",
        population=None, radius_m=0.0 if radius is None else radius, match=cast("Match", match),
        score=1.0 if score is None else score, source=known.source if identity else credit,
        reason=row.get("reason") or "",
    )  # fmt: skip


def _refuse_other(
    row: lists.Row, identity: str, point: tuple[float, float], known: SqliteGazetteer
) -> None:
    """Refuse an id that was written over the one found: the point beside it is of another place."""
    record = lists.record(identity, known) if identity else None
    if record is None or key(record.name) == key(_text(row, "match_name") or ""):
        return
    away = max(abs(record.lon - point[0]), abs(record.lat - point[1]))
    if away > _ELSEWHERE:
        raise row.wrong(
            "match_id",
            f"{identity} is {record.name}, and lat and lon are elsewhere: to choose it write its id "
            "into the column choose",
        )


def _candidates(row: lists.Row, credit: Source) -> list[Place]:
    """The candidates that a row lists."""
    out = []
    for text in (row.get("candidates") or "").split(_SEPARATOR.strip()):
        found = _CANDIDATE.search(text)
        if not found:
            continue
        name, *rest = found["label"].split(", ")
        place = Place(
            name=name, lon=float(found["lon"]), lat=float(found["lat"]), country="",
            admin1=rest[-1] if rest else None, admin2=rest[0] if len(rest) > 1 else None,
            id=found["id"], kind="town", population=None, radius_m=1000.0, match="exact",
            score=0.5, source=credit,
        )  # fmt: skip
        out.append(place)
    return out


def _chosen(
    row: lists.Row, chosen: str, query: Query, known: SqliteGazetteer, credit: Source
) -> Place | GeocodeError:
    """What a reviewer wrote into `choose`."""
    by = f"chosen in {row.sheet}, row {row.number}"
    if chosen.casefold() in _NONE:
        return PlaceNotFoundError(f"left out, as {by}", query=query.place)
    record = lists.record(chosen, known)
    if record is not None:
        return record.place(known.source, "exact", 1.0, by)
    # What the gazetteer no longer knows is still where it was when the file was written.
    for place in _candidates(row, credit):
        if place.id == chosen:
            where = areas.locate([place.lon], [place.lat], gazetteer=known)
            country = where.country[0] or ""
            return replace(place, country=country, score=1.0, reason=by)
    written = notation.read(chosen)
    if written is not None and written.fault:
        raise row.wrong("choose", f"{chosen!r} {written.fault}")
    if written is not None and len(written.ways) == 1:
        point = written.ways[0]
        place = areas.point(*point, known)
        return replace(
            place, name=query.place, source=credit, reason=by,
            radius_m=float(rounding_m(np.float64(point[0]), np.float64(point[1]))),
        )  # fmt: skip
    try:
        found = geocoder.resolve(chosen, gazetteer=known)
    except GeocodeError as error:
        raise row.wrong(
            "choose", f"{error} (an id such as geonames:3980122, coordinates, a name, or none)"
        ) from None
    return replace(found, score=1.0, reason=f"{by} as {chosen!r}; {found.reason}")
