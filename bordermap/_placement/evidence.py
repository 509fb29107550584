"""What the other rows of a table say about a name that several places bear.

A name is never narrowed against what its own row says, and only where the evidence is overwhelming:
nearly every other row, and nearly every other place named, lies in one state (or all in one
country), none to speak of in the states of the other places, and none of these is a city beside
which the chosen one is a hamlet. The answer depends on the rows, not on their order, and says what
it rests on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bordermap._geocoder.inquiry import clipped
from bordermap.errors import AmbiguousPlaceError, GeocodeError
from bordermap.geocoder import Query
from bordermap.model import Place
from bordermap.names import COUNTRIES, REGIONS, country_code, region_codes

__all__ = ["Tally", "narrowed"]

# So many rows must lie in one state, and such a share of those whose state is known; and so many
# different places, and such a share of them: a file may repeat one town a hundred times.
_ROWS_IN_STATE, _ROW_SHARE = 10, 0.9
_PLACES_IN_STATE, _PLACE_SHARE = 5, 0.75
_ROWS_IN_COUNTRY, _PLACES_IN_COUNTRY = 20, 10  # all of them
# How many rows of the state must stand against one in the state of another place of the name.
_RATIO = 30
# A place so much larger than the one in the state may be meant all the same.
_DWARFED = 30.0
_SCORE = 0.85

Area = tuple[str, str | None]  # country, and state where it is known


@dataclass
class Tally:
    """Where the rows of a table lie: rows, and different places, for each state."""

    rows: Counter[Area] = field(default_factory=Counter)
    places: Counter[Area] = field(default_factory=Counter)

    def add(self, area: Area, rows: int) -> None:
        """Count one more place, named in so many rows."""
        self.rows[area] += rows
        self.places[area] += 1


def narrowed(
    queries: Sequence[Query],
    answers: Sequence[Place | GeocodeError],
    counts: Sequence[int],
    elsewhere: Tally,
    resolve: Callable[[Query], Place | GeocodeError],
) -> list[Place | GeocodeError]:
    """The answers, with those ambiguous ones settled that the other rows leave no doubt about.

    Parameters
    ----------
    queries, answers, counts : sequences
        What the table asks, what was found, and in how many rows each is asked.
    elsewhere : Tally
        Where rows lie that are not looked up. It is not changed.
    resolve : callable
        Looks one query up.
    """
    tally = Tally(elsewhere.rows.copy(), elsewhere.places.copy())
    unknown = 0
    for query, answer, count in zip(queries, answers, counts, strict=True):
        area = _area(query, answer)
        if area is None:
            unknown += count
        else:
            tally.add(area, count)
    out = list(answers)
    if unknown <= sum(tally.rows.values()):
        pointed = _by_state(tally), _by_country(tally)
        for number, (query, answer) in enumerate(zip(queries, answers, strict=True)):
            if isinstance(answer, AmbiguousPlaceError) and query.admin1 is None and any(pointed):
                out[number] = _settled(query, answer, tally, pointed, resolve) or answer
    return out


def _area(query: Query, answer: Place | GeocodeError) -> Area | None:
    """Where a row lies: by its place, else by the state that it names."""
    if isinstance(answer, Place):
        # A state alone is no place, and its name may be that of a town.
        vague = answer.kind in {"state", "country"} or not answer.country
        if not vague or query.place:
            return None if vague else (answer.country, answer.admin1)
    codes = region_codes(query.admin1, country_code(query.country or "")) if query.admin1 else ()
    if len(codes) != 1:
        return None
    region = REGIONS[next(iter(codes))]
    return region.country, region.name


def _settled(
    query: Query,
    error: AmbiguousPlaceError,
    tally: Tally,
    pointed: tuple[tuple[Area, str] | None, tuple[str, str] | None],
    resolve: Callable[[Query], Place | GeocodeError],
) -> Place | None:
    """The one place that the other rows point to, if they do."""
    if any(place.kind in {"state", "country"} for place in error.candidates):
        return None
    by_state, by_country = pointed
    said = country_code(query.country) if query.country else None
    if by_state is not None and (not query.country or said == by_state[0][0]):
        area, why = by_state
        found = resolve(replace(query, admin1=area[1], country=area[0]))
        return _sure(found, error, tally, area, why)
    if by_country is not None and not query.country:
        country, why = by_country
        found = resolve(replace(query, country=country))
        return _sure(found, error, tally, (country, None), why)
    return None


def _by_state(tally: Tally) -> tuple[Area, str] | None:
    """The state that nearly all rows lie in, and the sentence that says so."""
    known = Counter({area: n for area, n in tally.rows.items() if area[1]})
    if not known:
        return None
    area, rows = max(known.items(), key=lambda item: (item[1], str(item[0])))
    total = known.total()
    places = tally.places[area]
    all_places = sum(n for at, n in tally.places.items() if at[1])
    few = rows < _ROWS_IN_STATE or places < _PLACES_IN_STATE
    if few or rows < _ROW_SHARE * total or places < _PLACE_SHARE * all_places:
        return None
    return area, f"{rows:,} of the {total:,} other rows whose state is known lie in {area[1]}"


def _by_country(tally: Tally) -> tuple[str, str] | None:
    """The country that all rows lie in, and the sentence that says so."""
    countries = {area[0] for area in tally.rows}
    total = tally.rows.total()
    few = total < _ROWS_IN_COUNTRY or tally.places.total() < _PLACES_IN_COUNTRY
    if len(countries) != 1 or few:
        return None
    country = countries.pop()
    return country, f"all {total:,} other rows that are known lie in {COUNTRIES[country]}"


def _sure(
    found: Place | GeocodeError, error: AmbiguousPlaceError, tally: Tally, area: Area, why: str
) -> Place | None:
    """What was found, if it is one of those in question and no rival stands against it."""
    if not isinstance(found, Place) or found.match not in {"exact", "alternate"}:
        return None
    same = [
        place
        for place in error.candidates
        if place.id == found.id or (place.admin1, place.admin2) == (found.admin1, found.admin2)
    ]
    rivals = [place for place in error.candidates if place not in same]
    if not same:
        return None
    people = max(found.population or 0, 500)
    for rival in rivals:
        if (rival.population or 0) > _DWARFED * people:
            return None
        there = tally.rows[rival.country, rival.admin1]
        within = (rival.country, rival.admin1) == (found.country, found.admin1)
        if area[1] and not within and _RATIO * there > tally.rows[area]:
            return None
    where = found.admin1 if area[1] else f"{found.admin1}, {COUNTRIES[area[0]]}"
    asked = clipped(error.query)
    if found.match == "exact":
        one = f"of the {len(error.candidates)} {found.name}, the one in {where}"
        one = one if rivals else found.label
    else:
        one = f"of the {len(error.candidates)} called {asked!r}, the one in {where}"
        one = f"{one if rivals else repr(asked)}, another name of {found.name}"
    return replace(
        found,
        score=min(found.score, _SCORE),
        reason=f"{one}: {why}",
        alternatives=tuple(rivals),
    )
