"""Borders by key, their stretches, and lines of one's own."""

from __future__ import annotations

import copy
import json
import pickle
import zipfile
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod, Transformer

from bordermap import _data, _shapefile, borders, distance
from bordermap._ellipsoid import saved
from bordermap.borders import Border
from bordermap.errors import BorderError, DataError

GEOD = Geod(ellps="WGS84")


def test_keys():
    keys = borders.keys()
    assert {"us-mexico", "us-canada", "us", "us-mexico/texas", "us-mexico/nuevo-leon"} <= set(keys)
    assert {"us-canada/montana", "us-canada/british-columbia", "us-canada/alaska"} <= set(keys)
    assert len(keys) == len(set(keys))
    for key in keys:
        border = borders.load(key)
        assert border.key == key
        assert len(border.parts) == len(border.lines.geoms) > 0
        assert border.label.startswith("the ")
        assert border.accuracy_m > 0
        assert border.source.attribution


def test_shipped_lines_are_what_gdal_reads():
    pyogrio = pytest.importorskip("pyogrio")
    for layer in ("us_mexico_border", "us_canada_border", "countries"):
        path = _data.file(f"{layer}.shp")
        meta, _, wkb, columns = pyogrio.raw.read(path)
        records = _shapefile.read(path)
        shapes = shapely.from_wkb(wkb)
        assert len(records) == len(shapes)
        for record, shape in zip(records, shapes, strict=True):
            mine = np.concatenate(record.parts)
            theirs = shapely.get_coordinates(shape)
            if shape.geom_type == "LineString":
                np.testing.assert_array_equal(mine, theirs)
            else:
                assert sorted(map(tuple, mine)) == sorted(map(tuple, theirs))
        for name, column in zip(meta["fields"], columns, strict=True):
            for record, value in zip(records, column, strict=True):
                text = record.fields[name]
                if isinstance(value, str):
                    assert text == value
                elif value is None:
                    assert text == ""
                else:
                    assert float(text) == pytest.approx(float(value))


def test_the_mexican_border_is_whole():
    lines = borders.load("us-mexico").lines
    ends = [shapely.get_coordinates(line)[[0, -1]] for line in lines.geoms]
    for before, after in pairwise(ends):
        assert GEOD.inv(*before[1], *after[0])[2] < 50
    assert 3_120e3 < sum(GEOD.geometry_length(line) for line in lines.geoms) < 3_200e3


def test_a_stretch():
    whole = borders.load("us-mexico")
    texas = whole.part("Texas")
    assert texas.key == "us-mexico/texas"
    assert texas.label == "the Texas border"
    assert {part.us_state for part in texas.parts} == {"Texas"}
    assert whole.part("NUEVO LEÓN").label == "the Nuevo León border"
    assert len(whole.part("texas-coahuila").parts) == 1
    assert borders.load("us/alaska").lines == borders.load("us-canada/alaska").lines
    assert borders.load(texas) is texas
    assert borders.load("US-Mexico/Texas").key == "us-mexico/texas"


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("us-mexiko", "us-mexico"),
        ("us-mexico/texes", "texas"),
        ("us-mexico/montana", "texas"),
        ("", "us-canada"),
        ("fence.geojson", r"give Border\.from_file\('fence\.geojson'\)"),
    ],
)
def test_unknown_border(key, hint):
    with pytest.raises(BorderError, match=hint):
        borders.load(key)


def test_from_geometry_takes_lines_and_polygons():
    line = shapely.LineString([(-100, 30), (-99, 31)])
    assert Border.from_geometry(line, crs=4326).lines.geoms[0] == line
    many = Border.from_geometry([line, line], crs="EPSG:4326", names=["a", "b"], key="mine")
    assert [part.label for part in many.parts] == ["a", "b"]
    assert many.part("b").key == "mine/b"
    hole = shapely.box(-100, 30, -90, 40).difference(shapely.box(-96, 34, -95, 35))
    ring = Border.from_geometry(hole, crs=4326)
    assert len(ring.lines.geoms) == 2
    assert distance.to_border(-95.5, 34.5, ring) < 60e3
    assert distance.to_border(-98.0, 33.0, Border.from_geometry(line.buffer(3), crs=4326)) > 0
    heights = shapely.LineString([(-100, 30, 5), (-99, 31, 7)])
    assert Border.from_geometry(heights, crs=4326).lines.has_z is False


def test_from_geometry_in_any_crs():
    """Vertices are transformed; the same border comes back from Mexico's own projection."""
    whole = borders.load("us-mexico")
    there = Transformer.from_crs(4326, 6372, always_xy=True)
    moved = shapely.transform(whole.lines, there.transform, interleaved=False)
    back = Border.from_geometry(moved, crs=6372)
    lon, lat = np.array([-100.3, -110.0, -116.0]), np.array([25.6, 29.0, 31.0])
    np.testing.assert_allclose(
        distance.to_border(lon, lat, back), distance.to_border(lon, lat), rtol=0, atol=1e-3
    )


@pytest.mark.parametrize(
    ("geometry", "crs", "reason"),
    [
        (shapely.LineString([(0, 0), (1, 1)]), None, "coordinate reference system"),
        (shapely.LineString([(0, 0), (1, 1)]), "EPSG:nonsense", "coordinate reference system"),
        (shapely.Point(0, 0), 4326, "Point"),
        (shapely.LineString(), 4326, "empty"),
        (shapely.MultiLineString(), 4326, "empty"),
        (shapely.Polygon(), 4326, "empty"),
        (shapely.LineString([(3, 3), (3, 3)]), 4326, "no length"),
        (shapely.LineString([(0, 0), (1, 91)]), 4326, "no place on Earth"),
        (shapely.LineString([(0, 0), (1, np.inf)]), 4326, "no place on Earth"),
        (shapely.LineString([(0, 0), (5e5, 50)]), 4326, "360"),
        ("LINESTRING (0 0, 1 1)", 4326, "shapely"),
        ([], 4326, "no lines"),
        (None, 4326, "NoneType"),
        (shapely.LineString([(0, 90), (50, 90)]), 4326, "no length"),
        (shapely.box(-180, 60, 180, 90), 4326, "right round the Earth"),
        (shapely.box(-180, -90, 180, 90), 4326, "all of the Earth"),
        (shapely.Polygon([(0, 0), (1, 1), (2, 2)]), 4326, "without any area"),
        (
            shapely.Polygon([(0, 0), (9, 0), (9, 9)], [[(4, 1), (6, 2), (4, 1)]]),
            4326,
            "hole without any area",
        ),
        (shapely.GeometryCollection([shapely.Point(0, 0)]), 4326, "Point"),
        (shapely.LineString([(0, 0), (1, 1)]), 4978, "no system of longitude and latitude"),
    ],
)
def test_lines_that_cannot_serve(geometry, crs, reason):
    with pytest.raises(BorderError, match=reason):
        Border.from_geometry(geometry, crs=crs)


def test_a_line_across_the_antimeridian_is_cut_there():
    for xy in ([(170, 0), (-170, 10)], [(170, 0), (190, 10)], [(-190, 0), (-170, 10)]):
        border = Border.from_geometry(shapely.LineString(xy), crs=4326)
        lines = [shapely.get_coordinates(line).tolist() for line in border.lines.geoms]
        assert lines == [[[170, 0], [180, 5]], [[-180, 5], [-170, 10]]]
        assert len(border.parts) == 2
        assert distance.to_border(180.0, 5.0, border) < 1e-3
        assert distance.to_border(0.0, 0.0, border) > 15_000e3
    round_trip = shapely.LineString([(170, 0), (-170, 0), (170, 5)])
    border = Border.from_geometry(round_trip, crs=4326)
    assert [line.bounds for line in border.lines.geoms] == [
        (170, 0, 180, 0),
        (-180, 0, -170, 2.5),
        (170, 2.5, 180, 5),
    ]


def brute_force(border, lon, lat):
    """Least geodesic to 2,000 points of every edge."""
    share = np.linspace(0, 1, 2001)[:, None]
    least = np.inf
    for line in border.lines.geoms:
        xy = shapely.get_coordinates(line)
        for a, b in pairwise(xy):
            at = a + share * (b - a)
            away = GEOD.inv(np.full(2001, lon), np.full(2001, lat), *at.T)[2]
            least = min(least, away.min())
    return least


@pytest.mark.parametrize(
    "area",
    [
        shapely.box(170, 0, 190, 10),
        shapely.Polygon([(170, 0), (-170, 0), (-170, 10), (170, 10)]),
        # RFC 7946 has areas cut in two there: the seam is no border.
        shapely.MultiPolygon([shapely.box(170, 0, 180, 10), shapely.box(-180, 0, -170, 10)]),
        shapely.MultiPolygon([shapely.box(170, 0, 180, 10), shapely.box(-180, -5, -170, 10)]),
    ],
)
def test_an_area_across_the_antimeridian_has_no_border_in_its_middle(area):
    border = Border.from_geometry(area, crs=4326)
    assert distance.to_border(180.0, 5.0, border) == pytest.approx(GEOD.inv(180, 5, 180, 0)[2])
    assert distance.to_border(169.0, 5.0, border) == pytest.approx(
        brute_force(border, 169.0, 5.0), abs=0.1
    )
    # Where only one half goes on, it ends at the antimeridian.
    below = distance.to_border(180.0, -2.5, border)
    assert below == pytest.approx(brute_force(border, 180.0, -2.5), abs=0.1)
    assert (below < 1) == (area.bounds[1] < 0)


def test_an_area_round_the_pole_is_bounded_by_its_shore_alone():
    shore = [(lon, -70.0) for lon in range(-180, 181, 30)]
    ring = [(-180, -90), *shore, (180, -90)]
    for turn in range(0, len(ring), 3):
        area = shapely.Polygon([*ring[turn:], *ring[:turn]])
        border = Border.from_geometry(area, crs=4326)
        assert border.lines.bounds == (-180, -70, 180, -70)
        for lon in (180.0, 0.0, 100.0):
            expected = GEOD.inv(lon, -80, lon, -70)[2]
            assert distance.to_border(lon, -80.0, border) == pytest.approx(expected, abs=1e-3)


def test_vertices_on_one_straight_line_are_no_edge_the_other_way_round():
    """Edges that continue each other may be searched as one, but not across half the Earth."""
    line = shapely.LineString([(-170, 50), (-60, 50), (50, 50), (170, 50)])
    border = Border.from_geometry(line, crs=4326)
    for lon in (0.0, 100.0, -100.0, 179.0):
        expected = brute_force(border, lon, 30.0)
        assert distance.to_border(lon, 30.0, border) == pytest.approx(expected, abs=1.0)


def test_collections_and_frames_are_taken_apart():
    line = shapely.LineString([(-100, 30), (-99, 31)])
    nested = shapely.GeometryCollection(
        [line, shapely.GeometryCollection([shapely.MultiLineString([line, line]), line.buffer(1)])]
    )
    assert len(Border.from_geometry(nested, crs=4326).parts) == 4
    frame = gpd.GeoDataFrame(geometry=[line, line], crs=4326)
    for many in (frame, frame.geometry):
        found = Border.from_geometry(many, crs=frame.crs, names=["north", None])
        assert [part.label for part in found.parts] == ["north", "part 2"]


def test_between_two_polygons():
    a = shapely.Polygon([(0, 0), (5, 0), (5, 3), (6, 5), (0, 5)])
    b = shapely.Polygon([(5, 0), (9, 0), (9, 5), (6, 5), (5, 3)])
    shared = Border.between(a, b, crs=4326, key="ab")
    assert shared.lines.equals(shapely.LineString([(5, 0), (5, 3), (6, 5)]))
    with pytest.raises(BorderError, match="share no edge"):
        Border.between(a, shapely.box(20, 0, 30, 5), crs=4326)
    with pytest.raises(BorderError, match="share no edge"):
        Border.between(shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2), crs=4326)
    with pytest.raises(BorderError, match="two polygons"):
        Border.between(a, shapely.LineString([(0, 0), (1, 1)]), crs=4326)


def test_between_outlines_that_differ_a_little():
    random = np.random.default_rng(4)
    line = np.c_[np.linspace(0, 10, 300), 40 + np.cumsum(random.normal(0, 0.02, 300))]
    north = shapely.Polygon([*line, (10, 60), (0, 60)])
    length = GEOD.geometry_length(shapely.LineString(line))
    middles = np.insert(line, np.arange(1, 300), (line[:-1] + line[1:]) / 2, axis=0)
    for vertices, off in (
        (line.round(6), 0.08),
        (middles, 1e-3),  # vertices on edges, but for the last bit
        (middles + random.normal(0, 1e-7, middles.shape), 0.06),
    ):
        south = shapely.Polygon([*vertices, (10, 20), (0, 20)])
        for pair in ((north, south), (south, north)):
            shared = Border.between(*pair, crs=4326)
            assert len(shared.lines.geoms) == 1
            assert GEOD.geometry_length(shared.lines) == pytest.approx(length, rel=1e-6)
            assert 0 < shared.accuracy_m < off
    rough = shapely.Polygon([*(line + random.normal(0, 1e-5, line.shape)), (10, 20), (0, 20)])
    shared = Border.between(north, rough, crs=4326, tolerance_m=10)
    assert shared.lines.equals(shapely.LineString(line))
    assert 1 < shared.accuracy_m < 10
    with pytest.raises(BorderError, match="tolerance_m"):
        Border.between(north, shapely.transform(north, lambda xy: xy - [20, 0]), crs=4326)
    with pytest.raises(BorderError, match="tolerance_m is -1"):
        Border.between(north, rough, crs=4326, tolerance_m=-1)


def test_between_finds_the_shipped_border():
    shapes = gpd.read_file(_data.file("countries.shp")).set_index("country").geometry
    found = Border.between(shapes["US"], shapes["MX"], crs=4326)
    shipped = borders.load("us-mexico").lines
    # The countries share their maritime boundaries as well; the land border is all in it.
    assert shapely.difference(shipped, found.lines).length < 1e-9


def test_from_file(tmp_path):
    feature = {
        "type": "Feature",
        "properties": {"who": "north"},
        "geometry": {"type": "LineString", "coordinates": [[-100, 30], [-99, 31]]},
    }
    path = tmp_path / "fence.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    fence = Border.from_file(path, name_field="who", label="the fence", accuracy_m=5)
    assert (fence.key, fence.label, fence.accuracy_m) == ("fence", "the fence", 5.0)
    assert fence.parts[0].label == "north"
    assert distance.to_border(-100.0, 30.0, fence) < 1e-3


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".kml", ".fgb", ".geojson"])
@pytest.mark.parametrize("crs", [4326, 32613, 2277])
def test_from_file_of_any_kind_and_any_reference_system(tmp_path, suffix, crs):
    line = shapely.LineString([(-106, 31), (-105, 32), (-104.5, 31.5)])
    expected = distance.to_border(-105.0, 30.0, Border.from_geometry(line, crs=4326))
    path = tmp_path / f"fence{suffix}"
    frame = gpd.GeoDataFrame({"who": ["north", None]}, geometry=[line, line], crs=4326)
    frame.to_crs(crs).to_file(path)
    border = Border.from_file(path, name_field="who")
    assert distance.to_border(-105.0, 30.0, border) == pytest.approx(expected, abs=1e-3)
    assert [part.label for part in border.parts] == ["north", "part 2"]
    assert border.part("part 2").lines.equals(border.part("north").lines)


def test_from_file_takes_the_layer_that_has_lines(tmp_path):
    track = '<trk><trkseg><trkpt lat="31" lon="-106"/><trkpt lat="32" lon="-105"/></trkseg></trk>'
    route = '<rte><rtept lat="31" lon="-106"/><rtept lat="32" lon="-105"/></rte>'
    pin = '<wpt lat="31" lon="-106"/>'
    path = tmp_path / "walk.gpx"
    head = '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
    path.write_text(f"{head}{pin}{track}</gpx>")
    expected = shapely.LineString([(-106, 31), (-105, 32)])
    assert Border.from_file(path).lines.equals(expected)
    path.write_text(f"{head}{pin}{route}{track}</gpx>")
    with pytest.raises(BorderError, match="in 2 layers, routes, tracks; say which"):
        Border.from_file(path)
    assert Border.from_file(path, layer="tracks").lines.equals(expected)


def test_from_file_of_a_zipped_folder(tmp_path):
    line = shapely.LineString([(-106, 31), (-105, 32)])
    frame = gpd.GeoDataFrame(geometry=[line], crs=4326)
    (tmp_path / "roads").mkdir()
    frame.to_file(tmp_path / "roads" / "fence.shp")
    path = tmp_path / "roads.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in (tmp_path / "roads").iterdir():
            archive.write(file, f"roads/{file.name}")
            archive.writestr(f"__MACOSX/roads/._{file.name}", b"\x00")
    assert Border.from_file(path).lines.equals(line)
    frame.to_file(tmp_path / "roads" / "wall.shp")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((tmp_path / "roads").iterdir()):
            archive.write(file, f"roads/{file.name}")
    with pytest.raises(BorderError, match="in 2 layers, fence, wall; say which"):
        Border.from_file(path)
    assert Border.from_file(path, layer="wall").lines.equals(line)
    path.write_bytes(b"PK")
    with pytest.raises(BorderError, match="cannot read"):
        Border.from_file(path)
    frame.to_file(tmp_path / "a b.gpkg")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "a b.gpkg", "my roads/a b.gpkg")
        archive.writestr("my roads/metadata.json", "{}")
        archive.writestr("about/info.json", "{}")
    assert Border.from_file(path).lines.equals(line)
    (tmp_path / "folder.zip").mkdir()
    with pytest.raises(BorderError, match="cannot read"):
        Border.from_file(tmp_path / "folder.zip")


def test_from_geoparquet(tmp_path):
    line = shapely.LineString([(-106, 31), (-105, 32)])
    frame = gpd.GeoDataFrame({"who": ["north"]}, geometry=[line], crs=4326)
    path = tmp_path / "fence.parquet"
    frame.to_crs(32613).to_parquet(path)
    border = Border.from_file(path, name_field="who")
    assert border.lines.equals_exact(shapely.MultiLineString([line]), 1e-9)
    assert border.parts[0].label == "north"
    with pytest.raises(BorderError, match="has no layers"):
        Border.from_file(path, layer="fence")
    names = pd.array(["north", None], dtype="string")
    gpd.GeoDataFrame({"who": names}, geometry=[line, line], crs="OGC:CRS84").to_parquet(path)
    border = Border.from_file(path, name_field="who", crs=4326)
    assert [part.label for part in border.parts] == ["north", "part 2"]
    own = gpd.GeoSeries([line], crs="OGC:CRS84")
    assert Border.from_geometry(own, crs=4326).lines.equals(line)
    with pytest.raises(BorderError, match="no column 'name'"):
        Border.from_file(path, name_field="name")
    frame.drop(columns="geometry").to_parquet(path)
    with pytest.raises(BorderError, match="cannot read"):
        Border.from_file(path)


def test_from_file_refuses_with_a_reason(tmp_path):
    with pytest.raises(BorderError, match="there is no file"):
        Border.from_file(tmp_path / "nowhere.shp")
    broken = tmp_path / "broken.geojson"
    broken.write_text("{")
    with pytest.raises(BorderError, match="cannot read"):
        Border.from_file(broken)
    # A shapefile without its .prj does not say its CRS.
    source = _data.file("us_mexico_border.shp")
    for suffix in (".shp", ".shx", ".dbf"):
        (tmp_path / f"bare{suffix}").write_bytes(source.with_suffix(suffix).read_bytes())
    bare = tmp_path / "bare.shp"
    with pytest.raises(BorderError, match="does not say its coordinate reference system"):
        Border.from_file(bare)
    assert Border.from_file(bare, crs=4326).lines == borders.load("us-mexico").lines
    with pytest.raises(BorderError, match="no column"):
        Border.from_file(bare, crs=4326, name_field="us_stat")


def test_damaged_shapefile(tmp_path):
    source = _data.file("us_mexico_border.shp")
    for suffix in (".shp", ".dbf"):
        (tmp_path / f"b{suffix}").write_bytes(source.with_suffix(suffix).read_bytes())
    whole = (tmp_path / "b.shp").read_bytes()
    (tmp_path / "b.shp").write_bytes(whole[:5000])
    with pytest.raises(DataError, match="damaged"):
        _shapefile.read(tmp_path / "b.shp")
    (tmp_path / "b.shp").write_bytes(whole)
    (tmp_path / "b.dbf").unlink()
    with pytest.raises(DataError, match="cannot read"):
        _shapefile.read(tmp_path / "b.shp")


def test_a_border_is_saved_with_its_tables(tmp_path):
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-104, -98, 2000), rng.uniform(24, 31, 2000)
    stretch = borders.load("us-mexico").part("coahuila")
    stretch.prepare((-104, 24, -98, 31))
    before = distance.nearest(lon, lat, stretch)
    again = Border.open(stretch.save(tmp_path / "coahuila.border"))
    assert (again.key, again.label, again.parts) == (stretch.key, stretch.label, stretch.parts)
    assert (again.source, again.accuracy_m) == (stretch.source, stretch.accuracy_m)
    assert again.lines == stretch.lines
    assert again.cells.table.items.size == stretch.cells.table.items.size > 0
    after = distance.nearest(lon, lat, again)
    np.testing.assert_allclose(after.distance_m, before.distance_m, rtol=0, atol=1e-6)


def test_a_border_travels_between_processes():
    border = borders.load("us-mexico").part("sonora")
    here = distance.to_border(-110.0, 29.0, border)
    for other in (pickle.loads(pickle.dumps(border)), copy.deepcopy(border)):  # noqa: S301  (our own bytes)
        assert (other.key, other.parts, other.lines) == (border.key, border.parts, border.lines)
        assert distance.to_border(-110.0, 29.0, other) == here


def test_a_border_of_one_edge_is_saved_with_its_only_table(tmp_path):
    border = Border.from_geometry(shapely.LineString([(0.1, 0.1), (0.2, 0.3)]), crs=4326)
    border.prepare((0, 0, 1, 1))
    again = Border.open(border.save(tmp_path / "a.border"))
    assert again.cells.table.child.tolist() == [-1]
    assert again.lines.equals(border.lines)


def test_a_saved_border_is_checked(tmp_path):
    border = Border.from_geometry(shapely.LineString([(0, 0), (1, 1)]), crs=4326)
    border.prepare((0, 0, 2, 2))
    path = border.save(tmp_path / "a.border")
    with pytest.raises(BorderError, match="there is no file"):
        Border.open(tmp_path / "b.border")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BorderError, match="not a border"):
        Border.open(path)
    path.write_bytes(b"{}")
    with pytest.raises(BorderError, match="not a border"):
        Border.open(path)
    header, arrays = saved.read(_rewritten(path, whole))
    for name, change in {
        "table_items": lambda a: a + 1_000_000,
        "table_child": lambda a: a * 0 + 10**6,
        "table_begin": lambda a: a - 5,
        "table_size": lambda a: a[:-1],
        "vertices": lambda a: a + 200,
    }.items():
        saved.write(path, header, arrays | {name: change(arrays[name])})
        with pytest.raises(BorderError):
            Border.open(path)


def _rewritten(path, data):
    path.write_bytes(data)
    return path


def test_shapes_that_know_their_reference_system_need_not_be_told_it():
    line = shapely.LineString([(-106, 31), (-105, 32)])
    frame = gpd.GeoDataFrame({"who": ["a", np.nan]}, geometry=[line, line], crs=4326).to_crs(6372)
    for shapes in (frame, frame.geometry):
        border = Border.from_geometry(shapes, names=frame["who"])
        assert border.lines.bounds == pytest.approx(line.bounds)
        assert [part.label for part in border.parts] == ["a", "part 2"]
        assert Border.from_geometry(shapes, crs="EPSG:6372").lines == border.lines
        with pytest.raises(BorderError, match="says otherwise"):
            Border.from_geometry(shapes, crs=4326)
    with pytest.raises(BorderError, match="has no coordinate reference system"):
        Border.from_geometry(line)


def test_a_part_is_found_by_its_name_in_any_script():
    line = shapely.LineString([(-106, 31), (-105, 32)])
    border = Border.from_geometry([line, line], crs=4326, names=["Река Амур", "国境 北"])
    assert border.part("река амур").label == "the Река Амур border"
    with pytest.raises(BorderError, match="it has река-амур, 国境-北"):
        border.part("x")


def test_between_areas_that_meet_at_the_antimeridian():
    west, east = shapely.box(170, 0, 180, 10), shapely.box(-180, 2, -170, 12)
    for pair in ((west, east), (east, west)):
        shared = Border.between(*pair, crs=4326)
        assert shared.lines.equals(shapely.LineString([(180, 2), (180, 10)]))
