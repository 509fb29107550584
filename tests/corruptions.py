"""Place queries made from the gazetteer's own names by seeded rules, with the place that each means.

The rules know nothing of how names are looked up or weighed. A town is drawn with the state beside it
whatever its size, and alone or with only its country as often as it is likely to be written about, by
its population.
"""

from __future__ import annotations

import random
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bordermap.names import COUNTRIES, REGIONS

GAZETTEER = Path(__file__).parents[1] / "shapefiles" / "gazetteer.sqlite"

SHORT = {
    "Coahuila": "Coah.", "Chihuahua": "Chih.", "Sonora": "Son.", "Tamaulipas": "Tamps.",
    "Nuevo León": "N.L.", "Baja California": "B.C.", "Durango": "Dgo.", "Sinaloa": "Sin.",
    "Estado de México": "Edo. Méx.", "Guerrero": "Gro.", "Jalisco": "Jal.", "Oaxaca": "Oax.",
    "Puebla": "Pue.", "Veracruz": "Ver.", "Michoacán": "Mich.", "San Luis Potosí": "S.L.P.",
    "Texas": "TX", "California": "Calif.", "Arizona": "Ariz.", "New Mexico": "N.M.",
    "Ontario": "Ont.", "Saskatchewan": "Sask.", "Washington": "Wash.", "New York": "N.Y.",
}  # fmt: skip
WORDS = {
    "Ciudad": "Cd.", "General": "Gral.", "Nuevo": "Nvo.", "Nueva": "Nva.", "Santa": "Sta.",
    "Santo": "Sto.", "Puerto": "Pto.", "Francisco": "Fco.", "Colonia": "Col.", "Ejido": "Ej.",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A query, the rule that made it, and the point and municipality of the place it means."""

    query: str
    rule: str
    lon: float
    lat: float
    area: str | None


@dataclass(frozen=True)
class _Town:
    name: str
    lon: float
    lat: float
    country: str
    state: str
    people: int
    area: str | None


def slip(text: str, luck: random.Random) -> str:
    """The text with a letter swapped, dropped, doubled or replaced, not the first."""
    at = luck.randrange(1, len(text))
    kind = luck.randrange(4)
    if kind == 0 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + luck.choice("aeinorstlm") + text[at + 1 :]
    return text[: at + 1] + text[at:]


def _plain(text: str) -> str:
    marks = unicodedata.normalize("NFD", text)
    return "".join(c for c in marks if not unicodedata.combining(c))


def _abbreviated(text: str) -> str:
    return " ".join(WORDS.get(word, word) for word in text.split())


# Rule → (by population, how it writes a town down; "" where it cannot).
RULES: dict[str, tuple[bool, Callable[[_Town, random.Random], str]]] = {
    "name, state": (False, lambda t, _: f"{t.name}, {t.state}"),
    "no accents, capitals": (False, lambda t, _: _plain(f"{t.name}, {t.state}").upper()),
    "decomposed": (False, lambda t, _: unicodedata.normalize("NFD", f"{t.name}, {t.state}")),
    "state shortened": (
        False,
        lambda t, _: f"{_abbreviated(t.name)}, {SHORT[t.state]}" if t.state in SHORT else "",
    ),
    "state first": (False, lambda t, _: f"{t.state}: {t.name}"),
    "state run on": (False, lambda t, _: f"{_plain(t.name)} {t.state}".lower()),
    "in a sentence": (
        False,
        lambda t, _: f"the town of {t.name}, in the northern state of {t.state}",
    ),
    "three parts": (False, lambda t, _: f"{t.name}, {t.area}, {t.state}" if t.area else ""),
    "with its country": (False, lambda t, _: f"{t.name}, {t.state}, {COUNTRIES[t.country]}"),
    "a slip": (
        False,
        lambda t, luck: f"{slip(t.name, luck)}, {t.state}" if len(t.name) > 5 else "",
    ),
    "two slips": (
        False,
        lambda t, luck: f"{slip(slip(t.name, luck), luck)}, {t.state}" if len(t.name) > 9 else "",
    ),
    "a slip in the state": (
        False,
        lambda t, luck: f"{t.name}, {slip(t.state, luck)}" if len(t.state) > 5 else "",
    ),
    "mojibake": (
        False,
        lambda t, _: f"{t.name}, {t.state}".encode().decode("cp1252", errors="replace"),
    ),
    "alone": (True, lambda t, _: t.name),
    "country only": (True, lambda t, _: f"{t.name}, {COUNTRIES[t.country]}"),
    "alone, a slip": (True, lambda t, luck: slip(t.name, luck) if len(t.name) > 6 else ""),
}


def towns() -> list[_Town]:
    """Every town of the shipped gazetteer."""
    with sqlite3.connect(f"file:{GAZETTEER}?mode=ro", uri=True) as base:
        rows = base.execute(
            "SELECT p.name, p.lon / 1e5, p.lat / 1e5, p.country, p.region, "
            "IFNULL(p.population, 0), a.name FROM place p LEFT JOIN area a ON a.id = p.area "
            "WHERE p.kind = 'town' ORDER BY p.id"
        ).fetchall()
    return [
        _Town(name, lon, lat, country, REGIONS[region].name, people, area)
        for name, lon, lat, country, region, people, area in rows
    ]


def cases(count: int, seed: int = 20191130) -> Iterator[Case]:
    """About `count` queries, as many by each rule; the same seed gives the same."""
    luck = random.Random(seed)  # noqa: S311
    known = towns()
    weights = [town.people for town in known]
    each = count // len(RULES)
    for rule, (by_people, write) in RULES.items():
        drawn = (
            luck.choices(known, weights=weights, k=each) if by_people else luck.sample(known, each)
        )
        for town in drawn:
            query = write(town, luck)
            if query:
                yield Case(query, rule, town.lon, town.lat, town.area)
