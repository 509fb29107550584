"""The page: complete in itself, the same every time, and safe by construction."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from bordermap import renderer, scene, words
from bordermap.errors import DataError, SceneError

ROOT = Path(__file__).parents[1]
HOSTILE = [
    text * times
    for text, times in json.loads((ROOT / "tests/corpus/hostile.json").read_text(encoding="utf-8"))
]

LITTLE = pd.DataFrame(
    {
        "title": ["Villa Unión", "El Paso"],
        "date": ["2019-11-30", "2019-08-03"],
        "lon": [-100.73, -106.49],
        "lat": [28.22, 31.76],
        "killed": [23, 23],
        "category": ["gun battle", "mass shooting"],
    }
)


class Page(HTMLParser):
    """Elements, attributes, and the raw text of scripts, styles and templates."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, dict[str, str | None], str]] = []
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in {"script", "style", "template"}:
            self._open = (tag, dict(attrs))
            self.raw.append((*self._open, ""))

    def handle_endtag(self, tag):
        if self._open and tag == self._open[0]:
            self._open = None

    def handle_data(self, data):
        if self._open:
            tag, attrs, text = self.raw[-1]
            self.raw[-1] = (tag, attrs, text + data)

    @property
    def policy(self) -> dict[str, list[str]]:
        (text,) = [
            attrs["content"]
            for tag, attrs in self.tags
            if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
        ]
        return {part.split()[0]: part.split()[1:] for part in text.split(";")}

    def script(self, identifier: str) -> str:
        (text,) = [text for _, attrs, text in self.raw if attrs.get("id") == identifier]
        return text

    @property
    def pieces(self) -> list[str]:
        return [text for _, attrs, text in self.raw if attrs.get("class") == "bordermap-data"]


def inflated(page: Page, name: str) -> bytes:
    """One deflated section of the page's data, by its name in the description."""
    offset, length, *part = json.loads(page.script("bordermap-meta"))[name]
    blob = base64.b64decode("".join(page.pieces), validate=True)
    raw = zlib.decompress(blob[offset : offset + length], -15)
    return raw[part[0] : sum(part)] if part else raw


@pytest.fixture(scope="module")
def html(measured, us_mexico):
    return renderer.to_html(scene.build(measured(LITTLE), us_mexico, title="Two towns"))


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_it_loads_nothing(page):
    for tag, attrs in page.tags:
        for name in ("src", "srcset", "href", "data", "poster", "action", "ping", "background"):
            value = attrs.get(name)
            assert value is None or tag == "a" or value.startswith("data:"), (tag, name, value)
        assert not [name for name in attrs if name.startswith("on")], (tag, attrs)
        assert "style" not in attrs


def test_styles_load_nothing(page):
    for tag, _, text in page.raw:
        if tag == "style":
            assert not re.search(r"url\(|@import|expression\(|behavior", text)


def test_scripts_name_no_source_map(page):
    assert not [text for _, _, text in page.raw if "sourceMappingURL" in text]


def test_the_skeleton_is_foliums(html, page):
    assert '<div class="folium-map" id="map_bordermap"' in html
    assert "L.map(" in html
    assert ("div", {"class": "folium-map", "id": "map_bordermap"}) in page.tags


def test_nothing_of_foliums_outside_links_is_left(html):
    for name in ("jquery", "bootstrap", "awesome", "cdn.", "unpkg", "glyphicons"):
        assert name not in html.lower(), name


def test_policy_allows_what_is_there_and_nothing_else(page):
    policy = page.policy
    assert policy["default-src"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'none'"]
    assert set(policy["img-src"]) <= {"data:", "blob:"}
    assert set(policy) == {
        "default-src",
        "script-src",
        "style-src",
        "img-src",
        "base-uri",
        "form-action",
    }
    found: dict[str, list[str]] = {"script": [], "style": []}
    for tag, attrs, text in page.raw:
        if tag == "template" or attrs.get("type") == "application/json":
            continue
        digest = hashlib.sha256(text.encode()).digest()
        found[tag].append(f"'sha256-{base64.b64encode(digest).decode()}'")
    digest = hashlib.sha256(inflated(page, "layer")).digest()
    layer = f"'sha256-{base64.b64encode(digest).decode()}'"
    assert policy["script-src"] == [*found["script"], layer]
    digest = hashlib.sha256(inflated(page, "style")).digest()
    style = f"'sha256-{base64.b64encode(digest).decode()}'"
    assert policy["style-src"] == [*found["style"], style]


def test_policy_comes_before_all_it_governs(html):
    assert html.index("Content-Security-Policy") < min(
        html.index("<script"), html.index("<style"), html.index("<link")
    )


def test_leaflet_is_the_installed_one(page):
    from importlib import metadata

    files = metadata.distribution("django-js-lib-leaflet").files
    (script,) = [file for file in files if file.name == "leaflet.js"]
    original = script.locate().read_text(encoding="utf-8")
    body = original.split("//# sourceMappingURL")[0].strip()
    assert body in [text.strip() for _, _, text in page.raw]
    assert 'version="1.9.4"' in body or "1.9.4" in body[:200]


def test_language_and_title_are_the_documents(page, html):
    assert ("html", {"lang": "en"}) in page.tags
    assert "<title>Two towns</title>" in html


def test_zooming_by_hand_stays_possible(page):
    viewports = [attrs for tag, attrs in page.tags if attrs.get("name") == "viewport"]
    assert len(viewports) == 1
    assert "user-scalable" not in viewports[0]["content"]
    assert "maximum-scale" not in viewports[0]["content"]


def test_no_string_of_the_data_is_in_the_page_as_markup(measured, us_mexico):
    """Every hostile string in every place; the page's own elements are the only ones."""
    quiet = renderer.to_html(scene.build(measured(LITTLE), us_mexico, title="t"))
    n = len(HOSTILE)
    frame = pd.DataFrame(
        {name: pd.Series(HOSTILE, dtype=object) for name in ("title", "category", "url", "note")}
        | {"lon": -100.0, "lat": 28.0}
    )
    rejected = pd.DataFrame(
        {"place": pd.Series(HOSTILE, dtype=object), "row": range(n), "column": "x"}
        | {"reason": pd.Series(HOSTILE, dtype=object)}
    )
    for text in HOSTILE[:: max(1, n // 12)]:
        noisy = renderer.to_html(
            scene.build(measured(frame, rejected, source=text), us_mexico, title=text)
        )
        expected = [(tag, dict(attrs)) for tag, attrs in Page(quiet).tags]
        found = [(tag, dict(attrs)) for tag, attrs in Page(noisy).tags]
        for one in (expected, found):
            for _, attrs in one:
                attrs.pop("content", None)
        assert found == expected


def test_no_template_is_run(measured, us_mexico):
    frame = LITTLE.assign(title="{{ 7*191 }}", category="{% raw %}", note="{{ cycler }}")
    html = renderer.to_html(scene.build(measured(frame), us_mexico, title="{{ 7*191 }}"))
    assert "1337" not in Page(html).script("bordermap-meta")
    assert "<title>{{ 7*191 }}</title>" in html


def test_marks_of_ours_in_data_are_text(measured, us_mexico):
    title = "<!--bordermap:data-->/*bordermap:open*/<head><html>"
    html = renderer.to_html(scene.build(measured(LITTLE), us_mexico, title=title))
    assert html.count('class="bordermap-data"') == len(Page(html).pieces)
    assert json.loads(Page(html).script("bordermap-meta"))["title"] == title


def test_json_cannot_end_its_script():
    text = renderer._json({"a": "</script><!--\u2028\u2029&"})
    assert text.isascii()
    assert not re.search("[<>&]", text)
    assert json.loads(text) == {"a": "</script><!--\u2028\u2029&"}


def test_the_same_scene_gives_the_same_bytes(measured, us_mexico):
    built = scene.build(measured(LITTLE), us_mexico)
    assert renderer.to_html(built) == renderer.to_html(built)


PROGRAM = """
import hashlib, sys
import bordermap
page = bordermap.draw(sys.argv[1], title="Map", lang="es").to_html()
print(hashlib.sha256(page.encode()).hexdigest())
"""


def test_bytes_do_not_depend_on_the_process(tmp_path):
    found = set()
    for seed, zone, locale in (("1", "UTC", "C"), ("2", "Asia/Tokyo", "C.UTF-8")):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "LC_ALL": locale,
            "PYTHONPATH": str(ROOT),
        }
        folder = tmp_path / seed
        folder.mkdir()
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(ROOT / "examples" / "incidents.csv")],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(run.stdout.strip())
    assert len(found) == 1


def test_the_date_of_making_is_an_argument(measured, us_mexico):
    from datetime import date

    built = scene.build(measured(LITTLE), us_mexico, made=date(2026, 11, 22))
    meta = json.loads(Page(renderer.to_html(built)).script("bordermap-meta"))
    assert meta["made"] == 20261122
    built = scene.build(measured(LITTLE), us_mexico)
    assert json.loads(Page(renderer.to_html(built)).script("bordermap-meta"))["made"] is None


def test_a_thousand_incidents_fit_into_450_kb(measured, us_mexico):
    import numpy as np

    rng = np.random.default_rng(11)
    n = 1000

    # Words of random letters, drawn by Zipf's law as those of a language are.
    letters = np.array(list("abcdefghijklmnoprstuvy"))
    words = ["".join(rng.choice(letters, rng.integers(2, 11))) for _ in range(3000)]
    weight = 1 / np.arange(1, 3001)
    weight /= weight.sum()

    def texts(size):
        return [" ".join(rng.choice(words, size // 2, p=weight))[:size] for _ in range(n)]

    frame = pd.DataFrame(
        {
            "date": pd.date_range("2009-01-01", periods=n, freq="5D").strftime("%Y-%m-%d"),
            "lon": rng.uniform(-117, -97, n),
            "lat": rng.uniform(24, 32, n),
            "killed": rng.integers(0, 20, n),
            "title": texts(40),
            "description": texts(180),
            "url": [
                f"https://example.org/news/{i * 7919 % 1000003:07d}/story-of-day" for i in range(n)
            ],
        }
    )
    html = renderer.to_html(scene.build(measured(frame), us_mexico))
    assert len(html.encode()) <= 450_000


def test_spanish_has_every_word_of_english():
    folder = ROOT / "bordermap" / "assets"
    english = json.loads((folder / "strings.en.json").read_text(encoding="utf-8"))
    for lang in words.languages():
        sections = json.loads((folder / f"strings.{lang}.json").read_text(encoding="utf-8"))
        assert list(sections) == list(english)
        for name, section in sections.items():
            assert list(section) == list(english[name])
            for key, text in section.items():
                places = re.findall(r"\{\w+\}", str(english[name][key]))
                assert sorted(re.findall(r"\{\w+\}", str(text))) == sorted(places), key


def test_every_word_is_used_and_every_use_has_a_word():
    folder = ROOT / "bordermap" / "assets"
    english = words.page_words("en")
    source = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.js")))
    source += (ROOT / "bordermap" / "renderer.py").read_text(encoding="utf-8")
    used = set(re.findall(r'\bt\(\s*"(\w+)"[,)]', source))
    assert used <= set(english), used - set(english)
    for key in english:
        stem = re.sub(r"_(one|other)$", "", key)
        parts = stem.rsplit("_", 1)
        quoted = f'"{key}"' in source or f'"{stem}"' in source
        composed = len(parts) == 2 and (f'"{parts[0]}_"' in source or f"`{parts[0]}_" in source)
        assert quoted or composed or key == "locale" or f".{key}" in source, key


def test_an_unknown_language_is_refused(measured, us_mexico):
    with pytest.raises(SceneError, match=r"'tlh'.*en and es"):
        renderer.to_html(scene.build(measured(LITTLE), us_mexico, lang="tlh"))


def test_missing_leaflet_is_said(monkeypatch, measured, us_mexico):
    built = scene.build(measured(LITTLE), us_mexico)
    monkeypatch.setattr(renderer, "_LEAFLET", "no-such-package-anywhere")
    renderer._leaflet.cache_clear()
    with pytest.raises(DataError, match="pip install no-such-package-anywhere"):
        renderer.to_html(built)
    renderer._leaflet.cache_clear()


def test_the_way_out_is_a_folium_map(measured, us_mexico):
    import folium

    built = scene.build(measured(LITTLE), us_mexico)
    view = renderer.to_folium(built)
    assert isinstance(view, folium.Map)
    assert view.get_root().render() == renderer.to_html(built)


def test_folium_can_go_on_with_it(measured, us_mexico):
    import folium

    view = renderer.to_folium(scene.build(measured(LITTLE), us_mexico))
    folium.Circle([28.2, -100.7], radius=25_000).add_to(view)
    page = Page(view.get_root().render())
    scripts = [text for tag, attrs, text in page.raw if tag == "script" and not attrs.get("type")]
    assert any("L.circle(" in text for text in scripts)
    assert len(page.policy["script-src"]) == len(scripts) + 1


def test_saving_tells_how_far_it_is(measured, us_mexico, tmp_path):
    from bordermap.maps import BorderMap

    n = 5000
    frame = pd.DataFrame({"lon": -100.0, "lat": 28.0, "title": [f"case {i}" for i in range(n)]})
    incidents = measured(frame)
    told = []
    made = BorderMap(scene=scene.build(incidents, us_mexico), measured=incidents)
    made.save(tmp_path / "map.html", progress=lambda *said: told.append(said))
    assert told == [("Packing", 4096, n), ("Packing", n, n)]
