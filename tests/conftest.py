"""Fixtures that tests of several modules share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bordermap.borders import Border
from bordermap.model import Incidents, Source


@pytest.fixture(scope="session")
def us_mexico() -> Border:
    from bordermap import borders

    return borders.load("us-mexico")


@pytest.fixture(scope="session")
def measured(us_mexico) -> Callable[..., Incidents]:
    """Incidents as `measure` would hand them on, from a frame that has lon and lat."""

    def make(frame, rejected=None, border=us_mexico, source="incidents.csv"):
        import geopandas as gpd
        import pandas as pd

        from bordermap import distance

        frame = frame.copy()
        if frame.index.equals(pd.RangeIndex(len(frame))):
            frame.index = frame.index + 2
        near = distance.nearest(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float), border)
        radius = frame["radius_m"] if "radius_m" in frame else pd.Series(0.0, frame.index)
        added = {
            "match": "coordinates",
            "match_name": None,
            "match_id": None,
            "match_score": 1.0,
            "match_reason": None,
            "radius_m": 0.0,
            "border": border.key,
            "border_km": np.asarray(near.distance_m) / 1000,
            "border_mi": np.asarray(near.distance_m) / 1609.344,
            "border_uncertainty_km": (radius + border.accuracy_m) / 1000,
            "nearest_lon": near.lon,
            "nearest_lat": near.lat,
            "azimuth_deg": near.azimuth_deg,
            "border_part": near.part,
            "side": "MX",
        }
        for name, values in added.items():
            if name not in frame:
                frame[name] = values
        points = gpd.points_from_xy(frame["lon"], frame["lat"])
        if rejected is None:
            rejected = pd.DataFrame(columns=["row", "column", "reason"])
        return Incidents(
            gpd.GeoDataFrame(frame, geometry=points, crs=4326),
            rejected,
            Source(source, "", "", source),
            (Source("GeoNames", "2026", "CC BY 4.0", "GeoNames (CC BY 4.0)"),),
        )

    return make
