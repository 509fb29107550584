"""Rows to places: where coordinates lie, what a table says as a whole, a user's own list, decisions."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from pyproj import Geod

import bordermap
from bordermap import areas
from bordermap._placement import decisions, evidence
from bordermap._placement.aliases import Aliases
from bordermap.cli import cli
from bordermap.errors import AmbiguousPlaceError, InputError, TableError
from bordermap.geocoder import Query
from bordermap.model import Place, Source

ROOT = Path(__file__).parents[1]
COAHUILA = (
    "Saltillo", "Torreón", "Monclova", "Sabinas", "Nava", "Zaragoza", "Múzquiz", "Allende",
    "Morelos", "Ciudad Acuña", "Piedras Negras", "Cuatro Ciénegas",
)  # fmt: skip


def file_of(rows: Sequence[tuple[str | None, ...]], *columns: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns or ("place", "admin1")))


def mostly_coahuila(*more: tuple[str | None, str | None]) -> pd.DataFrame:
    return file_of([*((town, "Coahuila") for town in COAHUILA for _ in range(3)), *more])


def reason(incidents: bordermap.Incidents, place: str) -> str:
    frame = incidents.frame
    return str(frame.loc[frame["place"] == place, "match_reason"].iloc[0])


# ---------------------------------------------------------------- each distinct name once


def test_a_repeated_row_is_placed_as_it_would_be_alone() -> None:
    rows = [
        ("Villa Union", "Coahuila"), ("Nogales", None), ("Xyzzyville", "Sonora"), (None, "Sonora"),
        ("28.22 N, 100.73 W", None), ("Coahuila", None), ("  villa union ", "Coah."),
    ]  # fmt: skip
    alone = [bordermap.geocode(file_of([row])) for row in rows]
    luck = np.random.default_rng(5)
    order = luck.integers(0, len(rows), 500)
    many = bordermap.geocode(file_of([rows[number] for number in order]))
    assert len(many) == len(order)
    for position, number in enumerate(order):
        one, row = alone[number], position + 2
        if len(one.frame):
            told = many.frame.loc[row]
            assert told.geometry.equals(one.frame.geometry.iloc[0])
            for name in ("match", "match_name", "match_id", "match_score", "match_reason"):
                expected = one.frame[name].iloc[0]
                assert told[name] == expected or (pd.isna(told[name]) and pd.isna(expected))
        else:
            refused = many.rejected.set_index("row").loc[row]
            assert refused["reason"] == one.rejected["reason"].iloc[0]


def test_equal_numbers_and_truth_values_are_not_one_text() -> None:
    frame = pd.DataFrame({"place": pd.Series([1, True, "1", 1.0], dtype=object)})
    refused = bordermap.geocode(frame).rejected
    assert ["1" in text or "True" in text for text in refused["reason"]] == [True] * 4
    assert "True" in refused["reason"][1]


# ---------------------------------------------------------------- where coordinates lie


def test_points_lie_in_the_municipality_that_geopandas_finds_or_in_none() -> None:
    import geopandas as gpd

    layer = gpd.read_file(ROOT / "shapefiles" / "mx_municipalities.shp")
    luck = np.random.default_rng(11)
    lon, lat = luck.uniform(-115, -88, 1500), luck.uniform(15, 32, 1500)
    found = areas.locate(lon, lat)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=layer.crs)
    held = gpd.sjoin(points, layer)
    assert len(held) > 500
    named = 0
    for row, name, state in zip(held.index, held["name"], held["state"], strict=True):
        assert found.admin2[row] in {name, None}
        assert found.admin1[row] in {state, None} or state == "México"
        named += found.admin2[row] is not None
    assert named > 0.9 * len(held)
    outside = np.setdiff1d(np.arange(len(lon)), held.index)
    assert not any(found.admin2[row] for row in outside if found.country[row] == "MX")


def test_what_is_too_near_to_a_line_to_tell_is_not_told() -> None:
    import shapely

    from bordermap import _data, _shapefile

    records = _shapefile.read(_data.file("mx_municipalities.shp"))
    nava = next(
        r for r in records if r.fields["name"] == "Nava" and r.fields["state"] == "Coahuila"
    )
    line = shapely.LinearRing(nava.parts[0])
    spot = line.interpolate(0.4, normalized=True)
    found = areas.locate([spot.x], [spot.y])
    assert found.admin1[0] == "Coahuila"
    assert found.admin2[0] is None
    assert "Nava" in found.between[0]
    assert " and " in found.between[0]
    place = bordermap.geocode((spot.x, spot.y))
    assert place.admin2 is None
    assert "too near to the line between" in place.reason


def test_the_nearest_town_in_bulk_is_the_one_that_a_search_around_each_point_finds() -> None:
    gazetteer = bordermap.gazetteer.load()
    luck = np.random.default_rng(3)
    lon, lat = luck.uniform(-125, -65, 60), luck.uniform(15, 60, 60)
    names, metres = areas.nearest_towns(lon, lat, gazetteer)
    for number in range(len(lon)):
        around = gazetteer.near(lon[number], lat[number], within_m=100_000.0, limit=1)
        if around:
            assert metres[number] == pytest.approx(around[0][0], abs=1.0)
        else:
            assert names[number] is None


def test_a_row_whose_point_contradicts_its_state_is_flagged_and_one_at_the_line_is_not() -> None:
    table = file_of(
        [
            ("x", "Coahuila", 25.67, -100.31),  # Monterrey
            ("x", "Coah.", 28.22, -100.73),
            ("x", "Texas", 28.70, -100.513),  # Piedras Negras, a minute from the river
            ("x", "Nuevo León", 25.5, -100.6),  # given to a tenth: the line is as near as that
            ("x", "Atlantis", 25.67, -100.31),
        ],
        "place", "admin1", "lat", "lon",
    )  # fmt: skip
    read = bordermap.read(table)
    assert read.frame["match_score"].tolist() == [0.5, 1.0, 1.0, 1.0, 1.0]
    assert "it lies in Nuevo León, not in Coahuila as the row says" in read.frame["match_reason"][2]
    assert any("1 row (2)" in note for note in read.notes)
    assert read.frame["admin2"].tolist()[:2] == ["Monterrey", "Villa Unión"]
    assert read.frame["country"].tolist() == ["MX"] * 5
    assert "Villa Unión is " in read.frame["match_reason"][3]


def test_a_point_that_a_minus_sign_would_bring_home_is_flagged() -> None:
    rows = [("x", None, 28.22, 100.73), ("x", "China", 28.22, 100.73), ("x", None, 48.86, 2.35)]
    read = bordermap.read(file_of(rows, "place", "country", "lat", "lon"))
    assert read.frame["lon"].tolist() == [100.73, 100.73, 2.35]
    assert read.frame["match_score"].tolist() == [0.5, 1.0, 1.0]
    reason = read.frame["match_reason"].iloc[0]
    assert reason.endswith("with a minus sign before its longitude it would lie in Coahuila")
    assert any(
        note.startswith("coordinates: those of 1 row (2) lie in none") for note in read.notes
    )


def test_what_a_row_leaves_empty_is_filled_and_what_it_says_is_kept() -> None:
    table = file_of(
        [
            ("Nava", "Coah.", None, None),
            ("Tijuana", None, None, None),
            ("x", None, 28.22, -100.73),
            ("x", "Sonora", 28.22, -100.73),
        ],
        "place", "admin1", "lat", "lon",
    )  # fmt: skip
    read = bordermap.read(table)
    assert read.frame["admin1"].tolist() == ["Coah.", "Baja California", "Coahuila", "Sonora"]
    note = "admin1: empty in 2 rows (3, 4), filled with that of the place found"
    assert note in read.notes
    assert "not in Sonora as the row says" in read.frame["match_reason"][5]
    # What was filled in tells of the true point, and what the row says does not.
    moved = bordermap.read(table, protect=bordermap.Rounding(300)).frame
    middle = areas.locate(moved["lon"], moved["lat"]).admin1
    assert moved["admin1"].tolist()[::3] == ["Coah.", "Sonora"]
    assert moved["admin1"].tolist()[2] == middle[2] != "Coahuila"
    assert middle[1] is None
    assert pd.isna(moved["admin1"].iloc[1])


@pytest.mark.parametrize(
    ("row", "kind", "says"),
    [
        (("", "Sonora", "", ""), "state", "only the state Sonora is named"),
        (("Sonora", "", "", ""), "state", "only the state Sonora is named"),
        (("", "", "", "Mexico"), "country", "only the country Mexico is named"),
        (("Mexico", "", "", ""), "country", "only the country Mexico is named"),
        (("", "Ontario", "", ""), "state", "only the province or territory Ontario is named"),
        (("", "Coah.", "Nava", ""), "municipality", ""),
        (("municipio de Nava", "Coah.", "", ""), "municipality", ""),
    ],
)
def test_a_state_or_a_municipality_alone_is_what_it_is_in_a_row_too(
    row: tuple[str, ...], kind: str, says: str
) -> None:
    place, admin1, admin2, country = row
    one = bordermap.geocode(place, admin1=admin1, admin2=admin2, country=country)
    assert one.kind == kind
    table = bordermap.read(file_of([row], "place", "admin1", "admin2", "country"))
    if says:
        (reason,) = table.rejected["reason"]
        assert reason == f"{says}: give a town or municipality"
    else:
        assert table.frame["match_id"].tolist() == [one.id]
        assert table.frame["match_name"].tolist() == ["Nava"]


def test_rows_of_a_state_alone_speak_for_that_state() -> None:
    names = ["Saltillo", "Monclova", "Sabinas", "Acuña, Coah.", "Torreón"]
    rows = [(name, None) for name in names] + [(None, "Coahuila")] * 6 + [("Villa Unión", None)]
    read = bordermap.read(file_of(rows, "place", "admin1"))
    assert read.frame["admin1"].tolist() == ["Coahuila"] * 6
    assert (
        read.frame["match_reason"]
        .iloc[-1]
        .endswith("11 of the 11 other rows whose state is known lie in Coahuila")
    )


def test_a_town_of_another_name_is_said_to_be_so() -> None:
    names = ["Saltillo", "Monclova", "Sabinas", "Acuña, Coah.", "Torreón"]
    read = bordermap.read(file_of([(name,) for name in [*names * 2, "Rosales"]], "place"))
    reason = read.frame["match_reason"].iloc[-1]
    assert reason.startswith(
        "of the 4 called 'Rosales', the one in Coahuila, another name of Villa Unión: "
    )


def test_a_point_far_from_the_city_that_its_row_names_is_flagged() -> None:
    rows = [
        ("Tijuana", -100.73, 28.22),
        ("Tijuana", -117.0, 32.5),
        ("San José", -100.73, 28.22),  # hamlets of that name are everywhere
        ("Chihuahua", -108.0, 30.0),  # the state has the name too
        ("Hermosillo", -111.9, 28.9),  # 90 km off, in its municipality
    ]
    read = bordermap.read(file_of(rows, "place", "lon", "lat"))
    assert read.frame["match_score"].tolist() == [0.5, 1.0, 1.0, 1.0, 1.0]
    home = bordermap.geocode("Tijuana")
    away = Geod(ellps="WGS84").inv(-100.73, 28.22, home.lon, home.lat)[2] / 1000
    told = f"Tijuana, Baja California, which the row names, lies {away:,.0f} km from there"
    assert read.frame["match_reason"].iloc[0].endswith(told)
    assert next(n for n in read.notes if "far from the city" in n).startswith(
        "coordinates: those of 1 row (2) "
    )


# ---------------------------------------------------------------- the table as a whole


def test_the_other_rows_narrow_a_name_where_they_leave_no_doubt_and_the_reason_says_so() -> None:
    found = bordermap.geocode(mostly_coahuila(("Monterrey", "Nuevo León"), ("Villa Unión", None)))
    assert found.frame.iloc[-1]["match_id"] == "geonames:3980122"
    assert found.frame.iloc[-1]["match_score"] < 0.9
    told = reason(found, "Villa Unión")
    assert "the one in Coahuila: 36 of the 37 other rows whose state is known lie in" in told


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ([("Mazatlán", "Sinaloa"), ("Culiacán", "Sinaloa")], "Villa Unión"),  # a rival's state
        ([("Monterrey", "Nuevo León")] * 5, "Villa Unión"),  # 36 of 41: not nine in ten
        ([], "Juárez"),  # the one in Coahuila has 1,600 people, another 1.5 million
        ([], "Nogales"),  # none in Coahuila
        ([], "Hidalgo"),  # a state's name
    ],
)
def test_less_than_overwhelming_evidence_narrows_nothing(
    more: list[tuple[str, str]], name: str
) -> None:
    found = bordermap.geocode(mostly_coahuila(*more, (name, None)))
    assert name in set(found.rejected["place"])


def test_few_rows_or_one_town_over_and_over_prove_nothing() -> None:
    for rows in ([("Nava", "Coahuila")] * 60, [(town, "Coahuila") for town in COAHUILA[:4]]):
        found = bordermap.geocode(file_of([*rows, ("Villa Unión", None)]))
        assert found.rejected["place"].tolist() == ["Villa Unión"]


def test_the_row_itself_is_never_overridden() -> None:
    found = bordermap.geocode(
        mostly_coahuila(("Villa Unión", "Sinaloa"), ("Villa Unión, Durango", None))
    )
    lon = found.frame["lon"].iloc[-2:].tolist()
    assert lon[0] < -106
    assert -105 < lon[1] < -103


def test_the_order_of_rows_does_not_matter() -> None:
    table = mostly_coahuila(("Villa Unión", None), ("San Juan", None), ("Progreso", None))
    straight = bordermap.geocode(table)
    luck = np.random.default_rng(1)
    for _ in range(3):
        order = luck.permutation(len(table))
        shuffled = bordermap.geocode(table.iloc[order].reset_index(drop=True))
        for column in ("match_id", "match_reason"):
            by_place = [
                frame.drop_duplicates("place").set_index("place")[column].sort_index()
                for frame in (straight.frame, shuffled.frame)
            ]
            pd.testing.assert_series_equal(*by_place)
        assert sorted(shuffled.rejected["reason"]) == sorted(straight.rejected["reason"])


def test_rows_with_coordinates_are_evidence_too() -> None:
    points = [(f"site {n}", 25.4 + n / 50, -101.0 - n / 20) for n in range(40)]
    table = file_of([*points, ("Villa Unión", None, None)], "place", "lat", "lon")
    found = bordermap.read(table)
    assert found.frame.iloc[-1]["match_name"] == "Villa Unión"
    assert "lie in Coahuila" in found.frame.iloc[-1]["match_reason"]


def test_evidence_from_one_country_settles_a_name_of_two() -> None:
    here = Place("Laredo X", -99.5, 27.5, "MX", "Tamaulipas", None, "a:1", "town", 900, 500.0,
                 "exact", 0.97, Source("x", "", "", ""))  # fmt: skip
    there = Place("Laredo X", -99.6, 27.6, "US", "Texas", None, "a:2", "town", 9000, 500.0,
                  "exact", 0.97, Source("x", "", "", ""))  # fmt: skip
    error = AmbiguousPlaceError("two", query="Laredo X", candidates=[there, here])
    tally = evidence.Tally()
    for number in range(12):
        tally.add(("MX", f"State {number}"), 2)
    asked: list[Query] = []

    def resolve(query: Query) -> Place:
        asked.append(query)
        return here

    (answer,) = evidence.narrowed([Query("Laredo X")], [error], [1], tally, resolve)
    assert isinstance(answer, Place)
    assert asked == [Query("Laredo X", country="MX")]
    assert "all 24 other rows that are known lie in Mexico" in answer.reason
    tally.add(("US", "Texas"), 1)
    assert evidence.narrowed([Query("Laredo X")], [error], [1], tally, resolve) == [error]


def test_a_place_that_is_not_on_record_is_put_into_the_municipality_that_its_row_names() -> None:
    table = file_of(
        [
            ("Rancho Xyzzy", "Sinaloa state", "Culiacán municipality"),
            ("Zapopan", "Jalisco", "Guadalajara"),  # a city elsewhere: the row contradicts itself
            (None, "Chihuahua", "Bachíniva"),
            ("Villa Unión", "Coahuila", "Villa Unión"),
        ],
        "where_coordinates", "adm_1", "adm_2",
    )  # fmt: skip
    found = bordermap.geocode(table)
    first = found.frame.loc[2]
    assert first["match_id"] == "inegi:25006"
    assert first["match"] == "fuzzy"
    assert first["match_score"] < 0.9
    assert first["radius_m"] > 50_000
    assert "not on record in Culiacán" in first["match_reason"]
    assert found.rejected["row"].tolist() == [3]
    assert found.frame["match_name"].tolist()[1:] == ["Bachíniva", "Villa Unión"]


# ---------------------------------------------------------------- a list of one's own

ALIASES = "nombre;estado;latitud;longitud\nLa Fronteriza;Chihuahua;31,72;-106,45\nNogales;;31,34;-110,94\n"


def test_a_list_of_ones_own_comes_first_wherever_names_are_looked_up(tmp_path: Path) -> None:
    path = tmp_path / "aliases.csv"
    path.write_bytes(ALIASES.encode("cp1252"))
    place = bordermap.geocode("la fronteriza, Chih.", aliases=path)
    assert (place.lon, place.lat, place.admin2) == (-106.45, 31.72, "Juárez")
    assert place.reason == "from your list, aliases.csv, row 2"
    table = file_of([("La Fronteriza", None), ("Nogales", None), ("Nogales", "Sonora")])
    found = bordermap.geocode(table, aliases=path)
    assert found.frame["lat"].tolist() == [31.72, 31.34, found.frame["lat"].iloc[2]]
    assert found.frame["match_id"].iloc[2] == "geonames:4004886"  # the list's is in Arizona
    measured = bordermap.measure(
        table, aliases=pd.read_csv(io.StringIO(ALIASES), sep=";", decimal=",")
    )
    assert measured.frame["border_km"].iloc[0] == pytest.approx(4.0, abs=0.5)
    assert len(
        bordermap.draw("La Fronteriza", aliases={"La Fronteriza": (-106.45, 31.72)}).to_html()
    )
    by_id = bordermap.geocode("the twin town", aliases={"The Twin Town": "geonames:3980122"})
    assert by_id.label == "Villa Unión, Coahuila"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("X,95,-100,,", "row 2, column lat: latitude 95 is beyond"),
        ("X,,-100,,", "row 2, column lat: it is empty, and the other coordinate is not"),
        ("X,,,,", "row 2, column id: it is empty, and so are lon and lat"),
        ("X,,,geonames:1,", "row 2, column id: 'geonames:1' is not in the gazetteer"),
        (",28,-100,,", "row 2, column name: it is empty"),
        ("X,28.2,-100.7,,Sonora", "row 2, column admin1: the place lies in Coahuila, not in"),
        ("X,28.2,-100.7,,Sonorra", "row 2, column admin1: 'Sonorra' is no state"),
        ("X,28,-100,,\nx,29,-100,,", "row 3, column name: 'x' means another place in row 2"),
    ],
)
def test_a_bad_row_of_the_list_is_told_with_row_and_column(rows: str, said: str) -> None:
    with pytest.raises(TableError) as caught:
        Aliases.read(f"name,lat,lon,id,state\n{rows}\n".encode())
    assert said in str(caught.value)
    assert str(caught.value).startswith("aliases, ")


def test_a_list_that_is_none_is_refused() -> None:
    with pytest.raises(TableError, match="no column lat and lon"):
        Aliases.read(b"name,where\nX,here\n")
    with pytest.raises(InputError, match="not 5"):
        Aliases.read({"X": 5})
    with pytest.raises(InputError, match="aliases= is a int"):
        Aliases.read(7)


# ---------------------------------------------------------------- decisions


def reviewed(table: pd.DataFrame, **choices: str) -> pd.DataFrame:
    found = bordermap.geocode(table).decisions
    assert found is not None
    for name, choice in choices.items():
        found.loc[found["place"] == name.replace("_", " "), "choose"] = choice
    return found


def test_decisions_given_back_unchanged_give_the_same_table() -> None:
    table = mostly_coahuila(
        ("Villa Unión", None), ("Nogales", None), ("Xyzzyville", None), ("=1+1", None)
    )
    first = bordermap.geocode(table)
    assert first.decisions is not None
    assert first.decisions["rows"].sum() == len(table)
    for given in (first.decisions, decisions.to_csv(first.decisions)):
        again = bordermap.geocode(table, decisions=given)
        pd.testing.assert_frame_equal(pd.DataFrame(again.frame), pd.DataFrame(first.frame))
        pd.testing.assert_frame_equal(again.rejected, first.rejected)
        assert again.notes == first.notes


def test_a_reviewer_with_a_spanish_spreadsheet_decides(tmp_path: Path) -> None:
    table = file_of(
        [("Nogales", None), ("Juárez", None), ("Hidalgo", None), ("Villa Unión", "Coahuila")]
    )
    sheet = reviewed(
        table, Nogales="geonames:5306611", Juárez="Ciudad Juárez, Chihuahua",
        Hidalgo="28,22 N; 100,73 W", Villa_Unión="none",
    )  # fmt: skip
    path = tmp_path / "decisiones.csv"
    text = sheet.drop(columns=["rows", "first_row"]).to_csv(index=False, sep=";", decimal=",")
    path.write_bytes(text.encode("utf-8-sig"))
    found = bordermap.geocode(table, decisions=path)
    assert found.frame["match_id"].tolist()[:2] == ["geonames:5306611", "geonames:4013708"]
    assert found.frame.loc[4, ["lon", "lat"]].tolist() == [-100.73, 28.22]
    for told in found.frame["match_reason"]:
        assert "chosen in decisiones.csv, row" in told
    assert found.rejected["reason"].tolist() == ["left out, as chosen in decisiones.csv, row 5"]


def test_a_reviewed_answer_stands_when_the_gazetteer_says_something_else() -> None:
    table = file_of([("Villa Unión", "Coahuila"), ("Nogales", None)])
    sheet = reviewed(table, Nogales="geonames:5306611")
    sheet.loc[0, ["lat", "lon", "match_id", "match_name"]] = [
        28.3,
        -100.8,
        "geonames:1",
        "Old Town",
    ]
    sheet["candidates"] = sheet["candidates"].str.replace("5306611", "77")
    sheet["choose"] = sheet["choose"].str.replace("5306611", "77")  # an id that is no more
    found = bordermap.geocode(table, decisions=sheet)
    assert found.frame.loc[2, ["match_name", "lat", "lon"]].tolist() == ["Old Town", 28.3, -100.8]
    assert math.isclose(found.frame.loc[3, "lat"], 31.34038)


def test_decisions_and_a_table_that_do_not_belong_together_are_told_apart() -> None:
    sheet = reviewed(file_of([("Villa Unión", "Coahuila"), ("Nava", "Coahuila")]))
    found = bordermap.geocode(
        file_of([("Nava", "Coahuila"), ("Allende", "Coahuila")]), decisions=sheet
    )
    assert len(found.frame) == 2
    assert (
        "1 decision (row 2; the first is 'Villa Unión, Coahuila') match nothing" in found.notes[0]
    )
    assert "decides nothing on 1 name of this table (the first is 'Allende')" in found.notes[1]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("choose", "Xyzzyville", "row 2, column choose: 'Xyzzyville' is not on record"),
        ("choose", "95 N, 100 W", "row 2, column choose: '95 N, 100 W' is no place on Earth"),
        ("lat", 91.0, "row 2, column lat: latitude 91.0 is beyond"),
        ("outcome", "maybe", "row 2, column outcome: 'maybe' is none of"),
        ("match_id", "geonames:3981609", "column match_id: geonames:3981609 is Tijuana, and lat"),
        ("match_score", 7.0, "row 2, column match_score: 7 is not between 0 and 1"),
    ],
)
def test_a_decision_that_cannot_be_used_is_told_with_row_and_column(
    column: str, value: object, said: str
) -> None:
    sheet = reviewed(file_of([("Nava", "Coahuila")]))
    sheet.loc[0, column] = value
    with pytest.raises(TableError) as caught:
        bordermap.geocode(file_of([("Nava", "Coahuila")]), decisions=sheet)
    assert said in str(caught.value)


def test_lists_and_decisions_on_the_command_line(tmp_path: Path) -> None:
    table, aliases = tmp_path / "t.csv", tmp_path / "aliases.csv"
    table.write_text("lugar,estado\nNogales,\nLa Fronteriza,\n", encoding="utf-8")
    aliases.write_bytes(ALIASES.splitlines()[0].encode() + b"\nLa Fronteriza;;31,72;-106,45\n")
    sheet = tmp_path / "decisions.csv"
    run = CliRunner().invoke
    first = run(
        cli, ["read", str(table), "--aliases", str(aliases), "--write-decisions", str(sheet)]
    )
    assert first.exit_code == 1
    content = sheet.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    edited = content.replace(b"ambiguous,,", b"ambiguous,geonames:4004886,", 1)
    assert edited != content
    sheet.write_bytes(edited)
    second = run(cli, ["read", str(table), "--decisions", str(sheet)])
    assert second.exit_code == 0
    assert "geonames:4004886" in second.output
    assert "La Fronteriza" in second.output
    over = run(cli, ["read", str(table), "--write-decisions", str(table)])
    assert over.exit_code == 2
    assert "would overwrite the table that is read" in over.output
    named = run(cli, ["measure", "La Fronteriza", "--aliases", str(aliases)])
    assert named.exit_code == 0
    assert "La Fronteriza, Chihuahua, is 4.0 km" in named.output
