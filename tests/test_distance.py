"""Distances against an oracle that shares no code with the library, and the laws of a metric."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from bordermap import borders, distance
from bordermap._ellipsoid import cells as _cells
from bordermap._ellipsoid.arcs import END, START
from bordermap._ellipsoid.cells import ARCS, CHUNKS, ENDS, Cells
from bordermap._ellipsoid.geodesic import ecef
from bordermap._ellipsoid.points import Points
from bordermap.borders import Border
from bordermap.errors import BorderError, CoordinateError, DataError, InputError
from bordermap.model import Place, Source

GEOD = Geod(ellps="WGS84")


# -- the oracle --------------------------------------------------------------------------------


def brute_force(lines: shapely.MultiLineString, lon: float, lat: float) -> float:
    """Metres to the nearest point of lines straight in lon/lat, by GeographicLib alone.

    Every vertex is measured. An edge of length L whose ends are d0 and d1 away has no point nearer
    than (d0 + d1 - L) / 2; every edge that this does not rule out is sampled ever more finely in
    longitude and latitude around its best sample.
    """
    best = np.inf
    starts, steps, lower = [], [], []
    for line in lines.geoms:
        xy = shapely.get_coordinates(line)
        step = np.diff(xy, axis=0)
        step[:, 0] -= 360 * np.rint(step[:, 0] / 360) * (np.abs(step[:, 0]) > 180)
        away = measured(lon, lat, xy[:, 0], xy[:, 1])
        best = min(best, away.min())
        phi = np.radians(np.minimum(np.abs(xy[:-1, 1]), np.abs(xy[:-1, 1] + step[:, 1])))
        phi[xy[:-1, 1] * (xy[:-1, 1] + step[:, 1]) < 0] = 0
        # No radius of curvature of the ellipsoid is greater than the one at the pole.
        length = 6399593.7 * np.hypot(
            *(np.radians(step) * np.stack([np.cos(phi), phi * 0 + 1], 1)).T
        )
        starts.append(xy[:-1])
        steps.append(step)
        lower.append((away[:-1] + away[1:] - length) / 2)
    left = np.concatenate(lower) <= best
    start, step = np.concatenate(starts)[left], np.concatenate(steps)[left]
    centre, width = np.full(len(start), 0.5), 0.5
    samples = np.linspace(-1, 1, 65)
    while width * np.hypot(*step.T).max(initial=0) > 1e-11:
        t = np.clip(centre[:, None] + width * samples, 0, 1)
        d = measured(lon, lat, start[:, :1] + t * step[:, :1], start[:, 1:] + t * step[:, 1:])
        pick = d.argmin(axis=1)[:, None]
        centre = np.take_along_axis(t, pick, 1)[:, 0]
        best = min(best, d.min(initial=np.inf))
        keep = d.min(axis=1) - 111_700 * width / 8 * np.hypot(*step.T) <= best
        centre, start, step = centre[keep], start[keep], step[keep]
        samples, width = np.linspace(-1, 1, 17), width / (8 if samples.size == 17 else 24)
    return float(best)


def measured(lon: float, lat: float, to_lon: np.ndarray, to_lat: np.ndarray) -> np.ndarray:
    shape = to_lon.shape
    return GEOD.inv(np.full(shape, lon), np.full(shape, lat), to_lon, to_lat)[2]


def check(border: Border, lon: np.ndarray, lat: np.ndarray) -> None:
    """`nearest` and `to_border` against the oracle: 0.01 mm up to 2,000 km, 1 mm anywhere."""
    found = distance.nearest(lon, lat, border)
    truth = np.array([brute_force(border.lines, *p) for p in zip(lon, lat, strict=True)])
    tolerance = np.where(truth <= 2e6, 1e-5, 1e-3)
    wrong = np.abs(found.distance_m - truth) > tolerance
    assert not wrong.any(), (
        lon[wrong],
        lat[wrong],
        found.distance_m[wrong] - truth[wrong],
        truth[wrong],
    )
    np.testing.assert_array_equal(distance.to_border(lon, lat, border), found.distance_m)
    # The nearest point is that far away ...
    _, _, back = GEOD.inv(lon, lat, found.lon, found.lat)
    np.testing.assert_allclose(back, found.distance_m, rtol=0, atol=1e-3)
    # ... on the line (in lon/lat, where the line is straight) ...
    off = shapely.distance(shapely.points(found.lon, found.lat), border.lines)
    wrapped = np.minimum(off, 1e9)
    for turn in (-360, 360):
        moved = shapely.distance(shapely.points(found.lon + turn, found.lat), border.lines)
        wrapped = np.minimum(wrapped, moved)
    assert wrapped.max() < 1e-10
    # ... in the direction of the azimuth.
    there = np.flatnonzero(found.distance_m > 1e-3)
    ahead = GEOD.fwd(lon[there], lat[there], found.azimuth_deg[there], found.distance_m[there])
    miss = GEOD.inv(ahead[0], ahead[1], found.lon[there], found.lat[there])[2]
    assert miss.max(initial=0) < 0.01


def vertices(border: Border) -> np.ndarray:
    return np.concatenate([shapely.get_coordinates(line) for line in border.lines.geoms])


def edges(border: Border) -> tuple[np.ndarray, np.ndarray]:
    lines = [shapely.get_coordinates(line) for line in border.lines.geoms]
    return np.concatenate([xy[:-1] for xy in lines]), np.concatenate([xy[1:] for xy in lines])


WHOLE = ["us-mexico", "us-canada", "us"]
KNOWN = borders.keys()


@pytest.mark.parametrize("key", WHOLE)
def test_around_the_border(key):
    rng = np.random.default_rng(1)
    border = borders.load(key)
    west, south, east, north = border.lines.bounds
    check(
        border, rng.uniform(west - 8, east + 8, 70), rng.uniform(south - 12, min(north + 8, 89), 70)
    )


@pytest.mark.parametrize("key", WHOLE)
def test_anywhere_on_earth(key):
    rng = np.random.default_rng(2)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, 40)))
    check(borders.load(key), rng.uniform(-180, 180, 40), lat)


@pytest.mark.parametrize("key", WHOLE)
def test_on_the_line_and_beside_it(key):
    """At vertices, along edges, and a little off them on both sides, from a micrometre to 10 km."""
    rng = np.random.default_rng(3)
    border = borders.load(key)
    a, b = edges(border)
    pick = rng.integers(0, len(a), 40)
    at = a[pick] + rng.uniform(0, 1, (40, 1)) * (b[pick] - a[pick])
    on = np.concatenate([at, a[pick[:20]]])
    found = distance.nearest(on[:, 0], on[:, 1], border)
    assert found.distance_m.max() < 1e-3
    away = 10 ** rng.uniform(-6, 4, 40)
    lon, lat, _ = GEOD.fwd(at[:, 0], at[:, 1], rng.uniform(0, 360, 40), away)
    check(border, np.concatenate([lon, on[:, 0]]), np.concatenate([lat, on[:, 1]]))


@pytest.mark.parametrize("key", WHOLE)
def test_abeam_the_longest_edges(key):
    """Off the middle of the longest edges, 35 km on the 31°20' parallel, 100 km in the Lakes."""
    border = borders.load(key)
    a, b = edges(border)
    longest = np.argsort(-np.hypot(*(b - a).T))[:6]
    share = np.array([0.02, 0.5, 0.77])[:, None, None]
    at = (a[longest] + share * (b - a)[longest]).reshape(-1, 2)
    azimuth = np.tile([0, 180, 90, 270, 45, 225], 3)
    away = np.repeat([3e3, 80e3, 900e3], 6)
    lon, lat, _ = GEOD.fwd(at[:, 0], at[:, 1], azimuth, away)
    check(border, np.array(lon), np.array(lat))


@pytest.mark.parametrize("key", WHOLE)
def test_beyond_the_ends(key):
    border = borders.load(key)
    first, last = vertices(border)[[0, -1]]
    ends = np.array([first, last] * 6)
    lon, lat, _ = GEOD.fwd(
        ends[:, 0],
        ends[:, 1],
        [270, 90, 250, 110, 290, 80, 200, 150, 330, 30, 265, 95],
        np.repeat([10, 5e3, 400e3], 4),
    )
    check(border, np.array(lon), np.array(lat))


@pytest.mark.parametrize("key", WHOLE)
def test_poles_antimeridian_and_antipodes(key):
    border = borders.load(key)
    some = vertices(border)[:: max(1, len(vertices(border)) // 9)]
    antipodes = np.column_stack([some[:, 0] + 180, -some[:, 1]])
    odd = [(0, 90), (77, 90), (0, -90), (180, 0), (-180, 0), (180, 65), (-180, 65), (180, 30)]
    points = np.concatenate([odd, antipodes, antipodes + np.array([0.4, 0.1])]).astype(float)
    check(border, points[:, 0], points[:, 1])


def test_every_stretch():
    rng = np.random.default_rng(4)
    for key in KNOWN:
        border = borders.load(key)
        west, south, east, north = border.lines.bounds
        lon, lat = rng.uniform(west - 3, east + 3, 3), rng.uniform(south - 3, min(north + 3, 89), 3)
        check(border, lon, lat)


def test_longitude_beyond_180_is_the_same_place():
    lat = [70.0, 65.0, 12.0]
    for key in WHOLE:
        plain = distance.to_border([160.0, -170.0, 180.0], lat, key)
        for turned in ([-200.0, 190.0, -180.0], [520.0, -530.0, 540.0]):
            np.testing.assert_allclose(
                distance.to_border(turned, lat, key), plain, rtol=0, atol=1e-6
            )


OWN = {
    "antimeridian": [(178.0, -17.0), (-179.0, -16.0), (-177.5, -18.0)],
    "over the pole's shoulder": [(0.0, 89.5), (120.0, 89.9), (-100.0, 88.0)],
    "a meridian through the equator": [(10.0, -20.0), (10.0, 25.0)],
    "a parallel half round": [(-80.0, 60.0), (70.0, 60.0)],
    "the equator": [(-60.0, 0.0), (60.0, 0.0)],
    "two points a millimetre apart": [(20.0, 40.0), (20.00000001, 40.0)],
}


@pytest.mark.parametrize("name", OWN)
def test_lines_of_ones_own(name):
    rng = np.random.default_rng(5)
    border = Border.from_geometry(shapely.LineString(OWN[name]), crs=4326)
    near = np.array(OWN[name])[rng.integers(0, len(OWN[name]), 20)] + rng.normal(0, 4, (20, 2))
    lon = np.concatenate([near[:, 0], rng.uniform(-180, 180, 20), [0, 0, 179.5]])
    lat = np.concatenate([np.clip(near[:, 1], -90, 90), rng.uniform(-90, 90, 20), [90, -90, -17]])
    check(border, lon, lat)


# -- laws of a metric --------------------------------------------------------------------------

LON = st.floats(-180, 180)
LAT = st.floats(-90, 90)
KEYS = st.sampled_from([*WHOLE, "us-mexico/arizona", "us-canada/alaska"])


@given(KEYS, LON, LAT, LON, LAT)
@settings(max_examples=80, deadline=None)
def test_distances_differ_by_no_more_than_the_way_between(key, lon1, lat1, lon2, lat2):
    d1, d2 = distance.to_border([lon1, lon2], [lat1, lat2], key)
    assert abs(d1 - d2) <= GEOD.inv(lon1, lat1, lon2, lat2)[2] + 2e-3


@given(KEYS, LON, LAT, st.floats(0, 360), st.floats(0, 1e4))
@settings(max_examples=80, deadline=None)
def test_one_step_changes_the_distance_by_at_most_the_step(key, lon, lat, azimuth, step):
    lon2, lat2, _ = GEOD.fwd(lon, lat, azimuth, step)
    d1, d2 = distance.to_border([lon, lon2], [lat, lat2], key)
    assert abs(d1 - d2) <= step + 2e-3


@given(KEYS, LON, LAT, st.integers(-3, 3))
@settings(max_examples=60, deadline=None)
def test_whole_turns_change_nothing(key, lon, lat, turns):
    a = distance.to_border(lon, lat, key)
    b = distance.to_border(lon + 360 * turns, lat, key)
    assert abs(a - b) <= 1e-3


@given(KEYS, LON, LAT, st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_no_vertex_is_nearer(key, lon, lat, seed):
    xy = vertices(borders.load(key))
    x, y = xy[seed % len(xy)]
    assert distance.to_border(lon, lat, key) <= GEOD.inv(lon, lat, x, y)[2] + 1e-3


@given(LON, LAT)
@settings(max_examples=40, deadline=None)
def test_a_border_is_as_near_as_its_nearest_stretch(lon, lat):
    stretches = [key for key in KNOWN if key.startswith("us-mexico/")]
    parts = min(float(distance.to_border(lon, lat, key)) for key in stretches)
    assert distance.to_border(lon, lat) == pytest.approx(parts, abs=1e-3)


# -- what is passed in -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lon", "lat", "index", "count"),
    [
        ([-100, np.nan, -100], [30, 30, 30], 1, 1),
        ([-100, -100, np.inf], [30, np.nan, 30], 1, 2),
        ([-np.inf], [0], 0, 1),
        ([[-100, -100], [-100, -100]], [[30, 30], [90.1, -91]], 2, 2),
        ([-100.0], [[1.0], [2.0], [1e300]], 2, 1),
    ],
)
@pytest.mark.parametrize("function", [distance.to_border, distance.nearest, distance.side])
def test_no_place_on_earth(function, lon, lat, index, count):
    with pytest.raises(CoordinateError) as caught:
        function(lon, lat)
    assert (caught.value.index, caught.value.count) == (index, count)
    assert f"position {index}" in str(caught.value)


@pytest.mark.parametrize(("lon", "lat"), [(np.nan, 0), (0, np.inf), (0, -90.5), (None, 0)])
def test_no_place_on_earth_scalar(lon, lat):
    with pytest.raises(CoordinateError) as caught:
        distance.to_border(lon, lat)
    assert caught.value.index is None
    assert caught.value.count == 1


def test_swapped_axes_are_named():
    with pytest.raises(CoordinateError, match="longitude comes first"):
        distance.to_border(28.22, -100.73)


@pytest.mark.parametrize("bad", [["a"], [1 + 2j], np.array(["2020-01-01"], "M8[D]"), [[1], [1, 2]]])
def test_not_numbers(bad):
    with pytest.raises(CoordinateError):
        distance.to_border(bad, 30)


def test_shapes_that_do_not_belong_together():
    with pytest.raises(CoordinateError, match="do not belong together"):
        distance.to_border([1.0, 2.0], [1.0, 2.0, 3.0])


def test_broadcasting_is_a_ufuncs():
    lon, lat = np.array([[-100.0], [-110.0]]), np.array([25.0, 30.0, 35.0])
    grid = distance.to_border(lon, lat)
    assert grid.shape == (2, 3)
    assert grid.dtype == np.float64
    assert grid[1, 2] == distance.to_border(-110.0, 35.0)
    scalar = distance.to_border(-110.0, 35.0)
    assert isinstance(scalar, float)
    assert np.ndim(scalar) == 0
    found = distance.nearest(lon, lat)
    assert {field.shape for field in found} == {(2, 3)}
    assert distance.side(lon, lat).shape == (2, 3)


def test_empty_in_empty_out():
    for empty in ([], np.empty((0, 3)), np.empty(0, np.float32)):
        assert distance.to_border(empty, empty).shape == np.shape(empty)
        assert distance.nearest(empty, empty).part.shape == np.shape(empty)
        assert distance.side(empty, empty).shape == np.shape(empty)


def test_inputs_are_left_alone():
    lon, lat = np.array([-100.0, 260.0]), np.array([25.0, 30.0])
    lon.setflags(write=False)
    lat.setflags(write=False)
    distance.nearest(lon, lat)
    assert lon.tolist() == [-100.0, 260.0]


def test_number_types():
    want = distance.to_border([-100.0, -101.0], [25.0, 30.0])
    for dtype in (np.int32, np.int64, np.float32, np.float16):
        lon, lat = np.array([-100, -101], dtype), np.array([25, 30], dtype)
        np.testing.assert_array_equal(distance.to_border(lon, lat), want)
    np.testing.assert_array_equal(distance.to_border([-100, -101], (25, 30)), want)
    strided = np.zeros((2, 2), order="F")
    strided[:, 0] = [-100, -101]
    strided[:, 1] = [25, 30]
    np.testing.assert_array_equal(distance.to_border(strided[:, 0], strided[:, 1]), want)


def test_missing_only_where_asked():
    pd = pytest.importorskip("pandas")
    pa = pytest.importorskip("pyarrow")
    want = distance.to_border(-101.0, 30.0)
    lat = [25.0, 30.0]
    inputs = [
        np.ma.array([-100.0, -101.0], mask=[True, False]),
        np.ma.array([-100, -101], mask=[True, False]),
        pd.Series([None, -101], dtype="Int64"),
        pd.Series([pd.NA, -101.0], dtype="Float64"),
        pd.Series([np.nan, -101.0]),
        pa.array([None, -101.0]),
        pa.array([None, -101], pa.int64()),
        [None, -101.0],
        [np.ma.masked, -101.0],
        [pd.NA, -101.0],
        np.array([np.nan, -101.0], np.float32),
    ]
    for lon in inputs:
        with pytest.raises(CoordinateError) as caught:
            distance.to_border(lon, lat)
        assert caught.value.index == 0
        got = distance.to_border(lon, lat, missing="nan")
        assert np.isnan(got[0])
        assert got[1] == want
        found = distance.nearest(lon, lat, missing="nan")
        assert found.part[0] is None
        assert np.isnan(found.azimuth_deg[0])
        assert isinstance(found.part[1], str)
    with pytest.raises(CoordinateError) as caught:
        distance.to_border([np.nan, np.inf, 0], [0, 0, 91], missing="nan")
    assert (caught.value.index, caught.value.count) == (1, 2)
    assert np.isnan(distance.to_border(np.nan, 3.0, missing="nan"))
    with pytest.raises(InputError):
        distance.to_border(0, 0, missing="drop")


def test_unknown_border():
    with pytest.raises(BorderError, match="us-mexico"):
        distance.to_border(0, 0, "us-mexiko")
    with pytest.raises(BorderError):
        distance.to_border(0, 0, 7)


# -- sides, places, batches --------------------------------------------------------------------


def test_side():
    lon = [-106.487, -106.487, -117.161, -117.038, -83.0458, -83.0364, -157.86, -30.0]
    lat = [31.759, 31.730, 32.716, 32.515, 42.3314, 42.3149, 21.31, 0.0]
    want = ["US", "MX", "US", "MX", "US", "CA", "US", None]
    assert distance.side(lon, lat).tolist() == want
    assert distance.side(-200.0 + 43.0, 21.31) == distance.side(203.0, 21.31)


def test_side_changes_across_the_line():
    """A step to the left and right of an edge's middle lands in two different countries."""
    border = borders.load("us-mexico")
    a, b = edges(border)
    far = np.hypot(*(b - a).T) > 0.002
    a, b = a[far][::40], b[far][::40]
    normal = np.column_stack([-(b - a)[:, 1], (b - a)[:, 0]])
    normal *= 1e-6 / np.hypot(*normal.T)[:, None]
    left, right = (a + b) / 2 + normal, (a + b) / 2 - normal
    pair = np.stack([distance.side(*left.T), distance.side(*right.T)])
    assert {frozenset(column) for column in pair.T} == {frozenset({"US", "MX"})}


SOURCE = Source("test", "", "", "")


def place(name: str, lon: float, lat: float, admin1: str | None = None) -> Place:
    return Place(name, lon, lat, "MX", admin1, None, "", "town", 1, 1000.0, "exact", 1.0, SOURCE)


def test_a_place_in_one_sentence():
    found = distance.measure_place(place("Villa Unión", -100.7258, 28.2211, "Coahuila"))
    assert found.km == pytest.approx(41.8, abs=0.5)
    assert (found.part.us_state, found.part.neighbour_state) == ("Texas", "Coahuila")
    assert found.side == "MX"
    assert found.direction == "south-west"
    assert found.uncertainty_m == 1000.0 + borders.load("us-mexico").accuracy_m
    text = str(found)
    assert text.startswith("Villa Unión, Coahuila, is 41.")
    assert (
        "south-west of the US border, nearest on the Rio Grande in Texas (28.390, −100.344)" in text
    )
    lon, lat = found.nearest
    azimuth, _, away = GEOD.inv(-100.7258, 28.2211, lon, lat)
    assert away == pytest.approx(found.distance_m, abs=1e-3)
    assert azimuth % 360 == pytest.approx(found.azimuth_deg, abs=1e-6)


def test_batches():
    pa = pytest.importorskip("pyarrow")
    rng = np.random.default_rng(6)
    count = 3000
    lon, lat = rng.uniform(-118, -86, count), rng.uniform(14, 36, count)
    lon_column = pa.array([None, *lon[1:]])
    table = pa.table(
        {"id": list(range(count)), "x": lon_column, "y": lat, "note": ["é"] * count}
    ).replace_schema_metadata({"made": "here"})
    results = []
    for size in (1, 7, 1000, count):
        some = table.slice(0, 50) if size == 1 else table
        out = list(distance.measure_batches(some.to_batches(size), lon="x", lat="y"))
        assert [b.num_rows for b in out] == [b.num_rows for b in some.to_batches(size)]
        results.append(pa.Table.from_batches(out))
    whole = results[-1]
    assert whole.schema.names[:4] == ["id", "x", "y", "note"]
    assert whole.schema.metadata == {b"made": b"here"}
    for name in table.schema.names:
        assert whole[name] == table[name]
    for other in results[:-1]:
        assert other.combine_chunks() == whole.slice(0, other.num_rows).combine_chunks()
    assert whole["border_km"][0].as_py() is None
    assert whole["border_part"][0].as_py() is None
    # Batches are always NumPy's work; `to_border` may be the compiled search: 0.01 mm at most.
    np.testing.assert_allclose(
        whole["border_km"].to_numpy()[1:],
        distance.to_border(lon[1:], lat[1:]) / 1000,
        rtol=0,
        atol=1e-8,
    )


def test_batches_say_what_is_wrong():
    pa = pytest.importorskip("pyarrow")
    good = pa.record_batch({"lon": [-100.0, -101.0], "lat": [30.0, 31.0]})
    bad = pa.record_batch({"lon": [-100.0, -101.0], "lat": [30.0, 131.0]})
    with pytest.raises(CoordinateError) as caught:
        list(distance.measure_batches([good, bad]))
    assert caught.value.index == 3
    with pytest.raises(InputError, match="'x'"):
        list(distance.measure_batches([good], lon="x"))
    again = next(distance.measure_batches(distance.measure_batches([good])))
    assert again.schema.names == next(distance.measure_batches([good])).schema.names


# -- tables of candidate edges -----------------------------------------------------------------


def crowds(border: Border, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points in crowds, for which tables are made: near the line, far from it, on the far side."""
    xy = vertices(border)
    near = xy[rng.integers(0, len(xy), 20)]
    far = np.column_stack(
        [rng.uniform(-180, 180, 20), np.degrees(np.arcsin(rng.uniform(-1, 1, 20)))]
    )
    middles = np.concatenate(
        [near, near + rng.normal(0, 4, near.shape), far, [[-179.9, 65], [9, 89.9]]]
    )
    size = 10.0 ** rng.uniform(-4, -0.3, len(middles))
    points = (
        np.repeat(middles, 40, axis=0)
        + rng.normal(0, 1, (40 * len(middles), 2)) * np.repeat(size, 40)[:, None]
    )
    lon = (points[:, 0] + 180) % 360 - 180
    return lon, np.clip(points[:, 1], -90, 90)


@pytest.mark.parametrize("key", WHOLE)
def test_tables_leave_out_no_edge_that_can_win(key):
    """In random leaves, the edges and vertices listed give the distance that all edges give."""
    rng = np.random.default_rng(7)
    border = borders.load(key)
    cells, arcs = Cells.of(border.arcs), border.arcs
    table, leaf = cells.prepare(*crowds(border, rng))
    assert {0, 2, 4, 6} <= set(table.depth[leaf[leaf >= 0]].tolist())
    assert {ENDS, ARCS} <= set(table.kind[leaf[leaf >= 0]].tolist())
    assert table.depth.max() > 6
    nodes = np.flatnonzero(table.child < 0)
    for node in rng.choice(nodes, 60, replace=False):
        half = 0.5 ** (table.depth[node] + 1)
        corner = rng.choice([-1, 1], 2) * half * rng.choice([1.0, rng.uniform()], 2)
        lon, lat = table.lon[node] + corner[0], table.lat[node] + corner[1]
        items = table.items[table.begin[node] : table.begin[node] + table.size[node]]
        if table.kind[node] == CHUNKS:
            items = 4 * np.concatenate([np.arange(*arcs.start[c : c + 2]) for c in items])
        listed = items // 4
        middle = np.column_stack([arcs.lon[listed], arcs.lat[listed]])
        extent = np.column_stack([arcs.dlon[listed], arcs.dlat[listed]]) / 2
        start, end = middle - extent, middle + extent
        start = np.where((items % 4 == END)[:, None], end, start)
        end = np.where((items % 4 == START)[:, None], start, end)
        pieces = shapely.multilinestrings(np.stack([start, end], axis=1))
        whole = brute_force(border.lines, lon, lat)
        assert brute_force(pieces, lon, lat) == pytest.approx(whole, abs=2e-4), (lon, lat)


@pytest.mark.parametrize("key", WHOLE)
def test_tables_change_no_answer(key):
    rng = np.random.default_rng(8)
    border = borders.load(key)
    cells = Cells.of(border.arcs)
    lon, lat = crowds(border, rng)
    found = cells.nearest(lon, lat, compiled=False)
    some = rng.choice(lon.size, 400, replace=False)
    plain = border.arcs.nearest(Points.of(lon[some], lat[some]))
    for with_tables, without in zip(found, plain, strict=True):
        np.testing.assert_array_equal(with_tables[some], without)
    again = cells.nearest(lon[some], lat[some], compiled=False)
    np.testing.assert_array_equal(again.distance, found.distance[some])


@pytest.mark.parametrize("key", [*WHOLE, "us-mexico/sonora"])
def test_compiled_search_gives_the_same_answers(key):
    pytest.importorskip("numba")
    rng = np.random.default_rng(9)
    border = borders.load(key)
    lon, lat = crowds(border, rng)
    a, b = edges(border)
    on = a + rng.uniform(0, 1, (len(a), 1)) * (b - a)
    lon = np.concatenate([lon, on[:, 0], rng.uniform(-118, -86, 10_000), [180.0, -180.0, 5.0]])
    lat = np.concatenate([lat, on[:, 1], rng.uniform(14, 36, 10_000), [65.0, 65.0, 90.0]])
    cells = Cells.of(border.arcs)
    plain = cells.nearest(lon, lat, compiled=False)
    for _ in range(2):
        fast = cells.nearest(lon, lat)
        np.testing.assert_allclose(fast.distance, plain.distance, rtol=0, atol=1e-6)
        at_fast, at_plain = border.arcs.degrees(*fast[1:]), border.arcs.degrees(*plain[1:])
        np.testing.assert_allclose(at_fast, at_plain, rtol=0, atol=1e-4)
        assert (fast.arc == plain.arc).mean() > 0.999


def test_compiled_search_takes_points_a_hair_off_whole_degrees():
    """Where adding 180 or 90 rounds to the next degree."""
    pytest.importorskip("numba")
    border = borders.load("us-mexico")
    whole = np.array([-180.0, -106.0, -105.0, -1.0, 0.0, 1.0, 32.0, 90.0])
    hairs = np.concatenate([whole, np.nextafter(whole, 0), np.nextafter(whole, -90), [-1e-15]])
    lon, lat = (x.ravel() for x in np.meshgrid(hairs[hairs >= -180], hairs[np.abs(hairs) <= 90]))
    cells = Cells.of(border.arcs)
    every = border.arcs.nearest(Points.of(lon, lat)).distance
    for _ in range(2):  # so many that the compiled search has them
        found = cells.nearest(np.tile(lon, 30), np.tile(lat, 30)).distance
        np.testing.assert_allclose(found, np.tile(every, 30), rtol=0, atol=1e-6)


def test_an_azimuth_is_below_360():
    """GeographicLib's is a hair below nought here, of which the remainder is 360 itself."""
    line = shapely.LineString([(20, 89.99), (30, 89.99), (40, 89.99)])
    found = distance.nearest(30.0, 89.5, border=Border.from_geometry(line, crs=4326))
    assert found.azimuth_deg == 0.0


@pytest.mark.parametrize("key", ["us-mexico", "us"])
def test_compiled_cells_leave_out_no_edge_that_can_win(key):
    """Points crowd into small areas until the cells there are small: near, far, at the poles."""
    pytest.importorskip("bordermap._ellipsoid.fast")
    rng = np.random.default_rng(14)
    border = borders.load(key)
    lon, lat = crowds(border, rng)
    cells = Cells.of(border.arcs)
    for _ in range(6):
        found = cells.nearest(np.tile(lon, 4), np.tile(lat, 4))
    forest = cells._kernel(lon.size).forest
    assert {0, 1, 2, 3, 4, 5} <= set(forest.depth.tolist())
    assert {ENDS, ARCS} <= set(forest.nodes[:, 3].tolist())
    for i in rng.choice(lon.size, 150, replace=False):
        truth = brute_force(border.lines, lon[i], lat[i])
        assert found.distance[i] == pytest.approx(truth, abs=1e-5 if truth <= 2e6 else 1e-3)
    every = border.arcs.nearest(Points.of(lon, lat))
    np.testing.assert_allclose(found.distance[: lon.size], every.distance, rtol=0, atol=1e-6)


def coast(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """As long as x, with bays in its bays: midpoints displaced ever less."""
    xy, size = np.array([[x[0], 32.0], [x[-1], 29.0]]), 1.0
    while len(xy) < len(x):
        grown = np.empty((2 * len(xy) - 1, 2))
        grown[::2] = xy
        grown[1::2] = (xy[1:] + xy[:-1]) / 2 + rng.normal(0, size * 0.2, (len(xy) - 1, 2))
        xy, size = grown, size * 0.6
    return xy[: len(x)]


LINES = {
    "a coast": coast,
    "a recorded track": lambda rng, x: (
        np.column_stack([x, 31 + np.sin(3 * x)]) + rng.normal(0, 1e-4, (x.size, 2))
    ),
    "a smooth curve": lambda _, x: np.column_stack([x, 31 + np.sin(3 * x)]),
    "edges to and fro": lambda rng, x: (
        np.column_stack([x, 31 - x / 50]) + rng.normal(0, 1e-2, (x.size, 2))
    ),
    "a random walk": lambda rng, x: (
        np.column_stack([-107.0, 31.0]) + np.cumsum(rng.normal(0, 1e-2, (x.size, 2)), axis=0)
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_dense_lines_compiled(name):
    """Much may be nearest: cells, and the way down the tree where they hold too much."""
    pytest.importorskip("bordermap._ellipsoid.fast")
    rng = np.random.default_rng(15)
    xy = LINES[name](rng, np.linspace(-110, -104, 30_000))
    border = Border.from_geometry(shapely.LineString(xy), crs=4326)
    points = xy[rng.integers(0, len(xy), 1500)]
    points = points + rng.normal(0, 1, (1500, 2)) * 10.0 ** rng.uniform(-5, 0.7, (1500, 1))
    lon, lat = points.T
    every = border.arcs.nearest(Points.of(lon, lat)).distance
    cells = Cells.of(border.arcs)
    for _ in range(4):
        np.testing.assert_allclose(cells.distances(lon, lat), every, rtol=0, atol=1e-6)
    for i in range(0, 1500, 100):
        assert every[i] == pytest.approx(brute_force(border.lines, lon[i], lat[i]), abs=1e-5)


def test_many_equally_near_edges_keep_within_the_room_there_is(monkeypatch):
    """Between a leaf whose points fill what is worked on together, and one with ties of its own."""
    fast = pytest.importorskip("bordermap._ellipsoid.fast")
    made = fast._scratch
    guards = []

    def guarded():
        scratch = list(made())
        for k, room in enumerate(scratch):
            if room.dtype == np.int32:
                scratch[k] = np.full(room.size + 64, -7, np.int32)
                guards.append(scratch[k][room.size :])
        return tuple(scratch)

    monkeypatch.setattr(fast, "_scratch", guarded)
    monkeypatch.setattr(fast, "SPARE", [])
    centres, rings = np.array([[-104.9, 30.1], [-104.1, 30.9]]), []
    for at, many in zip(centres, (127, 60), strict=True):
        way = np.linspace(0, 360, many, endpoint=False)
        ring = GEOD.fwd(*np.broadcast_arrays(*at, way, 500.0))[:2]
        rings.append(shapely.LinearRing(np.stack(ring, axis=1)))
    border = Border.from_geometry(shapely.MultiLineString(rings), crs=4326)
    # At the first centre sixteen times 127 edges are nearest, which nearly fills a block.
    beside = np.random.default_rng(18).uniform([-90, 20], [-80, 30], (300, 2))
    lon, lat = np.concatenate([np.repeat(centres, (16, 8), axis=0), beside]).T
    cells = Cells.of(border.arcs)
    every = border.arcs.nearest(Points.of(lon, lat)).distance
    for _ in range(12):
        np.testing.assert_allclose(cells.distances(lon, lat), every, rtol=0, atol=1e-6)
    sizes = cells._kernel(lon.size).forest.nodes[:, 2]
    assert {127, 60} <= set(sizes.tolist())
    assert all((guard == -7).all() for guard in guards)


def test_no_group_of_edges_is_said_to_be_farther_than_it_is():
    """The bounds that let a search pass by eight, or many times eight, edges at once."""
    pytest.importorskip("numba")
    from bordermap._ellipsoid import tree

    rng = np.random.default_rng(17)
    box = np.empty(tree.RANKED)
    compared = 0
    for scale in 10.0 ** rng.uniform(-6, -0.7, 20):
        start = rng.uniform([-150, -75], [150, 75])
        line = start + np.cumsum(rng.normal(0, scale, (600, 2)), axis=0)
        line[:, 1] = line[:, 1].clip(-89, 89)
        arcs = Border.from_geometry(shapely.LineString(line), crs=4326).arcs
        leaves, boxes, levels = tree.grow(arcs)
        vertex = rng.integers(0, len(line), 20)
        away = 10.0 ** rng.uniform(0, 6.35, 20)
        lon, lat, _ = GEOD.fwd(*line[vertex].T, rng.uniform(0, 360, 20), away)
        every, t = np.repeat(np.arange(len(arcs)), 5), np.tile(np.linspace(-0.5, 0.5, 5), len(arcs))
        x, y = arcs.degrees(every, t)
        for point in zip(lon, lat, strict=True):
            way = GEOD.inv(*np.broadcast_arrays(*point, x, y))[2].reshape(-1, 5).min(axis=1)
            place = ecef(*(np.array(value) for value in point))
            for level in range(levels.size - 1):
                groups = levels[level + 1] - levels[level]
                for group in range(groups):
                    if level == 0:
                        tree.rank_arcs(leaves, group, *place, box)
                    else:
                        tree.rank_boxes(boxes, levels[level] + group - levels[1], *place, box)
                    held = 8**level
                    for k in range(8):
                        least = way[(8 * group + k) * held : (8 * group + k + 1) * held].min(
                            initial=np.inf
                        )
                        if least < 2.4e6:
                            assert box[k] <= (tree.reach(least) if level else least + 1e-7)
                            compared += 1
    assert compared > 100_000


def test_two_threads_give_the_same_bits(monkeypatch):
    fast = pytest.importorskip("bordermap._ellipsoid.fast")
    rng = np.random.default_rng(16)
    lon, lat = rng.uniform(-118, -86, (2, 20_000)), rng.uniform(14, 36, (2, 20_000))
    cells = Cells.of(borders.load("us-mexico").arcs)
    for _ in range(3):
        cells.nearest(lon.ravel(), lat.ravel())
    monkeypatch.setattr(fast.Kernel, "_grow", lambda *_: False)  # the cells stay what they are
    alone = [cells.nearest(*half) for half in zip(lon, lat, strict=True)]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            together = list(pool.map(cells.nearest, lon, lat))
            for one, other in zip(alone, together, strict=True):
                for want, got in zip(one, other, strict=True):
                    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize(("jitter", "most"), [(1e-6, 3000), (1e-4, 600), (1e-2, 600)])
def test_a_recorded_track_of_many_vertices(jitter, most):
    """Vertices that stray to both sides at random: few can be nearest, and those are listed."""
    rng = np.random.default_rng(13)
    x = np.linspace(-110, -104, 40_000)
    xy = np.column_stack([x, 31 + np.sin(2 * x)]) + rng.normal(0, jitter, (x.size, 2))
    border = Border.from_geometry(shapely.LineString(xy), crs=4326)
    spread = 10.0 ** rng.uniform(-5, 0.7, (900, 1))
    points = xy[rng.integers(0, len(xy), 900)] + rng.normal(0, 1, (900, 2)) * spread
    lon, lat = np.tile(points.T, 2) + rng.normal(0, 1e-6, (2, 1800))
    cells = Cells.of(border.arcs)
    found = cells.nearest(lon, lat, compiled=False)
    every = border.arcs.nearest(Points.of(lon, lat))
    np.testing.assert_array_equal(found.distance, every.distance)
    for i in range(0, 900, 90):
        assert found.distance[i] == pytest.approx(
            brute_force(border.lines, lon[i], lat[i]), abs=1e-5
        )
    # Seen from 200 km away a degree of the line is 6,600 arcs and their ends.
    border.prepare((-108, 28, -107, 29))
    table = border.cells.table
    assert table.size[table.root[table.root >= 0]].max() < most


@pytest.mark.parametrize("compiled", [False, True])
def test_tables_grow_while_others_search(compiled):
    """Calls that cut one another's leaves, and lists so long that they hold chunks."""
    rng = np.random.default_rng(12)
    line = np.column_stack([np.linspace(-110, -109, 30_000), np.full(30_000, 31.0)])
    border = Border.from_geometry(
        shapely.LineString(line + rng.normal(0, 1e-4, line.shape)), crs=4326
    )
    lon, lat = rng.uniform(-111, -107, (6, 3000)), rng.uniform(29, 33, (6, 3000))
    want = [border.arcs.nearest(Points.of(*p)).distance[::50] for p in zip(lon, lat, strict=True)]
    cells = Cells.of(border.arcs)
    if compiled:
        pytest.importorskip("bordermap._ellipsoid.fast")
    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda x, y: cells.nearest(x, y, compiled=compiled), lon, lat))
        for one, distances in zip(found, want, strict=True):
            np.testing.assert_allclose(one.distance[::50], distances, rtol=0, atol=1e-6)
    assert compiled or CHUNKS in cells.table.kind


def test_threads_share_tables():
    rng = np.random.default_rng(10)
    border = borders.load("us-mexico")
    cells = Cells.of(border.arcs)
    lon, lat = rng.uniform(-110, -100, 6000), rng.uniform(25, 33, 6000)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: cells.nearest(lon, lat, compiled=False), range(8)))
    want = Cells.of(border.arcs).nearest(lon, lat, compiled=False)
    for one in found:
        np.testing.assert_array_equal(one.distance, want.distance)


@pytest.mark.parametrize("function", [distance.to_border, distance.nearest])
@pytest.mark.parametrize("with_numba", [False, True])
def test_memory_of_a_large_call(function, with_numba, monkeypatch):
    """Beside input and output a call of a million points holds less than 200 MB, tables included."""
    if with_numba:
        pytest.importorskip("bordermap._ellipsoid.fast")
    else:
        monkeypatch.setattr(_cells, "_kernel_class", lambda: None)
    rng = np.random.default_rng(11)
    lon, lat = rng.uniform(-118, -86, 1_000_000), rng.uniform(14, 36, 1_000_000)
    border = Border("fresh", "", *(getattr(borders.load("us-mexico"), k) for k in SAME_LINE))
    tracemalloc.start()
    try:
        found = function(lon, lat, border)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    fields = found if isinstance(found, tuple) else (found,)
    given_back = sum(field.nbytes for field in fields)
    assert held - given_back < 200e6


SAME_LINE = ("lines", "parts", "accuracy_m", "source")


def test_the_data_folder_of_the_environment_is_used(monkeypatch, tmp_path):
    monkeypatch.setenv("BORDERMAP_DATA", str(tmp_path))
    for question in (distance.to_border, distance.nearest, distance.side):
        with pytest.raises(DataError, match="BORDERMAP_DATA"):
            question(-100.0, 30.0)
    with pytest.raises(DataError, match="BORDERMAP_DATA"):
        distance.measure_place(place("Villa Unión", -100.7, 28.2))
    monkeypatch.delenv("BORDERMAP_DATA")
    with pytest.raises(DataError, match=str(tmp_path)):
        distance.measure_place(place("Villa Unión", -100.7, 28.2), data=tmp_path)


def test_batches_keep_columns_of_one_name_and_come_from_a_table_too() -> None:
    pa = pytest.importorskip("pyarrow")
    names = ["a", "a", "lon", "lat"]
    table = pa.Table.from_arrays([pa.array([v]) for v in (1.0, 6.0, -100.0, 28.0)], names=names)
    (batch,) = distance.measure_batches(table)
    assert [batch.column(i)[0].as_py() for i in (0, 1)] == [1.0, 6.0]
    assert batch.schema.names[:4] == names


def test_an_edge_right_round_the_earth_is_refused() -> None:
    whole = shapely.LineString([(-180, 89), (180, 89)])
    with pytest.raises(BorderError, match="right round the Earth"):
        Border.from_geometry(whole, crs=4326)


@pytest.mark.parametrize(
    "values",
    [
        np.array(["-100"], object),
        ["-100"],
        [True],
        np.array([True], object),
        np.array([10**400], object),
        np.array([-100 + 0j]),
        np.array([-100.0, np.True_], object)[1:],
    ],
)
def test_what_holds_no_numbers_is_refused_whatever_holds_it(values) -> None:
    pd = pytest.importorskip("pandas")
    for lon in (values, pd.Series(values)):
        with pytest.raises(CoordinateError, match=r"^lon does not hold numbers of degrees") as told:
            distance.to_border(lon, [28.0])
        assert str(told.value).count("does not hold") == 1


def test_batches_hold_numbers_of_any_kind_and_no_text() -> None:
    pa = pytest.importorskip("pyarrow")
    dataset = pytest.importorskip("pyarrow.dataset")
    lat, plain = pa.array([28.0, 29.0]), pa.array([-100.0, -101.0])

    def kilometres(lon, wrap=lambda batch: [batch]):
        batch = pa.record_batch([lon, lat], names=["lon", "lat"])
        return [
            v for b in distance.measure_batches(wrap(batch)) for v in b["border_km"].to_pylist()
        ]

    expected = kilometres(plain)
    decimals = pa.array([Decimal(-100), Decimal(-101)], pa.decimal128(9, 2))
    for lon in (plain.dictionary_encode(), decimals, plain.cast(pa.int16()), plain.cast("float")):
        assert kilometres(lon) == expected
    for wrap in (lambda batch: batch, lambda batch: dataset.dataset(pa.table(batch))):
        assert kilometres(plain, wrap) == expected
    assert kilometres(pa.nulls(2)) == [None, None]
    for odd in (pa.array(["-100", "-101"]), pa.array([True, False])):
        with pytest.raises(InputError, match=f"column 'lon' holds {odd.type}, not numbers"):
            kilometres(odd)
    with pytest.raises(InputError, match="the batches hold a str"):
        next(distance.measure_batches(pa.table([plain, lat], ["lon", "lat"]).to_pandas()))


def test_beyond_all_waters_a_point_beside_the_line_has_no_side() -> None:
    """In Dixon Entrance the line runs on where Canada's territorial waters do not reach."""
    assert distance.side(-131.69086, 54.68396 + 0.01) == "US"
    assert distance.side(-131.69086, 54.68396 - 0.001) is None
    assert distance.to_border(-131.69086, 54.68396 - 0.001, "us-canada") < 500


def test_points_far_from_all_tables_take_little_memory() -> None:
    """As long as no tables are made for them each is compared with every group of edges."""
    rng = np.random.default_rng(18)
    arcs = borders.load("us").arcs
    points = Points.of(rng.uniform(-180, 180, 5000), rng.uniform(-90, 90, 5000))
    tracemalloc.start()
    try:
        arcs.nearest(points)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert held < 40e6


def test_making_the_tables_of_many_degrees_takes_little_memory() -> None:
    line = shapely.LineString([(-107, 31), (-106, 32)])
    border = Border.from_geometry(line, crs=4326)
    border.cells.plant(0, 80, 1, 81)
    tracemalloc.start()
    try:
        border.cells.plant(-180, -90, 0, 0)
        kept, held = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (border.cells.table.root >= 0).mean() > 0.24
    assert held - kept < 30e6


@pytest.mark.parametrize("values", [["-100", "x"], [True, False], [-100 + 1j, 0j]])
def test_a_mask_makes_no_numbers_of_what_is_none(values) -> None:
    masked = np.ma.array(values, mask=[False, True])
    for lon in (masked, masked.astype(object)):
        with pytest.raises(CoordinateError, match=r"^lon does not hold numbers of degrees"):
            distance.to_border(lon, 28.0, missing="nan")
    hidden = np.ma.array([-100.0, "x"], mask=[False, True], dtype=object)
    assert np.isnan(distance.to_border(hidden, 28.0, missing="nan")).tolist() == [False, True]


def test_advice_fits_what_is_wrong() -> None:
    with pytest.raises(CoordinateError, match="give finite degrees"):
        distance.to_border([np.nan], [np.inf], missing="nan")
    with pytest.raises(CoordinateError, match="missing='nan'"):
        distance.to_border([np.nan], [3.0])
    with pytest.raises(InputError, match="the batches are a NoneType"):
        next(distance.measure_batches(None))
