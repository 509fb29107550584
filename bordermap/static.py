"""Scene → a figure for print: PNG, SVG or PDF, without a browser.

The figure is made at its final size, 84 mm for a column or 174 mm for a page, say; it is projected
for what it shows, and its scale bar is measured on the ellipsoid. It shows the same classes, colours
and numbers as the page. The same scene gives the same bytes, always.

matplotlib, which draws it, comes with ``pip install "bordermap[static]"``.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from bordermap._extras import needed
from bordermap._static.projection import Sheet, choose
from bordermap._static.signs import classify, gather, numbers
from bordermap.errors import InputError
from bordermap.words import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from bordermap._static.panel import Plan
    from bordermap.scene import Scene

__all__ = ["FORMATS", "alt_text", "check", "figure", "named", "render"]

FORMATS = ("png", "svg", "pdf")
DPI = 300
_MM = 25.4
_NARROWEST, _WIDEST = 60.0, 400.0
_MARGIN = 1.5
_REACHES = (1.3, 2.0, 3.0, 4.5, 6.5)
_ROOM_FOR_A_SIGN = 12.0  # square millimetres
_GUTTER = 3.6  # beside and below the map, for the labels of the graticule


def render(scene: Scene, kind: str = "png", *, width_mm: float = 174.0, dpi: int = DPI) -> bytes:
    """The figure as the bytes of a file.

    Parameters
    ----------
    scene : Scene
    kind : {"png", "svg", "pdf"}
        A PDF has its fonts embedded; letters of an SVG are shapes, so that they look alike
        everywhere, and its words stand in its title and description.
    width_mm : float
        Final width: 84 for a column, 174 for a page; from 60 to 400.
    dpi : int
        Dots per inch of a PNG: 300 for print, half as many for a screen.

    Raises
    ------
    InputError
        When matplotlib is not installed, or `kind` or the width is none of these.
    """
    if kind not in FORMATS:
        raise InputError(f"there is no figure of kind {kind!r}; use {', '.join(FORMATS)}")
    check(width_mm)
    from bordermap._static import paper as _paper

    words = Words(scene.lang, "figure")
    title, told = scene.title or named(scene), alt_text(scene)
    stream = io.BytesIO()
    with _paper.settings():
        drawn = _compose(scene, width_mm, words)
        drawn.savefig(stream, format=kind, dpi=dpi, metadata=_metadata(kind, scene, title, told))
    if kind == "svg":
        return _accessible(stream.getvalue().decode("utf-8"), scene.lang, title, told)
    return stream.getvalue()


def figure(scene: Scene, *, width_mm: float = 174.0) -> Figure:
    """The figure for those who go on with matplotlib; `render` makes the file.

    All axes count in millimetres of paper; artists are known by their `gid`.

    Raises
    ------
    InputError
        When matplotlib is not installed, or the width is out of range.
    """
    check(width_mm)
    from bordermap._static import paper as _paper

    with _paper.settings():
        return _compose(scene, width_mm, Words(scene.lang, "figure"))


def alt_text(scene: Scene) -> str:
    """What the figure shows, in a sentence or two for those who do not see it."""
    from bordermap._static.legend import summary

    words = Words(scene.lang, "figure")
    return f"{named(scene)}. {summary(scene, words)}."


def named(scene: Scene) -> str:
    """What the map is of, in a few words: "Map of 51 incidents and the US border"."""
    words = Words(scene.lang, "figure")
    border = words.border(scene.border.label)
    if scene.subject == "place" or not len(scene):
        return words("figure_of_border", border=border)
    return words("figure_of", what=words.count("incident", len(scene)), border=border)


def check(width_mm: float) -> None:
    """Whether a figure of that width can be drawn here.

    Raises
    ------
    InputError
        When matplotlib is not installed, or the width is out of range.
    """
    needed("matplotlib", "a PNG, SVG or PDF figure", "static")
    if not _NARROWEST <= width_mm <= _WIDEST:
        raise InputError(
            f"a figure cannot be {width_mm:g} mm wide: give {_NARROWEST:g} to {_WIDEST:g}, "
            "84 for a column, 174 for a page"
        )


# --- composition ---------------------------------------------------------------------------------


def _compose(scene: Scene, width: float, words: Words) -> Figure:
    """Head, map, legend and foot under each other, as high as they are."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from bordermap._static import legend, panel

    inner = width - 2 * _MARGIN
    wide = width >= 120
    plan = _plan(scene, inner - _GUTTER, words, wide=wide)
    sheet = plan.sheet
    head = [
        legend.lines_block(
            [scene.title], inner, 9.5 if wide else 8.5, weight="bold", most=3, gid="title"
        ),
        legend.lines_block(
            [legend.summary(scene, words)], inner, 7.0 if wide else 6.5, most=4, gid="summary"
        ),
    ]
    if not scene.title:
        head = head[1:]
    foot = legend.lines_block(
        [" ".join(legend.credits_of(scene, sheet, words))],
        inner,
        6,
        colour="#4a5058",
        gid="credits",
    )
    columns = max(1, round(inner / 41))
    gap = 3.5
    column = (inner - gap * (columns - 1)) / columns
    # What the legend must explain is known once the map is drawn, and its height only then.
    drawing = Figure(figsize=(width / _MM, 1.0))
    FigureCanvasAgg(drawing)
    map_axes = drawing.add_axes((0, 0, 1, 1), gid="map")
    legend.bare(map_axes, sheet.width, sheet.height)
    drawn = panel.draw_map(map_axes, plan)
    legend.frame(map_axes, sheet)
    blocks = legend.blocks(plan, drawn, column)
    legend_height, places = legend.flow(blocks, columns, 2.5)
    top = sum(block.height for block in head) + 1.2
    height = _MARGIN + top + sheet.height + _GUTTER + 1.6 + legend_height + 2.0 + foot.height
    height += _MARGIN
    drawing.set_size_inches(width / _MM, height / _MM)
    below = height - _MARGIN - top - sheet.height
    map_axes.set_position(
        (
            (_MARGIN + _GUTTER) / width,
            below / height,
            sheet.width / width,
            sheet.height / height,
        )
    )
    paper = drawing.add_axes((0, 0, 1, 1), gid="paper")
    legend.bare(paper, width, height)
    y = height - _MARGIN
    for block in head:
        block.draw(paper, _MARGIN, y)
        y -= block.height
    y = below - _GUTTER - 1.6
    for block, (at, down) in zip(blocks, places, strict=True):
        block.draw(paper, _MARGIN + at * (column + gap), y - down)
    foot.draw(paper, _MARGIN, y - legend_height - 2.0)
    return drawing


def _plan(scene: Scene, width: float, words: Words, *, wide: bool) -> Plan:
    from bordermap._static.panel import Plan

    sheet = _sheet(scene, width)
    classes = classify(scene, words)
    places = _places(scene, sheet)
    # As few signs as there is room for: what would be a heap becomes fewer, larger ones.
    for reach in _REACHES:
        signs = gather(
            scene,
            classes,
            places,
            reach=reach,
            largest=4.6 if wide else 3.4,
            least=0.6 if wide else 0.5,
        )
        if len(signs) <= sheet.width * sheet.height / _ROOM_FOR_A_SIGN:
            break
    return Plan(scene, words, sheet, classes, signs, reach)


def _sheet(scene: Scene, width: float) -> Sheet:
    """The projection and the rectangle that show every incident and its way to the border."""
    from bordermap._static.panel import lonlat_lines

    pairs = [(numbers(scene, x), numbers(scene, y)) for x, y in _PAIRS]
    known = [(x, y) for x, y in pairs if x is not None and y is not None]
    if known:
        lon = np.concatenate([x for x, _ in known])
        lat = np.concatenate([y for _, y in known])
        told = np.isfinite(lon) & np.isfinite(lat)
        lon, lat = lon[told], lat[told]
    else:
        line = np.concatenate(lonlat_lines(scene.border.lines, scene.border.quantum))
        lon, lat = line.T
    about = (float(lon[0]), float(lat[0])) if scene.subject == "place" and known else None
    return Sheet.around(choose(lon, lat, about=about), lon, lat, width)


_PAIRS = (("lon", "lat"), ("nearest_lon", "nearest_lat"))


def _places(scene: Scene, sheet: Sheet) -> NDArray[np.float64]:
    lon, lat = numbers(scene, "lon"), numbers(scene, "lat")
    if lon is None or lat is None:
        return np.empty((0, 2))
    return sheet.place(lon, lat)


# --- files ---------------------------------------------------------------------------------------


def _metadata(kind: str, scene: Scene, title: str, told: str) -> dict[str, Any]:
    """Title and description; the date of making if the scene has one, never the clock's."""
    title, told = (_plain(one) for one in (title, told))
    made = datetime.fromisoformat(scene.made).replace(tzinfo=UTC) if scene.made else None
    if kind == "pdf":
        return {"Title": title, "Subject": told, "Creator": "bordermap", "CreationDate": made}
    if kind == "svg":
        return {"Date": scene.made, "Creator": "bordermap"}
    return {"Title": title, "Description": told, "Software": "bordermap"}


def _plain(text: str) -> str:
    """What any format can hold on one line."""
    return re.sub(
        "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", "\N{REPLACEMENT CHARACTER}", text
    )


def _accessible(svg: str, lang: str, title: str, told: str) -> bytes:
    """The SVG with its title and description, which a screen reader says in place of shapes."""
    title, told = (escape(_plain(one)) for one in (title, told))
    head = (
        f'<svg role="img" lang="{escape(lang)}" aria-labelledby="bordermap-title bordermap-desc" '
    )
    said = f'<title id="bordermap-title">{title}</title>\n <desc id="bordermap-desc">{told}</desc>'
    # A hundredth of a point is finer than any press; a document type may be refused, or asked for.
    svg = re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), svg)
    svg = re.sub(r"<!DOCTYPE.*?>\n", "", svg, count=1, flags=re.DOTALL)
    # Names of groups are ours, and repeat; in a page they would meet the page's own.
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = svg.replace("<svg ", head, 1)
    opening, close, rest = svg.partition(">\n <metadata>")
    return f"{opening}>\n {said}{close[1:]}{rest}".encode()
