"""How well places fit a name: one hit for each thing meant, weighed, doubted, put into words.

The score of an answer is the share of such answers that are right. It was read off queries made from
the gazetteer's own names by seeded rules (`tests/corruptions.py`: capitals, lost accents,
abbreviations, slips, mojibake, the state before, behind, run on, misspelt or left out), every town as
likely as any other where the state is named. A place that alone has the name, as its own, was right in
all of 9,000 such answers; with one slip in all of 1,700. Where another town of the state has the name
too and one was preferred, 89 in 100 were: such an answer stays below 0.9 unless all others together
have less than a fiftieth of the people. `tests/test_geocoder.py` holds the scores to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bordermap.gazetteer import ALTERNATE, OWN, SHORT, Record, SqliteGazetteer
from bordermap.model import Match
from bordermap.names import REGIONS, key

__all__ = [
    "OWN_SCORE",
    "Hit",
    "Near",
    "bare_words",
    "base_score",
    "facts",
    "label",
    "listed",
    "outstanding",
    "related",
    "sole_town",
    "together",
    "told",
    "weighed",
]

# How much larger than the next place of its name a place must be to be meant without saying so:
# within a state, and in three countries at once.
RATIO_IN_STATE = 5.0
RATIO_ANYWHERE = 30.0
# Within a country that is named a city of many people is meant sooner: "Juarez, Mexico".
_RATIOS_IN_COUNTRY = ((1_000_000, 4.0), (200_000, 10.0))
LARGE = 50_000
# With so many others of its name a place that is no seat needs its state: "Ojo de Agua".
_MANY_OTHERS = 12
# What an answer scores by how the place has the name, and what each slip takes away.
OWN_SCORE = 0.99
_FORM_SCORE = {OWN: OWN_SCORE, ALTERNATE: 0.97, SHORT: 0.89}
_SLIP_SCORE = 0.06
# ... and by which it lowers where others have the name: none but small ones, or some of weight.
_LESSER, _LESSER_MISSPELT = 0.98, 0.95
_SHARED = (0.80, 0.09)
_ARTICLES = frozenset(("de", "del", "el", "la", "las", "los", "of", "the", "y"))
_EARTH_M = 6_371_008.8  # mean radius (IUGG)
# Within its state the seat of a municipality is what its name means; a capital all the more.
_RANK_WEIGHT = (1.0, 6.0, 20.0, 20.0)
# ... and the seat of the municipality of exactly that name more than any other.
_NAMESAKE_WEIGHT = 4.0
# A municipality without a seat of its name is a weak claim beside a town.
_AREA_PEOPLE = 2000.0
_FORM_WEIGHT = {OWN: 1.0, ALTERNATE: 0.4, SHORT: 0.2}
# A name on record that its town shares no word with is a former or a foreign one: it counts only
# where the town is that much larger than those that are called so.
_FORMER_SIZE = 2.0
# How sure such a name is where nothing else has it.
_FORMER_CERTAINTY = 0.91
# "El Paso" is on record for Colorado Springs too; nobody means it.
_UNRELATED_WEIGHT = 0.05
_FORM_WORDS = {OWN: "its own name", ALTERNATE: "another name of it", SHORT: "its name shortened"}
_FORM_NOUNS = {OWN: "its own too", ALTERNATE: "one of several", SHORT: "a short form"}
_RANK_WORDS = ("", "the seat of its municipality", "the state capital", "the national capital")
# Words that say nothing about whether two names are of one origin.
_COMMON = frozenset(
    (
        "el",
        "la",
        "los",
        "las",
        "de",
        "del",
        "san",
        "santa",
        "santo",
        "villa",
        "ciudad",
        "colonia",
        "ejido",
        "pueblo",
        "nuevo",
        "nueva",
        "rancho",
        "general",
    )
)


class Hit(NamedTuple):
    """A record that answers to a name, and how.

    Attributes
    ----------
    reason : str
        Why it answers, as a clause.
    distance : int
        How many slips lie between the name asked for and the one on record.
    namesake : bool
        True for a municipality of exactly the name asked for, or its seat standing for it.
    weight : float
        How likely it is meant, relative to the other hits of the same query.
    near : bool
        True where what was given as near sets it apart.
    torn : bool
        True where of several such none is chosen: a name cut to initials, or as near to others.
    certainty : float
        Factor by which what was set aside or assumed to find it lowers the score.
    asked : str
        The key that it was found by.
    """

    record: Record
    reason: str = _FORM_WORDS[OWN]
    distance: int = 0
    namesake: bool = False
    weight: float = 0.0
    near: bool = False
    torn: bool = False
    certainty: float = 1.0
    asked: str = ""

    @property
    def match(self) -> Match:
        """How the query met the name, as `Place.match` has it."""
        if self.distance:
            return "fuzzy"
        return "exact" if self.record.form == OWN else "alternate"

    @property
    def people(self) -> int:
        """Population; 0 where none is on record."""
        return self.record.population or 0


@dataclass(frozen=True)
class Near:
    """Something that the place meant lies near to.

    Attributes
    ----------
    label : str
        What a message calls it: "the point given", "the US border".
    metres : callable
        (lon, lat) to the distance from it, in metres.
    reach_m : float
        How far away a place still counts as near.
    """

    label: str
    metres: Callable[[float, float], float]
    reach_m: float = 100_000.0

    @classmethod
    def point(cls, lon: float, lat: float, label: str = "the point given") -> Near:
        """A point; distances on the sphere, to within half a percent.

        Examples
        --------
        >>> round(Near.point(-100.73, 28.22).metres(-100.73, 29.22) / 1000)
        111
        """

        def metres(to_lon: float, to_lat: float) -> float:
            one, other = math.radians(lat), math.radians(to_lat)
            half = math.sin(math.radians(to_lon - lon) / 2) ** 2 * math.cos(one) * math.cos(other)
            half += math.sin((other - one) / 2) ** 2
            return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))

        return cls(label, metres)


def together(gazetteer: SqliteGazetteer, records: Sequence[Record], wants: str) -> list[Hit]:
    """One hit for each thing meant: a municipality and its seat of the same name are one.

    Parameters
    ----------
    wants : str
        "municipality" when the query asks for one in so many words.
    """
    towns = {record.number: record for record in records if record.kind == "town"}
    hits = []
    for record in records:
        if record.kind == "town":
            continue
        if wants == "municipality":
            hits.append(Hit(record, "the municipality asked for"))
        elif record.seat in towns:
            # The seat answers to the municipality's name at least as well as to its own.
            seat = towns[record.seat]
            if record.form < seat.form:
                towns[record.seat] = seat._replace(form=max(record.form, ALTERNATE))
        elif not any(t.area == record.area and t.form <= record.form for t in towns.values()):
            hits.append(_municipality_or_seat(gazetteer, record))
    named = {r.area for r in records if r.kind == "municipality" and r.form == OWN}
    of_towns = [
        Hit(town, _FORM_WORDS[town.form], namesake=town.number == town.seat and town.area in named)
        for town in towns.values()
    ]
    return of_towns + hits


def sole_town(records: Sequence[Record]) -> Record | None:
    """The one town among records that bears its own name, with at most the area it is the seat of."""
    town, *others = records
    if others:
        towns = [record for record in records if record.kind == "town"]
        if len(towns) != 1:
            return None
        town = towns[0]
        if any(record.seat != town.number for record in records if record is not town):
            return None
    return town if town.kind == "town" and town.form == OWN else None


def _municipality_or_seat(gazetteer: SqliteGazetteer, record: Record) -> Hit:
    """Jiménez, Chihuahua is its seat José Mariano Jiménez; Centro, Tabasco is no town."""
    if record.kind == "county":
        return Hit(record, "the county of that name")
    seat = gazetteer.get(record.seat) if record.seat else None
    namesake = record.form == OWN
    if seat is None or not _named_after(seat.name, record.name):
        return Hit(record, f"the {record.kind} of that name", namesake=namesake)
    reason = f"the seat of the municipality of {record.name}"
    return Hit(seat._replace(form=max(record.form, ALTERNATE)), reason, namesake=namesake)


def _named_after(town: str, area: str) -> bool:
    town_words, area_words = set(key(town).split()), set(key(area).split())
    return area_words - _COMMON <= town_words or town_words <= area_words


def related(one: str, other: str) -> bool:
    """True when two names share a word that is not on every other map."""
    return bool((set(key(one).split()) & set(key(other).split())) - _COMMON)


def weighed(hits: Sequence[Hit], spelling: str, *, narrow: bool) -> list[Hit]:
    """Hits by weight, heaviest first; `narrow` where the query names the state."""
    ordered = sorted(
        (
            hit._replace(weight=_weight(hit, spelling, narrow=narrow), asked=hit.asked or spelling)
            for hit in hits
        ),
        key=lambda hit: (-hit.weight, hit.record.number),
    )
    ordered = _current(ordered, spelling, narrow=narrow)
    kept: list[Hit] = []
    for hit in ordered:
        if not any(_quarter(hit.record, other.record) for other in kept):
            kept.append(hit)
    return kept


def _current(hits: Sequence[Hit], spelling: str, *, narrow: bool) -> list[Hit]:
    """Without towns that once bore a name, where one as large bears it now.

    Vicksburg, Mississippi, has Nogales on record for the fort that it grew from. Within a state
    size does not matter: Newtown, Connecticut, is not Hartford, which once was called so.
    """
    bearers = [hit.people for hit in hits if hit.record.form == OWN and hit.record.kind == "town"]
    if not bearers:
        return list(hits)
    most = math.inf if narrow else _FORMER_SIZE * max(bearers)
    return [
        hit
        for hit in hits
        if hit.record.form == OWN
        or hit.namesake
        or hit.people > most
        or related(spelling, hit.record.name)
    ]


def _quarter(record: Record, town: Record) -> bool:
    """True for a part of a larger town: within its radius and a tenth of its size at most."""
    if record.kind != "town" or town.kind != "town" or record.area != town.area:
        return False
    if 10 * (record.population or 0) > (town.population or 0):
        return False
    north = (record.lat - town.lat) * 111_200.0
    east = (record.lon - town.lon) * 111_200.0 * math.cos(math.radians(town.lat))
    return math.hypot(north, east) < town.radius_m


def _weight(hit: Hit, spelling: str, *, narrow: bool) -> float:
    record = hit.record
    people = float(record.population or 300) if record.kind == "town" else _AREA_PEOPLE
    weight = people * _FORM_WEIGHT[record.form]
    if not narrow and record.form == ALTERNATE and not related(spelling, record.name):
        weight *= _UNRELATED_WEIGHT
    if narrow:
        weight *= _RANK_WEIGHT[record.rank] * (_NAMESAKE_WEIGHT if hit.namesake else 1.0)
    return weight


def _people(hit: Hit) -> float:
    """Population, less of it where the place has the name by another form of its own."""
    people = max(hit.people, 1) if hit.record.kind == "town" else _AREA_PEOPLE
    return people * _FORM_WEIGHT[hit.record.form]


def base_score(hit: Hit, hits: Sequence[Hit]) -> float:
    """How often an answer of its kind is right: by form, slips and who else has the name."""
    score = _FORM_SCORE[hit.record.form] - _SLIP_SCORE * hit.distance
    score *= hit.certainty * _FORMER_CERTAINTY if former(hit) else hit.certainty
    if len(hits) < 2 or hit.near:
        return score
    share = _people(hit) / sum(map(_people, hits))
    if share >= _LESSER:
        return score * (_LESSER if not hit.distance else _LESSER_MISSPELT)
    least, more = _SHARED
    return score * (least + more * min(share, 1.0))


def _ratio(top: Hit, within: str | None) -> float:
    """How much weightier than the next a place must be where no state is named."""
    if within == top.record.country:
        for people, ratio in _RATIOS_IN_COUNTRY:
            if top.people >= people:
                return ratio
    return RATIO_ANYWHERE


def outstanding(
    hits: Sequence[Hit], spelling: str, *, narrow: bool, wants: str = "", within: str | None = None
) -> Hit | None:
    """The hit among weighed ones that stands out from the others, with the reason.

    Parameters
    ----------
    narrow : bool
        True where the query names the state.
    wants : str
        "municipality" or "town" where the query asks for one in so many words.
    within : str, optional
        The country that the query names.
    """
    top, *others = hits
    if not others:
        return top if narrow or _distinctive(top, spelling) else None
    if narrow and not top.torn:
        official = [hit for hit in hits if hit.namesake and not hit.distance]
        official = _own_of_area(official, hits)
        if len(official) == 1 and (wants != "town" or official[0].record.kind == "town"):
            # Two seats of one name: "Zapotitlán, Puebla" is that of Zapotitlán de Méndez too.
            rivals = [] if wants == "municipality" else _others(official[0], hits)
            return None if any(map(_seat_called_so, rivals)) else _official(official[0], hits)
    ratio = top.weight / max(others[0].weight, 1.0)
    if ratio < (RATIO_IN_STATE if narrow else _ratio(top, within)):
        return None
    if top.torn or (not narrow and (top.people < LARGE or _one_of_many(top, others))):
        return None
    # A shortened name does not beat a town that is called just so, nor a former one, with no state,
    # others that have it too.
    shortened = top.record.form == SHORT and any(map(_called_so, others))
    shortened = (shortened or (not narrow and former(top))) and not top.namesake
    # A municipality of exactly this name, or another seat, is not passed over in silence.
    serious = any(h.namesake or (h.record.form == OWN and h.record.rank) for h in others)
    borrowed = top.record.form != OWN and not top.namesake
    if shortened or (narrow and serious and (borrowed or ratio < RATIO_ANYWHERE)):
        return None
    return top._replace(reason=f"{top.reason}; {_standing(top, others[0])}")


def _others(top: Hit, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that lie in another municipality."""
    return [hit for hit in hits if hit.record.area != top.record.area]


def _seat_called_so(hit: Hit) -> bool:
    return _called_so(hit) and hit.record.number == hit.record.seat


def _one_of_many(top: Hit, others: Sequence[Hit]) -> bool:
    """True for a part of a Mexican municipality, where villages all over the country share its name."""
    return top.record.country == "MX" and not top.record.rank and len(others) >= _MANY_OTHERS


def _called_so(hit: Hit) -> bool:
    return hit.record.form == OWN and hit.record.kind == "town" and not hit.distance


def _own_of_area(official: list[Hit], hits: Sequence[Hit]) -> list[Hit]:
    """The town of its own name in the municipality of that name, before a seat that is called else."""
    if len(official) != 1 or official[0].record.form == OWN:
        return official
    own = [h for h in hits if _called_so(h) and h.record.area == official[0].record.area]
    return [own[0]._replace(namesake=True)] if len(own) == 1 else official


def _official(hit: Hit, hits: Sequence[Hit]) -> Hit:
    """The one municipality of exactly the name asked for: villages elsewhere only share it."""
    others = [told(other.record) for other in hits if other is not hit]
    own = hit.reason.startswith("the ")
    seat = hit.record.number == hit.record.seat
    area = "the municipality of which it is the seat" if seat else "its municipality"
    what = hit.reason if own else f"{hit.reason}, and that of {area}"
    return hit._replace(reason=f"{what}; not {listed(others, 'or', most=2)}")


def _distinctive(hit: Hit, spelling: str) -> bool:
    """True when a name found once, with no state given, can be taken for that place."""
    record = hit.record
    if record.kind != "town":
        return True
    if record.form == ALTERNATE and not hit.namesake and not related(spelling, record.name):
        return hit.people >= LARGE
    if hit.distance:
        return hit.people >= LARGE or (hit.people >= 5000 and hit.distance == 1)
    if record.form == SHORT:
        return hit.people >= LARGE
    seat = record.rank > (0 if record.country == "MX" or hit.people >= 1000 else 1)
    return hit.people >= 5000 or seat or len(record.name) >= 12


def former(hit: Hit) -> bool:
    """True where a town has the name as another on record, with no word of its own in it."""
    record = hit.record
    return (
        record.form == ALTERNATE
        and not hit.namesake
        and hit.reason.startswith(_FORM_WORDS[ALTERNATE])
        and not related(hit.asked or record.name, record.name)
    )


def bare_words(name: str) -> list[str]:
    """The words of a name without "de" and "la"."""
    return [word for word in name.split() if word not in _ARTICLES]


def _standing(top: Hit, second: Hit) -> str:
    """Why the first and not the second, in words."""
    if second.people and top.people / second.people >= 2:
        return f"{top.people / second.people:,.0f} times the population of {label(second.record)}"
    if top.record.rank > second.record.rank:
        return f"{_RANK_WORDS[top.record.rank]}, unlike {label(second.record)}"
    return f"likelier than {label(second.record)}, which has the name as {_FORM_NOUNS[second.record.form]}"


# ---------------------------------------------------------------- words


def label(record: Record) -> str:
    """Name and state: "Villa Unión, Coahuila"."""
    region = REGIONS[record.region].name if record.region else ""
    return ", ".join(filter(None, (record.name, region)))


def told(record: Record) -> str:
    """A place with what tells it apart from its namesakes."""
    words = [record.area_name] if record.area_name and record.kind == "town" else []
    if record.kind != "town":
        words.append(record.kind)
    if record.population:
        words.append(f"{record.population:,} people")
    if border := _border_words(record):
        words.append(border)
    return f"{label(record)} ({', '.join(words)})" if words else label(record)


def facts(record: Record) -> str:
    """What tells a place apart: municipality, population, distance from the border."""
    where = f"in {record.area_name}" if record.area_name and record.kind == "town" else ""
    people = f"{record.population:,} people" if record.population else ""
    return ", ".join(filter(None, (where, people, _border_words(record))))


def _border_words(record: Record) -> str:
    """How far from the nearer border of the US, or nothing where that is not on record."""
    if not record.border:
        return ""
    line = "US–Mexico" if record.border > 0 else "US–Canada"
    km = abs(record.border) / 10
    return (
        f"{km:,.1f} km from the {line} border"
        if km < 100
        else f"{km:,.0f} km from the {line} border"
    )


def listed(words: Sequence[str], joint: str = "and", most: int = 5) -> str:
    """Words as a list in a sentence, the first few of many."""
    shown = list(words[:most])
    if len(words) > most:
        shown.append(f"{len(words) - most} more")
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {joint} {shown[-1]}"
