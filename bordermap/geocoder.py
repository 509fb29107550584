"""Names to places: exact, alternate, misspelt; ambiguous or unknown is said, never guessed.

A query is taken apart (`bordermap.query`), each way of reading it is looked up, the places that
answer are weighed, and one is named only when the evidence sets it apart from all others.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bordermap import gazetteer as _gazetteer
from bordermap.errors import AmbiguousPlaceError, GeocodeError, PlaceNotFoundError
from bordermap.gazetteer import ALTERNATE, OWN, SHORT, Record, SqliteGazetteer
from bordermap.model import Gazetteer, Match, Place, Source
from bordermap.names import (
    COUNTRIES,
    REGIONS,
    country_code,
    fold,
    key,
    region_codes,
    region_spellings,
)
from bordermap.query import WILDCARD, Part, coordinates, read

__all__ = ["Query", "candidates", "resolve", "resolve_many", "reverse"]

POINT_SOURCE = Source("coordinates as given", "", "", "")

# How much larger than the next place of its name a place must be to be meant without saying so:
# within a state, and in three countries at once.
RATIO_IN_STATE = 5.0
RATIO_ANYWHERE = 30.0
LARGE = 50_000
# Within its state the seat of a municipality is what its name means; a capital all the more.
_RANK_WEIGHT = (1.0, 6.0, 20.0, 20.0)
_FORM_WEIGHT = {OWN: 1.0, ALTERNATE: 0.6, SHORT: 0.25}
# A place abroad is meant less often in a table about these three countries.
_ABROAD_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Query:
    """A place with its state and country as separate fields, the way a table has them."""

    place: str
    admin1: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class _Hit:
    """A record that answers, and how."""

    record: Record
    reason: str
    distance: int = 0
    weight: float = 0.0

    @property
    def match(self) -> Match:
        if self.distance:
            return "fuzzy"
        return "exact" if self.record.form == OWN else "alternate"


@dataclass(frozen=True, slots=True)
class _Scope:
    """One way to read a query: the name sought, and what narrows it."""

    place: Part
    outers: tuple[Part, ...]
    regions: tuple[str, ...] | None
    country: str | None
    notes: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The scope in words: "Coahuila", "Mexico", "Mexico, the United States and Canada"."""
        if self.regions:
            return " or ".join(REGIONS[code].name for code in self.regions)
        if self.country:
            return "the United States" if self.country == "US" else COUNTRIES[self.country]
        return "Mexico, the United States and Canada"


# ---------------------------------------------------------------- the public calls


def resolve(
    query: str,
    *,
    country: str | None = None,
    admin1: str | None = None,
    gazetteer: Gazetteer | None = None,
) -> Place:
    """The one place that a query means.

    Parameters
    ----------
    query : str
        "Villa Unión, Coahuila", "Cd. Juárez, Chih.", "municipio de Galeana, N.L.", "El Paso, TX",
        "28.22 N, 100.73 W". Accents, case and the usual abbreviations do not matter.
    country, admin1 : str, optional
        Narrow the choice, in any usual spelling.
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
    return _Search(query, country, admin1, gazetteer or _gazetteer.load()).place()


def candidates(
    query: str,
    *,
    country: str | None = None,
    admin1: str | None = None,
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
    search = _Search(query, country, admin1, gazetteer or _gazetteer.load())
    try:
        best = search.place()
    except AmbiguousPlaceError as error:
        return list(error.candidates)[:limit]
    except GeocodeError:
        return search.suggestions()[:limit]
    others = [place for place in search.suggestions() if place.id != best.id]
    return [best, *others][:limit]


def resolve_many(
    queries: Iterable[Query], *, gazetteer: Gazetteer | None = None
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
        if query not in known:
            try:
                known[query] = resolve(
                    query.place, country=query.country, admin1=query.admin1, gazetteer=gazetteer
                )
            except GeocodeError as error:
                known[query] = error
        answers.append(known[query])
    return answers


def reverse(lon: float, lat: float, *, gazetteer: SqliteGazetteer | None = None) -> Place:
    """What a point is called: the point itself, with municipality and state of the nearest town.

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
    known = gazetteer or _gazetteer.load()
    near = known.near(lon, lat, within_m=100_000.0, limit=1)
    point = _point(lon, lat, ())
    if not near:
        return replace(point, reason="the coordinates as given; no town within 100 km")
    distance, town = near[0]
    return replace(
        point,
        country=town.country,
        admin1=REGIONS[town.region].name if town.region else None,
        admin2=town.area_name,
        reason=f"the coordinates as given; {town.name} is {distance / 1000:.1f} km away",
    )


def _point(lon: float, lat: float, notes: Sequence[str]) -> Place:
    return Place(
        name="", lon=lon, lat=lat, country="", admin1=None, admin2=None, id="", kind="point",
        population=None, radius_m=0.0, match="coordinates", score=1.0, source=POINT_SOURCE,
        reason="; ".join(("the coordinates as given", *notes)),
    )  # fmt: skip


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


# ---------------------------------------------------------------- the search


class _Search:
    """One query on its way to a place."""

    def __init__(
        self, query: str, country: str | None, admin1: str | None, gazetteer: SqliteGazetteer
    ) -> None:
        self.query = query
        self.country = country
        self.admin1 = admin1
        self.gazetteer = gazetteer
        self.hits: list[_Hit] = []
        self.scope: _Scope | None = None

    # ---- outcome

    def place(self) -> Place:
        found = coordinates(self.query)
        if isinstance(found, str):
            raise self._not_found(f"{self.query!r} is no place on Earth: {found}")
        if found is not None:
            return _point(*found, ())
        reading = read(self.query)
        if not reading.parts:
            raise self._not_found(f"{self.query!r} names no place")
        code, regions = self._given()
        alone = self._region_alone(reading.parts, code, regions)
        if alone is not None:
            return alone
        scopes = list(_scopes(reading.parts, code, regions, reading.notes))
        for scope in scopes:
            hits = self._exact(scope)
            if hits:
                return self._decide(scope, hits)
        self._refuse_elsewhere(reading.parts, code, regions)
        for scope in scopes:
            place = self._inside_known_area(scope)
            if place is not None:
                return place
        scopes += _misspelt_regions(reading.parts, code, regions, reading.notes)
        for scope in scopes[:]:
            hits = self._exact(scope)
            if hits:
                return self._decide(scope, hits)
        for scope in scopes:
            self._refuse_contradiction(scope)
        for scope in scopes:
            hits = self._fuzzy(scope)
            if hits:
                return self._decide(scope, hits)
        raise self._unknown(scopes)

    def suggestions(self) -> list[Place]:
        """What was weighed, as places."""
        return [self._as_place(hit, len(self.hits)) for hit in self.hits]

    def _given(self) -> tuple[str | None, tuple[str, ...] | None]:
        """The arguments `country` and `admin1` as codes."""
        code = None
        if self.country and self.country.strip():
            code = country_code(self.country)
            if code is None:
                raise self._not_found(
                    f"the gazetteer covers Mexico, the United States and Canada, not "
                    f"{self.country!r}"
                )
        if not self.admin1 or not read(self.admin1).parts:
            return code, None
        part = read(self.admin1).parts[0]
        regions = _region_of(part, code) or _near_region(part.bare, code)
        if not regions and country_code(part.bare):
            return country_code(part.bare), None
        if not regions:
            raise self._not_found(
                f"{self.admin1!r} is no state or province of "
                f"{COUNTRIES[code] if code else 'Mexico, the United States or Canada'}"
            )
        return code, regions

    # ---- states and countries alone

    def _region_alone(
        self, parts: Sequence[Part], code: str | None, regions: tuple[str, ...] | None
    ) -> Place | None:
        """The state or country, when the query names nothing else."""
        first, rest = parts[0], parts[1:]
        if len(rest) > 1 or (rest and country_code(rest[0].bare) is None):
            return None
        narrowed = country_code(rest[0].bare) if rest else code
        own = country_code(first.bare)
        if (
            own
            and not rest
            and not regions
            and first.wants != "municipality"
            and (code in (None, own))
        ):
            return self._as_area(self.gazetteer.region(own))
        codes = _region_of(first, narrowed)
        if regions:
            # A state column beside it: "Chihuahua" in Chihuahua is the city.
            return None
        if not codes or first.wants == "municipality":
            return None
        if codes == ("MX-CMX",) or codes == ("US-DC",):
            name = "ciudad de mexico" if codes == ("MX-CMX",) else "washington"
            city = max(self.gazetteer.find(name, codes), key=lambda record: record.population or 0)
            return _Hit(city, "the city that is a federal entity of its own").record.place(
                self.gazetteer.source, "exact", 0.99, "the city that is a federal entity of its own"
            )
        if len(codes) > 1 or len(fold(first.bare)) <= 3 and not rest:
            places = [self._as_area(self.gazetteer.region(c)) for c in codes]
            if len(codes) > 1:
                raise AmbiguousPlaceError(
                    f"{self.query!r} stands for {_listed([REGIONS[c].name for c in codes])}: "
                    "add the country",
                    query=self.query,
                    candidates=[p for p in places if p],
                )
        self._refuse_famous_namesake(codes[0], first)
        return self._as_area(self.gazetteer.region(codes[0]))

    def _refuse_famous_namesake(self, code: str, part: Part) -> None:
        """Ambiguous where a great city outside Mexico bears the state's name: New York, Washington."""
        rivals = [
            record
            for record in self.gazetteer.find(key(part.bare))
            if record.country != "MX" and (record.population or 0) >= 500_000
        ]
        state = self._as_area(self.gazetteer.region(code))
        if rivals and state is not None and "state" not in part.text:
            best = max(rivals, key=lambda record: record.population or 0)
            city = best.place(self.gazetteer.source, "exact", 0.5, "the city of that name")
            raise AmbiguousPlaceError(
                f"{self.query!r} is the state and the city {city.label}: add the state for the city",
                query=self.query,
                candidates=[replace(state, score=0.5), city],
            )

    def _as_area(self, record: Record | None) -> Place | None:
        if record is None:
            return None
        return record.place(
            self.gazetteer.source,
            "exact",
            0.95,
            f"the whole {record.kind}: the point stands for its middle",
        )

    # ---- looking up

    def _exact(self, scope: _Scope) -> list[_Hit]:
        """Records under the name as written or unwrapped, within the scope."""
        for text in dict.fromkeys((scope.place.text, scope.place.bare)):
            spelling = key(text)
            if WILDCARD in spelling:
                records, distance = self._with_lost_letters(spelling, scope), 1
            else:
                records, distance = self.gazetteer.find(spelling, scope.regions, scope.country), 0
            wants = scope.place.wants if text == scope.place.bare else ""
            if wants == "municipality":
                areas = [r for r in records if r.kind != "town"]
                areas += [
                    r
                    for r in self.gazetteer.find(f"{spelling} county", scope.regions, scope.country)
                    if r.kind == "county"
                ]
                records = areas or records
            hits = self._within(scope, _together(self.gazetteer, records, wants))
            if hits:
                return [replace(hit, distance=distance) for hit in hits]
        return []

    def _with_lost_letters(self, spelling: str, scope: _Scope) -> list[Record]:
        pattern = re.compile(re.sub(f"{WILDCARD}+", ".{1,2}", re.escape(spelling)))
        regions = _regions_in(scope)
        names = [name for name in self.gazetteer.spellings(regions) if pattern.fullmatch(name)]
        return [
            record
            for name in dict.fromkeys(names)
            for record in self.gazetteer.find(name, scope.regions, scope.country)
            if record.form != SHORT
        ]

    def _within(self, scope: _Scope, hits: list[_Hit]) -> list[_Hit]:
        """Only those in the municipality or county that the query names too."""
        for outer in scope.outers:
            areas = self._areas(outer, scope)
            if not areas:
                # Not a municipality: perhaps a larger town it belongs to.
                around = {
                    record.area
                    for record in self.gazetteer.find(key(outer.bare), scope.regions, scope.country)
                }
                areas = {area for area in around if area is not None}
            hits = [
                replace(hit, reason=f"{hit.reason} in {hit.record.area_name}")
                for hit in hits
                if hit.record.area in areas
            ]
        return hits

    def _areas(self, outer: Part, scope: _Scope) -> set[int]:
        """Numbers of the municipalities or counties that a part can mean."""
        found: set[int] = set()
        for spelling in dict.fromkeys(
            (key(outer.text), key(outer.bare), f"{key(outer.bare)} county")
        ):
            for record in self.gazetteer.find(spelling, scope.regions, scope.country):
                if record.kind in ("municipality", "county") and record.area is not None:
                    found.add(record.area)
        return found

    def _inside_known_area(self, scope: _Scope) -> Place | None:
        """The municipality, when the query names one and a place in it that is not on record."""
        if not scope.outers or not scope.regions:
            return None
        areas = self._areas(scope.outers[-1], scope)
        if len(areas) != 1:
            return None
        record = self.gazetteer.get(-areas.pop())
        if record is None:
            return None
        where = f"{record.name}, {REGIONS[record.region].name}" if record.region else record.name
        reason = (
            f"{scope.place.text!r} is not on record; the municipality that it is said to be in "
            f"is, {where}"
        )
        return record.place(self.gazetteer.source, "alternate", 0.6, _noted(reason, scope))

    def _fuzzy(self, scope: _Scope) -> list[_Hit]:
        """Records under a spelling so close that it can only be a slip."""
        for text in dict.fromkeys((scope.place.text, scope.place.bare)):
            spelling = key(text)
            limit = _typo_limit(spelling)
            if not limit or WILDCARD in spelling:
                continue
            near = _closest(spelling, self.gazetteer.spellings(_regions_in(scope)), limit)
            if not near:
                continue
            best = near[0][1]
            records = [
                record
                for name, distance in near
                if distance == best
                for record in self.gazetteer.find(name, scope.regions, scope.country)
                if record.form != SHORT
            ]
            hits = self._within(scope, _together(self.gazetteer, records, scope.place.wants))
            if hits:
                return [replace(hit, distance=best) for hit in hits]
        return []

    # ---- deciding

    def _decide(self, scope: _Scope, hits: list[_Hit]) -> Place:
        """The one hit that stands out, or an error that lists them."""
        narrow = bool(scope.regions) and len(scope.regions or ()) == 1
        weighed = sorted(
            (
                replace(hit, weight=_weight(hit, narrow=narrow or bool(scope.outers)))
                for hit in hits
            ),
            key=lambda hit: (-hit.weight, hit.record.number),
        )
        self.hits, self.scope = weighed, scope
        top = weighed[0]
        people = top.record.population or 0
        if len(weighed) > 1:
            ratio = top.weight / max(weighed[1].weight, 1.0)
            if ratio < (RATIO_IN_STATE if narrow or scope.outers else RATIO_ANYWHERE) or (
                not narrow and people < LARGE
            ):
                raise self._ambiguous(scope, weighed)
            reason = f"{top.reason}; {_standing(top, weighed[1])}"
            top = replace(top, reason=reason)
        elif not narrow and not scope.outers and not _distinctive(top):
            raise self._ambiguous(scope, weighed)
        if scope.regions is None and scope.country is None:
            self._refuse_abroad(scope, top)
        return self._as_place(top, len(weighed))

    def _refuse_abroad(self, scope: _Scope, top: _Hit) -> None:
        """Ambiguous when a larger city elsewhere in the world has the name."""
        elsewhere = self.gazetteer.abroad(key(scope.place.bare))
        if elsewhere:
            name, country, people = elsewhere[0]
            if people * _ABROAD_WEIGHT * 5 > (top.record.population or 0) or not country:
                where = f"{name} in {country}" if country else f"the country {name}"
                raise AmbiguousPlaceError(
                    f"{self.query!r} may be {_told(top)}, but also {where}, which the gazetteer "
                    "does not cover: add the state",
                    query=self.query,
                    candidates=self.suggestions(),
                )

    def _as_place(self, hit: _Hit, rivals: int) -> Place:
        score = {OWN: 0.99, ALTERNATE: 0.97, SHORT: 0.93}[hit.record.form]
        score -= 0.06 * hit.distance
        if rivals > 1:
            score -= 0.02
        reason = hit.reason
        if hit.distance:
            reason = f"fuzzy match: {self.query!r} read as {hit.record.name}; {reason}"
        if self.scope is not None:
            reason = _noted(reason, self.scope)
        return hit.record.place(self.gazetteer.source, hit.match, round(max(score, 0.3), 2), reason)

    # ---- refusing

    def _not_found(self, message: str, nearest: Sequence[str] = ()) -> PlaceNotFoundError:
        return PlaceNotFoundError(message, query=self.query, nearest_names=nearest)

    def _ambiguous(self, scope: _Scope, hits: Sequence[_Hit]) -> AmbiguousPlaceError:
        self.hits = list(hits)
        places = [
            replace(self._as_place(hit, len(hits)), score=round(0.9 / max(len(hits), 2), 2))
            for hit in hits
        ]
        shown = [_told(hit) for hit in hits[:5]]
        if len(hits) > 5:
            shown.append(f"{len(hits) - 5} more")
        if len(hits) == 1:
            message = (
                f"{self.query!r} may be {shown[0]}, but a place so small is not the only one of its "
                "name: add the state or the municipality"
            )
        else:
            hint = "municipality" if scope.regions else "state"
            message = f"{self.query!r} may be {_listed(shown, 'or')}: add the {hint}"
        return AmbiguousPlaceError(message, query=self.query, candidates=places)

    def _refuse_elsewhere(
        self, parts: Sequence[Part], code: str | None, regions: tuple[str, ...] | None
    ) -> None:
        """Not found when the query itself says that the place is in another country."""
        for part in parts[1:]:
            if _region_of(part, code) or country_code(part.bare) or code or regions:
                continue
            countries = [entry for entry in self.gazetteer.abroad(key(part.bare)) if not entry[1]]
            if countries:
                raise self._not_found(
                    f"{self.query!r} lies in {countries[0][0]}: the gazetteer covers Mexico, the "
                    "United States and Canada"
                )

    def _refuse_contradiction(self, scope: _Scope) -> None:
        """Not found, and where it is, when the place exists but not where the query says."""
        if not scope.regions and not scope.country:
            return
        records: list[Record] = []
        for text in dict.fromkeys((scope.place.text, scope.place.bare)):
            records = [r for r in self.gazetteer.find(key(text)) if r.form != SHORT]
            if records:
                break
        if not records:
            return
        hits = [
            replace(hit, weight=_weight(hit, narrow=False))
            for hit in _together(self.gazetteer, records, scope.place.wants)
        ]
        hits.sort(key=lambda hit: (-hit.weight, hit.record.number))
        self.hits = hits
        shown = [_told(hit) for hit in hits[:4]]
        if len(hits) > 4:
            shown.append(f"{len(hits) - 4} more")
        raise self._not_found(
            f"there is no {scope.place.bare!r} on record in {scope.where}, only "
            f"{_listed(shown)}: correct the state or the name",
            [_label(hit.record) for hit in hits[:5]],
        )

    def _unknown(self, scopes: Sequence[_Scope]) -> PlaceNotFoundError:
        scope = scopes[0]
        spelling = key(scope.place.bare)
        names = self.gazetteer.spellings(_regions_in(scope))
        near = (
            _closest(spelling, names, max(2, len(spelling) // 4))[:5] if len(spelling) > 3 else []
        )
        nearest: list[str] = []
        for name, _ in near:
            found = self.gazetteer.find(name, scope.regions, scope.country)
            nearest += [_label(record) for record in found if _label(record) not in nearest]
        hint = f"; the nearest spellings are {_listed(nearest[:3])}" if nearest else ""
        return self._not_found(
            f"{self.query!r} is not on record in {scope.where}{hint}", nearest[:5]
        )


# ---------------------------------------------------------------- reading the parts


def _region_of(part: Part, country: str | None) -> tuple[str, ...]:
    return region_codes(part.text, country) or region_codes(part.bare, country)


def _scopes(
    parts: Sequence[Part],
    code: str | None,
    given: tuple[str, ...] | None,
    notes: tuple[str, ...],
) -> Iterable[_Scope]:
    """Every way to read the parts, likeliest first."""
    parts = list(parts)
    regions = given
    mexico_twice = False
    while len(parts) > 1:
        last = parts[-1]
        named = country_code(last.bare)
        codes = _region_of(last, code)
        # "CA" is California before it is Canada; "Mexico" the country before the state.
        if named and (not codes or last.bare in ("mexico", "mex")) and code in (None, named):
            if codes and regions is None:
                mexico_twice = True
            code = named
            parts.pop()
        elif codes and (regions is None or set(codes) & set(regions)):
            regions = tuple(c for c in codes if regions is None or c in regions)
            parts.pop()
        else:
            break
        if regions and given is None:
            break
    parts = [p for n, p in enumerate(parts) if n == 0 or country_code(p.bare) != (code or "MX")]
    if regions is None and len(parts) > 1 and _region_of(parts[0], code):
        regions = _region_of(parts[0], code)
        parts = parts[1:]
    place, outers = parts[0], tuple(parts[1:])
    if mexico_twice and regions is None and code == "MX":
        pass
    yield _Scope(place, outers, regions, code, notes)
    if not outers:
        yield from _peeled(place, regions, code, notes)
    if outers and regions:
        # A road, a quarter or a building first, the town after it: "carretera ..., Villa Unión".
        yield _Scope(outers[0], outers[1:], regions, code, (*notes, f"{place.text!r} set aside"))


def _peeled(
    place: Part, regions: tuple[str, ...] | None, code: str | None, notes: tuple[str, ...]
) -> Iterable[_Scope]:
    """The state or country run on behind the name without a comma: "Janos Chihuahua"."""
    words = place.bare.split()
    for size in range(min(5, len(words) - 1), 0, -1):
        tail, head = " ".join(words[-size:]), " ".join(words[:-size])
        named = country_code(tail)
        if named and code in (None, named) and len(tail) > 2:
            rest = Part(head, head, place.wants)
            yield from _peeled(rest, regions, named, notes)
            yield _Scope(rest, (), regions, named, notes)
        codes = region_codes(tail, code)
        if regions is not None:
            codes = tuple(c for c in codes if c in regions)
        if codes:
            yield _Scope(Part(head, head, place.wants), (), codes, code, notes)
    for size in range(1, min(4, len(words))):
        codes = region_codes(" ".join(words[:size]), code)
        if codes and regions is None and len(words[0]) > 3:
            tail = " ".join(words[size:])
            yield _Scope(Part(tail, tail, place.wants), (), codes, code, notes)


def _misspelt_regions(
    parts: Sequence[Part],
    code: str | None,
    given: tuple[str, ...] | None,
    notes: tuple[str, ...],
) -> list[_Scope]:
    """The last part read as a misspelt state: "Villa Union, Cohauila"."""
    parts = list(parts)
    if len(parts) > 1 and country_code(parts[-1].bare):
        code = code or country_code(parts[-1].bare)
        parts.pop()
    if given is not None or len(parts) < 2 or _region_of(parts[-1], code):
        return []
    codes = _near_region(parts[-1].bare, code)
    if not codes:
        return []
    note = f"fuzzy match: {parts[-1].text!r} read as {REGIONS[codes[0]].name}"
    return [_Scope(parts[0], tuple(parts[1:-1]), codes, code, (*notes, note))]


@lru_cache(maxsize=1024)
def _near_region(text: str, country: str | None) -> tuple[str, ...]:
    """States whose name is one slip away, or two in a long name."""
    known = region_spellings()
    if WILDCARD in text:
        pattern = re.compile(re.sub(f"{WILDCARD}+", ".{1,2}", re.escape(text)))
        spellings = [spelling for spelling in known if pattern.fullmatch(spelling)]
    else:
        limit = 0 if len(text) < 5 else 1 if len(text) < 8 else 2
        spellings = [s for s, _ in _closest(text, [s for s in known if len(s) > 4], limit)][:1]
    codes = {c for s in spellings for c in known[s] if country is None or c.startswith(country)}
    return tuple(sorted(codes)) if len(codes) == 1 else ()


def _regions_in(scope: _Scope) -> Collection[str] | None:
    if scope.regions:
        return scope.regions
    if scope.country:
        return [region for region in REGIONS if region.startswith(scope.country)]
    return None


# ---------------------------------------------------------------- spelling


def _typo_limit(spelling: str) -> int:
    """How many slips are forgiven: none in a short name, more as it grows."""
    size = len(spelling)
    return 0 if size < 5 else 1 if size < 9 else 2 if size < 16 else 3


def _closest(spelling: str, names: Iterable[str], limit: int) -> list[tuple[str, int]]:
    """Names within `limit` slips (insert, delete, replace, swap neighbours), nearest first."""
    from rapidfuzz import process  # noqa: PLC0415  (only a misspelt name needs it)
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    if limit < 1:
        return []
    near = process.extract(spelling, names, scorer=OSA.distance, score_cutoff=limit, limit=50)
    found: dict[str, int] = {}
    for name, distance, _ in near:
        found.setdefault(name, int(distance))
    return sorted(found.items(), key=lambda item: (item[1], item[0]))


# ---------------------------------------------------------------- weighing


def _together(gazetteer: SqliteGazetteer, records: Sequence[Record], wants: str) -> list[_Hit]:
    """One hit for each thing meant: a municipality and its seat of the same name are one."""
    hits = []
    towns = {record.number: record for record in records if record.kind == "town"}
    for record in towns.values():
        form = ("its own name", "another name of it", "its name shortened")[record.form]
        hits.append(_Hit(record, form))
    for record in records:
        if record.kind == "town":
            continue
        if wants == "municipality":
            hits.append(_Hit(record, "the municipality asked for"))
            continue
        if record.seat in towns:
            # The seat answers to the municipality's own name at least as well as to its own.
            seat = towns[record.seat]
            if record.form < seat.form:
                hits = [
                    replace(h, record=replace(seat, form=ALTERNATE)) if h.record is seat else h
                    for h in hits
                ]
            continue
        if any(t.area == record.area and t.form <= record.form for t in towns.values()):
            continue
        seat_record = gazetteer.get(record.seat) if record.seat else None
        if seat_record is not None and _named_after(seat_record.name, record.name):
            hits.append(
                _Hit(
                    replace(seat_record, form=max(record.form, ALTERNATE)),
                    f"the seat of the municipality of {record.name}",
                )
            )
        else:
            hits.append(_Hit(record, "a municipality of that name"))
    return hits


def _named_after(town: str, area: str) -> bool:
    """True when the seat's name holds the municipality's: José Mariano Jiménez, Jiménez."""
    words = set(key(area).split()) - {"de", "del", "la", "las", "los", "el"}
    return words <= set(key(town).split()) or set(key(town).split()) <= set(key(area).split())


def _weight(hit: _Hit, *, narrow: bool) -> float:
    record = hit.record
    people = float(record.population or 300)
    if record.kind in ("municipality", "county"):
        people = 2000.0
    rank = _RANK_WEIGHT[record.rank] if narrow else 1.0
    return people * rank * _FORM_WEIGHT[record.form]


def _distinctive(hit: _Hit) -> bool:
    """True when a name found once, with no state given, can be taken for that place."""
    record = hit.record
    people = record.population or 0
    if record.kind != "town":
        return True
    if hit.distance:
        return people >= LARGE or (people >= 5000 and hit.distance == 1)
    if record.form == SHORT:
        return people >= LARGE
    return people >= 5000 or record.rank > 0 or len(record.name) >= 12


def _standing(top: _Hit, second: _Hit) -> str:
    """Why the first and not the second, in words."""
    people, others = top.record.population or 0, second.record.population or 0
    if others and people / others >= 2:
        return f"{people / others:,.0f} times the population of {_label(second.record)}"
    if top.record.rank > second.record.rank:
        what = ("", "the seat of its municipality", "the state capital", "the national capital")
        return f"{what[top.record.rank]}, unlike {_label(second.record)}"
    return f"more likely than {_label(second.record)}, which is only called so"


# ---------------------------------------------------------------- words


def _label(record: Record) -> str:
    region = REGIONS[record.region].name if record.region else ""
    return ", ".join(filter(None, (record.name, region)))


def _told(hit: _Hit) -> str:
    """A place with what tells it apart from its namesakes."""
    record = hit.record
    facts = []
    if record.area_name and record.kind == "town":
        facts.append(record.area_name)
    if record.kind == "municipality":
        facts.append("municipality")
    if record.population:
        facts.append(f"{record.population:,} people")
    return f"{_label(record)} ({', '.join(facts)})" if facts else _label(record)


def _listed(words: Sequence[str], joint: str = "and") -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def _noted(reason: str, scope: _Scope) -> str:
    return "; ".join((reason, *scope.notes))
