"""Tables of incidents to files: CSV, XLSX, GeoJSON, GeoPackage, GeoParquet, Shapefile, KML.

The end of the name says which. Values come back as they went out: whole numbers with gaps, dates as
precise as they were known, text of any length, `None`; where a format cannot hold something, a note
says what became of it. The same incidents give the same bytes, and an earlier file is replaced in one
step or not at all. Source and credits go along where the format has a place for them.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import tempfile
import threading
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bordermap._export import kml, spreadsheet
from bordermap._export.typed import Field, fields, frame_of
from bordermap._files import kind_of, write_atomic, write_together
from bordermap.errors import InputError, OutputError
from bordermap.model import Incidents, Source

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["SUFFIXES", "Written", "file_kind", "write"]

SUFFIXES = (".csv", ".xlsx", ".geojson", ".gpkg", ".parquet", ".shp", ".kml")
_KINDS = {suffix: suffix[1:] for suffix in SUFFIXES}
_KINDS |= {".json": "geojson", ".geoparquet": "parquet"}
_UNDATED = date(1980, 1, 1)  # where a format wants a date and none was asked for
_DECIMALS = 7  # of degrees in GeoJSON: a centimetre
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_DBF_NAME, _DBF_TEXT = 10, 254
_DBF_SHORT = {
    "description": "descript", "match_score": "match_scor", "match_reason": "match_why",
    "border_uncertainty_km": "border_unc", "nearest_lon": "near_lon", "nearest_lat": "near_lat",
    "azimuth_deg": "azimuth", "border_part": "border_prt",
}  # fmt: skip
_BESIDE = (".shx", ".dbf", ".prj", ".cpg", ".shp")
_STALE = (".sbn", ".sbx", ".qix", ".idm", ".ind")  # indexes that others made of the earlier file
_GDAL = threading.Lock()


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written.

    Attributes
    ----------
    path : Path
    notes : tuple of str
        What the format could not hold as it is, and what became of it.
    """

    path: Path
    notes: tuple[str, ...] = ()

    def __fspath__(self) -> str:
        return os.fspath(self.path)


def file_kind(path: str | os.PathLike[str]) -> str:
    """What kind of file a table would be under that name: "csv", "xlsx", "geojson" and so on.

    Raises
    ------
    InputError
        When the name ends like none of them.
    """
    return kind_of(path, _KINDS, "a table")


def write(
    incidents: Incidents,
    path: str | os.PathLike[str],
    *,
    bom: bool = False,
    escape_formulas: bool = False,
    made: date | None = None,
) -> Written:
    """Write incidents; see `bordermap.write`, which also reads what is no `Incidents` yet.

    Raises
    ------
    OutputError
        When the file cannot be written; an earlier one is untouched.
    InputError
        When the name ends in nothing known, or an option does not fit the format.
    """
    kind = file_kind(path)
    if kind != "csv" and (bom or escape_formulas):
        option = "bom" if bom else "escape_formulas"
        raise InputError(
            f"{option} is for CSV alone: a .{kind} says itself how its text is written, and what of it "
            "is a formula"
        )
    columns = fields(incidents.frame)
    notes = _mixed(columns)
    target = Path(path)
    if kind == "shp":
        notes += _shapefile(incidents, columns, target)
        return Written(target, tuple(notes))
    if kind == "csv":
        data = _csv(columns, bom=bom, escape_formulas=escape_formulas)
    elif kind == "geojson":
        data = _geojson(incidents, columns)
    else:
        make: Callable[[], tuple[bytes, list[str]]] = {
            "xlsx": lambda: _xlsx(incidents, columns, made or _UNDATED),
            "gpkg": lambda: _geopackage(incidents, columns, made or _UNDATED),
            "parquet": lambda: (_geoparquet(incidents, columns), []),
            "kml": lambda: kml.document(
                columns,
                _lonlat(incidents).tolist(),
                name=_title(incidents),
                about=_about(incidents),
            ),
        }[kind]
        data, more = make()
        notes += more
    write_atomic(target, data)
    return Written(target, tuple(notes))


def _mixed(columns: Sequence[Field]) -> list[str]:
    mixed = [column.name for column in columns if column.mixed]
    return [f"{', '.join(mixed)}: values of several types, written as text"] if mixed else []


def _lonlat(incidents: Incidents) -> NDArray[np.float64]:
    geometry = incidents.frame.geometry.to_crs("EPSG:4326")
    return np.column_stack([geometry.x.to_numpy(), geometry.y.to_numpy()])


# --- where it comes from ----------------------------------------------------------------------


def _title(incidents: Incidents) -> str:
    return f"Incidents from {incidents.source.name}"


def _provenance(incidents: Incidents) -> dict[str, Any]:
    """Source, credits and notes, as JSON holds them."""

    def told(source: Source) -> dict[str, str]:
        parts = {
            "name": source.name,
            "edition": source.edition,
            "licence": source.licence,
            "attribution": source.attribution,
            "sha256": source.sha256 or "",
        }
        return {what: text for what, text in parts.items() if text}

    return {
        "source": told(incidents.source),
        "credits": [told(source) for source in _credits(incidents)],
        "notes": list(incidents.notes),
    }


def _credits(incidents: Incidents) -> tuple[Source, ...]:
    """Whose data went in, that of the border included where distances were measured."""
    out = list(incidents.credits)
    if "border" in incidents.frame and len(incidents.frame):
        from bordermap import borders
        from bordermap.errors import BordermapError

        for key in dict.fromkeys(incidents.frame["border"].astype(str)):
            with contextlib.suppress(BordermapError):  # a border of one's own has no key to load
                out.append(borders.load(key).source)
    return tuple(dict.fromkeys(out))


def _pairs(incidents: Incidents) -> list[tuple[str, str]]:
    """The same for readers: what, and the text of it."""

    def told(source: Source) -> str:
        parts = (source.attribution or source.name, source.edition, source.licence)
        return "; ".join(dict.fromkeys(part for part in parts if part))

    own = incidents.source
    pairs = [("source", own.name)]
    if own.attribution or own.licence:
        pairs.append(("credit of the source", told(replace(own, name=""))))
    if own.sha256:
        pairs.append(("SHA-256 of the source", own.sha256))
    pairs += [("credit", told(source)) for source in _credits(incidents)]
    pairs += [
        ("placed", f"{len(incidents.frame):,} rows"),
        ("rejected", f"{len(incidents.rejected):,} rows"),
    ]
    pairs += [("note", note) for note in incidents.notes]
    return [*pairs, ("made with", "bordermap")]


def _about(incidents: Incidents) -> str:
    return "\n".join(f"{what}: {text}" for what, text in _pairs(incidents))


# --- text -------------------------------------------------------------------------------------


def _csv(columns: Sequence[Field], *, bom: bool, escape_formulas: bool) -> bytes:
    frame = frame_of(columns)
    if escape_formulas:
        for column in columns:
            if column.kind == "text":
                frame[column.name] = [_harmless(text) for text in column.cells]
        frame.columns = [_harmless(str(name)) for name in frame.columns]
    # RFC 4180 ends lines so, and a writer that does quotes a lone carriage return too.
    text: str = frame.to_csv(index=False, lineterminator="\r\n")
    return text.encode("utf-8-sig" if bom else "utf-8")


def _harmless(text: str | None) -> str | None:
    """Text with an apostrophe before it, where a spreadsheet would calculate it."""
    if text and _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _geojson(incidents: Incidents, columns: Sequence[Field]) -> bytes:
    """RFC 7946: WGS84, longitude first, no member `crs`; provenance in foreign members."""
    head = {"type": "FeatureCollection", **_provenance(incidents)}
    opened = json.dumps(head, ensure_ascii=False, allow_nan=False)[:-1]
    features = []
    for row, (lon, lat) in enumerate(_lonlat(incidents).tolist()):
        properties = {column.name: _json(column.cells[row]) for column in columns}
        feature = {
            "type": "Feature",
            "geometry": {
                "type": "Point",
                "coordinates": [round(lon, _DECIMALS), round(lat, _DECIMALS)],
            },
            "properties": properties,
        }
        features.append(json.dumps(feature, ensure_ascii=False, allow_nan=False))
    body = ",\n".join(features)
    return f'{opened}, "features": [\n{body}\n]}}\n'.encode()


def _json(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


# --- workbooks and columns --------------------------------------------------------------------


def _xlsx(incidents: Incidents, columns: Sequence[Field], made: date) -> tuple[bytes, list[str]]:
    return spreadsheet.workbook(
        columns,
        fields(incidents.rejected),
        _pairs(incidents),
        made=made,
        title=_title(incidents),
    )


def _geoparquet(incidents: Incidents, columns: Sequence[Field]) -> bytes:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise OutputError(
            "what writes Parquet is not installed: pip install 'bordermap[arrow]', or write a .gpkg"
        ) from error
    buffer = io.BytesIO()
    _located(incidents, frame_of(columns)).to_parquet(buffer, index=False)
    table = parquet.read_table(io.BytesIO(buffer.getvalue()))
    told = json.dumps(_provenance(incidents), ensure_ascii=False).encode()
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"bordermap": told})
    out = io.BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()


def _located(incidents: Incidents, frame: pd.DataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd

    lonlat = _lonlat(incidents)
    name = "geometry"
    while name in frame:
        name += "_"
    frame = frame.assign(**{name: gpd.points_from_xy(lonlat[:, 0], lonlat[:, 1])})
    return gpd.GeoDataFrame(frame, geometry=name, crs="EPSG:4326")


# --- through GDAL -----------------------------------------------------------------------------


def _geopackage(
    incidents: Incidents, columns: Sequence[Field], made: date
) -> tuple[bytes, list[str]]:
    names = _unlike([column.name for column in columns], {"fid", "geom"}, 10_000)
    renamed = _renamed(columns, names, "a GeoPackage tells names apart by more than case")
    located = _located(
        incidents, frame_of([replace(c, name=n) for c, n in zip(columns, names, strict=True)])
    )
    located = located.rename_geometry("geom")
    told = {"PROVENANCE": json.dumps(_provenance(incidents), ensure_ascii=False)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "incidents.gpkg")
        with _written_on(made):
            _by_gdal(located, path, "GPKG", layer_metadata=told, GEOMETRY_NAME="geom")
        return path.read_bytes(), renamed


def _shapefile(incidents: Incidents, columns: Sequence[Field], target: Path) -> list[str]:
    wanted = [_DBF_SHORT.get(column.name, column.name) for column in columns]
    names = _unlike([_ascii(name) for name in wanted], set(), _DBF_NAME)
    notes = _renamed(columns, names, "a Shapefile has names of 10 plain letters")
    kept, cut = [], 0
    for column, name in zip(columns, names, strict=True):
        values = column.cells
        if column.kind == "datetime":
            values = [None if value is None else value.isoformat() for value in values]
        if column.kind in ("datetime", "text"):
            shorter = [_bytes_of(value, _DBF_TEXT) for value in values]
            cut += sum(a != b for a, b in zip(values, shorter, strict=True))
            kept.append(Field(name, "text", shorter))
        else:
            kept.append(replace(column, name=name))
    if cut:
        cells = "1 text was" if cut == 1 else f"{cut:,} texts were"
        notes.append(f"a Shapefile holds {_DBF_TEXT} bytes of text in a cell: {cells} cut there")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "incidents.shp")
        _by_gdal(
            _located(incidents, frame_of(kept)),
            path,
            "ESRI Shapefile",
            DBF_DATE_LAST_UPDATE=_UNDATED.isoformat(),
            ENCODING="UTF-8",
        )
        write_together(
            {target.with_suffix(end): path.with_suffix(end).read_bytes() for end in _BESIDE}
        )
    for end in _STALE:
        target.with_suffix(end).unlink(missing_ok=True)
    return notes


def _by_gdal(located: gpd.GeoDataFrame, path: Path, driver: str, **options: Any) -> None:
    import pyogrio

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pyogrio.write_dataframe(
                located, path, driver=driver, layer="incidents", geometry_type="Point", **options
            )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.FieldError, RuntimeError) as error:
        why = " ".join(str(error).split())[:200]
        raise OutputError(f"cannot write the {driver}: {why}") from error


@contextlib.contextmanager
def _written_on(made: date) -> Iterator[None]:
    """Have GDAL put this date, not the clock's, into what it writes."""
    import pyogrio

    option = "OGR_CURRENT_DATE"
    with _GDAL:
        before = pyogrio.get_gdal_config_option(option)
        pyogrio.set_gdal_config_options({option: f"{made.isoformat()}T00:00:00.000Z"})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({option: before})


def _unlike(names: Sequence[str], taken: set[str], longest: int) -> list[str]:
    """Names that differ by more than case, and fit."""
    used = set(taken)
    out = []
    for name in names:
        fresh, number = name[:longest], 2
        while fresh.casefold() in used:
            tail = f"_{number}"
            fresh, number = name[: longest - len(tail)] + tail, number + 1
        used.add(fresh.casefold())
        out.append(fresh)
    return out


def _renamed(columns: Sequence[Field], names: Sequence[str], why: str) -> list[str]:
    changed = [
        f"{column.name} → {name}"
        for column, name in zip(columns, names, strict=True)
        if column.name != name
    ]
    return [f"{why}: {', '.join(changed)}"] if changed else []


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"\W+", "_", plain).strip("_") or "field"


def _bytes_of(text: str | None, longest: int) -> str | None:
    """The text cut to that many bytes of UTF-8, between characters."""
    if text is None or len(text) * 4 <= longest:
        return text
    return text.encode()[:longest].decode(errors="ignore")
