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

The tightest of such bounds come from points b near e, and so each arc is held against the best of
its neighbours first. Of an arc that is left only an end may be able to win: the foot of P on its
straight piece is a linear function of P, and where the whole cell has it so far beyond one end that
the arc's bend makes no difference (`_arcs.bends`), the vertex is listed instead, once for both arcs
that it ends.

Tables grow by demand and are never changed once they are published: a search reads one `Table`
from start to end, while another thread may publish a larger one.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Literal, NamedTuple

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
    Found,
    Ints,
    Points,
    bends,
    spread,
)
from bordermap._ellipsoid.geodesic import NEAR, A, B, Floats

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bordermap._ellipsoid.fast import Kernel

    # Items of one cell after another, how many are each cell's, and of what kind.
    Lists = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]

__all__ = ["Cells", "Table"]

ENDS, ARCS, CHUNKS = range(3)  # what a leaf lists

FEW = 4  # items: a cell with no more is not cut
EAGER = 2  # quarterings that a degree is given at once
DEEPEST = 14  # quarterings at most: cells of 7 m
CROWD = 4  # points that make a degree worth a table
WORTH = 32  # points times items that make a cell worth cutting
SMALL = 4096  # points: fewer are counted one by one
LIMIT = 1024  # arcs: where more may win, chunks are listed
COARSE_LANE = 512  # of points for which chunks are listed
MOST = 12_000_000  # candidates in a table, about 100 MB: beyond it grows no more
PAIRS = 1 << 20  # of a degree and a chunk that are looked at together
BLOCK = 1 << 14  # pairs of a cell and an arc that are looked at together: they stay in the cache
LANE = (
    1 << 14
)  # points that are searched together: fewer would have two threads wait for each other
COMPILED = 256  # points that the compiled search is used for, once numba is loaded
LOADING = 10_000  # points that are worth loading numba for
CALL = 1 << 18  # points that share one look at the table
COMPILED_CALL = 1 << 20  # points that the compiled search puts in order

R_LEAST = B * B / A  # least and greatest radius of curvature of the ellipsoid


class Table(NamedTuple):
    """A forest of quartered degrees; nodes in arrays, candidates in one array.

    `root` holds the node of each degree (-1: none yet), `child` the first of a node's four
    children (-1: a leaf), `lon` and `lat` its centre; `begin` and `size` say where its candidates lie
    in `items`, and `kind` what they are: ends of arcs, arcs and ends, or chunks of arcs.
    """

    root: NDArray[np.int32]
    child: NDArray[np.int32]
    lon: Floats
    lat: Floats
    depth: NDArray[np.int8]
    begin: NDArray[np.int32]
    size: NDArray[np.int32]
    kind: NDArray[np.int8]
    items: NDArray[np.int32]


def empty_table() -> Table:
    whole, real = np.empty(0, np.int32), np.empty(0)
    root = np.full(360 * 180, -1, np.int32)
    small = np.empty(0, np.int8)
    return Table(root, whole, real, real, small, whole, whole, small, whole)


@dataclass(eq=False)
class Cells:
    """The tables of one border, and the search that uses them."""

    border: Arcs
    table: Table
    _lock: Lock
    _asked: Ints  # how many points of each degree had no table
    _uses: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # points in each leaf
    _compiled: Kernel | Literal[False] | None = None  # False: numba is not there

    @classmethod
    def of(cls, border: Arcs) -> Cells:
        return cls(border, empty_table(), Lock(), np.zeros(360 * 180, np.int64))

    @cached_property
    def _bends(self) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
        return bends(self.border)

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
        self._fill(lon, lat, out, compiled=compiled)
        return out

    def distances(self, lon: Floats, lat: Floats, *, compiled: bool = True) -> Floats:
        """What `nearest` says of lengths, and no more."""
        out = np.empty(lon.size)
        self._fill(lon, lat, Found.lengths(out), compiled=compiled)
        return out

    def _fill(self, lon: Floats, lat: Floats, out: Found, *, compiled: bool) -> None:
        kernel = self._kernel(lon.size) if compiled else None
        step = CALL if kernel is None else COMPILED_CALL
        for first in range(0, lon.size, step):
            block = slice(first, first + step)
            if kernel is None:
                self._search(lon[block], lat[block], out.block(block))
            else:
                self._search_compiled(kernel, lon[block], lat[block], out.block(block))

    def _search(self, lon: Floats, lat: Floats, out: Found) -> None:
        table, leaf = self.prepare(lon, lat)
        bare = np.flatnonzero(leaf < 0)
        if bare.size:
            out.put(bare, self.border.nearest(Points.of(lon[bare], lat[bare])))
        if bare.size == lon.size:
            return
        for kind, best, lane in (
            (ENDS, self.border.best_end, LANE),
            (ARCS, self.border.best, LANE),
            (CHUNKS, self.border.best, COARSE_LANE),
        ):
            known = np.flatnonzero((table.kind[leaf] == kind) & (leaf >= 0))
            for first in range(0, known.size, lane):
                some = known[first : first + lane]
                points = Points.of(lon[some], lat[some])
                out.put(some, best(points, *self._listed(table, leaf[some], points)))

    def _listed(
        self, table: Table, nodes: NDArray[np.int32], points: Points
    ) -> tuple[Ints, NDArray[np.integer]]:
        """How many arcs or ends there are for each point, and which; all in leaves of one kind."""
        count = table.size[nodes].astype(np.int64)
        begin = table.begin[nodes]
        _, at = spread(np.arange(nodes.size), begin, begin + count)
        items = table.items.take(at)
        if table.kind[nodes[0]] != CHUNKS:
            return count, items
        count, arcs = self.border.of_chunks(points, count, items.astype(np.int64))
        return count, 4 * arcs + WHOLE

    def _search_compiled(self, kernel: Kernel, lon: Floats, lat: Floats, out: Found) -> None:
        table = self.table
        tally = kernel.nearest(table, lon, lat, out)
        left = np.flatnonzero(out.distance < 0)
        if left.size > lon.size // 4:
            # Few tables yet: make them, and let the kernel have another go.
            table, _ = self.prepare(lon[left], lat[left])
            tally = kernel.nearest(table, lon, lat, out)
            left = np.flatnonzero(out.distance < 0)
        nodes = np.flatnonzero(tally)
        self._uses[nodes] += tally[nodes]
        worth = nodes[_worth_cutting(table, nodes, self._uses[nodes])]
        if worth.size:
            self._cut(worth)
        if left.size:
            some = Found.of(left.size)
            self._search(lon[left], lat[left], some)
            out.put(left, some)

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
        if table.items.size > MOST:
            return table, leaf
        bare, points = _counted(degree[leaf < 0], table.root.size)
        if bare.size:
            self._asked[bare] += points
            crowded = bare[self._asked[bare] >= CROWD]
            if crowded.size:
                table = self._plant(crowded)
                leaf = _descend(table, lon, lat, table.root[degree])
        for _ in range(DEEPEST):
            nodes, points = _counted(leaf[leaf >= 0], table.child.size)
            worth = nodes[_worth_cutting(table, nodes, points + self._uses[nodes])]
            if worth.size == 0:
                break
            table = self._cut(worth)
            leaf = _descend(table, lon, lat, leaf)
        self._uses[nodes] += points
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
        most = np.where(table.kind == CHUNKS, self.border.radius.size, 4 * len(self.border))
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
        self._publish(table)

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
                new = _append(empty_table(), centre, np.zeros(some.size, np.int8), lists)
                new.root[some] = np.arange(some.size)
                leaves = np.arange(some.size)
                for _ in range(EAGER):
                    leaves = leaves[(new.size[leaves] > FEW) | (new.kind[leaves] == CHUNKS)]
                    if leaves.size == 0:
                        break
                    new, leaves = self._quarter(new, leaves)
                grown.append(new)
            return self._publish(_join(grown))

    def _cut(self, nodes: Ints) -> Table:
        """Quarter these leaves."""
        with self._lock:
            nodes = nodes[self.table.child[nodes] < 0]
            if nodes.size:
                self._publish(self._quarter(self.table, nodes)[0])
            return self.table

    def _publish(self, table: Table) -> Table:
        """Let searches use it; nodes keep their numbers, and searches under way their table."""
        new = table.child.size - self._uses.size
        self._uses = np.append(self._uses, np.zeros(new, np.int64))
        self.table = table
        return table

    def _quarter(self, table: Table, nodes: Ints) -> tuple[Table, Ints]:
        """A table in which these leaves have children; and the children."""
        children = []
        is_coarse = table.kind[nodes] == CHUNKS
        for coarse in (False, True):
            some = nodes[is_coarse == coarse]
            if some.size == 0:
                continue
            half = np.repeat(0.5 ** (table.depth[some] + 2.0), 4)
            lon = np.repeat(table.lon[some], 4) + half * np.tile([-1, 1, -1, 1], some.size)
            lat = np.repeat(table.lat[some], 4) + half * np.tile([-1, -1, 1, 1], some.size)
            begin = np.repeat(table.begin[some], 4)
            cell, at = spread(np.arange(lon.size), begin, begin + np.repeat(table.size[some], 4))
            centre = Points.of(lon, lat)
            items = table.items[at].astype(np.int64)
            lists = self._lists(centre, half, cell, items, coarse=coarse)
            start = table.child.size
            child = table.child.copy()
            child[some] = start + 4 * np.arange(some.size)
            depth = np.repeat(table.depth[some] + np.int8(1), 4)
            table = _append(table._replace(child=child), centre, depth, lists)
            children.append(np.arange(start, table.child.size))
        return table, np.concatenate(children)

    def _lists(
        self, centre: Points, half: Floats | float, cell: Ints, item: Ints, *, coarse: bool
    ) -> Lists:
        """What can win somewhere in each cell, how many, and of what kind."""
        radius = _radius(centre.lat, half)
        cells = centre.lon.size
        kind = np.zeros(cells, np.int8)
        held = held_item = np.empty(0, np.int64)
        if coarse:
            cell, item = _in_blocks(self._by_chunks, centre, radius, cell, item)
            many = np.bincount(cell, minlength=cells) > LIMIT // CHUNK
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

    def _by_chunks(self, centre: Points, radius: Floats, cell: Ints, chunk: Ints) -> Ints:
        """The bound above, from the centres of chunks of arcs: the chunk, or -1."""
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
        may_win = _may_win(low, upper + reach, least, across + reach, radius.take(cell))
        return np.where(may_win, chunk, -1)

    def _by_feet(self, centre: Points, radius: Floats, cell: Ints, item: Ints) -> Ints:
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


@lru_cache(maxsize=1)
def _kernel_class() -> type[Kernel] | None:
    try:
        from bordermap._ellipsoid.fast import Kernel
    except ImportError:
        return None
    return Kernel


def _numba_loaded() -> bool:
    return "bordermap._ellipsoid.fast" in sys.modules


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


def _worth_cutting(table: Table, nodes: Ints, points: Ints) -> NDArray[np.bool_]:
    """Whether what these leaves list, looked at by so many points, costs more than cutting them."""
    if table.items.size > MOST:
        return np.zeros(nodes.size, np.bool_)
    items = table.size[nodes] * np.where(table.kind[nodes] == CHUNKS, 2, 1)
    worth = (points * items >= WORTH) & (items > FEW) & (table.depth[nodes] < DEEPEST)
    out: NDArray[np.bool_] = worth & (table.child[nodes] < 0)
    return out


def _counted(values: NDArray[np.integer], ceiling: int) -> tuple[Ints, Ints]:
    """The different ones of whole numbers below `ceiling`, and how often each occurs."""
    if values.size < SMALL:
        return np.unique(values, return_counts=True)
    count = np.bincount(values, minlength=ceiling)
    found = np.flatnonzero(count)
    return found, count[found]


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


def _radius(lat: Floats, half: Floats | float) -> Floats:
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
        np.concatenate([table.kind for table in tables]),
        np.concatenate([table.items for table in tables]),
    )


def _append(table: Table, centre: Points, depth: NDArray[np.int8], lists: Lists) -> Table:
    """The table with leaves added at its end."""
    items, sizes, kind = lists
    added = sizes.size
    ends = np.cumsum(sizes, dtype=np.int32) + np.int32(table.items.size)
    return table._replace(
        child=np.append(table.child, np.full(added, -1, np.int32)),
        lon=np.append(table.lon, centre.lon),
        lat=np.append(table.lat, centre.lat),
        depth=np.append(table.depth, depth),
        begin=np.append(table.begin, ends - sizes),
        size=np.append(table.size, sizes),
        kind=np.append(table.kind, kind),
        items=np.append(table.items, items),
    )
