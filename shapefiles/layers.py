"""Write one layer as an ESRI Shapefile whose bytes depend on its data alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely

SUFFIXES = (".shp", ".shx", ".dbf", ".prj", ".cpg")

# GDAL stamps today's date into the .dbf unless told otherwise. This is the edition of our
# data and changes only when the data do.
EDITION = "2026-11-22"


def write_layer(out: Path, name: str, columns: dict[str, Any], geometry: Any) -> Path:
    """Write ``out/name.shp`` and its companions; coordinates are lon, lat in EPSG:4326."""
    invalid = ~shapely.is_valid(geometry)
    if invalid.any():
        raise ValueError(f"{name}: {int(invalid.sum())} geometries are not valid")
    frame = gpd.GeoDataFrame(columns, geometry=list(geometry), crs=4326)
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
