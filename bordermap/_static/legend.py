"""The blocks around the map of a figure: legend, scale bar, inset, credits.

A block knows its height for a width, and draws itself down from a point; all in millimetres.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.patches import Rectangle
from matplotlib.transforms import IdentityTransform

from bordermap._static import paper
from bordermap._static.panel import (
    BAND,
    BORDER,
    DASHES,
    DOTS,
    LAND,
    RING_DASHES,
    ZONE,
    ZONE_DASHES,
    Drawn,
    Plan,
    draw_inset,
    inset_sheet,
    sign_paths,
)
from bordermap._static.paper import INK, MUTED, PT
from bordermap._static.projection import Sheet
from bordermap._static.signs import numbers, texts
from bordermap.scene import Scene
from bordermap.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Block", "blocks", "credits_of", "flow", "lines_block", "summary"]

_SIZE = 6.5
_LINE = _SIZE * PT * 1.32
_ROW = 3.25
_KEY = 6.4  # room for a sign or a stroke before its words


@dataclass(frozen=True, slots=True)
class Block:
    """Something of known height that draws itself into axes, down from (x, y)."""

    height: float
    draw: Callable[[Axes, float, float], None]


def flow(each: Sequence[Block], columns: int, gap: float) -> tuple[float, list[tuple[int, float]]]:
    """Put blocks under each other, each into the column that is shortest so far.

    Returns
    -------
    tuple of (height, places)
        The height of the longest column; for each block its column and its distance from the top.
    """
    filled = [0.0] * columns
    places = []
    for block in each:
        column = min(range(columns), key=lambda i: (round(filled[i], 3), i))
        places.append((column, filled[column]))
        filled[column] += block.height + gap
    return max(filled) - gap if each else 0.0, places


def blocks(plan: Plan, drawn: Drawn, width: float) -> list[Block]:
    """All blocks of the legend, for columns of a width."""
    scene = plan.scene
    every = []
    if len(scene) and scene.subject == "incidents" and plan.classes.kind:
        every.append(_classes(plan, width))
    inner = inset_sheet(plan.sheet, min(width, 34.0))
    if inner:
        every.append(_inset(scene, plan.sheet, inner))
    if len(scene) and scene.size_by:
        every.append(_sizes(plan, width))
    every.append(_marks(plan, drawn, width))
    every.append(_scale(plan, width))
    return every


def _heading(axes: Axes, x: float, y: float, lines: list[str]) -> float:
    for line in lines:
        y -= _LINE
        paper.text(axes, x, y + 0.6, line, _SIZE, weight="bold", gid="legend")
    return y - 0.5


def _sign(
    axes: Axes,
    at: tuple[float, float],
    look: tuple[str, str],
    radius: float,
    *,
    hollow: bool = False,
) -> None:
    """A sign of a shape and colour."""
    shape, colour = look
    (path,) = sign_paths([shape])
    drawn = PathCollection(
        [path],
        sizes=[(radius / PT) ** 2],
        facecolors=[LAND if hollow else colour],
        edgecolors=[colour if hollow else "#3a3f47"],
        linewidths=[0.9 if hollow else 0.4],
        offsets=[at],
        offset_transform=axes.transData,
        zorder=11,
    )
    drawn.set_transform(IdentityTransform())
    axes.add_collection(drawn, autolim=False)


def _rows(
    heading: str,
    rows: Sequence[tuple[Callable[[Axes, float, float], None], str]],
    width: float,
    most: int = 3,
) -> Block:
    """A heading and rows of a key with its words."""
    head = paper.wrap(heading, _SIZE, width, weight="bold", most=2) if heading else []
    wrapped = [(key, paper.wrap(words, _SIZE, width - _KEY, most=most)) for key, words in rows]
    height = len(head) * _LINE + (0.5 if head else 0.0)
    height += sum(max(_ROW, len(lines) * _LINE + 0.3) for _, lines in wrapped)

    def draw(axes: Axes, x: float, y: float) -> None:
        if head:
            y = _heading(axes, x, y, head)
        for key, lines in wrapped:
            key(axes, x + _KEY / 2 - 0.6, y - _ROW / 2)
            for i, line in enumerate(lines):
                foot = y - _ROW / 2 - _SIZE * PT * 0.36 - i * _LINE
                paper.text(axes, x + _KEY, foot, line, _SIZE, gid="legend")
            y -= max(_ROW, len(lines) * _LINE + 0.3)

    return Block(height, draw)


def _classes(plan: Plan, width: float) -> Block:
    words, by = plan.words, plan.scene.color_by or ""
    heading = {"category": words("figure_category"), "border_km": words("figure_distance")}.get(
        by, words("figure_range", field=words.field(by))
    )

    def key(shape: str, colour: str) -> Callable[[Axes, float, float], None]:
        return lambda axes, x, y: _sign(axes, (x, y), (shape, colour), 1.15)

    rows = []
    for each in plan.classes.each:
        count = f" ({words.number(each.count)})"
        # The number stays, however long the name.
        most = 2 * (width - _KEY) - paper.width_of(count, _SIZE) - 4
        name = paper.fitting(each.name, _SIZE, most)
        rows.append((key(each.shape, each.colour), name + count))
    return _rows(heading, rows, width)


def _sizes(plan: Plan, width: float) -> Block:
    """Circles that tell what an area means, at the very scale of the map's signs."""
    scene, signs, words = plan.scene, plan.signs, plan.words
    measure = scene.size_by or ""
    if measure in ("killed", "injured"):
        named = words(f"measure_{measure}")
    else:
        named = words.field(measure)
    head = paper.wrap(words("figure_area", measure=named), _SIZE, width, weight="bold", most=3)
    top = float(signs.value.max()) if len(signs) else 0.0
    nice = [d * 10.0**p for p in range(8) for d in (1, 2, 5) if d * 10.0**p <= top]
    nice = [v for v in nice if signs.scale * math.sqrt(v) > signs.least]
    n = len(nice)
    steps = nice if n < 3 else sorted({nice[max(0, n - 5)], nice[n - 3], nice[n - 1]})
    keys = [(signs.scale * math.sqrt(v), words.number(v)) for v in steps]
    small = (signs.least / signs.scale) ** 2
    if np.any((signs.value > 0) & (signs.value < small)):
        # Below that, a sign would be too small to be seen.
        text = words("figure_at_most", n=words.number(max(1, math.floor(small))))
        keys = [(signs.least, text), *keys[-2:]]
    tallest = max([r for r, _ in keys], default=0.0)
    lines: list[list[tuple[float, str]]] = [[]]
    used = 0.0
    for r, label in keys:
        across = 2 * r + 1.0 + paper.width_of(label, _SIZE) + 2.2
        if lines[-1] and used + across > width:
            lines.append([])
            used = 0.0
        lines[-1].append((r, label))
        used += across
    heights = [max(_ROW, 2 * max((r for r, _ in row), default=tallest) + 0.6) for row in lines]
    height = len(head) * _LINE + 0.5 + sum(heights)

    def draw(axes: Axes, x: float, y: float) -> None:
        y = _heading(axes, x, y, head)
        for row, tall in zip(lines, heights, strict=True):
            at = x + 0.3
            for r, label in row:
                _sign(axes, (at + r, y - tall / 2), ("o", "#dfe2e6"), r)
                at += 2 * r + 1.0
                foot = y - tall / 2 - _SIZE * PT * 0.36
                paper.text(axes, at, foot, label, _SIZE, gid="legend")
                at += paper.width_of(label, _SIZE) + 2.2
            y -= tall

    return Block(height, draw)


Key = Callable[["Axes", float, float], None]


def _stroke(colour: str, weight: float, style: Any = "solid") -> Key:
    def key(axes: Axes, x: float, y: float) -> None:
        axes.plot(
            [x - 2.4, x + 2.4], [y, y], color=colour, lw=weight, ls=style, zorder=12,
            solid_capstyle="butt",
        )  # fmt: skip

    return key


def _ring(weight: float, style: Any) -> Key:
    def key(axes: Axes, x: float, y: float) -> None:
        t = np.linspace(0, 2 * np.pi, 49)
        ring = x + 1.3 * np.cos(t), y + 1.3 * np.sin(t)
        axes.plot(*ring, color=INK, lw=weight, ls=style, zorder=12)

    return key


def _marks(plan: Plan, drawn: Drawn, width: float) -> Block:
    """Everything else that is drawn on the map."""
    scene, words = plan.scene, plan.words
    shape = plan.classes.each[0].shape

    def empty(axes: Axes, x: float, y: float) -> None:
        _sign(axes, (x, y), (shape, MUTED), 0.9, hollow=True)

    figures = [words.distance(km, scene.units) for km in drawn.bands]
    unit = f"\N{NO-BREAK SPACE}{scene.units}"
    listed = ", ".join(one.removesuffix(unit) for one in figures) + unit
    rows: list[tuple[bool, Key, str]] = [
        (True, _stroke(BORDER, 1.3), words("legend_border")),
        (drawn.link, _stroke(INK, 0.8, DASHES), words("legend_link")),
        (bool(drawn.bands), _stroke(BAND, 0.5, DASHES), words("figure_bands", list=listed)),
        *((True, _stroke(ZONE, 0.5, ZONE_DASHES), words.zone(zone)) for zone in drawn.zones),
        (drawn.hollow and bool(scene.size_by), empty, words("figure_none")),
        (drawn.uncertain, _ring(0.4, DOTS), words("legend_uncertain")),
        (drawn.fuzzy, _ring(0.5, RING_DASHES), words("legend_fuzzy")),
    ]
    block = _rows("", [(key, told) for there, key, told in rows if there], width)
    if not (len(plan.signs) and int(plan.signs.count.max()) > 1):
        return block
    factor = 1.609344 if scene.units == "mi" else 1.0
    far = float(f"{plan.reach * plan.sheet.scale / 1000.0 / factor:.2g}") * factor
    note = words("figure_many", far=words.distance(far, scene.units))
    lines = lines_block([note], width, 6, colour=MUTED, gid="legend")

    def draw(axes: Axes, x: float, y: float) -> None:
        block.draw(axes, x, y)
        lines.draw(axes, x, y - block.height - 0.4)

    return Block(block.height + 0.4 + lines.height, draw)


def _scale(plan: Plan, width: float) -> Block:
    """Bars in kilometres and miles, each true where the words below say."""
    sheet, words = plan.sheet, plan.words
    room = min(width - 9.0, 44.0)
    bars = [
        (sheet.scale_bar(room), 1000.0, "km"),
        (sheet.scale_bar(room, 1609.344), 1609.344, "mi"),
    ]
    main = bars[0][0]
    percent = main.error * 100.0
    at = {
        "lat": words.degrees(round(main.lat * 60) / 60, "lat"),
        "lon": words.degrees(round(main.lon * 60) / 60, "lon"),
    }
    if percent <= 0.5:
        note = words("figure_scale_all", percent=words.up_to_two(_ceiling(percent)))
    else:
        note = words("figure_scale", **at)
        note += words("figure_scale_error", percent=words.up_to_two(_ceiling(percent)))
    lines = lines_block([note], width, 6, colour=MUTED, gid="legend")

    def draw(axes: Axes, x: float, y: float) -> None:
        y -= 3.2
        x += 0.3
        for bar, unit, name in bars:
            down = name == "mi"
            tip = -1.0 if down else 1.0
            end = x + bar.width_mm
            axes.plot(
                [x, x, end, end], [y + tip, y, y, y + tip],
                color=INK, lw=0.8, zorder=11, solid_joinstyle="miter", gid=f"scale-{name}",
            )  # fmt: skip
            label = f"{words.up_to_two(bar.length_m / unit)}\N{NO-BREAK SPACE}{name}"
            foot = y - 2.4 if down else y + 0.7
            paper.text(axes, end + 0.8, foot, label, _SIZE, gid="scale-label")
        x -= 0.3
        lines.draw(axes, x, y - 3.2)

    return Block(6.4 + lines.height, draw)


def _ceiling(percent: float) -> float:
    """A percentage that holds, in few figures."""
    step = 0.1 if percent < 1 else 1.0
    return max(0.1, round(math.ceil(percent / step - 1e-9) * step, 1))


def _inset(scene: Scene, outer: Sheet, inner: Sheet) -> Block:
    def draw(axes: Axes, x: float, y: float) -> None:
        figure: Any = axes.figure
        wide, tall = (length * paper.MM for length in figure.get_size_inches())
        box = (x / wide, (y - inner.height) / tall, inner.width / wide, inner.height / tall)
        own = figure.add_axes(box, gid="inset")
        bare(own, inner.width, inner.height)
        draw_inset(own, inner, scene, outer)
        frame(own, inner)

    return Block(inner.height, draw)


def bare(axes: Axes, width: float, height: float) -> None:
    """Axes without any furniture, one unit a millimetre."""
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)


def frame(axes: Axes, sheet: Sheet) -> None:
    """A thin line around a map."""
    edge = Rectangle(
        (0, 0), sheet.width, sheet.height, fill=False, ec=INK, lw=0.5, zorder=9, clip_on=False
    )
    axes.add_patch(edge)


# --- words ---------------------------------------------------------------------------------------


def summary(scene: Scene, words: Words) -> str:
    """What the map is of, in figures: those at the head of the page."""
    border = words.border(scene.border.label)
    if scene.subject == "place" and len(scene):
        km, off = numbers(scene, "border_km"), numbers(scene, "border_uncertainty_km")
        if km is None or off is None:
            return words("measured_to", border=border)
        far = words.far(float(km[0]), scene.units)
        uncertain = words.one_unit(float(off[0]), scene.units)
        return words("figure_place", far=far, uncertainty=uncertain, border=border)
    parts = []
    if len(scene):
        parts.append(words.count("incident", len(scene)))
        for name in ("killed", "injured"):
            total = _total(scene, name)
            if total:
                parts.append(words.count(name, total))
        dates = _dates(scene, words)
        if dates:
            parts.append(dates)
    return " · ".join([*parts, words("measured_to", border=border)])


def _total(scene: Scene, name: str) -> float:
    values = numbers(scene, name)
    return 0.0 if values is None else float(np.nansum(np.maximum(values, 0)))


def _dates(scene: Scene, words: Words) -> str:
    column = scene.column("date")
    if column is None:
        return ""
    codes = np.asarray(column.values)
    codes = codes[codes > 0]
    if not len(codes):
        return ""
    low, high = int(codes.min()), int(codes.max())
    if low == high:
        return words.date(low)
    first, last = low // 10000, high // 10000
    return str(first) if first == last else f"{first}–{last}"


def credits_of(scene: Scene, sheet: Sheet, words: Words) -> list[str]:
    """What stands at the foot: what is missing, the projection, the sources, the date of making."""
    out = []
    if scene.rejected_count:
        out.append(words.count("figure_not_placed", scene.rejected_count))
    out += [note if note.endswith((".", "!", "?")) else note + "." for note in scene.notes if note]
    p = sheet.projection
    name = words(
        f"projection_{p.kind}",
        a=words.up_to_two(p.parallels[0]) if p.parallels else "",
        b=words.up_to_two(p.parallels[1]) if p.parallels else "",
        lat=words.degrees(round(p.lat * 60) / 60, "lat"),
        lon=words.degrees(round(p.lon * 60) / 60, "lon"),
        place=_place(scene),
    )
    out.append(words("figure_projection", name=name))
    for role in dict.fromkeys(credit.role for credit in scene.credits):
        if role in ("software", "tiles"):  # of the page
            continue
        each = [credit for credit in scene.credits if credit.role == role]
        # Sources of one role share names: each is told once, and so is each licence.
        names = dict.fromkeys(part.strip() for c in each for part in c.attribution.split(";"))
        licences = dict.fromkeys(c.licence for c in each if c.licence)
        told = "; ".join(name for name in names if name)
        rest = ", ".join(_shortest([one for one in licences if one not in told]))
        licence = f" ({rest})" if rest else ""
        out.append(f"{words('credit_' + role)}: {told}{licence}.")
    if scene.made:
        out.append(words("figure_made", date=words.date(int(scene.made.replace("-", "")))))
    return out


def _shortest(licences: list[str]) -> list[str]:
    """Without those that only say more of one that is there: "public domain (work of ...)"."""
    return [
        one
        for one in licences
        if not any(one != other and one.startswith(other) for other in licences)
    ]


def _place(scene: Scene) -> str:
    column = scene.column("place")
    return texts(column)[0] if column and len(scene) else ""


def lines_block(
    paragraphs: Sequence[str],
    width: float,
    size: float,
    *,
    weight: paper.Weight = "regular",
    colour: str = INK,
    most: int = 99,
    gid: str | None = None,
) -> Block:
    """Text as wide as there is room for."""
    lines = [
        line
        for one in paragraphs
        for line in paper.wrap(one, size, width, weight=weight, most=most)
    ]
    step = size * PT * 1.3

    def draw(axes: Axes, x: float, y: float) -> None:
        for i, line in enumerate(lines):
            paper.text(
                axes, x, y - (i + 1) * step + size * PT * 0.28, line, size,
                weight=weight, colour=colour, gid=gid,
            )  # fmt: skip

    return Block(len(lines) * step, draw)
