"""Tables out: each format is read back by geopandas (workbooks by openpyxl) to the values written."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from click.testing import CliRunner

import bordermap
from bordermap import export
from bordermap.cli import cli

EXAMPLE = Path(__file__).parents[1] / "examples" / "incidents.csv"
LONG = "áé ñ 😀 " * 4000
HOSTILE = '=HYPERLINK("http://x.invalid")'


@pytest.fixture(scope="module")
def incidents() -> bordermap.Incidents:
    """Everything that a cell can be: gaps, accents, markup, formulas, mixed types, long texts."""
    frame = pd.DataFrame(
        {
            "date": ["2019-11-30", "2011-03", "2009", None],
            "place": ["Nava", "Ciudad Acuña", "Reynosa", "Xyzzyville"],
            "admin1": ["Coahuila", "Coahuila", "Tamaulipas", "Coahuila"],
            "killed": [23, None, 0, 1],
            "title": ["“Tiroteo”", HOSTILE, "<b>no</b> & ]]>", "t"],
            "description": ["line\nline", "a\rb", LONG, None],
            "url": ["https://example.org/a?b=c#d", "javascript:alert(1)", None, None],
            "mixed": [1, "two", [3, "é"], None],
            "flag": [True, None, False, True],
            "ratio": [0.1, np.nan, 1e-9, 2.0],
            "big": pd.array([2**53 + 1, 1, None, 2], dtype="Int64"),
            "when": pd.to_datetime(["2020-01-01T10:00:01", None, "2021-12-31T00:00:00", None]),
            "día de la semana": ["lunes", "martes", "-5", "@x"],
            "Título": ["uno", "dos", "tres", "cuatro"],
            "id": ["a", "b", "c", "d"],
            "fid": ["x", "y", "z", "w"],
        }
    ).astype({"flag": "boolean"})
    measured = bordermap.measure(bordermap.read(frame))
    assert len(measured.rejected) == 1
    return measured


def read_back(path: Path) -> gpd.GeoDataFrame:
    return gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)


def plain(value: Any) -> Any:
    """A cell as any reader may give it, in one form."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if isinstance(value, (bool, np.bool_)):
        return float(value)
    if isinstance(value, (int, float, np.number)):
        return float(value)
    if isinstance(value, (list, np.ndarray)):
        return json.dumps(list(value), ensure_ascii=False)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


def same(ours: Any, theirs: Any) -> bool:
    one, other = plain(ours), plain(theirs)
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-15, abs=1e-14)
    return one == other


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".parquet", ".kml", ".shp"])
def test_geopandas_reads_back_what_was_written(
    incidents: bordermap.Incidents, suffix: str, tmp_path: Path
) -> None:
    written = bordermap.write(incidents, tmp_path / f"out{suffix}")
    back = read_back(written.path)
    assert len(back) == len(incidents.frame)
    assert back.crs == "EPSG:4326" or "4326" in str(back.crs)
    assert np.allclose(back.geometry.x, incidents.frame["lon"], rtol=0, atol=1e-7)
    assert np.allclose(back.geometry.y, incidents.frame["lat"], rtol=0, atol=1e-7)
    renamed = dict(
        pair.split(" → ")
        for note in written.notes
        if " → " in note
        for pair in note.split(": ", 1)[1].split(", ")
    )
    for name in incidents.frame.columns.drop("geometry"):
        told = renamed.get(name, name)
        assert told in back.columns, name
        for ours, theirs in zip(incidents.frame[name], back[told], strict=True):
            if suffix == ".shp" and isinstance(ours, str) and len(ours.encode()) > 254:
                assert theirs
                assert ours.startswith(theirs)
                assert any("cut" in note for note in written.notes)
            elif suffix == ".shp" and isinstance(ours, float) and not np.isnan(ours):
                assert float(theirs) == pytest.approx(ours, rel=1e-12, abs=1e-14), name
            elif suffix == ".kml" and name == "description" and ours and "\r" in ours:
                assert theirs.replace("\n", "\r") == ours
            else:
                assert same(ours, theirs), (name, ours, theirs)


def test_a_csv_reads_back_and_is_rfc_4180(incidents: bordermap.Incidents, tmp_path: Path) -> None:
    path = bordermap.write(incidents, tmp_path / "out.csv").path
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == list(incidents.frame.columns.drop("geometry"))
    for position, name in enumerate(header):
        for ours, row in zip(incidents.frame[name], rows, strict=True):
            cell = row[position]
            if isinstance(ours, pd.Timestamp):
                assert pd.Timestamp(cell) == ours
            elif isinstance(ours, (bool, np.bool_)):
                assert cell == str(ours)
            else:
                assert same(ours, cell or None), (name, ours, cell)


def test_a_csv_is_marked_and_its_formulas_escaped_on_request(
    incidents: bordermap.Incidents, tmp_path: Path
) -> None:
    plain_file = bordermap.write(incidents, tmp_path / "a.csv").path.read_bytes()
    assert not plain_file.startswith(b"\xef\xbb\xbf")
    path = bordermap.write(incidents, tmp_path / "b.csv", bom=True, escape_formulas=True).path
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(path)
    assert back["title"][1] == f"'{HOSTILE}"
    assert back["día de la semana"].tolist() == [
        "lunes",
        "martes",
        "-5",
    ]  # a number calculates nothing
    for start in "=+-@\t\r":
        frame = pd.DataFrame(
            {"place": ["Nava"], "state": ["Coahuila"], f"{start}h": [f"{start}1+1"]}
        )
        text = (
            bordermap.write(frame, tmp_path / "c.csv", escape_formulas=True)
            .path.read_bytes()
            .decode()
        )
        row = next(csv.DictReader(io.StringIO(text, newline="")))
        assert row[f"'{start}h"] == f"'{start}1+1"
    with pytest.raises(bordermap.InputError, match="CSV alone"):
        bordermap.write(incidents, tmp_path / "c.gpkg", bom=True)


def test_a_workbook_has_typed_cells_links_and_where_it_comes_from(
    incidents: bordermap.Incidents, tmp_path: Path
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("xlsxwriter")
    written = bordermap.write(incidents, tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(written.path)
    assert book.sheetnames == ["incidents", "rejected", "about"]
    sheet = book["incidents"]
    assert sheet.freeze_panes == "A2"
    at = {cell.value: cell.column for cell in sheet[1]}
    assert list(at) == list(incidents.frame.columns.drop("geometry"))

    def cells(name: str) -> list[Any]:
        return [sheet.cell(row, at[name]) for row in range(2, sheet.max_row + 1)]

    assert [cell.value for cell in cells("date")] == [
        dt.datetime(2019, 11, 30),  # noqa: DTZ001
        "2011-03",
        "2009",
    ]
    assert cells("date")[0].number_format == "yyyy-mm-dd"
    assert [cell.data_type for cell in cells("title")] == ["s", "s", "s"], "no formula"
    assert [cell.value for cell in cells("killed")] == [23, None, 0]
    assert [cell.value for cell in cells("flag")] == [True, None, False]
    assert cells("url")[0].hyperlink.target + "#" + cells("url")[0].hyperlink.location == (
        "https://example.org/a?b=c#d"
    )
    assert cells("url")[0].value == "https://example.org/a?b=c#d"
    assert cells("url")[1].hyperlink is None
    assert cells("when")[0].value == dt.datetime(2020, 1, 1, 10, 0, 1)  # noqa: DTZ001
    assert cells("big")[0].value == str(2**53 + 1), "Excel would round it"
    assert cells("description")[2].value == LONG[: len(cells("description")[2].value)]
    assert ["cut" in note for note in written.notes].count(True) == (len(LONG) * 9 // 8 > 32_767)
    refused = list(book["rejected"].iter_rows(values_only=True))
    assert refused[1][refused[0].index("place")] == "Xyzzyville"
    assert refused[1][refused[0].index("row")] == 5
    about = " ".join(str(cell) for row in book["about"].iter_rows(values_only=True) for cell in row)
    assert "GeoNames" in about
    assert "OpenStreetMap" in about


def test_the_same_incidents_give_the_same_bytes_on_any_day(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    script = (
        "import sys, bordermap\n"
        "incidents = bordermap.read(sys.argv[1])\n"
        "for path in sys.argv[2:]: bordermap.write(incidents, path)\n"
    )
    sums = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        targets = [folder / f"out{suffix}" for suffix in export.SUFFIXES]
        env = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script, EXAMPLE, *targets], env=env, check=True)
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
        sums.append({name: hashlib.sha256(data).hexdigest() for name, data in files.items()})
    assert len(sums[0]) == len(export.SUFFIXES) + 4
    assert sums[0] == sums[1]
    # The two runs may lie within one second: no clock's date is in the files either.
    today = f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}".encode()
    assert [name for name, data in files.items() if today in data] == []


def test_a_shapefile_is_dated_by_nobodys_clock_and_says_its_encoding(
    incidents: bordermap.Incidents, tmp_path: Path
) -> None:
    written = bordermap.write(incidents, tmp_path / "out.shp")
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [
        ".cpg", ".dbf", ".prj", ".shp", ".shx",
    ]  # fmt: skip
    assert struct.unpack("3B", (tmp_path / "out.dbf").read_bytes()[1:4]) == (80, 1, 1)
    assert (tmp_path / "out.cpg").read_text() == "UTF-8"
    note = next(note for note in written.notes if "border_uncertainty_km → border_unc" in note)
    assert "Título → Titulo" in note
    assert all(len(name) <= 10 for name in pyogrio.read_info(written.path)["fields"])


def test_geojson_is_rfc_7946_and_carries_its_credits(
    incidents: bordermap.Incidents, tmp_path: Path
) -> None:
    path = bordermap.write(incidents, tmp_path / "out.geojson").path
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["type"] == "FeatureCollection"
    assert "crs" not in content
    assert {credit["licence"] for credit in content["credits"]} >= {"ODbL 1.0"}
    lon, lat = content["features"][0]["geometry"]["coordinates"]
    assert -101 < lon < -100 < 28 < lat < 29
    assert len(repr(lon).split(".")[1]) <= 7
    meta = pyogrio.read_info(bordermap.write(incidents, tmp_path / "out.gpkg").path)[
        "layer_metadata"
    ]
    assert "GeoNames" in meta["PROVENANCE"]


@pytest.mark.parametrize("suffix", export.SUFFIXES)
def test_a_table_that_was_written_reads_as_the_same_incidents(
    incidents: bordermap.Incidents, suffix: str, tmp_path: Path
) -> None:
    if suffix == ".xlsx":
        pytest.importorskip("python_calamine")
    again = bordermap.read(bordermap.write(incidents, tmp_path / f"out{suffix}"))
    assert len(again.rejected) == 0
    assert again.frame["date"].tolist() == ["2019-11-30", "2011-03", "2009"]
    assert again.frame["killed"].tolist() == [23, pd.NA, 0]
    assert again.frame["killed"].dtype == "Int64"
    assert again.frame["place"].tolist() == ["Nava", "Ciudad Acuña", "Reynosa"]
    if suffix != ".shp":  # whose names are too short to be known again
        assert again.frame["match"].tolist() == incidents.frame["match"].tolist()
        assert again.frame["radius_m"].tolist() == incidents.frame["radius_m"].tolist()


@pytest.mark.parametrize("suffix", export.SUFFIXES)
def test_an_earlier_file_survives_what_cannot_be_written(
    incidents: bordermap.Incidents, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if suffix == ".xlsx":
        pytest.importorskip("xlsxwriter")
    target = tmp_path / f"out{suffix}"
    bordermap.write(incidents, target)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    fewer = bordermap.Incidents(
        incidents.frame.iloc[:1], incidents.rejected, incidents.source, incidents.credits
    )
    replaced: list[Path] = []
    real = Path.replace

    def fail_on_the_last(self: Path, to: Path) -> Path:
        if suffix != ".shp" or len(replaced) == 2:
            replaced.append(self)
            raise OSError(28, "No space left on device")
        replaced.append(self)
        return real(self, to)

    monkeypatch.setattr(Path, "replace", fail_on_the_last)
    with pytest.raises(bordermap.OutputError, match="No space left"):
        bordermap.write(fewer, target)
    monkeypatch.undo()
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    with pytest.raises(bordermap.OutputError, match="no folder"):
        bordermap.write(fewer, tmp_path / "none" / target.name)


@pytest.mark.parametrize("suffix", export.SUFFIXES)
def test_a_table_without_placed_rows_is_a_file_without_features(
    suffix: str, tmp_path: Path
) -> None:
    if suffix == ".xlsx":
        pytest.importorskip("xlsxwriter")
    written = bordermap.write(b"place,killed,note\n", tmp_path / f"out{suffix}")
    if suffix in (".gpkg", ".parquet", ".shp", ".geojson"):
        back = read_back(written.path)
        assert len(back) == 0
    assert written.path.stat().st_size > 0


def test_a_name_that_says_nothing_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    for name in ("out", "out.doc", "out.xls"):
        with pytest.raises(bordermap.InputError, match=r"written as \*\.csv, .* or \*\."):
            bordermap.write(tmp_path / "nothing.csv", tmp_path / name)
    with pytest.raises(bordermap.InputError, match="no table of incidents"):
        bordermap.write((-100.7, 28.2), tmp_path / "out.csv")


def test_the_command_line_writes_tables(tmp_path: Path) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments])

    target = tmp_path / "out.gpkg"
    done = run("measure", EXAMPLE, "-o", target)
    assert (done.exit_code, done.stdout.strip()) == (0, str(target))
    assert len(gpd.read_file(target)) == 51
    assert "border_km" in gpd.read_file(target)
    assert run("read", EXAMPLE, "-o", tmp_path / "out.csv", "--bom").exit_code == 0
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbfdate")
    shapes = run("read", EXAMPLE, "-o", tmp_path / "out.shp")
    assert "match_reason → match_why" in shapes.stderr
    for wrong, why in (
        (("read", EXAMPLE, "-o", tmp_path / "out.doc"), "a table is written as *.csv"),
        (("read", EXAMPLE, "-o", target, "--json"), "--json is for stdout"),
        (("read", EXAMPLE, "--bom"), "give one with -o"),
        (("read", EXAMPLE, "-o", EXAMPLE), "would overwrite"),
        (("measure", "Reynosa", "-o", target), "-o is for a table"),
        (("measure", "Reynosa", "--round-km", "5"), "is for a table"),
        (("read", EXAMPLE, "--jitter-km", "5"), "needs --seed"),
        (("read", EXAMPLE, "--sensitive", "x"), "goes with --jitter-km or --round-km"),
    ):
        refused = run(*wrong)
        assert refused.exit_code == 2, wrong
        assert why in refused.stderr
    assert run("read", EXAMPLE, "-o", tmp_path / "no" / "out.csv").exit_code == 3
