"""Whatever a table holds shows as text: nothing runs, nothing is asked for, no template is read.

Every string of tests/corpus/hostile.json goes into every place where a map shows text: each column,
a column's name, the title, the category, rows not placed and their reasons, sources and their
credits, the border's name. All of it again without the Content-Security-Policy: the page must be
safe by how it writes, not only by what it is forbidden.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

import bordermap
from bordermap import renderer, scene
from bordermap.model import Source

pytestmark = pytest.mark.browser

CORPUS = Path(__file__).parents[1] / "corpus" / "hostile.json"
HOSTILE = [text * times for text, times in json.loads(CORPUS.read_text(encoding="utf-8"))]
COLUMNS = ("title", "place", "admin1", "country", "category", "description", "source", "url")
ADDED = ("match_name", "match_id", "match_reason", "border_part", "side", "date", "free column")


def shown(text: str) -> str:
    """What a page shows for a text: all of it, but for what no page can hold."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)


@pytest.fixture(scope="module")
def hostile_scene(measured, us_mexico):
    n = len(HOSTILE)
    cells = pd.Series(HOSTILE, dtype=object)
    data = dict.fromkeys(COLUMNS + ADDED, cells)
    data["lon"] = [-115 + 15 * i / n for i in range(n)]
    data["lat"] = [27.0] * n
    data["killed"] = [1] * n
    # Columns that are named by some of the strings.
    named = [pd.Series([text] * n, dtype=object) for text in HOSTILE[::9]]
    frame = pd.concat([pd.DataFrame(data), *named], axis=1)
    headings = [*data, *(f"{text} " for text in HOSTILE[::9])]
    frame.columns = pd.Index(headings, dtype=object)
    rejected = pd.DataFrame(
        {"row": range(n), "column": cells, "reason": cells, "place": cells, HOSTILE[0]: cells}
    )
    border = replace(us_mexico, label=HOSTILE[1])
    incidents = measured(frame, rejected, border=us_mexico, source=HOSTILE[2])
    sources = tuple(Source(text, text, text, text) for text in HOSTILE[::7])
    incidents = replace(incidents, credits=sources, notes=tuple(HOSTILE))
    return scene.build(incidents, border, title=HOSTILE[3])


def without_policy(html: str) -> str:
    bare, found = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    assert found == 1
    return bare


def assert_nothing_ran(page) -> None:
    page.assert_quiet()
    assert page.page.evaluate("window.ran") is None
    assert page.page.evaluate("'ran' in window") is False
    kinds = page.page.evaluate(
        """() => [...new Set([...document.querySelectorAll("body *")].map((e) => e.localName))]"""
    )
    assert not {"img", "iframe", "object", "embed", "video", "audio", "base", "form"} & set(kinds)
    attributes = page.page.evaluate(
        """() => [...document.querySelectorAll("*")].flatMap((e) =>
            [...e.attributes].map((a) => a.name)).filter((name) => name.startsWith("on"))"""
    )
    assert attributes == []
    links = page.page.evaluate(
        "() => [...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))"
    )
    assert [href for href in links if not re.match(r"(https?://|#)", href)] == []


@pytest.mark.parametrize("policy", [True, False], ids=["policy", "no policy"])
def test_every_string_shows_as_itself(visit, hostile_scene, policy):
    html = renderer.to_html(hostile_scene)
    page = visit(html if policy else without_policy(html))
    assert page.count == len(HOSTILE) >= 200
    assert page.text("h1") == shown(HOSTILE[3])
    assert page.page.evaluate("document.title.trim()") == " ".join(shown(HOSTILE[3]).split())

    # Walk through all incidents as a reader does, and read back what stands there.
    found = page.page.evaluate(
        """async (n) => {
            const wait = () => new Promise((done) => setTimeout(done));
            const out = {};
            document.querySelector(".bm-more")?.click();
            const next = async (old) => {
                for (let i = 0; i < 2000; i++) {
                    await wait();
                    const row = document.querySelector("#bm-detail .bm-facts dd:last-child");
                    const at = document.querySelector(".bm-where-at")?.textContent;
                    if (row && at !== old) return [row.textContent, at];
                }
                throw new Error("no detail came up after " + old);
            };
            document.querySelector(".bm-pick").click();
            let [row, at] = await next("");
            for (let i = 0; i < n; i++) {
                const detail = document.querySelector("#bm-detail");
                out[row] = {
                    title: detail.querySelector("h2").textContent,
                    description: detail.querySelector(".bm-description")?.textContent ?? "",
                    category: detail.querySelector(".bm-category")?.textContent ?? "",
                    source: detail.querySelector(".bm-source bdi, .bm-source span[dir]")?.textContent ?? "",
                    facts: [...detail.querySelectorAll(".bm-facts dd")].map((d) => d.textContent),
                    names: [...detail.querySelectorAll(".bm-facts dt")].map((d) => d.textContent),
                };
                detail.querySelector('[aria-label="Next"]').click();
                [row, at] = await next(at);
            }
            return out;
        }""",
        len(HOSTILE),
    )
    assert len(found) == len(HOSTILE)
    names = {shown(f"{text} ") for text in HOSTILE[::9]}
    for i, text in enumerate(HOSTILE):
        entry = found[f"{i + 2:,}"]
        for key in ("title", "description", "category", "source"):
            assert entry[key] == shown(text), (i, key)
        joined = "\n".join(entry["facts"])
        for sought in (shown(text), "row"):
            assert sought == "row" or joined.count(sought) >= 4, (i, text[:80])
        assert names <= set(entry["names"])

    page.page.get_by_role("tab", name=re.compile("^Not placed")).click()
    page.wait(f"document.querySelectorAll('.bm-rejected tbody tr').length === {len(HOSTILE)}")
    reasons = page.page.locator(".bm-rejected td:nth-child(2) > span:first-child")
    assert reasons.all_text_contents() == [shown(text) for text in HOSTILE]
    page.page.get_by_role("tab", name="About").click()
    credits_shown = page.page.locator("#bm-view-about dd .bm-line:not(.bm-sub)").all_text_contents()
    for text in HOSTILE[::7]:
        assert shown(text) in credits_shown or not text.strip()
    notes = page.page.locator(".bm-notes li").all_text_contents()
    assert notes == [shown(text) for text in HOSTILE]
    assert_nothing_ran(page)


def test_names_of_columns_that_colours_and_areas_show_are_but_text(visit, measured, us_mexico):
    frame = pd.DataFrame({"lon": [-103.0, -104.0], "lat": [26.0, 27.0], "title": ["a", "b"]})
    named = [text for text in HOSTILE if len(text) < 1000]
    numbers = pd.DataFrame([[1.5] * len(named), [2.5] * len(named)])
    headings = [*frame.columns, *named]
    frame = pd.concat([frame, numbers], axis=1)
    frame.columns = pd.Index(headings, dtype=object)
    built = scene.build(measured(frame), us_mexico)
    size = next(name for name in built.extra if "<img" in name)
    color = next(name for name in built.extra if "<script" in name)
    page = visit(
        without_policy(
            renderer.to_html(scene.build(measured(frame), us_mexico, size=size, color=color))
        )
    )
    assert size in page.text(".bm-legend-sizes p.bm-label")
    options = page.page.locator(".bm-colour-by option").all_text_contents()
    assert color in options
    page.page.locator(".bm-colour-by select").select_option(size)
    page.page.locator(".bm-size-by select").select_option(color)
    assert color in page.text(".bm-legend-sizes p.bm-label")
    assert_nothing_ran(page)


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["desk", "phone"])
def test_names_of_any_length_leave_legend_and_paper_as_they_are(visit, tmp_path, size):
    long, words = "W" * 100_000, "a long name " * 8_000
    table = pd.DataFrame({"lon": [-100.0, -101.0], "lat": 27.0, "title": [long, words]})
    table[long], table[words], table["category"] = [1, 2], [3, 4], [long, words]
    drawn = bordermap.draw(table, title=long, size=long, color=words)
    viewport = dict(zip(("width", "height"), size, strict=True))
    page = visit(without_policy(drawn.to_html()), viewport=viewport)
    page.page.evaluate("document.querySelector('.bm-legend').open = true")
    parts = [".bm-legend-classes", ".bm-legend-sizes", ".bm-legend-body > .bm-signs"]
    boxes = [page.page.locator(part).bounding_box() for part in parts]
    for box in boxes:
        assert box["width"] >= 80
        assert box["x"] + box["width"] <= size[0]
    for a, b in combinations(boxes, 2):
        beside = a["x"] + a["width"] <= b["x"] + 1 or b["x"] + b["width"] <= a["x"] + 1
        assert beside or a["y"] + a["height"] <= b["y"] + 1 or b["y"] + b["height"] <= a["y"] + 1
    assert_nothing_ran(page)
    path = tmp_path / "paper.pdf"
    page.page.pdf(path=path, format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", path.read_bytes())) == 1


@pytest.mark.parametrize("policy", [True, False], ids=["policy", "no policy"])
def test_a_providers_attribution_is_but_text_and_links(visit, measured, us_mexico, policy):
    frame = pd.DataFrame({"lon": [-103.0], "lat": [26.0], "title": ["t"]})
    provider = {
        "name": HOSTILE[3],
        "url": "https://tiles.example.org/{z}/{x}/{y}.png",
        "attribution": " ".join(text for text in HOSTILE if len(text) < 1000),
        "html_attribution": "".join(
            f'<a href="{text}">{text}</a><p onclick="ran=1">{text}</p>'
            for text in HOSTILE
            if len(text) < 1000
        ),
    }
    html = renderer.to_html(scene.build(measured(frame), us_mexico, basemap=provider))
    page = visit(html if policy else without_policy(html))
    page.page.get_by_role("tab", name="About").click()
    # The network is cut: tiles are asked for, of that host alone, and do not come.
    assert {url.split("/")[2] for url in page.requests} <= {"tiles.example.org"}
    page.requests.clear()
    page.complaints.clear()
    page.page.evaluate(
        "document.querySelectorAll('.leaflet-tile').forEach((tile) => tile.remove())"
    )
    assert_nothing_ran(page)


def test_filters_and_downloads_hold_on_hostile_text(visit, hostile_scene, tmp_path):
    page = visit(renderer.to_html(hostile_scene), accept_downloads=True)
    # One of those that is not also the name and content of a whole column.
    sought = next(text for i, text in enumerate(HOSTILE) if i % 9 and "DROP TABLE" in text)
    page.page.get_by_role("searchbox").fill(sought)
    page.wait(f"window.bordermap.count < {len(HOSTILE)}")
    assert page.count > 0
    page.page.get_by_role("button", name="Reset filters").click()
    with page.page.expect_download() as waiting:
        page.page.get_by_role("button", name="Download GeoJSON").click()
    path = tmp_path / "incidents.geojson"
    waiting.value.save_as(path)
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert len(features) == len(HOSTILE)
    titles = {feature["properties"]["row"]: feature["properties"]["title"] for feature in features}
    assert [titles[i + 2] for i in range(len(HOSTILE))] == [shown(text) for text in HOSTILE]
    with page.page.expect_download() as waiting:
        page.page.get_by_role("button", name="Download CSV").click()
    path = tmp_path / "incidents.csv"
    waiting.value.save_as(path)
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert len(table) == len(HOSTILE)
    assert not [text for text in table["title"] if text.startswith(("=", "@"))]
    assert_nothing_ran(page)


@pytest.mark.parametrize("i", range(0, len(HOSTILE), 24))
def test_every_kind_of_title_shows_as_itself(visit, us_mexico, i):
    """The title stands in the document itself, not in its data."""
    text = HOSTILE[i]
    built = scene.build(None, replace(us_mexico, label=text), title=text)
    page = visit(without_policy(renderer.to_html(built)))
    wanted = shown(text)
    if wanted:
        assert page.text("h1") == wanted
    assert page.page.evaluate("document.title.trim()") == " ".join(wanted.split())
    assert_nothing_ran(page)


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("  http://example.org/b  ", "http://example.org/b"),
        ("HTTPS://EXAMPLE.ORG/C", "https://example.org/C"),
        ("javascript:alert(1)", None),
        ("java\tscript:alert(1)", None),
        ("data:text/html,x", None),
        ("vbscript:x", None),
        ("//example.org/d", None),
        ("example.org", None),
        ("ftp://example.org", None),
    ],
)
def test_only_http_becomes_a_link(visit, measured, us_mexico, text, link):
    frame = pd.DataFrame({"lon": [-103.0], "lat": [26.0], "url": [text], "title": ["t"]})
    page = visit(renderer.to_html(scene.build(measured(frame), us_mexico)))
    page.page.locator(".bm-pick").click()
    page.page.locator("#bm-detail h2").wait_for()
    links = page.page.locator("#bm-detail a")
    if link is None:
        assert links.count() == 0
        assert text.strip() in page.text("#bm-detail")
    else:
        assert links.get_attribute("href") == link
        assert links.get_attribute("rel") == "noopener noreferrer"
