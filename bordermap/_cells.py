"""Which arcs can be nearest, cell by cell: tables that make a million points cheap.

The globe is cut into cells of one degree, and each into quarters where points fall, until few arcs
are left that could be nearest to any point of a cell. What is left out is proved to be farther.

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

Tables grow by demand and are never changed once they are published: a search reads one `Table`
from start to end, while another thread may publish a larger one.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from bordermap import _geodesic as geodesic
from bordermap._arcs import CHUNK, MARGIN, Arcs, Found, Ints, Points, spread
from bordermap._geodesic import A, B, Floats

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bordermap._fast import Kernel

    # Items of one cell after another, how many are each cell's, and whether they are chunks.
    Lists = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]

__all__ = ["Cells", "Table"]

FEW = 8  # arcs: a cell with no more is not cut
EAGER = 5  # quarterings that a degree is given at once: cells of 3.5 km
DEEPEST = 14  # quarterings at most: cells of 7 m
CROWD = 8  # points in one call that make a degree worth a table
WORTH = 512  # points times arcs that make a cell worth cutting
LIMIT = 1024  # arcs: where more may win, chunks are listed
COARSE_LANE = 64
MOST = 12_000_000  # candidates in a table, about 100 MB: beyond it grows no more
PAIRS = 1 << 20  # of a degree and a chunk that are looked at together
BLOCK = 1 << 14  # pairs of a cell and an arc that are looked at together: they stay in the cache
LANE = 1 << 11  # points that are searched together: what they need stays in the cache
COMPILED = 256  # points that the compiled search is used for, once numba is loaded
LOADING = 10_000  # points that are worth loading numba for
CALL = 1 << 20  # points that share one look at the table
COMPILED_CALL = 1 << 17  # points that the compiled search sorts: enough for each degree

R_LEAST = B * B / A  # least and greatest radius of curvature of the ellipsoid
R_MEAN = 6_371_000.0
# A chord c ≤ NEAR belongs to lengths that differ between places and directions by less than this
# times c³/R²: half the spread of squared curvatures (1.4 %) over 24, and a fifth for higher terms.
TOLERANCE = 0.5 * 0.014 / 24 * 1.2


class Table(NamedTuple):
    """A forest of quartered degrees; nodes in arrays, candidates in one array.

    `root` holds the node of each degree (-1: none yet), `child` the first of a node's four
    children (-1: a leaf), `lon` and `lat` its centre; `begin` and `size` say where its candidates lie
    in `items`: arcs, or where those would be too many, chunks of arcs (`coarse`).
    """

    root: NDArray[np.int32]
    child: NDArray[np.int32]
    lon: Floats
    lat: Floats
    depth: NDArray[np.int8]
    begin: NDArray[np.int32]
    size: NDArray[np.int32]
    coarse: NDArray[np.bool_]
    items: NDArray[np.int32]


def empty_table() -> Table:
    whole, real = np.empty(0, np.int32), np.empty(0)
    root = np.full(360 * 180, -1, np.int32)
    depth, coarse = np.empty(0, np.int8), np.empty(0, np.bool_)
    return Table(root, whole, real, real, depth, whole, whole, coarse, whole)


@dataclass(eq=False)
class Cells:
    """The tables of one border, and the search that uses them."""

    border: Arcs
    table: Table
    _lock: Lock
    _compiled: Kernel | Literal[False] | None = None  # False: numba is not there

    @classmethod
    def of(cls, border: Arcs) -> Cells:
        return cls(border, empty_table(), Lock())

    # -- search ------------------------------------------------------------------------------

    def nearest(self, lon: Floats, lat: Floats, *, compiled: bool = True) -> Found:
        """The nearest arc to every point, with whatever tables the points are worth.

        Parameters
        ----------
        compiled : bool
            Whether numba may be used where it is installed; what it finds differs from what NumPy
            finds by no more than a micrometre.
        """
        out = Found.of(lon.size)
        kernel = self._kernel(lon.size) if compiled else None
        step = CALL if kernel is None else COMPILED_CALL
        for first in range(0, lon.size, step):
            block = slice(first, first + step)
            into = Found(out.distance[block], out.arc[block], out.t[block])
            if kernel is None:
                self._search(lon[block], lat[block], into)
            else:
                self._search_compiled(kernel, lon[block], lat[block], into)
        return out

    def _search(self, lon: Floats, lat: Floats, out: Found) -> None:
        table, leaf = self.prepare(lon, lat)
        bare = np.flatnonzero(leaf < 0)
        if bare.size:
            out.put(bare, self.border.nearest(Points.of(lon[bare], lat[bare])))
        coarse = (leaf >= 0) & table.coarse[leaf] if table.coarse.size else leaf >= 0
        for known, lane in (
            (np.flatnonzero((leaf >= 0) & ~coarse), LANE),
            (np.flatnonzero(coarse), COARSE_LANE),
        ):
            for first in range(0, known.size, lane):
                some = known[first : first + lane]
                points = Points.of(lon[some], lat[some])
                out.put(some, self.border.best(points, *self._listed(table, leaf[some])))

    def _listed(self, table: Table, nodes: NDArray[np.int32]) -> tuple[Ints, NDArray[np.integer]]:
        """How many arcs each of these leaves lists, and which; all coarse, or none."""
        count = table.size[nodes].astype(np.int64)
        begin = table.begin[nodes]
        which, at = spread(np.arange(nodes.size), begin, begin + count)
        items = table.items.take(at)
        if not table.coarse[nodes[0]]:
            return count, items
        start = self.border.start
        which, arcs = spread(which, start[items], start[items + 1])
        return np.bincount(which, minlength=nodes.size), arcs

    def _search_compiled(self, kernel: Kernel, lon: Floats, lat: Floats, out: Found) -> None:
        table = self.table
        tally = kernel.nearest(table, lon, lat, out)
        left = np.flatnonzero(out.arc < 0)
        if left.size > lon.size // 4:
            # Few tables yet: make them, and let the kernel have another go.
            self.prepare(lon[left], lat[left])
            table = self.table
            tally = kernel.nearest(table, lon, lat, out)
            left = np.flatnonzero(out.arc < 0)
        if left.size:
            some = Found.of(left.size)
            self._search(lon[left], lat[left], some)
            out.put(left, some)
        # The search for what was left may have given others their tables: the tally knows none.
        worth = _worth_cutting(table, tally)
        if worth.size:
            self._cut(worth)

    def _kernel(self, size: int) -> Kernel | None:
        """The compiled search, for so many points that loading numba pays."""
        if self._compiled is None and size >= (COMPILED if _numba_loaded() else LOADING):
            with self._lock:
                maker = _kernel_class()
                self._compiled = maker(self.border) if maker else False
        return self._compiled or None if size >= COMPILED else None

    # -- tables ------------------------------------------------------------------------------

    def prepare(self, lon: Floats, lat: Floats) -> tuple[Table, NDArray[np.int32]]:
        """A table for these points, and the leaf in which each lies (-1: none)."""
        table = self.table
        degree = _degree(lon, lat)
        leaf = _descend(table, lon, lat, table.root[degree])
        if lon.size < CROWD or table.items.size > MOST:
            return table, leaf
        bare = leaf < 0
        if bare.any():
            crowd = np.bincount(degree[bare], minlength=table.root.size) >= CROWD
            if crowd.any():
                table = self._plant(np.flatnonzero(crowd))
                leaf = _descend(table, lon, lat, table.root[degree])
        for _ in range(DEEPEST):
            worth = _worth_cutting(table, np.bincount(leaf[leaf >= 0], minlength=table.child.size))
            if worth.size == 0:
                break
            table = self._cut(worth)
            leaf = _descend(table, lon, lat, leaf)
        return table, leaf

    def plant(self, west: float, south: float, east: float, north: float) -> None:
        """Make the tables of a region; longitudes may run on past ±180."""
        rows = np.arange(np.floor(max(south, -90.0)), np.ceil(min(north, 90.0)))
        columns = np.arange(np.floor(west), min(np.ceil(east), np.floor(west) + 360.0))
        degrees = np.unique((rows[:, None] + 90.0) * 360.0 + np.mod(columns + 180.0, 360.0))
        self._plant(degrees.astype(np.int64))

    def restore(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        """Take over a table that was saved.

        Raises
        ------
        ValueError
            When it cannot be one of this border.
        """
        table = Table(
            **{
                name: np.asarray(arrays[name], blank.dtype)
                for name, blank in empty_table()._asdict().items()
            }
        )
        nodes = table.child.size
        most = np.where(table.coarse, self.border.radius.size, len(self.border))
        ends = table.begin.astype(np.int64) + table.size
        owner = np.repeat(np.arange(nodes), table.size)
        sound = (
            table.root.size == 360 * 180
            and {len(column) for column in table[1:-1]} == {nodes}
            and (table.root < nodes).all()
            and (table.child < nodes - 3).all()
            and (table.child[table.child >= 0] > np.flatnonzero(table.child >= 0)).all()
            and ((table.begin >= 0) & (table.size >= 1) & (ends <= table.items.size)).all()
            and owner.size == table.items.size
            and ((table.items >= 0) & (table.items < most[owner])).all()
        )
        if not sound:
            raise ValueError("its tables do not belong to its lines")
        self.table = table

    def _plant(self, degrees: Ints) -> Table:
        """Give these degrees their tables."""
        with self._lock:
            degrees = degrees[self.table.root[degrees] < 0]
            grown = [self.table]
            step = max(1, min(64, PAIRS // self.border.radius.size))
            for first in range(0, degrees.size, step):
                some = degrees[first : first + step]
                centre = Points.of(
                    (some % 360 - 179.5).astype(float), (some // 360 - 89.5).astype(float)
                )
                chunks = self.border.radius.size
                cell = np.repeat(np.arange(some.size), chunks)
                chunk = np.tile(np.arange(chunks), some.size)
                lists = self._lists(centre, 0.5, cell, chunk, coarse=True)
                new = _append(empty_table(), centre, 0, lists)
                new.root[some] = np.arange(some.size)
                leaves = np.arange(some.size)
                for _ in range(EAGER):
                    leaves = leaves[(new.size[leaves] > FEW) | new.coarse[leaves]]
                    if leaves.size == 0:
                        break
                    new, leaves = self._quarter(new, leaves)
                grown.append(new)
            self.table = _join(grown)
            return self.table

    def _cut(self, nodes: Ints) -> Table:
        """Quarter these leaves."""
        with self._lock:
            nodes = nodes[self.table.child[nodes] < 0]
            if nodes.size:
                self.table, _ = self._quarter(self.table, nodes)
            return self.table

    def _quarter(self, table: Table, nodes: Ints) -> tuple[Table, Ints]:
        """A table in which these leaves have children; and the children."""
        children = []
        child = table.child.copy()
        kinds = table.depth[nodes] * 2 + table.coarse[nodes]
        for kind in np.unique(kinds).tolist():
            some = nodes[kinds == kind]
            depth, coarse = kind // 2, bool(kind % 2)
            half = 0.5 ** (depth + 2)
            lon = (table.lon[some][:, None] + half * np.array([-1, 1, -1, 1])).ravel()
            lat = (table.lat[some][:, None] + half * np.array([-1, -1, 1, 1])).ravel()
            begin = np.repeat(table.begin[some], 4)
            cell, at = spread(np.arange(lon.size), begin, begin + np.repeat(table.size[some], 4))
            centre = Points.of(lon, lat)
            items = table.items[at].astype(np.int64)
            lists = self._lists(centre, half, cell, items, coarse=coarse)
            start = table.child.size
            child[some] = start + 4 * np.arange(some.size)
            table = _append(table._replace(child=child), centre, depth + 1, lists)
            child = table.child
            children.append(np.arange(start, child.size))
        return table, np.concatenate(children)

    def _lists(self, centre: Points, half: float, cell: Ints, item: Ints, *, coarse: bool) -> Lists:
        """What can win somewhere in each cell: the items, how many, and whether they are chunks."""
        radius = _radius(centre.lat, half)
        cells = centre.lon.size
        many = np.zeros(cells, np.bool_)
        held = held_item = np.empty(0, np.int64)
        if coarse:
            cell, item = _in_blocks(self._by_chunks, centre, radius, cell, item)
            many = np.bincount(cell, minlength=cells) > LIMIT // CHUNK
            stay = many[cell]
            held, held_item = cell[stay], item[stay]
            cell, item = cell[~stay], item[~stay]
            cell, item = spread(cell, self.border.start[item], self.border.start[item + 1])
        cell, item = _in_blocks(self._by_feet, centre, radius, cell, item)
        if held.size:
            cell, item = np.concatenate([cell, held]), np.concatenate([item, held_item])
            order = np.argsort(cell, kind="stable")
            cell, item = cell[order], item[order]
        size = np.bincount(cell, minlength=cells).astype(np.int32)
        return item.astype(np.int32), size, many

    def _by_chunks(
        self, centre: Points, radius: Floats, cell: Ints, chunk: Ints
    ) -> NDArray[np.bool_]:
        """The bound above, from the centres of chunks of arcs."""
        border = self.border
        count = np.bincount(cell - cell[0])
        count = count[count > 0]
        starts = np.cumsum(count) - count
        x, y, z = (column.take(chunk) for column in border.centre[2:])
        here = centre.take(cell)
        dz = z - here.z
        squared = (x - here.x) ** 2 + (y - here.y) ** 2 + dz * dz
        distance, spare = _lengths(squared, dz, z + here.z)
        upper = distance + spare
        least = np.repeat(np.minimum.reduceat(upper, starts), count)
        best = np.flatnonzero(upper == least)
        best = np.repeat(best[np.flatnonzero(np.diff(cell.take(best), prepend=-1))], count)
        reach = border.radius.take(chunk)
        across = np.sqrt((x - x[best]) ** 2 + (y - y[best]) ** 2 + (z - z[best]) ** 2)
        low = distance - spare - reach
        return _may_win(low, upper + reach, least, across + reach, radius.take(cell))

    def _by_feet(self, centre: Points, radius: Floats, cell: Ints, arc: Ints) -> NDArray[np.bool_]:
        """The bound above, from the nearest points of the arcs' straight pieces."""
        border = self.border
        count = np.bincount(cell - cell[0])
        count = count[count > 0]
        starts = np.cumsum(count) - count
        here = centre.take(cell.take(starts))
        x, y, z, bx, by, bz = (border.shape[i].take(arc) for i in range(6))
        half = border.length.take(arc)
        half *= 0.5
        x -= np.repeat(here.x, count)
        y -= np.repeat(here.y, count)
        z -= np.repeat(here.z, count)
        t = x * bx
        t += y * by
        t += z * bz
        t *= border.stride.take(arc)
        np.maximum(t, -0.5, out=t)
        np.minimum(t, 0.5, out=t)
        bx *= t
        by *= t
        bz *= t
        bx += x
        by += y
        bz += z
        squared = bx * bx
        squared += by * by
        squared += bz * bz
        distance, spare = _lengths(squared, bz, bz + 2 * np.repeat(here.z, count))
        spare += 1.1 * border.pad.take(arc)
        upper = distance + spare
        floor = np.minimum.reduceat(upper, starts)
        least = np.repeat(floor, count)
        best = np.flatnonzero(upper == least)
        best = best[np.flatnonzero(np.diff(cell.take(best), prepend=-1))]
        # From the middle of each arc to the foot on the best: half an arc more reaches any point.
        x -= np.repeat(bx.take(best), count)
        y -= np.repeat(by.take(best), count)
        z -= np.repeat(bz.take(best), count)
        x *= x
        y *= y
        z *= z
        x += y
        x += z
        across = np.sqrt(x, out=x)
        across += half
        across += np.repeat(border.pad.take(arc.take(best)), count)
        return _may_win(
            distance - spare, upper, least, across, np.repeat(radius.take(cell.take(starts)), count)
        )


@lru_cache(maxsize=1)
def _kernel_class() -> type[Kernel] | None:
    try:
        from bordermap._fast import Kernel
    except ImportError:
        return None
    return Kernel


def _numba_loaded() -> bool:
    return "bordermap._fast" in sys.modules


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
    prune: Callable[[Points, Floats, Ints, Ints], NDArray[np.bool_]],
    centre: Points,
    radius: Floats,
    cell: Ints,
    item: Ints,
) -> tuple[Ints, Ints]:
    """The pairs (cell, item) that a bound leaves, looked at in blocks that end where cells do."""
    if cell.size == 0:
        return cell, item
    ends = np.cumsum(np.bincount(cell, minlength=centre.lon.size))
    edges = [0, *ends[:-1][np.diff(ends // BLOCK) > 0].tolist(), cell.size]
    kept = [np.empty(0, np.int64)]
    for first, last in pairwise(edges):
        if last > first:
            keep = prune(centre, radius, cell[first:last], item[first:last])
            kept.append(np.flatnonzero(keep) + first)
    left = np.concatenate(kept)
    return cell[left], item[left]


def _worth_cutting(table: Table, points: NDArray[np.integer]) -> Ints:
    """Leaves whose candidates, looked at by so many points, cost more than cutting the leaf."""
    if table.items.size > MOST:
        return np.empty(0, np.int64)
    arcs = table.size * np.where(table.coarse, CHUNK, 1)
    worth = (points * arcs >= WORTH) & (arcs > FEW) & (table.depth < DEEPEST) & (table.child < 0)
    return np.flatnonzero(worth)


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
    u = squared / (R_MEAN * R_MEAN)
    chord = np.sqrt(squared)
    excess = chord * u
    return chord + excess * (1 / 24 + u * (3 / 640 + u * 5 / 7168)), TOLERANCE * excess + 1e-6


def _radius(lat: Floats, half: float) -> Floats:
    """How far a point of a cell may lie from its centre, at most: straight there on the chart."""
    nearest_equator = np.radians(np.maximum(np.abs(lat) - half, 0.0))
    reach: Floats = A * A / B * np.radians(half) * np.hypot(1.0, np.cos(nearest_equator))
    return reach


def _degree(lon: Floats, lat: Floats) -> Ints:
    column = np.minimum(np.floor(lon + 180.0), 359.0)
    row = np.minimum(np.floor(lat + 90.0), 179.0)
    out: Ints = (row * 360.0 + column).astype(np.int64)
    return out


def _descend(table: Table, lon: Floats, lat: Floats, node: NDArray[np.int32]) -> NDArray[np.int32]:
    """The leaf in which each point lies, starting from a node above it (-1 stays)."""
    leaf = node.astype(np.int32, copy=True)
    moving = np.flatnonzero(leaf >= 0)
    moving = moving[table.child[leaf[moving]] >= 0]
    while moving.size:
        at = leaf[moving]
        down = table.child[at]
        down += lon[moving] >= table.lon[at]
        down += 2 * (lat[moving] >= table.lat[at])
        leaf[moving] = down
        moving = moving[table.child[down] >= 0]
    return leaf


def _join(tables: list[Table]) -> Table:
    """One table of several that have no degree in common."""
    root, child, begin = tables[0].root.copy(), [], []
    nodes = listed = 0
    for table in tables:
        root = np.where(table.root >= 0, table.root + nodes, root).astype(np.int32)
        child.append(np.where(table.child >= 0, table.child + nodes, -1).astype(np.int32))
        begin.append(table.begin + listed)
        nodes += table.child.size
        listed += table.items.size
    return Table(
        root,
        np.concatenate(child),
        np.concatenate([table.lon for table in tables]),
        np.concatenate([table.lat for table in tables]),
        np.concatenate([table.depth for table in tables]),
        np.concatenate(begin),
        np.concatenate([table.size for table in tables]),
        np.concatenate([table.coarse for table in tables]),
        np.concatenate([table.items for table in tables]),
    )


def _append(table: Table, centre: Points, depth: int, lists: Lists) -> Table:
    """The table with leaves added at its end."""
    items, sizes, coarse = lists
    added = sizes.size
    ends = np.cumsum(sizes, dtype=np.int32) + np.int32(table.items.size)
    return table._replace(
        child=np.append(table.child, np.full(added, -1, np.int32)),
        lon=np.append(table.lon, centre.lon),
        lat=np.append(table.lat, centre.lat),
        depth=np.append(table.depth, np.full(added, depth, np.int8)),
        begin=np.append(table.begin, ends - sizes),
        size=np.append(table.size, sizes),
        coarse=np.append(table.coarse, coarse),
        items=np.append(table.items, items),
    )
