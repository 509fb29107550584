"""One query on its way to a place: read, looked up, weighed, named or refused.

Each way of reading the query is tried in turn. What is found decides; when nothing is, the reasons
that explain why are tried from the surest to the vaguest: abroad, unlisted, contradictory, misspelt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from bordermap import notation, ranking
from bordermap import query as _query
from bordermap.errors import AmbiguousPlaceError, PlaceNotFoundError
from bordermap.gazetteer import ALTERNATE, OWN, SHORT, Record, SqliteGazetteer
from bordermap.model import Match, Place
from bordermap.names import COUNTRIES, REGIONS, country_code, key
from bordermap.query import WILDCARD, Part, Scope, region_of
from bordermap.ranking import Hit, label, listed, told
from bordermap.spelling import Spellings, typo_limit

__all__ = ["Search"]

# A city abroad is meant less often in a text about these three countries, but Paris is not Texan.
_ABROAD_WEIGHT = 0.5
# Cities that are a federal entity of their own: the name of the one is that of the other.
_CITY_STATES = {"MX-CMX": "ciudad de mexico", "US-DC": "washington"}
# How large a city must be to be meant by the name of a state: elsewhere, and in that state.
_NAMESAKE_CITY = 500_000
_NAMESAKE_IN_STATE = 100_000
_OWN_SCORE = 0.99
_FORM_SCORE = {OWN: _OWN_SCORE, ALTERNATE: 0.97, SHORT: 0.93}


class Search:
    """One query on its way to a place."""

    notes: tuple[str, ...] = ()
    where = ""
    certainty = 1.0
    misspelt = False
    slip = ""

    def __init__(
        self, query: str, country: str | None, admin1: str | None, gazetteer: SqliteGazetteer
    ) -> None:
        self.query = query
        self.country = country
        self.admin1 = admin1
        self.gazetteer = gazetteer
        self.hits: Sequence[Hit] = ()

    def place(self) -> Place:
        """The place meant, or a `GeocodeError` that says why there is none."""
        return self._plain() or self._any()

    def _plain(self) -> Place | None:
        """The answer to "name, state" where nothing needs to be taken apart, as in most queries."""
        if self.country is not None:
            return None
        if self.admin1:
            name, code = self.query, _query.plain_region(self.admin1)
        else:
            name, _, state = self.query.partition(",")
            code = _query.plain_region(state)
        whole = _query.plain_name(name) if code else ""
        if not whole:
            return None
        spelling = key(whole)
        records = self.gazetteer.find(spelling, (code,))
        if not records:
            return None
        town = ranking.sole_town(records)
        if town is not None and not ranking.doubt(self.gazetteer, Hit(town), spelling):
            reason = f"{Hit(town).reason}, the only one on record in {REGIONS[code].name}"
            return town.place(self.gazetteer.source, "exact", _OWN_SCORE, reason)
        hits = ranking.together(self.gazetteer, records, "")
        return self._decide(Scope(Part(whole, whole, "", name.strip()), (), (code,), None), hits)

    def _any(self) -> Place:
        """The answer to any query."""
        found = notation.read(self.query)
        if isinstance(found, str):
            raise self._not_found(f"{self.query!r} is no place on Earth: {found}")
        if found is not None:
            from bordermap.areas import point  # what only a point needs: outlines, and numpy

            return point(*found, self.gazetteer)
        reading = _query.read(self.query)
        if not reading.parts:
            raise self._not_found(f"{self.query!r} names no place")
        country, regions = self._given()
        alone = self._area_alone(reading.parts, country, regions)
        if alone is not None:
            return alone
        ways: list[Scope] = []
        answer = self._first_exact(_kept(_query.scopes(reading, country, regions), ways))
        if answer is None:
            self._refuse_abroad(reading.parts, country, regions)
            self._refuse_unlisted(ways)
            ways = [scope for scope in ways if not scope.municipal]
            ways = [*_query.misspelt_regions(reading, country, regions), *ways]
            answer = self._first_exact(ways)
        if answer is not None:
            return answer
        self._refuse_contradiction(reading.parts, country, regions, ways)
        for scope in ways:
            hits = self._fuzzy(scope)
            if hits:
                return self._decide(scope, hits)
        raise self._unknown(ways[-1] if len(ways) > 1 and not ways[0].regions else ways[0])

    def suggestions(self, score: float | None = None) -> list[Place]:
        """What was weighed, as places; each with the score, where one is given."""
        return [self._as_place(hit, sure=False, score=score) for hit in self.hits]

    def _first_exact(self, ways: Iterable[Scope]) -> Place | None:
        for scope in ways:
            hits = self._exact(scope)
            if scope.municipal and not scope.outers:
                hits = [hit for hit in hits if hit.namesake or hit.record.rank]
            if hits:
                return self._decide(scope, hits)
        return None

    def _given(self) -> tuple[str | None, tuple[str, ...] | None]:
        """The arguments `country` and `admin1` as codes."""
        country = None
        if self.country and self.country.strip():
            country = country_code(self.country)
            if country is None:
                raise self._not_found(
                    "the gazetteer covers Mexico, the United States and Canada, not "
                    f"{self.country!r}"
                )
        parts = _query.read(self.admin1).parts if self.admin1 else ()
        if not parts:
            return country, None
        regions = region_of(parts[0], country)
        if regions:
            return country, regions
        regions = _query.resembling_region(parts[0].bare, country)
        if regions:
            self.slip = _query.read_as(parts[0], regions[0])
            return country, regions
        if country_code(parts[0].bare) in ("MX", "US", "CA") and country is None:
            return country_code(parts[0].bare), None
        raise self._not_found(
            f"{self.admin1!r} is no state or province of {Scope(parts[0], (), None, country).where}"
        )

    # ---- states and countries alone

    def _area_alone(
        self, parts: Sequence[Part], country: str | None, regions: tuple[str, ...] | None
    ) -> Place | None:
        """The state or country, when the query names nothing else."""
        first, rest = parts[0], parts[1:]
        within = country_code(rest[0].bare) if rest else country
        if regions and not rest and set(region_of(first, within)) & set(regions):
            # With a state beside it "Chihuahua" is the city, "Sinaloa state" is not Sinaloa de
            # Leyva, and "Coahuila" is the state because no town of it has the name.
            said = first.wants == "state" or first.text.endswith((" state", " estado"))
            if said or not self.gazetteer.find(key(first.bare), regions):
                return self._area(regions[0])
        # With more parts a state is one of them; "Ontario, CA" is in California.
        if (
            regions
            or first.wants in {"municipality", "town"}
            or len(rest) > 1
            or (rest and not within)
            or (rest and country not in {None, within})
            or (rest and country is None and self._in_california(first, rest[0]))
        ):
            return None
        own = country_code(first.text)
        codes = region_of(first, within)
        if own and not rest and country in (None, own):
            if own != "MX" and codes:
                raise AmbiguousPlaceError(
                    f"{self.query!r} may be {REGIONS[codes[0]].name} or {COUNTRIES[own]}: write it out",
                    query=self.query,
                    candidates=[self._area(codes[0], 0.5), self._area(own, 0.5)],
                )
            return self._area(own)
        if not codes:
            own = country_code(first.bare)
            return self._area(own) if own and not rest and country in (None, own) else None
        if codes[0] in _CITY_STATES:
            return self._city_state(codes[0])
        if len(codes) > 1:
            raise AmbiguousPlaceError(
                f"{self.query!r} stands for {listed([REGIONS[c].name for c in codes], 'or')}: "
                "add the country",
                query=self.query,
                candidates=[self._area(code, 0.5) for code in codes],
            )
        self._refuse_namesake(codes[0], parts, country or within)
        return self._area(codes[0])

    def _area(self, code: str, score: float = 0.95) -> Place:
        record = self.gazetteer.region(code)
        if record is None:
            raise self._not_found(f"the gazetteer has no {code}")
        reason = f"the whole {record.kind}: the point stands for its middle"
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
        if _query.state_of_mexico(parts):
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

    # ---- looking up

    def _exact(self, scope: Scope) -> list[Hit]:
        """Records under the name as written, else as unwrapped, within the scope."""
        for text in dict.fromkeys((scope.place.text, scope.place.bare)):
            spelling = key(text)
            wants = scope.place.wants if text == scope.place.bare else ""
            lost = WILDCARD in spelling
            records = self._lost(spelling, scope) if lost else self._find(spelling, scope, wants)
            hits = self._inside(scope, ranking.together(self.gazetteer, records, wants))
            if hits:
                return [hit._replace(distance=1) for hit in hits] if lost else hits
        whole = key(scope.place.bare)
        short = _ARTICLE.sub("", whole)
        if short == whole:
            return self._initials(whole, scope)
        # The index has "La Rumorosa" as "Rumorosa" too; here "El Sásabe" meets "Sásabe".
        records = [r._replace(form=SHORT) for r in self._find(short, scope) if r.form == OWN]
        return self._inside(scope, ranking.together(self.gazetteer, records, scope.place.wants))

    def _find(self, spelling: str, scope: Scope, wants: str = "") -> list[Record]:
        records = self.gazetteer.find(spelling, scope.regions, scope.country)
        if wants == "municipality":
            counties = self.gazetteer.find(f"{spelling} county", scope.regions, scope.country)
            areas = [r for r in (*records, *counties) if r.kind in ("municipality", "county")]
            return areas or records
        return records

    def _initials(self, spelling: str, scope: Scope) -> list[Hit]:
        """Places whose name has been cut to initials: "San Luis R.C."."""
        pattern = _query.initials(spelling) if scope.narrow else None
        if pattern is None:
            return []
        names = filter(pattern.fullmatch, self._spellings(scope))
        records = {r.number: r for name in names for r in self._find(name, scope)}
        whole = [
            record._replace(form=SHORT)
            for record in records.values()
            if record.form != SHORT and pattern.fullmatch(key(record.name))
        ]
        hits = ranking.together(self.gazetteer, whole, scope.place.wants)
        reason = f"{scope.place.shown!r} read as its initials"
        hits = self._inside(scope, [hit._replace(reason=reason) for hit in hits])
        if len(hits) > 1:
            self.hits = ranking.weighed(hits, spelling, narrow=True)
            raise self._ambiguous(scope)
        return hits

    def _lost(self, spelling: str, scope: Scope) -> list[Record]:
        """Records under a name of which letters were lost."""
        pattern = _query.lost_letters(spelling)
        lost = spelling.count(WILDCARD)  # a run of them stands for one letter or two
        size = len(spelling)
        names = self._spellings(scope).matching(pattern, size - lost + 1, size + lost)
        return [r for name in names for r in self._find(name, scope) if r.form != SHORT]

    def _fuzzy(self, scope: Scope) -> list[Hit]:
        """Records under a spelling so close that it can be a slip."""
        for text in dict.fromkeys((scope.place.text, scope.place.bare)):
            spelling = key(text)
            if WILDCARD in spelling:
                continue
            limit = typo_limit(spelling) if scope.narrow else min(2, typo_limit(spelling) - 1)
            if not scope.narrow and len(spelling) < 7:
                limit = 0
            near = self._same_but_for_articles(spelling, scope) if scope.narrow else []
            near = near or self._spellings(scope).near(spelling, limit)
            near = [(name, slips) for name, slips in near if _digits(name) == _digits(spelling)]
            best = near[0][1] if near else 0
            names = [name for name, distance in near if distance == best]
            records = {
                r.number: r for name in names for r in self._find(name, scope) if r.form != SHORT
            }
            found = ranking.together(self.gazetteer, list(records.values()), scope.place.wants)
            hits = self._inside(scope, found)
            if hits:
                return [hit._replace(distance=best) for hit in hits]
        return []

    def _spellings(self, scope: Scope) -> Spellings:
        return self.gazetteer.spellings(_regions(scope))

    def _same_but_for_articles(self, spelling: str, scope: Scope) -> list[tuple[str, int]]:
        """Names that differ only in "de" and "la": counted as one slip, however many letters."""
        words = [word for word in spelling.split() if word not in _ARTICLES]
        if len(words) < 2:
            return []
        last = words[-1]
        return [
            (name, 1)
            for name in self._spellings(scope).holding(last)
            if [word for word in name.split() if word not in _ARTICLES] == words
        ]

    def _inside(self, scope: Scope, hits: list[Hit]) -> list[Hit]:
        """Only those in the municipality, county or larger town that the query names too."""
        for outer in scope.outers:
            areas = self._areas(outer, scope)
            if not areas:
                around = self._find(key(outer.bare), scope)
                areas = {record.area for record in around if record.area is not None}
            hits = [
                hit._replace(reason=f"{hit.reason}, in {hit.record.area_name}")
                for hit in hits
                if hit.record.area in areas
            ]
        return hits

    def _areas(self, outer: Part, scope: Scope) -> set[int]:
        """Numbers of the municipalities or counties that a part can mean."""
        spellings = dict.fromkeys((key(outer.text), key(outer.bare), f"{key(outer.bare)} county"))
        return {
            record.area
            for spelling in spellings
            for record in self._find(spelling, scope)
            if record.kind in ("municipality", "county") and record.area is not None
        }

    # ---- deciding

    def _decide(self, scope: Scope, hits: Sequence[Hit]) -> Place:
        """The one hit that stands out, or an error that lists them."""
        self.notes, self.where, self.certainty = scope.notes, scope.where, scope.certainty
        self.misspelt = scope.misspelt
        if self.slip:
            self.notes = (*self.notes, self.slip)
            self.certainty *= _query.MISSPELT_REGION
            self.misspelt = True
        spelling = key(scope.place.bare)
        # "NL" may be either of two, but only in one of them is there a Colombia.
        within = {hit.record.region for hit in hits}
        narrow = scope.narrow or (scope.regions is not None and len(within) == 1)
        self.hits = ranking.weighed(hits, spelling, narrow=narrow)
        top = ranking.outstanding(self.hits, narrow=narrow, wants=scope.place.wants)
        if top is None and scope.country == "MX" and not scope.regions and self.country is None:
            top = self._in_both_mexicos()
        if top is None:
            raise self._ambiguous(scope)
        reserve = ""
        if not scope.outers:
            reserve = ranking.doubt(self.gazetteer, top, spelling)
        if reserve:
            raise AmbiguousPlaceError(
                f"{self.query!r} may be {told(top.record)}, but {reserve}: give the municipality "
                "or the coordinates",
                query=self.query,
                candidates=self.suggestions(),
            )
        if scope.regions is None and scope.country is None:
            self._refuse_greater_abroad(scope, top)
        return self._as_place(top, sure=len(self.hits) == 1)

    def _in_both_mexicos(self) -> Hit | None:
        """For "Metepec, México": the country's largest, when it lies in the State of Mexico too."""
        largest = self.hits[0]
        if largest.record.region != "MX-MEX" or largest.weight < 5 * self.hits[1].weight:
            return None
        state = [hit for hit in self.hits if hit.record.region == "MX-MEX"]
        top = ranking.outstanding(ranking.weighed(state, "", narrow=True), narrow=True)
        if top is None:
            return None
        return top._replace(reason=f"{top.reason}; the one in the State of Mexico and the largest")

    def _refuse_greater_abroad(self, scope: Scope, top: Hit) -> None:
        """Ambiguous when a larger city elsewhere in the world has the name."""
        for name, country, people, own in self.gazetteer.abroad(key(scope.place.bare)):
            weight = _ABROAD_WEIGHT if own else _ABROAD_WEIGHT / 10
            if not country or people * weight > top.people:
                where = f"{name} in {country}" if country else f"the country {name}"
                raise AmbiguousPlaceError(
                    f"{self.query!r} may be {told(top.record)}, but also {where}, which the "
                    "gazetteer does not cover: add the state",
                    query=self.query,
                    candidates=self.suggestions(),
                )

    def _as_place(self, hit: Hit, *, sure: bool, score: float | None = None) -> Place:
        reason = hit.reason
        if hit.distance:
            reason = f"fuzzy match: {self.query!r} read as {hit.record.name}; {reason}"
        if sure and hit.record.kind == "town" and not hit.reason.startswith("the seat"):
            reason = f"{reason}, the only one on record in {self.where}"
        reason = "; ".join((reason, *self.notes))
        if score is None:
            score = _FORM_SCORE[hit.record.form] - 0.06 * hit.distance
            score = round(max((score if sure else score - 0.02) * self.certainty, 0.3), 2)
        match: Match = "fuzzy" if self.misspelt else hit.match
        return hit.record.place(self.gazetteer.source, match, score, reason)

    # ---- refusing

    def _not_found(self, message: str, nearest: Sequence[str] = ()) -> PlaceNotFoundError:
        return PlaceNotFoundError(message, query=self.query, nearest_names=nearest)

    def _ambiguous(self, scope: Scope) -> AmbiguousPlaceError:
        share = round(0.9 / max(len(self.hits), 2), 2)
        shown = [told(hit.record) for hit in self.hits]
        if len(shown) == 1:
            message = (
                f"{self.query!r} may be {shown[0]}, but a name with no state to it says too little: "
                "add the state"
            )
        else:
            hint = "municipality" if scope.regions else "state"
            message = f"{self.query!r} may be {listed(shown, 'or')}: add the {hint}"
        return AmbiguousPlaceError(
            message,
            query=self.query,
            candidates=self.suggestions(share),
        )

    def _refuse_abroad(
        self, parts: Sequence[Part], country: str | None, regions: tuple[str, ...] | None
    ) -> None:
        """Not found when the query itself says that the place is in another country."""
        if country or regions:
            return
        for part in parts[1:]:
            if region_of(part, None) or country_code(part.bare):
                continue
            for name, inside, _, _ in self.gazetteer.abroad(key(part.bare)):
                if not inside:
                    raise self._not_found(
                        f"{self.query!r} lies in {name}: the gazetteer covers Mexico, the United "
                        "States and Canada"
                    )

    def _refuse_unlisted(self, ways: Sequence[Scope]) -> None:
        """Ambiguous when the municipality is known and the place in it is not on record."""
        for scope in ways:
            if not scope.outers or not scope.regions:
                continue
            areas = self._areas(scope.outers[-1], scope)
            if len(areas) != 1:
                continue
            record = self.gazetteer.get(-areas.pop())
            if record is None or self._fuzzy(scope):
                continue
            seat = self.gazetteer.get(record.seat) if record.seat else None
            self.hits = [Hit(record, "the municipality named")]
            if seat is not None:
                self.hits.append(Hit(seat, "the seat of the municipality named"))
            raise AmbiguousPlaceError(
                f"{scope.place.shown!r} is not on record in the municipality of {label(record)}: "
                "give its coordinates, or the municipality alone",
                query=self.query,
                candidates=self.suggestions(0.5),
            )

    def _refuse_contradiction(
        self,
        parts: Sequence[Part],
        country: str | None,
        regions: tuple[str, ...] | None,
        ways: Sequence[Scope],
    ) -> None:
        """Not found, and where it is, when the place exists but not where the query says."""
        said = region_of(parts[-1], None) if len(parts) > 1 else ()
        given = Scope(parts[0], (), regions, country).where
        agree = [c for c in said if c[:2] == (country or c[:2]) and (not regions or c in regions)]
        for scope in ways:
            if not scope.regions and not scope.country:
                continue
            for text in dict.fromkeys((scope.place.text, scope.place.bare)):
                records = [
                    record
                    for record in self.gazetteer.find(key(text))
                    if record.form == OWN
                    or (record.form == ALTERNATE and (record.population or 0) >= 100_000)
                ]
                if not records:
                    continue
                hits = ranking.together(self.gazetteer, records, scope.place.wants)
                self.hits = ranking.weighed(hits, key(text), narrow=False)
                nearest = [label(hit.record) for hit in self.hits[:5]]
                if said and not agree:
                    named = country_code(parts[-1].bare)
                    names = [REGIONS[c].name for c in said] if named != "MX" else ["Mexico"]
                    raise self._not_found(
                        f"{self.query!r} names {listed(names, 'or')}, but "
                        f"{given} is given beside it: correct one of the two",
                        nearest,
                    )
                where = ", ".join((*(part.shown for part in scope.outers), scope.where))
                raise self._not_found(
                    f"no {scope.place.shown!r} is on record in {where}, but "
                    f"{listed([told(hit.record) for hit in self.hits], most=4)}: correct the "
                    f"{'rest' if scope.outers else 'state'} or the name",
                    nearest,
                )

    def _unknown(self, scope: Scope) -> PlaceNotFoundError:
        spelling = key(scope.place.bare)
        nearest: dict[str, None] = {}
        if len(spelling) > 3:
            limit = max(1, len(spelling) // 4)
            if not scope.narrow:
                limit = min(3, max(1, (len(spelling) - 4) // 5))
            for name, _ in self._spellings(scope).near(spelling, limit)[:5]:
                nearest.update((label(record), None) for record in self._find(name, scope))
        names = list(nearest)[:5]
        hint = f"; the nearest spellings are {listed(names, most=3)}" if names else ""
        return self._not_found(f"{self.query!r} is not on record in {scope.where}{hint}", names)


def _regions(scope: Scope) -> Collection[str] | None:
    """The states whose names a misspelt one is compared with; None for all."""
    if scope.regions:
        return scope.regions
    if scope.country:
        return [region for region in REGIONS if region.startswith(scope.country)]
    return None


def _kept(scopes: Iterable[Scope], ways: list[Scope]) -> Iterator[Scope]:
    """The scopes, one by one, each noted in `ways`: most queries need only the first."""
    for scope in scopes:
        ways.append(scope)
        yield scope


_ARTICLE = re.compile(r"^(?:el|la|los|las|the) ")
_ARTICLES = frozenset(("de", "del", "el", "la", "las", "los", "of", "the", "y"))


def _digits(text: str) -> str:
    """The digits of a name: Kilometre 57 is no misspelt Kilometre 11."""
    return "".join(letter for letter in text if letter.isdigit())
