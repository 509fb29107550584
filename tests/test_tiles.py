"""Providers of tiles: one host, checked, and whom to credit."""

from __future__ import annotations

import pytest
import xyzservices
from xyzservices import providers

from bordermap import tiles
from bordermap.errors import SceneError


def made(**given):
    return {"name": "Own", "url": "https://tile.example.org/{z}/{x}/{y}.png"} | given


def test_a_provider_is_known_by_any_spelling_of_its_name():
    mapnik = tiles.provider(providers.OpenStreetMap.Mapnik)
    for name in ("OpenStreetMap.Mapnik", "openstreetmap mapnik", "OpenStreetMap"):
        assert tiles.provider(name) == mapnik
    assert mapnik.url == "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    assert ("OpenStreetMap", "https://www.openstreetmap.org/copyright") in mapnik.attribution


def test_every_provider_is_drawn_from_one_host_or_refused_in_a_sentence():
    drawn = 0
    for name, given in providers.flatten().items():
        if given.get("crs", "EPSG:3857") != "EPSG:3857" or (
            given.requires_token() and not name.startswith("CartoDB.")
        ):
            with pytest.raises(SceneError, match=name):
                tiles.provider(given)
            continue
        found = tiles.provider(given)
        drawn += 1
        assert found.url.startswith(found.origin + "/"), name
        assert "{s}" not in found.url
        assert "<" not in found.text
        assert found.text
    assert drawn > 100


def test_a_token_that_is_missing_is_asked_for_by_name_and_used_when_given():
    provider = xyzservices.TileProvider(
        name="Own.Tiles",
        url="https://tile.example.org/{z}/{x}/{y}?key={apikey}",
        attribution="(C) Own",
        apikey="<insert your API key here>",
    )
    with pytest.raises(SceneError, match=r"Own\.Tiles needs a value for 'apikey'"):
        tiles.provider(provider)
    assert tiles.provider(provider(apikey="k3y")).url.endswith("?key=k3y")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)//{z}/{x}/{y}",
        "https://a;script-src */{z}/{x}/{y}",
        "https://user@example.org/{z}/{x}/{y}",
        "https://'self'/{z}/{x}/{y}",
        "//example.org/{z}/{x}/{y}",
        "https://example.org/tile.png",
        "",
    ],
)
def test_an_address_that_is_no_host_is_refused(url):
    with pytest.raises(SceneError):
        tiles.provider(made(url=url))


def test_an_attribution_is_text_and_links_and_nothing_else():
    found = tiles.provider(
        made(
            attribution='<b onclick="x()">A</b> &copy; <a href="javascript:x()">B</a>'
            '<script>x()</script><a href="https://example.org">C</a>'
        )
    )
    assert [link for _, link in found.attribution if link] == ["https://example.org"]
    assert found.text.startswith("A © B")


@pytest.mark.parametrize("given", [3, None, "No.Such", made(crs="EPSG:3413")])
def test_what_is_no_basemap_is_refused(given):
    with pytest.raises(SceneError):
        tiles.provider(given)
