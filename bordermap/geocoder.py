"""Names to places: exact, alternate, misspelt; ambiguous or unknown is said, never guessed.

A query is taken apart (`bordermap._geocoder.query`), each way of reading it is looked up, the places that
answer are weighed, and one is named only when the evidence sets it apart from all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bordermap import gazetteer as _gazetteer
from bordermap._geocoder.inquiry import clipped
from bordermap._geocoder.ranking import Near
from bordermap._geocoder.search import Search
from bordermap.errors import (
    AmbiguousPlaceError,
    GeocodeError,
    InputError,
    PlaceNotFoundError,
)
from bordermap.gazetteer import SqliteGazetteer
from bordermap.model import Gazetteer, Place

__all__ = ["Near", "Query", "candidates", "chosen", "resolve", "resolve_many", "reverse"]


@dataclass(frozen=True, slots=True)
class Query:
    """A place with its state and country as separate fields, the way a table has them."""

    place: str
    admin1: str | None = None
    country: str | None = None
    admin2: str | None = None


# ---------------------------------------------------------------- the public calls


def resolve(
    query: str,
    *,
    country: str | None = None,
    admin1: str | None = None,
    admin2: str | None = None,
    near: Near | None = None,
    gazetteer: Gazetteer | None = None,
) -> Place:
    """The one place that a query means.

    Parameters
    ----------
    query : str
        "Villa Unión, Coahuila", "Cd. Juárez, Chih.", "municipio de Galeana, N.L.", "El Paso, TX",
        "28.22 N, 100.73 W". Accents, case and the usual abbreviations do not matter.
    country, admin1, admin2 : str, optional
        Country, state and municipality or county in any usual spelling: they narrow the choice. A
        municipality with an empty `query` is itself the place.
    near : Near, optional
        Of several places that answer, the one near this is meant, where that sets one apart.
    gazetteer : Gazetteer, optional
        Instead of the shipped one.

    Returns
    -------
    Place
        `match`, `score` and `reason` tell how it was arrived at.

    Raises
    ------
    AmbiguousPlaceError
        When several places answer and nothing sets one apart; `.candidates`, best first.
    PlaceNotFoundError
        When none does, or what was asked contradicts itself; `.nearest_names`.

    Examples
    --------
    >>> place = resolve("Villa Union, Coah.")
    >>> place.label, place.match
    ('Villa Unión, Coahuila', 'exact')
    """
    if gazetteer is not None and not isinstance(gazetteer, SqliteGazetteer):
        return _resolve_in_other(query, country, admin1, gazetteer)
    return Search(query, country, admin1, admin2, near, gazetteer or _gazetteer.load()).place()


def candidates(
    query: str,
    *,
    country: str | None = None,
    admin1: str | None = None,
    admin2: str | None = None,
    near: Near | None = None,
    gazetteer: Gazetteer | None = None,
    limit: int = 10,
) -> list[Place]:
    """Places that a query may mean, best first; empty when there is none.

    Never raises for a string.

    Examples
    --------
    >>> [place.admin1 for place in candidates("Villa Union", country="MX")]
    ['Sinaloa', 'Durango', 'Coahuila', 'Veracruz']
    """
    if gazetteer is not None and not isinstance(gazetteer, SqliteGazetteer):
        return list(gazetteer.lookup(query, country=country, admin1=admin1))[:limit]
    search = Search(query, country, admin1, admin2, near, gazetteer or _gazetteer.load())
    return search.candidates()[:limit]


def resolve_many(
    queries: Iterable[Query], *, near: Near | None = None, gazetteer: Gazetteer | None = None
) -> list[Place | GeocodeError]:
    """Every query's place, or the error that says why there is none, in order.

    Each distinct query is resolved once.

    Examples
    --------
    >>> found = resolve_many([Query("Nava", "Coahuila"), Query("Xyzzyville")])
    >>> found[0].name, type(found[1]).__name__
    ('Nava', 'PlaceNotFoundError')
    """
    known: dict[Query, Place | GeocodeError] = {}
    answers = []
    for query in queries:
        answer = known.get(query)
        if answer is None:
            try:
                answer = resolve(
                    query.place,
                    country=query.country,
                    admin1=query.admin1,
                    admin2=query.admin2,
                    near=near,
                    gazetteer=gazetteer,
                )
            except GeocodeError as error:
                answer = error.with_traceback(None)  # it would keep the whole search in memory
            known[query] = answer
        answers.append(answer)
    return answers


def reverse(lon: float, lat: float, *, gazetteer: SqliteGazetteer | None = None) -> Place:
    """What a point is called: the point itself, with its municipality and state by polygon.

    Parameters
    ----------
    lon, lat : float
        Degrees, EPSG:4326.

    Returns
    -------
    Place
        Of kind "point"; `reason` names the nearest town and how far it is. Its fields are empty
        where no town lies within 100 km.

    Examples
    --------
    >>> reverse(-100.73, 28.25).admin1
    'Coahuila'
    """
    from bordermap.areas import point  # the outlines need numpy: names do without

    return point(lon, lat, gazetteer or _gazetteer.load())


def chosen(
    choose: Callable[[AmbiguousPlaceError], Place | None] | None, error: Any
) -> Place | None:
    """What the caller takes, of several places that answer to a name; None to leave it open.

    Raises
    ------
    InputError
        When what comes back is no place.
    """
    found = choose(error) if choose is not None else None
    if found is not None and not isinstance(found, Place):
        raise InputError(
            f"on_ambiguous returned a {type(found).__name__} for {clipped(error.query)!r}: it must "
            "return one of the error's candidates, or None"
        )
    return found


def _resolve_in_other(
    query: str, country: str | None, admin1: str | None, gazetteer: Gazetteer
) -> Place:
    """A gazetteer of the user's own: what it lists is taken at its word."""
    found = list(gazetteer.lookup(query, country=country, admin1=admin1))
    if not found and admin1 is None and "," in query:
        name, rest = query.rsplit(",", 1)
        found = list(gazetteer.lookup(name.strip(), country=country, admin1=rest.strip()))
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousPlaceError(
            f"{query!r} stands for {len(found)} places in {gazetteer.source.name}",
            query=query,
            candidates=found,
        )
    raise PlaceNotFoundError(f"{query!r} is not in {gazetteer.source.name}", query=query)
