"""`frame.bordermap`: the verbs on pandas and geopandas objects, for those who ask for it.

>>> import bordermap.accessor
>>> import geopandas as gpd
>>> towns = gpd.GeoDataFrame(
...     {"town": ["Nava", "Reynosa"]},
...     geometry=gpd.points_from_xy([-100.767, -98.278], [28.421, 26.081]),
...     crs="EPSG:4326",
... )
>>> towns.bordermap.measure()["border_km"].round(1).tolist()
[37.3, 1.4]

What comes out is the frame that went in, in its own CRS, with its own index and columns and the new
ones behind them; the frame itself is never changed. Rows that cannot be placed stay, with nothing in
the new columns, and a warning says which and why: `bordermap.read` gives them apart, with reasons.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from bordermap import api
from bordermap import columns as cols
from bordermap.errors import InputError, TableError

if TYPE_CHECKING:
    from bordermap.borders import Border
    from bordermap.maps import BorderMap
    from bordermap.model import Incidents, Metric

__all__ = ["FrameAccessor", "SeriesAccessor", "UnplacedWarning"]


class UnplacedWarning(UserWarning):
    """Some rows have nothing in the new columns, because they could not be placed."""


@pd.api.extensions.register_dataframe_accessor("bordermap")
class FrameAccessor:
    """The verbs on a DataFrame or GeoDataFrame, as ``frame.bordermap``.

    A GeoDataFrame is measured by its points, a DataFrame by its known columns: `lon` and `lat`, or
    `place` and `admin1`, under any of the headings that `bordermap.read` knows.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def measure(
        self, *, border: str | Border = "us-mexico", metric: Metric | None = None
    ) -> pd.DataFrame:
        """The frame with the columns that `bordermap.measure` adds.

        Parameters
        ----------
        border : str or Border
        metric : Metric, optional
            As `bordermap.measure`.

        Returns
        -------
        GeoDataFrame or DataFrame
            As the frame itself is; a column that bears one of the new names already is replaced.

        Raises
        ------
        TableError
            When a GeoDataFrame has no CRS, or nothing says where the rows were.
        """
        measured = api.measure(self._numbered(), border=border, metric=metric)
        return self._with(measured, cols.ADDED_BY_MEASURE)

    def geocode(self, *, country: str | None = None, admin1: str | None = None) -> gpd.GeoDataFrame:
        """The frame as a GeoDataFrame in EPSG:4326, each row at the place that it names.

        Parameters
        ----------
        country, admin1 : str, optional
            For rows that do not say.

        Returns
        -------
        GeoDataFrame
            With `match`, `match_name`, `match_id`, `match_score`, `match_reason`, `radius_m` and a
            geometry, which is missing in rows that could not be placed.
        """
        frame = pd.DataFrame(self._numbered())
        if isinstance(self._frame, gpd.GeoDataFrame):
            raise InputError(
                "the GeoDataFrame has its places already: geocode a DataFrame of names, or drop "
                "the geometry"
            )
        placed = api.geocode(frame, country=country, admin1=admin1)
        out = self._with(placed, cols.ADDED_BY_READ)
        points = gpd.GeoSeries(placed.frame.geometry).reindex(range(len(out)))
        return gpd.GeoDataFrame(out, geometry=points.to_numpy(), crs="EPSG:4326")

    def draw(self, **options: Any) -> BorderMap:
        """Draw the rows on a map; the options are those of `bordermap.draw`."""
        return api.draw(self._frame, **options)

    def _numbered(self) -> pd.DataFrame:
        """The frame with its rows numbered from 0, so that each is known again afterwards."""
        return self._frame.set_axis(pd.RangeIndex(len(self._frame), name="row"), axis=0)

    def _with(self, done: Incidents, names: tuple[str, ...]) -> pd.DataFrame:
        rejected = done.rejected
        if len(rejected):
            first = rejected.iloc[0]
            label = self._frame.index[int(first["row"])]
            warnings.warn(
                f"{cols.counted(len(rejected), 'row')} of {len(self._frame):,} could not be placed; "
                f"the first, {label!r}: {first['reason']}",
                UnplacedWarning,
                stacklevel=3,
            )
        added = done.frame[list(names)].reindex(range(len(self._frame)))
        out = self._frame.copy()
        for name in names:
            out[name] = added[name].array
        return out


@pd.api.extensions.register_series_accessor("bordermap")
class SeriesAccessor:
    """The verbs on a Series of place names or a GeoSeries of points, as ``series.bordermap``."""

    def __init__(self, series: pd.Series[Any]) -> None:
        self._series = series

    def measure(self, *, border: str | Border = "us-mexico") -> pd.DataFrame:
        """A frame with the index of the series and the columns that `bordermap.measure` adds."""
        return FrameAccessor(self._framed()).measure(border=border)

    def geocode(self, *, country: str | None = None, admin1: str | None = None) -> gpd.GeoDataFrame:
        """A GeoDataFrame with the index of the series, each name at its place."""
        if isinstance(self._series, gpd.GeoSeries):
            raise InputError("a GeoSeries holds points, no names: measure or draw it")
        return FrameAccessor(self._framed()).geocode(country=country, admin1=admin1)

    def draw(self, **options: Any) -> BorderMap:
        """Draw the places or points on a map; the options are those of `bordermap.draw`."""
        return FrameAccessor(self._framed()).draw(**options)

    def _framed(self) -> pd.DataFrame:
        if isinstance(self._series, gpd.GeoSeries):
            points: pd.DataFrame = gpd.GeoDataFrame(geometry=self._series)
            return points
        if not pd.api.types.is_string_dtype(self._series.dropna()):
            raise TableError(
                "the Series holds no names: give place names, a GeoSeries of points, or a frame "
                "with the columns lon and lat"
            )
        named: pd.DataFrame = self._series.to_frame("place")
        return named
