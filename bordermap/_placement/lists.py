"""Small tables that a user keeps beside the data: aliases, reviewed decisions."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bordermap import columns as cols
from bordermap._files import read_limited
from bordermap._tables import sheet as _sheet
from bordermap.cells import degrees, is_missing
from bordermap.config import DEFAULT_MAX_BYTES
from bordermap.errors import CoordinateError, InputError, TableError
from bordermap.gazetteer import Record, SqliteGazetteer
from bordermap.names import REGIONS, Region, country_code, region_codes

__all__ = ["Row", "Sheet", "read", "record"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet counts, and its cells by canonical name.

    A cell that is empty, or says that nothing is known, is not there.
    """

    sheet: str
    number: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str | None:
        """A cell's text, or None."""
        return self.cells.get(column)

    def wrong(self, column: str, why: object) -> TableError:
        """The error that says where something is wrong."""
        return TableError(f"{self.sheet}, row {self.number}, column {column}: {why}")

    def number_of(self, column: str) -> float | None:
        """A cell's number; a comma may stand for the point, as in a Spanish spreadsheet."""
        text = self.get(column)
        if text is None:
            return None
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            raise self.wrong(column, f"{text!r} is no number") from None
        if not abs(value) < float("inf"):
            raise self.wrong(column, f"{text!r} is no number")
        return value

    def point(self) -> tuple[float, float] | None:
        """(lon, lat) of the row, or None where it gives none."""
        values = []
        for axis in ("lon", "lat"):
            text = self.get(axis)
            try:
                values.append(None if text is None else degrees(text, axis))
            except CoordinateError as error:
                raise self.wrong(axis, error) from None
        lon, lat = values
        if lon is None or lat is None:
            if lon is not lat:
                missing = "lon" if lon is None else "lat"
                raise self.wrong(missing, "it is empty, and the other coordinate is not")
            return None
        return lon, lat

    def country(self) -> str | None:
        """ISO code of the row's country."""
        text = self.get("country")
        code = country_code(text) if text else None
        if text and code is None:
            raise self.wrong("country", f"{text!r} is not Mexico, the United States or Canada")
        return code

    def region(self) -> Region | None:
        """The row's state or province."""
        text = self.get("admin1")
        if text is None:
            return None
        codes = tuple(region_codes(text, self.country()))
        if len(codes) != 1:
            what = "may be several states: add the country" if codes else "is no state or province"
            raise self.wrong("admin1", f"{text!r} {what}")
        return REGIONS[codes[0]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A small table: what it is called, the columns it has, its rows."""

    name: str
    columns: frozenset[str]
    rows: Sequence[Row]


def read(source: Any, what: str, headings: Mapping[str, str]) -> Sheet:
    """A small table from a CSV file or a DataFrame.

    Parameters
    ----------
    source : path, bytes, file object or DataFrame
    what : str
        What it is called where it has no name: "aliases".
    headings : mapping
        Folded heading → the column's name here. Other columns are left alone.

    Raises
    ------
    TableError
        When it cannot be read.
    """
    name, found, rows = _cells(source, what)
    places = {}
    for position, heading in enumerate(found):
        column = headings.get(cols.fold(heading))
        if column is not None and column not in places:
            places[column] = position
    out = []
    for number, cells in rows:
        texts = {column: cells[at].strip() for column, at in places.items()}
        # "none" in the column `choose` is an answer.
        kept = {
            column: text
            for column, text in texts.items()
            if text and (column == "choose" or not is_missing(text))
        }
        if kept:
            out.append(Row(name, number, kept))
    return Sheet(name, frozenset(places), out)


def _cells(source: Any, what: str) -> tuple[str, list[str], Iterator[tuple[int, Sequence[str]]]]:
    """Name, headings, and each row's number and cells."""
    if hasattr(source, "columns") and hasattr(source, "iloc"):
        frame = source.reset_index(drop=True)
        columns = [frame.iloc[:, at] for at in range(frame.shape[1])]
        texts = [
            ["" if gone else str(cell) for cell, gone in zip(c.tolist(), c.isna(), strict=True)]
            for c in columns
        ]
        rows = zip(*texts, strict=True) if texts else iter(())
        return what, [str(heading) for heading in frame.columns], enumerate(rows, start=2)
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        data, name = read_limited(path, DEFAULT_MAX_BYTES), path.name
    elif isinstance(source, (bytes, bytearray, memoryview)):
        data, name = bytes(source), what
    elif callable(getattr(source, "read", None)):
        data, name = source.read(), str(getattr(source, "name", "") or what)
    else:
        raise InputError(
            f"{what}= is a {type(source).__name__}: give the path of a CSV file or a DataFrame"
        )
    sheet = _sheet.parse(data, name)
    if sheet.flaws:
        number, why = min(sheet.flaws.items())
        raise TableError(f"{name}, row {number}: {why}")
    cells = zip(*sheet.columns, strict=True)
    return name, list(sheet.headings), zip(sheet.numbers, cells, strict=False)


def record(identity: str, gazetteer: SqliteGazetteer) -> Record | None:
    """The record that an id names: "geonames:3980122", "inegi:05037", "census:48141", ..."""
    authority, _, number = identity.strip().partition(":")
    if authority == "iso":
        return gazetteer.region(number)
    offsets = {"geonames": (1, 0), "bordermap": (1, 900_000_000), "inegi": (-1, 0),
               "census": (-1, -1_000_000)}  # fmt: skip
    if authority not in offsets or not number.isdecimal():
        return None
    sign, start = offsets[authority]
    found = gazetteer.get(sign * int(number) + start)
    return found if found is not None and found.ref == identity.strip() else None
