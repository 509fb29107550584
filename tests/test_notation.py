"""Coordinates as text: every usual way to write a point, and every way to write none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

import bordermap
from bordermap import AmbiguousPlaceError, PlaceNotFoundError, cells, notation

VILLA_UNION = (-100.73, 28.22)


@pytest.mark.parametrize(
    "text",
    [
        # degrees, with letters, signs, commas
        "28.22 N, 100.73 W", "28.22N 100.73W", "N 28.22, W 100.73", "N28.22 W100.73",
        "28.22, -100.73", "-100.73, 28.22", "28.22 -100.73", "28.22;-100.73", "28.22|-100.73",
        "28,22; -100,73", "28,22 -100,73", "28,22, -100,73", "28,22 N; 100,73 O",
        "28.22, −100.73", "28.22, –100.73", "28.22, - 100.73", "(28.22, -100.73)", "[28.22, -100.73]",
        "+28.22, -100.73", "100.73 W, 28.22 N", "100.73O 28.22N", "28.22 N - 100.73 W",
        "28.22°N,100.73°W", "28.22º N; 100.73º W", "28.22°, -100.73°", "28.22 N. 100.73 W.",
        # one of the two with a letter
        "28.22 N, -100.73", "28.22, 100.73 W", "N28.22, -100.73", "28.22 N, -100.73 W",
        # words
        "28.22 degrees north, 100.73 degrees west", "28.22° norte, 100.73° oeste",
        "28.22 Norte 100.73 Poniente", "28.22 LN, 100.73 LO", "28.22 N y 100.73 O",
        "28°13'12\" de latitud norte y 100°43'48\" de longitud oeste",
        "Latitud norte 28°13'12\", longitud oeste 100°43'48\"",
        "lat: 28.22, lon: -100.73", "longitud -100.73, latitud 28.22", "lat 28.22 lon -100.73",
        "Lat. 28.22 Long. -100.73", "lat=28.22&lon=-100.73", "x: -100.73, y: 28.22",
        "28.22 (lat), -100.73 (lon)", "Lat 28° 13.2' N Lon 100° 43.8' W",
        "GPS: 28.22, -100.73", "~28.22, -100.73 (approx.)", "28.22, -100.73 (WGS84)",
        # degrees, minutes, seconds
        "28°13'12\"N 100°43'48\"W", "28º13’12” N, 100º43’48” O", "28˚13′12″N 100˚43′48″W",
        "28°13´12´´N 100°43´48´´W", "28° 13' 12'' N, 100° 43' 48'' W", "100°43'48\"W 28°13'12\"N",
        "28°13'12\", -100°43'48\"", "28° 13.2' N, 100° 43.8' W", "N 28° 13.200' W 100° 43.800'",
        "28 13 12 N 100 43 48 W", "28 13.2 N 100 43.8 W", "28 13 12, -100 43 48",
        "28d13m12sN 100d43m48sW", "28:13:12N 100:43:48W", "28-13-12N 100-43-48W",
        "28 deg 13 min 12 sec N, 100 deg 43 min 48 sec W", "28Â°13'12\"N 100Â°43'48\"W",
        # packed
        "281312N 1004348W", "N281312 W1004348", "2813.2N 10043.8W", "2813.2000,N,10043.8000,W",
        "+28.22-100.73/", "+281312-1004348/", "+2813.2-10043.8/", "+28.22-100.73+250CRSWGS_84/",
        # of programs
        "POINT (-100.73 28.22)", '{"lat": 28.22, "lng": -100.73}', "LatLng(28.22, -100.73)",
        '{"type":"Point","coordinates":[-100.73,28.22]}', "28.22,-100.73,250",
        # of maps
        "@28.22,-100.73,15z", "geo:28.22,-100.73;u=35", "geo:0,0?q=28.22,-100.73(Pin)",
        "https://www.google.com/maps?q=28.22,-100.73", "https://waze.com/ul?ll=28.22%2C-100.73",
        "https://www.google.com/maps/place/X/@28.3,-100.8,15z/data=!3m1!8m2!3d28.22!4d-100.73",
        "https://www.openstreetmap.org/#map=12/28.22/-100.73",
        "https://www.openstreetmap.org/?mlat=28.22&mlon=-100.73#map=12/28.3/-100.8",
        "https://maps.apple.com/?ll=28.22,-100.73&q=Pin", "https://www.bing.com/maps?cp=28.22~-100.73",
    ],
)  # fmt: skip
def test_a_point_in_any_usual_notation(text: str) -> None:
    place = bordermap.geocode(text)
    assert (place.kind, place.match, place.score) == ("point", "coordinates", 1.0)
    assert (place.lon, place.lat) == pytest.approx(VILLA_UNION, abs=1e-6)
    assert (place.admin1, place.admin2) == ("Coahuila", "Villa Unión")


def test_eastings_and_northings() -> None:
    east, north = Transformer.from_crs(4326, 32614, always_xy=True).transform(*VILLA_UNION)
    for text in (f"14R {east:.0f} {north:.0f}", f"UTM 14 {east:.0f}mE {north:.0f}mN"):
        place = bordermap.geocode(text)
        assert (place.lon, place.lat) == pytest.approx(VILLA_UNION, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("91.5 N, 100 W", "latitude 91.5 is beyond 90"),
        ("28.22 N, 200 W", "longitude -200 is beyond 180"),
        ("999999, 999999", "latitude 999999 is beyond 90"),
        ("100.73, 28.22", "latitude 100.73 is beyond 90"),
        ("geo:98.22,-100.73", "latitude 98.22 is beyond 90"),
        ("28° 75' N, 100° W", "minutes and seconds must be below 60"),
        ("281372N 1004348W", "minutes and seconds must be below 60"),
        ("28 N, 29 N", "gives two latitudes"),
        ("28.22 W, 100.73 W", "gives two longitudes"),
        ("-28°13'12\"N 100°43'48\"W", "a sign and a letter that point to opposite sides"),
        ("+28.22 S, 100.73 W", "a sign and a letter that point to opposite sides"),
        ("lat 28.2 W, lon 100.7 N", "correct one of them"),
        ("0, 0", "open sea off Africa"),
        ("28.22 N 100.73 W 28.3 N", "more than one point"),
        ("14RLR3312322890", "grid reference (MGRS)"),
        ("76X9+RG Villa Unión", "a plus code"),
        ("https://goo.gl/maps/abc", "a web address with no coordinates in it"),
        ("Villa Unión (28.22, -200.73)", "longitude -200.73 is beyond 180"),
    ],
)
def test_what_is_no_point_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(PlaceNotFoundError) as raised:
        bordermap.geocode(text)
    assert says in str(raised.value)
    assert bordermap.candidates(text) == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("28.22, 100.73", VILLA_UNION),  # the minus sign is lost
        ("lat 28.22, lon 100.73", VILLA_UNION),
        ("28.22 N, 100.73", VILLA_UNION),
        ("-28.22, -100.73", VILLA_UNION),
        ("-80.2, 25.8", (-80.2, 25.8)),  # the other way round
    ],
)
def test_a_point_far_off_that_may_be_meant_otherwise_is_asked_about(
    text: str, meant: tuple[float, float]
) -> None:
    with pytest.raises(AmbiguousPlaceError, match="write N or S and E or W") as raised:
        bordermap.geocode(text)
    first, *others = raised.value.candidates
    assert (first.lon, first.lat) == meant
    assert others


@pytest.mark.parametrize("text", ["28.22 N, 100.73 E", "52.52, 13.405", "-33.45, -70.67"])
def test_a_point_elsewhere_is_where_it_says(text: str) -> None:
    assert bordermap.geocode(text).country == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Villa Union (28.22, -100.73)", "Villa Unión"),
        ("Villa Union, Coahuila (28.22 N, 100.73 W)", "Villa Unión"),
        ("28.22, -100.73 - Villa Unión", "Villa Unión"),
        ("Villa Unión https://maps.apple.com/?ll=28.22,-100.73", "Villa Unión"),
        ("Coahuila: 28°13'12\"N 100°43'48\"W", ""),
    ],
)
def test_a_point_beside_a_name_that_it_agrees_with(text: str, name: str) -> None:
    place = bordermap.geocode(text)
    assert (place.lon, place.lat) == pytest.approx(VILLA_UNION)
    assert (place.name, place.score) == (name, 1.0)


@pytest.mark.parametrize(
    ("text", "narrow", "says"),
    [
        (
            "Tijuana (28.22, -100.73)",
            {},
            "Tijuana, Baja California, which stands beside them, lies",
        ),
        ("Sonora (28.22, -100.73)", {}, "Sonora, which stands beside them, lies"),
        ("Villa Unión, Sinaloa (28.22, -100.73)", {}, "Villa Unión, Sinaloa, which stands"),
        ("28.22, -100.73", {"admin1": "Sonora"}, "it lies in Coahuila, not in Sonora"),
        ("28.22, -100.73", {"country": "US"}, "it lies in Mexico, not in the United States"),
    ],
)
def test_a_point_beside_what_says_otherwise_is_flagged(
    text: str, narrow: dict[str, str], says: str
) -> None:
    place = bordermap.geocode(text, **narrow)
    assert (place.lon, place.lat) == pytest.approx(VILLA_UNION)
    assert place.score == 0.5
    assert says in place.reason


def test_a_name_beside_a_point_that_nobody_knows_is_said() -> None:
    place = bordermap.geocode("Rancho Xyzzy (28.22, -100.73)")
    assert "'Rancho Xyzzy', which stands beside them, could not be placed" in place.reason
    assert place.score == 0.9


@pytest.mark.parametrize(
    "text",
    [
        "Nava", "3, 14", "2019-11-30", "Km 57", "100 Mile House", "1,500", "12/25", "57/100",
        "10:30 - 12:45", "555-1234", "Highway 57 N, 100 W", "shots 3.5, 4.2 miles from Nava",
        "Villa Unión (pop. 6,188)", "28.22", "28.22 N", "79901 88063", "US 83, Zapata 78076",
    ],
)  # fmt: skip
def test_other_text_is_no_coordinates(text: str) -> None:
    assert notation.read(text) is None


@given(
    st.floats(-90, 90, allow_nan=False).map(lambda v: round(v, 4)),
    st.floats(-180, 180, allow_nan=False).map(lambda v: round(v, 4)),
)
def test_hemisphere_letters_are_read_back(lat: float, lon: float) -> None:
    text = f"{abs(lat)}{'N' if lat >= 0 else 'S'} {abs(lon)}{'E' if lon >= 0 else 'W'}"
    found = notation.read(text)
    assert found is not None
    assert found.ways == (pytest.approx((lon, lat)),)


@given(st.text(alphabet="0123456789 .,-+NSEWO°'\"/:()xyz=latonñ", max_size=40))
def test_any_scrap_of_figures_is_a_point_on_earth_or_none(text: str) -> None:
    found = notation.read(text)
    if found is not None:
        assert bool(found.ways) != bool(found.fault)
        assert all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in found.ways)


@given(
    st.integers(0, 9).flatmap(
        lambda digits: st.tuples(
            st.floats(-180, 180).map(lambda v: round(v, digits)),
            st.floats(-90, 90).map(lambda v: round(v, digits)),
        )
    )
)
def test_what_was_rounded_away_is_what_tables_say(pair: tuple[float, float]) -> None:
    assert notation.rounded_m(*pair) == pytest.approx(float(cells.rounding_m(*pair)))
