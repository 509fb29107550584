# ruff: noqa: PLR0917  (numba knows no keyword arguments that cost nothing)
"""The search of `_ellipsoid.cells` and `_ellipsoid.arcs`, compiled (the extra `fast`, which brings numba).

Points are put in order by degree, so that neighbours find their part of the tables in the cache,
and are taken a few thousand at a time through loops that the compiler turns into vector code: to
Earth-centred coordinates; each to its leaf, where its items are ranked by `_geodesic.order`; and
lengths to those that can be nearest, mostly one, and mostly a vertex. Formulas and bounds are
those of `_ellipsoid.cells` and `_ellipsoid.arcs`, and answers agree to a micrometre. What is rare is left to NumPy:
points without a table, out of reach of the closed form, or beside an arc that bends away.

Sine and cosine come from those of the middle of the point's degree by the addition theorems, with
Taylor series over half a degree; their first neglected terms are below 1e-16.
"""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from bordermap._ellipsoid import geodesic
from bordermap._ellipsoid.arcs import END, MARGIN, RESERVE, SAME, START, TILT, WHOLE, bends
from bordermap._ellipsoid.geodesic import ASIN, EP2, FIRST, NEAR, SECOND, TIE, A, B

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bordermap._ellipsoid.arcs import Arcs, Found, Ints
    from bordermap._ellipsoid.cells import Table
    from bordermap._ellipsoid.geodesic import Floats

    Whole = NDArray[np.int32]


__all__ = ["LEFT", "Kernel"]

ENDS, CHUNKS = 0, 2
KEY, ZETA = EP2 / (12 * A * A), 0.25 / (B * B)
LEFT = -1.0  # distance of a point that the kernel leaves to NumPy
ROOM = 64  # items of a leaf that the kernel ranks; more are rare, and left to NumPy
BLOCK = 2048  # points at a time
FAR = 1e300
UNSURE = 4.0  # added to a t that Newton's step may change

# Rows of one array, so that the compiler sees that they do not overlap; not a multiple of 4 KiB
# apart, lest they compete for the same lines of the cache.
STEP = BLOCK + 8
X, Y, PX, PY, PZ, HIGH, LEAST, NEXT, NAME, T, SQUARE, RISE, LENGTH, FEET = (
    STEP * row for row in range(14)
)
ROWS = 14 + 15
NOTHING, DONE = -1, -2  # instead of an item: left to NumPy, written already

FINEST = 6  # quarterings of a degree that points are put in order by, at most
EVEN = np.array([sum((i >> k & 1) << 2 * k for k in range(FINEST)) for i in range(1 << FINEST)])
CROWD = 8  # points to a cell of that order
FEWEST = 4096  # cells of that order, at least

E2 = geodesic.E2
RADIAN = math.pi / 180.0
# (1 - x)^(-1/2), x ≤ e²: the next term is below 1e-17.
ROOT = (1.0, 1 / 2, 3 / 8, 5 / 16, 35 / 128, 63 / 256, 231 / 1024)
A0, A1, A2, A3, A4, A5, A6, A7 = ASIN
F0, F1, F2, F3, F4 = FIRST
R0, R1, R2, R3, R4, R5, R6 = ROOT
(P0, P1, P2, P3, P4), (Q0, Q1, Q2, Q3, Q4) = SECOND
T0, T1 = TIE
# Numba keeps what it compiled as long as this file is unchanged, and knows nothing of its imports:
# their constants are part of the functions' names.
TAKEN_OVER = (
    END,
    MARGIN,
    RESERVE,
    SAME,
    START,
    TILT,
    WHOLE,
    ASIN,
    EP2,
    FIRST,
    NEAR,
    SECOND,
    TIE,
    A,
    B,
)
STAMP = f"_{zlib.crc32(repr(TAKEN_OVER).encode()):08x}"
MIDDLES = np.radians(np.arange(360) - 179.5)
TURN = np.concatenate([np.sin(MIDDLES), np.cos(MIDDLES)])


def compiled(*, fastmath: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """Numba's decorator, with what it compiles kept on disk where there is a place for it."""

    def decorate(function: Callable[..., Any]) -> Any:
        function.__qualname__ += STAMP
        try:
            return njit(nogil=True, cache=True, error_model="numpy", fastmath=fastmath)(function)
        except RuntimeError:  # neither beside the module nor in the user's cache folder
            return njit(nogil=True, error_model="numpy", fastmath=fastmath)(function)

    return decorate


class Kernel:
    """A border's arcs, laid out so that each step reads one or two cache lines."""

    def __init__(self, arcs: Arcs) -> None:
        speed, bend = bends(arcs)
        shared = arcs.first & 3 == END
        rows = [*arcs.shape[:6], arcs.stride, arcs.pad, 1.02 * speed, *bend, shared]
        self.straight = np.ascontiguousarray(np.stack(rows, axis=1))
        self.shape = np.ascontiguousarray(arcs.shape.T)
        self.ends = np.ascontiguousarray(arcs.ends.T)
        self._nodes: tuple[Table | None, Whole] = (None, np.empty((0, 4), np.int32))

    def nearest(self, table: Table, lon: Floats, lat: Floats, out: Found) -> Whole:
        """Fill `out`, its distance `LEFT` where NumPy has to look; and count what falls where.

        Where `out` has no room for arcs, distances alone are written. Gives how many points lie in
        each leaf.
        """
        known, nodes = self._nodes
        if known is not table:
            columns = table.child, table.begin, table.size, table.kind
            nodes = np.stack(columns, axis=1, dtype=np.int32, casting="same_kind")
            self._nodes = table, nodes
        tally = np.zeros(table.child.size, np.int32)
        _search(
            *(lon, lat, table.root, nodes, table.items, self.straight, self.shape, self.ends),
            *(TURN, tally, out.distance, out.arc, out.t),
        )
        return tally


@compiled()
def _sort(lons: Floats, lats: Floats, order: Whole, x: Floats, y: Floats) -> None:
    """Put points in order by degree, and within it by quarters of quarters, few points to each."""
    size = lons.size
    west, east, south, north = 180.0, -180.0, 90.0, -90.0
    for i in range(size):
        west, east = min(west, lons[i]), max(east, lons[i])
        south, north = min(south, lats[i]), max(north, lats[i])
    left, low = int(west + 180.0), int(south + 90.0)
    across = int(east + 180.0) - left + 1
    degrees = across * (int(north + 90.0) - low + 1)
    bits = 0
    while bits < FINEST and degrees << 2 * (bits + 1) <= max(size // CROWD, FEWEST):
        bits += 1
    parts = 1 << bits
    start = np.zeros((degrees << 2 * bits) + 1, np.int32)
    keys = np.empty(size, np.int32)
    for i in range(size):
        u, v = (lons[i] + 180.0 - left) * parts, (lats[i] + 90.0 - low) * parts
        column, row = np.int32(u), np.int32(v)
        degree = (row >> bits) * across + (column >> bits)
        key = (degree << 2 * bits) + EVEN[column & (parts - 1)] + 2 * EVEN[row & (parts - 1)]
        keys[i] = key
        start[key + 1] += 1
    for k in range(start.size - 1):
        start[k + 1] += start[k]
    for i in range(size):
        at = start[keys[i]]
        start[keys[i]] = at + 1
        order[at] = i
        x[at] = lons[i]
        y[at] = lats[i]


@compiled(fastmath=True)
def _place(rows: Floats, size: int, column: int, row: int, turn: Floats) -> None:
    """Earth-centred coordinates of points, given in degrees from the middle of their degree."""
    s_lon, c_lon = turn[column], turn[360 + column]
    s_lat, c_lat = turn[90 + row], turn[450 + row]
    for i in range(size):
        d = rows[X + i] * RADIAN
        e = d * d
        sd = d * (1 - e * (1 / 6 - e * (1 / 120 - e * (1 / 5040))))
        cd = 1 - e * (1 / 2 - e * (1 / 24 - e * (1 / 720)))
        sin_lon, cos_lon = s_lon * cd + c_lon * sd, c_lon * cd - s_lon * sd
        d = rows[Y + i] * RADIAN
        e = d * d
        sd = d * (1 - e * (1 / 6 - e * (1 / 120 - e * (1 / 5040))))
        cd = 1 - e * (1 / 2 - e * (1 / 24 - e * (1 / 720)))
        sin_lat, cos_lat = s_lat * cd + c_lat * sd, c_lat * cd - s_lat * sd
        u = E2 * sin_lat * sin_lat
        normal = A * ((((((R6 * u + R5) * u + R4) * u + R3) * u + R2) * u + R1) * u + R0)
        rows[PX + i] = normal * cos_lat * cos_lon
        rows[PY + i] = normal * cos_lat * sin_lon
        rows[PZ + i] = (1 - E2) * normal * sin_lat
        rows[HIGH + i] = FAR
        rows[LEAST + i] = FAR
        rows[NEXT + i] = FAR


@compiled(fastmath=True)
def _rank_end(rows: Floats, start: int, stop: int, name: float, t: float, at: Floats) -> None:
    """Rank a vertex among the items of the points from `start` to `stop`."""
    x, y, z = at[0], at[1], at[2]
    for i in range(start, stop):
        wx, wy, wz = x - rows[PX + i], y - rows[PY + i], z - rows[PZ + i]
        squared = wx * wx + wy * wy + wz * wz
        sum_z = wz + 2 * rows[PZ + i]
        key = math.sqrt(squared + KEY * squared * (2 * wz * wz - squared * sum_z * sum_z * ZETA))
        least = rows[LEAST + i]
        ahead = key < least
        rows[NEXT + i] = min(rows[NEXT + i], max(least, key))
        rows[LEAST + i] = min(least, key)
        rows[HIGH + i] = min(rows[HIGH + i], key)
        rows[NAME + i] = name if ahead else rows[NAME + i]
        rows[T + i] = t if ahead else rows[T + i]
        rows[SQUARE + i] = squared if ahead else rows[SQUARE + i]
        rows[RISE + i] = wz if ahead else rows[RISE + i]


@compiled(fastmath=True)
def _rank_arc(
    rows: Floats, start: int, stop: int, name: float, piece: Floats, shared: float
) -> None:
    """Rank an arc by its straight piece; not where it is its start that is nearest and `shared`."""
    ax, ay, az, bx, by, bz = piece[0], piece[1], piece[2], piece[3], piece[4], piece[5]
    stride, pad, size = piece[6], piece[7], piece[8]
    bend_0, bend_1, bend_3 = piece[9], piece[10], piece[11]
    for i in range(start, stop):
        wx, wy, wz = ax - rows[PX + i], ay - rows[PY + i], az - rows[PZ + i]
        foot = (wx * bx + wy * by + wz * bz) * stride
        t = min(max(foot, -0.5), 0.5)
        wx += t * bx
        wy += t * by
        wz += t * bz
        squared = wx * wx + wy * wy + wz * wz
        sum_z = wz + 2 * rows[PZ + i]
        chord = math.sqrt(squared + KEY * squared * (2 * wz * wz - squared * sum_z * sum_z * ZETA))
        far = chord + size
        bend = bend_0 + far * (bend_1 + far * far * bend_3)
        skip = FAR if foot < -0.5 - bend else 0.0
        skip *= shared
        low, high = chord - pad + skip, chord + pad + skip
        least = rows[LEAST + i]
        ahead = low < least
        rows[NEXT + i] = min(rows[NEXT + i], max(least, low))
        rows[LEAST + i] = min(least, low)
        rows[HIGH + i] = min(rows[HIGH + i], high)
        rows[NAME + i] = name if ahead else rows[NAME + i]
        sure = t if abs(foot) > 0.5 + bend else t + UNSURE
        rows[T + i] = sure if ahead else rows[T + i]


@compiled(fastmath=True)
def _compare(rows: Floats, start: int, stop: int) -> None:
    """Below zero where more than one item may be nearest."""
    for i in range(start, stop):
        high = rows[HIGH + i]
        u = high * high * (1 / (A * A))
        bound = high * (1 + 1e-11 + u * (T0 + u * T1)) + MARGIN
        rows[NEXT + i] = min(rows[NEXT + i] - bound, NEAR - high)


@compiled(fastmath=True)
def _lengths(rows: Floats, size: int) -> None:
    """`_geodesic.length`, without arrays in between."""
    for j in range(size):
        squared, dz = rows[SQUARE + j], rows[RISE + j]
        sum_z = dz + 2 * rows[PZ + j]
        eta = dz * dz / (squared + 1e-300)
        stretch = 1 + EP2 * eta
        zeta = sum_z * sum_z / (4 * B * B * (1 - squared * stretch * (1 / (4 * A * A))))
        y = squared * stretch * stretch / (4 * A * A * (1 + EP2 * zeta))
        first = (((F4 * y + F3) * y + F2) * y + F1) * y + F0
        second = zeta * (P0 + y * Q0 + zeta * (P2 + y * Q2) + eta * (P3 + y * Q3)) + eta * (
            P1 + y * Q1 + eta * (P4 + y * Q4)
        )
        series = ((((((A7 * y + A6) * y + A5) * y + A4) * y + A3) * y + A2) * y + A1) * y + A0
        factor = 1 - EP2 * y * y * (first * (eta - zeta) + EP2 * second)
        rows[LENGTH + j] = series * math.sqrt(squared) * factor


@compiled(fastmath=True)
def _feet(rows: Floats, pairs: int) -> None:
    """One Newton step for `pairs` pairs of a point and an arc at once.

    From `FEET` on: the arc's twelve coefficients less the point, t, and its bounds; the others as
    for a point. To be filled are chord, rise and t, and `NEXT`: above zero where the step is not
    certain. No branch, so that the compiler can take several pairs at a time.
    """
    for j in range(pairs):
        ax, ay, az = rows[FEET + j], rows[FEET + STEP + j], rows[FEET + 2 * STEP + j]
        bx, by, bz = rows[FEET + 3 * STEP + j], rows[FEET + 4 * STEP + j], rows[FEET + 5 * STEP + j]
        cx, cy, cz = rows[FEET + 6 * STEP + j], rows[FEET + 7 * STEP + j], rows[FEET + 8 * STEP + j]
        dx, dy, dz = (
            rows[FEET + 9 * STEP + j],
            rows[FEET + 10 * STEP + j],
            rows[FEET + 11 * STEP + j],
        )
        t, z2 = rows[FEET + 12 * STEP + j], 2 * rows[PZ + j]
        wx = ax + t * (bx + t * (cx + t * dx))
        wy = ay + t * (by + t * (cy + t * dy))
        wz = az + t * (bz + t * (cz + t * dz))
        d3 = 3 * t
        vx = bx + t * (2 * cx + d3 * dx)
        vy = by + t * (2 * cy + d3 * dy)
        vz = bz + t * (2 * cz + d3 * dz)
        squared = wx * wx + wy * wy + wz * wz
        speed = vx * vx + vy * vy + vz * vz
        slope = wx * vx + wy * vy + wz * vz
        slope += squared * TILT * vz * (4 * wz - squared * (wz + z2) * (1 / (B * B)))
        bend = speed + 2 * (wx * (cx + d3 * dx) + wy * (cy + d3 * dy) + wz * (cz + d3 * dz))
        new = t - slope / bend
        new = min(max(new, rows[FEET + 13 * STEP + j]), rows[FEET + 14 * STEP + j])
        third = bx * cx + by * cy + bz * cz + wx * dx + wy * dy + wz * dz
        rest = RESERVE * third * (new - t) * (new - t)
        doubt = rest * rest / speed - 1e-6 * math.sqrt(squared) - 1e-13
        rows[NEXT + j] = max(doubt, 0.2 * speed - bend)
        wx = ax + new * (bx + new * (cx + new * dx))
        wy = ay + new * (by + new * (cy + new * dy))
        wz = az + new * (bz + new * (cz + new * dz))
        rows[SQUARE + j] = wx * wx + wy * wy + wz * wz
        rows[RISE + j] = wz
        rows[T + j] = new


@compiled(fastmath=True)
def _solve(
    rows: Floats,
    pairs: int,
    of_point: Whole,
    of_item: Whole,
    order: Whole,
    out_distance: Floats,
    out_arc: Ints,
    out_t: Floats,
) -> None:
    """Answers of the points of which these are the pairs, those of one point together."""
    _feet(rows, pairs)
    _lengths(rows, pairs)
    before, best = np.int32(-1), FAR
    for j in range(pairs):
        i = of_point[j]
        if i != before:
            before, best = i, FAR
        at = order[i]
        if rows[NEXT + j] > 0.0:
            best = LEFT
            out_distance[at] = LEFT
        if rows[LENGTH + j] < best - SAME:
            best = rows[LENGTH + j]
            out_distance[at] = best
            if out_arc.size:
                out_arc[at] = of_item[j] >> 2
                out_t[at] = rows[T + j]


@compiled(fastmath=True)
def _pair(
    rows: Floats, j: int, item: int, t: float, x: float, y: float, z: float, a: Floats
) -> None:
    """Write down an arc and a point for `_feet`."""
    for c in range(12):
        rows[FEET + c * STEP + j] = a[c]
    rows[FEET + j] -= x
    rows[FEET + STEP + j] -= y
    rows[FEET + 2 * STEP + j] -= z
    rows[PZ + j] = z
    rows[FEET + 12 * STEP + j] = t
    rows[FEET + 13 * STEP + j] = 0.5 if item & 3 == END else -0.5
    rows[FEET + 14 * STEP + j] = -0.5 if item & 3 == START else 0.5


@compiled(fastmath=True)
def _search(  # noqa: C901, PLR0912, PLR0915  (one loop, so that it compiles to one)
    lons: Floats,
    lats: Floats,
    root: Whole,
    nodes: Whole,
    listed: Whole,
    straight: Floats,
    shape: Floats,
    ends: Floats,
    turn: Floats,
    tally: Whole,
    out_distance: Floats,
    out_arc: Ints,
    out_t: Floats,
) -> None:
    size = lons.size
    order = np.empty(size, np.int32)
    lon, lat = np.empty(size), np.empty(size)
    _sort(lons, lats, order, lon, lat)
    rows, pairs = np.zeros(ROWS * STEP), np.zeros(ROWS * STEP)
    items_of = np.empty(BLOCK, np.int32)
    of_point, of_item = np.empty(STEP, np.int32), np.empty(STEP, np.int32)
    last = 0
    while last < size:
        first = last
        column = min(int(lon[first] + 180.0), 359)
        row = min(int(lat[first] + 90.0), 179)
        # The points of one degree follow each other.
        while last < size and last < first + BLOCK:
            u, v = lon[last] - (column - 180.0), lat[last] - (row - 90.0)
            if u < 0.0 or v < 0.0 or u > 1.0 or v > 1.0:
                break
            if (u == 1.0 and column < 359) or (v == 1.0 and row < 179):
                break
            rows[X + last - first], rows[Y + last - first] = u - 0.5, v - 0.5
            last += 1
        many = last - first
        top = root[row * 360 + column]
        if top < 0:
            for i in range(first, last):
                out_distance[order[i]] = LEFT
            continue
        _place(rows, many, column, row, turn)
        pending = 0
        stop = 0
        while stop < many:
            # A leaf; the quarter is told by the next binary digit of either fraction of a degree.
            start = stop
            u, v = rows[X + start] + 0.5, rows[Y + start] + 0.5
            west, south, side = -0.5, -0.5, 1.0
            node, down = top, nodes[top, 0]
            while down >= 0:
                u, v, side = 2 * u, 2 * v, 0.5 * side
                east, north = u >= 1.0, v >= 1.0
                u, v = u - east, v - north
                west, south = west + side * east, south + side * north
                node = down + east + 2 * north
                down = nodes[node, 0]
            stop += 1
            while stop < many:
                u, v = rows[X + stop] - west, rows[Y + stop] - south
                if u < 0.0 or v < 0.0 or u >= side or v >= side:
                    break
                stop += 1
            begin, items, kind = nodes[node, 1], nodes[node, 2], nodes[node, 3]
            tally[node] += stop - start
            if items > ROOM or kind == CHUNKS:
                for i in range(start, stop):
                    items_of[i] = NOTHING
                continue
            for j in range(items):
                item = listed[begin + j]
                arc, part = item >> 2, item & 3
                if part == WHOLE:
                    before = listed[begin + j - 1] if j > 0 else -8
                    shared = 0.0
                    if before >> 2 == arc - 1 and before & 3 != START:
                        shared = straight[arc, 12]
                    _rank_arc(rows, start, stop, float(j), straight[arc], shared)
                else:
                    t = 0.5 if part == END else -0.5
                    _rank_end(rows, start, stop, float(j), t, ends[2 * arc + part - START])
            _compare(rows, start, stop)
            for i in range(start, stop):
                if rows[NEXT + i] > 0.0:
                    item = listed[begin + int(rows[NAME + i])]
                    items_of[i] = item
                    if item & 3 != WHOLE:
                        continue
                    arc, t = item >> 2, rows[T + i]
                    px, py, pz = rows[PX + i], rows[PY + i], rows[PZ + i]
                    if t < 1.0:
                        at = 2 * arc + (t > 0)
                        wx, wy, wz = ends[at, 0] - px, ends[at, 1] - py, ends[at, 2] - pz
                        rows[SQUARE + i], rows[RISE + i] = wx * wx + wy * wy + wz * wz, wz
                        continue
                    _pair(pairs, pending, item, t - UNSURE, px, py, pz, shape[arc])
                    of_point[pending] = first + i
                    of_item[pending] = item
                    pending += 1
                    items_of[i] = DONE
                elif rows[HIGH + i] > NEAR:
                    items_of[i] = NOTHING
                    continue
                else:
                    # Several may be nearest.
                    high = rows[HIGH + i]
                    u = high * high * (1 / (A * A))
                    bound = high * (1 + 1e-11 + u * (T0 + u * T1)) + MARGIN
                    px, py, pz = rows[PX + i], rows[PY + i], rows[PZ + i]
                    for j in range(items):
                        item = listed[begin + j]
                        arc, part = item >> 2, item & 3
                        wx = straight[arc, 0] - px
                        wy = straight[arc, 1] - py
                        wz = straight[arc, 2] - pz
                        bx, by, bz = straight[arc, 3], straight[arc, 4], straight[arc, 5]
                        t = (wx * bx + wy * by + wz * bz) * straight[arc, 6]
                        t = min(
                            max(t, 0.5 if part == END else -0.5), -0.5 if part == START else 0.5
                        )
                        wx += t * bx
                        wy += t * by
                        wz += t * bz
                        squared = wx * wx + wy * wy + wz * wz
                        sum_z = wz + 2 * pz
                        key = squared + KEY * squared * (
                            2 * wz * wz - squared * sum_z * sum_z * ZETA
                        )
                        if math.sqrt(key) - straight[arc, 7] <= bound:
                            _pair(pairs, pending, item, t, px, py, pz, shape[arc])
                            of_point[pending] = first + i
                            of_item[pending] = item
                            pending += 1
                    items_of[i] = DONE
                if pending >= STEP - ROOM:
                    _solve(pairs, pending, of_point, of_item, order, out_distance, out_arc, out_t)
                    pending = 0
        _solve(pairs, pending, of_point, of_item, order, out_distance, out_arc, out_t)
        _lengths(rows, many)
        for i in range(many):
            item, at = items_of[i], order[first + i]
            if item == NOTHING:
                out_distance[at] = LEFT
            elif item != DONE:
                out_distance[at] = rows[LENGTH + i]
                if out_arc.size:
                    out_arc[at] = item >> 2
                    out_t[at] = rows[T + i]
