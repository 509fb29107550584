"""Tables as they come: every row is placed or rejected with a reason, and nothing is guessed."""

from __future__ import annotations

import csv
import decimal
import io
import math
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import bordermap
from bordermap import columns
from bordermap._tables.sheet import parse
from bordermap.cells import degrees as degrees_of
from bordermap.cells import iso_dates
from bordermap.tables import read_table

CORPUS = Path(__file__).parent / "corpus"
UCDP = Path(__file__).parents[2] / "shared" / "gold" / "ucdp_incidents_dev.csv"

# The four rows that most files of the corpus hold, whatever they are dressed in.
FOUR = {
    "date": ["2019-11-30", "2010-03", "2012-05-04", "2011"],
    "place": ["Villa Unión", "Ciudad Acuña", "Nuevo Laredo", "San Luis Río Colorado"],
    "killed": [23, 2, 23, 1],
    "description": [
        "Enfrentamiento en la alcaldía",
        "Ataque en la línea",
        "Víctimas en un puente",
        "Balacera en el año nuevo",
    ],
}


def read(name: str, **options: Any) -> bordermap.Incidents:
    return bordermap.read(CORPUS / name, **options)


# --- the dress of a file ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("utf8.csv", ""),
        ("utf8_bom.csv", ""),
        ("utf16_le.csv", ""),
        ("utf16_be.csv", ""),
        ("utf16_unmarked.csv", "UTF-16"),
        ("windows_semicolon.csv", "Windows-1252"),
        ("mac_roman.csv", "Mac Roman"),
        ("dos.csv", "DOS code page 850"),
        ("mixed_encodings.csv", "UTF-8 except 1 line (3)"),
        ("tabs.tsv", ""),
        ("bars.txt", ""),
        ("excel_sep_line.csv", ""),
        ("all_quoted.csv", ""),
        ("blank_lines.csv", ""),
        ("title_above.csv", "headings in row 4"),
    ],
)
def test_any_encoding_and_separator_gives_the_same_rows(name: str, note: str) -> None:
    incidents = read(name)
    assert len(incidents.rejected) == 0
    for column, expected in FOUR.items():
        assert incidents.frame[column].tolist() == expected
    assert incidents.frame["match"].isin(["exact", "alternate"]).all()
    assert [note] == [wanted for wanted in (note,) if wanted in " ".join(incidents.notes)]
    assert bool(incidents.notes) == bool(note)


def test_blank_rows_leave_gaps_in_the_numbering_as_in_a_spreadsheet() -> None:
    # A blank line, the heading, two rows, three rows without a word, two rows.
    assert read("blank_lines.csv").frame.index.tolist() == [3, 4, 8, 9]


def test_headings_below_a_title_keep_the_numbers_of_the_rows() -> None:
    assert read("title_above.csv").frame.index.tolist() == [5, 6, 7, 8]
    # With known headings on top, a cell that looks like a heading is a cell.
    plain = bordermap.read(b"lugar,tipo\nNuevo Laredo,lugar\nlugar,tipo\n")
    assert len(plain) == 2


def test_an_encoding_can_be_said_and_is_held_to() -> None:
    assert read("mac_roman.csv", encoding="mac_roman").frame["place"].tolist() == FOUR["place"]
    with pytest.raises(bordermap.TableError, match="line 1 holds bytes"):
        read("windows_semicolon.csv", encoding="utf-8")
    with pytest.raises(bordermap.InputError, match="utf-9"):
        read("utf8.csv", encoding="utf-9")


def test_quoted_cells_keep_their_line_ends() -> None:
    incidents = read("quoted_newlines.csv")
    assert incidents.frame.index.tolist() == [2, 3]
    assert (
        incidents.frame.loc[2, "description"]
        == 'First line\nsecond line, with a "quotation"\r\nthird'
    )


def test_a_single_column_may_hold_commas() -> None:
    frame = read("one_column.csv").frame
    assert frame["place"].tolist() == ["Villa Unión, Coahuila", "Nuevo Laredo"]
    assert frame["admin1"].tolist() == ["Coahuila", "Tamaulipas"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty.csv", "is empty"),
        ("only_commas.csv", "is empty"),
        ("workbook_renamed.csv", "Excel workbook"),
        ("web_page.csv", "web page"),
        ("json.csv", "JSON"),
        ("no_known_columns.csv", "no column that says where.*'wert'"),
        ("no_header.csv", "headings in its first row are '2019-11-30'"),
    ],
)
def test_what_is_no_table_of_incidents_is_refused_with_what_it_is(name: str, reason: str) -> None:
    with pytest.raises(bordermap.TableError, match=reason) as caught:
        read(name)
    assert name in str(caught.value)


def test_a_heading_alone_is_a_table_without_rows() -> None:
    incidents = read("header_only.csv")
    assert len(incidents) == 0
    assert isinstance(incidents.frame, gpd.GeoDataFrame)
    assert incidents.frame.crs == "EPSG:4326"


def test_missing_file_folder_and_size_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(bordermap.TableError, match=r"no file .*nothing\.csv"):
        bordermap.read(tmp_path / "nothing.csv")
    with pytest.raises(bordermap.TableError, match="is a folder"):
        bordermap.read(tmp_path)
    monkeypatch.setenv("BORDERMAP_MAX_BYTES", "20")
    with pytest.raises(bordermap.TableError, match="limit of 20 bytes"):
        read("utf8.csv")
    with pytest.raises(bordermap.TableError, match="limit of 20 bytes"):
        bordermap.read(io.BytesIO((CORPUS / "utf8.csv").read_bytes()))


@pytest.mark.parametrize("source", ["https://example.org/incidents.csv", 7, None, ["a", "b"]])
def test_sources_that_are_no_table_are_refused(source: object) -> None:
    with pytest.raises(bordermap.InputError):
        bordermap.read(source)


def test_files_bytes_and_streams_are_read_alike() -> None:
    path = CORPUS / "windows_semicolon.csv"
    with path.open("rb") as binary, path.open(encoding="cp1252", newline="") as text:
        read_alike = [
            bordermap.read(source)
            for source in (
                path,
                str(path),
                path.read_bytes(),
                io.BytesIO(path.read_bytes()),
                binary,
                text,
            )
        ]
    for incidents in read_alike[1:]:
        pd.testing.assert_frame_equal(incidents.frame, read_alike[0].frame)
    assert {i.source.name for i in read_alike} == {"windows_semicolon.csv", "table"}


def test_a_cell_of_a_megabyte_passes_and_the_limit_of_csv_is_put_back() -> None:
    before = csv.field_size_limit()
    long = "largo " * 200_000
    incidents = bordermap.read(f"lugar,estado,nota\nVilla Unión,Coahuila,{long}\n".encode())
    assert incidents.frame.loc[2, "nota"] == long
    assert csv.field_size_limit() == before


# --- rows that do not line up -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "placed", "rejected"),
    [
        ("ragged.csv", [2, 4], {3: "3 cells where the header has 4", 5: "left over: '1'"}),
        ("open_quotation.csv", [3, 4, 5], {2: "quotation mark"}),
        ("open_quotation_at_end.csv", [2, 4], {3: "quotation mark"}),
        ("nul_bytes.csv", [2], {3: "NUL", 4: "NUL"}),
    ],
)
def test_rows_that_do_not_line_up_are_rejected_not_dropped(
    name: str, placed: list[int], rejected: dict[int, str]
) -> None:
    incidents = read(name)
    assert incidents.frame.index.tolist() == placed
    assert incidents.rejected["row"].tolist() == list(rejected)
    for row, reason in zip(incidents.rejected["row"], incidents.rejected["reason"], strict=True):
        assert rejected[row] in reason
    assert set(incidents.rejected["column"]) == {""}
    assert not incidents.notes, "a row that is rejected anyway is not noted as well"


def test_an_unclosed_quotation_mark_does_not_swallow_the_rows_below() -> None:
    incidents = read("open_quotation.csv")
    assert incidents.frame["place"].tolist() == ["Nuevo Laredo", "Ciudad Acuña", "Reynosa"]
    assert incidents.frame.loc[5, "title"] == 'Bloqueos, "narcos"'


# --- columns ------------------------------------------------------------------------------------


def test_headings_in_english_spanish_acled_and_ucdp() -> None:
    def known(*headings: str) -> dict[str, str]:
        return columns.assign(headings).theirs

    assert known("Fecha", "Municipio", "ESTADO", "País", "Latitud", "Longitud", "Víctimas mortales",
                 "Heridos", "Fuente", "Descripción", "Título", "Categoría", "Enlace") == {
        "date": "Fecha", "place": "Municipio", "admin1": "ESTADO", "country": "País",
        "lat": "Latitud", "lon": "Longitud", "killed": "Víctimas mortales", "injured": "Heridos",
        "source": "Fuente", "description": "Descripción", "title": "Título",
        "category": "Categoría", "url": "Enlace",
    }  # fmt: skip
    acled = bordermap.read(CORPUS / "acled.csv")
    row = acled.frame.iloc[0]
    assert (row["date"], row["place"], row["admin1"], row["country"]) == (
        "2019-11-30", "Villa Union", "Coahuila", "Mexico",
    )  # fmt: skip
    assert (row["category"], row["killed"], row["source"]) == ("Battles", 23, "Some paper")
    assert row["description"] == "What happened in a sentence."
    assert row["sub_event_type"] == "Armed clash"
    assert row["admin2"] == "Villa Union"
    assert acled.notes == ()
    ucdp = bordermap.read(CORPUS / "ucdp.csv")
    assert ucdp.frame["match"].tolist() == ["coordinates", "exact"]
    assert ucdp.frame["killed"].tolist() == [23, 9]
    assert ucdp.frame["title"].tolist() == ["A - B", "A - C"]
    assert ucdp.notes == ()


def test_a_mapping_of_ones_own_wins() -> None:
    data = b"sitio,estado,lugar,muertes confirmadas\nVilla Union,Coahuila,Reynosa,4\n"
    incidents = bordermap.read(data, columns={"sitio": "place", "Muertes_Confirmadas": "killed"})
    row = incidents.frame.loc[2]
    assert (row["place"], row["killed"], row["lugar"]) == ("Villa Union", 4, "Reynosa")
    left_alone = bordermap.read(data, columns={"estado": None, "lugar": "place"})
    assert left_alone.frame.loc[2, "estado"] == "Coahuila"
    assert left_alone.frame.loc[2, "match_name"] == "Reynosa"


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"sittio": "place"}, "did you mean 'sitio'"),
        ({"sitio": "plaze"}, "did you mean 'place'"),
        ({"sitio": "place", "estado": "place"}, "both 'sitio' and 'estado'"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(mapping: dict[str, str], message: str) -> None:
    with pytest.raises(bordermap.InputError, match=message):
        bordermap.read(b"sitio,estado\nVilla Union,Coahuila\n", columns=mapping)


def test_two_columns_for_one_name_the_better_wins_and_a_note_says_so() -> None:
    incidents = bordermap.read(b"lugar,ciudad,estado\nCarretera 57,Nava,Coahuila\n")
    assert incidents.frame.loc[2, "place"] == "Nava"
    assert incidents.frame.loc[2, "lugar"] == "Carretera 57"
    assert "'ciudad' is used, not 'lugar'" in incidents.notes[0]


def test_duplicate_and_empty_headings_keep_all_cells() -> None:
    frame = read("duplicate_headings.csv").frame
    row = frame.loc[2]
    assert (row["place"], row["Lugar"], row["nota"], row["nota_2"]) == (
        "Villa Unión", "en la plaza", "a", "b",
    )  # fmt: skip
    assert row["column_7"] == "c"
    assert "column_8" not in frame


def test_a_users_column_makes_room_for_one_of_ours() -> None:
    incidents = bordermap.read(b"lugar,estado,match,geometry,reason\nNava,Coahuila,7 a 0,x,y\n")
    row = incidents.frame.loc[2]
    assert row["match_given"] == "7 a 0"
    assert row["match"] == "exact"
    assert row["geometry_given"] == "x"
    assert row["reason_given"] == "y"


def test_other_columns_pass_through_untouched() -> None:
    frame = pd.DataFrame(
        {
            "place": ["Nava"],
            "state": ["Coahuila"],
            "list": [[1, 2]],
            "float": [0.1],
            "when": [pd.Timestamp("2020-01-01", tz="UTC")],
            "text": ["  kept  "],
            7: ["label is a number"],
        }
    )
    before = frame.copy(deep=True)
    out = bordermap.read(frame).frame
    pd.testing.assert_frame_equal(frame, before)
    assert out.loc[2, "list"] == [1, 2]
    assert out.loc[2, "text"] == "  kept  "
    assert out["when"].dtype == before["when"].dtype
    assert out.loc[2, "7"] == "label is a number"


# --- where --------------------------------------------------------------------------------------


def test_coordinates_that_are_wrong_are_refused_with_what_they_look_like() -> None:
    incidents = read("coordinates.csv")
    placed = incidents.frame.set_index("id")
    assert placed["match"].to_dict() == {
        "kept": "coordinates",
        "null island with a place": "exact",
        "half a pair with a place": "exact",
        "missing marks": "exact",
        "unknown abroad": "coordinates",
    }
    assert (placed.loc["kept", "lon"], placed.loc["kept", "lat"]) == (-100.7252, 28.2205)
    assert "in 2 rows (7, 9), placed by name instead" in incidents.notes[0]
    rejected = incidents.rejected.set_index("id")
    for name, column, reason in (
        ("swapped beyond the pole", "lat", "look swapped"),
        ("swapped within range", "lat", "look swapped"),
        ("minus lost", "lon", "minus sign"),
        ("minus lost by state alone", "lon", "minus sign"),
        ("null island alone", "lat", "0, 0 stands for unknown"),
        ("half a pair alone", "lon", "longitude is missing"),
        ("words", "lat", "'north' is no latitude"),
        ("infinite", "lat", "'inf'"),
        ("from 0 to 360", "lon", "-100.7252"),
        ("nothing at all", "place", "no place is named"),
        ("latitude in the longitude", "lon", "is a latitude"),
        ("not found", "place", "Xyzzyville"),
        ("ambiguous", "place", "Sinaloa"),
        ("state only", "place", "only the state Coahuila is named"),
    ):
        assert rejected.loc[name, "column"] == column
        assert reason in rejected.loc[name, "reason"]
    assert len(rejected) + len(placed) == 19


def test_swapped_and_unsigned_coordinates_are_known_by_the_countries_and_the_rows_own_words() -> (
    None
):
    table = (
        "place,country,lat,lon,wrong\n"
        "Miami,,-80.2,25.9,look swapped\n"
        "Detroit,,-83.05,42.33,look swapped\n"
        '"Villa Union, Coahuila",,28.22,100.73,minus sign\n'
        '"Nava, México",,28.42,100.77,minus sign\n'
        "Detroit,,42.33,-83.05,\n"
        "McMurdo,,-77.85,166.67,\n"
        "Rothera,,-67.57,-68.13,\n"
        "Mawson,Antarctica,-67.6,62.87,\n"
        "Troll,Antarctica,-80.2,25.9,\n"
        "Attu,US,52.9,172.9,\n"
        "Hagåtña,US,13.47,144.75,\n"
        '"Nanjing, CA",,32.06,118.78,\n'
    )
    incidents = bordermap.read(table.encode())
    assert len(incidents) == 12
    for reason, wrong in zip(
        incidents.rejected["reason"], incidents.rejected["wrong"], strict=True
    ):
        assert wrong
        assert wrong in reason
    assert incidents.frame["wrong"].isna().all()


def test_a_state_alone_is_no_point() -> None:
    table = b'place\nCoahuila\nTexas\nBritish Columbia\nCanada\n"Nava, Coahuila"\n'
    incidents = bordermap.read(table)
    assert incidents.frame["match_name"].tolist() == ["Nava"]
    assert incidents.rejected["column"].tolist() == ["place"] * 4
    assert incidents.rejected["reason"].tolist() == [
        "only the state Coahuila is named: give a town or municipality",
        "only the state Texas is named: give a town or municipality",
        "only the province or territory British Columbia is named: give a town or municipality",
        "only the country Canada is named: give a town or municipality",
    ]
    assert bordermap.geocode("Coahuila").kind == "state"


def test_decimal_commas_degrees_minutes_and_west_in_spanish() -> None:
    frame = read("decimal_comma.csv").frame
    assert frame["lat"].tolist() == pytest.approx([28.2205, 27 + 28 / 60 + 35 / 3600])
    assert frame["lon"].tolist() == [-100.7252, -99.5068]


@pytest.mark.parametrize(
    ("text", "axis", "degrees"),
    [
        ("28.22", "lat", 28.22), ("+28.22", "lat", 28.22), ("28,22", "lat", 28.22),
        ("-100.73", "lon", -100.73), ("−100.73", "lon", -100.73), ("100.73 W", "lon", -100.73),
        ("100.73 O", "lon", -100.73), ("W100.73°", "lon", -100.73), ("-100.73 W", "lon", -100.73),
        ("28°13'12\"N", "lat", 28.22), ("28º 13′ 12″", "lat", 28.22), ("28 13 12 N", "lat", 28.22),
        ("33.5 S", "lat", -33.5), ("1e1", "lat", 10.0), ("180", "lon", 180.0), ("-90", "lat", -90.0),
    ],
)  # fmt: skip
def test_degrees_as_people_write_them(text: str, axis: str, degrees: float) -> None:
    assert degrees_of(text, axis) == pytest.approx(degrees, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("", "lat"), ("abc", "lat"), ("inf", "lat"), ("nan", "lat"), ("1_0", "lat"), ("٢٨", "lat"),
        ("90.0001", "lat"), ("-180.5", "lon"), ("28.22 E", "lat"), ("28°61'", "lat"),
        ("-28.22 N", "lat"), ("2.822.050", "lat"), ("2822050", "lat"), ("28.22, -100.73", "lat"),
    ],
)  # fmt: skip
def test_what_is_no_angle_is_refused(text: str, axis: str) -> None:
    with pytest.raises(bordermap.CoordinateError):
        degrees_of(text, axis)


def test_the_radius_of_given_coordinates_is_what_they_were_rounded_to() -> None:
    frame = bordermap.read(
        pd.DataFrame({"lat": [28.0, 28.2, 28.22, 28.2205], "lon": [-100.0, -100.7, -100.7, -100.7]})
    ).frame
    # Half of the last decimal, at 111.32 km a degree, of the finer of the two.
    assert frame["radius_m"].tolist() == [55_660.0, 5_566.0, 556.6, 5.566]


# --- numbers and dates --------------------------------------------------------------------------


def test_a_doubtful_number_keeps_its_row_and_its_text() -> None:
    incidents = read("counts.csv")
    killed = incidents.frame["killed"]
    assert str(killed.dtype) == "Int64"
    assert killed.tolist()[:4] == [21, 21, 1234, 1234]
    assert killed.isna().tolist()[4:] == [True] * 6 + [False]
    assert killed.iloc[-1] == 1234
    assert incidents.frame.loc[7, "killed_given"] == "at least 21"
    assert len(incidents.notes) == 1
    assert "'21.000' (row 6)" in incidents.notes[0]
    assert "rows 7, 8, 9" in incidents.notes[0]


def test_numbers_of_every_kind_from_a_frame() -> None:
    frame = pd.DataFrame({"place": ["Nava, Coahuila"] * 6})
    for cells, expected in (
        (np.array([1, 2, 3, 4, 5, 6], dtype="uint8"), [1, 2, 3, 4, 5, 6]),
        ([1.0, 2.0, np.nan, 4.0, 5.5, np.inf], [1, 2, None, 4, None, None]),
        (pd.array([1, None, 3, 4, 5, 6], dtype="Int32"), [1, None, 3, 4, 5, 6]),
        ([True, "3", 4, None, pd.NA, 1e300], [None, 3, 4, None, None, None]),
    ):
        killed = bordermap.read(frame.assign(killed=cells)).frame["killed"]
        assert [None if pd.isna(n) else int(n) for n in killed] == expected


def test_dates_are_as_precise_as_they_were_given() -> None:
    incidents = read("dates.csv")
    assert incidents.frame["date"].tolist() == [
        "2019-11-30", "2011-03", "2011", "2019-11-30", "2019-11-30", "2019-11-30", "2019-11-30",
        "2019-11-30", "2019-11-30", "2019", "2019-05-05", None, None, None,
    ]  # fmt: skip
    assert incidents.frame.loc[11, "date_given"] == "03/04/2019"
    assert "row 11" in incidents.notes[0]
    assert "row 13" in incidents.notes[1]


def test_the_order_of_day_and_month_is_decided_by_the_column_or_not_at_all() -> None:
    settled = read("dates_day_first.csv")
    assert settled.frame["date"].tolist() == ["2019-12-25", "2019-04-03"]
    assert "day/month/year" in settled.notes[0]
    torn = read("dates_both_orders.csv")
    assert torn.frame["date"].tolist() == ["2019-12-25", "2019-12-25", "2019"]


def test_years_of_two_digits_are_read_as_excel_shows_them_and_told() -> None:
    days = ["30/11/19", "03/04/19", "30-nov-19", "1-ene.-21", "5 dic 99", "30-11-19", "may-19"]
    frame = pd.DataFrame({"place": ["Nava, Coahuila"] * 7, "fecha": days})
    incidents = bordermap.read(frame)
    read_as = ["2019-11-30", "2019-04-03", "2019-11-30", "2021-01-01", "1999-12-05", None, None]
    assert incidents.frame["date"].tolist() == read_as
    assert any("5 dates such as '30/11/19'" in note for note in incidents.notes)
    assert iso_dates(["03/04/19"]).values == ["2019"]  # noqa: PD011


def test_a_row_that_adds_up_the_others_is_no_incident() -> None:
    table = (
        "fecha,lugar,estado,muertos\n2019-11-30,Nava,Coahuila,2\n,Suma,,2\nTotal general,,,2\n"
        ",Suma,Yucatán,1\n"  # the town
    )
    incidents = bordermap.read(table.encode())
    assert incidents.frame["killed"].tolist() == [2, 1]
    assert incidents.rejected["row"].tolist() == [3, 4]
    assert "stands for a sum" in incidents.rejected["reason"][0]


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.sampled_from(["%d/%m/%Y", "%m-%d-%Y"]))
def test_a_numeric_date_is_read_right_or_to_the_year_never_wrong(day: date, form: str) -> None:
    (read_as,) = iso_dates([day.strftime(form)]).values  # noqa: PD011
    assert read_as in (day.isoformat(), str(day.year))
    assert (read_as == str(day.year)) == (day.day <= 12 and day.day != day.month)


def test_dates_of_every_kind_from_a_frame() -> None:
    frame = pd.DataFrame({"place": ["Nava, Coahuila"] * 3})
    for cells, expected in (
        (pd.to_datetime(["2019-11-30", None, "2011-01-01"]), ["2019-11-30", None, "2011-01-01"]),
        (
            pd.to_datetime(["2019-11-30 23:59"] * 3).tz_localize("America/Monterrey"),
            ["2019-11-30"] * 3,
        ),
        (
            pd.PeriodIndex(["2019-11", "2011-01", "2009-02"], freq="M"),
            ["2019-11", "2011-01", "2009-02"],
        ),
        (
            [date(2019, 11, 30), datetime.fromisoformat("2019-11-30T14:00"), "2011"],
            ["2019-11-30", "2019-11-30", "2011"],
        ),
        ([2011, 2012.0, np.nan], ["2011", "2012", None]),
    ):
        assert bordermap.read(frame.assign(date=cells)).frame["date"].tolist() == expected


# --- frames -------------------------------------------------------------------------------------


def test_a_geodataframe_in_any_crs_gives_the_same_points() -> None:
    lon, lat = [-100.7252, -99.5068], [28.2205, 27.4763]
    plain = gpd.GeoDataFrame({"muertos": [23, 9]}, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    for crs in ("EPSG:4326", "EPSG:3857", "EPSG:6372", "EPSG:32614", "EPSG:4267"):
        frame = bordermap.read(plain.to_crs(crs)).frame
        assert frame["lon"].tolist() == pytest.approx(lon, abs=2e-8)
        assert frame["lat"].tolist() == pytest.approx(lat, abs=2e-8)
        assert frame.crs == "EPSG:4326"
        assert frame["killed"].tolist() == [23, 9]


def test_a_geodataframe_without_crs_or_geometry_says_how_to_mend_it() -> None:
    points = gpd.points_from_xy([-100.7], [28.2])
    with pytest.raises(bordermap.TableError, match=r"set_crs\('EPSG:4326'\)"):
        bordermap.read(gpd.GeoDataFrame({"a": [1]}, geometry=points))
    with pytest.raises(bordermap.TableError, match="set_geometry"):
        bordermap.read(gpd.GeoDataFrame({"place": ["Nava, Coahuila"]}))


def test_geometries_that_are_no_points() -> None:
    shapes = [
        shapely.Point(-100.7252, 28.2205),
        shapely.MultiPoint([(-100.7252, 28.2205)]),
        shapely.box(-101, 28, -100, 29),
        shapely.MultiPoint([(-100, 28), (-101, 29)]),
        None,
        shapely.Point(),
        shapely.Point(-100.7252, 28.2205, 300.0),
    ]
    frame = gpd.GeoDataFrame(
        {"lugar": ["Villa Unión"] * 7, "estado": ["Coahuila"] * 7}, geometry=shapes, crs=4326
    )
    incidents = bordermap.read(frame)
    assert incidents.frame["match"].to_dict() == {
        2: "coordinates", 3: "coordinates", 6: "exact", 7: "exact", 8: "coordinates",
    }  # fmt: skip
    assert incidents.rejected["row"].tolist() == [4, 5]
    assert incidents.rejected["reason"].str.contains("representative_point").all()
    assert incidents.rejected["column"].tolist() == ["geometry"] * 2


def test_the_geometry_says_where_and_other_coordinates_are_kept_aside() -> None:
    points = gpd.points_from_xy([-100.7252], [28.2205])
    frame = gpd.GeoDataFrame({"lon": [1.0], "lat": [2.0]}, geometry=points, crs=4326)
    incidents = bordermap.read(frame)
    row = incidents.frame.loc[2]
    assert (row["lon"], row["lat"], row["lon_given"], row["lat_given"]) == (
        -100.7252,
        28.2205,
        1,
        2,
    )
    assert len(incidents.notes) == 2


def test_rows_of_a_frame_count_as_in_a_spreadsheet_and_a_named_index_is_kept() -> None:
    frame = pd.DataFrame(
        {"place": ["Nava, Coahuila", "Xyzzyville"]}, index=pd.Index(["a", "b"], name="code")
    )
    incidents = bordermap.read(frame)
    assert incidents.frame.index.tolist() == [2]
    assert incidents.frame["code"].tolist() == ["a"]
    assert incidents.rejected[["row", "code"]].to_numpy().tolist() == [[3, "b"]]


def test_what_bordermap_made_can_be_read_again_and_nothing_is_guessed_twice() -> None:
    measured = bordermap.measure(read("coordinates.csv"))
    again = bordermap.read(measured.frame)
    pd.testing.assert_frame_equal(
        pd.DataFrame(again.frame[measured.frame.columns]), pd.DataFrame(measured.frame)
    )
    text = measured.frame.drop(columns="geometry").to_csv(index=False)
    from_csv = bordermap.read(text.encode()).frame
    assert from_csv["match"].tolist() == measured.frame["match"].tolist()
    assert from_csv["match_id"].isna().tolist() == measured.frame["match_id"].isna().tolist()
    assert from_csv["radius_m"].tolist() == pytest.approx(measured.frame["radius_m"].tolist())
    assert from_csv["lon"].tolist() == measured.frame["lon"].tolist()
    few = bordermap.read(measured.frame[measured.frame["match"] == "exact"])
    assert few.frame.index.tolist() == [7, 9, 14]


def test_columns_of_odd_types_are_read_or_rejected() -> None:
    odd: list[tuple[Any, list[float | None]]] = [
        ([True, False], [None, None]),
        (np.array([28 + 1j, 27]), [None, None]),
        (pd.to_datetime(["2020-01-01", "2021-01-01"]), [None, None]),
        (pd.to_timedelta([1, 2]), [None, None]),
        ([[1], {}], [None, None]),
        ([decimal.Decimal("28.2"), b"27"], [28.2, 27.0]),
        (pd.Categorical([28.2, 27.0]), [28.2, 27.0]),
        (pd.array([28.2, 27.0], dtype="double[pyarrow]"), [28.2, 27.0]),
        (pd.arrays.SparseArray([28.2, 27.0]), [28.2, 27.0]),
        (np.array([28, 27], dtype="int8"), [28.0, 27.0]),
    ]
    for cells, expected in odd:
        incidents = bordermap.read(pd.DataFrame({"lon": [-100.0, -101.0], "lat": cells}))
        placed = incidents.frame["lat"].to_dict()
        assert [placed.get(row) for row in (2, 3)] == expected
        assert len(incidents) == 2


def test_category_arrow_and_empty_frames() -> None:
    frame = pd.DataFrame({"lugar": ["Nava", "Nava"], "estado": ["Coahuila", "Coahuila"]})
    for dtype in ("category", "string", "string[pyarrow]", "object"):
        assert bordermap.read(frame.astype(dtype)).frame["match_name"].tolist() == ["Nava", "Nava"]
    assert len(bordermap.read(frame.iloc[:0])) == 0
    with pytest.raises(bordermap.TableError, match="no columns"):
        bordermap.read(pd.DataFrame())
    two_levels = frame.set_axis(pd.MultiIndex.from_tuples([("lugar", ""), ("estado", "")]), axis=1)
    assert bordermap.read(two_levels).frame["match_name"].tolist() == ["Nava", "Nava"]


def test_on_error_raise_raises_the_first_with_its_row() -> None:
    with pytest.raises(bordermap.CoordinateError, match=r"coordinates\.csv, row 3, column lat: "):
        read("coordinates.csv", on_error="raise")
    with pytest.raises(bordermap.AmbiguousPlaceError, match="row 3") as caught:
        bordermap.read(b"place\nNuevo Laredo\nVilla Union\n", on_error="raise")
    assert {place.admin1 for place in caught.value.candidates} >= {"Coahuila", "Sinaloa"}
    with pytest.raises(bordermap.TableError, match="row 3"):
        read("ragged.csv", on_error="raise")
    with pytest.raises(bordermap.InputError, match="on_error"):
        read("utf8.csv", on_error="ignore")


# --- rows in = placed + rejected, always --------------------------------------------------------

_places = st.sampled_from(
    ["Villa Unión", "villa union, coah", "Nuevo Laredo", "Xyzzyville", "Villa Union", "Juárez", "",
     None, " ", "Tijuana, Sonora", "28.22 N, 100.73 W", "n/a", "<b>Nava</b>", "\u202eavaN", 5, 1.5]
)  # fmt: skip
_states = st.sampled_from(
    ["Coahuila", "Coah.", "Tamps", "Sonora", "Texas", "Narnia", "", None, "N.L."]
)
_coordinates = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-180, 180),
    st.sampled_from(["28.2", "-100.7", "28,2", "100.7 W", "0", 0, "abc", "", "n/a", "95", "1e400"]),
)
_anything = st.one_of(
    st.none(), st.integers(), st.floats(), st.booleans(), st.text(max_size=8), st.dates(),
    st.sampled_from(["2019-11-30", "03/04/2019", "at least 3", "1,234"]), st.binary(max_size=4),
)  # fmt: skip
_rows = st.lists(
    st.tuples(_places, _states, _coordinates, _coordinates, _anything, _anything, _anything),
    max_size=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_rows, st.sampled_from(["lugar", "note"]))
@example([("Nava", "Coahuila", 0, 0, None, None, None)], "lugar")
def test_every_row_of_a_messy_frame_is_accounted_for(
    rows: list[tuple[Any, ...]], place: str
) -> None:
    headings = [place, "estado", "lat", "lon", "fecha", "muertos", "other"]
    frame = pd.DataFrame(rows, columns=headings).astype(object)
    incidents = bordermap.read(frame)
    placed, rejected = incidents.frame, incidents.rejected
    assert len(incidents) == len(placed) + len(rejected) == len(rows)
    assert sorted([*placed.index, *rejected["row"]]) == list(range(2, len(rows) + 2))
    assert np.isfinite(placed[["lon", "lat"]].to_numpy(dtype=float)).all()
    assert placed["lat"].between(-90, 90).all()
    assert placed["lon"].between(-180, 180).all()
    assert (placed.geometry.x == placed["lon"]).all()
    assert rejected["reason"].str.len().gt(0).all()
    for row, other in placed["other"].items():
        given_cell = rows[int(str(row)) - 2][6]
        assert (
            other is given_cell or other == given_cell or (pd.isna(other) and pd.isna(given_cell))
        )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            _places.map(str),
            st.text(
                st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12
            ),
        ),
        min_size=1,
        max_size=10,
    ),
    st.sampled_from(",;\t|"),
    # The writer of Python 3.11 leaves a lone \r unquoted where lines end in \n.
    st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)]),
)
def test_every_row_of_a_written_csv_is_accounted_for(
    rows: list[tuple[str, str]], delimiter: str, dress: tuple[str, Any]
) -> None:
    text = io.StringIO(newline="")
    ends, quoting = dress
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=quoting)
    writer.writerow(["place", "note"])
    writer.writerows(rows)
    incidents = bordermap.read(text.getvalue().encode())
    filled = [row for row in rows if "".join(row).strip()]
    assert len(incidents) == len(filled)
    notes = {
        **incidents.frame["note"].to_dict(),
        **incidents.rejected.set_index("row")["note"].to_dict(),
    }
    assert [notes[row] or "" for row in sorted(notes)] == [note for _, note in filled]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([b"", b"place,x\n"]), st.binary(max_size=300))
@example(b"", b"\xff\xfe\x00")
@example(b"", b'""\n""')
@example(b"place\n", b'"a\n"b\n"c')
def test_arbitrary_bytes_are_a_table_or_refused_never_a_crash(start: bytes, data: bytes) -> None:
    try:
        sheet = parse(start + data, "fuzz.csv")
    except bordermap.InputError:
        return
    assert len(sheet.columns) == len(sheet.headings)
    assert {len(column) for column in sheet.columns} == {len(sheet.numbers)}
    assert set(sheet.flaws) <= set(sheet.numbers)
    assert sheet.numbers == sorted(set(sheet.numbers))


# --- input that nobody here made ----------------------------------------------------------------


@pytest.mark.skipif(not UCDP.exists(), reason="the UCDP sample is not beside this checkout")
def test_ucdp_events_are_read_with_their_own_columns_and_all_accounted_for() -> None:
    with UCDP.open(encoding="utf-8", newline="") as stream:
        events = list(csv.DictReader(stream))
    incidents = bordermap.read(UCDP)
    assert len(incidents) == len(incidents.frame) == len(events) == 1694
    frame = incidents.frame
    assert [note[:9] for note in incidents.notes] == ["UCDP GED:", "admin2: e"]
    assert frame["lon"].tolist() == [float(event["longitude"]) for event in events]
    assert frame["lat"].tolist() == [float(event["latitude"]) for event in events]
    assert frame["killed"].tolist() == [int(float(event["best"])) for event in events]
    assert frame["date"].tolist() == [event["date_start"] for event in events]
    assert frame["place"].tolist() == [event["where_coordinates"].strip() for event in events]
    assert frame["id"].tolist() == [event["id"] for event in events]


@pytest.mark.skipif(not UCDP.exists(), reason="the UCDP sample is not beside this checkout")
def test_ucdp_places_are_found_by_name_near_where_ucdp_puts_them() -> None:
    placed = bordermap.geocode(pd.read_csv(UCDP))
    assert len(placed) == 1694
    assert len(placed.frame) > 0.95 * len(placed)
    # Haversine on a sphere: no code of ours.
    lon, lat, lon0, lat0 = (
        np.radians(placed.frame[name].to_numpy(dtype=float))
        for name in ("lon", "lat", "lon_given", "lat_given")
    )
    h = np.sin((lat - lat0) / 2) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2) ** 2
    km = 2 * 6371.0 * np.arcsin(np.sqrt(h))
    # UCDP puts an event that is known to a municipality at its middle: tens of kilometres are fair.
    assert np.median(km) < 5
    assert np.mean(km < 50) > 0.97
    assert placed.rejected["reason"].str.len().gt(20).all()


def test_read_table_refuses_nothing_it_can_account_for() -> None:
    table = read_table(CORPUS / "ragged.csv")
    assert len(table.raw) == len(table.frame) == 4
    assert set(table.flaws) == {3, 5}
    assert all(math.isnan(v) for v in table.frame.get("lon", pd.Series(dtype=float)))
