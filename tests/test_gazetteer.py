"""The shipped gazetteer: what it must hold, how it opens, and that it stands up to its users."""

from __future__ import annotations

import csv
import multiprocessing
import os
import pickle
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

import bordermap
from bordermap import _data, gazetteer
from bordermap.errors import DataError
from bordermap.gazetteer import SqliteGazetteer
from bordermap.model import Gazetteer, Place
from bordermap.names import REGIONS, fold, key, region_codes

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def shipped() -> SqliteGazetteer:
    return gazetteer.load()


def kilometres(place: Place, lon: float, lat: float) -> float:
    return Geodesic.WGS84.Inverse(place.lat, place.lon, lat, lon)["s12"] / 1000


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Villa Unión", "VILLA UNION"),
        ("Piedras Negras", "piedras  negras "),
        ("Peñasco", "Pen\u0303asco"),
        ("Peñasco", "Penasco"),
        ("Cd. Juárez", "Ciudad Juárez"),
        ("Sta. Ana", "Santa Ana"),
        ("Gral. Bravo", "General Bravo"),
        ("Nvo. Laredo", "Nuevo Laredo"),
        ("Pto. Peñasco", "Puerto Peñasco"),
        ("St. Louis", "Saint Louis"),
        ("Saint-Léonard", "Saint Leonard"),
        ("D’Hanis", "D'Hanis"),
        ("H. Matamoros", "Heroica Matamoros"),
        ("Villa\u00a0Unión", "Villa Unión"),
    ],
)
def test_spellings_that_are_one_name(one: str, other: str) -> None:
    assert key(one) == key(other)


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Coah.", ("MX-COA",)),
        ("Coahuila de Zaragoza", ("MX-COA",)),
        ("N. L.", ("MX-NLE", "CA-NL")),
        ("Tamps", ("MX-TAM",)),
        ("B.C.", ("MX-BCN", "CA-BC")),
        ("BCS", ("MX-BCS",)),
        ("Edo. Méx.", ("MX-MEX",)),
        ("CDMX", ("MX-CMX",)),
        ("D.F.", ("MX-CMX",)),
        ("Q. Roo", ("MX-ROO",)),
        ("SLP", ("MX-SLP",)),
        ("Dgo.", ("MX-DUR",)),
        ("TX", ("US-TX",)),
        ("Ariz.", ("US-AZ",)),
        ("N. Mex.", ("US-NM",)),
        ("Sask.", ("CA-SK",)),
        ("Coahuila state", ("MX-COA",)),
        ("estado de Sonora", ("MX-SON",)),
        ("MX-COA", ("MX-COA",)),
        ("Atlantis", ()),
    ],
)
def test_states_by_their_usual_spellings(text: str, codes: tuple[str, ...]) -> None:
    assert region_codes(text) == codes


def test_every_state_is_found_by_its_own_name_code_and_no_two_share_a_code() -> None:
    for code, region in REGIONS.items():
        assert code in region_codes(region.name)
        assert region_codes(code) == (code,)
    assert len([c for c in REGIONS if c.startswith("MX")]) == 32
    assert len([c for c in REGIONS if c.startswith("US")]) == 51
    assert len([c for c in REGIONS if c.startswith("CA")]) == 13


# ---------------------------------------------------------------- content


def test_it_is_a_gazetteer(shipped: SqliteGazetteer) -> None:
    assert isinstance(shipped, Gazetteer)
    assert "GeoNames" in shipped.source.name


def test_twins_are_one_place(shipped: SqliteGazetteer) -> None:
    found = shipped.lookup("Villa Unión", admin1="Coahuila")
    assert len(found) == 1
    assert kilometres(found[0], -100.73, 28.22) < 2
    assert [p.admin1 for p in shipped.lookup("Ojinaga")] == ["Chihuahua"]


@pytest.mark.parametrize(
    ("name", "state", "lon", "lat", "within"),
    [
        # Positions as printed on maps, to a hundredth of a degree.
        ("Ojinaga", "Chihuahua", -104.41, 29.56, 2),  # opposite Presidio, Texas
        ("Nuevo Laredo", "Tamaulipas", -99.51, 27.48, 5),
        ("Ciudad Acuña", "Coahuila", -100.93, 29.32, 4),
        ("Agua Prieta", "Sonora", -109.55, 31.33, 4),
        ("El Paso", "Texas", -106.49, 31.76, 6),
        ("San Ysidro", "California", -117.04, 32.55, 3),
        ("Sweetgrass", "Montana", -111.96, 49.00, 2),
        ("Niagara Falls", "Ontario", -79.08, 43.10, 6),
    ],
)
def test_places_lie_where_maps_show_them(
    shipped: SqliteGazetteer, name: str, state: str, lon: float, lat: float, within: float
) -> None:
    found = shipped.lookup(name, admin1=state)
    assert found, name
    assert min(kilometres(place, lon, lat) for place in found) < within


@pytest.mark.parametrize(
    ("name", "state", "meant"),
    [
        ("Rocky Point", "Sonora", "Puerto Peñasco"),
        ("Ciudad Porfirio Díaz", "Coahuila", "Piedras Negras"),
        ("San Nicolás", "Nuevo León", "San Nicolás de los Garza"),
        ("TJ", "Baja California", "Tijuana"),
        ("Mty.", "N.L.", "Monterrey"),
        ("SLRC", "Sonora", "San Luis Río Colorado"),
        ("NLD", "Tamps.", "Nuevo Laredo"),
    ],
)
def test_what_a_town_is_called_besides_its_name(
    shipped: SqliteGazetteer, name: str, state: str, meant: str
) -> None:
    (place,) = shipped.lookup(name, country="MX", admin1=state)
    assert (place.name, place.match) == (meant, "alternate")


def test_the_village_of_the_teachers_college_is_beside_tixtla(shipped: SqliteGazetteer) -> None:
    found = shipped.lookup("Ayotzinapa", admin1="Guerrero")
    tixtla = [place for place in found if place.admin2 == "Tixtla de Guerrero"]
    assert len(found) == 3
    (seat,) = shipped.lookup("Tixtla de Guerrero")
    assert 0.5 < kilometres(tixtla[0], seat.lon, seat.lat) < 3


@pytest.mark.parametrize(
    "village", ["Coburn Gore, Maine", "Piney, Manitoba", "El Mulato, Chihuahua"]
)
def test_a_village_without_a_point_of_its_own_says_so(
    shipped: SqliteGazetteer, village: str
) -> None:
    place = bordermap.geocode(village)
    assert place.score <= 0.8
    assert place.radius_m >= 5000
    assert "its own point is not known" in place.reason
    near = shipped.near(place.lon, place.lat, within_m=1000, limit=50)
    assert place.name not in {record.name for _, record in near}


@pytest.mark.parametrize(
    ("village", "state", "municipality"),
    [
        ("Colonia LeBarón", "Chihuahua", "Galeana"),
        ("Acteal", "Chiapas", "Chenalhó"),
        ("Santa Elena", "Chihuahua", "Manuel Benavides"),
    ],
)
def test_a_village_known_by_its_municipality_only_covers_it_and_says_so(
    shipped: SqliteGazetteer, village: str, state: str, municipality: str
) -> None:
    place = bordermap.geocode(village, admin1=state)
    assert (place.name, place.admin2) == (village, municipality)
    assert place.score < 0.9
    assert "only the municipality" in place.reason
    (whole,) = [r for r in shipped.find(key(municipality)) if r.kind == "municipality" and r.region == region_codes(state)[0]]  # fmt: skip
    assert (place.lon, place.lat, place.radius_m) == (whole.lon, whole.lat, whole.radius_m)
    assert village not in [r.name for _, r in shipped.near(place.lon, place.lat, within_m=1000)]


@pytest.mark.parametrize(
    ("name", "state", "lon", "lat", "within"),
    [
        # The Census' gazetteer of 2022, OurAirports, Wikipedia, Texas' list of crossings.
        ("Why", "Arizona", -112.731, 32.259, 2),
        ("Boulevard", "California", -116.290, 32.664, 2),
        ("Animas", "New Mexico", -108.806, 31.945, 2),
        ("Boca Chica", "Texas", -97.184, 25.991, 2),
        ("La Mora", "Sonora", -108.946, 30.593, 2),
        ("Amistad Dam", "Texas", -101.058, 29.450, 1),
        ("Anzalduas", "Texas", -98.318, 26.117, 1),
        ("Mariposa", "Arizona", -110.966, 31.334, 1),
        ("Ciudad Guerrero", "Tamaulipas", -99.226, 26.564, 1),
        ("San Carlos", "Chihuahua", -103.906, 29.107, 1),
        # In GeoNames' older edition only, or there under the name that people use.
        ("Bahía de Lobos", "Sonora", -110.455, 27.352, 1),
        ("Bahuichivo", "Chihuahua", -108.067, 27.410, 1),
        ("Villa Juárez", "Sinaloa", -107.545, 24.657, 2),
    ],
)
def test_small_places_of_border_news_are_on_record(
    shipped: SqliteGazetteer, name: str, state: str, lon: float, lat: float, within: float
) -> None:
    (place,) = shipped.lookup(name, admin1=state)
    assert kilometres(place, lon, lat) < within


def test_every_correction_has_a_reason_and_a_source() -> None:
    with (ROOT / "shapefiles" / "corrections.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert lines
    for line in lines:
        assert line["reason"], line
        assert line["source"], line


def test_a_phantom_is_gone(shipped: SqliteGazetteer) -> None:
    found = shipped.lookup("San Pedro", admin1="Coahuila")
    assert [place.admin2 for place in found] == ["San Pedro"]


def test_all_municipalities_and_states_are_there(shipped: SqliteGazetteer) -> None:
    base = sqlite3.connect(f"{shipped.path.resolve().as_uri()}?mode=ro", uri=True)
    (municipalities,) = base.execute(
        "SELECT count(*) FROM place WHERE kind = 'municipality'"
    ).fetchone()
    base.close()
    assert municipalities == 2465
    for code, region in REGIONS.items():
        record = shipped.region(code)
        assert record is not None
        assert (record.kind, record.name, record.region) == ("state", region.name, code)
    mexico = shipped.region("MX")
    assert mexico is not None
    assert mexico.kind == "country"
    assert shipped.region("XX") is None


def test_the_point_of_a_state_or_country_is_on_its_own_dry_land(shipped: SqliteGazetteer) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    import shapely

    folder = ROOT / "shapefiles"
    polygons = {}
    for layer, column, prefix in (
        ("us_states", "postal", "US-"), ("mx_states", "iso", ""), ("ca_provinces", "iso", ""),
        ("countries", "country", ""),
    ):  # fmt: skip
        frame = pyogrio.read_dataframe(folder / f"{layer}.shp")
        polygons |= {prefix + c: s for c, s in zip(frame[column], frame.geometry, strict=True)}
    dry, wet = (
        shapely.STRtree(pyogrio.read_dataframe(folder / f"{layer}.shp").geometry.to_numpy())
        for layer in ("land", "lakes")
    )
    for code in ("CA", "MX", "US", *REGIONS):
        record = shipped.region(code)
        assert record is not None
        point = shapely.Point(record.lon, record.lat)
        assert polygons[code].contains(point), code
        assert len(dry.query(point, "within")) > 0, code
        assert len(wet.query(point, "within")) == 0, code


@pytest.mark.parametrize(
    ("code", "lon", "lat"),
    [
        ("US-FL", -80.03, 26.70),  # Palm Beach
        ("US-MI", -90.17, 46.45),  # Ironwood
        ("CA-ON", -95.10, 49.75),  # by the line to Manitoba
        ("CA-NL", -52.62, 47.52),  # Cape Spear
        ("MX-CHH", -103.35, 29.02),  # Manuel Benavides
    ],
)
def test_the_radius_of_a_state_reaches_its_ends(
    shipped: SqliteGazetteer, code: str, lon: float, lat: float
) -> None:
    record = shipped.region(code)
    assert record is not None
    metres = Geodesic.WGS84.Inverse(record.lat, record.lon, lat, lon)["s12"]
    assert metres <= record.radius_m < 2.6 * metres


def test_towns_lie_in_the_municipality_that_they_name(shipped: SqliteGazetteer) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    import shapely

    layer = ROOT / "shapefiles" / "mx_municipalities.shp"
    if not layer.exists():
        pytest.skip("mx_municipalities.shp is not built")
    frame = pyogrio.read_dataframe(layer)
    tree = shapely.STRtree(frame.geometry.to_numpy())
    names = frame["name"].to_numpy()
    towns = [t for t in shipped.towns((-118, 14, -86, 33), 2000) if t.country == "MX"]
    assert len(towns) > 4000
    points = shapely.points([(town.lon, town.lat) for town in towns])
    said: dict[int, set[str]] = {}
    for point, shape in zip(*tree.query(points, predicate="intersects"), strict=True):
        said.setdefault(int(point), set()).add(key(names[shape]))
    astray = [
        town.label
        for number, town in enumerate(towns)
        if number in said and key(town.admin2 or "") not in said[number]
    ]
    # The shipped polygons are simplified; the gazetteer was made with the full ones.
    assert len(astray) < 0.01 * len(towns), astray[:20]


def test_the_size_of_a_town_grows_with_its_people(shipped: SqliteGazetteer) -> None:
    (village,) = shipped.lookup("Villa Unión", admin1="Coahuila")
    juarez = shipped.lookup("Ciudad Juárez", admin1="Chihuahua")[0]
    assert 700 < village.radius_m < 1500
    assert 8_000 < juarez.radius_m < 13_000  # some 350 km² of city


def test_towns_in_a_window(shipped: SqliteGazetteer) -> None:
    found = shipped.towns((-101, 28, -100, 29), min_population=3000)
    assert [town.name for town in found[:2]] == ["Piedras Negras", "Eagle Pass"]
    assert all(-101 <= t.lon <= -100 and 28 <= t.lat <= 29 for t in found)
    assert [t.population for t in found] == sorted((t.population for t in found), reverse=True)
    assert len(shipped.towns((-101, 28, -100, 29), limit=2)) == 2
    everywhere = shipped.towns((-180, -90, 180, 90), 1_000_000)
    assert {"Tijuana", "Monterrey", "Toronto"} <= {town.name for town in everywhere}
    assert shipped.towns((0, 0, 1, 1)) == []


def test_a_window_may_cross_the_antimeridian(shipped: SqliteGazetteer) -> None:
    found = shipped.towns((175, 50, -165, 55))
    assert found
    assert all(town.admin1 == "Alaska" and town.lon < -165 for town in found)


def test_towns_near_a_point_are_the_nearest(shipped: SqliteGazetteer) -> None:
    lon, lat = -100.52, 28.70
    near = shipped.near(lon, lat, within_m=60_000, limit=5)
    window = shipped.towns((lon - 1, lat - 1, lon + 1, lat + 1))
    expected = sorted(kilometres(town, lon, lat) for town in window)[:5]
    assert [d / 1000 for d, _ in near] == pytest.approx(expected, abs=1e-3)


# ---------------------------------------------------------------- the file


def test_it_fits_its_budget(shipped: SqliteGazetteer) -> None:
    assert shipped.path.stat().st_size < 16_000_000


def test_a_lookup_reads_a_small_part_of_the_file(shipped: SqliteGazetteer) -> None:
    script = (
        "import sqlite3, sys\n"
        "from bordermap import gazetteer\n"
        "g = gazetteer.load()\n"
        "before = open('/proc/self/io').read().split()[1]\n"
        "assert g.lookup('Villa Union')\n"
        "print(int(open('/proc/self/io').read().split()[1]) - int(before))\n"
    )
    if not Path("/proc/self/io").exists():
        pytest.skip("needs /proc/self/io")
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert int(done.stdout) < shipped.path.stat().st_size / 10


def test_it_opens_where_nothing_can_be_written(tmp_path: Path, shipped: SqliteGazetteer) -> None:
    copy = tmp_path / "gazetteer.sqlite"
    copy.write_bytes(shipped.path.read_bytes())
    copy.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        assert SqliteGazetteer(copy, shipped.source).lookup("Nava", admin1="Coahuila")
        assert [path.name for path in tmp_path.iterdir()] == ["gazetteer.sqlite"]
    finally:
        tmp_path.chmod(0o755)


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 300])
def test_a_damaged_file_is_refused_in_one_sentence(
    tmp_path: Path, shipped: SqliteGazetteer, content: bytes
) -> None:
    broken = tmp_path / "gazetteer.sqlite"
    broken.write_bytes(content)
    with pytest.raises(DataError, match="install bordermap again"):
        SqliteGazetteer(broken, shipped.source)


def test_threads_share_it(shipped: SqliteGazetteer) -> None:
    wanted = [p.id for p in shipped.lookup("Villa Unión")]
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append([p.id for p in shipped.lookup("Villa Unión")]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_uses_it(shipped: SqliteGazetteer) -> None:
    shipped.lookup("Nava")
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(len(shipped.lookup("Villa Unión"))))
    child.start()
    assert receiver.poll(30)
    assert receiver.recv() == 4
    child.join(30)
    assert shipped.lookup("Nava")


def test_it_travels_to_another_process(shipped: SqliteGazetteer) -> None:
    again = pickle.loads(pickle.dumps(shipped))  # noqa: S301
    assert again.lookup("Nava")[0].id == shipped.lookup("Nava")[0].id


def test_the_manifest_credits_it(shipped: SqliteGazetteer) -> None:
    assert _data.source("gazetteer") == shipped.source
    assert "CC BY" in shipped.source.licence
