"""Files, carefully: whole or untouched when written, bounded when read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bordermap.errors import InputError, OutputError, TableError

__all__ = ["kind_of", "read_limited", "sha256", "write_atomic", "write_together"]


def kind_of(path: str | os.PathLike[str], kinds: Mapping[str, str], what: str) -> str:
    """The kind of file that a name asks for by its ending, in capitals or not.

    Parameters
    ----------
    path : path-like
    kinds : mapping of str to str
        Each kind by the suffix that asks for it.
    what : str
        What is to be written, for the message: "a map".

    Raises
    ------
    InputError
        When the name ends in none of the suffixes; the message has them.

    Examples
    --------
    >>> kind_of("Figure 1.PDF", {".html": "html", ".pdf": "pdf"}, "a map")
    'pdf'
    """
    kind = kinds.get(Path(path).suffix.lower())
    if kind is None:
        *others, last = (f"*{suffix}" for suffix in kinds)
        names = f"{', '.join(others)} or {last}" if others else last
        raise InputError(f"cannot write {os.fspath(path)}: {what} is written as {names}")
    return kind


def write_atomic(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write `data` to `path` so that a reader sees the old file or the new one, never a part.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and take the
    name in one step. What is no regular file (a device, a named pipe) is written into as it
    stands: to replace `/dev/null` by a file would break more than the result.

    Raises
    ------
    OutputError
        When the folder is missing, not writable or full; an earlier file at `path` is untouched.
    """
    target = Path(path)
    # os.path answers "no" where Path raises: for a name that is too long, say.
    if os.path.isdir(target):  # noqa: PTH112
        raise OutputError(f"cannot write {target}: it is a folder; give a file name")
    if not os.path.isdir(target.parent):  # noqa: PTH112
        raise OutputError(f"cannot write {target}: there is no folder {target.parent}")
    if os.path.exists(target) and not os.path.isfile(target):  # noqa: PTH110, PTH113
        return _write_into(target, data)
    temporary: str | None = None
    try:
        # A link keeps pointing where it points: replace what it leads to.
        real = target.resolve()
        import tempfile  # most calls of the package write nothing

        descriptor, temporary = tempfile.mkstemp(prefix=f".{real.name[:60]}.", dir=real.parent)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(_mode_for(real))
        Path(temporary).replace(real)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from error
    except BaseException:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise
    return target


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write several files, all or none: where one cannot be written, the others are put back.

    Raises
    ------
    OutputError
        As `write_atomic`.
    """
    before: list[tuple[Path, bytes | None]] = []
    try:
        for path, data in files.items():
            earlier = path.read_bytes() if path.is_file() else None
            write_atomic(path, data)
            before.append((path, earlier))
    except BaseException as error:
        for path, earlier in reversed(before):
            if earlier is None:
                path.unlink(missing_ok=True)
            else:
                write_atomic(path, earlier)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
        raise


def _write_into(target: Path, data: bytes) -> Path:
    """Write to a device or a named pipe, which nothing else could stand in for."""
    try:
        with target.open("wb", buffering=0) as stream:
            left = memoryview(data)
            while left:
                left = left[stream.write(left) :]
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from error
    return target


def _mode_for(path: Path) -> int:
    """Permissions of the file replaced, or what `open` would have given a new one."""
    try:
        return path.stat().st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def read_limited(path: str | os.PathLike[str], limit: int) -> bytes:
    """All bytes of a local file of at most `limit` bytes.

    Raises
    ------
    TableError
        When the file is missing, is a folder, cannot be read, or is larger than `limit`.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError as error:
        raise TableError(f"there is no file {file}; check the name and the folder") from error
    except IsADirectoryError as error:
        raise TableError(f"{file} is a folder; give the file inside it") from error
    except OSError as error:
        raise TableError(f"cannot read {file}: {error.strerror or error}") from error
    if len(data) > limit:
        raise TableError(
            f"{file} is larger than the limit of {limit:,} bytes; split it, or raise "
            "BORDERMAP_MAX_BYTES"
        )
    return data


def sha256(path: str | os.PathLike[str]) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with Path(path).open("rb") as stream:
        import hashlib

        return hashlib.file_digest(stream, "sha256").hexdigest()
