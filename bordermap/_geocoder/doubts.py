"""Why a place should not be taken for granted although nothing rivals it."""

from __future__ import annotations

from bordermap._geocoder import ranking
from bordermap._geocoder.inquiry import Inquiry
from bordermap._geocoder.ranking import Hit, bare_words, related, told
from bordermap._geocoder.scope import Scope, states_behind
from bordermap.gazetteer import OWN, SqliteGazetteer
from bordermap.names import key

__all__ = ["refuse", "reserve"]

# A city abroad is meant less often in a text about these three countries, but Paris is not Texan.
_ABROAD_WEIGHT = 0.5
# How many times more people make a place of the same country the one that is meant, and how many
# where the other only was called so once.
_GREATER, _KNOWN = 10, 50_000
# A small place of a name that stands alone may be a hamlet elsewhere, or no place at all.
_LONE_CERTAINTY = 0.9


def refuse(inquiry: Inquiry, scope: Scope, top: Hit, *, narrow: bool) -> None:
    """Raise what is ambiguous where nothing rivals a place, but it should not be taken for granted.

    Parameters
    ----------
    narrow : bool
        True where the query names the state.

    Raises
    ------
    AmbiguousPlaceError
    """
    small = top.people < ranking.LARGE
    if not narrow and small:
        _refuse_run_on(inquiry, scope, top)
    if scope.regions and not scope.outers:
        _refuse_borrowed(inquiry, scope, top)
    doubt = reserve(inquiry.gazetteer, top, key(scope.place.bare), within=bool(scope.outers))
    if doubt:
        raise inquiry.ambiguous(
            f"{inquiry.query!r} may be {told(top.record)}, but {doubt}: give the municipality "
            "or the coordinates"
        )
    if scope.regions is None and scope.country is None:
        _refuse_greater_abroad(inquiry, scope, top)
        if small:
            inquiry.certainty *= _LONE_CERTAINTY


def reserve(gazetteer: SqliteGazetteer, hit: Hit, spelling: str, *, within: bool = False) -> str:
    """Why a hit should not be taken for granted although no other rivals it; "" for no reason.

    The gazetteer lists Mexican places from 500 people; most of the country's 190,000 hamlets are
    smaller and share a few hundred names. A small place of a common name is therefore often not
    the one that a report means: unless it lies `within` the municipality that is named beside it.
    """
    record = hit.record
    small = record.kind == "town" and not record.rank and hit.people < 10_000
    if hit.distance > (1 if small else 2) and not within:
        return f"the spelling differs in {hit.distance} letters"
    # What was added by hand was added because reports name it.
    if not small or record.country != "MX" or record.ref.startswith("bordermap:"):
        return ""
    same = bare_words(spelling) == bare_words(key(record.name.partition(" (")[0]))
    if hit.distance and hit.people < 2500 and not same and not within:
        return "the spelling differs and the place is small"
    borrowed = record.form != OWN and not hit.reason.startswith("the seat")
    if borrowed and not related(spelling, record.name):
        return "that is only another name on record for it"
    if within:
        return ""
    namesakes = gazetteer.namesakes(spelling, "MX") if hit.people < 5000 else 0
    few = namesakes < (3 if hit.people < 2500 else 12)
    return (
        ""
        if few
        else (
            f"{namesakes} towns in Mexico are called so, and places below 500 people, which are not on "
            "record, often are too"
        )
    )


def _refuse_run_on(inquiry: Inquiry, scope: Scope, top: Hit) -> None:
    """Ambiguous where the end of a small place's name is a state that has the rest of it too.

    "San José Guerrero" is a village of Puebla, and one writes San José, Guerrero, like that.
    """
    for rest, codes in states_behind(key(scope.place.bare)):
        found = [r for r in inquiry.gazetteer.find(rest, codes, scope.country) if r.form == OWN]
        if found:
            inquiry.hits = [top, *ranking.together(inquiry.gazetteer, found, "")]
            raise inquiry.torn(scope)


def _refuse_borrowed(inquiry: Inquiry, scope: Scope, top: Hit) -> None:
    """Ambiguous where a place has the name from another, which is meant but for the state.

    "Ciudad Juárez, Tamaulipas" is hardly Ciudad Mante, which once was Villa Juárez.
    """
    spelling = key(scope.place.bare)
    if top.namesake or (top.record.form == OWN and not top.distance):
        return
    kin = related(spelling, top.record.name)
    for record in inquiry.gazetteer.find(spelling):
        people = record.population or 0
        greater = people >= _GREATER * max(top.people, 1)
        if (
            record.form == OWN
            and record.kind == "town"
            and record.region != top.record.region
            and (greater and record.country == top.record.country if kin else people >= _KNOWN)
        ):
            greater_hit = Hit(record)
            inquiry.hits = [greater_hit, *inquiry.hits]
            raise inquiry.ambiguous(
                f"{inquiry.query!r} may be {told(record)}, but that lies in another state; in "
                f"{inquiry.where} there is {told(top.record)} ({top.reason}): correct the state "
                "or the name"
            )


def _refuse_greater_abroad(inquiry: Inquiry, scope: Scope, top: Hit) -> None:
    """Ambiguous when a larger city elsewhere in the world has the name."""
    for name, country, people, own in inquiry.gazetteer.abroad(key(scope.place.bare)):
        weight = _ABROAD_WEIGHT if own else _ABROAD_WEIGHT / 10
        if not country or people * weight > top.people:
            where = f"{name} in {country}" if country else f"the country {name}"
            raise inquiry.ambiguous(
                f"{inquiry.query!r} may be {told(top.record)}, but also {where}, which the "
                "gazetteer does not cover: add the state"
            )
