"""Coordinates as people write them: degrees, minutes and seconds, letters, signs, commas, links."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

__all__ = ["Written", "read", "rounded_m"]

_DEGREE_M = 111_320.0
_MOST_DECIMALS = 7
_MOST_TRIES = 12
_MOST_NUMBERS = 14  # degrees, minutes and seconds with a decimal comma, twice; and a height
_LONGEST = 300

Pair: TypeAlias = "tuple[float, float]"


@dataclass(frozen=True, slots=True)
class Written:
    """What a text says in coordinates.

    Attributes
    ----------
    ways : tuple of (lon, lat)
        As written, first; then, for numbers outside North America that no letter settles, what they
        are the other way round or with one sign changed. Empty where there is a fault.
    name : str
        What stands beside them: "Villa Unión" in "Villa Unión (28.22, -100.73)".
    fault : str
        Why they are no point: what to say behind the text itself.
    """

    ways: tuple[Pair, ...] = ()
    name: str = ""
    fault: str = ""


def read(text: str) -> Written | None:
    r"""The coordinates in a text, and what stands beside them; None where there are none.

    Decimal degrees or degrees, minutes and seconds, with hemisphere letters or signs, points or
    decimal commas, bare, labelled, packed (ISO 6709), in the address of a map, or as eastings and
    northings. Two bare numbers are latitude, longitude, as people write them, unless only the other
    order is a place on Earth, and in North America.

    Examples
    --------
    >>> read("28.22 N, 100.73 W").ways
    ((-100.73, 28.22),)
    >>> read("28°13'12\"N 100°43'48\"W").ways
    ((-100.73, 28.22),)
    >>> read("Villa Unión (28.22, -100.73)").name
    'Villa Unión'
    >>> read("999999, 999999").fault
    'is no place on Earth: latitude 999999 is beyond 90 degrees'
    """
    found = _linked(text) if len(text) <= 4 * _LONGEST else None
    if found is not None:
        return found
    if len(text) > _LONGEST or not _DIGIT.search(text):
        return None
    geometry = _GEOMETRY.search(text.casefold())
    if geometry:
        x, y = filter(None, geometry.groups())
        return _checked(float(x), float(y))
    clean = _plain(text)
    return _whole(clean) or _grid(clean) or _beside(text)


def rounded_m(lon: float, lat: float) -> float:
    """How far off a point may be because its coordinates were rounded, in metres.

    Half a unit of the last decimal, of the one of the pair that has more, a degree being 111.32 km,
    as it is along the equator; never less than the half of a centimetre.

    Examples
    --------
    >>> rounded_m(-100.73, 28.2)
    556.6
    """
    from decimal import Decimal

    digits = (-int(Decimal(repr(float(v))).normalize().as_tuple().exponent) for v in (lon, lat))
    decimals = min(max(*digits, 0), _MOST_DECIMALS)
    return round(0.5 * _DEGREE_M * 10.0**-decimals, 3)


# ---------------------------------------------------------------- addresses of maps

_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d+")
_VALUE = r"[+-]?\d{1,3}(?:\.\d+)?"
_ADDRESS = re.compile(r"https?://\S+|\bgeo:\S+|^@\S+", re.IGNORECASE)
# What a map on the web puts into its address, the pin before the middle of the view.
_LINKS = tuple(
    re.compile(pattern.replace("LAT", rf"(?P<lat>{_VALUE})").replace("LON", rf"(?P<lon>{_VALUE})"))
    for pattern in (
        r"!3dLAT!4dLON",
        r"[?&]mlat=LAT&mlon=LON",
        r"[?&](?:q|ll|sll|query|center|daddr|destination|viewpoint|coordinate|at)=(?:loc:)?\s*LAT\s*,\s*LON",
        r"[?&](?:cp|sp)=(?:point\.)?LAT[~_]LON",
        r"[?&]lat(?:itude)?=LAT&(?:lon|lng|long|longitude)=LON",
        r"^geo:LAT,LON",
        r"/(?:place|search|dir)/LAT,\s*LON",
        r"@LAT,LON",
        r"#(?:map=)?\d{1,2}(?:\.\d+)?/LAT/LON",
    )
)


def _linked(text: str) -> Written | None:
    """What the address of a map says; an address alone that says nothing is refused."""
    found = _ADDRESS.search(text)
    if found is None:
        return None
    name = _JOINED.sub("", text[: found.start()])
    address = text[found.start() :].strip() if not name else found[0]
    if "%" in address:
        from urllib.parse import unquote

        address = unquote(address)
    address = address.casefold().replace(",+", ",")
    # "geo:0,0?q=28.22,-100.73" names the point behind the question mark.
    for pattern in _LINKS:
        point = pattern.search(address)
        if point and (float(point["lon"]), float(point["lat"])) != (0.0, 0.0):
            return replace(_checked(float(point["lon"]), float(point["lat"])), name=name)
    if name or "://" not in address:
        return None
    return Written(
        fault="is a web address with no coordinates in it: give the place's name or its coordinates"
    )


# ---------------------------------------------------------------- the text made plain

_MARKS = str.maketrans(
    {
        **dict.fromkeys("ºᵒ˚∘°", "°"),
        **dict.fromkeys("′’‘´`ʹʼ‛", "'"),
        **dict.fromkeys("″”“„ʺ‟", '"'),
        **dict.fromkeys("−–—‐‑‒﹣－", "-"),
        **dict.fromkeys("，、", ","),
        **dict.fromkeys("[{", "("),
        **dict.fromkeys("]}", ")"),
        **dict.fromkeys("\u00a0\u2009\u202f\u2007\t\r\n", " "),
    }
)
_REWRITTEN = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        # UTF-8 read as Windows-1252
        (r"â°|âº", "°"), (r"â€²|â€™", "'"), (r"â€³|â€", '"'), (r"âˆ'", "-"),
        (r"&deg;|&#176;|&ordm;", "°"), (r"&prime;|&#39;|&apos;", "'"), (r"&quot;|&prime;&prime;", '"'),
        (r"&minus;", "-"), (r"''", '"'), (r"""['"](?=\s*:)|(?<=[({,\s])['"](?=[a-z])""", ""),
        (r"(?<=\d)\s*(?:degrees?|degs?|grados?|grad)\b\.?", "°"),
        (r"(?<=\d)\s*(?:minutes?|minutos?|mins?)\b\.?", "'"),
        (r"(?<=\d)\s*(?:seconds?|segundos?|secs?|segs?)\b\.?", '"'),
        (r"(\d)\s*d\s*(\d+(?:[.,]\d+)?)\s*m\b", r"\1°\2'"),
        (r"(\d)\s*d\s*(\d+(?:[.,]\d+)?)\s*m\s*(\d+(?:[.,]\d+)?)\s*s", r"""\1°\2'\3" """),
        (r"(\d)\s*d(?=\s*[nsewo]\b)", r"\1°"),
        (r"\b(\d{1,3})-(\d{1,2})-(\d{1,2}(?:\.\d+)?)(?=\s*[nsewo]\b)", r"""\1°\2'\3" """),
        (r"(?<=[\d°'\" ])l\.? ?([nsewo])\b", r" \1"),  # latitud norte, longitud oeste
        (r"(?<=\d),(?=[nsewo]\b)", " "),  # as a receiver writes: 2813.2,N,10043.8,W
        (r"([,;]\s*)-\s+(?=\d)", r"\1-"),
        (r"\(?\b(?:wgs[ -]?84|nad[ -]?83|epsg:? ?4326|srid=4326;?|itrf ?\d*)\)?", " "),
    )
)  # fmt: skip
_WRAPPED = re.compile(
    r"^(?:(?:las |the )?(?:coordenadas|coordinates|coords?|coord|gps|geo|ubicacion|ubicación|location|"
    r"localizacion|localización|posicion|posición|position|punto|point|latlng|latlon|en|at|in|approx|aprox|ca|circa)"
    r"(?:\.|\b)[\s:=]*)+(?=[^a-z]|lat|lon|[nsewoxy]\b)"
)
_ABOUT = re.compile(r"\s*\(?\b(?:approx|approximately|aprox|aproximadamente)\b\.?\)?\s*$")


def _plain(text: str) -> str:
    """In small letters, every mark written one way, without what only says what it is."""
    plain = unicodedata.normalize("NFC", text.translate(_MARKS)).casefold().translate(_MARKS)
    for pattern, rewritten in _REWRITTEN:
        plain = pattern.sub(rewritten, plain)
    plain = " ".join(plain.split())
    return _ABOUT.sub("", _WRAPPED.sub("", plain)).strip(" ().~≈@:;,?")


# ---------------------------------------------------------------- angles

_TOKEN = re.compile(
    r"(?P<gap>\s*)(?:"
    r"(?P<L>(?:latitude|latitud|lat|longitude|longitud|long|lon|lng)\b[\s.)]*[:=]?|[xy]\s*[:=])"
    r"|(?P<S>(?:norte|north|nte|sur|south|este|east|oriente|ote|oeste|west|poniente|pte)\b\.?|[nsewo](?![^\W\d_])\.?)"
    r"|(?P<D>[+-]?\d+(?:[.,]\d+)?)"
    r"|(?P<M>[°:'\"])"
    r"|(?P<C>[,;/|&]|-(?=\s)|(?:y|and)\b)"
    r"|(?P<F>(?:de|of|the|is|es|la|del)\b|[()])"
    r")"
)
# An angle by the kinds of its tokens; a label, a side or both stand before it or behind.
_ANGLE = re.compile(
    r"(?P<before>LS?|SL?)?D(?:(?P<unit>°)|:)?(?:D[':]?(?:D\"?)?)?(?P<behind>LS?|SL?)?"
)
_LATITUDES, _SOUTHWEST = ("lat", "y"), ("s", "w", "o", "pte", "poniente")


class _Token(NamedTuple):
    kind: str
    text: str
    gap: bool


class _Angle(NamedTuple):
    """Degrees without a sign, and what says which axis and which side."""

    size: float
    sign: str
    axis: str
    side: int
    parts: int
    fine: bool
    whole: bool
    fault: str


def _tokens(text: str) -> list[_Token] | None:
    out, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.end() == at:
            return None
        kind = found.lastgroup or ""
        if kind != "F":
            mark = found[kind]
            out.append(_Token(mark if kind == "M" else kind, mark, bool(found["gap"])))
        at = found.end()
    return out


def _angle(tokens: list[_Token]) -> _Angle | None:
    kinds = "".join(token.kind for token in tokens)
    if not _ANGLE.fullmatch(kinds) or kinds.count("L") > 1 or kinds.count("S") > 1:
        return None
    numbers = [token.text for token in tokens if token.kind == "D"]
    sign = numbers[0][0] if numbers[0][0] in "+-" else ""
    values = [_number(numbers[0].lstrip("+-")), *map(_number, numbers[1:])]
    if any(text[0] in "+-" for text in numbers[1:]) or any(v % 1 for v in values[:-1]):
        return None
    marked = any(token.kind in "°:'\"" for token in tokens)
    label = next((token.text for token in tokens if token.kind == "L"), "")
    word = next((token.text for token in tokens if token.kind == "S"), "")
    axis, side = "", 0
    if label:
        axis = "lat" if label.startswith(_LATITUDES) else "lon"
    fault = ""
    if word:
        of_letter = "lat" if word[0] == "n" or word.startswith(("s",)) else "lon"
        if axis and axis != of_letter:
            fault = "calls a latitude what has E or W, or a longitude what has N or S: correct one of them"
        axis, side = of_letter, -1 if word.rstrip(".").startswith(_SOUTHWEST) else 1
        if word.startswith(("oriente", "ote")):
            side = 1
        if sign and (sign == "-") != (side < 0):
            fault = "has a sign and a letter that point to opposite sides: leave one of them out"
    if len(values) == 1 and side and not marked and values[0] > 180:
        unpacked = _unpacked(numbers[0].lstrip("+-"), 2 if axis == "lat" else 3)
        values = unpacked or values
        marked = bool(unpacked)
    if any(value >= 60 for value in values[1:]):
        fault = fault or "is no place on Earth: minutes and seconds must be below 60"
    size = sum(value / 60**power for power, value in enumerate(values))
    fine = marked or not numbers[-1].isdigit() or len(values) > 1
    return _Angle(
        round(size, 7), sign, axis, side, len(values),
        fine and any(not c.isdigit() or marked for c in numbers[-1].lstrip("+-")),
        not marked and len(values) == 1 and numbers[0].lstrip("+-").isdigit(), fault,
    )  # fmt: skip


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _unpacked(text: str, width: int) -> list[float] | None:
    """Degrees, minutes and seconds written without a gap: "281312", "10043.8"."""
    whole = re.split(r"[.,]", text)[0]
    if len(whole) % 2 != width % 2:
        width -= 1  # a longitude below 100 degrees without its leading nought
    rest = text[width:]
    if width < 1 or len(whole) - width not in (2, 4):
        return None
    if len(whole) - width == 2:
        return [float(text[:width]), _number(rest)]
    return [float(text[:width]), float(rest[:2]), _number(rest[2:])]


# ---------------------------------------------------------------- pairs

# A geometry in words or in JSON: longitude comes first.
_GEOMETRY = re.compile(
    rf"point ?(?:z ?)?\( ?(?P<x>{_VALUE}) +(?P<y>{_VALUE})|coordinates[\"']? ?: ?\[ ?(?P<lon>{_VALUE}) ?, ?(?P<lat>{_VALUE})"
)
_ISO_6709 = re.compile(
    r"^(?P<lat>[+-]\d{2,6}(?:\.\d+)?)(?P<lon>[+-]\d{2,7}(?:\.\d+)?)(?:[+-][\d.]+)?(?:crs\w*)?/?$"
)


def _whole(text: str, *, beside: bool = False) -> Written | None:
    """The coordinates that a text is, without anything beside them."""
    found = _ISO_6709.match(text)
    if found:
        return _checked(_signed(found["lon"], 3), _signed(found["lat"], 2))
    tokens = _tokens(text)
    if tokens is None or not 2 <= sum(token.kind == "D" for token in tokens) <= 6:
        return None
    if [token.kind for token in tokens] == list("DCDCD"):  # the third is a height
        tokens, beside = tokens[:3], True
    pair = _split(tokens)
    if pair is None:
        return None
    one, other = pair
    parted = any(token.text in ",;" for token in tokens)
    hours = any(token.kind == ":" for token in tokens)  # "10:30 - 12:45"
    if not (one.axis or other.axis) and not _is_point(
        one, other, parted=parted, doubtful=hours or beside
    ):
        return None
    return _pair(one, other, beside=beside)


def _split(tokens: list[_Token]) -> tuple[_Angle, _Angle] | None:
    """Two angles: parted by a comma sooner than not, and of as many parts each."""
    best: tuple[_Angle, _Angle] | None = None
    rank = False, False
    for at in range(1, len(tokens)):
        first, second = tokens[:at], tokens[at:]
        parted = first[-1].kind == "C"
        if parted:
            first = first[:-1]
        one, other = _angle(first), _angle(second)
        if one is None or other is None:
            continue
        apart = parted or second[0].gap or first[-1].kind in "°'\""
        new = parted, one.parts == other.parts
        if (apart or one.axis or other.axis) and (best is None or new > rank):
            best, rank = (one, other), new
    return best


def _is_point(one: _Angle, other: _Angle, *, parted: bool, doubtful: bool) -> bool:
    """Whether two bare numbers are a point sooner than a date, a list or the hours of a day."""
    signed = bool(one.sign or other.sign)
    if not (one.whole and other.whole):
        return signed or not doubtful or (one.fine and other.fine and one.parts == 1)
    small = 0 < max(one.size, other.size) <= 31
    return not (small or doubtful) and (parted or signed)


def _signed(text: str, width: int) -> float:
    """Degrees of ISO 6709: "+28.22", "+2813.2", "+281312"."""
    whole, _, _ = text[1:].partition(".")
    values = _unpacked(text[1:], width) if len(whole) > 3 else None
    parts = values or [float(text[1:])]
    size: float = sum(value / 60**power for power, value in enumerate(parts))
    return round(-size if text[0] == "-" else size, 7)


def _pair(one: _Angle, other: _Angle, *, beside: bool) -> Written | None:
    """What two angles make together."""
    if beside and not (one.fine and other.fine):
        return None
    if fault := _fault(one, other):
        return Written(fault=fault)
    bare = not one.axis and not other.axis
    turned = one.axis == "lon" or other.axis == "lat"
    lat, lon = (other, one) if turned else (one, other)
    y, x = _value(lat), _value(lon)
    if bare and -180 <= y < -90 and 0 < x <= 90:
        return Written(((y, x),))
    checked = _checked(x, y)
    if checked.fault or (lat.side and lon.side) or _american(x, y):
        return checked
    others = [(y, x)] if bare else []
    others += [] if lon.side else [(-x, y)]
    others += [(x, -y)] if lat.sign and not lat.side else []
    others = [way for way in others if _american(*way)]
    if beside and bare and not others:
        return None
    return Written(((x, y), *others))


def _fault(one: _Angle, other: _Angle) -> str:
    """Why two angles are no point on Earth, but for their size."""
    if one.fault or other.fault:
        return one.fault or other.fault
    if one.axis and one.axis == other.axis:
        both = "latitudes" if one.axis == "lat" else "longitudes"
        return f"gives two {both}: give one latitude and one longitude"
    if not (one.size or other.size or (one.side and other.side)):
        return "stands for unknown, being open sea off Africa: give the place by its name"
    return ""


def _value(angle: _Angle) -> float:
    if angle.side:
        return angle.side * angle.size
    return -angle.size if angle.sign == "-" else angle.size


def _american(lon: float, lat: float) -> bool:
    """Whether a point is in or about Mexico, the United States or Canada."""
    return 13.5 <= lat <= 84.5 and (-180 <= lon <= -51.5 or lon >= 172)


def _checked(lon: float, lat: float) -> Written:
    if abs(lat) > 90:
        return Written(fault=f"is no place on Earth: latitude {lat:.10g} is beyond 90 degrees")
    if abs(lon) > 180:
        return Written(fault=f"is no place on Earth: longitude {lon:.10g} is beyond 180 degrees")
    return Written(((lon, lat),))


# ---------------------------------------------------------------- a name and a point

_START = re.compile(
    r"(?<![\w.,])(?=[+-]?\d|\(|(?:lat|lon)[a-z]*\W{0,3}[\d+nsewo-]|[nsewo]\.? ?\d)", re.IGNORECASE
)
_END = re.compile(
    r"(?<=[\d°'\")])(?![\w.])|(?<=\d)[ °'\"]*(?:[nsewo]|norte|north|west|oeste|poniente)\b\.?",
    re.IGNORECASE,
)
_CUT = re.compile(r"\s*(?:['\"°]|[nsewo]\b|-?\d)", re.IGNORECASE)
_JOINED = re.compile(r"^[\s,;:@(\[)\]~≈.=-]+|[\s,;:@(\[)\]~≈.=-]+$")
_LABEL = re.compile(
    r"\b(?:coordenadas|coordinates|coords?|gps|ubicaci[oó]n|location|at|en)\W*$", re.IGNORECASE
)


def _beside(text: str) -> Written | None:
    """The longest piece of a text that is coordinates, and the rest, which is a name."""
    flat = text.translate(_MARKS)
    if sum(1 for _ in _DIGIT.finditer(flat)) < 4:
        return None
    starts = [found.start() for found in _START.finditer(flat)][:_MOST_TRIES]
    ends = [found.end() for found in _END.finditer(flat)][-_MOST_TRIES:]
    numbers = [found.start() for found in _NUMBER.finditer(flat)]
    for start, end in sorted(_spans(starts, ends, numbers), key=lambda span: span[0] - span[1]):
        before, behind = flat[:start], flat[end:]
        if _CUT.match(behind):
            continue
        rest = [
            _JOINED.sub("", _LABEL.sub("", _JOINED.sub("", piece))) for piece in (before, behind)
        ]
        name = ", ".join(filter(None, rest))
        if not any(map(str.isalpha, name)):
            continue
        found = _whole(_plain(flat[start:end]), beside=True)
        if found is not None and _tokens(_plain(name)) is not None:
            return Written(fault="gives more than one point: give one")
        if found is not None:
            return Written(found.ways, name, found.fault)
    return None


def _spans(starts: list[int], ends: list[int], numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Pieces that have as many numbers as a point can: a long list of figures is none."""
    for start in starts:
        first = bisect_left(numbers, start)
        for end in ends:
            if end - start >= 7 and 2 <= bisect_left(numbers, end) - first <= _MOST_NUMBERS:
                yield start, end


# ---------------------------------------------------------------- grids

# Zone, band, easting and northing in metres.
_UTM = re.compile(
    r"^(?P<utm>utm )?(?:zone |zona |huso )?(?P<utm2>utm )?(?P<zone>60|[1-5]?\d) ?(?P<band>[c-hj-np-x])?,? "
    r"(?:x[:=] ?|e[:=]? ?)?(?P<e>\d{6}(?:\.\d+)?) ?(?:m ?)?e?,? "
    r"(?:y[:=] ?|n[:=]? ?)?(?P<n>\d{6,7}(?:\.\d+)?) ?(?:m ?)?n?$"
)
_MGRS = re.compile(r"^(?:mgrs:? )?\d{1,2} ?[c-hj-np-x] ?[a-hj-np-z][a-hj-np-v] ?\d{1,5} ?\d{1,5}$")
_PLUS_CODE = re.compile(
    r"^(?:[2-9cfghjmpqrvwx]{8}|[2-9cfghjmpqrvwx]{4})\+[2-9cfghjmpqrvwx]{2,3}\b", re.IGNORECASE
)


def _grid(text: str) -> Written | None:
    """Eastings and northings of the universal transverse Mercator grid; other grids are refused."""
    for pattern, what in ((_MGRS, "a grid reference (MGRS)"), (_PLUS_CODE, "a plus code")):
        if pattern.match(text):
            return Written(
                fault=f"is {what}, which is not read: give latitude and longitude, as in 28.22, -100.73"
            )
    found = _UTM.match(text)
    if not found or not (found["band"] or found["utm"] or found["utm2"]):
        return None
    from pyproj import Transformer

    # Without its band a zone is taken to be north of the equator.
    south = (found["band"] or "n") < "n"
    code = (32700 if south else 32600) + int(found["zone"])
    to_degrees = Transformer.from_crs(code, 4326, always_xy=True)
    lon, lat = to_degrees.transform(float(found["e"]), float(found["n"]))
    return _checked(round(lon, 6), round(lat, 6))
