"""A map inside another page, in a real browser: it works there, and fits."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    """What the recipe writes."""
    folder = tmp_path_factory.mktemp("frames")
    subprocess.run([sys.executable, EXAMPLES / "frames.py", folder], check=True, cwd=folder)
    return folder


@pytest.mark.parametrize("name", ["whole.html", "framed.html"])
@pytest.mark.parametrize("width", [360, 1200])
def test_the_framed_map_is_drawn_and_fits(chromium, pages, name, width) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if r.url.startswith("http") else None)
    page.goto((pages / name).as_uri())
    element = page.locator("iframe")
    assert element.get_attribute("title") == "Violence along the border"
    element.scroll_into_view_if_needed()
    frame = element.element_handle().content_frame()
    end = time.monotonic() + 30
    while not frame.evaluate("Boolean(window.bordermap && window.bordermap.ready)"):
        assert time.monotonic() < end, "the framed map was never drawn"
        page.wait_for_timeout(50)
    assert frame.evaluate("window.bordermap.count") == 51
    # The frame can reach neither the page around it nor its cookies.
    assert (
        frame.evaluate("(() => { try { return parent.document.title } catch { return null } })()")
        is None
    )
    box = element.bounding_box()
    assert 300 < box["width"] <= width
    if name == "whole.html":
        assert box["width"] / box["height"] == pytest.approx(4 / 3, rel=0.01)
    else:
        assert box["height"] == pytest.approx(36 * 16, abs=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert asked == []
    context.close()
