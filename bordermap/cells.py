"""What the cells of an incident table mean: degrees, whole numbers, dates, nothing.

Cells are never guessed: a cell that has two readings, or none, is refused with a reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from bordermap.errors import CoordinateError, TableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Dates", "count", "degrees", "is_missing", "iso_dates", "plain", "rounding_m"]

_MISSING = frozenset(
    (
        "", "-", "--", "–", "—", ".", "?", "??", "n/a", "#n/a", "na", "n/d", "nd", "s/d", "nan",
        "nat", "none", "null", "nil", "<na>", "unknown", "not known", "no data", "desconocido",
        "desconocida", "se desconoce", "sin dato", "sin datos",
    )
)  # fmt: skip


def plain(text: str) -> str:
    """Lower case without accents; punctuation stays."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def is_missing(text: str | None) -> bool:
    """Whether a cell says that it says nothing: empty, "-", "n/a", "s/d", "unknown", ..."""
    return text is None or text.strip().casefold() in _MISSING


# --- coordinates ------------------------------------------------------------------------------

_PLAIN = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]*)?", re.ASCII)
_ANGLE = re.compile(
    r"(?P<sign>[+-]?)(?P<deg>[0-9]{1,3}(?:\.[0-9]*)?)"
    r"(?:[°º:\s]+(?P<min>[0-9]{1,2}(?:\.[0-9]*)?)(?:['′:\s]+(?P<sec>[0-9]{1,2}(?:\.[0-9]*)?))?)?"
    r"[°º'\"′″\s]*",
    re.ASCII,
)
_HEMISPHERES = {
    "n": ("lat", 1), "s": ("lat", -1), "e": ("lon", 1), "w": ("lon", -1), "o": ("lon", -1),
}  # fmt: skip
_MOST_DECIMALS = 7  # a centimetre
_DEGREE_M = 111_320.0  # of longitude on the equator: the longest
_AXES = {"lat": ("latitude", 90.0), "lon": ("longitude", 180.0)}


def degrees(text: str, axis: str) -> float:
    """Degrees out of one cell: "28.22", "28,22", "−100.73", "100.73 W", "28° 13′ 12″ N".

    Parameters
    ----------
    text : str
    axis : {"lon", "lat"}

    Raises
    ------
    CoordinateError
        When the text is no angle, or no such angle exists on Earth.

    Examples
    --------
    >>> degrees("100,73 W", "lon")
    -100.73
    """
    text = text.strip()
    value = float(text) if _PLAIN.fullmatch(text) else _angle(text, axis)
    word, limit = _AXES[axis]
    if abs(value) > limit:
        hint = ""
        if axis == "lat" and abs(value) <= 180:
            hint = "; longitude and latitude look swapped"
        elif axis == "lon" and 180 < value <= 360:
            hint = f"; counted from 0 to 360 it would be {value - 360:.10g}"
        raise CoordinateError(
            f"{word} {text[:40]} is beyond {'−90 to 90' if axis == 'lat' else '−180 to 180'} "
            f"degrees{hint}"
        )
    return value


def _angle(text: str, axis: str) -> float:
    word, _ = _AXES[axis]
    plain = text.casefold().replace("\N{MINUS SIGN}", "-").replace("–", "-").replace(",", ".")
    plain = plain.replace("\N{NO-BREAK SPACE}", " ").replace("’", "'").replace("”", '"').strip()
    hemisphere = ""
    for letter in _HEMISPHERES:
        if plain.endswith(letter) or plain.startswith(letter):
            hemisphere = letter
            plain = plain.removesuffix(letter).removeprefix(letter).strip()
            break
    found = _ANGLE.fullmatch(plain)
    if not found:
        if re.fullmatch(r"[+-]?[0-9.]+(?:e[+-]?[0-9]+)?", plain) and plain.count(".") < 2:
            return float(plain)  # more than three digits, or an exponent: the range decides
        raise CoordinateError(
            f"{text[:40]!r} is no {word}: write decimal degrees such as "
            f"{'28.22' if axis == 'lat' else '-100.73'}"
        )
    minutes, seconds = float(found["min"] or 0), float(found["sec"] or 0)
    if minutes >= 60 or seconds >= 60:
        raise CoordinateError(f"{text[:40]!r} is no {word}: minutes and seconds end at 59")
    value = float(found["deg"]) + minutes / 60 + seconds / 3600
    negative = found["sign"] == "-"
    if hemisphere:
        meant, direction = _HEMISPHERES[hemisphere]
        if meant != axis:
            other, _ = _AXES[meant]
            raise CoordinateError(f"{text[:40]!r} is a {other} in the column of the {word}")
        if negative and direction > 0:
            raise CoordinateError(f"{text[:40]!r} has a minus sign and points {hemisphere.upper()}")
        negative = direction < 0
    return -value if negative else value


def rounding_m(
    lon: NDArray[np.float64] | float, lat: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """How far off a point may be because its coordinates were rounded, in metres.

    Half a unit of the last decimal, of the one of the pair that has more: 28.2, −100.7 stands for
    anything within 5.6 km.

    Parameters
    ----------
    lon, lat : array_like of float

    Examples
    --------
    >>> float(rounding_m(-100.73, 28.2))
    556.6
    """
    decimals = np.full(np.broadcast_shapes(np.shape(lon), np.shape(lat)), _MOST_DECIMALS)
    for digits in reversed(range(_MOST_DECIMALS)):
        fits = (np.round(lon, digits) == lon) & (np.round(lat, digits) == lat)
        decimals = np.where(fits, digits, decimals)
    return np.asarray(np.round(0.5 * _DEGREE_M * 10.0**-decimals, 3))


# --- counts -----------------------------------------------------------------------------------

_WHOLE = re.compile(r"\+?([0-9]{1,15})(?:[.,]0{0,2})?", re.ASCII)
_GROUPED = re.compile(r"[0-9]{1,3}(?:(?P<mark>[., '\u00a0\u202f])[0-9]{3})(?:(?P=mark)[0-9]{3})*")


def count(text: str) -> int:
    """A whole number out of one cell: "21", "21.0", "1,234", "1.234".

    People come whole, so a lone group of three digits is thousands, whichever mark stands before
    it; "21.000" and "21,000" alone could also be 21 written with decimals, and are refused.

    Raises
    ------
    TableError
        When the text is no whole number of people ("at least 21", "2.5", "−1", "21.000").

    Examples
    --------
    >>> count("1,234")
    1234
    """
    text = text.strip()
    whole = _WHOLE.fullmatch(text)
    if whole:
        return int(whole[1])
    grouped = _GROUPED.fullmatch(text)
    if grouped:
        decimal = grouped["mark"] in ".," and text.count(grouped["mark"]) == 1
        if not (decimal and text.endswith("000")):
            return int(re.sub(r"[^0-9]", "", text))
    raise TableError(f"{text[:40]!r} is no whole number of people")


# --- dates ------------------------------------------------------------------------------------

_TIME = (
    r"(?:[T ,]\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?\s?m\.?)?\s*"
    r"(?:Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_FLAGS = re.ASCII | re.IGNORECASE
_YEAR_FIRST = re.compile(rf"(\d{{4}})(?:([-/.])(\d{{1,2}})(?:\2(\d{{1,2}}){_TIME})?)?", _FLAGS)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}", _FLAGS)
_SHORT_YEAR = re.compile(
    rf"(\d{{1,2}})(/)(\d{{1,2}})/(\d{{2}}){_TIME}", _FLAGS
)  # as Excel shows it
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/.](\d{4})", re.ASCII)
_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january jan enero ene", "february feb febrero", "march mar marzo",
            "april apr abril abr", "may mayo", "june jun junio", "july jul julio",
            "august aug agosto ago", "september sep sept septiembre setiembre set",
            "october oct octubre", "november nov noviembre", "december dec diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_SHORT_WORDED = re.compile(
    r"(\d{1,2}[- ][^\W\d_]{3,}\.?)[- ](\d{2})"
)  # "30-nov-19", as Excel has it
_DATE_FILLERS = frozenset(
    (
        "de", "del", "of", "the", "st", "nd", "rd", "th", ",", ".", "-", "/",
        "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun",
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        "lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dates:
    """ISO dates in the order given.

    `unread` holds the texts that are no date, `undecided` those that could be two days: these are
    kept to the year, which is certain; `settled` those that could, but for the rest of the column,
    which is `day_first` or not. `short` holds those whose year has two digits: 1970 to 2069.
    """

    values: list[str | None]
    unread: list[str]
    undecided: list[str]
    settled: list[str]
    day_first: bool | None
    short: list[str]


def iso_dates(texts: Sequence[str | None]) -> Dates:
    """Dates as ISO 8601 text, as precise as they were given; a time of day is left off.

    "03/04/2019" is the third of April or the fourth of March. The column decides, where another
    date in it has one reading only ("25/12/2019") and none contradicts; else the year is kept.

    Parameters
    ----------
    texts : sequence of str or None
        One column.

    Examples
    --------
    >>> iso_dates(["30/11/2019", "03/04/2019", "marzo de 2011", "2009"]).values
    ['2019-11-30', '2019-04-03', '2011-03', '2009']
    >>> iso_dates(["03/04/2019"]).values
    ['2019']
    """
    distinct = [text for text in dict.fromkeys(texts) if not is_missing(text)]
    votes = {vote for text in distinct if text and (vote := _order(text)) is not None}
    day_first = votes.pop() if len(votes) == 1 else None
    known: dict[str, str | None] = {}
    unread: list[str] = []
    undecided: list[str] = []
    settled: list[str] = []
    for text in distinct:
        if text is None:
            continue
        known[text] = _iso(text.strip(), day_first=day_first)
        if known[text] is None:
            unread.append(text)
        elif _two_ways(text):
            (undecided if day_first is None else settled).append(text)
    values = [known.get(text) if text else None for text in texts]
    short = [text for text in distinct if text and known.get(text) and _is_short(text.strip())]
    return Dates(values, unread, undecided, settled, day_first, short)


def _order(text: str) -> bool | None:
    """True for a date that can only be day first, False for one only month first."""
    found = _numbered(text)
    if not found:
        return None
    first, second = int(found[1]), int(found[3])
    if first <= 12 < second:
        return False
    return True if second <= 12 < first else None


def _two_ways(text: str) -> bool:
    found = _numbered(text)
    if not found:
        return False
    first, second = int(found[1]), int(found[3])
    return first != second and max(first, second) <= 12


def _iso(text: str, *, day_first: bool | None) -> str | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return _calendar(found[1], found[3], found[4])
    if found := _COMPACT.fullmatch(text):
        return _calendar(found[1], found[2], found[3])
    if found := _MONTH_YEAR.fullmatch(text):
        return _calendar(found[2], found[1], None)
    found = _numbered(text)
    if not found:
        return _worded(text)
    year = _whole_year(found[4])
    if _two_ways(text) and day_first is None:
        return _calendar(year, None, None)
    if not _two_ways(text):
        day_first = _order(text) is not False
    month, day = (found[3], found[1]) if day_first else (found[1], found[3])
    return _calendar(year, month, day)


def _numbered(text: str) -> re.Match[str] | None:
    """Two numbers and a year behind them, which has two digits only where strokes part them."""
    return _YEAR_LAST.fullmatch(text.strip()) or _SHORT_YEAR.fullmatch(text.strip())


def _is_short(text: str) -> bool:
    return bool(_SHORT_YEAR.fullmatch(text) or _SHORT_WORDED.fullmatch(text))


def _whole_year(text: str) -> str:
    """A year of two digits lies in 1970 to 2069, as POSIX has it."""
    return text if len(text) == 4 else f"{19 if int(text) >= 70 else 20}{text}"


def _worded(text: str) -> str | None:
    months, days, years = [], [], []
    if short := _SHORT_WORDED.fullmatch(text.strip()):
        text = f"{short[1]} {_whole_year(short[2])}"
    for word in re.findall(r"[^\W\d_]+|\d+|[^\w\s]", plain(text)):
        if word in _MONTHS:
            months.append(_MONTHS[word])
        elif word.isdigit() and len(word) == 4:
            years.append(word)
        elif word.isdigit() and len(word) <= 2:
            days.append(word)
        elif word not in _DATE_FILLERS:
            return None
    if len(months) != 1 or len(years) != 1 or len(days) > 1:
        return None
    return _calendar(years[0], str(months[0]), days[0] if days else None)


def _calendar(year: str, month: str | None, day: str | None) -> str | None:
    try:
        checked = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    if not 1000 <= checked.year <= 2999:
        return None
    return checked.isoformat()[: 10 if day else 7 if month else 4]
