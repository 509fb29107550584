"""The search of `_cells` and `_arcs`, compiled (the extra `fast`, which brings numba).

One loop does for each point what `_cells` does for two thousand: find the leaf, rank its arcs by
their straight pieces, and take Newton's step on those that can win. Formulas and bounds are the
same, and answers agree to a micrometre. What is rare is left to NumPy: points without a table, out
of reach of the closed form, or beside an arc that bends away.

Sine and cosine come from those of the middle of the point's degree by the addition theorems, with
Taylor series over half a degree; their first neglected terms are below 1e-16.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from bordermap import _geodesic as geodesic
from bordermap._arcs import MARGIN, RESERVE, SAME, SPREAD, TILT
from bordermap._geodesic import ASIN, EP2, FIRST, NEAR, SECOND, A, B

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bordermap._arcs import Arcs, Found, Ints
    from bordermap._cells import Table
    from bordermap._geodesic import Floats

    Whole = NDArray[np.int32]


__all__ = ["LEFT", "Kernel"]

LEFT = -1  # arc of a point that the kernel leaves to NumPy
FEW = 8  # arcs: leaves with more are counted
ROOM = 64  # arcs of a leaf that the kernel ranks; more are rare, and left to NumPy

WIDE = 256  # pairs of a point and an arc that are solved together

E2 = geodesic.E2
RADIAN = math.pi / 180.0
# (1 - x)^(-1/2), x ≤ e²: the next term is below 1e-17.
ROOT = (1.0, 1 / 2, 3 / 8, 5 / 16, 35 / 128, 63 / 256, 231 / 1024)
A0, A1, A2, A3, A4, A5, A6, A7 = ASIN
F0, F1, F2, F3, F4 = FIRST
R0, R1, R2, R3, R4, R5, R6 = ROOT
(P0, P1, P2, P3, P4), (Q0, Q1, Q2, Q3, Q4) = SECOND
MIDDLES = np.radians(np.arange(360) - 179.5)
SINES, COSINES = np.sin(MIDDLES), np.cos(MIDDLES)


class Kernel:
    """A border's arcs, laid out so that each step reads one or two cache lines."""

    def __init__(self, arcs: Arcs) -> None:
        straight = np.concatenate([arcs.shape[:6], arcs.stride[None], arcs.pad[None]])
        self.straight = np.ascontiguousarray(straight.T)
        self.shape = np.ascontiguousarray(arcs.shape.T)

    def nearest(self, table: Table, lon: Floats, lat: Floats, out: Found) -> Whole:
        """Fill `out`, its arc `LEFT` where NumPy has to look; and count who fell into which node.

        Only leaves that may be worth cutting are counted.
        """
        tally = np.zeros(table.child.size, np.int32)
        _search(
            lon,
            lat,
            table.root,
            table.child,
            table.begin,
            # A list of chunks counts as one that is too long.
            np.where(table.coarse, ROOM + 1, table.size).astype(np.int32),
            table.items,
            self.straight,
            self.shape,
            SINES,
            COSINES,
            tally,
            out.distance,
            out.arc,
            out.t,
        )
        return tally


@njit(nogil=True, cache=True)
def _sort(lons: Floats, lats: Floats, order: Whole, x: Floats, y: Floats) -> None:
    """Order points by degree: neighbours share the part of the table that is in the cache."""
    start = np.zeros(360 * 180 + 1, np.int32)
    for i in range(lons.size):
        degree = min(int(lats[i] + 90.0), 179) * 360 + min(int(lons[i] + 180.0), 359)
        start[degree + 1] += 1
    for k in range(360 * 180):
        start[k + 1] += start[k]
    for i in range(lons.size):
        degree = min(int(lats[i] + 90.0), 179) * 360 + min(int(lons[i] + 180.0), 359)
        at = start[degree]
        start[degree] = at + 1
        order[at] = i
        x[at] = lons[i]
        y[at] = lats[i]


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _solve(work: Floats, pairs: int) -> None:
    """One Newton step and the length, for `pairs` pairs at once.

    `work` holds rows of `WIDE` numbers: the arc's twelve coefficients less the point, t, twice the
    point's z; then, to be filled, the length, the new t, and how far from certain that is. One
    array and no branch, so that the compiler can take several pairs at a time.
    """
    for j in range(pairs):
        ax, ay, az = work[j], work[WIDE + j], work[2 * WIDE + j]
        bx, by, bz = work[3 * WIDE + j], work[4 * WIDE + j], work[5 * WIDE + j]
        cx, cy, cz = work[6 * WIDE + j], work[7 * WIDE + j], work[8 * WIDE + j]
        dx, dy, dz = work[9 * WIDE + j], work[10 * WIDE + j], work[11 * WIDE + j]
        t, z2 = work[12 * WIDE + j], work[13 * WIDE + j]
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
        new = min(max(t - slope / bend, -0.5), 0.5)
        third = bx * cx + by * cy + bz * cz + wx * dx + wy * dy + wz * dz
        rest = RESERVE * third * (new - t) * (new - t)
        doubt = rest * rest / speed - 1e-6 * math.sqrt(squared) - 1e-13
        doubt = max(doubt, 0.2 * speed - bend)

        t = new
        wx = ax + t * (bx + t * (cx + t * dx))
        wy = ay + t * (by + t * (cy + t * dy))
        wz = az + t * (bz + t * (cz + t * dz))
        squared = wx * wx + wy * wy + wz * wz
        sum_z = wz + z2
        eta = wz * wz / (squared + 1e-300)
        stretch = 1 + EP2 * eta
        zeta = sum_z * sum_z / (4 * B * B * (1 - squared * stretch * (1 / (4 * A * A))))
        y = squared * stretch * stretch / (4 * A * A * (1 + EP2 * zeta))
        first = (((F4 * y + F3) * y + F2) * y + F1) * y + F0
        second = zeta * (P0 + y * Q0 + zeta * (P2 + y * Q2) + eta * (P3 + y * Q3)) + eta * (
            P1 + y * Q1 + eta * (P4 + y * Q4)
        )
        series = ((((((A7 * y + A6) * y + A5) * y + A4) * y + A3) * y + A2) * y + A1) * y + A0
        factor = 1 - EP2 * y * y * (first * (eta - zeta) + EP2 * second)
        work[14 * WIDE + j] = series * math.sqrt(squared) * factor
        work[15 * WIDE + j] = new
        work[16 * WIDE + j] = doubt


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _search(  # noqa: C901, PLR0912, PLR0915, PLR0917  (one loop, so that it compiles to one)
    lons: Floats,
    lats: Floats,
    root: Whole,
    child: Whole,
    begin: Whole,
    count: Whole,
    listed: Whole,
    straight: Floats,
    shape: Floats,
    sines: Floats,
    cosines: Floats,
    tally: Whole,
    out_distance: Floats,
    out_arc: Ints,
    out_t: Floats,
) -> None:
    size = lons.size
    order = np.empty(size, np.int32)
    sorted_lon, sorted_lat = np.empty(size), np.empty(size)
    _sort(lons, lats, order, sorted_lon, sorted_lat)
    low, foot = np.empty(ROOM), np.empty(ROOM)
    work = np.empty(17 * WIDE)
    of_point, of_arc = np.empty(WIDE, np.int32), np.empty(WIDE, np.int32)
    pairs = 0
    for k in range(size + 1):
        if k == size or pairs > WIDE - ROOM:
            # Answers of the pairs gathered so far; those of one point lie together.
            _solve(work, pairs)
            best, last = 1e300, np.int32(-1)
            for j in range(pairs):
                i = of_point[j]
                if i != last:
                    best, last = 1e300, i
                if work[16 * WIDE + j] > 0:
                    best = -1.0
                    out_arc[i] = LEFT
                value = work[14 * WIDE + j]
                if value < best - SAME:
                    best = value
                    out_distance[i] = value
                    out_arc[i] = of_arc[j]
                    out_t[i] = work[15 * WIDE + j]
            pairs = 0
            if k == size:
                break
        i = order[k]
        out_arc[i] = LEFT
        lon, lat = sorted_lon[k], sorted_lat[k]
        column = min(int(lon + 180.0), 359)
        row = min(int(lat + 90.0), 179)
        node = root[row * 360 + column]
        if node < 0:
            continue
        # The quarter is told by the next binary digit of either fraction of a degree.
        x, y = lon + 180.0 - column, lat + 90.0 - row
        down = child[node]
        while down >= 0:
            x, y = 2 * x, 2 * y
            east, north = x >= 1.0, y >= 1.0
            x, y = x - east, y - north
            node = down + east + 2 * north
            down = child[node]
        arcs = count[node]
        if arcs > FEW:
            tally[node] += 1
            if arcs > ROOM:
                continue
        first = begin[node]

        # Earth-centred coordinates.
        d = (lon - (column - 179.5)) * RADIAN
        e = d * d
        sd = d * (1 - e * (1 / 6 - e * (1 / 120 - e * (1 / 5040))))
        cd = 1 - e * (1 / 2 - e * (1 / 24 - e * (1 / 720)))
        s0, c0 = sines[column], cosines[column]
        sin_lon, cos_lon = s0 * cd + c0 * sd, c0 * cd - s0 * sd
        d = (lat - (row - 89.5)) * RADIAN
        e = d * d
        sd = d * (1 - e * (1 / 6 - e * (1 / 120 - e * (1 / 5040))))
        cd = 1 - e * (1 / 2 - e * (1 / 24 - e * (1 / 720)))
        s0, c0 = sines[row + 90], cosines[row + 90]
        sin_lat, cos_lat = s0 * cd + c0 * sd, c0 * cd - s0 * sd
        u = E2 * sin_lat * sin_lat
        normal = A * ((((((R6 * u + R5) * u + R4) * u + R3) * u + R2) * u + R1) * u + R0)
        px = normal * cos_lat * cos_lon
        py = normal * cos_lat * sin_lon
        pz = (1 - E2) * normal * sin_lat

        # Rank the arcs by their straight pieces.
        least = 1e300
        for j in range(arcs):
            arc = listed[first + j]
            wx = straight[arc, 0] - px
            wy = straight[arc, 1] - py
            wz = straight[arc, 2] - pz
            bx, by, bz = straight[arc, 3], straight[arc, 4], straight[arc, 5]
            t = (wx * bx + wy * by + wz * bz) * straight[arc, 6]
            t = min(max(t, -0.5), 0.5)
            wx += t * bx
            wy += t * by
            wz += t * bz
            chord = math.sqrt(wx * wx + wy * wy + wz * wz)
            pad = straight[arc, 7]
            least = min(least, chord + pad)
            low[j] = chord - pad
            foot[j] = t
        if least > NEAR:
            continue
        bound = least * (1 + least * least * SPREAD) + MARGIN
        for j in range(arcs):
            if low[j] <= bound:
                arc = listed[first + j]
                work[pairs] = shape[arc, 0] - px
                work[WIDE + pairs] = shape[arc, 1] - py
                work[2 * WIDE + pairs] = shape[arc, 2] - pz
                for c in range(3, 12):
                    work[c * WIDE + pairs] = shape[arc, c]
                work[12 * WIDE + pairs] = foot[j]
                work[13 * WIDE + pairs] = 2 * pz
                of_point[pairs] = i
                of_arc[pairs] = arc
                pairs += 1
