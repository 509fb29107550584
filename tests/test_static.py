"""The figure for print: true to scale, readable without colour, the same every time, and safe."""

from __future__ import annotations

import io
import math
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from geographiclib.geodesic import Geodesic

pytest.importorskip("matplotlib")

from bordermap import scene, static
from bordermap._static import projection, signs
from bordermap.errors import InputError
from bordermap.maps import BorderMap
from bordermap.words import Words

ROOT = Path(__file__).parents[1]
MM = 25.4
CITIES = {
    "Tijuana": (-117.04, 32.53),
    "Ciudad Juárez": (-106.49, 31.74),
    "Monterrey": (-100.31, 25.67),
    "Reynosa": (-98.29, 26.09),
    "Culiacán": (-107.39, 24.80),
    "Hermosillo": (-110.96, 29.09),
}


def geodesic(a, b) -> float:
    """Metres between two (lon, lat), by GeographicLib."""
    return Geodesic.WGS84.Inverse(a[1], a[0], b[1], b[0])["s12"]


def table(points, **columns) -> pd.DataFrame:
    lon, lat = zip(*points, strict=True)
    return pd.DataFrame({"lon": lon, "lat": lat, **columns})


@pytest.fixture(scope="module")
def build(measured, us_mexico):
    def make(frame, *, rejected=None, border=us_mexico, **options):
        return scene.build(measured(frame, rejected, border), border, **options)

    return make


@pytest.fixture(scope="module")
def north(build):
    """Incidents of every size and class along the border."""
    random = np.random.default_rng(7)
    n = 160
    near = random.integers(0, len(CITIES), n)
    points = np.array(list(CITIES.values()))[near] + random.normal(0, 0.5, (n, 2))
    frame = table(
        points,
        killed=random.poisson(3, n),
        date=[f"20{10 + i % 12}-05-17" for i in range(n)],
        category=random.choice(["gun battle", "massacre", "killing", "kidnapping"], n),
    )
    refused = pd.DataFrame({"row": [9, 12], "column": ["place"] * 2, "reason": ["?", "?"]})
    return build(frame, rejected=refused, title="Along the border", made=date(2025, 3, 1))


@pytest.fixture(scope="module", params=[84.0, 174.0])
def drawn(request, north):
    figure = static.figure(north, width_mm=request.param)
    figure.canvas.draw()
    return figure


def axes_of(figure, gid):
    return next(axes for axes in figure.axes if axes.get_gid() == gid)


def found(figure, gid):
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def extent(artist):
    """Left, bottom, right, top of the ink of a text, millimetres of paper."""
    from matplotlib.textpath import TextPath

    box = artist.get_window_extent()
    dpi = artist.figure.dpi
    ink = TextPath((0, 0), artist.get_text(), prop=artist.get_fontproperties()).get_extents()
    height = ink.height / 72 * MM
    middle = (box.y0 + box.y1) / 2 / dpi * MM
    return box.x0 / dpi * MM, middle - height / 2, box.x1 / dpi * MM, middle + height / 2


# --- size ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [84.0, 174.0, 100.0])
def test_a_picture_has_300_dots_per_inch_of_its_final_width(north, width):
    from PIL import Image

    picture = Image.open(io.BytesIO(static.render(north, "png", width_mm=width)))
    assert abs(picture.width - width / MM * 300) <= 1
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_letters_and_lines_are_large_enough_for_print(drawn):
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    sizes = [text.get_size() for text in drawn.findobj(Text) if text.get_text()]
    assert min(sizes) >= 6
    lines = [
        w for each in drawn.findobj(LineCollection) for w in np.atleast_1d(each.get_linewidth())
    ]
    lines += [
        line.get_linewidth() for line in drawn.findobj(Line2D) if line.get_linestyle() != "None"
    ]
    assert min(lines) >= 0.3


def test_all_words_stand_on_the_paper(drawn):
    from matplotlib.text import Text

    width, height = (inches * MM for inches in drawn.get_size_inches())
    for text in drawn.findobj(Text):
        if text.get_text():
            left, bottom, right, top = extent(text)
            assert left >= 0, text
            assert bottom >= 0, text
            assert right <= width, text
            assert top <= height, text


@pytest.mark.parametrize("width", [0.0, 59.0, 401.0, math.nan, math.inf])
def test_a_width_that_no_page_has_is_refused(north, width):
    with pytest.raises(InputError, match="84 for a column, 174 for a page"):
        static.render(north, "png", width_mm=width)


# --- truth ---------------------------------------------------------------------------------------


def signs_on_paper(figure):
    (drawn,) = found(axes_of(figure, "map"), "signs")
    return np.asarray(drawn.get_offsets())[::2]


def bar(figure, unit):
    """What the scale bar says: metres for a millimetre of paper, and the words beneath it."""
    line = found(figure, f"scale-{unit}")[0]
    width = np.ptp(line.get_xdata())
    labels = [text.get_text() for text in found(figure, "scale-label")]
    label = next(text for text in labels if text.endswith(unit))
    length = float(label.removesuffix(unit).replace(",", "").strip())
    return length * {"km": 1000.0, "mi": 1609.344}[unit] / width


@pytest.mark.parametrize("unit", ["km", "mi"])
@pytest.mark.parametrize(
    ("middle", "span"), [((-106.0, 28.0), 1.0), ((-104.0, 24.0), 9.0), ((-110.0, 62.0), 12.0)]
)
def test_the_scale_bar_is_true_on_the_ellipsoid_at_the_middle(build, middle, span, unit):
    x, y = middle
    corners = [(x + a * span, y + b * span / 2) for a in (-1, 1) for b in (-1, 1)]
    incidents = build(table(corners))
    figure = static.figure(incidents)
    sheet = static._sheet(incidents, 167.4)
    x, y = sheet.centre
    step = 0.2 * span / 9
    for dx, dy in ((step, 0), (0, step), (step, step)):
        ends = [(x - dx, y - dy), (x + dx, y + dy)]
        p, q = sheet.place(*np.array(ends).T)
        assert math.dist(p, q) * bar(figure, unit) == pytest.approx(geodesic(*ends), rel=0.003)
    # The sheet is the one that is drawn on.
    on_paper = sorted(map(tuple, signs_on_paper(figure)))
    assert np.array(on_paper) == pytest.approx(
        np.array(sorted(map(tuple, sheet.place(*np.array(corners).T))))
    )


def test_what_the_bar_says_of_the_rest_of_the_map_holds(build):
    """Lengths all over the sheet, read with the bar, are wrong by no more than the words say."""
    incidents = build(table([(-118.0, 15.0), (-88.0, 34.0)]))
    figure = static.figure(incidents)
    told = " ".join(text.get_text() for text in found(figure, "legend"))
    percent = float(re.search(r"elsewhere within ([\d.]+)%", told)[1])
    metres = bar(figure, "km")
    sheet = static._sheet(incidents, 167.4)
    worst = 0.0
    for x in np.linspace(1, sheet.width - 1, 12):
        for y in np.linspace(1, sheet.height - 1, 12):
            for dx, dy in ((0.5, 0), (0, 0.5), (0.35, 0.35)):
                a, b = sheet.where(np.array([[x, y], [x + dx, y + dy]]))
                true = geodesic(a, b)
                worst = max(worst, abs(math.hypot(dx, dy) * metres / true - 1) * 100)
    assert worst <= percent
    assert worst >= percent * 0.5, "the words tell of more than there is"


def test_the_sheet_takes_a_point_there_and_back():
    sheet = projection.Sheet.around(
        projection.choose(np.array([170.0, -150.0]), np.array([50.0, 66.0])),
        np.array([170.0, -150.0]),
        np.array([50.0, 66.0]),
        170.0,
    )
    there = sheet.place([175.0, -160.0], [52.0, 60.0])
    back = sheet.where(there)
    assert (back[:, 0] + 180) % 360 - 180 == pytest.approx([175.0, -160.0])
    assert back[:, 1] == pytest.approx([52.0, 60.0])


@pytest.mark.parametrize(
    ("lon", "lat", "kind"),
    [
        ((-117.0, -97.0), (25.0, 33.0), "lcc"),
        ((172.0, -135.0), (51.0, 66.0), "lcc"),
        ((-80.0, -60.0), (-8.0, 9.0), "laea"),
        ((-120.0, 60.0), (80.0, 89.0), "eqearth"),
        ((-120.0, -60.0), (72.0, 83.0), "laea"),
        ((-120.0, 20.0, 150.0), (30.0, -30.0, 60.0), "eqearth"),
    ],
)
def test_the_projection_suits_what_is_shown(lon, lat, kind):
    assert projection.choose(np.array(lon), np.array(lat)).kind == kind


def test_lambert_is_conformal_and_the_others_keep_areas():
    """By geodesics about a point off the middle: GeographicLib tells, not PROJ's own factors."""
    for kind in ("lcc", "laea", "eqearth"):
        parallels = (26.0, 31.0) if kind == "lcc" else None
        chosen = projection.Projection(kind, -105.0, 0.0 if kind == "eqearth" else 28.0, parallels)
        at = (-95.0, 33.0)
        ends = [at]
        for azimuth in (0, 90):
            end = Geodesic.WGS84.Direct(at[1], at[0], azimuth, 1000.0)
            ends.append((end["lon2"], end["lat2"]))
        origin, north, east = chosen.forward(*np.array(ends).T)
        up, right = north - origin, east - origin
        if kind == "lcc":
            assert np.hypot(*up) == pytest.approx(np.hypot(*right), rel=1e-3)
            assert np.dot(up, right) == pytest.approx(0, abs=2e3)
        else:
            assert abs(up[0] * right[1] - up[1] * right[0]) == pytest.approx(1e6, rel=2e-3)


def test_distances_from_one_place_are_true():
    import bordermap

    drawn = bordermap.draw((-100.73, 28.22))
    sheet = static._sheet(drawn.scene, 170.0)
    assert sheet.projection.kind == "aeqd"
    for other in CITIES.values():
        here, there = sheet.place(*np.array([(-100.73, 28.22), other]).T)
        assert math.dist(here, there) * sheet.scale == pytest.approx(
            geodesic((-100.73, 28.22), other), abs=1.0
        )


def test_the_graticule_is_labelled_where_its_lines_leave(drawn, north):
    sheet = static._sheet(north, drawn.get_size_inches()[0] * MM - 6.6)
    labels = found(axes_of(drawn, "map"), "degrees")
    assert len(labels) >= 4
    for label in labels:
        x, y = label.get_position()
        degrees = float(label.get_text().split("°")[0])
        if label.get_text().endswith("W"):
            assert sheet.where(np.array([[x, 0.0]]))[0, 0] == pytest.approx(-degrees, abs=1e-3)
        else:
            assert sheet.where(np.array([[0.0, y]]))[0, 1] == pytest.approx(degrees, abs=1e-3)


def test_the_border_is_where_it_is(drawn, north, us_mexico):
    """Points of the border lie on the line that is drawn, within half its width."""
    import shapely

    sheet = static._sheet(north, drawn.get_size_inches()[0] * MM - 6.6)
    (line,) = found(axes_of(drawn, "map"), "border")
    on_paper = shapely.union_all([shapely.linestrings(one) for one in line.get_segments()])
    points = shapely.points(sheet.place(*shapely.get_coordinates(us_mexico.lines)[::50].T))
    assert shapely.distance(on_paper, points).max() < 0.2


def test_the_inset_has_the_outline_of_the_map(north):
    figure = static.figure(north)
    (outline,) = found(axes_of(figure, "inset"), "frame")
    ring = outline.get_path().vertices
    assert 3 < np.ptp(ring[:, 0]) < 15


def test_across_the_antimeridian_all_incidents_lie_side_by_side(build):
    from bordermap import borders

    frame = table([(172.9, 52.9), (-176.6, 51.9), (-165.4, 64.5), (-149.9, 61.2)])
    incidents = build(frame, border=borders.load("us-canada"))
    figure = static.figure(incidents)
    on_map = axes_of(figure, "map")
    at = signs_on_paper(figure)
    assert len(at) == 4
    assert ((at > 0) & (at < [on_map.get_xlim()[1], on_map.get_ylim()[1]])).all()
    sheet = static._sheet(incidents, 167.4)
    assert sheet.window[2] - sheet.window[0] < 90


# --- what is told --------------------------------------------------------------------------------


def test_classes_count_every_incident_once(north):
    classes = signs.classify(north, Words("en", "figure"))
    counts = pd.Series(signs.texts(north.column("category"))).value_counts()
    assert {each.name: each.count for each in classes.each} == counts.to_dict()
    assert [each.colour for each in classes.each] == list(signs.COLOURS[: len(counts)])


@pytest.mark.parametrize("n", [3, 1000])
def test_signs_keep_the_sum_and_their_areas_are_true(build, n):
    random = np.random.default_rng(n)
    points = np.array([-103.0, 26.0]) + random.normal(0, 2, (n, 2))
    killed = random.integers(0, 40, n)
    incidents = build(table(points, killed=killed))
    sheet = static._sheet(incidents, 160.0)
    words = Words("en", "figure")
    found_signs = static._plan(incidents, 160.0, words, wide=True).signs
    assert found_signs.value.sum() == killed.sum()
    assert found_signs.count.sum() == n
    large = found_signs.radius > found_signs.least * 1.3
    ratio = found_signs.radius[large] ** 2 / found_signs.value[large]
    assert ratio == pytest.approx(ratio[0])
    assert sheet.width == 160.0


def test_shapes_have_the_area_of_the_circle_they_stand_for():
    from matplotlib.path import Path as Outline

    from bordermap._static.panel import sign_paths

    shapes = ("o", *signs.SHAPES, signs.OTHER[1], signs.NO_CATEGORY[1])
    for shape, path in zip(shapes, sign_paths(shapes), strict=True):
        polygon = Outline(path.vertices, path.codes).to_polygons(closed_only=True)[0]
        x, y = polygon.T
        area = abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2
        assert area == pytest.approx(math.pi, rel=0.02), shape


def test_classes_can_be_told_apart_in_grey(build):
    """Two classes differ in shape, or by more in lightness than print loses."""
    many = build(
        table([(-100 - i / 9, 26) for i in range(30)], category=[f"c{i % 12}" for i in range(30)])
    )
    by_distance = build(table([(-100.0, 20 + i / 3) for i in range(30)]))
    by_year = build(
        table([(-100.0, 20 + i / 3) for i in range(30)], date=[f"20{i:02}" for i in range(30)]),
        color="date",
    )
    bands = build(table([(-100.0, 20 + i / 3) for i in range(30)]), bands=range(50, 450, 50))
    for incidents in (many, by_distance, by_year, bands):
        each = signs.classify(incidents, Words("en", "figure")).each
        assert len(each) > 3
        for i, a in enumerate(each):
            for b in each[:i]:
                apart = abs(signs.lightness(a.colour) - signs.lightness(b.colour))
                assert a.shape != b.shape or apart >= 12, (a, b)


def test_lightness_is_cies():
    """Values of CIE 1976 L* as published for sRGB primaries."""
    for colour, value in (("#ff0000", 53.24), ("#00ff00", 87.74), ("#0000ff", 32.30)):
        assert signs.lightness(colour) == pytest.approx(value, abs=0.02)


def test_no_name_stands_on_another_on_the_border_or_on_an_incident(drawn):
    on_map = axes_of(drawn, "map")
    names = [
        artist
        for gid in ("town", "region", "band-label", "distance", "subject")
        for artist in found(on_map, gid)
    ]
    assert len([artist for artist in names if artist.get_gid() == "town"]) >= 5
    boxes = [extent(artist) for artist in names]
    for i, (left, bottom, right, top) in enumerate(boxes):
        for other in boxes[:i]:
            apart = left >= other[2] or right <= other[0] or bottom >= other[3] or top <= other[1]
            assert apart, (names[i].get_text(), other)
    corner = on_map.get_position()
    width, height = drawn.get_size_inches() * MM
    shift = np.array([corner.x0 * width, corner.y0 * height])
    (line,) = found(on_map, "border")
    for segment in line.get_segments():
        dense = np.column_stack(
            [
                np.interp(np.linspace(0, len(segment) - 1, 4000), range(len(segment)), c)
                for c in segment.T
            ]
        )
        for box, name in zip(boxes, names, strict=True):
            x, y = (dense + shift).T
            inside = (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])
            assert not inside.any(), name.get_text()
    (collection,) = found(on_map, "signs")
    radius = np.sqrt(collection.get_sizes()[::2]) / 72 * MM
    for (x, y), r in zip(signs_on_paper(drawn) + shift, radius, strict=True):
        for box, name in zip(boxes, names, strict=True):
            dx = max(box[0] - x, 0, x - box[2])
            dy = max(box[1] - y, 0, y - box[3])
            assert math.hypot(dx, dy) >= r * 0.9, name.get_text()


def test_what_was_done_to_protect_places_is_said(measured, us_mexico):
    import bordermap
    from bordermap.protection import protect

    rounded = protect(measured(table([(-100.73, 28.22), (-99.5, 27.5)])), bordermap.Rounding(10))
    (note,) = rounded.notes
    figure = static.figure(scene.build(rounded, us_mexico), width_mm=84)
    told = " ".join(text.get_text() for text in found(figure, "credits"))
    assert note in told


@pytest.fixture(scope="module")
def pdf(north, tmp_path_factory):
    path = tmp_path_factory.mktemp("figure") / "map.pdf"
    return BorderMap(scene=north, measured=None).to_pdf(path, width_mm=84)


def tool(name, *arguments):
    if shutil.which(name) is None:
        pytest.skip(f"{name} of poppler is not installed")
    return subprocess.run([name, *arguments], check=True, capture_output=True, text=True).stdout


def test_a_pdf_holds_its_words_and_figures_as_text(pdf, north):
    text = " ".join(tool("pdftotext", "-layout", str(pdf), "-").split())
    killed = int(np.nansum(signs.numbers(north, "killed")))
    for told in (
        "Along the border",
        "160 incidents",
        f"{killed} killed",
        "2010–2021",
        "Ciudad Juárez",
        "2 incidents could not be placed and are missing from the map.",
        "OpenStreetMap",
        "Lambert conformal conic",
        "Made on March 1, 2025.",
    ):
        assert told in text, told


def test_a_pdf_has_all_its_fonts_in_it(pdf):
    fonts = tool("pdffonts", str(pdf)).splitlines()[2:]
    assert fonts
    for font in fonts:
        assert re.search(r"TrueType\s+\S+\s+yes yes yes", font), font


def test_a_pdf_is_as_wide_as_the_column_and_has_its_title(pdf):
    told = tool("pdfinfo", str(pdf))
    width = float(re.search(r"Page size:\s+([\d.]+)", told)[1])
    assert width == pytest.approx(84 / MM * 72, abs=0.01)
    assert re.search(r"Title:\s+Along the border", told)
    assert re.search(r"Subject:.*160 incidents", told)


def test_spanish(build):
    incidents = build(table([(-100.73, 28.22)], killed=[2]), lang="es", made=date(2025, 3, 1))
    figure = static.figure(incidents)
    told = " ".join(text.get_text() for text in figure.findobj() if hasattr(text, "get_text"))
    for words in ("1 incidente", "frontera de Estados Unidos", "Hecho el 1 de marzo de 2025", "°O"):
        assert words in told, words
    told = told.replace("incidents.csv", "")
    assert not re.search(r"\b(the|from|killed|incidents)\b", told)


# --- files ---------------------------------------------------------------------------------------


def test_the_same_scene_gives_the_same_bytes_whatever_the_user_has_set(tmp_path):
    """In new processes: other hash seeds, another matplotlibrc, pyplot and its state in use."""
    (tmp_path / "matplotlibrc").write_text(
        "font.size: 31\ntext.usetex: True\nsvg.fonttype: none\nlines.linewidth: 9\n"
        "savefig.bbox: tight\nsavefig.facecolor: red\naxes.facecolor: blue\n",
        encoding="utf-8",
    )
    script = (
        "import sys, hashlib, bordermap\n"
        "from bordermap import static\n"
        "if len(sys.argv) > 1:\n"
        "    import matplotlib; matplotlib.use('agg')\n"
        "    import matplotlib.pyplot as plt; plt.rcParams['font.family'] = 'serif'; plt.figure()\n"
        "scene = bordermap.draw(['Villa Union, Coahuila', 'Tijuana', 'El Paso, TX']).scene\n"
        "for kind in static.FORMATS:\n"
        "    print(hashlib.sha256(static.render(scene, kind)).hexdigest())\n"
        "assert len(sys.argv) > 1 or 'matplotlib.pyplot' not in sys.modules\n"
        "if len(sys.argv) > 1: assert plt.rcParams['font.family'] == ['serif']\n"
    )
    digests = set()
    for seed, arguments in (("1", []), ("2", ["loaded"])):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC{seed}"}
        if arguments:
            environment["MATPLOTLIBRC"] = str(tmp_path / "matplotlibrc")
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            capture_output=True, text=True, env=environment, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout)
    assert len(digests) == 1


def test_hostile_text_is_drawn_as_it_stands(build):
    hostile = "$\\frac{1}{0}$ <script>alert(1)</script> --> {x} \x00 \u202e %s &amp;"
    frame = table([(-100.73, 28.22), (-101, 28)], category=[hostile, "漢字 🙂 " * 400])
    incidents = build(frame, title=hostile)
    figure = static.figure(incidents)
    told = [text.get_text() for text in found(figure, "title")]
    assert "$\\frac{1}{0}$ <script>alert(1)</script> -->" in " ".join(told)
    assert any("$\\frac{1}{0}$" in text.get_text() for text in found(figure, "legend"))
    tree = ET.fromstring(static.render(incidents, "svg"))  # noqa: S314
    for element in tree.iter():
        assert element.tag.rpartition("}")[2] not in {"script", "foreignObject", "a", "iframe"}
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert "href" not in name or value.startswith(("#", "data:image/png"))
    for kind in ("png", "pdf"):
        assert static.render(incidents, kind)


def test_an_svg_tells_what_it_shows(north):
    svg = static.render(north, "svg").decode()
    assert "<!DOCTYPE" not in svg
    tree = ET.fromstring(svg)  # noqa: S314
    names = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(names) == len(set(names))
    space = "{http://www.w3.org/2000/svg}"
    assert tree.get("role") == "img"
    named = {
        tree.find(space + name).get("id"): tree.find(space + name).text
        for name in ("title", "desc")
    }
    assert tree.get("aria-labelledby").split() == list(named)
    title, told = named.values()
    assert title == "Along the border"
    assert "160 incidents" in told


def test_a_picture_tells_what_it_shows(north):
    from PIL import Image

    picture = Image.open(io.BytesIO(static.render(north, "png", width_mm=84)))
    picture.load()
    assert picture.text["Title"] == "Along the border"
    assert "160 incidents" in picture.text["Description"]


def test_thirty_thousand_incidents_stay_a_small_file(build):
    random = np.random.default_rng(3)
    n = 30_000
    points = np.array([-103.0, 25.0]) + random.normal(0, 4, (n, 2))
    frame = table(
        points, killed=random.poisson(1, n), category=random.choice(list("abcdefghij"), n)
    )
    incidents = build(frame)
    for kind in ("svg", "pdf"):
        assert len(static.render(incidents, kind)) < 6_000_000, kind
    assert static._plan(incidents, 160.0, Words("en", "figure"), wide=True).signs.count.sum() == n


def test_a_border_of_ones_own_far_from_america(build):
    import shapely

    from bordermap.borders import Border

    line = shapely.LineString([(6.0, 49.5), (8.0, 49.0), (7.6, 47.6)])
    own = Border.from_geometry(line, crs=4326, label="the Rhine front")
    incidents = build(table([(7.75, 48.58), (6.18, 48.69)], killed=[1, 0]), border=own)
    figure = static.figure(incidents, width_mm=84)
    told = " ".join(text.get_text() for text in found(figure, "summary"))
    assert "the Rhine front" in told
    assert axes_of(figure, "inset") is not None


def test_a_map_of_the_whole_world_needs_no_inset(build):
    incidents = build(table([(-120, 45), (20, -30), (150, -35), (30, 60)]))
    figure = static.figure(incidents)
    assert not [axes for axes in figure.axes if axes.get_gid() == "inset"]
    assert len(signs_on_paper(figure)) == 4


def test_a_border_alone(us_mexico):
    figure = static.figure(scene.build(None, us_mexico))
    assert found(axes_of(figure, "map"), "border")


def test_names_of_files_decide_and_a_wrong_one_writes_nothing(north, tmp_path):
    made = BorderMap(scene=north, measured=None)
    assert made.save(tmp_path / "a.SVG").read_bytes().startswith(b"<?xml")
    assert made.to_png(tmp_path / "a.png", width_mm=84).read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match=r"as \*\.png$"):
        made.to_png(tmp_path / "a.pdf")
    with pytest.raises(InputError, match=r"\*\.html, .*\*\.png.* or \*\.pdf$"):
        made.save(tmp_path / "a.gif")
    before = (tmp_path / "a.png").read_bytes()
    with pytest.raises(InputError):
        made.to_png(tmp_path / "a.png", width_mm=1)
    assert (tmp_path / "a.png").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.SVG", "a.png"]


# --- the command ---------------------------------------------------------------------------------


def command(*arguments, code="from bordermap.cli import main; main()"):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )


def test_the_command_draws_a_figure(tmp_path):
    path = tmp_path / "map.png"
    done = command("draw", "Villa Union, Coahuila", "-o", str(path), "--width", "84")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(path)
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-o", "map.png", "--width", "5"], "84 for a column"),
        (["-o", "map.html", "--width", "84"], "--width is for a figure"),
        (["-o", "map.bmp"], "a map is written as *.html, *.htm, *.png, *.svg or *.pdf"),
    ],
)
def test_the_command_refuses_what_no_figure_can_be(arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command("draw", "Villa Union, Coahuila", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_without_matplotlib_one_sentence_says_what_to_install(tmp_path):
    code = (
        "import sys\n"
        "class No:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'matplotlib':\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, No())\n"
        "from bordermap.cli import main; main()\n"
    )
    path = tmp_path / "map.pdf"
    done = command("draw", "Villa Union, Coahuila", "-o", str(path), code=code)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert 'pip install "bordermap[static]"' in done.stderr
    assert not path.exists()


def test_the_package_does_not_load_matplotlib():
    done = command(
        code="import sys, bordermap; bordermap.draw('Tijuana').to_html();"
        "assert not [name for name in sys.modules if name.startswith('matplotlib')]"
    )
    assert done.returncode == 0, done.stderr
