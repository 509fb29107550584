"""Geographic files that geopandas wrote: any CRS, layers, gaps, lines and polygons."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import bordermap

LON, LAT = [-100.7252, -99.5123, -106.4869], [28.2205, 27.4878, 31.7619]


def points(crs: Any = 4326) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "titulo": ["Uno", "Dós", None],
            "muertos": pd.array([23, None, 0], dtype="Int64"),
            "fecha": ["2019-11-30", "2011-03", "2009"],
            "code": ["007", "08", "9"],
        },
        geometry=gpd.points_from_xy(LON, LAT),
        crs=4326,
    ).to_crs(crs)


def saved(frame: gpd.GeoDataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".kml":
        frame.to_file(path, driver="LIBKML")
    elif path.suffix == ".fgb":
        frame.to_file(path, SPATIAL_INDEX="NO")  # which would put near features side by side
    else:
        frame.to_file(path)
    return path


@pytest.mark.parametrize(
    ("suffix", "crs"),
    [
        (".geojson", 4326),
        (".gpkg", 6372),
        (".gpkg", 3857),
        (".shp", 32614),
        (".shp", 4269),
        (".kml", 4326),
        (".fgb", 6372),
        (".parquet", 6372),
        (".parquet", None),
    ],
)
def test_points_of_any_file_in_any_crs_become_degrees(
    suffix: str, crs: int | None, tmp_path: Path
) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    path = saved(points(crs or "OGC:CRS84"), tmp_path / f"puntos{suffix}")
    incidents = bordermap.read(path)
    frame = incidents.frame
    tolerance = 1e-5 if crs == 4269 else 1e-9  # NAD83 is not WGS84, to a metre or two
    assert np.allclose(frame["lon"], LON, rtol=0, atol=tolerance)
    assert np.allclose(frame["lat"], LAT, rtol=0, atol=tolerance)
    assert frame.crs == "EPSG:4326"
    assert frame.index.tolist() == [1, 2, 3], "the first feature is row 1"
    assert frame["killed"].tolist() == [23, pd.NA, 0]
    assert frame["date"].tolist() == ["2019-11-30", "2011-03", "2009"]
    assert frame["title"].tolist() == ["Uno", "Dós", None]
    assert frame["code"].tolist() == ["007", "08", "9"]
    assert incidents.source.name == path.name
    assert incidents.source.sha256
    if suffix != ".shp":
        for source in (path.read_bytes(), io.BytesIO(path.read_bytes())):
            again = bordermap.read(source).frame
            assert again["lon"].tolist() == frame["lon"].tolist()


def test_zipped_shapefiles_and_kmz(tmp_path: Path) -> None:
    saved(points(), tmp_path / "a.shp")
    zipped = tmp_path / "a.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        for part in tmp_path.glob("a.*"):
            if part != zipped:
                archive.write(part, part.name)
    assert np.allclose(bordermap.read(zipped).frame["lon"], LON)
    assert np.allclose(bordermap.read(zipped.read_bytes()).frame["lon"], LON)
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", saved(points(), tmp_path / "b.kml").read_bytes())
    assert np.allclose(bordermap.read(tmp_path / "a.kmz").frame["lon"], LON)
    with pytest.raises(bordermap.TableError, match=r"needs its \.dbf"):
        bordermap.read((tmp_path / "a.shp").read_bytes())


def test_a_file_without_a_crs_is_an_error_with_the_fix_in_it(tmp_path: Path) -> None:
    path = saved(points(), tmp_path / "a.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(
        bordermap.TableError, match=r"a\.shp does not say .*\.prj.*set_crs"
    ) as caught:
        bordermap.read(path)
    assert len(str(caught.value).splitlines()) == 1
    assert len(bordermap.read(gpd.read_file(path).set_crs("EPSG:4326")).frame) == 3


def test_lines_polygons_and_gaps_are_refused_or_placed_by_name(tmp_path: Path) -> None:
    shapes = [
        shapely.Point(LON[0], LAT[0]),
        shapely.box(-101, 28, -100, 29),
        shapely.LineString([(-101, 28), (-100, 29)]),
        shapely.MultiPoint([(LON[1], LAT[1])]),
        None,
        None,
        shapely.Point(),
    ]
    frame = gpd.GeoDataFrame(
        {"place": [None, None, None, None, "Nava", None, "Reynosa"], "state": ["Coahuila"] * 7},
        geometry=shapes,
        crs=4326,
    )
    incidents = bordermap.read(saved(frame, tmp_path / "mixed.gpkg"))
    assert incidents.frame.index.tolist() == [1, 4, 5]
    assert incidents.frame["match"].tolist() == ["coordinates", "coordinates", "exact"]
    reasons = incidents.rejected.set_index("row")["reason"]
    assert "a Polygon is no point" in reasons[2]
    assert "representative_point" in reasons[3]
    assert "give a town or municipality" in reasons[6]
    assert "Reynosa" in reasons[7]


def test_which_layer_is_asked_or_said(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    points().to_file(path, layer="uno")
    points().iloc[:1].to_file(path, layer="dos")
    with pytest.raises(bordermap.TableError, match="2 layers, 'uno', 'dos': say which"):
        bordermap.read(path)
    assert len(bordermap.read(path, sheet="dos")) == len(bordermap.read(path, sheet=2)) == 1
    with pytest.raises(bordermap.TableError, match="no layer 'tres'; its layers are 'uno', 'dos'"):
        bordermap.read(path, sheet="tres")


def test_damaged_and_unfitting_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    whole = saved(points(), tmp_path / "a.gpkg").read_bytes()
    broken = {
        "cut.gpkg": whole[:3000],
        "text.geojson": b'{"type": "FeatureCollection", "features": [',
        "records.json": json.dumps([{"place": "Nava"}]).encode(),
        "bad.kml": b"<kml><Document><Placemark></kml>",
        "bad.parquet": b"PAR1 and nothing else PAR1",
        "bad.shp": b"\x00\x00\x27\x0a" + bytes(40),
    }
    for name, data in broken.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(bordermap.TableError, match=name) as caught:
            bordermap.read(tmp_path / name)
        assert len(str(caught.value).splitlines()) == 1


def test_whole_numbers_beside_a_gap_stay_whole(tmp_path: Path) -> None:
    frame = points()
    frame["large"] = pd.array([2**40, None, 1], dtype="Int64")
    out = bordermap.read(saved(frame, tmp_path / "a.gpkg")).frame
    assert out["large"].tolist() == [2**40, pd.NA, 1]
