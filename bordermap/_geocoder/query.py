"""What a place query says: damaged text repaired, the parts told apart, the ways to read them.

Nothing here looks anything up. `read` turns one string into a `Reading`, the parts that it lists;
`scopes` turns the parts into the ways they can be understood, likeliest first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from bordermap.names import (
    COUNTRIES,
    REGIONS,
    country_code,
    fold,
    region_codes,
    region_spellings,
    written_out,
)
from bordermap.spelling import closest

__all__ = [
    "MISSPELT_REGION",
    "WILDCARD",
    "Part",
    "Reading",
    "Scope",
    "initials",
    "lost_letters",
    "may_be_wrapped",
    "misspelt_regions",
    "plain_name",
    "plain_region",
    "read",
    "read_as",
    "region_of",
    "repair",
    "resembling_region",
    "scopes",
    "second_name",
    "state_of_mexico",
    "states_behind",
]

WILDCARD = "\N{LATIN SMALL LETTER ESH}"
"""Stands for a letter that was lost ("Uni?n"); no place name in reach is written with it."""

MAX_LENGTH = 300

MISSPELT_REGION = 0.94
"""Factor by which a state that had to be guessed lowers the score: as much as one slip in a name."""

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
        return self.typed or self.bare


@dataclass(frozen=True, slots=True)
class Reading:
    """A query taken apart: its parts in the order written, and what had to be repaired."""

    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()


# ---------------------------------------------------------------- damaged text

_MOJIBAKE = re.compile(r"[ÃÂâ√├┬¬Ð][^\sA-Za-z]|[√├¬]")
_SLOPPY = {chr(byte): bytes([byte]) for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D, 0xA0)}
_LOST = re.compile(r"\ufffd+|(?<=\w)\?{1,2}(?=\w)")


def repair(text: str) -> tuple[str, tuple[str, ...]]:
    """Undo what copying, encoding and the web do to a name.

    Returns
    -------
    text : str
        Repaired; letters that are gone for good are `WILDCARD`.
    notes : tuple of str
        One clause for each repair that changed letters.

    Examples
    --------
    >>> repair("Villa UniÃ³n")
    ('Villa Unión', ('the text was UTF-8 read as cp1252',))
    """
    notes = []
    for decode, note in _ENCODINGS:
        plain = decode(text)
        if plain != text:
            notes.append(note)
            text = plain
    for _ in range(3):
        if not _MOJIBAKE.search(text):
            break
        plain, encoding = _redecode(text)
        if plain == text:
            break
        notes.append(f"the text was UTF-8 read as {encoding}")
        text = plain
    text = unicodedata.normalize("NFC", text)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c in "\n\t")
    lost = _LOST.sub(WILDCARD, text)
    if lost != text:
        notes.append("a letter was lost in it")
    return lost, tuple(dict.fromkeys(notes))


def _from_html(text: str) -> str:
    if "&" not in text or ";" not in text:
        return text
    import html  # rarely needed, and slow to load

    return html.unescape(html.unescape(text))


def _from_url(text: str) -> str:
    if not re.search(r"%[0-9A-Fa-f]{2}", text):
        return text
    from urllib.parse import unquote

    return unquote(text.replace("+", " "))


def _from_json(text: str) -> str:
    def letters(found: re.Match[str]) -> str:
        raw = bytes.fromhex(found[0].replace("\\u", ""))
        return raw.decode("utf-16-be", errors="replace")

    return re.sub(r"(?:\\u[0-9a-fA-F]{4})+", letters, text) if "\\u" in text else text


def _from_mail(text: str) -> str:
    def letters(found: re.Match[str]) -> str:
        return bytes.fromhex(found[0].replace("=", "")).decode(errors="replace")

    # UTF-8 only: a first byte that announces others, and those.
    pattern = r"(?:=[C-F][0-9A-F](?:=[89AB][0-9A-F])+)+"
    return re.sub(pattern, letters, text) if "=" in text else text


_ENCODINGS: tuple[tuple[Callable[[str], str], str], ...] = (
    (_from_html, "HTML entities were decoded"),
    (_from_url, "percent-encoding was decoded"),
    (_from_json, "escapes of JSON were decoded"),
    (_from_mail, "quoted-printable text was decoded"),
)


def _redecode(text: str) -> tuple[str, str]:
    """UTF-8 that somebody read in an older encoding, read properly; unchanged if it was not."""
    for encoding in ("cp1252", "mac_roman", "cp437", "cp850"):
        try:
            raw = b"".join(
                _SLOPPY[c] if encoding == "cp1252" and c in _SLOPPY else c.encode(encoding)
                for c in text
            )
            return raw.decode("utf-8"), encoding
        except UnicodeError:
            continue
    return text, ""


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
    (re.compile(r"^(?:la )?(?:localidad|comunidad|poblacion|poblado|pueblo|rancheria)(?: de| del) (?=\w{3,})"), "town"),
    (re.compile(r" (?:town|village|city|community|suburb|area|neighborhood|neighbourhood|pueblo|localidad|settlement|ranch|farm|hamlet|census designated place|cdp)$"), "town"),
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
    r"[ ,](?:in|en|across|opposite|frente|vecin[ao]|bordering|fronter[ai]\w*|colinda) ",
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
        clean = _ACROSS.sub("", clean)
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


# "TX 79901", "C.P. 26460": the postcode says nothing that the names do not.
_POSTCODE = re.compile(r"(?<=\w) (?:cp )?\d{5}(?: \d{4})?$")


# One of these words is in every name that has something wrapped around it.
_WRAPPING = frozenset((
    "alcaldia", "area", "arizona", "around", "at", "border", "california", "canada", "cdp",
    "central", "centro", "cerca", "city", "ciudad", "close", "community", "comunidad",
    "county", "delegacion", "eastern", "en", "estado", "este", "farm", "from", "frontera",
    "hamlet", "in", "inside", "localidad", "mexican", "mexico", "mpio", "mun", "muncipality",
    "municipal", "municipalidad", "municipality", "municipio", "municpality", "near",
    "neighborhood", "neighbourhood", "noreste", "noroeste", "norte", "north", "northeast",
    "northeastern", "northern", "northwest", "northwestern", "oeste", "oriente", "outside",
    "place", "poblacion", "poblado", "poniente", "province", "pueblo", "ranch", "rancheria",
    "rural", "settlement", "southeast", "southeastern", "southern", "southwest",
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
    country = country_code(rest[0].bare) if rest else None
    if len(rest) > 1 or (rest and not country) or country_code(state.bare):
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


# ---------------------------------------------------------------- ways to read the parts


@dataclass(frozen=True, slots=True)
class Scope:
    """One way to understand a query: the name sought, and what narrows it.

    Attributes
    ----------
    outers : tuple of Part
        What the place is said to lie in, below the state: municipality, county, larger town.
    regions : tuple of str or None
        ISO codes of the states it may lie in; None for any.
    country : str or None
        ISO code.
    notes : tuple of str
        What was repaired or assumed to understand it so.
    certainty : float
        Factor by which those assumptions lower the score.
    misspelt : bool
        True where a state was read from a name that is not quite its own.
    municipal : bool
        True where only a municipality or its seat can be meant.
    """

    place: Part
    outers: tuple[Part, ...]
    regions: tuple[str, ...] | None
    country: str | None
    notes: tuple[str, ...] = ()
    certainty: float = 1.0
    misspelt: bool = False
    municipal: bool = False

    @property
    def narrow(self) -> bool:
        """True when one state or something smaller is given."""
        return bool(self.outers) or (self.regions is not None and len(self.regions) == 1)

    @property
    def where(self) -> str:
        """The scope in words: "Coahuila", "Mexico", "Mexico, the United States or Canada"."""
        if self.regions:
            return " or ".join(REGIONS[code].name for code in self.regions)
        if self.country:
            return "the United States" if self.country == "US" else COUNTRIES[self.country]
        return "Mexico, the United States or Canada"


# What stands before a town without being one: roads, streets, buildings.
_LANDMARK = re.compile(
    r"^(?:carretera|road|highway|hwy|autopista|libramiento|calle|avenida|av|ave|avenue|street|"
    r"boulevard|blvd|bulevar|calzada|fraccionamiento|fracc|barrio|neighborhood|hotel|"
    r"motel|bar|restaurante?|puente|bridge|airport|aeropuerto|mercado|plaza|"
    r"parque|park|hospital|escuela|penal|cereso|prison|interstate|us \d|mex \d)\b"
)


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


def state_of_mexico(parts: Sequence[Part]) -> bool:
    """True where "Méx." stands behind a place: the state's abbreviation before it is the country's.

    Without the accent it is as often English, for the country; behind another state it is the
    country's too.
    """
    if (
        len(parts) < 2
        or unicodedata.normalize("NFC", parts[-1].typed).casefold().strip(". ") != "méx"
    ):
        return False
    return len(parts) == 2 or not region_of(parts[-2], "MX")


def scopes(reading: Reading, country: str | None, given: tuple[str, ...] | None) -> Iterator[Scope]:
    """Every way to read the parts, likeliest first.

    Parameters
    ----------
    country, given
        Country and states that the caller named beside the text; they narrow every reading.
    """
    parts = list(reading.parts)
    if len(parts) > 2 and country_code(parts[0].bare) and region_of(parts[1], None):
        parts = [parts[0], *parts[:0:-1]][1:] + parts[:1]  # from the large to the small
    notes, regions = reading.notes, given
    if given is None and country in (None, "MX") and state_of_mexico(parts):
        yield Scope(parts[0], tuple(parts[1:-1]), ("MX-MEX",), "MX", notes, municipal=True)
    while len(parts) > 1:
        last = parts[-1]
        named, codes = country_code(last.bare), region_of(last, country)
        # "CA" is California before it is Canada; "Mexico" is the country before the state.
        if named and country in (None, named) and (not codes or last.bare in ("mexico", "mex")):
            country = named
        elif codes and (given is None or set(codes) & set(given)):
            regions = tuple(code for code in codes if given is None or code in given)
        else:
            break
        parts.pop()
        if regions and given is None:
            break
    # "Villa Unión, northern Mexico, Coahuila": the country in the middle says nothing more.
    parts = [part for n, part in enumerate(parts) if n == 0 or not country_code(part.bare)]
    if regions is None and len(parts) > 1:
        leading = region_of(parts[0], country)
        regions, parts = (leading, parts[1:]) if leading else (None, parts)
    place, outers = parts[0], tuple(parts[1:])
    if outers and regions and _LANDMARK.match(place.text):
        note = f"{place.text!r} was set aside as a road, street or building"
        yield Scope(outers[0], outers[1:], regions, country, (*notes, note), 0.8)
        return
    yield Scope(place, outers, regions, country, notes)
    if outers:
        # A comma inside a name: "Tezoatlán de Segura y Luna, Cuna de la Independencia".
        joined = " ".join(part.text for part in parts)
        yield Scope(Part(joined, joined), (), regions, country, notes)
    else:
        yield from _run_on(place, regions, country, notes)


def _run_on(
    place: Part, regions: tuple[str, ...] | None, country: str | None, notes: tuple[str, ...]
) -> Iterator[Scope]:
    """The state or country run on behind or before the name: "Janos Chihuahua"."""
    words = place.bare.split()
    for size in range(min(5, len(words) - 1), 0, -1):
        head, tail = " ".join(words[:-size]), " ".join(words[-size:])
        rest = Part(head, head, place.wants, _typed(place, slice(-size)))
        named = country_code(tail)
        if named and country in (None, named) and len(tail) > 2:
            yield from _run_on(rest, regions, named, notes)
            yield Scope(rest, (), regions, named, notes)
        codes = region_codes(tail, country)
        if regions is not None:
            codes = tuple(code for code in codes if code in regions)
        if codes:
            yield Scope(rest, (), codes, country, notes)
    for size in range(1, min(4, len(words))):
        codes = region_codes(" ".join(words[:size]), country)
        if codes and regions is None and len(words[0]) > 3:
            tail = " ".join(words[size:])
            rest = Part(tail, tail, place.wants, _typed(place, slice(size, None)))
            yield Scope(rest, (), codes, country, notes)


def states_behind(spelling: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Ways to read the end of a name as a state: what is left of it, and the states' codes."""
    words = spelling.split()
    for size in range(1, min(4, len(words))):
        codes = region_codes(" ".join(words[-size:]))
        if codes:
            yield " ".join(words[:-size]), codes


def _typed(part: Part, which: slice) -> str:
    """Some of the words of a part as they were typed, where typed and folded words agree."""
    words = part.typed.split()
    return " ".join(words[which]) if len(words) == len(part.bare.split()) else ""


def misspelt_regions(
    reading: Reading, country: str | None, given: tuple[str, ...] | None
) -> list[Scope]:
    """The last part read as a misspelt state: "Villa Union, Cohauila"."""
    parts = list(reading.parts)
    if len(parts) > 1 and country_code(parts[-1].bare):
        country = country or country_code(parts.pop().bare)
    if given is not None or len(parts) < 2 or region_of(parts[-1], country):
        return []
    codes = resembling_region(parts[-1].bare, country)
    if not codes:
        return []
    notes = (*reading.notes, read_as(parts[-1], codes[0]))
    return [
        Scope(parts[0], tuple(parts[1:-1]), codes, country, notes, MISSPELT_REGION, misspelt=True)
    ]


def read_as(part: Part, code: str) -> str:
    """What a misspelt state was taken for, as a clause."""
    return f"fuzzy match: {part.shown!r} read as {REGIONS[code].name}"


@lru_cache(maxsize=1024)
def resembling_region(text: str, country: str | None) -> tuple[str, ...]:
    """The one state whose name is a slip away, or two in a long name; else empty."""
    known = region_spellings()
    if WILDCARD in text:
        pattern = lost_letters(text)
        spellings = [spelling for spelling in known if pattern.fullmatch(spelling)]
    else:
        limit = 0 if len(text) < 5 else 1 if len(text) < 8 else 2
        spellings = [s for s, _ in closest(text, [s for s in known if len(s) > 4], limit)][:1]
    codes = {c for s in spellings for c in known[s] if country is None or c.startswith(country)}
    return tuple(codes) if len(codes) == 1 else ()


_SMALL = r"(?:(?:de|del|la|las|los|el|y) )*"


def initials(spelling: str) -> re.Pattern[str] | None:
    """What a name can be of which words are only initials; None where it has none.

    One letter behind a name tells quarters apart ("Ejido B"): it is no initial.

    Examples
    --------
    >>> bool(initials("san luis rc").fullmatch("san luis rio colorado"))
    True
    >>> bool(initials("p negras").fullmatch("piedras negras"))
    True
    """
    *words, last = spelling.split()
    if not words or not "".join((*words, last)).isalpha():
        return None
    several = len(last) in {2, 3} and max(map(len, words)) > 2
    if len(last) == 1 or not (several or 1 in map(len, words)):
        return None
    shapes = [f"{word}[a-z]+" if len(word) == 1 else word for word in words]
    shapes += [f"{letter}[a-z]+" for letter in last] if several else [last]
    return re.compile(f" {_SMALL}".join(shapes))


def lost_letters(text: str) -> re.Pattern[str]:
    """A pattern for a name in which `WILDCARD` stands for one or two lost letters."""
    return re.compile(re.sub(f"{WILDCARD}+", ".{1,2}", re.escape(text)))
