"""A basemap of tiles from a provider: the one thing for which a page may ask a host, and only one.

The provider is any of xyzservices', by name or as an object. What a page needs of it is taken out
here and checked: the address of a tile at one single host, and the attribution as plain text and
links. The offline shapes stay beneath, so that a page without network shows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from bordermap.errors import SceneError

__all__ = ["OFFLINE", "Tiles", "provider"]

OFFLINE = "offline"
_LEFT_TO_THE_PAGE = {"x", "y", "-y", "z", "r"}
_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.IGNORECASE)
_MERCATOR = {"EPSG:3857", "EPSG:900913", "EPSG3857"}


@dataclass(frozen=True, slots=True)
class Tiles:
    """Tiles of one provider.

    Attributes
    ----------
    name : str
    url : str
        Address of a tile with ``{z}``, ``{x}``, ``{y}`` and perhaps ``{r}`` left open.
    origin : str
        Scheme and host that it is asked from, "https://tile.example.org".
    attribution : tuple of (text, link or None)
        Whom to credit, in pieces.
    options : dict
        minZoom, maxNativeZoom, tileSize, zoomOffset, tms, bounds: as Leaflet calls them.
    """

    name: str
    url: str
    origin: str
    attribution: tuple[tuple[str, str | None], ...]
    options: dict[str, Any]

    @property
    def text(self) -> str:
        """The attribution without its links."""
        return "".join(piece for piece, _ in self.attribution)


def provider(basemap: str | Mapping[str, Any]) -> Tiles | None:
    """What a page needs of a provider of tiles; None for the offline basemap.

    Parameters
    ----------
    basemap : str or xyzservices.TileProvider
        "offline", a provider's name ("OpenStreetMap.Mapnik", spelled as one likes), or a provider.

    Raises
    ------
    SceneError
        When there is no such provider, it needs a token that is not there, or its tiles are not in
        Web Mercator.

    Examples
    --------
    >>> provider("openstreetmap mapnik").origin
    'https://tile.openstreetmap.org'
    >>> provider("offline") is None
    True
    """
    if isinstance(basemap, str):
        if basemap == OFFLINE:
            return None
        given = _named(basemap)
    elif isinstance(basemap, Mapping):
        given = basemap
    else:
        raise SceneError(
            f"basemap= is a {type(basemap).__name__}: give 'offline', the name of a provider of "
            "xyzservices, or an xyzservices.TileProvider"
        )
    name = str(given.get("name") or "the provider")
    crs = str(given.get("crs", "EPSG:3857"))
    if crs not in _MERCATOR:
        raise SceneError(f"{name} has tiles in {crs}; a map needs them in Web Mercator, EPSG:3857")
    url = _filled(name, given)
    found = _ORIGIN.match(url)
    if not found or urlsplit(url).netloc.lower() != found[0].split("//")[1].lower():
        raise SceneError(
            f"the tiles of {name} have no address that begins with https:// and a host"
        )
    missing = {"x", "z"} - set(re.findall(r"\{(\w+)\}", url))
    if missing or not re.search(r"\{-?y\}", url):
        raise SceneError(f"the address of {name}'s tiles lacks {{z}}, {{x}} or {{y}}: {url}")
    words = _Attribution()
    words.feed(str(given.get("html_attribution") or given.get("attribution") or name))
    words.close()
    return Tiles(name, url, found[0].lower(), words.pieces(), _options(given))


def _named(name: str) -> Mapping[str, Any]:
    from difflib import get_close_matches

    import xyzservices.providers

    if name.casefold() == "openstreetmap":  # as folium calls it
        name = "OpenStreetMap.Mapnik"
    try:
        found: Mapping[str, Any] = xyzservices.providers.query_name(name)
    except ValueError as error:
        every = {key.lower(): key for key in xyzservices.providers.flatten()}
        near = [every[key] for key in get_close_matches(name.lower(), every, n=3)]
        hint = f"did you mean {' or '.join(near)}?" if near else "xyzservices lists its providers"
        raise SceneError(
            f"there is no basemap {name!r}; 'offline' needs no provider; {hint}"
        ) from (error)
    return found


def _filled(name: str, given: Mapping[str, Any]) -> str:
    url = str(given.get("url", ""))
    if name.startswith("CartoDB."):
        # The key is asked for, and not needed: xyzservices leaves it out too.
        bare = str(given.get("apikey", "<insert your")).startswith("<insert your")
        url = url.removesuffix("?key={apikey}") if bare else url
    # One host: any of a provider's subdomains has all of its tiles.
    values = {**given, "s": str(given.get("subdomains") or "abc")[0]}
    if isinstance(given.get("subdomains"), (list, tuple)) and given["subdomains"]:
        values["s"] = given["subdomains"][0]

    def value(found: re.Match[str]) -> str:
        key = found[1]
        if key in _LEFT_TO_THE_PAGE:
            return found[0]
        text = values.get(key)
        if text is None or "<insert your" in str(text):
            raise SceneError(
                f"{name} needs a value for {key!r}: pass the provider with it, such as "
                f"xyzservices.providers.{name}({key}='...')"
            )
        return str(text)

    return re.sub(r"\{([^{}]*)\}", value, url)


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Leaflet's options that decide which tiles are asked for."""
    options: dict[str, Any] = {}
    for ours, theirs in (
        ("min_zoom", "minZoom"),
        ("max_zoom", "maxNativeZoom"),
        ("tileSize", "tileSize"),
        ("zoomOffset", "zoomOffset"),
    ):
        value = given.get(ours)
        if isinstance(value, int | float):
            options[theirs] = int(value)
    if given.get("tms") is True:
        options["tms"] = True
    bounds = given.get("bounds")
    if bounds:
        try:
            (south, west), (north, east) = bounds
            options["bounds"] = [[float(south), float(west)], [float(north), float(east)]]
        except (TypeError, ValueError):
            pass
    return options


class _Attribution(HTMLParser):
    """An attribution's text and the addresses that it links to; every other tag goes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[tuple[str, str | None]] = []
        self._link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            href = str(dict(attrs).get("href") or "")
            self._link = href if re.match(r"https?://", href, re.IGNORECASE) else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        self._pieces.append((re.sub(r"\s+", " ", data), self._link))

    def pieces(self) -> tuple[tuple[str, str | None], ...]:
        return tuple(piece for piece in self._pieces if piece[0])
