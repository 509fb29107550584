"""Lines in degrees out of whatever shapes a user has.

Every line that leaves this module has vertices that are places on Earth, has a length, and stays
within -180 to 180: one that crosses the antimeridian is cut there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import shapely

from bordermap._ellipsoid.geodesic import Floats
from bordermap.errors import BorderError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["ToDegrees", "checked", "kind_of", "on_one_antimeridian", "pieces", "to_degrees"]

ToDegrees: TypeAlias = Callable[[Floats], Floats]


def pieces(shape: BaseGeometry, name: str, transform: ToDegrees) -> list[Floats]:
    """The lines of one shape, polygons by their boundary, as (n, 2) arrays of degrees.

    Raises
    ------
    BorderError
        When the shape, or part of it, cannot serve as a border.
    """
    lines = [
        checked(transform(shapely.get_coordinates(line)), name) for line in _lines(shape, name)
    ]
    if not lines:
        raise BorderError(f"{name} is empty; remove it")
    if isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
        lines = _without_seam(lines)
        if not lines:
            raise BorderError(f"{name} is all of the Earth, which has no border")
    return [piece for line in lines for piece in _cut_at_antimeridian(line)]


def _lines(shape: BaseGeometry, name: str) -> Iterator[BaseGeometry]:
    if not isinstance(shape, shapely.Geometry):
        raise BorderError(f"{name} is {kind_of(shape)}; give shapely lines or polygons")
    if hasattr(shape, "geoms"):  # of any depth
        for member in shape.geoms:
            yield from _lines(member, name)
    elif isinstance(shape, shapely.LineString):  # rings too
        if shape.is_empty:
            raise BorderError(f"{name} has an empty line; remove it")
        yield shape
    elif isinstance(shape, shapely.Polygon):
        if shape.is_empty:
            raise BorderError(f"{name} has an empty polygon; remove it")
        if _is_flat(shapely.get_coordinates(shape.exterior)):
            raise BorderError(f"{name} has a polygon without any area; give its line, or remove it")
        if any(_is_flat(shapely.get_coordinates(hole)) for hole in shape.interiors):
            raise BorderError(f"{name} has a hole without any area; remove it")
        yield shape.exterior
        yield from shape.interiors
    else:
        raise BorderError(f"{name} is {kind_of(shape)}; a border needs lines or polygons")


def _is_flat(ring: Floats) -> bool:
    """Whether all vertices lie on one straight line, there and back, but not at one point."""
    away = ring - ring[0]
    x, y = away[np.argmax(np.hypot(*away.T))]
    flat = np.abs(away[:, 0] * y - away[:, 1] * x) <= 1e-12 * (x * x + y * y)
    return bool(flat.all() and (x or y))


def kind_of(shape: object) -> str:
    """As a sentence calls it: "a Point"."""
    return f"a {type(shape).__name__}"


def checked(xy: Floats, name: str) -> Floats:
    """Vertices in degrees, once all are places on Earth and the line goes somewhere.

    Raises
    ------
    BorderError
        When they are not, or it does not.
    """
    bad = ~(np.isfinite(xy).all(axis=1) & (np.abs(xy[:, 1]) <= 90.0))
    if bad.any():
        at = int(np.argmax(bad))
        raise BorderError(
            f"{name} has {int(bad.sum())} vertices that are no place on Earth, the first at "
            f"position {at}: longitude {xy[at, 0]}, latitude {xy[at, 1]}; check the axis order "
            "and the coordinate reference system"
        )
    if (np.abs(xy[:, 0]) > 360.0).any():
        raise BorderError(
            f"{name} has longitudes beyond 360°; check the axis order and the coordinate "
            "reference system"
        )
    still = ~_moves(xy)
    around = np.flatnonzero(still & (xy[:-1, 0] != xy[1:, 0]) & (np.abs(xy[:-1, 1]) < 90.0))
    if around.size:
        raise BorderError(
            f"{name} has an edge right round the Earth, along latitude {xy[around[0], 1]:g}; give "
            "it vertices on the way, no more than 180° apart"
        )
    if still.all():
        raise BorderError(f"{name} has no length: all its vertices are one point; remove it")
    return xy


def _moves(xy: Floats) -> NDArray[np.bool_]:
    """Which edges have a length on Earth: not those along a pole, or right round."""
    step = np.diff(xy, axis=0)
    step[:, 0] -= 360.0 * np.rint(step[:, 0] / 360.0) * (np.abs(step[:, 0]) > 180.0)
    at_pole = (np.abs(xy[:-1, 1]) == 90.0) & (step[:, 1] == 0.0)
    moves: NDArray[np.bool_] = step.any(axis=1) & ~at_pole
    return moves


def _cut_at_antimeridian(xy: Floats) -> list[Floats]:
    """The line in pieces that stay within -180 to 180."""
    jump = np.diff(xy[:, 0])
    turns = np.rint(jump / 360.0) * (np.abs(jump) > 180.0)
    if not turns.any() and np.abs(xy[:, 0]).max() <= 180.0:
        return [xy]
    xy = xy.copy()
    xy[1:, 0] -= 360.0 * np.cumsum(turns)
    # Sheets of the unrolled globe: 0 for -180 to 180. An edge never leaves its middle's sheet
    # once it is cut where the line passes from one to the next.
    out: list[Floats] = []
    piece: list[tuple[float, float]] = [(float(xy[0, 0]), float(xy[0, 1]))]
    for (lon, lat), (to_lon, to_lat) in zip(xy[:-1].tolist(), xy[1:].tolist(), strict=True):
        low, high = sorted((lon, to_lon))
        seams = [s for s in _seams(low, high) if low < s < high]
        for seam in seams if lon < to_lon else seams[::-1]:
            at = (seam, lat + (seam - lon) / (to_lon - lon) * (to_lat - lat))
            out.append(np.array([*piece, at]))
            piece = [at]
        piece.append((to_lon, to_lat))
        if to_lon in _seams(low, high) and len(piece) > 1:
            out.append(np.array(piece))
            piece = [(to_lon, to_lat)]
    out.append(np.array(piece))
    cut = [piece for piece in out if _moves(piece).any()]
    for part in cut:
        part[:, 0] -= 360.0 * np.rint((part[:, 0].min() + part[:, 0].max()) / 720.0)
    return cut


def _without_seam(lines: list[Floats]) -> list[Floats]:
    """An area's outline less the edges along ±180 that have the area on either side.

    There it was cut in two, as RFC 7946 (3.1.9) asks; that is no border.
    """
    sides: dict[float, list[tuple[float, float]]] = {-180.0: [], 180.0: []}
    for line in lines:
        for (lon, lat), (to_lon, to_lat) in zip(line[:-1].tolist(), line[1:].tolist(), strict=True):
            if lon == to_lon and abs(lon) == 180.0:
                sides[lon].append((min(lat, to_lat), max(lat, to_lat)))
    if not all(sides.values()):
        return lines
    stops = sorted({lat for side in sides.values() for pair in side for lat in pair})
    seam = {
        (low, high)
        for low, high in pairwise(stops)
        if all(any(a <= low and high <= b for a, b in side) for side in sides.values())
    }
    out: list[Floats] = []
    for line in lines:
        piece = [tuple(line[0].tolist())]
        for (lon, lat), (to_lon, to_lat) in zip(line[:-1].tolist(), line[1:].tolist(), strict=True):
            along = lon == to_lon and abs(lon) == 180.0
            ahead = [s for s in stops if along and min(lat, to_lat) < s < max(lat, to_lat)]
            way = [lat, *(ahead if lat < to_lat else ahead[::-1]), to_lat]
            for low, high in pairwise(way):
                if along and (min(low, high), max(low, high)) in seam:
                    out.append(np.array(piece))
                    piece = []
                piece.append((to_lon, high))
        out.append(np.array(piece))
    return [piece for piece in out if len(piece) > 1 and _moves(piece).any()]


def on_one_antimeridian(lines: list[Floats]) -> list[Floats]:
    """The lines, of which what runs along -180 degrees is brought to 180, the same meridian."""
    out: list[Floats] = []
    for line in lines:
        along = (line[:-1, 0] == -180.0) & (line[1:, 0] == -180.0)
        ends = [0, *(np.flatnonzero(np.diff(along)) + 1).tolist(), along.size]
        for first, last in pairwise(ends):
            piece = line[first : last + 1].copy()
            if along[first]:
                piece[:, 0] = 180.0
            out.append(piece)
    return out


def _seams(low: float, high: float) -> list[float]:
    first = int(np.ceil((low - 180.0) / 360.0))
    last = int(np.floor((high - 180.0) / 360.0))
    return [180.0 + 360.0 * turn for turn in range(first, last + 1)]


def to_degrees(crs: Any) -> ToDegrees:
    """A function from vertices in `crs` to degrees of longitude and latitude.

    Raises
    ------
    BorderError
        When there is no such system, or it is none of places on Earth.
    """
    if crs is None:
        raise BorderError(
            "the line has no coordinate reference system; say crs=4326 if its vertices are "
            "degrees of longitude and latitude"
        )
    if crs in (4326, "EPSG:4326", "epsg:4326", "OGC:CRS84"):
        return lambda xy: xy
    import pyproj

    try:
        known = pyproj.CRS.from_user_input(crs)
        change = pyproj.Transformer.from_crs(known, 4326, always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise BorderError(f"{crs!r} is no coordinate reference system: {error}") from error
    if not (known.is_geographic or known.is_projected):
        raise BorderError(
            f"{known.name} is no system of longitude and latitude or of a map; transform the line "
            "to EPSG:4326"
        )

    def transform(xy: Floats) -> Floats:
        return np.column_stack(change.transform(xy[:, 0], xy[:, 1]))

    return transform
