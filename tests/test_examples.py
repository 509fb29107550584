"""The example table is sound, every place in it is found, and each script does what it promises."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import html
import json
import os
import re
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

import bordermap

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
TABLE = EXAMPLES / "incidents.csv"
COLUMNS = [
    "date",
    "title",
    "place",
    "state",
    "country",
    "category",
    "killed",
    "injured",
    "description",
    "source",
    "url",
]

# Where each town is, (lon, lat) to a tenth of a degree, as an atlas has it: the right Galeana, the
# right Progreso and the right Rio Bravo among their namesakes.
ATLAS = {
    ("Allende", "Coahuila"): (-100.85, 28.34),
    ("Apodaca", "Nuevo León"): (-100.19, 25.78),
    ("Arivaca", "Arizona"): (-111.33, 31.57),
    ("Ascensión", "Chihuahua"): (-108.00, 31.09),
    ("Bavispe", "Sonora"): (-108.94, 30.48),
    ("Caborca", "Sonora"): (-112.16, 30.72),
    ("Cadereyta Jiménez", "Nuevo León"): (-100.00, 25.59),
    ("Camargo", "Tamaulipas"): (-98.83, 26.31),
    ("Campo", "California"): (-116.47, 32.61),
    ("Ciudad Acuña", "Coahuila"): (-100.95, 29.32),
    ("Ciudad Juárez", "Chihuahua"): (-106.46, 31.72),
    ("Ciudad Mier", "Tamaulipas"): (-99.15, 26.43),
    ("Coyame del Sotol", "Chihuahua"): (-105.09, 29.46),
    ("Deming", "New Mexico"): (-107.76, 32.27),
    ("Douglas", "Arizona"): (-109.55, 31.34),
    ("El Paso", "Texas"): (-106.49, 31.76),
    ("Ensenada", "Baja California"): (-116.60, 31.87),
    ("Galeana", "Chihuahua"): (-107.63, 30.12),
    ("La Joya", "Texas"): (-98.48, 26.25),
    ("Laredo", "Texas"): (-99.51, 27.51),
    ("Matamoros", "Tamaulipas"): (-97.50, 25.88),
    ("McAllen", "Texas"): (-98.23, 26.20),
    ("Mexicali", "Baja California"): (-115.47, 32.63),
    ("Monterrey", "Nuevo León"): (-100.32, 25.67),
    ("Nogales", "Sonora"): (-110.94, 31.31),
    ("Nueva Ciudad Guerrero", "Tamaulipas"): (-99.23, 26.56),
    ("Nuevo Laredo", "Tamaulipas"): (-99.52, 27.48),
    ("Ojinaga", "Chihuahua"): (-104.41, 29.56),
    ("Piedras Negras", "Coahuila"): (-100.52, 28.70),
    ("Progreso", "Coahuila"): (-100.99, 27.43),
    ("Puerto Peñasco", "Sonora"): (-113.54, 31.32),
    ("Reynosa", "Tamaulipas"): (-98.28, 26.08),
    ("Rio Bravo", "Texas"): (-99.48, 27.36),
    ("Rio Rico", "Arizona"): (-110.98, 31.47),
    ("San Fernando", "Tamaulipas"): (-98.15, 24.85),
    ("San Luis Río Colorado", "Sonora"): (-114.77, 32.46),
    ("San Vicente, Ensenada", "Baja California"): (-116.25, 31.33),
    ("Sierra Blanca", "Texas"): (-105.36, 31.17),
    ("Tijuana", "Baja California"): (-117.02, 32.52),
    ("Tubutama", "Sonora"): (-111.46, 30.88),
    ("Uvalde", "Texas"): (-99.79, 29.21),
    ("Villa Unión", "Coahuila"): (-100.73, 28.22),
}

# Computed without bordermap: GeoNames' coordinates to a line of points every 200 m along the shared
# edge of the two countries in OpenStreetMap, with PROJ's inverse geodesic; kilometres.
TEN_TOWNS = {
    "Ensenada, Baja California": (78.0, "south"),
    "Hermosillo, Sonora": (248.8, "south"),
    "Tucson, Arizona": (97.2, "north"),
    "Nuevo Casas Grandes, Chihuahua": (105.6, "south"),
    "Las Cruces, New Mexico": (58.6, "north"),
    "Villa Unión, Coahuila": (41.8, "south-west"),
    "Uvalde, Texas": (85.4, "north-east"),
    "San Antonio, Texas": (206.6, "north-east"),
    "Monterrey, Nuevo León": (146.0, "south-west"),
    "San Fernando, Tamaulipas": (131.3, "south-west"),
}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.fixture(scope="module")
def measured() -> bordermap.Incidents:
    return bordermap.measure(bordermap.read(TABLE))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run an example in an empty folder, in a Python that can open no connection."""
    guard = tmp_path_factory.mktemp("guard")
    (guard / "sitecustomize.py").write_text(
        "import socket\n"
        "def refuse(*args, **kwargs):\n"
        "    raise RuntimeError('an example tried to reach the network')\n"
        "socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse\n"
    )
    path = os.pathsep.join([str(guard), str(ROOT)])
    env = {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}

    def run(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *args],
            cwd=cwd,
            env=env,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    knock = "import socket; socket.create_connection(('127.0.0.1', 9))"
    refused = run("-c", knock, cwd=guard)
    assert "tried to reach the network" in refused.stderr, "the guard itself must hold"
    return run


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text of every script and template, by its type."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[str | None, str]] = []
        self._inside = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = tag in ("script", "template")
        if self._inside:
            self.scripts.append((dict(attrs).get("type") if tag == "script" else tag, ""))

    def handle_endtag(self, _tag):
        self._inside = False

    def handle_data(self, data):
        if self._inside:
            kind, text = self.scripts[-1]
            self.scripts[-1] = (kind, text + data)

    def loads(self) -> list[str]:
        """What the page would fetch from elsewhere by itself (links a reader clicks are free)."""
        found = []
        for tag, attrs in self.tags:
            for name in ("src", "href", "data", "poster", "srcset", "action"):
                value = attrs.get(name) or ""
                if tag != "a" and re.match(r"(https?:)?//", value):
                    found.append(f"<{tag} {name}={value}>")
        return found

    def data(self) -> str:
        """What the page carries as data: its JSON, and all that is deflated, one after another."""
        found = []
        for kind, text in self.scripts:
            if kind == "application/json":
                found.append(json.dumps(json.loads(text), ensure_ascii=False))
            elif kind == "template":
                data, at = base64.b64decode(text, validate=True), 0
                while at < len(data):
                    section = zlib.decompressobj(-15)
                    found.append(section.decompress(data[at:]).decode("utf-8", "replace"))
                    at = len(data) - len(section.unused_data)
                    at += -at % 3  # a section begins where a character of base64 does
        return "\n".join(found)

    def counts(self) -> tuple[int, int]:
        """Incidents shown, and rows listed as not placed."""
        (meta,) = [json.loads(text) for kind, text in self.scripts if kind == "application/json"]
        return meta["n"], meta["rejected_count"]


# --- the table ------------------------------------------------------------------------------------


def test_the_file_is_plain_csv():
    raw = TABLE.read_bytes()
    text = raw.decode("utf-8")
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert "\r" not in text
    assert text.endswith("\n")
    table = list(csv.reader(text.splitlines(keepends=True), strict=True))
    assert table[0] == COLUMNS
    assert {len(row) for row in table} == {len(COLUMNS)}
    assert len(table) - 1 >= 30


def test_no_coordinates(rows):
    for row in rows:
        for name, value in row.items():
            if name != "url":
                assert not re.search(r"-?\d{1,3}\.\d{2,}", value), (name, value)


def test_dates(rows):
    for row in rows:
        text = row["date"]
        assert re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text), text
        day = dt.date.fromisoformat(text if len(text) == 10 else f"{text}-01")
        assert dt.date(2009, 1, 1) <= day <= dt.datetime.now(dt.UTC).date()
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)


def test_every_row_is_whole(rows):
    seen = set()
    for row in rows:
        key = (row["date"], row["place"], row["title"])
        assert key not in seen
        seen.add(key)
        for name in ("title", "place", "state", "country", "category", "description", "source"):
            assert row[name].strip() == row[name] != "", (key, name)
        for name in ("killed", "injured"):
            assert re.fullmatch(r"\d*", row[name]), (key, name)
        assert row["country"] in {"Mexico", "United States"}
        assert row["description"].endswith(".")
        assert not re.search(r"[a-z]{2}\. ", row["description"]), "one sentence"
        assert re.search(r"\b(19|20)\d\d\b|Wikipedia", row["source"]), row["source"]
        assert re.fullmatch(r"(https?://[^\s]+)?", row["url"])


def test_villa_union_is_among_them(rows):
    (row,) = [row for row in rows if row["place"] == "Villa Unión"]
    assert (row["date"], row["state"], row["killed"]) == ("2019-11-30", "Coahuila", "21")


def test_readme_counts_what_is_there(rows):
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert f"{len(rows)} violent incidents" in readme
    assert f"one of {len({row['category'] for row in rows})} plain words" in readme
    for script in EXAMPLES.glob("*.py"):
        assert script.name in readme


def test_every_place_is_found_where_the_atlas_has_it(rows, measured):
    assert measured.rejected.empty, measured.rejected[["row", "reason"]].to_string()
    assert len(measured.frame) == len(rows)
    assert {(row["place"], row["state"]) for row in rows} == set(ATLAS)
    for row, point in zip(rows, measured.frame.geometry, strict=True):
        lon, lat = ATLAS[row["place"], row["state"]]
        assert abs(point.x - lon) < 0.15, (row["place"], point)
        assert abs(point.y - lat) < 0.15, (row["place"], point)


def test_both_sides_and_the_whole_length(rows, measured):
    for country, least in (("Mexico", 20), ("United States", 10)):
        assert sum(row["country"] == country for row in rows) >= least
    states = {row["state"] for row in rows}
    assert states >= {"Baja California", "Sonora", "Chihuahua", "Coahuila", "Nuevo León"}
    assert states >= {"Tamaulipas", "California", "Arizona", "New Mexico", "Texas"}

    frame = measured.frame
    assert frame["border_km"].max() < 150, "README says how far the table reaches"
    west_to_east = sorted(frame["nearest_lon"])
    assert west_to_east[0] < -116.9
    assert west_to_east[-1] > -97.6
    gaps = [b - a for a, b in pairwise(west_to_east)]
    assert max(gaps) < 4, "degrees of longitude; only the Big Bend country is that empty"


def test_villa_union_is_41_8_km_away(rows, measured):
    index = [row["place"] for row in rows].index("Villa Unión")
    villa_union = measured.frame.iloc[index]
    assert villa_union["border_km"] == pytest.approx(41.8, abs=0.5)
    assert "Coahuila" in villa_union["border_part"]


# --- the scripts ----------------------------------------------------------------------------------


def test_standalone_map(run, rows, tmp_path):
    done = run(str(EXAMPLES / "standalone_map.py"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    path = tmp_path / "map.html"
    assert [item.name for item in tmp_path.iterdir()] == ["map.html"]
    assert done.stdout.splitlines() == [
        str(path.resolve()),
        f"{len(rows)} incidents placed, 0 rejected",
    ]

    page = Elements(path.read_text(encoding="utf-8"))
    assert page.loads() == []
    assert page.counts() == (len(rows), 0)
    data = page.data()
    for row in rows:
        assert json.dumps(row["title"], ensure_ascii=False)[1:-1] in data
        assert json.dumps(row["description"], ensure_ascii=False)[1:-1] in data

    again = run(str(EXAMPLES / "standalone_map.py"), "elsewhere.html", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "elsewhere.html").read_bytes() == path.read_bytes()


def test_ten_towns(run, tmp_path):
    done = run(str(EXAMPLES / "ten_towns.py"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    header, *lines = done.stdout.splitlines()
    assert header.split() == ["town", "km", "±", "mi", "direction", "nearest", "stretch"]
    assert len(lines) == len(TEN_TOWNS) == 10
    for line, (town, (km, direction)) in zip(lines, TEN_TOWNS.items(), strict=True):
        label, rest = line[:32].rstrip(), line[32:].split()
        assert label == town
        # A kilometre for where a town's centre is set; Villa Unión is the one that has a figure.
        close = 0.5 if town.startswith("Villa") else 1.5
        assert float(rest[0]) == pytest.approx(km, abs=close), town
        assert 0 < float(rest[1]) < 50, "uncertainty"
        assert float(rest[2]) == pytest.approx(float(rest[0]) / 1.609344, abs=0.06)
        assert rest[3] == direction, town
        assert rest[4], "the stretch of the border has a name"
    assert "Texas–Coahuila" in next(line for line in lines if line.startswith("Villa Unión"))


def test_map_in_a_report(run, rows, measured, tmp_path):
    done = run(str(EXAMPLES / "embed_in_report.py"), "briefing.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert [item.name for item in tmp_path.iterdir()] == ["briefing.html"]

    text = (tmp_path / "briefing.html").read_text(encoding="utf-8")
    report = Elements(text)
    assert report.loads() == []
    (frame,) = [attrs for tag, attrs in report.tags if tag == "iframe"]
    assert "height:44rem" in (frame["style"] or "")
    inner = Elements(frame["srcdoc"] or "")
    assert inner.loads() == []
    assert inner.counts() == (len(rows), 0)
    data = inner.data()
    for row in rows:
        assert json.dumps(row["title"], ensure_ascii=False)[1:-1] in data

    # The key figures, from the raw table and from distances, not from the script's own arithmetic.
    killed = sum(int(row["killed"] or 0) for row in rows)
    near = sum(km <= 50 for km in measured.frame["border_km"])
    mexican = sum(row["country"] == "Mexico" for row in rows)
    for figure in (len(rows), f"{killed:,}", near, mexican):
        assert f"<dd>{figure}</dd>" in text
    assert "0 rows could not be placed" in text

    cells = re.findall(r'<td class="number">([\d.]+)</td>', text)
    assert [float(cell) for cell in cells] == sorted(float(cell) for cell in cells)
    assert len(cells) == 5
    closest = {rows[i]["title"] for i in measured.frame["border_km"].argsort()[:5]}
    for title in closest:
        assert html.escape(title) in text


def test_examples_refuse_nothing_in_silence(run, tmp_path):
    """A path that cannot be written ends with an error, not with a half-made file."""
    done = run(str(EXAMPLES / "standalone_map.py"), "missing/map.html", cwd=tmp_path)
    assert done.returncode != 0
    assert "OutputError" in done.stderr
    assert list(tmp_path.iterdir()) == []
