# ruff: noqa: PLR0917  (numba knows no keyword arguments that cost nothing)
"""The search of `_ellipsoid.cells` and `_ellipsoid.arcs`, compiled (the extra `fast`, which brings numba).

Points are put in order by degree, so that neighbours find their part of the tables in the cache,
and are taken a few thousand at a time through the loops of `_ellipsoid.lanes`: to Earth-centred
coordinates; each to its leaf, where its items are ranked by `_geodesic.order`; and lengths to those
that can be nearest, mostly one, and mostly a vertex. Where there is no table yet, or too much in
one leaf, points go down `_ellipsoid.tree` one by one. Formulas and bounds are those of
`_ellipsoid.cells` and `_ellipsoid.arcs`, and answers agree to a micrometre. What is rare is left to
NumPy: points out of reach of the closed form, or beside an arc that bends away.

All of it happens without the interpreter's lock, and in memory that one call leaves to the next:
pages that come and go with every call would have two threads wait for each other.
"""

from __future__ import annotations

import math
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bordermap._ellipsoid.arcs import END, START, WHOLE, bends
from bordermap._ellipsoid.geodesic import NEAR, ecef
from bordermap._ellipsoid.lanes import (
    BLOCK,
    HIGH,
    KEY,
    LEFT,
    LENGTH,
    NAME,
    NEXT,
    PX,
    PY,
    PZ,
    RISE,
    ROWS,
    SQUARE,
    STEP,
    TURN,
    UNSURE,
    ZETA,
    T,
    U,
    X,
    Y,
    bound_of,
    clear,
    compare,
    compiled,
    lengths,
    pair,
    place,
    rank_arc,
    rank_end,
    solve,
)
from bordermap._ellipsoid.pruning import radius_of
from bordermap._ellipsoid.sifting import CROWDED, LISTED, MOST, sift
from bordermap._ellipsoid.sifting import ROWS as MEASURED
from bordermap._ellipsoid.tree import CANDIDATES, RANKED, STACK, climb, grow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bordermap._ellipsoid.arcs import Arcs
    from bordermap._ellipsoid.geodesic import Floats
    from bordermap._ellipsoid.lanes import Whole
    from bordermap._ellipsoid.points import Found, Ints


__all__ = ["LEFT", "Kernel"]

FEW = 12  # items: a leaf with no more is not quartered, for its quarters would be no quicker
DEEPEST = 14  # quarterings at most: cells of 7 m
PLANT = 8  # points that make a degree worth a node
WORTH = 100  # points times items that make a leaf worth quartering
BATCH = 8192  # cells at a time,
TOGETHER = 64  # of which so many are made before a look at what they cost
MOST_ITEMS = 40_000_000  # in all cells: beyond it grows no more
CLIMB = 100  # items that take as long as the way down the tree
SPARED = 25  # of them a quarter may be expected to spare a point, being as crowded often
LOOK = 5  # items that are ranked while one is looked at in the making of a cell
SHARE = 4  # of so much search one part may go into cells: threads wait for each other there
GIFT = 20_000_000  # items, about a tenth of a second, that are put into cells before it pays
YOUNG = 1 << 17  # points that are searched before cells are made for the others
ROOM = 64  # items of a leaf that the kernel ranks; for more the way down the tree is shorter
NOTHING, DONE = -1, -2  # instead of an item: left to NumPy, written already
SPAN = 1 << 20  # points that are put in order together

FINEST = 6  # quarterings of a degree that points are put in order by, at most
EVEN = np.array([sum((i >> k & 1) << 2 * k for k in range(FINEST)) for i in range(1 << FINEST)])
CROWD = 8  # points to a cell of that order
FEWEST = 4096  # cells of that order, at least


# Memory that one call leaves to the next: as much as calls ever ran at the same time.
SPARE: list[tuple[NDArray[np.generic], ...]] = []


class Forest(NamedTuple):
    """Quartered degrees, as in `cells.Table`; never changed once it is published.

    `root` holds the node of each degree (-1: none yet); a row of `nodes` the first of its four
    children (-1: a leaf), where its items begin, how many there are, and of what kind.
    """

    root: Whole
    nodes: Whole
    items: Whole
    lon: Floats
    lat: Floats
    depth: NDArray[np.int8]


class Kernel:
    """A border's arcs and cells, laid out so that each step reads one or two cache lines."""

    def __init__(self, arcs: Arcs) -> None:
        speed, bend = bends(arcs)
        shared = arcs.first & 3 == END
        rows = [*arcs.shape[:6], arcs.stride, arcs.pad, 1.02 * speed, *bend, shared]
        self.straight = np.ascontiguousarray(np.stack(rows, axis=1))
        self.shape = np.ascontiguousarray(arcs.shape.T)
        self.ends = np.ascontiguousarray(arcs.ends.T)
        self.long, self.first = arcs.length, arcs.first
        self.tree = grow(arcs)
        none, real = np.empty(0, np.int32), np.empty(0)
        self.forest = Forest(
            *(np.full(360 * 180, -1, np.int32), none.reshape(0, 4), none),
            *(real, real, np.empty(0, np.int8)),
        )
        self._taken = 0  # items that are in use
        self._uses = np.empty(0, np.int64)  # points in each leaf
        self._asked = np.zeros(360 * 180, np.int64)  # points in each degree that has no node
        self._credit, self._price = GIFT, float(LOOK * 1000)
        self._spent = 0
        self._lock = Lock()

    @property
    def busy(self) -> bool:
        """Whether a thread is making cells."""
        return self._lock.locked()

    def nearest(self, lon: Floats, lat: Floats, out: Found) -> int:
        """Fill `out`, its distance `LEFT` where NumPy has to look; and say how often that is.

        Where `out` has no room for arcs, distances alone are written.
        """
        left = first = 0
        young = True
        while first < lon.size:
            block = slice(first, first + (YOUNG if young else SPAN))
            told = np.zeros(2, np.int64)
            forest, uses = self.forest, self._uses
            try:
                scratch = SPARE.pop()
            except IndexError:
                scratch = _scratch()
            some = out.block(block)
            _search(
                *(lon[block], lat[block], forest.root, forest.nodes, forest.items),
                *(self.straight, self.shape, self.ends, *self.tree, TURN),
                *(uses, self._asked, told, *scratch, some.distance, some.arc, some.t),
            )
            SPARE.append(scratch)
            left += int(told[0])
            young = self._grow(int(told[1])) and first == 0
            first = block.stop
        return left

    def _grow(self, spent: int) -> bool:
        """Make the cells that are worth it for what was spent on the search; whether there were any.

        As long as making them took no longer than a quarter of the search without them: so no call
        takes more than about a quarter longer, however little a line lends itself to cells.
        """
        # Where there are none yet they are worth waiting for; more of them are not.
        if not self._lock.acquire(blocking=self.forest.depth.size == 0):
            return False
        try:
            self._spent += spent
            made = self.forest.depth.size
            if made and self._spent < max(made, SHARE * TOGETHER * self._price):
                return False  # not worth a look at all cells, or not so much as pays a few
            # What was given is for regions that are new.
            known = not ((self._asked >= PLANT) & (self.forest.root < 0)).any()
            kept = max(self._credit, 0) if known else 0
            self._credit, self._spent = self._credit + self._spent // SHARE, 0
            grew = False
            while self._credit > kept and self._taken < MOST_ITEMS:
                forest, uses = self.forest, self._uses
                most = int(np.clip((self._credit - kept) / self._price, 8, BATCH))
                degrees = np.flatnonzero((self._asked >= PLANT) & (forest.root < 0))[:most]
                child, _, size, kind = forest.nodes.T
                gain = np.where(kind == CROWDED, SPARED, size) * uses
                gain[((size <= FEW) & (kind != CROWDED)) | (forest.depth == DEEPEST)] = 0
                gain[child >= 0] = 0
                leaves = np.flatnonzero(gain >= WORTH)
                most = max(most - degrees.size, 0) // 4
                if leaves.size > most:
                    leaves = leaves[np.argsort(-gain[leaves], kind="stable")[:most]]
                if degrees.size + leaves.size == 0:
                    self._credit = min(self._credit, GIFT)
                    break
                grew = True
                price, cells = self._add(forest, uses, degrees, leaves, self._credit - kept)
                self._credit -= price
                self._price = price / cells
            return grew
        finally:
            self._lock.release()

    def _add(
        self, forest: Forest, uses: Ints, degrees: Ints, leaves: Ints, credit: float
    ) -> tuple[int, int]:
        """Give degrees their node and leaves their quarters, as many as there is credit for.

        Gives what it cost, and how many cells were made.
        """
        half = np.concatenate(
            [np.full(degrees.size, 0.5), np.repeat(0.5 ** (forest.depth[leaves] + 2.0), 4)]
        )
        new = half[degrees.size :]
        lon = np.concatenate([degrees % 360 - 179.5, np.repeat(forest.lon[leaves], 4)])
        lat = np.concatenate([degrees // 360 - 89.5, np.repeat(forest.lat[leaves], 4)])
        lon[degrees.size :] += new * np.tile([-1, 1, -1, 1], leaves.size)
        lat[degrees.size :] += new * np.tile([-1, -1, 1, 1], leaves.size)
        centre = np.stack(ecef(lon, lat), axis=1)
        cells = lon.size
        begin, size = (
            np.concatenate([np.zeros(degrees.size, np.int64), np.repeat(column[leaves], 4)])
            for column in forest.nodes.T[1:3]
        )
        items, done, taken = forest.items, 0, self._taken
        made = np.empty((cells, 3), np.int64)
        work = np.zeros(1, np.int64)
        scratch = _workshop()
        while done < cells:
            some = slice(done, done + TOGETHER)
            room = taken + LISTED * TOGETHER
            if room > items.size:
                items = np.append(items, np.empty(7 * LISTED * TOGETHER + room // 8, np.int32))
            taken = sift(
                *(centre[some], radius_of(lat[some], half[some]), begin[some], size[some]),
                *(items, taken, self.straight, self.long, self.first, *self.tree, work),
                *(*scratch, made[some]),
            )
            done = min(some.stop, cells)
            if LOOK * int(work[0]) > credit:
                break
        # Of a leaf all quarters or none.
        degrees = degrees[:done]
        leaves = leaves[: (done - degrees.size) // 4]
        cells = degrees.size + 4 * leaves.size
        lon, lat, made = lon[:cells], lat[:cells], made[:cells]
        node = forest.depth.size
        nodes = np.concatenate([forest.nodes, np.column_stack([np.full(cells, -1), made])])
        nodes = nodes.astype(np.int32)
        nodes[leaves, 0] = node + degrees.size + 4 * np.arange(leaves.size)
        root = forest.root.copy()
        root[degrees] = node + np.arange(degrees.size)
        used = np.concatenate([self._asked[degrees], np.repeat(uses[leaves] // 4, 4)])
        depth = np.concatenate(
            [np.zeros(degrees.size, np.int8), np.repeat(forest.depth[leaves] + np.int8(1), 4)]
        )
        grown = Forest(
            *(root, nodes, items, np.append(forest.lon, lon), np.append(forest.lat, lat)),
            np.append(forest.depth, depth),
        )
        # Together, so that an interruption finds all of it or nothing; and the forest last, since a
        # search reads it first.
        uses = np.append(self._uses, used)
        self._taken, self._uses, self.forest = taken, uses, grown
        return LOOK * int(work[0]), cells


def _workshop() -> tuple[NDArray[np.generic], ...]:
    """What `sift` takes by the same order."""
    return (
        *(np.empty(STACK, np.int64), np.empty(STACK), np.empty(RANKED)),
        *(np.empty(CANDIDATES, np.int64), np.empty(CANDIDATES), np.empty(CANDIDATES)),
        *(np.empty(MOST, np.int64), np.empty((MEASURED, MOST))),
        *(np.empty(MOST, np.int64), np.empty(MOST, np.int32), np.empty(MOST, np.int64)),
    )


def _scratch() -> tuple[NDArray[np.generic], ...]:
    """What `_search` takes by the same order."""
    whole = np.int32
    return (
        *(np.empty(SPAN, whole), np.empty(SPAN), np.empty(SPAN), np.empty(SPAN, whole)),
        np.empty(max(SPAN // CROWD, 360 * 180) + 1, whole),
        *(np.zeros(ROWS * int(STEP)), np.zeros(ROWS * int(STEP))),
        *(np.empty(int(STEP), whole) for _ in range(3)),
        *(np.empty(STACK, np.int64), np.empty(STACK), np.empty(RANKED)),
        *(np.empty(CANDIDATES, np.int64), np.empty(CANDIDATES), np.empty(CANDIDATES)),
    )


@compiled()
def _sort(
    lons: Floats,
    lats: Floats,
    first: int,
    size: int,
    order: Whole,
    x: Floats,
    y: Floats,
    keys: Whole,
    start: Whole,
) -> None:
    """Put points in order by degree, and within it by quarters of quarters, few points to each."""
    west, east, south, north = 180.0, -180.0, 90.0, -90.0
    for i in range(U(first), U(first + size)):
        west, east = min(west, lons[i]), max(east, lons[i])
        south, north = min(south, lats[i]), max(north, lats[i])
    left, low = int(west + 180.0), int(south + 90.0)
    across = int(east + 180.0) - left + 1
    degrees = across * (int(north + 90.0) - low + 1)
    bits = 0
    while bits < FINEST and degrees << 2 * (bits + 1) <= max(size // CROWD, FEWEST):
        bits += 1
    parts = 1 << bits
    many = degrees << 2 * bits
    start[: many + 1] = 0
    for i in range(size):
        u = (lons[first + i] + 180.0 - left) * parts
        v = (lats[first + i] + 90.0 - low) * parts
        column, row = np.int32(u), np.int32(v)
        degree = (row >> bits) * across + (column >> bits)
        key = (degree << 2 * bits) + EVEN[column & (parts - 1)] + 2 * EVEN[row & (parts - 1)]
        keys[i] = key
        start[key + 1] += 1
    for k in range(many):
        start[k + 1] += start[k]
    for i in range(size):
        at = start[keys[i]]
        start[keys[i]] = at + 1
        order[at] = first + i
        x[at] = lons[first + i]
        y[at] = lats[first + i]


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
    leaves: Floats,
    boxes: Floats,
    levels: Ints,
    turn: Floats,
    uses: Whole,
    asked: Ints,
    told: Ints,
    order: Whole,
    lon: Floats,
    lat: Floats,
    keys: Whole,
    heads: Whole,
    rows: Floats,
    pairs: Floats,
    items_of: Whole,
    of_point: Whole,
    of_item: Whole,
    stack: Ints,
    lows: Floats,
    box: Floats,
    near: Ints,
    near_low: Floats,
    near_t: Floats,
    out_distance: Floats,
    out_arc: Ints,
    out_t: Floats,
) -> None:
    left = spent = hint = 0
    for span in range(0, lons.size, SPAN):
        size = min(SPAN, lons.size - span)
        _sort(lons, lats, span, size, order, lon, lat, keys, heads)
        last = 0
        while last < size:
            first = last
            column = min(int(lon[first] + 180.0), 359)
            row = min(int(lat[first] + 90.0), 179)
            # The points of one degree follow each other.
            while last < size and last < first + BLOCK:
                u, v = lon[last] - (column - 180.0), lat[last] - (row - 90.0)
                # The first is taken even if rounding put it a hair outside the degree.
                if last > first:
                    if u < 0.0 or v < 0.0 or u > 1.0 or v > 1.0:
                        break
                    if (u == 1.0 and column < 359) or (v == 1.0 and row < 179):
                        break
                k = U(last - first)
                rows[X + k], rows[Y + k] = u - 0.5, v - 0.5
                last += 1
            many = last - first
            top = root[row * 360 + column]
            place(rows, many, column, row, turn)
            pending = 0
            stop = 0
            while stop < many:
                start = stop
                begin, items, kind = 0, 0, CROWDED
                if top < 0:
                    asked[row * 360 + column] += many
                    stop = many
                else:
                    # A leaf; the quarter is told by the next binary digit of either fraction.
                    k = U(start)
                    u, v = rows[X + k] + 0.5, rows[Y + k] + 0.5
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
                        k = U(stop)
                        u, v = rows[X + k] - west, rows[Y + k] - south
                        if u < 0.0 or v < 0.0 or u >= side or v >= side:
                            break
                        stop += 1
                    begin, items, kind = nodes[node, 1], nodes[node, 2], nodes[node, 3]
                    uses[node] += stop - start
                    if items > FEW:
                        spent += (stop - start) * items
                if items > ROOM or kind >= CROWDED:
                    spent += (stop - start) * CLIMB
                    for i in range(start, stop):
                        k = U(i)
                        items_of[i] = NOTHING
                        px, py, pz = rows[PX + k], rows[PY + k], rows[PZ + k]
                        found, high = climb(
                            px,
                            py,
                            pz,
                            leaves,
                            boxes,
                            levels,
                            hint,
                            stack,
                            lows,
                            box,
                            near,
                            near_low,
                            near_t,
                        )
                        if found < 0 or high > NEAR:
                            continue
                        items_of[i] = DONE
                        if pending + found > BLOCK:
                            left += solve(
                                pairs,
                                pending,
                                of_point,
                                of_item,
                                order,
                                out_distance,
                                out_arc,
                                out_t,
                            )
                            pending = 0
                        for j in range(found):
                            hint = near[j]
                            item = 4 * hint + WHOLE
                            pair(pairs, pending, item, near_t[j], px, py, pz, shape[hint])
                            of_point[pending] = first + i
                            of_item[pending] = item
                            pending += 1
                    continue
                clear(rows, start, stop)
                for j in range(items):
                    item = listed[begin + j]
                    arc, part = item >> 2, item & 3
                    if part == WHOLE:
                        before = listed[begin + j - 1] if j > 0 else -8
                        shared = 0.0
                        if before >> 2 == arc - 1 and before & 3 != START:
                            shared = straight[arc, 12]
                        rank_arc(rows, start, stop, float(j), straight[arc], shared)
                    else:
                        t = 0.5 if part == END else -0.5
                        rank_end(rows, start, stop, float(j), t, ends[2 * arc + part - START])
                compare(rows, start, stop)
                for i in range(start, stop):
                    if pending > BLOCK - ROOM:
                        left += solve(
                            pairs, pending, of_point, of_item, order, out_distance, out_arc, out_t
                        )
                        pending = 0
                    k = U(i)
                    if rows[NEXT + k] > 0.0:
                        item = listed[begin + int(rows[NAME + k])]
                        items_of[i] = item
                        if item & 3 != WHOLE:
                            continue
                        arc, t = item >> 2, rows[T + k]
                        px, py, pz = rows[PX + k], rows[PY + k], rows[PZ + k]
                        if t < 1.0:
                            at = 2 * arc + (t > 0)
                            wx, wy, wz = ends[at, 0] - px, ends[at, 1] - py, ends[at, 2] - pz
                            rows[SQUARE + k], rows[RISE + k] = wx * wx + wy * wy + wz * wz, wz
                            continue
                        pair(pairs, pending, item, t - UNSURE, px, py, pz, shape[arc])
                        of_point[pending] = first + i
                        of_item[pending] = item
                        pending += 1
                        items_of[i] = DONE
                    elif rows[HIGH + k] > NEAR:
                        items_of[i] = NOTHING
                        continue
                    else:
                        # Several may be nearest.
                        bound = bound_of(rows[HIGH + k])
                        px, py, pz = rows[PX + k], rows[PY + k], rows[PZ + k]
                        for j in range(items):
                            item = listed[begin + j]
                            arc, part = item >> 2, item & 3
                            wx = straight[arc, 0] - px
                            wy = straight[arc, 1] - py
                            wz = straight[arc, 2] - pz
                            bx, by, bz = straight[arc, 3], straight[arc, 4], straight[arc, 5]
                            t = (wx * bx + wy * by + wz * bz) * straight[arc, 6]
                            t = min(
                                max(t, 0.5 if part == END else -0.5),
                                -0.5 if part == START else 0.5,
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
                                pair(pairs, pending, item, t, px, py, pz, shape[arc])
                                of_point[pending] = first + i
                                of_item[pending] = item
                                pending += 1
                        items_of[i] = DONE
            left += solve(pairs, pending, of_point, of_item, order, out_distance, out_arc, out_t)
            lengths(rows, many)
            for i in range(many):
                item, at, k = items_of[i], order[first + i], U(i)
                if item == NOTHING:
                    out_distance[at] = LEFT
                    left += 1
                elif item != DONE:
                    out_distance[at] = rows[LENGTH + k]
                    if out_arc.size:
                        out_arc[at] = item >> 2
                        out_t[at] = rows[T + k]
    told[0] = left
    told[1] = spent
