"""The basemap covers what a map shows, joins where neighbours join, and stays small."""

from __future__ import annotations

import json
import math
import zlib

import numpy as np
import pytest
import shapely

from bordermap import basemap

BORDER = (-118.0, 25.0, -96.0, 33.5)
TOWN = (-101.5, 27.6, -99.9, 28.8)


@pytest.fixture(scope="module")
def shapes():
    return basemap.shapes(BORDER)


def lines(shapes, name):
    quantum = shapes["world_quantum" if name.startswith("world") else "quantum"]
    return [np.cumsum(np.reshape(line, (-1, 2)), axis=0) / quantum for line in shapes[name]]


def area(shapes, name):
    """The area that even-odd filling gives, as a shapely geometry."""
    rings = [
        shapely.make_valid(shapely.Polygon(ring)) for ring in lines(shapes, name) if len(ring) > 3
    ]
    out = shapely.Polygon()
    for ring in sorted(rings, key=lambda ring: -ring.area):
        out = out.symmetric_difference(ring)
    return out


@pytest.mark.parametrize("bounds", [BORDER, TOWN, (-141.0, 41.0, -66.0, 70.0)])
def test_it_is_small_json(bounds):
    text = json.dumps(basemap.shapes(bounds), allow_nan=False)
    assert len(zlib.compress(text.encode(), 9)) < 112_000  # 150 kB as base64


def test_land_and_sea_are_where_they_are(shapes):
    land = area(shapes, "land")
    for lon, lat in ((-106.4, 31.7), (-100.73, 28.22), (-111.0, 29.0), (-116.6, 31.9)):
        assert land.contains(shapely.Point(lon, lat)), (lon, lat)
    for lon, lat in ((-118.5, 30.0), (-95.5, 27.0), (-112.5, 29.3)):
        assert not land.contains(shapely.Point(lon, lat)), (lon, lat)


def test_the_frame_reaches_beyond_the_view(shapes):
    west, south, east, north = shapes["frame"]
    assert west < BORDER[0]
    assert south < BORDER[1]
    assert east > BORDER[2]
    assert north > BORDER[3]


def test_the_world_goes_on_outside_the_frame(shapes):
    world = area(shapes, "world")
    for lon, lat in ((2.3, 46.0), (-55.0, -10.0), (135.0, -25.0), (100.0, 60.0)):
        assert world.contains(shapely.Point(lon, lat)), (lon, lat)
    assert not world.contains(shapely.Point(-30.0, 0.0))


def test_state_lines_are_drawn_once_and_inland(shapes):
    states = shapely.multilinestrings(
        [shapely.linestrings(line) for line in lines(shapes, "states")]
    )
    # Sonora and Chihuahua, Arizona and New Mexico (109.05 degrees west), California and Arizona
    for lon, lat in ((-108.7, 29.0), (-109.05, 33.0), (-114.5, 33.5)):
        assert shapely.distance(states, shapely.Point(lon, lat)) < 0.35, (lon, lat)
    # The shore of Baja California Sur is no line between states.
    assert shapely.distance(states, shapely.Point(-110.0, 23.0)) > 0.5
    segments = set()
    for line in lines(shapes, "states"):
        for a, b in zip(line[:-1].tolist(), line[1:].tolist(), strict=True):
            pair = (tuple(a), tuple(b)) if a <= b else (tuple(b), tuple(a))
            segments.add(pair)
    total = sum(len(line) - 1 for line in lines(shapes, "states"))
    assert len(segments) > 0.99 * total


def test_state_lines_keep_meeting(shapes):
    """Where three states meet, all three lines still end on one point."""
    four_corners = shapely.Point(-109.045, 36.999)
    ends = [shapely.Point(line[i]) for line in lines(shapes, "states") for i in (0, -1)]
    near = [end for end in ends if end.distance(four_corners) < 0.05]
    assert len(near) == 4
    assert len({(p.x, p.y) for p in near}) == 1


def test_towns_come_large_ones_first_and_where_they_are(shapes):
    names = {name: (lon, lat, zoom) for lon, lat, name, zoom, _ in shapes["towns"]}
    assert {"Phoenix", "Monterrey", "San Antonio", "Chihuahua"} <= set(names)
    lon, lat, _ = names["Monterrey"]
    assert (lon, lat) == pytest.approx((-100.32, 25.67), abs=0.1)
    assert names["Monterrey"][2] <= min(zoom for *_, zoom in names.values()) + 1


def test_small_views_know_small_towns():
    names = {town[2] for town in basemap.shapes(TOWN)["towns"]}
    assert {"Piedras Negras", "Eagle Pass", "Allende"} <= names


def test_states_are_named_inside_themselves(shapes):
    names = {name: (lon, lat) for lon, lat, name, _, rank in shapes["regions"] if rank}
    assert {"Coahuila", "Sonora", "Texas", "Arizona"} <= set(names)
    lon, lat = names["Texas"]
    assert -107 < lon < -93
    assert 25.8 < lat < 36.5


def test_quantising_loses_less_than_half_a_unit():
    rng = np.random.default_rng(3)
    line = np.array([-100.0, 30.0]) + np.cumsum(rng.normal(0, 0.01, (500, 2)), axis=0)
    (units,) = basemap.quantise([line], 1000)
    back = np.cumsum(np.reshape(units, (-1, 2)), axis=0) / 1000
    drawn = shapely.linestrings(back)
    assert shapely.distance(drawn, shapely.points(line)).max() <= 0.0005 * 2**0.5 + 1e-12


def test_generalised_lines_stay_within_the_tolerance(us_mexico):
    (line, *_rest) = basemap.simplified_lines(us_mexico.lines, 0.01, 100_000)
    drawn = shapely.multilinestrings(
        [shapely.linestrings(x) for x in basemap.simplified_lines(us_mexico.lines, 0.01, 100_000)]
    )
    corners = shapely.points(shapely.get_coordinates(us_mexico.lines))
    assert shapely.distance(drawn, corners).max() <= 0.01
    assert len(line) >= 2


def test_lines_are_generalised_until_they_fit(us_mexico):
    out = basemap.simplified_lines(us_mexico.lines, 1e-6, 500)
    assert sum(len(line) for line in out) <= 500


def test_the_same_view_gives_the_same_shapes():
    assert basemap.shapes(TOWN) == basemap.shapes(TOWN)


@pytest.mark.parametrize(
    ("measured", "drawn"), [("us-canada", True), ("us-mexico/texas", True), ("us-mexico", False)]
)
def test_the_border_beside_the_measured_one_is_drawn(measured, drawn):
    found = basemap.shapes((-123.0, 26.0, -95.0, 50.0), measured=measured)
    every = shapely.MultiLineString([line for line in lines(found, "countries") if len(line) > 1])
    # Between Ciudad Juárez and El Paso, and between Sweetgrass and Coutts.
    near = [every.distance(shapely.Point(at)) < 0.05 for at in ((-106.48, 31.75), (-111.96, 49.0))]
    assert near == [drawn, measured != "us-canada"]


def test_a_tall_map_reaches_to_both_sides_of_a_wide_screen():
    west, south, east, north = basemap.shapes((14.0, 50.8, 15.0, 53.8))["frame"]
    # A screen twice as wide as high, in Mercator's proportions at 52° north.
    assert (east - west) * np.cos(np.radians(52.3)) > 1.8 * 3.0
    assert south < 50.8 < 53.8 < north


@pytest.mark.parametrize("height", [1.2, 2.7, 5.0])
def test_from_close_by_the_detailed_shapes_reach_across_a_wide_low_map(height):
    """1,050 by 470 pixels, of which 86 of the height are left free, and a quarter step of zoom lost."""
    south, width = 26.0, height * 0.9
    west, _, east, _ = basemap.shapes((-100.0, south, -100.0 + width, south + height))["frame"]
    seen = height * 470 / (470 - 86) * 2**0.25 * 1050 / 470
    seen /= math.cos(math.radians(south + height / 2))
    middle = -100.0 + width / 2
    assert west <= middle - seen / 2
    assert east >= middle + seen / 2
