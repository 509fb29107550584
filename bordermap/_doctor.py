"""Looks an installation over: versions, data, gazetteer, the parts that a map is made of."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

import bordermap
from bordermap import _data
from bordermap.config import Settings
from bordermap.errors import BordermapError

__all__ = ["Finding", "examine"]

_LIBRARIES = (
    "click", "folium", "geopandas", "numpy", "pandas", "pyogrio", "pyproj", "rapidfuzz",
    "shapely", "django-js-lib-leaflet",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    detail: str


def examine() -> list[Finding]:
    """Everything that can be wrong with an installation, each with what was found."""
    return [
        Finding(
            "bordermap",
            ok=True,
            detail=f"{bordermap.__version__}, Python {platform.python_version()}, "
            f"{platform.system()} {platform.machine()}",
        ),
        _checked("libraries", _libraries),
        _checked("data", _files),
        _checked("borders", _borders),
        _checked("gazetteer", _gazetteer),
        _checked("map", _map),
    ]


def _checked(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, ok=True, detail=look())
    except (BordermapError, OSError, ImportError, metadata.PackageNotFoundError) as error:
        return Finding(what, ok=False, detail=str(error))


def _libraries() -> str:
    return ", ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)


def _files() -> str:
    data = Settings.from_environment().data
    problems = _data.check(data)
    if problems:
        listed = "; ".join(f"{problem.file}: {problem.reason}" for problem in problems)
        raise bordermap.DataError(f"{_data.root(data)}: {listed}; install bordermap again")
    manifest = _data.manifest(data)
    return (
        f"{len(manifest['files'])} files of version {manifest['version']} in {_data.root(data)} "
        "match their checksums"
    )


def _borders() -> str:
    from bordermap import borders

    data = Settings.from_environment().data
    return ", ".join(
        key for key in borders.keys(data) if borders.load(key, data) and "/" not in key
    )


def _gazetteer() -> str:
    place = bordermap.geocode("Villa Unión", admin1="Coahuila", country="MX")
    return f"opens, and finds {place.label} at {place.lat:.2f}, {place.lon:.2f}"


def _map() -> str:
    size = len(bordermap.draw((-100.73, 28.22)).to_html().encode("utf-8"))
    return f"is drawn, one page of {size / 1000:,.0f} kB"
