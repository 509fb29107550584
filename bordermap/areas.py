"""What a point is called: country, state and municipality by polygon, and the nearest town.

The shipped outlines are simplified. A point nearer to the line between two municipalities, or two
states, than the outline may be off is in either: it gets no name of that kind, and `between` says
which two it lies between.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bordermap import _data, _shapefile, notation
from bordermap.gazetteer import SqliteGazetteer
from bordermap.model import Place, Source
from bordermap.names import REGIONS, Region

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import shapely
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Located", "country", "holders", "locate", "near_states", "nearest_towns", "point", "reasons",
    "territory",
]  # fmt: skip

_SOURCE = Source("coordinates as given", "", "", "")
_NEAREST_TOWN_M = 100_000.0
_COARSE_M = 30_000.0  # a town known only to be somewhere in its municipality is nobody's neighbour
_FEW = 32
_BLOCK = 1 << 16  # points that are looked at together: each has a frame of its own
_DEGREE_M = 111_195.0  # of latitude, on the mean sphere
_TERRITORIES = "countries.shp"
# Of two claims to the same waters the first counts.
_COUNTRIES = ("US", "MX", "CA")
# Layer with the smallest areas known of each country, how far its outline may be off in metres (what
# 99.9 % of the vertices of INEGI's keep to; for the others see shapefiles/README.md), and the
# number of a municipality or county in the gazetteer less that of the layer.
_FINEST = {
    "MX": ("mx_municipalities.shp", 350.0, 0),
    "US": ("us_counties.shp", 1300.0, 1_000_000),
    "CA": ("ca_provinces.shp", 2500.0, 0),
}


class Located(NamedTuple):
    """Where points lie, one entry each.

    Attributes
    ----------
    country : ndarray of str or None
        ISO code of the country in whose territory or waters the point lies.
    admin1, admin2 : ndarray of str or None
        State or province, municipality or county. None at sea, abroad, and too near to a line
        between two to tell.
    between : ndarray of str or None
        The names that the point lies between where it is too near to their line.
    states : ndarray of tuple of str
        Every state that the point may be in.
    """

    country: NDArray[np.object_]
    admin1: NDArray[np.object_]
    admin2: NDArray[np.object_]
    between: NDArray[np.object_]
    states: NDArray[np.object_]


# ---------------------------------------------------------------- polygons


@dataclass(slots=True)
class _Ring:
    """One ring of an area: by the even-odd rule a point is inside an odd number of them."""

    area: int
    xy: NDArray[np.float64]
    polygon: shapely.Polygon | None = None
    outline: shapely.LinearRing | None = None

    def holds(
        self, lon: NDArray[np.float64] | float, lat: NDArray[np.float64] | float, margin: float
    ) -> tuple[NDArray[np.bool_] | np.bool_, NDArray[np.bool_] | np.bool_]:
        """Which points are inside, and which are nearer to the ring than `margin` degrees."""
        import shapely

        if self.polygon is None:
            self.polygon = shapely.Polygon(self.xy)
            shapely.prepare(self.polygon)
        inside = shapely.intersects_xy(self.polygon, lon, lat)
        if not margin:
            return inside, np.zeros_like(inside)
        if self.outline is None:
            self.outline = self.polygon.exterior
            shapely.prepare(self.outline)
        # Degrees of longitude shrink towards the poles, so that this takes in a little too much.
        return inside, shapely.dwithin(self.outline, _points(lon, lat), margin)


@dataclass(slots=True)
class _Layer:
    """Areas of one shapefile, and a tree of the frames of their rings."""

    fields: list[dict[str, str]]
    rings: list[_Ring]
    frames: shapely.STRtree

    def around(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], margin: float
    ) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.bool_], NDArray[np.bool_]]]:
        """Of each area near some points: its number, the points, which it holds, which are near."""
        import shapely

        about = _points(lon, lat)
        if margin:
            about = shapely.box(lon - margin, lat - margin, lon + margin, lat + margin)
        at, ring = self.frames.query(about)
        order = np.argsort(ring, kind="stable")
        ring, at = ring[order], at[order]
        bounds = np.flatnonzero(np.diff(ring, prepend=-1))
        held: dict[int, list[tuple[NDArray[np.intp], _Ring]]] = {}
        for start, stop in pairwise([*bounds.tolist(), len(ring)]):
            one = self.rings[ring[start]]
            held.setdefault(one.area, []).append((at[start:stop], one))
        for area, parts in held.items():
            points = np.unique(np.concatenate([points for points, _ in parts]))
            inside, near = np.zeros(len(points), dtype=bool), np.zeros(len(points), dtype=bool)
            for some, one in parts:
                where = np.searchsorted(points, some)
                within, close = one.holds(lon[some], lat[some], margin)
                inside[where] ^= within
                near[where] |= close
            yield area, points, inside, near

    def about(self, lon: float, lat: float, margin: float) -> dict[int, tuple[bool, bool]]:
        """Of each area near one point: whether it holds the point, and is near."""
        import shapely

        out: dict[int, tuple[bool, bool]] = {}
        frame = shapely.box(lon - margin, lat - margin, lon + margin, lat + margin)
        for number in self.frames.query(frame).tolist():
            ring = self.rings[number]
            inside, near = out.get(ring.area, (False, False))
            within, close = ring.holds(lon, lat, margin)
            out[ring.area] = inside != bool(within), near or bool(close)
        return out


def _points(
    lon: NDArray[np.float64] | float, lat: NDArray[np.float64] | float
) -> NDArray[np.object_]:
    import shapely

    return np.asarray(shapely.points(np.stack([lon, lat], axis=-1)), dtype=object)


@lru_cache(maxsize=16)
def _layer(name: str, folder: Path) -> _Layer:
    import shapely

    records = _shapefile.read(_data.file(name, folder))
    rings = [_Ring(number, xy) for number, record in enumerate(records) for xy in record.parts]
    corners = np.array([(*ring.xy.min(axis=0), *ring.xy.max(axis=0)) for ring in rings])
    return _Layer([r.fields for r in records], rings, shapely.STRtree(shapely.box(*corners.T)))


def holders(
    name: str, lon: NDArray[np.float64], lat: NDArray[np.float64], data: Path | None = None
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
    """The areas of a shipped layer that hold some of the points, in the order of the layer.

    Parameters
    ----------
    name : str
        File of the layer: "mx_states.shp".
    lon, lat : array, shape (n,)
        Degrees, EPSG:4326; finite.
    data : Path, optional
        Another data folder (`Settings.data`).

    Yields
    ------
    held : ndarray of int
        Positions of the points that the area holds.
    corners : ndarray, shape (c, 2)
        Those of all its rings: longitude and latitude in degrees.

    Examples
    --------
    >>> [at.tolist() for at, _ in holders("mx_states.shp", np.array([-107.4]), np.array([24.8]))]
    [[0]]
    """
    layer = _layer(name, _data.root(data))
    for area, at, inside, _ in layer.around(lon, lat, 0.0):
        if inside.any():
            own = (
                bisect_left(layer.rings, area, key=lambda ring: ring.area),
                bisect_right(layer.rings, area, key=lambda ring: ring.area),
            )
            yield at[inside], np.concatenate([ring.xy for ring in layer.rings[slice(*own)]])


@lru_cache(maxsize=1)
def _by_number() -> dict[str, Region]:
    """States by the number that INEGI or the Census gives them: "MX05", "US48"."""
    return {f"{code[:2]}{region.official}": region for code, region in REGIONS.items()}


_Names = tuple[str | None, str | None]


def _names(
    country: str, fields: dict[str, str], gazetteer: SqliteGazetteer | None, offset: int
) -> _Names:
    """State, and municipality or county, of an area of the finest layer."""
    if country == "CA":
        region = REGIONS.get(fields["iso"])
        return (region.name if region else None), None
    state = _by_number().get(country + fields["code"][:2])
    county = gazetteer.get(-(offset + int(fields["code"]))) if gazetteer and offset else None
    return (state.name if state else None), (county.name if county else fields["name"])


def territory(
    lon: NDArray[np.float64], lat: NDArray[np.float64], data: Path | None = None
) -> NDArray[np.object_]:
    """The country in whose territory or waters each point lies: its ISO code, or None.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees, -180 to 180.
    data : Path, optional
        Another data folder (`Settings.data`).
    """
    layer = _layer(_TERRITORIES, _data.root(data))
    out = np.full(len(lon), None, dtype=object)
    for start in range(0, len(lon), _BLOCK):
        block = slice(start, start + _BLOCK)
        held = list(layer.around(lon[block], lat[block], 0.0))
        for code in reversed(_COUNTRIES):
            for area, at, inside, _ in held:
                if layer.fields[area]["country"] == code:
                    out[block][at[inside]] = code
    return out


def country(lon: float, lat: float, data: Path | None = None) -> str | None:
    """`territory` of one point."""
    layer = _layer(_TERRITORIES, _data.root(data))
    held = {
        layer.fields[area]["country"]
        for area, (inside, _) in layer.about(lon, lat, 0.0).items()
        if inside
    }
    return next((code for code in _COUNTRIES if code in held), None)


@dataclass(slots=True)
class _Claims:
    """Areas that one point may be in: the one that holds it, and those nearer than the margin."""

    holder: int | None = None
    all: set[int] = field(default_factory=set)


def locate(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    gazetteer: SqliteGazetteer | None = None,
    data: Path | None = None,
) -> Located:
    """Country, state and municipality of points, by polygon.

    Parameters
    ----------
    lon, lat : array_like, shape (n,)
        Degrees, EPSG:4326; finite.
    gazetteer : SqliteGazetteer, optional
        Knows the full names of counties ("El Paso County"); the outlines know "El Paso".
    data : Path, optional
        Another data folder (`Settings.data`).

    Examples
    --------
    >>> found = locate([-100.73, -106.487], [28.25, 31.759])
    >>> found.admin1.tolist(), found.admin2.tolist()
    (['Coahuila', 'Texas'], ['Villa Unión', 'El Paso'])
    """
    x = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    y = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    # Rows of a table share their points: each is looked at once.
    points, of = np.unique(np.column_stack([x, y]), axis=0, return_inverse=True)
    x, y = points[:, 0], points[:, 1]
    out = Located(*(np.full(len(points), None, dtype=object) for _ in Located._fields))
    out.states[:] = [()] * len(points)
    folder = _data.root(data)
    out.country[:] = territory(x, y, folder)
    for code, (name, margin_m, offset) in _FINEST.items():
        own = np.flatnonzero(out.country == code)
        if not own.size:
            continue
        finest = _layer(name, folder)
        claims = _claims(finest, x[own], y[own], margin_m / _DEGREE_M)
        claimed = set().union(*(claim.all for claim in claims.values()))
        names = {
            area: _names(code, finest.fields[area], gazetteer, offset) for area in sorted(claimed)
        }
        for one, claim in claims.items():
            at = int(own[one])
            out.admin1[at], out.admin2[at], out.between[at], out.states[at] = _settled(claim, names)
    return Located(*(column[of] for column in out))


def _whereabouts(lon: float, lat: float, gazetteer: SqliteGazetteer) -> tuple[str | None, _Settled]:
    """What `locate` says of one point, without the arrays of many: its country, and the rest."""
    folder = _data.root()
    code = country(lon, lat, folder)
    if code is None:
        return None, _Settled()
    name, margin_m, offset = _FINEST[code]
    finest = _layer(name, folder)
    claim = _Claims()
    for area, (inside, near) in finest.about(lon, lat, margin_m / _DEGREE_M).items():
        if inside:
            claim.holder = area
        if inside or near:
            claim.all.add(area)
    names = {area: _names(code, finest.fields[area], gazetteer, offset) for area in claim.all}
    return code, _settled(claim, names) if claim.all else _Settled()


def _claims(
    layer: _Layer, lon: NDArray[np.float64], lat: NDArray[np.float64], margin: float
) -> dict[int, _Claims]:
    """Which areas each point may be in."""
    claims: dict[int, _Claims] = defaultdict(_Claims)
    for area, at, inside, near in layer.around(lon, lat, margin):
        for one in at[inside]:
            claims[int(one)].holder = area
        for one in at[inside | near]:
            claims[int(one)].all.add(area)
    return claims


class _Settled(NamedTuple):
    """What a point is called; see `Located`."""

    admin1: str | None = None
    admin2: str | None = None
    between: str | None = None
    states: tuple[str, ...] = ()


def _settled(claim: _Claims, names: dict[int, _Names]) -> _Settled:
    """A point's state and municipality, each where no other can be meant."""
    every = sorted((names[area] for area in claim.all), key=str)
    states = tuple(dict.fromkeys(state for state, _ in every if state))
    admin1 = states[0] if len(states) == 1 else None
    if len(every) == 1:
        held = names[claim.holder][1] if claim.holder is not None else None
        return _Settled(admin1, held, None, states)
    words = [name if len(states) == 1 else state for state, name in every]
    between = " and ".join(dict.fromkeys(word for word in words if word))
    return _Settled(admin1, None, between, states)


def near_states(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    states: Collection[str],
    slack_m: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Which points are in one of some states, or as near to it as outline and point may be off.

    Parameters
    ----------
    states : collection of str
        Everyday names.
    slack_m : array, shape (n,)
        How far off each point may be, in metres.
    """
    out = np.zeros(len(lon), dtype=bool)
    for country, (layer, margin_m, _) in _FINEST.items():
        if not any(r.name in states for c, r in REGIONS.items() if c.startswith(country)):
            continue
        finest = _layer(layer, _data.root())
        for slack in np.unique(slack_m):
            some = np.flatnonzero(slack_m == slack)
            margin = (margin_m + float(slack)) / _DEGREE_M
            for area, at, inside, near in finest.around(lon[some], lat[some], margin):
                if _names(country, finest.fields[area], None, 0)[0] in states:
                    out[some[at[inside | near]]] = True
    return out


# ---------------------------------------------------------------- the nearest town


def nearest_towns(
    lon: NDArray[np.float64], lat: NDArray[np.float64], gazetteer: SqliteGazetteer
) -> tuple[list[str | None], NDArray[np.float64]]:
    """Name of the nearest town of each point and its geodesic distance in metres.

    None and NaN where there is none within 100 km.
    """
    from pyproj import Geod

    names: list[str | None] = [None] * len(lon)
    metres = np.full(len(lon), np.nan)
    if len(lon) <= _FEW:  # not worth the reading of every town
        for number, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
            near = gazetteer.near(x, y, within_m=_NEAREST_TOWN_M, limit=1)
            if near:
                metres[number], names[number] = near[0][0], near[0][1].name
        return names, metres
    reach = _NEAREST_TOWN_M / _DEGREE_M
    known, at, tree = _towns(gazetteer)
    points = _points(*_mercator(lon, lat))
    scale = 1.0 / np.cos(np.radians(np.clip(np.abs(lat) + reach, 0.0, 89.0)))
    first, distance = tree.query_nearest(points, all_matches=False, return_distance=True)
    within = distance <= 1.1 * reach * scale[first[0]]
    close, away = first[0][within], 1.1 * distance[within] + 1e-9
    of, town = tree.query(points[close], predicate="dwithin", distance=away)
    of = close[of]
    exact = Geod(ellps="WGS84").inv(lon[of], lat[of], at[town, 0], at[town, 1])[2]
    order = np.lexsort((town, exact, of))
    one, start = np.unique(of[order], return_index=True)
    for number, best in zip(one, order[start], strict=True):
        if exact[best] <= _NEAREST_TOWN_M:
            names[number], metres[number] = known[town[best]], exact[best]
    return names, metres


@lru_cache(maxsize=2)
def _towns(
    gazetteer: SqliteGazetteer,
) -> tuple[list[str], NDArray[np.float64], shapely.STRtree]:
    """Names and points of every town, and a tree of them on a Mercator map.

    Mercator keeps shapes: of two towns near a point the nearer one on the map is, but for the change
    of scale between them, the nearer one on the ground. Those within a tenth are measured.
    """
    import shapely

    whole = (-180.0, -90.0, 180.0, 90.0)
    towns = [town for town in gazetteer.towns(whole) if town.radius_m < _COARSE_M]
    at = np.array([(town.lon, town.lat) for town in towns])
    tree = shapely.STRtree(_points(*_mercator(at[:, 0], at[:, 1])))
    return [town.name for town in towns], at, tree


def _mercator(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Degrees on a spherical Mercator map."""
    bounded = np.radians(np.clip(lat, -89.0, 89.0))
    return lon, np.degrees(np.arcsinh(np.tan(bounded)))


def reasons(located: Located, towns: list[str | None], metres: NDArray[np.float64]) -> list[str]:
    """What can be said of each point in a clause."""
    columns = (located.country, located.between, towns, metres)
    return [_reason(*row) for row in zip(*columns, strict=True)]


def _reason(country: str | None, between: str | None, town: str | None, away: float) -> str:
    words = []
    if between:
        words.append(f"too near to the line between {between} to tell them apart")
    elif country is None:
        words.append("outside Mexico, the United States and Canada")
    if town is None:
        words.append(f"no town within {_NEAREST_TOWN_M / 1000:.0f} km")
    else:
        words.append(f"{town} is {away / 1000:.1f} km away")
    return "; ".join(words)


def point(lon: float, lat: float, gazetteer: SqliteGazetteer) -> Place:
    """A point as a place: state and municipality by polygon, the nearest town in the reason."""
    code, found = _whereabouts(lon, lat, gazetteer)
    near = gazetteer.near(lon, lat, within_m=_NEAREST_TOWN_M, limit=1)
    away, town = (near[0][0], near[0][1].name) if near else (0.0, None)
    return Place(
        name="", lon=lon, lat=lat, country=code or "", admin1=found.admin1,
        admin2=found.admin2, id="", kind="point", population=None,
        radius_m=notation.rounded_m(lon, lat), match="coordinates", score=1.0, source=_SOURCE,
        reason=f"the coordinates as given; {_reason(code, found.between, town, away)}",
    )  # fmt: skip
