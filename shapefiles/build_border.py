"""The two border lines and the three countries, from OpenStreetMap by way of geo-maps.

The source gives every country as polygons that reach out to the territorial sea, at 10 m.
Where two countries meet they list the same vertices, so a border is the stretch of one
country's ring between its two ends. We walk the ring of the United States, which has every
vertex that its neighbours have and a few more on long straight edges, and check that the
neighbour's ring follows it.

``border_marks.csv`` says where the line begins and ends and where its attributes change
(states, river, lake), with the evidence for each point. A mark is moved to the nearest
vertex of the source, or, on a long edge, to the nearest point of the edge. No other vertex
is touched: nothing is smoothed, simplified or snapped.
"""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from pyproj import Geod

from layers import write_layer
from sources import HERE, Sources

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

WGS84 = Geod(ellps="WGS84")

# A mark lies on a vertex of the source when one is this near; else an edge is cut.
SNAP_M = 60.0
# A mark farther than this from the line is a slip of the pen.
MARK_LIMIT_M = 1000.0
# The neighbour's ring leaves out a few vertices (3 in Lake Superior, 1 in the St. Croix...).
NEIGHBOUR_LIMIT_M = {"MEX": 0.001, "CAN": 200.0}

LonLat = tuple[float, float]
Ring = list[LonLat]
Polygon = list[Ring]


class Run(NamedTuple):
    """What holds along one stretch of a border."""

    us_state: str
    nb_state: str
    kind: str
    river: str


@dataclass(frozen=True)
class Mark:
    """Where a border's attributes change; `run` is None at its end."""

    point: LonLat
    run: Run | None


def build(sources: Sources, out: Path) -> None:
    """Write us_mexico_border, us_canada_border and countries into `out`."""
    world = json.loads(sources.read("countries-maritime-10m", "package/map.geo.json"))
    countries = {
        feature["properties"]["A3"]: _polygons(feature["geometry"])
        for feature in world["features"]
        if feature["properties"]["A3"] in ("USA", "MEX", "CAN")
    }
    marks = _read_marks(HERE / "border_marks.csv")

    mexican = _border(countries, "MEX", marks["us-mexico"])
    _write_border(out, "us_mexico_border", "MX", {"": mexican})

    canadian = {name: _border(countries, "CAN", marks[name]) for name in ("mainland", "alaska")}
    _write_border(out, "us_canada_border", "CA", canadian)

    names = {"US": "United States", "MX": "Mexico", "CA": "Canada"}
    geometry = [
        shapely.MultiPolygon([(rings[0], rings[1:]) for rings in countries[code]])
        for code in ("USA", "MEX", "CAN")
    ]
    columns = {"country": list(names), "name": list(names.values())}
    write_layer(out, "countries", columns, np.array(geometry))


def _polygons(geometry: dict[str, Any]) -> list[Polygon]:
    coordinates = geometry["coordinates"]
    polygons = coordinates if geometry["type"] == "MultiPolygon" else [coordinates]
    return [[[(lon, lat) for lon, lat in ring] for ring in polygon] for polygon in polygons]


def _read_marks(path: Path) -> dict[str, list[Mark]]:
    marks: dict[str, list[Mark]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            run = Run(row["us_state"], row["nb_state"], row["kind"], row["river"])
            mark = Mark((float(row["lon"]), float(row["lat"])), run if run.kind else None)
            marks.setdefault(row["section"], []).append(mark)
    return marks


def _border(
    countries: dict[str, list[Polygon]], neighbour: str, marks: list[Mark]
) -> list[tuple[Run, Ring]]:
    """Cut the border out of the ring of the United States, and put it into both countries."""
    start, end = marks[0].point, marks[-1].point
    own_ring = _ring_with(countries["USA"], start, end)
    line = _walk(own_ring, start, end)

    positions = [_place(line, mark) for mark in marks]
    if positions != sorted(positions):
        raise ValueError(f"border_marks.csv: the marks towards {neighbour} are out of order")
    runs = [
        (mark.run, line[first : last + 1])
        for mark, first, last in zip(marks, positions, positions[1:], strict=False)
        if mark.run is not None
    ]

    _replace(own_ring, line)
    # The A-B line of 1903 runs on west of Canada's territorial sea: its ring begins later.
    other_ring = _ring_sharing(countries[neighbour], line)
    theirs_too = set(other_ring)
    shared = [point for point in line if point in theirs_too]
    stretch = line[line.index(shared[0]) : line.index(shared[-1]) + 1]
    theirs = _walk(other_ring, shared[0], shared[-1])
    gap = _deviation_m(theirs, stretch)
    if gap > NEIGHBOUR_LIMIT_M[neighbour]:
        raise ValueError(f"the rings of USA and {neighbour} part by {gap:.0f} m")
    _replace(other_ring, stretch)
    return runs


def _ring_with(polygons: list[Polygon], *points: LonLat) -> Ring:
    for polygon in polygons:
        for ring in polygon:
            if set(points) <= set(ring):
                return ring
    raise ValueError(f"no ring has all of the vertices {points}")


def _ring_sharing(polygons: list[Polygon], line: Ring) -> Ring:
    wanted = set(line)
    rings = [ring for polygon in polygons for ring in polygon]
    return max(rings, key=lambda ring: len(wanted & set(ring)))


def _walk(ring: Ring, start: LonLat, end: LonLat) -> Ring:
    """The shorter way along a closed ring from one of its vertices to another."""
    vertices = ring[:-1]
    i, j, n = vertices.index(start), vertices.index(end), len(vertices)
    forward = [vertices[(i + k) % n] for k in range((j - i) % n + 1)]
    backward = [vertices[(i - k) % n] for k in range((i - j) % n + 1)]
    return min(forward, backward, key=lambda way: float(shapely.LineString(way).length))


def _replace(ring: Ring, line: Ring) -> None:
    """Put `line` in the place of the ring's own way between the ends of `line`."""
    old = _walk(ring, line[0], line[-1])
    rest = ring[:-1]
    drop = set(old) - {line[0], line[-1]}
    i = rest.index(line[0])
    rest = [point for point in rest[i:] + rest[:i] if point not in drop]
    # `rest` now starts at the line's first vertex; its last is either the next or the final.
    if rest[1] == line[-1]:
        ring[:] = line + rest[2:] + [line[0]]
    elif rest[-1] == line[-1]:
        ring[:] = line[::-1] + rest[1:-1] + [line[-1]]
    else:
        raise ValueError(f"{line[0]} and {line[-1]} are not joined along the ring")


def _place(line: Ring, mark: Mark) -> int:
    """Index of the mark's vertex; a vertex is put into a long edge where none is near."""
    lonlat = np.array(line)
    lon, lat = np.full(len(line), mark.point[0]), np.full(len(line), mark.point[1])
    distance = WGS84.inv(lon, lat, lonlat[:, 0], lonlat[:, 1])[2]
    nearest = int(np.argmin(distance))
    if distance[nearest] <= SNAP_M:
        return nearest
    # Plane distance with longitudes shrunk is exact enough to choose the edge and its place.
    # The cosine is rounded because processors differ in its last bit.
    shrink = np.array([round(math.cos(math.radians(mark.point[1])), 9), 1.0])
    a, b = lonlat[:-1] * shrink, lonlat[1:] * shrink
    edge, to_mark = b - a, np.array(mark.point) * shrink - a
    t = np.clip((edge * to_mark).sum(1) / (edge * edge).sum(1), 0.0, 1.0)
    k = int(np.argmin(((to_mark - t[:, None] * edge) ** 2).sum(1)))
    foot = lonlat[k] + t[k] * (lonlat[k + 1] - lonlat[k])
    off = WGS84.inv(*mark.point, *foot)[2]
    if off > MARK_LIMIT_M:
        raise ValueError(f"border_marks.csv: {mark.point} is {off:.0f} m from the line")
    line.insert(k + 1, (float(foot[0]), float(foot[1])))
    return k + 1


def _deviation_m(theirs: Ring, ours: Ring) -> float:
    """How far a vertex of one line lies from the other line, at most, in metres (roughly)."""
    a, b = shapely.LineString(theirs), shapely.LineString(ours)
    degrees = max(
        shapely.distance(shapely.points(np.array(theirs)), b).max(),
        shapely.distance(shapely.points(np.array(ours)), a).max(),
    )
    return float(degrees) * 111_320.0


def densified(line: Ring, step: float = 0.002) -> NDArray[np.float64]:
    """The line with vertices at most `step` degrees apart, put in straight in lon/lat."""
    return np.asarray(shapely.get_coordinates(shapely.segmentize(shapely.LineString(line), step)))


def length_m(line: Ring) -> float:
    """Length on the WGS 84 ellipsoid of a line whose edges are straight in lon/lat."""
    points = densified(line)
    return float(WGS84.line_length(points[:, 0], points[:, 1]))


def _write_border(
    out: Path, name: str, country: str, sections: dict[str, list[tuple[Run, Ring]]]
) -> None:
    rows = [(section, run, line) for section, runs in sections.items() for run, line in runs]
    columns: dict[str, list[object]] = {
        "seq": list(range(1, len(rows) + 1)),
        "us_state": [run.us_state for _, run, _ in rows],
        "nb_state": [run.nb_state for _, run, _ in rows],
        "nb_ctry": [country for _ in rows],
        "kind": [run.kind for _, run, _ in rows],
        "river": [run.river for _, run, _ in rows],
        "length_m": [round(length_m(line), 3) for _, _, line in rows],
    }
    if any(sections):
        columns["section"] = [section for section, _, _ in rows]
    lines = np.array([shapely.LineString(line) for _, _, line in rows])
    write_layer(out, name, columns, lines)
