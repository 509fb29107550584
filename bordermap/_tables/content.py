"""What a file really is, by its first bytes: a name says what somebody meant it to be."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from bordermap.errors import TableError

__all__ = ["WORKBOOKS", "Format", "recognise", "unzipped"]

Format = Literal["csv", "workbook", "geojson", "gpkg", "shapefile", "kml", "kmz", "parquet", "flatgeobuf"]  # fmt: skip

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_SUFFIXES: dict[str, Format] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt"), "csv"),
    **dict.fromkeys(WORKBOOKS, "workbook"),
    **dict.fromkeys((".geojson", ".json"), "geojson"),
    **dict.fromkeys((".parquet", ".geoparquet"), "parquet"),
    ".gpkg": "gpkg",
    ".shp": "shapefile",
    ".kml": "kml",
    ".kmz": "kmz",
    ".fgb": "flatgeobuf",
}
_NAMES: dict[Format, str] = {
    "csv": "plain text such as CSV",
    "workbook": "an Excel workbook or another zipped spreadsheet",
    "geojson": "JSON",
    "gpkg": "a GeoPackage, a database",
    "shapefile": "a Shapefile",
    "kml": "KML",
    "kmz": "a zipped KML (KMZ)",
    "parquet": "a Parquet file",
    "flatgeobuf": "a FlatGeobuf file",
}
_RENAME: dict[Format, str] = {
    "csv": ".csv", "workbook": ".xlsx", "geojson": ".geojson", "gpkg": ".gpkg", "kml": ".kml",
    "shapefile": ".shp", "kmz": ".kmz", "parquet": ".parquet", "flatgeobuf": ".fgb",
}  # fmt: skip
_OURS: tuple[tuple[bytes, Format], ...] = (
    (b"\xd0\xcf\x11\xe0", "workbook"),  # the old .xls
    (b"PAR1", "parquet"),
    (b"SQLite format 3\x00", "gpkg"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"fgb\x03", "flatgeobuf"),
)
_NO_TABLE = (
    (b"\x1f\x8b", "compressed with gzip: unpack it first"),
    (b"BZh", "compressed with bzip2: unpack it first"),
    (b"\xfd7zXZ\x00", "compressed with xz: unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"%PDF", "a PDF: copy the table into a spreadsheet and save that as CSV"),
    (b"{\\rtf", "a text document (RTF): copy the table into a spreadsheet and save that as CSV"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_PAGE = "HTML or XML: was a web page saved instead of it?"
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def recognise(data: bytes | str, name: str) -> Format:
    r"""The format of a file's content.

    A file whose name says another format is refused rather than read: a `.csv` that is a workbook
    was renamed by somebody who believes it is a CSV.

    Parameters
    ----------
    data : bytes or str
    name : str
        Of the file, or of whatever stands for it.

    Raises
    ------
    TableError
        When the content is no table, or not of the format that the name says.

    Examples
    --------
    >>> recognise(b"place,state\n", "incidents.csv")
    'csv'
    """
    meant = _SUFFIXES.get(Path(name).suffix.lower())
    if isinstance(data, str):
        return _agreed(_by_text(data[:400], name), meant, name)
    for magic, what in _NO_TABLE:
        if data.startswith(magic):
            raise TableError(f"{name} is no {_noun(meant)} but {what}")
    for magic, ours in _OURS:
        if data.startswith(magic):
            return _agreed(ours, meant, name)
    if data.startswith(b"PK\x03\x04"):
        return _agreed(_zipped(data, name), meant, name)
    head = data[:800]
    encoding = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "utf-8")
    return _agreed(_by_text(head.decode(encoding, errors="replace"), name), meant, name)


def _agreed(found: Format, meant: Format | None, name: str) -> Format:
    if meant is None or meant == found:
        return found
    raise TableError(
        f"{name} is no {_noun(meant)} but {_NAMES[found]}: rename it to "
        f"{Path(name).stem}{_RENAME[found]}, if that is what it is meant to be"
    )


def _noun(meant: Format | None) -> str:
    return {None: "table", "csv": "CSV", "workbook": "workbook"}.get(
        meant, _NAMES[meant or "csv"].removeprefix("a ").removeprefix("an ").split(",")[0]
    )


def _by_text(head: str, name: str) -> Format:
    start = head.lstrip("\ufeff \t\r\n").casefold()
    if start.startswith(("{", "[{")):
        return "geojson"
    if start.startswith("<"):
        if re.search(r"<(?:\w+:)?kml\b", start):
            return "kml"
        if start.startswith(("<!doctype", "<html", "<?xml", "<table", "<head", "<body", "<meta")):
            raise TableError(f"{name} is no CSV but {_PAGE}")
    return "csv"


def _zipped(data: bytes, name: str) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.namelist()
    except (zipfile.BadZipFile, ValueError) as error:
        raise TableError(
            f"{name} is an Excel workbook or another zipped file, and damaged ({error}): save it "
            "again"
        ) from error
    lower = [member.lower() for member in members]
    if any(member.startswith("xl/") for member in lower) or "content.xml" in lower:
        return "workbook"
    if any(member.endswith(".kml") for member in lower):
        return "kmz"
    if any(member.endswith(".shp") for member in lower):
        return "shapefile"
    shown = ", ".join(repr(member) for member in members[:3]) or "nothing"
    raise TableError(f"{name} is a zipped folder ({shown}): unpack it and give the file inside it")


def unzipped(data: bytes, name: str, limit: int) -> dict[str, int]:
    """Members of a zipped file with their sizes, once it is known that all of it may be unpacked.

    Every member is unpacked once to nowhere: a size that an archive states about itself may be a
    lie, and `zipfile` finds that out.

    Raises
    ------
    TableError
        When the archive is damaged, locked with a password, or unpacks to more than `limit` bytes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = _unpacked(archive, limit)
    except RuntimeError as error:  # what zipfile says of a password
        raise TableError(f"{name} is locked with a password: save it without one") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        OSError,
        ValueError,
        EOFError,
    ) as error:
        raise TableError(f"{name} is damaged ({error}): save it again") from error
    if sum(sizes.values()) > limit:
        raise TableError(
            f"{name} unpacks to more than the limit of {limit:,} bytes; split it, or raise "
            "BORDERMAP_MAX_BYTES"
        )
    return sizes


def _unpacked(archive: zipfile.ZipFile, limit: int) -> dict[str, int]:
    """Sizes of the members; the last is more than was allowed when the limit is passed."""
    sizes: dict[str, int] = {}
    left = limit
    for member in archive.infolist():
        size = 0
        with archive.open(member) as stream:
            while size <= left and (chunk := stream.read(1 << 20)):
                size += len(chunk)
        sizes[member.filename] = size
        left -= size
        if left < 0:
            break
    return sizes
