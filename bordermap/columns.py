"""What the columns of an incident table are called.

The names are the usual English and Spanish ones, those of ACLED (`event_date`, `admin1`,
`fatalities`, ...) and those of UCDP GED (`date_start`, `where_coordinates`, `best`, ...). Letter
case, accents, spaces, underscores and hyphens in a heading do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bordermap.cells import plain
from bordermap.errors import InputError, TableError

__all__ = [
    "ADDED_BY_MEASURE",
    "ADDED_BY_READ",
    "CANONICAL",
    "WHERE",
    "Assignment",
    "assign",
    "counted",
    "fold",
    "listed",
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


def fold(text: str) -> str:
    """A heading without case, accents and punctuation: "Tipo_de Evento" → "tipo de evento"."""
    return " ".join(re.findall(r"[^\W_]+", plain(text.replace("\ufeff", ""))))


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
