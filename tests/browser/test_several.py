"""Several maps in one document, as in a notebook or a report: none knows of another."""

from __future__ import annotations

import pandas as pd
import pytest

import bordermap

pytestmark = pytest.mark.browser

READY = "!!(window.bordermap && window.bordermap.ready)"


@pytest.fixture
def document(chromium, tmp_path):
    """A page around frames; it asks no host, and no frame of it complains."""
    contexts = []
    asked, said = [], []

    def go(body, height=800):
        path = tmp_path / "document.html"
        path.write_text(f"<!DOCTYPE html><title>report</title>{body}", encoding="utf-8")
        context = chromium.new_context(offline=True, viewport={"width": 1000, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda m: said.append(m.text) if m.type in {"error", "warning"} else 0)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("file:", "about:", "data:", "blob:"))] == []
    assert said == []


def frames(page):
    """The frames of a document, each scrolled to, as soon as it is ready."""
    for frame in page.locator("iframe").all():
        frame.scroll_into_view_if_needed()
        page.wait_for_timeout(30)
    inner = page.frames[1:]
    for frame in inner:
        for _ in range(500):
            if frame.evaluate(READY):
                break
            page.wait_for_timeout(20)
        assert frame.evaluate(READY)
    return inner


def drawn(name, n):
    table = pd.DataFrame(
        {
            "lon": [-100.0 - i / 10 for i in range(n)],
            "lat": 27.0,
            "title": [f"{name} {i}" for i in range(n)],
            "date": "2020-01-01",
        }
    )
    return bordermap.draw(table, title=name)


@pytest.mark.parametrize("way", ["notebook", "saved"])
def test_two_maps_in_one_document_do_not_meet(document, tmp_path, way):
    maps = [drawn("First", 5), drawn("Second", 7)]
    if way == "saved":
        paths = [one.save(tmp_path / f"{i}.html").name for i, one in enumerate(maps)]
        body = "".join(one.to_iframe(src=path) for one, path in zip(maps, paths, strict=True))
    else:
        body = "".join(one._repr_html_() for one in maps)
    page = document(body)
    first, second = frames(page)
    assert [frame.evaluate("window.bordermap.count") for frame in (first, second)] == [5, 7]
    before = second.evaluate("[location.href, document.querySelector('.bm-summary').textContent]")
    first.get_by_role("searchbox").fill("First 3")
    first.locator(".bm-shown", has_text="1 of 5").wait_for()
    first.locator(".bm-pick").click()
    first.locator("#bm-detail h2", has_text="First 3").wait_for()
    after = second.evaluate("[location.href, document.querySelector('.bm-summary').textContent]")
    assert after == before
    assert second.locator("#bm-detail").is_hidden()
    assert page.evaluate("history.length") <= 2
    if way == "saved":
        assert "find=First" in first.evaluate("location.hash")


def test_fifty_maps_fit_in_one_document(document):
    frame = drawn("One of many", 20).to_iframe()
    inner = frames(document(frame * 50))
    assert len(inner) == 50
    assert {one.evaluate("window.bordermap.count") for one in inner} == {20}


def test_in_a_low_frame_the_map_has_most_of_the_room(document):
    inner = frames(document(drawn("Low", 20).to_iframe()))[0]
    room = inner.evaluate("document.querySelector('.bm-stage').clientHeight / innerHeight")
    assert room > 0.5
    inner.locator(".bm-legend summary").click()
    assert inner.locator(".bm-classes button").first.is_visible()
