"""What the columns of an incident table are called, and what their cells mean.

The names are the usual English and Spanish ones, those of ACLED (`event_date`, `admin1`,
`fatalities`, ...) and those of UCDP GED (`date_start`, `where_coordinates`, `best`, ...). Letter
case, accents, spaces, underscores and hyphens in a heading do not matter.

Cells are never guessed: a cell that has two readings, or none, is refused with a reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from bordermap.errors import CoordinateError, InputError, TableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ADDED_BY_MEASURE",
    "ADDED_BY_READ",
    "CANONICAL",
    "WHERE",
    "Assignment",
    "Dates",
    "assign",
    "count",
    "counted",
    "degrees",
    "fold",
    "is_missing",
    "iso_dates",
    "listed",
    "rounding_m",
    "says_where",
]

CANONICAL = (
    "date",
    "place",
    "admin1",
    "admin2",
    "country",
    "lon",
    "lat",
    "category",
    "killed",
    "injured",
    "title",
    "description",
    "source",
    "url",
)
# What says where a row was, in words.
WHERE = ("place", "admin1", "admin2", "country")
ADDED_BY_READ = ("match", "match_name", "match_id", "match_score", "match_reason", "radius_m")
ADDED_BY_MEASURE = (
    "border",
    "border_km",
    "border_mi",
    "border_uncertainty_km",
    "nearest_lon",
    "nearest_lat",
    "azimuth_deg",
    "border_part",
    "side",
)

_MUNICIPALITY = (
    "municipality", "municipio", "nom mun", "nombre municipio", "alcaldia", "admin2", "admin 2",
    "adm 2", "adm2", "adm2 name", "county", "condado",
)  # fmt: skip
# Folded headings, best first: of two that claim one name, the earlier wins. What tells a town apart
# comes before what may be a street address.
_HEADINGS: dict[str, tuple[str, ...]] = {
    "date": (
        "date", "event date", "date start", "incident date", "date of incident", "fecha",
        "fecha del evento", "fecha evento", "fecha del incidente", "fecha incidente",
        "fecha del hecho", "fecha de los hechos", "fecha hecho", "fecha hechos",
    ),
    "place": (
        "place", "place name", "town", "city", "settlement", "locality", "ciudad", "localidad",
        "poblado", "pueblo", "nombre localidad", "nom loc", "location", "lugar",
        "where coordinates", "ubicacion", "lugar del hecho", "lugar de los hechos",
        "lugar del evento", "lugar del incidente",
    ),
    "admin1": (
        "admin1", "admin 1", "adm 1", "adm1", "state", "estado", "entidad", "entidad federativa",
        "nom ent", "nombre entidad", "province", "provincia", "state province", "adm1 name",
    ),
    "admin2": _MUNICIPALITY,
    "country": ("country", "pais", "country name", "nombre pais", "country code", "nation"),
    "lon": ("lon", "longitude", "longitud", "lng", "long", "lon dd", "longitud dd", "coord x"),
    "lat": ("lat", "latitude", "latitud", "lat dd", "latitud dd", "coord y"),
    "category": (
        "category", "categoria", "type", "tipo", "event type", "incident type", "tipo de evento",
        "tipo evento", "tipo de incidente", "tipo incidente", "tipo de hecho",
    ),
    "killed": (
        "killed", "deaths", "dead", "fatalities", "muertos", "fallecidos", "victimas mortales",
        "muertes", "defunciones", "number killed", "people killed", "total killed",
        "numero de muertos", "num muertos", "total muertos", "personas fallecidas",
    ),
    "injured": (
        "injured", "wounded", "heridos", "lesionados", "injuries", "number injured",
        "people injured", "total injured", "numero de heridos", "num heridos", "total heridos",
        "personas heridas",
    ),
    "title": (
        "title", "titulo", "titular", "headline", "encabezado", "incident", "incidente", "event",
        "evento", "dyad name",
    ),
    "description": (
        "description", "descripcion", "notes", "notas", "summary", "resumen", "details", "detalle",
        "detalles", "narrative", "relato", "event description",
    ),
    "source": (
        "source", "fuente", "fuentes", "sources", "source article", "reference", "referencia",
        "publisher", "medio",
    ),
    "url": ("url", "link", "enlace", "liga", "source url", "source link", "url fuente", "vinculo"),
}  # fmt: skip
# Taken only where no better heading is there, and then without a word: a municipality stands in
# for the town, UCDP's "best" estimate is the number killed.
_STAND_INS: dict[str, tuple[str, ...]] = {
    "date": ("year", "ano", "anio"),
    "place": _MUNICIPALITY,
    "killed": ("best",),
    "lon": ("x",),
    "lat": ("y",),
}  # fmt: skip

_MISSING = frozenset(
    (
        "", "-", "--", "–", "—", ".", "?", "??", "n/a", "#n/a", "na", "n/d", "nd", "s/d", "nan",
        "nat", "none", "null", "nil", "<na>", "unknown", "not known", "no data", "desconocido",
        "desconocida", "se desconoce", "sin dato", "sin datos",
    )
)  # fmt: skip


def fold(text: str) -> str:
    """A heading without case, accents and punctuation: "Tipo_de Evento" → "tipo de evento"."""
    return " ".join(re.findall(r"[^\W_]+", _plain(text.replace("\ufeff", ""))))


def _plain(text: str) -> str:
    """Lower case without accents; punctuation stays."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def is_missing(text: str | None) -> bool:
    """Whether a cell says that it says nothing: empty, "-", "n/a", "s/d", "unknown", ..."""
    return text is None or text.strip().casefold() in _MISSING


def says_where(names: Collection[str]) -> bool:
    """Whether columns of these canonical names can put a row on a map."""
    return "place" in names or ("lon" in names and "lat" in names)


@dataclass(frozen=True, slots=True)
class Assignment:
    """New names for all columns, in their order; `theirs` maps a canonical name to the heading."""

    names: tuple[str, ...]
    theirs: dict[str, str]
    notes: tuple[str, ...]


def assign(headings: Sequence[str], columns: Mapping[str, str | None] | None = None) -> Assignment:
    """Which heading is which canonical column.

    A mapping given by the user wins over everything. Of several headings known for one name the
    one that stands earlier in the list of this module wins, of equals the first in the table, and a
    note says which; the others pass through untouched.

    Parameters
    ----------
    headings : sequence of str
        The table's own headings, in order.
    columns : mapping, optional
        Heading → canonical name, or → None for a heading to be left alone.

    Raises
    ------
    TableError
        When `columns` names a heading that is not there, or gives one name to two headings.
    InputError
        When `columns` asks for a name that is not canonical.

    Examples
    --------
    >>> assign(["Fecha", "Municipio", "Estado", "Muertos"]).names
    ('date', 'place', 'admin1', 'killed')
    """
    chosen, left_alone = _explicit(headings, columns or {})
    folded = [fold(heading) for heading in headings]
    notes = []
    for name in CANONICAL:
        if name in chosen:
            continue
        claims = _claims(folded, _HEADINGS[name], left_alone | set(chosen.values()))
        losers = claims[1:]
        if not claims:
            claims = _claims(folded, _STAND_INS.get(name, ()), left_alone | set(chosen.values()))
        if claims:
            chosen[name] = claims[0]
        if losers:
            others = ", ".join(repr(headings[position]) for position in losers)
            notes.append(
                f"several columns could be {name!r}: {headings[claims[0]]!r} is used, not {others}; "
                "columns={...} or --column chooses otherwise"
            )
    canonical_at = {position: name for name, position in chosen.items()}
    taken = {*CANONICAL}
    names = []
    for position, heading in enumerate(headings):
        name = canonical_at.get(position) or _free(heading or f"column_{position + 1}", taken)
        taken.add(name)
        names.append(name)
    theirs = {name: headings[position] for name, position in chosen.items()}
    return Assignment(tuple(names), theirs, tuple(notes))


def _explicit(
    headings: Sequence[str], columns: Mapping[str, str | None]
) -> tuple[dict[str, int], set[int]]:
    folded = [fold(heading) for heading in headings]
    chosen: dict[str, int] = {}
    left_alone: set[int] = set()
    for heading, name in columns.items():
        if heading in headings:
            position = headings.index(heading)
        elif fold(str(heading)) in folded:
            position = folded.index(fold(str(heading)))
        else:
            near = get_close_matches(str(heading), headings, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise TableError(
                f"the table has no heading {heading!r}{hint} (it has {_headings(headings)})"
            )
        if name is None:
            left_alone.add(position)
            continue
        if name not in CANONICAL:
            near = get_close_matches(str(name), CANONICAL, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise InputError(
                f"{heading!r} cannot be {name!r}, which is no column of bordermap{hint} "
                f"(known are {', '.join(CANONICAL)})"
            )
        if name in chosen:
            raise TableError(
                f"both {headings[chosen[name]]!r} and {heading!r} cannot be {name!r}: keep one"
            )
        chosen[name] = position
    return chosen, left_alone


def _claims(folded: Sequence[str], known: Sequence[str], taken: set[int]) -> list[int]:
    return [
        position
        for alias in known
        for position, heading in enumerate(folded)
        if heading == alias and position not in taken
    ]


def _free(name: str, taken: set[str]) -> str:
    """`name`, or `name` with the first number that makes it unique."""
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 row", "2 rows"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(numbers: Sequence[int], at_most: int = 8) -> str:
    """Return row numbers for print: "4, 9, 12", or "4, 9 and 30 more" where there are many."""
    shown = ", ".join(str(number) for number in numbers[:at_most])
    more = len(numbers) - at_most
    return f"{shown} and {more:,} more" if more > 0 else shown


def _headings(headings: Iterable[str]) -> str:
    shown = [repr(heading) for heading in headings]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")


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
            f"{word} {text} is beyond {'−90 to 90' if axis == 'lat' else '−180 to 180'} "
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
            f"{text!r} is no {word}: write decimal degrees such as "
            f"{'28.22' if axis == 'lat' else '-100.73'}"
        )
    minutes, seconds = float(found["min"] or 0), float(found["sec"] or 0)
    if minutes >= 60 or seconds >= 60:
        raise CoordinateError(f"{text!r} is no {word}: minutes and seconds end at 59")
    value = float(found["deg"]) + minutes / 60 + seconds / 3600
    negative = found["sign"] == "-"
    if hemisphere:
        meant, direction = _HEMISPHERES[hemisphere]
        if meant != axis:
            other, _ = _AXES[meant]
            raise CoordinateError(f"{text!r} is a {other} in the column of the {word}")
        if negative and direction > 0:
            raise CoordinateError(f"{text!r} has a minus sign and points {hemisphere.upper()}")
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
    raise TableError(f"{text!r} is no whole number of people")


# --- dates ------------------------------------------------------------------------------------

_TIME = (
    r"(?:[T ,]\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?\s?m\.?)?\s*"
    r"(?:Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_FLAGS = re.ASCII | re.IGNORECASE
_YEAR_FIRST = re.compile(rf"(\d{{4}})(?:([-/.])(\d{{1,2}})(?:\2(\d{{1,2}}){_TIME})?)?", _FLAGS)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}", _FLAGS)
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
    which is `day_first` or not.
    """

    values: list[str | None]
    unread: list[str]
    undecided: list[str]
    settled: list[str]
    day_first: bool | None


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
    return Dates(values, unread, undecided, settled, day_first)


def _order(text: str) -> bool | None:
    """True for a date that can only be day first, False for one only month first."""
    found = _YEAR_LAST.fullmatch(text.strip())
    if not found:
        return None
    first, second = int(found[1]), int(found[3])
    if first <= 12 < second:
        return False
    return True if second <= 12 < first else None


def _two_ways(text: str) -> bool:
    found = _YEAR_LAST.fullmatch(text.strip())
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
    found = _YEAR_LAST.fullmatch(text)
    if not found:
        return _worded(text)
    if _two_ways(text) and day_first is None:
        return _calendar(found[4], None, None)
    if not _two_ways(text):
        day_first = _order(text) is not False
    month, day = (found[3], found[1]) if day_first else (found[1], found[3])
    return _calendar(found[4], month, day)


def _worded(text: str) -> str | None:
    months, days, years = [], [], []
    for word in re.findall(r"[^\W\d_]+|\d+|[^\w\s]", _plain(text)):
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
