"""The text of CSV files, in whatever dress they come: encoding, separator, quotation marks.

Nothing is dropped in silence: a row that does not line up with the heading is in the result, with
the reason, and what had to be decided is in the notes.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice

from bordermap import columns as cols
from bordermap.errors import InputError, TableError

__all__ = ["Sheet", "header_at", "parse"]

_BOMS = (  # the longer first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OLD_ENCODINGS = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman", "cp850": "DOS code page 850"}
_LETTERS = frozenset("áéíóúüñÁÉÍÓÚÜÑ")
_SIGNS = frozenset("¡¿ºª°«»“”‘’–—…€\N{NO-BREAK SPACE}")
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_NO_DELIMITER = "\x1f"  # for a single column, whose cells may hold any of them
_ASCII = bytes(range(128))
_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{1,3}")
_SNIFFED = 65_536
_LOOKED_AHEAD = 10  # rows among which the headings are looked for, below a title
_FIELD_LIMIT_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The text of a table: `columns` line up with `headings`, their cells with `numbers`.

    `numbers` counts as a spreadsheet does, so blank rows leave gaps. `flaws` maps the number of a
    row that does not line up to the reason; its cells are cut or filled up.
    """

    headings: tuple[str, ...]
    columns: list[list[str]]
    numbers: list[int]
    flaws: dict[int, str]
    notes: tuple[str, ...]


def parse(data: bytes | str, name: str, encoding: str | None = None) -> Sheet:
    r"""Headings and rows out of a CSV file's content.

    Parameters
    ----------
    data : bytes or str
    name : str
        Of the file, for messages.
    encoding : str, optional
        Found out when not given: by its mark, else UTF-8, else the old one that makes the most
        letters of Spanish; a note says which.

    Raises
    ------
    TableError
        When the content is empty, or not what its encoding says.
    InputError
        When `encoding` is none.

    Examples
    --------
    >>> parse("fecha;lugar\n2019-11-30;Villa Unión\n", "x.csv").columns
    [['2019-11-30'], ['Villa Unión']]
    """
    notes: list[str] = []
    if isinstance(data, bytes):
        text = _decoded(data, name, encoding, notes)
    else:
        text = data.removeprefix("\ufeff")
    return _sheet(text, name, notes)


def _decoded(data: bytes, name: str, encoding: str | None, notes: list[str]) -> str:
    if encoding is not None:
        try:
            return data.decode(encoding).removeprefix("\ufeff")
        except LookupError as error:
            raise InputError(
                f"{encoding!r} is no encoding that Python knows; try 'utf-8' or 'cp1252'"
            ) from error
        except UnicodeError as error:
            start = error.start if isinstance(error, UnicodeDecodeError) else 0
            line = data.count(b"\n", 0, start) + 1
            raise TableError(
                f"{name} is not {encoding}: line {line} holds bytes that are none of its; name no "
                "encoding to have it found"
            ) from error
    for mark, marked in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(marked)
            except UnicodeDecodeError as error:
                if marked != "utf-8-sig":
                    raise TableError(f"{name} begins as {marked} but is damaged later") from error
                data = data[len(mark) :]
    try:
        return data.decode("utf-8") if not _is_utf16(data) else _utf16(data, name, notes)
    except UnicodeDecodeError:
        return _old(data, name, notes)


def _is_utf16(data: bytes) -> bool:
    """UTF-16 without its mark: every second byte of the heading is NUL."""
    head = data[:200]
    half = len(head) // 2
    return half > 3 and max(head[::2].count(0), head[1::2].count(0)) > 0.7 * half


def _utf16(data: bytes, name: str, notes: list[str]) -> str:
    little = data[1:200:2].count(0) > data[:200:2].count(0)
    notes.append(f"{name} was read as UTF-16, which it does not declare")
    return data.decode("utf-16-le" if little else "utf-16-be", errors="replace")


def _old(data: bytes, name: str, notes: list[str]) -> str:
    """Text that is not, or not all of it, UTF-8."""
    broken_off = len(_MULTIBYTE.sub(b"", data).translate(None, _ASCII))
    if len(_MULTIBYTE.findall(data)) > broken_off:
        texts, broken = [], []
        for number, line in enumerate(data.splitlines(keepends=True), start=1):
            try:
                texts.append(line.decode("utf-8"))
            except UnicodeDecodeError:
                texts.append(line.decode("cp1252", errors="replace"))
                broken.append(number)
        notes.append(
            f"{name} is UTF-8 except {cols.counted(len(broken), 'line')} ({cols.listed(broken)}), read as "
            "Windows-1252: check the accents there"
        )
        return "".join(texts)
    beyond = data.translate(None, _ASCII)
    old = max(_OLD_ENCODINGS, key=lambda encoding: _plausible(beyond, encoding))
    notes.append(
        f"{name} is not UTF-8 and was read as {_OLD_ENCODINGS[old]}; name the encoding if accents "
        "look wrong"
    )
    return data.decode(old, errors="replace")


def _plausible(beyond: bytes, encoding: str) -> int:
    """How many of the characters beyond ASCII are letters of Spanish, less those that are odd."""
    characters = Counter(beyond.decode(encoding, errors="replace"))
    return sum(
        n if char in _LETTERS else 0 if char in _SIGNS else -n for char, n in characters.items()
    )


def _sheet(text: str, name: str, notes: list[str]) -> Sheet:
    mark = re.match(r"\s*\"?sep=(.)\"?[ \t]*(?:\r\n|\r|\n)", text, re.IGNORECASE)  # Excel's own
    if mark:
        text = text[mark.end() :]
    if not text.strip(" \t\r\n,;|\x00"):
        raise TableError(f"{name} is empty")
    delimiter = mark[1] if mark else _delimiter(text)
    with _field_limit(len(text) + 1):
        records = enumerate(_records(text, delimiter), start=1)
        top = list(islice((entry for entry in records if _filled(entry[1][0])), _LOOKED_AHEAD))
        if not top:
            raise TableError(f"{name} is empty")
        head = header_at([record for _, (record, _) in top])
        number, (record, _) = top[head]
        if head:
            notes.append(f"{name} has its headings in row {number}; what stands above is left out")
        headings = [cell.strip() for cell in record]
        return _below(headings, chain(top[head + 1 :], records), delimiter, notes)


def header_at(records: Sequence[Sequence[str]]) -> int:
    """Which of the first records holds the headings: below a title, the one that says where."""
    if not cols.assign(records[0]).theirs:
        for position, record in enumerate(records):
            if cols.says_where(cols.assign(record).theirs):
                return position
    return 0


def _below(
    headings: list[str],
    records: Iterator[tuple[int, tuple[list[str], str]]],
    delimiter: str,
    notes: list[str],
) -> Sheet:
    """The rows below a heading, column by column: lists by the million would busy the collector."""
    width = len(headings)
    named = max((at for at, heading in enumerate(headings, start=1) if heading), default=0)
    columns: list[list[str]] = [[] for _ in headings]
    numbers: list[int] = []
    flaws: dict[int, str] = {}
    for number, (record, quarrel) in records:
        if not _filled(record):
            continue
        flaw = quarrel or _misfit(record, named, width, delimiter)
        if flaw:
            flaws[number] = flaw
        if len(record) < width:
            record.extend([""] * (width - len(record)))
        numbers.append(number)
        for column, cell in zip(columns, record, strict=False):
            column.append(cell)
    # Cells without a heading are a column of their own; separators alone at the end are none.
    while len(columns) > named and not any(columns[-1]):
        columns.pop()
    return Sheet(tuple(headings[: len(columns)]), columns, numbers, flaws, tuple(notes))


def _filled(record: Sequence[str]) -> bool:
    text = "".join(record)
    return text != "" and not text.isspace()


def _misfit(record: list[str], named: int, width: int, delimiter: str) -> str | None:
    """What keeps a record from lining up with the header."""
    if "\x00" in "".join(record):
        return "the row holds NUL bytes: the file is damaged here"
    if len(record) == width:
        return None
    surplus = [cell for cell in record[width:] if cell.strip()]
    if len(record) < named:
        return (
            f"the row has {cols.counted(len(record), 'cell')} where the header has {named}: a separator "
            "is missing"
        )
    if surplus:
        shown = repr(delimiter.join(surplus)[:60])
        return (
            f"the row has {len(record)} cells where the header has {width} (left over: {shown}): a "
            f"cell with {_DELIMITERS.get(delimiter, repr(delimiter))} in it must stand in quotation marks"
        )
    return None


def _delimiter(text: str) -> str:
    """The separator under which the table has the most known headings and the evenest rows."""
    sample = text[:_SNIFFED]
    whole = len(text) <= _SNIFFED

    def merit(delimiter: str) -> tuple[int, float, int]:
        with _field_limit(len(sample) + 1):
            records = [record for record, _ in _records(sample, delimiter) if _filled(record)]
        if not records:
            return 0, 0.0, 0
        head = header_at(records[:_LOOKED_AHEAD])
        rows = records[head + 1 :] if whole else records[head + 1 : -1]
        width = len(records[head])
        even = sum(len(record) == width for record in rows) / len(rows) if rows else 1.0
        return len(cols.assign(records[head]).theirs), even if width > 1 else 0.0, width

    merits = {delimiter: merit(delimiter) for delimiter in _DELIMITERS}
    best = max(merits, key=lambda delimiter: merits[delimiter])
    return best if merits[best][2] > 1 else _NO_DELIMITER


def _records(text: str, delimiter: str) -> Iterator[tuple[list[str], str]]:
    """Each record, with what is wrong with its quotation marks or "".

    A mark that is never closed would swallow the rows that follow into one cell: there the record
    ends with its line, is reported, and reading goes on with the next line.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 0
    try:
        for record in reader:
            yield record, ""
            start = reader.line_num
    except csv.Error:
        lines = io.StringIO(text, newline="").readlines()
    else:
        return
    while start < len(lines):
        # A line that closes its marks is followed by a record of its own.
        closed = len(list(csv.reader([lines[start], "x"], delimiter=delimiter))) == 2
        first = next(csv.reader([lines[start].rstrip("\r\n")], delimiter=delimiter))
        yield first, "" if closed else "a quotation mark is opened and not properly closed"
        start += 1
        rest = (lines[position] for position in range(start, len(lines)))
        reader = csv.reader(rest, delimiter=delimiter, strict=True)
        before = start
        try:
            for record in reader:
                yield record, ""
                start = before + reader.line_num
        except csv.Error:
            continue


@contextmanager
def _field_limit(limit: int) -> Iterator[None]:
    """Let csv read cells of up to `limit` characters; the limit belongs to the whole process."""
    with _FIELD_LIMIT_LOCK:
        before = csv.field_size_limit(limit)
        try:
            yield
        finally:
            csv.field_size_limit(before)
