"""A drawn map, and every form in which it can be saved or embedded."""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from bordermap import _files, _given
from bordermap.errors import OutputError
from bordermap.model import Incidents, Measurement

if TYPE_CHECKING:
    import folium

    from bordermap.scene import Scene

__all__ = ["BorderMap"]


@dataclass(frozen=True, slots=True, eq=False)
class BorderMap:
    """A map, ready to be saved or embedded.

    Attributes
    ----------
    scene : Scene
        What the map shows; ``json.dumps(scene.as_dict())`` writes it as JSON.
    measured : Incidents or Measurement
        What it was drawn from.
    """

    scene: Scene
    measured: Incidents | Measurement

    def __repr__(self) -> str:
        return f"<BorderMap of {len(self.scene):,} incidents and {self.scene.border.label}>"

    def to_html(self) -> str:
        """The map as one HTML page that needs no other file and asks no host."""
        from bordermap import renderer

        return renderer.to_html(self.scene)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the map to an HTML file: rendered first, then put in place in one step.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError
            When it cannot be written; an earlier file at `path` is untouched.
        """
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            raise OutputError(f"cannot write {target}: a map is an HTML file; name it *.html")
        return _files.write_atomic(target, self.to_html().encode("utf-8"))

    def to_iframe(
        self, height: int | str = 480, *, width: int | str = "100%", title: str = ""
    ) -> str:
        """The map as an `<iframe>` that holds the whole page, to be put into another page.

        The page runs in a sandbox: it can reach neither the surrounding page nor its cookies.

        Parameters
        ----------
        height, width : int or str
            Pixels, or a CSS length ("30rem").
        title : str
            What a screen reader calls the frame; the map's own title when not given.
        """
        named = title or self.scene.title or f"Map of {self.scene.border.label}"
        style = f"width:{_given.length(width)};height:{_given.length(height)};border:0"
        return (
            f'<iframe title="{escape(named)}" style="{escape(style)}" loading="lazy" '
            'sandbox="allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox" '
            f'srcdoc="{escape(self.to_html())}"></iframe>'
        )

    def to_folium(self) -> folium.Map:
        """The map as a `folium.Map`, for those who want to go on with folium."""
        from bordermap import renderer

        return renderer.to_folium(self.scene)

    def add_to(self, view: folium.Map) -> BorderMap:
        """Put the incidents, the border and their popups onto a `folium.Map` that there is already.

        The map keeps its own basemap, layers and hosts. No text of the table passes through
        folium's templates.

        Parameters
        ----------
        view : folium.Map

        Returns
        -------
        BorderMap
            This map, as folium's own layers return themselves.

        Raises
        ------
        InputError
            When `view` is no folium map.

        Examples
        --------
        >>> import bordermap, folium
        >>> view = folium.Map(location=(28.2, -100.7), zoom_start=8)
        >>> bordermap.draw("Villa Union, Coahuila").add_to(view).scene.subject
        'place'
        """
        from bordermap import renderer

        renderer.add_to(self.scene, view)
        return self

    def _repr_html_(self) -> str:
        return self.to_iframe()
