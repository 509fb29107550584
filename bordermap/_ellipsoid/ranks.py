"""Lists of several lengths in one array: what belongs to a list spread over its items, and back.

`Runs` have the items of one list after those of another. `Ranks` have every list's first item, then
every second one, and so on (the jagged diagonals of sparse matrices): where the lists come in the
order of their length, those that have a j-th item are all from some list on, and everything is done
by slices: for many short lists several times as fast, and without holding up other threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["Ranks", "Runs", "by_length", "laid_out"]

SHORT = 64  # lists to a rank: for fewer a slice is not worth its call

Value = TypeVar("Value", bound=np.generic)


class Ranks(NamedTuple):
    """How many lists there are, and from which list on there is a first item, a second one, ..."""

    lists: int
    first: list[int]

    @classmethod
    def of(cls, count: NDArray[np.integer]) -> Ranks:
        """For so many items to each list: ascending, and none of them 0."""
        rank = np.arange(count[-1])
        return cls(count.size, np.searchsorted(count, rank, side="right").tolist())

    def items(self, begin: NDArray[np.integer]) -> NDArray[np.integer]:
        """Positions of the items in an array in which each list has its own one after another."""
        return np.concatenate([begin[first:] + rank for rank, first in enumerate(self.first)])

    def spread(self, values: NDArray[Value]) -> NDArray[Value]:
        """The value of its list for every item."""
        return np.concatenate([values[first:] for first in self.first])

    def least(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The least value of each list."""
        out = values[: self.lists].copy()
        for lists, row in self._rows():
            np.minimum(out[lists], values[row], out=out[lists])
        return out

    def lowest(self, values: NDArray[np.float64], slack: float) -> Ints:
        """Which item of each list is the first that exceeds the least by no more than `slack`."""
        bound = self.least(values) + slack
        out = np.empty(self.lists, np.int64)
        number = np.arange(values.size)
        for lists, row in reversed(list(self._rows())):
            np.copyto(out[lists], number[row], where=values[row] <= bound[lists])
        return out

    def _rows(self) -> Iterator[tuple[slice, slice]]:
        """Of each rank in turn, which lists have it, and where in an array of items it is."""
        at = 0
        for first in self.first:
            size = self.lists - first
            yield slice(first, None), slice(at, at + size)
            at += size


class Runs(NamedTuple):
    """How many items each list has, and where among the items it starts."""

    size: NDArray[np.integer]
    start: Ints

    @classmethod
    def of(cls, count: NDArray[np.integer]) -> Runs:
        """For so many items to each list, and none of them 0."""
        return cls(count, np.cumsum(count, dtype=np.int64) - count)

    def items(self, begin: NDArray[np.integer]) -> NDArray[np.integer]:
        """As of `Ranks`."""
        return np.arange(int(self.size.sum())) + self.spread(begin - self.start)

    def spread(self, values: NDArray[Value]) -> NDArray[Value]:
        """As of `Ranks`."""
        return np.repeat(values, self.size)

    def least(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """As of `Ranks`."""
        out: NDArray[np.float64] = np.minimum.reduceat(values, self.start)
        return out

    def lowest(self, values: NDArray[np.float64], slack: float) -> Ints:
        """As of `Ranks`."""
        low = np.flatnonzero(values <= self.spread(self.least(values) + slack))
        return low[np.searchsorted(low, self.start)]


def laid_out(count: NDArray[np.integer]) -> Ranks | Runs:
    """The layout for so many items to each list: ascending, and none of them 0."""
    return Ranks.of(count) if count.size >= SHORT * count[-1] else Runs.of(count)


def by_length(count: NDArray[np.integer]) -> Ints:
    """The order of lists by their length, those of one length as they were."""
    if count.size and count.max() < 1 << 16:
        count = count.astype(np.uint16)  # is sorted by its digits
    return np.argsort(count, kind="stable")
