"""Words, numbers and dates of a briefing in the reader's language.

All text stands in the dictionaries `assets/briefing.<language>.json`; a value is put into it once,
by `str.format`, which reads no value as a format again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from bordermap.errors import InputError

__all__ = ["Wording", "iso_parts", "languages", "load", "shown"]

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?![^T ])")
_NAMED_BORDER = re.compile(r"the (.+) border")
# Halves of surrogate pairs, and what XML and HTML have no way to write.
_UNSHOWABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("\r\n|[\t\n\x0b\x0c\r\x85\u2028\u2029]")


def languages() -> tuple[str, ...]:
    """Languages that a briefing can be written in.

    >>> languages()
    ('en', 'es')
    """
    names = (file.name for file in resources.files("bordermap").joinpath("assets").iterdir())
    return tuple(sorted(n.split(".")[1] for n in names if re.fullmatch(r"briefing\.\w+\.json", n)))


@lru_cache(maxsize=8)
def load(lang: str) -> Wording:
    """The words of one language.

    Raises
    ------
    InputError
        When there is no dictionary for it.
    """
    if lang not in languages():
        raise InputError(
            f"there is no briefing in {lang!r}; its languages are {' and '.join(languages())}"
        )
    file = resources.files("bordermap").joinpath("assets", f"briefing.{lang}.json")
    return Wording(lang, json.loads(file.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Wording:
    """One language's words, and how it writes numbers and dates.

    Examples
    --------
    >>> load("en").number(-12345.678, 1)
    '−12,345.7'
    >>> load("es").date("2019-11-30"), load("en").date("2011-03")
    ('30 de noviembre de 2019', 'March 2011')
    """

    lang: str
    words: dict[str, Any]

    def __call__(self, name: str, /, **values: Any) -> str:
        """A sentence or label, with the values put into it."""
        text: str = self.words[name]
        return text.format(**values)

    def count(self, name: str, n: int, /, **values: Any) -> str:
        """A phrase in the singular or plural that `n` asks for."""
        return self(f"{name}_{'one' if n == 1 else 'other'}", n=self.number(n), **values)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number as the map writes it: Mexico has the decimal point and the comma of the US."""
        text = f"{abs(value):,.{decimals}f}"
        return ("\N{MINUS SIGN}" if value < 0 and text.strip("0.,") else "") + text

    def km(self, value: float) -> str:
        """Kilometres to a tenth, unit included."""
        return f"{self.number(value, 1)}\N{NO-BREAK SPACE}km"

    def date(self, text: str) -> str:
        """A date, as precisely as it is given: day, month or year."""
        parts = iso_parts(text)
        if parts is None:
            return shown(text)
        year, month, day = parts
        if not month:
            return f"{year:04}"
        name = self.words["months"][month - 1]
        if not day:
            return self("date_month", month=name, year=f"{year:04}")
        return self("date_day", day=day, month=name, year=f"{year:04}")

    def border(self, label: str) -> str:
        """The name of a border, translated where it is "the ... border"."""
        named = _NAMED_BORDER.fullmatch(label)
        if not named:
            return shown(label)
        name = named[1]
        return self("border_named", name=self.words.get(f"border_{name}", name))

    def country(self, code: str | None) -> str:
        """A country by its ISO code; the code itself where there is no word for it."""
        word: str = self.words.get(f"country_{code}", code or "")
        return word


def iso_parts(text: str) -> tuple[int, int, int] | None:
    """Year, month and day of an ISO date, zeros for what it leaves open; None for anything else.

    >>> iso_parts("2011-03"), iso_parts("2019-11-30T08:15"), iso_parts("spring 2011")
    ((2011, 3, 0), (2019, 11, 30), None)
    """
    found = _DATE.match(text)
    if not found:
        return None
    year, month, day = (int(part or 0) for part in found.groups())
    valid = month <= 12 and day <= 31 and (found[2] is None or month) and (found[3] is None or day)
    return (year, month, day) if valid else None


def shown(text: str) -> str:
    r"""The text on one line, without what no document can hold; those characters become U+FFFD.

    >>> shown("two\nlines \x00")
    'two lines \ufffd'
    """
    text = _BREAKS.sub(" ", text)
    return text if text.isprintable() else _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text)
