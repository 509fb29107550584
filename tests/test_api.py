"""The four verbs as a user calls them, from Python."""

from __future__ import annotations

import html
import inspect
import json
import math
import pickle
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geographiclib.geodesic import Geodesic

import bordermap
from bordermap import Incidents, Measurement, Place, Source
from bordermap.distance import Nearest

EXAMPLES = Path(__file__).parents[1] / "examples" / "incidents.csv"
VILLA_UNION = "Villa Union, Coahuila"
UCDP = Path(__file__).parents[2] / "shared" / "gold" / "ucdp_incidents_dev.csv"


class OwnList:
    """A gazetteer of one's own: two ranches that no other knows, and one name twice."""

    source = Source("Our list", "2026", "CC0", "us")

    def lookup(
        self, name: str, *, country: str | None = None, admin1: str | None = None
    ) -> Sequence[Place]:
        known = {
            "rancho el uno": [("Coahuila", -101.0, 29.0)],
            "rancho doble": [("Sonora", -110.0, 31.0), ("Chihuahua", -107.0, 31.0)],
        }
        return [
            Place(
                name.title(), lon, lat, "MX", state, None, "own:1", "town", None, 500.0, "exact",
                1.0, self.source,
            )
            for state, lon, lat in known.get(name.casefold(), [])
            if admin1 in (None, state) and country in (None, "MX")
        ]  # fmt: skip


# --- geocode ------------------------------------------------------------------------------------


def test_one_name_gives_one_place() -> None:
    place = bordermap.geocode(VILLA_UNION)
    assert (place.name, place.admin1, place.country) == ("Villa Unión", "Coahuila", "MX")
    off = Geodesic.WGS84.Inverse(place.lat, place.lon, 28.22, -100.73)["s12"]
    assert off < 2000
    assert bordermap.geocode(place) is place
    assert bordermap.geocode("Villa Union", admin1="Coah.", country="México").id == place.id


def test_an_ambiguous_name_raises_with_its_candidates_and_can_be_decided() -> None:
    with pytest.raises(bordermap.AmbiguousPlaceError) as caught:
        bordermap.geocode("Villa Union")
    states = {place.admin1 for place in caught.value.candidates}
    assert states >= {"Coahuila", "Sinaloa", "Durango", "Veracruz"}

    def in_coahuila(error: bordermap.AmbiguousPlaceError) -> Place | None:
        return next((place for place in error.candidates if place.admin1 == "Coahuila"), None)

    assert bordermap.geocode("Villa Union", on_ambiguous=in_coahuila).admin1 == "Coahuila"
    with pytest.raises(bordermap.AmbiguousPlaceError):
        bordermap.geocode("Villa Union", on_ambiguous=lambda _: None)


def test_an_unknown_name_raises() -> None:
    with pytest.raises(bordermap.PlaceNotFoundError, match="Xyzzyville"):
        bordermap.geocode("Xyzzyville")


def test_a_misspelt_name_says_that_it_was() -> None:
    place = bordermap.geocode("Villa Unio, Coah.")
    assert (place.name, place.match) == ("Villa Unión", "fuzzy")


def test_many_names_give_a_table_that_counts_from_one() -> None:
    asked: list[str] = []

    def first(error: bordermap.AmbiguousPlaceError) -> Place:
        asked.append(error.query)
        return error.candidates[0]

    names = ["Nuevo Laredo", "Xyzzyville", VILLA_UNION, "Villa Union", "Villa Union", None, ""]
    incidents = bordermap.geocode(names, on_ambiguous=first)
    assert incidents.frame.index.tolist() == [1, 3, 4, 5]
    assert incidents.rejected["row"].tolist() == [2, 6, 7]
    assert len(asked) == 1, "each distinct name is asked about once"
    for kind in (pd.Series, tuple, np.array):
        alike = bordermap.geocode(kind(["Nuevo Laredo", VILLA_UNION]))
        assert alike.frame["match_name"].tolist() == ["Nuevo Laredo", "Villa Unión"]
    narrowed = bordermap.geocode(["Villa Union"], admin1="Coahuila")
    assert narrowed.frame["admin1"].tolist() == ["Coahuila"]
    with pytest.raises(bordermap.PlaceNotFoundError, match="row 2"):
        bordermap.geocode(names, on_error="raise")


def test_a_table_is_geocoded_by_name_and_keeps_its_own_coordinates_aside() -> None:
    frame = pd.DataFrame(
        {"place": ["Villa Union"], "state": ["Coahuila"], "lat": [1.0], "lon": [2.0]}
    )
    row = bordermap.geocode(frame).frame.loc[2]
    assert row["match"] == "exact"
    assert (row["lat_given"], row["lon_given"]) == (1.0, 2.0)
    assert row["lat"] == pytest.approx(28.22, abs=0.02)


def test_a_point_is_answered_with_the_state_it_is_in() -> None:
    for point in ((-100.73, 28.25), shapely.Point(-100.73, 28.25), [np.float64(-100.73), 28.25]):
        place = bordermap.geocode(point)
        assert (place.lon, place.lat, place.kind) == (-100.73, 28.25, "point")
        assert (place.admin1, place.country, place.match) == ("Coahuila", "MX", "coordinates")


def test_candidates_are_best_first_and_never_raise() -> None:
    found = bordermap.candidates("Villa Union")
    assert {"Coahuila", "Sinaloa"} <= {place.admin1 for place in found}
    assert bordermap.candidates("Villa Union", limit=1) == found[:1]
    assert bordermap.candidates(VILLA_UNION)[0].admin1 == "Coahuila"
    for text in ("", "Xyzzyville", "\x00", "💥" * 1000, "-999, 999"):
        assert isinstance(bordermap.candidates(text), list)


def test_a_gazetteer_of_ones_own() -> None:
    own = OwnList()
    assert bordermap.geocode("Rancho El Uno", gazetteer=own).id == "own:1"
    with pytest.raises(bordermap.AmbiguousPlaceError):
        bordermap.geocode("Rancho Doble", gazetteer=own)
    incidents = bordermap.read(
        b"lugar,estado\nRancho El Uno,\nRancho Doble,Sonora\nNava,Coahuila\n", gazetteer=own
    )
    assert incidents.frame["lon"].tolist() == [-101.0, -110.0]
    assert incidents.credits == (own.source,)
    assert incidents.rejected["row"].tolist() == [4]
    with pytest.raises(bordermap.InputError, match="needs a method lookup"):
        bordermap.geocode("Nava", gazetteer="list.csv")  # type: ignore[call-overload]


def test_one_point_gets_one_answer_however_it_is_written() -> None:
    point = (-100.73, 28.22)
    expected = bordermap.geocode(point)
    assert (expected.country, expected.admin1) == ("MX", "Coahuila")
    assert expected.radius_m == pytest.approx(0.005 * 111_320)
    for where in (point, list(point), np.array(point), shapely.Point(point), "28.22, -100.73"):
        assert bordermap.geocode(where) == expected
        assert bordermap.measure(where).place == expected
    table = bordermap.geocode(["28.22, -100.73"]).frame.iloc[0]
    assert (table["lon"], table["lat"], table["admin1"]) == (*point, "Coahuila")
    assert table["radius_m"] == expected.radius_m


@pytest.mark.parametrize(
    ("point", "country"),
    [
        ((-106.4811, 31.7464), "MX"),  # Ciudad Juárez, beside the river; El Paso is nearer
        ((-99.5106, 27.5006), "US"),  # Laredo, beside the river
        ((-91.6, 14.80), ""),  # Guatemala
        ((-95.0, 27.0), ""),  # the Gulf
    ],
)
def test_a_point_is_in_no_state_of_a_country_that_it_is_not_in(
    point: tuple[float, float], country: str
) -> None:
    place = bordermap.geocode(point)
    measured = bordermap.measure(point)
    assert place.country == country
    assert measured.side == (country or None)
    if place.admin1 is not None:
        assert country
        assert place.admin1 in {measured.part.us_state, measured.part.neighbour_state}


def test_a_point_is_in_the_state_whose_polygon_holds_it() -> None:
    folder = Path(__file__).parents[1] / "shapefiles"
    random = np.random.default_rng(20)
    named = inland = 0
    for layer, box, differently in (
        ("mx_states", (-117.0, 15.0, -87.0, 32.0), {"México": "Estado de México"}),
        ("us_states", (-124.0, 26.0, -70.0, 48.0), {"District of Columbia": "Washington, D.C."}),
        ("ca_provinces", (-125.0, 45.0, -60.0, 55.0), {}),
    ):
        states = gpd.read_file(folder / f"{layer}.shp")
        west, south, east, north = box
        lon, lat = random.uniform(west, east, 120), random.uniform(south, north, 120)
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=states.crs)
        inside = gpd.sjoin(points, states)
        assert len(inside) > 10
        inland += len(inside)
        for point, state in zip(inside.geometry, inside["name"], strict=True):
            place = bordermap.geocode(point)
            if place.country:
                assert place.admin1 in {state, differently.get(state), None}
            named += place.admin1 is not None
    assert named > 0.95 * inland  # the others are too near to a line between two


def test_one_point_is_called_what_a_table_of_points_calls_it() -> None:
    random = np.random.default_rng(8)
    lon, lat = random.uniform(-125, -60, 300), random.uniform(14, 52, 300)
    # Some beside the line between two states, where neither may be named.
    rio = shapely.get_coordinates(bordermap.borders.load("us-mexico").lines)[::400]
    lon, lat = np.append(lon, rio[:, 0] + 1e-4), np.append(lat, rio[:, 1] - 1e-4)
    known = bordermap.gazetteer.load()
    table = bordermap.areas.locate(lon, lat, gazetteer=known)
    sides = bordermap.distance.side(lon, lat)
    assert len(set(table.country)) == 4
    assert any(table.between)
    for number, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
        place = bordermap.areas.point(x, y, known)
        assert (place.country or None) == table.country[number] == sides[number]
        assert bordermap.distance.side(x, y) == sides[number]
        assert (place.admin1, place.admin2) == (table.admin1[number], table.admin2[number])
        assert (table.between[number] or "; ") in place.reason


@pytest.mark.parametrize("verb", [bordermap.geocode, bordermap.measure, bordermap.draw])
@pytest.mark.parametrize(
    "names",
    [
        np.zeros(3),
        np.zeros(()),
        [[-100.0, 28.0, 1.0]],
        7,
        {"a": 1},
    ],
)
def test_numbers_in_bulk_are_refused_with_the_way_to_do_it(verb: Any, names: Any) -> None:
    with pytest.raises(bordermap.InputError, match=r"\(lon, lat\)") as caught:
        verb(names)
    assert len(str(caught.value).splitlines()) == 1
    assert " a int" not in str(caught.value)


def test_points_in_bulk_are_measured_and_have_no_names_to_look_up() -> None:
    pairs = [(-100.73, 28.22), (-99.5, 27.5)]
    expected = [bordermap.measure(pair).km for pair in pairs]
    lon, lat = zip(*pairs, strict=True)
    for points in (pairs, np.array(pairs), list(shapely.points(pairs)), shapely.points(pairs)):
        measured = bordermap.measure(points).frame
        assert measured["border_km"].tolist() == expected
        assert measured.index.tolist() == [1, 2]
    series = gpd.GeoSeries.from_xy(lon, lat, crs=4326).to_crs(6372)
    assert bordermap.measure(series).frame["border_km"].tolist() == pytest.approx(
        expected, abs=1e-6
    )
    for points in (pairs, np.array(pairs)):
        with pytest.raises(bordermap.InputError, match=r"\(lon, lat\)"):
            bordermap.geocode(points)


def test_bytes_and_a_geoseries_are_tables() -> None:
    expected = bordermap.measure(VILLA_UNION)
    table = b'place\n"Villa Union, Coahuila"\n'
    assert bordermap.measure(table).frame["border_km"].tolist() == [expected.km]
    assert len(bordermap.draw(table).scene) == 1
    point = shapely.Point(expected.place.lon, expected.place.lat)
    series = gpd.GeoSeries([point, None], crs=4326)
    measured = bordermap.measure(series)
    assert measured.frame["border_km"].tolist() == pytest.approx([expected.km])
    assert measured.rejected["row"].tolist() == [3]
    for odd in (table, series):
        with pytest.raises(bordermap.InputError):
            bordermap.geocode(odd)


@pytest.mark.parametrize("names", [7, None, {"a": 1}, [1, 2, 3], ["Nava", 3.5], (math.nan, 1.0)])
def test_what_is_no_name_is_refused(names: Any) -> None:
    with pytest.raises(bordermap.InputError):
        bordermap.geocode(names)


# --- measure ------------------------------------------------------------------------------------


def test_every_way_to_say_where_gives_the_same_distance() -> None:
    place = bordermap.geocode(VILLA_UNION)
    point = (place.lon, place.lat)
    expected = bordermap.measure(place)
    for where in (VILLA_UNION, point, list(point), shapely.Point(point), expected):
        assert bordermap.measure(where).distance_m == expected.distance_m
    # An independent geodesic to the point that is said to be nearest.
    lon, lat = expected.nearest
    inverse = Geodesic.WGS84.Inverse(place.lat, place.lon, lat, lon)
    assert inverse["s12"] == pytest.approx(expected.distance_m, abs=1e-3)
    assert inverse["azi1"] % 360 == pytest.approx(expected.azimuth_deg, abs=1e-6)
    assert expected.km == pytest.approx(41.8, abs=0.5)
    assert (expected.part.us_state, expected.part.neighbour_state) == ("Texas", "Coahuila")
    assert expected.side == "MX"
    assert str(expected).startswith("Villa Unión, Coahuila, is 41.8 km")


def test_a_point_is_called_a_point_in_the_sentence() -> None:
    sea = bordermap.measure((-95.0, 27.0))
    assert str(sea).startswith("The point (27.000, −95.000) is ")
    named = bordermap.measure((-100.73, 28.22))
    assert str(named).startswith("The point (28.220, −100.730) in Coahuila is ")


@pytest.mark.parametrize(
    ("lon", "lat", "direction"),
    [
        (-157.858, 21.307, "west"),  # Honolulu
        (-52.713, 47.561, "north-east"),  # St. John's
        (0.0, 90.0, "north"),
        (-100.31, 25.67, "south-west"),  # Monterrey
        (-97.74, 30.27, "north-east"),  # Austin
        (-149.9, 61.22, "north-west"),  # Anchorage
        (-43.2, -22.9, "south-east"),  # Rio de Janeiro
    ],
)
def test_the_direction_is_the_one_in_which_the_place_lies_from_the_border(
    lon: float, lat: float, direction: str
) -> None:
    measured = bordermap.measure((lon, lat))
    border_lon, border_lat = measured.nearest
    azimuth = Geodesic.WGS84.Inverse(border_lat, border_lon, lat, lon)["azi1"] % 360
    compass = ("north", "north-east", "east", "south-east", "south", "south-west", "west")
    assert (*compass, "north-west")[int((azimuth + 22.5) // 45) % 8] == measured.direction
    assert measured.direction == direction


@pytest.mark.parametrize(
    ("lon", "lat", "where"),
    [
        (-82.5, 41.6, "8.5 km (5.3 mi) south of the US border, nearest on Lake Erie in Ohio ("),
        (-83.05, 42.33, "nearest on the Detroit River in Michigan ("),
        (-95.15, 49.3, "nearest in Minnesota ("),
        (-94.8, 49.2, "nearest on Lake of the Woods in Minnesota ("),
        (-67.75, 45.6, "nearest on the Chiputneticook Lakes in Maine ("),
        (-131.7, 54.6, "nearest in Dixon Entrance off Alaska ("),
        (-123.2, 48.9, "nearest in the Strait of Georgia off Washington ("),
        (-66.9, 44.6, "nearest off Maine ("),
        (-112.0, 49.05, "nearest in Montana ("),
    ],
)
def test_the_sentence_calls_waters_by_their_names(lon: float, lat: float, where: str) -> None:
    assert where in str(bordermap.measure((lon, lat), border="us-canada"))


def test_the_sentence_of_a_point_beside_or_on_the_line_has_no_naught_in_it() -> None:
    line = shapely.get_coordinates(bordermap.borders.load("us-mexico/arizona").lines.geoms[-1])
    lon, lat = line[3].tolist()
    on = str(bordermap.measure((lon, lat)))
    assert "is on the US border, in Arizona (" in on
    beside = Geodesic.WGS84.Direct(lat, lon, 0, 37.0)
    near = bordermap.measure((beside["lon2"], beside["lat2"]))
    assert near.distance_m < 37
    shown = f"{near.distance_m:.0f} m ({near.distance_m / 0.3048:.0f} ft) north"
    assert shown in str(near)


def test_the_sentence_about_a_line_of_ones_own() -> None:
    line = shapely.LineString([(-100, 28), (-99, 29)])
    alone = bordermap.Border.from_geometry(line, crs=4326, label="the fence")
    said = str(bordermap.measure((-101.1234567, 28.0), border=alone))
    assert " west of the fence, nearest at (28.000, −100.000); uncertainty under 1 m." in said
    named = bordermap.Border.from_geometry([line, line], crs=4326, names=["Rancho", "Ejido"])
    assert "nearest at Rancho (" in str(bordermap.measure((-101.0, 28.0), border=named))


def test_a_state_in_a_sentence_has_no_stray_comma() -> None:
    assert str(bordermap.measure("Coahuila")).startswith("Coahuila is ")
    assert str(bordermap.measure("Nava, Coahuila")).startswith("Nava, Coahuila, is ")


def test_coordinates_are_checked() -> None:
    with pytest.raises(bordermap.CoordinateError, match="longitude comes first"):
        bordermap.measure((28.22, -100.73))
    for point in ((math.nan, 1.0), (1.0, math.inf), (1.0, 91.0), (999.0, 1.0)):
        with pytest.raises(bordermap.CoordinateError):
            bordermap.measure(point)
    with pytest.raises(bordermap.CoordinateError, match="empty"):
        bordermap.measure(shapely.Point())
    around = bordermap.measure((259.27, 28.22))
    assert around.distance_m == pytest.approx(
        bordermap.measure((-100.73, 28.22)).distance_m, abs=1e-3
    )
    assert around.place.lon == pytest.approx(-100.73)


def test_a_table_gains_the_columns_of_the_border() -> None:
    incidents = bordermap.read(EXAMPLES)
    measured = bordermap.measure(incidents)
    assert isinstance(measured, Incidents)
    frame = measured.frame
    assert "border_km" not in incidents.frame, "the input is not changed"
    assert len(measured) == len(incidents)
    assert set(frame["border"]) == {"us-mexico"}
    accuracy_m = bordermap.borders.load("us-mexico").accuracy_m
    assert accuracy_m > 0
    for row in frame.itertuples():
        inverse = Geodesic.WGS84.Inverse(row.lat, row.lon, row.nearest_lat, row.nearest_lon)
        assert inverse["s12"] / 1000 == pytest.approx(row.border_km, abs=1e-6)
        assert row.border_mi * 1.609344 == pytest.approx(row.border_km, rel=1e-12)
        assert row.border_uncertainty_km == pytest.approx((row.radius_m + accuracy_m) / 1000)
        # The side is that of the country the table gives.
        assert row.side == {"Mexico": "MX", "United States": "US"}[row.country]
    by_path = bordermap.measure(EXAMPLES)
    pd.testing.assert_frame_equal(by_path.frame, frame)
    by_name = bordermap.measure(str(EXAMPLES))
    pd.testing.assert_frame_equal(by_name.frame, frame)


def test_tables_of_every_kind() -> None:
    names = [VILLA_UNION, "Nuevo Laredo"]
    expected = [bordermap.measure(name).km for name in names]
    points = gpd.points_from_xy(
        *zip(*((p.lon, p.lat) for p in map(bordermap.geocode, names)), strict=True)
    )
    for where in (
        names,
        pd.Series(names),
        pd.DataFrame({"place": names}),
        gpd.GeoDataFrame(geometry=points, crs=4326).to_crs("EPSG:6372"),
    ):
        measured = bordermap.measure(where)
        assert measured.frame["border_km"].tolist() == pytest.approx(expected, abs=1e-6)


def test_an_empty_table_can_be_measured() -> None:
    measured = bordermap.measure(pd.DataFrame({"place": []}))
    assert len(measured) == 0
    assert {"border_km", "border_part", "side"} <= set(measured.frame.columns)


def test_another_border_and_one_that_is_not() -> None:
    texas = bordermap.measure("Nuevo Laredo", border="us-mexico/texas")
    canada = bordermap.measure("Nuevo Laredo", border="us-canada")
    assert texas.km < 10 < 1000 < canada.km
    with pytest.raises(bordermap.BorderError, match="us-mexico"):
        bordermap.measure("Nuevo Laredo", border="us-mexicoo")


def test_a_metric_of_ones_own() -> None:
    class Doubled:
        def nearest(self, lon: Any, lat: Any, border: Any) -> Nearest:
            found = bordermap.distance.nearest(lon, lat, border)
            return found._replace(distance_m=found.distance_m * 2)

    plain = bordermap.measure(VILLA_UNION)
    doubled = bordermap.measure(VILLA_UNION, metric=Doubled())
    assert isinstance(doubled, Measurement)
    assert doubled.distance_m == pytest.approx(2 * plain.distance_m)
    assert doubled.part == plain.part
    table = bordermap.measure([VILLA_UNION], metric=Doubled())
    assert isinstance(table, Incidents)
    assert table.frame["border_km"].tolist() == [pytest.approx(2 * plain.km)]


def test_a_slip_in_a_file_name_is_not_looked_up_as_a_town(tmp_path: Path) -> None:
    with pytest.raises(bordermap.TableError, match=r"no file incidnts\.csv"):
        bordermap.measure("incidnts.csv")
    with pytest.raises(bordermap.TableError, match="no file"):
        bordermap.draw(tmp_path / "Nava, Coahuila")
    with pytest.raises(bordermap.InputError, match="download"):
        bordermap.measure("https://example.org/x.csv")
    extensionless = tmp_path / "incidents"
    extensionless.write_bytes(b"lugar,estado\nNava,Coahuila\n")
    assert len(bordermap.measure(str(extensionless))) == 1


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[str, int, int]] = []
    bordermap.measure(EXAMPLES, progress=lambda *step: told.append(step))
    assert {label for label, _, _ in told} == {"Looking up places", "Measuring"}
    for label in ("Looking up places", "Measuring"):
        *_, (_, done, total) = (step for step in told if step[0] == label)
        assert done == total > 0


# --- draw ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def example_map() -> bordermap.BorderMap:
    return bordermap.draw(EXAMPLES, title='Incidents <& "near" the border')


def test_draw_reads_geocodes_and_measures(example_map: bordermap.BorderMap) -> None:
    assert isinstance(example_map.measured, Incidents)
    assert len(example_map.scene) == len(example_map.measured.frame) > 30
    assert "incidents" in repr(example_map)
    page = example_map.to_html()
    assert page.startswith("<!DOCTYPE html>")
    assert "Incidents &lt;&amp;" in page
    assert 'Incidents <& "near"' not in page


def test_the_same_table_gives_the_same_bytes(example_map: bordermap.BorderMap) -> None:
    again = bordermap.draw(
        bordermap.measure(bordermap.read(EXAMPLES)), title=example_map.scene.title
    )
    assert again.to_html() == example_map.to_html()


@pytest.mark.parametrize(
    "what",
    [
        VILLA_UNION,
        (-100.73, 28.22),
        [VILLA_UNION, "Nuevo Laredo"],
        pd.DataFrame({"place": [VILLA_UNION]}),
        gpd.GeoDataFrame(geometry=[shapely.Point(-100.73, 28.22)], crs=4326),
    ],
)
def test_everything_that_can_be_measured_can_be_drawn(what: Any) -> None:
    drawn = bordermap.draw(what)
    assert len(drawn.scene) == (2 if isinstance(what, list) else 1)
    measured = bordermap.measure(what)
    assert len(bordermap.draw(measured).scene) == len(drawn.scene)


def test_a_measurement_to_another_border_is_made_anew() -> None:
    drawn = bordermap.draw(bordermap.measure(VILLA_UNION), border="us-canada")
    assert isinstance(drawn.measured, Measurement)
    assert drawn.measured.border.key == "us-canada"
    table = bordermap.draw(bordermap.measure([VILLA_UNION]), border="us-canada")
    assert isinstance(table.measured, Incidents)
    assert table.measured.frame["border_km"].iloc[0] > 1000


@pytest.mark.parametrize(("name", "value"), [("lang", "xx"), ("lang", ""), ("basemap", "osm")])
def test_an_option_that_is_not_there_is_refused_by_the_call(name: str, value: str) -> None:
    for what in (VILLA_UNION, EXAMPLES):
        with pytest.raises(bordermap.SceneError, match=f"there is no .*{value!r}"):
            bordermap.draw(what, **{name: value})  # type: ignore[arg-type]


def test_the_scene_of_a_map_is_json(example_map: bordermap.BorderMap) -> None:
    written = json.loads(json.dumps(example_map.scene.as_dict(), allow_nan=False))
    assert len(written["columns"][0]["values"]) == len(example_map.scene)


def test_nothing_to_draw_is_said() -> None:
    for verb in (bordermap.draw, bordermap.report):
        with pytest.raises(bordermap.SceneError, match="no rows"):
            verb(pd.DataFrame({"place": []}))


@pytest.mark.filterwarnings("error")
def test_where_no_row_was_placed_the_map_has_the_reasons(tmp_path: Path) -> None:
    nowhere = pd.DataFrame({"place": ["Xyzzyville", None], "killed": [1, 2]})
    drawn = bordermap.draw(nowhere, size="killed", color="date")
    assert len(drawn.scene) == 0
    assert [row for row, *_ in drawn.scene.rejected] == [2, 3]
    assert "Xyzzyville" in drawn.scene.rejected[0][2]
    for kind in ("html", "png"):
        assert drawn.save(tmp_path / f"nowhere.{kind}").stat().st_size > 10_000
    with pytest.raises(bordermap.SceneError, match=r"none of the 2 rows .* row 2: .*Xyzzyville"):
        bordermap.report(nowhere)


def test_saving_is_whole_or_not_at_all(
    example_map: bordermap.BorderMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "map.html"
    assert example_map.save(str(target)) == target
    assert target.read_text(encoding="utf-8") == example_map.to_html()
    before = target.read_bytes()
    with pytest.raises(bordermap.InputError, match=r"\*\.html"):
        example_map.save(tmp_path / "map.gif")
    with pytest.raises(bordermap.OutputError, match="no folder"):
        example_map.save(tmp_path / "none" / "map.html")

    def fail(*_: object) -> str:
        raise RuntimeError("while rendering")

    monkeypatch.setattr("bordermap.renderer.to_html", fail)
    with pytest.raises(RuntimeError):
        example_map.save(target)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_the_iframe_is_sandboxed_and_holds_the_page(example_map: bordermap.BorderMap) -> None:
    frame = example_map.to_iframe(600, title='The "map" <b>')
    tag = re.fullmatch(r'<iframe ((?:[\w-]+="[^"]*" ?)+)></iframe>', frame)
    assert tag
    attributes = {
        name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag[1])
    }
    assert attributes["srcdoc"] == example_map.to_html()
    assert "allow-same-origin" not in attributes["sandbox"]
    assert "allow-scripts" in attributes["sandbox"]
    assert attributes["title"] == 'The "map" <b>'
    assert "height:600px" in attributes["style"]
    assert attributes["loading"] == "lazy"
    assert "width:30rem" in example_map.to_iframe(width="30rem")
    assert example_map._repr_html_() == example_map.to_iframe()
    for length in ("10px;position:fixed", '"><script>', "-5px", "px", ""):
        with pytest.raises(bordermap.InputError, match="CSS length"):
            example_map.to_iframe(length)


def test_to_folium_is_a_folium_map(example_map: bordermap.BorderMap) -> None:
    import folium

    assert isinstance(example_map.to_folium(), folium.Map)


def test_made_comes_from_settings_never_from_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bordermap.draw(VILLA_UNION).scene.made is None
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert bordermap.draw(VILLA_UNION).scene.made == "2023-11-14"
    assert bordermap.draw(VILLA_UNION, settings=bordermap.Settings()).scene.made is None


@pytest.mark.skipif(not UCDP.exists(), reason="the UCDP sample is not beside this checkout")
def test_ucdp_events_are_drawn_all_of_them() -> None:
    drawn = bordermap.draw(UCDP)
    assert len(drawn.scene) == 1694
    assert drawn.scene.rejected_count == 0
    assert isinstance(drawn.measured, Incidents)
    assert drawn.measured.frame["border_km"].notna().all()


# --- all of it ----------------------------------------------------------------------------------


def test_places_and_tables_can_be_pickled() -> None:
    place = bordermap.geocode(VILLA_UNION)
    assert pickle.loads(pickle.dumps(place)) == place  # noqa: S301
    table = bordermap.measure([VILLA_UNION])
    twin = pickle.loads(pickle.dumps(table))  # noqa: S301
    pd.testing.assert_frame_equal(twin.frame, table.frame)


@pytest.mark.parametrize("name", ["read", "geocode", "measure", "draw", "report", "candidates"])
def test_every_verb_has_a_docstring_with_parameters_errors_and_an_example(name: str) -> None:
    verb = getattr(bordermap, name)
    doc = inspect.getdoc(verb) or ""
    assert ">>>" in doc
    parameters = doc.split("Parameters\n----------")[1]
    for parameter in inspect.signature(verb).parameters:
        assert re.search(rf"^(?:\w+, )*{parameter}(?:, \w+)* :", parameters, re.MULTILINE)


@pytest.mark.parametrize("name", [None, 5, b"Tijuana", ["Tijuana"], float("nan")])
def test_candidates_takes_one_name_as_text(name):
    with pytest.raises(bordermap.InputError, match="is no name"):
        bordermap.candidates(name)


@pytest.mark.parametrize("verb", [bordermap.geocode, bordermap.candidates])
@pytest.mark.parametrize("argument", ["country", "admin1", "admin2"])
@pytest.mark.parametrize("value", [5, ["MX"], b"MX", float("nan")])
def test_what_narrows_a_name_is_text(verb, argument, value):
    with pytest.raises(bordermap.InputError, match=f"{argument}= is a "):
        verb("Tijuana", **{argument: value})


@pytest.mark.parametrize("limit", [-1, 2.5, "3", None])
def test_a_limit_is_a_number_of_places(limit):
    with pytest.raises(bordermap.InputError, match="limit="):
        bordermap.candidates("Nogales", limit=limit)


@pytest.mark.parametrize("names", ["Nogales", ["Nogales"]])
def test_who_chooses_returns_a_place(names):
    with pytest.raises(bordermap.InputError, match="on_ambiguous returned a str for 'Nogales'"):
        bordermap.geocode(names, on_ambiguous=str)
    with pytest.raises(bordermap.InputError, match="on_ambiguous= is a str"):
        bordermap.geocode(names, on_ambiguous="first")


@pytest.mark.parametrize(
    ("name", "narrow"),
    [("x" * 5000, {}), ("Nava", {"admin1": "x" * 5000}), ("Nava", {"country": "x" * 5000})],
)
def test_a_page_of_text_is_not_repeated_in_a_message(name, narrow):
    with pytest.raises(bordermap.PlaceNotFoundError) as raised:
        bordermap.geocode(name, **narrow)
    assert len(str(raised.value)) < 250
    assert raised.value.query == name
