"""What the geocoder does not take for granted: names borrowed, bent, shortened or set aside."""

from __future__ import annotations

import random

import pytest
from corruptions import towns

from bordermap.errors import AmbiguousPlaceError, GeocodeError, PlaceNotFoundError
from bordermap.geocoder import resolve
from bordermap.names import key


@pytest.mark.parametrize(
    "text",
    [
        "Toluca, Mexico City",  # the city's state, not the country
        "Gotham City, New York",  # Gorham is a slip and a word away
        "Missouri City, Missouri",
        "Ciudad Madero, California",
        "Saltillo, Monterrey, Nuevo León",
    ],
)
def test_no_word_is_dropped_or_bent_to_find_something(text: str) -> None:
    with pytest.raises(PlaceNotFoundError):
        resolve(text)


@pytest.mark.parametrize(
    "text",
    [
        "Kansas City, Oklahoma",  # Kansas, Oklahoma
        "Casas, Mexico",  # San Cristóbal de las Casas is 317 times as large
        "Hidalgo, Chiapas",  # a village, and Ciudad Hidalgo
        "Sonora, Sonora",  # Moctezuma was called so
        "Morelos, Morelos",
        "Airport",
        "Gove",  # Kansas; 99 people
        "von",  # another name on record for Vaughan, Ontario
        "Zapata (San Ygnacio), Texas",  # two towns
        "Ojo de Agua",  # a part of Tecámac, large as it is, and dozens of villages
        "Buenavista",
    ],
)
def test_what_has_the_name_only_by_the_way_is_not_asserted(text: str) -> None:
    with pytest.raises(AmbiguousPlaceError):
        resolve(text)


def test_a_slip_between_two_names_offers_both() -> None:
    with pytest.raises(AmbiguousPlaceError) as caught:
        resolve("Caiero, Illinois")  # Cairo is one slip away, Cicero two, and 48 times as large
    assert {place.name for place in caught.value.candidates} == {"Cicero", "Cairo"}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Polanco, Mexico City", "Polanco, Ciudad de México"),
        ("Gómez Farías, Tamps.", "Gómez Farías, Tamaulipas"),
        ("Vicente Guerrero (Los Algodones), Baja California", "Los Algodones, Baja California"),
        ("Chih., Chih.", "Chihuahua, Chihuahua"),
        ("Tesopaco Rosario, Sonora", "Rosario, Sonora"),
        ("Nogales, Sonora, México (AP)", "Nogales, Sonora"),
        ("EL PASO, Texas (AP) —", "El Paso, Texas"),
        ("Tijuana BC MX", "Tijuana, Baja California"),
        ("la ciudad fronteriza de Reynosa", "Reynosa, Tamaulipas"),
        ("Port of Veracruz", "Veracruz, Veracruz"),
        ("Texas, Texas", "Texas"),
    ],
)
def test_what_newsrooms_put_around_a_name(text: str, label: str) -> None:
    assert resolve(text).label == label


def test_a_municipality_with_a_comma_in_its_name() -> None:
    name = "Heroica Villa Tezoatlán de Segura y Luna, Cuna de la Independencia de Oaxaca"
    assert resolve(f"municipio de {name}, Oaxaca").admin2 == name
    assert resolve("", admin2=name, admin1="Oaxaca").admin2 == name


@pytest.mark.parametrize("text", ["west Texas", "northern Mexico", "frontera de Sonora"])
def test_a_part_of_a_state_set_aside_is_said(text: str) -> None:
    place = resolve(text)
    assert place.kind in {"state", "country"}
    assert place.score < 0.9
    assert "set aside" in place.reason


def test_no_city_is_moved_to_another_state_by_a_borrowed_name() -> None:
    rows = [town for town in towns() if town.people > 50_000]
    luck = random.Random(4)  # noqa: S311
    states = sorted({town.state for town in rows})
    wrong = []
    for town in luck.sample(rows, 500):
        for state in luck.sample(states, 6):
            try:
                place = resolve(f"{town.name}, {state}")
            except GeocodeError:
                continue
            # A part of the name, or the municipality's: "Victoria, Tamaulipas".
            words = set(key(town.name).split()) - {"ciudad"}
            own = words <= set(key(f"{place.name} {place.admin2}").split())
            if place.admin1 != town.state and place.score >= 0.9 and not own:
                wrong.append((town.name, state, place.label))
    assert not wrong


def test_between_two_places_is_neither() -> None:
    with pytest.raises(AmbiguousPlaceError) as caught:
        resolve("Highway 57 between Monclova and Castaños, Coahuila")
    assert [place.name for place in caught.value.candidates] == ["Monclova", "Castaños"]


def test_a_quarter_that_is_not_on_record_is_known_by_the_city_of_its_municipality() -> None:
    with pytest.raises(AmbiguousPlaceError, match="municipality of Juárez, Chihuahua") as caught:
        resolve("colonia Xyzzy, Ciudad Juárez, Chihuahua")
    assert {place.kind for place in caught.value.candidates} == {"municipality", "town"}


@pytest.mark.parametrize(
    ("text", "label", "kind"),
    [
        ("municipio de Chihuahua, Chihuahua", "Chihuahua, Chihuahua", "municipality"),
        ("Zapotitlán, Zapotitlán, Puebla", "Zapotitlán, Puebla", "town"),
        ("C.P. 26000 Piedras Negras, Coah.", "Piedras Negras, Coahuila", "town"),
        ("79901 El Paso, Texas", "El Paso, Texas", "town"),
        ("Iztapalapa borough, Mexico City", "Iztapalapa, Ciudad de México", "town"),
        ("the Pacific resort of Acapulco", "Acapulco de Juárez, Guerrero", "town"),
        ("Culiacan, the capital of Sinaloa", "Culiacán, Sinaloa", "town"),
        ("Sgo. Papasquiaro, Dgo.", "Santiago Papasquiaro, Durango", "town"),
        ("Acapulco, Gurerro", "Acapulco de Juárez, Guerrero", "town"),  # two slips of eight letters
    ],
)
def test_words_around_a_name_say_what_it_is(text: str, label: str, kind: str) -> None:
    place = resolve(text)
    assert (place.label, place.kind) == (label, kind)


def test_a_contradiction_does_not_name_what_was_called_so_once() -> None:
    with pytest.raises(PlaceNotFoundError, match="Zaragoza, Coahuila") as caught:
        resolve("Zaragoza, Texas")
    assert "Tijuana" not in str(caught.value)


def test_a_lost_letter_is_shown_as_one() -> None:
    assert "'Nuevo Le?n' read as Nuevo León" in resolve("Monterrey, Nuevo Le?n").reason


@pytest.mark.parametrize(
    ("text", "says", "names"),
    [
        ("20 km south of Monterrey, N.L.", "at a distance from", ["Monterrey"]),
        ("a unos 5 kilómetros al norte de Nava, Coah.", "at a distance from", ["Nava"]),
        ("Nuevo Laredo / Laredo", "names two places", ["Nuevo Laredo", "Laredo"]),
        ("Reynosa y Nuevo Laredo, Tamaulipas", "names two places", ["Reynosa", "Nuevo Laredo"]),
        ("Tijuana-San Diego", "names two places", ["Tijuana", "San Diego"]),
        ("LA, California", "may be short for", ["Los Angeles"]),
        ("Tlaq., Jalisco", "may be short for", ["Tlaquepaque"]),
    ],
)
def test_a_distance_two_names_and_a_cut_name_offer_what_is_meant(
    text: str, says: str, names: list[str]
) -> None:
    with pytest.raises(AmbiguousPlaceError, match=says) as caught:
        resolve(text)
    assert [place.name for place in caught.value.candidates] == names


@pytest.mark.parametrize("text", ["Tijuana/Sonora", "army and police", "FGR, Sonora", "foo/bar"])
def test_no_two_places_are_made_of_what_is_none(text: str) -> None:
    with pytest.raises(PlaceNotFoundError):
        resolve(text)


@pytest.mark.parametrize("text", ["Tiajuana, Mexico", "Culican, Mexico", "Monterry, N.L."])
def test_a_great_city_is_known_by_a_short_misspelt_name_and_its_country(text: str) -> None:
    assert resolve(text).name in {"Tijuana", "Culiacán", "Monterrey"}


@pytest.mark.parametrize(
    "text", ["Marinas, Mexico", "Managua, Mexico", "Toyota, Mexico", "Tiajuana"]
)
def test_no_other_word_is_bent_to_a_city(text: str) -> None:
    with pytest.raises(PlaceNotFoundError):
        resolve(text)


def test_a_quarter_with_no_city_to_it_is_not_sure() -> None:
    assert resolve("Colonia del Valle").score < 0.9
