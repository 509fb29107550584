"""Settings: an argument wins over a `BORDERMAP_*` variable, which wins over the default.

Settings are frozen and passed in; nothing in the package keeps them as global state.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from bordermap.errors import InputError

__all__ = ["Settings"]

DEFAULT_MAX_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may set once for many calls.

    Attributes
    ----------
    data : Path or None
        Folder of the shapefiles and the gazetteer (`BORDERMAP_DATA`); None finds the shipped one.
    max_bytes : int
        Largest input file that is read (`BORDERMAP_MAX_BYTES`), 2 GiB by default.
    made : date or None
        Date of making that a map shows (`SOURCE_DATE_EPOCH`); never the clock, so that the same
        input gives the same bytes. None shows no date.

    Examples
    --------
    >>> Settings.from_environment({"BORDERMAP_MAX_BYTES": "1000"}).max_bytes
    1000
    """

    data: Path | None = None
    max_bytes: int = DEFAULT_MAX_BYTES
    made: date | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings as the environment gives them.

        Parameters
        ----------
        environ : mapping, optional
            Name of a variable → its text; the process's own when not given.

        Raises
        ------
        InputError
            When a variable holds what it cannot mean; the message names it.
        """
        variables = os.environ if environ is None else environ
        return cls(
            data=cls.data_folder(variables),
            max_bytes=_whole_number(variables, "BORDERMAP_MAX_BYTES", DEFAULT_MAX_BYTES),
            made=_epoch(variables),
        )

    @staticmethod
    def data_folder(environ: Mapping[str, str] | None = None) -> Path | None:
        """The data folder alone: all that looking up one name asks for.

        Parameters
        ----------
        environ : mapping, optional
            As for `from_environment`.
        """
        folder = (os.environ if environ is None else environ).get("BORDERMAP_DATA", "")
        return Path(folder) if folder else None


def _whole_number(variables: Mapping[str, str], name: str, default: int) -> int:
    text = variables.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise InputError(f"{name} is {text!r}: give a whole number of bytes")
    return int(text)


def _epoch(variables: Mapping[str, str]) -> date | None:
    text = variables.get("SOURCE_DATE_EPOCH", "").strip()
    if not text:
        return None
    try:
        return datetime.fromtimestamp(int(text), tz=UTC).date()
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(
            f"SOURCE_DATE_EPOCH is {text!r}: give whole seconds since 1970-01-01 UTC"
        ) from error
