"""Damaged text repaired: what copying, encoding and the web do to a name.

Letters that are gone for good stand as `WILDCARD`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import permutations

from bordermap.names import fold

__all__ = ["WILDCARD", "lost_letters", "repair"]

WILDCARD = "\N{LATIN SMALL LETTER ESH}"
"""Stands for a letter that was lost ("Uni?n"); no place name in reach is written with it."""

_MOJIBAKE = re.compile(r"[ÃÂâ√├┬¬Ð][^\sA-Za-z]|[√├¬]")
# What Windows-1252 leaves undefined is kept as it is by most programs, and so is ISO 8859-1's.
_SLOPPY = {chr(byte): bytes([byte]) for byte in (*range(0x80, 0xA0), 0xA0)}
# The last but one is the first half of Á, Í or Ý, the other half of which was lost.
_LOST = re.compile(r"\ufffd+|Ã\ufffd|(?<=\w)\?{1,2}(?=\w)")

# Letters and marks that names are written with, and those that tell Spanish names from others.
_SPANISH = frozenset("áéíóúüñÁÉÍÓÚÜÑ")
_FRENCH = frozenset("àâçèéêëîïôùûüÿÀÂÇÈÉÊËÎÏÔÙÛÜ")
_MARKS = frozenset("’‘“”–—´`ºª°…«»\u00a0\u2009\u202f")
# A capital inside a word: "MichoacÁn", "TÁo".
_CASE = re.compile(r"[a-záéíóúüñ][ÁÉÍÓÚÜÑÀÂÇÈÊËÎÏÔÙÛ]|[A-Z][ÁÉÍÓÚÜÑÀÂÇÈÊËÎÏÔÙÛ](?=[a-z])")
_INSIDE = re.compile(r"(?<=[a-z])[—–“”«»…°ª](?=[a-z])")  # marks where a letter should be
# Encodings that one was taken for another of, and what they are called.
_NARROW = {
    "cp1252": "Windows-1252",
    "cp850": "DOS code page 850",
    "cp437": "DOS code page 437",
    "mac_roman": "Mac Roman",
    "cp1251": "Windows-1251",
    "cp1250": "Windows-1250",
}


def repair(text: str) -> tuple[str, tuple[str, ...]]:
    """Undo what copying, encoding and the web do to a name.

    Returns
    -------
    text : str
        Repaired; letters that are gone for good are `WILDCARD`.
    notes : tuple of str
        One clause for each repair that changed letters.

    Examples
    --------
    >>> repair("Villa UniÃ³n")
    ('Villa Unión', ('the text was UTF-8 read as cp1252',))
    """
    notes = []
    for decode, note in _ENCODINGS:
        plain = decode(text)
        if plain != text:
            notes.append(note)
            text = plain
    for _ in range(3):
        if not _MOJIBAKE.search(text):
            break
        plain, encoding = _redecode(text)
        if plain == text:
            break
        notes.append(f"the text was UTF-8 read as {encoding}")
        text = plain
    text, reread = _reread(text)
    notes += reread
    text = unicodedata.normalize("NFC", text)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c in "\n\t")
    lost = _LOST.sub(WILDCARD, text)
    if lost != text:
        notes.append("a letter was lost in it")
    return lost, tuple(dict.fromkeys(notes))


def _from_html(text: str) -> str:
    if "&" not in text or ";" not in text:
        return text
    import html  # rarely needed, and slow to load

    return html.unescape(html.unescape(text))


def _from_url(text: str) -> str:
    if not re.search(r"%[0-9A-Fa-f]{2}", text):
        return text
    from urllib.parse import unquote

    return unquote(text.replace("+", " "))


def _from_json(text: str) -> str:
    def letters(found: re.Match[str]) -> str:
        raw = bytes.fromhex(found[0].replace("\\u", ""))
        return raw.decode("utf-16-be", errors="replace")

    return re.sub(r"(?:\\u[0-9a-fA-F]{4})+", letters, text) if "\\u" in text else text


def _from_mail(text: str) -> str:
    def letters(found: re.Match[str]) -> str:
        return bytes.fromhex(found[0].replace("=", "")).decode(errors="replace")

    # UTF-8 only: a first byte that announces others, and those.
    pattern = r"(?:=[C-F][0-9A-F](?:=[89AB][0-9A-F])+)+"
    return re.sub(pattern, letters, text) if "=" in text else text


_ENCODINGS: tuple[tuple[Callable[[str], str], str], ...] = (
    (_from_html, "HTML entities were decoded"),
    (_from_url, "percent-encoding was decoded"),
    (_from_json, "escapes of JSON were decoded"),
    (_from_mail, "quoted-printable text was decoded"),
)


def _redecode(text: str) -> tuple[str, str]:
    """UTF-8 that somebody read in an older encoding, read properly; unchanged if it was not."""
    for encoding in ("cp1252", "mac_roman", "cp437", "cp850"):
        try:
            # Letters that were lost stay lost, and those that were right stay right around them.
            pieces = re.split(r"(Ã?\ufffd+)", text)
            pieces[::2] = [_bytes(piece, encoding).decode("utf-8") for piece in pieces[::2]]
            return "".join(pieces), encoding
        except UnicodeError:
            continue
    return text, ""


def _bytes(text: str, encoding: str) -> bytes:
    """What a text was before it was read in an encoding."""
    if encoding != "cp1252":
        return text.encode(encoding)
    return b"".join(_SLOPPY[c] if c in _SLOPPY else c.encode(encoding) for c in text)


def _reread(text: str) -> tuple[str, list[str]]:
    """A name of one older encoding that was read in another, where a single reading makes a name.

    "Le¢n", with the byte of DOS that Windows shows as ¢, is León.
    """
    odd = {c for c in text if ord(c) > 127} - _SPANISH - _FRENCH - _MARKS - {"\ufffd", WILDCARD}
    if not (odd or _CASE.search(text) or _INSIDE.search(text)):
        return text, []
    spanish: dict[str, tuple[str, str]] = {}
    french: dict[str, tuple[str, str]] = {}
    for shown, really in permutations(_NARROW, 2):
        try:
            meant = _bytes(text, shown).decode(really)
        except UnicodeError:
            continue
        letters = {c for c in meant if ord(c) > 127}
        if (letters <= _SPANISH or letters <= _FRENCH) and not _CASE.search(meant):
            note = f"the text was {_NARROW[really]} read as {_NARROW[shown]}"
            of_kind = spanish if letters <= _SPANISH else french
            of_kind.setdefault(fold(meant), (meant, note))
    readings = spanish or french
    if len(readings) != 1:
        return text, []
    ((meant, note),) = readings.values()
    return meant, [note]


def lost_letters(text: str) -> re.Pattern[str]:
    """A pattern for a name in which `WILDCARD` stands for one or two lost letters."""
    return re.compile(re.sub(f"{WILDCARD}+", ".{1,2}", re.escape(text)))
