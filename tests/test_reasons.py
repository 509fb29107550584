"""Reasons in Spanish: every sentence that the library says of the messy tables has one."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import bordermap
from bordermap.model import Source
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


def told(incidents):
    return [*incidents.frame["match_reason"], *incidents.rejected["reason"], *incidents.notes]


def said_of_lists_decisions_and_neighbours():
    """What aliases, decisions, the other rows of a table and protection make the library say."""
    names = ["Tijuana", "Villa Unión", "Guadalupe", "Rocky Point", "somewhere"]
    frame = pd.DataFrame({"place": names})
    mine = {"somewhere": (-106.45, 31.72), "Guadalupe": "geonames:4005492"}
    first = bordermap.geocode(frame, aliases=mine)
    decisions = first.decisions
    decisions["choose"] = ["Nogales, Sonora", "none", "28.22, -100.73", None, None]
    again = pd.DataFrame({"place": [*names[:4], "Nava"]})
    found = [
        *told(first),
        *told(bordermap.geocode(again, decisions=decisions)),
        *told(bordermap.geocode(again.iloc[3:], decisions=decisions)),
    ]
    near = ["Saltillo", "Monclova", "Sabinas", "Nava", "Acuña", "Nueva Rosita", "Frontera, Coah."]
    wide = ["Tijuana", "Reynosa", "Monterrey", "Culiacán", "Ciudad Juárez", "Mexicali", "Torreón"]
    wide += ["Saltillo", "Hermosillo", "Tampico", "Toluca", "Morelia, Mich.", "Nogales"]
    for column in ([*near * 4, "Villa Unión"], [*wide * 3, "Laredo"]):
        found += told(bordermap.geocode(pd.DataFrame({"place": column})))
    points = {"lat": [28.4, 32.5], "lon": [-100.7, -117.0], "note": ["at 28.4, -100.7", "x"]}
    points = pd.DataFrame({"place": ["Nava, Coahuila", "Tijuana"], "home": ["yes", "no"], **points})
    for only in (None, "home"):
        for how in (
            bordermap.Rounding(km=5, only=only),
            bordermap.Jitter(km=5, seed="a", only=only),
        ):
            found += told(bordermap.read(points, protect=how))
    return found


def said_of_queries():
    """Answers and refusals of every kind."""
    found = []
    close = (-100.73, 28.2)
    for query, narrow in (
        *((query, {}) for query in QUERIES),
        ("Villa Unión", {"near": close}),
        ("Altata", {"near": close}),
        ("Saltillo", {"near": close}),
        ("Nava", {"near": "us"}),
        ("Nava", {"country": "Peru"}),
        ("Nava", {"admin1": "Xyz"}),
        ("Nava, Sonora", {"admin1": "Coahuila"}),
        ("El Sauzal", {"admin1": "Chihuahua", "admin2": "Juárez"}),
        ((-100.73, 28.25), {}),
        ((0, 0), {}),
        ((-110, 31.3333), {}),
    ):
        try:
            found.append(bordermap.geocode(query, **narrow).reason)
        except bordermap.GeocodeError as error:
            found.append(str(error))
    return found


QUERIES = (
    "Paris", "Georgia", "Puebla", "New York", "CA", "N.L.", "99.9 N, 100 W", "28 N, 29 N",
    "28° 75' N, 100° W", "San Isidro, Chihuahua", "Santa Elena, Chihuahua", "Ilamancingo, Puebla",
    "Cd. Juárez (Juaritos)", "El Sauzal, Juárez, Chihuahua", "Ciudad Reynosa", "Altata",
    "Guadalupe", "Matamoros", "San Luis R.C., Sonora", "carretera 57, Nava, Coahuila",
    "Tijuana, Sonora", "Xyzzy", "Villa Uni?n, Coahuila", "Villa Uni\\u00f3n, Coahuila",
    "Villa Union, Cohauila", "Lima, Peru", "Quebec", "nobody knows", "Metepec, México",
    "municipio de Galeana, N.L.", "Hidalgo County, Texas", "Hermosilo, Sonora",
)  # fmt: skip


@pytest.mark.parametrize("said", [said_of_lists_decisions_and_neighbours, said_of_queries])
def test_what_is_said_of_places_is_said_in_spanish(said):
    every = sorted(set(said()))
    assert len(every) > 25
    left = {text: translated(text, "es") for text in every}
    left = {t: s for t, s in left.items() if ENGLISH.search(QUOTED.sub("", s)) or " people" in s}
    assert not left


def test_every_source_of_the_shipped_data_is_named_in_spanish():
    from bordermap import _data

    english = re.compile(
        r"\b(?:through|of|the|made|with|public|domain|contributors|shores?|border|as|packed|and)\b",
        re.IGNORECASE,
    )
    for layer in _data.manifest()["layers"]:
        source = _data.source(layer)
        for text in (source.name, source.edition, source.licence, source.attribution):
            assert not english.search(translated(text, "es")), text


def test_a_spanish_map_names_its_sources_in_spanish_and_the_table_as_it_is_called():
    incidents = bordermap.read(b"place,state\nNava,Coahuila\n")
    called = replace(incidents, source=Source("public domain", "", "public domain", "x"))
    named = bordermap.draw(called, lang="es").scene.credits
    roles = {credit.role: credit for credit in named}
    assert roles["border"].attribution == "© colaboradores de OpenStreetMap"
    assert roles["incidents"].name == roles["incidents"].licence == "public domain"
    assert roles["software"].name == "Leaflet"


SAID_BY = {"not_found", "ambiguous", "PlaceNotFoundError", "AmbiguousPlaceError", "CoordinateError"}
# What a place in a sentence may hold, where not anything will do.
FILLINGS = ("Xyz", "Xyz (Abc)", "state", "5 km from Xyz", "chosen in Xyz, row 5", "a plus code")


def sentences_of_the_code():
    """Every sentence that the code has for a reason, as samples of what it may come to."""
    package = ASSETS.parent
    files = [
        *package.glob("_geocoder/*.py"),
        *package.glob("_placement/*.py"),
        *(package / name for name in ("notation.py", "placement.py", "areas.py", "geocoder.py")),
    ]
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
        said = [word.value for word in node.keywords if word.arg in {"reason", "fault"}]
        said += node.args[:1] if name in SAID_BY else []
        for text in said:
            parts = getattr(text, "values", [text])
            fixed = [part.value for part in parts if isinstance(part, ast.Constant)]
            if len(re.findall(r"[a-z]{2,}", " ".join(map(str, fixed)))) > 2:
                yield [
                    "".join(
                        part.value
                        if isinstance(part, ast.Constant)
                        else f"'{filling}'" * (part.conversion == 114) or filling
                        for part in parts
                    )
                    for filling in FILLINGS
                ]


def is_spanish(text):
    spanish = translated(text, "es")
    return spanish != text and not ENGLISH.search(QUOTED.sub("", spanish))


def test_every_sentence_of_the_code_is_said_in_spanish():
    every = list(sentences_of_the_code())
    assert len(every) > 30
    left = [
        samples[0]
        for samples in every
        # What notation finds wrong follows the text itself.
        if not any(is_spanish(text) or is_spanish(f"'Xyz' {text}") for text in samples)
    ]
    # Cities of a state's name: each of its words has sentences of its own, which `QUERIES` ask for.
    assert [text for text in left if "' for the " not in text] == []


def test_distances_from_the_border_are_said_in_spanish():
    with pytest.raises(bordermap.AmbiguousPlaceError) as raised:
        bordermap.geocode("Nogales")
    spanish = translated(str(raised.value), "es")
    assert spanish.startswith("'Nogales' puede ser Nogales, Sonora (Nogales, 264,782 habitantes, ")
    assert "km de la frontera EE. UU.–México)" in spanish
    assert spanish.endswith(": añada el estado")


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
