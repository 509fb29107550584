"""Tables of incidents as they come: CSV files in any dress, DataFrames, GeoDataFrames.

A `Table` has canonical column names and cleaned cells, keeps every row it was given, and says of
each row that cannot be used what is wrong with it. Placing the rows is the business of
`bordermap.placement`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bordermap import columns as cols
from bordermap._files import read_limited
from bordermap._sheet import parse
from bordermap.config import DEFAULT_MAX_BYTES
from bordermap.errors import BordermapError, CoordinateError, TableError
from bordermap.model import Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Flaw", "Table", "read_table"]

_COUNTS = ("killed", "injured")


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why one row cannot be used, and the column that shows it ("" for the whole row)."""

    column: str
    error: BordermapError


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
    """

    raw: pd.DataFrame
    frame: pd.DataFrame
    source: Source
    flaws: dict[int, Flaw] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_table(
    source: Any,
    *,
    columns: Mapping[str, str | None] | None = None,
    encoding: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    first_row: int = 2,
) -> Table:
    """Read a table of incidents, whole: every data row is in the result.

    Parameters
    ----------
    source : path, file object, bytes, DataFrame or GeoDataFrame
        A CSV file (comma, semicolon, tab or bar; any line ends), something to read one from, or a
        frame. The points of a GeoDataFrame, in any CRS, become `lon` and `lat`.
    columns : mapping, optional
        Heading → canonical name (or None to leave a heading alone); wins over what is recognised.
    encoding : str, optional
        Of the CSV; found out when not given, and noted when it is not UTF-8.
    max_bytes : int
        Larger files are refused.
    first_row : int
        Number of the first data row; 2 where the header is row 1.

    Raises
    ------
    TableError
        When the source cannot be read as a table of incidents; the message says what to change.
    """
    if isinstance(source, pd.DataFrame):
        found = _from_frame(source, first_row)
    elif isinstance(source, (str, os.PathLike)):
        path = Path(source)
        found = _from_csv(read_limited(path, max_bytes), path.name, encoding)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        found = _from_csv(bytes(source), "bytes", encoding)
    elif callable(getattr(source, "read", None)):
        found = _from_stream(source, encoding, max_bytes)
    else:
        raise TableError(
            f"cannot read a table from {type(source).__name__}: give the path of a CSV file, an "
            "open file, a DataFrame or a GeoDataFrame"
        )
    return _clean(found, columns)


@dataclass(slots=True)
class _Found:
    """A table as it was found, under its own headings."""

    headings: list[str]
    frame: pd.DataFrame  # columns by position, index = row numbers
    source: Source
    notes: list[str]
    flaws: dict[int, Flaw] = field(default_factory=dict)
    points: NDArray[np.float64] | None = None  # lon, lat of each row, from geometries


def _from_stream(stream: IO[Any], encoding: str | None, max_bytes: int) -> _Found:
    name = Path(str(getattr(stream, "name", "") or "stream")).name
    data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise TableError(f"{name} is larger than the limit of {max_bytes:,} bytes; split it")
    return _from_csv(data, name, encoding)


def _from_csv(data: bytes | str, name: str, encoding: str | None) -> _Found:
    sheet = parse(data, name, encoding)
    cells = {
        position: _objects([cell or None for cell in column], sheet.numbers)
        for position, column in enumerate(sheet.columns)
    }
    frame = pd.DataFrame(cells, index=pd.Index(sheet.numbers, dtype="int64"))
    # Lone surrogates come from a stream's own error handler, and must not stop the hash.
    octets = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    source = Source(name, "", "", "", hashlib.sha256(octets).hexdigest())
    flaws = {row: Flaw("", TableError(reason)) for row, reason in sheet.flaws.items()}
    return _Found(list(sheet.headings), frame, source, list(sheet.notes), flaws)


# --- frames -----------------------------------------------------------------------------------


def _from_frame(frame: pd.DataFrame, first_row: int) -> _Found:
    name = type(frame).__name__
    if frame.shape[1] == 0:
        raise TableError(f"the {name} has no columns")
    notes: list[str] = []
    numbers, frame = _numbered(frame, first_row)
    flaws: dict[int, Flaw] = {}
    points = None
    if isinstance(frame, gpd.GeoDataFrame):
        points = _points(frame, numbers, flaws)
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    headings = [
        " ".join(str(part) for part in label) if isinstance(label, tuple) else str(label)
        for label in cast("list[Any]", frame.columns.tolist())
    ]
    plain = frame.set_axis(range(len(headings)), axis=1).set_axis(numbers, axis=0)
    return _Found(headings, plain, Source(name, "", "", ""), notes, flaws, points)


def _numbered(frame: pd.DataFrame, first_row: int) -> tuple[pd.Index[int], pd.DataFrame]:
    """Row numbers, and the frame with an index that has a name turned into columns."""
    index = frame.index
    if index.name == "row" and index.is_unique and pd.api.types.is_integer_dtype(index.dtype):
        return pd.Index(index, dtype="int64"), frame  # a frame that bordermap made
    if any(name is not None for name in index.names):
        taken = {str(label) for label in frame.columns}
        names = []
        for position, name in enumerate(index.names):
            fresh = str(name) if name is not None else f"index_{position + 1}"
            while fresh in taken:
                fresh += "_index"
            taken.add(fresh)
            names.append(fresh)
        frame = frame.set_axis(index.set_names(names), axis=0).reset_index()
    return pd.RangeIndex(first_row, first_row + len(frame)), frame


def _points(
    frame: gpd.GeoDataFrame, numbers: pd.Index[int], flaws: dict[int, Flaw]
) -> NDArray[np.float64]:
    """(lon, lat) of each row in EPSG:4326; NaN where a row has no geometry."""
    try:
        geometry = frame.geometry
    except AttributeError as error:
        raise TableError(
            "the GeoDataFrame has no active geometry: name it with gdf.set_geometry('...')"
        ) from error
    if geometry.crs is None:
        raise TableError(
            "the GeoDataFrame has no CRS, so its coordinates could mean anything: say what they "
            "are, for degrees with gdf.set_crs('EPSG:4326')"
        )
    shapes = np.array(geometry.to_crs("EPSG:4326").array, dtype=object)  # a copy, to be changed
    single = (shapely.get_type_id(shapes) == 4) & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    shapes[shapely.is_empty(shapes)] = None
    nothing = shapely.is_missing(shapes)
    labels = numbers.to_numpy()
    for position in np.flatnonzero(~nothing & (shapely.get_type_id(shapes) != 0)):
        kind = shapes[position].geom_type
        flaws[int(labels[position])] = Flaw(
            "geometry",
            CoordinateError(
                f"a {kind} is no point: pass gdf.set_geometry(gdf.representative_point()), if a "
                "point inside it may stand for it"
            ),
        )
    return np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])


# --- cleaning ---------------------------------------------------------------------------------

_RESERVED = (*cols.ADDED_BY_READ, *cols.ADDED_BY_MEASURE, "geometry", "row", "column", "reason")


def _clean(found: _Found, columns: Mapping[str, str | None] | None) -> Table:
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
            missing = cols.is_missing if name in cols.WHERE else _blank
            table.frame[name] = _stripped(raw[name], missing)
    return Table(table.raw, table.frame, table.source, table.flaws, tuple(notes))


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
            values[position] = cols.degrees(text, axis)
        except CoordinateError as error:
            values[position] = np.nan
            if cols.is_missing(text):
                continue
            table.flaws.setdefault(int(labels[position]), Flaw(axis, error))
    return values


def _clean_dates(table: Table, notes: list[str]) -> None:
    column = table.raw["date"]
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        days = column.dt.strftime("%Y-%m-%d").tolist()
        given = column.notna().tolist()
        cells = [day if there else None for day, there in zip(days, given, strict=True)]
        table.frame["date"] = _objects(cells, column.index)
        return
    texts = _texts(column)
    dates = cols.iso_dates(texts)
    table.frame["date"] = _objects(dates.values, column.index)
    if dates.settled:
        order = "day/month/year" if dates.day_first else "month/day/year"
        notes.append(
            f"date: {cols.counted(len(dates.settled), 'date')} such as {dates.settled[0]!r} read as "
            f"{order}, the only order that fits the rest of the column"
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
        if text is None or cols.is_missing(text):
            continue
        try:
            known[text] = cols.count(text)
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
    table.frame[f"{name}_given"] = _objects(texts, table.raw.index)
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
    return _objects(texts[codes], column.index)


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


def _objects(
    values: Sequence[Any] | NDArray[np.object_], index: pd.Index[int] | Sequence[int]
) -> pd.Series[Any]:
    """A column of Python objects, whatever this version of pandas would make of them."""
    cells = values if isinstance(values, np.ndarray) else list(values)
    return pd.Series(cells, index=pd.Index(index), dtype=object)
