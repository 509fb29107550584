"""Finds the shipped data and checks them against their manifest.

The folder is looked for in this order, and the first one that holds a `manifest.json` is used:

1. the argument `data` (from `Settings.data`), or else what `BORDERMAP_DATA` names;
2. `shapefiles/` inside the installed package, where a wheel puts it;
3. `shapefiles/` beside the package, in a checkout or an editable install.

A folder that was asked for by name (1) is used or refused, never passed over.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bordermap._files import sha256
from bordermap.config import Settings
from bordermap.errors import DataError
from bordermap.model import Source

__all__ = ["Problem", "check", "file", "layer_record", "manifest", "root", "source"]

_PACKAGE = Path(__file__).resolve().parent


def root(data: Path | None = None) -> Path:
    """The data folder in use.

    Raises
    ------
    DataError
        When no folder with a manifest is found; the message lists where it was looked for.
    """
    data = data or Settings.data_folder()
    return _first((data,), "correct BORDERMAP_DATA") if data else _own()


@lru_cache(maxsize=1)
def _own() -> Path:
    folders = (_PACKAGE / "shapefiles", _PACKAGE.parent / "shapefiles")
    return _first(folders, "install bordermap again")


@lru_cache(maxsize=8)
def _first(folders: tuple[Path, ...], advice: str) -> Path:
    """The first folder that has a manifest; it is looked for once, unless in vain."""
    for folder in folders:
        if (folder / "manifest.json").is_file():
            return folder
    places = " or ".join(str(folder) for folder in folders)
    raise DataError(
        f"the border and gazetteer data are not in {places} (no manifest.json): {advice}"
    )


def manifest(data: Path | None = None) -> dict[str, Any]:
    """The manifest of the data folder in use: `version`, `files`, `layers`, `tools`."""
    return _read_manifest(root(data))


@lru_cache(maxsize=8)
def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path}: {error}; install bordermap again") from error
    if not isinstance(content, dict) or not {"files", "layers", "version"} <= content.keys():
        raise DataError(f"{path} is not a bordermap manifest; install bordermap again")
    return content


def file(name: str, data: Path | None = None) -> Path:
    """Path of one data file, checked for presence and size.

    The hash is left to `check`: reading every byte of a gazetteer to look up one town would cost
    more than the look-up.

    Raises
    ------
    DataError
        When the file is unknown, missing, or of another size than the manifest says.
    """
    folder = root(data)
    record = _read_manifest(folder)["files"].get(name)
    if record is None:
        raise DataError(f"{folder / 'manifest.json'} lists no file {name}")
    path = folder / name
    if not path.is_file():
        raise DataError(f"{path} is missing; install bordermap again")
    if path.stat().st_size != record["bytes"]:
        raise DataError(
            f"{path} has {path.stat().st_size:,} bytes where the manifest says "
            f"{record['bytes']:,}; install bordermap again"
        )
    return path


def layer_record(layer: str, data: Path | None = None) -> dict[str, Any]:
    """The manifest's record of one layer: source, edition, licence, accuracy, method."""
    record = manifest(data)["layers"].get(layer)
    if not isinstance(record, dict):
        raise DataError(f"{root(data) / 'manifest.json'} lists no layer {layer}")
    return record


def source(layer: str, data: Path | None = None) -> Source:
    """Whom to credit for a layer; `sha256` is that of its main file."""
    record = layer_record(layer, data)
    hashes = [
        entry["sha256"]
        for name, entry in sorted(manifest(data)["files"].items())
        if entry["layer"] == layer and name.endswith((".shp", ".sqlite"))
    ]
    return Source(
        name=record["source"],
        edition=record["edition"],
        licence=record["licence"],
        attribution=record["attribution"],
        sha256=hashes[0] if hashes else None,
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One file that is not as the manifest says, and how."""

    file: str
    reason: str


def check(data: Path | None = None) -> list[Problem]:
    """Compare every file with the manifest, hash by hash; an empty list means all is well."""
    folder = root(data)
    problems = []
    for name, record in sorted(manifest(data)["files"].items()):
        path = folder / name
        if not path.is_file():
            problems.append(Problem(name, "missing"))
        elif sha256(path) != record["sha256"]:
            problems.append(Problem(name, "its SHA-256 is not the manifest's"))
    return problems
