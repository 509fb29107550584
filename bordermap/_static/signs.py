"""The signs that stand for incidents on paper: classes, colours, shapes, sizes.

Classes, their order and their colours are those of the page (`assets/draw.js`). A printed figure
must also be read without colour: the classes of a category differ in shape, those of distance in
lightness.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bordermap.scene import MISSING, Column, Scene
from bordermap.words import Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Class",
    "Classes",
    "Signs",
    "bands_of",
    "classify",
    "equal_area",
    "gather",
    "lightness",
    "numbers",
    "ramp",
    "texts",
]

# Okabe and Ito's colours without the red, which is the border's, and two more as far apart.
COLOURS = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#f0e442", "#4b2e83", "#8c510a",
)  # fmt: skip
SHAPES = ("o", "s", "^", "D", "v", "P", "p", "X")
OTHER, NO_CATEGORY = ("#8a8f98", "H"), ("#c9ccd1", "*")
MILE_KM = 1.609344
# From dark to light, so that the order shows without any sense of colour.
RAMP = ("#5b2a86", "#4a6db0", "#2a9d8f", "#7cc36a", "#e3d84b")


@dataclass(frozen=True, slots=True)
class Class:
    """One kind of incident: its name in the legend, colour, shape, and how many there are."""

    name: str
    colour: str
    shape: str
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """The classes of a scene, and the class of each of its rows.

    Attributes
    ----------
    kind : {"category", "border_km", "range", ""}
        What the classes are of: labels, distances, another number or date, or nothing.
    each : tuple of Class
    of_row : ndarray of int
        Positions in `each`.
    """

    kind: str
    each: tuple[Class, ...]
    of_row: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """Signs on a sheet, the largest first; each stands for one incident or several of one class.

    Attributes
    ----------
    x, y, radius : ndarray
        Millimetres; the radius of the circle that has the sign's area.
    value : ndarray
        The measure summed over the incidents of the sign; 0 where none is known.
    kind : ndarray of int
        Position of its class.
    count : ndarray of int
        Incidents it stands for.
    first : ndarray of int
        Row of one of them.
    same_point : ndarray of bool
        Whether all of them are at one point.
    scale : float
        Millimetres of radius for a value of one: ``radius = scale * sqrt(value)``.
    least : float
        Radius that no sign goes below, millimetres.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    radius: NDArray[np.float64]
    value: NDArray[np.float64]
    kind: NDArray[np.intp]
    count: NDArray[np.int64]
    first: NDArray[np.intp]
    same_point: NDArray[np.bool_]
    scale: float
    least: float

    def __len__(self) -> int:
        return len(self.x)


def numbers(scene: Scene, name: str) -> NDArray[np.float64] | None:
    """A number column in its own unit, NaN where a value is missing; None without the column."""
    column = scene.column(name)
    if column is None or column.kind != "number":
        return None
    raw = np.asarray(column.values, dtype=np.float64)
    return np.where(raw == MISSING, np.nan, raw / 10.0**column.decimals)


def texts(column: Column) -> tuple[str, ...]:
    """The texts of a text or category column, "" where there is none."""
    if column.kind == "category":
        labels = ("", *column.labels)
        return tuple(labels[code] for code in np.asarray(column.values))
    return tuple(str(value) for value in column.values)


def classify(scene: Scene, words: Words) -> Classes:
    """The classes that the page has for the same scene, in its order."""
    n = len(scene)
    column = scene.column(scene.color_by) if scene.color_by else None
    if column is None:
        only = Class(words("incidents"), COLOURS[0], "o", n)
        return Classes("", (only,), np.zeros(n, dtype=np.intp))
    # A category may have more labels than a code has room for.
    if column.kind in ("category", "text"):
        return _categories(column, _weights(scene), words)
    return _ranges(scene, column, words)


def _ranges(scene: Scene, column: Column, words: Words) -> Classes:
    """Classes of numbers or dates: at the bands for the distance, else of about as many each."""
    raw = np.asarray(column.values, dtype=np.float64)
    known = raw != MISSING
    number = raw / 10.0**column.decimals
    whole, unit = column.decimals == 0, ""
    told: Callable[[float], str] = words.up_to_two
    cuts: list[float] = []
    distance = column.name == "border_km"
    if distance:
        number = number / (MILE_KM if scene.units == "mi" else 1.0)
        unit = " " + scene.units
        cuts = bands_of(scene)
    elif column.kind == "date":
        number, told = _by_time(number, known, words)
        whole = True
    if not cuts:
        few = 5 if whole and column.kind != "date" else 6
        cuts = _spread(number[known], few, exact=column.kind == "date")
    n = len(cuts) + 1
    of_row = np.searchsorted(cuts, np.where(known, number, 0.0), side="right")
    of_row = np.where(known, of_row, n).astype(np.intp)
    # What is near, many or late stands out: dark on the light map.
    colours = ramp(n) if distance else ramp(n)[::-1]
    ends = (float(number[known].min()), float(number[known].max())) if whole else None
    names = _range_names(cuts, told, unit, words, ends) or [words.field(column.name)]
    # More steps than lightness alone keeps apart take turns in shape too.
    shapes = "os" if n > len(RAMP) else "o"
    each = [
        Class(name, colour, shapes[j % len(shapes)], int(np.sum(of_row == j)))
        for j, (name, colour) in enumerate(zip(names, colours, strict=True))
    ]
    if not known.all():
        each.append(Class(words("unknown"), *NO_CATEGORY, int(np.sum(~known))))
    return Classes("border_km" if distance else "range", tuple(each), of_row)


def _by_time(
    number: NDArray[np.float64], known: NDArray[np.bool_], words: Words
) -> tuple[NDArray[np.float64], Callable[[float], str]]:
    """Dates as years, or as months where all are of one year; and how one is told."""
    years = np.unique(number[known] // 10000)
    if len(years) > 1:
        return number // 10000, lambda value: str(int(value))
    year = int(years[0]) * 10000
    months = np.maximum(1, number // 100 % 100)
    return months, lambda value: words.date(year + int(value) * 100)


def _range_names(
    cuts: list[float],
    told: Callable[[float], str],
    unit: str,
    words: Words,
    ends: tuple[float, float] | None,
) -> list[str]:
    """What the classes between cuts are called; whole numbers have ends, and say first and last."""
    if ends:
        return [
            (told(a) if b - 1 == a else f"{told(a)}–{told(b - 1)}") + unit
            for a, b in pairwise([ends[0], *cuts, ends[1] + 1])
        ]
    if not cuts:
        return []
    between = [f"{told(a)}–{told(b)}{unit}" for a, b in pairwise(cuts)]
    first, last = words("under", b=told(cuts[0]) + unit), words("over", a=told(cuts[-1]) + unit)
    return [first, *between, last]


def bands_of(scene: Scene) -> list[float]:
    """Distances of the bands in the unit of the map; zones that have a name are not among them."""
    each = [band.km for band in scene.border.bands if not band.zone]
    return [round(km / (MILE_KM if scene.units == "mi" else 1.0), 2) for km in each]


def ramp(n: int) -> list[str]:
    """So many colours from dark to light.

    >>> ramp(3)
    ['#5b2a86', '#2a9d8f', '#e3d84b']
    """
    stops = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in RAMP], dtype=float)
    at = np.linspace(0, len(stops) - 1, n) if n > 1 else np.zeros(1)
    low = np.minimum(at.astype(int), len(stops) - 2)
    mixed = stops[low] + (stops[low + 1] - stops[low]) * (at - low)[:, None]
    return ["#" + "".join(f"{int(v + 0.5):02x}" for v in row) for row in mixed]


def _spread(values: NDArray[np.float64], most: int, *, exact: bool) -> list[float]:
    """Round numbers that part the values into classes of about as many each."""
    known = np.sort(values[:: max(1, len(values) // 5000)])
    distinct = np.unique(known)
    if len(distinct) <= most:
        return [float(v) for v in distinct[1:]]

    def rounded(value: float) -> float:
        unit = 10.0 ** max(math.floor(math.log10(abs(value) or 1.0)) - 1, -6)
        return value if exact else float(f"{math.floor(value / unit + 0.5) * unit:.6g}")

    cuts = [rounded(float(known[len(known) * j // 5])) for j in (1, 2, 3, 4)]
    return [v for v in dict.fromkeys(cuts) if known[0] < v <= known[-1]]


def _weights(scene: Scene) -> NDArray[np.float64]:
    """The measure of each row: 1 where the scene has none, 0 where it is not known."""
    found = numbers(scene, scene.size_by) if scene.size_by else None
    if found is None:
        return np.ones(len(scene))
    return np.maximum(np.nan_to_num(found), 0.0)


def _categories(column: Column, weights: NDArray[np.float64], words: Words) -> Classes:
    if column.kind == "category":
        labels: tuple[str, ...] = column.labels
        codes = np.asarray(column.values, dtype=np.intp)
    else:  # more labels than a code has room for
        labels = tuple(sorted({text for text in texts(column) if text}))
        known = {label: i + 1 for i, label in enumerate(labels)}
        codes = np.array([known.get(text, 0) for text in texts(column)], dtype=np.intp)
    counts = np.bincount(codes, minlength=len(labels) + 1)
    sums = np.bincount(codes, weights=weights, minlength=len(labels) + 1)
    # The colours go to what takes most room on the map.
    room = sums / (weights.sum() or 1.0) + counts / len(codes)
    order = sorted(
        (code for code in range(1, len(counts)) if counts[code]),
        key=lambda code: (-room[code], code),
    )
    most = len(COLOURS)
    named = order[: most if len(order) <= most else most - 1]
    each = [
        Class(labels[code - 1], COLOURS[j], SHAPES[j], int(counts[code]))
        for j, code in enumerate(named)
    ]
    place = np.full(len(counts), len(named), dtype=np.intp)
    place[named] = np.arange(len(named))
    rest = order[len(named) :]
    if rest:
        each.append(Class(words("other"), *OTHER, int(counts[rest].sum())))
    if counts[0]:
        place[0] = len(each)
        each.append(Class(words("no_category"), *NO_CATEGORY, int(counts[0])))
    return Classes("category", tuple(each), place[codes])


def gather(
    scene: Scene,
    classes: Classes,
    xy: NDArray[np.float64],
    *,
    reach: float,
    largest: float,
    least: float,
) -> Signs:
    """Join incidents of a class that would cover each other into one sign of their sum.

    Parameters
    ----------
    scene : Scene
    classes : Classes
    xy : ndarray, shape (n, 2)
        Place of each row on the sheet, millimetres.
    reach : float
        Incidents are joined when they are within this of the one that the sign stands on.
    largest, least : float
        Radius of the largest sign, and that below which none goes.
    """
    weights = _weights(scene)
    rows = np.flatnonzero(np.isfinite(xy).all(axis=1))
    home = _homes(xy[rows], classes.of_row[rows], weights[rows], reach)
    heads, member, count = np.unique(home, return_inverse=True, return_counts=True)
    value = np.bincount(member, weights=weights[rows], minlength=len(heads)).astype(np.float64)
    mean = (
        np.column_stack(
            [np.bincount(member, weights=xy[rows, axis], minlength=len(heads)) for axis in (0, 1)]
        )
        / np.maximum(count, 1)[:, None]
    )
    apart = np.abs(xy[rows] - xy[rows][home]).max(axis=1) > 1e-9
    together = np.bincount(member, weights=apart, minlength=len(heads)) == 0
    top = float(value.max()) if len(value) else 1.0
    # The largest sets the scale, but one alone need not be as large as can be.
    scale = min(largest / np.sqrt(top or 1.0), max(least * 1.6, largest / 4))
    radius = np.where(value > 0, np.maximum(least, scale * np.sqrt(value)), least * 1.25)
    first = rows[heads]
    order = np.lexsort((first, -radius))
    return Signs(
        x=np.where(together, xy[first, 0], mean[:, 0])[order],
        y=np.where(together, xy[first, 1], mean[:, 1])[order],
        radius=radius[order],
        value=value[order],
        kind=classes.of_row[first][order],
        count=count[order].astype(np.int64),
        first=first[order],
        same_point=together[order],
        scale=float(scale),
        least=least,
    )


def _homes(
    xy: NDArray[np.float64], kind: NDArray[np.intp], weight: NDArray[np.float64], reach: float
) -> NDArray[np.intp]:
    """For each row the row whose sign it joins: of its class, within reach, weightier first."""
    if not len(xy):
        return np.empty(0, dtype=np.intp)
    # Rows at one point are one to begin with, of which there are far fewer.
    key = np.column_stack([np.round(xy / (reach / 16)), kind]).astype(np.int64)
    _, first, member = np.unique(key, axis=0, return_index=True, return_inverse=True)
    member = member.ravel()
    sums = np.bincount(member, weights=weight + 1e-6)
    grid: dict[tuple[int, int, int], list[int]] = {}
    home = np.arange(len(first))
    cells = np.floor(xy[first] / reach).astype(np.int64)
    for i in np.lexsort((first, -sums)).tolist():
        row = first[i]
        cx, cy, k = int(cells[i, 0]), int(cells[i, 1]), int(kind[row])
        near = [
            j
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for j in grid.get((cx + dx, cy + dy, k), ())
            if np.hypot(*(xy[first[j]] - xy[row])) < reach
        ]
        if near:
            home[i] = near[0]
        else:
            grid.setdefault((cx, cy, k), []).append(i)
    return np.asarray(first[home][member], dtype=np.intp)


def lightness(colour: str) -> float:
    """CIE L* of an sRGB colour "#rrggbb": what is left of it in grey, 0 black to 100 white.

    Examples
    --------
    >>> lightness("#ffffff"), round(lightness("#777777"), 1)
    (100.0, 50.0)
    """
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return round(116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y, 6)


def equal_area(vertices: NDArray[np.float64]) -> float:
    """The factor that gives a closed outline, shape (n, 2), the area of a circle of radius one."""
    x, y = vertices.T
    area = abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
    return math.sqrt(math.pi / area)
