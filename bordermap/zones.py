"""Bands at a distance from the border, and the zones that laws and treaties draw along it.

Two zones are known by name. `la-paz` is the border area of the La Paz Agreement (Agreement between
the United States of America and the United Mexican States on Cooperation for the Protection and
Improvement of the Environment in the Border Area, 14 August 1983): 100 kilometres on either side of
the boundary. The agreement counts the maritime boundary too; here the zone is drawn about the land
border, which is the line that distances are measured to. `100-air-miles` is the "reasonable
distance" of 8 CFR 287.1(a): within 100 air miles from any external boundary of the United States,
which (a)(1) defines as the land boundaries and the territorial sea, 12 nautical miles from the
baselines. An air mile is read as a nautical mile, 1,852 m, the wider of the two readings in use.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from bordermap import basemap, borders
from bordermap.errors import SceneError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DEFAULT_BANDS", "MILE_KM", "UNITS", "ZONES", "bands", "distances", "named", "zone"]

UNITS = ("km", "mi")
DEFAULT_BANDS = (25.0, 50.0, 100.0, 200.0)
MILE_KM = 1.609344
# Name → kilometres.
ZONES = {"la-paz": 100.0, "100-air-miles": 185.2}

_MOST_BANDS = 8
_FARTHEST_KM = 1000.0
_PIECE_DEG = 2.0
_PER_DEGREE_KM = 111.0


def distances(given: Iterable[float], units: str) -> tuple[float, ...]:
    """The distances of bands in kilometres, ascending.

    Raises
    ------
    SceneError
        When the unit is unknown, or a distance is none, nought, or too far to be drawn.

    Examples
    --------
    >>> distances((50, 25), "mi")
    (40.2336, 80.4672)
    """
    if units not in UNITS:
        raise SceneError(f"there is no unit {units!r} for a map; use 'km' or 'mi'")
    factor = MILE_KM if units == "mi" else 1.0
    try:
        every = sorted({float(value) for value in given})
    except (TypeError, ValueError) as error:
        raise SceneError(
            f"bands are distances in {units}, such as (25, 50, 100): {given!r} holds something else"
        ) from error
    for value in every:
        if not (math.isfinite(value) and 0.1 <= value * factor <= _FARTHEST_KM):
            raise SceneError(
                f"a band at {value:g} {units} cannot be drawn: from 0.1 to {_FARTHEST_KM:g} km can"
            )
    if len(every) > _MOST_BANDS:
        raise SceneError(f"{len(every)} bands are too many for one map: give {_MOST_BANDS} at most")
    return tuple(round(value * factor, 6) for value in every)


def bands(lines: shapely.Geometry, kilometres: Sequence[float]) -> list[list[NDArray[np.float64]]]:
    """Lines at geodesic distances from a border, on both sides: one list for each distance.

    Each stretch of some 200 km is widened in an azimuthal equidistant projection about its own
    middle, where lengths hold to a few parts in ten thousand, and the pieces are joined.

    Parameters
    ----------
    lines : shapely geometry
        The border, degrees.
    kilometres : sequence of float
        Distances.

    Returns
    -------
    list of list of ndarray
        Closed rings, degrees; within 1.5 % of their distance.
    """
    return [_rings(_remembered(shapely.to_wkb(lines), km)) for km in kilometres]


def named(zones: Iterable[str]) -> tuple[str, ...]:
    """The zones asked for, checked; one name alone stands for itself.

    Raises
    ------
    SceneError
        When there is no such zone.
    """
    asked = (zones,) if isinstance(zones, str) else tuple(zones)
    for name in asked:
        if name not in ZONES:
            known = " and ".join(repr(key) for key in ZONES)
            raise SceneError(f"there is no zone {name!r}; the zones with a name are {known}")
    return asked


def zone(
    name: str, frame: tuple[float, float, float, float], data: Path | None = None
) -> list[NDArray[np.float64]]:
    """The outline of one of `ZONES`, where it meets a frame (west, south, east, north)."""
    km = ZONES[name]
    if name == "la-paz":
        return _rings(
            _widened(basemap.around(borders.load("us-mexico", data).lines, sum(frame[::2]) / 2), km)
        )
    reach = km / _PER_DEGREE_KM
    west, south, east, north = frame
    states = basemap.around(basemap.country("US", data), (west + east) / 2)
    widest = reach / math.cos(math.radians(min(80.0, max(abs(south), abs(north)))))
    near = (west - widest, south - reach, east + widest, north + reach)
    edge = shapely.clip_by_rect(shapely.boundary(states), *near)
    inside = shapely.clip_by_rect(shapely.simplify(states, 0.002), *near)
    # The frame of the cut is no boundary of anything: it lies out of sight.
    return _rings(shapely.intersection(_widened(edge, km), shapely.make_valid(inside)))


@lru_cache(maxsize=32)
def _remembered(wkb: bytes, km: float) -> shapely.Geometry:
    """As `_widened`: one border serves many maps."""
    return _widened(shapely.from_wkb(wkb), km)


def _widened(lines: shapely.Geometry, km: float) -> shapely.Geometry:
    """All that lies within so many kilometres of the lines."""
    # A hundredth of the distance is less than the width of the line that is drawn.
    rough = shapely.simplify(lines, min(0.02, km / _PER_DEGREE_KM / 100))
    found: list[Any] = []
    for part in shapely.get_parts(shapely.line_merge(rough)):
        for points in _pieces(shapely.get_coordinates(shapely.segmentize(part, 0.2))):
            lon, lat = (points.min(axis=0) + points.max(axis=0)) / 2
            local = pyproj.Proj(f"+proj=aeqd +lon_0={lon} +lat_0={lat} +ellps=WGS84")
            line = shapely.linestrings(np.column_stack(local(points[:, 0], points[:, 1])))
            ring = shapely.get_coordinates(shapely.buffer(line, km * 1000, quad_segs=12))
            east, north = local(ring[:, 0], ring[:, 1], inverse=True)
            # Round the antimeridian degrees run on, or the ring would go round the Earth.
            east = lon + (east - lon + 180) % 360 - 180
            found.append(shapely.polygons(np.column_stack([east, north])))
    return shapely.simplify(shapely.union_all(found), km / _PER_DEGREE_KM / 500)


def _pieces(points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """A line in pieces of about `_PIECE_DEG` degrees; each begins where the last one ends."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    number = (along / _PIECE_DEG).astype(np.int64)
    cuts = [0, *np.flatnonzero(np.diff(number)).tolist(), len(points) - 1]
    return [points[a : b + 1] for a, b in pairwise(cuts) if b > a]


def _rings(area: Any) -> list[NDArray[np.float64]]:
    return [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(area))]
