# ruff: noqa: PLR0917  (numba knows no keyword arguments that cost nothing)
"""A tree over a border's arcs, and the compiled search that goes down it for one point.

Eight neighbouring arcs make a group, eight groups a larger one, and so on. All that a group holds
lies within `pad` of a flat rectangle, as narrow as its members' straight pieces leave it: one side
leads from the middle of its first half to that of its second, the other along the ground across
it, and pad is half of what it is thick, and the greatest pad of its arcs. A rectangle follows both
shores of a noisy line, so that what it says from afar is true of one of its members.

How far a rectangle is. Let L(v) be `geodesic.length` of a chord v and Φ the increasing function
that L² is of v² on a sphere of radius a; M = Φ⁻¹(L²) = v² + g + h, where g = c v²(2 v_z² - v² s²/4b²),
c = e'²/12a², is the term of `geodesic.order`, s the sum of both heights; and h, of higher order in
v/a and e'², has less than three tenths of g's gradient across v up to 2,400 km (`geodesic.TIE`
says how small it is). The gradient of g across v comes from v_z and s alone; it is

    c |4 v² v_z - v⁴ s/2b²| √(1 - v_z²/v²) ≤ c |v|³ (2 + |v|/b) ≤ 2.4 c |v|³.

Let w be the chord to the nearest point W of the rectangle and X = W + δ any of it: w·δ ≥ 0. So
M(X) ≥ M(W) + G·δ + (1 - ε)δ², G no more than 3.2 c |w|³, the part along w being less than 2w; and
ε < 0.01, being half of what g and h bend, 39 c v² and a third. That is least for δ = -G/2(1 - ε):
M(X) ≥ M(W) - G²/4(1 - ε), and with |L| growing no faster than 1.03 |v|

    L(X) ≥ L(W) - 2 c² |w|⁵ - 1.03 pad,

0.4 mm at 1,000 km. By the same steps without h, √K(X) ≥ √K(W) - 2 c² |w|⁵ - 1.03 pad for K = v² + g,
which costs half as much: rectangles are ranked by it, and held against `reach`, the greatest √K of
anything no farther than some arc is, M being (2a sin L/2a)². For an arc the foot is taken where v² + g is least, the slope of g being that at
the arc's middle: of G is left 0.8 c |w|³, and for the way to the middle 20 c w²|b| at most, whence

    L(X) ≥ L(W) - 0.15 c² |w|³ (0.8 |w| + 20 |b|)² - 1.03 pad.

What lies beyond 2,400 km only has to seem so: for it L is taken to grow as the chord does. A group
that is farther than some arc is at most holds nothing that can win.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bordermap._ellipsoid.geodesic import ASIN, EP2, FIRST, NEAR, SECOND, A, B, Floats
from bordermap._ellipsoid.lanes import FAR, KEY, T0, T1, ZETA, U, compiled

if TYPE_CHECKING:
    from bordermap._ellipsoid.arcs import Arcs
    from bordermap._ellipsoid.points import Ints

__all__ = ["CANDIDATES", "RANKED", "STACK", "climb", "grow", "rank_arcs", "rank_boxes", "reach"]

EIGHT = U(8)
# Of an arc: middle, way, -1/|way|², pad, and 20 |way|. Of a box: middle, one side, -1/|side|²,
# pad, half of its diagonal; and the other side with its -1/|side|².
ARC, BOX = U(8 * 9), U(8 * 13)
AX, AY, AZ, BX, BY, BZ, STRIDE, PAD, SIZE, NX, NY, NZ, ACROSS = (U(8 * k) for k in range(13))
HERE = U(24)  # where the eight lie beside what is found of them: in one array, so that
# the compiler sees that they do not overlap, and turns it into vector code
RANKED = 24 + 8 * 13
CANDIDATES = 2048  # arcs that may be nearest to one point; more are left to NumPy
STACK = 256  # groups on the way: no more than seven for each level
NOWHERE = 1e8  # metres: where the members are that the last group lacks
CLOSE = 1e-6  # metres by which an arc must be farther, ten times what makes two the same

LIMIT = NEAR * NEAR
SHIFT = KEY * KEY
A0, A1, A2, A3, A4, A5, A6, A7 = ASIN
F0, F1, F2, F3, F4 = FIRST
(P0, P1, P2, P3, P4), (Q0, Q1, Q2, Q3, Q4) = SECOND


def grow(arcs: Arcs) -> tuple[Floats, Floats, Ints]:
    """Arcs by eight; boxes by eight, one level after another; and the first group of every level."""
    middle, way = arcs.shape[:3], arcs.shape[3:6]
    size = np.sqrt((way * way).sum(axis=0))
    stride = -1 / np.maximum(size * size, 1e-12)
    leaves = _by_eight(np.concatenate([middle, way, [stride, arcs.pad, 20 * size]]))
    ends = np.stack([middle - way / 2, middle + way / 2], axis=2).reshape(3, -1)
    groups = -(-len(arcs) // 8)
    start, boxes, held = [0, groups], [], 8
    while groups > 1:
        level = _by_eight(_boxes(ends, arcs.pad, held))
        groups = -(-groups // 8)
        start.append(start[-1] + groups)
        boxes.append(level)
        held *= 8
    return leaves, np.concatenate([*boxes, np.empty(0)]), np.array(start)


def _by_eight(columns: Floats) -> Floats:
    fields, count = columns.shape
    groups = -(-count // 8)
    rows = np.zeros((fields, 8 * groups))
    rows[0], rows[6] = NOWHERE, -1.0
    rows[:, :count] = columns
    return rows.reshape(fields, groups, 8).transpose(1, 0, 2).ravel()


def _boxes(ends: Floats, pad: Floats, held: int) -> Floats:
    """The fields of the box round every `held` arcs, given as their ends in turn."""
    count = -(-pad.size // held)
    lacking = 2 * (count * held - pad.size)
    points = np.concatenate([ends, np.repeat(ends[:, -1:], lacking, axis=1)], axis=1)
    points = points.reshape(3, count, 2 * held)
    first, second = points[:, :, :held].mean(axis=2), points[:, :, held:].mean(axis=2)
    onward = _unit(second - first, np.array([[0.6], [0.64], [0.48]]))
    up = first + second
    up -= (up * onward).sum(axis=0) * onward
    # Any direction across will do where there is no height.
    aside = np.eye(3)[np.abs(onward).argmin(axis=0)].T
    up = _unit(up, _unit(aside - (aside * onward).sum(axis=0) * onward, aside))
    axes = (onward, np.cross(up, onward, axis=0), up)
    middle = np.zeros((3, count))
    halves = []
    for axis in axes:
        along = np.einsum("cgk,cg->gk", points, axis)
        low, high = along.min(axis=1), along.max(axis=1)
        middle += (low + high) / 2 * axis
        halves.append((high - low) / 2)
    pad = np.maximum.reduceat(pad, np.arange(0, pad.size, held)) + halves[2] + 1e-6
    sides = [2 * half * axis for half, axis in zip(halves[:2], axes[:2], strict=True)]
    stride, across = (-1 / np.maximum(4 * half * half, 1e-12) for half in halves[:2])
    size = np.hypot(halves[0], halves[1])
    return np.concatenate([middle, sides[0], [stride, pad, size], sides[1], [across]])


def _unit(way: Floats, instead: Floats) -> Floats:
    size = np.sqrt((way * way).sum(axis=0))
    return np.where(size > 1e-3, way / np.maximum(size, 1e-3), instead)


@compiled(fastmath=True)
def _length(squared: float, dz: float, sum_z: float) -> float:
    """`lanes.lengths`, without divisions by what is close to one; in proportion beyond reach."""
    near = min(squared, LIMIT)
    eta = dz * dz / (squared + 1e-300)
    stretch = 1 + EP2 * eta
    x = near * stretch * (1 / (4 * A * A))
    zeta = sum_z * sum_z * (1 / (4 * B * B)) * (1 + x * (1 + x * (1 + x * (1 + x * (1 + x)))))
    v = EP2 * zeta
    y = x * stretch * (1 - v * (1 - v * (1 - v * (1 - v))))
    first = (((F4 * y + F3) * y + F2) * y + F1) * y + F0
    second = zeta * (P0 + y * Q0 + zeta * (P2 + y * Q2) + eta * (P3 + y * Q3)) + eta * (
        P1 + y * Q1 + eta * (P4 + y * Q4)
    )
    series = ((((((A7 * y + A6) * y + A5) * y + A4) * y + A3) * y + A2) * y + A1) * y + A0
    return series * math.sqrt(squared) * (1 - EP2 * y * y * (first * (eta - zeta) + EP2 * second))


@compiled(fastmath=True)
def rank_arcs(leaves: Floats, group: int, x: float, y: float, z: float, box: Floats) -> None:
    """How far the eight of a group are at least, and at most, and where on its way."""
    at = U(group) * ARC
    for k in range(ARC):
        box[HERE + k] = leaves[at + k]
    for k in range(EIGHT):
        i = HERE + k
        wx, wy, wz = box[AX + i] - x, box[AY + i] - y, box[AZ + i] - z
        bx, by, bz = box[BX + i], box[BY + i], box[BZ + i]
        squared = wx * wx + wy * wy + wz * wz
        tilt = KEY * squared * (2 * wz - squared * (wz + 2 * z) * (1 / (4 * B * B)))
        t = (wx * bx + wy * by + (wz + tilt) * bz) * box[STRIDE + i]
        t = min(max(t, -0.5), 0.5)
        wx += t * bx
        wy += t * by
        wz += t * bz
        squared = wx * wx + wy * wy + wz * wz
        length = _length(squared, wz, wz + 2 * z)
        pad = 1.03 * box[PAD + i]
        left = 0.8 * length + box[SIZE + i]
        box[k] = length - pad - 0.15 * SHIFT * squared * length * left * left
        box[EIGHT + k] = length + pad
        box[EIGHT + EIGHT + k] = t


@compiled(fastmath=True)
def rank_boxes(boxes: Floats, group: int, x: float, y: float, z: float, box: Floats) -> None:
    """How far the eight of a group are at least: the root of their `geodesic.order`."""
    at = U(group) * BOX
    for k in range(BOX):
        box[HERE + k] = boxes[at + k]
    for k in range(EIGHT):
        i = HERE + k
        wx, wy, wz = box[AX + i] - x, box[AY + i] - y, box[AZ + i] - z
        bx, by, bz = box[BX + i], box[BY + i], box[BZ + i]
        nx, ny, nz = box[NX + i], box[NY + i], box[NZ + i]
        t = min(max((wx * bx + wy * by + wz * bz) * box[STRIDE + i], -0.5), 0.5)
        s = min(max((wx * nx + wy * ny + wz * nz) * box[ACROSS + i], -0.5), 0.5)
        wx += t * bx + s * nx
        wy += t * by + s * ny
        wz += t * bz + s * nz
        squared = wx * wx + wy * wy + wz * wz
        sum_z = wz + 2 * z
        chord = math.sqrt(squared + KEY * squared * (2 * wz * wz - squared * sum_z * sum_z * ZETA))
        box[k] = chord - 1.03 * box[PAD + i] - 2 * SHIFT * squared * squared * chord


@compiled(fastmath=True)
def reach(length: float) -> float:
    """What `rank_boxes` gives at most for a box of which something is no farther than `length`."""
    w = length * length * (1 / (4 * A * A))
    chord = length * (1 - w / 6 * (1 - w / 20 * (1 - w / 42 * (1 - w / 72 * (1 - w / 110)))))
    u = 4 * w
    return chord * (1 + 1e-11 + u * (T0 + u * T1)) + CLOSE


@compiled(fastmath=True)
def climb(  # noqa: C901, PLR0912, PLR0915  (one loop, so that it compiles to one)
    x: float,
    y: float,
    z: float,
    leaves: Floats,
    boxes: Floats,
    start: Ints,
    hint: int,
    stack: Ints,
    lows: Floats,
    box: Floats,
    arcs: Ints,
    low: Floats,
    foot: Floats,
) -> tuple[int, float]:
    """List the arcs that may be nearest to a point, ascending, and the tee where each is nearest.

    `hint` is an arc that may be near. Gives how many there are, -1 for more than there is room
    for; and a bound of how far the nearest is.
    """
    rank_arcs(leaves, hint >> 3, x, y, z, box)
    high = box[EIGHT + U(hint & 7)]
    bound = high * (1 + 1e-9) + CLOSE
    chord = reach(bound)
    many = 0
    depth = 1
    top = start.size - 2
    stack[0] = (top << 40) | start[top]
    lows[0] = -FAR
    while depth > 0:
        depth -= 1
        if lows[depth] > chord:
            continue
        level, group = stack[depth] >> 40, stack[depth] & ((1 << 40) - 1)
        if level == 0:
            rank_arcs(leaves, group, x, y, z, box)
            for k in range(8):
                u = U(k)
                if box[u] <= bound:
                    if box[EIGHT + u] < high:
                        high = box[EIGHT + u]
                        bound = high * (1 + 1e-9) + CLOSE
                        chord = reach(bound)
                    if many == arcs.size:
                        kept = 0
                        for j in range(many):
                            if low[j] <= bound:
                                arcs[kept], low[kept], foot[kept] = arcs[j], low[j], foot[j]
                                kept += 1
                        if kept == many:
                            return -1, high
                        many = kept
                    arcs[many], low[many] = 8 * group + k, box[u]
                    foot[many] = box[EIGHT + EIGHT + u]
                    many += 1
            continue
        rank_boxes(boxes, group - start[1], x, y, z, box)
        first = start[level - 1] + 8 * (group - start[level])
        bottom = depth
        for k in range(8):
            value = box[U(k)]
            if value <= chord:
                # The nearest goes last, and is looked at first.
                at = depth
                while at > bottom and lows[at - 1] < value:
                    lows[at], stack[at] = lows[at - 1], stack[at - 1]
                    at -= 1
                lows[at], stack[at] = value, ((level - 1) << 40) | (first + k)
                depth += 1
    kept = 0
    for j in range(many):
        if low[j] <= bound:
            arc, value = arcs[j], foot[j]
            at = kept
            while at > 0 and arcs[at - 1] > arc:
                arcs[at], foot[at] = arcs[at - 1], foot[at - 1]
                at -= 1
            arcs[at], foot[at] = arc, value
            kept += 1
    return kept, high
