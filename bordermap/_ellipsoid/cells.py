"""Which arcs can be nearest, cell by cell: tables that make a million points cheap.

The globe is cut into cells of one degree, and each into quarters where points fall, until few arcs
are left that could be nearest to any point of a cell; `_ellipsoid.pruning` proves that what is left
out is farther.

Tables grow by demand and are never changed once they are published: a search reads one `Table`
from start to end, while another thread may publish a larger one.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Literal, NamedTuple
from weakref import WeakSet

import numpy as np

from bordermap._ellipsoid.arcs import Arcs, spread
from bordermap._ellipsoid.geodesic import Floats
from bordermap._ellipsoid.points import Found, Ints, Points
from bordermap._ellipsoid.pruning import ARCS, CHUNKS, ENDS, Sieve
from bordermap._ellipsoid.ranks import by_length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bordermap._ellipsoid.fast import Kernel
    from bordermap._ellipsoid.pruning import Lists


__all__ = ["Cells", "Table"]

FEW = 4  # items: a cell with no more is not cut
EAGER = 2  # quarterings that a degree is given at once
DEEPEST = 14  # quarterings at most: cells of 7 m
CROWD = 16  # points that make a degree worth a table
WORTH = 32  # points times items that make a cell worth cutting
SMALL = 4096  # points: fewer are counted one by one
COARSE_LANE = 512  # of points for which chunks are listed
MOST = 12_000_000  # candidates in a table, about 100 MB: beyond it grows no more
PAIRS = 1 << 20  # of a degree and a chunk that are looked at together
# Points that are searched together: fewer would have two threads wait for each other at every step,
# more leave the processor's cache.
LANE = 1 << 15
TOGETHER = 1 << 18  # items that are looked at together: about 30 MB
COMPILED = 256  # points that the compiled search is used for, once numba is loaded
LOADING = 10_000  # points that are worth loading numba for
CALL = 1 << 20  # points that share one look at the table


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
    _sifting: Sieve | None = None

    @classmethod
    def of(cls, border: Arcs) -> Cells:
        cells = cls(border, empty_table(), Lock(), np.zeros(360 * 180, np.int64))
        LIVE.add(cells)
        return cells

    def after_fork(self) -> None:
        """Start afresh where another thread was at work as the process was forked.

        The child has what the thread had locked, half made maybe, and not the thread.
        """
        kernel = self._compiled or None
        if self._lock.locked() or (kernel is not None and kernel.busy):
            self._lock, self._compiled = Lock(), None
            self.table, self._uses = empty_table(), np.zeros(0, np.int64)

    @property
    def _sieve(self) -> Sieve:
        """What tables are made with; for those who hold the lock."""
        if self._sifting is None:
            self._sifting = Sieve(self.border)
        return self._sifting

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
        if kernel is not None:
            if kernel.nearest(lon, lat, out) == 0:
                return
            left = np.flatnonzero(out.distance < 0)
            some = Found.of(left.size)
            self._fill(lon[left], lat[left], some, compiled=False)
            out.put(left, some)
            return
        for first in range(0, lon.size, CALL):
            block = slice(first, first + CALL)
            self._search(lon[block], lat[block], out.block(block))

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
            (CHUNKS, self.border.best_of_chunks, COARSE_LANE),
        ):
            known = np.flatnonzero((table.kind.take(leaf) == kind) & (leaf >= 0))
            known = known.take(by_length(table.size.take(leaf.take(known))))
            last = 0
            while last < known.size:
                first, last = last, min(last + lane, known.size)
                longest = table.size[leaf[known[last - 1]]]
                last = min(last, first + max(1, TOGETHER // longest))
                some = known[first:last]
                points = Points.of(lon.take(some), lat.take(some))
                node = leaf.take(some)
                begin, size = table.begin.take(node), table.size.take(node)
                out.put(some, best(points, begin, size, table.items))

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
            uses = points + self._uses[nodes]
            worth = np.flatnonzero(_worth_cutting(table, nodes, uses))
            # Few are left for a later call: for each cut all of the table is copied.
            if worth.size == 0 or (uses * table.size[nodes])[worth].sum() < table.child.size:
                break
            table = self._cut(nodes[worth])
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
        first_child = table.child[table.child >= 0]
        sound = (
            table.root.size == 360 * 180
            and {len(column) for column in table[1:-1]} == {nodes}
            and (table.root < nodes).all()
            and (first_child < nodes - 3).all()
            and (first_child > np.flatnonzero(table.child >= 0)).all()
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
            grown: list[tuple[Ints, Table]] = []
            rootless = empty_table()
            step = max(1, min(64, PAIRS // self.border.radius.size))
            for first in range(0, degrees.size, step):
                some = degrees[first : first + step]
                centre = Points.of(
                    (some % 360 - 179.5).astype(float), (some // 360 - 89.5).astype(float)
                )
                lists = self._sieve.first_lists(centre, 0.5)
                new = _append(rootless, centre, np.zeros(some.size, np.int8), lists)
                leaves = np.arange(some.size)
                for _ in range(EAGER):
                    leaves = leaves[(new.size[leaves] > FEW) | (new.kind[leaves] == CHUNKS)]
                    if leaves.size == 0:
                        break
                    new, leaves = self._quarter(new, leaves)
                grown.append((some, new))
            return self._publish(_join(self.table, grown))

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
            begin, size = np.repeat(table.begin[some], 4), np.repeat(table.size[some], 4)
            centre = Points.of(lon, lat)
            made = []
            for cells in _slices(size, TOGETHER):
                first, many = begin[cells], size[cells]
                cell, at = spread(np.arange(many.size), first, first + many)
                items = table.items[at].astype(np.int64)
                few = centre.take(cells)
                made.append(self._sieve.lists(few, half[cells], cell, items, coarse=coarse))
            listed, sizes, kind = (np.concatenate(column) for column in zip(*made, strict=True))
            start = table.child.size
            child = table.child.copy()
            child[some] = start + 4 * np.arange(some.size)
            depth = np.repeat(table.depth[some] + np.int8(1), 4)
            table = _append(table._replace(child=child), centre, depth, (listed, sizes, kind))
            children.append(np.arange(start, table.child.size))
        return table, np.concatenate(children)


# The cells of every border, for a child of this process to look at.
LIVE: WeakSet[Cells] = WeakSet()


def _after_fork() -> None:
    for cells in LIVE:
        cells.after_fork()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_after_fork)


@lru_cache(maxsize=1)
def _kernel_class() -> type[Kernel] | None:
    # In a thread of its own, which Ctrl-C does not reach: what of numba was imported by half cannot
    # be imported again.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_load_kernel).result()


def _load_kernel() -> type[Kernel] | None:
    try:
        from bordermap._ellipsoid.fast import Kernel
    except ImportError:
        return None
    return Kernel


def _numba_loaded() -> bool:
    return "bordermap._ellipsoid.fast" in sys.modules


def _worth_cutting(table: Table, nodes: Ints, points: Ints) -> NDArray[np.bool_]:
    """Whether what these leaves list, looked at by so many points, costs more than cutting them."""
    if table.items.size > MOST:
        return np.zeros(nodes.size, np.bool_)
    items = table.size[nodes] * np.where(table.kind[nodes] == CHUNKS, 2, 1)
    worth = (points * items >= WORTH) & (items > FEW) & (table.depth[nodes] < DEEPEST)
    out: NDArray[np.bool_] = worth & (table.child[nodes] < 0)
    return out


def _slices(size: NDArray[np.integer], most: int) -> Iterator[slice]:
    """Slices of lists of these sizes that have no more than about so many items each."""
    group = np.cumsum(size) // most
    edges = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), size.size]
    return (slice(*pair) for pair in pairwise(edges))


def _counted(values: NDArray[np.integer], ceiling: int) -> tuple[Ints, Ints]:
    """The different ones of whole numbers below `ceiling`, and how often each occurs."""
    if values.size <= 1:
        return values.astype(np.int64), np.ones(values.size, np.int64)
    if values.size < SMALL:
        return np.unique(values, return_counts=True)
    count = np.bincount(values, minlength=ceiling)
    found = np.flatnonzero(count)
    return found, count[found]


def _degree(lon: Floats, lat: Floats) -> Ints:
    column = np.minimum(np.floor(lon + 180.0), 359.0)
    row = np.minimum(np.floor(lat + 90.0), 179.0)
    out: Ints = (row * 360.0 + column).astype(np.int64)
    return out


def _descend(table: Table, lon: Floats, lat: Floats, node: NDArray[np.int32]) -> NDArray[np.int32]:
    """The leaf in which each point lies, starting from a node above it (-1 stays)."""
    leaf = node.astype(np.int32, copy=True)
    if table.child.size == 0:
        return leaf
    moving = np.flatnonzero((table.child.take(leaf) >= 0) & (leaf >= 0))
    while moving.size:
        at = leaf.take(moving)
        down = table.child.take(at)
        down += lon.take(moving) >= table.lon.take(at)
        down += 2 * (lat.take(moving) >= table.lat.take(at))
        leaf[moving] = down
        moving = moving.take(np.flatnonzero(table.child.take(down) >= 0))
    return leaf


def _join(table: Table, grown: list[tuple[Ints, Table]]) -> Table:
    """The table and others at its end, of which each begins with the nodes of some degrees."""
    root, child, begin = table.root.copy(), [table.child], [table.begin]
    nodes, listed = table.child.size, table.items.size
    for degrees, new in grown:
        root[degrees] = nodes + np.arange(degrees.size)
        child.append(np.where(new.child >= 0, new.child + nodes, -1).astype(np.int32))
        begin.append(new.begin + listed)
        nodes += new.child.size
        listed += new.items.size
    tables = [table, *(new for _, new in grown)]
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
