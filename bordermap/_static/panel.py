"""The map of a figure: shapes, lines, signs and names on one sheet, drawn with matplotlib."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.markers import MarkerStyle
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.transforms import IdentityTransform

from bordermap._static import paper
from bordermap._static.labelling import Box, Room, beside, over
from bordermap._static.paper import INK, MUTED, PT
from bordermap._static.projection import GEOD, Projection, Sheet
from bordermap._static.signs import Classes, Signs, equal_area, numbers, texts
from bordermap.scene import Band, Scene
from bordermap.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["Drawn", "Plan", "draw_inset", "draw_map", "inset_sheet", "lonlat_lines", "sign_paths"]

SEA, LAND, SHORE, STATE, COUNTRY = "#d6e3ea", "#faf8f3", "#93adba", "#c2bbad", "#8f887c"
REGION, TOWN, HALO = "#7d766b", "#3f3c37", "#faf8f3"
BORDER, CASE, BAND, ZONE = "#c8102e", "#ffffff", "#8f2338", "#5b3a8c"
GRID = "#9db2be"
_MOST_VECTORS = 2_500
_MOST_CIRCLES = 400
_LEAST_APART = 2.6  # millimetres between two bands
_ROOM_FOR_A_TOWN = 420.0  # square millimetres
_FARTHEST = 7.5  # of a name from its town, millimetres
DASHES, DOTS = (0, (3.2, 2.2)), (0, (1.2, 1.6))
ZONE_DASHES, RING_DASHES = (0, (7, 2, 1.5, 2)), (0, (2, 1.4))


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All that a figure is drawn from.

    Attributes
    ----------
    scene : Scene
    words : Words
    sheet : Sheet
        The map's.
    classes : Classes
    signs : Signs
    reach : float
        Millimetres within which incidents were joined into one sign.
    """

    scene: Scene
    words: Words
    sheet: Sheet
    classes: Classes
    signs: Signs
    reach: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """What there is on the map that a legend must explain."""

    bands: tuple[float, ...] = ()
    zones: tuple[str, ...] = ()
    uncertain: bool = False
    fuzzy: bool = False
    hollow: bool = False
    states: bool = False
    countries: bool = False
    link: bool = False


def lonlat_lines(lines: Sequence[Sequence[int]], quantum: int) -> list[NDArray[np.float64]]:
    """Lines of a scene, each the first point and then differences, as degrees."""
    every = (np.cumsum(np.asarray(line).reshape(-1, 2), axis=0) / quantum for line in lines)
    return [line for line in every if len(line) > 1]


def draw_map(axes: Axes, plan: Plan) -> Drawn:
    """Draw the whole map into axes that span the sheet in millimetres."""
    scene, sheet, signs, words = plan.scene, plan.sheet, plan.signs, plan.words
    _ground(axes, sheet, scene.basemap)
    room = Room(sheet.width, sheet.height)
    _graticule(axes, sheet, words)
    bands, shown = _bands(axes, plan)
    for line in _border(axes, sheet, scene):
        room.take_line(line)
    link = _link(axes, sheet, scene, room) if scene.subject == "place" and len(scene) else None
    uncertain = _uncertain(axes, sheet, scene, signs)
    fuzzy = _fuzzy(axes, scene, signs)
    _signs(axes, signs, plan.classes)
    room.take_discs(signs.x, signs.y, signs.radius + 0.3)
    own = ""
    if link is not None:
        _link_label(axes, plan, link, room)
        own = _subject(axes, scene, signs, room)
    for label, lines, colour in bands:
        _band_label(axes, _middle_out(lines, sheet), label, colour, room)
    _names(axes, plan, room, own)
    shapes = scene.basemap
    return Drawn(
        bands=tuple(band.km for band in shown if not band.zone),
        zones=tuple(band.zone for band in shown if band.zone),
        uncertain=uncertain,
        fuzzy=fuzzy,
        hollow=bool(np.any(signs.value == 0)) if len(signs) else False,
        states=bool(shapes.get("states")),
        countries=bool(shapes.get("countries")),
        link=link is not None,
    )


# --- the ground ----------------------------------------------------------------------------------


def _ground(axes: Axes, sheet: Sheet, shapes: dict[str, Any]) -> None:
    west, south, east, north = sheet.window
    centre = (west + east) / 2
    half = min(180.0, (east - west) / 2)
    _fill(axes, sheet.shapes(shapely.box(centre - half, south, centre + half, north)), SEA, 0.0)
    coarse = lonlat_lines(shapes.get("world", ()), shapes.get("world_quantum", 1))
    _areas(axes, sheet, coarse, (LAND, SEA), 0.1)
    lines = lonlat_lines(shapes.get("world_lines", ()), shapes.get("world_quantum", 1))
    _strokes(axes, _flat(sheet, lines), (COUNTRY, 0.4, 0.15))
    if "frame" not in shapes:
        return
    quantum = shapes["quantum"]
    w, s, e, n = shapes["frame"]
    # The detailed land reaches a little over the hole cut for it, so that no seam shows.
    hem = max((e - w), (n - s)) / 400
    _fill(axes, sheet.shapes(shapely.box(w + hem, s + hem, e - hem, n - hem)), SEA, 0.2)
    land = lonlat_lines(shapes.get("land", ()), quantum)
    lakes = lonlat_lines(shapes.get("lakes", ()), quantum)
    _areas(axes, sheet, land, (LAND, SEA), 0.3)
    states = lonlat_lines(shapes.get("states", ()), quantum)
    _strokes(axes, _flat(sheet, states), (STATE, 0.35, 0.4))
    _areas(axes, sheet, lakes, (SEA, LAND), 0.5)
    # A shore is no shore where the shapes were cut.
    cut = 2.0 / quantum
    inner = (w + cut, s + cut, e - cut, n - cut)
    for rings, width in ((lakes, 0.3), (land, 0.35)):
        if rings:
            whole: Any = [shapely.linestrings(ring) for ring in rings]
            shore = shapely.clip_by_rect(whole, *inner)
            _strokes(axes, _lines(sheet.shapes(shapely.get_parts(shore))), (SHORE, width, 0.6))
    countries = lonlat_lines(shapes.get("countries", ()), quantum)
    _strokes(axes, _flat(sheet, countries), (COUNTRY, 0.6, 0.7))


def _areas(
    axes: Axes,
    sheet: Sheet,
    rings: list[NDArray[np.float64]],
    colours: tuple[str, str],
    zorder: float,
) -> None:
    """Fill rings by turns: what lies in one is of the other colour, and so on inwards."""
    areas: Any = [shapely.make_valid(shapely.polygons(ring)) for ring in rings if len(ring) > 3]
    if not areas:
        return
    tree = shapely.STRtree(areas)
    inner, _ = tree.query(shapely.point_on_surface(areas), predicate="within")
    depth = np.bincount(inner, minlength=len(areas)) - 1
    for level in range(int(depth.max()) + 1):
        chosen = np.asarray(areas, dtype=object)[depth == level]
        _fill(axes, sheet.shapes(chosen), colours[level % 2], zorder + level * 0.02)


def _fill(axes: Axes, areas: NDArray[np.object_], colour: str, zorder: float) -> None:
    rings = [
        shapely.get_coordinates(ring)
        for area in areas
        if area.geom_type == "Polygon"
        for ring in [shapely.get_exterior_ring(area)]
    ]
    outlines = [Outline(ring, closed=True) for ring in rings if np.isfinite(ring).all()]
    if outlines:
        whole = Outline.make_compound_path(*outlines)
        axes.add_patch(PathPatch(whole, facecolor=colour, edgecolor="none", lw=0, zorder=zorder))


def _flat(sheet: Sheet, lines: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    if not lines:
        return []
    return _lines(sheet.shapes([shapely.linestrings(line) for line in lines]))


def _lines(geometry: NDArray[np.object_]) -> list[NDArray[np.float64]]:
    """Coordinates of what is lines; those off Earth are left out."""
    found = [shapely.get_coordinates(g) for g in geometry if g.geom_type == "LineString"]
    return [line for line in found if np.isfinite(line).all()]


def _strokes(
    axes: Axes,
    lines: list[NDArray[np.float64]],
    pen: tuple[str, float, float],
    *,
    style: Any = "solid",
    gid: str | None = None,
) -> None:
    """Draw lines with a pen of a colour and a width in points, at a height over the ground."""
    if lines:
        colour, width, zorder = pen
        drawn = LineCollection(
            lines,
            colors=colour,
            linewidths=width,
            linestyles=[style],
            zorder=zorder,
            capstyle="round" if style == "solid" else "butt",
            joinstyle="round",
        )
        drawn.set_gid(gid)
        axes.add_collection(drawn, autolim=False)


def _graticule(axes: Axes, sheet: Sheet, words: Words) -> None:
    net = sheet.graticule(least_mm=16.0)
    for axis, each in (("lon", net.meridians), ("lat", net.parallels)):
        end, most = -0.5, (sheet.width if axis == "lon" else sheet.height) + 0.5
        for _, line, _ in each:
            _strokes(axes, _lines(shapely.get_parts(line)), (GRID, 0.3, 0.9))
        for at, value in sorted((at, value) for value, _, at in each if at is not None):
            label = words.degrees(value, axis)
            half = paper.width_of(label, 6) / 2
            # A label stands whole beside the map, and apart from the last one.
            if at - half < end or at + half > most:
                continue
            end = at + half + 1.5
            if axis == "lon":
                artist = paper.text(axes, at, -0.9, label, 6, colour=MUTED, ha="center", va="top")
            else:
                artist = paper.text(
                    axes, -0.9, at, label, 6, colour=MUTED, ha="right", va="center", turned=90.0
                )
            artist.set_gid("degrees")


# --- the border ----------------------------------------------------------------------------------


def _border(axes: Axes, sheet: Sheet, scene: Scene) -> list[NDArray[np.float64]]:
    lines = _flat(sheet, lonlat_lines(scene.border.lines, scene.border.quantum))
    _strokes(axes, lines, (CASE, 2.4, 2.0))
    _strokes(axes, lines, (BORDER, 1.3, 2.1), gid="border")
    return lines


def _bands(axes: Axes, plan: Plan) -> tuple[list[tuple[str, list[Any], str]], list[Band]]:
    """Lines at distances from the border that paper can tell apart; their labels, and which."""
    scene, sheet, words = plan.scene, plan.sheet, plan.words
    labels: list[tuple[str, list[Any], str]] = []
    shown: list[Band] = []
    last = 0.0
    for band in sorted(scene.border.bands, key=lambda band: (band.km, band.zone or "")):
        apart = band.km * 1000.0 / sheet.scale
        if not band.zone:
            if apart - last < _LEAST_APART:
                continue
            last = apart
        lines = _flat(sheet, lonlat_lines(band.lines, band.quantum))
        inside = [line for line in lines if _touches(sheet, line)]
        if not inside:
            continue
        shown.append(band)
        colour = ZONE if band.zone else BAND
        style = ZONE_DASHES if band.zone else DASHES
        _strokes(axes, inside, (colour, 0.5, 1.5), style=style, gid="band")
        label = words.zone(band.zone) if band.zone else words.distance(band.km, scene.units)
        labels.append((label, inside, colour))
    return labels, shown


def _touches(sheet: Sheet, line: NDArray[np.float64]) -> bool:
    x, y = line.T
    return bool(np.any((x > 0) & (x < sheet.width) & (y > 0) & (y < sheet.height)))


def _middle_out(lines: list[Any], sheet: Sheet) -> NDArray[np.float64]:
    """Points along lines, those near the middle of the sheet first."""
    at = np.concatenate([_every(line, 2.0) for line in lines])
    off = np.abs(at[:, 0] - sheet.width * 0.42) + np.abs(at[:, 1] - sheet.height / 2) * 0.3
    return np.asarray(at[np.argsort(off, kind="stable")])


def _band_label(
    axes: Axes, spots: NDArray[np.float64], label: str, colour: str, room: Room
) -> None:
    """Write on the band itself, at the first spot with room."""
    width, height = paper.width_of(label, 6) + 0.8, 6 * PT
    spot = room.first(over(((float(x), float(y)) for x, y in spots), width, height))
    if spot:
        _name(axes, spot, label, 6, colour, gid="band-label")


def _every(line: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.arange(0.0, along[-1], step)
    return np.column_stack([np.interp(at, along, line[:, k]) for k in (0, 1)])


# --- one place -----------------------------------------------------------------------------------


def _link(axes: Axes, sheet: Sheet, scene: Scene, room: Room) -> NDArray[np.float64] | None:
    """The shortest way from the place to the border: the geodesic."""
    ends = [numbers(scene, name) for name in ("lon", "lat", "nearest_lon", "nearest_lat")]
    if any(end is None or np.isnan(end[0]) for end in ends):
        return None
    a, b, c, d = (float(end[0]) for end in ends if end is not None)
    way = np.array([(a, b), *GEOD.npts(a, b, c, d, 60), (c, d)])
    centre = sheet.projection.lon
    way[:, 0] = centre + (way[:, 0] - centre + 180.0) % 360.0 - 180.0
    lines = _flat(sheet, [way])
    _strokes(axes, lines, (CASE, 2.0, 3.0))
    _strokes(axes, lines, (INK, 0.8, 3.1), style=DASHES, gid="link")
    for line in lines:
        room.take_line(line)
    end = sheet.place(c, d)
    axes.plot(*end.T, "o", ms=3.2, mfc=CASE, mec=BORDER, mew=1.0, zorder=3.2)
    return sheet.place(way[:, 0], way[:, 1])


def _link_label(axes: Axes, plan: Plan, way: NDArray[np.float64], room: Room) -> None:
    km = numbers(plan.scene, "border_km")
    if km is None or np.isnan(km[0]):
        return
    label = plan.words.far(float(km[0]), plan.scene.units)
    width, height = paper.width_of(label, 7, "bold") + 0.8, 7 * PT
    near = [
        box
        for share in (0.5, 0.4, 0.6, 0.3, 0.7)
        for box in beside(*_at(way, share), 1.6, width, height)
    ]
    spot = room.first(near)
    if spot:
        _name(axes, spot, label, 7, INK, weight="bold", gid="distance")


def _at(line: NDArray[np.float64], share: float) -> tuple[float, float]:
    x, y = line[round(share * (len(line) - 1))]
    return float(x), float(y)


def _subject(axes: Axes, scene: Scene, signs: Signs, room: Room) -> str:
    """Name the place, and give its name back: the towns need not name it again."""
    column = scene.column("place")
    name = texts(column)[0] if column else ""
    if not name or not len(signs):
        return name
    line = paper.fitting(name, 7.5, 45, weight="bold")
    width = paper.width_of(line, 7.5, "bold")
    x, y, r = float(signs.x[0]), float(signs.y[0]), float(signs.radius[0])
    spot = room.first(beside(x, y, r + 0.8, width, 7.5 * PT))
    if spot:
        _name(axes, spot, line, 7.5, INK, weight="bold", gid="subject")
    return name


# --- signs ---------------------------------------------------------------------------------------


def sign_paths(shapes: Sequence[str]) -> list[Outline]:
    """Outlines of shapes, each with the area of a circle of radius one about the origin."""
    paths = []
    for shape in shapes:
        marker = MarkerStyle(shape)
        path: Any = marker.get_path().transformed(marker.get_transform())
        if shape == "o":
            paths.append(Outline.unit_circle())
            continue
        corners = path.to_polygons()[0][:-1]
        paths.append(Outline(path.vertices * equal_area(np.asarray(corners)), path.codes))
    return paths


def _signs(axes: Axes, signs: Signs, classes: Classes) -> None:
    """Each sign with its white rim, in one order: a small one is never under a large one."""
    n = len(signs)
    if not n:
        return
    outlines = sign_paths([each.shape for each in classes.each])
    colours = np.array([each.colour for each in classes.each])[signs.kind]
    hollow = signs.value == 0
    plain = np.where(hollow, LAND, colours)
    faces = np.empty(2 * n, dtype=object)
    edges, widths = faces.copy(), np.empty(2 * n)
    faces[0::2], edges[0::2], widths[0::2] = plain, CASE, 1.3
    faces[1::2], widths[1::2] = plain, np.where(hollow, 0.9, 0.4)
    edges[1::2] = np.where(hollow, colours, "#3a3f47")
    drawn = PathCollection(
        [outlines[kind] for kind in np.repeat(signs.kind, 2)],
        sizes=np.repeat((signs.radius / PT) ** 2, 2),
        facecolors=faces.tolist(),
        edgecolors=edges.tolist(),
        linewidths=widths,
        offsets=np.repeat(np.column_stack([signs.x, signs.y]), 2, axis=0),
        offset_transform=axes.transData,
        zorder=5,
    )
    drawn.set_transform(IdentityTransform())  # their sizes are paper's, not the axes'
    drawn.set_gid("signs")
    drawn.set_rasterized(n > _MOST_VECTORS)
    axes.add_collection(drawn, autolim=False)


def _uncertain(axes: Axes, sheet: Sheet, scene: Scene, signs: Signs) -> bool:
    """Circles on the ground, where a place may lie, if they are larger than their signs."""
    radius = numbers(scene, "radius_m")
    lon, lat = numbers(scene, "lon"), numbers(scene, "lat")
    if radius is None or lon is None or lat is None or len(signs) > _MOST_CIRCLES:
        return False
    rings = []
    azimuth = np.linspace(0, 360, 91)
    for i in np.flatnonzero(signs.same_point):
        row = signs.first[i]
        metres = float(radius[row])
        if not metres > 0 or metres / sheet.scale < signs.radius[i] + 0.4:
            continue
        one = np.ones_like(azimuth)
        x, y, _ = GEOD.fwd(lon[row] * one, lat[row] * one, azimuth, metres * one)
        ring = sheet.place(x, y)
        if np.isfinite(ring).all() and np.ptp(ring[:, 0]) < 4 * metres / sheet.scale:
            rings.append(ring)
    _strokes(axes, rings, (INK, 0.4, 4.0), style=DOTS, gid="uncertain")
    return bool(rings)


def _fuzzy(axes: Axes, scene: Scene, signs: Signs) -> bool:
    """A dashed ring about what was placed by a similar spelling."""
    column = scene.column("match")
    if column is None or "fuzzy" not in column.labels or len(signs) > _MOST_CIRCLES:
        return False
    match = texts(column)
    rings = []
    t = np.linspace(0, 2 * np.pi, 49)
    for i in range(len(signs)):
        if signs.count[i] == 1 and match[signs.first[i]] == "fuzzy":
            r = signs.radius[i] + 0.7
            rings.append(np.column_stack([signs.x[i] + r * np.cos(t), signs.y[i] + r * np.sin(t)]))
    _strokes(axes, rings, (INK, 0.5, 4.5), style=RING_DASHES, gid="fuzzy")
    return bool(rings)


# --- names ---------------------------------------------------------------------------------------


def _names(axes: Axes, plan: Plan, room: Room, own: str) -> None:
    """Towns, the largest first, then states and countries, as many as there is room for."""
    sheet, signs, shapes = plan.sheet, plan.signs, plan.scene.basemap
    # The zoom of a page on which a pixel is as large as three tenths of a millimetre here.
    equator = 156_543.0 * math.cos(math.radians(min(80.0, abs(sheet.centre[1]))))
    zoom = math.log2(equator / (sheet.scale * 0.3)) + 0.5
    most = round(sheet.width * sheet.height / _ROOM_FOR_A_TOWN)
    towns = [town for town in shapes.get("towns", ()) if town[3] <= zoom]
    written = 0
    for town, (x, y) in zip(towns, _places(sheet, towns), strict=True):
        if written >= most:
            break
        if own and town[2] == own and np.hypot(signs.x[0] - x, signs.y[0] - y) < 5:
            continue
        if 0 < x < sheet.width and 0 < y < sheet.height:
            size = 6.5 if town[4] else 6.0
            written += _town(axes, (str(town[2]), size), (x, y), signs, room)
    regions = [one for one in shapes.get("regions", ()) if one[3] <= zoom]
    for one, (x, y) in zip(regions, _places(sheet, regions), strict=True):
        country = not one[4]
        if country and zoom > 7.0:
            continue
        size = 7.5 if country else 6.0
        label = str(one[2]).upper()
        width, height = paper.width_of(label, size) + 1.0, size * PT
        aside = (0.0, -12.0, 12.0) if country else (0.0,)
        spots = [(x + dx, y + dy) for dx in aside for dy in (0.0, -3.5, 3.5, -7.0, 7.0)]
        spot = room.first(over(spots, width, height))
        if spot:
            _name(axes, spot, label, size, REGION, gid="region")


def _places(sheet: Sheet, rows: list[Any]) -> list[tuple[float, float]]:
    if not rows:
        return []
    xy = sheet.place([row[0] for row in rows], [row[1] for row in rows])
    return [(float(x), float(y)) if np.isfinite(x + y) else (-1.0, -1.0) for x, y in xy]


def _town(
    axes: Axes, label: tuple[str, float], at: tuple[float, float], signs: Signs, room: Room
) -> bool:
    """Write a town's name beside its dot, or beside the sign that covers it, if there is room."""
    name, size = label
    x, y = at
    line = paper.fitting(name, size, 32)
    width, height = paper.width_of(line, size), size * PT * 0.98
    off = np.hypot(signs.x - x, signs.y - y)
    covering = off <= signs.radius + 0.9
    hidden = bool(covering.any())
    dot = (x - 0.6, y - 0.6, x + 0.6, y + 0.6)
    gap = 0.9
    if hidden:
        gap = float(np.max((signs.radius + off)[covering])) + 0.5
        if gap > _FARTHEST:  # it would name another town
            return False
    elif not room.free(dot):
        return False
    spot = room.first(beside(x, y, gap, width, height))
    if spot is None:
        return False
    if not hidden:
        room.take(dot)
        axes.plot([x], [y], "o", ms=1.7, mfc=TOWN, mec=HALO, mew=0.3, zorder=4.8)
    _name(axes, spot, line, size, TOWN, gid="town")
    return True


def _name(
    axes: Axes,
    box: Box,
    line: str,
    size: float,
    colour: str,
    *,
    weight: paper.Weight = "regular",
    gid: str,
) -> None:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    # The middle of a line's capitals lies a third of its size above its foot.
    artist = paper.text(
        axes, x, y - size * PT * 0.36, line, size, weight=weight, colour=colour, ha="center",
        gid=gid, zorder=8,
    )  # fmt: skip
    paper.halo(artist, HALO)


# --- the inset -----------------------------------------------------------------------------------


def draw_inset(axes: Axes, sheet: Sheet, scene: Scene, outer: Sheet) -> None:
    """North America, or what part of the globe the map is of, with the map's outline on it."""
    shapes = scene.basemap
    quantum = shapes.get("world_quantum", 1)
    west, south, east, north = sheet.window
    _fill(axes, sheet.shapes(shapely.box(west, south, east, north)), SEA, 0)
    _areas(axes, sheet, lonlat_lines(shapes.get("world", ()), quantum), (LAND, SEA), 0.1)
    lines = lonlat_lines(shapes.get("world_lines", ()), quantum)
    _strokes(axes, _flat(sheet, lines), (COUNTRY, 0.3, 0.2))
    border = lonlat_lines(scene.border.lines, scene.border.quantum)
    _strokes(axes, _flat(sheet, border), (BORDER, 0.7, 0.3))
    edge = outer.outline()
    ring = sheet.place(edge[:, 0], edge[:, 1])
    ring = ring[np.isfinite(ring).all(axis=1)]
    if not len(ring):
        return
    size = np.ptp(ring, axis=0)
    if size.max() < 2.0:  # too small to be seen: a box about it
        x, y = ring.mean(axis=0)
        axes.add_patch(
            Rectangle((x - 1, y - 1), 2, 2, fill=False, ec=INK, lw=0.9, zorder=2, gid="frame")
        )
    else:
        axes.add_patch(
            PathPatch(
                Outline(ring, closed=False), fill=False, ec=INK, lw=0.9, zorder=2, gid="frame"
            )
        )


def inset_sheet(outer: Sheet, width: float) -> Sheet | None:
    """The sheet of the inset: North America where the map is of it, else its surroundings.

    None where the map itself shows half the world.
    """
    height = width * 0.82
    half = 3_650_000.0
    edge = outer.outline()
    edge = edge[np.isfinite(edge).all(axis=1)]
    if outer.projection.kind == "eqearth" or not len(edge):
        return None
    america = Projection("laea", -96.0, 43.0)
    reach = np.abs(america.forward(edge[:, 0], edge[:, 1]))
    if np.any(reach > [half * width / height, half]):
        america = Projection("laea", *outer.centre)
        size = np.abs(america.forward(edge[:, 0], edge[:, 1])).max(axis=0)
        half = max(half, 1.5 * float(size[1]), 1.5 * float(size[0]) * height / width)
        if half > 7_500_000.0:
            return None
    scale = 2 * half / height
    return Sheet(america, -half * width / height, -half, scale, width, height)
