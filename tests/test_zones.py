"""Bands and zones lie where Python's own distances, on the ellipsoid, put them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

import bordermap
from bordermap import basemap, distance, zones
from bordermap.errors import SceneError

FRAME = (-118.0, 24.0, -96.0, 36.0)


def along(rings):
    lines = [shapely.segmentize(shapely.linestrings(ring), 0.1) for ring in rings]
    return shapely.get_coordinates(lines)


def normal(points):
    return (points[:, 0] + 180) % 360 - 180, points[:, 1]


def area(rings):
    out = shapely.Polygon()
    for ring in sorted(rings, key=lambda ring: -shapely.Polygon(ring).area):
        out = out.symmetric_difference(shapely.make_valid(shapely.Polygon(ring)))
    return out


@pytest.mark.parametrize("border", ["us-mexico", "us-canada"])
def test_bands_lie_at_their_distance_on_both_sides(border):
    from bordermap import borders

    line = borders.load(border)
    for km, rings in zip((5, 25, 200), zones.bands(line.lines, (5, 25, 200)), strict=True):
        points = along(rings)
        found = distance.to_border(points[:, 0], points[:, 1], border) / 1000
        assert np.abs(found / km - 1).max() < 0.015
        sides = set(distance.side(points[:, 0], points[:, 1]))
        assert {"US", "MX" if border == "us-mexico" else "CA"} <= sides


def test_bands_run_on_across_the_antimeridian():
    line = bordermap.Border.from_geometry(
        shapely.MultiLineString([[(178, 50), (180, 52)], [(-180, 52), (-176, 53.5)]]),
        label="A line across",
        crs="EPSG:4326",
    )
    for near in (179.0, -179.0):
        (rings,) = zones.bands(basemap.around(line.lines, near), (100,))
        points = along(rings)
        assert np.ptp(points[:, 0]) < 12
        assert np.ptp(points[:, 1]) < 6
        km = distance.to_border(*normal(points), line) / 1000
        assert np.abs(km / 100 - 1).max() < 0.015


def test_the_la_paz_zone_is_a_hundred_kilometres_on_either_side():
    zone = area(zones.zone("la-paz", FRAME))
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(-117, -97, 2000), rng.uniform(24, 35, 2000)
    km = distance.to_border(lon, lat) / 1000
    inside = shapely.contains_xy(zone, lon, lat)
    clear = np.abs(km - 100) > 1.5
    assert (inside == (km < 100))[clear].all()
    assert 200 < inside.sum() < 1500


def test_a_hundred_air_miles_are_nautical_inside_and_from_every_external_boundary():
    zone = area(zones.zone("100-air-miles", FRAME))
    points = {
        "El Paso": (-106.4, 31.8, True),
        "Ciudad Juárez": (-106.4, 31.65, False),
        "Houston, from the territorial sea": (-95.4 - 0.7, 29.76, True),
        "Los Angeles": (-118.0 + 0.1, 34.0, True),
        "Dallas": (-96.8, 32.8, False),
        "Flagstaff": (-111.6, 35.2, False),
    }
    for name, (lon, lat, wanted) in points.items():
        assert zone.contains(shapely.Point(lon, lat)) is wanted, name
    # Inland, far from every coast, the border with Mexico alone decides.
    lat = np.linspace(31.9, 35.0, 400)
    lon = np.full(400, -105.0)
    km = distance.to_border(lon, lat) / 1000
    inside = shapely.contains_xy(zone, lon, lat) & (distance.side(lon, lat) == "US")
    assert km[inside].max() == pytest.approx(185.2, abs=2.5)
    assert not inside[km > 187.5].any()


@pytest.mark.parametrize(
    ("given", "units", "said"),
    [
        ((25,), "league", "no unit 'league'"),
        ((0,), "km", "a band at 0 km"),
        ((float("nan"),), "km", "nan km"),
        ((5000,), "mi", "5000 mi"),
        (("far",), "km", "something else"),
        (range(1, 20), "km", "too many"),
    ],
)
def test_senseless_bands_are_refused(given, units, said):
    with pytest.raises(SceneError, match=said):
        zones.distances(given, units)


def test_an_unknown_zone_is_refused_and_the_known_ones_are_named():
    with pytest.raises(SceneError, match=r"no zone 'paz'.*'la-paz' and '100-air-miles'"):
        zones.named(("paz",))
    assert zones.named("la-paz") == ("la-paz",)
