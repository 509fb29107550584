"""Scene → one standalone HTML file, on a folium skeleton.

folium makes the skeleton and the Leaflet map; it never sees a datum. Where data, Leaflet, our own
layer and the policy belong, the skeleton holds a mark, and the marks are replaced in the rendered
text, which no template engine reads again. Data travel as base64 in elements that show nothing, their
description as JSON; the page's own code, deflated like them, puts them on screen as text.

The page's Content-Security-Policy allows the scripts and styles in it by their hashes and nothing
else: no request to any host, no event handler in an attribute, no frame, no form.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any, cast

import branca.element
import folium

from bordermap._scene import pack
from bordermap._scene.fields import measures
from bordermap._scene.pack import Progress, Sections
from bordermap.basemap import LINES
from bordermap.errors import DataError, InputError
from bordermap.scene import Scene
from bordermap.words import page_words

__all__ = ["add_to", "to_folium", "to_html"]

_LEAFLET = "django-js-lib-leaflet"
_LEAFLET_FILES = "js_lib_leaflet/static/js_lib_leaflet/"
_SHARED = (
    *("words.js", "texts.js", "data.js", "colour.js", "groups.js", "draw.js", "basemap.js"),
    "detail.js",
)
_SCRIPTS = (
    *_SHARED,
    *("select.js", "panel.js", "filters.js", "paper.js", "nearest.js", "pointer.js", "layer.js"),
)
_BRIDGE = ("inflate.js", *_SHARED, "bridge.js")
_COLOURED = {"map.css": ":root", "bridge.css": ".bm-onto"}  # what the palette is laid on
_MARK = "<!--bordermap:{}-->"
# Columns that the map is drawn from; those that `data.js` unpacks at once.
_OPENING = frozenset(
    {"lon", "lat", "date", "killed", "injured", "category", "border_km", "radius_m", "match"}
)
# Characters of base64 in one element: a browser reads several sooner than a long one.
_PIECE = 1 << 18
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def to_html(scene: Scene, progress: Progress | None = None) -> str:
    """One HTML page that needs no other file and asks no host.

    The same scene gives the same text, always; all of it is ASCII.

    Parameters
    ----------
    scene : Scene
    progress : callable, optional
        Is told what is being done, how many rows are done, and of how many.

    Raises
    ------
    SceneError
        When there is no dictionary for the scene's language.
    DataError
        When the files of Leaflet are not installed.
    """
    figure = cast("_Page", to_folium(scene).get_root())
    figure.progress = progress
    return figure.render()


def to_folium(scene: Scene) -> folium.Map:
    """A `folium.Map` whose rendering is our page: the way out for those who go on with folium.

    What is added to it is rendered with it, by folium's rules: whatever it loads from other hosts
    the page's policy forbids, and data passed through folium's own layers are folium's to escape.
    """
    west, south, east, north = scene.view
    view = folium.Map(
        location=[round((south + north) / 2, 4), round((west + east) / 2, 4)],
        zoom_start=5,
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        wheel_px_per_zoom_level=90,
        min_zoom=2,
        max_zoom=14,
    )
    # folium draws its identifiers at random; ours stay, so that the bytes do.
    view._id = "bordermap"  # noqa: SLF001
    view.default_js = []
    view.default_css = []
    page = _Page(scene)
    page.add_child(view)
    return view


def add_to(scene: Scene, view: folium.Map) -> None:
    """Put the incidents, the border and their popups onto a `folium.Map`, beside what it has.

    No datum passes through a template of folium's or branca's: what is put into the page is
    elements of it that render as they stand. The page goes on asking the hosts that folium asks.
    """
    if not isinstance(view, folium.Map):
        raise InputError(f"add_to() is given a {type(view).__name__}: give it a folium.Map")
    view.add_child(_Onto(scene, view))


class _Literal(branca.element.Element):
    """A part of a page that stands as it is; no template engine reads it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 - branca's signature
        return self._text


class _Onto(branca.element.Element):
    """A child of a folium map that, when the map is rendered, adds our layer to its page."""

    def __init__(self, scene: Scene, view: folium.Map) -> None:
        super().__init__()
        self._scene = scene
        self._view = view
        self._key = f"{view.get_name()}_bordermap{len(view._children)}"  # noqa: SLF001

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 - branca's signature
        scene, key = replace(self._scene, basemap={}), self._key
        page: Any = self._view.get_root()
        meta, pieces, _ = _packed(scene, page_words(scene.lang), {})
        data = (
            f'<script type="application/json" id="{key}-meta">{_json(meta)}</script>\n'
            f'<script type="text/plain" id="{key}-data">{"".join(pieces)}</script>'
        )
        call = f'window.bordermapOnto("{key}", {self._view.get_name()});\n'
        for parent, name, text in (
            (page.header, "bordermap_style", f"<style>{_own_style('bridge.css')}</style>"),
            (page.html, key, data),
            (page.script, "bordermap_code", _onto()),
            (page.script, key, call),
        ):
            parent.add_child(_Literal(text), name=name)
        return ""


class _Page(branca.element.Figure):
    """A branca figure that, once rendered, is completed with what no template may see."""

    progress: Progress | None = None

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self._id = "bordermap"
        self._scene = scene
        for name in ("head", "body", "data"):
            parent = self.header if name == "head" else self.html
            child = branca.element.Element(_MARK.format(name))
            if name != "body":
                parent.add_child(child, name=f"bordermap_{name}")
        self.script.add_child(branca.element.Element("/*bordermap:open*/"), name="zz_open")

    def render(self, **kwargs: Any) -> str:
        script = self.script._children  # noqa: SLF001
        script["zz_open"] = script.pop("zz_open")  # after all that folium adds
        return _complete(super().render(**kwargs), self._scene, self.progress)


def _complete(skeleton: str, scene: Scene, progress: Progress | None) -> str:
    """The skeleton with Leaflet, our layer, the data and the policy in it."""
    words = page_words(scene.lang)
    # The skeleton forbids zooming by hand, which a reader with weak eyes needs.
    skeleton = re.sub(
        r'<meta name="viewport"[^>]*>',
        '<meta name="viewport" content="width=device-width, initial-scale=1" />',
        skeleton,
    )
    skeleton = skeleton.replace("<html>", f'<html lang="{html.escape(scene.lang)}">', 1)
    skeleton = "\n".join(line.rstrip() for line in skeleton.split("\n") if line.strip())
    skeleton = skeleton.replace("/*bordermap:open*/", _joined(("inflate.js", "open.js")))
    leaflet_js, leaflet_css = _leaflet()
    head = f"<style>{leaflet_css}</style>\n<script>{leaflet_js}</script>"
    skeleton = skeleton.replace(_MARK.format("head"), head)
    assets = {"layer": _layer(), "style": _own_style("map.css")}
    meta, pieces, wanted = _packed(scene, words, assets, progress)
    # Nothing that came from outside is in the text before this line; nothing reads it after.
    before, _, after = skeleton.partition(_MARK.format("data"))
    opening, _, rest = before.partition("<head>")
    after, *end = after.rpartition("</html>")
    return "".join(
        (
            opening,
            "<head>\n",
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(skeleton, scene)}">\n',
            f"<title>{_text(scene.title or words['incidents'])}</title>\n",
            '<link rel="icon" href="data:,">',
            rest,
            f'<noscript><p class="bm-noscript">{_text(words["no_script"])}</p></noscript>\n',
            f'<script type="application/json" id="bordermap-meta">{_json(meta)}</script>\n',
            *map(_held, pieces[:wanted]),
            after,
            # The page opens while it reads these.
            *map(_held, pieces[wanted:]),
            *end,
        )
    )


def _held(piece: str) -> str:
    # A browser reads a template sooner than a script, even one that it is not to run.
    return f'<template class="bordermap-data">{piece}</template>\n'


def _policy(skeleton: str, scene: Scene) -> str:
    """The Content-Security-Policy that allows what the skeleton holds, by hash, and the tiles' host."""
    scripts = " ".join(_hash(text) for text in (*_SCRIPT.findall(skeleton), _layer()))
    styles = " ".join(_hash(text) for text in (*_STYLE.findall(skeleton), _own_style("map.css")))
    tiles = f" {scene.tiles.origin}" if scene.tiles else ""
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; "
        f"img-src data: blob:{tiles}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _text(text: str) -> str:
    """Text for an element of the page; what a parser could take for more is escaped."""
    return html.escape(text, quote=True).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _json(value: Any) -> str:
    """JSON that no HTML parser mistakes for markup: ASCII without its signs."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


# --- what the page is made of --------------------------------------------------------------------


@lru_cache(maxsize=32)
def _asset(name: str) -> str:
    return resources.files("bordermap").joinpath("assets", name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _layer() -> str:
    """Our layer as one script; it travels deflated, and the page's policy names its hash."""
    return _joined(_SCRIPTS)


def _joined(names: Sequence[str]) -> str:
    """Scripts as one, which leaves no names behind."""
    body = "\n".join(_compact(_asset(name)) for name in names)
    return f"(function () {{\n'use strict';\n{body}\n}})();\n"


@lru_cache(maxsize=1)
def _onto() -> str:
    """A function that puts one of our maps onto another, its own words and units with it."""
    body = "\n".join(_compact(_asset(name)) for name in _BRIDGE)
    return f"window.bordermapOnto = function (id, map) {{\n'use strict';\n{body}\nonto(id, map);\n}};\n"


def _compact(script: str) -> str:
    """Without indentation and comment lines: the reader's copy stays small."""
    kept = (line.strip() for line in script.split("\n"))
    return "\n".join(line for line in kept if line and not line.startswith("//"))


@lru_cache(maxsize=2)
def _own_style(name: str) -> str:
    # Another's page may have colours of these names for itself.
    palette = _asset("palette.css").replace(":root", _COLOURED[name])
    text = re.sub(r"/\*.*?\*/", "", palette + _asset(name), flags=re.DOTALL)
    # No string of ours holds any of these; a colon is spaced in declarations alone.
    text = re.sub(r"\s*([{};,])\s*", r"\1", text.strip())
    return re.sub(r":\s+", ":", text).replace(";}", "}\n")


@lru_cache(maxsize=1)
def _leaflet() -> tuple[str, str]:
    """Leaflet's script and style sheet out of the installed package, free of outward references."""
    try:
        package = metadata.distribution(_LEAFLET)
    except metadata.PackageNotFoundError as error:
        raise DataError(
            f"the package {_LEAFLET}, which holds Leaflet, is not installed: pip install {_LEAFLET}"
        ) from error
    texts = []
    for name in ("leaflet.js", "leaflet.css"):
        path = Path(str(package.locate_file(_LEAFLET_FILES + name)))
        try:
            texts.append(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise DataError(
                f"the package {_LEAFLET} {package.version} has no {name}: install it again with "
                f"pip install --force-reinstall {_LEAFLET}"
            ) from error
    script = re.sub(r"\n?//# sourceMappingURL=\S+", "", texts[0]).strip()
    if "</script" in script.lower():
        raise DataError(f"{_LEAFLET} {package.version} cannot be put into a page; use 1.9.4.1")
    style = re.sub(r"(behavior|background(?:-image)?)\s*:\s*url\([^)]*\);?", "", texts[1])
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    return script, "\n".join(line.strip() for line in style.split("\n") if line.strip())


# --- data ----------------------------------------------------------------------------------------


def _packed(
    scene: Scene, words: dict[str, Any], assets: dict[str, str], progress: Progress | None = None
) -> tuple[dict[str, Any], list[str], int]:
    """The page's description of itself, its data and assets in pieces, and how many it opens with."""
    sections = Sections()
    opened = {name: sections.add(text.encode("utf-8")) for name, text in assets.items()}
    match = scene.column("match")
    meta: dict[str, Any] = {
        "title": scene.title,
        "lang": scene.lang,
        "made": int(scene.made.replace("-", "")) if scene.made else None,
        "n": len(scene),
        "piece": _PIECE,
        "view": scene.view,
        "extra": scene.extra,
        "measures": measures(scene.columns, scene.extra),
        "names": {},
        "subject": scene.subject,
        "units": scene.units,
        "size_by": scene.size_by,
        "color_by": scene.color_by,
        "has_fuzzy": bool(match and "fuzzy" in match.labels),
        "border": {
            "key": scene.border.key,
            "label": scene.border.label,
            "accuracy_m": scene.border.accuracy_m,
            "quantum": scene.border.quantum,
            "at": sections.add_lines(scene.border.lines),
            "bands": [
                [band.km, sections.add_lines(band.lines), band.quantum, band.zone or ""]
                for band in scene.border.bands
            ],
        },
        "basemap": _pack_basemap(scene.basemap, sections),
        "rejected_count": scene.rejected_count,
        "rejected": sections.add_json(
            {"columns": scene.rejected_columns, "rows": scene.rejected}, later=True
        ),
        "notes": scene.notes,
        "protection": asdict(scene.protection) if scene.protection else None,
        "tiles": asdict(scene.tiles) if scene.tiles else None,
        "credits": [asdict(credit) for credit in scene.credits],
        **opened,
        "strings": sections.add_json(words),
        "beginning": pack.beginning(scene.columns, sections),
        "failed": words["failed"],
    }
    meta |= pack.columns(scene.columns, sections, {*_OPENING, scene.size_by, scene.color_by})
    raw, wanted = sections.deflated(progress)
    blob = base64.b64encode(raw).decode("ascii")
    pieces = [blob[at : at + _PIECE] for at in range(0, len(blob), _PIECE)]
    return meta, pieces, math.ceil(wanted / 3 * 4 / _PIECE)


def _pack_basemap(shapes: dict[str, Any], sections: Sections) -> dict[str, Any]:
    """Lines in sections of their own, labels and figures in one of JSON."""
    lines = {name: shapes[name] for name in LINES if name in shapes}
    rest = {name: value for name, value in shapes.items() if name not in lines}
    return {
        "lines": {name: sections.add_lines(values) for name, values in lines.items()},
        "rest": sections.add_json(rest),
    }
