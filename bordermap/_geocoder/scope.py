"""The ways to understand a query: which part is the name, and what narrows it.

Nothing here looks a place up: `scopes` turns the parts of a `Reading` into the ways that they can be
understood, likeliest first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bordermap._geocoder.damage import WILDCARD, lost_letters
from bordermap._geocoder.query import Part, Reading, country_of, region_of
from bordermap.names import COUNTRIES, REGIONS, country_code, fold, region_codes, region_spellings
from bordermap.spelling import closest

__all__ = [
    "MISSPELT_REGION",
    "Scope",
    "cut_short",
    "initials",
    "joined",
    "misspelt_regions",
    "read_as",
    "resembling_region",
    "scopes",
    "state_of_mexico",
    "states_behind",
]

MISSPELT_REGION = 0.94
"""Factor by which a state that had to be guessed lowers the score: as much as one slip in a name."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One way to understand a query: the name sought, and what narrows it.

    Attributes
    ----------
    outers : tuple of Part
        What the place is said to lie in, below the state: municipality, county, larger town.
    regions : tuple of str or None
        ISO codes of the states it may lie in; None for any.
    country : str or None
        ISO code.
    notes : tuple of str
        What was repaired or assumed to understand it so.
    certainty : float
        Factor by which those assumptions lower the score.
    misspelt : bool
        True where a state was read from a name that is not quite its own.
    municipal : bool
        True where only a municipality or its seat can be meant.
    """

    place: Part
    outers: tuple[Part, ...]
    regions: tuple[str, ...] | None
    country: str | None
    notes: tuple[str, ...] = ()
    certainty: float = 1.0
    misspelt: bool = False
    municipal: bool = False

    @property
    def narrow(self) -> bool:
        """True when one state or something smaller is given."""
        return bool(self.outers) or (self.regions is not None and len(self.regions) == 1)

    @property
    def where(self) -> str:
        """The scope in words: "Coahuila", "Mexico", "Mexico, the United States or Canada"."""
        if self.regions:
            return " or ".join(REGIONS[code].name for code in self.regions)
        if self.country:
            return "the United States" if self.country == "US" else COUNTRIES[self.country]
        return "Mexico, the United States or Canada"


# "Mont Laurel" is Laurel, Montana, or a misspelt Mount Laurel.
_CUT_CERTAINTY = 0.9
# What stands before a town without being one: roads, streets, buildings.
_LANDMARK = re.compile(
    r"^(?:carretera|road|highway|hwy|autopista|libramiento|calle|avenida|av|ave|avenue|street|"
    r"boulevard|blvd|bulevar|calzada|fraccionamiento|fracc|barrio|neighborhood|hotel|"
    r"motel|bar|restaurante?|puente|bridge|airport|aeropuerto|mercado|plaza|"
    r"parque|park|hospital|escuela|penal|cereso|prison|interstate|us \d|mex \d)\b"
)


def state_of_mexico(parts: Sequence[Part]) -> bool:
    """True where "Méx." stands behind a place: the state's abbreviation before it is the country's.

    Without the accent it is as often English, for the country; behind another state it is the
    country's too.
    """
    if (
        len(parts) < 2
        or unicodedata.normalize("NFC", parts[-1].typed).casefold().strip(". ") != "méx"
    ):
        return False
    return len(parts) == 2 or not region_of(parts[-2], "MX")


def scopes(reading: Reading, country: str | None, given: tuple[str, ...] | None) -> Iterator[Scope]:
    """Every way to read the parts, likeliest first.

    Parameters
    ----------
    country, given
        Country and states that the caller named beside the text; they narrow every reading.
    """
    parts = list(reading.parts)
    if len(parts) > 2 and country_of(parts[0]) and region_of(parts[1], None):
        parts = [parts[0], *parts[:0:-1]][1:] + parts[:1]  # from the large to the small
    notes, regions = reading.notes, given
    if given is None and country in (None, "MX") and state_of_mexico(parts):
        yield Scope(parts[0], tuple(parts[1:-1]), ("MX-MEX",), "MX", notes, municipal=True)
    while len(parts) > 1:
        last = parts[-1]
        named, codes = country_of(last), region_of(last, country)
        # "CA" is California before it is Canada; "Mexico" is the country before the state.
        if named and country in (None, named) and (not codes or last.bare in ("mexico", "mex")):
            country = named
        elif codes and (given is None or set(codes) & set(given)):
            regions = tuple(code for code in codes if given is None or code in given)
        else:
            break
        parts.pop()
        if regions and given is None:
            break
    # "Villa Unión, northern Mexico, Coahuila": the country in the middle says nothing more.
    parts = [part for n, part in enumerate(parts) if n == 0 or not country_of(part)]
    if regions is None and len(parts) > 1:
        leading = region_of(parts[0], country)
        regions, parts = (leading, parts[1:]) if leading else (None, parts)
    place, outers = parts[0], tuple(parts[1:])
    if outers and regions and _LANDMARK.match(place.text):
        note = f"{place.text!r} was set aside as a road, street or building"
        yield Scope(outers[0], outers[1:], regions, country, (*notes, note), 0.8)
        return
    yield Scope(place, outers, regions, country, notes)
    if outers:
        # A comma inside a name: "Tezoatlán de Segura y Luna, Cuna de la Independencia".
        yield Scope(joined(parts), (), regions, country, notes)
    else:
        yield from _run_on(place, regions, country, notes)


def _run_on(
    place: Part, regions: tuple[str, ...] | None, country: str | None, notes: tuple[str, ...]
) -> Iterator[Scope]:
    """The state or country run on behind or before the name: "Janos Chihuahua"."""
    words = place.bare.split()
    if regions and len(regions) == 1 and regions == region_of(place, country):
        name = fold(REGIONS[regions[0]].name)  # "Chih., Chih."
        yield Scope(Part(name, name, place.wants), (), regions, country, notes)
    for size in range(min(5, len(words) - 1), 0, -1):
        head, tail = " ".join(words[:-size]), " ".join(words[-size:])
        rest = Part(head, head, place.wants, _typed(place, slice(-size)))
        named = country_code(tail)
        if named and country in (None, named) and (len(tail) > 2 or _ends_in_state(head, named)):
            yield from _run_on(rest, regions, named, notes)
            yield Scope(rest, (), regions, named, notes)
        codes = region_codes(tail, country)
        if regions is not None:
            codes = tuple(code for code in codes if code in regions)
        if codes:
            yield Scope(rest, (), codes, country, notes)
    for size in range(1, min(4, len(words))):
        codes = region_codes(" ".join(words[:size]), country)
        if codes and regions is None and len(words[0]) > 3:
            tail = " ".join(words[size:])
            rest = Part(tail, tail, place.wants, _typed(place, slice(size, None)))
            certainty = (
                1.0 if words[:size] == fold(REGIONS[codes[0]].name).split() else _CUT_CERTAINTY
            )
            yield Scope(rest, (), codes, country, notes, certainty)


def _ends_in_state(text: str, country: str) -> bool:
    """True for "tijuana bc": two letters behind a state are its country."""
    words = text.split()
    return len(words) > 1 and bool(region_codes(words[-1], country))


def joined(parts: Sequence[Part]) -> Part:
    """Parts as one name that has commas in it."""
    first, *rest = parts
    behind = "".join(f" {part.text}" for part in rest)
    shown = ", ".join(part.shown for part in parts)
    return Part(first.text + behind, first.bare + behind, first.wants, shown)


def states_behind(spelling: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Ways to read the end of a name as a state: what is left of it, and the states' codes."""
    words = spelling.split()
    for size in range(1, min(4, len(words))):
        codes = region_codes(" ".join(words[-size:]))
        if codes:
            yield " ".join(words[:-size]), codes


def _typed(part: Part, which: slice) -> str:
    """Some of the words of a part as they were typed, where typed and folded words agree."""
    words = part.typed.split()
    return " ".join(words[which]) if len(words) == len(part.bare.split()) else ""


def misspelt_regions(
    reading: Reading, country: str | None, given: tuple[str, ...] | None
) -> list[Scope]:
    """The last part read as a misspelt state: "Villa Union, Cohauila"."""
    parts = list(reading.parts)
    if len(parts) > 1 and country_of(parts[-1]):
        country = country or country_of(parts.pop())
    if given is not None or len(parts) < 2 or region_of(parts[-1], country):
        return []
    codes = resembling_region(parts[-1].bare, country)
    if not codes:
        return []
    notes = (*reading.notes, read_as(parts[-1], codes[0]))
    return [
        Scope(parts[0], tuple(parts[1:-1]), codes, country, notes, MISSPELT_REGION, misspelt=True)
    ]


def read_as(part: Part, code: str) -> str:
    """What a misspelt state was taken for, as a clause."""
    return f"fuzzy match: {part.shown!r} read as {REGIONS[code].name}"


@lru_cache(maxsize=1024)
def resembling_region(text: str, country: str | None) -> tuple[str, ...]:
    """The one state whose name is a slip away, or two in a long name; else empty."""
    known = region_spellings()
    if WILDCARD in text:
        pattern = lost_letters(text)
        spellings = [spelling for spelling in known if pattern.fullmatch(spelling)]
    else:
        limit = 0 if len(text) < 5 else 1 if len(text) < 7 else 2
        near = closest(text, [s for s in known if len(s) > 4], limit)
        # Two slips only in a long name: "Gurerro", and no "Nevaada".
        spellings = [s for s, slips in near if slips < 2 or len(s) > 7][:1]
    codes = {c for s in spellings for c in known[s] if country is None or c.startswith(country)}
    return tuple(codes) if len(codes) == 1 else ()


_SMALL = r"(?:(?:de|del|la|las|los|el|y) )*"


def initials(spelling: str) -> re.Pattern[str] | None:
    """What a name can be of which words are only initials; None where it has none.

    One letter behind a name tells quarters apart ("Ejido B"): it is no initial.

    Examples
    --------
    >>> bool(initials("san luis rc").fullmatch("san luis rio colorado"))
    True
    >>> bool(initials("p negras").fullmatch("piedras negras"))
    True
    """
    *words, last = spelling.split()
    if not words or not "".join((*words, last)).isalpha():
        return None
    several = len(last) in {2, 3} and max(map(len, words)) > 2
    if len(last) == 1 or not (several or 1 in map(len, words)):
        return None
    shapes = [f"{word}[a-z]+" if len(word) == 1 else word for word in words]
    shapes += [f"{letter}[a-z]+" for letter in last] if several else [last]
    return re.compile(f" {_SMALL}".join(shapes))


def cut_short(place: Part) -> re.Pattern[str] | None:
    """What a name can be of which only the beginning or the initials are left; None where it is whole.

    Examples
    --------
    >>> bool(cut_short(Part("tlaq", "tlaq", typed="Tlaq.")).fullmatch("tlaquepaque"))
    True
    >>> bool(cut_short(Part("la", "la", typed="LA")).fullmatch("los angeles"))
    True
    """
    word = place.bare
    if not (word.isascii() and word.isalpha()):
        return None
    if place.typed.isupper() and 2 <= len(word) <= 4:
        return re.compile(f" {_SMALL}".join(f"{letter}[a-z]+" for letter in word))
    if place.typed.endswith(".") and len(word) >= 3:
        return re.compile(f"{word}[a-z]+(?: .+)?")
    return None
