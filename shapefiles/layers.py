"""Write one layer as an ESRI Shapefile whose bytes depend on its data alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SUFFIXES = (".shp", ".shx", ".dbf", ".prj", ".cpg")

# GDAL stamps today's date into the .dbf unless told otherwise. This is the edition of our
# data and changes only when the data do.
EDITION = "2026-11-22"

# Coordinates are kept to 2^-17 of a degree, 0.85 m: far finer than any of these layers, and
# a double on this grid ends in zero bits, so that a wheel of them packs to half the size.
GRID = 2.0**17


def on_grid(shapes: Any) -> NDArray[np.object_]:
    """Shapes of a coverage with every vertex moved to the grid, by 0.6 m at most.

    Where the move folds a narrow corner over, the coverage is cleaned: neighbours keep one
    common edge.
    """
    moved = shapely.transform(np.asarray(shapes), lambda xy: np.round(xy * GRID) / GRID)
    if not (shapely.is_valid(moved).all() and shapely.coverage_is_valid(moved)):
        moved = shapely.make_valid(moved, method="structure", keep_collapsed=False)
        moved = shapely.coverage_clean(moved, snapping_distance=0.0)
    return np.asarray(moved)


def write_layer(out: Path, name: str, columns: dict[str, Any], geometry: Any) -> Path:
    """Write ``out/name.shp`` and its companions; coordinates are lon, lat in EPSG:4326."""
    geometry = np.array(list(geometry))
    invalid = ~shapely.is_valid(geometry)
    if invalid.any():
        raise ValueError(f"{name}: {int(invalid.sum())} geometries are not valid")
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=4326)
    path = out / f"{name}.shp"
    pyogrio.write_dataframe(
        frame,
        path,
        driver="ESRI Shapefile",
        ENCODING="UTF-8",
        RESIZE="YES",
        DBF_DATE_LAST_UPDATE=EDITION,
    )
    return path
