"""Workbooks that openpyxl and GDAL wrote: types, titles, merged cells, several sheets, bombs."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner

import bordermap
from bordermap.cli import cli

pytest.importorskip("python_calamine")
openpyxl = pytest.importorskip("openpyxl")

ROWS: list[list[Any]] = [
    ["Fecha", "Lugar", "Estado", "Muertos", "Latitud", "Longitud", "nota"],
    [dt.date(2019, 11, 30), "Villa Unión", "Coahuila", 23, None, None, "á"],
    [dt.datetime(2010, 3, 1, 14, 5), "Nava", "Coahuila", "4", "28,42", "-100.77", 1.5],  # noqa: DTZ001
    ["2011-03", "Reynosa", "Tamaulipas", None, None, None, True],
]


def workbook(*sheets: tuple[str, list[list[Any]]], **merged: str) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if title in merged:
            sheet.merge_cells(merged[title])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_cells_are_what_the_sheet_stores() -> None:
    incidents = bordermap.read(workbook(("Hoja1", ROWS)))
    frame = incidents.frame
    assert incidents.notes == ()
    assert frame.index.tolist() == [2, 3, 4]
    assert frame["date"].tolist() == ["2019-11-30", "2010-03-01", "2011-03"]
    assert frame["killed"].tolist() == [23, 4, pd.NA], "a number stored as text is a number"
    assert (frame["lat"].iloc[1], frame["lon"].iloc[1]) == (28.42, -100.77)
    assert frame["match"].tolist() == ["exact", "coordinates", "exact"]
    assert frame["nota"].tolist() == ["á", 1.5, True]


def test_titles_above_and_blank_rows_keep_the_numbers_of_the_sheet() -> None:
    rows = [["Incidentes 2019"], [], ["fuente: prensa"], *ROWS[:2], [], *ROWS[2:]]
    incidents = bordermap.read(workbook(("Hoja1", rows), Hoja1="A1:G1"))
    assert incidents.frame.index.tolist() == [5, 7, 8]
    assert "headings in row 4" in incidents.notes[0]


def test_a_cell_merged_over_rows_stands_for_each_of_them() -> None:
    rows = [["lugar", "estado"], ["Nava", "Coahuila"], ["Allende", None], ["Zaragoza", None]]
    incidents = bordermap.read(workbook(("Hoja1", rows), Hoja1="B2:B4"))
    assert incidents.frame["admin1"].tolist() == ["Coahuila"] * 3
    assert "1 cell merged over several rows" in incidents.notes[0]


def test_which_sheet_is_found_asked_or_said(tmp_path: Path) -> None:
    path = tmp_path / "libro.xlsx"
    path.write_bytes(workbook(("portada", [["Informe"]]), ("datos", ROWS), ("x", [["a", "b"]])))
    incidents = bordermap.read(path)
    assert len(incidents.frame) == 3
    assert "'datos' was read, not 'portada', 'x'" in incidents.notes[0]
    path.write_bytes(workbook(("2019", ROWS), ("2020", ROWS[:2])))
    with pytest.raises(bordermap.TableError, match="'2019', '2020': say which with sheet='2019'"):
        bordermap.read(path)
    assert len(bordermap.read(path, sheet="2020")) == 1
    assert len(bordermap.read(path, sheet=1)) == 3
    done = CliRunner().invoke(cli, ["read", str(path), "--sheet", "2"])
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 2
    with pytest.raises(
        bordermap.TableError, match="no sheet '2021'; its sheets are '2019', '2020'"
    ):
        bordermap.read(path, sheet="2021")
    with pytest.raises(bordermap.InputError, match="is a CSV, which has no sheet"):
        bordermap.read(b"place\nNava\n", sheet="x")


def opendocument(rows: list[list[Any]]) -> bytes:
    """The least that LibreOffice too would open as a sheet."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    body = ""
    for row in rows:
        cells = [
            f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
            if isinstance(cell, int)
            else f'<table:table-cell office:value-type="date" office:date-value="{cell}"/>'
            if isinstance(cell, dt.date)
            else f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p>'
            "</table:table-cell>"
            for cell in row
        ]
        body += f"<table:table-row>{''.join(cells)}</table:table-row>"
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="Hoja">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml", f'<m:manifest xmlns:m="{office}:manifest:1.0"></m:manifest>'
        )
    return buffer.getvalue()


def test_an_opendocument_sheet_is_read_too() -> None:
    rows = [
        ["fecha", "lugar", "estado", "muertos"],
        [dt.date(2019, 11, 30), "Villa Unión", "Coahuila", 23],
        ["2011-03", "Reynosa", "Tamaulipas", 4],
    ]
    frame = bordermap.read(opendocument(rows)).frame
    assert frame["date"].tolist() == ["2019-11-30", "2011-03"]
    assert frame["match_name"].tolist() == ["Villa Unión", "Reynosa"]
    assert frame["killed"].tolist() == [23, 4]
    assert frame.index.tolist() == [2, 3]


def test_what_unpacks_to_too_much_or_is_damaged_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = workbook(("Hoja1", ROWS))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(3_000_000))
    monkeypatch.setenv("BORDERMAP_MAX_BYTES", "1000000")
    assert len(bomb.getvalue()) < 10_000
    with pytest.raises(bordermap.TableError, match="unpacks to more than the limit of 1,000,000"):
        bordermap.read(bomb.getvalue())
    # A member that lies about its size: 100 bytes, says the directory, of three million.
    lying = bomb.getvalue().replace((3_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    with pytest.raises(bordermap.TableError, match=r"damaged|unpacks to more"):
        bordermap.read(lying)
    for cut in (10, len(good) // 2, len(good) - 5):
        with pytest.raises(bordermap.TableError):
            bordermap.read(good[:cut])
    with pytest.raises(bordermap.TableError, match="is empty"):
        bordermap.read(workbook(("Hoja1", [])))
    with pytest.raises(bordermap.TableError, match="'wert'"):
        bordermap.read(workbook(("Hoja1", [["wert"], [3]])))


def test_a_file_that_is_something_else_says_so_in_one_sentence(tmp_path: Path) -> None:
    points = gpd.GeoDataFrame({"a": [1]}, geometry=gpd.points_from_xy([1], [2]), crs=4326)
    points.to_file(tmp_path / "x.gpkg")
    points.to_parquet(tmp_path / "x.parquet")
    contents = {
        "Excel workbook": workbook(("Hoja1", ROWS)),
        "GeoPackage": (tmp_path / "x.gpkg").read_bytes(),
        "Parquet": (tmp_path / "x.parquet").read_bytes(),
        "gzip": b"\x1f\x8b\x08\x00 and so on",
        "PDF": b"%PDF-1.7 and so on",
        "HTML": "\ufeff<!DOCTYPE html><table></table>".encode("utf-16"),
        "JSON": b' {"type": "FeatureCollection", "features": []}',
        "KML": b'<?xml version="1.0"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"></kml>',
        "picture": b"\x89PNG\r\n\x1a\n",
    }
    for what, data in contents.items():
        path = tmp_path / "incidents.csv"
        path.write_bytes(data)
        with pytest.raises(bordermap.TableError, match=what) as caught:
            bordermap.read(path)
        assert str(caught.value).startswith("incidents.csv is no CSV but")
        assert len(str(caught.value).splitlines()) == 1
    path = tmp_path / "incidents.xlsx"
    path.write_bytes(b"place,state\nNava,Coahuila\n")
    with pytest.raises(bordermap.TableError, match=r"no workbook but plain text .*incidents\.csv"):
        bordermap.read(path)
    utf16 = tmp_path / "excel.csv"
    utf16.write_bytes("lugar\testado\nVilla Unión\tCoahuila\n".encode("utf-16"))
    assert bordermap.read(utf16).frame["match_name"].tolist() == ["Villa Unión"]
