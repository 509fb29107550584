"""Shapes out of a file that GDAL reads, with their names and their coordinate reference system."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import shapely

from bordermap._extras import needed
from bordermap.errors import BorderError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["Shapes", "name", "read"]

SHAPES = (".shp", ".gpkg", ".geojson", ".kml", ".fgb", ".gml")


class Shapes(NamedTuple):
    """Shapes of one layer; `names` only where a column of names was asked for."""

    shapes: list[BaseGeometry]
    names: list[str | None] | None
    crs: Any


def read(file: Path, layer: str | None, name_field: str | None) -> Shapes:
    """The shapes of the layer, or of the only one with lines or polygons.

    Raises
    ------
    BorderError
        When the file cannot be read, or it is not clear what of it is meant.
    """
    import pyogrio

    if not file.exists():
        raise BorderError(f"there is no file {file}; check the name and the folder")
    if file.suffix.lower() in (".parquet", ".geoparquet"):
        if layer is not None:
            raise BorderError(f"{file} is a Parquet file, which has no layers; leave layer= out")
        return _parquet(file, name_field)
    unreadable = (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        shapely.GEOSException,  # a kind of shape that shapely has not, such as a TIN
        zipfile.BadZipFile,
        OSError,
        ValueError,
    )
    try:
        source = _source(file)
        chosen = _layers(source) if layer is None else [layer]
        if len(chosen) == 1:
            meta, _, geometry, columns = pyogrio.raw.read(
                source, layer=chosen[0], columns=[name_field] if name_field else []
            )
            shapes = [] if geometry is None else list(shapely.from_wkb(geometry))
    except unreadable as error:
        raise BorderError(f"cannot read {file} as lines or polygons: {error}") from error
    if len(chosen) > 1:
        raise BorderError(
            f"{file} has lines or polygons in {len(chosen)} layers, {', '.join(chosen)}; say "
            f"which: layer={chosen[0]!r}"
        )
    if name_field and name_field not in list(meta["fields"]):
        raise BorderError(f"{file} has no column {name_field!r}")
    _check_whole(shapes, file)
    names = [name(value) for value in columns[0]] if name_field else None
    return Shapes(shapes, names, meta["crs"])


def _check_whole(shapes: list[BaseGeometry], file: Path) -> None:
    if not shapes:
        raise BorderError(f"{file} holds no shapes")
    for row, shape in enumerate(shapes, 1):
        if shape is None:
            raise BorderError(f"row {row} of {file} has no geometry; remove it")


def _source(file: Path) -> Path | str:
    """What GDAL is to open: of a zipped folder the folder, into which it does not look by itself."""
    if file.suffix.lower() != ".zip":
        return file
    with zipfile.ZipFile(file) as archive:
        entries = [PurePosixPath(entry) for entry in archive.namelist()]
    entries = [path for path in entries if "__MACOSX" not in path.parts]
    # A .json beside others tells about them.
    for suffixes in (SHAPES, (".json",)):
        shapes = [path for path in entries if path.suffix.lower() in suffixes]
        inside = {path.parent for path in shapes}
        if len(shapes) == 1 and inside != {PurePosixPath()}:
            return f"/vsizip/{file.absolute().as_posix()}/{shapes[0]}"
        if len(inside) == 1 and inside != {PurePosixPath()}:
            return f"/vsizip/{file.absolute().as_posix()}/{inside.pop()}"
        if shapes:
            break
    return file


def _parquet(file: Path, name_field: str | None) -> Shapes:
    """The shapes of a GeoParquet file, which GDAL reads in few builds."""
    needed("pyarrow", "reading Parquet", "arrow")
    import geopandas as gpd
    import pyarrow as pa

    try:
        frame = gpd.read_parquet(file)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BorderError(f"cannot read {file} as lines or polygons: {error}") from error
    if name_field and name_field not in frame.columns:
        raise BorderError(f"{file} has no column {name_field!r}")
    shapes = list(frame.geometry)
    _check_whole(shapes, file)
    return Shapes(shapes, [name(v) for v in frame[name_field]] if name_field else None, frame.crs)


def _layers(file: Path | str) -> list[str]:
    """The layers with lines or polygons; the first where none has."""
    import pyogrio

    layers = [str(name) for name, _ in pyogrio.list_layers(file)]
    return [name for name in layers if len(layers) == 1 or _has_lines(file, name)] or layers[:1]


def _has_lines(file: Path | str, layer: str) -> bool:
    import pyogrio

    about = pyogrio.read_info(file, layer=layer, force_feature_count=True)
    kind = about["geometry_type"]
    if kind == "Unknown" and about["features"]:  # a folder of a KML file is any mixture
        _, _, geometry, _ = pyogrio.raw.read(file, layer=layer, columns=[])
        return bool((shapely.get_dimensions(shapely.from_wkb(geometry)) > 0).any())
    return bool(about["features"]) and kind is not None and "Point" not in kind


def name(value: object) -> str | None:
    """A cell as a name; None where it is empty (a number that is NaN is no name either)."""
    # Of what is missing only NA equals nothing and differs from nothing; NaN and NaT differ.
    missing = value is None or type(value).__name__ == "NAType" or value != value  # noqa: PLR0124
    return None if missing else str(value).strip() or None
