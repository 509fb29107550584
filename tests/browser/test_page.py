"""The page as a reader has it: opened from a file, with the network cut."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from importlib import resources
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image
from pyproj import Geod

import bordermap
from bordermap import distance, renderer, scene, words

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def pixels(visit, lon, lat, layer):
    """The colour drawn at a place in one of the two canvases (0: basemap, 1: incidents)."""
    return visit.page.evaluate(
        """([lon, lat, layer]) => {
            const map = window.map_bordermap;
            const canvas = document.querySelectorAll(".folium-map canvas")[layer];
            const at = map.latLngToContainerPoint([lat, lon]);
            const box = map.getContainer().getBoundingClientRect();
            const own = canvas.getBoundingClientRect();
            const ratio = canvas.width / own.width;
            const x = (at.x + box.left - own.left) * ratio;
            const y = (at.y + box.top - own.top) * ratio;
            return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data];
        }""",
        [lon, lat, layer],
    )


def boxes(visit, *selectors):
    return {selector: visit.page.locator(selector).first.bounding_box() for selector in selectors}


def overlap(a, b):
    return (
        min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"]) > 1
        and min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"]) > 1
    )


def test_it_opens_from_a_file_and_asks_no_one(visit, example_html, example_map):
    page = visit(example_html)
    assert page.count == len(example_map.scene) >= 30
    assert page.page.title() == "Violence along the border"
    page.assert_quiet()


def test_it_opens_when_every_request_would_fail(chromium, tmp_path, example_html):
    path = tmp_path / "map.html"
    path.write_text(example_html, encoding="utf-8")
    context = chromium.new_context()
    asked = []

    def refuse(route):
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    context.route("**/*", refuse)
    page = context.new_page()
    page.goto(path.as_uri())
    for _ in range(500):
        if page.evaluate("window.bordermap.ready"):
            break
        page.wait_for_timeout(20)
    assert page.evaluate("window.bordermap.ready") is True
    page.mouse.move(400, 400)
    page.mouse.wheel(0, -400)
    page.locator(".bm-pick").first.click()
    page.wait_for_timeout(500)
    assert asked == []
    context.close()


def test_the_border_and_the_land_are_drawn(visit, example_html, us_mexico):
    page = visit(example_html)
    lon, lat = us_mexico.lines.geoms[0].coords[len(us_mexico.lines.geoms[0].coords) // 2]
    red, green, blue, _ = pixels(page, lon, lat, 0)
    assert red > 150 > green + blue / 2, "the border's red"
    assert pixels(page, -103.5, 26.9, 0)[:3] == [250, 248, 243], "Mexico's land"
    assert pixels(page, -118.2, 30.5, 0)[:3] == [214, 227, 234], "the Pacific"


def test_no_shore_is_drawn_where_the_shapes_are_cut(visit, tmp_path):
    line = shapely.LineString([(14.8, 50.9), (14.6, 52.1), (14.2, 53.0)])
    border = bordermap.Border.from_geometry(line, label="A line", crs="EPSG:4326")
    table = tmp_path / "inland.csv"
    table.write_text("lon,lat\n14.5,52.5\n14.4,51.5\n", encoding="utf-8")
    drawn = bordermap.draw(table, border=border)
    page = visit(drawn.to_html())
    page.page.evaluate("map_bordermap.setZoom(map_bordermap.getZoom() - 1, { animate: false })")
    page.page.wait_for_timeout(300)
    west, _, east, _ = drawn.scene.basemap["frame"]
    seen = 0
    for edge in (west, east):
        # Across the edge, where all around is land.
        for step in range(-4, 5):
            colour = pixels(page, edge + step * 0.004, 51.7, 0)
            if colour and colour[3]:
                seen += 1
                assert min(colour[:3]) > 230, "the colour of land, not of a shore"
    assert seen
    assert "user" not in page.text(".bm-foot").split()


def test_choosing_an_incident_on_the_map_tells_all_about_it(visit, measured, us_mexico):
    frame = pd.DataFrame(
        [
            {
                "title": "Ataque <b>armado</b> en Villa Unión",
                "date": "2019-11-30",
                "place": "Villa Unión",
                "admin1": "Coahuila",
                "country": "MX",
                "lon": -100.73,
                "lat": 28.22,
                "killed": 23,
                "injured": 6,
                "category": "gun battle",
                "description": "Gunmen entered the town & shot at the town hall.",
                "source": "A newspaper, 1 December 2019",
                "url": "https://example.org/a?b=1&c=2",
                "case file": "CF/1",
                "match": "fuzzy",
                "match_name": "Villa Unión, Coahuila",
                "match_id": "geonames:3980122",
                "match_score": 0.93,
                "match_reason": "one letter differs",
                "radius_m": 1500.0,
            }
        ]
    )
    incidents = measured(frame)
    page = visit(renderer.to_html(scene.build(incidents, us_mexico)))
    page.page.mouse.click(*page.at(-100.73, 28.22))
    page.wait("!document.getElementById('bm-detail').hidden")
    text = page.text("#bm-detail")
    km = incidents.frame["border_km"].iloc[0]
    for part in (
        "Ataque <b>armado</b> en Villa Unión",
        "November 30, 2019",
        "Villa Unión, Coahuila, Mexico",
        "23Killed",
        "6Injured",
        "gun battle",
        "Gunmen entered the town & shot at the town hall.",
        "A newspaper, 1 December 2019",
        f"{km:.1f} km ({km / 1.609344:.1f} mi)",
        "± 1.",
        "similar spelling",
        "score 0.93",
        "one letter differs",
        "geonames:3980122",
        "case file",
        "CF/1",
    ):
        assert part in text, part
    link = page.page.locator("#bm-detail a.bm-out")
    assert link.get_attribute("href") == "https://example.org/a?b=1&c=2"
    assert link.get_attribute("target") == "_blank"
    assert set(link.get_attribute("rel").split()) == {"noopener", "noreferrer"}
    page.assert_quiet()


def test_the_line_to_the_border_is_drawn(visit, measured, us_mexico):
    frame = pd.DataFrame({"lon": [-103.0], "lat": [26.0], "title": ["far"]})
    incidents = measured(frame)
    page = visit(renderer.to_html(scene.build(incidents, us_mexico)))
    row = incidents.frame.iloc[0]
    spots = [
        (-103.0 + (row["nearest_lon"] + 103.0) * f, 26.0 + (row["nearest_lat"] - 26.0) * f)
        for f in (0.3, 0.32, 0.34, 0.36, 0.38, 0.4)
    ]
    ink = [22, 25, 29]
    assert not any(pixels(page, *spot, 1)[:3] == ink for spot in spots)
    page.page.locator(".bm-pick").first.click()
    page.wait("!document.getElementById('bm-detail').hidden")
    page.page.wait_for_timeout(600)
    assert any(pixels(page, *spot, 1)[:3] == ink for spot in spots)


def test_a_long_way_to_the_border_is_drawn_as_the_geodesic(visit, measured):
    """On a parallel, far from the line: the geodesic bends north of the straight line of the map."""
    line = shapely.LineString([(-60.0, 44.0), (-60.0, 46.0)])
    border = bordermap.Border.from_geometry(line, label="A line", crs="EPSG:4326")
    frame = pd.DataFrame({"lon": [-100.0], "lat": [45.0], "title": ["far"]})
    incidents = measured(frame, border=border)
    page = visit(renderer.to_html(scene.build(incidents, border)))
    page.page.locator(".bm-pick").first.click()
    page.wait("!document.getElementById('bm-detail').hidden")
    page.page.wait_for_timeout(700)
    near = incidents.frame.iloc[0]
    geod = Geod(ellps="WGS84")
    way = geod.npts(-100.0, 45.0, near["nearest_lon"], near["nearest_lat"], 200)
    drawn = [
        any(pixels(page, lon, lat + d, 1)[3] > 200 for d in (-0.1, -0.05, 0, 0.05, 0.1))
        for lon, lat in way[10:70]
    ]
    assert all(drawn), "the dashes lie on a line of paper's colour"
    assert max(lat for _, lat in way) > 47
    assert not any(pixels(page, lon, 45.3, 1)[3] > 200 for lon, _ in way[30:70])
    page.complaints.clear()  # of reading the canvas so often


def test_all_of_several_in_one_place_can_be_reached(visit, measured, us_mexico):
    frame = pd.DataFrame(
        {"lon": -102.0, "lat": 27.0, "title": [f"case {i}" for i in range(30)], "killed": 1}
    )
    page = visit(renderer.to_html(scene.build(measured(frame), us_mexico)))
    page.page.mouse.click(*page.at(-102.0, 27.0))
    page.wait("!document.getElementById('bm-detail').hidden")
    names = page.page.locator("#bm-detail .bm-pick").all_text_contents()
    assert sorted(names) == sorted(f"case {i}" for i in range(30))
    page.page.locator("#bm-detail .bm-pick").nth(7).click()
    page.wait("document.querySelector('#bm-detail h2').textContent.startsWith('case ')")
    assert page.text("#bm-detail h2") == names[7]
    page.page.get_by_role("button", name="Next").click()
    page.wait(f"document.querySelector('#bm-detail h2').textContent === {json.dumps(names[8])}")
    page.page.get_by_role("button", name="Incidents here").click()
    page.wait("document.querySelectorAll('#bm-detail .bm-pick').length === 30")


@pytest.mark.parametrize("height", [800, 420])
def test_incidents_a_few_metres_apart_can_be_reached(visit, measured, us_mexico, height):
    n = 10
    lats = [28.0 + 1e-5 * (i % 3) for i in range(n)]
    titles = [f"Number {i}" for i in range(n)]
    far = {"title": "Far away", "lat": 31.0, "lon": -108.0}
    table = pd.DataFrame({"title": titles, "lat": lats, "lon": -104.0})
    table = pd.concat([table, pd.DataFrame([far])])
    html = renderer.to_html(scene.build(measured(table), us_mexico))
    options = {"viewport": {"width": 1000, "height": height}, "reduced_motion": "reduce"}
    page = visit(html, **options)
    for _ in range(6):
        page.page.mouse.click(*page.at(-104.0, 28.00001))
        page.page.wait_for_timeout(300)
        if page.page.locator("#bm-detail").is_visible():
            break
    assert page.page.get_by_role("heading", name="10 incidents here").is_visible()
    assert page.page.locator("#bm-detail .bm-pick").count() == n
    assert page.page.evaluate("map_bordermap.getMaxZoom()") < 20
    page.assert_quiet()


def test_rows_that_were_not_placed_are_listed_with_their_reason(visit, measured, us_mexico):
    rejected = pd.DataFrame(
        {
            "place": ["<i>Xyzzyville</i>"],
            "row": [7],
            "column": ["place"],
            "reason": ["no such town"],
        }
    )
    frame = pd.DataFrame({"lon": [-103.0], "lat": [26.0]})
    page = visit(renderer.to_html(scene.build(measured(frame, rejected), us_mexico)))
    page.page.get_by_role("tab", name="Not placed 1").click()
    page.page.locator(".bm-rejected tbody tr").wait_for()
    text = page.text("#bm-view-rejected")
    for part in ("7", "no such town", "<i>Xyzzyville</i>"):
        assert part in text
    page.page.emulate_media(media="print")
    assert page.page.get_by_text("1 row not placed", exact=True).is_visible(), "on paper too"
    page.assert_quiet()


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_where_nothing_was_placed_the_reasons_are_open(visit, options):
    table = b"place,state\nXyzzyville,Sonora\nAtlantis,\n"
    page = visit(bordermap.draw(table, title="Lost").to_html(), **options)
    assert page.count == 0
    assert page.page.locator("#bm-view-rejected tbody tr").count() == 2
    assert page.page.locator("#bm-view-rejected").is_visible()
    assert "Xyzzyville" in page.text("#bm-view-rejected tbody")
    assert page.text(".bm-summary").startswith("0 incidents")
    page.page.locator(".folium-map").focus()
    page.page.keyboard.press("Escape")
    assert page.page.locator("#bm-view-rejected").is_visible()
    page.assert_quiet()


def test_filters_change_map_table_and_count(visit, example_html, example_map):
    page = visit(example_html)
    whole = page.count
    first = page.page.locator(".bm-classes button").first
    of_class = int(first.locator(".bm-count").text_content())
    first.click()
    assert page.count == whole - of_class
    assert first.get_attribute("aria-pressed") == "false"
    page.wait(f"document.querySelectorAll('#bm-table tbody tr').length === {whole - of_class}")
    assert page.text(".bm-summary").startswith(f"{whole - of_class} of {whole} incidents shown")
    page.page.get_by_role("button", name="Reset filters").click()
    assert page.count == whole
    assert page.text(".bm-summary").startswith(f"{whole} incidents")

    page.page.get_by_role("searchbox").fill("union")
    page.wait(f"window.bordermap.count < {whole}")
    page.wait("document.querySelectorAll('#bm-table tbody tr').length === window.bordermap.count")
    rows = page.page.locator("#bm-table tbody tr").all_text_contents()
    assert any("Unión" in row for row in rows)
    page.page.get_by_role("searchbox").fill("")
    page.wait(f"window.bordermap.count === {whole}")

    page.page.get_by_role("combobox", name="Distance").select_option("25")
    km = example_map.measured.frame["border_km"]
    assert page.count == int((km <= 25).sum()) < whole
    page.page.get_by_role("button", name="Reset filters").click()

    years = example_map.measured.frame["date"].astype(str).str[:4].astype(int)
    slider = page.page.get_by_role("slider", name="From")
    slider.focus()
    slider.press("End")
    assert page.count == int((years == years.max()).sum())
    assert page.page.get_by_role("slider", name="From").get_attribute("aria-valuetext") == str(
        years.max()
    )
    page.assert_quiet()


def test_a_state_is_told_once(visit, measured, us_mexico):
    frame = pd.DataFrame(
        {
            "lon": [-110.9, -106.1, -104.0],
            "lat": [31.3, 28.6, 30.0],
            "title": list("abc"),
            "place": ["Nogales, Sonora", "Chihuahua", "Villa Sonora"],
            "admin1": ["Sonora", "Chihuahua", "Sonora"],
        }
    )
    page = visit(renderer.to_html(scene.build(measured(frame), us_mexico)))
    told = page.page.locator("#bm-table .bm-sub").all_text_contents()
    assert sorted(told) == ["Chihuahua, Chihuahua", "Nogales, Sonora", "Villa Sonora, Sonora"]
    assert page.page.locator(".bm-legend-sizes").count() == 0
    page.assert_quiet()


def test_a_text_of_any_length_leaves_the_table_a_table(visit, measured, us_mexico):
    texts = {"title": ["Wort " * 1000, "W" * 5000], "place": ["P" * 2000, "p " * 1000]}
    table = pd.DataFrame(texts | {"date": "2020-01-01", "lat": [28.0, 28.1], "lon": -104.0})
    page = visit(renderer.to_html(scene.build(measured(table), us_mexico)))
    for row in page.page.locator("#bm-table tbody tr").all():
        assert 60 < row.bounding_box()["height"] < 240
    page.page.locator("#bm-table .bm-pick").first.click()
    page.page.locator("#bm-detail h2").wait_for()
    assert len(page.text("#bm-detail h2").strip()) >= 4999  # all of it there
    page.assert_quiet()


def test_the_table_sorts(visit, example_html, example_map):
    page = visit(example_html)
    page.page.get_by_role("button", name="Killed", exact=True).click()
    frame = example_map.measured.frame
    shown = page.page.locator("#bm-table tbody tr td:nth-child(2)").all_text_contents()
    numbers = [int(text) for text in shown if text != "–"]
    assert numbers == sorted(frame["killed"].dropna().astype(int), reverse=True)
    page.page.get_by_role("button", name="Killed", exact=True).click()
    assert page.page.locator("th", has_text="Killed").get_attribute("aria-sort") == "ascending"
    page.page.get_by_role("button", name="Distance", exact=True).click()
    first = page.page.locator("#bm-table tbody tr td:nth-child(3)").first.text_content()
    assert first == f"{frame['border_km'].min():.1f} km"
    heading = page.page.locator("th", has_text="Distance")
    assert heading.get_attribute("aria-sort") == "ascending"


def test_a_download_has_the_order_of_the_table(visit, example_html, tmp_path):
    page = visit(example_html, accept_downloads=True)
    page.page.get_by_role("button", name="Distance", exact=True).click()
    page.page.get_by_role("combobox", name="Killed").select_option("5")
    page.wait("document.querySelectorAll('#bm-table tbody tr').length === window.bordermap.count")
    shown = page.page.locator("#bm-table .bm-pick").all_text_contents()
    for kind in ("CSV", "GeoJSON"):
        path = tmp_path / kind
        with page.page.expect_download() as waiting:
            page.page.get_by_role("button", name=f"Download {kind}").click()
        waiting.value.save_as(path)
        if kind == "CSV":
            told = pd.read_csv(path)["title"].tolist()
        else:
            features = json.loads(path.read_text(encoding="utf-8"))["features"]
            told = [feature["properties"]["title"] for feature in features]
        assert told == shown, kind
    page.assert_quiet()


def test_a_download_is_of_what_was_shown_when_it_was_asked_for(visit, example_html, tmp_path):
    page = visit(example_html, accept_downloads=True)
    count = page.page.evaluate("window.bordermap.count")
    path = tmp_path / "all.geojson"
    with page.page.expect_download() as waiting:
        page.page.evaluate(
            """() => {
                const named = (name) => [...document.querySelectorAll("button")].find((one) => one.textContent === name);
                named("Download GeoJSON").click();
                const slider = document.querySelector(".bm-sliders input");
                slider.value = 9;
                slider.dispatchEvent(new Event("input"));
            }"""
        )
    waiting.value.save_as(path)
    assert page.page.evaluate("window.bordermap.count") < count
    assert len(json.loads(path.read_text(encoding="utf-8"))["features"]) == count
    page.assert_quiet()


def test_an_incident_is_let_go_from_the_map_though_its_details_are_out_of_view(visit, example_html):
    page = visit(example_html)
    page.page.locator("#bm-table .bm-pick").first.click()
    page.wait("location.hash.includes('row=')")
    page.page.get_by_role("tab", name="About").click()
    page.page.locator(".folium-map").focus()
    page.page.keyboard.press("Escape")
    page.wait("!location.hash.includes('row=')")
    assert page.page.get_by_role("tab", name="About").get_attribute("aria-selected") == "true"
    page.assert_quiet()


def test_a_day_of_no_calendar_in_a_link_hides_nothing(visit, example_html):
    page = visit(example_html)
    count = page.page.evaluate("window.bordermap.count")
    address = page.page.url.split("#")[0]
    for days, fewer in (
        ("since=2015-02-31", False),
        ("until=2015-99-99", False),
        ("since=2015-02-28", True),
    ):
        other = page.context.new_page()
        other.goto(f"{address}#{days}")
        other.wait_for_function("window.bordermap && window.bordermap.ready")
        assert (other.evaluate("window.bordermap.count") < count) is fewer, days
        other.close()


def test_colours_can_show_the_distance(visit, example_html, example_map):
    page = visit(example_html)
    page.page.get_by_role("combobox", name="Colour by").select_option("border_km")
    counts = page.page.locator(".bm-classes .bm-count").all_text_contents()
    km = example_map.measured.frame["border_km"]
    bands = pd.cut(km, [-1, 25, 50, 100, 200, 1e9], right=False).value_counts(sort=False)
    assert [int(text) for text in counts] == bands.tolist()


def test_the_keyboard_reaches_everything(visit, example_html):
    page = visit(example_html)
    keyboard = page.page.keyboard
    reached = []
    for _ in range(60):
        keyboard.press("Tab")
        reached.append(
            page.page.evaluate(
                """() => {
                    const node = document.activeElement;
                    const style = getComputedStyle(node);
                    return [node.className || node.id || node.tagName, style.outlineStyle];
                }"""
            )
        )
    names = " ".join(str(name) for name, _ in reached)
    for part in (
        "bm-skip",
        "folium-map",
        "leaflet-control-zoom-in",
        "bm-home-button",
        "bm-tab-incidents",
        "bm-search",
        "bm-pick",
    ):
        assert part in names or page.page.locator(f"#{part}").count(), part
    unmarked = [name for name, outline in reached if outline == "none" and name != "BODY"]
    assert unmarked == [], "focus is visible everywhere"


def test_an_incident_can_be_chosen_and_left_by_keyboard(visit, example_html):
    page = visit(example_html)
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")
    assert page.page.evaluate("document.activeElement.id") == "bm-table"
    for _ in range(12):
        page.page.keyboard.press("Tab")
        if page.page.evaluate("document.activeElement.className") == "bm-pick":
            break
    name = page.page.evaluate("document.activeElement.textContent")
    page.page.keyboard.press("Enter")
    page.wait("!document.getElementById('bm-detail').hidden")
    assert page.text("#bm-detail h2") == name
    page.wait("document.getElementById('bm-detail').contains(document.activeElement)")
    page.page.keyboard.press("Escape")
    page.wait("document.getElementById('bm-detail').hidden")
    page.wait(f"document.activeElement.textContent === {json.dumps(name)}")


def test_the_focus_is_never_lost_when_details_close(visit, measured, us_mexico):
    n = 130
    table = pd.DataFrame({"lon": -102.0, "lat": 27.0, "title": [f"case {i}" for i in range(n)]})
    page = visit(renderer.to_html(scene.build(measured(table), us_mexico)))
    focused = "document.activeElement.id || document.activeElement.className"
    # Of one beyond the rows that the table shows, and of all that share a place.
    page.page.locator(".folium-map").focus()
    page.page.keyboard.press("p")
    page.wait("!document.getElementById('bm-detail').hidden")
    assert page.text(".bm-where-at") == "130 / 130"
    page.page.keyboard.press("Escape")
    page.wait("document.getElementById('bm-detail').hidden")
    assert page.page.evaluate(focused) == "map_bordermap", "who worked the map goes on with it"
    page.page.keyboard.press("p")
    page.wait("!document.getElementById('bm-detail').hidden")
    page.page.get_by_role("button", name="Close").focus()
    page.page.keyboard.press("Enter")
    page.wait("document.getElementById('bm-detail').hidden")
    assert page.page.evaluate(focused) == "bm-table"
    page.page.locator("#bm-table .bm-pick").first.press("Enter")
    page.page.get_by_role("button", name="130 incidents here").press("Enter")
    page.wait("document.querySelectorAll('#bm-detail .bm-pick').length === 100")
    assert (
        page.page.evaluate("document.activeElement.closest('tr').parentNode.localName") == "tbody"
    )
    page.page.locator("#bm-detail .bm-pick").nth(3).press("Enter")
    name = page.text("#bm-detail h2")
    page.page.get_by_role("button", name="Incidents here").press("Enter")
    page.wait("document.querySelectorAll('#bm-detail .bm-pick').length === 100")
    assert page.page.evaluate("document.activeElement.textContent") == name
    page.page.locator("#bm-detail .bm-pick").nth(3).press("Escape")
    page.wait("document.getElementById('bm-detail').hidden")
    assert page.page.evaluate(focused) == "bm-table"


def test_a_button_that_goes_leaves_the_focus_to_what_comes(visit, measured, us_mexico):
    n = 130
    table = pd.DataFrame({"lon": -102.0, "lat": 27.0, "title": [f"case {i}" for i in range(n)]})
    page = visit(renderer.to_html(scene.build(measured(table), us_mexico)))
    page.page.get_by_role("searchbox").fill("case 1")
    page.wait("window.bordermap.count < 60")
    page.page.get_by_role("button", name="Reset filters").press("Enter")
    assert page.page.evaluate("document.activeElement.id") == "bm-search"
    page.wait("document.querySelectorAll('#bm-table .bm-pick').length === 100")
    page.page.get_by_role("button", name="Show 30 more rows").press("Enter")
    page.wait("document.activeElement.className === 'bm-pick'")
    row = "[...document.querySelectorAll('#bm-table .bm-pick')].indexOf(document.activeElement)"
    assert page.page.evaluate(row) == 100


def test_details_of_what_a_filter_hides_close(visit, example_html):
    page = visit(example_html)
    page.page.locator(".bm-pick").first.click()
    page.wait("!document.getElementById('bm-detail').hidden")
    kind = page.text("#bm-detail .bm-category")
    page.page.locator(".bm-classes button", has_text=kind).click()
    page.wait("document.getElementById('bm-detail').hidden")
    assert page.page.locator("#bm-table").is_visible()
    page.assert_quiet()


def test_the_map_itself_is_worked_by_keys(visit, example_html):
    page = visit(example_html)
    page.page.locator(".folium-map").focus()
    zoom = page.page.evaluate("window.map_bordermap.getZoom()")
    page.page.keyboard.press("+")
    page.wait(f"window.map_bordermap.getZoom() > {zoom}")
    page.page.keyboard.press("n")
    page.wait("!document.getElementById('bm-detail').hidden")
    first = page.text("#bm-detail h2")
    page.page.keyboard.press("n")
    page.wait(f"document.querySelector('#bm-detail h2').textContent !== {json.dumps(first)}")
    page.page.keyboard.press("Escape")
    page.wait("document.getElementById('bm-detail').hidden")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (360, 740)])
@pytest.mark.parametrize("state", ["closed", "panel", "legend", "detail"])
def test_on_a_phone_nothing_overlaps(visit, example_html, state, width, height):
    page = visit(example_html, viewport={"width": width, "height": height}, has_touch=True)
    opened = page.page.locator(".bm-sheet").get_attribute("aria-expanded") == "true"
    if opened is (state in {"closed", "legend"}):
        page.page.locator(".bm-sheet").tap()
    if state == "legend":
        page.page.locator(".bm-legend summary").tap()
    if state == "detail":
        page.page.locator(".bm-pick").first.tap()
        page.wait("!document.getElementById('bm-detail').hidden")
    page.page.wait_for_timeout(300)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    found = boxes(page, ".bm-head", ".bm-stage", ".bm-legend", ".bm-panel", ".bm-foot")
    names = list(found)
    for i, a in enumerate(names):
        box = found[a]
        assert box["x"] >= -0.5
        assert box["x"] + box["width"] <= width + 0.5
        assert box["y"] + box["height"] <= height + 0.5, a
        for b in names[i + 1 :]:
            assert not overlap(found[a], found[b]), (a, b)
    assert found[".bm-stage"]["height"] >= 200
    controls = boxes(page, ".leaflet-control-zoom", ".bm-home", ".leaflet-control-scale")
    stage = found[".bm-stage"]
    for name, box in controls.items():
        assert box["y"] + box["height"] <= stage["y"] + stage["height"], name
    assert not overlap(controls[".bm-home"], controls[".leaflet-control-scale"])
    assert not overlap(controls[".leaflet-control-zoom"], controls[".bm-home"])


@pytest.mark.parametrize("size", [(390, 844), (360, 740), (640, 400)], ids=["390", "360", "200%"])
def test_with_all_open_a_small_screen_still_has_a_map(visit, example_html, size):
    page = visit(example_html, viewport=dict(zip(("width", "height"), size, strict=True)))
    page.page.evaluate("document.querySelector('.bm-legend').open = true")
    if page.page.locator(".bm-sheet").get_attribute("aria-expanded") == "false":
        page.page.locator(".bm-sheet").click()
    page.page.wait_for_timeout(200)
    found = boxes(page, ".bm-head", ".bm-stage", ".bm-legend", ".bm-panel", ".bm-foot")
    assert found[".bm-stage"]["height"] >= 0.29 * size[1]
    stage, home = found[".bm-stage"], page.page.locator(".bm-home").bounding_box()
    assert home["y"] + home["height"] <= stage["y"] + stage["height"], "its controls fit too"
    names = list(found)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            assert not overlap(found[a], found[b]), (a, b)
    page.page.locator(".bm-foot").scroll_into_view_if_needed()
    box = page.page.locator(".bm-foot").bounding_box()
    assert box["y"] + box["height"] <= size[1] + 0.5, "the page is scrolled to its end"


def test_twenty_thousand_rows_that_were_not_placed_are_listed_in_turn(visit, measured, us_mexico):
    n = 20_000
    rejected = pd.DataFrame({"row": range(2, n + 2), "column": "place", "reason": "no such town"})
    rejected["place"] = [f"Nowhere {i}" for i in range(n)]
    frame = pd.DataFrame({"lon": [-103.0], "lat": [26.0]})
    page = visit(renderer.to_html(scene.build(measured(frame, rejected), us_mexico)))
    assert page.page.evaluate("document.querySelectorAll('*').length") < 1000
    page.page.get_by_role("tab", name="Not placed 20,000").click()
    rows = "document.querySelectorAll('.bm-rejected tbody tr').length"
    page.wait(f"{rows} === 1000")
    page.page.get_by_role("button", name="Show 1,000 more rows").press("Enter")
    assert page.page.evaluate(rows) == 2000
    assert "Nowhere 1000" in page.page.evaluate("document.activeElement.textContent")
    page.assert_quiet()


def test_rows_that_were_not_placed_are_told_in_the_readers_words(visit):
    table = b"fecha,lugar,estado,muertos\n2020,Xyzzyville,Sonora,3\n2021,Nava,Coahuila,1\n"
    page = visit(bordermap.draw(table, lang="es").to_html(), **PHONE)
    page.page.get_by_role("tab", name="Sin ubicar").click()
    row = page.page.locator(".bm-rejected tbody tr").first
    row.wait_for()
    for label in ("Fecha", "Lugar", "Estado", "Muertos"):
        assert row.locator(".bm-label", has_text=label).count() == 1
    heads = page.page.locator(".bm-rejected th").all()
    assert {head.bounding_box()["height"] < 40 for head in heads} == {True}, "none is broken"


def test_touch_targets_are_large_enough(visit, example_html):
    page = visit(example_html, **PHONE)
    for selector in (
        ".leaflet-control-zoom-in",
        ".bm-home-button",
        ".bm-sheet",
        "#bm-tab-incidents",
    ):
        box = page.page.locator(selector).bounding_box()
        assert min(box["width"], box["height"]) >= 40, selector


def test_a_tap_chooses_an_incident(visit, measured, us_mexico):
    frame = pd.DataFrame({"lon": [-103.0], "lat": [27.0], "title": ["tapped"]})
    page = visit(renderer.to_html(scene.build(measured(frame), us_mexico)), **PHONE)
    page.page.touchscreen.tap(*page.at(-103.0, 27.0))
    page.wait("!document.getElementById('bm-detail').hidden")
    assert page.text("#bm-detail h2") == "tapped"
    assert page.page.locator(".bm-tip").is_hidden()
    assert page.page.locator(".bm-cursor").is_hidden()


@pytest.mark.parametrize("touch", [True, False])
def test_no_tooltip_stays_over_the_panel_that_a_tap_opens(visit, measured, us_mexico, touch):
    frame = pd.DataFrame({"lon": [-103.0] * 4, "lat": [27.0] * 4, "title": list("abcd")})
    html = renderer.to_html(scene.build(measured(frame), us_mexico))
    page = visit(html, **(PHONE | {"has_touch": touch}))
    at = page.at(-103.0, 27.0)
    if touch:
        page.page.touchscreen.tap(*at)
    else:
        page.page.mouse.move(*at)
        page.wait("!document.querySelector('.bm-tip').hidden")
        page.page.mouse.click(*at)
    page.wait("!document.getElementById('bm-detail').hidden")
    assert page.text("#bm-detail h2") == "4 incidents here"
    page.page.wait_for_timeout(200)
    assert page.page.locator(".bm-tip").is_hidden()


def test_a_small_circle_on_a_large_one_can_be_chosen_and_so_can_the_large_one(
    visit, measured, us_mexico
):
    frame = pd.DataFrame(
        {
            "lon": [-103.0, -102.6, -98.0],
            "lat": [27.0, 27.0, 24.0],
            "title": ["large", "small", "far"],
            "killed": [300, 2, 1],
        }
    )
    page = visit(renderer.to_html(scene.build(measured(frame), us_mexico)))
    x, y = page.at(-103.0, 27.0)
    small, _ = page.at(-102.6, 27.0)
    assert 14 < small - x < 44, "the small one lies on the large one"
    for at, title in ((x - 8, "large"), (small, "small")):
        page.page.mouse.click(at, y)
        page.wait(f"document.querySelector('#bm-detail h2')?.textContent === {json.dumps(title)}")


def test_what_lies_beyond_the_edges_is_drawn_once_the_page_is_ready(visit, example_html):
    page = visit(example_html)
    first = page.page.screenshot()
    corner = """() => document.querySelector(".folium-map canvas").getContext("2d")
        .getImageData(0, 0, 1, 1).data[3]"""
    for _ in range(100):
        if page.page.evaluate(corner) == 255:
            break
        page.page.wait_for_timeout(50)
    assert page.page.evaluate(corner) == 255
    page.page.wait_for_timeout(300)
    shots = [Image.open(BytesIO(shot)).convert("RGB") for shot in (first, page.page.screenshot())]
    # The edges of strokes alone are rounded otherwise where a canvas is clipped.
    assert np.ptp(np.stack(shots).astype(int), axis=0).max() < 48


def test_numbers_and_dates_are_as_the_browser_itself_writes_them(chromium):
    script = (resources.files("bordermap") / "assets" / "words.js").read_text(encoding="utf-8")
    tab = chromium.new_page()
    for lang in words.languages():
        asked = """([script, words]) => {
            const t = new Function(script + "; t.compact = compact; return t;")();
            t.setUp(words, "km");
            const { locale } = words;
            const number = (options) => new Intl.NumberFormat(locale, options);
            const digits = (n) => number({ minimumFractionDigits: n, maximumFractionDigits: n });
            const short = number({ notation: "compact", maximumFractionDigits: 1 });
            const forms = [
                [t.integer, digits(0)], [t.tenth, digits(1)], [t.degree, digits(3)],
                [t.upToTwo, number({ maximumFractionDigits: 2 })],
                [t.compact, { format: (n) => (n < 10000 ? digits(0) : short).format(n) }],
            ];
            const values = [0, 1, 2.5, 0.04, 0.06, 9.996, 10, 100, 999.96, 1000, 1234.5, 9999, 10000, 10049,
                10950, 123456, 999949, 999950, 1000000, 1234567, 12345678, 987654321.125, -0.125, -1234.5];
            const pairs = forms.flatMap(([ours, theirs]) => values
                .filter((v) => ours !== t.compact || (v >= 0 && v % 1 === 0))
                .map((v) => [ours(v), theirs.format(v)]));
            const three = number({ maximumSignificantDigits: 3 });
            for (const v of [0.5, 0.123456, -0.0456, 0.9996, 0.000012]) pairs.push([t.amount(v), three.format(v).replace("-", "\u2212")]);
            for (const v of values) {
                const form = new Intl.PluralRules(locale).select(v) === "one" ? "one" : "other";
                if (v % 1 === 0) pairs.push([t.count("incident", v), t("incident_" + form, { n: t.integer(v) })]);
            }
            for (let month = 0; month < 12; month++) {
                const at = Date.UTC(2019, month, 3 + 2 * month);
                for (const style of ["long", "short"]) {
                    const date = (options) => new Intl.DateTimeFormat(locale, { year: "numeric", month: style, timeZone: "UTC", ...options }).format(at);
                    const code = 20190000 + 100 * (month + 1);
                    pairs.push([t.date(code + 3 + 2 * month, style === "short"), date({ day: "numeric" })]);
                    pairs.push([t.date(code, style === "short"), date({})]);
                }
            }
            for (const list of [["5"], ["5", "10"], ["5", "10", "20"]]) {
                pairs.push([t.list(list), new Intl.ListFormat(locale, { type: "unit" }).format(list)]);
            }
            return pairs;
        }"""
        pairs = tab.evaluate(asked, [script, words.page_words(lang)])
        assert len(pairs) > 150
        assert [pair for pair in pairs if pair[0] != pair[1]] == []
    tab.close()


def test_spanish_is_spanish(visit, measured, us_mexico):
    frame = pd.DataFrame(
        {
            "lon": [-100.73, -106.46],
            "lat": [28.22, 31.72],
            "date": ["2019-11-30", "2010-01"],
            "title": ["a", "b"],
            "killed": [1023, 1],
        }
    )
    html = renderer.to_html(scene.build(measured(frame), us_mexico, lang="es"))
    page = visit(html)
    assert page.page.evaluate("document.documentElement.lang") == "es"
    body = page.page.evaluate("document.body.innerText")
    for word in ("2 incidentes", "1,024 muertos", "Leyenda", "distancias a la frontera", "Fecha"):
        assert word in body, word
    page.page.get_by_role("button", name="a", exact=True).click()
    page.wait("!document.getElementById('bm-detail').hidden")
    text = page.text("#bm-detail")
    assert "30 de noviembre de 2019" in text
    assert "al suroeste de la frontera" in text or "al oeste de la frontera" in text
    for word in ("Distance", "Killed", "Source", "incident "):
        assert word not in page.page.evaluate("document.body.innerText"), word
    page.assert_quiet()


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_it_prints_to_one_page_with_map_and_legend(visit, example_map, options):
    title = "What was done along the border in sixteen years, and what is known of those who did it"
    page = visit(renderer.to_html(replace(example_map.scene, title=title)), **options)
    for paper in ("A4", "Letter"):
        for landscape in (False, True):
            pdf = page.page.pdf(format=paper, landscape=landscape, print_background=True)
            assert pdf.startswith(b"%PDF")
            count = pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ")
            assert count == 1, (paper, landscape)
            assert len(pdf) > 100_000, "the map is in it"
    assert page.page.evaluate("document.querySelector('.bm-legend').open") == (not options)
    page.page.emulate_media(media="print")
    page.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.page.locator(".bm-paper:visible").count() == 1
    assert page.page.locator(".bm-classes").is_visible()
    colours = page.page.evaluate(
        """async () => {
            const picture = document.querySelector(".bm-paper");
            await picture.decode();
            const canvas = document.createElement("canvas");
            canvas.width = picture.naturalWidth;
            canvas.height = picture.naturalHeight;
            canvas.getContext("2d").drawImage(picture, 0, 0);
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            const found = new Set();
            for (let i = 0; i < data.length; i += 4) found.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
            return [...found];
        }"""
    )
    assert {"200,16,46", "250,248,243", "214,227,234"} <= set(colours), "border, land and sea"
    assert page.page.locator(".bm-legend-body").is_visible()
    for hidden in (".bm-panel", ".leaflet-control-zoom", ".bm-skip"):
        assert not page.page.locator(hidden).is_visible(), hidden
    page.assert_quiet()


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs Debian's poppler-utils")
def test_however_much_there_is_to_say_it_prints_to_one_page(visit, tmp_path):
    kinds = [
        f"Kind {i}: a rather long name, as those of violence against civilians" for i in range(12)
    ]
    table = pd.DataFrame({"place": ["Reynossa, Tamaulipas", *["Nava, Coahuila"] * 11]})
    table["category"], table["killed"], table["date"] = kinds, range(12), "2020-02"
    drawn = bordermap.draw(
        table,
        title="A long title, for which no sheet of paper of any common size is wide enough in one line",
        lang="es", zones=("la-paz", "100-air-miles"), protect=bordermap.Rounding(km=5), units="mi",
        border="us",
    )  # fmt: skip
    page = visit(drawn.to_html())
    page.page.locator(".bm-check input").first.check()
    path = tmp_path / "paper.pdf"
    for paper in ("A4", "Letter"):
        for landscape in (False, True):
            page.page.pdf(path=path, format=paper, landscape=landscape)
            text = subprocess.run(
                ["pdftotext", path, "-"], capture_output=True, text=True, check=True
            ).stdout
            assert text.count("\f") == 1, (paper, landscape)
            for last in ("de Estados Unidos)", "Leaflet", "Otras"):
                assert last in " ".join(text.split()), (paper, landscape, last)


@pytest.mark.parametrize("paper", [(700, 990), (990, 700), (720, 960), (960, 720)])
def test_the_printed_picture_fills_its_frame(visit, example_html, paper):
    page = visit(example_html)
    page.page.set_viewport_size({"width": paper[0], "height": paper[1]})
    page.page.emulate_media(media="print")
    page.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    found = page.page.evaluate(
        """async () => {
            const shown = [...document.querySelectorAll(".bm-paper")].filter((one) => one.clientWidth);
            const [picture] = shown;
            await picture.decode();
            const style = getComputedStyle(picture);
            const canvas = document.createElement("canvas");
            const [w, h] = [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
            const context = canvas.getContext("2d", { willReadFrequently: true });
            context.drawImage(picture, 0, 0);
            const clear = [[0, 0, w, 1], [0, h - 1, w, 1], [0, 0, 1, h], [w - 1, 0, 1, h]].map((edge) =>
                context.getImageData(...edge).data.filter((v, i) => i % 4 === 3 && v < 255).length);
            return {
                count: shown.length, tag: picture.tagName, fit: style.objectFit, padding: style.padding, clear,
                natural: w / h, shown: picture.clientWidth / picture.clientHeight,
                across: [picture.getBoundingClientRect().right, document.documentElement.clientWidth],
                wide: picture.clientWidth,
            };
        }"""
    )
    # Browsers print a canvas as the shapes drawn into it, at a scale and with edges of their own.
    assert (found["count"], found["tag"]) == (1, "IMG")
    assert found["clear"] == [0, 0, 0, 0], "painted up to every edge"
    assert (found["fit"], found["padding"]) == ("fill", "0px")
    assert found["shown"] == pytest.approx(found["natural"], rel=0.005), "not stretched"
    assert found["across"][0] <= found["across"][1] + 0.5
    assert found["wide"] > 600
    page.assert_quiet()


NAMES = """() => {
    // What is written on any canvas, with the box that it covers, as the page draws itself again.
    const map = window.map_bordermap;
    const plain = CanvasRenderingContext2D.prototype.fillText;
    const written = [];
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        const across = this.measureText(text).width;
        const left = this.textAlign === "center" ? x - across / 2 : x;
        const own = this.canvas.getBoundingClientRect();
        if (this.canvas.closest(".folium-map") && !/^[0-9.,]+( km)?$/.test(text)) {
            written.push([text, own.left + left, own.top + y - 5, own.left + left + across, own.top + y + 5]);
        }
        return plain.call(this, text, x, y);
    };
    map.panBy([1, 0], { animate: false });
    written.length = 0;
    map.panBy([-1, 0], { animate: false });
    CanvasRenderingContext2D.prototype.fillText = plain;
    const box = (node) => {
        const r = node.getBoundingClientRect();
        return [r.left, r.top, r.right, r.bottom];
    };
    return {
        written, map: box(map.getContainer()),
        controls: [...document.querySelectorAll(".leaflet-control")].map(box),
    };
}"""


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_no_name_is_cut_or_lies_under_a_control(visit, example_html, options):
    page = visit(example_html, **options)
    found = page.page.evaluate(NAMES)
    left, top, right, bottom = found["map"]

    def meet(a, b):
        return a[0] < b[2] and a[2] > b[0] and a[1] < b[3] and a[3] > b[1]

    seen = [name for name in found["written"] if meet(name[1:], found["map"])]
    assert len(seen) >= 6
    for text, *box in seen:
        assert box[0] >= left, text
        assert box[1] >= top, text
        assert box[2] <= right, text
        assert box[3] <= bottom, text
        assert not any(meet(box, control) for control in found["controls"]), text


@pytest.mark.parametrize("zoom", [3, 4.5, 6, 7.25, 9, 11])
def test_no_two_names_collide_at_any_zoom(visit, example_html, zoom):
    page = visit(example_html)
    page.page.evaluate(f"window.map_bordermap.setView([25.7, -100.3], {zoom}, {{animate: false}})")
    page.page.wait_for_timeout(100)
    names = page.page.evaluate(NAMES)["written"]
    assert len(names) >= 2
    for i, (one, *a) in enumerate(names):
        for other, *b in names[i + 1 :]:
            apart = a[0] >= b[2] or a[2] <= b[0] or a[1] >= b[3] or a[3] <= b[1]
            assert apart, (one, other)


def test_on_a_phone_the_data_fill_the_map(visit, example_html, example_map):
    page = visit(example_html, **PHONE)
    west, south, east, north = example_map.scene.view
    x0, y1 = page.at(west, south)
    x1, y0 = page.at(east, north)
    stage = boxes(page, ".bm-stage")[".bm-stage"]
    assert stage["x"] <= x0 < x1 <= stage["x"] + stage["width"]
    assert stage["y"] <= y0 < y1 <= stage["y"] + stage["height"]
    assert x1 - x0 > 0.8 * stage["width"]
    assert y1 - y0 > 0.45 * stage["height"]


def test_every_source_is_credited_once_for_each_role(visit, example_html, example_map):
    page = visit(example_html)
    page.page.get_by_role("tab", name="About").click()
    terms = page.page.locator("#bm-view-about dt").all_text_contents()
    assert len(terms) == len(set(terms)) == len({c.role for c in example_map.scene.credits})
    text = page.text("#bm-view-about")
    for credit in example_map.scene.credits:
        for part in (*credit.attribution.split("; "), credit.licence):
            assert part in text


def test_targets_are_large_enough_for_a_pointer(visit, example_html):
    page = visit(example_html)
    small = """() => [...document.querySelectorAll("button, a[href], select, summary, label")]
        .filter((e) => e.checkVisibility()).map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
        .filter(([, box]) => Math.min(box.width, box.height) < 24).map(([html]) => html)"""
    assert page.page.evaluate(small) == []
    page.page.locator(".bm-pick").first.click()
    page.wait("!document.getElementById('bm-detail').hidden")
    assert page.page.evaluate(small) == []


def test_a_border_alone_is_a_map(visit, us_mexico):
    page = visit(renderer.to_html(scene.build(None, us_mexico, title="The line")))
    assert page.count == 0
    assert "shows the border alone" in page.text("#bm-view-incidents")
    lon, lat = us_mexico.lines.geoms[0].coords[len(us_mexico.lines.geoms[0].coords) // 2]
    assert pixels(page, lon, lat, 0)[0] > 150
    page.assert_quiet()


def test_one_place_is_a_map(visit):
    page = visit(bordermap.draw("Villa Union, Coahuila").to_html())
    assert page.count == 1
    page.page.mouse.click(*page.at(-100.73, 28.22))
    page.wait("!document.getElementById('bm-detail').hidden")
    assert page.text("#bm-detail h2") == "Villa Unión"
    assert "Texas" in page.text("#bm-detail .bm-facts")
    page.assert_quiet()


def test_dark_and_light_are_both_drawn(visit, example_html):
    dark = visit(example_html, color_scheme="dark")
    light = visit(example_html, color_scheme="light")
    assert sum(pixels(dark, -103.5, 26.9, 0)[:3]) < 200
    assert sum(pixels(light, -103.5, 26.9, 0)[:3]) > 700
    dark.page.emulate_media(color_scheme="light")
    dark.page.wait_for_timeout(200)
    assert pixels(dark, -103.5, 26.9, 0) == pixels(light, -103.5, 26.9, 0)


def test_the_page_works_in_an_iframe(chromium, tmp_path, example_map):
    report = tmp_path / "report.html"
    frame = example_map.to_iframe(height=600)
    report.write_text(f"<!DOCTYPE html><title>report</title>{frame}", encoding="utf-8")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    said = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(report.as_uri())
    inner = page.frames[1]
    for _ in range(500):
        if inner.evaluate("!!(window.bordermap && window.bordermap.ready)"):
            break
        page.wait_for_timeout(20)
    assert inner.evaluate("window.bordermap.count") == len(example_map.scene)
    inner.locator(".bm-pick").first.click()
    inner.locator("#bm-detail h2").wait_for()
    assert said == []
    context.close()


def test_distance_under_the_cursor_agrees_with_python(visit, measured, us_mexico):
    from bordermap import distance

    frame = pd.DataFrame({"lon": [-103.0], "lat": [26.0]})
    page = visit(renderer.to_html(scene.build(measured(frame), us_mexico)))
    box = page.page.locator(".folium-map").bounding_box()
    for right, down in ((0.2, 0.3), (0.45, 0.8), (0.8, 0.55)):
        x, y = box["x"] + box["width"] * right, box["y"] + box["height"] * down
        at = page.page.evaluate(
            """([x, y]) => {
                const map = window.map_bordermap;
                const box = map.getContainer().getBoundingClientRect();
                const p = map.containerPointToLatLng([x - box.left, y - box.top]);
                return [p.lng, p.lat];
            }""",
            [round(x), round(y)],
        )
        page.page.mouse.move(round(x), round(y))
        page.wait("!document.querySelector('.bm-cursor').hidden")
        page.page.wait_for_timeout(60)
        shown = float(page.text(".bm-cursor").split(": ")[1].split(" km")[0].replace(",", ""))
        true = float(distance.to_border(*at)) / 1000
        assert shown == pytest.approx(true, rel=0.005, abs=0.15)


@pytest.mark.parametrize("way", ["finger", "keys"])
def test_the_live_distance_is_told_to_fingers_and_keys(visit, measured, us_mexico, way):
    frame = pd.DataFrame({"lon": [-103.0, -101.0], "lat": [26.0, 26.5]})
    page = visit(
        renderer.to_html(scene.build(measured(frame), us_mexico)),
        **(PHONE if way == "finger" else {"reduced_motion": "reduce"}),
    )
    if way == "finger":
        page.page.touchscreen.tap(*page.at(-102.0, 26.9))
        lon, lat = -102.0, 26.9
    else:
        page.page.locator(".folium-map").focus()
        page.page.keyboard.press("ArrowUp")
        page.wait("!document.querySelector('.bm-here').hidden")
        lon, lat = page.page.evaluate("(({ lng, lat }) => [lng, lat])(map_bordermap.getCenter())")
        assert page.text(".bm-stage [role=status]") == page.text(".bm-cursor")
    page.page.locator(".bm-cursor").wait_for()
    told = float(re.search(r"([\d,.]+) km", page.text(".bm-cursor"))[1].replace(",", ""))
    assert told == pytest.approx(float(distance.to_border(lon, lat)) / 1000, rel=0.01)
    box = page.page.locator(".bm-here").bounding_box()
    x, y = page.at(lon, lat)
    assert abs(box["x"] + box["width"] / 2 - x) < 3
    assert abs(box["y"] + box["height"] / 2 - y) < 3
    page.assert_quiet()


def test_a_link_reopens_the_same_view(visit, example_html):
    page = visit(example_html)
    page.page.get_by_role("combobox", name="Distance").select_option("50")
    page.page.locator(".bm-classes button").first.click()
    page.page.locator(".bm-pick").nth(2).click()
    page.wait("!document.getElementById('bm-detail').hidden")
    page.page.evaluate("window.map_bordermap.setView([28.5, -101], 8, {animate: false})")
    page.wait("location.hash.includes('8/28.500/-101.000')")
    title, count, link = page.text("#bm-detail h2"), page.count, page.page.url
    other = page.context.new_page()
    other.goto(link)
    other.locator("#bm-detail h2").wait_for()
    assert other.locator("#bm-detail h2").text_content() == title
    assert other.evaluate("window.bordermap.count") == count
    assert other.evaluate("window.map_bordermap.getZoom()") == 8
    page.assert_quiet()


def test_a_link_keeps_the_order_the_bars_and_the_tab(visit, example_html):
    page = visit(example_html)
    page.page.get_by_role("button", name="Killed", exact=True).click()
    page.page.get_by_role("combobox", name="Bars show").select_option("Killed over time")
    page.page.get_by_role("searchbox").fill("Sonora")
    page.wait("location.hash.includes('find=Sonora')")
    first = page.page.locator("#bm-table .bm-pick").first.text_content()
    page.page.get_by_role("tab", name="About").click()
    page.wait("location.hash.includes('tab=about')")
    other = page.context.new_page()
    other.goto(page.page.url)
    other.get_by_role("heading", name="Data and credits").wait_for()
    other.get_by_role("tab", name="Incidents").click()
    other.locator(".bm-shown", has_text=" of ").wait_for()
    assert other.evaluate("window.bordermap.count") == page.count
    assert other.locator("#bm-table .bm-pick").first.text_content() == first
    assert other.get_by_role("combobox", name="Bars show").input_value() == "killed"
    assert "tab=" not in other.evaluate("location.hash")
    assert other.get_by_role("searchbox").input_value() == "Sonora"
    page.assert_quiet()


def test_a_link_that_searches_is_ready_once_it_is_found(visit, measured, us_mexico):
    # Three blocks of texts, of which each takes a while.
    rows = 12_000
    table = pd.DataFrame(
        {
            "title": [f"{'Juárez' if i % 4 == 1 else 'Nogales'} {i}" for i in range(rows)],
            "lat": [28 + i / rows for i in range(rows)],
            "lon": -104.0,
        }
    )
    page = visit(renderer.to_html(scene.build(measured(table), us_mexico)))
    other = page.context.new_page()
    other.goto(page.page.url.split("#")[0] + "#find=juarez")
    while not other.evaluate("window.bordermap.ready"):
        other.wait_for_timeout(5)
    assert other.evaluate("window.bordermap.count") == rows // 4
    assert "Juárez" in other.locator("#bm-table tbody").text_content()
    assert "Nogales" not in other.locator("#bm-table tbody").text_content()


def test_a_link_put_into_the_address_of_the_open_page_is_followed(visit, example_html):
    page = visit(example_html)
    page.page.get_by_role("combobox", name="Bars show").select_option("Killed over time")
    page.page.locator(".bm-classes button").first.click()
    other = page.context.new_page()
    link = (
        page.page.url.split("#")[0] + "#size=incidents&find=sonora&sort=place&at=9/31.300/-110.900"
    )
    other.goto(link)
    other.locator(".bm-shown", has_text=" of ").wait_for()
    page.page.goto(link)
    page.wait(f"window.bordermap.ready && location.hash === {'#' + link.split('#')[1]!r}")
    page.wait("!document.querySelector('#bm-search').value.indexOf('sonora')")
    for shown in (page.page, other):
        assert shown.get_by_role("combobox", name="Bars show").input_value() == ""
        assert shown.get_by_role("combobox", name="Circle area").input_value() == "incidents"
        assert shown.evaluate("map_bordermap.getZoom()") == 9
    said = [one.locator("body").inner_text() for one in (page.page, other)]
    assert said[0] == said[1]
    page.assert_quiet()


def test_a_link_from_close_by_reopens_on_the_same_spot(visit, example_html):
    page = visit(example_html)
    middle = [31.33333, -110.94444]
    page.page.evaluate("at => map_bordermap.setView(at, 16, { animate: false })", middle)
    page.wait("location.hash.includes('at=16/')")
    other = page.context.new_page()
    other.goto(page.page.url)
    other.locator(".bm-table .bm-pick").first.wait_for()
    off = other.evaluate("at => map_bordermap.getCenter().distanceTo(at)", middle)
    assert off < 5  # metres, of about two to the pixel


@pytest.mark.parametrize(
    "fragment",
    [
        "sort=-nothing&tab=nothing&size=nothing&bars=nothing&colour=nothing",
        "at=x/y/z",
        "at=1e9/1e9/1e9",
        "row=-5&km=7&time=9.1&without=99",
        "find=%3Cimg%3E",
        "%",
        "&&==",
    ],
)
def test_a_senseless_link_still_opens_the_map(visit, example_html, fragment):
    page = visit(example_html)
    url = page.page.url.split("#")[0]
    other = page.context.new_page()
    failures = []
    other.on("pageerror", lambda error: failures.append(str(error)))
    other.goto(f"{url}#{fragment}")
    for _ in range(300):
        if other.evaluate("window.bordermap.ready"):
            break
        other.wait_for_timeout(20)
    assert other.evaluate("window.bordermap.ready")
    assert failures == []


@pytest.mark.parametrize("turned", [1, -1])
def test_a_map_goes_on_across_the_antimeridian(visit, measured, turned):
    ends = [[(178.0, 50.5), (180.0, 52.0)], [(-180.0, 52.0), (-176.0, 53.5)]]
    if turned < 0:
        ends = [[(-lon, lat) for lon, lat in part][::-1] for part in ends]
    line = bordermap.Border.from_geometry(
        shapely.MultiLineString(ends), label="A line across", crs="EPSG:4326"
    )
    frame = pd.DataFrame(
        {
            "lon": [turned * lon for lon in (175.0, 179.9, -179.9, -174.0)],
            "lat": [51.0, 51.4, 51.4, 52.0],
            "title": list("abcd"),
        }
    )
    incidents = measured(frame, border=line)
    built = scene.build(incidents, line, zones=("100-air-miles",))
    west, _, east, _ = built.view
    assert -180 <= west < 180 < east < west + 15
    for name in ("land", "states", "countries"):
        for points in built.basemap[name]:
            lons = np.cumsum(points[::2]) / built.basemap["quantum"]
            assert built.basemap["frame"][0] - 0.1 <= lons.min()
            assert lons.max() <= built.basemap["frame"][2] + 0.1
    page = visit(renderer.to_html(built))
    bounds = page.page.evaluate(
        "(({_southWest: a, _northEast: b}) => [a.lng, b.lng])(window.map_bordermap.getBounds())"
    )
    assert bounds[1] - bounds[0] < 25
    # The border is whole, and what crosses it is drawn where it is.
    red, green, blue, _ = pixels(page, 180.0, 52.0, 0)
    assert red > 150 > green + blue / 2
    for row in incidents.frame.itertuples():
        lon = row.lon if row.lon > 0 else row.lon + 360
        page.page.mouse.click(*page.at(lon, row.lat))
        page.wait(f"document.querySelector('#bm-detail h2')?.textContent === '{row.title}'")
        assert f"{row.border_km:.1f} km" in page.text("#bm-detail")
    page.page.evaluate("window.map_bordermap.setView([51.2, 181.5], 11, {animate: false})")
    page.page.mouse.move(*page.at(181.5, 51.2))
    page.wait("!document.querySelector('.bm-cursor').hidden")
    told = float(re.search(r"([\d.]+) km", page.text(".bm-cursor"))[1])
    assert told == pytest.approx(distance.to_border([-178.5], [51.2], line)[0] / 1000, rel=0.005)
    page.wait("location.hash.includes('row=')")
    other = page.context.new_page()
    other.goto(page.page.url)
    other.locator("#bm-detail h2").wait_for()
    centre = "window.map_bordermap.getCenter().lng"
    assert other.evaluate(centre) == pytest.approx(page.page.evaluate(centre), abs=0.01)
    page.assert_quiet()


def test_bands_of_distance_can_be_shown(visit, measured, us_mexico):
    frame = pd.DataFrame({"lon": [-103.0], "lat": [26.0]})
    page = visit(renderer.to_html(scene.build(measured(frame), us_mexico)))
    near, far = (-103.6, 28.6), (-103.6, 25.6)  # some 60 and 380 km from the line
    before = pixels(page, *near, 0), pixels(page, *far, 0)
    page.page.get_by_role("checkbox", name="Bands at").check()
    assert pixels(page, *near, 0) != before[0]
    assert pixels(page, *far, 0) == before[1]
    page.page.get_by_role("checkbox", name="Bands at").uncheck()
    assert pixels(page, *near, 0) == before[0]


def test_what_the_page_tells_assistive_technology(visit, example_html):
    page = visit(example_html)
    for role, name in (
        ("heading", "Violence along the border"),
        ("application", "Map of incidents"),
        ("region", "Legend"),
        ("region", "Incidents and details"),
        ("tab", "Incidents"),
        ("table", "Incidents shown on the map"),
        ("button", "Zoom in"),
        ("button", "Show all incidents on the map"),
        ("searchbox", "Search"),
    ):
        assert page.page.get_by_role(role, name=name).count() == 1, (role, name)
    nameless = page.page.evaluate(
        """() => [...document.querySelectorAll("button, a[href], input, select, summary")].filter((e) =>
            e.checkVisibility() && !(e.getAttribute("aria-label") || e.textContent.trim()
                || e.labels?.[0]?.textContent.trim() || e.title)).map((e) => e.outerHTML)"""
    )
    assert nameless == []
