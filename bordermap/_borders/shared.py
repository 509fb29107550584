"""The edges that two areas share, when their outlines agree to within a tolerance.

Two outlines of one border seldom have the same vertices: one has been rounded, or has a vertex on
an edge of the other. Vertices of the second that are near one of the first become it; those near an
edge of the other are put into that edge. What both then have in common are equal edges.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from bordermap._ellipsoid.geodesic import Floats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Shared", "edges"]

DEGREE_M = 111_195.0  # of latitude, on the mean sphere


class Shared(NamedTuple):
    """Lines in degrees, and how far their vertices lie from those of the second outline, in metres."""

    lines: list[shapely.LineString]
    off_m: float


def edges(first: Sequence[Floats], second: Sequence[Floats], tolerance_m: float) -> Shared:
    """The edges that lie on both outlines, joined to lines.

    Parameters
    ----------
    first, second : sequence of array (n, 2)
        Rings in degrees.
    tolerance_m : float
        Up to how far apart two vertices, or a vertex and an edge, are taken for one.
    """
    # Beside its degrees each vertex has its place on a plane that is true in the middle of both.
    middle = np.radians(np.concatenate([*first, *second])[:, 1].mean())
    scale = np.array([max(float(np.cos(middle)), 0.01), 1.0]) * DEGREE_M
    own = [np.hstack([ring, ring * scale]) for ring in first]
    other = [np.hstack([ring, ring * scale]) for ring in second]
    other, moved = _drawn_to(other, np.concatenate(own), tolerance_m)
    own, off = _with_vertices(own, _strangers(other, own), tolerance_m)
    other, far = _with_vertices(other, _strangers(own, other), tolerance_m)

    there = {frozenset(edge) for ring in other for edge in _edges(ring)}
    shared = {edge: None for ring in own for edge in _edges(ring) if frozenset(edge) in there}
    if not shared:
        return Shared([], 0.0)
    merged = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(list(shared))))
    return Shared(list(shapely.get_parts(merged)), max(moved, off, far))


def _drawn_to(
    rings: list[Floats], vertices: Floats, tolerance_m: float
) -> tuple[list[Floats], float]:
    """The rings with each vertex that is near one of some others moved there; and how far at most."""
    flat = np.concatenate(rings)
    which, near, away = _nearest(flat, _points(vertices), tolerance_m)
    flat[which] = vertices[near]
    ends = np.cumsum([len(ring) for ring in rings])[:-1]
    return np.split(flat, ends), float(away.max(initial=0.0))


def _with_vertices(
    rings: list[Floats], vertices: Floats, tolerance_m: float
) -> tuple[list[Floats], float]:
    """The rings with each vertex that is near an edge put into the nearest one; and how far off."""
    edge = np.concatenate([np.stack([ring[:-1, 2:], ring[1:, 2:]], axis=1) for ring in rings])
    which, at, away = _nearest(vertices, np.asarray(shapely.linestrings(edge), object), tolerance_m)
    start, step = edge[at, 0], edge[at, 1] - edge[at, 0]
    along = ((vertices[which, 2:] - start) * step).sum(axis=1)
    order = np.lexsort((along, at))
    which, at = which[order], at[order]
    out, first = [], 0
    for ring in rings:
        some = slice(*np.searchsorted(at, [first, first + len(ring) - 1]))
        out.append(np.insert(ring, at[some] - first + 1, vertices[which[some]], axis=0))
        first += len(ring) - 1
    return out, float(away.max(initial=0.0))


def _nearest(
    vertices: Floats, shapes: NDArray[np.object_], tolerance_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """The nearest shape of each vertex that has one near: which vertex, which shape, how far."""
    (which, shape), away = shapely.STRtree(shapes).query_nearest(
        _points(vertices),
        max_distance=tolerance_m or None,
        return_distance=True,
        all_matches=False,
    )
    near = away <= tolerance_m
    return which[near], shape[near], away[near]


def _points(vertices: Floats) -> NDArray[np.object_]:
    return np.asarray(shapely.points(vertices[:, 2:]), object)


def _strangers(rings: list[Floats], others: list[Floats]) -> Floats:
    """The vertices of some rings that others have not."""
    known = {(lon, lat) for ring in others for lon, lat in ring[:, :2].tolist()}
    own = np.unique(np.concatenate(rings), axis=0)
    return own[[(lon, lat) not in known for lon, lat in own[:, :2].tolist()]]


def _edges(ring: Floats) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The edges of a ring that go anywhere, in degrees."""
    vertices = [(lon, lat) for lon, lat in ring[:, :2].tolist()]
    return [(a, b) for a, b in pairwise(vertices) if a != b]
