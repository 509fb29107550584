"""A map in what people write: notebooks, apps, web pages, Word files. The recipes are run as told."""

from __future__ import annotations

import base64
import html
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bordermap

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def page() -> bordermap.BorderMap:
    return bordermap.draw("Villa Union, Coahuila", title="Villa <Unión> & the line")


def attributes(frame: str) -> dict[str, str]:
    tag = re.fullmatch(r'<iframe ((?:[\w-]+="[^"]*" ?)+)></iframe>', frame)
    assert tag
    return {name: html.unescape(text) for name, text in re.findall(r'([\w-]+)="([^"]*)"', tag[1])}


# --- frames ---------------------------------------------------------------------------------------


def test_a_frame_names_the_file_where_no_page_may_be_held(page) -> None:
    named = attributes(page.to_iframe(ratio="16 / 9", src='map.html?a=1&b="2"'))
    assert named["src"] == 'map.html?a=1&b="2"'
    assert "srcdoc" not in named
    assert named["title"] == "Villa <Unión> & the line"
    assert named["style"] == "width:100%;max-width:100%;aspect-ratio:16/9;border:0"
    held = attributes(page.to_iframe(500, width=900))
    assert held["style"] == "width:900px;max-width:100%;height:500px;border:0"
    assert held["srcdoc"] == page.to_html()
    for frame in (named, held):
        assert frame["loading"] == "lazy"
        allowed = frame["sandbox"].split()
        assert "allow-scripts" in allowed
        assert "allow-same-origin" not in allowed


def test_a_frame_without_a_title_is_named_in_the_language_of_its_map() -> None:
    rows = b"place,state\nVilla Union,Coahuila\nTijuana,Baja California\n"
    page = bordermap.draw(bordermap.read(rows), lang="es")
    named = attributes(page.to_iframe(src="map.html"))
    assert named["title"] == "Mapa de 2 incidentes y la frontera de Estados Unidos"


@pytest.mark.parametrize("src", ["javascript:alert(1)", "data:text/html,x", "", "a\nb", " \t"])
def test_an_address_that_is_no_page_is_refused(page, src) -> None:
    with pytest.raises(bordermap.InputError, match="is no address of a page"):
        page.to_iframe(src=src)


@pytest.mark.parametrize("ratio", ["wide", "16/0", "16/9;color:red", "-1/2", "1/2/3"])
def test_a_ratio_that_is_none_is_refused(page, ratio) -> None:
    with pytest.raises(bordermap.InputError, match="is no ratio"):
        page.to_iframe(ratio=ratio)


# --- notebooks ------------------------------------------------------------------------------------


def test_a_notebook_gets_the_page_and_a_picture(page) -> None:
    pytest.importorskip("matplotlib")
    bundle, metadata = page._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "image/png"}
    assert bundle["text/html"] == page.to_iframe()
    assert base64.b64decode(bundle["image/png"]).startswith(PNG)
    assert 600 < metadata["image/png"]["width"] < 700  # 174 mm on a screen


def test_without_matplotlib_a_notebook_gets_the_page_alone() -> None:
    code = (
        "import sys, importlib.machinery as m\n"
        "class No(m.PathFinder):\n"
        "    @classmethod\n"
        "    def find_spec(cls, name, *rest):\n"
        "        return None if name == 'matplotlib' else super().find_spec(name, *rest)\n"
        "sys.meta_path[sys.meta_path.index(m.PathFinder)] = No\n"
        "import bordermap\n"
        "print(sorted(bordermap.draw('Villa Union, Coahuila')._repr_mimebundle_()[0]))\n"
    )
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.stdout.strip() == "['text/html', 'text/plain']", run.stderr


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """The example notebook, executed as Jupyter does."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    for needed in ("nbconvert", "ipykernel", "matplotlib"):
        pytest.importorskip(needed)
    folder = tmp_path_factory.mktemp("notebook")
    shutil.copy(EXAMPLES / "incidents.csv", folder)
    made = nbformat.read(EXAMPLES / "notebook.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in made.cells)  # none is kept in the repository
    client = nbclient.NotebookClient(made, timeout=300, resources={"metadata": {"path": folder}})
    client.execute()
    assert (folder / "briefing.html").is_file()
    return made


# What Jupyter's own libraries warn of is not ours to mend.
jupyter = pytest.mark.filterwarnings("default")


def exported(notebook, kind: str, priority: list[str] | None = None):
    import nbconvert
    from traitlets.config import Config

    config = Config()
    if priority:
        config.NbConvertBase.display_data_priority = priority
    return nbconvert.get_exporter(kind)(config=config).from_notebook_node(notebook)


@jupyter
def test_the_executed_notebook_holds_page_and_picture(notebook) -> None:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output["output_type"] == "error"]
    shown = [output["data"] for output in outputs if "image/png" in output.get("data", {})]
    assert len(shown) == 1
    assert shown[0]["text/html"].startswith("<iframe ")
    assert base64.b64decode(shown[0]["image/png"]).startswith(PNG)


@jupyter
def test_nbconvert_to_html_keeps_the_interactive_map(notebook) -> None:
    text, _ = exported(notebook, "html")
    frames = re.findall(r"<iframe [^>]*srcdoc=", text)
    assert len(frames) == 1
    assert "bordermap-data" in html.unescape(text)


@jupyter
def test_nbconvert_to_markdown_takes_the_picture_when_asked_to(notebook) -> None:
    text, resources = exported(notebook, "markdown", ["image/png", "text/plain"])
    assert "<iframe" not in text
    names = re.findall(r"!\[.*?\]\((.+?\.png)\)", text)
    assert [resources["outputs"][name][:8] for name in names] == [PNG]
    # The recipe in the examples asks for the same.
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert """display_data_priority '["image/png", "text/plain"]'""" in readme


@jupyter
def test_nbconvert_to_latex_takes_the_picture(notebook) -> None:
    import copy

    bare = copy.deepcopy(notebook)
    bare.cells = [cell for cell in bare.cells if cell.cell_type == "code"]  # text needs pandoc
    text, resources = exported(bare, "latex")
    assert re.search(r"\\includegraphics|\\adjustimage", text)
    assert [data[:8] for data in resources["outputs"].values()] == [PNG]
    assert "<iframe" not in text


# --- apps ----------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("default")
def test_the_streamlit_recipe_shows_a_map_and_follows_the_slider() -> None:
    testing = pytest.importorskip("streamlit.testing.v1")
    app = testing.AppTest.from_file(str(EXAMPLES / "streamlit_app.py"), default_timeout=120).run()
    assert not app.exception
    near = int(app.metric[0].value)
    frame = app.get("iframe")[0].proto
    assert frame.srcdoc.startswith("<!DOCTYPE html>")
    assert "Within 50 km" in frame.srcdoc
    app.slider[0].set_value(10).run()
    assert not app.exception
    assert int(app.metric[0].value) < near
    assert "Within 10 km" in app.get("iframe")[0].proto.srcdoc


def test_the_marimo_recipe_shows_a_map() -> None:
    pytest.importorskip("marimo")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import marimo_app\n"
        "outputs, names = marimo_app.app.run()\n"
        "print(outputs[0].text)\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, EXAMPLES]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    assert "<iframe title=" in run.stdout
    assert "bordermap-data" in html.unescape(run.stdout)


# --- documents ------------------------------------------------------------------------------------


def script(name: str, *arguments: str | Path) -> str:
    command = [sys.executable, EXAMPLES / name, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def test_the_word_recipe_puts_a_described_figure_into_a_document(tmp_path) -> None:
    docx = pytest.importorskip("docx")
    pytest.importorskip("matplotlib")
    script("map_in_word.py", tmp_path / "report.docx")
    document = docx.Document(tmp_path / "report.docx")
    (picture,) = document.inline_shapes
    assert picture.width == docx.shared.Mm(150)
    assert "51 incidents" in picture._inline.docPr.get("descr")
    (image,) = [rel.target_part for rel in document.part.rels.values() if "image" in rel.reltype]
    assert image.blob.startswith(PNG)


@pytest.mark.parametrize(("name", "lang"), [("briefing.pdf", "en"), ("informe.docx", "es")])
def test_the_briefing_recipe_says_what_the_briefing_says(tmp_path, name, lang) -> None:
    for needed in ("matplotlib", "typst", "docx", "pypdf"):
        pytest.importorskip(needed)
    said = script("briefing.py", tmp_path / name, lang)
    incidents, killed = re.findall(r"\d+", said.splitlines()[1])
    data = (tmp_path / name).read_bytes()
    if name.endswith(".pdf"):
        import pypdf

        text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
        assert f"{killed} people killed" in re.sub(r"\s+", " ", text)
    else:
        import docx

        text = " ".join(p.text for p in docx.Document(io.BytesIO(data)).paragraphs)
        assert f"{killed} personas muertas" in text
        assert f"{incidents} incidentes" in text
