"""Coordinates as people write them: degrees, minutes and seconds, letters, signs, commas."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["read", "rounded_m"]

_DEGREE_M = 111_320.0
_MOST_DECIMALS = 7

_NUMBER = r"[+\-−]?\d{1,7}(?:[.,]\d+)?"
_DMS = (
    r"(?P<d{0}>[+\-−]?\d{{1,7}}(?:[.,]\d+)?)\s*(?:°|º|˚|degrees?|deg|d|grados?)?\s*"
    r"(?:(?P<m{0}>\d{{1,2}}(?:[.,]\d+)?)\s*(?:'|′|’|´|min|m)\s*)?"
    r"(?:(?P<s{0}>\d{{1,2}}(?:[.,]\d+)?)\s*(?:\"|″|”|''|’’|´´|sec|s(?=\s*[nsewo]\b|\W|$))\s*)?"
)
_SIDE = r"(?P<{0}>n|s|e|w|o|norte|sur|este|oeste|north|south|east|west)\.?"
_GAP = r"\s*[,;/|&\s]\s*(?:y\s+|and\s+)?"
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
    r"^(?P<d1>[+\-−]?\d{1,7}(?:\.\d+)?)°?\s*[,;/|\s]\s*(?P<d2>[+\-−]?\d{1,7}(?:\.\d+)?)°?$"
)
_THOUSANDS = re.compile(r"^\d{1,3},\d{3}$")
_COMMA = re.compile(r"^(?P<d1>[+\-−]?\d{1,3},\d+)°?\s*[;/\s]\s*(?P<d2>[+\-−]?\d{1,3},\d+)°?$")
_DEGREES = re.compile(rf"^{_DMS.format('1')}{_GAP}{_DMS.format('2')}$")
_BARE_DMS = re.compile(
    r"^(?P<d1>\d{1,3}) (?P<m1>\d{1,2}) (?P<s1>\d{1,2}(?:\.\d+)?) ?(?P<h1>[ns]),? "
    r"(?P<d2>\d{1,3}) (?P<m2>\d{1,2}) (?P<s2>\d{1,2}(?:\.\d+)?) ?(?P<h2>[ewo])$"
)
_WELL_KNOWN_TEXT = re.compile(r"^point ?\(? ?(?P<x>-?[\d.]+) +(?P<y>-?[\d.]+) ?\)?$")
_DIGIT = re.compile(r"\d")
_LATITUDE = frozenset(("lat", "latitude", "latitud", "y"))
_WRAPPED = re.compile(
    r"^(?:coordenadas|coordinates|coords?|gps|geo|at|en|approx\.?|aprox\.?)(?!\w)[:\s]*"
)
_ABOUT = re.compile(r"\s*\(?(?:approx|approximately|aprox|aproximadamente)\.?\)?$")
_DASH = re.compile(r"[−–—](?=\d)")
# What a map on the web puts into its address.
_LINK = re.compile(
    r"(?:@|[?&](?:q|ll|query|center|mlat)=|!3d)(?P<lat>-?\d{1,3}\.\d+)(?:,|%2c|!4d|&mlon=)(?P<lon>-?\d{1,3}\.\d+)"
)
_BARE_DM = re.compile(
    r"^(?P<d1>\d{1,3}) (?P<m1>\d{1,2}(?:\.\d+)?) ?(?P<s1>)(?P<h1>[ns]),? "
    r"(?P<d2>\d{1,3}) (?P<m2>\d{1,2}(?:\.\d+)?) ?(?P<s2>)(?P<h2>[ewo])$"
)
_ONE_SIDE = re.compile(r"^(?P<d1>\d{1,2}\.\d+)°?[,; ]+(?P<d2>\d{1,3}\.\d+)°? ?(?P<h2>[ewo])$")
_COMMAS = re.compile(r"^(?P<d1>[+\-]?\d{1,3},\d+), +(?P<d2>[+\-]?\d{1,3},\d+)$")
# Zone, band, easting and northing in metres.
_UTM = re.compile(
    r"^(?:utm )?(?:zone |zona )?(?P<zone>[1-5]?\d|60) ?(?P<band>[c-hj-np-x]),? (?P<e>\d{6}(?:\.\d+)?) ?(?:m ?)?e?,? "
    r"(?P<n>\d{6,7}(?:\.\d+)?) ?(?:m ?)?n?$"
)


def read(text: str) -> tuple[float, float] | str | None:
    r"""(lon, lat) of coordinates written as text.

    Decimal degrees or degrees, minutes and seconds, with hemisphere letters or signs, points or
    decimal commas, bare or labelled. Two bare numbers are latitude, longitude, as people write
    them, unless only the other order is a place on Earth, and in North America.

    Returns
    -------
    tuple of float, str or None
        (lon, lat); a clause that says what is impossible about them; None for other text.

    Examples
    --------
    >>> read("28.22 N, 100.73 W")
    (-100.73, 28.22)
    >>> read("28°13'12\"N 100°43'48\"W")
    (-100.73, 28.22)
    >>> read("999999, 999999")
    'latitude 999999 is beyond 90 degrees'
    """
    if not _DIGIT.search(text):
        return None
    compact = " ".join(_DASH.sub("-", unicodedata.normalize("NFC", text).casefold()).split())
    link = _LINK.search(compact)
    if link and (compact.startswith("@") or "://" in compact):
        return _checked(float(link["lon"]), float(link["lat"]))
    compact = _ABOUT.sub("", _WRAPPED.sub("", compact)).strip(" ()[]{}.~≈")
    if compact.startswith('"'):
        compact = compact.replace('"', "")  # labels of JSON
    for reader in (_lettered, _labelled, _bare, _metric):
        found = reader(compact)
        if found is not None:
            return found
    return None


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


def _lettered(text: str) -> tuple[float, float] | str | None:
    """Hemisphere letters before or behind the numbers."""
    for pattern in (_BARE_DMS, _BARE_DM, _SUFFIXED, _PREFIXED):
        found = pattern.match(text)
        if found:
            return _with_hemispheres(found)
    found = _ONE_SIDE.match(text)
    if found:  # a latitude without its N is north of the equator
        lon = float(found["d2"])
        return _checked(lon if found["h2"] == "e" else -lon, float(found["d1"]))
    return None


def _metric(text: str) -> tuple[float, float] | str | None:
    """Eastings and northings of the universal transverse Mercator grid."""
    found = _UTM.match(text)
    if not found:
        return None
    from pyproj import Transformer

    south = found["band"] < "n"
    code = (32700 if south else 32600) + int(found["zone"])
    to_degrees = Transformer.from_crs(code, 4326, always_xy=True)
    lon, lat = to_degrees.transform(float(found["e"]), float(found["n"]))
    return _checked(round(lon, 6), round(lat, 6))


def _labelled(text: str) -> tuple[float, float] | str | None:
    """Each number with its name, or the point of a geometry in words."""
    found = _WELL_KNOWN_TEXT.match(text)
    if found:
        return _checked(_float(found["x"]), _float(found["y"]))
    found = _LABELLED.match(text)
    if not found:
        return None
    values = {"lat" if found[f"l{n}"] in _LATITUDE else "lon": _float(found[f"d{n}"]) for n in "12"}
    return _checked(values["lon"], values["lat"]) if len(values) == 2 else None


def _bare(text: str) -> tuple[float, float] | str | None:
    """Two numbers, or two angles with degree signs."""
    found = (
        None
        if _THOUSANDS.match(text)
        else _PLAIN.match(text) or _COMMA.match(text) or _COMMAS.match(text)
    )
    if found:
        first, second = _float(found["d1"]), _float(found["d2"])
        if _whole(found["d1"]) and _whole(found["d2"]) and max(abs(first), abs(second)) <= 31:
            return None  # "3, 14" is a date or a list sooner than a place
        if -180 <= first < -90 and 0 < second <= 90:
            return first, second
        return _checked(second, first)
    found = _DEGREES.match(text) if "°" in text or "º" in text else None
    if not found:
        return None
    lat, lon = _angle(found, "1"), _angle(found, "2")
    return _checked(lon, lat) if lat is not None and lon is not None else None


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
        if angle < 0 and side in "ne":
            return "a minus sign and the letter behind it point to opposite sides"
        values[axis] = -abs(angle) if side in "swo" else angle
    return _checked(values["lon"], values["lat"])


def _checked(lon: float, lat: float) -> tuple[float, float] | str:
    if abs(lat) > 90:
        return f"latitude {lat:g} is beyond 90 degrees"
    if abs(lon) > 180:
        return f"longitude {lon:g} is beyond 180 degrees"
    return lon, lat
