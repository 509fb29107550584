"""A table as it was found, under its own headings, whatever it was found in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bordermap.errors import BordermapError
from bordermap.model import Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Flaw", "Found", "objects"]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why one row cannot be used, and the column that shows it ("" for the whole row)."""

    column: str
    error: BordermapError


@dataclass(slots=True)
class Found:
    """Headings and cells; `frame` has its columns by position and row numbers for an index."""

    headings: list[str]
    frame: pd.DataFrame
    source: Source
    notes: list[str] = field(default_factory=list)
    flaws: dict[int, Flaw] = field(default_factory=dict)
    points: NDArray[np.float64] | None = None  # lon, lat of each row, from geometries


def objects(
    values: Sequence[Any] | NDArray[np.object_], index: pd.Index[int] | Sequence[int]
) -> pd.Series[Any]:
    """A column of Python objects, whatever this version of pandas would make of them."""
    cells = values if isinstance(values, np.ndarray) else list(values)
    return pd.Series(cells, index=pd.Index(index), dtype=object)
