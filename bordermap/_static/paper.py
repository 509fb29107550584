"""A sheet of paper for matplotlib: lengths in millimetres, text measured before it is set.

Nothing here reads the user's settings of matplotlib nor pyplot's state. Text is set as it stands:
no dollar sign starts a formula.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
from matplotlib import patheffects
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.textpath import text_to_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["INK", "MM", "MUTED", "PT", "fitting", "halo", "settings", "text", "width_of", "wrap"]

MM = 25.4  # in an inch
PT = 25.4 / 72  # millimetres in a point
INK, MUTED = "#16191d", "#4a5058"
Weight = Literal["regular", "bold"]

_FONTS = {"regular": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}
_LOCK = threading.RLock()
_BLANKS = re.compile("[ \t\n\r\f\v\u2028\u2029]+")  # a no-break space stays
# Controls, lone surrogates and what turns the direction of the text around it.
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@contextmanager
def settings() -> Iterator[None]:
    """Matplotlib with its own defaults and ours, whatever the user's file or program has set.

    The settings are the process's: one figure is made at a time.
    """
    with _LOCK, mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "text.parse_math": False,
                "text.hinting": "none",
                "pdf.fonttype": 42,
                "pdf.compression": 9,
                "svg.fonttype": "path",
                "svg.hashsalt": "bordermap",
                "path.simplify": False,
                "agg.path.chunksize": 20_000,
            }
        )
        yield


@lru_cache(maxsize=4096)
def _shown(given: str) -> str:
    """One line of what the font can show; everything else becomes U+FFFD."""
    line = _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", _BLANKS.sub(" ", given).strip())
    known = _charmap(_path("regular"))
    missing = {ord(char) for char in line} - known
    if not missing or _fallback(frozenset(missing)):
        return line
    return "".join(char if ord(char) in known else "\N{REPLACEMENT CHARACTER}" for char in line)


@lru_cache(maxsize=2)
def _path(weight: Weight) -> Path:
    return Path(mpl.get_data_path(), "fonts", "ttf", _FONTS[weight])


@lru_cache(maxsize=256)
def _charmap(path: Path) -> frozenset[int]:
    return frozenset(get_font(str(path)).get_charmap())


@lru_cache(maxsize=256)
def _fallback(missing: frozenset[int]) -> str | None:
    """Family of an installed font that has characters which ours, made for Latin, lacks."""
    for entry in sorted(fontManager.ttflist, key=lambda entry: (entry.name, str(entry.fname))):
        try:
            if missing <= _charmap(Path(entry.fname)):
                return str(entry.name)
        except (OSError, RuntimeError, ValueError):  # fonts of pictures, damaged ones
            continue
    return None


def _font(line: str, size: float, weight: Weight) -> FontProperties:
    missing = {ord(char) for char in line} - _charmap(_path("regular"))
    other = _fallback(frozenset(missing)) if missing else None
    if other:
        return FontProperties(family=["DejaVu Sans", other], size=size, weight=weight)
    return FontProperties(fname=_path(weight), size=size)


@lru_cache(maxsize=8192)
def width_of(given: str, size: float, weight: Weight = "regular") -> float:
    """Width of a line of text, millimetres."""
    line = _shown(given)
    if not line:
        return 0.0
    found = text_to_path.get_text_width_height_descent(line, _font(line, size, weight), False)
    return float(found[0]) * PT


def wrap(
    given: str, size: float, width: float, *, weight: Weight = "regular", most: int = 99
) -> list[str]:
    """The text in lines no wider than `width` millimetres; past `most` lines it ends with "…"."""
    lines: list[str] = []
    current = ""
    # Longer than any figure has room for: what follows is not looked at.
    for word in _shown(given[:5000]).split(" "):
        rest = word
        while rest:
            trial = f"{current} {rest}" if current else rest
            if width_of(trial, size, weight) <= width:
                current, rest = trial, ""
            elif current:
                lines.append(current)
                current = ""
            else:
                head = fitting(rest, size, width, weight=weight, ending="")
                lines.append(head)
                rest = rest[len(head) :]
            if len(lines) > most:
                break
        if len(lines) > most:
            break
    if current:
        lines.append(current)
    if len(lines) > most:
        lines = lines[:most]
        lines[-1] = fitting(lines[-1] + " …", size, width, weight=weight, force=True)
    return lines


def fitting(
    given: str,
    size: float,
    width: float,
    *,
    weight: Weight = "regular",
    ending: str = "…",
    force: bool = False,
) -> str:
    """As much of a line as fits into `width`, with an ending where it was cut; one letter at least."""
    line = _shown(given)
    if width_of(line, size, weight) <= width:
        return line
    if force:
        line = line.removesuffix("…").rstrip()
    low, high = 1, len(line)
    while low < high:
        half = (low + high + 1) // 2
        if width_of(line[:half].rstrip() + ending, size, weight) <= width:
            low = half
        else:
            high = half - 1
    cut = line[:low]
    return (cut.rstrip() + ending) if ending else cut


def text(
    axes: Axes,
    x: float,
    y: float,
    given: str,
    size: float,
    *,
    weight: Weight = "regular",
    colour: str = INK,
    ha: Literal["left", "center", "right"] = "left",
    va: Literal["top", "baseline", "center", "bottom"] = "baseline",
    gid: str | None = None,
    turned: float = 0.0,
    zorder: float = 10.0,
) -> Any:
    """Set a line of text at a point of the sheet, in its final size in points."""
    line = _shown(given)
    artist = axes.text(
        x,
        y,
        line,
        fontproperties=_font(line, size, weight),
        color=colour,
        ha=ha,
        va=va,
        rotation=turned,
        zorder=zorder,
        parse_math=False,
        clip_on=False,
    )
    artist.set_gid(gid)
    return artist


def halo(artist: Any, colour: str, width: float = 1.6) -> None:
    """Put a halo behind a text, which itself stays text in a PDF."""
    axes = artist.axes
    x, y = artist.get_position()
    behind = axes.text(
        x,
        y,
        artist.get_text(),
        fontproperties=artist.get_fontproperties(),
        color=colour,
        ha=artist.get_ha(),
        va=artist.get_va(),
        rotation=artist.get_rotation(),
        zorder=artist.get_zorder() - 0.5,
        parse_math=False,
    )
    behind.set_path_effects([patheffects.Stroke(linewidth=width, foreground=colour)])
