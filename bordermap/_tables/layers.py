"""Layers of geographic files: GeoJSON, GeoPackage, Shapefile, KML, FlatGeobuf, (Geo)Parquet.

GDAL reads them, by content and never by address: what reaches it has been recognised before.
"""

from __future__ import annotations

import io
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from bordermap._tables.content import Format, unzipped
from bordermap.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["parse"]

_NAMES: dict[Format, str] = {
    "geojson": "GeoJSON", "gpkg": "a GeoPackage", "shapefile": "a Shapefile", "kml": "KML",
    "kmz": "KML", "flatgeobuf": "FlatGeobuf", "parquet": "Parquet",
}  # fmt: skip
_SUFFIXES: dict[Format, str] = {
    "geojson": ".geojson", "gpkg": ".gpkg", "kml": ".kml", "kmz": ".kml", "flatgeobuf": ".fgb",
}  # fmt: skip
# Fields that GDAL gives every KML file, whether it has them or not.
_OF_KML = (
    "id", "Name", "description", "timestamp", "begin", "end", "altitudeMode", "tessellate",
    "extrude", "visibility", "drawOrder", "icon", "snippet",
)  # fmt: skip


def parse(
    data: bytes,
    kind: Format,
    name: str,
    limit: int,
    *,
    path: Path | None = None,
    layer: str | int | None = None,
) -> pd.DataFrame:
    """One layer as a GeoDataFrame (a DataFrame where it has no geometry).

    Parameters
    ----------
    data : bytes
        Of the file, or of the `.shp`.
    kind : Format
    name : str
        For messages.
    limit : int
        Bytes that a zipped file may unpack to.
    path : Path, optional
        Where the file is, which a Shapefile cannot do without.
    layer : str or int, optional
        Name of the layer, or its number from 1; needed where several could be meant.

    Raises
    ------
    TableError
        When it cannot be read.
    """
    if kind == "parquet":
        return _parquet(data, name)
    if data.startswith(b"PK"):
        sizes = unzipped(data, name, limit)
        if kind == "kmz":
            data, path = _kml_in(data, sizes), None
    elif kind == "shapefile" and path is None:
        raise TableError(
            f"{name} is the .shp of a Shapefile, which needs its .dbf, .shx and .prj beside it: "
            "give the path of the file, or all of them zipped"
        )
    if path is not None:
        return _by_gdal(path.resolve(), kind, name, layer)
    with tempfile.TemporaryDirectory() as folder:
        end = ".shp.zip" if kind == "shapefile" else _SUFFIXES[kind]
        copy = Path(folder, f"{Path(name).stem or 'table'}{end}")
        copy.write_bytes(data)
        return _by_gdal(copy, kind, name, layer)


def _kml_in(data: bytes, sizes: dict[str, int]) -> bytes:
    """The main document of a KMZ: doc.kml, or the first there is."""
    members = [member for member in sizes if member.lower().endswith(".kml")]
    main = next((member for member in members if member.lower() == "doc.kml"), members[0])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(main)


def _by_gdal(source: Path, kind: Format, name: str, wanted: str | int | None) -> pd.DataFrame:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    options = {"DATE_AS_STRING": "YES"} if kind == "geojson" else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layers = [str(row[0]) for row in pyogrio.list_layers(source)]
            layer = _layer(layers, wanted, name)
            info = pyogrio.read_info(source, layer=layer, encoding=None)
            frame: pd.DataFrame = pyogrio.read_dataframe(source, layer=layer, **options)
    except (DataSourceError, DataLayerError, ValueError, UnicodeDecodeError) as error:
        if isinstance(error, TableError):
            raise
        why = " ".join(str(error).replace(str(source), name).split())[:200]
        hint = " (a list of records is no GeoJSON: pass pandas.read_json(...))"
        raise TableError(
            f"{name} cannot be read as {_NAMES[kind]}{hint if kind == 'geojson' else ''}: {why}"
        ) from error
    # A column of whole numbers with a gap in it comes as floats: 23 must not become "23.0".
    for field, dtype in zip(info["fields"], info["dtypes"], strict=True):
        if field in frame and str(dtype).startswith(("int", "uint")):
            frame[field] = frame[field].astype("Int64")
        elif field in frame and str(dtype) == "bool":
            frame[field] = frame[field].astype("boolean")
    if kind in ("kml", "kmz"):
        frame = _without_boilerplate(frame)
    return frame


def _layer(layers: list[str], wanted: str | int | None, name: str) -> str:
    if not layers:
        raise TableError(f"{name} is empty: it holds no layer")
    if wanted is None:
        if len(layers) > 1:
            shown = ", ".join(repr(layer) for layer in layers[:20])
            raise TableError(
                f"{name} has {len(layers)} layers, {shown}: say which with sheet={layers[0]!r} or, "
                "on the command line, --sheet"
            )
        return layers[0]
    if wanted in layers:
        return str(wanted)
    number = int(wanted) if isinstance(wanted, int) or str(wanted).isdecimal() else 0
    if 1 <= number <= len(layers):
        return layers[number - 1]
    shown = ", ".join(repr(layer) for layer in layers[:20])
    raise TableError(f"{name} has no layer {wanted!r}; its layers are {shown}")


def _without_boilerplate(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop what a KML file does not say; its name and time go by the names that tables use."""
    for field in _OF_KML:
        if field in frame and (
            frame[field].isna().all() or field in ("tessellate", "extrude", "visibility")
        ):
            frame = frame.drop(columns=field)
    renames = {"Name": "title", "timestamp": "date", "begin": "date"}
    for field, plain in renames.items():
        if field not in frame:
            continue
        if plain in frame:
            frame = frame.drop(columns=field)
        else:
            frame = frame.rename(columns={field: plain})
    return frame


def _parquet(data: bytes, name: str) -> pd.DataFrame:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise TableError(
            f"{name} is a Parquet file, and what reads those is not installed: "
            "pip install 'bordermap[arrow]'"
        ) from error
    import geopandas as gpd
    import pandas as pd

    try:
        schema = parquet.read_schema(io.BytesIO(data))
        if b"geo" in (schema.metadata or {}):
            frame: pd.DataFrame = gpd.read_parquet(io.BytesIO(data))
        else:
            frame = pd.read_parquet(io.BytesIO(data))
    except (pa.ArrowException, OSError, ValueError) as error:
        why = " ".join(str(error).split())[:200]
        raise TableError(f"{name} cannot be read as Parquet: {why}") from error
    return frame
