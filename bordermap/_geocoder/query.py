"""What a place query says: the parts told apart, and the words around a name set aside.

Nothing here looks anything up. `read` turns one string into a `Reading`, the parts that it lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from bordermap._geocoder.damage import WILDCARD, repair
from bordermap.names import country_code, fold, region_codes, written_out

__all__ = [
    "Part",
    "Reading",
    "between",
    "country_of",
    "distant_from",
    "may_be_wrapped",
    "plain_name",
    "plain_region",
    "read",
    "region_of",
    "second_name",
    "two",
]

MAX_LENGTH = 300

# What a cell holds when nobody knew the place, folded.
_NOTHING = frozenset((
    "na", "nan", "none", "null", "nil", "unknown", "unknown location", "unknown place",
    "location unknown", "tbd", "tbc", "ref", "value", "div 0", "various", "various locations",
    "several", "multiple", "multiple states", "multiple locations", "not specified",
    "unspecified", "not available", "not known", "undisclosed", "undetermined", "other", "x",
    "xx", "xxx", "desconocido", "desconocida", "se desconoce", "lugar desconocido",
    "no especificado", "no especificada", "sin especificar", "no identificado", "no identificada",
    "no disponible", "sin dato", "sin datos", "pendiente", "por confirmar", "por definir",
    "varios", "varias", "varios estados", "varios municipios", "otro", "otra",
))  # fmt: skip
# With the stroke they mean "no data"; without it SD and ND are the Dakotas.
_STROKES = frozenset(("s/d", "n/d", "s/n", "n/a", "n/e"))

_SEPARATORS = re.compile(r"[,;:|/()\[\]\n\t>→»]+|\s[-–—]\s|(?<=\w{5})\.\s(?=[A-ZÁÉÍÓÚÑ]\w{3,}\s*$)")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a query, folded.

    Attributes
    ----------
    text : str
        As written: "rio grande city", "culiacan municipality".
    bare : str
        Without the words that only say what kind of thing it is: "rio grande", "culiacan".
        Which of the two is the name, only a gazetteer can tell.
    wants : str
        "municipality", "state" or "town" where such a word was there, else "".
    typed : str
        Letter by letter as it was typed, for messages; "" where it is not known.
    inner : str
        Without such words before it, but with those behind: "mountain village", of "the town of
        mountain village"; "" where there are none.
    bracketed : bool
        True where it stood in brackets behind another.
    """

    text: str
    bare: str
    wants: str = ""
    typed: str = field(default="", compare=False, repr=False)
    inner: str = field(default="", compare=False, repr=False)
    bracketed: bool = field(default=False, compare=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """What the name can be, the longest first."""
        if self.text == self.bare:
            return (self.text,)
        return tuple(dict.fromkeys(filter(None, (self.text, self.inner, self.bare))))

    @property
    def shown(self) -> str:
        """What a message calls it."""
        return (self.typed or self.bare).replace(WILDCARD, "?")


@dataclass(frozen=True, slots=True)
class Reading:
    """A query taken apart: its parts in the order written, and what had to be repaired."""

    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()


# ---------------------------------------------------------------- words around a name

_LEAD = re.compile(
    r"^(?:(?:in|at|near|en|cerca de|close to|outside|outside of|around|just|de|del|from|within|inside|"
    r"the|el|la|los|north|south|east|west|northern|southern|eastern|western|central|norte|sur|of) )+"
    r"(?=(?:the |la |el )?(?:town|city|village|municipality|state|border|mexican|ciudad de|pueblo de|poblado de|municipio|"
    r"mpio|estado|localidad|comunidad|community|northern|southern|eastern|western|central|province|county)\b)"
)
_NEAR = re.compile(r"^(?:near|in|at|en|cerca de|close to|outside of|outside|around|within|from) ")
_WRAPPERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^(?:el |la |the )?(?:municipio|mpio|mun|municipality|municipalidad|alcaldia|delegacion)(?: of| de la ciudad de| de| del)? (?=\w)"), "municipality"),
    (re.compile(r" (?:municipality|municipio|muncipality|municpality|mpio|municipal)$"), "municipality"),
    (re.compile(r"^(?:the )?(?:(?:\w+ )?(?:mexican|us|american|canadian) )?(?:border )?(?:town|city|village|community|settlement|hamlet) of "), "town"),
    (re.compile(r"^(?:la |el )?(?:ciudad|poblacion|localidad|comunidad|pueblo) fronteriz[ao] (?:de|del) (?=\w{3,})"), "town"),
    (re.compile(r"^(?:the )?(?:\w+ )?(?:port|resort)(?: (?:city|town))? of (?=\w{3,})"), "town"),
    (re.compile(r"^(?:la )?(?:localidad|comunidad|poblacion|poblado|pueblo|rancheria)(?: de| del) (?=\w{3,})"), "town"),
    (re.compile(r" (?:town|village|city|borough|community|suburb|area|neighborhood|neighbourhood|pueblo|localidad|settlement|ranch|farm|hamlet|census designated place|cdp)$"), "town"),
    (re.compile(r"^(?:the )?(?:northern |southern |eastern |western |central |north |south )?(?:(?:mexican|us|american) )?(?:border )?state of "), "state"),
    (re.compile(r"^(?:el )?estado de (?!mexico\b)"), "state"),
)  # fmt: skip
_COMPASS = re.compile(
    r"^(?:the )?(?:northern|southern|eastern|western|central|north|south|northeastern|northwestern|"
    r"southeastern|southwestern|norte de|sur de|noreste de|noroeste de) (?=mexico$|united states$|canada$|texas$|california$|arizona$)"
)
# Nothing to repair, nothing to take apart but commas: what most queries are.
_PLAIN = re.compile(
    r"(?:[A-Za-zÀÁÇÈÉÊËÍÎÏÑÓÔÖÙÚÛÜàáçèéêëíîïñóôöùúûü', ]++|\.(?!\s)|(?<!\w{5})\.|(?<=\w)-(?=\w)|"
    r"(?<!\d)\d{1,4}(?!\d))*+"
)
# Words between a place and what it lies in or opposite to.
_RELATING = re.compile(
    r"[ ,](?:in|en|across|opposite|frente|vecin[ao]|bordering|fronter[ai]\w*|colinda|capital) ",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"(?<=\w)\s*[(\[]([^()\[\],;]+)[)\]]")
# A part of a state: it counts only before the name of one.
_SIDE = re.compile(
    r"^(?:the )?(?:far )?(?:northern|southern|eastern|western|central|northeastern|northwestern|southeastern|"
    r"southwestern|northeast|northwest|southeast|southwest|north central|el norte de|norte de|sur de|"
    r"centro de|oriente de|poniente de|este de|oeste de|noreste de|noroeste de|sureste de|suroeste de|"
    r"upstate|rural|border state of|frontera de|(?:north|south|east|west)(?= (?!virginia|dakota|carolina))) "
)
_INSIDE = re.compile(
    r"\s+(?:in|en)\s+(?:el\s+|the\s+)?(?=(?:[\w']+\s+){0,3}(?:estado|state)\b)|\s+in\s+(?=[A-ZÁÉÍÓÚÑ])",
)


# What lies over the border from a place says where it is to those who know: the name before it does.
_ACROSS = re.compile(
    r"[\s,;(]+(?:(?:just )?across(?: the (?:border|river|line|rio grande))?(?: from)?|opposite|"
    r"frente a|vecin[ao] (?:de|a)|bordering|fronter(?:a|iz[ao]) con|que colinda con)\s.*$",
    re.IGNORECASE,
)
# "Culiacán, the capital of Sinaloa" is Culiacán, Sinaloa.
_CAPITAL = re.compile(
    r",\s*(?:the |la )?(?:state |provincial )?capital (?:of|de|del)(?= )(?: (?:the )?state of(?= ))?",
    re.IGNORECASE,
)
# Who wrote it: "TIJUANA, Mexico (AP) -".
_AGENCY = re.compile(
    r"\s*[(\[](?:AP|AFP|ANSA|BBC|CBS|CNN|CP|EFE|NBC|NPR|UPI|Apro|Bloomberg|Infobae|KNS|La Jornada|Milenio|"
    r"Notimex|Reforma|Reuters|Télam|Xinhua|Europa Press|Associated Press|The Canadian Press)[)\]]\s*[-–—]*\s*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"(?:^|\b)(?:between|entre)\s+(.+?)\s+(?:and|y|e)\s+(.+)$", re.IGNORECASE)
# "20 km south of Monterrey": a distance from a place, and not the place.
_OFF = re.compile(
    r"^(?:about |some |around |roughly |a |unos |a unos )?\d[\d.,]*\s*(?:km|kms|mi|kil[oó]met\w+|miles?|millas?)\b\.?"
    r"\s+(?:(?:to the |al )?(?:north|south|east|west|nor|sur|este|oeste|oriente|poniente)[\w-]*\s+)?"
    r"(?:of|from|de|del|outside)\s+(.+)$",
    re.IGNORECASE,
)
_TWO = re.compile(r"\s*/\s*|\s+(?:and|or|y|e|o|&)\s+|(?<=\w{4})\s*[-–—]\s*(?=[A-ZÁÉÍÓÚÑ])")
# Words that only label what follows: "Municipio: Nava".
_LABELS = frozenset((
    "ciudad", "city", "country", "county", "entidad", "estado", "localidad", "location", "lugar",
    "mpio", "mun", "municipality", "municipio", "pais", "place", "poblacion", "province", "region",
    "site", "sitio", "state", "town", "ubicacion",
))  # fmt: skip


def _unlabelled(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts without those that are only the label of the next."""
    kept: list[Part] = []
    label = ""
    for part in parts:
        if part.text in _LABELS and part is not parts[-1]:
            label = part.text
            continue
        municipal = label in {"mpio", "mun", "municipality", "municipio", "county"}
        kept.append(replace(part, wants="municipality") if municipal and not kept else part)
        label = ""
    return tuple(kept)


def _run_together(part: Part) -> tuple[Part, ...]:
    """A state with its country behind it, "Coah. MX", as two parts."""
    words = part.text.split()
    for size in range(1, min(4, len(words))):
        state, country = " ".join(words[:-size]), " ".join(words[-size:])
        if country_code(country) and region_codes(state, country_code(country)):
            return Part(state, state), Part(country, country)
    return (part,)


def read(text: str) -> Reading:
    """Take a query apart; no parts when it says that nobody knows.

    Examples
    --------
    >>> [part.bare for part in read("the town of Villa Union, in the state of Coahuila").parts]
    ['villa union', 'coahuila']
    >>> read("municipio de Galeana").parts
    (Part(text='municipio de galeana', bare='galeana', wants='municipality'),)
    """
    notes: tuple[str, ...] = ()
    if len(text) <= MAX_LENGTH and _is_plain(text):
        clean = text
        pieces: Iterable[Part] = map(_unwrap, text.split(","))
    else:
        clean, notes = repair(text[:MAX_LENGTH])
        clean = _CAPITAL.sub(",", _ACROSS.sub("", _AGENCY.sub("", clean)))
        aside = {fold(text) for text in _BRACKETS.findall(clean)}
        pieces = (
            replace(part, bracketed=True) if fold(part.typed) in aside else part
            for part in map(_unwrap, _SEPARATORS.split(_INSIDE.sub(", ", clean)))
        )
    parts = tuple(part for part in pieces if part.text)
    if len(parts) > 1:
        parts = _unlabelled(parts)
        if not region_of(parts[-1], None):
            parts = (*parts[:-1], *_run_together(parts[-1])) if len(parts) > 1 else parts
    # A year or a postcode behind the names is no place.
    parts = parts[:1] + tuple(part for part in parts[1:] if not part.text.isdigit())
    if (
        fold(clean) in _NOTHING
        or clean.casefold().strip(" .") in _STROKES
        or (parts and parts[0].text in _NOTHING)
    ):
        return Reading((), notes)
    return Reading(parts, notes)


def between(text: str) -> tuple[str, ...]:
    """The two places that a text says something lies between; empty where it does not.

    Examples
    --------
    >>> between("Highway 57 between Monclova and Castaños, Coahuila")
    ('Monclova', 'Castaños, Coahuila')
    """
    found = _BETWEEN.search(text)
    return found.groups() if found else ()


def distant_from(text: str) -> str:
    """The place that something lies so many kilometres or miles from; "" where none is named.

    Examples
    --------
    >>> distant_from("20 km south of Monterrey")
    'Monterrey'
    """
    found = _OFF.match(text.strip())
    return found[1] if found else ""


def two(text: str) -> tuple[str, ...]:
    """Two names that a text may join; empty where it joins none or more.

    Examples
    --------
    >>> two("Reynosa / Matamoros"), two("Villa Unión")
    (('Reynosa', 'Matamoros'), ())
    """
    ends = tuple(filter(None, _TWO.split(text)))
    return ends if len(ends) == 2 else ()


# "TX 79901", "C.P. 26460": the postcode says nothing that the names do not.
_POSTCODE = re.compile(r"(?<=\w) (?:cp )?\d{5}(?: \d{4})?$|^(?:cp )?\d{5} (?=[a-z])")


# One of these words is in every name that has something wrapped around it.
_WRAPPING = frozenset((
    "alcaldia", "area", "arizona", "around", "at", "border", "borough", "california", "canada",
    "cdp",
    "central", "centro", "cerca", "city", "ciudad", "close", "community", "comunidad",
    "county", "delegacion", "eastern", "en", "estado", "este", "farm", "from", "frontera",
    "hamlet", "in", "inside", "localidad", "mexican", "mexico", "mpio", "mun", "muncipality",
    "municipal", "municipalidad", "municipality", "municipio", "municpality", "near",
    "neighborhood", "neighbourhood", "noreste", "noroeste", "norte", "north", "northeast",
    "northeastern", "northern", "northwest", "northwestern", "oeste", "oriente", "outside",
    "place", "poblacion", "poblado", "poniente", "port", "province", "pueblo", "ranch", "rancheria",
    "resort", "rural", "settlement", "southeast", "southeastern", "southern", "southwest",
    "southwestern", "state", "states", "suburb", "sur", "sureste", "suroeste", "texas",
    "town", "upstate", "village", "western", "within",
))  # fmt: skip


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and _RELATING.search(text) is None


def plain_name(text: str) -> str:
    """The folded name where nothing but letters and a name's own marks stand in it, else ""."""
    if "," in text or not _is_plain(text):
        return ""
    whole = fold(text)
    return whole if whole not in _NOTHING else ""


def may_be_wrapped(whole: str) -> bool:
    """True where a folded name has words that only say what kind of thing it is, or seem to."""
    return not _WRAPPING.isdisjoint(whole.split())


@lru_cache(maxsize=1024)
def plain_region(text: str) -> str:
    """The one state that a text names, alone or with its country behind it, as an ISO code.

    Empty wherever there is something to weigh: two states of one spelling, "CA", "México".
    """
    parts = read(text).parts if len(text) <= MAX_LENGTH else ()
    state, *rest = parts or (Part("", ""),)
    country = country_of(rest[0]) if rest else None
    if len(rest) > 1 or (rest and not country) or country_of(state):
        return ""
    codes = region_of(state, country)
    return codes[0] if len(codes) == 1 else ""


@lru_cache(maxsize=4096)
def _unwrap(piece: str) -> Part:
    whole = _POSTCODE.sub("", fold(piece))
    if _WRAPPING.isdisjoint(whole.split()):
        return Part(whole, whole, "", " ".join(piece.split()))
    bare, wants = _LEAD.sub("", whole), ""
    inner = bare
    for pattern, kind in _WRAPPERS:
        shorter = pattern.sub("", bare)
        if shorter and shorter != bare:
            inner = shorter if bare.endswith(shorter) else inner
            bare = shorter
            wants = wants or kind
    bare = _NEAR.sub("", _COMPASS.sub("", bare))
    state = _SIDE.sub("", bare)
    if state != bare and region_codes(state):
        bare = state
    return Part(whole, bare or whole, wants, " ".join(piece.split()), _NEAR.sub("", inner))


# Behind a name in brackets they make another place of it: "Juárez (colonia)".
_KINDS = frozenset((
    "barrio", "carretera", "centro", "colonia", "comunidad", "condado", "county", "ejido",
    "estacion", "fraccionamiento", "hacienda", "highway", "localidad", "mina", "nueva", "nuevo",
    "old", "new", "viejo", "vieja", "poblado", "presa", "rancheria", "rancho", "ranch", "sierra",
    "municipio", "municipality", "near", "cerca",
))  # fmt: skip


def second_name(part: Part) -> bool:
    """True for a part that can be another name of what stands before it: words in brackets."""
    words = part.text.split()
    return (
        part.bracketed
        and bool(words)
        and all(map(str.isalpha, words))
        and _KINDS.isdisjoint(map(written_out, words))
    )


def region_of(part: Part, country: str | None) -> tuple[str, ...]:
    """States or provinces that a part can name, as ISO codes."""
    return region_codes(part.text, country) or region_codes(part.bare, country)


def country_of(part: Part) -> str | None:
    """The country that a part names, as an ISO code: Mexico City is none, northern Mexico is."""
    return country_code(part.text) or (None if region_codes(part.text) else country_code(part.bare))
