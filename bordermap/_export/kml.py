"""Placemarks for Google Earth and its kin, with every column in typed extended data.

Written here and not through GDAL, whose driver leaves "]]>" in a text as it is and so breaks the
file. A description is HTML to those who show it: text with a "<" in it is escaped, so that a cell of
a table cannot bring markup or links of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape as escape_html
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from bordermap._export.typed import Field, Kind

__all__ = ["document"]

# Names that readers of KML give to parts of a placemark.
_TAKEN = frozenset(
    (
        "id", "name", "timestamp", "begin", "end", "altitudemode", "tessellate", "extrude",
        "visibility", "draworder", "icon", "snippet",
    )
)  # fmt: skip
_TYPES: dict[Kind, str] = {
    "integer": "int", "number": "double", "boolean": "bool", "datetime": "string", "text": "string",
}  # fmt: skip
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # in XML 1.0
_INT32 = 2**31


def document(
    columns: Sequence[Field],
    points: Iterable[tuple[float, float]],
    *,
    name: str,
    about: str,
) -> tuple[bytes, list[str]]:
    """A KML document, and notes on what could not stay as it is.

    Parameters
    ----------
    columns : sequence of Field
    points : iterable of (lon, lat)
        Degrees.
    name, about : str
        Title of the document, and where its data come from.
    """
    names, notes = _names(columns)
    described = next((column for column in columns if column.name == "description"), None)
    marked = sum("<" in (text or "") for text in described.cells) if described else 0
    if marked:
        notes.append(
            f"KML shows descriptions as HTML: {marked:,} with '<' in them have it written as '&lt;'"
        )
    labels = [column.cells for column in columns if column.name in ("title", "place")]
    data = [column for column in columns if column is not described]
    types = {column.name: _type(column) for column in data}
    told = _xml(escape_html(about, quote=False))
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        '<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n',
        f"<name>{_xml(name)}</name>\n<description>{told}</description>\n",
        '<Schema id="incidents" name="incidents">\n',
    ]
    out += [
        f'<SimpleField name={quoteattr(_legal(names[column.name]))} type="{types[column.name]}"/>\n'
        for column in data
    ]
    out.append("</Schema>\n")
    for row, (lon, lat) in enumerate(points):
        label = next((values[row] for values in labels if values[row]), "")
        out.append("<Placemark>\n" + (f"<name>{_xml(label)}</name>\n" if label else ""))
        if described is not None and described.cells[row] is not None:
            text = described.cells[row]
            shown = escape_html(text, quote=False) if "<" in text else text
            out.append(f"<description>{_xml(shown)}</description>\n")
        out.append('<ExtendedData><SchemaData schemaUrl="#incidents">\n')
        out += [
            f"<SimpleData name={quoteattr(_legal(names[column.name]))}>"
            f"{_xml(_text(column.cells[row]))}</SimpleData>\n"
            for column in data
            if column.cells[row] is not None
        ]
        out.append(
            "</SchemaData></ExtendedData>\n"
            f"<Point><coordinates>{lon!r},{lat!r}</coordinates></Point>\n</Placemark>\n"
        )
    out.append("</Document>\n</kml>\n")
    return "".join(out).encode("utf-8"), notes


def _names(columns: Sequence[Field]) -> tuple[dict[str, str], list[str]]:
    names: dict[str, str] = {}
    taken = {column.name.casefold() for column in columns}
    for column in columns:
        fresh = column.name
        while fresh.casefold() in _TAKEN or (fresh != column.name and fresh.casefold() in taken):
            fresh += "_"
        names[column.name] = fresh
    renamed = [f"{old} → {new}" for old, new in names.items() if old != new]
    return names, [f"KML has names of its own: {', '.join(renamed)}"] if renamed else []


def _type(column: Field) -> str:
    if column.kind == "integer" and any(abs(value or 0) >= _INT32 for value in column.cells):
        return "string"
    return _TYPES[column.kind]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _legal(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _xml(text: str) -> str:
    # A bare carriage return would come back as a line feed.
    return escape(_legal(text)).replace("\r", "&#13;")
