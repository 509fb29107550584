"""Tables of incidents as they come: CSV files in any dress, workbooks, geographic files, frames.

A `Table` has canonical column names and cleaned cells, keeps every row it was given, and says of
each row that cannot be used what is wrong with it. Placing the rows is the business of
`bordermap.placement`.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bordermap import columns as cols
from bordermap._files import read_limited
from bordermap._tables import layers, presets, workbook
from bordermap._tables.content import recognise
from bordermap._tables.found import Flaw, Found, objects
from bordermap._tables.frames import as_frame, from_frame
from bordermap._tables.sheet import parse
from bordermap.cells import count, degrees, is_missing, iso_dates
from bordermap.config import DEFAULT_MAX_BYTES
from bordermap.errors import CoordinateError, InputError, PlaceNotFoundError, TableError
from bordermap.model import UNNAMED, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Flaw", "Table", "read_table"]

_COUNTS = ("killed", "injured")
_SUMS = frozenset(
    (
        "total", "totales", "total general", "gran total", "grand total", "suma", "sumas", "suma total",
        "subtotal", "sub total", "sum", "totals",
    )
)  # fmt: skip
_SUM = re.compile("tot|sum", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with canonical column names, before they are placed.

    Attributes
    ----------
    raw : DataFrame
        Every row as it came, under the new names; the index is the row number in the source.
    frame : DataFrame
        The same rows cleaned: `date` ISO text, `killed` and `injured` Int64, `lon` and `lat`
        float64 with NaN where missing, the other known columns text with None where missing.
    flaws : dict
        Row number → why the row cannot be used.
    source : Source
    notes : tuple of str
        What a reader should know about how the table was understood.
    radius_m : ndarray of float or None
        How far from its coordinates each row may lie, where the table has a code for that; NaN
        where it does not say.
    """

    raw: pd.DataFrame
    frame: pd.DataFrame
    source: Source
    flaws: dict[int, Flaw] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    radius_m: NDArray[np.float64] | None = None


def read_table(
    source: Any,
    *,
    columns: Mapping[str, str | None] | None = None,
    encoding: str | None = None,
    sheet: str | int | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    first_row: int | None = None,
) -> Table:
    """Read a table of incidents, whole: every data row is in the result.

    Parameters
    ----------
    source : path, file object, bytes, or what Python holds
        A CSV file (comma, semicolon, tab or bar; any line ends), a workbook (Excel, OpenDocument),
        GeoJSON, a GeoPackage, a Shapefile (also zipped), KML or KMZ, FlatGeobuf, (Geo)Parquet; or a
        DataFrame, GeoDataFrame, GeoSeries, Arrow table, array of (lon, lat), list of shapely
        points. Points in any CRS become `lon` and `lat`.
    columns : mapping, optional
        Heading → canonical name (or None to leave a heading alone); wins over what is recognised.
    encoding : str, optional
        Of the CSV; found out when not given, and noted when it is not UTF-8.
    sheet : str or int, optional
        Sheet of a workbook or layer of a geographic file, by name or number from 1.
    max_bytes : int
        Larger files are refused, and zipped ones that unpack to more.
    first_row : int, optional
        Number of the first data row. When not given it is 2 where there are headings above it, and
        1 where there are none: the features of a geographic file, the points of an array.

    Raises
    ------
    TableError
        When the source cannot be read as a table of incidents; the message says what to change.
    """
    held = as_frame(source)
    if held is not None:
        frame, first = held
        found = from_frame(frame, first if first_row is None else first_row)
    elif isinstance(source, (str, os.PathLike)):
        path = Path(source)
        found = _from_content(
            read_limited(path, max_bytes), path.name, encoding, sheet, max_bytes, path
        )
    elif isinstance(source, (bytes, bytearray, memoryview)):
        found = _from_content(bytes(source), UNNAMED, encoding, sheet, max_bytes)
    elif callable(getattr(source, "read", None)):
        name = Path(str(getattr(source, "name", "") or UNNAMED)).name
        found = _from_content(_all_of(source, name, max_bytes), name, encoding, sheet, max_bytes)
    else:
        raise TableError(
            f"cannot read a table from {type(source).__name__}: give the path of a file, an open "
            "file, a DataFrame or a GeoDataFrame"
        )
    return _clean(found, columns)


def _all_of(stream: IO[Any], name: str, max_bytes: int) -> bytes | str:
    data: bytes | str = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise TableError(f"{name} is larger than the limit of {max_bytes:,} bytes; split it")
    return data


def _from_content(  # noqa: PLR0917 - private, and always called with all of them
    data: bytes | str,
    name: str,
    encoding: str | None,
    sheet: str | int | None,
    max_bytes: int,
    path: Path | None = None,
) -> Found:
    # Lone surrogates come from a stream's own error handler, and must not stop the hash.
    octets = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    source = Source(name, "", "", "", hashlib.sha256(octets).hexdigest())
    kind = recognise(data, name)
    if kind == "csv":
        if sheet is not None:
            raise InputError(f"{name} is a CSV, which has no sheet {sheet!r}: leave sheet= out")
        return _from_csv(data, source, encoding)
    if kind == "workbook":
        cells = workbook.parse(octets, name, max_bytes, sheet)
        columns = {at: objects(column, cells.numbers) for at, column in enumerate(cells.columns)}
        frame = pd.DataFrame(columns, index=pd.Index(cells.numbers, dtype="int64"))
        return Found(list(cells.headings), frame, source, list(cells.notes))
    layer = layers.parse(octets, kind, name, max_bytes, path=path, layer=sheet)
    found = from_frame(layer, 1, name)  # what has no heading counts from 1
    found.source = source
    return found


def _from_csv(data: bytes | str, source: Source, encoding: str | None) -> Found:
    sheet = parse(data, source.name, encoding)
    cells = {
        position: objects([cell or None for cell in column], sheet.numbers)
        for position, column in enumerate(sheet.columns)
    }
    frame = pd.DataFrame(cells, index=pd.Index(sheet.numbers, dtype="int64"))
    flaws = {row: Flaw("", TableError(reason)) for row, reason in sheet.flaws.items()}
    return Found(list(sheet.headings), frame, source, list(sheet.notes), flaws)


# --- cleaning ---------------------------------------------------------------------------------

_RESERVED = (*cols.ADDED_BY_READ, *cols.ADDED_BY_MEASURE, "geometry", "row", "column", "reason")


def _clean(found: Found, columns: Mapping[str, str | None] | None) -> Table:
    assignment = cols.assign(found.headings, columns)
    notes = [*found.notes, *assignment.notes]
    raw = found.frame.set_axis(_own_names(assignment.names), axis=1)
    raw.index.name = "row"
    if found.points is not None:
        raw = _with_points(raw, found.points, notes)
    if not cols.says_where([str(name) for name in raw]):
        shown = ", ".join(repr(heading) for heading in found.headings[:20])
        raise TableError(
            f"{found.source.name} has no column that says where: say which is 'place', with "
            "columns={'HEADING': 'place'} or, on the command line, --column HEADING=place, or which "
            f"two are 'lon' and 'lat' (the headings in its first row are {shown})"
        )
    table = Table(raw, raw.copy(deep=False), found.source, dict(found.flaws))
    for axis in ("lon", "lat"):
        if axis in raw:
            table.frame[axis] = _coordinates(table, axis)
    for name in cols.CANONICAL:
        if name not in raw or name in ("lon", "lat"):
            continue
        if name == "date":
            _clean_dates(table, notes)
        elif name in _COUNTS:
            _clean_counts(table, name, notes)
        else:
            missing = is_missing if name in cols.WHERE else _blank
            table.frame[name] = _stripped(raw[name], missing)
    _refuse_sums(table)
    preset = presets.recognise([cols.fold(heading) for heading in found.headings])
    if preset is None:
        return replace(table, notes=tuple(notes))
    return _as_made_by(preset, table, found, notes)


def _refuse_sums(table: Table) -> None:
    """Refuse rows that add up those above: "Suma" is a town, too, and would count them twice."""
    for name in ("place", "date"):
        if name not in table.raw:
            continue
        texts = _texts(table.raw[name])
        # Each of those words has one of these in it; folding every place name would take longer.
        few = {text for text in set(texts) if text and _SUM.search(text)}
        sums = {text for text in few if cols.fold(text) in _SUMS}
        for row, text in zip(table.raw.index.tolist(), texts if sums else (), strict=False):
            if text not in sums or any(
                other in table.frame and pd.notna(table.frame[other][row])
                for other in ("admin1", "lon")
            ):
                continue
            error = TableError(
                f"{str(text).strip()!r} stands for a sum of rows, not for an incident"
            )
            table.flaws.setdefault(int(row), Flaw(name, error))


def _as_made_by(preset: presets.Preset, table: Table, found: Found, notes: list[str]) -> Table:
    """The table with what its makers' codes say of where and when, and with their credit."""
    folded = [cols.fold(heading) for heading in found.headings]

    def cells(heading: str) -> list[str | None] | None:
        return _texts(found.frame[folded.index(heading)]) if heading in folded else None

    given = cells(preset.precision)
    places = cells("where coordinates")
    if given is not None:
        codes = [presets.code(cell) for cell in given]
    else:
        codes = [presets.worded(place) for place in places or [None] * len(table.frame)]
    for row, code in zip(table.frame.index.tolist(), codes, strict=True):
        if code is not None and preset.codes.get(code, (None,)) is None:
            error = PlaceNotFoundError(
                f"no more than the country, or open waters, is known of where it was "
                f"({preset.precision.replace(' ', '_')} {code})"
            )
            table.flaws.setdefault(row, Flaw("place", error))
    nowhere = np.full(len(table.frame), np.nan)
    lon, lat = (
        table.frame[axis].to_numpy(dtype="float64") if axis in table.frame else nowhere
        for axis in ("lon", "lat")
    )
    radius = presets.radii(preset, codes, lon, lat)
    vague = int(np.count_nonzero(radius > presets.TOWN_M))
    if vague:
        notes.append(
            f"{preset.name}: {cols.counted(vague, 'row')} known to an area only, not to a town; "
            "radius_m says how far from the point it may have been"
        )
    when = cells(preset.time_precision)
    if when is not None and "date" in table.frame:
        notes += _shortened(preset, table, [presets.code(cell) for cell in when])
    return replace(table, source=preset.credit(table.source), notes=tuple(notes), radius_m=radius)


def _shortened(preset: presets.Preset, table: Table, codes: Sequence[int | None]) -> list[str]:
    """Cut the dates whose day, or month, is only a stand-in."""
    dates: list[str | None] = table.frame["date"].tolist()
    cut = [
        None if day is None else day[:4] if code in preset.to_year
        else day[:7] if code in preset.to_month else day
        for day, code in zip(dates, codes, strict=True)
    ]  # fmt: skip
    changed = sum(before != after for before, after in zip(dates, cut, strict=True))
    table.frame["date"] = objects(cut, table.frame.index)
    column = preset.time_precision.replace(" ", "_")
    return (
        [
            f"date: {cols.counted(changed, 'date')} cut to the month or year that {column} vouches for"
        ]
        if changed
        else []
    )


def _own_names(names: Sequence[str]) -> list[str]:
    """Names under which bordermap will add columns are its own; a user's column makes room.

    A table that bordermap wrote has them all, and keeps them.
    """
    present = set(names)
    kept = {
        name
        for group in (cols.ADDED_BY_READ, cols.ADDED_BY_MEASURE)
        if present.issuperset(group)
        for name in group
    }
    out = []
    for name in names:
        fresh = name
        while (fresh in _RESERVED and fresh not in kept) or (fresh != name and fresh in present):
            fresh += "_given"
        out.append(fresh)
    return out


def _with_points(raw: pd.DataFrame, points: NDArray[np.float64], notes: list[str]) -> pd.DataFrame:
    """The frame with `lon` and `lat` from its geometries."""
    for position, axis in enumerate(("lon", "lat")):
        if axis in raw:
            given = pd.to_numeric(raw[axis], errors="coerce").to_numpy(
                dtype="float64", na_value=np.nan
            )
            if np.allclose(given, points[:, position], rtol=0.0, atol=1e-7, equal_nan=True):
                raw = raw.drop(columns=axis)
            else:
                raw = raw.rename(columns={axis: f"{axis}_given"})
                notes.append(f"the geometry says where, not the column {axis} (now {axis}_given)")
        raw = raw.assign(**{axis: points[:, position]})
    return raw


def _coordinates(table: Table, axis: str) -> NDArray[np.float64]:
    """Degrees; a cell that is no coordinate makes its row a flaw."""
    column = table.raw[axis]
    if pd.api.types.is_float_dtype(column.dtype) or pd.api.types.is_integer_dtype(column.dtype):
        values = column.to_numpy(dtype="float64", na_value=np.nan).copy()
        suspects = np.flatnonzero(np.abs(values) > (90.0 if axis == "lat" else 180.0))
    else:
        values = np.full(len(column), np.nan)
        suspects = np.arange(len(column))
    texts = _texts(column.iloc[suspects])
    labels = column.index.to_numpy()
    for position, text in zip(suspects, texts, strict=True):
        if text is None:
            continue
        try:
            values[position] = degrees(text, axis)
        except CoordinateError as error:
            values[position] = np.nan
            if is_missing(text):
                continue
            table.flaws.setdefault(int(labels[position]), Flaw(axis, error))
    return values


def _clean_dates(table: Table, notes: list[str]) -> None:
    column = table.raw["date"]
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        days = column.dt.strftime("%Y-%m-%d").tolist()
        given = column.notna().tolist()
        cells = [day if there else None for day, there in zip(days, given, strict=True)]
        table.frame["date"] = objects(cells, column.index)
        return
    texts = _texts(column)
    dates = iso_dates(texts)
    table.frame["date"] = objects(dates.values, column.index)
    if dates.settled:
        order = "day/month/year" if dates.day_first else "month/day/year"
        notes.append(
            f"date: {cols.counted(len(dates.settled), 'date')} such as {dates.settled[0]!r} read as "
            f"{order}, the only order that fits the rest of the column"
        )
    if dates.short:
        notes.append(
            f"date: {cols.counted(len(dates.short), 'date')} such as {dates.short[0]!r} with a year "
            "of two digits, which is taken to lie in 1970 to 2069"
        )
    may_be = "could be day/month or month/day, so only the year is kept"
    notes += _note(table, "date", texts, dates.undecided, may_be)
    notes += _note(table, "date", texts, dates.unread, "is no date, so none is shown")


def _clean_counts(table: Table, name: str, notes: list[str]) -> None:
    column = table.raw[name]
    texts = _texts(column)
    known: dict[str, int | None] = {}
    unread = []
    for text in dict.fromkeys(texts):
        if text is None or is_missing(text):
            continue
        try:
            known[text] = count(text)
        except TableError:
            unread.append(text)
    table.frame[name] = pd.array(
        [known.get(text) if text else None for text in texts], dtype="Int64"
    )
    notes += _note(table, name, texts, unread, "is no whole number and counts as unknown")


def _note(
    table: Table, name: str, texts: Sequence[str | None], odd: Sequence[str], what: str
) -> list[str]:
    """One sentence on the cells of a column that could not be taken over as they are, if any."""
    lost = set(odd)
    found = [
        (int(row), text)
        for row, text in zip(table.raw.index, texts, strict=True)
        if text in lost and int(row) not in table.flaws
    ]
    if not found:
        return []
    table.frame[f"{name}_given"] = objects(texts, table.raw.index)
    first, text = found[0]
    others = [row for row, _ in found[1:]]
    likewise = (
        f"; likewise {'row' if len(others) == 1 else 'rows'} {cols.listed(others)}"
        if others
        else ""
    )
    return [f"{name}: {str(text)[:40]!r} (row {first}) {what}{likewise}; {name}_given has the text"]


def _texts(column: pd.Series[Any]) -> list[str | None]:
    """Cells as text, None where missing: dates in ISO, whole floats without their ".0"."""
    missing = column.isna().to_numpy(dtype=bool)
    return [
        None if gone else value if isinstance(value, str) else _text(value)
        for value, gone in zip(column.tolist(), missing, strict=True)
    ]


def _stripped(column: pd.Series[Any], missing: Callable[[str], bool]) -> pd.Series[Any]:
    """Cells as text without blanks around them, None where missing; each distinct one once."""
    texts: NDArray[np.object_]
    if pd.api.types.infer_dtype(column, skipna=True) == "string":
        codes, distinct = pd.factorize(column)
        texts = np.array([*distinct.tolist(), None], dtype=object)
    else:  # a number and a truth value may be equal, and are not the same text
        codes, texts = np.arange(len(column)), np.array([*_texts(column), None], dtype=object)
    for at, text in enumerate(texts):
        texts[at] = None if text is None or missing(text) else text.strip()
    return objects(texts[codes], column.index)


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(value)


def _blank(text: str) -> bool:
    return not text or text.isspace()
