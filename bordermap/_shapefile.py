"""Reads the shipped shapefiles: lines, polygons and their attributes.

Why not a library: one place is measured in a fresh process, and pyogrio (which imports geopandas)
takes longer to import than all the rest of it; pyshp brings an HTTP client along and reads the
countries point by point. Files that a user brings go through GDAL (`borders`); the shipped layers,
which the manifest vouches for, need only this much of the format (ESRI Shapefile Technical
Description, July 1998; dBASE III table file).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bordermap.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Record", "read"]

_HEADER = 100
_LINES, _POLYGONS = 3, 5


@dataclass(frozen=True)
class Record:
    """One shape: its attributes ("" where empty), and its lines or rings as (n, 2) arrays."""

    fields: dict[str, str]
    parts: tuple[NDArray[np.float64], ...]


def read(path: Path) -> list[Record]:
    """Every record of a shapefile of lines or polygons, with its UTF-8 attributes as text.

    Raises
    ------
    DataError
        When a file is missing, cut short, or holds another type of shape.
    """
    try:
        shapes = _shapes(path.read_bytes())
        table = _table(path.with_suffix(".dbf").read_bytes())
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}; install bordermap again") from error
    except (struct.error, ValueError, IndexError) as error:
        raise DataError(f"{path} is damaged ({error}); install bordermap again") from error
    if len(shapes) != len(table):
        raise DataError(
            f"{path} holds {len(shapes)} shapes and {len(table)} rows of attributes; "
            "install bordermap again"
        )
    return [Record(fields, parts) for fields, parts in zip(table, shapes, strict=True)]


def _shapes(data: bytes) -> list[tuple[NDArray[np.float64], ...]]:
    out = []
    at = _HEADER
    while at < len(data):
        (words,) = struct.unpack_from(">i", data, at + 4)
        at += 8
        kind, count, points = struct.unpack_from("<i32x2i", data, at)
        if kind not in (_LINES, _POLYGONS):
            raise ValueError(f"shape type {kind}")
        starts = np.frombuffer(data, "<i4", count, at + 44)
        xy = np.frombuffer(data, "<f8", 2 * points, at + 44 + 4 * count).reshape(-1, 2)
        out.append(tuple(np.split(xy.astype(np.float64), starts[1:])))
        at += 2 * words
    return out


def _table(data: bytes) -> list[dict[str, str]]:
    rows, header, width = struct.unpack_from("<4xIHH", data)
    fields = []
    at, offset = 32, 1
    while data[at] != 0x0D:
        size = data[at + 16]
        fields.append((data[at : at + 11].split(b"\0")[0].decode("ascii"), offset, offset + size))
        at, offset = at + 32, offset + size
    if len(data) < header + rows * width:
        raise ValueError("its table is cut short")
    out = []
    for row in range(rows):
        record = data[header + row * width : header + (row + 1) * width]
        out.append({name: record[a:b].decode("utf-8").strip(" \0") for name, a, b in fields})
    return out
