# ruff: noqa: PLR0917  (numba knows no keyword arguments that cost nothing)
"""The bounds of `_ellipsoid.pruning`, compiled: which arcs can be nearest somewhere in a cell.

A cell is looked at alone. What may win is what its parent lists, or comes from the tree of
`_ellipsoid.tree`, level by level from the largest groups down. Items are held against the nearest of
all, the nearest of their neighbours, and two headlands on either side; groups by all that lies
within `reach` of their middle, and by a vertex in each that may be a headland for others. Last, arcs
of which only an end can win become that end.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bordermap._ellipsoid.arcs import END, MARGIN, START, WHOLE
from bordermap._ellipsoid.geodesic import EP2, NEAR, A, B, Floats
from bordermap._ellipsoid.lanes import FAR, KEY, T0, T1, ZETA, U, compiled
from bordermap._ellipsoid.pruning import R_LEAST
from bordermap._ellipsoid.tree import (
    ARC,
    AX,
    AY,
    AZ,
    BOX,
    PAD,
    SIZE,
    climb,
    rank_arcs,
    rank_boxes,
)

if TYPE_CHECKING:
    from bordermap._ellipsoid.lanes import Whole
    from bordermap._ellipsoid.points import Ints

__all__ = ["BEYOND", "CROWDED", "MOST", "ROWS", "sift"]

CROWDED = 3  # kind of a cell for which too much would have to be listed
BEYOND = 4  # kind of a cell out of reach of the closed form
MOST = 4096  # arcs that are looked at in one cell
LISTED = 128  # and that are listed
GROUP_OF = 8  # neighbours of which the best may rule out the others
THIN = 12  # items: fewer are worth no look for bays
SKEW = EP2 / (12 * A * A)
ROWS = 15  # of what `_measure` fills


@compiled(fastmath=True)
def _along(chord: float) -> float:
    """Geodesic length of what `order` makes of a chord, roughly."""
    u = chord * chord * (1 / (A * A))
    return chord * (1 + u * (1 / 24 + u * (3 / 640 + u * 5 / 7168)))


@compiled(fastmath=True)
def _spare(chord: float) -> float:
    u = chord * chord * (1 / (A * A))
    return chord * u * (T0 + u * T1) + 1e-6


@compiled(fastmath=True)
def _sine(low: float) -> float:
    x = max(low / B, 0.0)
    return x * (1 - x * x / 6)


@compiled(fastmath=True)
def _may_win(low: float, least: float, across: float, radius: float) -> bool:
    """`pruning._may_win`, within reach of the closed form."""
    sines = _sine(low - radius) * _sine(least - radius)
    rate = 2.0
    if sines > 0.0:
        rate = min(1.01 / R_LEAST * across / math.sqrt(max(sines, 1e-18)), 2.0)
    return low - least <= rate * radius + MARGIN


@compiled(fastmath=True)
def _measure(
    items: Ints, many: int, x: float, y: float, z: float, straight: Floats, long: Floats, f: Floats
) -> None:
    """Fill a column of `f` for each item.

    The foot, the middle, the way, half its length, low, high, pad, the foot's t, and reach, which is
    how far beyond the way there may be more of it.
    """
    for j in range(many):
        arc, part = items[j] >> 2, items[j] & 3
        mx, my, mz = straight[arc, 0] - x, straight[arc, 1] - y, straight[arc, 2] - z
        bx, by, bz = straight[arc, 3], straight[arc, 4], straight[arc, 5]
        foot = (mx * bx + my * by + mz * bz) * straight[arc, 6]
        t = min(max(foot, 0.5 if part == END else -0.5), -0.5 if part == START else 0.5)
        wx, wy, wz = mx + t * bx, my + t * by, mz + t * bz
        squared = wx * wx + wy * wy + wz * wz
        sum_z = wz + 2 * z
        chord = math.sqrt(squared + KEY * squared * (2 * wz * wz - squared * sum_z * sum_z * ZETA))
        pad = straight[arc, 7]
        spare = _spare(chord) + 1.1 * pad
        f[0, j], f[1, j], f[2, j] = wx, wy, wz
        if part == WHOLE:
            f[3, j], f[4, j], f[5, j] = mx, my, mz
            f[6, j], f[7, j], f[8, j] = bx, by, bz
            f[9, j] = 0.5 * long[arc]
        else:
            f[3, j], f[4, j], f[5, j] = wx, wy, wz
            f[6, j], f[7, j], f[8, j] = 0.0, 0.0, 0.0
            f[9, j] = 0.0
        distance = _along(chord)
        f[10, j], f[11, j], f[12, j] = distance - spare, distance + spare, pad
        f[13, j], f[14, j] = foot, 0.0


@compiled(fastmath=True)
def _keep(items: Ints, f: Floats, kept: int, j: int) -> None:
    items[kept] = items[j]
    for row in range(ROWS):
        f[row, kept] = f[row, j]


@compiled(fastmath=True)
def _against(items: Ints, f: Floats, many: int, radius: float, shift: int) -> int:
    """Hold each item against the nearest of those that share the upper digits of its arc."""
    kept = start = 0
    while start < many:
        stop, best = start, start
        group = items[start] >> shift
        while stop < many and items[stop] >> shift == group:
            if f[11, stop] < f[11, best]:
                best = stop
            stop += 1
        gx, gy, gz, least, pad = f[0, best], f[1, best], f[2, best], f[11, best], f[12, best]
        for j in range(start, stop):
            dx, dy, dz = f[3, j] - gx, f[4, j] - gy, f[5, j] - gz
            across = math.sqrt(dx * dx + dy * dy + dz * dz) + f[9, j] + pad
            if _may_win(f[10, j], least, across, radius):
                _keep(items, f, kept, j)
                kept += 1
        start = stop
    return kept


@compiled(fastmath=True)
def _nearest_of(f: Floats, start: int, stop: int) -> int:
    best, least = start, FAR
    for j in range(start, stop):
        near = f[0, j] * f[0, j] + f[1, j] * f[1, j] + f[2, j] * f[2, j]
        if near < least:
            best, least = j, near
    return best


@compiled(fastmath=True)
def _gap(low: float, high: float, width: float, pad: float) -> float:
    """`pruning._gap`."""
    turn = min(width / max(low, 1e-3), 0.5)
    q = high * high
    u = q / (A * A)
    skew = SKEW * q * q * (4 * turn + 2 * width / B)
    return 1.5 * skew + q * (1e-11 + u * (T0 + u * T1)) + 2.2 * high * (pad + MARGIN)


@compiled(fastmath=True)
def _in_a_bay(f: Floats, j: int, before: int, after: int, radius: float) -> bool:
    """Whether one or other of two headlands is nearer than an item, wherever in the cell."""
    lx, ly, lz = f[0, before], f[1, before], f[2, before]
    wx, wy, wz = f[0, after] - lx, f[1, after] - ly, f[2, after] - lz
    square = max(wx * wx + wy * wy + wz * wz, 1e-9)
    start = lx * lx + ly * ly + lz * lz
    end = f[0, after] * f[0, after] + f[1, after] * f[1, after] + f[2, after] * f[2, after]
    near = f[0, j] * f[0, j] + f[1, j] * f[1, j] + f[2, j] * f[2, j]
    gain, far, wide, reach = FAR, max(start, end), 0.0, f[14, j]
    for half in range(2):
        side = half - 0.5
        vx, vy, vz = f[3, j] + side * f[6, j], f[4, j] + side * f[7, j], f[5, j] + side * f[8, j]
        dx, dy, dz = vx - lx, vy - ly, vz - lz
        share = min(max((dx * wx + dy * wy + dz * wz) / square, 0.0), 1.0)
        dx, dy, dz = dx - share * wx, dy - share * wy, dz - share * wz
        own = vx * vx + vy * vy + vz * vz
        off = math.sqrt(dx * dx + dy * dy + dz * dz) + reach
        shortest = max(math.sqrt(own) - reach, 0.0)
        own_least = shortest * shortest
        gain = min(gain, own_least - start - share * (end - start) - 2 * radius * off)
        far, wide = max(far, own), max(wide, off)
    gain -= 0.25 * (f[6, j] * f[6, j] + f[7, j] * f[7, j] + f[8, j] * f[8, j])
    nearest = math.sqrt(min(near, start, end)) - reach
    high = math.sqrt(far) + reach + radius
    pads = f[12, j] + max(f[12, before], f[12, after])
    gain -= _gap(nearest - radius, high, wide + math.sqrt(square), pads)
    out: bool = gain > 0.0 and high < NEAR
    return out


@compiled(fastmath=True)
def _out_of_bays(
    items: Ints, f: Floats, many: int, radius: float, heads: Ints, out: Whole
) -> tuple[int, int]:
    """Rule out what lies between headlands, farther and farther apart; and how many looks it took."""
    among = GROUP_OF
    work = 0
    while among < many:
        groups = 0
        for start in range(0, many, among):
            heads[groups] = _nearest_of(f, start, min(start + among, many))
            groups += 1
        work += 2 * many
        for j in range(many):
            group = j // among
            before = heads[group - 1] if group > 0 else heads[group]
            after = heads[group + 1] if group + 1 < groups else heads[group]
            out[j] = _in_a_bay(f, j, before, after, radius)
        kept = 0
        for j in range(many):
            if not out[j]:
                _keep(items, f, kept, j)
                kept += 1
        if kept > 0.8 * many:
            among *= 4
        many = kept
    return many, work


@compiled(fastmath=True)
def _thin(
    items: Ints, f: Floats, many: int, radius: float, shift: int, heads: Ints, out: Whole
) -> tuple[int, int]:
    """Leave out what neighbours or headlands rule out; and how many looks that took."""
    work = many
    many = _against(items, f, many, radius, shift)
    if many > THIN:
        many, looks = _out_of_bays(items, f, many, radius, heads, out)
        work += looks
    return many, work


@compiled(fastmath=True)
def _from_tree(  # noqa: C901, PLR0912, PLR0915  (one loop, so that it compiles to one)
    x: float,
    y: float,
    z: float,
    radius: float,
    leaves: Floats,
    boxes: Floats,
    levels: Ints,
    straight: Floats,
    best: int,
    box: Floats,
    items: Ints,
    f: Floats,
    heads: Ints,
    out: Whole,
    groups: Ints,
) -> tuple[int, int]:
    """The arcs that may win against the `best` of those measured; -1: too many. And how many looks.

    Level by level, so that groups in a bay between the headlands of others are not gone into. A
    group's column of `f` says of its foot where a vertex in it is, and of its middle and reach where
    all of it is.
    """
    fx, fy, fz, least, pad = f[0, best], f[1, best], f[2, best], f[11, best], f[12, best]
    top = levels.size - 2
    items[0], many, work = levels[top], 1, 0
    for level in range(top, -1, -1):
        above, many = many, 0
        for j in range(above):
            groups[j] = items[j]
        work += 8 * above
        for j in range(above):
            group = groups[j]
            if level == 0:
                rank_arcs(leaves, group, x, y, z, box)
            else:
                rank_boxes(boxes, group - levels[1], x, y, z, box)
            for k in range(8):
                low = box[U(k)]
                if level > 0:
                    low = _along(low) - _spare(low)
                if low - least > 2.0 * radius + MARGIN:
                    continue
                if level == 0:
                    i = U(group) * ARC + U(k)
                    ax, ay, az = leaves[AX + i] - x, leaves[AY + i] - y, leaves[AZ + i] - z
                    reach = leaves[SIZE + i] / 40 + 1.01 * leaves[PAD + i]
                else:
                    i = U(group - levels[1]) * BOX + U(k)
                    ax, ay, az = boxes[AX + i] - x, boxes[AY + i] - y, boxes[AZ + i] - z
                    reach = boxes[SIZE + i] + 1.01 * boxes[PAD + i]
                dx, dy, dz = ax - fx, ay - fy, az - fz
                across = math.sqrt(dx * dx + dy * dy + dz * dz) + reach + pad
                if not _may_win(low, least, across, radius):
                    continue
                if many == items.size:
                    return -1, work
                if level == 0:
                    items[many] = 4 * (8 * group + k) + WHOLE
                    many += 1
                    continue
                member = 8 * (group - levels[level]) + k
                items[many] = levels[level - 1] + member
                arc = min((2 * member + 1) << (3 * level - 1), straight.shape[0] - 1)
                vx = straight[arc, 0] - 0.5 * straight[arc, 3] - x
                vy = straight[arc, 1] - 0.5 * straight[arc, 4] - y
                vz = straight[arc, 2] - 0.5 * straight[arc, 5] - z
                squared = vx * vx + vy * vy + vz * vz
                tilt = 2 * vz * vz - squared * (vz + 2 * z) * (vz + 2 * z) * ZETA
                chord = math.sqrt(squared + KEY * squared * tilt)
                f[0, many], f[1, many], f[2, many] = vx, vy, vz
                f[3, many], f[4, many], f[5, many] = ax, ay, az
                f[6, many], f[7, many], f[8, many] = 0.0, 0.0, 0.0
                f[9, many], f[10, many], f[12, many] = reach, low, straight[arc, 7]
                f[11, many] = _along(chord) + _spare(chord) + 1.1 * straight[arc, 7]
                f[13, many], f[14, many] = 0.0, reach
                many += 1
        if level > 0:
            many, looks = _thin(items, f, many, radius, 3, heads, out)
            work += looks
    return many, work


@compiled(fastmath=True)
def _ends(
    items: Ints, f: Floats, many: int, radius: float, straight: Floats, long: Floats, first: Ints
) -> int:
    """Arcs of which only an end can win become it; and a vertex is listed once."""
    for j in range(many):
        if items[j] & 3 == WHOLE:
            arc = items[j] >> 2
            far = f[11, j] + radius + long[arc]
            beyond = abs(f[13, j]) - 0.5 - math.sqrt(-straight[arc, 6]) * radius
            bend = straight[arc, 9] + far * (straight[arc, 10] + far * far * straight[arc, 11])
            if beyond > bend and far < NEAR:
                items[j] += END if f[13, j] > 0 else START
        if items[j] & 3 == START:
            items[j] = first[items[j] >> 2]
    for j in range(1, many):
        item = items[j]
        i = j
        while i > 0 and items[i - 1] > item:
            items[i] = items[i - 1]
            i -= 1
        items[i] = item
    kept = 0
    for j in range(many):
        item = items[j]
        if kept > 0:
            before = items[kept - 1]
            if before == item or (before >> 2 == item >> 2 and before & 3 == WHOLE):
                continue
        items[kept] = item
        kept += 1
    return kept


@compiled(fastmath=True)
def sift(  # noqa: C901, PLR0912  (one loop, so that it compiles to one)
    centre: Floats,
    radius: Floats,
    begin: Ints,
    size: Ints,
    listed: Whole,
    used: int,
    straight: Floats,
    long: Floats,
    first: Ints,
    leaves: Floats,
    boxes: Floats,
    levels: Ints,
    work: Ints,
    stack: Ints,
    lows: Floats,
    box: Floats,
    near: Ints,
    near_low: Floats,
    near_t: Floats,
    items: Ints,
    f: Floats,
    heads: Ints,
    out: Whole,
    groups: Ints,
    made: Ints,
) -> int:
    """List what may win in each cell at the end of `listed`, of which `used` are taken.

    `begin` and `size` say where in `listed` the parent's list is, size 0 that there is none. There
    has to be room for `LISTED` items to a cell. A row of `made` says where a cell's list begins, how
    long it is and of what kind. Gives how many are taken then.
    """
    hint = 0
    for cell in range(radius.size):
        x, y, z, r = centre[cell, 0], centre[cell, 1], centre[cell, 2], radius[cell]
        made[cell, 0], made[cell, 1], made[cell, 2] = used, 0, CROWDED
        many = size[cell]
        work[0] += 64
        if many > 0:
            for j in range(many):
                items[j] = listed[begin[cell] + j]
        else:
            found, high = climb(
                x, y, z, leaves, boxes, levels, hint, stack, lows, box, near, near_low, near_t
            )
            if high - 1.1 * r > NEAR:
                made[cell, 2] = BEYOND
            if found < 0 or high + 3.0 * r > NEAR:
                continue
            hint = near[0]
            for j in range(found):
                items[j] = 4 * near[j] + WHOLE
            _measure(items, found, x, y, z, straight, long, f)
            b = 0
            for j in range(found):
                if f[11, j] < f[11, b]:
                    b = j
            many, looks = _from_tree(
                x,
                y,
                z,
                r,
                leaves,
                boxes,
                levels,
                straight,
                b,
                box,
                items,
                f,
                heads,
                out,
                groups,
            )
            work[0] += looks
            if many < 0:
                continue
        _measure(items, many, x, y, z, straight, long, f)
        if size[cell] > 0:
            many = _against(items, f, many, r, 62)
        many, looks = _thin(items, f, many, r, 5, heads, out)
        work[0] += looks
        if many > 2 * LISTED:  # two may become one vertex, no more
            continue
        many = _ends(items, f, many, r, straight, long, first)
        if many > LISTED:
            continue
        kind = 0
        for j in range(many):
            listed[used + j] = items[j]
            if items[j] & 3 == WHOLE:
                kind = 1
        used += many
        made[cell, 1], made[cell, 2] = many, kind
    return used
