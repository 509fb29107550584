"""What can be nearest somewhere in a cell: the bounds that thin the lists of `_ellipsoid.cells`.

Let c be the centre of a cell, r a bound of the distance from c to any point P of it, e an arc, and
b a point of the border. On the way from c to P, d(X, e) - d(X, b) changes per metre by no more
than the difference of two unit vectors, those towards the nearest point of e and towards b. If θ
is the angle between them, that is 2 sin(θ/2). The ellipsoid's Gaussian curvature is nowhere above
1/B² (B the polar semi-axis), and its injectivity radius is πB; by Alexandrov's comparison theorem
θ is at most the angle of a triangle with the same sides on a sphere of radius B, whence, with w
the distance between the two nearest points and all distances short of πB,

    2 sin(θ/2) ≤ Λ = 2 sin(w/2B) / √(sin(d(X, e)/B) sin(d(X, b)/B)).

Distances along the way differ from those at c by r at most. So if d(c, e) - d(c, b) > Λr, with Λ
taken at its greatest on the way (and never above 2, the triangle inequality), e is farther than b
from every point of the cell, and is left out of it and of its quarters.

The tightest of such bounds come from points b near e, and so each arc is held against the best of
its neighbours first.

On a line of many vertices no one b may rule out an e that lies in a bay between two headlands b and
b', though from anywhere in the cell one or other of them is nearer. With chords squared, that is
plain algebra: |P - e|² - |P - b|² is linear in P. For a point q = λb + (1 - λ)b' of the straight
way between them and all v counted from c,

    λ(|P - e|² - |P - b|²) + (1 - λ)(|P - e|² - |P - b'|²)
        = |v_e|² - λ|v_b|² - (1 - λ)|v_b'|² - 2 (P - c)·(v_e - q)
        ≥ |v_e|² - λ|v_b|² - (1 - λ)|v_b'|² - 2r|v_e - q|,

and where that is above zero one of the two terms is, whichever λ was taken. Along a straight piece
of length L, with λ linear in t, the first term is convex with the second derivative 2L², so that it
falls below the straight line between its ends by L²/4 at most, and the last is concave: both ends
above L²/4 will do (`_in_a_bay`). Chords order geodesics but for what `_gap` adds.

Of an arc that is left only an end may be able to win: the foot of P on its straight piece is a
linear function of P, and where the whole cell has it so far beyond one end that the arc's bend
makes no difference (`arcs.bends`), the vertex is listed instead, once for both arcs that it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bordermap._ellipsoid import geodesic
from bordermap._ellipsoid.arcs import (
    CHUNK,
    END,
    HIGH,
    LOW,
    MARGIN,
    START,
    WHOLE,
    Arcs,
    bends,
    spread,
)
from bordermap._ellipsoid.geodesic import EP2, NEAR, A, B, Floats
from bordermap._ellipsoid.points import Ints, Points

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    # Items of one cell after another, how many are each cell's, and of what kind.
    Lists = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]

__all__ = ["ARCS", "CHUNKS", "ENDS", "R_LEAST", "Sieve", "radius_of"]

ENDS, ARCS, CHUNKS = range(3)  # what a cell lists

LIMIT = 1024  # arcs: where more may win, chunks are listed,
FAR_LIMIT = 1 << 17  # unless the border is so far that its bays can be told from its headlands
BLOCK = 1 << 14  # pairs of a cell and an arc that are looked at together: they stay in the cache
CLUSTER = 32  # chunks that are looked at together first, on a long border
LONG = 1024  # chunks that make a border long
GROUP = 8  # neighbours of which the best may rule out the others
THIN = 64  # items to a cell on average: fewer are worth no look for bays

R_LEAST = B * B / A  # least and greatest radius of curvature of the ellipsoid


class Balls(NamedTuple):
    """Points of the border, and how far the part that each stands for reaches, in metres."""

    middle: Points
    reach: Floats


@dataclass(eq=False)
class Sieve:
    """The bounds, for the arcs of one border."""

    border: Arcs

    def __post_init__(self) -> None:
        # Not as cached properties: Python 3.11 locks those, and a fork would leave the lock closed.
        self._bends = bends(self.border)
        self._clusters = self._clustered()

    def _clustered(self) -> tuple[Ints, Balls]:
        """First chunk of every cluster, and the end of the last."""
        centre, reach = self.border.centre, self.border.radius
        start = np.append(np.arange(0, reach.size, CLUSTER), reach.size)
        middle = centre.take((start[:-1] + start[1:]) // 2)
        cluster = np.repeat(np.arange(start.size - 1), np.diff(start))
        dz = centre.z - middle.z[cluster]
        squared = (centre.x - middle.x[cluster]) ** 2 + (centre.y - middle.y[cluster]) ** 2
        away = geodesic.rough(squared + dz * dz, dz, centre.z + middle.z[cluster])
        reach = np.maximum.reduceat(away + geodesic.slack(away) + reach, start[:-1])
        return start, Balls(middle, reach)

    def first_lists(self, centre: Points, half: float) -> Lists:
        """What can win somewhere in each of some large cells, of all there is."""
        cells = centre.lon.size
        chunks = self.border.radius.size
        if chunks <= LONG:
            cell = np.repeat(np.arange(cells), chunks)
            chunk = np.tile(np.arange(chunks), cells)
            return self.lists(centre, half, cell, chunk, coarse=True)
        start, balls = self._clusters
        clusters = start.size - 1
        cell = np.repeat(np.arange(cells), clusters)
        cluster = np.tile(np.arange(clusters), cells)

        cell, cluster = _in_blocks(
            partial(_by_balls, balls), centre, radius_of(centre.lat, half), cell, cluster
        )
        cell, chunk = spread(cell, start[cluster], start[cluster + 1])
        return self.lists(centre, half, cell, chunk, coarse=True)

    def lists(
        self, centre: Points, half: Floats | float, cell: Ints, item: Ints, *, coarse: bool
    ) -> Lists:
        """What can win somewhere in each cell, how many, and of what kind."""
        radius = radius_of(centre.lat, half)
        cells = centre.lon.size
        kind = np.zeros(cells, np.int8)
        held = held_item = np.empty(0, np.int64)
        if coarse:
            cell, item = _in_blocks(self._by_chunks, centre, radius, cell, item)
            count = np.bincount(cell, minlength=cells)
            many = count > LIMIT // CHUNK
            many &= (count > FAR_LIMIT // CHUNK) | self._near(centre, radius, cell, item)
            kind[many] = CHUNKS
            stay = many[cell]
            held, held_item = cell[stay], item[stay]
            cell, item = cell[~stay], item[~stay]
            cell, item = spread(cell, self.border.start[item], self.border.start[item + 1])
            item = 4 * item + WHOLE
        cell, item = _in_blocks(self._by_feet, centre, radius, cell, item)
        cell, item = self._without_twins(cell, item)
        kind[cell[item & 3 == WHOLE]] = ARCS
        if held.size:
            cell, item = np.concatenate([cell, held]), np.concatenate([item, held_item])
            order = np.argsort(cell, kind="stable")
            cell, item = cell[order], item[order]
        size = np.bincount(cell, minlength=cells).astype(np.int32)
        return item.astype(np.int32), size, kind

    def _without_twins(self, cell: Ints, item: Ints) -> tuple[Ints, Ints]:
        """One item for each vertex, and none where an arc of which it is the end is listed."""
        start = np.flatnonzero(item & 3 == START)
        item[start] = self.border.first.take(item[start] >> 2)
        key = cell * (4 * len(self.border)) + item
        key.sort(kind="stable")  # nearly sorted
        # All of an arc comes before its ends; an end that is listed twice, twice in a row.
        arc = key >> 2
        head = np.flatnonzero(np.diff(arc, prepend=-1))
        whole = np.repeat(key[head] & 3 == WHOLE, np.diff(head, append=key.size))
        first = np.diff(key, prepend=-1) != 0
        first &= ~whole | (key & 3 == WHOLE)
        cell, item = np.divmod(key[first], 4 * len(self.border))
        return cell, item

    def _near(self, centre: Points, radius: Floats, cell: Ints, chunk: Ints) -> NDArray[np.bool_]:
        """Whether a cell is so near the border that headlands rule out no bay between them."""
        out = np.zeros(radius.size, np.bool_)
        squared = sum(
            (there.take(chunk) - here.take(cell)) ** 2
            for there, here in zip(self.border.centre[2:], centre[2:], strict=True)
        )
        least = np.full(radius.size, np.inf)
        heads = np.flatnonzero(np.diff(cell, prepend=-1))
        least[cell[heads]] = np.minimum.reduceat(squared, heads)
        np.less(least, (2 * radius) ** 2, out=out)
        return out

    def _by_chunks(self, centre: Points, radius: Floats, cell: Ints, chunk: Ints) -> Ints:
        balls = Balls(self.border.centre, self.border.radius)
        return _by_balls(balls, centre, radius, cell, chunk)

    def _by_feet(  # noqa: PLR0915  (one bound after another, on the same arrays)
        self, centre: Points, radius: Floats, cell: Ints, item: Ints
    ) -> Ints:
        """The bound above, from the nearest points of the arcs' straight pieces.

        Gives the item, one that says less where only an end of the arc can be nearest, or -1.
        """
        border = self.border
        count = np.bincount(cell - cell[0])
        count = count[count > 0]
        starts = np.cumsum(count) - count
        here = centre.take(cell.take(starts))
        reach = np.repeat(radius.take(cell.take(starts)), count)
        arc, kind = item >> 2, item & 3
        x, y, z, bx, by, bz = (border.shape[i].take(arc) for i in range(6))
        half = border.length.take(arc)
        half *= 0.5
        pad = border.pad.take(arc)
        x -= np.repeat(here.x, count)
        y -= np.repeat(here.y, count)
        z -= np.repeat(here.z, count)
        foot = x * bx + y * by + z * bz
        foot *= border.stride.take(arc)
        t = np.clip(foot, LOW.take(kind), HIGH.take(kind))
        bx, by, bz = x + t * bx, y + t * by, z + t * bz
        squared = bx * bx + by * by + bz * bz
        distance, spare = _lengths(squared, bz, bz + 2 * np.repeat(here.z, count))
        spare += 1.1 * pad
        upper = distance + spare
        # From the middle of each arc to a foot: half an arc more reaches any point of it.
        ends = np.flatnonzero(kind)
        x[ends], y[ends], z[ends], half[ends] = bx[ends], by[ends], bz[ends], 0.0
        number = cell - cell[0]
        left = np.arange(cell.size)
        # Near neighbours first: seen from the cell they lie in one direction, and prune well.
        for group in (number * len(border) + (arc >> 3), number):
            some = group.take(left)
            heads = np.flatnonzero(np.diff(some, prepend=-1))
            count = np.diff(heads, append=left.size)
            high = upper.take(left)
            least = np.repeat(np.minimum.reduceat(high, heads), count)
            best = np.flatnonzero(high == least)
            best = left[best[np.flatnonzero(np.diff(some.take(best), prepend=-1))]]
            across = np.zeros(left.size)
            for middle, foot_at in ((x, bx), (y, by), (z, bz)):
                across += (middle.take(left) - np.repeat(foot_at.take(best), count)) ** 2
            across = np.sqrt(across) + half.take(left) + np.repeat(pad.take(best), count)
            low = (distance - spare).take(left)
            left = left[_may_win(low, high, least, across, reach.take(left))]
        if left.size > THIN * starts.size:
            whole = kind.take(left) == WHOLE
            shapes = Shapes(
                cell.take(left),
                np.stack([column.take(left) for column in (x, y, z)]),
                np.stack([self.border.shape[i].take(arc.take(left)) * whole for i in (3, 4, 5)]),
                np.stack([column.take(left) for column in (bx, by, bz)]),
                *(pad.take(left), np.zeros(left.size), reach.take(left)),
            )
            left = left[_out_of_bays(shapes)]
        may_win = np.zeros(cell.size, np.bool_)
        may_win[left] = True
        item = np.where(may_win, item, -1)
        # Ends: the foot is a linear function of the point.
        far = upper + reach + border.length.take(arc)
        beyond = np.abs(foot) - 0.5 - np.sqrt(-border.stride.take(arc)) * reach
        _, (bend_0, bend_1, bend_3) = self._bends
        bend = bend_0.take(arc) + far * (bend_1.take(arc) + far * far * bend_3.take(arc))
        end = (beyond > bend) & (kind == WHOLE) & may_win & (far < NEAR)
        item[end] += np.where(foot[end] > 0, END, START)
        return item


class Shapes(NamedTuple):
    """What is held against its neighbours; vectors (3, n) from the centre of each one's cell.

    Attributes
    ----------
    cell : array of int
        Whose list it is in; ascending.
    middle, line : array (3, n)
        The middle of a straight piece, and the way along it.
    foot : array (3, n)
        A point of the border, to within `pad`: the nearest to the centre.
    pad : array
        How far the piece may stray from the straight.
    reach : array
        How far beyond it, in any direction, there may be more of the border.
    radius : array
        Of the cell.
    """

    cell: Ints
    middle: Floats
    line: Floats
    foot: Floats
    pad: Floats
    reach: Floats
    radius: Floats

    def take(self, index: Ints) -> Shapes:
        cell, middle, line, foot, pad, reach, radius = self
        return Shapes(
            cell.take(index),
            middle.take(index, axis=1),
            line.take(index, axis=1),
            foot.take(index, axis=1),
            pad.take(index),
            reach.take(index),
            radius.take(index),
        )


def _by_balls(balls: Balls, centre: Points, radius: Floats, cell: Ints, ball: Ints) -> Ints:
    """The bounds above, for balls about points of the border: the ball, or -1."""
    count = np.bincount(cell - cell[0])
    count = count[count > 0]
    starts = np.cumsum(count) - count
    x, y, z = (column.take(ball) for column in balls.middle[2:])
    here = centre.take(cell)
    dz = z - here.z
    squared = (x - here.x) ** 2 + (y - here.y) ** 2 + dz * dz
    distance, spare = _lengths(squared, dz, z + here.z)
    upper = distance + spare
    least = np.repeat(np.minimum.reduceat(upper, starts), count)
    best = np.flatnonzero(upper == least)
    best = np.repeat(best[np.flatnonzero(np.diff(cell.take(best), prepend=-1))], count)
    reach = balls.reach.take(ball)
    across = np.sqrt((x - x[best]) ** 2 + (y - y[best]) ** 2 + (z - z[best]) ** 2)
    low = distance - spare - reach
    may_win = _may_win(low, upper + reach, least, across + reach, radius.take(cell))
    left = np.flatnonzero(may_win)
    if left.size > THIN * starts.size:
        foot = np.stack([x - here.x, y - here.y, z - here.z])[:, left]
        none = np.zeros(left.size)
        own = cell.take(left)
        shapes = Shapes(
            own, foot, np.zeros((3, 1)) * foot, foot, none, reach.take(left), radius.take(own)
        )
        may_win[:] = False
        may_win[left[_out_of_bays(shapes)]] = True
    return np.where(may_win, ball, -1)


def _out_of_bays(shapes: Shapes) -> Ints:
    """What is left once each was held against the best of its neighbours on either side.

    Headlands farther and farther apart, as long as what they shade is worth the look.
    """
    left = np.arange(shapes.cell.size)
    most = np.bincount(shapes.cell - shapes.cell[0]).max()
    group = GROUP
    while group < most:
        stay = np.flatnonzero(~_in_a_bay(shapes, group))
        if stay.size > 0.8 * left.size:
            group *= 4
        if stay.size < left.size:
            left, shapes = left[stay], shapes.take(stay)
    return left


def _in_a_bay(shapes: Shapes, among: int) -> NDArray[np.bool_]:
    """Whether one or other of two neighbours is nearer than each item, wherever in the cell."""
    cell, middle, line, foot, pad, reach, radius = shapes
    new = np.flatnonzero(np.diff(cell, prepend=-1))
    place = np.arange(cell.size) - np.repeat(new, np.diff(new, append=cell.size))
    heads = np.flatnonzero(place % among == 0)
    size = np.diff(heads, append=cell.size)
    near = _dot(foot, foot)
    best = np.flatnonzero(near == np.repeat(np.minimum.reduceat(near, heads), size))
    group = np.repeat(np.arange(heads.size), size)
    best = best[np.flatnonzero(np.diff(group[best], prepend=-1))]
    # The best of the groups before and after; of the group itself at the ends of a list.
    owner = cell[heads]
    before = np.where(np.roll(owner, 1) == owner, np.roll(best, 1), best)
    after = np.where(np.roll(owner, -1) == owner, np.roll(best, -1), best)
    low, way = foot[:, before], foot[:, after] - foot[:, before]
    square = np.maximum(_dot(way, way), 1e-9)
    per_group = np.concatenate(
        [low, way, [square, near[before], near[after], np.maximum(pad[before], pad[after])]]
    )
    per_item = np.repeat(per_group, size, axis=1)
    low, way = per_item[:3], per_item[3:6]
    square, start, end, pads = per_item[6:]
    gain = np.full(cell.size, np.inf)
    far, wide = np.maximum(start, end), np.zeros(cell.size)
    for side in (-0.5, 0.5):
        v = middle + side * line
        d = v - low
        share = np.clip(_dot(d, way) / square, 0.0, 1.0)
        d -= share * way
        own = _dot(v, v)
        off = np.sqrt(_dot(d, d)) + reach
        shortest = np.maximum(np.sqrt(own) - reach, 0.0) ** 2
        gain = np.minimum(gain, shortest - start - share * (end - start) - 2 * radius * off)
        far, wide = np.maximum(far, own), np.maximum(wide, off)
    gain -= _dot(line, line) / 4
    nearest = np.sqrt(np.minimum(near, np.minimum(start, end))) - reach
    high = np.sqrt(far) + reach + radius
    gain -= _gap(nearest - radius, high, wide + np.sqrt(square), pad + pads)
    out: NDArray[np.bool_] = (gain > 0) & (high < NEAR)
    return out


def _dot(a: Floats, b: Floats) -> Floats:
    out: Floats = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    return out


def _gap(low: Floats, high: Floats, width: Floats, pad: Floats) -> Floats:
    """How much longer a squared chord must be, lest the geodesic be no longer: square metres.

    Of two chords between `low` and `high` from one point, their ends no farther than `width` apart
    and known to within `pad`. `geodesic.order` adds (e'²/12a²) q² (2η² - ζ²) to the squared chord q,
    and η changes by no more than the directions, 2 width/(sum of the lengths); ζ by no more than
    width/B, being the sine of a latitude under a midpoint. What depends on q alone is less than a
    thousandth of it.
    """
    turn = np.minimum(width / np.maximum(low, 1e-3), 0.5)
    q = high * high
    u = q / (A * A)
    skew = EP2 / (12 * A * A) * q * q * (4 * turn + 2 * width / B)
    tie = q * (1e-11 + u * (geodesic.TIE[0] + u * geodesic.TIE[1]))
    out: Floats = 1.5 * skew + tie + 2.2 * high * (pad + MARGIN)
    return out


def _may_win(
    low: Floats, high: Floats, least: Floats, across: Floats, radius: Floats
) -> NDArray[np.bool_]:
    """Whether something between `low` and `high` from a cell's centre may win anywhere in it.

    `least` is the distance from the centre to a point of the border, and no point of the thing
    lies farther than `across` from that point, measured straight.
    """
    # Straight for round: the angle at B is no greater than at the least radius (Schur), so
    # 2 sin(w/2B) ≤ across / R_LEAST. One percent covers what `least` may be off.
    opening = 1.01 / R_LEAST * across
    sines = _least_sine(low - radius, high + radius) * _least_sine(least - radius, least + radius)
    rate = np.minimum(opening / np.sqrt(np.maximum(sines, 1e-18)), 2.0)
    rate = np.where(sines > 0, rate, 2.0)
    out: NDArray[np.bool_] = low - least <= rate * radius + MARGIN
    return out


def _in_blocks(
    prune: Callable[[Points, Floats, Ints, Ints], Ints],
    centre: Points,
    radius: Floats,
    cell: Ints,
    item: Ints,
) -> tuple[Ints, Ints]:
    """The pairs (cell, item) that a bound leaves, looked at in blocks that end where cells do.

    The bound gives for each pair the item that is to be listed, or -1.
    """
    if cell.size == 0:
        return cell, item
    ends = np.cumsum(np.bincount(cell, minlength=centre.lon.size))
    edges = [0, *ends[:-1][np.diff(ends // BLOCK) > 0].tolist(), cell.size]
    kept = [np.empty(0, np.int64)]
    items = [np.empty(0, np.int64)]
    for first, last in pairwise(edges):
        if last > first:
            new = prune(centre, radius, cell[first:last], item[first:last])
            left = np.flatnonzero(new >= 0)
            kept.append(left + first)
            items.append(new[left])
    return cell[np.concatenate(kept)], np.concatenate(items)


def _least_sine(low: Floats, high: Floats) -> Floats:
    """A lower bound of sin(d/B) for d from `low` to `high`; 0 where it may vanish."""
    x = np.maximum(low / B, 0.0)
    if high.max(initial=0.0) < 1.5 * B:
        return x * (1 - x * x / 6)
    y = np.minimum(high / B, np.pi)
    return np.minimum(np.sin(np.minimum(x, np.pi)), np.sin(y))


def _lengths(squared: Floats, dz: Floats, sum_z: Floats) -> tuple[Floats, Floats]:
    """Geodesic length from the chord, roughly, and how far it may be off."""
    if squared.max(initial=0.0) > geodesic.NEAR**2:
        distance = geodesic.rough(squared, dz, sum_z)
        return distance, geodesic.slack(distance)
    key = geodesic.order(squared, dz, sum_z)
    u = key / (A * A)
    chord = np.sqrt(key)
    distance = chord * (1 + u * (1 / 24 + u * (3 / 640 + u * 5 / 7168)))
    return distance, chord * u * (geodesic.TIE[0] + u * geodesic.TIE[1]) + 1e-6


def radius_of(lat: Floats, half: Floats | float) -> Floats:
    """How far a point of a cell may lie from its centre, at most: straight there on the chart."""
    nearest_equator = np.radians(np.maximum(np.abs(lat) - half, 0.0))
    reach: Floats = A * A / B * np.radians(half) * np.hypot(1.0, np.cos(nearest_equator))
    return reach
