"""What a point is called: country, state and municipality by polygon, and the nearest town.

The shipped outlines are simplified. A point nearer to the line between two municipalities, or two
states, than the outline may be off is in either: it gets no name of that kind, and `between` says
which two it lies between.
"""

from __future__ import annotations

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

__all__ = ["Located", "locate", "near_states", "nearest_towns", "point", "reasons"]

_SOURCE = Source("coordinates as given", "", "", "")
_NEAREST_TOWN_M = 100_000.0
_COARSE_M = 30_000.0  # a town known only to be somewhere in its municipality is nobody's neighbour
_FEW = 32
_DEGREE_M = 111_195.0  # of latitude, on the mean sphere
# Of two claims to the same waters the first counts, as in `distance.side`.
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

    def holds(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], margin: float
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which points are inside, and which are nearer to the ring than `margin` degrees."""
        import shapely

        if self.polygon is None:
            self.polygon = shapely.Polygon(self.xy)
            shapely.prepare(self.polygon)
        inside = shapely.intersects_xy(self.polygon, lon, lat)
        if not margin:
            return inside, np.zeros_like(inside)
        outline = self.polygon.exterior
        shapely.prepare(outline)
        # Degrees of longitude shrink towards the poles, so that this takes in a little too much.
        near = shapely.dwithin(outline, _points(np.column_stack([lon, lat])), margin)
        return inside, np.asarray(near)


@dataclass(slots=True)
class _Layer:
    """Areas of one shapefile."""

    fields: list[dict[str, str]]
    rings: list[_Ring]
    boxes: NDArray[np.float64]

    def around(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], margin: float
    ) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.bool_], NDArray[np.bool_]]]:
        """Of each area near some points: its number, the points, which it holds, which are near."""
        import shapely

        if not len(lon):
            return
        tree = shapely.STRtree(_points(np.column_stack([lon, lat])))
        west, south, east, north = self.boxes.T
        frames = shapely.box(west - margin, south - margin, east + margin, north + margin)
        ring, at = tree.query(frames)
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


def _points(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    import shapely

    return np.array(shapely.points(xy), dtype=object)


@lru_cache(maxsize=16)
def _layer(path: Path) -> _Layer:
    records = _shapefile.read(path)
    rings = [_Ring(number, xy) for number, record in enumerate(records) for xy in record.parts]
    boxes = np.array([(*ring.xy.min(axis=0), *ring.xy.max(axis=0)) for ring in rings])
    return _Layer([record.fields for record in records], rings, boxes)


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
    territories = _layer(_data.file("countries.shp", data))
    held = list(territories.around(x, y, 0.0))
    for code in reversed(_COUNTRIES):
        for area, at, inside, _ in held:
            if territories.fields[area]["country"] == code:
                out.country[at[inside]] = code
    for code, (layer, margin_m, offset) in _FINEST.items():
        own = np.flatnonzero(out.country == code)
        finest = _layer(_data.file(layer, data)) if own.size else None
        if finest is None:
            continue
        claims = _claims(finest, x[own], y[own], margin_m / _DEGREE_M)
        claimed = set().union(*(claim.all for claim in claims.values()))
        names = {
            area: _names(code, finest.fields[area], gazetteer, offset) for area in sorted(claimed)
        }
        for one, claim in claims.items():
            _settle(out, int(own[one]), claim, names)
    return Located(*(column[of] for column in out))


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


def _settle(out: Located, at: int, claim: _Claims, names: dict[int, _Names]) -> None:
    """Name a point's state and municipality, each where no other can be meant."""
    every = sorted((names[area] for area in claim.all), key=str)
    states = tuple(dict.fromkeys(state for state, _ in every if state))
    out.states[at] = states
    if len(states) == 1:
        out.admin1[at] = states[0]
    if len(every) == 1:
        out.admin2[at] = names[claim.holder][1] if claim.holder is not None else None
    else:
        words = [name if len(states) == 1 else state for state, name in every]
        out.between[at] = " and ".join(dict.fromkeys(word for word in words if word))


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
        finest = _layer(_data.file(layer))
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
    points = _points(_mercator(lon, lat))
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
    tree = shapely.STRtree(_points(_mercator(at[:, 0], at[:, 1])))
    return [town.name for town in towns], at, tree


def _mercator(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees on a spherical Mercator map."""
    bounded = np.radians(np.clip(lat, -89.0, 89.0))
    return np.column_stack([lon, np.degrees(np.arcsinh(np.tan(bounded)))])


def reasons(located: Located, towns: list[str | None], metres: NDArray[np.float64]) -> list[str]:
    """What can be said of each point in a clause."""
    out = []
    for country, between, town, away in zip(
        located.country, located.between, towns, metres, strict=True
    ):
        words = []
        if between:
            words.append(f"too near to the line between {between} to tell them apart")
        elif country is None:
            words.append("outside Mexico, the United States and Canada")
        if town is None:
            words.append(f"no town within {_NEAREST_TOWN_M / 1000:.0f} km")
        else:
            words.append(f"{town} is {away / 1000:.1f} km away")
        out.append("; ".join(words))
    return out


def point(lon: float, lat: float, gazetteer: SqliteGazetteer) -> Place:
    """A point as a place: state and municipality by polygon, the nearest town in the reason."""
    found = locate([lon], [lat], gazetteer=gazetteer)
    near = gazetteer.near(lon, lat, within_m=_NEAREST_TOWN_M, limit=1)
    town = [near[0][1].name if near else None]
    away = np.array([near[0][0] if near else np.nan])
    return Place(
        name="", lon=lon, lat=lat, country=found.country[0] or "", admin1=found.admin1[0],
        admin2=found.admin2[0], id="", kind="point", population=None,
        radius_m=notation.rounded_m(lon, lat), match="coordinates", score=1.0, source=_SOURCE,
        reason=f"the coordinates as given; {reasons(found, town, away)[0]}",
    )  # fmt: skip
