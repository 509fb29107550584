"""One query on its way to a place: read, looked up, weighed, named or refused.

Each way of reading the query is tried in turn. What is found decides; when nothing is, the reasons
that explain why are tried from the surest to the vaguest: abroad, unlisted, contradictory, misspelt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from bordermap._geocoder import query as _query
from bordermap._geocoder import ranking
from bordermap._geocoder.alone import Areas
from bordermap._geocoder.query import WILDCARD, Part, Reading, Scope, region_of
from bordermap._geocoder.ranking import Hit, Near, label, listed, told
from bordermap.errors import AmbiguousPlaceError, PlaceNotFoundError
from bordermap.gazetteer import ALTERNATE, OWN, SHORT, Record, SqliteGazetteer
from bordermap.model import Match, Place
from bordermap.names import REGIONS, country_code, key, written_out
from bordermap.spelling import Spellings, typo_limit

__all__ = ["Search"]

# A city abroad is meant less often in a text about these three countries, but Paris is not Texan.
_ABROAD_WEIGHT = 0.5
# A place so large is not overlooked in the municipality that it is said to be in.
_WEIGHTY = 10_000
# How sure an answer is that rests on what is given as near.
_NEAR_CERTAINTY = 0.95
# ... and one that leaves out a name in brackets that nobody knows.
_BRACKETS_CERTAINTY = 0.85
_LEAST_SCORE = 0.3
# How many times more people make a place of the same country the one that is meant, and how many
# where the other only was called so once.
_GREATER, _KNOWN = 10, 50_000
# A small place of a name that stands alone may be a hamlet elsewhere, or no place at all.
_LONE_CERTAINTY = 0.9
# Two places that are no farther than this from what they are near to are both near to it.
_BESIDE_M = 50_000.0
_BORDER_WORDS = frozenset(("border", "frontera", "frontier", "fronteriza"))


class Search:
    """One query on its way to a place."""

    notes: tuple[str, ...] = ()
    where = ""
    certainty = 1.0
    misspelt = False
    slip = ""

    inside: tuple[Part, ...] = ()
    outer_slip = ""
    far = ""

    def __init__(  # noqa: PLR0917 - private, and always called with all of them
        self,
        query: str,
        country: str | None,
        admin1: str | None,
        admin2: str | None,
        near: Near | None,
        gazetteer: SqliteGazetteer,
    ) -> None:
        self.query = query
        self.country = country
        self.admin1 = admin1
        self.near = near
        self.gazetteer = gazetteer
        if admin2:
            self.inside = _query.read(admin2).parts[:1]
        self.hits: Sequence[Hit] = ()

    def place(self) -> Place:
        """The place meant, or a `GeocodeError` that says why there is none."""
        return self._plain() or self._any()

    def _plain(self) -> Place | None:
        """The answer to "name, state" where nothing needs to be taken apart, as in most queries."""
        if self.country is not None or self.inside or self.near:
            return None
        if self.admin1:
            name, code = self.query, _query.plain_region(self.admin1)
        else:
            name, _, state = self.query.partition(",")
            code = _query.plain_region(state)
        whole = _query.plain_name(name) if code else ""
        if not whole:
            return None
        spelling = written_out(whole)
        records = self.gazetteer.find(spelling, (code,))
        if not records:
            return None
        town = ranking.sole_town(records)
        if _query.may_be_wrapped(whole) and (town is None or town.country == "MX"):
            return None  # "Ciudad Hidalgo" is a name, "Hidalgo city" perhaps not
        if town is not None and not ranking.doubt(self.gazetteer, hit := Hit(town), spelling):
            reason = f"{hit.reason}, the only one on record in {REGIONS[code].name}"
            return town.place(self.gazetteer.source, "exact", ranking.OWN_SCORE, reason)
        hits = ranking.together(self.gazetteer, records, "")
        return self._decide(Scope(Part(whole, whole, "", name.strip()), (), (code,), None), hits)

    def _any(self) -> Place:
        """The answer to any query."""
        from bordermap import notation  # its expressions take longer to compile than most answers

        found = notation.read(self.query)
        if isinstance(found, str):
            raise self._not_found(f"{self.query!r} is no place on Earth: {found}")
        if found is not None:
            from bordermap.areas import point  # what only a point needs: outlines, and numpy

            return point(*found, self.gazetteer)
        country, regions = self._given()
        if not (self.query.strip() or self.inside) and (country or regions):
            return Areas(self.query, self.gazetteer).named(country, regions)
        reading = self._reading()
        alone = None
        # "nd" is no data, and "La" the rest of something; "ND" and "LA" are states.
        if not self.inside and (len(key(self.query)) > 3 or self.query.isupper()):
            alone = Areas(self.query, self.gazetteer).alone(reading.parts, country, regions)
        if alone is None:
            return self._told_apart(reading, country, regions)
        if self.near is not None:
            # What lies near something is a town before it is a state.
            with suppress(PlaceNotFoundError):
                town = self._told_apart(reading, country, regions)
                if town.match == "exact":
                    return town
        return alone

    def _reading(self) -> Reading:
        """The query taken apart; a municipality given beside no name is what is meant itself."""
        reading = _query.read(self.query)
        if self.inside and not reading.parts:
            reading = Reading((replace(self.inside[0], wants="municipality"),))
            self.inside = ()
        if not reading.parts:
            raise self._not_found(f"{self.query!r} names no place")
        return reading

    def _told_apart(
        self, reading: Reading, country: str | None, regions: tuple[str, ...] | None
    ) -> Place:
        """The answer to what is more than a state: a name, and perhaps what it lies in."""
        ways: list[Scope] = []
        answer = self._first_exact(_kept(self._scopes(reading, country, regions), ways))
        if answer is None:
            self._refuse_abroad(reading.parts, country, regions)
            self._refuse_unlisted(ways)
            answer = self._first_exact(self._without_second_names(ways))
        if answer is None:
            ways = [scope for scope in ways if not scope.municipal]
            misspelt = _query.misspelt_regions(reading, country, regions)
            ways = [*map(self._within, misspelt), *ways]
            answer = self._first_exact(ways)
        if answer is not None:
            return answer
        self._refuse_contradiction(reading.parts, country, regions, ways)
        for scope in ways:
            hits = self._fuzzy(scope)
            if hits:
                return self._decide(scope, hits)
        raise self._unknown(ways[-1] if len(ways) > 1 and not ways[0].regions else ways[0])

    def _scopes(
        self, reading: Reading, country: str | None, regions: tuple[str, ...] | None
    ) -> Iterator[Scope]:
        return map(self._within, _query.scopes(reading, country, regions))

    def _within(self, scope: Scope) -> Scope:
        """The scope, within the municipality that is given beside the query."""
        if not self.inside or any(key(o.bare) == key(self.inside[0].bare) for o in scope.outers):
            return scope
        return replace(scope, outers=(*scope.outers, *self.inside))

    def suggestions(self, score: float = 0.5) -> list[Place]:
        """What was weighed, as places, each with the score."""
        return [self._as_place(hit, sure=False, score=score) for hit in self.hits]

    def _first_exact(self, ways: Iterable[Scope]) -> Place | None:
        for scope in ways:
            hits = self._exact(scope)
            if scope.municipal and not scope.outers:
                hits = [hit for hit in hits if hit.namesake or hit.record.rank]
            if hits:
                return self._decide(scope, hits)
        return None

    def _without_second_names(self, ways: Iterable[Scope]) -> Iterator[Scope]:
        """Without what stands in brackets behind the name, where nothing on record is called so.

        It may as well tell a village from its namesakes: only a seat of a municipality is meant.
        """
        for scope in ways:
            aside = [part for part in scope.outers if self._unheard_of(part, scope)]
            if aside:
                shown = listed([repr(part.shown) for part in aside])
                yield replace(
                    scope,
                    outers=tuple(part for part in scope.outers if part not in aside),
                    notes=(
                        *scope.notes,
                        f"{shown}, in brackets, is not on record and was left out",
                    ),
                    certainty=scope.certainty * _BRACKETS_CERTAINTY,
                    municipal=True,
                )

    def _unheard_of(self, part: Part, scope: Scope) -> bool:
        spelling = key(part.bare)
        return (
            _query.second_name(part)
            and not self.gazetteer.find(spelling)
            and not self.gazetteer.abroad(spelling)
            and not self._spellings(scope).near(spelling, typo_limit(spelling))
        )

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

    # ---- looking up

    def _exact(self, scope: Scope) -> list[Hit]:
        """Records under the name as written, else as unwrapped, within the scope."""
        for text in scope.place.names:
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
            return self._initials(whole, scope) or self._untitled(whole, scope)
        # The index has "La Rumorosa" as "Rumorosa" too; here "El Sásabe" meets "Sásabe".
        records = [r._replace(form=SHORT) for r in self._find(short, scope) if r.form == OWN]
        return self._inside(scope, ranking.together(self.gazetteer, records, scope.place.wants))

    def _untitled(self, spelling: str, scope: Scope) -> list[Hit]:
        """Cities that are called one though it is not in their name: "Ciudad Reynosa"."""
        for title in _TITLES:
            rest = spelling.removeprefix(title)
            if rest == spelling:
                continue
            large = [
                record._replace(form=max(record.form, ALTERNATE))
                for record in self._find(rest, scope)
                if record.form != SHORT
                and record.country == "MX"
                and record.kind == "town"
                and (record.rank or (record.population or 0) >= _WEIGHTY)
            ]
            hits = self._inside(scope, ranking.together(self.gazetteer, large, ""))
            if hits:
                return [hit._replace(reason=f"its name without {title.strip()!r}") for hit in hits]
        return []

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
        for text in scope.place.names:
            spelling = key(text)
            if WILDCARD in spelling or not _BORDER_WORDS.isdisjoint(spelling.split()):
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
        words = ranking.bare_words(spelling)
        if len(words) < 2:
            return []
        names = self._spellings(scope).holding(words[-1])
        return [(name, 1) for name in names if ranking.bare_words(name) == words]

    def _inside(self, scope: Scope, hits: list[Hit]) -> list[Hit]:
        """Only those in the municipality, county or larger town that the query names too."""
        self.outer_slip = ""
        for outer in scope.outers if hits else ():
            areas = self._areas(outer, scope)
            if not areas:
                around = self._find(key(outer.bare), scope)
                areas = {record.area for record in around if record.area is not None}
            if not areas and outer in self.inside:
                areas = self._misspelt_area(outer, scope)
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

    def _misspelt_area(self, outer: Part, scope: Scope) -> set[int]:
        """The municipality whose name the one given resembles."""
        spelling = key(outer.bare)
        for name, _ in self._spellings(scope).near(spelling, typo_limit(spelling)):
            found = self._find(name, scope)
            areas = [r for r in found if r.kind in ("municipality", "county")]
            if areas:
                self.outer_slip = f"fuzzy match: {outer.shown!r} read as {areas[0].area_name}"
                return {r.area for r in areas if r.area is not None}
        return set()

    # ---- deciding

    def _decide(self, scope: Scope, hits: Sequence[Hit]) -> Place:
        """The one hit that stands out, or an error that lists them."""
        self.notes, self.where, self.certainty = scope.notes, scope.where, scope.certainty
        self.misspelt = scope.misspelt
        for slip in filter(None, (self.slip, self.outer_slip)):
            self.notes = (*self.notes, slip)
            self.certainty *= _query.MISSPELT_REGION
            self.misspelt = True
        spelling = key(scope.place.bare)
        # "NL" may be either of two, but only in one of them is there a Colombia.
        within = {hit.record.region for hit in hits}
        narrow = scope.narrow or (scope.regions is not None and len(within) == 1)
        self.hits = ranking.weighed(hits, spelling, narrow=narrow)
        top = ranking.outstanding(
            self.hits, spelling, narrow=narrow, wants=scope.place.wants, within=scope.country
        )
        if top is None and scope.country == "MX" and not scope.regions and self.country is None:
            top = self._in_both_mexicos()
        if self.near is not None:
            top = self._nearest(top, self.near, narrow=narrow)
        if top is None:
            raise self._ambiguous(scope)
        if not top.near:
            self._refuse_doubtful(scope, top, narrow=narrow)
        place = self._as_place(top, sure=len(self.hits) == 1)
        if len(self.hits) == 1:
            return place
        others = [hit for hit in self.hits if hit.record.number != top.record.number]
        share = round((1 - place.score) / len(others), 3)
        return replace(
            place, alternatives=tuple(self._as_place(h, sure=False, score=share) for h in others)
        )

    def _refuse_doubtful(self, scope: Scope, top: Hit, *, narrow: bool) -> None:
        """Ambiguous where nothing rivals a place, but it should not be taken for granted."""
        small = top.people < ranking.LARGE
        if not narrow and small:
            self._refuse_run_on(scope, top)
        if scope.regions and not scope.outers:
            self._refuse_borrowed(scope, top)
        reserve = ranking.doubt(
            self.gazetteer, top, key(scope.place.bare), within=bool(scope.outers)
        )
        if reserve:
            raise AmbiguousPlaceError(
                f"{self.query!r} may be {told(top.record)}, but {reserve}: give the municipality "
                "or the coordinates",
                query=self.query,
                candidates=self.suggestions(),
            )
        if scope.regions is None and scope.country is None:
            self._refuse_greater_abroad(scope, top)
            if small:
                self.certainty *= _LONE_CERTAINTY

    def _nearest(self, top: Hit | None, near: Near, *, narrow: bool) -> Hit | None:
        """The hit that lies near what was given, where that sets one apart; else `top`, as it was.

        It narrows and never overrides: what does not answer to the words is not considered.
        """
        ways = sorted(
            ((near.metres(hit.record.lon, hit.record.lat), hit) for hit in self.hits),
            key=lambda item: item[0],
        )
        away = {hit.record.number: distance for distance, hit in ways}
        close = [hit for distance, hit in ways if distance <= near.reach_m]
        if not close:
            if top is None and len(self.hits) > 1:
                return None
            only = top or self.hits[0]
            far = f"{away[only.record.number] / 1000:,.0f} km from {near.label}"
            if top is None or (not narrow and top.people < ranking.LARGE):
                self.far = far
                return None
            return top._replace(reason=f"{top.reason}; it lies {far}")
        self.hits = [*close, *(hit for hit in self.hits if away[hit.record.number] > near.reach_m)]
        first = close[0]
        if len(close) > 1 and away[close[1].record.number] < max(
            3 * away[first.record.number], _BESIDE_M
        ):
            narrow = len({hit.record.region for hit in close}) == 1
            standing = ranking.outstanding(
                ranking.weighed(close, "", narrow=narrow), "", narrow=narrow
            )
            if standing is None:
                return None
            first = standing
        others = [hit for hit in self.hits if hit.record.number != first.record.number]
        reason = f"{first.reason}, {away[first.record.number] / 1000:,.1f} km from {near.label}"
        if others:
            nearest = min(others, key=lambda hit: away[hit.record.number])
            reason += f"; not {told(nearest.record)}, {away[nearest.record.number] / 1000:,.0f} km from it"
            self.certainty *= _NEAR_CERTAINTY
        return first._replace(reason=reason, near=True)

    def _in_both_mexicos(self) -> Hit | None:
        """For "Metepec, México": the country's largest, when it lies in the State of Mexico too."""
        if len(self.hits) < 2:
            return None
        largest = self.hits[0]
        if largest.record.region != "MX-MEX" or largest.weight < 5 * self.hits[1].weight:
            return None
        state = [hit for hit in self.hits if hit.record.region == "MX-MEX"]
        top = ranking.outstanding(ranking.weighed(state, "", narrow=True), "", narrow=True)
        if top is None:
            return None
        return top._replace(reason=f"{top.reason}; the one in the State of Mexico and the largest")

    def _refuse_run_on(self, scope: Scope, top: Hit) -> None:
        """Ambiguous where the end of a small place's name is a state that has the rest of it too.

        "San José Guerrero" is a village of Puebla, and one writes San José, Guerrero, like that.
        """
        for rest, codes in _query.states_behind(key(scope.place.bare)):
            found = [r for r in self.gazetteer.find(rest, codes, scope.country) if r.form == OWN]
            if found:
                self.hits = [top, *ranking.together(self.gazetteer, found, "")]
                raise self._ambiguous(scope)

    def _refuse_borrowed(self, scope: Scope, top: Hit) -> None:
        """Ambiguous where a place has the name from another, which is meant but for the state.

        "Ciudad Juárez, Tamaulipas" is hardly Ciudad Mante, which once was Villa Juárez.
        """
        spelling = key(scope.place.bare)
        if top.namesake or (top.record.form == OWN and not top.distance):
            return
        kin = ranking.related(spelling, top.record.name)
        for record in self.gazetteer.find(spelling):
            people = record.population or 0
            greater = people >= _GREATER * max(top.people, 1)
            if (
                record.form == OWN
                and record.kind == "town"
                and record.region != top.record.region
                and (greater and record.country == top.record.country if kin else people >= _KNOWN)
            ):
                greater_hit = Hit(record)
                self.hits = [greater_hit, *self.hits]
                raise AmbiguousPlaceError(
                    f"{self.query!r} may be {told(record)}, but that lies in another state; in "
                    f"{self.where} there is {told(top.record)} ({top.reason}): correct the state "
                    "or the name",
                    query=self.query,
                    candidates=self.suggestions(),
                )

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
            score = ranking.base_score(hit, self.hits) * self.certainty
            score = round(max(score, _LEAST_SCORE), 2)
        else:
            reason = "; ".join(filter(None, (reason, ranking.facts(hit.record))))
        match: Match = "fuzzy" if self.misspelt else hit.match
        return hit.record.place(self.gazetteer.source, match, score, reason)

    # ---- refusing

    def _not_found(self, message: str, nearest: Sequence[str] = ()) -> PlaceNotFoundError:
        return PlaceNotFoundError(message, query=self.query, nearest_names=nearest)

    def _ambiguous(self, scope: Scope) -> AmbiguousPlaceError:
        share = round(0.9 / max(len(self.hits), 2), 2)
        shown = [told(hit.record) for hit in self.hits]
        if self.far:
            message = f"{self.query!r} may be {shown[0]}, but that lies {self.far}: add the state"
        elif len(shown) == 1:
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
            if record is None or self._fuzzy(scope) or self._well_known(scope):
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

    def _well_known(self, scope: Scope) -> bool:
        """Whether a place of some weight has the name elsewhere in the state."""
        found = self.gazetteer.find(key(scope.place.bare), scope.regions)
        return any(r.form == OWN and (r.rank or (r.population or 0) >= _WEIGHTY) for r in found)

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
            if not (scope.regions or scope.country or self.inside):
                continue
            for text in scope.place.names:
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
                where = [part.shown for part in scope.outers]
                if scope.regions or scope.country:
                    where.append(scope.where)
                raise self._not_found(
                    f"no {scope.place.shown!r} is on record in {', '.join(where)}, but "
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


# What a large town is called besides its name.
_TITLES = (
    "heroica ", "heroica ciudad de ", "heroica ciudad ", "ciudad de ", "ciudad ", "puerto de ",
)  # fmt: skip
_ARTICLE = re.compile(r"^(?:el|la|los|las|the) ")


def _digits(text: str) -> str:
    """The digits of a name: Kilometre 57 is no misspelt Kilometre 11."""
    return "".join(letter for letter in text if letter.isdigit())
