"""Reasons and notes in the reader's language.

They are written in English where they arise. `assets/reasons.<language>.json` has their sentences,
with places for what varies, and what each is in that language: a language is added by adding its
file. A sentence that the file does not have stays as it is.

In a sentence ``{a}`` is copied, ``{l}`` (or m, n) has its joining words replaced ("or", "people"), ``{r}`` is a
sentence itself; ``{...}`` is meant literally.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import TypeAlias

__all__ = ["translated"]

# Of each sentence its longest fixed part, which is looked for first, and then all of it.
_Sentences: TypeAlias = "tuple[tuple[str, re.Pattern[str], str], ...]"

_LONGEST = 1_000  # a cell's whole text may stand in a reason


def translated(text: str, lang: str) -> str:
    """A reason in another language, as far as its sentences are known.

    Examples
    --------
    >>> translated("its own name, the only one on record in Sonora; a letter was lost in it", "es")
    'su propio nombre, el único registrado en Sonora; le falta una letra'
    >>> translated("its own name", "en")
    'its own name'
    """
    words, sentences = _dictionary(lang)
    if not sentences or len(text) > _LONGEST:
        return text
    return _said(text, words, sentences)


def _said(text: str, words: dict[str, str], sentences: _Sentences) -> str:
    whole = _sentence(text, words, sentences)
    if whole is not None:
        return whole
    clauses = text.split("; ")
    return "; ".join(
        clause if (found := _sentence(clause, words, sentences)) is None else found
        for clause in clauses
    )


def _sentence(text: str, words: dict[str, str], sentences: _Sentences) -> str | None:
    for fixed, pattern, form in sentences:
        found = pattern.fullmatch(text) if fixed in text else None
        if found is None:
            continue
        values = {}
        for name, value in found.groupdict().items():
            said = value
            if name == "r":
                said = _said(value, words, sentences)
            elif name in {"l", "m", "n"}:
                for word, other in words.items():
                    said = said.replace(word, other)
            values[name] = said
        return re.sub(r"\{([a-z])\}", lambda place, have=values: have[place[1]], form)  # type: ignore[misc]
    return None


@lru_cache(maxsize=8)
def _dictionary(lang: str) -> tuple[dict[str, str], _Sentences]:
    file = resources.files("bordermap").joinpath("assets", f"reasons.{lang}.json")
    if not file.is_file():
        return {}, ()
    given = json.loads(file.read_text(encoding="utf-8"))
    # The sentence of most fixed words first: "{a}, in {l}" would fit most of the others.
    reasons = sorted(given["reasons"], key=lambda pair: -len(re.sub(r"\{[a-z]\}", "", pair[0])))
    return given["words"], tuple((*_pattern(english), form) for english, form in reasons)


def _pattern(english: str) -> tuple[str, re.Pattern[str]]:
    """The sentence as an expression; what varies holds no "; ", which parts sentences."""
    places = re.split(r"\{([a-z])\}", english)
    parts = []
    for position, part in enumerate(places):
        if position % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P<{part}>(?:(?!; ).)+?)")
    return max(places[::2], key=len), re.compile("".join(parts), re.DOTALL)
