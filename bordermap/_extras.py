"""Libraries that only an extra installs."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from bordermap.errors import InputError

__all__ = ["needed"]


def needed(name: str, purpose: str, extra: str) -> ModuleType:
    """The module, which the extra installs.

    Parameters
    ----------
    name : str
        Of the module, as it is imported.
    purpose : str
        What it is needed for, as a sentence begins.
    extra : str

    Raises
    ------
    InputError
        When it is not installed; the message says how to.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:  # it is there, and lacks something itself
            raise
        raise InputError(
            f'{purpose} needs {name}, which is not installed: pip install "bordermap[{extra}]"'
        ) from error
