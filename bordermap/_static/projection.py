"""A map projection that suits what is shown, and the sheet of paper that it is shown on.

Lengths on the sheet are millimetres at final size, from its lower left corner; lengths in the
projection are metres; degrees are WGS 84, longitude first. The scale bar is measured with geodesics
on the ellipsoid, never taken from the projection's own metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyproj
import shapely

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["GEOD", "Graticule", "Projection", "ScaleBar", "Sheet", "choose"]

Kind = Literal["lcc", "laea", "aeqd", "eqearth"]
Bounds = tuple[float, float, float, float]

GEOD = pyproj.Geod(ellps="WGS84")
_LEAST_WIDTH_M = 150_000.0
_STEPS_DEG = (30.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 1 / 3, 1 / 6, 1 / 12)


@dataclass(frozen=True)
class Projection:
    """A projection about one point.

    Attributes
    ----------
    kind : {"lcc", "laea", "aeqd", "eqearth"}
        Lambert conformal conic, Lambert azimuthal equal-area, azimuthal equidistant, Equal Earth.
    lon, lat : float
        Centre, degrees.
    parallels : tuple of float
        Standard parallels of the conic.
    """

    kind: Kind
    lon: float
    lat: float
    parallels: tuple[float, float] | None = None

    @cached_property
    def proj(self) -> pyproj.Proj:
        """The projection as PROJ has it."""
        options: dict[str, Any] = {"proj": self.kind, "lon_0": self.lon, "ellps": "WGS84"}
        if self.kind != "eqearth":
            options["lat_0"] = self.lat
        if self.parallels:
            options["lat_1"], options["lat_2"] = self.parallels
        return pyproj.Proj(**options)

    def forward(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
        """Metres, shape (n, 2); infinite where the projection does not reach."""
        x, y = self.proj(np.atleast_1d(lon).astype(float), np.atleast_1d(lat).astype(float))
        return np.column_stack([x, y])

    def inverse(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Degrees, shape (n, 2), longitude within half a turn of the centre; infinite off Earth."""
        lon, lat = self.proj(xy[:, 0], xy[:, 1], inverse=True)
        turned = self.lon + (np.where(np.isfinite(lon), lon, 0.0) - self.lon + 180.0) % 360 - 180
        return np.column_stack([np.where(np.isfinite(lon), turned, np.inf), lat])


def choose(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    about: tuple[float, float] | None = None,
) -> Projection:
    """The projection for what must be seen.

    Azimuthal equidistant `about` one point, from where all distances are then true; Lambert
    conformal conic for a region of the middle latitudes; Lambert azimuthal equal-area near the
    equator or a pole; Equal Earth for most of the world.

    Examples
    --------
    >>> choose(np.array([-117.0, -97.0]), np.array([25.0, 33.0])).kind
    'lcc'
    >>> choose(np.array([172.0, -165.0]), np.array([52.0, 55.0])).lon
    -176.5
    """
    if about is not None:
        return Projection("aeqd", *about)
    west, span = _arc(lon)
    centre = round((west + span / 2 + 180.0) % 360.0 - 180.0, 3)
    south, north = float(lat.min()), float(lat.max())
    middle = round((south + north) / 2, 3)
    height = north - south
    if span > 170 or height > 110:
        return Projection("eqearth", centre, 0.0)
    if span <= 100 and height <= 45 and 15 <= abs(middle) <= 65 and south * north > 0:
        pair = (round(south + height / 6, 2), round(north - height / 6, 2))
        return Projection("lcc", centre, middle, pair)
    return Projection("laea", centre, middle)


def _arc(lon: NDArray[np.float64]) -> tuple[float, float]:
    """Western end and width of the shortest arc that holds all meridians, degrees."""
    turned = np.unique(np.mod(lon, 360.0))
    gaps = np.diff(turned, append=turned[0] + 360.0)
    widest = int(np.argmax(gaps))
    return float(turned[(widest + 1) % len(turned)]), float(360.0 - gaps[widest])


@dataclass(frozen=True)
class ScaleBar:
    """A bar that is true on the ellipsoid where it is measured: at the middle of the sheet.

    Attributes
    ----------
    length_m : float
        Geodesic length that the bar stands for.
    width_mm : float
        Its width on paper.
    lon, lat : float
        The middle of the sheet.
    ends : tuple of (lon, lat)
        The two points on Earth that the bar's ends stand for.
    error : float
        Largest relative error of lengths that are read with it elsewhere on the sheet.
    """

    length_m: float
    width_mm: float
    lon: float
    lat: float
    ends: tuple[tuple[float, float], tuple[float, float]]
    error: float


@dataclass(frozen=True)
class Graticule:
    """Meridians and parallels on a sheet: (degrees, lines, where they leave it).

    A meridian leaves at a distance from the left of the lower edge, a parallel at a height on the
    left one; None where it does not.
    """

    meridians: tuple[tuple[float, Any, float | None], ...]
    parallels: tuple[tuple[float, Any, float | None], ...]


@dataclass(frozen=True)
class Sheet:
    """A rectangle of the projection on paper.

    Attributes
    ----------
    projection : Projection
    left, bottom : float
        Its lower left corner in the projection, metres.
    scale : float
        Metres of the projection for a millimetre of paper.
    width, height : float
        Millimetres.
    """

    projection: Projection
    left: float
    bottom: float
    scale: float
    width: float
    height: float

    @classmethod
    def around(
        cls,
        projection: Projection,
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        width: float,
        *,
        shape: tuple[float, float] = (0.56, 1.0),
        margin: float = 6.0,
    ) -> Sheet:
        """The sheet of a given width that shows all points, with some country around them.

        Parameters
        ----------
        projection : Projection
        lon, lat : ndarray
            Degrees.
        width : float
            Millimetres.
        shape : tuple of float
            Least and greatest height, as shares of the width.
        margin : float
            Millimetres left free on all sides.
        """
        xy = projection.forward(lon, lat)
        xy = xy[np.isfinite(xy).all(axis=1)]
        low, high = xy.min(axis=0), xy.max(axis=0)
        middle = (low + high) / 2
        size = np.maximum(high - low, _LEAST_WIDTH_M * np.array([1.0, shape[0]]))
        free = width - 2 * margin
        height = float(np.clip(size[1] / size[0] * free + 2 * margin, *(width * np.array(shape))))
        scale = max(size[0] / free, size[1] / (height - 2 * margin))
        left, bottom = middle - np.array([width, height]) / 2 * scale
        return cls(projection, float(left), float(bottom), float(scale), width, height)

    def place(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
        """Millimetres on the sheet, shape (n, 2)."""
        return self._on_paper(self.projection.forward(lon, lat))

    def _on_paper(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((xy - np.array([self.left, self.bottom])) / self.scale)

    def where(self, mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Degrees of points of the sheet, shape (n, 2); the inverse of `place`."""
        return self.projection.inverse(mm * self.scale + np.array([self.left, self.bottom]))

    @property
    def centre(self) -> tuple[float, float]:
        """(lon, lat) of the middle."""
        lon, lat = self.where(np.array([[self.width / 2, self.height / 2]]))[0]
        return float((lon + 180.0) % 360.0 - 180.0), float(lat)

    @cached_property
    def grid(self) -> NDArray[np.float64]:
        """Degrees of a raster of points over the sheet, of those that are on Earth."""
        x, y = np.meshgrid(np.linspace(0, self.width, 61), np.linspace(0, self.height, 61))
        degrees = self.where(np.column_stack([x.ravel(), y.ravel()]))
        return degrees[np.isfinite(degrees).all(axis=1)]

    @cached_property
    def window(self) -> Bounds:
        """(west, south, east, north) that holds the sheet; longitudes run on past ±180."""
        lon, lat = self.grid[:, 0], self.grid[:, 1]
        whole = len(lon) < 61 * 61
        north, south = (self._holds_pole(end) for end in (90.0, -90.0))
        around = whole or north or south
        centre = self.projection.lon
        return (
            centre - 180.0 if around else max(centre - 180.0, float(lon.min()) - 1.0),
            -90.0 if south else max(-90.0, float(lat.min()) - 1.0),
            centre + 180.0 if around else min(centre + 180.0, float(lon.max()) + 1.0),
            90.0 if north else min(90.0, float(lat.max()) + 1.0),
        )

    def _holds_pole(self, lat: float) -> bool:
        x, y = self.place(0.0, lat)[0]
        return bool(0 <= x <= self.width and 0 <= y <= self.height)

    def shapes(self, geometry: Any) -> NDArray[np.object_]:
        """Lines or polygons of degrees as they lie on the sheet.

        What is straight in degrees is straight in degrees on the sheet too: it bends as the
        projection bends it.
        """
        west, south, east, north = self.window
        parts = []
        given = np.atleast_1d(np.asarray(geometry, dtype=object))
        for turn in (-360.0, 0.0, 360.0):
            low, high = west - turn, east - turn
            near = shapely.bounds(given)
            reach = given[(near[:, 2] >= low) & (near[:, 0] <= high)] if len(given) else given
            cut = shapely.clip_by_rect(reach, low, south, high, north)
            cut = shapely.get_parts(cut[~shapely.is_empty(cut)])
            parts.append(shapely.transform(cut, lambda xy, turn=turn: xy + np.array([turn, 0.0])))  # type: ignore[misc]
        cut = np.concatenate(parts)
        longest = max((east - west) / 120.0, 0.01)
        dense = shapely.segmentize(cut, longest)
        # PROJ turns the seam at half a turn to the other side: stay a hair within it.
        edge, centre = 180.0 - 1e-9, self.projection.lon

        def flat(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            lon = np.clip(xy[:, 0], centre - edge, centre + edge)
            return self.place(lon, xy[:, 1])

        return np.asarray(shapely.transform(dense, flat), dtype=object)

    def outline(self) -> NDArray[np.float64]:
        """Degrees along the edge of the sheet, densely."""
        t = np.linspace(0, 1, 41)[:-1]
        w, h = self.width, self.height
        edge = np.concatenate(
            [
                np.column_stack([t * w, 0 * t]),
                np.column_stack([0 * t + w, t * h]),
                np.column_stack([w - t * w, 0 * t + h]),
                np.column_stack([0 * t, h - t * h]),
            ]
        )
        return self.where(edge)

    def scale_bar(self, most_mm: float, unit_m: float = 1000.0) -> ScaleBar:
        """The longest bar of a round number of units that is at most so wide."""
        x, y = self.width / 2, self.height / 2

        def ends(width: float) -> NDArray[np.float64]:
            return self.where(np.array([[x - width / 2, y], [x + width / 2, y]]))

        def true_length(width: float) -> float:
            (a, b), (c, d) = ends(width)
            return float(GEOD.inv(a, b, c, d)[2])

        widest = min(most_mm, self.width)
        length = _round_below(true_length(widest) / unit_m) * unit_m
        low, high = 0.0, widest
        for _ in range(60):
            half = (low + high) / 2
            low, high = (half, high) if true_length(half) < length else (low, half)
        (a, b), (c, d) = ends(high)
        factor = high * self.scale / length
        grid = self.grid
        lon = (grid[:, 0] + 180.0) % 360.0 - 180.0
        found = self.projection.proj.get_factors(lon, np.clip(grid[:, 1], -89.9, 89.9))
        extremes = np.concatenate(
            [np.atleast_1d(found.tissot_semimajor), np.atleast_1d(found.tissot_semiminor)]
        )
        ratios = extremes[np.isfinite(extremes)] / factor
        error = float(np.max(np.abs(1 / ratios[ratios > 0] - 1))) if len(ratios) else 0.0
        lon_0, lat_0 = self.centre
        return ScaleBar(length, high, lon_0, lat_0, ((a, b), (c, d)), error)

    def graticule(self, least_mm: float) -> Graticule:
        """Meridians and parallels that lie no closer than `least_mm`, and where they leave."""
        west, south, east, north = self.window
        _, lat = self.centre
        degree_mm = 111_195.0 / self.scale
        tall = (north - south) * degree_mm
        wanted = max(least_mm, tall / 9)
        squeeze = max(0.2, math.cos(math.radians(min(80.0, abs(lat)))))

        def step(mm: float) -> float:
            return next((s for s in reversed(_STEPS_DEG) if s * mm >= wanted), _STEPS_DEG[0])

        for_lon, for_lat = step(degree_mm * squeeze), step(degree_mm)
        pole = 90.0 - for_lat if for_lat >= 1 else 90.0
        bottom, top = max(south, -pole), min(north, pole)
        meridians = []
        # A whole turn has its seam but once.
        for k in range(math.floor(west / for_lon) + 1, math.floor(east / for_lon) + 1):
            value = k * for_lon
            line = self._line([(value, bottom), (value, top)])
            meridians.append((value, line, self._crossing(line, 0)))
        parallels = []
        for k in range(math.ceil(south / for_lat), math.floor(north / for_lat) + 1):
            value = k * for_lat
            if abs(value) >= 90:
                continue
            line = self._line([(west, value), (east, value)])
            parallels.append((value, line, self._crossing(line, 1)))
        return Graticule(tuple(meridians), tuple(parallels))

    def _line(self, lonlat: list[tuple[float, float]]) -> Any:
        line = self.shapes(shapely.linestrings(np.asarray(lonlat, dtype=float)))
        return shapely.multilinestrings([part for part in line if part.geom_type == "LineString"])

    def _crossing(self, line: Any, axis: int) -> float | None:
        """Where a line crosses the lower edge (0) or the left one (1): so far along it."""
        end = (self.width, 0.0) if axis == 0 else (0.0, self.height)
        crossing = shapely.intersection(line, shapely.linestrings([(0.0, 0.0), end]))
        points = shapely.get_coordinates(crossing)
        return float(points[0, axis]) if len(points) else None


def _round_below(value: float) -> float:
    """The largest of 1, 2, 5, 10, 20, ... that is at most `value`."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(digit for digit in (5, 2, 1) if digit * power <= value * (1 + 1e-12)) * power
