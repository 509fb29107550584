"""What can go wrong, as one tree; every message is one sentence that a user can act on.

::

    BordermapError
    ├── InputError                 also a ValueError: what was passed in cannot be used
    │   ├── CoordinateError        not a place on Earth: NaN, infinite, |lat| > 90, swapped axes
    │   ├── TableError             a file or table that cannot be read as incidents
    │   ├── BorderError            an unknown border key, or a line that cannot serve as one
    │   └── SceneError             nothing that a map could be drawn from
    ├── GeocodeError               also a LookupError: a name that could not be resolved
    │   ├── AmbiguousPlaceError    several places answer to it  (.candidates)
    │   └── PlaceNotFoundError     none does                    (.nearest_names)
    ├── DataError                  the package's own data are missing or damaged
    └── OutputError                also an OSError: a result could not be written

`except bordermap.BordermapError` catches all of them and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bordermap.model import Place

__all__ = [
    "AmbiguousPlaceError",
    "BorderError",
    "BordermapError",
    "CoordinateError",
    "DataError",
    "GeocodeError",
    "InputError",
    "OutputError",
    "PlaceNotFoundError",
    "SceneError",
    "TableError",
]


class BordermapError(Exception):
    """Root of every error that bordermap raises on purpose."""


class InputError(BordermapError, ValueError):
    """What was passed in cannot be used; the message says what to change."""


class CoordinateError(InputError):
    """A coordinate that is no place on Earth.

    Parameters
    ----------
    message : str
        One sentence that names the first offender.
    index : int, optional
        Position of the first offender in the flattened input; None for a scalar.
    count : int
        How many offenders there are.
    """

    def __init__(self, message: str, *, index: int | None = None, count: int = 1) -> None:
        super().__init__(message)
        self.index = index
        self.count = count


class TableError(InputError):
    """A file or table that cannot be read as incidents."""


class BorderError(InputError):
    """An unknown border, or a line that cannot serve as one."""


class SceneError(InputError):
    """Nothing that a map could be drawn from."""


class GeocodeError(BordermapError, LookupError):
    """A place name that could not be resolved.

    Parameters
    ----------
    message : str
        One sentence: what was asked, and why there is no answer.
    query : str
        The name as it was asked.
    """

    def __init__(self, message: str, *, query: str = "") -> None:
        super().__init__(message)
        self.query = query


class AmbiguousPlaceError(GeocodeError):
    """Several places answer to the name, and nothing in the query decides between them.

    `candidates` holds them, best first.
    """

    def __init__(self, message: str, *, query: str = "", candidates: Sequence[Place] = ()) -> None:
        super().__init__(message, query=query)
        self.candidates = tuple(candidates)


class PlaceNotFoundError(GeocodeError):
    """No place answers to the name; `nearest_names` holds the closest spellings known."""

    def __init__(self, message: str, *, query: str = "", nearest_names: Sequence[str] = ()) -> None:
        super().__init__(message, query=query)
        self.nearest_names = tuple(nearest_names)


class DataError(BordermapError):
    """The package's own data are missing, incomplete or damaged."""


class OutputError(BordermapError, OSError):
    """A result could not be written; whatever stood at the path before is untouched."""
