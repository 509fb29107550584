"""The verbs: `read`, `geocode`, `measure`, `draw`, `report`, composed of the modules beneath.

Scalars in give dataclasses out, tables in give tables out. One name that cannot be resolved raises;
a table collects what could not be done in `Incidents.rejected`, with row, column and reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from bordermap import _given, measuring
from bordermap import borders as _borders
from bordermap.borders import Border
from bordermap.config import Settings
from bordermap.errors import InputError, SceneError
from bordermap.geocoding import Point, candidates, geocode, known_gazetteer
from bordermap.model import (
    Gazetteer,
    Incidents,
    Measurement,
    Metric,
    Place,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from bordermap._placement.lookup import Progress
    from bordermap.briefing import Briefing
    from bordermap.export import Written
    from bordermap.maps import BorderMap
    from bordermap.placement import OnError
    from bordermap.protection import Jitter, Rounding

__all__ = ["candidates", "draw", "geocode", "measure", "read", "report", "write"]

Table: TypeAlias = "os.PathLike[str] | pd.DataFrame | Incidents"

_NOTHING: Mapping[str, Any] = {}


# --- read -------------------------------------------------------------------------------------


def read(
    source: Any,
    *,
    columns: Mapping[str, str | None] | None = None,
    encoding: str | None = None,
    sheet: str | int | None = None,
    on_error: OnError = "collect",
    protect: Rounding | Jitter | None = None,
    gazetteer: Gazetteer | None = None,
    aliases: Any = None,
    decisions: Any = None,
    progress: Progress | None = None,
) -> Incidents:
    r"""Read a table of incidents and give every row a place, or a reason why it has none.

    Columns are known under their usual English and Spanish names and under those of ACLED and UCDP
    GED; every other column passes through untouched. Rows that have coordinates keep them; the
    others are looked up by place, state and country.

    Parameters
    ----------
    source : path, file object, bytes, DataFrame, GeoDataFrame or what holds points
        A file (CSV, Excel, OpenDocument, GeoJSON, GeoPackage, Shapefile, KML, GeoParquet), something
        to read one from, or a frame, a GeoSeries, an Arrow table, an array of (lon, lat), a list of
        shapely points. The points of a file or a GeoDataFrame may be in any CRS; lines and polygons
        are refused, as no point of them is where something happened.
    columns : mapping, optional
        Heading → name in bordermap (or None to leave a heading alone), where the heading is not
        recognised: ``{"sitio": "place", "muertes confirmadas": "killed"}``.
    encoding : str, optional
        Of the CSV file; found out when not given.
    sheet : str or int, optional
        Sheet of a workbook, or layer of a geographic file: its name, or its number from 1. Needed
        where several could be meant.
    on_error : {"collect", "raise"}
        Collect rows that cannot be placed in `rejected`, or raise the error of the first.
    protect : Rounding or Jitter, optional
        Move the points of sensitive places; see `bordermap.protection`.
    gazetteer : Gazetteer, optional
        Where names are looked up; the shipped one when not given.
    aliases : path, DataFrame or mapping, optional
        Names of one's own, which come first: columns `name`, `lon` and `lat` or `id`, perhaps
        `admin1` and `country`; or name → (lon, lat), id or `Place`.
    decisions : path or DataFrame, optional
        What was decided on the names of this table before (`Incidents.decisions`), as reviewed:
        nothing that it decides is looked up again.
    progress : callable, optional
        Is told what is being done, how many are done, and of how many.

    Returns
    -------
    Incidents
        `frame` holds the placed rows with the columns `match`, `match_name`, `match_id`,
        `match_score`, `match_reason` and `radius_m` (metres), its index is the row number in the
        source (the heading is row 1; without headings the first row is); `rejected` holds all other rows; `notes` says how doubtful
        cells were understood.

    Raises
    ------
    TableError
        When the source cannot be read as a table of incidents.
    GeocodeError, CoordinateError
        With ``on_error="raise"``, for the first row that cannot be placed.

    Examples
    --------
    >>> incidents = read(b"fecha,lugar,estado,muertos\n2019-11-30,Villa Union,Coahuila,23\n")
    >>> incidents.frame.loc[2, "match_name"]
    'Villa Unión'
    """
    settings = Settings.from_environment()
    incidents = _read(
        source,
        settings,
        columns,
        encoding,
        on_error,
        gazetteer,
        progress,
        sheet,
        aliases,
        decisions,
    )
    return incidents if protect is None else _protected(incidents, protect, settings.data)


def _read(  # noqa: PLR0917 - private, and always called with all of them
    source: Any,
    settings: Settings,
    columns: Mapping[str, str | None] | None = None,
    encoding: str | None = None,
    on_error: OnError = "collect",
    gazetteer: Gazetteer | None = None,
    progress: Progress | None = None,
    sheet: str | int | None = None,
    aliases: Any = None,
    decisions: Any = None,
) -> Incidents:
    from bordermap._placement.lookup import Lookup
    from bordermap.placement import place_rows
    from bordermap.tables import read_table

    _given.one_of("on_error", on_error, ("collect", "raise"))
    if isinstance(source, str):
        _given.refuse_url(source)
    table = read_table(
        source, columns=columns, encoding=encoding, sheet=sheet, max_bytes=settings.max_bytes
    )
    return place_rows(
        table,
        lookup=Lookup.made(
            known_gazetteer(gazetteer, settings),
            aliases=aliases,
            decisions=decisions,
            progress=progress,
        ),
        on_error=on_error,
    )


def _protected(incidents: Incidents, how: Rounding | Jitter, data: Path | None) -> Incidents:
    """A table with its sensitive points moved; measured again where it had been."""
    from bordermap.protection import protect

    moved = protect(incidents, how)
    if "border_km" not in incidents.frame or incidents.frame.empty:
        return moved
    return measuring.again(moved, incidents.frame["border"].tolist(), data=data)


def _table(what: Any, settings: Settings, mine: Mapping[str, Any] = _NOTHING) -> Incidents:
    """What points can be moved of."""
    if isinstance(what, str):
        what = _given.as_file(what) or what
    if isinstance(what, (str, Place, Measurement)) or _given.as_point(what) is not None:
        raise InputError(
            "protect= moves the points of a table; one place is measured and drawn where it is"
        )
    return what if isinstance(what, Incidents) else _as_incidents(what, settings, mine=mine)


def _as_incidents(
    what: Any,
    settings: Settings,
    progress: Progress | None = None,
    mine: Mapping[str, Any] = _NOTHING,
) -> Incidents:
    """A table, or a list of names, with each row placed."""
    if _given.is_table(what):
        return _read(what, settings, progress=progress, **mine)
    placed: Incidents = geocode(what, gazetteer=known_gazetteer(None, settings), **mine)
    return placed


# --- write ------------------------------------------------------------------------------------


def write(
    what: str | Table | Sequence[str] | pd.Series[Any],
    path: str | os.PathLike[str],
    *,
    bom: bool = False,
    escape_formulas: bool = False,
    protect: Rounding | Jitter | None = None,
    settings: Settings | None = None,
) -> Written:
    r"""Write a table of incidents to a file of the kind that its name ends with.

    Parameters
    ----------
    what : Incidents, or what `read` takes
        With all its columns: those of the source, and those that `read` and `measure` added.
    path : path
        Ends with `.csv`, `.xlsx`, `.geojson`, `.gpkg`, `.parquet`, `.shp` or `.kml`.
    bom : bool
        Begin a CSV with the mark by which Excel knows UTF-8.
    escape_formulas : bool
        Put an apostrophe before cells of a CSV that a spreadsheet would take for formulas.
    protect : Rounding or Jitter, optional
        Move the points of sensitive places; see `bordermap.protection`.
    settings : Settings, optional
        Taken from the environment when not given; `made` is the date in formats that hold one.

    Returns
    -------
    Written
        `path`, and in `notes` what the format could not hold as it is.

    Raises
    ------
    OutputError
        When the file cannot be written; an earlier one is untouched.
    InputError
        When the name ends with none of these, or an option does not fit the format.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write(b"lugar,estado\nNava,Coahuila\n", f"{folder}/out.geojson")
    >>> written.path.name, written.notes
    ('out.geojson', ())
    """
    from bordermap import export

    chosen = settings or Settings.from_environment()
    export.file_kind(path)  # a name that cannot be written is told before a long table is read
    if protect is not None:
        what = _protected(_table(what, chosen), protect, chosen.data)
    if isinstance(what, str):
        what = _given.as_file(what) or what
    if isinstance(what, (str, Place, Measurement)) or _given.as_point(what) is not None:
        raise InputError(f"{what!r} is no table of incidents: give a file, a frame or Incidents")
    incidents = what if isinstance(what, Incidents) else _as_incidents(what, chosen)
    return export.write(incidents, path, bom=bom, escape_formulas=escape_formulas, made=chosen.made)


# --- measure ----------------------------------------------------------------------------------


@overload
def measure(
    where: Place | Point,
    *,
    border: str | Border = "us-mexico",
    metric: Metric | None = None,
    aliases: Any = None,
    decisions: Any = None,
    progress: Progress | None = None,
) -> Measurement: ...
@overload
def measure(
    where: Table | pd.Series[Any],
    *,
    border: str | Border = "us-mexico",
    metric: Metric | None = None,
    aliases: Any = None,
    decisions: Any = None,
    progress: Progress | None = None,
) -> Incidents: ...
@overload
def measure(
    where: str | Sequence[str],
    *,
    border: str | Border = "us-mexico",
    metric: Metric | None = None,
    aliases: Any = None,
    decisions: Any = None,
    progress: Progress | None = None,
) -> Measurement | Incidents: ...
def measure(
    where: str | Place | Point | Table | Sequence[str] | pd.Series[Any],
    *,
    border: str | Border = "us-mexico",
    metric: Metric | None = None,
    aliases: Any = None,
    decisions: Any = None,
    progress: Progress | None = None,
) -> Measurement | Incidents:
    """How far a place, or every row of a table, is from a border.

    Parameters
    ----------
    where : str, (lon, lat), Point, Place, Incidents, sequence of str, or what `read` reads
        A place name, or a table; a GeoSeries of points is one too. Text that ends like a table's file name (".csv") or names an
        existing file is a file. Coordinates are degrees, longitude first.
    border : str or Border
        "us-mexico", "us-canada", "us", one stretch as "us-mexico/texas", or a border of one's own.
    metric : Metric, optional
        Another way to measure than along the geodesic to the nearest point.
    aliases, decisions : optional
        A list of names of one's own, and what was decided before; see `read`.
    progress : callable, optional
        Is told what is being done, how many are done, and of how many.

    Returns
    -------
    Measurement or Incidents
        For a table, a new one with the columns `border`, `border_km`, `border_mi`,
        `border_uncertainty_km`, `nearest_lon`, `nearest_lat`, `azimuth_deg`, `border_part` and
        `side`.

    Raises
    ------
    GeocodeError
        When one place cannot be resolved.
    CoordinateError
        When a point is not on Earth.
    BorderError
        When there is no such border.

    Examples
    --------
    >>> round(measure("Villa Union, Coahuila").km)
    42
    """
    settings = Settings.from_environment()
    line = _borders.load(border, settings.data)
    mine = {"aliases": aliases, "decisions": decisions}
    return _measured(where, line, settings, metric, progress, mine)


def _measured(  # noqa: PLR0917 - private, and always called with all of them
    where: Any,
    line: Border,
    settings: Settings,
    metric: Metric | None = None,
    progress: Progress | None = None,
    mine: Mapping[str, Any] = _NOTHING,
) -> Measurement | Incidents:
    if isinstance(where, Measurement):
        where = where.place
    if isinstance(where, str):
        known = known_gazetteer(None, settings)
        where = _given.as_file(where) or geocode(where, gazetteer=known, **mine)
    if _given.as_point(where) is not None:
        where = geocode(where, gazetteer=known_gazetteer(None, settings))
    if isinstance(where, Place):
        return measuring.place(where, line, metric=metric, data=settings.data)
    if not isinstance(where, Incidents):
        where = _as_incidents(where, settings, progress, mine)
    return measuring.rows(where, line, metric=metric, data=settings.data, progress=progress)


# --- draw -------------------------------------------------------------------------------------


def draw(
    what: str | Place | Point | Table | Measurement | Sequence[str] | pd.Series[Any],
    *,
    border: str | Border = "us-mexico",
    title: str = "",
    basemap: str | Mapping[str, Any] = "offline",
    lang: str = "en",
    bands: Iterable[float] | None = None,
    units: str = "km",
    zones: Iterable[str] = (),
    color: str | None = None,
    size: str | None = None,
    protect: Rounding | Jitter | None = None,
    settings: Settings | None = None,
    aliases: Any = None,
    decisions: Any = None,
    progress: Progress | None = None,
) -> BorderMap:
    """Draw incidents, or one place, and a border on a map that opens anywhere.

    Parameters
    ----------
    what : Measurement, or what `measure` takes
        Whatever is not placed or measured yet, is. Incidents that have been measured to the same
        border keep their distances.
    border : str or Border
        See `measure`.
    title : str
        Heading of the map.
    basemap : str or xyzservices.TileProvider
        "offline": shapes that are part of the page, which asks no host. A provider of tiles, or its
        name ("OpenStreetMap.Mapnik"): the page asks that provider's host and no other, and shows
        the shapes where no tile comes.
    lang : str
        "en" or "es".
    bands : iterable of float, optional
        Distances from the border, in `units`, that the page can draw lines at and filter by; 25,
        50, 100 and 200 when not given.
    units : {"km", "mi"}
        What the page tells distances in; the other unit stands in brackets.
    zones : iterable of str
        "la-paz": the border area of the La Paz Agreement, 100 km on either side of the US-Mexico
        border; "100-air-miles": the United States within 100 air (nautical) miles of its external
        boundary, 8 CFR 287.1.
    color : str, optional
        Column that the colours show: categories, numbers or dates; the category when not given, or
        else the distance ("distance").
    size : str, optional
        Column of numbers that the areas of circles show; the number killed, or else injured, when
        not given; "incidents" makes all alike.
    protect : Rounding or Jitter, optional
        Move the points of sensitive places, and say so on the map; see `bordermap.protection`.
    settings : Settings, optional
        Taken from the environment when not given.
    aliases, decisions : optional
        A list of names of one's own, and what was decided before; see `read`.
    progress : callable, optional
        Is told what is being done, how many are done, and of how many.

    Raises
    ------
    SceneError
        When the table has no rows, or an option is one that there is not. Of a table of which no
        row could be placed, the map has the border and the reasons.
    TableError, GeocodeError, CoordinateError, BorderError
        As `read`, `geocode` and `measure`.

    Examples
    --------
    >>> page = draw("Villa Union, Coahuila", title="Villa Unión").to_html()
    >>> page.startswith("<!DOCTYPE html>")
    True
    """
    from bordermap import scene, tiles, words
    from bordermap import zones as _zones
    from bordermap.maps import BorderMap

    words.check(lang, "map")
    # What cannot be drawn is told before a long table is read.
    tiles.provider(basemap)
    asked = _zones.named(zones)
    distances = _zones.DEFAULT_BANDS if bands is None else tuple(bands)
    _zones.distances(distances, units)
    chosen = settings or Settings.from_environment()
    line = _borders.load(border, chosen.data)
    mine = {"aliases": aliases, "decisions": decisions}
    if protect is not None:
        from bordermap import protection

        what = protection.protect(_table(what, chosen, mine), protect)
    if isinstance(what, Measurement) and what.border.key == line.key:
        measured: Measurement | Incidents = what
    elif isinstance(what, Incidents) and _is_measured(what, line):
        measured = what
    else:
        measured = _measured(what, line, chosen, progress=progress, mine=mine)
    if isinstance(measured, Incidents) and measured.frame.empty and measured.rejected.empty:
        raise SceneError(f"{measured.source.name} has no rows to draw")
    built = scene.build(
        measured,
        line,
        title=title,
        lang=lang,
        basemap=basemap,
        bands=distances,
        units=units,
        zones=asked,
        color=color,
        size=size,
        made=chosen.made,
        data=chosen.data,
    )
    return BorderMap(scene=built, measured=measured)


def _is_measured(incidents: Incidents, line: Border) -> bool:
    frame = incidents.frame
    return {"border", "border_km", "border_part", "side"} <= set(frame.columns) and bool(
        (frame["border"] == line.key).all()
    )


# --- report -----------------------------------------------------------------------------------


def report(
    what: str | Table | Sequence[str] | pd.Series[Any],
    *,
    border: str | Border = "us-mexico",
    title: str = "",
    lang: str = "en",
    rows: int = 1_000,
    protect: Rounding | Jitter | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Briefing:
    r"""Write a briefing about a table of incidents: figures, map, charts, table, method, credits.

    Parameters
    ----------
    what : Incidents, or any table that `draw` takes
    border, protect, settings, progress : optional
        See `draw`.
    title : str
        Of the briefing; it names the border when not given.
    lang : str
        "en" or "es".
    rows : int
        Incidents that its table holds at most, the nearest ones; it says so.

    Returns
    -------
    Briefing
        ``.save("briefing.pdf")``, or ``.docx``, ``.html``, ``.md``.

    Raises
    ------
    InputError
        When there is but one place and no table, or `lang` is unknown.
    SceneError
        When no row of the table could be placed, or as `draw`.
    TableError, BorderError
        As `draw`.

    Examples
    --------
    >>> rows = b"date,place,state\n2019-11-30,Villa Union,Coahuila\n2020-07-01,Irapuato,Guanajuato\n"
    >>> briefing = report(read(rows), title="Two towns")
    >>> briefing.summary.within[50]
    Range(count=1, low=1, high=1)
    """
    from bordermap.briefing import Briefing

    drawn = draw(
        what,
        border=border,
        title=title,
        lang=lang,
        protect=protect,
        settings=settings,
        progress=progress,
    )
    if isinstance(drawn.measured, Measurement):
        raise InputError(
            f"{drawn.measured.place.label or 'one point'} is one place: a briefing is about a "
            "table of incidents; bordermap.measure and bordermap.draw take a place"
        )
    if drawn.measured.frame.empty:
        raise SceneError(_nothing_placed(drawn.measured))
    return Briefing(drawn.scene, drawn.measured, rows)


def _nothing_placed(incidents: Incidents) -> str:
    first = incidents.rejected.iloc[0]
    return (
        f"none of the {len(incidents.rejected):,} rows of {incidents.source.name} could be placed: there is "
        "nothing to report, but bordermap.draw makes a map with all the reasons; the first, "
        f"row {first['row']}: {first['reason']}"
    )
