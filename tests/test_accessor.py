"""The verbs on frames: what goes in comes out, in its CRS, with its index, and never changed."""

from __future__ import annotations

import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

import bordermap
import bordermap.accessor
from bordermap.columns import ADDED_BY_MEASURE

LON, LAT = [-100.73, -99.5, -106.4], [28.22, 27.5, 31.6]


def towns(crs: str = "EPSG:4326") -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {"name": ["a", "b", "c"], "killed": pd.array([1, None, 3], dtype="Int64"), "side": "mine"},
        geometry=gpd.points_from_xy(LON, LAT),
        crs="EPSG:4326",
        index=pd.Index(["x", "x", "z"], name="key"),
    )
    return frame.to_crs(crs)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:6372", "EPSG:3857", "EPSG:32614", "EPSG:4269"])
def test_a_geodataframe_comes_back_measured_in_its_own_crs(crs: str) -> None:
    frame = towns(crs).rename_geometry("where")
    before = frame.copy(deep=True)
    out = frame.bordermap.measure(border="us-mexico/texas")
    pd.testing.assert_frame_equal(frame, before)
    assert isinstance(out, gpd.GeoDataFrame)
    assert out.crs == before.crs
    assert out.index.equals(before.index)
    assert out.geometry.name == "where"
    assert out.geometry.geom_equals(before.geometry).all()
    kept = before.columns.drop("side")
    assert list(out.columns[: len(before.columns)]) == list(before.columns)
    pd.testing.assert_frame_equal(pd.DataFrame(out[kept]), pd.DataFrame(before[kept]))
    assert set(out.columns) == {*before.columns, *ADDED_BY_MEASURE}
    # Against the distance from plain lists, whatever way the points went.
    metres = bordermap.distance.to_border(LON, LAT, "us-mexico/texas")
    assert np.allclose(out["border_km"] * 1000, metres, rtol=0, atol=1e-3)
    _, _, straight = pyproj.Geod(ellps="WGS84").inv(
        LON, LAT, out["nearest_lon"], out["nearest_lat"]
    )
    assert np.allclose(straight, metres, rtol=0, atol=1e-3)


def test_no_crs_is_an_error_with_the_fix_in_it() -> None:
    frame = towns().set_crs(None, allow_override=True)
    for verb in (frame.bordermap.measure, frame.bordermap.draw, frame.geometry.bordermap.measure):
        with pytest.raises(bordermap.TableError, match=r"set_crs\('EPSG:4326'\)"):
            verb()


def test_rows_that_cannot_be_placed_stay_and_a_warning_says_why() -> None:
    frame = towns().drop(columns="side")
    frame.loc["z", "geometry"] = None
    with pytest.warns(bordermap.accessor.UnplacedWarning, match=r"1 row of 3 .*'z': .*no place"):
        out = frame.bordermap.measure()
    assert out.index.equals(frame.index)
    assert out["border_km"].isna().tolist() == [False, False, True]
    polygons = towns().set_geometry(shapely.buffer(shapely.points(LON, LAT), 0.1), crs=4326)
    with pytest.warns(bordermap.accessor.UnplacedWarning, match="representative_point"):
        assert polygons.bordermap.measure()["border_km"].isna().all()


def test_names_become_places_and_stay_beside_their_rows() -> None:
    frame = pd.DataFrame(
        {"town": ["Villa Union", "Xyzzyville", "Nava"], "state": "Coahuila"}, index=[7, 5, 7]
    )
    before = frame.copy(deep=True)
    with pytest.warns(bordermap.accessor.UnplacedWarning, match="Xyzzyville"):
        out = frame.bordermap.geocode()
    pd.testing.assert_frame_equal(frame, before)
    assert out.index.tolist() == [7, 5, 7]
    assert out.crs == "EPSG:4326"
    assert out["match_name"].tolist()[::2] == ["Villa Unión", "Nava"]
    assert out.geometry.isna().tolist() == [False, True, False]
    measured = out.iloc[[0, 2]].bordermap.measure()
    assert measured["border_km"].tolist() == pytest.approx(
        [bordermap.measure(f"{name}, Coahuila").km for name in ("Villa Union", "Nava")]
    )
    series = pd.Series(["Nava, Coahuila", "Reynosa"], index=["p", "q"])
    assert series.bordermap.measure().index.tolist() == ["p", "q"]
    assert series.bordermap.geocode().geometry.y.round().tolist() == [28, 26]
    assert len(series.bordermap.draw().scene) == 2
    assert len(towns().bordermap.draw(title="T").scene) == 3
    with pytest.raises(bordermap.InputError, match="has its places"):
        towns().bordermap.geocode()
    with pytest.raises(bordermap.TableError, match="no names"):
        pd.Series([1.0, 2.0]).bordermap.measure()


def test_a_frame_of_degrees_and_an_empty_one() -> None:
    frame = pd.DataFrame({"longitude": LON, "latitude": LAT})
    out = frame.bordermap.measure()
    assert type(out) is pd.DataFrame
    assert list(out.columns[:2]) == ["longitude", "latitude"]
    assert out["border_km"].tolist() == bordermap.measure(towns()).frame["border_km"].tolist()
    empty = towns().iloc[:0].bordermap.measure()
    assert len(empty) == 0
    assert set(empty.columns) == {*towns().columns, *ADDED_BY_MEASURE}


def test_arrow_tables_and_whatever_streams_arrow_are_tables() -> None:
    pa = pytest.importorskip("pyarrow")
    expected = bordermap.measure(towns()).frame["border_km"].tolist()
    columns = {"lon": LON, "lat": LAT, "killed": [1, None, 3], "note": ["á", None, "c"]}
    table = pa.table(columns)
    tables = [table, table.to_batches()[0], table.to_reader()]
    try:
        import polars as pl

        tables.append(pl.DataFrame(columns))
    except ImportError:
        pass
    for given in tables:
        measured = bordermap.measure(given).frame
        assert measured["border_km"].tolist() == expected
        assert measured["killed"].tolist() == [1, pd.NA, 3]
        assert measured["note"].tolist()[::2] == ["á", "c"]
    names = ["Reynosa, Tamaulipas", "Nava, Coahuila"]
    km = [bordermap.measure(name).km for name in names]
    for column in (pa.array(names), pa.chunked_array([names]), pd.Series(names)):
        assert bordermap.measure(column).frame["border_km"].tolist() == km
    located = bordermap.measure(pa.table(towns("EPSG:6372").to_arrow())).frame
    assert located["border_km"].tolist() == pytest.approx(expected, abs=1e-6)


def test_shapely_points_in_any_container_are_degrees() -> None:
    points = shapely.points(LON, LAT)
    expected = bordermap.measure(towns()).frame["border_km"].tolist()
    for given in (points, list(points), tuple(points), gpd.GeoSeries(points, crs=4326)):
        assert bordermap.measure(given).frame["border_km"].tolist() == expected
    assert len(bordermap.read(np.column_stack([LON, LAT]))) == 3
    gap = bordermap.measure([(LON[0], LAT[0]), None, (LON[2], LAT[2])])
    assert gap.frame.index.tolist() == [1, 3]
    assert gap.rejected["row"].tolist() == [2]
    assert len(bordermap.draw(list(points)).scene) == 3


def test_nothing_is_registered_by_importing_bordermap_alone() -> None:
    script = (
        "import bordermap, pandas as pd\n"
        "bordermap.measure('Reynosa, Tamaulipas')\n"
        "assert not hasattr(pd.DataFrame, 'bordermap')\n"
        "import bordermap.accessor\n"
        "assert hasattr(pd.DataFrame, 'bordermap') and hasattr(pd.Series, 'bordermap')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_array_beneath_a_series_keeps_its_crs() -> None:
    degrees = gpd.GeoSeries(gpd.points_from_xy([-100.7, -99.5], [28.2, 27.5]), crs="EPSG:4326")
    metres = bordermap.measure(degrees.to_crs(6372).array).frame
    assert metres["border_km"].tolist() == pytest.approx(
        bordermap.measure(degrees).frame["border_km"].tolist()
    )
