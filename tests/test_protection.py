"""Sensitive places: moved by as much as was said, alike for one place, and told nowhere else."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from click.testing import CliRunner

import bordermap
import bordermap.areas
import bordermap.protection
from bordermap.cli import cli

GEOD = pyproj.Geod(ellps="WGS84")
EXAMPLE = Path(__file__).parents[1] / "examples" / "incidents.csv"


def scattered(n: int = 400) -> pd.DataFrame:
    random = np.random.default_rng(6)
    lon, lat = random.uniform(-116, -98, n), random.uniform(20, 33, n)
    return pd.DataFrame({"lon": lon, "lat": lat, "note": "n"})


def moved(frame: pd.DataFrame, how: Any) -> tuple[np.ndarray, pd.DataFrame, bordermap.Incidents]:
    """Metres that each point moved, and what came of it."""
    incidents = bordermap.read(frame, protect=how)
    out = incidents.frame
    _, _, metres = GEOD.inv(frame["lon"], frame["lat"], out["lon"], out["lat"])
    return np.asarray(metres), out, incidents


@pytest.mark.parametrize("km", [0.5, 5, 50])
def test_rounding_puts_points_at_the_middle_of_cells_of_that_size(km: float) -> None:
    metres, out, incidents = moved(scattered(), bordermap.Rounding(km))
    assert (metres <= out["radius_m"]).all(), "the true point is within the radius"
    assert metres.max() < km * 1000 * 0.75  # half the diagonal of a square, and a little
    assert metres.max() > km * 1000 * 0.6
    assert incidents.protection == bordermap.Protection("rounded", km, 400)
    # Cells are as large as was said: at the same latitude, no two middles are nearer than a side.
    for _, row in out.groupby(out["lat"].round(9)):
        x = np.unique(row["lon"])
        if len(x) > 1:
            lat = np.full(len(x) - 1, row["lat"].iloc[0])
            assert np.min(GEOD.inv(x[:-1], lat, x[1:], lat)[2]) > km * 999
    # Nothing of the true point is left in the moved one: all of a cell come out as one.
    near = pd.DataFrame({"lon": [-100.001, -100.0012], "lat": [25.001, 25.0011]})
    one, two = bordermap.read(near, protect=bordermap.Rounding(5)).frame.geometry
    assert one == two
    again = bordermap.read(out[["lon", "lat"]], protect=bordermap.Rounding(km)).frame
    assert (again["lon"].to_numpy() == out["lon"].to_numpy()).all()


def test_jitter_is_uniform_over_a_ring_and_the_seed_decides() -> None:
    frame = scattered(3000)
    metres, out, _ = moved(frame, bordermap.Jitter(10, seed="s"))
    assert metres.min() >= 2_500
    assert metres.max() <= 10_000 + 1e-3
    assert (metres <= out["radius_m"]).all()
    share = (metres**2 - 2_500**2) / (10_000**2 - 2_500**2)
    deciles = np.histogram(share, bins=10, range=(0, 1))[0]
    assert deciles.min() > 230  # of 300; a sum of 3000 draws strays by some 16
    azimuth = GEOD.inv(frame["lon"], frame["lat"], out["lon"], out["lat"])[0]
    assert np.histogram(azimuth, bins=8, range=(-180, 180))[0].min() > 300
    same = bordermap.read(frame, protect=bordermap.Jitter(10, seed="s")).frame
    assert (same["lon"] == out["lon"]).all()
    other = bordermap.read(frame, protect=bordermap.Jitter(10, seed="t")).frame
    assert not (other["lon"] == out["lon"]).any()
    # A place moves alike in whatever table it stands.
    later = bordermap.read(frame.iloc[::-7], protect=bordermap.Jitter(10, seed="s")).frame
    assert later["lon"].tolist() == out["lon"].iloc[::-7].tolist()
    assert (
        "s"
        not in repr(bordermap.Jitter(10, seed="sss")).replace("seed", "").replace("only", "")[7:]
    )


def test_averaging_the_rows_of_one_place_leads_nowhere() -> None:
    random = np.random.default_rng(1)
    lon = -100.73 + random.normal(0, 1e-4, 300)  # fixes of one house, ten metres apart
    lat = 28.22 + random.normal(0, 1e-4, 300)
    for how in (bordermap.Jitter(5, seed=1), bordermap.Rounding(5)):
        _, out, _ = moved(pd.DataFrame({"lon": lon, "lat": lat}), how)
        _, _, off = GEOD.inv(out["lon"].mean(), out["lat"].mean(), -100.73, 28.22)
        assert off > 400
    _, out, _ = moved(pd.DataFrame({"lon": lon, "lat": lat}), bordermap.Jitter(5, seed=1))
    spread = np.hypot(out["lon"] - out["lon"].mean(), out["lat"] - out["lat"].mean())
    assert spread.max() < 1e-3, "all of them moved alike"


def test_jitter_leaves_border_towns_in_their_country() -> None:
    river = bordermap.borders.load("us-mexico/texas").lines
    at = [line.interpolate(share, normalized=True) for line in river.geoms for share in (0.3, 0.7)]
    frame = pd.DataFrame({"lon": [p.x for p in at], "lat": [p.y - 0.02 for p in at]})
    before = bordermap.distance.side(frame["lon"].round(2), frame["lat"].round(2))
    out = bordermap.read(frame, protect=bordermap.Jitter(8, seed=3)).frame
    after = bordermap.distance.side(out["lon"], out["lat"])
    assert (before == after).mean() > 0.97


def test_distances_follow_from_the_moved_point_and_nothing_tells_the_true_one() -> None:
    table = (
        "place,lat,lon,geom_wkt,gps,date,killed,description,url\n"
        'Refugio,28.2205,-100.7252,POINT (-100.7252 28.2205),"28.2205, -100.7252",2019-11-30,28,'
        '"At 28.2205 N 100.7252 W, 3.5 km off",https://example.org/28\n'
        "Xyzzyville,,,,,2020-01-01,1,,\n"
        "Nada,100.7252,28.2205,,,2020-01-01,1,,\n"
    )
    for how in (bordermap.Rounding(5), bordermap.Jitter(5, seed="z")):
        incidents = bordermap.measure(bordermap.read(table.encode(), protect=how))
        row = incidents.frame.iloc[0]
        km = bordermap.distance.to_border(row["lon"], row["lat"]) / 1000
        assert row["border_km"] == km
        true = float(bordermap.distance.to_border(-100.7252, 28.2205)) / 1000
        assert abs(row["border_km"] - true) > 1e-3
        assert row["border_uncertainty_km"] > 5 * 0.7
        assert row["killed"] == 28
        assert row["date"] == "2019-11-30"
        assert row["description"] == "At … N … W, 3.5 km off"
        assert len(incidents.rejected) == 2
        page = bordermap.draw(incidents).scene
        for text in (
            json.dumps(page.as_dict()),
            incidents.frame.to_csv(),
            incidents.rejected.to_csv(),
        ):
            assert "28.2205" not in text
            assert "100.7252" not in text
        assert any("geom_wkt, gps" in note for note in incidents.notes)


def test_no_other_notation_of_the_point_stays() -> None:
    lon, lat = -100.7313, 28.2212
    told: dict[str, Any] = {
        "casa": "28°13'16\"N 100°43'53\"W",
        "at": "28 13 16 N 100 43 53 W",
        "about": "cerca de (28.2, -100.7)",
        "cell": "14R 330109 3122920",
        "code": "869J2GCQ+XX",
        "hex": shapely.Point(lon, lat).wkb_hex,
        "shape": shapely.Point(lon, lat).wkb,
        "pair": [lon, lat],
        "exact": Decimal("28.2212"),
        "micro_a": round(lat * 1e7),
        "micro_b": round(lon * 1e7),
        "border_km": 42.123,  # as measured before, alone: a line through the true point
    }
    for number, code in enumerate((3857, 6372, 5070, 32614)):
        project = pyproj.Transformer.from_crs(4326, code, always_xy=True)
        e, n = project.transform(lon, lat)
        told |= {f"a{number}": e, f"b{number}": round(n)}
    beside = (
        "+2813.27-10043.88/", "28 13.272 N 100 43.878 W", "281316N 1004353W",
        "28d13m16sN 100d43m53sW",
    )  # fmt: skip
    told |= {f"beside{number}": f"La casa, {text}" for number, text in enumerate(beside)}
    kept = {"population": 250_000, "temperature": 31.5, "id": "A1", "note": "3.5 km off"}
    frame = pd.DataFrame([{"lon": lon, "lat": lat, **told, **kept}])
    incidents = bordermap.read(frame, protect=bordermap.Rounding(30))
    row = incidents.frame.iloc[0]
    left = {name: row.get(name, row.get(f"{name}_given")) for name in told}
    assert left.pop("about") == "cerca de (…, …)"
    assert not any(
        set(str(left.pop(name))) & set("0123456789") for name in told if "beside" in name
    )
    assert set(left.values()) == {None}, left
    assert {name: row[name] for name in kept} == kept


def test_rows_measured_to_several_borders_are_measured_again_each_to_its_own() -> None:
    rows = b"place,state\nNava,Coahuila\nSeattle,Washington\nZaragoza,Coahuila\n"
    south, north = (
        bordermap.measure(bordermap.read(rows), border=key) for key in ("us-mexico", "us-canada")
    )
    both = south.frame.copy()
    both.loc[3] = north.frame.loc[3]
    both.loc[4, "border"] = "a fence of mine"
    incidents = bordermap.read(
        pd.DataFrame(both.drop(columns="geometry")), protect=bordermap.Rounding(5)
    )
    out = incidents.frame
    assert out["place"].tolist() == ["Nava", "Seattle", "Zaragoza"]
    assert out["border"].tolist()[:2] == ["us-mexico", "us-canada"]
    for at, key in enumerate(("us-mexico", "us-canada")):
        moved = bordermap.distance.to_border(out["lon"].iloc[at], out["lat"].iloc[at], key)
        assert out["border_km"].iloc[at] == pytest.approx(float(moved) / 1000)
    assert pd.isna(out["border_km"].iloc[2])
    assert any("distances to a fence of mine" in note for note in incidents.notes)


@pytest.mark.parametrize(
    "written",
    [
        "330109 mE 3122920 mN zona 14",
        "14R 330109 3122920",
        "UTM zona 14 R E330109 N3122920",
        "X=330,109 Y=3,122,920 zona 14R",
        "Zona 14, 330 109 mE, 3 122 920 mN",
        "3122920.4 N, 330109.2 E (UTM 14)",
        "28 13 N 100 43 W",
        "28 13.272 N 100 43.878 W",
        "N28.2 W100.7",
        "geo:28.2,-100.7",
    ],
)
def test_coordinates_in_the_midst_of_a_text_go_and_its_words_stay(written: str) -> None:
    text = f"hallados en {written} por 14 vecinos, 2 km al N"
    frame = pd.DataFrame(
        [
            {"lon": -100.7313, "lat": 28.2212, "note": text},
            {"lon": 999, "lat": 28.2212, "note": text},  # refused
        ]
    )
    incidents = bordermap.read(frame, protect=bordermap.Rounding(30))
    for note in (incidents.frame["note"].iloc[0], incidents.rejected["note"].iloc[0]):
        assert "hallados" in note
        assert " por 14 vecinos, 2 km al N" in note
        assert set(note) & set("0123456789") == set("142")
        assert not re.search(r"\d{3}|28|100", note), note


def test_sums_and_counts_in_a_text_are_no_coordinates() -> None:
    text = "23 500 habitantes; de 150,000 a 2,300,000 pesos; 3.5-4.2 km; calle 5 10 N"
    frame = pd.DataFrame([{"lon": -100.7313, "lat": 28.2212, "note": text}])
    assert bordermap.read(frame, protect=bordermap.Rounding(30)).frame["note"].tolist() == [text]


def test_what_bordermap_itself_knows_of_the_true_point_goes_too(tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("lon,lat\n-100.7313,28.2212\n", encoding="utf-8")
    plain = bordermap.read(file)
    assert (plain.frame["admin2"][2], plain.source.sha256 is None) == ("Villa Unión", False)
    # Half a cell of 300 km away is another municipality, and the file that has this sum is found
    # by trying points until it fits.
    moved = bordermap.read(file, protect=bordermap.Rounding(300))
    middle = bordermap.areas.locate(moved.frame["lon"], moved.frame["lat"])
    assert moved.frame["admin2"].tolist() == list(middle.admin2) != ["Villa Unión"]
    assert moved.source.sha256 is None
    named = bordermap.read(b"place,state\nNava,Coahuila\n", protect=bordermap.Rounding(5))
    assert named.decisions is None, "they have the points of the towns"
    to = tmp_path / "decisions.csv"
    asked = ["read", str(file), "--round-km", "5", "--write-decisions", str(to)]
    done = CliRunner().invoke(cli, asked)
    assert (done.exit_code, to.exists()) == (2, False)
    assert "true points" in done.stderr


def test_what_bordermap_wrote_of_the_true_point_goes_when_the_table_comes_back(
    tmp_path: Path,
) -> None:
    rows = 'lon,lat,place\n-100.7313,28.2212,\n-106.49,31.76,\n,,"Nava, Coahuila"\n'
    file = bordermap.write(rows.encode(), tmp_path / "unprotected.csv").path
    before = pd.read_csv(file)
    assert before["admin2"].tolist() == ["Villa Unión", "El Paso County", "Nava"]
    again = bordermap.read(file, protect=bordermap.Rounding(250)).frame
    middle = bordermap.areas.locate(again["lon"], again["lat"])
    by_point = ["Villa Unión", "El Paso"]
    assert not set(middle.admin2) & set(by_point)
    for row in (0, 1):
        assert str(middle.admin2[row]) in str(again["admin2"].iloc[row])
        assert again["admin1"].iloc[row] == middle.admin1[row]
    # What the town's name tells is not told by its point.
    assert again[["admin1", "admin2"]].iloc[2].tolist() == ["Coahuila", "Nava"]
    assert bordermap.read(file).frame["admin2"].tolist() == before["admin2"].tolist()


def test_distances_to_a_line_of_ones_own_are_left_out_and_measured_again(tmp_path: Path) -> None:
    line = shapely.LineString([(-106.53, 31.78), (-106.21, 31.47)])
    fence = bordermap.Border.from_geometry(line, crs=4326, key="fence", accuracy_m=5)
    measured = bordermap.measure([(-106.4, 31.7), (-106.3, 31.5)], border=fence)
    file = bordermap.write(measured, tmp_path / "a.csv", protect=bordermap.Rounding(5)).path
    assert "border_km" not in pd.read_csv(file)
    true = bordermap.write(measured, tmp_path / "true.csv").path
    hidden = bordermap.read(true, protect=bordermap.Rounding(5))
    assert "distances to fence, which would tell the true points, were left out" in hidden.notes
    drawn = bordermap.draw(measured, border=fence, protect=bordermap.Rounding(5), lang="es")
    again = drawn.measured.frame
    fresh = bordermap.distance.to_border(again["lon"], again["lat"], fence) / 1000
    assert again["border_km"].tolist() == pytest.approx(fresh.tolist(), abs=1e-9)
    assert not any("fence" in note for note in drawn.scene.notes)
    drawn = bordermap.draw(bordermap.read(file), border=fence, lang="es")
    assert drawn.measured.frame["border_km"].tolist() == pytest.approx(again["border_km"].tolist())


def test_a_named_town_is_not_told_by_its_match() -> None:
    found = bordermap.geocode("Nava, Coahuila")
    data = b"place,state\nNava,Coahuila\n"
    incidents = bordermap.read(data, protect=bordermap.Rounding(20))
    row = incidents.frame.iloc[0]
    assert row["match_id"] is None
    assert row["match_name"] is None
    assert row["radius_m"] % 1000 == 0, "a town's own radius is as good as its name"
    assert row["place"] == "Nava", "names are for the author to weigh, and a note says so"
    assert "names and texts are as the table has them" in incidents.notes[-1]
    assert row["lon"] != found.lon


def test_coordinates_that_a_name_passed_over_are_taken_out_too() -> None:
    frame = pd.DataFrame(
        {"town": ["Nava"], "state": ["Coahuila"], "lon": [-100.61], "lat": [28.51]}
    )
    found = bordermap.geocode(frame)
    assert found.frame["lon_given"].tolist() == [-100.61]
    out = bordermap.measure(bordermap.protection.protect(found, bordermap.Rounding(5)))
    assert out.frame["lon_given"].isna().all()
    assert out.frame["lat_given"].isna().all()


def test_only_flagged_rows_are_moved() -> None:
    data = (
        "lon,lat,Sensible\n-100.7,28.2,sí\n-99.5,27.5,no\n-98.3,26.1,\n-106.4,31.6,TRUE\n"
    ).encode()
    incidents = bordermap.read(data, protect=bordermap.Rounding(10, only="sensible"))
    assert incidents.protection == bordermap.Protection("rounded", 10, 2)
    same = incidents.frame["lon"] == [-100.7, -99.5, -98.3, -106.4]
    assert same.tolist() == [False, True, True, False]
    assert "2 of 4 points were rounded to a grid of 10 km" in incidents.notes[0]
    with pytest.raises(bordermap.TableError, match=r"row 2, .*'perhaps' says neither yes nor no"):
        bordermap.read(b"place,s\nReynosa,perhaps\n", protect=bordermap.Rounding(10, only="s"))
    with pytest.raises(bordermap.TableError, match="no column 'secret'"):
        bordermap.read(data, protect=bordermap.Rounding(10, only="secret"))


@pytest.mark.parametrize("km", [0, -1, float("nan"), float("inf"), 501, "5", True, None])
def test_distances_that_mean_nothing_are_refused(km: Any) -> None:
    for how in (bordermap.Rounding, lambda km: bordermap.Jitter(km, seed=1)):
        with pytest.raises(bordermap.InputError, match="km="):
            how(km)
    with pytest.raises(bordermap.InputError, match="seed"):
        bordermap.Jitter(5, seed="")
    with pytest.raises(bordermap.InputError, match="Rounding"):
        bordermap.read(b"place\nReynosa\n", protect=5)  # type: ignore[arg-type]
    with pytest.raises(bordermap.InputError, match="one place"):
        bordermap.draw("Reynosa", protect=bordermap.Rounding(5))


def test_the_map_the_file_and_the_command_line_say_it(tmp_path: Path) -> None:
    measured = bordermap.measure(bordermap.read(EXAMPLE))
    drawn = bordermap.draw(measured, protect=bordermap.Jitter(5, seed=1))
    assert drawn.scene.as_dict()["protection"] == {"method": "jittered", "km": 5, "rows": 51}
    assert bordermap.draw(measured).scene.protection is None
    assert isinstance(drawn.measured, bordermap.Incidents)
    assert not np.isclose(drawn.measured.frame["border_km"], measured.frame["border_km"]).any()
    written = bordermap.write(measured, tmp_path / "a.geojson", protect=bordermap.Rounding(10))
    content = json.loads(written.path.read_text(encoding="utf-8"))
    assert any("rounded to a grid of 10 km" in note for note in content["notes"])
    done = CliRunner().invoke(
        cli, ["measure", str(EXAMPLE), "--jitter-km", "5", "--seed", "1", "--json"]
    )
    assert "moved at random by up to 5 km" in done.stderr
    first = json.loads(done.stdout.splitlines()[0])
    row = drawn.measured.frame.iloc[0]
    assert (first["lon"], first["lat"]) == (row["lon"], row["lat"])
    assert first["border_km"] == pytest.approx(row["border_km"], abs=1e-5)
