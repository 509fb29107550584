"""Town names to places, places to distances from a border, tables of incidents to maps.

>>> import bordermap
>>> bordermap.geocode("Villa Union, Coahuila").name
'Villa Unión'
>>> round(bordermap.measure("Villa Union, Coahuila").km)
42

Five verbs do the work: `read`, `geocode`, `measure`, `draw`, `report`. The modules behind them
(`bordermap.distance`, `bordermap.borders`, ...) are public too and load when first used, so that
`import bordermap` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bordermap import borders, distance
    from bordermap.api import draw, measure, read, report, write
    from bordermap.borders import Border
    from bordermap.config import Settings
    from bordermap.errors import (
        AmbiguousPlaceError,
        BorderError,
        BordermapError,
        CoordinateError,
        DataError,
        GeocodeError,
        InputError,
        OutputError,
        PlaceNotFoundError,
        SceneError,
        TableError,
    )
    from bordermap.geocoding import candidates, geocode
    from bordermap.maps import BorderMap
    from bordermap.model import BorderPart, Incidents, Measurement, Place, Protection, Source
    from bordermap.protection import Jitter, Rounding

__version__ = "0.1.0"

# Public name → the module it lives in; `None` marks a module that is itself the public name.
_HOMES: dict[str, str | None] = {
    "AmbiguousPlaceError": "errors",
    "Border": "borders",
    "BorderError": "errors",
    "BorderMap": "maps",
    "BorderPart": "model",
    "BordermapError": "errors",
    "CoordinateError": "errors",
    "DataError": "errors",
    "GeocodeError": "errors",
    "Incidents": "model",
    "InputError": "errors",
    "Jitter": "protection",
    "Measurement": "model",
    "OutputError": "errors",
    "Place": "model",
    "PlaceNotFoundError": "errors",
    "Protection": "model",
    "Rounding": "protection",
    "SceneError": "errors",
    "Settings": "config",
    "Source": "model",
    "TableError": "errors",
    "borders": None,
    "candidates": "geocoding",
    "distance": None,
    "draw": "api",
    "geocode": "geocoding",
    "measure": "api",
    "read": "api",
    "report": "api",
    "write": "api",
}

__all__ = [
    "AmbiguousPlaceError",
    "Border",
    "BorderError",
    "BorderMap",
    "BorderPart",
    "BordermapError",
    "CoordinateError",
    "DataError",
    "GeocodeError",
    "Incidents",
    "InputError",
    "Jitter",
    "Measurement",
    "OutputError",
    "Place",
    "PlaceNotFoundError",
    "Protection",
    "Rounding",
    "SceneError",
    "Settings",
    "Source",
    "TableError",
    "__version__",
    "borders",
    "candidates",
    "distance",
    "draw",
    "geocode",
    "measure",
    "read",
    "report",
    "write",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'bordermap' has no attribute {name!r}")
    home = _HOMES[name]
    if home is None:
        return import_module(f"bordermap.{name}")
    value: object = getattr(import_module(f"bordermap.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
