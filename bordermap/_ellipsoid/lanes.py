# ruff: noqa: PLR0917  (numba knows no keyword arguments that cost nothing)
"""Formulas of `_ellipsoid.geodesic` and `_ellipsoid.arcs`, compiled, for many points in a row.

Points lie in the rows of one array, so that the compiler sees that the rows do not overlap, and
are taken sixteen at a time without a branch, which it turns into vector code. What is
taken beyond the last of some points spoils the rows of the points after them, which are filled
later, or the spare places at the end.

Sine and cosine come from those of the middle of the point's degree by the addition theorems, with
Taylor series over half a degree; their first neglected terms are below 1e-16.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numba.core.registry import cpu_target

from bordermap._ellipsoid import geodesic
from bordermap._ellipsoid.arcs import END, MARGIN, RESERVE, SAME, START, TILT, WHOLE
from bordermap._ellipsoid.geodesic import ASIN, EP2, FIRST, NEAR, SECOND, TIE, A, B

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bordermap._ellipsoid.geodesic import Floats
    from bordermap._ellipsoid.points import Ints

    Whole = NDArray[np.int32]


__all__ = [
    "BLOCK",
    "FAR",
    "LEFT",
    "ROWS",
    "STEP",
    "TURN",
    "UNSURE",
    "bound_of",
    "compare",
    "compiled",
    "lengths",
    "pair",
    "place",
    "rank_arc",
    "rank_end",
    "solve",
]

# Now, where Ctrl-C does not reach, instead of when it first compiles: what numba has loaded by half
# it cannot load again.
cpu_target.typing_context.refresh()
cpu_target.target_context.refresh()

KEY, ZETA = EP2 / (12 * A * A), 0.25 / (B * B)
LEFT = -1.0  # distance of a point that is left to NumPy
BLOCK = 2048  # points at a time
FAR = 1e300
UNSURE = 4.0  # added to a t that Newton's step may change

# Indices are unsigned: signed ones may count from the end, and looking for that spoils vector code.
U = np.uint64
WIDE = U(16)
FEW = 2  # points: no more are taken one by one
# Not a multiple of 4 KiB apart, lest the rows compete for the same lines of the cache.
STEP = U(BLOCK + 24)
X, Y, PX, PY, PZ, HIGH, LEAST, NEXT, NAME, T, SQUARE, RISE, LENGTH, FEET = (
    STEP * U(row) for row in range(14)
)
ROWS = 14 + 15
FOOT, LOW, HIGHEST = (FEET + STEP * U(row) for row in (12, 13, 14))

E2 = geodesic.E2
RADIAN = math.pi / 180.0
# (1 - x)^(-1/2), x ≤ e²: the next term is below 1e-17.
ROOT = (1.0, 1 / 2, 3 / 8, 5 / 16, 35 / 128, 63 / 256, 231 / 1024)
A0, A1, A2, A3, A4, A5, A6, A7 = ASIN
F0, F1, F2, F3, F4 = FIRST
R0, R1, R2, R3, R4, R5, R6 = ROOT
(P0, P1, P2, P3, P4), (Q0, Q1, Q2, Q3, Q4) = SECOND
T0, T1 = TIE
MIDDLES = np.radians(np.arange(360) - 179.5)
TURN = np.concatenate([np.sin(MIDDLES), np.cos(MIDDLES)])

# Numba keeps what it compiled as long as the function's own file is unchanged, and knows nothing
# of other files: what is taken over from those is part of the functions' names.
TAKEN_OVER = (
    *(END, MARGIN, RESERVE, SAME, START, TILT, WHOLE),
    *(ASIN, EP2, FIRST, NEAR, SECOND, TIE, A, B),
    *(zlib.crc32(file.read_bytes()) for file in sorted(Path(__file__).parent.glob("*.py"))),
)
STAMP = f"_{zlib.crc32(repr(TAKEN_OVER).encode()):08x}"


def compiled(*, fastmath: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """Numba's decorator, with what it compiles kept on disk where there is a place for it."""

    def decorate(function: Callable[..., Any]) -> Any:
        function.__qualname__ += STAMP
        try:
            return njit(nogil=True, cache=True, error_model="numpy", fastmath=fastmath)(function)
        except RuntimeError:  # neither beside the module nor in the user's cache folder
            return njit(nogil=True, error_model="numpy", fastmath=fastmath)(function)

    return decorate


@compiled(fastmath=True)
def place(rows: Floats, size: int, column: int, row: int, turn: Floats) -> None:
    """Earth-centred coordinates of points, given in degrees from the middle of their degree."""
    s_lon, c_lon = turn[column], turn[360 + column]
    s_lat, c_lat = turn[90 + row], turn[450 + row]
    for i in range(U(size)):
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


@compiled(fastmath=True)
def clear(rows: Floats, start: int, stop: int) -> None:
    """Forget what was ranked."""
    for i in range(U(start), U(stop)):
        rows[HIGH + i] = FAR
        rows[LEAST + i] = FAR
        rows[NEXT + i] = FAR


@compiled(fastmath=True)
def _end_lane(rows: Floats, i: int, name: float, t: float, x: float, y: float, z: float) -> None:
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
def rank_end(rows: Floats, start: int, stop: int, name: float, t: float, at: Floats) -> None:
    """Rank a vertex among the items of the points from `start` to `stop`."""
    x, y, z = at[0], at[1], at[2]
    while start + FEW < stop:
        for k in range(WIDE):
            _end_lane(rows, U(start) + k, name, t, x, y, z)
        start += 16
    for i in range(U(start), U(stop)):
        _end_lane(rows, i, name, t, x, y, z)


@compiled(fastmath=True)
def _arc_lane(
    rows: Floats,
    i: int,
    name: float,
    skip: float,
    ax: float,
    ay: float,
    az: float,
    bx: float,
    by: float,
    bz: float,
    stride: float,
    pad: float,
    size: float,
    bend_0: float,
    bend_1: float,
    bend_3: float,
) -> None:
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
    away = skip if foot < -0.5 - bend else 0.0
    low, high = chord - pad + away, chord + pad + away
    least = rows[LEAST + i]
    ahead = low < least
    rows[NEXT + i] = min(rows[NEXT + i], max(least, low))
    rows[LEAST + i] = min(least, low)
    rows[HIGH + i] = min(rows[HIGH + i], high)
    rows[NAME + i] = name if ahead else rows[NAME + i]
    sure = t if abs(foot) > 0.5 + bend else t + UNSURE
    rows[T + i] = sure if ahead else rows[T + i]


@compiled(fastmath=True)
def rank_arc(
    rows: Floats, start: int, stop: int, name: float, piece: Floats, shared: float
) -> None:
    """Rank an arc by its straight piece; not where it is its start that is nearest and `shared`."""
    ax, ay, az, bx, by, bz = piece[0], piece[1], piece[2], piece[3], piece[4], piece[5]
    stride, pad, size = piece[6], piece[7], piece[8]
    b0, b1, b3 = piece[9], piece[10], piece[11]
    skip = FAR * shared
    while start + FEW < stop:
        for k in range(WIDE):
            at = U(start) + k
            _arc_lane(rows, at, name, skip, ax, ay, az, bx, by, bz, stride, pad, size, b0, b1, b3)
        start += 16
    for i in range(U(start), U(stop)):
        _arc_lane(rows, i, name, skip, ax, ay, az, bx, by, bz, stride, pad, size, b0, b1, b3)


@compiled(fastmath=True)
def bound_of(high: float) -> float:
    """`_geodesic.tie` of a chord, and what is allowed for rounding."""
    u = high * high * (1 / (A * A))
    return high * (1 + 1e-11 + u * (T0 + u * T1)) + MARGIN


@compiled(fastmath=True)
def compare(rows: Floats, start: int, stop: int) -> None:
    """Below zero where more than one item may be nearest."""
    for i in range(U(start), U(stop)):
        high = rows[HIGH + i]
        rows[NEXT + i] = min(rows[NEXT + i] - bound_of(high), NEAR - high)


@compiled(fastmath=True)
def lengths(rows: Floats, size: int) -> None:
    """`_geodesic.length`, without arrays in between."""
    for j in range(U(size)):
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
    certain.
    """
    for j in range(U(pairs)):
        at = FEET + j
        ax, ay, az = rows[at], rows[at + STEP], rows[at + U(2) * STEP]
        bx, by, bz = rows[at + U(3) * STEP], rows[at + U(4) * STEP], rows[at + U(5) * STEP]
        cx, cy, cz = rows[at + U(6) * STEP], rows[at + U(7) * STEP], rows[at + U(8) * STEP]
        dx, dy, dz = rows[at + U(9) * STEP], rows[at + U(10) * STEP], rows[at + U(11) * STEP]
        t, z2 = rows[FOOT + j], 2 * rows[PZ + j]
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
        new = min(max(new, rows[LOW + j]), rows[HIGHEST + j])
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
def pair(
    rows: Floats, pending: int, item: int, t: float, x: float, y: float, z: float, a: Floats
) -> None:
    """Write down an arc and a point for `solve`."""
    j = U(pending)
    for c in range(U(12)):
        rows[FEET + c * STEP + j] = a[c]
    rows[FEET + j] -= x
    rows[FEET + STEP + j] -= y
    rows[FEET + U(2) * STEP + j] -= z
    rows[PZ + j] = z
    rows[FOOT + j] = t
    rows[LOW + j] = 0.5 if item & 3 == END else -0.5
    rows[HIGHEST + j] = -0.5 if item & 3 == START else 0.5


@compiled(fastmath=True)
def solve(
    rows: Floats,
    pairs: int,
    of_point: Whole,
    of_item: Whole,
    order: Whole,
    out_distance: Floats,
    out_arc: Ints,
    out_t: Floats,
) -> int:
    """Answers of the points of which these are the pairs, those of one point together.

    Gives how many were left to NumPy.
    """
    _feet(rows, pairs)
    lengths(rows, pairs)
    before, best, left = np.int32(-1), FAR, 0
    for pending in range(pairs):
        j = U(pending)
        i = of_point[j]
        if i != before:
            before, best = i, FAR
        at = order[i]
        if rows[NEXT + j] > 0.0 and best != LEFT:
            best = LEFT
            left += 1
            out_distance[at] = LEFT
        if rows[LENGTH + j] < best - SAME:
            best = rows[LENGTH + j]
            out_distance[at] = best
            if out_arc.size:
                out_arc[at] = of_item[j] >> 2
                out_t[at] = rows[T + j]
    return left
