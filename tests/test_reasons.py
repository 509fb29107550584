"""Reasons in Spanish: every sentence that the library says of the messy tables has one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import bordermap
from bordermap.reasons import translated

CORPUS = Path(__file__).parent / "corpus"
ASSETS = Path(bordermap.__file__).parent / "assets"
# Words that no Spanish sentence has.
ENGLISH = re.compile(
    r"\b(?:the|its|is|are|of|row|rows|no place|record|but|and|read as|given|named|longitude|latitude)\b"
)
QUOTED = re.compile(
    r"'[^']*'|\"[^\"]*\"|columns=\{\.\.\.\}|\w+\.\w+\b|Windows-\d+|Mac Roman|DOS code page \d+"
)


def said_of_the_corpus():
    tables = [
        *sorted(CORPUS.rglob("*.csv")),
        *sorted((CORPUS.parents[1] / "examples").glob("*.csv")),
    ]
    found = set()
    for table in tables:
        try:
            incidents = bordermap.read(table)
        except bordermap.BordermapError:
            continue
        found.update(map(str, incidents.frame["match_reason"]))
        found.update(map(str, incidents.rejected["reason"]))
        found.update(incidents.notes)
    return sorted(found)


def test_what_is_said_of_messy_tables_is_said_in_spanish():
    every = said_of_the_corpus()
    assert len(every) > 40
    left = {}
    for text in every:
        spanish = translated(text, "es")
        if ENGLISH.search(QUOTED.sub("", spanish)):
            left[text] = spanish
    # New sentences are written now and then; a few may wait for their translation.
    assert len(left) <= len(every) // 20, left


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        (
            "fuzzy match: 'reynossa' read as Reynosa; its own name, in Tamaulipas",
            "por grafía parecida: 'reynossa' leído como Reynosa; su propio nombre, en Tamaulipas",
        ),
        (
            "'Villa Unión' may be Villa Unión, Sinaloa (Mazatlán, 13,404 people) or X: add the state",
            "'Villa Unión' puede ser Villa Unión, Sinaloa (Mazatlán, 13,404 habitantes) o X: añada el estado",
        ),
        (
            "the table gives its coordinates; Tijuana is 3.0 km away",
            "la tabla da sus coordenadas; Tijuana está a 3.0 km",
        ),
        ("a sentence of someone else's", "a sentence of someone else's"),
        ("'{a} {l} \\1' names no place", "'{a} {l} \\1' no nombra ningún lugar"),
        ("", ""),
    ],
)
def test_what_varies_stays(english, spanish):
    assert translated(english, "es") == spanish
    assert translated(english, "en") == english
    assert translated(english, "xx") == english


@pytest.mark.parametrize("file", sorted(ASSETS.glob("reasons.*.json")), ids=lambda file: file.name)
def test_every_sentence_keeps_what_varies(file):
    for english, form in json.loads(file.read_text(encoding="utf-8"))["reasons"]:
        places = set(re.findall(r"\{([a-z])\}", english))
        assert set(re.findall(r"\{([a-z])\}", form)) <= places, english


@pytest.mark.parametrize("times", [80, 2000])
def test_a_long_hostile_text_is_left_alone(times):
    text = "'" + "a may be b, not c: " * times + "'"
    assert translated(text, "es") == text
