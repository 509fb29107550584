"""Why there is no place, from the surest reason to the vaguest: abroad, unlisted, contradictory.

Each raises when its reason holds, and returns when it does not.
"""

from __future__ import annotations

from collections.abc import Sequence

from bordermap._geocoder import ranking
from bordermap._geocoder.finding import Finder
from bordermap._geocoder.inquiry import Inquiry
from bordermap._geocoder.query import Part, country_of, region_of
from bordermap._geocoder.ranking import Hit, label, listed, related, told
from bordermap._geocoder.scope import Scope, cut_short
from bordermap.errors import PlaceNotFoundError
from bordermap.gazetteer import ALTERNATE, OWN
from bordermap.names import REGIONS, key

__all__ = ["refuse_abroad", "refuse_contradiction", "refuse_cut", "refuse_unlisted", "unknown"]

# So many people make a place the one that is meant, whatever municipality stands beside it.
_GREAT = 100_000
# A name that so many towns of a country have, hamlets have too.
_OFTEN = 12


def refuse_abroad(
    inquiry: Inquiry, parts: Sequence[Part], country: str | None, regions: tuple[str, ...] | None
) -> None:
    """Not found when the query itself says that the place is in another country."""
    if country or regions:
        return
    for part in parts[1:]:
        if region_of(part, None) or country_of(part):
            continue
        for name, inside, _, _ in inquiry.gazetteer.abroad(key(part.bare)):
            if not inside:
                raise inquiry.not_found(
                    f"{inquiry.query!r} lies in {name}: the gazetteer covers Mexico, the United "
                    "States and Canada"
                )


def refuse_unlisted(inquiry: Inquiry, finder: Finder, ways: Sequence[Scope]) -> None:
    """Ambiguous when the municipality is known and the place in it is not on record."""
    for scope in ways:
        if not scope.outers or not scope.regions:
            continue
        areas = finder.areas(scope.outers[-1], scope) or finder.seated(scope.outers[-1], scope)
        if len(areas) != 1:
            continue
        record = inquiry.gazetteer.get(-areas.pop())
        if record is None or finder.fuzzy(scope) or finder.well_known(scope):
            continue
        greater = [
            Hit(found)
            for found in inquiry.gazetteer.find(key(scope.place.bare))
            if found.form == OWN
            and found.country == record.country
            and (found.population or 0) >= _GREAT
        ]
        # "San José, Agua Prieta, Sonora" is a hamlet, "Saltillo, Monterrey" is none.
        if greater and inquiry.gazetteer.namesakes(key(scope.place.bare), record.country) < _OFTEN:
            inquiry.hits = ranking.weighed(greater, key(scope.place.bare), narrow=False)
            raise inquiry.not_found(
                f"no {scope.place.shown!r} is on record in the municipality of {label(record)}, but "
                f"{listed([told(hit.record) for hit in inquiry.hits], most=4)}: correct one of the two",
                inquiry.labels(),
            )
        seat = inquiry.gazetteer.get(record.seat) if record.seat else None
        named = [Hit(record, "the municipality named")]
        if seat is not None:
            named.append(Hit(seat, "the seat of the municipality named"))
        inquiry.hits = named
        raise inquiry.ambiguous(
            f"{scope.place.shown!r} is not on record in the municipality of {label(record)}: "
            "give its coordinates, or the municipality alone"
        )


def refuse_contradiction(
    inquiry: Inquiry,
    parts: Sequence[Part],
    country: str | None,
    regions: tuple[str, ...] | None,
    ways: Sequence[Scope],
    *,
    inside: bool,
) -> None:
    """Not found, and where it is, when the place exists but not where the query says.

    Parameters
    ----------
    inside : bool
        True where a municipality is given beside the query.
    """
    said = region_of(parts[-1], None) if len(parts) > 1 else ()
    given = Scope(parts[0], (), regions, country).where
    agree = [c for c in said if c[:2] == (country or c[:2]) and (not regions or c in regions)]
    for scope in ways:
        if not (scope.regions or scope.country or inside):
            continue
        for text in scope.place.names:
            records = [
                record
                for record in inquiry.gazetteer.find(key(text))
                if record.form == OWN
                or (record.form == ALTERNATE and (record.population or 0) >= 100_000)
            ]
            own = [record for record in records if record.form == OWN]
            if own:  # "Zaragoza, Texas": that Tijuana was called so once says nothing
                records = [r for r in records if r.form == OWN or related(text, r.name)]
            if not records:
                continue
            hits = ranking.together(inquiry.gazetteer, records, scope.place.wants)
            inquiry.hits = ranking.weighed(hits, key(text), narrow=False)
            if said and not agree:
                named = country_of(parts[-1])
                names = [REGIONS[c].name for c in said] if named != "MX" else ["Mexico"]
                raise inquiry.not_found(
                    f"{inquiry.query!r} names {listed(names, 'or')}, but "
                    f"{given} is given beside it: correct one of the two",
                    inquiry.labels(),
                )
            where = [part.shown for part in scope.outers]
            if scope.regions or scope.country:
                where.append(scope.where)
            raise inquiry.not_found(
                f"no {scope.place.shown!r} is on record in {', '.join(where)}, but "
                f"{listed([told(hit.record) for hit in inquiry.hits], most=4)}: correct the "
                f"{'rest' if scope.outers else 'state'} or the name",
                inquiry.labels(),
            )


def refuse_cut(inquiry: Inquiry, finder: Finder, ways: Sequence[Scope]) -> None:
    """Ambiguous where the name of a city is cut short: "Tlaq., Jalisco", "LA, California"."""
    for scope in ways:
        pattern = cut_short(scope.place) if scope.narrow and not scope.outers else None
        if pattern is None:
            continue
        records = {
            record.number: record
            for name in finder.spellings(scope)
            if pattern.fullmatch(name)
            for record in finder.find(name, scope)
            if record.kind == "town" and (record.population or 0) >= ranking.LARGE
            if record.form == OWN or related(name, record.name)
        }
        if records:
            inquiry.hits = ranking.weighed([Hit(r) for r in records.values()], "", narrow=True)
            shown = listed([told(hit.record) for hit in inquiry.hits], "or")
            raise inquiry.ambiguous(
                f"{inquiry.query!r} may be short for {shown}: write the name out"
            )


def unknown(inquiry: Inquiry, finder: Finder, scope: Scope) -> PlaceNotFoundError:
    """The error that nothing on record is called so, with what is spelt like it."""
    spelling = key(scope.place.bare)
    nearest: dict[str, None] = {}
    if len(spelling) > 3:
        limit = max(1, len(spelling) // 4)
        if not scope.narrow:
            limit = min(2, max(1, (len(spelling) - 4) // 5))
        for name, _ in finder.spellings(scope).near(spelling, limit)[:5]:
            nearest.update((label(record), None) for record in finder.find(name, scope))
    names = list(nearest)[:5]
    hint = f"; the nearest spellings are {listed(names, most=3)}" if names else ""
    return inquiry.not_found(f"{inquiry.query!r} is not on record in {scope.where}{hint}", names)
