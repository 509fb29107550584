"""The cells of workbooks: Excel (.xlsx, .xlsm, .xlsb, .xls) and OpenDocument (.ods).

Values are taken as the sheet stores them: a date is a date whatever its format shows, a formula is
the value it had when the file was saved. Rows count as the sheet counts them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from bordermap import columns as cols
from bordermap._tables.content import unzipped
from bordermap._tables.sheet import header_at
from bordermap.errors import TableError

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

__all__ = ["Cells", "parse"]

_LOOKED_AHEAD = 10
# A sheet with these is a list of what was refused, such as bordermap writes beside the incidents.
_OF_REFUSED = frozenset(("row", "column", "reason"))


@dataclass(frozen=True, slots=True)
class Cells:
    """A sheet's table: `columns` line up with `headings`, their cells with `numbers`."""

    headings: tuple[str, ...]
    columns: list[list[Any]]
    numbers: list[int]
    notes: tuple[str, ...]


def parse(data: bytes, name: str, limit: int, sheet: str | int | None = None) -> Cells:
    """The table of incidents in a workbook.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file, for messages.
    limit : int
        Bytes that the file may unpack to.
    sheet : str or int, optional
        Name of the sheet, or its number from 1. When not given, it is the one visible sheet whose
        headings say where something happened.

    Raises
    ------
    TableError
        When the workbook cannot be read, or which sheet is meant is open.
    """
    try:
        import python_calamine as calamine
    except ImportError as error:
        raise TableError(
            f"{name} is a workbook, and what reads workbooks is not installed: "
            "pip install 'bordermap[excel]', or save the sheet as 'CSV UTF-8'"
        ) from error
    if data.startswith(b"PK"):
        unzipped(data, name, limit)
    try:
        book = calamine.CalamineWorkbook.from_object(io.BytesIO(data))
        tables = _candidates(book, name, sheet)
    except calamine.PasswordError as error:
        raise TableError(f"{name} is locked with a password: save it without one") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise TableError(f"{name} cannot be read as a workbook ({error}): save it again") from error
    title, rows, merged = _chosen(tables, name, sheet)
    notes = []
    if sheet is None and len(book.sheet_names) > 1:
        others = ", ".join(repr(other) for other in book.sheet_names if other != title)
        notes.append(f"{name}: the sheet {title!r} was read, not {others}; sheet= reads another")
    return _table(rows, merged, name, title, notes)


_Rows = list[list[Any]]
_Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]


def _candidates(
    book: CalamineWorkbook, name: str, wanted: str | int | None
) -> list[tuple[str, _Rows, _Merged]]:
    names = book.sheet_names
    if wanted is None:
        shown = [meta.name for meta in book.sheets_metadata if "Visible" in str(meta.visible)]
        chosen = shown or names
    else:
        chosen = [_named(names, wanted, name)]
    return [(title, *_cells(book.get_sheet_by_name(title))) for title in chosen]


def _named(names: Sequence[str], wanted: str | int, name: str) -> str:
    if wanted in names:
        return str(wanted)
    number = int(wanted) if isinstance(wanted, int) or str(wanted).isdecimal() else 0
    if 1 <= number <= len(names):
        return names[number - 1]
    shown = ", ".join(repr(title) for title in names[:20])
    raise TableError(f"{name} has no sheet {wanted!r}; its sheets are {shown}")


def _cells(sheet: CalamineSheet) -> tuple[_Rows, _Merged]:
    if sheet.height == 0:
        return [], ()
    return sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or ()


def _chosen(
    tables: Sequence[tuple[str, _Rows, _Merged]], name: str, wanted: str | int | None
) -> tuple[str, _Rows, _Merged]:
    filled = [table for table in tables if any(_filled(row) for row in table[1])]
    if not filled:
        raise TableError(f"{name} is empty" if wanted is None else f"the sheet {wanted!r} is empty")
    if len(filled) == 1:
        return filled[0]
    fitting = [table for table in filled if _fits(table[1])]
    if len(fitting) > 1:
        shown = ", ".join(repr(table[0]) for table in fitting)
        raise TableError(
            f"{name} has {len(fitting)} sheets that could be meant, {shown}: say which with "
            f"sheet={fitting[0][0]!r} or, on the command line, --sheet"
        )
    return fitting[0] if fitting else filled[0]


def _fits(rows: _Rows) -> bool:
    """Whether the headings say where, and the sheet is no list of refused rows."""
    top = [[_text(cell) for cell in row] for row in rows if _filled(row)][:_LOOKED_AHEAD]
    headings = top[header_at(top)]
    theirs = cols.assign(headings).theirs
    return cols.says_where(theirs) and not _OF_REFUSED.issubset(headings)


def _table(rows: _Rows, merged: _Merged, name: str, title: str, notes: list[str]) -> Cells:
    filled = [at for at, row in enumerate(rows) if _filled(row)]
    top = [[_text(cell) for cell in rows[at]] for at in filled[:_LOOKED_AHEAD]]
    head = header_at(top)
    headings = [heading.strip() for heading in top[head]]
    heading_row = filled[head]
    if head:
        notes.append(
            f"{name} has its headings in row {heading_row + 1}; what stands above is left out"
        )
    spread = _spread(rows, merged, heading_row)
    if spread:
        notes.append(
            f"{name}: {cols.counted(spread, 'cell')} merged over several rows of the sheet {title!r} "
            "stands for each of them"
            if spread == 1
            else f"{name}: {cols.counted(spread, 'cell')} merged over several rows of the sheet "
            f"{title!r} stand for each of them"
        )
    body = [at for at in filled if at > heading_row]
    columns = [
        [_value(rows[at][position]) if position < len(rows[at]) else None for at in body]
        for position in range(len(headings))
    ]
    named = max((at for at, heading in enumerate(headings, start=1) if heading), default=0)
    while len(columns) > named and all(cell is None for cell in columns[-1]):
        columns.pop()
    return Cells(tuple(headings[: len(columns)]), columns, [at + 1 for at in body], tuple(notes))


def _spread(rows: _Rows, merged: _Merged, heading_row: int) -> int:
    """Copy what stands in a merged cell below the headings into each row it covers."""
    count = 0
    for (top, left), (bottom, _) in merged:
        if top <= heading_row or bottom == top or top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        if _blank(value):
            continue
        count += 1
        for row in rows[top + 1 : bottom + 1]:
            if left < len(row) and _blank(row[left]):
                row[left] = value
    return count


def _value(cell: Any) -> Any:
    """A cell as Python has it; sheets store every number as a float."""
    if _blank(cell):
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    if isinstance(cell, datetime) and not (cell.hour or cell.minute or cell.second):
        return cell.date()
    return cell


def _text(cell: Any) -> str:
    value = _value(cell)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _filled(row: Sequence[Any]) -> bool:
    return any(not _blank(cell) for cell in row)


def _blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))
