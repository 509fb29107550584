"""The package as a whole: what it exports, what it loads, its errors, settings, files and data."""

from __future__ import annotations

import ast
import importlib
import json
import os
import pkgutil
import re
import shutil
import stat
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest

import bordermap
from bordermap import _data, _files, errors
from bordermap.config import Settings

PACKAGE = Path(bordermap.__file__).parent
MODULES = sorted(  # the parts of modules too
    module.name.removeprefix("bordermap.")
    for module in pkgutil.walk_packages([str(PACKAGE)], prefix="bordermap.")
    if not module.ispkg
)


# --- exports ------------------------------------------------------------------------------------


def test_all_names_are_there_and_no_others() -> None:
    assert sorted(bordermap.__all__, key=str.swapcase) == sorted(
        set(bordermap.__all__), key=str.swapcase
    )
    for name, home in bordermap._HOMES.items():
        module = importlib.import_module(f"bordermap.{home}" if home else f"bordermap.{name}")
        assert getattr(bordermap, name) is (getattr(module, name) if home else module)
    assert dir(bordermap) == sorted(bordermap.__all__)
    assert set(bordermap._HOMES) | {"__version__"} == set(bordermap.__all__)
    with pytest.raises(AttributeError, match="no attribute 'gecode'"):
        _ = bordermap.gecode


def test_the_lazy_names_are_those_that_type_checkers_see() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.asname or alias.name: (node.module or "").removeprefix("bordermap").removeprefix(".")
        for node in ast.walk(guarded)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == {name: home or "" for name, home in bordermap._HOMES.items()}


@pytest.mark.parametrize("name", [name for name in MODULES if name != "__main__"])
def test_every_module_lists_what_it_makes_public(name: str) -> None:
    """`__all__` holds every public name that the module itself defines, and nothing that is missing."""
    try:
        module = importlib.import_module(f"bordermap.{name}")
    except ModuleNotFoundError as error:
        if str(error.name).startswith("bordermap"):
            raise
        pytest.skip(f"needs the extra library {error.name}")
    listed = set(module.__all__)
    assert listed <= set(vars(module))
    tree = ast.parse(
        PACKAGE.joinpath(*name.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    )
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
    }
    if not name.startswith("_") and name != "cli":  # whose functions are commands, reached by `cli`
        assert defined <= listed


def test_version_and_type_marker() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", bordermap.__version__)
    assert (PACKAGE / "py.typed").is_file()


def _loaded_by(code: str) -> set[str]:
    script = f"{code}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


HEAVY = {"folium", "branca", "geopandas", "pandas", "pyogrio", "fiona", "osgeo"}


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = _loaded_by("import bordermap")
    assert not loaded & (HEAVY | {"numpy", "shapely", "pyproj", "scipy", "click"})
    assert "bordermap.api" not in loaded


def test_help_loads_nothing_heavy() -> None:
    loaded = _loaded_by(
        "import sys; sys.argv = ['bordermap', '--help']\n"
        "from bordermap.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )
    assert "click" in loaded
    assert not loaded & (HEAVY | {"numpy", "shapely", "pyproj", "scipy"})


def test_one_place_is_measured_without_any_frame() -> None:
    loaded = _loaded_by("import bordermap; bordermap.measure('Villa Union, Coahuila')")
    assert not loaded & (HEAVY - {"pyogrio"})


# --- errors -------------------------------------------------------------------------------------


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    lines = (errors.__doc__ or "").splitlines()
    parents: list[str] = []
    drawn = {}
    for line in lines:
        found = re.match(r"^    ([ │├└─]*)(\w+)", line)
        if not found:
            continue
        depth = len(found[1]) // 4
        parents[depth:] = [found[2]]
        drawn[found[2]] = parents[depth - 1] if depth else "Exception"
        if "also a" in line:
            other = re.search(r"also an? (\w+)", line)
            assert other
            assert other[1] in {base.__name__ for base in getattr(errors, found[2]).__mro__}
    assert drawn == {
        name: getattr(errors, name).__mro__[1].__name__
        for name in errors.__all__
    }  # fmt: skip
    assert set(drawn) <= set(bordermap.__all__)


def test_errors_keep_what_they_carry_when_pickled() -> None:
    import copy
    import pickle

    place = bordermap.geocode("Nava, Coahuila")
    ambiguous = bordermap.AmbiguousPlaceError("several", query="x", candidates=[place])
    for twin in (copy.copy(ambiguous), pickle.loads(pickle.dumps(ambiguous))):  # noqa: S301
        assert (str(twin), twin.query, twin.candidates) == ("several", "x", (place,))
    off = bordermap.CoordinateError("off", index=3, count=2)
    twin = pickle.loads(pickle.dumps(off))  # noqa: S301
    assert (twin.index, twin.count) == (3, 2)


# --- settings -----------------------------------------------------------------------------------


def test_settings_come_from_the_environment_and_bad_ones_are_named() -> None:
    assert Settings.from_environment({}) == Settings()
    settings = Settings.from_environment(
        {"BORDERMAP_DATA": "x", "BORDERMAP_MAX_BYTES": " 10 ", "SOURCE_DATE_EPOCH": "86399"}
    )
    assert settings == Settings(Path("x"), 10, date(1970, 1, 1))
    for name, value in (
        ("BORDERMAP_MAX_BYTES", "1e6"),
        ("BORDERMAP_MAX_BYTES", "-1"),
        ("BORDERMAP_MAX_BYTES", "²"),
        ("SOURCE_DATE_EPOCH", "today"),
        ("SOURCE_DATE_EPOCH", "9" * 30),
    ):
        with pytest.raises(bordermap.InputError, match=name):
            Settings.from_environment({name: value})


# --- files --------------------------------------------------------------------------------------


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "map.html"
    assert _files.write_atomic(target, b"old") == target
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~_umask()
    target.chmod(0o640)
    _files.write_atomic(target, b"new")
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "map.html"
    target.write_bytes(b"old")
    for name, error in (
        ("fsync", OSError(28, "No space left on device")),
        ("fsync", KeyboardInterrupt()),
    ):

        def fail(*_: object, error: BaseException = error) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(os, name, fail)
            expected = bordermap.OutputError if isinstance(error, OSError) else KeyboardInterrupt
            with pytest.raises(expected):
                _files.write_atomic(target, b"new")
        assert target.read_bytes() == b"old"
        assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_a_reader_never_sees_a_part(tmp_path: Path) -> None:
    target = tmp_path / "map.html"
    versions = [bytes([65 + n]) * 2_000_000 for n in range(2)]
    _files.write_atomic(target, versions[0])
    done = threading.Event()
    torn = []

    def watch() -> None:
        while not done.is_set():
            if target.read_bytes() not in versions:
                torn.append(True)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for n in range(20):
        _files.write_atomic(target, versions[n % 2])
    done.set()
    watcher.join()
    assert not torn


def test_where_a_file_cannot_go(tmp_path: Path) -> None:
    with pytest.raises(bordermap.OutputError, match="no folder"):
        _files.write_atomic(tmp_path / "none" / "map.html", b"")
    with pytest.raises(bordermap.OutputError, match="is a folder"):
        _files.write_atomic(tmp_path, b"")
    with pytest.raises(OSError, match="cannot write"):
        _files.write_atomic(tmp_path / ("x" * 300), b"")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes and devices")
def test_a_pipe_is_written_into_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "map.html"
    os.mkfifo(pipe)
    link = tmp_path / "link.html"
    link.symlink_to("map.html")
    data = bytes(range(256)) * 2000  # more than a pipe holds
    for target in (pipe, link):
        got = []
        reader = threading.Thread(target=lambda got=got: got.append(pipe.read_bytes()))
        reader.start()
        assert _files.write_atomic(target, data) == target
        reader.join()
        assert got == [data]
        assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.html", "map.html"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_device_that_refuses_is_an_error_and_stays_a_device() -> None:
    with pytest.raises(bordermap.OutputError, match="cannot write /dev/full: No space left"):
        _files.write_atomic("/dev/full", b"new")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_link_goes_on_pointing_where_it_points(tmp_path: Path) -> None:
    (tmp_path / "real.html").write_bytes(b"old")
    link = tmp_path / "link.html"
    link.symlink_to("real.html")
    _files.write_atomic(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "real.html").read_bytes() == b"new"


def test_reading_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"12345")
    assert _files.read_limited(path, 5) == b"12345"
    with pytest.raises(bordermap.TableError, match="limit of 4 bytes"):
        _files.read_limited(path, 4)


# --- data ---------------------------------------------------------------------------------------


def test_the_shipped_data_are_those_of_the_manifest() -> None:
    assert _data.check() == []


def test_damaged_missing_and_foreign_data_are_told_apart(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(_data.root(), folder)
    record = _data.manifest(folder)["files"]
    damaged, missing = sorted(record)[:2]
    content = bytearray((folder / damaged).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / damaged).write_bytes(content)
    (folder / missing).unlink()
    assert _data.check(folder) == [
        _data.Problem(damaged, "its SHA-256 is not the manifest's"),
        _data.Problem(missing, "missing"),
    ]
    with pytest.raises(bordermap.DataError, match="is missing"):
        _data.file(missing, folder)
    (folder / damaged).write_bytes(content[:-1])
    with pytest.raises(bordermap.DataError, match="bytes where the manifest says"):
        _data.file(damaged, folder)
    with pytest.raises(bordermap.DataError, match="lists no file"):
        _data.file("nothing.shp", folder)


def test_a_data_folder_that_was_asked_for_is_used_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(bordermap.DataError, match="BORDERMAP_DATA"):
        _data.root(tmp_path)
    (tmp_path / "manifest.json").write_text("[]", encoding="utf-8")
    with pytest.raises(bordermap.DataError, match="not a bordermap manifest"):
        _data.manifest(tmp_path)
    monkeypatch.setenv("BORDERMAP_DATA", str(tmp_path / "none"))
    with pytest.raises(bordermap.DataError, match="BORDERMAP_DATA"):
        bordermap.measure("Nava, Coahuila")
