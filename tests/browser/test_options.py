"""What a map can be asked for: tiles, bands, units, zones, colours, sizes; and its filters."""

from __future__ import annotations

import base64
import re

import numpy as np
import pandas as pd
import pytest
import shapely
import xyzservices

from bordermap import renderer, scene

pytestmark = pytest.mark.browser

TILE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgaPgPAAKCAYDuKWbBAAAAAElFTkSuQmCC"
)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
OWN = xyzservices.TileProvider(
    name="Own.Tiles",
    url="https://{s}.tiles.example.org/{z}/{x}/{y}.png",
    attribution="(C) Own",
    html_attribution='&copy; <a href="https://example.org/own">Own</a> <img src=x onerror=ran=1>',
    max_zoom=18,
)


def frame(n=6, **columns):
    return pd.DataFrame(
        {
            "lon": [-106.0 + i for i in range(n)],
            "lat": [29.0 - i / 2 for i in range(n)],
            "title": [f"case {i}" for i in range(n)],
            "killed": [i * i for i in range(n)],
            "date": [f"20{10 + i}-05-01" for i in range(n)],
        }
        | columns
    )


@pytest.fixture
def drawn(measured, us_mexico):
    def draw(table, *, lang="en", **options):
        return renderer.to_html(scene.build(measured(table), us_mexico, lang=lang, **options))

    return draw


# --- tiles ---------------------------------------------------------------------------------------


def tiled(chromium, tmp_path, html, *, answered):
    """The page with every request counted: tiles answered by us, or the network cut."""
    path = tmp_path / "tiles.html"
    path.write_text(html, encoding="utf-8")
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    asked = []

    def answer(route):
        url = route.request.url
        if url.startswith(("file:", "data:", "blob:")):
            route.continue_()
            return
        asked.append(url)
        if answered:
            route.fulfill(body=TILE, content_type="image/png")
        else:
            route.abort("internetdisconnected")

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(path.as_uri())
    for _ in range(500):
        if page.evaluate("!!(window.bordermap && window.bordermap.ready)"):
            break
        page.wait_for_timeout(20)
    page.wait_for_timeout(500)
    return context, page, asked


@pytest.mark.parametrize("answered", [True, False], ids=["network", "no network"])
def test_tiles_come_from_one_host_and_the_shapes_stay_beneath(
    chromium, tmp_path, drawn, us_mexico, answered
):
    html = drawn(frame(), basemap=OWN)
    assert re.search(r"img-src data: blob: https://a\.tiles\.example\.org;", html)
    context, page, asked = tiled(chromium, tmp_path, html, answered=answered)
    assert asked
    assert {url.split("/")[2] for url in asked} == {"a.tiles.example.org"}
    assert all(re.fullmatch(r"https://[^/]+/\d+/\d+/\d+\.png", url) for url in asked)
    look = """([lon, lat]) => {
        const at = window.map_bordermap.latLngToContainerPoint([lat, lon]);
        return [...document.querySelectorAll(".folium-map canvas")].map((canvas) => {
            const box = window.map_bordermap.getContainer().getBoundingClientRect();
            const own = canvas.getBoundingClientRect();
            const ratio = canvas.width / own.width;
            return [...canvas.getContext("2d").getImageData(
                (at.x + box.left - own.left) * ratio, (at.y + box.top - own.top) * ratio, 1, 1).data];
        });
    }"""
    land, over, _ = page.evaluate(look, [-103.5, 26.2])
    assert land == [250, 248, 243, 255], "Mexico's land beneath"
    assert over[3] == 0, "nothing of ours hides the tiles"
    border = [point for part in us_mexico.lines.geoms for point in part.coords]
    _, line, _ = page.evaluate(look, min(border, key=lambda point: abs(point[0] + 104.0)))
    assert line[0] > 150 > line[1] + line[2] / 2, "the border lies over the tiles"
    loaded = page.evaluate("document.querySelectorAll('img.leaflet-tile-loaded').length")
    assert (loaded > 0) is answered
    credit = page.locator(".bm-foot a", has_text="Own")
    assert credit.get_attribute("href") == "https://example.org/own"
    assert page.evaluate("'ran' in window") is False
    assert page.locator(".bm-foot img").count() == 0
    # A page that is printed shows the offline shapes: no provider lets its tiles be copied.
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".bm-paper").first.get_attribute("src").startswith("data:image/png")
    context.close()


def test_without_a_provider_no_host_is_allowed(drawn):
    assert re.search(r"img-src data: blob:; ", drawn(frame()))
    assert "http" not in re.search(r'Content-Security-Policy" content="([^"]+)"', drawn(frame()))[1]


# --- bands, units, zones -------------------------------------------------------------------------


def test_bands_and_miles_are_everywhere(visit, drawn, measured):
    table = frame()
    page = visit(drawn(table, bands=(30, 90), units="mi"))
    assert page.page.get_by_role("checkbox", name="Bands at 30, 90 mi from the border").count() == 1
    options = page.page.get_by_role("combobox", name="Distance").locator("option")
    assert options.all_text_contents() == [
        "any distance",
        "Within 30 mi (48 km)",
        "Within 90 mi (145 km)",
    ]
    km = measured(table).frame["border_km"]
    page.page.get_by_role("combobox", name="Distance").select_option("Within 90 mi (145 km)")
    assert page.count == int((km <= 90 * 1.609344).sum())
    link = page.page.url
    page.page.get_by_role("button", name="Reset filters").click()
    page.page.get_by_role("combobox", name="Colour by").select_option("Distance")
    assert page.page.locator(".bm-class").all_text_contents() == [
        "under 30 mi",
        "30–90 mi",
        "90 mi and more",
    ]
    cells = page.page.locator("#bm-table tbody td:last-child").all_text_contents()
    assert sorted(cells) == sorted(f"{value / 1.609344:.1f} mi" for value in km)
    page.page.locator(".bm-pick").first.click()
    page.wait("!document.getElementById('bm-detail').hidden")
    text = page.text("#bm-detail")
    far = km.iloc[-1]
    assert f"{far / 1.609344:.1f} mi ({far:,.1f} km)" in text
    other = page.context.new_page()
    other.goto(link)
    other.wait_for_timeout(400)
    assert other.evaluate("window.bordermap.count") == int((km <= 90 * 1.609344).sum())
    page.assert_quiet()


def test_zones_are_drawn_told_and_can_be_hidden(visit, drawn):
    page = visit(drawn(frame(), zones=("la-paz", "100-air-miles")))
    box = page.page.get_by_role("checkbox", name="La Paz Agreement: 100 km")
    assert box.is_checked()
    assert page.page.get_by_role("checkbox", name="100 air miles: 185 km (8 CFR 287.1").is_checked()
    ink = """() => {
        const canvas = document.querySelector(".folium-map canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let n = 0;
        for (let i = 0; i < data.length; i += 4) {
            if (data[i + 2] > data[i + 1] + 60 && data[i + 2] > data[i] + 20) n++;
        }
        return n;
    }"""
    both = page.page.evaluate(ink)
    box.uncheck()
    one = page.page.evaluate(ink)
    page.page.get_by_role("checkbox", name="100 air miles").uncheck()
    assert both > one > page.page.evaluate(ink) == 0
    assert "hide=la-paz.100-air-miles" in page.page.url


# --- colours and sizes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("color", "names", "counts"),
    [
        ("date", ["2010", "2011", "2012", "2013", "2014", "2015"], [1, 1, 1, 1, 1, 1]),
        ("killed", ["0", "1–3", "4–8", "9–15", "16–25"], [1, 1, 1, 1, 2]),
        ("weight", ["under 1", "1–1.5", "1.5–2.25", "2.25 and more"], [3, 1, 1, 1]),
        ("kind", ["b", "a", "Other"][:2], [4, 2]),
    ],
)
def test_colours_show_categories_numbers_or_dates(visit, drawn, color, names, counts):
    table = frame(weight=[0.5, 0.5, 0.5, 1, 1.5, 2.25], kind=["a", "b", "b", "b", "a", "b"])
    page = visit(drawn(table, color=color, size="incidents"))
    assert page.page.locator(".bm-class").all_text_contents() == names
    found = page.page.locator(".bm-classes .bm-count").all_text_contents()
    assert [int(n) for n in found] == counts
    swatches = page.page.locator(".bm-classes .bm-swatch").evaluate_all(
        "nodes => nodes.map((node) => node.style.background)"
    )
    assert len(set(swatches)) == len(names)
    page.page.locator(".bm-classes button").first.click()
    assert page.count == 6 - counts[0]
    page.assert_quiet()


def test_areas_show_the_column_that_was_asked_for(visit, drawn):
    page = visit(drawn(frame(weight=[0.25, 1, 4, 9, 16, 25]), size="weight"))
    assert "Area of a circle: weight" in page.text(".bm-legend")
    page.page.mouse.move(*page.at(-101.0, 26.5))
    page.wait("!document.querySelector('.bm-tip').hidden")
    assert "weight: 25" in page.text(".bm-tip")


def test_small_and_negative_numbers_are_told_as_they_are(visit, drawn):
    amounts = [0.001, 0.002, 0.004, 0.016, 0.064, 0.25]
    table = frame(6, amount=amounts, warmth=[-50, -40, -30, -20, -1, 2])
    page = visit(drawn(table, size="amount", color="amount"))
    names = page.page.locator(".bm-classes .bm-class").all_text_contents()
    assert names[0] == "under 0.002"
    assert names[-1] == "0.25 and more"
    # Areas are true: the radii of the largest and of one of a sixteenth of it.
    radius = """([lon, lat]) => {
        const map = window.map_bordermap;
        const canvas = document.querySelectorAll(".folium-map canvas")[1];
        const at = map.latLngToContainerPoint([lat, lon]);
        const box = map.getContainer().getBoundingClientRect();
        const own = canvas.getBoundingClientRect();
        const row = canvas.getContext("2d").getImageData(at.x + box.left - own.left, at.y + box.top - own.top, 60, 1).data;
        for (let x = 0; x < 60; x++) if (row[4 * x + 3] < 100) return x;
    }"""
    large, small = (page.page.evaluate(radius, [-106.0 + i, 29.0 - i / 2]) for i in (5, 3))
    assert 20 < large < 50
    assert small == pytest.approx(large / 4, abs=2.5)
    table["warmth"] = [-50, -40, -30, -20, -10, -5]
    table = pd.concat([table, table.assign(warmth=table["warmth"] + 2)], ignore_index=True)
    page = visit(drawn(table, color="warmth"))
    names = page.page.locator(".bm-classes .bm-class").all_text_contents()
    assert names[0].startswith("\N{MINUS SIGN}50 – \N{MINUS SIGN}"), names
    page.assert_quiet()


def test_the_reader_chooses_what_areas_show(visit, drawn):
    page = visit(drawn(frame(injured=[9] * 6, weight=[0.25, 1, 4, 9, 16, 25])))
    choice = page.page.get_by_role("combobox", name="Circle area")
    assert choice.locator("option").all_text_contents() == [
        "Killed",
        "Injured",
        "weight",
        "All alike",
    ]
    keys = "() => document.querySelectorAll('.bm-sizes').length"
    for option, key in (("weight", "weight"), ("All alike", "incidents"), ("Killed", None)):
        choice.select_option(option)
        assert page.page.evaluate(keys) == int(option != "All alike")
        page.page.mouse.move(*page.at(-101.0, 26.5))
        page.wait("!document.querySelector('.bm-tip').hidden")
        assert ("weight: 25" in page.text(".bm-tip")) == (option == "weight")
        page.page.mouse.move(5, 5)
        size = "new URLSearchParams(location.hash.slice(1)).get('size')"
        page.wait(f"{size} === {'null' if key is None else repr(key)}")
    choice.select_option("weight")
    page.wait("location.hash.includes('size=weight')")
    other = page.context.new_page()
    other.goto(page.page.url)
    other.locator("#bm-table tbody tr").first.wait_for()
    assert other.locator(".bm-size-by select").input_value() == "weight"
    assert other.locator(".bm-legend-sizes p.bm-label").text_content().endswith("weight")
    page.assert_quiet()


def test_a_tables_own_columns_keep_their_names(visit, drawn):
    # Names that are also keys of the page's dictionary, or of every object of the browser.
    names = ["n", "time", "row", "constructor", "__proto__", "here", "toString"]
    page = visit(drawn(frame().assign(**{name: [0, 2, 3, 4, 5, 6] for name in names})))
    for choice in ("Colour by", "Circle area"):
        options = page.page.get_by_role("combobox", name=choice).locator("option")
        assert set(options.all_text_contents()) >= set(names) - {"row"}
    page.page.get_by_role("combobox", name="Circle area").select_option("constructor")
    label = page.page.locator(".bm-legend-sizes p.bm-label", has_text="constructor")
    assert label.inner_text() == "Area of a circle: constructor"  # once the column is read
    assert "nought" in page.text(".bm-legend-sizes")
    page.page.get_by_role("combobox", name="Colour by").select_option("here")
    page.page.mouse.move(*page.at(-101.0, 26.5))
    page.wait("!document.querySelector('.bm-tip').hidden")
    assert "constructor: 6" in page.text(".bm-tip")
    with page.page.expect_download() as saved:
        page.page.get_by_role("button", name="Download CSV").click()
    heads = pd.read_csv(saved.value.path()).columns
    assert set(heads) >= {"n", "time", "constructor", "__proto__", "here", "toString"}
    page.page.locator("#bm-table .bm-pick").first.click()
    shown = page.page.locator("#bm-detail dt").all_text_contents()
    assert set(shown) >= {"constructor", "__proto__", "toString"}
    page.assert_quiet()


@pytest.mark.parametrize("option", [{"color": "nothing"}, {"size": "title"}, {"size": "nothing"}])
def test_a_column_that_cannot_be_shown_is_refused(drawn, option):
    from bordermap.errors import SceneError

    with pytest.raises(SceneError, match="cannot be"):
        drawn(frame(), **option)


# --- time ----------------------------------------------------------------------------------------


def bar(box, j, n):
    return box["x"] + box["width"] * (j + 0.5) / n, box["y"] + box["height"] / 2


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
def test_a_span_of_time_is_brushed_on_the_bars(visit, drawn, touch):
    page = visit(drawn(frame()), **(PHONE if touch else {}))
    box = page.page.locator(".bm-bars").bounding_box()
    span = page.page.locator(".bm-span")

    def drag(a, b):
        if touch:
            client = page.context.new_cdp_session(page.page)
            steps = [(*bar(box, a + (b - a) * f, 6),) for f in (0, 0.3, 0.6, 1)]
            for j, (x, y) in enumerate(steps):
                kind = "touchMove" if j else "touchStart"
                points = [{"x": x, "y": y}]
                client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        else:
            page.page.mouse.move(*bar(box, a, 6))
            page.page.mouse.down()
            page.page.mouse.move(*bar(box, b, 6), steps=4)
            page.page.mouse.up()
        page.page.wait_for_timeout(80)

    drag(1, 3)
    assert (page.count, span.text_content()) == (3, "2011 – 2013")
    drag(2, 3)
    assert (page.count, span.text_content()) == (3, "2012 – 2014"), "the span is moved"
    assert page.page.get_by_role("slider", name="To").input_value() == "4"
    drag(5, 4)
    assert span.text_content() == "2014 – 2015"
    tap = page.page.touchscreen.tap if touch else page.page.mouse.click
    tap(*bar(box, 0, 6))
    page.page.wait_for_timeout(80)
    assert (page.count, span.text_content()) == (1, "2010")
    tap(*bar(box, 0, 6))
    page.page.wait_for_timeout(80)
    assert page.count == 6
    page.assert_quiet()


def test_bars_show_incidents_or_killed(visit, drawn):
    page = visit(drawn(frame()))
    heights = "() => [...document.querySelectorAll('.bm-bars rect')].map((r) => +r.getAttribute('height'))"
    assert page.page.evaluate(heights) == [40] * 6
    page.page.get_by_role("combobox", name="Bars show").select_option("Killed over time")
    found = page.page.evaluate(heights)
    assert found == pytest.approx([0, 1.6, 6.4, 14.4, 25.6, 40], abs=0.2)


def test_centuries_are_brushed_by_the_decade(visit, drawn):
    dates = ["1000-01-01", "1519-04-22", "1846-05-13", "2010-05-01", "2011-05-01", "2019-11-30"]
    page = visit(drawn(frame(date=dates)))
    assert page.page.locator(".bm-bars rect").count() == 102
    page.page.get_by_role("slider", name="From").press("End")
    page.page.wait_for_timeout(80)
    assert page.page.locator(".bm-span").text_content() == "2010–2019"
    assert page.count == 3


def test_play_runs_through_time_and_the_brush_stops_it(visit, drawn):
    page = visit(drawn(frame()))
    page.page.get_by_role("button", name="Play").click()
    page.wait("window.bordermap.count === 1")
    assert page.page.get_by_role("button", name="Pause").get_attribute("title") == "Pause"
    page.wait("window.bordermap.count === 2")
    page.page.get_by_role("slider", name="To").press("End")
    assert page.page.get_by_role("button", name="Play").count() == 1
    page.wait("window.bordermap.count === 6")


def test_few_weeks_are_told_by_days(visit, drawn):
    page = visit(drawn(frame(date=[f"2024-0{1 + i // 3}-{10 + i:02}" for i in range(6)])))
    assert page.text(".bm-span") == "Jan 10, 2024 – Feb 15, 2024"
    assert page.page.locator(".bm-bars rect").count() == 37


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_days_of_a_long_time_are_chosen_exactly(visit, drawn, options):
    dates = ["2010-03-01", "2010-03-31", "2010-04-01", "2010-03", "2010", "2019-12-31", "", "2009"]
    html = drawn(frame(8, date=dates))
    page = visit(html, **options)
    if page.page.locator(".bm-sheet[aria-expanded=false]").is_visible():
        page.page.locator(".bm-sheet").tap()
    page.page.get_by_role("button", name="2009 – 2019").click()
    page.page.get_by_label("From", exact=True).last.fill("2010-03-02")
    page.page.get_by_label("To", exact=True).last.fill("2010-03-31")
    page.page.keyboard.press("Tab")
    page.wait("window.bordermap.count === 4")
    page.wait("document.querySelectorAll('#bm-table tbody tr').length === 4")
    shown = page.page.locator("#bm-table .bm-pick").all_text_contents()
    # What is known to the month or the year may lie there; one without a date is always shown.
    assert sorted(shown) == ["case 1", "case 3", "case 4", "case 6"]
    page.wait("location.hash.includes('since=2010-03-02&until=2010-03-31')")
    again = visit(html, **options)
    again.page.evaluate(
        "hash => { location.hash = hash; }", page.page.evaluate("location.hash.slice(1)")
    )
    again.wait("window.bordermap.ready && window.bordermap.count === 4")
    assert again.page.get_by_label("From", exact=True).last.input_value() == "2010-03-02"
    page.page.get_by_role("button", name="Reset filters").click()
    assert page.count == 8
    assert page.page.get_by_label("From", exact=True).last.is_hidden()
    page.assert_quiet()


def test_the_number_killed_filters(visit, drawn):
    page = visit(drawn(frame()))
    page.page.get_by_role("combobox", name="Killed").select_option("10 killed or more")
    assert page.count == 2
    assert "killed=10" in page.page.url
    other = page.context.new_page()
    other.goto(page.page.url)
    other.wait_for_timeout(400)
    assert other.evaluate("window.bordermap.count") == 2


# --- many in one place -----------------------------------------------------------------------------


def test_any_of_many_categories_filters_whatever_the_colours_show(visit, drawn):
    kinds = [f"kind {i // 2}" for i in range(24)] + ["", "Émbol"]
    html = drawn(frame(26, category=kinds, date="2020-05-01"))
    page = visit(html)
    names = page.page.locator(".bm-classes .bm-class").all_text_contents()
    assert len(names) == 9, "seven, all others, and none"
    chosen = page.page.get_by_role("combobox", name="Category")
    options = chosen.locator("option").all_text_contents()
    assert options[:2] == ["category: any", "Émbol"]
    assert len(options) == 1 + 13 + 1
    page.page.get_by_role("combobox", name="Colour by").select_option("border_km")
    chosen.select_option(label="kind 11")
    page.wait("document.querySelectorAll('#bm-table tbody tr').length === 2")
    assert page.count == 2
    told = page.page.locator("#bm-table tbody tr").all_text_contents()
    assert all("kind 11" in text for text in told), "said beside the colour"
    page.wait("location.hash.includes('category=kind+11')")
    again = visit(html)
    again.page.evaluate(
        "hash => { location.hash = hash; }", page.page.evaluate("location.hash.slice(1)")
    )
    again.wait("window.bordermap.ready && window.bordermap.count === 2")
    chosen.select_option(label="No category")
    assert page.count == 1
    page.page.get_by_role("button", name="Reset filters").click()
    assert page.count == 26
    assert chosen.input_value() == ""
    page.assert_quiet()


@pytest.mark.parametrize("way", ["mouse", "touch", "keyboard"])
def test_each_of_2582_in_one_point_can_be_reached(visit, drawn, way):
    n = 2582
    table = pd.DataFrame(
        {
            "lon": [-117.03] * n + [-110.0],
            "lat": [32.51] * n + [30.0],
            "title": [*(f"case {i}" for i in range(n)), "alone"],
        }
    )
    page = visit(drawn(table), **(PHONE if way == "touch" else {}))
    if way == "keyboard":
        page.page.get_by_role("searchbox").fill("case 17")
        page.wait("window.bordermap.count < 200")
        page.page.locator(".bm-pick").first.focus()
        page.page.keyboard.press("Enter")
        page.wait("!document.getElementById('bm-detail').hidden")
        page.page.get_by_role("button", name="incidents here").press("Enter")
        page.wait("document.activeElement.className === 'bm-pick'")
        page.page.keyboard.press("Escape")
        page.page.get_by_role("button", name="Reset filters").press("Enter")
        page.page.locator(".folium-map").focus()
        page.page.keyboard.press("n")
        page.wait("!document.getElementById('bm-detail').hidden")
        page.page.get_by_role("button", name="2,582 incidents here").press("Enter")
    elif way == "touch":
        page.page.touchscreen.tap(*page.at(-117.03, 32.51))
    else:
        page.page.mouse.click(*page.at(-117.03, 32.51))
    page.wait("document.querySelectorAll('#bm-detail .bm-pick').length === 100")
    assert page.text("#bm-detail h2") == "2,582 incidents here"
    more = page.page.locator("#bm-detail .bm-more")
    for shown in range(200, n + 100, 100):
        if way == "keyboard":
            more.press("Enter")
        elif way == "touch":
            more.tap()
        else:
            more.click()
        page.wait(f"document.querySelectorAll('#bm-detail .bm-pick').length === {min(shown, n)}")
    assert more.is_hidden()
    names = page.page.locator("#bm-detail .bm-pick").all_text_contents()
    assert sorted(names) == sorted(f"case {i}" for i in range(n))
    last = page.page.locator("#bm-detail .bm-pick").last
    name = last.text_content()
    last.press("Enter") if way == "keyboard" else last.click()
    page.wait("document.querySelector('#bm-detail h2').textContent.startsWith('case')")
    assert page.text("#bm-detail h2") == name
    assert page.text(".bm-where-at") == "2,582 / 2,582"


# --- the table's notes -----------------------------------------------------------------------------


def test_how_the_table_was_read_is_told(visit, measured, us_mexico):
    from dataclasses import replace

    incidents = replace(measured(frame()), notes=("<b>notes</b> of a table",))
    page = visit(renderer.to_html(scene.build(incidents, us_mexico)))
    page.page.get_by_role("tab", name="About").click()
    assert "How the table was read" in page.text("#bm-view-about")
    assert page.text(".bm-notes li") == "<b>notes</b> of a table"


def test_reasons_and_notes_are_in_the_readers_language(visit):
    import bordermap

    rows = "fecha,lugar,estado,muertos\n2019-11-30,Reynossa,Tamaulipas,x\n2020,Nowhere,,1\n"
    page = visit(bordermap.draw(rows.encode(), lang="es").to_html())
    page.page.locator(".bm-pick").first.click()
    page.wait("!document.getElementById('bm-detail').hidden")
    assert "por grafía parecida: 'Reynossa' leído como Reynosa" in page.text("#bm-detail")
    page.page.get_by_role("tab", name="Sin ubicar").click()
    page.page.locator(".bm-rejected tbody tr").wait_for()
    assert "'Nowhere' no está registrado en México" in page.text("#bm-view-rejected")
    page.page.get_by_role("tab", name="Acerca de").click()
    assert "no es un número entero y cuenta como desconocido" in page.text(".bm-notes")
    page.assert_quiet()


# --- live distance -------------------------------------------------------------------------------


LINES = {
    "across 180": [(178, -17), (179.5, -16), (180.5, -15.5), (182, -17)],
    "arctic": [(10, 80), (60, 85), (120, 82)],
    "a parallel": [(-120, 49), (-60, 49)],
    "short": [(-100, 27), (-99.9999, 27.0001)],
}


@pytest.mark.parametrize("key", ["us-mexico", "us-canada", "us", *LINES])
def test_the_live_distance_is_pythons(visit, measured, key):
    """Within 0.5 %, or the tenth of a kilometre that is shown: near, far, and round the Earth."""
    from bordermap import Border, borders, distance

    line = borders.load(key) if key not in LINES else None
    if line is None:
        given = shapely.LineString(LINES[key])
        line = Border.from_geometry(given, label=key, crs="EPSG:4326")
    x, y = (-100.0, 40.0) if key not in LINES else LINES[key][0]
    table = pd.DataFrame({"lon": [(x + 183) % 360 - 180, x - 360 * (x > 180)], "lat": [y - 9, y]})
    page = visit(renderer.to_html(scene.build(measured(table, border=line), line)))
    random = np.random.default_rng(7)
    far = [
        random.uniform(-180, 180, 300),
        np.degrees(np.arcsin(random.uniform(-0.996, 0.996, 300))),
    ]
    # Beside the line: about a kilometre, ten and a hundred from its corners.
    corners = shapely.get_coordinates(line.lines)
    near = corners[random.integers(0, len(corners), 300)].T
    near = near + random.normal(size=(2, 300)) * random.choice([0.01, 0.1, 1.0], 300)
    lon, lat = np.hstack([far, near])
    lat = np.clip(lat, -85, 85)
    shown = page.page.evaluate(
        """(places) => places.map(([lng, lat]) => {
            const map = window.map_bordermap;
            map.fire("mousemove", { latlng: L.latLng(lat, lng), containerPoint: L.point(5, 5), layerPoint: L.point(5, 5) });
            return document.querySelector(".bm-cursor").textContent;
        })""",
        np.column_stack([lon, lat]).tolist(),
    )
    told = [float(re.search(r"([\d,.]+) km", text)[1].replace(",", "")) for text in shown]
    true = distance.to_border((lon + 180) % 360 - 180, lat, line) / 1000
    assert told == pytest.approx(true, rel=0.005, abs=0.051)
