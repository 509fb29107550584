"""A measured frame → the typed columns of a scene, near rows next to each other.

Nothing here goes through the rows of a large table one by one: cells are looked at once for each
distinct one, and long texts only when somebody asks for them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from bordermap.errors import SceneError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["MISSING", "Column", "Texts", "clean", "columns", "measures", "morton", "order", "texts"]

Kind = Literal["number", "date", "category", "text"]

# Decimals that each known number keeps: a metre in kilometres, a metre in degrees.
_DECIMALS = {
    "lon": 5,
    "lat": 5,
    "nearest_lon": 5,
    "nearest_lat": 5,
    "killed": 0,
    "injured": 0,
    "radius_m": 0,
    "border_km": 3,
    "border_uncertainty_km": 3,
    "match_score": 3,
    "row": 0,
}
_TEXTS = (
    "title", "place", "admin1", "country", "category", "description", "source", "url",
    "match", "match_name", "match_id", "match_reason", "border_part", "side",
)  # fmt: skip
# What can be told from other columns is not shipped twice.
_LEFT_OUT = {"geometry", "border_mi", "azimuth_deg", "border"}
_MOST_LABELS = 65_000
MISSING = -(2**31)
_SHIFT = 1 << 25  # puts every longitude and latitude, in metres or so, above nought

# Plain numbers, none below nought; and headings of numbers that name rows instead of counting.
_AMOUNT = re.compile(r"\d+(\.\d+)?")
_IDENTIFIER = re.compile(
    r"(?i)(^|[\W_])(id|no|nr|num|number|code|fid|objectid|index|year|month|day)$"
)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
# Characters that no HTML text can hold (NUL and other controls) and halves of surrogate pairs.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column of the incidents, typed.

    Attributes
    ----------
    name : str
        Canonical name, or the heading in the source.
    kind : {"number", "date", "category", "text"}
        Numbers are int32 units of ``10**-decimals``; dates are int32 YYYYMMDD with zeros for what
        is not known; categories are int32 codes into `labels` from 1, 0 for none; texts are `str`.
    values : ndarray of int32, or sequence of str
    decimals : int
    labels : tuple of str
    """

    name: str
    kind: Kind
    values: NDArray[np.int32] | Sequence[str]
    decimals: int = 0
    labels: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The column as plain lists; None where a value is missing."""
        values: list[Any]
        if not isinstance(self.values, np.ndarray):
            values = list(self.values)
        else:
            values = [None if v == MISSING else int(v) for v in self.values]
        return {
            "name": self.name,
            "kind": self.kind,
            "decimals": self.decimals,
            "labels": list(self.labels),
            "values": values,
        }


def columns(
    frame: pd.DataFrame, measures: AbstractSet[str | None]
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Typed columns of a measured frame in Morton order, and the names of those that are extra.

    Those named in `measures` are numbers where all that they hold are.
    """
    lon, lat = _coordinates(frame)
    rows = _row_numbers(frame)
    x, y = (np.round(values * 1e5).astype(np.int64) for values in (lon, lat))
    at = order(x, y, rows)
    made = [
        _number("lon", lon[at], 5),
        _number("lat", lat[at], 5),
    ]
    if rows is not None:
        made.append(Column("row", "number", rows[at].astype(np.int32)))
    if "date" in frame.columns:
        made += _dates(frame["date"], at)
    for name in (
        "killed",
        "injured",
        *(key for key in _DECIMALS if key not in {"lon", "lat", "row"}),
    ):
        if name in frame.columns and name not in {column.name for column in made}:
            made.append(_number(name, _floats(frame[name])[at], _DECIMALS[name]))
    # `row` and `date_text` are names of ours that a table may use for something else.
    known = (set(_DECIMALS) - {"row"}) | set(_TEXTS) | _LEFT_OUT | {"date"}
    known.add(str(getattr(getattr(frame, "geometry", None), "name", "geometry")))
    for name in _TEXTS:
        if name in frame.columns:
            made.append(_text(name, frame[name], at))
    extra = []
    for position, name in enumerate(frame.columns):
        if str(name) in known:
            continue
        # A heading may repeat one of ours, or be no text at all.
        label = f"{clean(str(name)) or '?'}"
        unique = label if label not in {c.name for c in made} else f"{label} ({position + 1})"
        cells = frame.iloc[:, position]
        column = _measure(unique, cells, at) if unique in measures else None
        column = column or _text(unique, cells, at)
        if not _empty(column):
            made.append(column)
            extra.append(unique)
    # A column that says nothing is not shown, nor taken as a measure.
    kept = [column for column in made if not _empty(column)]
    return tuple(kept), tuple(extra)


def measures(columns: Sequence[Column], extra: Sequence[str]) -> tuple[str, ...]:
    """The table's own columns that a reader may size circles by: amounts, not names of rows.

    All that such a column holds are plain numbers, none below nought and one at least above it.
    """
    own = [column for column in columns if column.name in set(extra)]
    return tuple(c.name for c in own if not _IDENTIFIER.search(c.name) and _amounts(c))


def _amounts(column: Column) -> bool:
    values = column.values  # noqa: PD011 - no frame of pandas'
    if isinstance(values, np.ndarray) and column.kind != "category":
        return bool(values.max() > 0)
    above = False
    for text in column.labels or values:
        if text and not _AMOUNT.fullmatch(str(text)):
            return False
        above = above or bool(text and float(text) > 0)
    return above


def _empty(column: Column) -> bool:
    if column.kind == "text":
        return not any(column.values)
    values = np.asarray(column.values)
    return bool(np.all(values == (0 if column.kind == "category" else MISSING)))


def _coordinates(frame: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if {"lon", "lat"} <= set(frame.columns):
        lon, lat = _floats(frame["lon"]), _floats(frame["lat"])
    elif "geometry" in frame.columns:
        import shapely

        points = shapely.get_coordinates(shapely.centroid(np.asarray(frame["geometry"])))
        lon, lat = points[:, 0], points[:, 1]
    else:
        raise SceneError("the incidents have neither lon and lat nor a geometry; read them first")
    bad = np.flatnonzero(~(np.isfinite(lon) & np.isfinite(lat)))
    if bad.size:
        raise SceneError(
            f"row {frame.index[bad[0]]} of the incidents has no coordinates; rows that could not "
            "be placed belong into Incidents.rejected"
        )
    return lon, lat


def _row_numbers(frame: pd.DataFrame) -> NDArray[np.int64] | None:
    """Row numbers in the source; None where the index holds something else."""
    index = np.asarray(frame.index)
    return index.astype(np.int64) if index.dtype.kind in "iu" else None


def _floats(series: pd.Series[Any]) -> NDArray[np.float64]:
    import pandas as pd

    return np.asarray(
        pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    )


def _number(name: str, values: NDArray[np.float64], decimals: int) -> Column:
    scaled = np.round(values * 10.0**decimals)
    lost = ~np.isfinite(scaled) | (np.abs(scaled) > np.iinfo(np.int32).max)
    out = np.where(lost, MISSING, np.where(lost, 0, scaled)).astype(np.int32)
    return Column(name, "number", out, decimals)


def _measure(name: str, cells: pd.Series[Any], order: NDArray[np.intp]) -> Column | None:
    """A table's own column as numbers; None where it holds anything else."""
    try:
        values = np.array([float(text) if text else np.nan for text in texts(cells)])[order]
    except ValueError:
        return None
    top = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else np.inf
    if not np.isfinite(top) or top > np.iinfo(np.int32).max:
        return None
    decimals = next(
        (
            d
            for d in range(7)
            if np.allclose(values, np.round(values, d), rtol=0, atol=1e-9, equal_nan=True)
        ),
        6,
    )
    while decimals and top * 10.0**decimals > np.iinfo(np.int32).max:
        decimals -= 1
    return _number(name, values, decimals)


def _cell(value: Any) -> str:
    """A cell as the table's reader would write it; "" where it is missing."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = str(value)
    return "" if text in {"None", "nan", "NaN", "NaT", "<NA>"} else clean(text)


def clean(text: str) -> str:
    """The text without what no page can show: controls and lone surrogates become U+FFFD."""
    return text if text.isprintable() else _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _dates(cells: pd.Series[Any], order: NDArray[np.intp]) -> list[Column]:
    """Dates as numbers; those that are no ISO dates stay as texts beside them."""
    codes, distinct = _distinct(cells, order)
    known = np.array([_date_code(text) for text in distinct], dtype=np.int32)
    dates = known[codes]
    made = [Column("date", "date", dates)]
    rest = [text if code == MISSING else "" for text, code in zip(distinct, known, strict=True)]
    if any(rest):
        made.append(Column("date_text", "text", tuple(rest[code] for code in codes)))
    return made


def _date_code(text: str) -> int:
    """YYYYMMDD of an ISO date, zeros for what it leaves open; MISSING for anything else."""
    found = _DATE.match(text)
    tail = text[found.end() :] if found else ""
    if found and (not tail or tail[0] in "T "):
        year, month, day = (int(part or 0) for part in found.groups())
        if month <= 12 and day <= 31:
            return year * 10000 + month * 100 + day
    return MISSING


def _text(name: str, cells: pd.Series[Any], order: NDArray[np.intp]) -> Column:
    """A text column; as codes into labels where values repeat, always so for the category."""
    import pandas as pd

    must = name in {"category", "place", "match"}
    if not _is_text(cells):
        cells = pd.Series(texts(cells), dtype=object)
    most = min(_MOST_LABELS, max(64, order.size // 3))
    # What a part of the rows shows saves going through all of them.
    if not must and cells.iloc[: 2 * most + 2].nunique() > most:
        return Column(name, "text", Texts(cells, order))
    codes, distinct = _distinct(cells, order)
    labels = sorted(set(distinct) - {""})
    if len(labels) > (_MOST_LABELS if must else most):
        return Column(name, "text", tuple(distinct[code] for code in codes))
    place = {label: i + 1 for i, label in enumerate(labels)} | {"": 0}
    coded = np.array([place[text] for text in distinct], dtype=np.int32)[codes]
    return Column(name, "category", coded, labels=tuple(labels))


def _distinct(cells: pd.Series[Any], order: NDArray[np.intp]) -> tuple[NDArray[np.intp], list[str]]:
    """The distinct cells as texts, and which of them each row holds; the last is "", for none."""
    import pandas as pd

    # A column of texts finds its distinct ones without making each cell a `str`.
    values = cells.array if _is_text(cells) else np.array(texts(cells), dtype=object)
    codes, distinct = pd.factorize(values)
    return codes[order], [*(_cell(value) for value in distinct), ""]


def _is_text(cells: pd.Series[Any]) -> bool:
    import pandas as pd

    return isinstance(cells.dtype, pd.StringDtype)


def texts(cells: pd.Series[Any]) -> list[str]:
    """Every cell as text; "" where it is missing."""
    values: list[Any] = np.asarray(cells, dtype=object).tolist()
    # Most columns hold nothing but plain text: to see that at once saves looking at each cell.
    try:
        if "".join(values).isprintable():
            return values
    except TypeError:
        pass
    return [_cell(value) for value in values]


class Texts(Sequence[str]):
    """Long texts in the order of a scene, made of the table's cells when they are asked for."""

    def __init__(self, cells: pd.Series[Any], order: NDArray[np.intp]) -> None:
        self._cells = cells.array if _is_text(cells) else np.array(texts(cells), dtype=object)
        self._order = order

    def __len__(self) -> int:
        return self._order.size

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            found: list[Any] = np.asarray(self._cells.take(self._order[at]), dtype=object).tolist()
            try:
                if "".join(found).isprintable():
                    return found
            except TypeError:  # a missing one
                pass
            return [_cell(value) for value in found]
        return _cell(self._cells[self._order[at]])


# --- order -----------------------------------------------------------------------------------------


def morton(
    lon: NDArray[np.int32] | NDArray[np.int64], lat: NDArray[np.int32] | NDArray[np.int64]
) -> NDArray[np.int64]:
    """One number for a longitude and a latitude in 1e-5 degrees: near places have near numbers.

    Raises
    ------
    SceneError
        When a coordinate is none.
    """
    x, y = np.asarray(lon, dtype=np.int64), np.asarray(lat, dtype=np.int64)
    if np.any(np.abs(x) >= _SHIFT) or np.any(np.abs(y) > 9_000_000):
        raise SceneError("longitudes go from -180 to 180 degrees, latitudes from -90 to 90")
    return (_spread(x + _SHIFT) | (_spread(y + _SHIFT) << np.uint64(1))).astype(np.int64)


def order(
    lon: NDArray[np.int64], lat: NDArray[np.int64], rows: NDArray[np.int64] | None
) -> NDArray[np.intp]:
    """Order in which near points follow each other; the number of the row decides between equals."""
    key = morton(lon, lat)
    if rows is None or bool(np.all(rows[1:] > rows[:-1])):
        return np.argsort(key, kind="stable")
    return np.lexsort((rows, key))


def _spread(values: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Put a zero bit between every two bits (26 of them)."""
    v = values.astype(np.uint64)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        v = (v | (v << np.uint64(shift))) & np.uint64(mask)
    return v
