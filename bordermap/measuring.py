"""The measuring of one place, and of the rows of a table: what `measure` does once it is known where."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bordermap import borders
from bordermap.errors import BorderError
from bordermap.model import METRES_PER_MILE, Incidents, Measurement, Metric, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bordermap.borders import Border

__all__ = ["again", "place", "rows"]

_CHUNK = 20_000  # rows after which progress is told


def place(
    where: Place, line: Border, *, metric: Metric | None = None, data: Path | None = None
) -> Measurement:
    """How far a place is from a border, as the ruler given measures it.

    Parameters
    ----------
    where : Place
    line : Border
    metric : Metric, optional
        Instead of the geodesic to the nearest point.
    data : Path, optional
        Another data folder than the shipped one.

    Returns
    -------
    Measurement
        In metres and degrees.

    Examples
    --------
    >>> from bordermap import borders, geocode
    >>> round(place(geocode("Villa Union, Coahuila"), borders.load()).km)
    42
    """
    from bordermap import distance

    measured = distance.measure_place(where, line, data)
    if metric is None:
        return measured
    found = metric.nearest(where.lon, where.lat, line)
    labels = {part.label: part for part in line.parts}
    return replace(
        measured,
        distance_m=float(found.distance_m),
        nearest=(float(found.lon), float(found.lat)),
        azimuth_deg=float(found.azimuth_deg),
        part=labels.get(str(found.part), measured.part),
    )


def rows(
    incidents: Incidents,
    line: Border,
    *,
    metric: Metric | None = None,
    data: Path | None = None,
    progress: Callable[[str, int, int], object] | None = None,
) -> Incidents:
    """A table with the columns of the border: how far each row is, and on which side.

    Parameters
    ----------
    incidents : Incidents
        Rows with points; columns of an earlier measurement are replaced.
    line : Border
    metric, data : optional
        As for `place`.
    progress : callable, optional
        Is told what is being done, how many are done, and of how many.

    Returns
    -------
    Incidents
        Its `frame` a copy with the columns that `measure` adds.
    """
    import numpy as np

    from bordermap import distance

    ruler: Metric = metric or distance
    frame = incidents.frame.copy()
    lon = frame["lon"].to_numpy(dtype="float64")
    lat = frame["lat"].to_numpy(dtype="float64")
    parts: list[Any] = []
    sides: list[Any] = []
    for start in range(0, len(frame), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        parts.append(ruler.nearest(lon[chunk], lat[chunk], line))
        sides.append(distance.side(lon[chunk], lat[chunk], data))
        if progress:
            progress("Measuring", min(start + _CHUNK, len(frame)), len(frame))

    def joined(pieces: list[Any], dtype: Any) -> Any:
        return np.concatenate([np.empty(0, dtype=dtype), *(np.asarray(p, dtype) for p in pieces)])

    metres = joined([part.distance_m for part in parts], np.float64)
    frame["border"] = line.key
    frame["border_km"] = metres / 1000.0
    frame["border_mi"] = metres / METRES_PER_MILE
    radius = frame["radius_m"].to_numpy(dtype="float64") if "radius_m" in frame else 0.0
    frame["border_uncertainty_km"] = (radius + line.accuracy_m) / 1000.0
    frame["nearest_lon"] = joined([part.lon for part in parts], np.float64)
    frame["nearest_lat"] = joined([part.lat for part in parts], np.float64)
    frame["azimuth_deg"] = joined([part.azimuth_deg for part in parts], np.float64)
    frame["border_part"] = joined([part.part for part in parts], object)
    frame["side"] = joined(sides, object)
    return replace(incidents, frame=frame)


def again(incidents: Incidents, keys: Sequence[object], *, data: Path | None = None) -> Incidents:
    """A table whose points were moved, each row measured to the border that it had been before.

    Parameters
    ----------
    incidents : Incidents
        Without the columns of a measurement.
    keys : sequence of str
        Of each row, the border; rows of several tables may have several.
    data : Path, optional
        Another data folder than the shipped one.

    Returns
    -------
    Incidents
        Without distances to a line of one's own, which the table does not have; a note says so.
    """
    import numpy as np
    import pandas as pd

    asked = np.array([key if isinstance(key, str) else "" for key in keys], dtype=object)
    pieces, places, notes = [], [], []
    for key in dict.fromkeys(asked.tolist()):
        places.append(np.flatnonzero(asked == key))
        part = replace(incidents, frame=incidents.frame.iloc[places[-1]])
        try:
            pieces.append(rows(part, borders.load(key, data), data=data).frame)
        except BorderError:
            pieces.append(part.frame)
            if key:
                notes.append(f"distances to {key}, which would tell the true points, were left out")
    frame = pd.concat(pieces).iloc[np.argsort(np.concatenate(places))]
    return replace(incidents, frame=frame, notes=(*incidents.notes, *notes))
