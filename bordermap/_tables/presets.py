"""ACLED and UCDP GED: their columns, whom to credit, and what their codes of precision are worth.

Both put an event of which only the province is known at a point in that province. Drawn like any
other point it would be a lie, so the code becomes a radius, `radius_m`, within which the event lies:

=========================  =====================================================  ===================
code                       says                                                   radius
=========================  =====================================================  ===================
ACLED `geo_precision` 1    the town named, at its centre                          5 km
ACLED 2                    part of a region, put at a town in it                  its municipality,
                                                                                  25 km at least
ACLED 3                    a larger region, put at its capital or its middle      its state
UCDP `where_prec` 1        the place itself (a town is put at its centre)         5 km
UCDP 2                     within about 25 km of a known point                    25 km
UCDP 3                     the municipality or county, at its middle              that municipality
UCDP 4                     the state or province, at its middle                   that state
UCDP 5                     a line or an area without sharp edges                  its state
UCDP 6                     the country alone                                      refused
UCDP 7                     international waters or airspace                       refused
=========================  =====================================================  ===================

5 km takes in all but the largest cities. A municipality or state is the one in whose shipped polygon
the point lies, and its radius that of the polygon's farthest corner; beyond the three countries 50 km
and 300 km stand for them. Where a UCDP table has lost `where_prec`, the last word of its
`where_coordinates` ("Sinaloa state", "Culiacán municipality") says the same as codes 4 and 3.

Sources: ACLED Codebook (2024), "Geo-precision"; Stina Högbladh, UCDP GED Codebook version 23.1
(2023), `where_prec` and `date_prec`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from bordermap import areas
from bordermap._ellipsoid.geodesic import ecef
from bordermap.model import Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ACLED", "UCDP", "Preset", "code", "radii", "recognise", "worded"]

TOWN_M = 5_000.0
AROUND_M = 25_000.0
_ELSEWHERE_M = {"municipality": 50_000.0, "state": 300_000.0}
_SLACK = 0.001
_BLOCK = 1 << 20  # pairs of a point and a corner that are held at a time
_GEOD = pyproj.Geod(ellps="WGS84")

# Code → (kind of area, least radius); None where nothing narrower than a country is known.
_Codes = dict[int, tuple[str, float] | None]


@dataclass(frozen=True, slots=True)
class Preset:
    """A layout of columns that many tables share.

    Attributes
    ----------
    name : str
    surely : frozenset of str
        Headings, folded, of which one is enough to know the layout.
    likely : frozenset of str
        Headings of which three are.
    precision, time_precision : str
        Headings of the codes for where and when.
    codes : dict
        What each code for where is worth.
    to_month, to_year : frozenset of int
        Codes for when that leave only the month, or the year, certain.
    licence, attribution : str
        As the map must show them.
    """

    name: str
    surely: frozenset[str]
    likely: frozenset[str]
    precision: str
    time_precision: str
    codes: _Codes
    to_month: frozenset[int]
    to_year: frozenset[int]
    licence: str
    attribution: str

    def credit(self, source: Source) -> Source:
        """The source of a table, with its makers named."""
        return replace(source, licence=self.licence, attribution=self.attribution)


ACLED = Preset(
    name="ACLED",
    surely=frozenset({"event id cnty", "geo precision"}),
    likely=frozenset(
        {"event date", "sub event type", "disorder type", "actor1", "assoc actor 1", "inter1",
         "interaction", "fatalities", "source scale", "time precision"}
    ),
    precision="geo precision",
    time_precision="time precision",
    codes={1: ("", TOWN_M), 2: ("municipality", AROUND_M), 3: ("state", AROUND_M)},
    to_month=frozenset({3}),
    to_year=frozenset(),
    licence="ACLED's terms of use",
    attribution=(
        "Armed Conflict Location & Event Data (ACLED), acleddata.com; Raleigh, Kishi and Linke "
        "2023, doi:10.1057/s41599-023-01559-4"
    ),
)  # fmt: skip
UCDP = Preset(
    name="UCDP GED",
    surely=frozenset({"where prec", "where coordinates", "priogrid gid"}),
    likely=frozenset(
        {"dyad name", "date start", "type of violence", "side a", "side b", "source article",
         "adm 1", "deaths civilians", "conflict name", "date prec"}
    ),
    precision="where prec",
    time_precision="date prec",
    codes={
        1: ("", TOWN_M), 2: ("", AROUND_M), 3: ("municipality", TOWN_M), 4: ("state", AROUND_M),
        5: ("state", AROUND_M), 6: None, 7: None,
    },
    to_month=frozenset({4}),
    to_year=frozenset({5}),
    licence="CC BY 4.0",
    attribution=(
        "UCDP Georeferenced Event Dataset, Uppsala University (CC BY 4.0); Sundberg and Melander "
        "2013, doi:10.1177/0022343313484347"
    ),
)  # fmt: skip
_WORDS = {"municipality": 3, "muncipality": 3, "county": 3, "state": 4, "province": 4}


def recognise(folded: Collection[str]) -> Preset | None:
    """The layout that folded headings belong to; None for a table of somebody's own.

    Examples
    --------
    >>> recognise(["id", "date start", "where coordinates", "best"]).name
    'UCDP GED'
    """
    headings = set(folded)
    for preset in (ACLED, UCDP):
        if preset.surely & headings or len(preset.likely & headings) >= 3:
            return preset
    return None


def code(cell: str | None) -> int | None:
    """A code of precision out of a cell: "4", "4.0"; None for anything else."""
    text = (cell or "").strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else None


def worded(place: str | None) -> int | None:
    """UCDP's code by the kind of area that a place of theirs ends with."""
    words = (place or "").casefold().split()
    return _WORDS.get(words[-1]) if len(words) > 1 else None


def radii(
    preset: Preset,
    codes: Sequence[int | None],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How far from each point the event may lie, in metres; NaN where the code does not say.

    Parameters
    ----------
    preset : Preset
    codes : sequence of int or None
    lon, lat : ndarray of float
        Degrees; NaN gives NaN.
    """
    out = np.full(len(codes), np.nan)
    wanted: dict[str, list[int]] = {}
    for at, number in enumerate(codes):
        worth = preset.codes.get(number) if number is not None else None
        if worth is None or not np.isfinite(lon[at] + lat[at]):
            continue
        area, out[at] = worth
        if area:
            wanted.setdefault(area, []).append(at)
    for area, rows in wanted.items():
        positions = np.array(rows)
        pairs, of_row = np.unique(
            np.column_stack([lon[positions], lat[positions]]), axis=0, return_inverse=True
        )
        reach = _reach(area, pairs[:, 0], pairs[:, 1])
        out[positions] = np.maximum(out[positions], reach[of_row.ravel()])
    return out


_LAYERS = {
    "municipality": ("mx_municipalities.shp", "us_counties.shp"),
    "state": ("mx_states.shp", "us_states.shp", "ca_provinces.shp"),
}


def _reach(area: str, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from each point to the farthest corner of the area that holds it."""
    out = np.full(len(lon), _ELSEWHERE_M[area])
    left = np.arange(len(lon))
    for layer in _LAYERS[area]:
        held = np.zeros(len(left), dtype=bool)
        for at, corners in areas.holders(layer, lon[left], lat[left]):
            fresh = at[~held[at]]
            held[fresh] = True
            metres = _farthest(lon[left[fresh]], lat[left[fresh]], corners)
            out[left[fresh]] = np.ceil(metres / 100.0) * 100.0
        left = left[~held]
    return out


def _farthest(
    lon: NDArray[np.float64], lat: NDArray[np.float64], corners: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Metres from each point to the farthest of some corners, along the geodesic.

    Only corners about as far as the farthest in a straight line through the Earth can be it: chords
    of one length differ by 0.05 % in their geodesics, up to 4,000 km.
    """
    ends = np.column_stack(ecef(corners[:, 0], corners[:, 1]))
    out = np.empty(len(lon))
    step = max(1, _BLOCK // len(corners))
    for start in range(0, len(lon), step):
        block = slice(start, start + step)
        x, y = lon[block], lat[block]
        starts = np.column_stack(ecef(x, y))
        squares = (
            np.sum(starts**2, axis=1)[:, None] + np.sum(ends**2, axis=1) - 2.0 * starts @ ends.T
        )
        row, end = np.nonzero(squares >= squares.max(axis=1, keepdims=True) * (1.0 - _SLACK) ** 2)
        metres = np.asarray(_GEOD.inv(x[row], y[row], corners[end, 0], corners[end, 1])[2])
        out[block] = np.maximum.reduceat(metres, np.flatnonzero(np.diff(row, prepend=-1)))
    return out
