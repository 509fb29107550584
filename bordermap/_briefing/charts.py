"""Bar charts of a briefing, drawn by matplotlib; the same figures give the same bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bordermap._extras import needed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["WIDTH_MM", "Bars"]

_INK = "#1d2b36"
_BAR = "#2b5f8a"
_GRID = "#c9d1d8"
_MM = 1 / 25.4
WIDTH_MM = 170.0
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.edgecolor": _GRID,
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "svg.hashsalt": "bordermap",
    "svg.fonttype": "path",
    "text.parse_math": False,  # a category may hold a dollar sign
}


@dataclass(frozen=True)
class Bars:
    """A bar chart of counts.

    Attributes
    ----------
    labels, values : sequences of one length
    texts : sequence of str
        The counts as the reader's language writes them.
    ticks : sequence of int, optional
        Positions whose labels are shown; with them the bars stand upright, else they lie.
    """

    labels: Sequence[str]
    values: Sequence[int]
    texts: Sequence[str]
    ticks: Sequence[int] | None = None

    def draw(self, kind: Literal["svg", "png"]) -> bytes:
        """The chart as a picture, 170 mm wide."""
        mpl = needed("matplotlib", "a chart", "report")
        from matplotlib.figure import Figure

        upright = self.ticks is not None
        height = 52.0 if upright else 9.0 + 6.2 * len(self.values)
        with mpl.rc_context(_STYLE):
            figure = Figure(figsize=(WIDTH_MM * _MM, height * _MM), layout="constrained")
            axes = figure.add_subplot()
            (self._upright if upright else self._lying)(axes)
            axes.spines[["top", "right"]].set_visible(False)
            axes.tick_params(length=0)
            axes.set_axisbelow(True)
            out = io.BytesIO()
            # Neither the clock nor the library's version goes into the file.
            nameless = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
            with warnings.catch_warnings():
                # A letter that the font lacks is drawn as a box; the tables have it as text.
                warnings.filterwarnings("ignore", message="Glyph ")
                figure.savefig(out, format=kind, dpi=200, metadata=nameless)
        return out.getvalue()

    def _upright(self, axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        places = range(len(self.values))
        few = len(self.values) <= 40
        axes.bar(places, self.values, width=0.8 if few else 1.0, color=_BAR)
        ticks = list(self.ticks or ())
        axes.set_xticks(ticks, [self.labels[i] for i in ticks])
        # One month alone is not drawn as a wall.
        spare = max(0.0, (12 - len(self.values)) / 2)
        axes.set_xlim(-0.8 - spare, len(self.values) - 0.2 + spare)
        axes.set_ylim(0, max(self.values) * 1.12)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.yaxis.grid(visible=True, color=_GRID, linewidth=0.5)
        axes.spines["left"].set_visible(False)
        if few:
            axes.set_yticks([])
            axes.yaxis.grid(visible=False)
            for place, value, text in zip(places, self.values, self.texts, strict=True):
                if value:
                    axes.annotate(
                        text, (place, value), (0, 2), textcoords="offset points", ha="center"
                    )

    def _lying(self, axes: Axes) -> None:
        places = range(len(self.values))
        axes.barh(places, self.values, height=0.66, color=_BAR)
        axes.set_yticks(places, [_shortened(label) for label in self.labels])
        axes.invert_yaxis()
        axes.set_xticks([])
        axes.set_xlim(0, max(*self.values, 1) * 1.08)
        axes.spines["bottom"].set_visible(False)
        for place, value, text in zip(places, self.values, self.texts, strict=True):
            axes.annotate(text, (value, place), (3, 0), textcoords="offset points", va="center")


def _shortened(label: str) -> str:
    return label if len(label) <= 40 else label[:39] + "…"
