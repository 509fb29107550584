"""Damaged text repaired: what copying, encoding and the web do to a name.

Letters that are gone for good stand as `WILDCARD`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

__all__ = ["WILDCARD", "lost_letters", "repair"]

WILDCARD = "\N{LATIN SMALL LETTER ESH}"
"""Stands for a letter that was lost ("Uni?n"); no place name in reach is written with it."""

_MOJIBAKE = re.compile(r"[ÃÂâ√├┬¬Ð][^\sA-Za-z]|[√├¬]")
_SLOPPY = {chr(byte): bytes([byte]) for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D, 0xA0)}
_LOST = re.compile(r"\ufffd+|(?<=\w)\?{1,2}(?=\w)")


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
            raw = b"".join(
                _SLOPPY[c] if encoding == "cp1252" and c in _SLOPPY else c.encode(encoding)
                for c in text
            )
            return raw.decode("utf-8"), encoding
        except UnicodeError:
            continue
    return text, ""


def lost_letters(text: str) -> re.Pattern[str]:
    """A pattern for a name in which `WILDCARD` stands for one or two lost letters."""
    return re.compile(re.sub(f"{WILDCARD}+", ".{1,2}", re.escape(text)))
