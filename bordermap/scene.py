"""Incidents + Border → Scene: a plain description of a map, JSON by way of `Scene.as_dict`.

A scene holds what a map shows and nothing of how: typed columns in a stable order, the generalised
line of the border, the shapes of the basemap, credits, and the rows that could not be placed. The
HTML page and the static figure are drawn from the same scene.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely

from bordermap import _data, basemap
from bordermap import zones as _zones
from bordermap._scene import fields
from bordermap._scene.fields import MISSING, Column, clean
from bordermap.errors import DataError, SceneError
from bordermap.model import UNNAMED, Incidents, Measurement, Protection, Source
from bordermap.reasons import translated
from bordermap.tiles import OFFLINE, Tiles, provider
from bordermap.words import state_name, town_name

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bordermap.borders import Border

__all__ = ["MISSING", "Band", "Column", "Credit", "Line", "Scene", "build"]

Bounds = tuple[float, float, float, float]

_MOST_REJECTED = 20_000
_DEGREE_M = 111_320.0
_BORDER_TOLERANCE_M = 4.0
_BORDER_VERTICES = 20_000


@dataclass(frozen=True, slots=True)
class Band:
    """Closed lines, coded as those of `Line`: all at `km` from the border, or round a named zone."""

    km: float
    quantum: int
    lines: tuple[tuple[int, ...], ...]
    zone: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The band as plain lists."""
        return asdict(self) | {"lines": [list(line) for line in self.lines]}


@dataclass(frozen=True, slots=True)
class Line:
    """The border as it is drawn: each line as x, y and then differences, in 1/`quantum` degrees."""

    key: str
    label: str
    accuracy_m: float
    quantum: int
    lines: tuple[tuple[int, ...], ...]
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True, slots=True)
class Credit:
    """A source and its part: "border", "gazetteer", "basemap", "tiles", "incidents", "software"."""

    role: str
    name: str
    edition: str
    licence: str
    attribution: str


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a map shows; `as_dict` gives it for `json.dumps`, the numbers of `columns` as lists.

    Attributes
    ----------
    title, lang : str
    made : str or None
        Date of making, ISO 8601; never taken from the clock.
    view : tuple of float
        (west, south, east, north) in degrees, that the map opens on; east exceeds 180 where that
        is on both sides of the antimeridian.
    border : Line
    basemap : dict
        As `bordermap.basemap.shapes` gives it.
    columns : tuple of Column
        All of one length: the incidents, near ones next to each other (Morton order).
    size_by, color_by : str or None
        Names of the columns that circles are sized and coloured by.
    rejected : tuple of (row, column, reason, values)
        Rows that could not be placed; `rejected_columns` names the values.
    credits : tuple of Credit
    extra : tuple of str
        Names of the columns that are the table's own, not ours.
    subject : {"incidents", "place"}
        Whether the rows are incidents, or the one place that was measured.
    units : {"km", "mi"}
        What distances are told in; inside, they are kilometres.
    tiles : Tiles or None
        A provider of tiles, if the map may ask one.
    notes : tuple of str
        How the table was understood where there was something to decide.
    protection : Protection or None
        How points were moved to hide the places they stand for, where they were.
    """

    title: str
    lang: str
    made: str | None
    view: Bounds
    border: Line
    basemap: dict[str, Any]
    columns: tuple[Column, ...]
    size_by: str | None
    color_by: str | None
    rejected_columns: tuple[str, ...]
    rejected: tuple[tuple[int | None, str, str, tuple[str, ...]], ...]
    rejected_count: int
    credits: tuple[Credit, ...]
    extra: tuple[str, ...] = field(default=())
    subject: Literal["incidents", "place"] = "incidents"
    units: str = "km"
    tiles: Tiles | None = None
    notes: tuple[str, ...] = ()
    protection: Protection | None = None

    def __len__(self) -> int:
        return len(self.columns[0].values) if self.columns else 0

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def as_dict(self) -> dict[str, Any]:
        """The scene as plain dicts, lists, strings and numbers, ready for `json.dumps`."""
        return {
            "title": self.title,
            "lang": self.lang,
            "made": self.made,
            "view": list(self.view),
            "border": {
                "key": self.border.key,
                "label": self.border.label,
                "accuracy_m": self.border.accuracy_m,
                "quantum": self.border.quantum,
                "lines": [list(line) for line in self.border.lines],
                "bands": [band.as_dict() for band in self.border.bands],
            },
            "basemap": self.basemap,
            "columns": [column.as_dict() for column in self.columns],
            "size_by": self.size_by,
            "color_by": self.color_by,
            "rejected": {
                "columns": list(self.rejected_columns),
                "rows": [[row, col, why, list(cells)] for row, col, why, cells in self.rejected],
                "count": self.rejected_count,
            },
            "credits": [asdict(credit) for credit in self.credits],
            "extra": list(self.extra),
            "subject": self.subject,
            "units": self.units,
            "tiles": asdict(self.tiles) if self.tiles else None,
            "notes": list(self.notes),
            "protection": asdict(self.protection) if self.protection else None,
        }


def build(
    incidents: Incidents | Measurement | None,
    border: Border,
    *,
    title: str = "",
    lang: str = "en",
    basemap: str | Mapping[str, Any] = OFFLINE,
    bands: Iterable[float] = _zones.DEFAULT_BANDS,
    units: str = "km",
    zones: Iterable[str] = (),
    color: str | None = None,
    size: str | None = None,
    made: date | None = None,
    data: Path | None = None,
) -> Scene:
    """Describe the map of measured incidents, of one measurement, or of a border alone.

    Parameters
    ----------
    incidents : Incidents, Measurement or None
        A table must have been measured to `border` already.
    border : Border
        The line that distances were measured to.
    title : str
        Heading of the map, and of the browser's tab.
    lang : str
        Language of the page: "en" or "es".
    basemap : str or xyzservices.TileProvider
        "offline": shapes of the shipped data; or a provider of tiles to lie over them.
    bands : iterable of float
        Distances from the border, in `units`, that lines can be shown at.
    units : {"km", "mi"}
        What distances are told in.
    zones : iterable of str
        Zones that have a name: "la-paz", "100-air-miles" (see `bordermap.zones`).
    color, size : str, optional
        Columns that circles are coloured and sized by; by default the category, or else the
        distance, and the number killed, or else injured. `size` may be "incidents": all alike.
    made : date, optional
        Date of making to be shown; None shows none.
    data : Path, optional
        Data folder, as in `Settings.data`.

    Raises
    ------
    SceneError
        When the incidents have no usable coordinates, or an option is unknown.
    """
    tiles = provider(basemap)
    kilometres = _zones.distances(bands, units)
    columns: tuple[Column, ...] = ()
    extra: tuple[str, ...] = ()
    given: list[Credit] = []
    rejected: pd.DataFrame | None = None
    frame: pd.DataFrame | None = None
    if isinstance(incidents, Measurement):
        frame = _frame_of(incidents)
        given += _credits("gazetteer", [incidents.place.source])
        title = title or incidents.place.label
    elif incidents is not None:
        frame, rejected = incidents.frame, incidents.rejected
        if incidents.source.name != UNNAMED or incidents.source.attribution:
            given += _credits("incidents", [incidents.source])
        given += _credits("gazetteer", incidents.credits)
    if frame is not None and len(frame):
        columns, extra = fields.columns(frame, {color, size} - {None})
    if lang != "en":
        columns = tuple(_in_language(column, lang) for column in columns)
    view = _view(columns, border)
    shapes = _basemap(view, data, border.key, lang)
    rejected_columns, rows = _rejected(rejected, lang)
    return Scene(
        title=clean(title),
        lang=lang,
        made=made.isoformat() if made else None,
        view=view,
        border=_line(border, kilometres, zones, shapes["frame"], data),
        basemap=shapes,
        columns=columns,
        size_by=_size_by(columns, size),
        color_by=None if isinstance(incidents, Measurement) else _color_by(columns, color),
        rejected_columns=rejected_columns,
        rejected=rows,
        rejected_count=0 if rejected is None else len(rejected),
        credits=_unique(
            _spelt(credit, lang)
            for credit in (
                *_credits("border", [_named(border)]),
                *given,
                *([Credit("tiles", clean(tiles.name), "", "", clean(tiles.text))] if tiles else []),
                *_basemap_credits(data),
            )
        ),
        extra=extra,
        subject="place" if isinstance(incidents, Measurement) else "incidents",
        units=units,
        tiles=tiles,
        notes=tuple(clean(translated(note, lang)) for note in getattr(incidents, "notes", ())),
        protection=getattr(incidents, "protection", None),
    )


# --- what is shown and how ---------------------------------------------------------------------


def _frame_of(measurement: Measurement) -> pd.DataFrame:
    """One measurement as the single row of a table."""
    import pandas as pd

    place = measurement.place
    row = {
        "place": place.name,
        "admin1": place.admin1,
        "country": place.country,
        "lon": place.lon,
        "lat": place.lat,
        "match": place.match,
        "match_name": place.label,
        "match_id": place.id,
        "match_score": place.score,
        "match_reason": place.reason,
        "radius_m": place.radius_m,
        "border_km": measurement.km,
        "border_uncertainty_km": measurement.uncertainty_m / 1000.0,
        "nearest_lon": measurement.nearest[0],
        "nearest_lat": measurement.nearest[1],
        "border_part": measurement.part.label,
        "side": measurement.side,
    }
    frame = pd.DataFrame([row])
    frame.index = pd.Index(["place"])  # a place is no row of a table
    return frame


def _in_language(column: Column, lang: str) -> Column:
    """What is ours to say of a row in the reader's language; any other column as it is."""
    if column.name not in {"match_reason", "border_part"}:
        return column
    said = translated if column.name == "match_reason" else _stretch
    if column.kind == "category":
        return replace(column, labels=tuple(said(text, lang) for text in column.labels))
    texts = [str(text) for text in column.values]  # noqa: PD011 - no frame of pandas'
    known = {text: said(text, lang) for text in set(texts)}
    return replace(column, values=tuple(known[text] for text in texts))


def _stretch(label: str, lang: str) -> str:
    """A stretch of a border by the states on its sides."""
    dash = "\N{EN DASH}"
    return dash.join(state_name(name, lang) for name in label.split(dash))


def _size_by(columns: Sequence[Column], asked: str | None) -> str | None:
    """Column whose numbers the areas of circles show; None for circles that are all alike."""
    known = {column.name: column for column in columns}
    if asked is None:
        return next((name for name in ("killed", "injured") if name in known), None)
    if asked == "incidents" or not columns:
        return None
    column = known.get(asked)
    if column is None or column.kind != "number" or not np.any(np.asarray(column.values) > 0):
        raise SceneError(
            f"circles cannot be sized by {asked!r}: {_why_not(column)}; name a column of numbers, or "
            "'incidents' for circles that are all alike"
        )
    return asked


def _color_by(columns: Sequence[Column], asked: str | None) -> str | None:
    """Column whose categories, numbers or dates the colours show."""
    known = {column.name: column for column in columns}
    if asked is None:
        return next((name for name in ("category", "border_km") if name in known), None)
    name = "border_km" if asked == "distance" and asked not in known else asked
    column = known.get(name)
    if columns and (column is None or column.kind == "text"):
        raise SceneError(
            f"circles cannot be coloured by {asked!r}: {_why_not(column)}; name a column of "
            "categories, numbers or dates"
        )
    return name if columns else None


def _why_not(column: Column | None) -> str:
    if column is None:
        return "the table has no such column, or it is empty"
    if column.kind == "number":
        return "it holds nothing above nought"
    return "almost every row holds another text" if column.kind == "text" else "it holds texts"


# --- what surrounds the incidents ----------------------------------------------------------------


def _rejected(
    frame: pd.DataFrame | None, lang: str
) -> tuple[tuple[str, ...], tuple[tuple[int | None, str, str, tuple[str, ...]], ...]]:
    if frame is None or frame.empty:
        return (), ()
    own = {"row", "column", "reason"}
    positions = [
        i for i, name in enumerate(frame.columns) if str(name) not in own and name != "geometry"
    ]
    names = tuple(clean(str(frame.columns[i])) for i in positions)
    head = frame.head(_MOST_REJECTED)
    order = np.arange(len(head))
    cells = [fields.texts(head.iloc[:, i]) for i in positions]
    meta = {
        key: fields.texts(head[key]) if key in head.columns else [""] * len(head) for key in own
    }
    rows = tuple(
        (
            int(meta["row"][i]) if meta["row"][i].isdecimal() else None,
            meta["column"][i],
            translated(meta["reason"][i], lang),
            tuple(column[i] for column in cells),
        )
        for i in order
    )
    return names, rows


def _line(
    border: Border,
    kilometres: Sequence[float],
    zones: Iterable[str],
    frame: Bounds,
    data: Path | None,
) -> Line:
    """The border for drawing: within 4 m, half a pixel at the closest zoom, if that is few enough."""
    quantum = 100_000
    drawn = basemap.around(border.lines, (frame[0] + frame[2]) / 2)
    lines = basemap.simplified_lines(drawn, _BORDER_TOLERANCE_M / _DEGREE_M, _BORDER_VERTICES)
    units = basemap.quantise(lines, quantum)
    return Line(
        key=border.key,
        label=clean(border.label),
        accuracy_m=float(border.accuracy_m),
        quantum=quantum,
        lines=tuple(tuple(line) for line in units),
        bands=tuple(
            _band(km, rings)
            for km, rings in zip(kilometres, _zones.bands(drawn, kilometres), strict=True)
        )
        + tuple(
            _band(_zones.ZONES[name], rings, name)
            for name in dict.fromkeys(_zones.named(zones))
            for rings in [_zones.zone(name, frame, data)]
        ),
    )


def _band(km: float, rings: list[NDArray[np.float64]], zone: str | None = None) -> Band:
    quantum = 1000 if km >= 10 else 20_000
    lines = basemap.quantise(rings, quantum)
    return Band(km, quantum, tuple(tuple(line) for line in lines), zone)


def _view(columns: Sequence[Column], border: Border) -> Bounds:
    """Box of all incidents and of the points of the border nearest to them; else the border."""
    by_name = {column.name: column for column in columns}
    if "lon" not in by_name:
        _, south, _, north = (float(v) for v in border.lines.bounds)
        west, east = _arc(shapely.bounds(shapely.get_parts(border.lines))[:, [0, 2]])
    else:
        pairs = [("lon", "lat"), ("nearest_lon", "nearest_lat")]
        known = [(_known(by_name[x]), _known(by_name[y])) for x, y in pairs if x in by_name]
        xs = np.concatenate([pair[0] for pair in known])
        ys = np.concatenate([pair[1] for pair in known])
        south, north = float(ys.min()), float(ys.max())
        west, east = _arc(np.column_stack([xs, xs]))
    # One town alone is still shown with some country around it.
    width, height = max(east - west, 1.6), max(north - south, 1.2)
    x, y = (west + east) / 2, (south + north) / 2
    west, east = x - width * 0.52, x + width * 0.52
    if east - west >= 360:
        west, east = -180.0, 180.0
    elif west < -180:
        west, east = west + 360, east + 360
    return (
        round(west, 4),
        round(max(-85.0, y - height * 0.52), 4),
        round(east, 4),
        round(min(85.0, y + height * 0.52), 4),
    )


def _arc(spans: NDArray[np.float64]) -> tuple[float, float]:
    """West and east of the shortest arc that holds spans of longitude; its east may exceed 180."""
    west, east = float(spans[:, 0].min()), float(spans[:, 1].max())
    if east - west <= 180:
        return west, east
    spans = spans[np.argsort(spans[:, 0])]
    gaps = spans[1:, 0] - np.maximum.accumulate(spans[:-1, 1])
    if not gaps.size or gaps.max() <= 360 - (east - west):
        return west, east
    widest = int(np.argmax(gaps))
    return float(spans[widest + 1, 0]), float(spans[: widest + 1, 1].max()) + 360.0


def _known(column: Column) -> NDArray[np.float64]:
    values = np.asarray(column.values, dtype=np.float64)
    return np.asarray(values[values != MISSING] / 10.0**column.decimals)


def _basemap(view: Bounds, data: Path | None, measured: str, lang: str) -> dict[str, Any]:
    shapes = basemap.shapes(view, data, measured=measured)
    for kind, named in (("towns", town_name), ("regions", state_name)):
        shapes[kind] = [[x, y, named(name, lang), *of] for x, y, name, *of in shapes[kind]]
    return shapes


def _named(border: Border) -> Source:
    """The source of a border; a line of the user's own has no name but its label."""
    source = border.source
    return replace(source, name=border.label) if source.name == "user" else source


def _credits(role: str, sources: Iterable[Source]) -> list[Credit]:
    return [
        Credit(
            role,
            clean(source.name),
            clean(source.edition),
            clean(source.licence),
            clean(source.attribution or source.name),
        )
        for source in sources
    ]


def _basemap_credits(data: Path | None) -> list[Credit]:
    sources = []
    for layer in (*basemap.LAYERS, "gazetteer"):  # whose towns are the labels
        try:
            sources.append(_data.source(layer, data))
        except DataError:
            continue
    leaflet = Credit("software", "Leaflet", "1.9.4", "BSD-2-Clause", "Leaflet")
    return [*_credits("basemap", sources), leaflet]


def _spelt(credit: Credit, lang: str) -> Credit:
    """A source as readers of that language name it; a table and tiles keep the name they were given."""
    if credit.role in {"incidents", "tiles"}:
        return credit
    return Credit(
        credit.role,
        translated(credit.name, lang),
        translated(credit.edition, lang),
        translated(credit.licence, lang),
        translated(credit.attribution, lang),
    )


def _unique(every: Iterable[Credit]) -> tuple[Credit, ...]:
    return tuple(dict.fromkeys(every))
