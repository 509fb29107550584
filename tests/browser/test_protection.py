"""A map whose points were moved says so, in the reader's language; makers of a table are credited."""

from __future__ import annotations

from pathlib import Path

import pytest

import bordermap

pytestmark = pytest.mark.browser

TABLE = b"place,state,shelter\nNava,Coahuila,yes\nReynosa,Tamaulipas,no\n"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "To protect the places, 1 of 2 points were moved at random by up to 5 km."),
        ("es", "Para proteger los lugares, 1 de 2 puntos se movieron al azar hasta 5 km."),
    ],
)
def test_the_page_says_that_points_were_moved(visit, lang, said):
    how = bordermap.Jitter(5, seed=1, only="shelter")
    page = visit(bordermap.draw(TABLE, lang=lang, protect=how).to_html())
    assert page.text(".bm-head").count(said) == 1
    assert page.page.locator(".bm-protected").is_visible()
    assert page.page.evaluate("document.body.textContent").count("seed") == 0
    page.assert_quiet()
    plain = visit(bordermap.draw(TABLE, lang=lang).to_html())
    assert plain.page.locator(".bm-protected").count() == 0


def test_the_footer_credits_the_makers_of_a_table(visit):
    corpus = Path(__file__).parents[1] / "corpus"
    page = visit(bordermap.draw(corpus / "ucdp.csv").to_html())
    assert "UCDP Georeferenced Event Dataset" in page.text(".bm-foot")
    assert "ucdp.csv" not in page.text(".bm-foot")
    page.assert_quiet()
