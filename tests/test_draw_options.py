"""The options of `draw` and of its command, as a user gives them."""

from __future__ import annotations

import pytest
import xyzservices
from click.testing import CliRunner

import bordermap
from bordermap.cli import cli
from bordermap.errors import SceneError

ROWS = (
    b"date,place,state,type,killed,weight\n"
    b"2019-11-30,Villa Union,Coahuila,gun battle,23,1.5\n"
    b"2020-07-01,Irapuato,Guanajuato,massacre,27,0.25\n"
)


@pytest.fixture(scope="module")
def incidents():
    return bordermap.measure(bordermap.read(ROWS))


def test_draw_hands_its_options_to_the_scene(incidents):
    scene = bordermap.draw(
        incidents,
        bands=(10, 60),
        units="mi",
        zones="la-paz",
        color="date",
        size="weight",
        basemap="OpenStreetMap.Mapnik",
    ).scene
    assert [round(band.km, 3) for band in scene.border.bands] == [16.093, 96.561, 100.0]
    assert [band.zone for band in scene.border.bands] == [None, None, "la-paz"]
    assert (scene.units, scene.color_by, scene.size_by) == ("mi", "date", "weight")
    column = scene.column("weight")
    assert (column.kind, column.decimals, sorted(column.values)) == ("number", 2, [25, 150])
    assert scene.tiles.origin == "https://tile.openstreetmap.org"
    assert scene.as_dict()["tiles"]["name"] == "OpenStreetMap.Mapnik"


def test_by_default_no_host_is_asked_and_nothing_is_chosen_for_the_reader(incidents):
    scene = bordermap.draw(incidents).scene
    assert scene.tiles is None
    assert [band.km for band in scene.border.bands] == [25.0, 50.0, 100.0, 200.0]
    assert (scene.units, scene.color_by, scene.size_by) == ("km", "category", "killed")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"units": "leagues"}, "no unit 'leagues'"),
        ({"bands": (0,)}, "a band at 0 km"),
        ({"zones": ("moon",)}, "no zone 'moon'"),
        ({"basemap": "Nowhere.Tiles"}, "no basemap 'Nowhere.Tiles'"),
        ({"color": "nothing"}, "coloured by 'nothing'"),
        ({"size": "place"}, "sized by 'place'"),
        (
            {
                "basemap": xyzservices.TileProvider(
                    name="T",
                    url="https://t.example.org/{z}/{x}/{y}?k={key}",
                    attribution="T",
                    key="<insert your key here>",
                )
            },
            "T needs a value for 'key'",
        ),
    ],
)
def test_senseless_options_are_refused_in_a_sentence(incidents, options, said):
    with pytest.raises(SceneError, match=said):
        bordermap.draw(incidents, **options)


def test_the_command_has_the_same_options(tmp_path):
    table = tmp_path / "table.csv"
    table.write_bytes(ROWS)
    page = tmp_path / "map.html"
    options = [
        "--bands",
        "10,60",
        "--units",
        "mi",
        "--zone",
        "la-paz",
        "--zone",
        "100-air-miles",
        "--color",
        "date",
    ]
    given = ["draw", str(table), "-o", str(page), "--basemap", "OpenStreetMap.Mapnik", *options]
    result = CliRunner().invoke(cli, [*given, "--size", "weight"])
    assert result.exit_code == 0, result.output
    html = page.read_text(encoding="utf-8")
    assert "img-src data: blob: https://tile.openstreetmap.org;" in html
    assert '"units":"mi"' in html
    assert '"100-air-miles"' in html


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--bands", "10;60", "no list of numbers"),
        ("--bands", "-5", "a band at -5 km"),
        ("--units", "furlong", "no unit 'furlong'"),
        ("--zone", "x", "no zone 'x'"),
        ("--basemap", "Stamen", "no basemap 'Stamen'"),
        ("--color", "x", "coloured by 'x'"),
    ],
)
def test_a_senseless_option_ends_with_2_and_leaves_the_file(tmp_path, option, value, said):
    table = tmp_path / "table.csv"
    table.write_bytes(ROWS)
    page = tmp_path / "map.html"
    page.write_text("before", encoding="utf-8")
    result = CliRunner().invoke(cli, ["draw", str(table), "-o", str(page), option, value])
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert page.read_text(encoding="utf-8") == "before"
