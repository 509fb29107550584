"""What else in a row leads to its point: coordinates written as text, in other columns, on other grids.

Everything that repeats the point is taken out, in whatever way it is written: decimal degrees,
degrees and minutes, grid references, geometries as text or bytes, eastings and northings. What only
names the place (a town, a title, a link without coordinates) is for the table's author to weigh.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj

from bordermap import columns as cols
from bordermap import notation

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["is_coordinate", "redact", "remove"]

_NUMBERS = (int, float, np.number, Decimal)
_NEAR_DEG = 0.006  # a number that close to a coordinate is one
_NEAR_M = 1_000.0
_KM_IN_DEGREE = 110.57
_GONE = "…"
_DECIMAL = re.compile(r"[-+−]?\d{1,3}[.,]\d{2,}")
_PAIR = re.compile(
    r"([-+−]?\d{1,3}(?:[.,]\d+)?)(\s*°?\s*[NSns]?\s*[,;/ ]\s*)([-+−]?\d{1,3}(?:[.,]\d+)?)"
)
_ANGLE = re.compile(
    r"\d{1,3}\s*[°º˚]\s*\d{1,2}(?:[.,]\d+)?\s*['′’´]?(?:\s*\d{1,2}(?:[.,]\d+)?\s*(?:[\"″”]|''|’’|´´)?)?"
    r"|\b\d{1,3}[ :]\d{1,2}[ :]\d{1,2}(?:[.,]\d+)?\s?[NSEWO]\b"
    r"|\b\d{1,3}d ?\d{1,2}m ?(?:\d{1,2}(?:[.,]\d+)?s)?"
    r"|\b\d{1,3} \d{1,2}[.,]\d+ ?[NSEWO]\b"  # degrees and minutes
    r"|\b\d{1,3} \d{1,2} ?[NS][,; ]+\d{1,3} \d{1,2} ?[EWO]\b"
    r"|\b\d{1,3}[.,]\d+ ?[NSEWO]\b|\b[NSEW] ?\d{1,3}[.,]\d+"
    r"|\bgeo:[-+\d.,]+|(?<![\w.])[-+]\d{1,2}\.\d+[-+]\d{1,3}\.\d+"  # ISO 6709
)
# Metres on the universal transverse Mercator grid, thousands set apart or not, in either order, and
# the zone before or behind them: "14R 330109 3122920", "330,109 mE 3,122,920 mN, zona 14".
_ZONE = (
    r"(?:(?:UTM[\s,:]*)?(?:zone|zona|huso)[\s:]*(?:60|[1-5]?\d)(?:\s?[C-HJ-NP-X])?\b"
    r"|UTM[\s,:]*(?:60|[1-5]?\d)(?:\s?[C-HJ-NP-X])?\b|\b(?:60|[1-5]?\d)\s?[C-HJ-NP-X]\b|UTM\b)"
)
_EAST, _NORTH = (
    rf"(?:\b{letters}\s*[:=]?\s*)?(?<![\d.,]){digits}(?:\.\d+)?(?!\d)"
    rf"(?:\s*m(?:ts?|etros?|eters?|etres?)?\b\.?)?(?:\s*m?{letters}\b\.?)?"
    for letters, digits in (
        (r"(?:east(?:ing)?|este|[EX])", r"\d{3}[ ,.']?\d{3}"),
        (r"(?:north(?:ing)?|norte|[NY])", r"(?:\d[ ,.']?)?\d{3}[ ,.']?\d{3}"),
    )
)
_GRID = re.compile(
    rf"(?:{_ZONE}[\s,:;]*)?(?:{_EAST}[\s,;/]*{_NORTH}|{_NORTH}[\s,;/]*{_EAST})(?:[\s,;(]*{_ZONE})?"
    r"|\b(?:[1-5]?\d|60)[C-HJ-NP-X] ?[A-HJ-NP-Z]{2} ?\d{2,5} ?\d{2,5}\b"  # MGRS
    r"|(?<!\w)[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,4}\b",  # a plus code
    re.IGNORECASE,
)
_METRES = re.compile(r"(?<![\w,.])\d{6,}(?:\.\d+)?")  # may be a northing
_BYTES = re.compile(r"\b(?:00|01)[0-9A-F]{40,}\b", re.IGNORECASE)  # a geometry in hexadecimals
# Words in a heading whose cells are coordinates, whatever they look like.
_WORDS = frozenset(
    (
        "lat", "latitude", "latitud", "lon", "lng", "long", "longitude", "longitud", "latlon",
        "latlng", "lonlat", "coord", "coords", "coordinates", "coordenada", "coordenadas", "x", "y",
        "utm", "mgrs", "easting", "northing", "east", "north", "este", "norte", "geohash", "pluscode", "wkt", "wkb",
        "geom", "geometry", "geometria", "point", "gps",
    )
)  # fmt: skip
_OTHER_WORDS = frozenset(("where coordinates",))  # UCDP's name of a place


def is_coordinate(label: str) -> bool:
    """Whether a heading, or one that made room for ours, is that of coordinates or what came of them.

    Examples
    --------
    >>> is_coordinate("Latitud (WGS84)"), is_coordinate("X_UTM"), is_coordinate("Lateral")
    (True, True, False)
    """
    plain = label
    while plain.endswith("_given"):
        plain = plain.removesuffix("_given")
    if plain != label and plain in (*cols.ADDED_BY_MEASURE, *cols.ADDED_BY_READ):
        return True  # how far it was, and what was nearest
    folded = cols.fold(plain)
    if folded in _OTHER_WORDS:
        return False
    theirs = cols.assign([folded]).theirs
    return not theirs.keys().isdisjoint(("lon", "lat")) or not _WORDS.isdisjoint(folded.split())


def remove(
    frame: pd.DataFrame,
    at: NDArray[np.intp],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    km: float,
    spared: Sequence[str],
) -> list[str]:
    """Take what repeats the points out of the rows at `at`, in place; the names of those columns.

    Parameters
    ----------
    frame : DataFrame
    at : array of int
        Positions of the rows.
    lon, lat : array of float, shape (len(frame),)
        The points that are hidden, in degrees.
    km : float
        How far they are moved: a pair of numbers rounded more finely than that is told too.
    spared : sequence of str
        Columns that hold none.
    """
    reach = max(_NEAR_DEG, km / _KM_IN_DEGREE)
    columns = [place for place, label in enumerate(frame.columns) if str(label) not in spared]
    cells = {
        place: frame.iloc[:, place].astype(object).to_numpy(dtype=object).copy()
        for place in columns
    }
    paired = _paired(cells, at, lon, lat, reach)
    emptied = []
    for place in columns:
        label = frame.columns[place]
        told = is_coordinate(str(label))
        changed = False
        for row in at.tolist():
            cell = cells[place][row]
            fresh = (
                None
                if told or (place, row) in paired
                else _without(cell, float(lon[row]), float(lat[row]), reach)
            )
            if fresh is not cell:
                cells[place][row] = fresh
                changed = changed or not _nothing(cell)
        if changed:
            frame[label] = pd.Series(cells[place], index=frame.index, dtype=object)
            emptied.append(str(label))
    return emptied


def redact(text: str) -> str:
    """Text without whatever in it looks like coordinates.

    Examples
    --------
    >>> redact("latitude 28.2205 is beyond; 3.5 km off")
    'latitude … is beyond; 3.5 km off'
    """
    for pattern in (_ANGLE, _GRID, _BYTES, _DECIMAL, _METRES):
        text = pattern.sub(_GONE, text)
    return text


def _nothing(cell: Any) -> bool:
    return bool(pd.api.types.is_scalar(cell) and pd.isna(cell))


def _number(value: Any) -> float:
    """A cell as a number; NaN where it is none."""
    if isinstance(value, bool):
        return np.nan
    if isinstance(value, _NUMBERS):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value.strip().replace("−", "-").replace(",", "."))
        except ValueError:
            return np.nan
    return np.nan


def _paired(
    cells: dict[int, NDArray[np.object_]],
    at: NDArray[np.intp],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    reach: float,
) -> set[tuple[int, int]]:
    """Cells that, two of a row taken together, are the point on some grid: (column, row)."""
    if not at.size:
        return set()
    numbers = {
        place: np.array([_number(values[row]) for row in at.tolist()])
        for place, values in cells.items()
    }
    numbers = {place: values for place, values in numbers.items() if not np.isnan(values).all()}
    out: set[tuple[int, int]] = set()
    for x, y, slack in _elsewhere(lon[at], lat[at], reach):
        as_x = {place: np.abs(values - x) < slack for place, values in numbers.items()}
        as_y = {place: np.abs(values - y) < slack for place, values in numbers.items()}
        if not as_x:
            return out
        both = np.any(list(as_x.values()), axis=0) & np.any(list(as_y.values()), axis=0)
        for place in numbers:
            told = both & (as_x[place] | as_y[place])
            out |= {(place, int(row)) for row in at[told]}
    return out


def _elsewhere(
    lon: NDArray[np.float64], lat: NDArray[np.float64], reach: float
) -> list[tuple[NDArray[np.float64], NDArray[np.float64], float]]:
    """The points in degrees of several sizes, and on the grids in use here, with what is near."""
    out = [(lon, lat, reach), (-lon, lat, reach), (lon % 360.0, lat, reach)]
    out += [(lon * scale, lat * scale, reach * scale) for scale in (1e5, 1e6, 1e7)]
    first = int(np.floor((np.min(lon) + 180.0) / 6.0)) + 1
    last = int(np.floor((np.max(lon) + 180.0) / 6.0)) + 1
    zones = range(max(1, first - 1), min(60, last + 1) + 1)
    metres = max(_NEAR_M, reach * _KM_IN_DEGREE * 1000.0)
    # Web Mercator, Mexico's conformal conic, the United States' equal area, the zones of UTM.
    for code in (3857, 6372, 5070, *(32600 + zone for zone in zones)):
        x, y = _onto(code).transform(lon, lat, errcheck=False)
        out.append((np.asarray(x), np.asarray(y), metres))
    return out


@cache
def _onto(code: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(4326, code, always_xy=True)


def _without(cell: Any, lon: float, lat: float, reach: float) -> Any:
    """A cell without the coordinates it repeats; the same object where it repeats none."""
    if isinstance(cell, str):
        return _text_without(cell, lon, lat, reach)
    if isinstance(cell, _NUMBERS):
        value = float(cell)
        return None if not value.is_integer() and _near(value, lon, lat) else cell
    if hasattr(cell, "geom_type") or isinstance(cell, (bytes, bytearray, memoryview)):
        return None  # a second geometry
    if isinstance(cell, (list, tuple, dict, np.ndarray)):
        plain = cell.tolist() if isinstance(cell, np.ndarray) else cell
        text = json.dumps(plain, ensure_ascii=False, default=str)
        return cell if _text_without(text, lon, lat, reach) is text else None
    return cell


def _text_without(text: str, lon: float, lat: float, reach: float) -> str | None:
    if not any(char.isdigit() for char in text) and "+" not in text:
        return text
    written = notation.read(text)
    if written is not None and written.ways and not written.name:
        return None  # coordinates that were passed over for a name may be the truer ones
    out = _PAIR.sub(lambda found: _unpaired(found, lon, lat, reach), text)
    for pattern in (_ANGLE, _GRID, _BYTES):
        out = pattern.sub(_GONE, out)
    out = _DECIMAL.sub(lambda found: _GONE if _near(_number(found[0]), lon, lat) else found[0], out)
    left = notation.read(out)
    if left is not None and any(_here(x, y, lon, lat, reach) for x, y in left.ways):
        return _text_without(left.name, lon, lat, reach) or None
    if out == text:
        return text
    return out if any(char.isalnum() for char in out) else None


def _unpaired(found: re.Match[str], lon: float, lat: float, reach: float) -> str:
    one, two = abs(_number(found[1])), abs(_number(found[3]))
    told = _here(one, two, lon, lat, reach) or _here(two, one, lon, lat, reach)
    return f"{_GONE}{found[2]}{_GONE}" if told else found[0]


def _here(x: float, y: float, lon: float, lat: float, reach: float) -> bool:
    """Whether a pair is the point, whatever its signs."""
    return abs(abs(x) - abs(lon)) < reach and abs(abs(y) - abs(lat)) < reach


def _near(value: float, lon: float, lat: float) -> bool:
    return min(abs(abs(value) - abs(lon)), abs(abs(value) - abs(lat))) < _NEAR_DEG
