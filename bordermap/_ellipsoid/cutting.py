"""How edges, straight in longitude and latitude, are cut into pieces that a cubic can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bordermap._ellipsoid.geodesic import A

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bordermap._ellipsoid.geodesic import Floats

    Ints = NDArray[np.int64]

__all__ = ["FIT", "pieces", "without_idle_vertices"]

FIT = 2e-6  # metres between an arc and its edge
IDLE = 1e-11  # degrees, a micrometre: a vertex no farther off the straight way is left out


def without_idle_vertices(xy: Floats) -> Floats:
    """The line less the vertices that lie on the straight way between those that are left."""
    turn = np.diff(xy[:, 0])
    turn -= 360.0 * np.rint(turn / 360.0) * (np.abs(turn) > 180.0)
    flat = np.column_stack([np.concatenate([[0.0], np.cumsum(turn)]), xy[:, 1]])
    last = len(xy) - 1
    step = np.diff(flat, axis=0)
    onward = (step[:-1] * step[1:]).sum(axis=1) > 0
    kept = np.ones(len(xy), np.bool_)
    kept[1:-1] = ~onward | (_off(flat[1:-1], flat[:-2], flat[2:]) > IDLE)
    # Nor may an edge come to span half the Earth, which would be taken the other way round.
    far = np.diff(np.floor(flat[:, 0] / 90.0)) != 0
    kept[:-1] |= far
    kept[1:] |= far
    # A long run may bend by a little everywhere: split it where it strays most, and look again.
    while not kept.all():
        ends = np.flatnonzero(kept)
        run = np.searchsorted(ends, np.arange(last), side="right") - 1
        off = _off(flat[:-1], flat[ends[run]], flat[ends[run + 1]])
        off[ends[:-1]] = 0.0
        most = np.maximum.reduceat(off, ends[:-1])
        bad = (off > IDLE) & (off == most[run])
        if not bad.any():
            return xy[kept]
        kept[:-1] |= bad
    return xy


def _off(point: Floats, start: Floats, end: Floats) -> Floats:
    """Distance of points from the straight lines through two others, all in degrees."""
    (ax, ay), (bx, by) = (end - start).T, (point - start).T
    out: Floats = np.abs(ax * by - ay * bx) / np.maximum(np.hypot(ax, ay), 1e-300)
    return out


def pieces(start: Floats, step: Floats) -> Ints:
    """How many pieces an edge needs for its cubics to err by `FIT` at most.

    A cubic through four equidistant points errs by at most |Q⁗|/1944 over its unit of t. Q⁗ of the
    straight line in longitude and latitude is bounded term by term; the derivatives by longitude
    alone shrink with the parallel.
    """
    d_lon, d_lat = np.abs(np.radians(step)).T
    lower = np.minimum(np.abs(start[:, 1]), np.abs(start[:, 1] + step[:, 1]))
    lower = np.where(start[:, 1] * (start[:, 1] + step[:, 1]) < 0, 0.0, lower)
    parallel = np.cos(np.radians(lower))
    fourth = (
        1.05
        * A
        * (
            parallel * d_lon**4
            + 4 * d_lon**3 * d_lat
            + 6 * d_lon**2 * d_lat**2
            + 4 * d_lon * d_lat**3
            + d_lat**4
        )
    )
    out: Ints = np.maximum(1, np.ceil((fourth / 1944 / FIT) ** 0.25)).astype(np.int64)
    return out
