"""What a briefing consists of, whatever it is written as: headings, figures, pictures and tables.

All text in a document is final: translated, with its numbers written out, so that every format shows
the same. It is text and nothing else; each writer escapes it by its format's rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias
from urllib.parse import quote, urlsplit

__all__ = [
    "Block", "Cell", "Document", "Figure", "Figures", "Heading", "Items", "Paragraph", "Picture",
    "Table", "TableColumn", "safe_link", "shown",
]  # fmt: skip

# What may stand in an address as it is: the reserved and unreserved characters of RFC 3986, and %.
_IN_ADDRESSES = "%:/?#[]@!$&'()*+,;=-._~"
_LONGEST_ADDRESS = 2_000
# Halves of surrogate pairs, and what XML and HTML have no way to write.
_UNSHOWABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("\r\n|[\t\n\x0b\x0c\r\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is a part of the briefing."""

    text: str
    level: Literal[1, 2] = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list of points."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure: what it is, the number, and what to know about it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """The key figures; `heads` are the words for label, value and note where they form a table."""

    caption: str
    heads: tuple[str, str, str]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its caption, and the text that stands for it.

    Attributes
    ----------
    name : str
        Short, for a file: "map".
    alt, caption : str
    draw : callable
        Is given "svg" or "png" and returns the picture's bytes.
    width_mm : float
        How wide it is on paper.
    """

    name: str
    alt: str
    caption: str
    draw: Callable[[Literal["svg", "png"]], bytes]
    width_mm: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, a smaller line below it, and where that line (or else the text) leads."""

    text: str
    small: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its heading, whether it holds numbers, and its share of the width."""

    head: str
    number: bool = False
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of each row names it. With `total`, the last row sums up the others."""

    caption: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False


Block: TypeAlias = Heading | Paragraph | Items | Figures | Picture | Table


@dataclass(frozen=True, slots=True)
class Document:
    """A whole briefing.

    Attributes
    ----------
    title, subtitle : str
    lang : str
        "en" or "es".
    made : date or None
        Day of making; None says nothing of it.
    page : str
        The word that stands before a page's number.
    blocks : tuple of Block
    """

    title: str
    subtitle: str
    lang: str
    made: date | None
    page: str
    blocks: tuple[Block, ...]


def safe_link(text: str) -> str:
    """The address, if it is one of the web that a document may lead to; else "".

    >>> safe_link("https://example.org/año"), safe_link("javascript:alert(1)")
    ('https://example.org/a%C3%B1o', '')
    """
    text = text.strip()
    if not text.isprintable() or any(c.isspace() for c in text) or len(text) > _LONGEST_ADDRESS:
        return ""
    try:
        parts = urlsplit(text)
        host = parts.hostname
        _ = parts.port  # raises where it is no number
        ascii_host = (host or "").encode("idna").decode("ascii")
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not ascii_host:
        return ""
    if not text.lower().startswith((f"{parts.scheme.lower()}://",)):
        return ""
    if not host or not host.isascii():
        text = text.replace(parts.netloc, ascii_host, 1)
    return quote(text, safe=_IN_ADDRESSES)


def shown(text: str) -> str:
    r"""The text on one line, without what no document can hold; those characters become U+FFFD.

    >>> shown("two\nlines \x00")
    'two lines \ufffd'
    """
    text = _BREAKS.sub(" ", text)
    return text if text.isprintable() else _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text)
