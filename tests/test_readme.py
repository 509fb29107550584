"""README and guide say what is so: their code runs, their links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import bordermap

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = sorted((ROOT / "examples" / "guide").glob("*.md"))


def blocks(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


BLOCKS = blocks(README)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a table in it, as README's reader has."""
    shutil.copy(ROOT / "examples" / "incidents.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_first_two_blocks_are_the_two_commands_of_one_line_each() -> None:
    draw, test = BLOCKS[0][1].strip(), BLOCKS[1][1].strip()
    assert "\n" not in draw + test
    assert "draw examples/incidents.csv" in draw
    assert test == "sh tests/run.sh"
    runner = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in runner


@pytest.mark.usefixtures("desk")
def test_every_python_block_runs_and_says_what_it_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names: dict[str, Any] = {}
    for language, code in BLOCKS:
        if language == "python":
            # README's own code, in the order in which it is read.
            exec(code, names)  # noqa: S102
    quoted = re.sub(r"\s+", " ", README.split("> ", 1)[1].split("\n\n")[0].replace("\n> ", " "))
    assert capsys.readouterr().out.strip() == quoted.strip()
    found = names["found"]
    assert f"{found.km:.1f} km, {found.uncertainty_m / 1000:.1f} km" in README
    assert repr(found.part.label) in README
    assert len(names["incidents"].rejected) == 0
    assert names["page"].to_iframe().startswith("<iframe")


def test_the_shared_name_is_ambiguous_as_told() -> None:
    with pytest.raises(bordermap.AmbiguousPlaceError) as caught:
        bordermap.geocode("Villa Union")
    states = {place.admin1 for place in caught.value.candidates}
    assert {"Sinaloa", "Durango", "Coahuila", "Veracruz"} <= states


def run(command: str, desk: Path) -> None:
    """What a reader pastes into a shell."""
    done = subprocess.run(
        ["sh", "-c", command.replace("bordermap ", f"'{sys.executable}' -m bordermap ", 1)],
        cwd=desk,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (command, done.stderr)


def commands(code: str) -> list[str]:
    lines = (line.split("#")[0].strip() for line in code.splitlines())
    return [line for line in lines if line.startswith("bordermap ")]


def test_the_commands_run(desk: Path) -> None:
    found = [line for language, code in BLOCKS if language == "sh" for line in commands(code)]
    assert len(found) >= 6
    for command in found:
        run(command, desk)
    assert (desk / "map.html").stat().st_size > 100_000
    assert (desk / "distances.csv").read_text(encoding="utf-8").count("Villa Unión") >= 1


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.stem)
@pytest.mark.filterwarnings("default::bordermap.accessor.UnplacedWarning")
def test_what_the_guide_shows_runs_in_order(page: Path, desk: Path) -> None:
    text = page.read_text(encoding="utf-8")
    names: dict[str, Any] = {"bordermap": bordermap}
    for language, code in blocks(text):
        if language == "csv":  # the file named in the line above it
            name = re.findall(r"`([\w.]+\.csv)`", text[: text.index(code)])[-1]
            (desk / name).write_text(code, encoding="utf-8")
        elif language == "python":
            exec(code, names)  # noqa: S102
        elif language == "sh":
            for command in commands(code):
                run(command, desk)
    missing = [
        target
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
        if not (page.parent / target).exists()
    ]
    assert missing == []


def test_every_link_and_picture_is_there() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert "examples/map.png" in targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
    count = len((ROOT / "examples" / "incidents.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert f"Map of {count} violent incidents" in README


def test_every_name_of_a_column_in_the_table_is_understood() -> None:
    import pandas as pd

    from bordermap.tables import read_table

    rows = re.findall(r"^\| (`.*?) \| (.*?) \|$", README, flags=re.MULTILINE)
    assert len(rows) >= 8
    for own, others in rows:
        names = re.findall(r"`(\w+)`", own)
        groups = others.split(";") if ";" in others else [others]
        if len(groups) == len(names):
            pairs = [
                (heading, name)
                for name, group in zip(names, groups, strict=True)
                for heading in re.findall(r"`(\w+)`", group)
            ]
        else:
            pairs = [(heading, None) for heading in re.findall(r"`(\w+)`", others)]
        for heading, name in pairs:
            frame = pd.DataFrame({heading: ["1"], "lugar": ["x"]})
            if name == "place":
                frame = frame[[heading]]
            known = set(read_table(frame).frame.columns) & set(names)
            assert known == {name} if name else known, heading
