"""Coordinates in a text: the point that they are, held against what is said beside them.

The point is taken, for it is the more exact of the two; where a name, a state or a country beside it
says otherwise, the score and the reason say so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from bordermap import areas
from bordermap._ellipsoid.geodesic import ecef, rough
from bordermap._geocoder.inquiry import clipped
from bordermap.errors import AmbiguousPlaceError, GeocodeError, PlaceNotFoundError
from bordermap.gazetteer import SqliteGazetteer
from bordermap.model import Place
from bordermap.names import COUNTRIES, REGIONS, country_code, region_codes
from bordermap.notation import Written

__all__ = ["answer"]

_CONTRADICTED = 0.5  # as that of a table's row that says two things
_UNCONFIRMED = 0.9
# A place so near, or in the same municipality, is what stands beside the point.
_BESIDE_M = 25_000.0


def answer(
    query: str,
    written: Written,
    gazetteer: SqliteGazetteer,
    *,
    country: str | None = None,
    admin1: str | None = None,
    resolve: Callable[[str], Place],
) -> Place:
    """The point that a text gives.

    Parameters
    ----------
    query : str
        As it was asked, for messages.
    country, admin1 : str, optional
        Given beside the text.
    resolve : callable
        Looks up the name that stands beside the coordinates.

    Raises
    ------
    PlaceNotFoundError
        Where they are no place on Earth, or contradict themselves.
    AmbiguousPlaceError
        Where they lie in none of the three countries, and would with a sign more or the other way
        round.
    """
    shown = repr(clipped(query))
    if written.fault:
        raise PlaceNotFoundError(f"{shown} {written.fault}", query=query)
    place, *others = (areas.point(*way, gazetteer) for way in written.ways)
    others = [other for other in others if other.country]
    if others and not place.country:
        ways = " or ".join(map(_degrees, [*others, place]))
        raise AmbiguousPlaceError(
            f"{shown} may be {ways}: write N or S and E or W behind the numbers",
            query=query,
            candidates=[replace(way, score=0.5) for way in [*others, place]],
        )
    stated = _contradiction(place, country, admin1)
    if stated:
        place = replace(place, score=_CONTRADICTED, reason=f"{place.reason}; {stated}")
    return _named(place, written.name, resolve) if written.name else place


def _degrees(place: Place) -> str:
    lat = f"{abs(place.lat):.10g} {'N' if place.lat >= 0 else 'S'}"
    lon = f"{abs(place.lon):.10g} {'E' if place.lon >= 0 else 'W'}"
    where = place.admin1 or COUNTRIES.get(place.country) or "in none of the three countries"
    return f"{lat}, {lon} ({where})"


def _contradiction(place: Place, country: str | None, admin1: str | None) -> str:
    """What is wrong with the state or the country that is given beside the point."""
    code = country_code(country) if country else None
    states = {REGIONS[region].name for region in region_codes(admin1 or "", code)}
    lies = _country(place.country) or "none of the three countries"
    if states and not _within(place, states):
        lies, said = place.admin1 or lies, " or ".join(sorted(states))
    elif code in COUNTRIES and code != place.country:
        said = _country(code or "")
    else:
        return ""
    return f"it lies in {lies}, not in {said} as given beside it"


def _country(code: str) -> str:
    return "the United States" if code == "US" else COUNTRIES.get(code, "")


def _within(place: Place, states: Collection[str]) -> bool:
    at = np.array([place.lon]), np.array([place.lat])
    return bool(areas.near_states(*at, states, np.array([place.radius_m]))[0])


def _named(point: Place, name: str, resolve: Callable[[str], Place]) -> Place:
    """The point, with what is known of the name that stands beside it."""
    found: Sequence[Place]
    try:
        found = [resolve(name)]
    except AmbiguousPlaceError as error:
        found = error.candidates
    except GeocodeError:
        found = ()
    if not found:
        return replace(
            point,
            score=min(point.score, _UNCONFIRMED),
            reason=f"{point.reason}; {name!r}, which stands beside them, could not be placed",
        )
    away, meant = min(((_metres(point, place), place) for place in found), key=lambda way: way[0])
    if _agrees(point, meant, away):
        vague = meant.kind in {"state", "country"}
        return point if vague else replace(point, name=meant.name)
    return replace(
        point,
        score=_CONTRADICTED,
        reason=f"{point.reason}; {meant.label}, which stands beside them, lies "
        f"{away / 1000:,.0f} km from there",
    )


def _metres(one: Place, other: Place) -> float:
    """Distance in metres, to within one in 100,000: what a sentence in kilometres needs."""
    x, y, z = ecef(np.array([one.lon, other.lon]), np.array([one.lat, other.lat]))
    squared = np.diff(x) ** 2 + np.diff(y) ** 2 + np.diff(z) ** 2
    return float(rough(squared, np.diff(z), z[:1] + z[1:])[0])


def _agrees(point: Place, meant: Place, away: float) -> bool:
    if meant.kind == "country":
        return meant.country == point.country
    if meant.kind == "state":
        return _within(point, {meant.admin1 or meant.name})
    same = point.admin2 is not None and (point.admin1, point.admin2) == (meant.admin1, meant.admin2)
    return same or away <= _BESIDE_M + meant.radius_m
