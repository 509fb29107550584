"""One border with its tables in one file: NumPy arrays and a JSON header, never pickled objects."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bordermap._files import write_atomic
from bordermap.errors import BorderError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["read", "write"]

FORMAT = 2


def write(path: str | Path, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Path:
    """Write `arrays` and a header that JSON can hold, whole or not at all.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    text = json.dumps({"format": FORMAT, **header}, ensure_ascii=False)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, header=np.array(text), **arrays)
    return write_atomic(path, buffer.getvalue())


def read(path: str | Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What `write` wrote.

    Raises
    ------
    BorderError
        When the file is missing, damaged, or of another make.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(str(arrays.pop("header")))
    except FileNotFoundError as error:
        raise BorderError(f"there is no file {file}; check the name and the folder") from error
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise BorderError(
            f"{file} is not a border that Border.save wrote; read lines and polygons with "
            "Border.from_file"
        ) from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise BorderError(f"{file} was saved by another version of bordermap; save it again")
    return header, arrays
