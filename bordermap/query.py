"""What a place query says: damaged text repaired, coordinates read, the parts told apart.

Nothing here looks anything up. `read` turns one string into a `Reading`: the parts it lists,
the kind of place it asks for, and the repairs that were needed to get there.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from bordermap.names import fold

__all__ = ["WILDCARD", "Part", "Reading", "coordinates", "read", "repair"]

WILDCARD = "\N{LATIN SMALL LETTER ESH}"
"""Stands for a letter that was lost ("Uni?n"); no place name in reach is written with it."""

MAX_LENGTH = 300

# What a cell holds when nobody knew the place, folded.
_NOTHING = frozenset(
    "na nan none null nil unknown desconocido desconocida no especificado no especificada "
    "se desconoce sin dato sin datos tbd tbc ref value name various varios varias several multiple "
    "not specified unspecified not available no disponible pendiente por confirmar nd sd "
    "no identificado sin especificar lugar desconocido unknown location n d s d x xx xxx test "
    "undisclosed undetermined otro otra other".split()
) | {
    "no especificado", "no especificada", "se desconoce", "sin dato", "sin datos",
    "not specified", "not available", "no disponible", "por confirmar", "no identificado",
    "sin especificar", "lugar desconocido", "unknown location", "multiple states",
    "multiple locations", "varios estados", "varios municipios",
}  # fmt: skip

_SEPARATORS = re.compile(r"[,;:|/()\[\]\n\t]+|\s[-–—]\s|\.\s(?=[A-ZÁÉÍÓÚÑ]\w{3,}\s*$)")


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
        "municipality" or "state" where such a word was there, else "".
    """

    text: str
    bare: str
    wants: str = ""


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
    if "&" in text and ";" in text:
        plain = html.unescape(text)
        if plain != text:
            notes.append("HTML entities were decoded")
            text = plain
    if re.search(r"%[0-9A-Fa-f]{2}", text):
        plain = unquote(text.replace("+", " "))
        if plain != text:
            notes.append("percent-encoding was decoded")
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


# ---------------------------------------------------------------- coordinates

_NUMBER = r"[+\-−]?\d{1,7}(?:[.,]\d+)?"
_DMS = (
    r"(?P<d{0}>[+\-−]?\d{{1,7}}(?:[.,]\d+)?)\s*(?:°|º|˚|deg|d|grados)?\s*"
    r"(?:(?P<m{0}>\d{{1,2}}(?:[.,]\d+)?)\s*(?:'|′|’|´|min|m)\s*)?"
    r"(?:(?P<s{0}>\d{{1,2}}(?:[.,]\d+)?)\s*(?:\"|″|”|''|’’|´´|sec|s(?!\w))\s*)?"
)
_SIDE = r"(?P<{0}>n|s|e|w|o|norte|sur|este|oeste|north|south|east|west)\.?"
_GAP = r"\s*[,;/\s]\s*(?:y\s+|and\s+)?"
_SUFFIXED = re.compile(
    rf"^{_DMS.format('1')}\s*{_SIDE.format('h1')}\s*(?:[,;/]|-(?=\s)|y |and )?\s*"
    rf"{_DMS.format('2')}\s*{_SIDE.format('h2')}$"
)
_PREFIXED = re.compile(
    rf"^{_SIDE.format('h1')}\s*{_DMS.format('1')}{_GAP}{_SIDE.format('h2')}\s*{_DMS.format('2')}$"
)
_LABELLED = re.compile(
    rf"^(?P<l1>lat|latitude|latitud|y|lon|lng|long|longitude|longitud|x)\W*?\s*[:=]?\s*(?P<d1>{_NUMBER})°?"
    rf"{_GAP}(?P<l2>lat|latitude|latitud|y|lon|lng|long|longitude|longitud|x)\W*?\s*[:=]?\s*(?P<d2>{_NUMBER})°?$"
)
_PLAIN = re.compile(
    r"^(?P<d1>[+\-−]?\d{1,7}(?:\.\d+)?)°?\s*[,;/\s]\s*(?P<d2>[+\-−]?\d{1,7}(?:\.\d+)?)°?$"
)
_COMMA = re.compile(r"^(?P<d1>[+\-−]?\d{1,3},\d+)°?\s*[;/\s]\s*(?P<d2>[+\-−]?\d{1,3},\d+)°?$")
_DEGREES = re.compile(rf"^{_DMS.format('1')}{_GAP}{_DMS.format('2')}$")
_BARE_DMS = re.compile(
    r"^(?P<d1>\d{1,3}) (?P<m1>\d{1,2}) (?P<s1>\d{1,2}(?:\.\d+)?) ?(?P<h1>[ns]),? "
    r"(?P<d2>\d{1,3}) (?P<m2>\d{1,2}) (?P<s2>\d{1,2}(?:\.\d+)?) ?(?P<h2>[ewo])$"
)
_WELL_KNOWN_TEXT = re.compile(r"^point ?\(? ?(?P<x>-?[\d.]+) +(?P<y>-?[\d.]+) ?\)?$")
_WRAPPED = re.compile(r"^(?:coordenadas|coordinates|coords?|gps|geo|at|en)\b[:\s]*")


def coordinates(text: str) -> tuple[float, float] | str | None:
    """(lon, lat) of coordinates written as text.

    Decimal degrees or degrees, minutes and seconds, with hemisphere letters or signs, points or
    decimal commas, bare or labelled. Two bare numbers are latitude, longitude, as people write
    them, unless only the other order is a place on Earth.

    Returns
    -------
    tuple of float, str or None
        (lon, lat); a clause that says what is impossible about them; None for other text.

    Examples
    --------
    >>> coordinates("28.22 N, 100.73 W")
    (-100.73, 28.22)
    >>> coordinates("28°13'12\\"N 100°43'48\\"W")
    (-100.73, 28.22)
    >>> coordinates("999999, 999999")
    'latitude 999999 is beyond 90 degrees'
    """
    compact = " ".join(unicodedata.normalize("NFC", text).casefold().replace("−", "-").split())
    compact = _WRAPPED.sub("", compact).strip(" ()[]{}.")
    if not any(c.isdigit() for c in compact):
        return None
    found = _WELL_KNOWN_TEXT.match(compact)
    if found:
        return _checked(_float(found["x"]), _float(found["y"]))
    for pattern in (_BARE_DMS, _SUFFIXED, _PREFIXED):
        found = pattern.match(compact)
        if found:
            return _with_hemispheres(found)
    found = _LABELLED.match(compact)
    if found:
        values = {
            "lat" if found[f"l{n}"] in ("lat", "latitude", "latitud", "y") else "lon": _float(
                found[f"d{n}"]
            )
            for n in "12"
        }
        if len(values) == 2:
            return _checked(values["lon"], values["lat"])
        return None
    found = _PLAIN.match(compact) or _COMMA.match(compact)
    if found:
        first, second = _float(found["d1"]), _float(found["d2"])
        if _whole(found["d1"]) and _whole(found["d2"]) and max(abs(first), abs(second)) <= 31:
            return None  # "3, 14" is a date or a list sooner than a place
        if abs(first) > 90 and abs(second) <= 90 and abs(first) <= 180:
            return first, second
        return _checked(second, first)
    found = _DEGREES.match(compact)
    if found and ("°" in compact or "º" in compact):
        lat, lon = _angle(found, "1"), _angle(found, "2")
        return _checked(lon, lat) if lat is not None and lon is not None else None
    return None


def _whole(text: str) -> bool:
    return text.lstrip("+-").isdigit()


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _angle(found: re.Match[str], number: str) -> float | None:
    degrees = _float(found[f"d{number}"])
    minutes = _float(found[f"m{number}"] or "0")
    seconds = _float(found[f"s{number}"] or "0")
    if minutes >= 60 or seconds >= 60:
        return None
    size = abs(degrees) + minutes / 60 + seconds / 3600
    return round(-size if found[f"d{number}"].startswith("-") else size, 7)


def _with_hemispheres(found: re.Match[str]) -> tuple[float, float] | str | None:
    values: dict[str, float] = {}
    for number in "12":
        angle = _angle(found, number)
        if angle is None:
            return "minutes and seconds must be below 60"
        side = found[f"h{number}"][0]
        axis = "lat" if side in "ns" else "lon"
        if axis in values:
            return f"it gives two {'latitudes' if axis == 'lat' else 'longitudes'}"
        # A sign in front of a hemisphere letter repeats it: "-100.7 W" is west, not east.
        values[axis] = -abs(angle) if side in "swo" else angle
    return _checked(values["lon"], values["lat"])


def _checked(lon: float, lat: float) -> tuple[float, float] | str:
    if abs(lat) > 90:
        return f"latitude {lat:g} is beyond 90 degrees"
    if abs(lon) > 180:
        return f"longitude {lon:g} is beyond 180 degrees"
    return lon, lat


# ---------------------------------------------------------------- words around a name

_LEAD = re.compile(
    r"^(?:(?:in|at|near|en|cerca de|close to|outside|outside of|around|just|de|del|from|within|inside|"
    r"the|el|la|los|north|south|east|west|northern|southern|eastern|western|central|norte|sur|of) )+"
    r"(?=(?:the |la |el )?(?:town|city|village|municipality|state|border|mexican|ciudad de|pueblo de|poblado de|municipio|"
    r"mpio|estado|localidad|comunidad|community|northern|southern|eastern|western|central|province|county)\b)"
)
_NEAR = re.compile(r"^(?:near|in|at|en|cerca de|close to|outside of|outside|around|within|from) ")
_WRAPPERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^(?:el |la |the )?(?:municipio|mpio|municipality|municipalidad|alcaldia|delegacion)(?: of| de la ciudad de| de| del)? (?=\w)"), "municipality"),
    (re.compile(r" (?:municipality|municipio|muncipality|municpality|mpio|municipal)$"), "municipality"),
    (re.compile(r"^(?:the )?(?:(?:\w+ )?(?:mexican|us|american|canadian) )?(?:border )?(?:town|city|village|community|settlement|hamlet) of "), ""),
    (re.compile(r"^(?:la )?(?:localidad|comunidad|poblacion|poblado|pueblo|rancheria)(?: de| del) (?=\w{3,})"), ""),
    (re.compile(r" (?:town|village|city|community|suburb|area|neighborhood|neighbourhood|pueblo|localidad|settlement|ranch|farm|hamlet|census designated place|cdp)$"), ""),
    (re.compile(r"^(?:the )?(?:northern |southern |eastern |western |central |north |south )?(?:(?:mexican|us|american) )?(?:border )?state of "), "state"),
    (re.compile(r"^(?:el )?estado de (?!mexico\b)"), "state"),
)  # fmt: skip
_COMPASS = re.compile(
    r"^(?:the )?(?:northern|southern|eastern|western|central|north|south|northeastern|northwestern|"
    r"southeastern|southwestern|norte de|sur de|noreste de|noroeste de) (?=mexico$|united states$|canada$|texas$|california$|arizona$)"
)
_INSIDE = re.compile(
    r"\s+(?:in|en)\s+(?:el\s+|the\s+)?(?=(?:[\w']+\s+){0,3}(?:estado|state)\b)|\s+in\s+(?=[A-ZÁÉÍÓÚÑ])",
)


def read(text: str) -> Reading:
    """Take a query apart; no parts when it says that nobody knows.

    Examples
    --------
    >>> [part.bare for part in read("the town of Villa Union, in the state of Coahuila").parts]
    ['villa union', 'coahuila']
    >>> read("municipio de Galeana").parts
    (Part(text='municipio de galeana', bare='galeana', wants='municipality'),)
    """
    clean, notes = repair(text[:MAX_LENGTH])
    pieces = map(_unwrap, _SEPARATORS.split(_INSIDE.sub(", ", clean)))
    parts = tuple(part for part in pieces if part.text)
    if fold(clean) in _NOTHING or (parts and parts[0].text in _NOTHING):
        return Reading((), notes)
    return Reading(parts, notes)


def _unwrap(piece: str) -> Part:
    whole = fold(piece)
    bare, wants = _LEAD.sub("", whole), ""
    for pattern, kind in _WRAPPERS:
        shorter = pattern.sub("", bare)
        if shorter and shorter != bare:
            bare = shorter
            wants = wants or kind
    bare = _NEAR.sub("", _COMPASS.sub("", bare))
    return Part(whole, bare or whole, wants)
