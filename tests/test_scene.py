"""A scene is plain data: complete, typed, in a stable order, and the same every time."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from bordermap import scene
from bordermap.errors import SceneError
from bordermap.model import Incidents

ROWS = pd.DataFrame(
    {
        "title": ["Villa Unión", "Ciudad Juárez", "El Paso", "Tijuana"],
        "date": ["2019-11-30", "2010-01", "2019-08-03", "en mayo"],
        "lon": [-100.73, -106.46, -106.49, -117.04],
        "lat": [28.22, 31.72, 31.76, 32.53],
        "killed": pd.array([23, 16, 23, None], dtype="Int64"),
        "category": ["gun battle", "massacre", "mass shooting", None],
        "notes": ["a", "b", "c", ""],
    }
)


def rows_of(built: scene.Scene) -> list[dict[str, object]]:
    """The incidents as dicts again, from what a page would get."""
    out: list[dict[str, object]] = [{} for _ in range(len(built))]
    for column in built.as_dict()["columns"]:
        values = column["values"]
        if column["kind"] == "category":
            values = [column["labels"][v - 1] if v else None for v in values]
        elif column["kind"] == "number":
            values = [None if v is None else v / 10 ** column["decimals"] for v in values]
        for row, value in zip(out, values, strict=True):
            row[column["name"]] = value
    return out


def test_every_value_comes_through(measured, us_mexico):
    built = scene.build(measured(ROWS), us_mexico)
    rows = {row["title"]: row for row in rows_of(built)}
    union = rows["Villa Unión"]
    assert (union["lon"], union["lat"]) == (-100.73, 28.22)
    assert union["killed"] == 23
    assert union["date"] == 20191130
    assert union["category"] == "gun battle"
    assert union["notes"] == "a"
    assert union["row"] == 2
    assert union["border_km"] == pytest.approx(42.0, abs=0.5)
    assert rows["Ciudad Juárez"]["date"] == 20100100
    assert rows["Tijuana"]["date"] is None
    assert rows["Tijuana"]["date_text"] == "en mayo"
    assert rows["Tijuana"]["killed"] is None
    assert rows["Tijuana"]["category"] is None
    assert built.extra == ("notes",)
    assert (built.size_by, built.color_by) == ("killed", "category")


def test_it_is_json(measured, us_mexico):
    built = scene.build(measured(ROWS), us_mexico, title="T", made=date(2026, 1, 2))
    text = json.dumps(built.as_dict(), allow_nan=False)
    assert json.loads(text)["made"] == "2026-01-02"
    assert json.loads(text)["title"] == "T"
    assert set(json.loads(text)) > {"columns", "border", "basemap", "rejected", "credits"}
    for column, written in zip(built.columns, json.loads(text)["columns"], strict=True):
        assert len(written["values"]) == len(built)
        if column.kind == "number":
            expected = [
                None if v == scene.MISSING else v for v in np.asarray(column.values).tolist()
            ]
            assert written["values"] == expected


def test_the_order_of_the_rows_does_not_change_the_scene(measured, us_mexico):
    frame = measured(ROWS)
    turned = Incidents(frame.frame.iloc[::-1], frame.rejected, frame.source, frame.credits)
    one = scene.build(frame, us_mexico).as_dict()
    other = scene.build(turned, us_mexico).as_dict()
    assert one == other


def test_near_rows_follow_each_other(measured, us_mexico):
    rng = np.random.default_rng(5)
    n = 4000
    frame = pd.DataFrame({"lon": rng.uniform(-118, -96, n), "lat": rng.uniform(24, 34, n)})
    built = scene.build(measured(frame), us_mexico)
    lon = np.asarray(built.column("lon").values) / 1e5
    lat = np.asarray(built.column("lat").values) / 1e5
    step = np.hypot(np.diff(lon), np.diff(lat)).mean()
    shuffled = np.hypot(np.diff(frame["lon"]), np.diff(frame["lat"])).mean()
    assert step < shuffled / 20
    assert sorted(zip(lon, lat, strict=True)) == sorted(
        zip(frame["lon"].round(5), frame["lat"].round(5), strict=True)
    )


def test_rows_on_one_point_stay_in_the_order_of_the_table(measured, us_mexico):
    frame = pd.DataFrame({"lon": [-100.0] * 5, "lat": [28.0] * 5, "title": list("vwxyz")})
    built = scene.build(measured(frame), us_mexico)
    assert list(built.column("row").values) == [2, 3, 4, 5, 6]


def test_the_view_holds_incidents_and_the_nearest_border(measured, us_mexico):
    frame = pd.DataFrame({"lon": [-103.0, -99.0], "lat": [25.0, 24.0]})
    incidents = measured(frame)
    west, south, east, north = scene.build(incidents, us_mexico).view
    for x, y in (("lon", "lat"), ("nearest_lon", "nearest_lat")):
        assert (incidents.frame[x].between(west, east)).all()
        assert (incidents.frame[y].between(south, north)).all()


def test_without_incidents_the_view_is_the_border(us_mexico):
    built = scene.build(None, us_mexico)
    west, south, east, north = built.view
    box = us_mexico.lines.bounds
    assert west <= box[0] < box[2] <= east
    assert south <= box[1] < box[3] <= north
    assert len(built) == 0
    assert built.columns == ()


def test_one_measurement_is_a_scene(us_mexico):
    import bordermap

    measurement = bordermap.measure("Villa Union, Coahuila")
    (row,) = rows_of(scene.build(measurement, us_mexico))
    assert row["place"] == "Villa Unión"
    assert row["border_km"] == pytest.approx(measurement.km, abs=0.001)
    assert row["nearest_lon"] == pytest.approx(measurement.nearest[0], abs=1e-5)


def test_rejected_rows_come_with_their_number_and_reason(measured, us_mexico):
    rejected = pd.DataFrame(
        {"place": ["Xyzzy", None], "row": [9, 4], "column": ["place", ""], "reason": ["no", "why"]}
    )
    built = scene.build(measured(ROWS, rejected), us_mexico)
    assert built.rejected_columns == ("place",)
    assert built.rejected == ((9, "place", "no", ("Xyzzy",)), (4, "", "why", ("",)))
    assert built.rejected_count == 2


def test_headings_that_repeat_ours_are_kept_apart(measured, us_mexico):
    incidents = measured(ROWS)
    incidents.frame["row"] = ["p", "q", "r", "s"]
    built = scene.build(incidents, us_mexico)
    assert sorted(row["row"] for row in rows_of(built)) == [2, 3, 4, 5]
    assert any(name.startswith("row (") for name in built.extra)


def test_the_drawn_border_stays_within_25_metres(us_mexico):
    import shapely

    built = scene.build(None, us_mexico)
    lines = []
    for line in built.border.lines:
        points = np.cumsum(np.asarray(line).reshape(-1, 2), axis=0) / built.border.quantum
        lines.append(points)
    drawn = shapely.multilinestrings([shapely.linestrings(points) for points in lines])
    corners = shapely.points(shapely.get_coordinates(us_mexico.lines))
    off = shapely.distance(drawn, corners) * 111_320
    assert off.max() < 27  # 25 m, and the rounding to a metre
    assert drawn.length == pytest.approx(us_mexico.lines.length, rel=0.02)


def test_a_frame_without_coordinates_is_refused(measured, us_mexico):
    incidents = measured(ROWS)
    incidents.frame.loc[3, "lon"] = np.nan
    with pytest.raises(SceneError, match="row 3 "):
        scene.build(incidents, us_mexico)


def test_an_unknown_basemap_is_refused(us_mexico):
    with pytest.raises(SceneError, match="satellite"):
        scene.build(None, us_mexico, basemap="satellite")


def test_what_cannot_be_shown_is_replaced(measured, us_mexico):
    titles = pd.Series(["a\x00b", "c\ud800d", "e\u202ef", "g\u2028h"], dtype=object)
    frame = ROWS.assign(title=titles)
    built = scene.build(measured(frame), us_mexico, title="x\x01y")
    titles = {row["title"] for row in rows_of(built)}
    assert titles == {"a\ufffdb", "c\ufffdd", "e\u202ef", "g\u2028h"}
    assert built.title == "x\ufffdy"


def test_credits_name_border_places_and_basemap(measured, us_mexico):
    built = scene.build(measured(ROWS), us_mexico)
    text = " ".join(credit.attribution for credit in built.credits)
    for name in ("OpenStreetMap", "GeoNames", "INEGI", "Natural Earth", "Census"):
        assert name in text


@pytest.mark.parametrize(
    ("lang", "states", "towns"),
    [
        ("en", {"Mexico", "United States", "New Mexico"}, {"Mexico City", "Los Angeles"}),
        ("es", {"México", "Estados Unidos", "Nuevo México"}, {"Ciudad de México", "Los Ángeles"}),
    ],
)
def test_states_and_towns_have_the_names_of_the_readers_language(
    us_mexico, measured, lang, states, towns
):
    table = pd.DataFrame({"lon": [-107.0, -118.2, -99.1], "lat": [31.5, 34.0, 19.4]})
    built = scene.build(measured(table), us_mexico, lang=lang)
    said = {kind: {name for _, _, name, *_ in built.basemap[kind]} for kind in ("regions", "towns")}
    assert states <= said["regions"]
    assert towns <= said["towns"]
    assert not {"New Mexico", "Nuevo México"} - states & said["regions"]
    stretches = built.column("border_part").labels
    assert [name for name in states if any(label.startswith(name) for label in stretches)]
