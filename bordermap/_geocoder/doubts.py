"""Why a place should not be taken for granted although nothing rivals it."""

from __future__ import annotations

from bordermap._geocoder import ranking
from bordermap._geocoder.inquiry import Inquiry
from bordermap._geocoder.query import region_of
from bordermap._geocoder.ranking import Hit, bare_words, related, told
from bordermap._geocoder.scope import Scope, states_behind
from bordermap.gazetteer import ALTERNATE, OWN, SqliteGazetteer
from bordermap.names import REGIONS, key

__all__ = ["refuse", "reserve"]

# A city abroad is meant less often in a text about these three countries, but Paris is not Texan.
_ABROAD_WEIGHT = 0.5
# How many times more people make a place of the same country the one that is meant, and how many
# where the other only was called so once.
_GREATER, _KNOWN = 10, 50_000
# ... and how many make an answer less sure; with so many a city is known by any name.
_LARGER, _LARGER_CERTAINTY, _FAMOUS = 2, 0.9, 1_000_000
# A small place of a name that stands alone may be a hamlet elsewhere, or no place at all.
# So is a word without a capital, or what a city that is not of the largest has for a second name.
_LONE_CERTAINTY, _GREAT = 0.9, 200_000
# From so many people INEGI counts a place as urban: it is no hamlet.
_URBAN = 2500
# Of villages' names so long one in a hundred is a slip away from another in the state, of short ones
# one in ten: a misspelt one may as well be a hamlet that is not on record.
_LONG = 10
# So many towns of a name make hamlets of it likely in any state: beside a small town, beside one that
# INEGI counts as urban; a larger one is no hamlet's rival.
_FEW, _MANY, _TOWN = 3, 12, 5000
# ... and with so few an answer is still given, but less sure.
_SOME, _HAMLETS_CERTAINTY = 8, 0.82
# Words for kinds of places, for what happens there, and months: alone they are seldom a town's name.
_COMMON_WORDS = frozenset((
    "aduana", "aeropuerto", "agency", "airport", "arroyo", "autopista", "bank", "bar", "barrio", "base",
    "beach", "border", "bridge", "building", "bus", "camp", "campo", "canal", "canyon", "carretera",
    "casa", "center", "centro", "church", "city", "ciudad", "clinic", "coast", "colonia", "costa",
    "country", "county", "creek", "crossing", "dam", "desert", "desierto", "district", "downtown",
    "drug", "east", "ejido", "escuela", "factory", "farm", "forest", "frontera", "garita", "gulf",
    "harbor", "harbour", "highway", "hill", "home", "hospital", "hotel", "house", "island", "isla",
    "jail", "junction", "laguna", "lake", "mall", "marina", "market", "mercado", "mesa", "mina", "mine",
    "mission", "montana", "mount", "mountain", "mountains", "municipio", "north", "northwest", "norte",
    "ocean", "office", "oficina", "open", "panteon", "park", "parque", "penal", "plain", "plains",
    "plant", "playa", "plaza", "police", "policia", "port", "prison", "puente", "puerto", "ranch",
    "rancho", "refinery", "reservation", "restaurant", "rio", "river", "road", "rural", "school",
    "sea", "sierra", "sierra madre", "south", "station", "store", "street", "sur", "terminal", "town",
    "tunnel", "unidad", "universidad", "university", "urban", "valle", "valley", "village", "wall",
    "warehouse", "west", "january", "february", "march", "april", "may", "june", "july", "august",
    "september", "october", "november", "december", "enero", "febrero", "marzo", "abril", "mayo",
    "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
))  # fmt: skip


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
    small = top.people < ranking.LARGE and top.record.kind == "town"
    if not narrow and small:
        _refuse_run_on(inquiry, scope, top)
        _refuse_common_word(inquiry, scope, top)
    if scope.regions and not scope.outers:
        if scope.place.wants != "municipality":  # that of Chihuahua is not the state
            _refuse_state(inquiry, scope, top)
        _refuse_borrowed(inquiry, scope, top)
    spelling, within = key(scope.place.bare), bool(scope.outers)
    doubt = reserve(inquiry.gazetteer, top, spelling, within=within)
    crowd = _crowd(inquiry.gazetteer, top, spelling, within=within) if doubt else 0
    own = top.record.form == OWN and not top.distance
    if crowd and own and (top.people >= _URBAN or crowd < _SOME):
        inquiry.certainty *= _HAMLETS_CERTAINTY
        inquiry.notes = (*inquiry.notes, doubt)
    elif doubt:
        raise inquiry.ambiguous(
            f"{inquiry.query!r} may be {told(top.record)}, but {doubt}: give the municipality "
            "or the coordinates"
        )
    if scope.regions is None and scope.country is None:
        _refuse_greater_abroad(inquiry, scope, top)
        if scope.outers:
            return
        _doubt_lone(inquiry, scope, top, small=small)


def _doubt_lone(inquiry: Inquiry, scope: Scope, top: Hit, *, small: bool) -> None:
    """Less sure where a name stands alone that may well be that of something else."""
    note = ""
    if small:
        note = "a small place for a name with no state to it"
    elif key(scope.place.bare).startswith("colonia "):
        note = "a quarter's name with no city to it"
    elif not scope.place.typed.islower() and (top.record.form == OWN or top.people >= _GREAT):
        return
    inquiry.certainty *= _LONE_CERTAINTY
    inquiry.notes = (*inquiry.notes, *filter(None, (note,)))


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
    unsure = hit.people < _URBAN and (hit.distance > 1 or len(spelling) < _LONG)
    if hit.distance and unsure and not (within or _same_words(spelling, record.name)):
        return "the spelling differs and the place is small"
    borrowed = record.form != OWN and not hit.reason.startswith("the seat")
    if borrowed and not related(spelling, record.name):
        return "that is only another name on record for it"
    crowd = _crowd(gazetteer, hit, spelling, within=within)
    if not crowd:
        return ""
    return (
        f"{crowd} towns in Mexico are called so, and places below 500 people, which are not on record, "
        "often are too"
    )


def _crowd(gazetteer: SqliteGazetteer, hit: Hit, spelling: str, *, within: bool) -> int:
    """How many towns of Mexico have a name, where that makes hamlets of it likely; else 0."""
    if within or (hit.namesake and hit.record.form == OWN) or hit.people >= _TOWN:
        return 0
    namesakes = gazetteer.namesakes(spelling, "MX")
    return namesakes if namesakes >= (_FEW if hit.people < _URBAN else _MANY) else 0


def _same_words(spelling: str, name: str) -> bool:
    """True where only articles or the order of the words differ."""
    words = bare_words(key(name.partition(" (")[0]))
    return sorted(bare_words(spelling)) == sorted(words)


def _refuse_run_on(inquiry: Inquiry, scope: Scope, top: Hit) -> None:
    """Ambiguous where the end of a small place's name is a state that has the rest of it too.

    "San José Guerrero" is a village of Puebla, and one writes San José, Guerrero, like that.
    """
    for rest, codes in states_behind(key(scope.place.bare)):
        found = [r for r in inquiry.gazetteer.find(rest, codes, scope.country) if r.form == OWN]
        if found:
            inquiry.hits = [top, *ranking.together(inquiry.gazetteer, found, "")]
            raise inquiry.torn(scope)


def _refuse_common_word(inquiry: Inquiry, scope: Scope, top: Hit) -> None:
    """Ambiguous where a word that is seldom a name stands alone: "Airport" is a place in Hawaii."""
    if key(scope.place.text) in _COMMON_WORDS:
        raise inquiry.ambiguous(
            f"{inquiry.query!r} may be {told(top.record)}, but it is also a common word: add the state"
        )


def _refuse_state(inquiry: Inquiry, scope: Scope, top: Hit) -> None:
    """Ambiguous where the name is the state's, and the place has it but by the way.

    "Sonora, Sonora" is hardly Moctezuma, which was called so once; the capital is "Durango, Durango".
    """
    if top.record.region not in region_of(scope.place, None) or top.namesake or top.record.rank > 1:
        return
    if top.people >= (_URBAN if top.record.form == OWN else ranking.LARGE):
        return
    state = REGIONS[top.record.region or ""].name
    raise inquiry.ambiguous(
        f"{inquiry.query!r} may be the whole of {state}, or {told(top.record)} ({top.reason}): "
        "name the town"
    )


def _refuse_borrowed(inquiry: Inquiry, scope: Scope, top: Hit) -> None:
    """Ambiguous where a place has the name from another, which is meant but for the state.

    "Ciudad Juárez, Tamaulipas" is hardly Ciudad Mante, which once was Villa Juárez, and "Kansas City,
    Oklahoma" not Kansas. Where the other is only somewhat larger, the answer is less sure.
    """
    find, bare, written = inquiry.gazetteer.find, key(scope.place.bare), key(scope.place.text)
    dropped = bare != written and all(
        record.number != top.record.number for record in find(written, (top.record.region or "",))
    )
    if not dropped and (top.namesake or (top.record.form == OWN and not top.distance)):
        return
    kin = not dropped and related(bare, top.record.name)
    if kin and top.record.form == ALTERNATE and _in_other_names(inquiry, bare, top):
        inquiry.certainty *= _LARGER_CERTAINTY
    for record in find(written if dropped else bare):
        people = record.population or 0
        known = record.form == OWN or (dropped and people >= _FAMOUS)
        if record.kind != "town" or record.region == top.record.region or not known:
            continue
        greater = people >= _GREATER * max(top.people, 1) and record.country == top.record.country
        if greater if kin else people >= _KNOWN:
            inquiry.hits = [Hit(record), *inquiry.hits]
            raise inquiry.ambiguous(
                f"{inquiry.query!r} may be {told(record)}, but that lies in another state; in "
                f"{inquiry.where} there is {told(top.record)} ({top.reason}): correct the state "
                "or the name"
            )
        if dropped or people >= max(_KNOWN, _LARGER * top.people):
            inquiry.certainty *= _LARGER_CERTAINTY
            inquiry.notes = (*inquiry.notes, f"{told(record)} has the name too")
            return


def _in_other_names(inquiry: Inquiry, spelling: str, top: Hit) -> bool:
    """True where towns of the state have the name in theirs: Oaxaca has many a San Bartolomé."""
    region = (top.record.region or "",)
    words = f" {spelling} "
    longer = [
        name
        for name in inquiry.gazetteer.spellings(region).holding(spelling)
        if words in f" {name} " and name != spelling
    ]
    return any(
        record.form == OWN and record.number != top.record.number
        for name in longer
        for record in inquiry.gazetteer.find(name, region)
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
