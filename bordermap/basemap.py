"""The offline basemap: shipped shapes, cut to what a map shows and generalised to its scale.

`shapes` gives two rings of detail: within a frame around the opening view, land, lakes and the
lines between states at a tolerance of a fraction of a pixel; beyond it a coarse world, so that a
map that is moved far away is never blank. Lines that two areas share are generalised once, so that
neighbours keep meeting.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from bordermap import _data, borders, gazetteer
from bordermap.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LAYERS", "LINES", "around", "country", "quantise", "shapes", "simplified_lines"]

_STATES = ("mx_states", "us_states", "ca_provinces")
LINES = ("land", "lakes", "states", "countries", "world", "world_lines")
LAYERS = ("land", "lakes", *_STATES, "country_borders")

Bounds = tuple[float, float, float, float]

_WORLD_QUANTUM = 50
_PIXELS = 1100  # width of the map on an ordinary screen
_CLOSE = 6.0  # degrees of latitude in sight, where a map counts as one from close by
_DETAIL = 3  # times that one may zoom in (twofold each) before corners show
_BUDGET = 26_000  # vertices in the frame: about 100 kB in the page
_WORLD_TOLERANCE = 0.4
_TOWN_LIMIT = 1000


def shapes(bounds: Bounds, data: Path | None = None, *, measured: str = "") -> dict[str, Any]:
    """Layers for a map that opens on `bounds`.

    Parameters
    ----------
    bounds : tuple of float
        (west, south, east, north) in degrees; east may exceed 180, and so do shapes there.
    data : Path, optional
        Data folder, as in `Settings.data`.
    measured : str
        Key of the border that is drawn over the shapes: it is left out of them.

    Returns
    -------
    dict
        `frame`: (west, south, east, north) of the detailed shapes. `land`, `lakes`, `states`,
        `countries`: lists of lines, each ``[x, y, dx, dy, ...]`` in units of 1/`quantum` degrees.
        `world`, `world_lines`: the same, coarse, in units of 1/`world_quantum`. `towns` and
        `regions`: lists of ``[lon, lat, name, zoom, rank]`` with the zoom from which a label may
        show.
    """
    frame = _frame(bounds)
    tolerance = (bounds[2] - bounds[0]) / _PIXELS / _DETAIL
    land = _clipped("land", frame, data)
    lakes = _clipped("lakes", frame, data)
    states = _cut(_state_lines(data), frame)
    countries = _cut(np.concatenate([_country_lines(data), _us_lines(measured, data)]), frame)
    while True:
        detailed = {
            "land": _rings(_simplified(land, tolerance)),
            "lakes": _rings(_simplified(lakes, tolerance)),
            "states": _line_arrays(shapely.simplify(states, tolerance)),
            "countries": _line_arrays(shapely.simplify(countries, tolerance)),
        }
        if sum(len(line) for lines in detailed.values() for line in lines) <= _BUDGET:
            break
        tolerance *= 1.5
    quantum = _quantum(tolerance)
    out: dict[str, Any] = {"frame": [round(v, 4) for v in frame], "quantum": quantum}
    out |= {name: quantise(lines, quantum) for name, lines in detailed.items()}
    out |= _world(measured, data)
    out["towns"] = _towns(bounds, frame, data)
    out["regions"] = _regions(frame, data)
    return out


def _frame(bounds: Bounds) -> Bounds:
    """What may come into sight without zooming out: more on either side, on a tall or wide screen."""
    west, south, east, north = bounds
    squeeze = math.cos(math.radians((south + north) / 2))
    # From close by the coarse shapes around the frame would show what they are: it is for any screen.
    wide = (north - south) / squeeze * (3.3 if north - south < _CLOSE else 1.9)
    margin_x = max(1.0, (east - west) * 0.6, (wide - (east - west)) / 2)
    tall = (east - west) * squeeze * 1.9
    margin_y = max(0.8, (north - south) * 0.6, (tall - (north - south)) / 2)
    low, high = -180.0, 180.0
    if east > high:
        low, high = (west + east) / 2 - 180, (west + east) / 2 + 180
    return (
        max(low, west - margin_x),
        max(-85.0, south - margin_y),
        min(high, east + margin_x),
        min(85.0, north + margin_y),
    )


def _halves(frame: Bounds) -> list[tuple[Bounds, float]]:
    """The frame on either side of the antimeridian, and by how much its shapes are to be moved."""
    west, south, east, north = frame
    halves = []
    if west < -180:
        halves.append(((west + 360, south, 180.0, north), -360.0))
    halves.append(((max(-180.0, west), south, min(180.0, east), north), 0.0))
    if east > 180:
        halves.append(((-180.0, south, east - 360, north), 360.0))
    return halves


def _moved(geometry: Any, degrees: float) -> Any:
    """Geometries moved to the east."""
    step = np.array([degrees, 0.0])
    return shapely.transform(geometry, lambda points: points + step) if degrees else geometry


def around(geometry: shapely.Geometry, lon: float) -> shapely.Geometry:
    """The parts of a geometry, each moved by a whole turn where that brings it nearer to `lon`.

    Examples
    --------
    >>> lines = shapely.MultiLineString([[(178, 51), (180, 52)], [(-180, 52), (-176, 53)]])
    >>> around(lines, 179).bounds
    (178.0, 51.0, 184.0, 53.0)
    """
    parts = shapely.get_parts(geometry)
    bounds = shapely.bounds(parts)
    turns = np.round((lon - (bounds[:, 0] + bounds[:, 2]) / 2) / 360)
    if not turns.any():
        return geometry
    moved = [_moved(part, 360 * turn) for part, turn in zip(parts, turns, strict=True)]
    # What was cut at the antimeridian is whole again.
    return shapely.union_all(moved)


def _quantum(tolerance: float) -> int:
    """Units per degree, so that rounding adds a sixth of the tolerance at most."""
    return next((q for q in (200, 500, 1000, 2000, 5000, 10_000) if q * tolerance >= 3), 20_000)


def simplified_lines(
    lines: shapely.Geometry, tolerance: float, most_vertices: int
) -> list[NDArray[np.float64]]:
    """Generalise lines within `tolerance` degrees; more, where too many vertices would be left."""
    while True:
        out = _line_arrays(shapely.get_parts(shapely.simplify(lines, tolerance)))
        if sum(len(line) for line in out) <= most_vertices:
            return out
        tolerance *= 1.5


def quantise(lines: list[NDArray[np.float64]], quantum: int) -> list[list[int]]:
    """Each line as whole units, the first point and then differences; repeated points go.

    Examples
    --------
    >>> quantise([np.array([[1.0, 2.0], [1.0, 2.0], [1.5, 2.5]])], 10)
    [[10, 20, 5, 5]]
    """
    out = []
    for line in lines:
        units = np.round(line * quantum).astype(np.int64)
        steps = np.diff(units, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
        keep = np.any(steps != 0, axis=1)
        keep[0] = True
        if keep.sum() > 1:
            out.append(steps[keep].ravel().tolist())
    return out


# --- reading -------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _read(layer: str, data: Path | None) -> tuple[NDArray[np.object_], dict[str, Any]]:
    """Geometries and fields of one layer of the data folder."""
    import pyogrio.raw

    meta, _, geometry, values = pyogrio.raw.read(_data.file(f"{layer}.shp", data))
    shapely_objects = shapely.from_wkb(geometry)
    shapely.prepare(shapely_objects)
    return shapely_objects, dict(zip((str(name) for name in meta["fields"]), values, strict=True))


@lru_cache(maxsize=4)
def country(code: str, data: Path | None = None) -> shapely.Geometry:
    """A country's area, its territorial sea included: "US", "MX" or "CA"."""
    geometry, fields = _read("countries", data)
    return shapely.union_all(geometry[np.asarray(fields["country"]) == code])


def _clipped(layer: str, frame: Bounds, data: Path | None) -> NDArray[np.object_]:
    geometry, _ = _read(layer, data)
    found = []
    for half, degrees in _halves(frame):
        touched = geometry[shapely.intersects(geometry, shapely.box(*half))]
        cut = shapely.clip_by_rect(touched, *half)
        found.append(_moved(cut[~shapely.is_empty(cut)], degrees))
    if len(found) > 1:
        # No shore where areas were cut at the antimeridian.
        return np.asarray(shapely.get_parts(shapely.union_all(np.concatenate(found))), dtype=object)
    return np.asarray(found[0], dtype=object)


def _cut(lines: NDArray[np.object_], frame: Bounds) -> NDArray[np.object_]:
    found = []
    for half, degrees in _halves(frame):
        cut = shapely.get_parts(shapely.clip_by_rect(lines, *half))
        found.append(_moved(cut[~shapely.is_empty(cut)], degrees))
    return np.concatenate(found)


@lru_cache(maxsize=4)
def _state_lines(data: Path | None) -> NDArray[np.object_]:
    """Lines between the states of one country: each once, coasts and national borders left out.

    They are cut where three states meet, so that generalising one by one keeps them meeting.
    """
    lines = [_shared_lines(_read(layer, data)[0]) for layer in _STATES]
    return np.concatenate(lines)


@lru_cache(maxsize=4)
def _country_lines(data: Path | None) -> NDArray[np.object_]:
    lines, _ = _read("country_borders", data)
    return _merged(shapely.get_parts(lines))


def _us_lines(measured: str, data: Path | None) -> NDArray[np.object_]:
    """The lines of the United States, which `country_borders` lacks, but for the measured one."""
    keys = [key for key in ("us-mexico", "us-canada") if measured not in (key, "us")]
    lines = [shapely.get_parts(borders.load(key, data).lines) for key in keys]
    return np.concatenate([np.empty(0, dtype=object), *lines])


# --- generalising --------------------------------------------------------------------------------


def _simplified(polygons: NDArray[np.object_], tolerance: float) -> NDArray[np.object_]:
    """Areas with fewer corners, without islands and lakes that would be no larger than a dot."""
    parts = shapely.get_parts(shapely.simplify(polygons, tolerance, preserve_topology=False))
    large = shapely.area(parts) > (2.5 * tolerance) ** 2
    return np.asarray(parts[large], dtype=object)


def _rings(polygons: NDArray[np.object_]) -> list[NDArray[np.float64]]:
    rings = shapely.get_rings(polygons)
    return [shapely.get_coordinates(ring) for ring in rings]


def _line_arrays(lines: Any) -> list[NDArray[np.float64]]:
    parts = shapely.get_parts(np.atleast_1d(np.asarray(lines, dtype=object)))
    return [shapely.get_coordinates(part) for part in parts if not part.is_empty]


def _merged(lines: Any) -> NDArray[np.object_]:
    """Pieces joined up to where more than two of them meet."""
    return np.asarray(shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines))))


def _shared_lines(areas: NDArray[np.object_]) -> NDArray[np.object_]:
    """Lines that two of the areas have in common, vertex for vertex."""
    points, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(areas)), return_index=True
    )
    same = ring[1:] == ring[:-1]
    ends = points[:, 0] + 1j * points[:, 1]
    a, b = ends[:-1][same], ends[1:][same]
    swap = (a.real > b.real) | ((a.real == b.real) & (a.imag > b.imag))
    low, high = np.where(swap, b, a), np.where(swap, a, b)
    order = np.lexsort((high, low))
    low, high = low[order], high[order]
    twice = np.flatnonzero((low[1:] == low[:-1]) & (high[1:] == high[:-1]))
    if not len(twice):
        return np.empty(0, dtype=object)
    edges = np.stack([low[twice], high[twice]], axis=1)
    return _merged(shapely.linestrings(np.stack([edges.real, edges.imag], axis=-1)))


@lru_cache(maxsize=4)
def _world(measured: str, data: Path | None) -> dict[str, Any]:
    land, _ = _read("land", data)
    rings = [ring for ring in _rings(_simplified(land, _WORLD_TOLERANCE)) if len(ring) > 3]
    every = np.concatenate([_country_lines(data), _us_lines(measured, data)])
    lines = _line_arrays(shapely.simplify(every, _WORLD_TOLERANCE))
    return {
        "world_quantum": _WORLD_QUANTUM,
        "world": quantise(rings, _WORLD_QUANTUM),
        "world_lines": quantise(lines, _WORLD_QUANTUM),
    }


# --- labels --------------------------------------------------------------------------------------


def _towns(bounds: Bounds, frame: Bounds, data: Path | None) -> list[list[Any]]:
    """The largest towns, each with the zoom from which there is room for its name."""
    west, south, east, north = bounds
    span = max(east - west, (north - south) * 1.4, 0.5)
    start = math.log2(_PIXELS * 360.0 / (256.0 * span))
    least = 100_000 if span > 12 else 20_000 if span > 4 else 2_000
    known = gazetteer.load(data)
    # Smaller ones too where the map opens, for those who zoom in.
    places = known.towns(_turned(frame), min_population=least)
    if span > 4:
        found = {place.id for place in places}
        nearer = known.towns(_turned(bounds), min_population=least // 8)
        places += [place for place in nearer if place.id not in found]
    out: list[list[Any]] = []
    cells: dict[tuple[int, int, int], int] = {}
    for place in places:
        lon = place.lon + 360 * (place.lon < frame[0]) - 360 * (place.lon > frame[2])
        zoom = _first_zoom(lon, place.lat, cells, max(3, int(start) - 2))
        if zoom is None:
            continue
        x, y = round(lon, 3), round(place.lat, 3)
        out.append([x, y, place.name, zoom, int((place.population or 0) >= 1_000_000)])
        if len(out) >= _TOWN_LIMIT:
            break
    return out


def _turned(bounds: Bounds) -> Bounds:
    """Bounds whose west exceeds their east where they cross the antimeridian."""
    west, south, east, north = bounds
    return (
        west + 360 if west < -180 else west,
        south,
        east - 360 if east > 180 else east,
        north,
    )


def _first_zoom(
    lon: float, lat: float, cells: dict[tuple[int, int, int], int], start: int
) -> int | None:
    """First zoom at which no larger town has taken the cell; takes it from there on."""
    taken = None
    for zoom in range(start, 13):
        # Cells of 80 by 28 pixels hold a name; the page sees to it that none covers another.
        scale = 256.0 * 2.0**zoom / 360.0
        cell = (zoom, math.floor(lon * scale / 80), math.floor(lat * scale / 28))
        if cell not in cells:
            cells[cell] = 1
            if taken is None:
                taken = zoom
    return taken


def _regions(frame: Bounds, data: Path | None) -> list[list[Any]]:
    """Names of states, and of the three countries, each at a point inside."""
    out: list[list[Any]] = []
    halves = [(shapely.box(*half), degrees) for half, degrees in _halves(frame)]
    for name, lon, lat in (
        ("México", -102.0, 23.6),
        ("United States", -98.5, 39.6),
        ("Canada", -106.0, 58.0),
    ):
        out += [
            [lon + degrees, lat, name, 3, 0]
            for box, degrees in halves
            if shapely.contains_xy(box, lon, lat)
        ]
    for layer in _STATES:
        geometry, fields = _read(layer, data)
        names = _names(fields, layer)
        area = shapely.union_all([box for box, _ in halves])
        for i in np.flatnonzero(shapely.intersects(geometry, area)):
            largest = max(shapely.get_parts(geometry[i]), key=lambda part: part.area)
            point = shapely.point_on_surface(largest)
            degrees = next((far for box, far in halves if shapely.contains(box, point)), 0.0)
            width = largest.bounds[2] - largest.bounds[0]
            # About as wide as its name in capitals.
            zoom = (
                math.ceil(math.log2((9.0 * len(names[i]) + 10) * 360.0 / (256.0 * width)) * 2) / 2
            )
            out.append(
                [round(point.x + degrees, 3), round(point.y, 3), names[i], max(4.0, zoom), 1]
            )
    return out


def _names(fields: dict[str, Any], layer: str) -> list[str]:
    for key in ("name", "state", "province"):
        if key in fields:
            return [str(value) for value in fields[key]]
    raise DataError(f"{layer}.shp has no field 'name'; install bordermap again")
