"""Points moved on request, so that a map does not lead to a survivor, a shelter or a grave.

`Rounding` puts every point at the middle of the grid cell it lies in. `Jitter` moves it by a
distance between a quarter of the one given and all of it, evenly over that ring, in a direction that
only the seed tells; whoever knows the seed can undo it, so it is a secret, and neither printed nor
stored. All rows in one hundredth of a degree (about a kilometre) move alike, today and in next
month's table: many rows of one place average to the moved place, not to the true one.

What else would give a protected place away goes with it: the matched name and its id, cells that
repeat the coordinates in whatever notation, coordinates in rows that were refused, the decisions on
names, the sum of the source file; state and municipality are those of the moved point, where it was
not the table's author who named them. Distances are measured again from the moved point, and
`radius_m` grows by what the point may have moved. Names of places, titles and descriptions stay as
the table has them: they are for its author to weigh.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj

from bordermap import areas, distance, gazetteer
from bordermap import columns as cols
from bordermap._protection import traces
from bordermap.errors import InputError, TableError
from bordermap.model import Incidents, Protection

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Jitter", "Rounding", "protect"]

_GEOD = pyproj.Geod(ellps="WGS84")
_LEAST_DEGREE_M = 110_570.0  # of latitude, at the equator: cells are never smaller than asked
_FARTHEST_KM = 500.0
_NEAREST_SHARE = 0.25
_TRIES = 32
_NO_PLACE = ("row", "date", "killed", "injured")  # columns that lead nowhere
_METRES = 100_000  # so large a number may be a northing
_YES = frozenset(("yes", "y", "true", "t", "1", "x", "si", "s", "verdadero", "sensitive", "sensible"))  # fmt: skip
_NO = frozenset(("no", "n", "false", "f", "0", "", "falso"))


@dataclass(frozen=True, slots=True)
class Rounding:
    """Put points at the middle of their cell in a grid.

    Parameters
    ----------
    km : float
        Side of a cell.
    only : str, optional
        Column that says of each row whether it is sensitive; all rows when not given.

    Examples
    --------
    >>> Rounding(5).km
    5
    """

    km: float
    only: str | None = None

    def __post_init__(self) -> None:
        _check_km(self.km)


@dataclass(frozen=True, slots=True)
class Jitter:
    """Move points by a hidden distance in a hidden direction.

    Parameters
    ----------
    km : float
        The farthest that a point is moved.
    seed : int or str
        Secret that decides where to; the same seed moves a place alike in every table.
    only : str, optional
        Column that says of each row whether it is sensitive; all rows when not given.

    Examples
    --------
    >>> Jitter(5, seed="a secret of ours").km
    5
    """

    km: float
    seed: int | str
    only: str | None = None

    def __post_init__(self) -> None:
        _check_km(self.km)
        if not isinstance(self.seed, (int, str)) or isinstance(self.seed, bool) or self.seed == "":
            raise InputError(
                f"seed={self.seed!r}: give a whole number or a text, and keep it secret"
            )

    def __repr__(self) -> str:  # a seed in a log would undo the work
        return f"Jitter(km={self.km}, only={self.only!r})"


def _check_km(km: float) -> None:
    number = isinstance(km, (int, float)) and not isinstance(km, bool)
    if not number or not math.isfinite(km) or not 0 < km <= _FARTHEST_KM:
        raise InputError(f"km={km!r}: give kilometres, more than 0 and at most {_FARTHEST_KM:.0f}")


def protect(incidents: Incidents, how: Rounding | Jitter) -> Incidents:
    """The incidents with their points moved; distances have to be measured anew.

    Parameters
    ----------
    incidents : Incidents
    how : Rounding or Jitter

    Returns
    -------
    Incidents
        Without the columns that `measure` adds; `protection` and a note say what was done.

    Raises
    ------
    InputError
        When `how` is neither.
    TableError
        When the column of `only` is not there, or one of its cells is neither yes nor no.
    """
    if not isinstance(how, (Rounding, Jitter)):
        raise InputError(
            f"protect={how!r}: give bordermap.Rounding(km=5) or bordermap.Jitter(km=5, seed=...)"
        )
    frame = incidents.frame.drop(
        columns=[name for name in cols.ADDED_BY_MEASURE if name in incidents.frame]
    )
    hidden = _flagged(frame, how.only, incidents.source.name)
    lon = frame["lon"].to_numpy(dtype="float64").copy()
    lat = frame["lat"].to_numpy(dtype="float64").copy()
    at = np.flatnonzero(hidden)
    emptied = _forget(frame, at, lon, lat, how.km)
    if isinstance(how, Rounding):
        moved_lon, moved_lat, extra = _rounded(lon[at], lat[at], how.km)
    else:
        moved_lon, moved_lat = _jittered(lon[at], lat[at], how)
        extra = np.full(at.size, how.km * 1000.0)
    told = _told_by_points(frame, incidents.rejected.columns, at, lon[at], lat[at])
    for name, rows in incidents.filled.items():
        filled = np.isin(frame.index.to_numpy()[at], list(rows))
        told[name] = filled | told.get(name, np.zeros(at.size, dtype=bool))
    lon[at], lat[at] = moved_lon, moved_lat
    frame["lon"], frame["lat"] = lon, lat
    radius = frame["radius_m"].to_numpy(dtype="float64").copy()
    # Up to whole kilometres: a town's own radius, to the metre, is as good as its name.
    radius[at] = np.ceil((radius[at] + extra) / 1000.0) * 1000.0
    frame["radius_m"] = radius
    _located_again(frame, told, at, moved_lon, moved_lat)
    frame = frame.set_geometry(_points(lon, lat))
    done = Protection("rounded" if isinstance(how, Rounding) else "jittered", how.km, at.size)
    return replace(
        incidents,
        frame=frame,
        # With the sum of the file whoever has the rest of it could try points until it fits.
        source=replace(incidents.source, sha256=None),
        # What names were taken for has their true points.
        decided=None,
        rejected=_redacted(incidents.rejected, how.only, incidents.source.name),
        notes=(
            *(traces.redact(note) for note in incidents.notes),
            *_told(done, len(frame), emptied),
        ),
        protection=done,
    )


def _points(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Any:
    import geopandas as gpd

    return gpd.points_from_xy(lon, lat, crs="EPSG:4326")


def _told(done: Protection, total: int, emptied: Sequence[str]) -> list[str]:
    how = (
        f"rounded to a grid of {done.km:g} km"
        if done.method == "rounded"
        else f"moved at random by up to {done.km:g} km"
    )
    whose = "all points" if done.rows == total else f"{done.rows:,} of {total:,} points"
    sentence = (
        f"to protect the places, {whose} were {how}: distances are those of the moved points, "
        "radius_m takes the true ones in; names and texts are as the table has them"
    )
    notes = [sentence]
    if emptied:
        notes.append(f"coordinates were taken out of {', '.join(emptied)} in the protected rows")
    return notes


# --- which rows -------------------------------------------------------------------------------


def _flagged(frame: pd.DataFrame, only: str | None, name: str) -> NDArray[np.bool_]:
    if only is None:
        return np.ones(len(frame), dtype=bool)
    column = frame[_column(frame, only, name)]
    return np.array(
        [
            _says_yes(cell, row, only, name)
            for row, cell in zip(frame.index, column.tolist(), strict=True)
        ],
        dtype=bool,
    )


def _column(frame: pd.DataFrame, only: str, name: str) -> Any:
    for label in frame.columns:
        if str(label) == only or cols.fold(str(label)) == cols.fold(only):
            return label
    shown = ", ".join(repr(str(label)) for label in list(frame.columns)[:12])
    raise TableError(f"{name} has no column {only!r} that says what is sensitive (it has {shown})")


def _says_yes(cell: Any, row: Any, only: str, name: str) -> bool:
    import pandas as pd

    if pd.api.types.is_scalar(cell) and pd.isna(cell):
        return False
    word = cols.fold(str(cell).removesuffix(".0"))
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise TableError(
        f"{name}, row {row}, column {only}: {str(cell)[:40]!r} says neither yes nor no to "
        "whether the place is sensitive"
    )


# --- where to ---------------------------------------------------------------------------------


def _rounded(
    lon: NDArray[np.float64], lat: NDArray[np.float64], km: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Middles of the cells, and how far the farthest corner of each is.

    Rows of cells are of equal height; in each as many of equal width as are not narrower than high.
    """
    rows = max(1, math.floor(180.0 / (km * 1000.0 / _LEAST_DEGREE_M)))
    height = 180.0 / rows
    row = np.clip(np.floor((lat + 90.0) / height), 0, rows - 1)
    south = row * height - 90.0
    # The edge nearer to the pole is the narrower.
    narrow = np.maximum(np.abs(south), np.abs(south + height))
    across = np.maximum(1.0, np.floor(360.0 * np.cos(np.radians(narrow)) / height))
    width = 360.0 / across
    column = np.clip(np.floor((lon + 180.0) / width), 0, across - 1)
    west = column * width - 180.0
    middle_lon, middle_lat = np.round(west + width / 2, 6), np.round(south + height / 2, 6)
    farthest = np.zeros(lon.shape)
    for x in (west, west + width):
        for y in (south, south + height):
            metres = np.asarray(_GEOD.inv(middle_lon, middle_lat, x, y)[2])
            farthest = np.maximum(farthest, metres)
    return middle_lon, middle_lat, np.ceil(farthest)


def _jittered(
    lon: NDArray[np.float64], lat: NDArray[np.float64], how: Jitter
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points moved along geodesics, on their own side of the border where that can be."""
    places = np.column_stack([np.round(lon, 2), np.round(lat, 2)])
    distinct, of_row = np.unique(places, axis=0, return_inverse=True)
    of_row = of_row.ravel()
    azimuth, metres = np.zeros(len(distinct)), np.zeros(len(distinct))
    sides = distance.side(distinct[:, 0], distinct[:, 1])
    left = np.arange(len(distinct))
    for attempt in range(_TRIES):
        if not left.size:
            break
        draws = np.array([_draw(how, float(x), float(y), attempt) for x, y in distinct[left]])
        nearest = (_NEAREST_SHARE * how.km * 1000.0) ** 2
        azimuth[left] = draws[:, 0] * 360.0
        metres[left] = np.sqrt(nearest + draws[:, 1] * ((how.km * 1000.0) ** 2 - nearest))
        x, y, _ = _GEOD.fwd(distinct[left, 0], distinct[left, 1], azimuth[left], metres[left])
        # A village in Mexico must not be drawn in Texas; to know that it is not tells nothing new.
        left = left[distance.side(x, y) != sides[left]]
    x, y, _ = _GEOD.fwd(lon, lat, azimuth[of_row], metres[of_row])
    return np.asarray(x), np.asarray(y)


def _draw(how: Jitter, lon: float, lat: float, attempt: int) -> tuple[float, float]:
    """Two numbers in [0, 1), the same on every machine, that only the seed tells."""
    text = f"{lon:.2f} {lat:.2f} {attempt}".encode()
    digest = hmac.new(f"bordermap {how.seed}".encode(), text, hashlib.sha256).digest()
    return (
        int.from_bytes(digest[:7]) / 256**7,
        int.from_bytes(digest[7:14]) / 256**7,
    )


# --- what else would tell ---------------------------------------------------------------------


def _forget(
    frame: pd.DataFrame,
    at: NDArray[np.intp],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    km: float,
) -> list[str]:
    """Take what repeats the coordinates out of the rows at `at`; the names of those columns."""
    rows = frame.index[at]
    for name, instead in (
        ("match_name", None),
        ("match_id", None),
        ("match_reason", "the point was moved to protect the place"),
    ):
        if name in frame:
            frame[name] = frame[name].astype(object)
            frame.loc[rows, name] = instead
    ours = ("lon", "lat", "radius_m", "killed", "injured", frame.geometry.name, *cols.ADDED_BY_READ)
    return traces.remove(frame, at, lon, lat, km=km, spared=[str(name) for name in ours])


def _told_by_points(
    frame: pd.DataFrame,
    own: pd.Index[Any],
    at: NDArray[np.intp],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> dict[str, NDArray[np.bool_]]:
    """In which of the rows at `at` state, municipality and country were found by the true point.

    A municipality is smaller than many a move. Columns that the table does not have were found so,
    all of them; those of a table that bordermap wrote before, where they say what the point does.
    """
    names = [name for name in ("admin1", "admin2", "country") if name in frame]
    out = {name: np.ones(at.size, dtype=bool) for name in names if name not in own}
    if len(out) < len(names) and at.size and set(own).issuperset(cols.ADDED_BY_READ):
        found = areas.locate(lon, lat, gazetteer=gazetteer.load())
        by_point = frame["match"].to_numpy(dtype=object)[at] == "coordinates"
        for name in names:
            if name in own:
                cells = frame[name].to_numpy(dtype=object)[at].tolist()
                same = [cell == one for cell, one in zip(cells, getattr(found, name), strict=True)]
                out[name] = by_point & np.array(same, dtype=bool)
    return out


def _located_again(
    frame: pd.DataFrame,
    told: dict[str, NDArray[np.bool_]],
    at: NDArray[np.intp],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> None:
    """State, municipality and country of the moved points, where the true ones told them."""
    if not told or not at.size:
        return
    found = areas.locate(lon, lat, gazetteer=gazetteer.load())
    for name, rows in told.items():
        cells = frame[name].astype(object).to_numpy(dtype=object).copy()
        cells[at[rows]] = getattr(found, name)[rows]
        frame[name] = cells


def _redacted(rejected: pd.DataFrame, only: str | None, name: str) -> pd.DataFrame:
    """Refused rows without any coordinates: what is wrong with one may still lead there."""
    import pandas as pd

    if rejected.empty:
        return rejected
    if only is not None and any(cols.fold(str(c)) == cols.fold(only) for c in rejected.columns):
        hidden = _flagged(rejected.set_axis(rejected["row"], axis=0), only, name)
    else:
        hidden = np.ones(len(rejected), dtype=bool)
    out = rejected.copy()
    for position, label in enumerate(out.columns):
        if label in _NO_PLACE:
            continue
        cells = out.iloc[:, position].astype(object).to_numpy(dtype=object).copy()
        told = traces.is_coordinate(str(label))
        for row in np.flatnonzero(hidden).tolist():
            cell = cells[row]
            if told or not pd.api.types.is_scalar(cell) or isinstance(cell, bytes):
                cells[row] = None
            elif isinstance(cell, str):
                cells[row] = traces.redact(cell)
            elif isinstance(cell, (int, float, np.number, Decimal)) and (
                float(cell) % 1 or abs(float(cell)) >= _METRES
            ):
                cells[row] = None
        out[label] = cells
    return out
