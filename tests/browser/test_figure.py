"""The figure for print has the classes, colours and numbers of the page."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bordermap import renderer, scene
from bordermap._static import signs
from bordermap.words import Words

pytestmark = pytest.mark.browser

LEGEND = """[...document.querySelectorAll(".bm-classes li")].map((row) => [
  row.querySelector(".bm-class").textContent,
  row.querySelector(".bm-count").textContent,
  row.querySelector(".bm-swatch").style.backgroundColor,
])"""


@pytest.fixture(scope="module")
def incidents(measured):
    random = np.random.default_rng(11)
    n = 400
    names = [f"kind {i}" for i in range(11)] + [None]
    dates = random.choice(["2009", "2011-03", "2014-05-02", "2019-11-30", "2020", "2021", ""], n)
    return measured(
        pd.DataFrame(
            {
                "lon": random.uniform(-116, -98, n),
                "lat": random.uniform(22, 33, n),
                "killed": pd.array(random.poisson(6, n), dtype="Int64"),
                "category": random.choice(np.array(names, dtype=object), n),
                "date": dates,
                "dose": random.gamma(1.5, 3.7, n).round(2),
            }
        )
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"color": "distance"},
        {"color": "distance", "units": "mi", "bands": (10, 62.5)},
        {"color": "date", "size": "incidents"},
        {"color": "killed"},
        {"color": "dose", "size": "dose"},
        {"lang": "es"},
    ],
    ids=str,
)
def test_classes_are_those_of_the_page(visit, incidents, us_mexico, options):
    built = scene.build(incidents, us_mexico, **options)
    words = Words(built.lang, "figure")
    figure = [
        (
            each.name,
            words.number(each.count),
            tuple(int(each.colour[i : i + 2], 16) for i in (1, 3, 5)),
        )
        for each in signs.classify(built, words).each
    ]
    page = visit(renderer.to_html(built)).page.evaluate(LEGEND)
    assert [
        (name, count, tuple(int(part) for part in colour[4:-1].split(",")))
        for name, count, colour in page
    ] == figure
