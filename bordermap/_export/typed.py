"""Columns of a frame as a file can hold them: each of one type, with None where nothing is known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Field", "Kind", "fields", "frame_of"]

Kind = Literal["integer", "number", "boolean", "datetime", "text"]
_MOST_WHOLE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Field:
    """One column.

    Attributes
    ----------
    name : str
    kind : {"integer", "number", "boolean", "datetime", "text"}
    cells : list
        int, float, bool, datetime or str; None where there is nothing.
    mixed : bool
        Whether values of several types became text.
    """

    name: str
    kind: Kind
    cells: list[Any]
    mixed: bool = False


def fields(frame: pd.DataFrame) -> list[Field]:
    """Every column but the active geometry, in order; names are unique text.

    Text stays as it is, dates of incidents included: "2011-03" is all that is known of a day.

    Examples
    --------
    >>> [(f.kind, f.cells) for f in fields(pd.DataFrame({"a": [1, None], "b": ["x", 2]}))]
    [('number', [1.0, None]), ('text', ['x', '2'])]
    """
    geometry = str(getattr(getattr(frame, "geometry", None), "name", ""))
    out: list[Field] = []
    taken: set[str] = set()
    for position, label in enumerate(frame.columns):
        if str(label) == geometry:
            continue
        name = _free(_clean(str(label)) or f"column_{position + 1}", taken)
        taken.add(name)
        out.append(_field(name, frame.iloc[:, position]))
    return out


def _free(name: str, taken: set[str]) -> str:
    fresh, number = name, 2
    while fresh in taken:
        fresh, number = f"{name}_{number}", number + 1
    return fresh


def _field(name: str, column: pd.Series[Any]) -> Field:
    cells = column.astype(object).to_numpy(dtype=object)
    missing = column.isna().to_numpy(dtype=bool)
    kind = _kind(column, cells[~missing])
    if kind is None:
        return Field(name, "text", _each(cells, missing, _as_text), mixed=True)
    make = {
        "integer": int,
        "number": _finite,
        "boolean": bool,
        "datetime": lambda cell: cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell,
        "text": _as_text,
    }[kind]
    return Field(name, kind, _each(cells, missing, make))


def _each(cells: NDArray[np.object_], missing: NDArray[np.bool_], make: Any) -> list[Any]:
    return [
        None if gone else make(cell)
        for cell, gone in zip(cells.tolist(), missing.tolist(), strict=True)
    ]


def _kind(column: pd.Series[Any], known: NDArray[np.object_]) -> Kind | None:
    """The one type of all cells; None when there are several."""
    is_type = pd.api.types
    typed: tuple[tuple[Any, Kind], ...] = (
        (is_type.is_bool_dtype, "boolean"),
        (is_type.is_integer_dtype, "integer"),
        (is_type.is_float_dtype, "number"),
        (is_type.is_datetime64_any_dtype, "datetime"),
    )
    kind = next((kind for holds, kind in typed if holds(column.dtype)), None)
    if kind is None:
        kind = _inferred(known)
    if kind == "integer" and any(abs(int(cell)) > _MOST_WHOLE for cell in known):
        return None
    return kind


def _inferred(known: NDArray[np.object_]) -> Kind | None:
    if not len(known):
        return "text"
    found = pd.api.types.infer_dtype(known, skipna=True)
    plain: dict[str, Kind] = {
        "string": "text",
        "empty": "text",
        "integer": "integer",
        "date": "text",
        "datetime": "text",
        "time": "text",
        "timedelta": "text",
        "bytes": "text",
        "floating": "number",
        "mixed-integer-float": "number",
        "decimal": "number",
        "boolean": "boolean",
    }
    return plain.get(str(found))


def _finite(cell: Any) -> float | None:
    value = float(cell)
    return value if np.isfinite(value) else None


def _as_text(cell: Any) -> str:
    text: str
    if isinstance(cell, (datetime, date)):
        text = cell.isoformat()
    elif isinstance(cell, (bytes, bytearray)):
        text = bytes(cell).decode("utf-8", errors="replace")
    elif isinstance(cell, (list, tuple, dict, np.ndarray)):
        plain = cell.tolist() if isinstance(cell, np.ndarray) else cell
        text = json.dumps(plain, ensure_ascii=False, default=str)
    elif isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        text = str(int(cell))
    else:
        text = str(getattr(cell, "wkt", cell))  # of a second geometry
    return _clean(text)


def _clean(text: str) -> str:
    """Text that every format can hold: no NUL, no half of a surrogate pair."""
    if text.isprintable():
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def frame_of(columns: Sequence[Field]) -> pd.DataFrame:
    """The columns as a frame whose dtypes know of missing values."""
    dtypes: dict[Kind, Any] = {"integer": "Int64", "number": "float64", "boolean": "boolean"}
    made = {}
    for column in columns:
        if column.kind in dtypes:
            made[column.name] = pd.Series(column.cells, dtype=dtypes[column.kind])
        elif column.kind == "datetime":
            made[column.name] = pd.Series(pd.DatetimeIndex(pd.to_datetime(column.cells)))
        else:
            made[column.name] = pd.Series(column.cells, dtype=object)
    return pd.DataFrame(made)
