"""Tables that live in Python: DataFrames, GeoSeries, shapely points, arrays, Arrow tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bordermap._tables.found import Flaw, Found
from bordermap.errors import CoordinateError, TableError
from bordermap.model import UNNAMED, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["as_frame", "from_frame"]


def as_frame(value: Any) -> tuple[pd.DataFrame, int] | None:
    """What Python holds as a frame, and the number of its first row; None for anything else.

    A frame counts from 2, as a sheet with headings does; what has no headings counts from 1.

    Parameters
    ----------
    value : DataFrame, GeoSeries, Arrow table or stream, array or sequence of points
        An array has the shape (n, 2), longitude first; a sequence holds such pairs, or shapely
        points. Points without a CRS are degrees.

    Examples
    --------
    >>> as_frame([(-100.73, 28.22), (-99.5, 27.5)])[0]["lat"].tolist()
    [28.22, 27.5]
    """
    if isinstance(value, pd.DataFrame):
        return value, 2
    if isinstance(value, gpd.GeoSeries):
        return value.to_frame("geometry"), 2
    if getattr(value, "crs", None) is not None:  # the array beneath one
        return gpd.GeoDataFrame(geometry=value), 1
    if hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__"):
        return _from_arrow(value), 2
    if isinstance(value, (list, tuple, np.ndarray)) or hasattr(value, "geom_type"):
        return _from_points(value)
    return None


def _from_arrow(value: Any) -> pd.DataFrame:
    try:
        import pyarrow as pa
    except ImportError as error:
        raise TableError(
            f"a table of type {type(value).__name__} is read through Arrow, which is not "
            "installed: pip install 'bordermap[arrow]'"
        ) from error
    try:
        table = pa.table(value)
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise TableError(
            f"cannot read a table from {type(value).__name__}: {' '.join(str(error).split())[:200]}"
        ) from error
    marked = [
        field.name
        for field in table.schema
        if b"ARROW:extension:name" in (field.metadata or {})
        or getattr(field.type, "extension_name", "").startswith("geoarrow")
    ]
    frame: pd.DataFrame
    if marked:
        frame = gpd.GeoDataFrame.from_arrow(table)
        return frame

    def whole(kind: Any) -> Any:  # a gap among whole numbers must not make floats of them
        return pd.Int64Dtype() if pa.types.is_integer(kind) else None

    frame = table.to_pandas(types_mapper=whole)
    return frame


def _from_points(value: Any) -> tuple[pd.DataFrame, int] | None:
    shapes = value if isinstance(value, np.ndarray) else np.asarray(value, dtype=object)
    if shapes.ndim == 1 and shapes.size and _all_shapes(shapes):
        return gpd.GeoDataFrame(geometry=list(shapes), crs="EPSG:4326"), 1
    if shapes.ndim == 1 and any(isinstance(cell, (tuple, list)) for cell in shapes):
        pairs_or_none = [(np.nan, np.nan) if cell is None else cell for cell in shapes]
        try:
            shapes = np.array(pairs_or_none, dtype=object)
        except ValueError:  # of several lengths
            return None
    if shapes.ndim != 2 or shapes.shape[1] != 2:
        return None
    try:
        pairs = shapes.astype(np.float64)
    except (TypeError, ValueError):
        return None
    if any(isinstance(cell, str) for cell in shapes.ravel().tolist()):
        return None
    return pd.DataFrame({"lon": pairs[:, 0], "lat": pairs[:, 1]}), 1


def _all_shapes(shapes: NDArray[Any]) -> bool:
    known = shapes != None  # noqa: E711 - element by element
    return (
        shapes.dtype == object
        and bool(known.any())
        and bool(np.all(shapely.is_geometry(shapes[known])))
    )


def from_frame(frame: pd.DataFrame, first_row: int, file: str = "") -> Found:
    """The rows of a frame; the points of a GeoDataFrame in degrees.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
    first_row : int
    file : str
        Name of the file that the frame was read from, if it was.

    Raises
    ------
    TableError
        When there are no columns, or a GeoDataFrame has no geometry or no CRS.
    """
    name = type(frame).__name__
    if frame.shape[1] == 0:
        raise TableError(f"{file} has no columns" if file else f"the {name} has no columns")
    numbers, frame = _numbered(frame, first_row)
    flaws: dict[int, Flaw] = {}
    points = None
    if isinstance(frame, gpd.GeoDataFrame):
        points = _points(frame, numbers, flaws, file)
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    headings = [
        " ".join(str(part) for part in label) if isinstance(label, tuple) else str(label)
        for label in cast("list[Any]", frame.columns.tolist())
    ]
    plain = frame.set_axis(range(len(headings)), axis=1).set_axis(numbers, axis=0)
    return Found(headings, plain, Source(UNNAMED, "", "", ""), [], flaws, points)


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
    frame: gpd.GeoDataFrame, numbers: pd.Index[int], flaws: dict[int, Flaw], file: str
) -> NDArray[np.float64]:
    """(lon, lat) of each row in EPSG:4326; NaN where a row has no geometry.

    A line or a polygon is refused: an incident has a place, and which point of a county stands for
    it is nothing to guess.
    """
    try:
        geometry = frame.geometry
    except AttributeError as error:
        raise TableError(
            "the GeoDataFrame has no active geometry: name it with gdf.set_geometry('...')"
        ) from error
    if geometry.crs is None and file:
        raise TableError(
            f"{file} does not say in which CRS its coordinates are (a Shapefile does in a .prj "
            f"beside it): say it, for degrees with geopandas.read_file({file!r}).set_crs("
            "'EPSG:4326')"
        )
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
