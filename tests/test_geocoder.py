"""Names to places, asked as reporters write them; the truth comes from maps, not from our code."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from corruptions import cases
from geographiclib.geodesic import Geodesic
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

import bordermap
from bordermap import geocoder
from bordermap._geocoder import damage
from bordermap.errors import AmbiguousPlaceError, GeocodeError, PlaceNotFoundError
from bordermap.geocoder import Near, Query, candidates, resolve, resolve_many, reverse
from bordermap.model import Place, Source
from bordermap.names import REGIONS, key
from bordermap.spelling import Spellings

ROOT = Path(__file__).parents[1]
GOLD = ROOT.parent / "shared" / "gold"


def kilometres(place: Place, lon: float, lat: float) -> float:
    return Geodesic.WGS84.Inverse(place.lat, place.lon, lat, lon)["s12"] / 1000


def shapefile(name: str):
    """Fields and shapes of a shipped layer."""
    pyogrio = pytest.importorskip("pyogrio")
    frame = pyogrio.read_dataframe(ROOT / "shapefiles" / name)
    return frame, frame.geometry.to_numpy()


# Positions to a hundredth of a degree, as printed on maps.
VILLA_UNION = (-100.73, 28.22)
MEXICO_CITY = (-99.13, 19.43)


@pytest.mark.parametrize(
    "text",
    [
        "Villa Union, Coahuila",
        "Villa Unión, Coahuila",
        "VILLA UNIÓN, COAHUILA DE ZARAGOZA, MÉXICO",
        "Villa Unio\u0301n, Coah.",
        "Villa Unión,Coah",
        "villa union coahuila",
        "Villa Union Coahuila Mexico",
        "Coahuila: Villa Unión",
        "Villa Unión (Coahuila)",
        "Villa Unión - Coahuila",
        "Villa Unión; Coahuila; MX",
        "Villa Unión, MX-COA",
        "Villa Unión, Villa Unión, Coahuila",
        "Villa Union town, Coahuila state",
        "the town of Villa Union, in the Mexican state of Coahuila",
        "Villa Union in the northern state of Coahuila",
        "near Villa Union, Coahuila",
        "Villa Unión, Coahuila, 26510",
        "carretera 57, Villa Unión, Coahuila",
        "Villa UniÃ³n, Coahuila",
        "Villa Uni√≥n, Coahuila",
        "Villa Uni\ufffdn, Coahuila",
        "Villa Uni?n, Coahuila",
        "Villa Uni&oacute;n, Coahuila",
        "Villa%20Uni%C3%B3n, Coahuila",
        "Villa\u00a0Unión,\u00a0Coahuila",
        "Villa Uni\u200bón, Coahuila",
        "Vila Union, Coahuila",
        "Villa Unoin, Coahuila",
        "Villa Union, Cohauila",
    ],
)
def test_one_town_however_it_is_written(text: str) -> None:
    place = resolve(text)
    assert (place.name, place.admin1, place.country) == ("Villa Unión", "Coahuila", "MX")
    assert kilometres(place, *VILLA_UNION) < 2


@pytest.mark.parametrize(
    ("text", "name", "state", "lon", "lat"),
    [
        ("Cd. Juárez, Chih.", "Ciudad Juárez", "Chihuahua", -106.46, 31.72),
        ("Juárez, Chihuahua", "Ciudad Juárez", "Chihuahua", -106.46, 31.72),
        ("Nvo. Laredo, Tamps.", "Nuevo Laredo", "Tamaulipas", -99.51, 27.48),
        ("H. Matamoros, Tamaulipas", "Heroica Matamoros", "Tamaulipas", -97.51, 25.87),
        ("Matamoros, Coah.", "Matamoros", "Coahuila", -103.23, 25.53),
        ("Gral. Bravo, N.L.", "General Bravo", "Nuevo León", -99.17, 25.80),
        ("Pto. Peñasco, Son.", "Puerto Peñasco", "Sonora", -113.54, 31.32),
        ("Tijuana, B.C.", "Tijuana", "Baja California", -117.03, 32.53),
        ("Vancouver, B.C.", "Vancouver", "British Columbia", -123.12, 49.25),
        ("Monterrey, NL", "Monterrey", "Nuevo León", -100.32, 25.67),
        ("St. John's, NL", "St. John's", "Newfoundland and Labrador", -52.71, 47.56),
        ("Toluca, Edo. Méx.", "Toluca", "Estado de México", -99.66, 19.29),
        ("Iztapalapa, CDMX", "Iztapalapa", "Ciudad de México", -99.06, 19.36),
        ("Durango, Dgo.", "Victoria de Durango", "Durango", -104.67, 24.02),
        ("Jiménez, Chihuahua", "José Mariano Jiménez", "Chihuahua", -104.92, 27.13),
        ("Camargo, Chihuahua", "Santa Rosalía de Camargo", "Chihuahua", -105.17, 27.67),
        ("Escobedo, N.L.", "Ciudad General Escobedo", "Nuevo León", -100.32, 25.80),
        ("Ojinaga, Chihuahua", "Ojinaga", "Chihuahua", -104.41, 29.56),
        ("El Sásabe, Sonora", "Sásabe", "Sonora", -111.55, 31.47),
        ("Hidalgo, Texas", "Hidalgo", "Texas", -98.26, 26.10),
        ("Nogales, Ariz.", "Nogales", "Arizona", -110.94, 31.34),
        ("Nogales, Son.", "Nogales", "Sonora", -110.94, 31.31),
        ("Mexico, Missouri", "Mexico", "Missouri", -91.88, 39.17),
        ("Ontario, California", "Ontario", "California", -117.65, 34.06),
        ("Kansas City, Kansas", "Kansas City", "Kansas", -94.63, 39.11),
        ("El Paso, TX 79901", "El Paso", "Texas", -106.49, 31.76),
        ("Sault Ste. Marie, Ont.", "Sault Ste. Marie", "Ontario", -84.33, 46.52),
        ("Ontario, CA", "Ontario", "California", -117.65, 34.06),
        ("Lerma, Méx.", "Lerma de Villada", "Estado de México", -99.51, 19.28),
        ("Tenancingo, Méx.", "Tenancingo de Degollado", "Estado de México", -99.59, 18.96),
        ("La Paz, Méx.", "La Paz", "Estado de México", -98.96, 19.36),
        ("Acapulco, Méx.", "Acapulco de Juárez", "Guerrero", -99.89, 16.86),
        ("García, NL", "García", "Nuevo León", -100.59, 25.81),
        ("Colombia, NL", "Colombia", "Nuevo León", -99.75, 27.70),
        ("Stewart, B.C.", "Stewart", "British Columbia", -129.99, 55.94),
        ("San Luis R.C., Sonora", "San Luis Río Colorado", "Sonora", -114.80, 32.46),
        ("P. Negras, Coah.", "Piedras Negras", "Coahuila", -100.52, 28.70),
        ("Monclova, Coah. de Zar.", "Monclova", "Coahuila", -101.42, 26.91),
        ("Creel, Bocoyna, Chihuahua", "Creel", "Chihuahua", -107.63, 27.75),
        ("Villa Union, northern Coahuila, Mexico", "Villa Unión", "Coahuila", -100.73, 28.22),
        ("México > Coahuila > Villa Unión", "Villa Unión", "Coahuila", -100.73, 28.22),
        ("Villa Unión, Coah. MX", "Villa Unión", "Coahuila", -100.73, 28.22),
        ("Villa Unión, Edo. de Coahuila", "Villa Unión", "Coahuila", -100.73, 28.22),
        ("Villa Uni\\u00f3n, Coahuila", "Villa Unión", "Coahuila", -100.73, 28.22),
        ("Villa Uni=C3=B3n, Coahuila", "Villa Unión", "Coahuila", -100.73, 28.22),
        ("Villa Uni&amp;oacute;n, Coahuila", "Villa Unión", "Coahuila", -100.73, 28.22),
        ("Heroica Ciudad Juárez", "Ciudad Juárez", "Chihuahua", -106.46, 31.72),
        (
            "Ciudad Juarez, across the border from El Paso",
            "Ciudad Juárez",
            "Chihuahua",
            -106.46,
            31.72,
        ),
        ("Cd. Reynosa, Tamps.", "Reynosa", "Tamaulipas", -98.29, 26.08),
        (
            "Reynosa, Tamaulipas (across from McAllen, Texas)",
            "Reynosa",
            "Tamaulipas",
            -98.29,
            26.08,
        ),
        ("Nogales, Arizona, EE.UU.", "Nogales", "Arizona", -110.94, 31.34),
        ("Detroit, Mich.", "Detroit", "Michigan", -83.05, 42.33),
        ("Morelia, Mich.", "Morelia", "Michoacán", -101.19, 19.70),
        ("Columbus, N.M.", "Columbus", "New Mexico", -107.64, 31.83),
        ("Regina, Sask.", "Regina", "Saskatchewan", -104.62, 50.45),
        ("Tijuana, Baja", "Tijuana", "Baja California", -117.03, 32.53),
        ("the town of Mountain Village, Colorado", "Mountain Village", "Colorado", -107.86, 37.93),
    ],
)
def test_names_as_reporters_write_them(
    text: str, name: str, state: str, lon: float, lat: float
) -> None:
    place = resolve(text)
    assert (place.name, place.admin1) == (name, state)
    assert kilometres(place, lon, lat) < 8
    assert place.score >= 0.85


@pytest.mark.parametrize(
    "text",
    ["Mexico City", "Ciudad de México", "Cd. de México", "CDMX", "México, D.F.", "México DF"],
)
def test_mexico_city_by_all_its_names(text: str) -> None:
    assert kilometres(resolve(text), *MEXICO_CITY) < 10


# ---------------------------------------------------------------- ambiguous


def test_a_name_of_four_towns_is_ambiguous() -> None:
    with pytest.raises(AmbiguousPlaceError) as caught:
        resolve("Villa Union")
    assert {place.admin1 for place in caught.value.candidates} == {
        "Coahuila", "Sinaloa", "Durango", "Veracruz",
    }  # fmt: skip
    assert caught.value.query == "Villa Union"
    message = str(caught.value)
    for fact in ("Sinaloa", "Mazatlán", "13,404 people", "add the state"):
        assert fact in message
    assert message.count("\n") == 0
    assert all(place.score < 0.5 for place in caught.value.candidates)


@pytest.mark.parametrize(
    "text",
    [
        "Springfield", "San Juan", "Santa Cruz", "Villa Unión, Mexico", "Emiliano Zapata",
        "Guadalupe", "Nogales", "N.L.", "Paris", "London", "Córdoba", "New York", "Washington",
        "San Juan Mixtepec, Oaxaca", "Providencia, Guanajuato",
        "Veracruz", "Puebla", "Durango", "Oaxaca", "Chihuahua", "Querétaro", "Quebec",
        "Puebla, Mexico", "Morelos, Méx.",
    ],
)  # fmt: skip
def test_what_nobody_could_decide_is_not_decided(text: str) -> None:
    with pytest.raises(AmbiguousPlaceError) as caught:
        resolve(text)
    assert caught.value.candidates


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Tijuana", "Baja California"),
        ("Ciudad Juárez", "Chihuahua"),
        ("Monterrey", "Nuevo León"),
        ("El Paso", "Texas"),
        ("Cancún", "Quintana Roo"),
        ("Badiraguato", "Sinaloa"),
    ],
)
def test_overwhelming_evidence_is_taken_and_stated(text: str, state: str) -> None:
    place = resolve(text)
    assert place.admin1 == state
    assert any(
        w in place.reason for w in ("times the population", "only one on record", "likelier")
    )


def test_a_small_namesake_of_many_hamlets_is_flagged_not_asserted() -> None:
    with pytest.raises(AmbiguousPlaceError, match="called so"):
        resolve("San José, Chiapas")


def test_two_municipalities_of_one_name_are_never_chosen_between() -> None:
    with pytest.raises(AmbiguousPlaceError) as caught:
        resolve("San Pedro Mixtepec, Oaxaca")
    assert len(caught.value.candidates) >= 2


# ---------------------------------------------------------------- unknown, contradictory


@pytest.mark.parametrize(
    "text",
    [
        "Xyzzyville", "", " ", "-", ".", "desconocido", "No especificado", "N/A", "#REF!", "TBD",
        "s/d", "asdfgh", "qwertyuiop, Coahuila", "Sinaloa Cartel", "<script>alert(1)</script>",
        "../../etc/passwd", "Nov. 30, 2019", "30 Nov 2019", "Paris, France", "Madrid, España",
        "999999, 999999", "28.22 N, 200 W", "91, 0", "Highway 57", "x" * 5000, "\x00",
    ],
)  # fmt: skip
def test_what_is_no_place_is_not_found(text: str) -> None:
    with pytest.raises(PlaceNotFoundError) as caught:
        resolve(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("Tijuana, Sonora", "Tijuana, Baja California"),
        ("Eagle Pass, Coahuila", "Eagle Pass, Texas"),
        ("Ciudad Juárez, Texas", "Ciudad Juárez, Chihuahua"),
        ("Guadalajara, Nuevo León", "Guadalajara, Jalisco"),
    ],
)
def test_a_contradiction_says_where_the_place_is(text: str, where: str) -> None:
    with pytest.raises(PlaceNotFoundError, match=where) as caught:
        resolve(text)
    assert where in caught.value.nearest_names
    assert where in {place.label for place in candidates(text)}


def test_a_hamlet_that_is_not_on_record_is_not_moved_to_its_municipality() -> None:
    with pytest.raises(AmbiguousPlaceError, match="not on record in the municipality") as caught:
        resolve("Rancho Quimérico, Múzquiz, Coahuila")
    assert caught.value.candidates[0].kind == "municipality"


def test_an_unknown_name_suggests_spellings() -> None:
    with pytest.raises(PlaceNotFoundError) as caught:
        resolve("Piedrass Neggrass, Texas")
    assert isinstance(caught.value.nearest_names, tuple)


def test_a_municipality_of_exactly_the_name_beats_villages_and_alternate_names() -> None:
    place = resolve("Cardonal, Hidalgo")
    assert place.admin2 == "Cardonal"  # and not the larger village in Atitalaquia, which is named
    assert "Atitalaquia" in place.reason
    assert resolve("Cardonal, Atitalaquia, Hidalgo").admin2 == "Atitalaquia"
    assert resolve("Atenco, Estado de México").name == "San Salvador Atenco"


def test_a_name_of_the_past_does_not_compete_with_a_living_one() -> None:
    assert resolve("Nogales", country="US").admin1 == "Arizona"  # Vicksburg grew from Fort Nogales


@pytest.mark.parametrize(
    ("text", "city", "state"),
    [
        ("Puebla", "Puebla, Puebla", "Puebla state"),
        ("Querétaro", "Querétaro, Querétaro", "Querétaro state"),
        ("New York", "New York, New York", "New York state"),
        ("Quebec", "Quebec, Quebec", "Quebec province"),
    ],
)
def test_a_city_named_as_its_state_is_told_apart_as_the_message_says(
    text: str, city: str, state: str
) -> None:
    with pytest.raises(AmbiguousPlaceError) as caught:
        resolve(text)
    assert f"'{city}'" in str(caught.value)
    assert f"'{state}'" in str(caught.value)
    assert [resolve(city).kind, resolve(state).kind] == ["town", "state"]
    assert [place.kind for place in caught.value.candidates] == ["town", "state"]


@pytest.mark.parametrize(
    ("text", "admin1", "country", "one", "other"),
    [
        ("Nogales, Sonora", None, "US", "Sonora", "the United States"),
        ("Villa Union, Coahuila", "Sinaloa", None, "Coahuila", "Sinaloa"),
    ],
)
def test_a_query_that_contradicts_its_fields_says_which_words_do(
    text: str, admin1: str | None, country: str | None, one: str, other: str
) -> None:
    with pytest.raises(PlaceNotFoundError) as caught:
        resolve(text, admin1=admin1, country=country)
    assert f"{text!r} names {one}, but {other} is given beside it" in str(caught.value)


def test_a_refusal_names_the_place_as_it_was_typed() -> None:
    with pytest.raises(PlaceNotFoundError, match="no 'Villa UNIÓN' is on record in Sonora, but"):
        resolve("Villa UNIÓN, Sonora")


def test_a_city_of_a_million_is_meant_in_the_country_named() -> None:
    place = resolve("Juarez, Mexico")
    assert place.label == "Ciudad Juárez, Chihuahua"
    assert place.score < 0.9
    assert "5 times the population of Ciudad Benito Juárez" in place.reason
    with pytest.raises(AmbiguousPlaceError):
        resolve("Guadalupe, Mexico")


@pytest.mark.parametrize(
    ("text", "lon", "lat"),
    [
        ("Newtown, Connecticut", -73.30, 41.41),  # Hartford was Newtown until 1637
        ("Manchester, New York", -77.23, 42.97),  # Niagara Falls until 1892
        ("San Miguel, California", -120.70, 35.75),  # San Diego until 1602
    ],
)
def test_within_a_state_no_former_name_competes(text: str, lon: float, lat: float) -> None:
    assert kilometres(resolve(text), lon, lat) < 8


def test_a_villages_name_that_ends_in_a_state_is_not_taken_for_granted() -> None:
    with pytest.raises(AmbiguousPlaceError) as caught:
        resolve("San José Guerrero")
    assert {place.admin1 for place in caught.value.candidates} == {"Puebla", "Guerrero"}


@pytest.mark.parametrize("text", ["northern Mexico", "southern United States"])
def test_a_part_of_a_country_is_no_state(text: str) -> None:
    assert resolve(text).kind == "country"


# ---------------------------------------------------------------- what narrows the choice

PIEDRAS_NEGRAS = Near.point(-100.52, 28.70)


def test_of_several_the_one_that_lies_near_is_meant() -> None:
    place = resolve("Villa Union", near=PIEDRAS_NEGRAS)
    assert kilometres(place, *VILLA_UNION) < 2
    assert "km from the point given" in place.reason
    assert {other.admin1 for other in place.alternatives} == {"Sinaloa", "Durango", "Veracruz"}
    assert place.score > max(other.score for other in place.alternatives)


def test_what_is_near_never_overrides_the_words() -> None:
    place = resolve("Villa Union, Sinaloa", near=PIEDRAS_NEGRAS)
    assert place.admin1 == "Sinaloa"
    assert "km from the point given" in place.reason
    assert resolve("Tijuana", near=PIEDRAS_NEGRAS).admin1 == "Baja California"
    with pytest.raises(AmbiguousPlaceError):  # none of the four is near Guatemala
        resolve("Villa Union", near=Near.point(-90.5, 14.6))
    with pytest.raises(AmbiguousPlaceError, match="lies 1,"):  # Sabinas, Coahuila
        resolve("Cloete", near=Near.point(-90.5, 17.0))


def test_two_that_lie_equally_near_stay_ambiguous() -> None:
    with pytest.raises(AmbiguousPlaceError) as caught:
        resolve("Nogales", near=Near.point(-110.94, 31.33))
    assert {place.admin1 for place in caught.value.candidates[:2]} == {"Sonora", "Arizona"}


def test_near_may_be_a_point_a_place_or_a_border() -> None:
    town = bordermap.geocode("Piedras Negras, Coahuila")
    for near in ((-100.52, 28.70), town, "us-mexico", bordermap.borders.load("us-mexico/coahuila")):
        assert bordermap.geocode("Villa Union", near=near).admin1 == "Coahuila"
        assert bordermap.candidates("Villa Union", near=near)[0].admin1 == "Coahuila"
    with pytest.raises(bordermap.BorderError):
        bordermap.geocode("Villa Union", near="us-mars")
    with pytest.raises(bordermap.InputError):
        bordermap.geocode("Villa Union", near=7)


@pytest.mark.parametrize("admin2", ["Mazatlán", "MAZATLAN", "municipio de Mazatlán", "Mazatlam"])
def test_a_municipality_beside_the_name_narrows(admin2: str) -> None:
    assert resolve("Villa Union", admin2=admin2).label == "Villa Unión, Sinaloa"


def test_a_municipality_alone_is_the_place() -> None:
    place = resolve("", admin2="Galeana", admin1="Chih.")
    assert (place.kind, place.admin1, place.admin2) == ("municipality", "Chihuahua", "Galeana")
    assert resolve_many([Query("", "Chih.", None, "Galeana")]) == [place]


def test_a_municipality_that_contradicts_the_name_is_said() -> None:
    with pytest.raises(PlaceNotFoundError, match=r"in Mexicali.*but Tijuana, Baja California"):
        resolve("Tijuana", admin2="Mexicali", admin1="Baja California")


def test_candidates_tell_themselves_apart() -> None:
    inland, border = (
        next(p for p in candidates("Villa Union") if p.admin1 == state)
        for state in ("Sinaloa", "Coahuila")
    )
    assert "in Mazatlán, 13,404 people" in inland.reason
    away = re.search(r"([\d.,]+) km from the US–Mexico border", border.reason)
    assert away
    _, geometry = shapefile("us_mexico_border.shp")
    vertices = np.concatenate([shapely.get_coordinates(line) for line in geometry])
    near = vertices[np.hypot(*(vertices - VILLA_UNION).T) < 1]
    nearest = min(kilometres(border, lon, lat) for lon, lat in near)
    assert float(away[1]) == pytest.approx(nearest, abs=0.5)


# ---------------------------------------------------------------- scores


def test_a_score_of_nine_tenths_is_right_ninety_nine_times_in_a_hundred() -> None:
    sure, right = 0, 0
    for case in cases(6000, seed=4):
        try:
            place = resolve(case.query)
        except GeocodeError:
            continue
        if place.score >= 0.9 and place.kind in {"town", "municipality"}:
            sure += 1
            same = place.kind == "municipality" and place.admin2 == case.area
            right += same or kilometres(place, case.lon, case.lat) < 8
    assert sure > 3000
    assert right >= 0.99 * sure


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_names_within_reach_are_all_found(data: st.DataObject) -> None:
    alphabet = st.text("abc ", min_size=1, max_size=9)
    names = data.draw(st.lists(alphabet, min_size=1, max_size=30, unique=True))
    asked, limit = data.draw(alphabet), data.draw(st.integers(1, 4))
    apart = {name: OSA.distance(asked, name) for name in names}
    expected = sorted((slips, name) for name, slips in apart.items() if slips <= limit)
    assert [(slips, name) for name, slips in Spellings(names).near(asked, limit)] == expected
    assert sorted(Spellings(names).holding(asked)) == sorted(n for n in names if asked in n)


# ---------------------------------------------------------------- fuzzy


def test_a_slip_is_forgiven_and_said() -> None:
    place = resolve("Villa Unio, Coah.")
    assert (place.name, place.admin1, place.match) == ("Villa Unión", "Coahuila", "fuzzy")
    assert "fuzzy" in place.reason
    assert place.score < resolve("Villa Unión, Coah.").score


@pytest.mark.parametrize(
    "asked", [Query("Villa Union, Coahuilla"), Query("Villa Union", "Coahuilla")]
)
def test_a_misspelt_state_is_a_slip_too(asked: Query) -> None:
    place = resolve(asked.place, admin1=asked.admin1)
    assert (place.label, place.match) == ("Villa Unión, Coahuila", "fuzzy")
    assert "'Coahuilla' read as Coahuila" in place.reason
    assert place.score < resolve("Villa Union, Coahuila").score


@pytest.mark.parametrize("text", ["Nvaa, Coahuila", "Tala City, Ohio", "Naba", "El Berendo"])
def test_short_names_are_not_bent(text: str) -> None:
    with pytest.raises(GeocodeError):
        resolve(text)


@pytest.mark.parametrize("text", ["San Juan A, Oaxaca", "Villa U, Coahuila", "S. Juan C., Oaxaca"])
def test_too_few_letters_are_no_initials(text: str) -> None:
    with pytest.raises(GeocodeError):
        resolve(text)


def test_numbers_are_no_slips() -> None:
    with pytest.raises(GeocodeError):
        resolve("Poblado Número Nueve 57, Sonora")


# ---------------------------------------------------------------- states, countries, municipalities


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("Coahuila", "Coahuila", "state"),
        ("Jalisco", "Jalisco", "state"),
        ("Estado de México", "Estado de México", "state"),
        ("Guerrero, Mexico", "Guerrero", "state"),
        ("Texas", "Texas", "state"),
        ("Mexico", "Mexico", "country"),
        ("Canada", "Canada", "country"),
    ],
)
def test_a_state_alone_is_a_state(text: str, name: str, kind: str) -> None:
    place = resolve(text)
    assert (place.name, place.kind) == (name, kind)
    assert place.label == name
    assert place.radius_m > 100_000


def test_a_municipality_asked_for_is_one() -> None:
    place = resolve("municipio de Villa Unión, Coahuila")
    assert (place.kind, place.id) == ("municipality", "inegi:05037")
    assert place.radius_m > kilometres(place, *VILLA_UNION) * 1000
    assert resolve("Culiacán municipality", admin1="Sinaloa state").kind == "municipality"
    assert resolve("Los Cabos, BCS").kind == "municipality"
    assert resolve("Zapata County, Texas").id == "census:48505"


# ---------------------------------------------------------------- separate fields


@pytest.mark.parametrize(
    ("place", "admin1", "country", "label"),
    [
        ("Villa Unión", "Sin.", "México", "Villa Unión, Sinaloa"),
        ("Villa Unión town", "Coahuila state", None, "Villa Unión, Coahuila"),
        ("Villa Unión, Coahuila", "Coah.", "MX", "Villa Unión, Coahuila"),
        ("Villa Unión", "Cohauila", None, "Villa Unión, Coahuila"),
        ("Chihuahua", "Chihuahua", None, "Chihuahua, Chihuahua"),
        ("Fargo", "ND", "USA", "Fargo, North Dakota"),
        ("Tijuana", "N/A", "", "Tijuana, Baja California"),
        ("Metepec", "México state", None, "Metepec, Estado de México"),
    ],
)
def test_state_and_country_beside_the_name(
    place: str, admin1: str | None, country: str | None, label: str
) -> None:
    assert resolve(place, admin1=admin1, country=country).label == label


def test_a_province_with_its_country_beside_it_is_the_province() -> None:
    for asked in (Query("Ontario", None, "CA"), Query("Ontario, CA", None, "Canada")):
        assert resolve(asked.place, country=asked.country).kind == "state"
    assert resolve("Ontario", admin1="CA").label == "Ontario, California"
    assert resolve("Ontario, Canada").kind == "state"


def test_they_narrow_and_never_override() -> None:
    with pytest.raises(PlaceNotFoundError):
        resolve("Villa Unión, Coahuila", admin1="Sonora")
    with pytest.raises(PlaceNotFoundError, match="Atlantis"):
        resolve("Villa Unión", admin1="Atlantis")
    with pytest.raises(PlaceNotFoundError, match="France"):
        resolve("Paris", country="France")


def test_many_keep_their_order_and_errors() -> None:
    asked = [
        Query("Nava", "Coahuila"),
        Query("Villa Unión"),
        Query("Xyzzyville"),
        Query("Nava", "Coahuila"),
    ]
    found = resolve_many(asked)
    assert [type(answer).__name__ for answer in found] == [
        "Place", "AmbiguousPlaceError", "PlaceNotFoundError", "Place",
    ]  # fmt: skip
    assert found[0] is found[3]


class Own:
    """A gazetteer of one's own."""

    source = Source("our list", "2026", "", "")
    hall = Place(
        "The Hall",
        -100.0,
        28.0,
        "MX",
        None,
        None,
        "own:1",
        "town",
        None,
        10.0,
        "exact",
        1.0,
        source,
    )

    def lookup(self, name, *, country=None, admin1=None):  # noqa: ARG002
        return {"The Hall": [self.hall], "Two": [self.hall, self.hall]}.get(name, [])


def test_a_gazetteer_of_ones_own_is_taken_at_its_word() -> None:
    own = Own()
    assert resolve("The Hall", gazetteer=own) is own.hall
    assert resolve("The Hall, Coahuila", gazetteer=own) is own.hall
    assert candidates("Two", gazetteer=own) == [own.hall, own.hall]
    with pytest.raises(AmbiguousPlaceError):
        resolve("Two", gazetteer=own)
    with pytest.raises(PlaceNotFoundError, match="our list"):
        resolve("Nava", gazetteer=own)


def test_reverse_names_the_municipality() -> None:
    place = reverse(*VILLA_UNION)
    assert (place.kind, place.match, place.admin1, place.admin2) == (
        "point", "coordinates", "Coahuila", "Villa Unión",
    )  # fmt: skip
    assert (place.lon, place.lat) == VILLA_UNION
    assert reverse(-30.0, 40.0).admin1 is None


# ---------------------------------------------------------------- coordinates


def test_coordinates_as_text_and_as_numbers_are_one_place() -> None:
    place = resolve("28.22, -100.73")
    assert place == reverse(*VILLA_UNION)
    assert (place.country, place.admin1, place.admin2) == ("MX", "Coahuila", "Villa Unión")
    assert place.radius_m == pytest.approx(556.6)  # half a hundredth of a degree


# ---------------------------------------------------------------- robustness


@given(st.text(max_size=80))
@example("Villa Unión, \ufffd\ufffd")
@example("((((")
@example("a,b,c,d,e,f,g,h")
@example("?" * 40)
@settings(max_examples=300, deadline=None)
def test_any_string_gets_a_place_or_a_clear_refusal(text: str) -> None:
    (answer,) = resolve_many([Query(text)])
    if isinstance(answer, GeocodeError):
        message = str(answer)
        assert message
        assert "\n" not in message
    else:
        place = answer
        assert -180 <= place.lon <= 180
        assert -90 <= place.lat <= 90
        assert 0 < place.score <= 1
        assert place.reason
    assert isinstance(candidates(text), list)


@pytest.mark.parametrize("country", [None, "MX", "US", "CA"])
@pytest.mark.parametrize("tail", ["", ", CA", ", Méx.", ", Mexico", ", NL", ", Sonora"])
def test_a_state_in_any_company_gets_a_place_or_a_clear_refusal(
    tail: str, country: str | None
) -> None:
    asked = [Query(f"{region.name}{tail}", None, country) for region in REGIONS.values()]
    for query_, answer in zip(asked, resolve_many(asked), strict=True):
        if isinstance(answer, Place):
            assert country in {None, answer.country}, query_
        else:
            assert str(answer).startswith(("'", "no ", "the gazetteer")), query_


def test_one_old_encoding_read_as_another_is_undone_or_left() -> None:
    encodings = ("cp1252", "cp850", "cp437", "mac_roman", "latin-1")
    right = 0
    for name in ("León, Guanajuato", "Cd. Acuña, Coahuila", "Río Bravo, Tamps."):
        for really in encodings:
            for shown in encodings:
                broken = name.encode(really).decode(shown, errors="replace")
                try:
                    place = resolve(broken)
                except (AmbiguousPlaceError, PlaceNotFoundError):
                    continue  # gone for good, or of two readings
                assert place.id == resolve(name).id, broken
                right += 1
    assert right >= 65  # of 75


@pytest.mark.parametrize(
    ("broken", "note"),
    [
        ("Le¢n, Guanajuato", "DOS code page 850 read as Windows-1252"),
        ("Cd. Acu±a, Coahuila", "Windows-1252 read as DOS code page 850"),
        ("Ciudad Ju‡rez, Chih.", "Mac Roman read as Windows-1252"),
        ("L\u00c3\u0192\u00c2\u00b3pez, Jalisco", "UTF-8 read as cp1252"),
        ("\u00c3\ufffdlamos, Sonora", "a letter was lost"),
    ],
)
def test_what_was_repaired_is_said(broken: str, note: str) -> None:
    _, notes = damage.repair(broken)
    assert any(note in one for one in notes)


@given(st.sampled_from(["Villa Unión", "Ñáéíóú señal", "Coahuila", "Peñasco"]))
def test_mojibake_of_mojibake_is_undone(text: str) -> None:
    broken = text.encode().decode("cp1252", errors="replace")
    if "\ufffd" not in broken:
        assert damage.repair(broken)[0] == text
        twice = broken.encode().decode("cp1252", errors="replace")
        if "\ufffd" not in twice:
            assert damage.repair(twice)[0] == text


# ---------------------------------------------------------------- every municipality


def test_every_municipality_resolves_inside_its_polygon_unless_two_of_a_state_share_the_name() -> (
    None
):
    pyogrio = pytest.importorskip("pyogrio")
    import shapely

    layer = ROOT / "shapefiles" / "mx_municipalities.shp"
    if not layer.exists():
        pytest.skip("mx_municipalities.shp is not built")
    frame = pyogrio.read_dataframe(layer)
    assert len(frame) == 2465
    named = Counter(zip(frame["name"], frame["state"], strict=True))
    homonyms = {f"{name}, {state}" for (name, state), count in named.items() if count > 1}
    ambiguous, wrong = set(), []
    for name, state, shape in zip(frame["name"], frame["state"], frame.geometry, strict=True):
        try:
            places = [resolve(f"{name}, {state}")]
        except AmbiguousPlaceError as error:
            places = list(error.candidates)
            ambiguous.add(f"{name}, {state}")
        # The shipped polygons are simplified by some hundred metres.
        near = shapely.buffer(shape, 0.005)
        if not any(shapely.contains_xy(near, place.lon, place.lat) for place in places):
            wrong.append(f"{name}, {state}")
    assert not wrong
    # Both of each pair are offered: what is ambiguous has been checked for either polygon above.
    assert homonyms == {"San Juan Mixtepec, Oaxaca", "San Pedro Mixtepec, Oaxaca"}
    # The seats of Tepeyahualco de Cuauhtémoc and of Zapotitlán de Méndez are called so too.
    assert ambiguous == homonyms | {"Tepeyahualco, Puebla", "Zapotitlán, Puebla"}


# ---------------------------------------------------------------- reference cases, where present


@pytest.mark.skipif(not (GOLD / "geocode_dev.jsonl").exists(), reason="no reference cases here")
def test_reference_queries() -> None:
    lines = (GOLD / "geocode_dev.jsonl").read_text(encoding="utf-8").splitlines()
    polygons = json.loads(gzip.decompress((GOLD / "polygons.json.gz").read_bytes()))["polygons"]
    import shapely

    rows = [json.loads(line) for line in lines if line.strip()]
    wrong, missed = [], []
    for row in (row for row in rows if row["expect"] in ("place", "coordinates")):
        try:
            place = resolve(row["query"])
        except GeocodeError as error:
            if not {"ambiguous", "not_found"} & set(row["also_ok"]):
                missed.append((row["query"], str(error)))
            continue
        target = row["target"]
        rings = polygons.get(target.get("poly_id"), {}).get("rings", [])
        inside = any(
            shapely.Polygon(r).contains(shapely.Point(place.lon, place.lat)) for r in rings
        )
        if target.get("lat") is not None and not target.get("poly"):
            inside = kilometres(place, target["lon"], target["lat"]) <= target.get("tol_km", 10)
        if not inside:
            wrong.append((row["query"], place.label))
    for row in (
        row for row in rows if row["expect"] == "not_found" and "place" not in row["also_ok"]
    ):
        (answer,) = resolve_many([Query(row["query"])])
        if isinstance(answer, Place):
            wrong.append((row["query"], answer.label))
    assert not wrong
    assert len(missed) <= 0.01 * len(rows), missed


@pytest.mark.skipif(not (GOLD / "ucdp_places_dev.csv").exists(), reason="no reference cases here")
def test_places_of_a_conflict_database() -> None:
    with (GOLD / "ucdp_places_dev.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    right = wrong = 0
    for row in rows:
        events = int(row["events"])
        try:
            place = resolve(row["place"], admin1=row["state"])
        except GeocodeError:
            continue
        near = kilometres(place, float(row["lon"]), float(row["lat"])) <= 12
        same = key(place.admin2 or "") == key(row["municipality"])
        right += events * (near or same)
        wrong += events * (not near and not same)
    total = sum(int(row["events"]) for row in rows)
    assert right > 0.93 * total
    assert wrong <= 0.004 * total


def test_the_module_says_what_it_offers() -> None:
    for name in geocoder.__all__:
        assert getattr(geocoder, name).__doc__


@pytest.mark.parametrize(
    ("asked", "label"),
    [
        ("Villa Unión (Xyzzy), Coahuila", "Villa Unión, Coahuila"),
        ("Cd. Juárez (Juaritos)", "Ciudad Juárez, Chihuahua"),
        ("Mexicali [Chicali], B.C.", "Mexicali, Baja California"),
    ],
)
def test_an_unknown_second_name_in_brackets_is_left_out_and_lowers_the_score(
    asked: str, label: str
) -> None:
    place = resolve(asked)
    assert place.label == label
    assert place.score < 0.9
    assert "in brackets" in place.reason


@pytest.mark.parametrize(
    "asked",
    [
        "Guadalupe (Quilantongo), Oaxaca",  # no seat: the brackets tell which of many villages
        "El Porvenir (Xyzzy), Chihuahua",
        "Juárez (colonia), Chihuahua",  # another place than the city
        "Villa Unión (Zaragoza), Coahuila",  # a known place that it does not lie in
        "Tijuana (San Diego)",
        "Nogales (Peru)",
    ],
)
def test_brackets_that_may_tell_places_apart_are_not_left_out(asked: str) -> None:
    with pytest.raises(GeocodeError):
        resolve(asked)


def test_a_second_name_in_brackets_that_is_on_record_agrees() -> None:
    for asked in ("Puerto Peñasco (Rocky Point), Sonora", "Rocky Point (Puerto Peñasco), Sonora"):
        place = resolve(asked)
        assert (place.label, place.score >= 0.95) == ("Puerto Peñasco, Sonora", True)


def test_a_small_town_is_not_meant_by_a_borrowed_name_even_in_its_municipality() -> None:
    # GeoNames has "El Guayabo" for Guayabito de Pedroza; another village is called so.
    with pytest.raises(AmbiguousPlaceError):
        resolve("El Guayabo", admin1="Guanajuato", admin2="Pénjamo")


def test_articles_alone_do_not_make_another_village() -> None:
    place = resolve("San Miguel de Emenguaro, Guanajuato")
    assert (place.name, place.match) == ("San Miguel Eménguaro", "fuzzy")


@pytest.mark.parametrize(
    ("town", "state"),
    [
        ("Kansas City", "Kansas"),
        ("Iowa City", "Iowa"),
        ("Texas City", "Texas"),
        ("Nebraska City", "Nebraska"),
        ("St. Catharines", "Ontario"),
    ],
)
def test_a_city_with_the_name_of_its_state_is_no_state(town: str, state: str) -> None:
    for place in (resolve(town, admin1=state), resolve(f"{town}, {state}")):
        assert (place.name, place.kind, place.admin1) == (town, "town", state)
    assert resolve(town, admin1=state, near=Near.point(-95.0, 40.0)).kind == "town"


@pytest.mark.parametrize(
    "text",
    [
        "Ciudad Juárez, Tamaulipas",
        "Mazatlán, Sonora",
        "Ciudad Victoria, Texas",
        "San Antonio, California",
        "Denver, Texas",
        "Toluca, California",
    ],
)
def test_a_city_in_the_wrong_state_is_no_small_town_of_a_like_name(text: str) -> None:
    with pytest.raises(GeocodeError, match=text.split(",", maxsplit=1)[0]) as caught:
        resolve(text)
    if isinstance(caught.value, AmbiguousPlaceError):
        assert key(text.split(",", maxsplit=1)[0]) == key(caught.value.candidates[0].name)


@pytest.mark.parametrize("name", ["Nogales", "Guadalupe", "Hidalgo", "Guerrero"])
def test_two_places_by_the_border_are_both_near_it(name: str) -> None:
    with pytest.raises(AmbiguousPlaceError) as caught:
        bordermap.geocode(name, near="us-mexico")
    assert len({place.admin1 for place in caught.value.candidates}) > 1


def test_a_state_or_country_given_by_itself_is_what_it_is() -> None:
    assert bordermap.geocode("", admin1="Coahuila").kind == "state"
    assert bordermap.geocode("", country="MX").kind == "country"
    assert bordermap.geocode("west Texas").kind == "state"


@pytest.mark.parametrize("text", ["nd", "La", "Texas border", "-28°13'12\"N 100°43'48\"W"])
def test_marks_of_missing_data_and_scraps_are_not_found(text: str) -> None:
    with pytest.raises(PlaceNotFoundError):
        resolve(text)
