"""A briefing as a web page, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

import bordermap

EXAMPLE = Path(__file__).parents[2] / "examples" / "incidents.csv"
AXE = """async (script) => {
    new Function(script)();
    const { violations } = await axe.run(document);
    return violations.map(({ id, impact, nodes }) => [impact, id, nodes.map((n) => n.html)[0]]);
}"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["en", "es"])
def briefing(request, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("briefing") / "briefing.html"
    return bordermap.report(EXAMPLE, title="Violence", lang=request.param).save(target)


@pytest.mark.parametrize("width", [390, 1200])
def test_axe_finds_nothing_in_the_page(chromium, briefing, width) -> None:
    """axe-core, the checker that auditors use."""
    axe = pytest.importorskip("axe_playwright_python")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    context = chromium.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.goto(briefing.as_uri())
    assert page.evaluate(AXE, script) == []
    context.close()


def test_the_page_is_styled_and_quiet(chromium, briefing) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda r: said.append(r.url) if r.url.startswith("http") else None)
    page.goto(briefing.as_uri())
    assert said == []
    # The style sheet applies (its hash is the policy's), and pictures have a size.
    display = "getComputedStyle(document.querySelector('dl.figures')).display"
    assert page.evaluate(display) == "grid"
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 100)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
