"""The figures of a briefing, computed from a table of measured incidents.

Nothing is rounded or put into words here: every figure can be computed again from the table, by the
rule that its attribute's description states.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from bordermap import areas, names

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bordermap.model import Incidents

__all__ = [
    "BANDS_KM", "WITHIN_KM", "Group", "Range", "Summary", "Total", "cells_of", "iso_parts",
    "summarise",
]  # fmt: skip

WITHIN_KM = (25, 50, 100)
BANDS_KM = (25, 50, 100, 200)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?![^T ])")


@dataclass(frozen=True, slots=True)
class Range:
    """A count that depends on how sure the distances are.

    Attributes
    ----------
    count : int
        Incidents whose distance is at most the limit.
    low, high : int
        Those whose distance plus uncertainty, and whose distance minus uncertainty, is.
    """

    count: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over the rows that give a number.

    Attributes
    ----------
    sum : float
        0 where no row gives one.
    known : int
        How many rows give one.
    """

    sum: float
    known: int


@dataclass(frozen=True, slots=True)
class Group:
    """The incidents that share a state, a distance band or a category.

    Attributes
    ----------
    key : hashable
        The state's (country code, name), the band's (lower, upper) limit in km, the category.
    incidents : int
    killed, injured : Total
    nearest_km, median_km : float
        Least and median distance to the border; NaN in an empty group.
    """

    key: Any
    incidents: int
    killed: Total
    injured: Total
    nearest_km: float
    median_km: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What a briefing says in figures.

    Attributes
    ----------
    incidents, rejected : int
        Rows that could be placed, and rows that could not.
    first, last : str
        Earliest and latest date as the table gives them, "" where it gives none.
    undated : int
        Rows without a date, or with one that is no ISO date.
    killed, injured : Total or None
        None where the table has no such column.
    median_km : float
        Median distance to the border.
    within : dict of int to Range
        For each of `WITHIN_KM`.
    nearest : int
        Position of the row with the least distance, the first of equals.
    bands : tuple of Group
        A band holds what is farther than its lower limit, up to its upper one.
    states : tuple of Group
        By state in which the incident happened, most incidents first: the state that the row names,
        else the one whose polygon holds its point.
    categories : tuple of Group
        Most incidents first; empty where the table has no such column.
    months : dict of int to tuple of 13 int
        For each year: incidents in each month, and those of the year whose month is not known.
    """

    incidents: int
    rejected: int
    first: str
    last: str
    undated: int
    killed: Total | None
    injured: Total | None
    median_km: float
    within: dict[int, Range]
    nearest: int
    bands: tuple[Group, ...]
    states: tuple[Group, ...]
    categories: tuple[Group, ...]
    months: dict[int, tuple[int, ...]]


def summarise(incidents: Incidents) -> Summary:
    """Compute the figures of measured incidents, of which there must be at least one."""
    frame = incidents.frame
    km = _numbers(frame, "border_km")
    uncertain = _numbers(frame, "border_uncertainty_km")
    uncertain = np.where(np.isfinite(uncertain), uncertain, 0.0)
    counts = {name: _numbers(frame, name) for name in ("killed", "injured")}
    dates = cells_of(frame, "date")
    known = sorted(date for date in dates if iso_parts(date))

    def group(keys: Sequence[Hashable], every: Sequence[Hashable] | None = None) -> list[Group]:
        at: dict[Hashable, list[int]] = {key: [] for key in every or ()}
        for position, key in enumerate(keys):
            at.setdefault(key, []).append(position)
        return [_group(key, np.array(rows, dtype=np.intp), km, counts) for key, rows in at.items()]

    limits = [*BANDS_KM, np.inf]
    bands = list(pairwise([0, *limits]))
    categories = cells_of(frame, "category")
    return Summary(
        incidents=len(frame),
        rejected=len(incidents.rejected),
        # As precise as given: "2011" begins before, and ends after, every day of 2011.
        first=min(known, key=_earliest, default=""),
        last=max(known, key=_latest, default=""),
        undated=len(dates) - len(known),
        killed=_total(counts["killed"]) if "killed" in frame else None,
        injured=_total(counts["injured"]) if "injured" in frame else None,
        median_km=float(np.median(km)),
        within={
            limit: Range(
                count=int((km <= limit).sum()),
                low=int((km + uncertain <= limit).sum()),
                high=int((km - uncertain <= limit).sum()),
            )
            for limit in WITHIN_KM
        },
        nearest=int(np.argmin(km)),
        bands=tuple(group([bands[i] for i in np.searchsorted(limits, km)], bands)),
        states=_most_first(group(_states(frame))),
        categories=_most_first(group(categories)) if any(categories) else (),
        months=_months(known),
    )


def _group(
    key: Hashable,
    rows: NDArray[np.intp],
    km: NDArray[np.float64],
    counts: dict[str, NDArray[np.float64]],
) -> Group:
    return Group(
        key=key,
        incidents=len(rows),
        killed=_total(counts["killed"][rows]),
        injured=_total(counts["injured"][rows]),
        nearest_km=float(km[rows].min()) if len(rows) else np.nan,
        median_km=float(np.median(km[rows])) if len(rows) else np.nan,
    )


def _most_first(groups: list[Group]) -> tuple[Group, ...]:
    """Most incidents first, nearest first among equals; what has no name comes last."""
    return tuple(
        sorted(groups, key=lambda g: (_unnamed(g.key), -g.incidents, g.nearest_km, str(g.key)))
    )


def _unnamed(key: Any) -> bool:
    return not (key[1] if isinstance(key, tuple) else key)


def _total(values: NDArray[np.float64]) -> Total:
    known = np.isfinite(values)
    return Total(sum=float(values[known].sum()), known=int(known.sum()))


def _months(dates: Sequence[str]) -> dict[int, tuple[int, ...]]:
    table: dict[int, list[int]] = {}
    for date in dates:
        year, month, _ = iso_parts(date) or (0, 0, 0)
        table.setdefault(year, [0] * 13)[month - 1 if month else 12] += 1
    return {year: tuple(table[year]) for year in sorted(table)}


def _earliest(date: str) -> tuple[int, ...]:
    return iso_parts(date) or (0, 0, 0)


def _latest(date: str) -> tuple[int, ...]:
    year, month, day = iso_parts(date) or (0, 0, 0)
    return year, month or 13, day or 32


def _states(frame: pd.DataFrame) -> list[Hashable]:
    """Country code and name of the state of each row; ("", "") where neither table nor map tells."""
    said = cells_of(frame, "admin1")
    side = [code or "" for code in cells_of(frame, "side")]
    countries = [names.country_code(text) or "" for text in cells_of(frame, "country")]
    lon, lat = _numbers(frame, "lon"), _numbers(frame, "lat")
    on_map = _mapped(lon, lat, side) if "" in said else [""] * len(said)
    found: list[Hashable] = []
    for text, country, own, mapped in zip(said, countries, side, on_map, strict=True):
        if not text:
            found.append((own, mapped or ""))
            continue
        codes = names.region_codes(text, country or own or None)
        region = names.REGIONS[codes[0]] if len(codes) == 1 else None
        found.append((region.country, region.name) if region else (country or own, text))
    return found


def _mapped(
    lon: NDArray[np.float64], lat: NDArray[np.float64], countries: Sequence[str]
) -> list[str | None]:
    """The state whose polygon holds each point; None off the land, abroad, and too near to a line."""
    found = areas.locate(lon, lat)
    return [
        state if country == own else None
        for state, country, own in zip(found.admin1, found.country, countries, strict=True)
    ]


def _numbers(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    import pandas as pd

    if name not in frame:
        return np.full(len(frame), np.nan)
    values = pd.to_numeric(frame[name], errors="coerce")
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))


def iso_parts(text: str) -> tuple[int, int, int] | None:
    """Year, month and day of an ISO date, zeros for what it leaves open; None for anything else.

    >>> iso_parts("2011-03"), iso_parts("2019-11-30T08:15"), iso_parts("spring 2011")
    ((2011, 3, 0), (2019, 11, 30), None)
    """
    found = _DATE.match(text)
    if not found:
        return None
    year, month, day = (int(part or 0) for part in found.groups())
    valid = month <= 12 and day <= 31 and (found[2] is None or month) and (found[3] is None or day)
    return (year, month, day) if valid else None


def cells_of(frame: pd.DataFrame, name: str) -> list[str]:
    """A column's cells as text, "" where they are missing; so are all of a column there is not."""
    if name not in frame:
        return [""] * len(frame)
    cells = frame[name].astype(object).where(frame[name].notna(), "")
    return [str(cell).strip() for cell in cells]
