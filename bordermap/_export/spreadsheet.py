"""Excel workbooks: the incidents, the rows that were refused, and where all of it comes from.

Cells are typed: numbers are numbers, whole dates are dates, and text is text, whatever it begins
with: nothing that came out of a table becomes a formula. Only http and https become links.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from bordermap._export.typed import Field
from bordermap.errors import OutputError

__all__ = ["workbook"]

_MOST_ROWS = 1_048_576
_MOST_COLUMNS = 16_384
_MOST_TEXT = 32_767
_MOST_LINKS = 65_530
_LONGEST_LINK = 2_079
_MOST_DIGITS = 10**15  # beyond, Excel rounds
_FIRST_DAY = date(1900, 3, 1)  # before, Excel counts a day that never was
_WHOLE_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LINK = re.compile(r"https?://[^\s\"<>^`{|}\\]+", re.IGNORECASE)
_WIDEST, _NARROWEST = 60, 6


def workbook(
    incidents: Sequence[Field],
    rejected: Sequence[Field],
    about: Sequence[tuple[str, str]],
    *,
    made: date,
    title: str,
) -> tuple[bytes, list[str]]:
    """The bytes of an .xlsx, and notes on what could not stay as it is.

    Parameters
    ----------
    incidents, rejected : sequence of Field
    about : sequence of (what, text)
        The third sheet.
    made : date
        Date of making; the same input gives the same bytes.
    title : str
        In the properties of the workbook.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise OutputError(
            "what writes Excel workbooks is not installed: pip install 'bordermap[excel]', or "
            "write a .csv"
        ) from error
    rows = max((len(fields[0].cells) for fields in (incidents, rejected) if fields), default=0)
    if rows >= _MOST_ROWS or len(incidents) > _MOST_COLUMNS:
        raise OutputError(
            f"a sheet of Excel holds {_MOST_ROWS - 1:,} rows and {_MOST_COLUMNS:,} columns, and "
            f"there are {rows:,} and {len(incidents):,}: write a .csv, .gpkg or .parquet"
        )
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties(
        {"title": title, "author": "bordermap", "created": datetime.combine(made, time())}
    )
    writer = _Writer(book)
    writer.table("incidents", incidents)
    writer.table("rejected", rejected)
    writer.pairs("about", about)
    book.close()
    return buffer.getvalue(), writer.notes()


class _Writer:
    """Sheets of one workbook, and a count of what was cut."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        self.link = book.get_default_url_format()
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.links = 0
        self.cut = 0

    def table(self, name: str, columns: Sequence[Field]) -> None:
        sheet = self.book.add_worksheet(name)
        for at, column in enumerate(columns):
            sheet.write_string(0, at, column.name[:_MOST_TEXT], self.head)
            for row, value in enumerate(column.cells, start=1):
                if value is not None:
                    self._cell(sheet, row, at, value, column)
            sheet.set_column(at, at, _width(column))
        sheet.freeze_panes(1, 0)
        if columns and columns[0].cells:
            sheet.autofilter(0, 0, len(columns[0].cells), len(columns) - 1)

    def pairs(self, name: str, pairs: Sequence[tuple[str, str]]) -> None:
        sheet = self.book.add_worksheet(name)
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 100)
        for row, (what, text) in enumerate(pairs):
            sheet.write_string(row, 0, what, self.head)
            sheet.write_string(row, 1, text[:_MOST_TEXT], self.wrapped)

    def notes(self) -> list[str]:
        if not self.cut:
            return []
        cells = "1 text was" if self.cut == 1 else f"{self.cut:,} texts were"
        return [f"a cell of Excel holds {_MOST_TEXT:,} characters: {cells} cut there"]

    def _cell(self, sheet: Any, row: int, at: int, value: Any, column: Field) -> None:
        if isinstance(value, bool):
            sheet.write_boolean(row, at, value)
        elif isinstance(value, (int, float)):
            if isinstance(value, int) and abs(value) >= _MOST_DIGITS:
                sheet.write_string(row, at, str(value))
            else:
                sheet.write_number(row, at, value)
        elif isinstance(value, datetime):
            if value.tzinfo is not None or value.date() < _FIRST_DAY:
                sheet.write_string(row, at, value.isoformat())
            else:
                sheet.write_datetime(row, at, value, self.moment)
        else:
            self._text(sheet, row, at, value, column)

    def _text(self, sheet: Any, row: int, at: int, text: str, column: Field) -> None:
        day = _day(text) if column.name == "date" else None
        if day is not None:
            sheet.write_datetime(row, at, day, self.day)
        elif len(text) <= _LONGEST_LINK and self.links < _MOST_LINKS and _LINK.fullmatch(text):
            self.links += 1
            # "#" would be taken apart into file and place in it: the text shows the whole.
            sheet.write_url(row, at, text, self.link, text)
        else:
            self.cut += len(text.encode("utf-16-le")) // 2 > _MOST_TEXT
            sheet.write_string(row, at, _fitting(text))


def _day(text: str) -> date | None:
    """A whole day that Excel can hold; None for a month, a year, or one before 1900-03-01."""
    if not _WHOLE_DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= _FIRST_DAY else None


def _fitting(text: str) -> str:
    """The text cut to what a cell holds, which Excel counts in units of UTF-16."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) // 2 <= _MOST_TEXT:
        return text
    return units[: 2 * _MOST_TEXT].decode("utf-16-le", "ignore")


def _width(column: Field) -> int:
    """Characters that show most cells of a column whole."""
    shown = [len(str(value)) for value in column.cells[:1000] if value is not None]
    if column.kind == "number":
        shown = [min(length, 12) for length in shown]
    widest = max([len(column.name) + 3, *shown], default=0)
    return min(max(widest + 1, _NARROWEST), _WIDEST)
