"""A state or a country with nothing else to it: answered as what it is, not as a town.

Where a city bears the state's name too, neither is chosen in silence.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bordermap._geocoder import ranking
from bordermap._geocoder.query import Part, country_of, region_of
from bordermap._geocoder.ranking import listed, told
from bordermap._geocoder.scope import state_of_mexico
from bordermap.errors import AmbiguousPlaceError, PlaceNotFoundError
from bordermap.gazetteer import OWN, SHORT, Record, SqliteGazetteer
from bordermap.model import Place
from bordermap.names import COUNTRIES, REGIONS, country_code, key

__all__ = ["Areas"]

# Cities that are a federal entity of their own: the name of the one is that of the other.
_CITY_STATES = {"MX-CMX": "ciudad de mexico", "US-DC": "washington"}
# How large a city must be to be meant by the name of a state: elsewhere, and in that state.
_NAMESAKE_CITY = 500_000
_NAMESAKE_IN_STATE = 100_000
# How sure a state is of which only a part was named.
_PART_CERTAINTY = 0.8
_EMPTY = frozenset((
    "at", "de", "del", "el", "en", "estado", "from", "in", "inside", "la", "los", "of", "state", "the",
    "within",
))  # fmt: skip


class Areas:
    """The states and countries that one query can name.

    Parameters
    ----------
    query : str
        As it was asked, for messages.
    """

    def __init__(self, query: str, gazetteer: SqliteGazetteer) -> None:
        self.query = query
        self.gazetteer = gazetteer

    def alone(
        self, parts: Sequence[Part], country: str | None, regions: tuple[str, ...] | None
    ) -> Place | None:
        """The state or country, when the query names nothing else."""
        first, rest = parts[0], parts[1:]
        if regions is None and len(rest) == 1 and _same_state(first, rest[0], country):
            regions, rest = region_of(rest[0], country), ()  # "Sonora, Sonora"
        within = country_of(rest[0]) if rest else country
        town = first.wants in {"municipality", "town"}
        if regions and not (rest or town) and set(region_of(first, within)) & set(regions):
            # With a state beside it "Chihuahua" is the city, "Sinaloa state" is not Sinaloa de
            # Leyva, and "Coahuila" is the state because no town of it has the name.
            said = first.wants == "state" or first.text.endswith((" state", " estado"))
            names = (*first.names, REGIONS[regions[0]].name)  # "S.L.P., S.L.P."
            if said or not any(self.gazetteer.find(key(name), regions) for name in names):
                return self._area(regions[0], part=first)
        # With more parts a state is one of them; "Ontario, CA" is in California.
        if (
            regions
            or town
            or len(rest) > 1
            or (rest and not within)
            or (rest and country not in {None, within})
            or (rest and country is None and self._in_california(first, rest[0]))
        ):
            return None
        codes = region_of(first, within)
        own = None if rest else self._country(first, codes, country)
        if own:
            return self._area(own, part=first)
        return self._state(codes, parts, country or within) if codes else None

    def _country(self, part: Part, codes: Sequence[str], country: str | None) -> str | None:
        """The country that a part by itself names, as an ISO code."""
        # "Northern Mexico" is no part of the State of Mexico.
        side = not codes or (part.text != part.bare and part.wants != "state")
        own = country_of(part) if side else country_code(part.text)
        if own is None or country not in {None, own}:
            return None
        if own != "MX" and codes:
            raise AmbiguousPlaceError(
                f"{self.query!r} may be {REGIONS[codes[0]].name} or {COUNTRIES[own]}: write it out",
                query=self.query,
                candidates=[self._area(codes[0], 0.5), self._area(own, 0.5)],
            )
        return own

    def _state(self, codes: Sequence[str], parts: Sequence[Part], country: str | None) -> Place:
        """The one state that a name by itself means."""
        if codes[0] in _CITY_STATES:
            return self._city_state(codes[0])
        if len(codes) > 1:
            raise AmbiguousPlaceError(
                f"{self.query!r} stands for {listed([REGIONS[c].name for c in codes], 'or')}: "
                "add the country",
                query=self.query,
                candidates=[self._area(code, 0.5) for code in codes],
            )
        self._refuse_namesake(codes[0], parts, country)
        return self._area(codes[0], part=parts[0])

    def named(self, country: str | None, regions: tuple[str, ...] | None) -> Place:
        """The state or the country that is given by itself, in an argument."""
        if regions and len(regions) > 1:
            raise AmbiguousPlaceError(
                f"{listed([REGIONS[c].name for c in regions], 'or')} may be meant: add the country",
                query=self.query,
                candidates=[self._area(code, 0.5) for code in regions],
            )
        return self._area(regions[0] if regions else country or "")

    def _area(self, code: str, score: float = 0.95, part: Part | None = None) -> Place:
        record = self.gazetteer.region(code)
        if record is None:
            raise PlaceNotFoundError(f"the gazetteer has no {code}", query=self.query)
        reason = f"the whole {record.kind}: the point stands for its middle"
        if part and (aside := _aside(part)):
            reason, score = f"{reason}; {aside!r} was set aside", score * _PART_CERTAINTY
        return record.place(self.gazetteer.source, "exact", score, reason)

    def _city_state(self, code: str) -> Place:
        found = self.gazetteer.find(_CITY_STATES[code], (code,))
        city = max(found, key=lambda record: record.population or 0)
        reason = "the city that is a federal entity of its own"
        return city.place(self.gazetteer.source, "exact", 0.98, reason)

    def _towns(self, part: Part, regions: Collection[str] | None) -> list[Record]:
        """Towns that answer to a part, not by a short name only."""
        found = self.gazetteer.find(key(part.bare), regions)
        return [record for record in found if record.kind == "town" and record.form != SHORT]

    def _in_california(self, part: Part, last: Part) -> bool:
        return last.bare == "ca" and bool(self._towns(part, ("US-CA",)))

    def _refuse_namesake(self, code: str, parts: Sequence[Part], country: str | None) -> None:
        """Ambiguous where a city bears the state's name too: New York, Washington, Puebla.

        In the state itself its capital and any city of weight, elsewhere only a great one, and by
        its own name.
        """
        state, first = REGIONS[code], parts[0]
        if first.wants or first.text.endswith((" state", " estado", " province")):
            return
        rivals = []
        for record in self._towns(first, None):
            people = record.population or 0
            if country not in (None, record.country):
                continue
            if record.region == code and ranking.related(first.bare, record.name):
                great = record.rank > 1 or people >= _NAMESAKE_IN_STATE
            else:
                great = record.form == OWN and people >= _NAMESAKE_CITY
            if great:
                rivals.append(record)
        rivals.sort(key=lambda record: -(record.population or 0))
        if state_of_mexico(parts):
            found = self.gazetteer.find(key(first.bare), ("MX-MEX",))
            rivals += [r for r in found if r.kind == "municipality" and r.form == OWN]
        if not rivals:
            return
        kinds = ["city" if record.kind == "town" else record.kind for record in rivals]
        cities = [
            record.place(self.gazetteer.source, "exact", 0.5, f"the {what} of that name")
            for record, what in zip(rivals, kinds, strict=True)
        ]
        kind = "province" if state.country == "CA" else "state"
        raise AmbiguousPlaceError(
            f"{self.query!r} may be the {kind} or {listed([told(r) for r in rivals], 'or')}: write "
            f"'{first.shown}, {REGIONS[rivals[0].region or code].name}' for the {kinds[0]}, "
            f"'{state.name} {kind}' for the {kind}",
            query=self.query,
            candidates=[*cities, self._area(code, 0.5)],
        )


def _aside(part: Part) -> str:
    """Words beside the name of a state that say which part of it: "northern", "frontera de"."""
    if part.wants:
        return ""
    words = part.text.removesuffix(part.bare).split()
    return " ".join(words) if not _EMPTY.issuperset(words) else ""


def _same_state(one: Part, other: Part, country: str | None) -> bool:
    return bool(set(region_of(one, country)) & set(region_of(other, country)))
