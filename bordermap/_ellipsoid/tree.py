# ruff: noqa: PLR0917  (numba knows no keyword arguments that cost nothing)
"""A tree over a border's arcs, and the compiled search that goes down it for one point.

Eight neighbouring arcs make a group, eight groups a larger one, and so on. All that a group holds
lies within `pad` of a straight piece b through a middle a: for an arc they are its own, for a group
b leads from the start of its first member to the end of its last, and pad is the greatest distance
to it of the ends of a member's b (the distance to a convex set is convex, so along b it is greatest
at an end), and that member's pad more.

Let w be the chord from a point P to the nearest point of b, K what `_geodesic.order` makes of it,
and X any point of the group, v its chord. Then |v| ≥ m = |w| - pad, and K grows with the chord when
η and ζ stay; those change by no more than `pruning._gap` allows for chords whose ends are no
farther apart than the group is wide, |b| + 2 pad. So with c = e'²/12a²

    √K(X) ≥ √K(w) - 1.001 pad - 7.2 c |w|⁴ (|b| + 2 pad)/m²,

(the last term being 1.5 c |w|⁴ (4/m + 2/B)(|b| + 2 pad)/m, m < 2,400 km), and a group for which
this is more than `bound_of` the nearest arc so far holds nothing that can win.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bordermap._ellipsoid.geodesic import Floats
from bordermap._ellipsoid.lanes import FAR, KEY, ZETA, U, bound_of, compiled

if TYPE_CHECKING:
    from bordermap._ellipsoid.arcs import Arcs, Ints

__all__ = ["CANDIDATES", "STACK", "climb", "grow", "rank_group"]

EIGHT = U(8)
FIELDS = 9  # middle, way, -1/|way|², pad, and by how much the bound above falls with |w|⁴/m²
GROUP = U(8 * FIELDS)
AX, AY, AZ, BX, BY, BZ, STRIDE, PAD, SKEW = (U(8 * k) for k in range(FIELDS))
CANDIDATES = 2048  # arcs that may be nearest to one point; more are left to NumPy
STACK = 256  # groups on the way: no more than seven for each level
NOWHERE = 1e8  # metres: where the members are that the last group lacks


def grow(arcs: Arcs) -> tuple[Floats, Ints]:
    """Groups of eight, one level after another; and the first of every level, and the last's end."""
    middle, way = arcs.shape[:3].copy(), arcs.shape[3:6].copy()
    pad, skew = arcs.pad, np.zeros(len(arcs))
    levels, start = [], [0]
    while True:
        count = pad.size
        groups = -(-count // 8)
        rows = np.zeros((FIELDS, 8 * groups))
        rows[0], rows[6] = NOWHERE, -1.0
        stride = -1 / np.maximum((way * way).sum(axis=0), 1e-12)
        rows[:, :count] = np.concatenate([middle, way, [stride, pad, skew]])
        levels.append(rows.reshape(FIELDS, groups, 8).transpose(1, 0, 2).ravel())
        start.append(start[-1] + groups)
        if groups == 1:
            return np.concatenate(levels), np.array(start)
        heads = np.arange(0, count, 8)
        tails = np.append(heads[1:], count) - 1
        first = middle[:, heads] - way[:, heads] / 2
        last = middle[:, tails] + way[:, tails] / 2
        owner = np.arange(count) >> 3
        centre, along = (first + last) / 2, last - first
        square = np.maximum((along * along).sum(axis=0), 1e-12)
        off = np.zeros(count)
        for side in (-0.5, 0.5):
            w = middle + side * way - centre[:, owner]
            share = np.clip((w * along[:, owner]).sum(axis=0) / square[owner], -0.5, 0.5)
            w -= share * along[:, owner]
            off = np.maximum(off, np.sqrt((w * w).sum(axis=0)))
        pad = np.maximum.reduceat(off + pad, heads) + 1e-6
        middle, way = centre, along
        skew = 7.2 * KEY * (np.sqrt(square) + 2 * pad)


@compiled(fastmath=True)
def rank_group(tree: Floats, group: int, x: float, y: float, z: float, box: Floats) -> None:
    """√K, and where on its way, for the eight of a group."""
    at = U(group) * GROUP
    for k in range(EIGHT):
        i = at + k
        wx, wy, wz = tree[AX + i] - x, tree[AY + i] - y, tree[AZ + i] - z
        bx, by, bz = tree[BX + i], tree[BY + i], tree[BZ + i]
        t = min(max((wx * bx + wy * by + wz * bz) * tree[STRIDE + i], -0.5), 0.5)
        wx += t * bx
        wy += t * by
        wz += t * bz
        squared = wx * wx + wy * wy + wz * wz
        sum_z = wz + 2 * z
        chord = math.sqrt(squared + KEY * squared * (2 * wz * wz - squared * sum_z * sum_z * ZETA))
        pad = tree[PAD + i]
        least = max(chord - 1.001 * pad, 1.0)
        box[k] = chord - 1.001 * pad - tree[SKEW + i] * squared * squared / (least * least)
        box[EIGHT + k] = chord + pad
        box[EIGHT + EIGHT + k] = t


@compiled(fastmath=True)
def climb(  # noqa: C901, PLR0912, PLR0915  (one loop, so that it compiles to one)
    x: float,
    y: float,
    z: float,
    tree: Floats,
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
    rank_group(tree, hint >> 3, x, y, z, box)
    high = box[EIGHT + U(hint & 7)]
    bound = bound_of(high)
    many = 0
    depth = 1
    top = start.size - 2
    stack[0] = (top << 40) | start[top]
    lows[0] = -FAR
    while depth > 0:
        depth -= 1
        if lows[depth] > bound:
            continue
        level, group = stack[depth] >> 40, stack[depth] & ((1 << 40) - 1)
        rank_group(tree, group, x, y, z, box)
        if level == 0:
            for k in range(8):
                u = U(k)
                if box[u] <= bound:
                    if box[EIGHT + u] < high:
                        high = box[EIGHT + u]
                        bound = bound_of(high)
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
        first = start[level - 1] + 8 * (group - start[level])
        bottom = depth
        for k in range(8):
            value = box[U(k)]
            if value <= bound:
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
