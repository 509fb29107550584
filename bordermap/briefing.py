"""A briefing about a table of incidents, and the files that it can be written to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bordermap import _files, words
from bordermap._briefing.composition import compose
from bordermap._briefing.summary import Summary, summarise
from bordermap._extras import needed
from bordermap.errors import InputError
from bordermap.model import Incidents

if TYPE_CHECKING:
    from bordermap._briefing.document import Document
    from bordermap.scene import Scene

__all__ = ["ROWS", "Briefing", "file_kind"]

ROWS = 1_000
"""Incidents that the table of a briefing holds at most, unless told otherwise."""

_KINDS = {".pdf": "pdf", ".docx": "docx", ".html": "html", ".htm": "html", ".md": "md"}
_WRITES = {"pdf": "typst", "docx": "docx"}


def file_kind(path: str | os.PathLike[str]) -> str:
    """What kind of file a briefing would be under that name: "pdf", "docx", "html" or "md".

    Raises
    ------
    InputError
        When the name ends like none of them, or what writes it, or draws its pictures, is not
        installed.
    """
    kind = _files.kind_of(path, _KINDS, "a briefing")
    for library in ("matplotlib", *filter(None, [_WRITES.get(kind)])):
        needed(library, f"a briefing as *.{kind}", "report")
    return kind


@dataclass(frozen=True, eq=False)
class Briefing:
    """A briefing about a table of incidents, ready to be saved.

    Attributes
    ----------
    scene : Scene
        The map that it shows, its title, language and date of making.
    incidents : Incidents
        The measured table.
    rows : int
        Incidents that the table in the briefing holds at most: the nearest ones, which it says.

    Raises
    ------
    InputError
        When there is no briefing in the scene's language.
    """

    scene: Scene
    incidents: Incidents
    rows: int = ROWS

    def __post_init__(self) -> None:
        words.check(self.scene.lang, "briefing")
        if self.rows < 1:
            raise InputError(f"rows={self.rows}: a briefing lists at least one incident")

    def __repr__(self) -> str:
        return (
            f"<Briefing on {len(self.incidents.frame):,} incidents and {self.scene.border.label}>"
        )

    @cached_property
    def summary(self) -> Summary:
        """The figures in it, neither rounded nor put into words."""
        return summarise(self.incidents)

    @cached_property
    def _document(self) -> Document:
        return compose(self.scene, self.incidents, self.rows)

    def to_html(self) -> str:
        """The briefing as one HTML page, pictures included, that runs no script and asks no host."""
        from bordermap._briefing import writers

        return writers.html(self._document)

    def to_pdf(self) -> bytes:
        """The briefing as a tagged PDF with embedded fonts."""
        from bordermap._briefing import writers

        return writers.pdf(self._document)

    def to_docx(self) -> bytes:
        """The briefing as a Word file."""
        from bordermap._briefing import writers

        return writers.docx(self._document)

    def to_markdown(self, stem: str = "briefing") -> dict[str, bytes]:
        """The briefing as Markdown, and its pictures: contents by file name, the text first.

        Parameters
        ----------
        stem : str
            What the names of all files begin with.
        """
        from bordermap._briefing import writers

        return writers.markdown(self._document, stem)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the briefing as the file's suffix says: made first, then put in place in one step.

        A Markdown file gets its pictures beside it, named after it; either all are written or none.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError
            When it cannot be written; earlier files are untouched.
        InputError
            When the name is none of a briefing, or what draws the pictures or writes the format is
            not installed.
        """
        target = Path(path)
        kind = file_kind(target)
        if kind == "md":
            files = self.to_markdown(target.stem)
            contents = list(files.values())
            names = [target.name, *list(files)[1:]]
            together = dict(zip((target.with_name(n) for n in names), contents, strict=True))
            _files.write_together(together)
            return target
        if kind == "pdf":
            data = self.to_pdf()
        elif kind == "docx":
            data = self.to_docx()
        else:
            data = self.to_html().encode("utf-8")
        return _files.write_atomic(target, data)
