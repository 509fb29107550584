"""One query on its way to a place: read, looked up, weighed, named or refused.

Each way of reading the query is tried in turn. What is found decides; when nothing is, the reasons
that explain why are tried from the surest to the vaguest: abroad, unlisted, contradictory, misspelt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from bordermap._geocoder import doubts, ranking, refusal
from bordermap._geocoder import query as _query
from bordermap._geocoder.alone import Areas
from bordermap._geocoder.finding import Finder
from bordermap._geocoder.inquiry import Inquiry, clipped
from bordermap._geocoder.query import Part, Reading, region_of
from bordermap._geocoder.ranking import Hit, Near, listed
from bordermap._geocoder.scope import (
    Scope,
    joined,
    misspelt_regions,
    read_as,
    resembling_region,
    scopes,
)
from bordermap.errors import AmbiguousPlaceError, GeocodeError, PlaceNotFoundError
from bordermap.gazetteer import OWN, SqliteGazetteer
from bordermap.model import Place
from bordermap.names import REGIONS, country_code, key, written_out
from bordermap.spelling import typo_limit

if TYPE_CHECKING:
    from bordermap.notation import Written

__all__ = ["Search"]

# How sure an answer is that rests on what is given as near.
_NEAR_CERTAINTY = 0.95
# ... and one that leaves out a name in brackets that nobody knows.
_BRACKETS_CERTAINTY = 0.85
# Two places that are no farther than this from what they are near to are both near to it.
_BESIDE_M = 50_000.0
# Of two names joined, both are places where both are of so many people.
_WELL_KNOWN = 10_000


class Search:
    """One query on its way to a place."""

    slip = ""
    far = ""
    inside: tuple[Part, ...] = ()

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
        parts = _query.read(admin2).parts if admin2 else ()
        if parts:  # a name with commas in it, or one with its state behind it
            self.inside = (replace(parts[0], text=joined(parts).text),)
        self.asked = Inquiry(query if query.strip() or not admin2 else admin2, gazetteer)
        self.finder = Finder(gazetteer, self.inside)

    def place(self) -> Place:
        """The place meant, or a `GeocodeError` that says why there is none."""
        try:
            return self._plain() or self._any()
        except PlaceNotFoundError:
            self._refuse_two()
            raise

    def candidates(self) -> list[Place]:
        """Every place that may be meant, best first."""
        try:
            best = self.place()
        except AmbiguousPlaceError as error:
            return list(error.candidates)
        except GeocodeError:
            return self.asked.suggestions()
        return [best, *best.alternatives]

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
        if town is not None and (
            town.country != "MX" or not doubts.reserve(self.gazetteer, Hit(town), spelling)
        ):
            reason = f"its own name, the only one on record in {REGIONS[code].name}"
            return town.place(self.gazetteer.source, "exact", ranking.OWN_SCORE, reason)
        hits = ranking.together(self.gazetteer, records, "")
        return self._decide(Scope(Part(whole, whole, "", name.strip()), (), (code,), None), hits)

    def _any(self) -> Place:
        """The answer to any query."""
        if any(map(str.isdigit, self.query)) or "://" in self.query:
            # Its expressions take longer to compile than most answers.
            from bordermap import notation

            written = notation.read(self.query)
            if written is not None:
                return self._point(written)
        if len(self.query.strip()) > _query.MAX_LENGTH:
            raise self.asked.not_found(
                f"{self.asked.query!r} is too long for the name of a place: give the name alone"
            )
        self._refuse_between()
        country, regions = self._given()
        if not (self.query.strip() or self.inside) and (country or regions):
            return Areas(self.query, self.gazetteer).named(country, regions)
        reading = self._reading()
        alone = None
        # "nd" is no data, and "La" the rest of something; "ND", "LA" and "La." are states.
        cut = self.query.strip().endswith(".") and self.query[:1].isupper()
        if not self.inside and (len(key(self.query)) > 3 or self.query.isupper() or cut):
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

    def _refuse_between(self) -> None:
        """Ambiguous, with both, where a place is said to lie between two."""
        ends = _query.between(self.query)
        found = [self._end(name) for name in ends]
        if found and all(found):
            raise AmbiguousPlaceError(
                f"{self.asked.query!r} lies between two places: give one of them, or the coordinates",
                query=self.query,
                candidates=[replace(place, score=0.5) for places in found for place in places[:1]],
            )

        start = _query.distant_from(self.query)
        if start and (near := self._end(start)):
            raise AmbiguousPlaceError(
                f"{self.asked.query!r} lies at a distance from {near[0].label}: give its coordinates, "
                "or the town alone",
                query=self.query,
                candidates=[replace(place, score=0.5) for place in near],
            )

    def _refuse_two(self) -> None:
        """Ambiguous, with both, where two towns are named as one place: "Reynosa/Matamoros"."""
        found = [self._end(name) for name in _query.two(self.query)]
        if found and all(places and _well_known(places[0]) for places in found):
            raise AmbiguousPlaceError(
                f"{self.asked.query!r} names two places: give one of them",
                query=self.query,
                candidates=[replace(places[0], score=0.5) for places in found],
            )

    def _end(self, name: str) -> list[Place]:
        """What one of two names can mean, in the state that is given if there is any."""
        ways = (self.admin1, None) if self.admin1 else (None,)
        every = (Search(name, self.country, w, None, self.near, self.gazetteer) for w in ways)
        return next(filter(None, (search.candidates() for search in every)), [])

    def _point(self, written: Written) -> Place:
        """The point that stands in the query."""
        from bordermap._geocoder import pointed  # what only a point needs: outlines, and numpy

        def resolve(name: str) -> Place:
            beside = Search(name, self.country, self.admin1, None, self.near, self.gazetteer)
            return beside.place()

        return pointed.answer(
            self.query, written, self.gazetteer,
            country=self.country, admin1=self.admin1, resolve=resolve,
        )  # fmt: skip

    # ---- reading

    def _reading(self) -> Reading:
        """The query taken apart; a municipality given beside no name is what is meant itself."""
        reading = _query.read(self.query)
        if self.inside and not reading.parts:
            reading = Reading((replace(self.inside[0], wants="municipality"),))
            self.inside = self.finder.inside = ()
        if not reading.parts:
            raise self.asked.not_found(f"{self.asked.query!r} names no place")
        return reading

    def _given(self) -> tuple[str | None, tuple[str, ...] | None]:
        """The arguments `country` and `admin1` as codes."""
        country = None
        if self.country and self.country.strip():
            country = country_code(self.country)
            if country is None:
                raise self.asked.not_found(
                    "the gazetteer covers Mexico, the United States and Canada, not "
                    f"{clipped(self.country)!r}"
                )
        parts = _query.read(self.admin1).parts if self.admin1 else ()
        if not parts:
            return country, None
        regions = region_of(parts[0], country)
        if regions:
            return country, regions
        regions = resembling_region(parts[0].bare, country)
        if regions:
            self.slip = read_as(parts[0], regions[0])
            return country, regions
        if country_code(parts[0].bare) in ("MX", "US", "CA") and country is None:
            return country_code(parts[0].bare), None
        raise self.asked.not_found(
            f"{clipped(self.admin1 or '')!r} is no state or province of {Scope(parts[0], (), None, country).where}"
        )

    def _within(self, scope: Scope) -> Scope:
        """The scope, within the municipality that is given beside the query."""
        if not self.inside or any(key(o.bare) == key(self.inside[0].bare) for o in scope.outers):
            return scope
        return replace(scope, outers=(*scope.outers, *self.inside))

    # ---- looking up

    def _told_apart(
        self, reading: Reading, country: str | None, regions: tuple[str, ...] | None
    ) -> Place:
        """The answer to what is more than a state: a name, and perhaps what it lies in."""
        ways: list[Scope] = []
        every = map(self._within, scopes(reading, country, regions))
        answer = self._first_exact(_kept(every, ways))
        if answer is None:
            refusal.refuse_abroad(self.asked, reading.parts, country, regions)
            refusal.refuse_unlisted(self.asked, self.finder, ways)
            answer = self._first_exact(self._without_second_names(ways))
        if answer is None:
            ways = [scope for scope in ways if not scope.municipal]
            misspelt = misspelt_regions(reading, country, regions)
            ways = [*map(self._within, misspelt), *ways]
            answer = self._first_exact(ways)
        if answer is not None:
            return answer
        refusal.refuse_contradiction(
            self.asked, reading.parts, country, regions, ways, inside=bool(self.inside)
        )
        for scope in ways:
            hits = self.finder.fuzzy(scope)
            if hits:
                return self._decide(scope, hits)
        refusal.refuse_cut(self.asked, self.finder, ways)
        vaguest = ways[-1] if len(ways) > 1 and not ways[0].regions else ways[0]
        raise refusal.unknown(self.asked, self.finder, vaguest)

    def _first_exact(self, ways: Iterable[Scope]) -> Place | None:
        for scope in ways:
            hits = self._agreeing(scope, self.finder.exact(scope))
            if scope.municipal and not scope.outers:
                hits = [hit for hit in hits if hit.namesake or hit.record.rank]
            if hits:
                return self._decide(scope, hits)
        return None

    def _agreeing(self, scope: Scope, hits: list[Hit]) -> list[Hit]:
        """What a town's name in brackets leaves of the hits.

        "Vicente Guerrero (Los Algodones)" is Los Algodones, and no other Vicente Guerrero.
        """
        for part in filter(_query.second_name, scope.outers if hits else ()):
            rest = tuple(outer for outer in scope.outers if outer is not part)
            second = self.finder.exact(replace(scope, place=part, outers=rest))
            named = {hit.record.number: hit for hit in second}
            both = [
                min(hit, named[hit.record.number], key=lambda way: way.record.form)
                for hit in hits
                if hit.record.number in named
            ]
            own = [hit for hit in second if hit.record.form == OWN]
            if both:
                hits = both
            elif self.finder.areas(part, scope):
                continue
            elif own and all(hit.record.form != OWN for hit in hits):
                reason = "its own name stands in brackets"
                hits = [h._replace(reason=reason, certainty=_BRACKETS_CERTAINTY) for h in own]
            elif own:
                hits = [hit._replace(torn=True) for hit in (*hits, *own)]
        return hits

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
            and not self.finder.spellings(scope).near(spelling, typo_limit(spelling))
        )

    # ---- deciding

    def _decide(self, scope: Scope, hits: Sequence[Hit]) -> Place:
        """The one hit that stands out, or an error that lists them."""
        asked = self.asked
        asked.within(scope, *filter(None, (self.slip, self.finder.outer_slip)))
        spelling = key(scope.place.bare)
        # "NL" may be either of two, but only in one of them is there a Colombia.
        within = {hit.record.region for hit in hits}
        narrow = scope.narrow or (scope.regions is not None and len(within) == 1)
        asked.hits = ranking.weighed(hits, spelling, narrow=narrow)
        top = ranking.outstanding(
            asked.hits, spelling, narrow=narrow, wants=scope.place.wants, within=scope.country
        )
        if top is None and scope.country == "MX" and not scope.regions and self.country is None:
            top = self._in_both_mexicos()
        if self.near is not None:
            top = self._nearest(top, self.near, narrow=narrow)
        if top is None:
            raise asked.torn(scope, self.far)
        if not top.near:
            doubts.refuse(asked, scope, top, narrow=narrow)
        place = asked.place(top, sure=len(asked.hits) == 1)
        if len(asked.hits) == 1:
            return place
        others = [hit for hit in asked.hits if hit.record.number != top.record.number]
        share = round((1 - place.score) / len(others), 3)
        return replace(
            place, alternatives=tuple(asked.place(h, sure=False, score=share) for h in others)
        )

    def _nearest(self, top: Hit | None, near: Near, *, narrow: bool) -> Hit | None:
        """The hit that lies near what was given, where that sets one apart; else `top`, as it was.

        It narrows and never overrides: what does not answer to the words is not considered.
        """
        ways = sorted(
            ((near.metres(hit.record.lon, hit.record.lat), hit) for hit in self.asked.hits),
            key=lambda item: item[0],
        )
        away = {hit.record.number: distance for distance, hit in ways}
        close = [hit for distance, hit in ways if distance <= near.reach_m]
        if not close:
            if top is None and len(self.asked.hits) > 1:
                return None
            only = top or self.asked.hits[0]
            far = f"{away[only.record.number] / 1000:,.0f} km from {near.label}"
            if top is None or (not narrow and top.people < ranking.LARGE):
                self.far = far
                return None
            return top._replace(reason=f"{top.reason}; it lies {far}")
        self.asked.hits = [
            *close,
            *(hit for hit in self.asked.hits if away[hit.record.number] > near.reach_m),
        ]
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
        others = [hit for hit in self.asked.hits if hit.record.number != first.record.number]
        reason = f"{first.reason}, {away[first.record.number] / 1000:,.1f} km from {near.label}"
        if others:
            nearest = min(others, key=lambda hit: away[hit.record.number])
            reason += f"; not {ranking.label(nearest.record)}, {away[nearest.record.number] / 1000:,.0f} km from it"
            self.asked.certainty *= _NEAR_CERTAINTY
        return first._replace(reason=reason, near=True)

    def _in_both_mexicos(self) -> Hit | None:
        """For "Metepec, México": the country's largest, when it lies in the State of Mexico too."""
        if len(self.asked.hits) < 2:
            return None
        largest = self.asked.hits[0]
        if largest.record.region != "MX-MEX" or largest.weight < 5 * self.asked.hits[1].weight:
            return None
        state = [hit for hit in self.asked.hits if hit.record.region == "MX-MEX"]
        top = ranking.outstanding(ranking.weighed(state, "", narrow=True), "", narrow=True)
        if top is None:
            return None
        return top._replace(reason=f"{top.reason}; the one in the State of Mexico and the largest")


def _well_known(place: Place) -> bool:
    return place.match != "fuzzy" and (place.population or 0) >= _WELL_KNOWN


def _kept(scopes: Iterable[Scope], ways: list[Scope]) -> Iterator[Scope]:
    """The scopes, one by one, each noted in `ways`: most queries need only the first."""
    for scope in scopes:
        ways.append(scope)
        yield scope
