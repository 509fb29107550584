"""What the search along a border is given, and what it finds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bordermap._ellipsoid.geodesic import Floats, ecef

__all__ = ["Found", "Ints", "Points", "Space"]

Ints = NDArray[np.int64]


class Space(NamedTuple):
    """Earth-centred metres."""

    x: Floats
    y: Floats
    z: Floats

    def take(self, index: Ints) -> Space:
        return Space(*(column.take(index) for column in self))


class Points(NamedTuple):
    """Points on the ellipsoid: degrees, and Earth-centred metres."""

    lon: Floats
    lat: Floats
    x: Floats
    y: Floats
    z: Floats

    @classmethod
    def of(cls, lon: Floats, lat: Floats) -> Points:
        return cls(lon, lat, *ecef(lon, lat))

    @property
    def space(self) -> Space:
        return Space(self.x, self.y, self.z)

    def take(self, index: Ints | slice) -> Points:
        return Points(*(column[index] for column in self))


class Found(NamedTuple):
    """Per point: length in metres, the arc, and where on it (-1/2 to 1/2)."""

    distance: Floats
    arc: Ints
    t: Floats

    @classmethod
    def of(cls, size: int) -> Found:
        return cls(np.empty(size), np.empty(size, np.int64), np.empty(size))

    @classmethod
    def lengths(cls, distance: Floats) -> Found:
        """Room for lengths alone."""
        return cls(distance, np.empty(0, np.int64), np.empty(0))

    def put(self, index: Ints | slice, values: Found) -> None:
        for into, value in zip(self, values, strict=True):
            if into.size:
                into[index] = value

    def block(self, block: slice) -> Found:
        return Found(self.distance[block], self.arc[block], self.t[block])
