"""axe-core, the checker that auditors use, finds nothing serious in any state of the page."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
import pandas as pd
import pytest

import bordermap

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FOUND = """async (tags) => {
    const { violations } = await axe.run(document, { runOnly: { type: "tag", values: tags } });
    return violations.map(({ id, impact, nodes }) => [impact, id, nodes.map((n) => n.html).slice(0, 3)]);
}"""


def assert_accessible(page, state):
    page.page.wait_for_timeout(250)
    found = page.page.evaluate(FOUND, RULES)
    grave = [one for one in found if one[0] in {"serious", "critical"}]
    assert grave == [], state


@pytest.fixture(scope="module")
def full_html():
    """A page with everything that a page can have: rows not placed, notes, bands, zones, units."""
    rows = [
        "date,place,state,country,type,killed,injured,title,source,url",
        "2019-11-30,Villa Union,Coahuila,Mexico,gun battle,23,6,An attack,A paper,https://example.org/",
        "2020-07,Irapuato,Guanajuato,Mexico,massacre,27,,A massacre,A paper,",
        "2021,Reynosa,Tamaulipas,Mexico,gun battle,19,x,Shootings,A paper,",
        "2021,Reynossa,Tamaulipas,Mexico,gun battle,1,,Misspelt,A paper,",
        "2021,Reynosa,Tamaulipas,Mexico,gun battle,,,Again,A paper,",
        "2022,Nowhere at all,,Mexico,massacre,1,,Lost,A paper,",
    ]
    incidents = bordermap.read("\n".join(rows).encode())
    assert len(incidents.rejected) == 1
    return bordermap.draw(incidents, title="Everything", zones=("la-paz",)).to_html()


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["desk", "phone"])
def test_axe_finds_nothing_serious(visit, full_html, colours, size):
    phone = size[0] < 700
    page = visit(
        full_html,
        viewport=dict(zip(("width", "height"), size, strict=True)),
        color_scheme=colours,
        has_touch=phone,
        bypass_csp=True,
    )
    page.page.evaluate(AXE)
    assert_accessible(page, "as it opens")
    if page.page.locator(".bm-sheet").is_visible():
        if page.page.locator(".bm-sheet").get_attribute("aria-expanded") == "false":
            page.page.locator(".bm-sheet").click()
        page.page.locator(".bm-legend summary").click()
        assert_accessible(page, "legend and panel open")
        page.page.locator(".bm-legend summary").click()
    page.page.get_by_role("searchbox").fill("reynosa")
    page.wait("window.bordermap.count < 5")
    page.page.locator(".bm-classes button").first.evaluate("node => node.click()")
    assert_accessible(page, "filtered")
    page.page.locator("button.bm-span").click()
    assert_accessible(page, "exact dates")
    page.page.get_by_role("button", name="Reset filters").click()
    page.page.locator(".bm-pick").first.click()
    page.wait("!document.getElementById('bm-detail').hidden")
    assert_accessible(page, "details")
    page.page.get_by_role("button", name="3 incidents here").or_(
        page.page.get_by_role("button", name="2 incidents here")
    ).first.click()
    page.wait("document.querySelectorAll('#bm-detail .bm-pick').length > 1")
    assert_accessible(page, "several in one place")
    page.page.get_by_role("tab", name="Not placed").click()
    assert_accessible(page, "rows not placed")
    page.page.get_by_role("tab", name="About").click()
    assert_accessible(page, "about")


@pytest.mark.parametrize(
    "size", [(1280, 800), (640, 400), (320, 640)], ids=["desk", "200%", "small"]
)
def test_axe_finds_nothing_serious_where_texts_are_long(visit, size):
    row = {"lon": -100.0, "lat": 27.0, "title": "W" * 300, "category": "C" * 200, "date": "2020"}
    rows = [row, row | {"category": "D " * 100, "place": ""}, row | {"lat": "x"}]
    page = visit(
        bordermap.draw(pd.DataFrame(rows), title="T" * 400, lang="es").to_html(),
        viewport=dict(zip(("width", "height"), size, strict=True)),
        bypass_csp=True,
    )
    page.page.evaluate(AXE)
    assert_accessible(page, "as it opens")
    page.page.evaluate("document.querySelector('.bm-legend').open = true")
    assert_accessible(page, "legend open")
    for name in ("Sin ubicar", "Acerca de", "Incidentes"):
        page.page.get_by_role("tab", name=name).click()
        assert_accessible(page, name)
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_axe_is_the_real_one(visit, full_html):
    page = visit(full_html, bypass_csp=True)
    page.page.evaluate(AXE)
    page.page.evaluate(
        "document.querySelector('.bm-head').insertAdjacentHTML('beforeend', '<button></button><img src=\"data:,\">')"
    )
    found = {one[1] for one in page.page.evaluate(FOUND, RULES)}
    assert {"button-name", "image-alt"} <= found


@pytest.mark.parametrize("reduced", ["reduce", "no-preference"])
def test_nothing_moves_where_motion_is_not_wanted(visit, full_html, reduced):
    page = visit(full_html, reduced_motion=reduced)
    page.page.evaluate("window.map_bordermap.setView([30, -100], 7, {animate: false})")
    moved = page.page.evaluate(
        """() => {
            const map = window.map_bordermap;
            document.querySelector(".bm-home-button").click();
            return map.getZoom() !== 7 && !map._animatingZoom;
        }"""
    )
    assert moved is (reduced == "reduce")
