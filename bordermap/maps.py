"""A drawn map, and every form in which it can be saved or embedded."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bordermap import _files
from bordermap.errors import InputError
from bordermap.model import Incidents, Measurement

if TYPE_CHECKING:
    import folium

    from bordermap.scene import Scene

__all__ = ["PAGE_MM", "BorderMap", "file_kind"]

PAGE_MM = 174.0
_SCREEN_DPI = 150  # sharp on a fine screen; print takes twice as many
_KINDS = {".html": "html", ".htm": "html", ".png": "png", ".svg": "svg", ".pdf": "pdf"}


def file_kind(path: str | os.PathLike[str]) -> str:
    """What kind of file a map would be under that name: "html", "png", "svg" or "pdf".

    Raises
    ------
    InputError
        When the name ends like none of them.
    """
    return _files.kind_of(path, _KINDS, "a map")


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
        """The map as one HTML page that needs no other file and asks no host.

        With a provider's tiles (`draw`'s `basemap`) it asks that provider's.

        Examples
        --------
        >>> from bordermap import draw
        >>> draw("Villa Union, Coahuila").to_html()[:15]
        '<!DOCTYPE html>'
        """
        from bordermap import renderer

        return renderer.to_html(self.scene)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Path:
        """Write the map to a file: rendered first, then put in place in one step.

        The ending of the name decides: an interactive page (".html"), or a figure for print, 174 mm
        wide (".png", ".svg", ".pdf").

        Parameters
        ----------
        path : path-like
        progress : callable, optional
            Is told what is being done, how many texts of a page are done, and of how many.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError
            When it cannot be written; an earlier file at `path` is untouched.
        InputError
            When the name ends like none of them, or a figure is asked for and matplotlib is not
            installed.

        Examples
        --------
        >>> import tempfile
        >>> from bordermap import draw
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw("Villa Union, Coahuila").save(f"{folder}/map.html").name
        'map.html'
        """
        kind = file_kind(path)
        if kind != "html":
            return self._figure(path, kind, PAGE_MM)
        from bordermap import renderer

        return _files.write_atomic(path, renderer.to_html(self.scene, progress).encode("utf-8"))

    def to_png(self, path: str | os.PathLike[str], *, width_mm: float = PAGE_MM) -> Path:
        """Write the map as a figure for print: a picture of 300 dots per inch.

        The figure is projected for what it shows, has a scale bar that is measured on the
        ellipsoid, and the same classes, colours and numbers as the page. The same map gives the
        same bytes. It is drawn by matplotlib: ``pip install "bordermap[static]"``.

        Parameters
        ----------
        path : str or path-like
        width_mm : float
            Final width in millimetres: 84 for a column, 174 for a page; from 60 to 400. The height
            follows.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError
            When it cannot be written; an earlier file at `path` is untouched.
        InputError
            When matplotlib is not installed, the width is out of range, or the name is not that of
            such a file.
        """
        return self._figure(path, "png", width_mm)

    def to_svg(self, path: str | os.PathLike[str], *, width_mm: float = PAGE_MM) -> Path:
        """Write the map as an SVG figure.

        Its letters are shapes, so that they look alike everywhere; its title and description are
        text.

        Parameters
        ----------
        path, width_mm
            As for `to_png`; the name ends with ".svg".

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError, InputError
            As for `to_png`.
        """
        return self._figure(path, "svg", width_mm)

    def to_pdf(self, path: str | os.PathLike[str], *, width_mm: float = PAGE_MM) -> Path:
        """Write the map as a PDF figure of one page, its fonts embedded.

        Parameters
        ----------
        path, width_mm
            As for `to_png`; the name ends with ".pdf".

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError, InputError
            As for `to_png`.
        """
        return self._figure(path, "pdf", width_mm)

    def _figure(self, path: str | os.PathLike[str], kind: str, width_mm: float) -> Path:
        from bordermap import static

        _files.kind_of(path, {f".{kind}": kind}, "this figure")
        return _files.write_atomic(path, static.render(self.scene, kind, width_mm=width_mm))

    def to_iframe(
        self,
        height: int | str = 480,
        *,
        width: int | str = "100%",
        ratio: str | None = None,
        title: str = "",
        src: str | None = None,
    ) -> str:
        """The map as an `<iframe>`, to be put into another page.

        The frame holds the whole page in its `srcdoc`, or, with `src`, names the file that `save`
        wrote. It loads when the reader comes near, is never wider than what surrounds it, and runs
        in a sandbox: it can reach neither the surrounding page nor its cookies.

        Parameters
        ----------
        height, width : int or str
            Pixels, or a CSS length ("30rem").
        ratio : str, optional
            Width to height ("16/9"), in the place of a fixed height.
        title : str
            What a screen reader calls the frame; the map's own title when not given.
        src : str, optional
            Address of the saved map, for a site that takes only frames with an address:
            "map.html", or "https://example.org/map.html".

        Raises
        ------
        InputError
            When a length, the ratio or the address is none.

        Examples
        --------
        >>> from bordermap import draw
        >>> frame = draw("Villa Union, Coahuila").to_iframe(ratio="4/3", src="map.html")
        >>> frame.split("style=")[1].split(" loading")[0]
        '"width:100%;max-width:100%;aspect-ratio:4/3;border:0"'
        """
        from bordermap import static

        named = title or self.scene.title or static.named(self.scene)
        high = f"aspect-ratio:{_ratio(ratio)}" if ratio else f"height:{_length(height)}"
        style = f"width:{_length(width)};max-width:100%;{high};border:0"
        if src is None:
            held = f'srcdoc="{escape(self.to_html())}"'
        else:
            held = f'src="{escape(_page_address(src))}"'
        return (
            f'<iframe title="{escape(named)}" style="{escape(style)}" loading="lazy" '
            'sandbox="allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox" '
            f"{held}></iframe>"
        )

    def to_folium(self) -> folium.Map:
        """The map as a `folium.Map`, for those who want to go on with folium.

        Examples
        --------
        >>> from bordermap import draw
        >>> type(draw("Villa Union, Coahuila").to_folium()).__name__
        'Map'
        """
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

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """What a notebook shows: the page, and a picture for what shows only pictures.

        Without matplotlib there is no picture.
        """
        del include, exclude  # the notebook drops what it did not ask for
        bundle = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if util.find_spec("matplotlib") is None:
            return bundle, {}
        from bordermap import static

        picture = static.render(self.scene, "png", width_mm=PAGE_MM, dpi=_SCREEN_DPI)
        bundle["image/png"] = base64.b64encode(picture).decode("ascii")
        # As wide as on paper, on a screen of 96 dots per inch.
        return bundle, {"image/png": {"width": round(PAGE_MM / 25.4 * 96)}}


# --- what a frame is told ------------------------------------------------------------------------


def _length(value: int | str) -> str:
    """A CSS length: pixels for a number."""
    text = f"{value}px" if isinstance(value, int) else value.strip()
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz%")
    if not number.replace(".", "", 1).isdecimal() or len(text) == len(number):
        raise InputError(f"{value!r} is no CSS length: give pixels (480) or text such as '30rem'")
    return text


def _ratio(text: str) -> str:
    """A CSS aspect ratio, as "16/9"."""
    wide, _, high = text.partition("/")
    numbers = [side.strip() for side in (wide, high or "1")]
    if not all(side.replace(".", "", 1).isdecimal() and float(side) > 0 for side in numbers):
        raise InputError(f"{text!r} is no ratio: give width to height, such as '16/9'")
    return "/".join(numbers)


def _page_address(text: str) -> str:
    """Where a page lies: a path beside the page that shows it, or an address of the web."""
    cleaned = text.strip()
    scheme = cleaned.partition(":")[0].lower() if ":" in cleaned.partition("/")[0] else ""
    if not cleaned or not cleaned.isprintable() or scheme not in ("", "http", "https", "file"):
        raise InputError(
            f"src={text!r} is no address of a page: give a file name, such as 'map.html', or an "
            "address that begins with https://"
        )
    return cleaned
