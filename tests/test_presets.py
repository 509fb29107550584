"""ACLED's and UCDP's tables: whom to credit, and how far from its point an event may lie."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest

import bordermap
from bordermap._tables import presets

CORPUS = Path(__file__).parent / "corpus"
SHAPES = Path(__file__).parents[1] / "shapefiles"
UCDP = Path(__file__).parents[2] / "shared" / "gold" / "ucdp_incidents_dev.csv"
GEOD = pyproj.Geod(ellps="WGS84")
CULIACAN = (-107.39421, 24.79032)


def farthest(layer: str, lon: float, lat: float) -> float:
    """Metres to the farthest corner of the polygon around a point, by geopandas alone."""
    shapes = gpd.read_file(SHAPES / f"{layer}.shp")
    shape = shapes[shapes.covers(gpd.points_from_xy([lon], [lat])[0])].iloc[0]
    corners = gpd.GeoSeries([shape.geometry]).get_coordinates().to_numpy()
    return float(
        np.max(GEOD.inv(np.full(len(corners), lon), np.full(len(corners), lat), *corners.T)[2])
    )


def ucdp(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": range(1, 8),
            "date_start": ["2011-03-04"] * 7,
            "where_coordinates": ["Culiacán"] * 7,
            "adm_1": ["Sinaloa state"] * 7,
            "longitude": [CULIACAN[0]] * 7,
            "latitude": [CULIACAN[1]] * 7,
            "best": [1.0] * 7,
            "dyad_name": ["A - B"] * 7,
            **columns,
        }
    )


def test_ucdp_codes_become_radii_and_a_country_alone_is_no_point() -> None:
    incidents = bordermap.read(ucdp(where_prec=[1, 2, 3, 4, 5, 6, 7]))
    radius = incidents.frame["radius_m"].tolist()
    assert radius[:2] == [5_000, 25_000]
    assert radius[2] == pytest.approx(farthest("mx_municipalities", *CULIACAN), abs=100)
    assert radius[3] == pytest.approx(farthest("mx_states", *CULIACAN), abs=100)
    assert radius[3] > 200_000, "no precise point: the whole of Sinaloa"
    assert radius[4] == radius[3]
    assert incidents.rejected["row"].tolist() == [7, 8]
    assert incidents.rejected["reason"].str.contains("where_prec [67]", regex=True).all()
    measured = bordermap.measure(incidents).frame
    assert measured["border_uncertainty_km"].iloc[3] > 200
    assert "4 rows known to an area only" in incidents.notes[0]


def test_where_the_code_is_lost_the_words_say_it() -> None:
    frame = ucdp(
        where_coordinates=["Culiacán town", "Culiacán municipality", "Sinaloa state"] + ["x"] * 4
    )
    radius = bordermap.read(frame).frame["radius_m"].tolist()
    assert radius[0] < 1_000
    assert radius[1] == pytest.approx(farthest("mx_municipalities", *CULIACAN), abs=100)
    assert radius[2] == pytest.approx(farthest("mx_states", *CULIACAN), abs=100)


def test_dates_are_cut_to_what_their_codes_vouch_for() -> None:
    incidents = bordermap.read(ucdp(date_prec=[1, 2, 3, 4, 5, 1, 1]))
    assert incidents.frame["date"].tolist() == [
        "2011-03-04", "2011-03-04", "2011-03-04", "2011-03", "2011", "2011-03-04", "2011-03-04",
    ]  # fmt: skip
    assert any("2 dates cut" in note for note in incidents.notes)


def test_acled_codes_become_radii() -> None:
    acled = pd.read_csv(CORPUS / "acled.csv").iloc[[0] * 3].reset_index(drop=True)
    acled["geo_precision"] = [1, 2, 3]
    acled["time_precision"] = [1, 2, 3]
    incidents = bordermap.read(acled)
    lon, lat = float(acled["longitude"][0]), float(acled["latitude"][0])
    assert incidents.frame["radius_m"].tolist() == [
        5_000,
        pytest.approx(max(25_000, farthest("mx_municipalities", lon, lat)), abs=100),
        pytest.approx(farthest("mx_states", lon, lat), abs=100),
    ]
    assert incidents.frame["date"].tolist() == ["2019-11-30", "2019-11-30", "2019-11"]


def test_makers_are_credited_on_the_map_and_in_files(tmp_path: Path) -> None:
    for source, name, licence in (
        (CORPUS / "acled.csv", "Armed Conflict Location & Event Data", "ACLED's terms of use"),
        (CORPUS / "ucdp.csv", "Sundberg and Melander 2013", "CC BY 4.0"),
    ):
        incidents = bordermap.read(source)
        assert name in incidents.source.attribution
        assert incidents.source.licence == licence
        shown = bordermap.draw(incidents).scene.credits
        assert any(credit.role == "incidents" and name in credit.attribution for credit in shown)
        written = bordermap.write(incidents, tmp_path / "out.geojson").path
        assert name in written.read_text(encoding="utf-8")
    own = bordermap.read(b"place,state,date\nNava,Coahuila,2011\n")
    assert own.source.attribution == ""
    assert presets.recognise(["event date", "notes", "fatalities"]) is None


def test_beyond_the_three_countries_a_width_stands_for_the_area() -> None:
    lon, lat = np.array([2.35, 2.35]), np.array([48.85, 48.85])
    assert presets.radii(presets.UCDP, [3, 4], lon, lat).tolist() == [50_000, 300_000]


@pytest.mark.parametrize(
    ("code", "layers"),
    [
        (3, ("mx_municipalities", "us_counties")),
        (4, ("mx_states", "us_states", "ca_provinces")),
    ],
)
def test_radii_of_many_points_are_those_of_each_by_itself(
    code: int, layers: tuple[str, ...]
) -> None:
    rng = np.random.default_rng(11)
    # Mexico, the United States, Alaska across the antimeridian, and the Arctic provinces.
    boxes = [(-117, 14, -87, 32), (-124, 26, -68, 48), (-168, 55, -142, 70), (172, 52, 174, 53.2),
             (-120, 62, -65, 82)]  # fmt: skip
    lon = np.concatenate([rng.uniform(west, east, 40) for west, _, east, _ in boxes])
    lat = np.concatenate([rng.uniform(south, north, 40) for _, south, _, north in boxes])
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326)
    expected = np.full(len(lon), {3: 50_000.0, 4: 300_000.0}[code])
    found = np.zeros(len(lon), dtype=bool)
    for layer in layers:
        shapes = gpd.read_file(SHAPES / f"{layer}.shp").to_crs(4326)
        at, area = shapes.sindex.query(points, predicate="covered_by")
        for row, number in zip(at, area, strict=True):
            corners = shapes.geometry.iloc[[number]].get_coordinates().to_numpy()
            start = np.broadcast_to([lon[row], lat[row]], corners.shape)
            metres = float(np.max(GEOD.inv(*start.T, *corners.T)[2]))
            expected[row], found[row] = np.ceil(metres / 100) * 100, True
    assert found.sum() > 60
    assert not found.all()
    radius = presets.radii(presets.UCDP, [code] * len(lon), lon, lat)
    assert radius.tolist() == np.maximum(expected, {3: 5_000.0, 4: 25_000.0}[code]).tolist()


@pytest.mark.skipif(not UCDP.exists(), reason="the UCDP sample is not beside this checkout")
def test_real_events_known_to_a_municipality_are_no_precise_points() -> None:
    frame = bordermap.read(UCDP).frame
    wide = frame["place"].str.lower().str.endswith(("municipality", "muncipality"))
    assert wide.sum() > 700
    assert frame.loc[wide, "radius_m"].min() >= 5_000
    assert frame.loc[~wide, "radius_m"].median() < 100
    # The whole municipality is within the radius: so is the point where the gazetteer puts it.
    seen = frame[wide].drop_duplicates("place").head(40)
    for lon, lat, radius in zip(seen["lon"], seen["lat"], seen["radius_m"], strict=True):
        assert radius >= farthest("mx_municipalities", lon, lat) - 100
