"""Where names may stand on a sheet: over nothing else, nor across its edge."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Box", "Room", "beside", "over"]

Box = tuple[float, float, float, float]


class Room:
    """What is still free on a sheet, as a raster of cells of a quarter of a millimetre.

    Parameters
    ----------
    width, height : float
        Millimetres.

    Examples
    --------
    >>> room = Room(10, 10)
    >>> room.take((2, 2, 4, 4))
    >>> room.free((3, 3, 6, 5)), room.free((5, 5, 7, 7)), room.free((9, 9, 11, 9.5))
    (False, True, False)
    """

    cell = 0.25

    def __init__(self, width: float, height: float) -> None:
        self._size = (width, height)
        shape = (math.ceil(height / self.cell), math.ceil(width / self.cell))
        self._taken: NDArray[np.bool_] = np.zeros(shape, dtype=bool)

    def _cells(self, box: Box) -> tuple[slice, slice]:
        left, bottom, right, top = (v / self.cell for v in box)
        return (
            slice(max(0, math.floor(bottom)), max(0, math.ceil(top))),
            slice(max(0, math.floor(left)), max(0, math.ceil(right))),
        )

    def free(self, box: Box) -> bool:
        """Whether a box (left, bottom, right, top) lies on the sheet, over nothing."""
        inside = box[0] >= 0.5 and box[1] >= 0.5
        inside = inside and box[2] <= self._size[0] - 0.5 and box[3] <= self._size[1] - 0.5
        return inside and not bool(self._taken[self._cells(box)].any())

    def take(self, box: Box) -> None:
        """Let nothing else stand in the box."""
        self._taken[self._cells(box)] = True

    def take_discs(
        self, x: NDArray[np.float64], y: NDArray[np.float64], radius: NDArray[np.float64]
    ) -> None:
        """Let nothing stand on discs."""
        for cx, cy, r in zip(x.tolist(), y.tolist(), radius.tolist(), strict=True):
            rows, columns = self._cells((cx - r, cy - r, cx + r, cy + r))
            block = self._taken[rows, columns]
            if not block.size:
                continue
            dy = (np.arange(rows.start, rows.start + block.shape[0]) + 0.5) * self.cell - cy
            dx = (np.arange(columns.start, columns.start + block.shape[1]) + 0.5) * self.cell - cx
            block |= dx[None, :] ** 2 + dy[:, None] ** 2 <= (r + self.cell * 0.71) ** 2

    def take_line(self, xy: NDArray[np.float64]) -> None:
        """Let nothing stand across a line, shape (n, 2)."""
        step = np.hypot(*np.diff(xy, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(step)])
        if along[-1] <= 0:
            return
        at = np.arange(0.0, along[-1], self.cell / 2)
        columns = np.floor(np.interp(at, along, xy[:, 0]) / self.cell).astype(int)
        rows = np.floor(np.interp(at, along, xy[:, 1]) / self.cell).astype(int)
        height, width = self._taken.shape
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        self._taken[rows[inside], columns[inside]] = True

    def first(self, boxes: Iterable[Box]) -> Box | None:
        """The first of the boxes that is free, which it then no longer is."""
        for box in boxes:
            if self.free(box):
                self.take(box)
                return box
        return None


def beside(x: float, y: float, gap: float, width: float, height: float) -> list[Box]:
    """Boxes around a point, the most readable first: right, left, below, above, the corners."""
    half = height / 2
    right, left = x + gap, x - gap - width
    below, above = y - gap - height, y + gap
    middle = x - width / 2
    corner = gap * 0.7
    lower_left = [
        (right, y - half),
        (left, y - half),
        (x + corner, y + corner),
        (x + corner, y - corner - height),
        (x - corner - width, y + corner),
        (x - corner - width, y - corner - height),
        (middle, above),
        (middle, below),
    ]
    return [(a, b, a + width, b + height) for a, b in lower_left]


def over(points: Iterable[tuple[float, float]], width: float, height: float) -> list[Box]:
    """Boxes centred on points."""
    return [(x - width / 2, y - height / 2, x + width / 2, y + height / 2) for x, y in points]
