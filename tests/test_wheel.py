"""The wheel, as a user installs it: complete, small, and working from an empty folder."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # hatchling is among the test tools, so that no isolated build environment is downloaded.
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"),
            *("--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)),
        ],
        check=True,
    )
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_stays_under_25_megabytes(wheel: Path) -> None:
    assert wheel.stat().st_size < 25_000_000


def test_the_wheel_holds_every_file_of_the_manifest_and_no_build_script(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {
            name.removeprefix("bordermap/shapefiles/")
            for name in archive.namelist()
            if name.startswith("bordermap/shapefiles/")
        }
        manifest = json.loads(archive.read("bordermap/shapefiles/manifest.json"))
        assert names == {*manifest["files"], "manifest.json", "README.md"}
        for name, record in manifest["files"].items():
            data = archive.read(f"bordermap/shapefiles/{name}")
            assert hashlib.sha256(data).hexdigest() == record["sha256"], name
        packages = {name.split("/")[0] for name in archive.namelist()}
    assert packages == {"bordermap", "bordermap-0.1.0.dist-info"}


def test_the_installed_package_works_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"),
            *("--no-deps", "--no-index", "--target", str(target), str(wheel)),
        ],
        check=True,
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("BORDERMAP_")
    }
    environment["PYTHONPATH"] = str(target)
    run = subprocess.run(
        [sys.executable, "-m", "bordermap", "measure", "Villa Union, Coahuila"],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("Villa Unión, Coahuila, is 4")
    assert not list(empty.iterdir())
    where = subprocess.run(
        [sys.executable, "-c", "from bordermap import _data; print(_data.root())"],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()) == target / "bordermap" / "shapefiles"
