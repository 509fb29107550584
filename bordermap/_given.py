"""What a verb was given: a name, a point, a file or a table."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bordermap.errors import CoordinateError, InputError
from bordermap.model import Place, Source
from bordermap.notation import rounded_m

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_file", "as_frame", "as_point", "is_table", "one_of", "point", "refuse_url"]

# Names that end like this are files, also when no such file exists: a slip in a file name must not
# be looked up as a town.
_FILE_SUFFIXES = frozenset(
    (
        ".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".json",
        ".geojson", ".parquet", ".geoparquet", ".gpkg", ".fgb", ".shp", ".kml", ".kmz", ".zip", ".gz", ".feather", ".html", ".pdf",
    )
)  # fmt: skip
_SOURCE = Source("coordinates as given", "", "", "")


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuse an option that is none of those there are."""
    if value not in allowed:
        raise InputError(f"{name}={value!r}: it is {' or '.join(map(repr, allowed))}")


def refuse_url(text: str) -> None:
    """Refuse a web address, which looks like a file to some and like a name to others."""
    if text.startswith(("http://", "https://", "ftp://")):
        raise InputError(f"{text} is a web address; bordermap reads local files: download it first")


def as_file(text: str) -> Path | None:
    """The path that a text names, or None for what must be a place."""
    refuse_url(text)
    if "\x00" in text or "\n" in text:
        return None
    path = Path(text)
    if path.suffix.lower() in _FILE_SUFFIXES:
        return path
    try:
        return path if path.is_file() else None
    except OSError:  # too long for a file name
        return None


def _is_frame(value: Any) -> bool:
    """Whether it is a DataFrame, without importing pandas to find out."""
    return hasattr(value, "columns") and hasattr(value, "iloc")


def is_table(value: Any) -> bool:
    """Whether it is something that `read` reads, and no list of names."""
    raw = isinstance(value, (os.PathLike, bytes, bytearray, memoryview))
    arrow = hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__")
    # A column alone, of pandas, polars or Arrow, holds names.
    column = hasattr(value, "dtype") or (hasattr(value, "type") and not hasattr(value, "schema"))
    frame = _is_frame(value) or (arrow and not column)
    return raw or hasattr(value, "read") or frame or _holds_points(value)


def _holds_points(value: Any) -> bool:
    """Whether it is an array or a list of (lon, lat), or one of shapely points."""
    if hasattr(value, "geom_type"):
        return not isinstance(value.geom_type, str)  # the type of one shape
    if getattr(value, "ndim", 0) == 2:
        return True
    if not isinstance(value, (list, tuple)) and getattr(value, "ndim", 0) != 1:
        return False
    if hasattr(value, "index") and not isinstance(value, (list, tuple)):
        return False  # a Series of names
    first = next((cell for cell in value if cell is not None), None)
    return hasattr(first, "geom_type") or (
        not isinstance(first, str) and as_point(first) is not None
    )


def as_point(value: Any) -> tuple[float, float] | None:
    """(lon, lat) of a pair of numbers or of a shapely point; None for anything else.

    The pair may be a tuple, a list or an array; a Series is a table, also of two rows.
    """
    kind = getattr(value, "geom_type", None)  # a Series of them, where value is a GeoDataFrame
    if isinstance(kind, str) and kind == "Point":
        if value.is_empty:
            raise CoordinateError("the point is empty")
        return float(value.x), float(value.y)
    if hasattr(value, "ndim") and hasattr(value, "tolist") and not hasattr(value, "index"):
        value = value.tolist()
    if isinstance(value, (tuple, list)) and len(value) == 2:
        lon, lat = value
        if _is_number(lon) and _is_number(lat):
            return float(lon), float(lat)
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def point(lon: float, lat: float) -> Place:
    """A bare point as a place; its radius is what the coordinates were rounded to."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise CoordinateError(f"({lon}, {lat}) is not on Earth: give finite degrees")
    if abs(lat) > 90:
        hint = "; longitude comes first" if abs(lon) <= 90 and abs(lat) <= 180 else ""
        raise CoordinateError(f"latitude {lat:.10g} is beyond −90 to 90 degrees{hint}")
    if abs(lon) > 360:
        raise CoordinateError(f"longitude {lon:.10g} is beyond −360 to 360 degrees")
    radius = rounded_m(lon, lat)
    lon = math.remainder(lon, 360.0)
    return Place(
        name="",
        lon=lon,
        lat=lat,
        country="",
        admin1=None,
        admin2=None,
        id="",
        kind="point",
        population=None,
        radius_m=radius,
        match="coordinates",
        score=1.0,
        source=_SOURCE,
        reason="coordinates as given",
    )


def as_frame(names: Any) -> tuple[pd.DataFrame, int]:
    """A table of names, and the number of its first row."""
    import pandas as pd

    if isinstance(names, pd.DataFrame):
        return names, 2
    if hasattr(names, "geom_type"):
        raise InputError(
            f"{_kind(names)} holds no names: bordermap.measure and bordermap.draw take it, or "
            "give one point"
        )
    if (
        isinstance(names, (Mapping, bytes, bytearray, memoryview))
        or not hasattr(names, "__iter__")
        or getattr(names, "ndim", 1) == 0
    ):
        raise InputError(
            f"{_kind(names)} cannot be looked up: give a name, a list of names, a Series, a "
            "DataFrame or (lon, lat)"
        )
    if hasattr(names, "to_pylist"):  # a column of Arrow, whose cells are no str yet
        names = names.to_pylist()
    cells = pd.Series(names if isinstance(names, (list, pd.Series)) else list(names), dtype=object)
    odd = None
    if pd.api.types.infer_dtype(cells, skipna=True) != "string":
        odd = next(
            (cell for cell in cells if not isinstance(cell, str) and not _is_nothing(cell)), None
        )
    if odd is not None:
        shown = " ".join(repr(odd).split())
        raise InputError(
            f"the list holds {shown[:60]}, which is no name; for coordinates in bulk give a "
            "DataFrame with the columns lon and lat, or use bordermap.distance.to_border(lon, lat)"
        )
    return pd.DataFrame({"place": cells.reset_index(drop=True)}), 1


def _is_nothing(cell: Any) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_scalar(cell) and pd.isna(cell))


def _kind(value: Any) -> str:
    return f"a value of type {type(value).__name__}"
