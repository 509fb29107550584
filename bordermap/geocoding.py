"""The verb `geocode`: one name to its place, a list of names or a table to incidents.

It stands apart from the other verbs so that the first answer does not wait for what only maps and
distances need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from bordermap import geocoder as _geocoder
from bordermap.config import Settings
from bordermap.errors import AmbiguousPlaceError, InputError
from bordermap.gazetteer import SqliteGazetteer, load
from bordermap.geocoder import Near
from bordermap.model import Gazetteer, Incidents, Place

if TYPE_CHECKING:
    import pandas as pd
    import shapely

    from bordermap._placement.lookup import OnAmbiguous
    from bordermap.borders import Border
    from bordermap.placement import OnError

__all__ = ["Nearby", "Point", "candidates", "geocode", "known_gazetteer"]

Point: TypeAlias = "tuple[float, float] | shapely.Point"
Nearby: TypeAlias = "Point | Place | Border | str"


@overload  # a str is a Sequence[str] too, but never a table
def geocode(  # type: ignore[overload-overlap]
    names: str | Place | Point,
    *,
    country: str | None = None,
    admin1: str | None = None,
    admin2: str | None = None,
    near: Nearby | None = None,
    gazetteer: Gazetteer | None = None,
    aliases: Any = None,
    decisions: Any = None,
    on_ambiguous: OnAmbiguous | None = None,
    on_error: OnError = "collect",
) -> Place: ...
@overload
def geocode(
    names: Sequence[str] | pd.Series[Any] | pd.DataFrame,
    *,
    country: str | None = None,
    admin1: str | None = None,
    admin2: str | None = None,
    near: Nearby | None = None,
    gazetteer: Gazetteer | None = None,
    aliases: Any = None,
    decisions: Any = None,
    on_ambiguous: OnAmbiguous | None = None,
    on_error: OnError = "collect",
) -> Incidents: ...
def geocode(
    names: str | Place | Point | Sequence[str] | pd.Series[Any] | pd.DataFrame,
    *,
    country: str | None = None,
    admin1: str | None = None,
    admin2: str | None = None,
    near: Nearby | None = None,
    gazetteer: Gazetteer | None = None,
    aliases: Any = None,
    decisions: Any = None,
    on_ambiguous: OnAmbiguous | None = None,
    on_error: OnError = "collect",
) -> Place | Incidents:
    """Find the place that a name means: one name, a list of names, or a table with a place column.

    Parameters
    ----------
    names : str, (lon, lat), Point, sequence of str, Series or DataFrame
        "Villa Union, Coahuila"; accents, case and the usual abbreviations do not matter. A point is
        answered with the state and the municipality it is in. In a table, the known columns `place`,
        `admin1` and `country` are used.
    country, admin1, admin2 : str, optional
        Country, state or province, and municipality or county, in any usual spelling: narrow the
        choice (in a table, of rows that do not say). A municipality
        beside an empty name is itself the place.
    near : (lon, lat), Point, Place, Border or str, optional
        A point, or a border by its key: of several places that answer to a name, the one within
        100 km of it is meant. It narrows the choice and never overrides the words.
    gazetteer : Gazetteer, optional
        Where to look; the shipped gazetteer when not given.
    aliases : path, DataFrame or mapping, optional
        Names of one's own, which come first: columns `name`, `lon` and `lat` or `id`, perhaps
        `admin1` and `country`; or name → (lon, lat), id or `Place`.
    decisions : path or DataFrame, optional
        What was decided on the names of this table before (`Incidents.decisions`), as reviewed.
    on_ambiguous : callable, optional
        Is given the `AmbiguousPlaceError` and returns one of its candidates, or None to leave it
        open. In a table it is asked once for each distinct name.
    on_error : {"collect", "raise"}
        For a table: collect what cannot be found in `rejected`, or raise. One name always raises.

    Returns
    -------
    Place or Incidents
        A place for one name, a table for many; rows of a list count from 1.

    Raises
    ------
    AmbiguousPlaceError
        When several places answer to the name; `candidates` holds them, best first.
    PlaceNotFoundError
        When none does; `nearest_names` holds the closest spellings.

    Examples
    --------
    >>> geocode("Villa Union, Coah.").label
    'Villa Unión, Coahuila'
    """
    _check_words(country=country, admin1=admin1, admin2=admin2)
    if on_ambiguous is not None and not callable(on_ambiguous):
        raise InputError(
            f"on_ambiguous= is a {type(on_ambiguous).__name__}: give a function that takes the error "
            "and returns one of its candidates, or None"
        )
    known = known_gazetteer(gazetteer)
    close = _near(near)
    if isinstance(names, str) and aliases is None and decisions is None:
        if on_error != "collect":
            _check(on_error)
        try:
            return _geocoder.resolve(
                names, country=country, admin1=admin1, admin2=admin2, near=close, gazetteer=known
            )
        except AmbiguousPlaceError as error:
            chosen = _geocoder.chosen(on_ambiguous, error)
            if chosen is None:
                raise
            return chosen
    _check(on_error)
    if isinstance(names, Place):
        return names
    from bordermap import _given

    point = _given.as_point(names)
    if point is not None:
        return _named_point(_given.point(*point), known)

    from bordermap._placement.lookup import Lookup

    lookup = Lookup.made(
        known, aliases=aliases, decisions=decisions, near=close, on_ambiguous=on_ambiguous
    )
    if isinstance(names, str):
        return lookup.one(_geocoder.Query(names, admin1, country, admin2))

    from bordermap.placement import place_rows
    from bordermap.tables import read_table

    frame, first_row = _given.as_frame(names)
    if admin2 is not None and "admin2" not in frame:
        frame = frame.assign(admin2=admin2)
    return place_rows(
        read_table(frame, max_bytes=Settings.from_environment().max_bytes, first_row=first_row),
        lookup=lookup,
        country=country,
        admin1=admin1,
        by_name=True,
        on_error=on_error,
    )


def _check_words(**given: object) -> None:
    """Refuse what narrows the choice and is no text."""
    for name, value in given.items():
        if value is not None and not isinstance(value, str):
            raise InputError(f"{name}= is a {type(value).__name__}: give its name as text, or None")


def _check(on_error: str) -> None:
    from bordermap import _given

    _given.one_of("on_error", on_error, ("collect", "raise"))


def _near(given: Nearby | None) -> Near | None:
    """What `near` stands for, as something that distances can be taken from."""
    if given is None:
        return None
    if isinstance(given, Place):
        return Near.point(given.lon, given.lat, given.label or "the point given")
    from bordermap import _given, borders, distance

    point = None if isinstance(given, str) else _given.as_point(given)
    if point is not None:
        place = _given.point(*point)
        return Near.point(place.lon, place.lat)
    if not isinstance(given, (str, borders.Border)):
        raise InputError(
            f"near= is a {type(given).__name__}: give (lon, lat), a Place, a Border or the key of one"
        )
    border = borders.load(given)
    return Near(border.label, lambda lon, lat: float(distance.to_border(lon, lat, border)))


def _named_point(point: Place, known: Gazetteer) -> Place:
    """The point, with the state and the country it is in, where the gazetteer can tell."""
    if not isinstance(known, SqliteGazetteer):
        return point
    named = _geocoder.reverse(point.lon, point.lat, gazetteer=known)
    # A longitude past ±180 was rounded as it was given.
    return named if named.radius_m == point.radius_m else replace(named, radius_m=point.radius_m)


def candidates(
    query: str,
    *,
    country: str | None = None,
    admin1: str | None = None,
    admin2: str | None = None,
    near: Nearby | None = None,
    gazetteer: Gazetteer | None = None,
    limit: int = 10,
) -> list[Place]:
    """Every place that a name could mean, best first; empty when there is none.

    Parameters
    ----------
    query : str
    country, admin1, admin2, near : optional
        Narrow the choice, as for `geocode`.
    gazetteer : Gazetteer, optional
    limit : int
        At most so many.

    Raises
    ------
    InputError
        When the name is no text, `limit` no number of places, or what narrows the choice is of the
        wrong kind.
    CoordinateError
        When `near` is no place on Earth.
    BorderError
        When `near` names no border that there is.

    Examples
    --------
    >>> sorted(place.admin1 for place in candidates("Villa Union", country="MX"))[:2]
    ['Coahuila', 'Durango']
    """
    if not isinstance(query, str):
        raise InputError(
            f"a value of type {type(query).__name__} is no name: candidates takes one name as text"
        )
    _check_words(country=country, admin1=admin1, admin2=admin2)
    if not isinstance(limit, int) or limit < 0:
        raise InputError(f"limit={limit!r}: it is a whole number, 0 or more")
    return _geocoder.candidates(
        query,
        country=country,
        admin1=admin1,
        admin2=admin2,
        near=_near(near),
        gazetteer=known_gazetteer(gazetteer),
        limit=limit,
    )


def known_gazetteer(given: Gazetteer | None = None, settings: Settings | None = None) -> Gazetteer:
    """The gazetteer given, or the shipped one."""
    if given is not None:
        # A protocol is slow to check: twenty times what the shipped gazetteer's own class takes.
        if not isinstance(given, (SqliteGazetteer, Gazetteer)):
            raise InputError(
                f"gazetteer= is a {type(given).__name__}: it needs a method lookup(name, *, "
                "country, admin1) and an attribute source"
            )
        return given
    return load(settings.data if settings else Settings.data_folder())
