"""On a folium map that there is already: incidents, border, popups; and hostile text is but text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import folium
import pandas as pd
import pytest

from bordermap import borders, renderer, scene
from bordermap.errors import InputError
from bordermap.model import Source

pytestmark = pytest.mark.browser

PACKAGE = metadata.distribution("django-js-lib-leaflet")
CORPUS = Path(__file__).parents[1] / "corpus" / "hostile.json"
HOSTILE = [text * times for text, times in json.loads(CORPUS.read_text(encoding="utf-8"))]
COLUMNS = ("title", "place", "admin1", "country", "category", "description", "source", "url")
LEAFLET = Path(str(PACKAGE.locate_file("js_lib_leaflet/static/js_lib_leaflet")))


def shown(text: str) -> str:
    """What a page shows for a text: all of it, but for what no page can hold."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)


@pytest.fixture
def opened(chromium, tmp_path):
    """A folium page as folium makes it; what it asks of its hosts comes from local files."""
    contexts = []

    def go(view, **options):
        path = tmp_path / f"folium{len(contexts)}.html"
        view.save(path)
        context = chromium.new_context(viewport={"width": 1000, "height": 700}, **options)
        contexts.append(context)
        page = context.new_page()
        page.said = []

        def answer(route):
            url = route.request.url
            if url.startswith(("file:", "data:", "blob:")):
                route.continue_()
            elif "leaflet" in url and url.endswith((".js", ".css")) and "awesome" not in url:
                name = "leaflet.js" if url.endswith(".js") else "leaflet.css"
                route.fulfill(path=LEAFLET / name)
            else:
                route.fulfill(body="")

        context.route("**/*", answer)
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("dialog", lambda dialog: (page.said.append("dialog"), dialog.dismiss()))
        page.goto(path.as_uri())
        for _ in range(500):
            if page.evaluate("!!(window.bordermap && window.bordermap.ready)"):
                break
            page.wait_for_timeout(20)
        return page

    yield go
    for context in contexts:
        context.close()


def click_at(page, view, lon, lat):
    x, y = page.evaluate(
        "([name, lat, lon]) => { const p = window[name].latLngToContainerPoint([lat, lon]); return [p.x, p.y]; }",
        [view.get_name(), lat, lon],
    )
    page.mouse.click(x, y)


def test_incidents_border_and_popups_come_onto_a_folium_map(opened, measured, us_mexico):
    frame = pd.DataFrame(
        {
            "lon": [-100.73, -106.0, -106.0],
            "lat": [28.22, 29.0, 29.0],
            "title": ["alone", "first", "second"],
            "killed": [3, 4, 5],
            "category": ["a", "b", "b"],
        }
    )
    incidents = measured(frame)
    view = folium.Map(location=[29, -103], zoom_start=6)
    folium.Marker([30.0, -103.0]).add_to(view)
    renderer.add_to(scene.build(incidents, us_mexico), view)
    page = opened(view)
    assert page.evaluate("window.bordermap.count") == 3
    assert page.locator(".leaflet-marker-icon").count() == 1, "what the map had is still there"
    click_at(page, view, -100.73, 28.22)
    page.locator(".bm-story h2").wait_for()
    assert page.locator(".bm-story h2").text_content() == "alone"
    km = incidents.frame["border_km"].iloc[0]
    assert f"{km:.1f} km" in page.locator(".bm-story").text_content()
    page.keyboard.press("Escape")
    click_at(page, view, -106.0, 29.0)
    page.locator(".bm-story ol button").nth(1).wait_for()
    names = page.locator(".bm-story ol button").all_text_contents()
    assert sorted(names) == ["first", "second"]
    page.locator(".bm-story ol button", has_text="second").click()
    page.locator(".bm-story h2", has_text="second").wait_for()
    colours = page.evaluate(
        """() => [...document.querySelectorAll(".folium-map canvas")].map((canvas) => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let red = 0;
            for (let i = 0; i < data.length; i += 4) red += data[i] === 200 && data[i + 1] === 16;
            return red;
        })"""
    )
    assert max(colours) > 500, "the border"
    assert page.locator(".bm-onto-key li").all_text_contents() == ["b", "a"]
    page.locator(".folium-map").focus()
    page.keyboard.press("n")
    page.locator(".bm-story h2").wait_for()
    assert page.said == []


def test_two_maps_share_one_folium_map(opened, measured, us_mexico):
    view = folium.Map(location=[29, -103], zoom_start=5)
    for lon in (-105.0, -100.0):
        frame = pd.DataFrame({"lon": [lon], "lat": [27.0], "title": [f"at {lon}"]})
        renderer.add_to(scene.build(measured(frame), us_mexico), view)
    page = opened(view)
    page.wait_for_timeout(300)
    assert page.evaluate("window.bordermap.count") == 2
    for lon in (-105.0, -100.0):
        click_at(page, view, lon, 27.0)
        page.locator(".bm-story h2", has_text=f"at {lon}").wait_for()
    assert page.said == []


def test_all_that_is_on_one_folium_map_is_gone_through_by_keyboard(opened, measured, us_mexico):
    """Each keeps its language and units, and is ready when all are."""
    view = folium.Map(location=[29, -103], zoom_start=5)
    for lon, lang, units in ((-105.0, "es", "mi"), (-100.0, "en", "km")):
        frame = pd.DataFrame(
            {"lon": [lon, lon - 1], "lat": 27.0, "title": [f"{lang} 1", f"{lang} 2"]}
        )
        built = scene.build(measured(frame), us_mexico, lang=lang, units=units)
        renderer.add_to(built, view)
    page = opened(view)
    assert page.evaluate("window.bordermap.count") == 4
    page.locator(".folium-map").focus()
    told = {}
    for _ in range(4):
        page.keyboard.press("n")
        page.wait_for_timeout(250)
        assert page.locator(".bm-story h2").count() == 1
        title = page.locator(".bm-story h2").text_content()
        told[title] = page.locator(".bm-story .bm-distance b").text_content()
    assert set(told) == {"es 1", "es 2", "en 1", "en 2"}
    for title, far in told.items():
        assert far.endswith("mi" if title.startswith("es") else "km"), told
    page.keyboard.press("n")
    page.wait_for_timeout(250)
    assert page.locator(".bm-story h2").text_content() == next(iter(told))
    assert page.said == []


@pytest.mark.parametrize("centre", [-175, 175, 185, -545], ids=str)
def test_points_on_both_sides_of_180_lie_where_the_reader_looks(opened, measured, centre):
    us_canada = borders.load("us-canada")
    frame = pd.DataFrame({"lon": [178.0, -178.0], "lat": [52.0, 52.5], "title": ["far", "near"]})
    view = folium.Map(location=[52, centre], zoom_start=6)
    renderer.add_to(scene.build(measured(frame, border=us_canada), us_canada), view)
    page = opened(view)
    turn = round((centre - 180) / 360) * 360
    for lon, lat, title in ((178 + turn, 52.0, "far"), (182 + turn, 52.5, "near")):
        click_at(page, view, lon, lat)
        page.locator(".bm-story h2", has_text=title).wait_for(timeout=4000)
        box = page.locator(".leaflet-popup").bounding_box()
        assert 0 < box["x"] + box["width"] / 2 < 1000
        page.keyboard.press("Escape")
        page.locator(".bm-story").wait_for(state="detached")
        page.wait_for_timeout(300)
    assert page.said == []


def test_hostile_text_is_but_text_on_a_folium_map(opened, measured, us_mexico):
    n = len(HOSTILE)
    cells = pd.Series(HOSTILE, dtype=object)
    frame = pd.DataFrame(dict.fromkeys((*COLUMNS, "match_name", "match_reason", "free"), cells))
    frame["lon"] = [-115 + 15 * i / n for i in range(n)]
    frame["lat"] = 27.0
    incidents = measured(frame, source=HOSTILE[2])
    sources = tuple(Source(text, text, text, text) for text in HOSTILE[::7])
    border = replace(us_mexico, label=HOSTILE[1])
    built = scene.build(replace(incidents, credits=sources), border, title=HOSTILE[3])
    view = folium.Map(location=[27, -107], zoom_start=6)
    renderer.add_to(built, view)
    page = opened(view)
    assert page.evaluate("window.bordermap.count") == n
    page.locator(".folium-map").focus()
    titles = []
    for _ in range(n):
        page.keyboard.press("n")
        page.wait_for_timeout(15)
        titles.append(page.locator(".bm-story h2").evaluate("node => node.textContent"))
    assert len(set(titles) & {shown(text) for text in HOSTILE}) > 0.9 * len(set(HOSTILE))
    assert page.evaluate("'ran' in window") is False
    assert page.said == []
    kinds = page.evaluate(
        "() => [...new Set([...document.querySelectorAll('.bm-story *, .leaflet-control *')].map((e) => e.localName))]"
    )
    assert not {"img", "script", "iframe", "object", "style"} & set(kinds)
    links = page.locator(".bm-story a, .leaflet-control-attribution a").evaluate_all(
        "nodes => nodes.map((node) => node.protocol)"
    )
    assert set(links) <= {"http:", "https:"}


def test_what_is_no_folium_map_is_refused(us_mexico):
    built = scene.build(None, us_mexico)
    with pytest.raises(InputError, match=r"a dict: give it a folium\.Map"):
        renderer.add_to(built, {})
