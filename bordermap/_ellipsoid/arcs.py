"""A border as arcs in space, and the search for the arc nearest to a point.

An edge of a border is straight in longitude and latitude. `Arcs` cuts it into pieces so short that
a cubic in t, -1/2 ≤ t ≤ 1/2, through four of its points follows it in Earth-centred space to
within `cutting.FIT`; the squared chord from a point to it is then a polynomial, and two or three Newton
steps find where it is least.

The least chord is not the least geodesic: their feet lie up to 110 m apart for a point 2,000 km
away, and the distances differ by 3 mm. The last Newton step therefore goes after the minimum of
`_geodesic.length`, whose derivative has one term more: with σ² the squared length and q the
squared chord, dσ²/dt = q'(1 + ...) + (q²/12)(κ²)', and to first order in e'²

    (κ²)' = (e'²/a²) z' (4 w_z/q - (z_p + z_q)/(2b²) · 1),

w the chord and z the height of the arc over the equator. What is neglected moves the foot by less
than a twentieth of the step, and the distance by less than 0.01 mm.

`nearest` leaves out nothing that it has not proved to be farther:

1. Arcs come in chunks with a centre and a radius ρ; by the triangle inequality no point of a chunk
   is nearer than d(P, centre) - ρ, and some point of the border is no farther than the least
   d(P, centre).
2. Which of two geodesics is the shorter their chords tell, but for what `_geodesic.tie` allows; arcs
   whose straight pieces are farther than that and their pads allow cannot win.
3. Farther than `_geodesic.NEAR` lengths come from GeographicLib, and the derivative of the length
   along the arc from the azimuth at its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bordermap._ellipsoid import cutting, geodesic
from bordermap._ellipsoid.geodesic import EP2, A, B, Floats
from bordermap._ellipsoid.points import Found, Ints, Points, Space
from bordermap._ellipsoid.ranks import Ranks, Runs, laid_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["END", "START", "WHOLE", "Arcs", "bends", "spread"]

# What can win is listed as 4 · arc + one of these: all of the arc, or one end of it alone.
WHOLE, START, END = 0, 1, 2
LOW, HIGH = np.array([-0.5, -0.5, 0.5]), np.array([0.5, -0.5, 0.5])  # the t of each

CHUNK = 32  # arcs
BLOCK = 100_000  # pairs of a point and a chunk that are looked at together: they stay in the cache
SAME = 1e-7  # metres: of arcs no farther apart than this the first wins
MARGIN = 1e-4  # metres by which an arc must be farther before it is left out

STEPS = 6  # of Newton's method, at most; one is enough for an arc of 500 m
TILT = EP2 / (24 * A * A)
RESERVE = 6.0  # twice what the third derivative leaves of a step


@dataclass(frozen=True, eq=False)
class Arcs:
    """Pieces of a border's edges.

    Attributes
    ----------
    shape : array (12, n)
        x, y, z of the constant, linear, quadratic and cubic coefficients.
    lon, lat, dlon, dlat : array (n,)
        Middle and extent of each piece in degrees; `lon` may pass ±180.
    line : array of int (n,)
        Which line of the border.
    length : array (n,)
        An upper bound of the piece's length in metres.
    pad : array (n,)
        How far the arc strays from the straight piece of its first two coefficients, in metres.
    stride : array (n,)
        -1 / |linear|².
    ends : array (3, 2n)
        x, y, z of the start and the end of each arc in turn.
    first : array of int (n,)
        The item that stands for the start of each arc: the end of the one before, if there is.
    start : array of int (chunks + 1,)
        First arc of every chunk of neighbouring arcs, and the end of the last.
    centre, radius : Points, array (chunks,)
        A point of each chunk, and a bound of how far any of its points lies from it, in metres.
    """

    shape: Floats
    lon: Floats
    lat: Floats
    dlon: Floats
    dlat: Floats
    line: Ints
    length: Floats
    pad: Floats
    stride: Floats
    ends: Floats
    first: Ints
    start: Ints
    centre: Points
    radius: Floats

    def __len__(self) -> int:
        return self.lon.size

    @classmethod
    def of(cls, lines: Sequence[Floats]) -> Arcs:
        """Arcs of lines given as (n, 2) arrays of degrees, longitude first.

        An edge that spans more than 180° of longitude is taken to cross the antimeridian. Edges
        that continue each other are taken as one: a vertex on a straight line says nothing.
        """
        lines = [cutting.without_idle_vertices(line) for line in lines]
        start = np.concatenate([line[:-1] for line in lines])
        step = np.concatenate([np.diff(line, axis=0) for line in lines])
        line = np.repeat(np.arange(len(lines)), [len(line) - 1 for line in lines])
        step[:, 0] -= 360.0 * np.rint(step[:, 0] / 360.0) * (np.abs(step[:, 0]) > 180.0)
        moves = (step != 0).any(axis=1)
        start, step, line = start[moves], step[moves], line[moves]

        pieces = cutting.pieces(start, step)
        edge = np.repeat(np.arange(len(start)), pieces)
        within = np.arange(edge.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        share = ((within + 0.5) / pieces[edge])[:, None]
        middle = start[edge] + share * step[edge]
        extent = step[edge] / pieces[edge][:, None]
        return cls.from_pieces(
            middle[:, 0], middle[:, 1], extent[:, 0], extent[:, 1], line[edge].astype(np.int64)
        )

    @classmethod
    def from_pieces(cls, lon: Floats, lat: Floats, dlon: Floats, dlat: Floats, line: Ints) -> Arcs:
        """Arcs of pieces that are short enough already."""
        nodes = [
            np.array(geodesic.ecef(lon + t * dlon, lat + t * dlat)) for t in (-1 / 2, -1 / 6, 1 / 6)
        ]
        nodes.append(np.array(geodesic.ecef(lon + dlon / 2, lat + dlat / 2)))
        quadratic = (nodes[0] + nodes[3] - nodes[1] - nodes[2]) * 2.25
        constant = (nodes[1] + nodes[2]) / 2 - quadratic / 36
        outer = nodes[3] - nodes[0]
        cubic = (outer - 3 * (nodes[2] - nodes[1])) * 4.5
        linear = outer - cubic / 4
        # Greatest speed on the piece: meridian and parallel at their longest.
        equator_side = np.maximum(np.abs(lat) - np.abs(dlat) / 2, 0.0)
        length = np.hypot(
            A * A / B * np.radians(dlat),
            A * A / B * np.cos(np.radians(equator_side)) * np.radians(dlon),
        )
        start, centre, radius = _chunks(lon, lat, length)
        shape = np.ascontiguousarray(np.concatenate([constant, linear, quadratic, cubic]))
        pad = _norm(quadratic) / 4 + _norm(cubic) / 8
        stride = -1 / _norm(linear) ** 2
        ends = np.stack([_at(shape, t) for t in (-0.5, 0.5)], axis=2).reshape(3, -1)
        number = np.arange(lon.size)
        first = np.where(np.diff(line, prepend=-1) == 0, 4 * (number - 1) + END, 4 * number + START)
        return cls(
            *(shape, lon, lat, dlon, dlat, line, length, pad, stride, ends, first),
            *(start, centre, radius),
        )

    # -- search ------------------------------------------------------------------------------

    def nearest(self, points: Points) -> Found:
        """The nearest arc to every point, every arc considered."""
        out = Found.of(points.lon.size)
        step = max(1, min(4096, BLOCK // self.radius.size))
        for first in range(0, points.lon.size, step):
            block = slice(first, first + step)
            some = points.take(block)
            count, arc = self._by_chunks(some)
            out.put(block, self._best_arc(some, count, arc))
        return out

    def _by_chunks(self, points: Points) -> tuple[Ints, Ints]:
        """How many arcs the chunks leave for each point, and which."""
        dz = self.centre.z - points.z[:, None]
        squared = (
            (self.centre.x - points.x[:, None]) ** 2
            + (self.centre.y - points.y[:, None]) ** 2
            + dz * dz
        )
        distance = geodesic.rough(squared, dz, self.centre.z + points.z[:, None])
        spare = geodesic.slack(distance)
        reach = (distance + spare).min(axis=1)
        point, chunk = np.nonzero(distance - self.radius - spare <= reach[:, None])
        point, arc = spread(point, self.start[chunk], self.start[chunk + 1])
        return np.bincount(point, minlength=points.lon.size), arc

    def of_chunks(
        self,
        points: Points,
        begin: NDArray[np.integer],
        count: NDArray[np.integer],
        chunk: NDArray[np.integer],
    ) -> tuple[Ints, Ints]:
        """`_by_chunks` of the chunks that are listed for each point, from `begin` on."""
        point, at = spread(np.arange(count.size), begin, begin + count)
        chunk = chunk.take(at).astype(np.int64)
        starts = np.cumsum(count) - count
        x, y, z = (column.take(chunk) for column in self.centre[2:])
        here = points.take(point)
        dz = z - here.z
        squared = (x - here.x) ** 2 + (y - here.y) ** 2 + dz * dz
        distance = geodesic.rough(squared, dz, z + here.z)
        spare = geodesic.slack(distance)
        reach = np.repeat(np.minimum.reduceat(distance + spare, starts), count)
        left = np.flatnonzero(distance - self.radius.take(chunk) - spare <= reach)
        chunk = chunk.take(left)
        point, arc = spread(point.take(left), self.start[chunk], self.start[chunk + 1])
        return np.bincount(point, minlength=count.size), arc

    def best_of_chunks(
        self,
        points: Points,
        begin: NDArray[np.integer],
        count: NDArray[np.integer],
        chunk: NDArray[np.integer],
    ) -> Found:
        """What `best` answers, where chunks are listed."""
        return self._best_arc(points, *self.of_chunks(points, begin, count, chunk))

    def _best_arc(self, points: Points, count: Ints, arc: Ints) -> Found:
        """The nearest of the arcs: the first `count[0]` are listed for the first point, and so on."""
        return self._best(points, Runs.of(count), 4 * arc + WHOLE)

    def best(
        self,
        points: Points,
        begin: NDArray[np.integer],
        count: NDArray[np.integer],
        items: NDArray[np.integer],
    ) -> Found:
        """The nearest of what is listed for each point: arcs, or their ends alone.

        For each point `count` of `items` are listed, from `begin` on; the points come in the order
        of how many that are, and all have some. For one point they ascend: of two that share the
        nearest vertex the first wins, so the answer does not depend on what else is listed.
        """
        lists = laid_out(count)
        return self._best(points, lists, items.take(lists.items(begin)))

    def _best(self, points: Points, lists: Ranks | Runs, item: NDArray[np.integer]) -> Found:
        """What `best` answers, the items laid out."""
        if points.lon.size == 0:
            return Found.of(0)
        arc, kind = item >> 2, item & 3
        chord, t = self._straight(points, lists, arc, kind)
        pad = self.pad.take(arc)
        least = lists.least(chord + pad)
        far = least > geodesic.NEAR
        chord -= pad
        bound = np.sqrt(geodesic.tie(least * least)) + MARGIN
        bound[far] = np.inf
        left = np.flatnonzero(chord <= lists.spread(bound))
        point = lists.spread(np.arange(points.lon.size)).take(left)
        chosen, kind, foot = arc.take(left), kind.take(left), t.take(left)
        if not far.any():
            length, foot = self._close(points.space.take(point), chosen, kind, foot)
        else:
            length = np.empty(point.size)
            is_far = far[point]
            near, distant = np.flatnonzero(~is_far), np.flatnonzero(is_far)
            distant = distant[np.argsort(point[distant], kind="stable")]
            length[near], foot[near] = self._close(
                points.space.take(point[near]), chosen[near], kind[near], foot[near]
            )
            length[distant], foot[distant] = self._distant(points, point[distant], chosen[distant])
        distance = np.full(item.size, np.inf)
        distance[left], t[left] = length, foot
        return _first_least(lists, distance, arc, t)

    def best_end(
        self,
        points: Points,
        begin: NDArray[np.integer],
        count: NDArray[np.integer],
        items: NDArray[np.integer],
    ) -> Found:
        """What `best` answers, where nothing but ends of arcs is listed."""
        lists = laid_out(count)
        item = items.take(lists.items(begin))
        arc, kind = item >> 2, item & 3
        x, y, z = self.ends.take(2 * arc + kind - START, axis=1)
        own_z = lists.spread(points.z)
        x -= lists.spread(points.x)
        y -= lists.spread(points.y)
        z -= own_z
        own_z *= 2.0
        own_z += z
        x *= x
        y *= y
        x += y
        x += z * z
        if item.size == count.size:
            return Found(geodesic.length(x, z, own_z), arc.astype(np.int64), LOW.take(kind))
        key = geodesic.order(x, z, own_z)
        left = np.flatnonzero(key <= lists.spread(geodesic.tie(lists.least(key))))
        distance = np.full(item.size, np.inf)
        distance[left] = geodesic.length(x.take(left), z.take(left), own_z.take(left))
        return _first_least(lists, distance, arc, LOW.take(kind))

    def _straight(
        self,
        points: Points,
        lists: Ranks | Runs,
        arc: NDArray[np.integer],
        kind: NDArray[np.integer],
    ) -> tuple[Floats, Floats]:
        """How far each point is from the straight piece that each arc follows to within its pad.

        The square root of `_geodesic.order`; and where on the piece. Everything happens in place.
        """
        x, y, z, bx, by, bz = (self.shape[i].take(arc) for i in range(6))
        x -= lists.spread(points.x)
        y -= lists.spread(points.y)
        own_z = lists.spread(points.z)
        z -= own_z
        t = x * bx
        t += y * by
        t += z * bz
        t *= self.stride.take(arc)
        np.maximum(t, LOW.take(kind), out=t)
        np.minimum(t, HIGH.take(kind), out=t)
        bx *= t
        by *= t
        bz *= t
        x += bx
        y += by
        z += bz
        x *= x
        y *= y
        x += y
        x += z * z
        own_z *= 2.0
        own_z += z
        key = geodesic.order(x, z, own_z)
        return np.sqrt(key, out=key), t

    def _close(
        self, points: Space, arc: NDArray[np.integer], kind: NDArray[np.integer], t: Floats
    ) -> tuple[Floats, Floats]:
        """Geodesic length to the nearest point of each item, one for each point, and its t."""
        shape = self.shape.take(arc, axis=1)
        t = self._foot(points, arc, shape, kind, t)
        x, y, z = _at(shape, t)
        x -= points.x
        y -= points.y
        z -= points.z
        return geodesic.length(x * x + y * y + z * z, z, z + 2 * points.z), t

    def _foot(
        self,
        points: Space,
        arc: NDArray[np.integer],
        shape: Floats,
        kind: NDArray[np.integer],
        t: Floats,
    ) -> Floats:
        """Where the geodesic from each point to its arc is shortest, or the end that is listed.

        Newton's method from `t`, which the straight piece gave.
        """
        todo = np.arange(arc.size)
        here, s = points, t
        t = t.copy()
        low, high = LOW.take(kind), HIGH.take(kind)
        bent = np.zeros(arc.size, np.bool_)
        for _ in range(STEPS):
            ax, ay, az, bx, by, bz, cx, cy, cz, dx, dy, dz = shape
            wx = ax - here.x + s * (bx + s * (cx + s * dx))
            wy = ay - here.y + s * (by + s * (cy + s * dy))
            wz = az - here.z + s * (bz + s * (cz + s * dz))
            d3 = 3 * s
            vx = bx + s * (2 * cx + d3 * dx)
            vy = by + s * (2 * cy + d3 * dy)
            vz = bz + s * (2 * cz + d3 * dz)
            squared = wx * wx + wy * wy + wz * wz
            speed = vx * vx + vy * vy + vz * vz
            slope = wx * vx + wy * vy + wz * vz
            # For the geodesic instead of the chord (module docstring).
            sum_z = wz + 2 * here.z
            slope += squared * TILT * vz * (4 * wz - squared * sum_z / (B * B))
            bend = speed + 2 * (wx * (cx + d3 * dx) + wy * (cy + d3 * dy) + wz * (cz + d3 * dz))
            odd = bend < 0.2 * speed
            np.copyto(bend, speed, where=odd)
            slope /= bend
            new = s - slope
            np.maximum(new, low, out=new)
            np.minimum(new, high, out=new)
            odd &= low < high
            bent[todo[odd]] = True
            t[todo] = new
            # What a step leaves is of second order: q'''/2q'' times its square. A foot off by m
            # metres lengthens a chord c by m²/2c.
            third = bx * cx + by * cy + bz * cz + wx * dx + wy * dy + wz * dz
            rest = RESERVE * third * (new - s) ** 2
            sure = 1e-6 * np.sqrt(squared) + 1e-13
            again = np.flatnonzero((rest * rest > sure * speed) & ~odd)
            if again.size == 0:
                break
            todo, here, shape = todo[again], here.take(again), shape.take(again, axis=1)
            s, low, high = new[again], low[again], high[again]
        odd = np.flatnonzero(bent)
        if odd.size:
            t[odd] = self._mend(points.take(odd), arc[odd])
        return t

    def _mend(self, points: Space, arc: NDArray[np.integer]) -> Floats:
        """Where on its arc each point's geodesic is shortest, looking all along it.

        For arcs that bend like the circle of equal chords about the point, where Newton's step
        leads nowhere: near the poles, or along a parallel as far from the point as the pole.
        """
        centre, best = np.zeros(arc.size), np.full(arc.size, np.inf)
        width = 0.5
        for _ in range(7):
            around = centre
            for offset in np.linspace(-width, width, 17):
                at = np.clip(around + offset, -0.5, 0.5)
                x, y, z = self.at(arc, at)
                dz = z - points.z
                squared = (x - points.x) ** 2 + (y - points.y) ** 2 + dz * dz
                length = geodesic.length(squared, dz, z + points.z)
                centre = np.where(length < best, at, centre)
                best = np.minimum(best, length)
            width /= 8
        return centre

    def at(self, arc: NDArray[np.integer], t: Floats) -> tuple[Floats, Floats, Floats]:
        """Earth-centred coordinates of a point of an arc."""
        x, y, z = _at(self.shape.take(arc, axis=1), t)
        return x, y, z

    def degrees(self, arc: Ints, t: Floats) -> tuple[Floats, Floats]:
        """Longitude (-180 to 180) and latitude of a point of an arc."""
        lon = self.lon[arc] + t * self.dlon[arc]
        lon = np.where(np.abs(lon) > 180.0, lon - 360.0 * np.rint(lon / 360.0), lon)
        return lon, self.lat[arc] + t * self.dlat[arc]

    # -- beyond the closed form ----------------------------------------------------------------

    def _distant(self, points: Points, point: Ints, arc: Ints) -> tuple[Floats, Floats]:
        """Length to the nearest point of each arc by GeographicLib; inf for arcs that cannot win."""
        count = points.lon.size
        x, y, z = self.shape[:3, arc]
        dz = z - points.z[point]
        squared = (x - points.x[point]) ** 2 + (y - points.y[point]) ** 2 + dz * dz
        guess = geodesic.rough(squared, dz, z + points.z[point])
        spare = geodesic.slack(guess)
        half = self.length[arc] / 2
        alive = np.flatnonzero(guess - spare - half <= _least(guess + spare, point, count)[point])
        point, arc, half = point[alive], arc[alive], half[alive]

        middle, slope = self._along(points, point, arc, np.zeros(arc.size))
        # |d²s/dt²| ≤ speed² · curvature of circles of equal distance + acceleration of the arc.
        accel = 2 * _norm(self.shape[6:9, arc]) + 3 * _norm(self.shape[9:12, arc])
        around = np.where(middle < 1.5e7, 1.2 / B, np.inf)
        with np.errstate(invalid="ignore"):
            bend = np.minimum((4 * half * half * around + accel) / 8, 2 * half)
        low = np.maximum(middle - np.abs(slope) / 2 - bend, middle - half)
        high = np.minimum(middle, middle - np.abs(slope) / 2 + bend)
        left = np.flatnonzero(low <= _least(high, point, count)[point] + MARGIN)
        value = np.full(alive.size, np.inf)
        where = np.zeros(alive.size)
        value[left], where[left] = self._bisect(points, point[left], arc[left], middle[left])
        distance = np.full(guess.size, np.inf)
        t = np.zeros(guess.size)
        distance[alive], t[alive] = value, where
        return distance, t

    def _bisect(
        self, points: Points, point: Ints, arc: Ints, middle: Floats
    ) -> tuple[Floats, Floats]:
        """Least length along each arc."""
        # Past 19,000 km an arc may cross the cut locus, where length has several minima.
        cells = np.where(middle > 1.9e7, 32, 1)
        owner = np.repeat(np.arange(arc.size), cells)
        cell = np.arange(owner.size) - np.repeat(np.cumsum(cells) - cells, cells)
        low = cell / cells[owner] - 0.5
        high = low + 1.0 / cells[owner]
        point, arc = point[owner], arc[owner]
        s_low, d_low = self._along(points, point, arc, low)
        s_high, d_high = self._along(points, point, arc, high)
        best = np.minimum(s_low, s_high)
        where = np.where(s_low <= s_high, low, high)
        inner = np.flatnonzero((d_low < 0) & (d_high > 0))
        if inner.size:
            p, e = point[inner], arc[inner]
            lo, hi, dlo, dhi = low[inner], high[inner], d_low[inner], d_high[inner]
            for turn in range(12):
                # Regula falsi, and a plain halving every third time lest one end stay put.
                mid = (lo + hi) / 2 if turn % 3 == 2 else lo - dlo * (hi - lo) / (dhi - dlo)
                s_mid, d_mid = self._along(points, p, e, mid)
                better = s_mid < best[inner]
                where[inner] = np.where(better, mid, where[inner])
                best[inner] = np.where(better, s_mid, best[inner])
                down = d_mid < 0
                lo, dlo = np.where(down, mid, lo), np.where(down, d_mid, dlo)
                hi, dhi = np.where(down, hi, mid), np.where(down, dhi, d_mid)
        value = np.full(middle.size, np.inf)
        np.minimum.at(value, owner, best)
        t = np.zeros(middle.size)
        hit = np.flatnonzero(best == value[owner])[::-1]
        t[owner[hit]] = where[hit]
        return value, t

    def _along(self, points: Points, point: Ints, arc: Ints, t: Floats) -> tuple[Floats, Floats]:
        """Length to the arc's point at t, and its derivative by t."""
        lon, lat = self.degrees(arc, t)
        _, back, distance = geodesic.geod().inv(points.lon[point], points.lat[point], lon, lat)
        # Moving along the arc lengthens the geodesic by what is moved away from the point.
        phi = np.radians(lat)
        w2 = 1 - geodesic.E2 * np.sin(phi) ** 2
        north = A * (1 - geodesic.E2) / (w2 * np.sqrt(w2)) * np.radians(self.dlat[arc])
        east = A / np.sqrt(w2) * np.cos(phi) * np.radians(self.dlon[arc])
        azimuth = np.radians(back)
        return distance, -(east * np.sin(azimuth) + north * np.cos(azimuth))


def _norm(vectors: Floats) -> Floats:
    out: Floats = np.sqrt((vectors * vectors).sum(axis=0))
    return out


def _at(shape: Floats, t: Floats | float) -> Floats:
    a, b, c, d = shape.reshape(4, 3, -1)
    out: Floats = a + t * (b + t * (c + t * d))
    return out


def _first_least(
    lists: Ranks | Runs, distance: Floats, arc: NDArray[np.integer], t: Floats
) -> Found:
    """Of each point's lengths the least; of equal ones the first."""
    first = lists.lowest(distance, SAME)
    return Found(distance.take(first), arc.take(first).astype(np.int64), t.take(first))


def bends(arcs: Arcs) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """How much farther along an arc than on its straight piece the foot of a point may lie, in t.

    |b|, and b₀, b₁, b₃ of the bound b₀ + b₁ d + b₃ d³ for a point from which no point of the arc is
    farther than d ≤ `NEAR`. Let b be the arc's linear coefficient, w the chord to a point of it and
    v the derivative there: w·v differs from what the straight piece has by less than
    pad |v| + 6 pad |w|, |v| ≤ |b| + 6 pad, and what is added for the geodesic (module docstring) is
    half as much again at most as it is there. Beyond that the length falls, or grows, all along
    the arc, and is least at an end.
    """
    size = np.sqrt(-1 / arcs.stride)
    speed = size + 6 * arcs.pad
    none = -arcs.stride * arcs.pad * speed + 1e-9
    return size, (none, -arcs.stride * 6 * arcs.pad, -arcs.stride * 1.5 * TILT * 4.8 * speed)


def spread(
    owner: NDArray[np.integer], first: NDArray[np.integer], last: NDArray[np.integer]
) -> tuple[Ints, Ints]:
    """Every whole number of each half-open range, and whose range it is."""
    size = (last - first).astype(np.int64)
    ends = np.cumsum(size)
    number = np.arange(ends[-1] if ends.size else 0) + np.repeat(first - ends + size, size)
    return np.repeat(owner, size).astype(np.int64), number


def _least(value: Floats, point: Ints, count: int) -> Floats:
    out = np.full(count, np.inf)
    starts = np.flatnonzero(np.diff(point, prepend=-1))
    if starts.size:
        out[point[starts]] = np.minimum.reduceat(value, starts)
    return out


def _chunks(lon: Floats, lat: Floats, length: Floats) -> tuple[Ints, Points, Floats]:
    """Where chunks of neighbouring arcs start; their centres, and how far their points lie off."""
    x, y, z = geodesic.ecef(lon, lat)
    # Where one line ends and another begins far away, so does a chunk.
    jump = np.sqrt(np.diff(x) ** 2 + np.diff(y) ** 2 + np.diff(z) ** 2)
    apart = np.flatnonzero(jump > 10_000.0 + length[1:] + length[:-1]) + 1
    runs = np.concatenate([[0], apart, [lon.size]])
    first = np.concatenate([np.arange(a, b, CHUNK) for a, b in pairwise(runs.tolist())])
    start = np.append(first, lon.size).astype(np.int64)
    centre = Points.of(*(c[(start[:-1] + start[1:]) // 2] for c in (lon, lat)))
    chunk = np.repeat(np.arange(first.size), np.diff(start))
    dz = z - centre.z[chunk]
    squared = (x - centre.x[chunk]) ** 2 + (y - centre.y[chunk]) ** 2 + dz * dz
    reach = geodesic.rough(squared, dz, z + centre.z[chunk])
    reach += geodesic.slack(reach) + length / 2
    return start, centre, np.maximum.reduceat(reach, first)
