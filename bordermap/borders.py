"""Borders: the shipped lines by key, their stretches, and lines of one's own.

>>> from bordermap import borders
>>> texas = borders.load("us-mexico/texas")
>>> texas.label, len(texas.parts)
('the Texas border', 4)

Between two vertices a border is straight in longitude and latitude, as the treaties' parallels and
meridians are, and as every map draws it; it is not the geodesic between them, which strays from it
by up to 15 m on the Mexican line and 969 m across Lake Superior.
"""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property, lru_cache
from numbers import Real
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely import MultiLineString

from bordermap import _data, _shapefile
from bordermap._borders import files
from bordermap._borders import lines as _own
from bordermap._borders import shared as _shared
from bordermap._ellipsoid import saved
from bordermap._ellipsoid.arcs import Arcs
from bordermap._ellipsoid.cells import Cells
from bordermap.errors import BorderError
from bordermap.model import BorderPart, Source

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["Border", "keys", "load"]

_LAYERS = {"us-mexico": "us_mexico_border", "us-canada": "us_canada_border"}
_US = "us"
_LABEL = "the US border"
_OWN = Source("user", "", "", "")


@dataclass(frozen=True, eq=False)
class Border:
    """A border: its lines, and who lies on either side of each.

    Attributes
    ----------
    key : str
        "us-mexico", "us-mexico/texas", or the name given to a line of one's own.
    label : str
        As it reads in a sentence: "the US border", "the Texas border".
    lines : shapely.MultiLineString
        Degrees, EPSG:4326, longitude first; straight in longitude and latitude between vertices.
    parts : tuple of BorderPart
        One for each of `lines.geoms`, in the same order.
    accuracy_m : float
        How far the line may lie from the true border, in metres.
    source : Source
        Whom to credit.

    Examples
    --------
    >>> import shapely
    >>> fence = Border.from_geometry(
    ...     shapely.LineString([(-106.5, 31.8), (-106.0, 31.8)]), crs=4326, key="fence"
    ... )
    >>> fence.key, len(fence.lines.geoms)
    ('fence', 1)
    """

    key: str
    label: str
    lines: MultiLineString
    parts: tuple[BorderPart, ...]
    accuracy_m: float
    source: Source

    def __post_init__(self) -> None:
        if len(self.parts) != len(self.lines.geoms):
            raise BorderError(
                f"border {self.key!r} has {len(self.lines.geoms)} lines and {len(self.parts)} "
                "parts; give one part for each line"
            )
        if not self.parts:
            raise BorderError(f"border {self.key!r} has no lines; give at least one")

    def __getstate__(self) -> dict[str, Any]:
        # A copy or a pickle takes the line along, and makes its own tables.
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __repr__(self) -> str:
        return f"<Border {self.key}: {len(self.parts)} stretches>"

    def __str__(self) -> str:
        return self.label

    @cached_property
    def arcs(self) -> Arcs:
        """The edges, prepared for `bordermap.distance`; made when first asked for."""
        return Arcs.of([shapely.get_coordinates(line) for line in self.lines.geoms])

    @cached_property
    def cells(self) -> Cells:
        """Tables of candidate edges, filled by the searches that need them."""
        return Cells.of(self.arcs)

    @property
    def part_names(self) -> tuple[str, ...]:
        """What `part` answers to, in the order of the line."""
        names = (name for part in self.parts for name in _names(part))
        return tuple(dict.fromkeys(names))

    def part(self, name: str) -> Border:
        """One stretch of the border, by state on either side or by label.

        Parameters
        ----------
        name : str
            "texas", "Nuevo León", "texas-coahuila": accents, case and blanks do not matter.

        Raises
        ------
        BorderError
            When no stretch answers to it; the message lists those that would.

        Examples
        --------
        >>> load("us-mexico").part("Nuevo León").label
        'the Nuevo León border'
        """
        wanted = _slug(name) if isinstance(name, str) else ""
        chosen = [i for i, part in enumerate(self.parts) if wanted in _names(part)]
        if not chosen:
            raise BorderError(
                f"border {self.key!r} has no stretch {name!r}{_hint(wanted, self.part_names)}; "
                f"it has {', '.join(self.part_names)}"
            )
        parts = tuple(self.parts[i] for i in chosen)
        return replace(
            self,
            key=f"{self.key}/{wanted}",
            label=f"the {_spelling(wanted, parts[0])} border",
            lines=MultiLineString([self.lines.geoms[i] for i in chosen]),
            parts=parts,
        )

    def prepare(self, bounds: tuple[float, float, float, float] | None = None) -> None:
        """Make the tables for every point of a region now, instead of when points ask for them.

        Parameters
        ----------
        bounds : (west, south, east, north), optional
            Degrees; the border's own and ten degrees around it if not given.
        """
        west, south, east, north = self.lines.bounds if bounds is None else bounds
        around = 10.0 if bounds is None else 0.0
        self.cells.plant(west - around, south - around, east + around, north + around)

    def save(self, path: str | Path) -> Path:
        """Write the border and the tables made for it so far to one file, for `Border.open`.

        Parameters
        ----------
        path : path
            Of any name; a file that is there is replaced once the new one is whole.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError
            When the file cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Border.open(load("us-mexico/texas").save(f"{folder}/texas.border")).key
        'us-mexico/texas'
        """
        lines = [shapely.get_coordinates(line) for line in self.lines.geoms]
        header = {
            "key": self.key,
            "label": self.label,
            "accuracy_m": self.accuracy_m,
            "source": asdict(self.source),
            "parts": [asdict(part) for part in self.parts],
        }
        arrays = {f"table_{name}": array for name, array in self.cells.table._asdict().items()}
        arrays["vertices"] = np.concatenate(lines)
        arrays["sizes"] = np.array([len(line) for line in lines])
        return saved.write(path, header, arrays)

    @classmethod
    def open(cls, path: str | Path) -> Border:
        """A border that `save` wrote, its tables included; see there for an example.

        Parameters
        ----------
        path : path
            The file that `save` wrote.

        Raises
        ------
        BorderError
            When the file is missing, damaged, or of another make.
        """
        header, arrays = saved.read(path)
        try:
            lines = np.split(arrays.pop("vertices"), np.cumsum(arrays.pop("sizes"))[:-1])
            border = cls(
                header["key"],
                header["label"],
                MultiLineString([_own.checked(line, f"{path}") for line in lines]),
                tuple(BorderPart(**part) for part in header["parts"]),
                float(header["accuracy_m"]),
                Source(**header["source"]),
            )
            border.cells.restore({name.removeprefix("table_"): a for name, a in arrays.items()})
        except (KeyError, TypeError, ValueError) as error:
            raise BorderError(f"{path} is damaged ({error}); save the border again") from error
        return border

    @classmethod
    def from_geometry(
        cls,
        geometry: BaseGeometry | Sequence[BaseGeometry],
        *,
        crs: Any = None,
        key: str = "own",
        label: str = "the border",
        names: Sequence[str | None] | None = None,
        accuracy_m: float = 0.0,
        source: Source = _OWN,
    ) -> Border:
        """A border of lines of one's own, or of polygons by their boundary.

        Parameters
        ----------
        geometry : shapely geometry or sequence of them
            Lines, rings or polygons, single, multi or in collections; a GeoSeries or GeoDataFrame
            is a sequence too. Heights and measures are dropped.
        crs : anything that pyproj takes for a coordinate reference system
            4326 for degrees of longitude and latitude; needed but for a GeoSeries or GeoDataFrame
            that knows its own. Vertices are transformed to EPSG:4326; the
            line is straight in longitude and latitude between them, so densify long edges first
            where a straight edge of the other system is meant.
        key, label : str
            The border's name, and how a sentence calls it.
        names : sequence of str or None, optional
            A label for each geometry; "part 1", "part 2" and so on where not given.
        accuracy_m : float
            How far the line may lie from the true border, in metres.
        source : Source, optional
            Whom to credit.

        Notes
        -----
        An edge between longitudes more than 180° apart is taken to cross the antimeridian, the
        short way round; lines are cut there, and longitudes brought to -180 to 180. Where an area
        is cut in two along the antimeridian, that seam is no border.

        Raises
        ------
        BorderError
            When there is no CRS, no line, an empty or degenerate part, or a vertex that is no
            place on Earth.
        """
        geometry = getattr(geometry, "geometry", geometry)  # of a GeoDataFrame
        own = getattr(geometry, "crs", None)
        crs = own if crs is None else crs
        if own is not None and not own.equals(crs, ignore_axis_order=True):
            raise BorderError(
                f"the shapes are in {own.name}, and crs={crs!r} says otherwise; leave crs out"
            )
        given = list(geometry) if isinstance(geometry, Iterable) else [geometry]
        if names is not None and len(names) != len(given):
            raise BorderError(f"{len(given)} geometries have {len(names)} names; give one for each")
        labels = [
            files.name(name) or f"part {number}"
            for number, name in enumerate([None] * len(given) if names is None else names, 1)
        ]
        _check_metres("accuracy_m", accuracy_m)
        transform = _own.to_degrees(crs)
        lines: list[shapely.LineString] = []
        parts: list[BorderPart] = []
        for item, name in zip(given, labels, strict=True):
            pieces = _own.pieces(item, name, transform)
            lines.extend(shapely.LineString(piece) for piece in pieces)
            parts.extend(BorderPart(name) for _ in pieces)
        return cls(key, label, MultiLineString(lines), tuple(parts), float(accuracy_m), source)

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        *,
        layer: str | None = None,
        name_field: str | None = None,
        crs: Any = None,
        key: str | None = None,
        label: str = "the border",
        accuracy_m: float = 0.0,
    ) -> Border:
        """A border from any file of lines or polygons that GDAL reads, or from GeoParquet.

        Parameters
        ----------
        path : path
            GeoJSON, GeoPackage, Shapefile (zipped too), KML, FlatGeobuf, GeoParquet, ...
        layer : str, optional
            Which layer of the file; needed where several hold lines or polygons.
        name_field : str, optional
            Column that names the parts; where it is empty, a part is called by its row, "part 2".
        crs : optional
            For a file that does not say its own.
        key : str, optional
            The border's name; the file's name if not given.
        label, accuracy_m
            As for `from_geometry`.

        Raises
        ------
        BorderError
            When the file cannot be read, has no CRS, or its shapes cannot serve as a border.
        """
        file = Path(path)
        found = files.read(file, layer, name_field)
        own_crs = found.crs if crs is None else crs
        if own_crs is None:
            raise BorderError(
                f"{file} does not say its coordinate reference system; pass crs=4326 if it holds "
                "degrees of longitude and latitude"
            )
        return cls.from_geometry(
            found.shapes,
            crs=own_crs,
            key=file.stem if key is None else key,
            label=label,
            names=found.names,
            accuracy_m=accuracy_m,
            source=Source(file.name, "", "", ""),
        )

    @classmethod
    def between(
        cls,
        a: BaseGeometry,
        b: BaseGeometry,
        *,
        crs: Any,
        key: str = "own",
        label: str = "the border",
        accuracy_m: float = 0.0,
        tolerance_m: float = 1.0,
    ) -> Border:
        """The border that two polygons share: the edges that lie on both boundaries.

        Parameters
        ----------
        a, b : Polygon or MultiPolygon
            Where their vertices differ a little, those of `a` are taken.
        crs, key, label, accuracy_m
            As for `from_geometry`; the border's accuracy is no better than the vertices of `a` and
            `b` agree. Where they differ by more than `tolerance_m`, the border has a gap.
        tolerance_m : float
            Up to how many metres apart two vertices, or a vertex and an edge, are taken for one.

        Raises
        ------
        BorderError
            When either is no polygon, or they share no edge.

        Examples
        --------
        >>> import shapely
        >>> west, east = shapely.box(-110, 30, -105, 35), shapely.box(-105, 28, -100, 33)
        >>> Border.between(west, east, crs=4326).lines.bounds
        (-105.0, 30.0, -105.0, 33.0)
        """
        _check_metres("tolerance_m", tolerance_m)
        _check_metres("accuracy_m", accuracy_m)
        transform = _own.to_degrees(crs)
        outlines = []
        for which, shape in (("first", a), ("second", b)):
            if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
                raise BorderError(
                    f"the {which} shape is {_own.kind_of(shape)}; a border between two areas needs "
                    "two polygons"
                )
            outline = _own.pieces(shape, f"the {which} shape", transform)
            outlines.append(_own.on_one_antimeridian(outline))
        shared = _shared.edges(outlines[0], outlines[1], tolerance_m)
        if not shared.lines:
            raise BorderError(
                f"the two polygons share no edge to within {tolerance_m:g} m; where their outlines "
                "differ more, pass a larger tolerance_m"
            )
        return cls.from_geometry(
            shared.lines, crs=4326, key=key, label=label, accuracy_m=max(accuracy_m, shared.off_m)
        )


def _after_fork() -> None:
    """Free what Python 3.11 locks while a cached property is made: no later one does."""
    for made in (vars(Border)["arcs"], vars(Border)["cells"]):
        if hasattr(made, "lock"):
            made.lock = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _check_metres(name: str, value: object) -> None:
    if not isinstance(value, Real) or not 0 <= float(value) < np.inf:
        raise BorderError(f"{name} is {value!r}; give metres, 0 or more")


def load(border: str | Border = "us-mexico", data: Path | None = None) -> Border:
    """A border by its key; a `Border` comes back as it is.

    Parameters
    ----------
    border : str or Border
        "us-mexico", "us-canada", "us" (both), or one stretch of either: "us-mexico/texas",
        "us-mexico/coahuila", "us-canada/alaska".
    data : Path, optional
        Another data folder than the shipped one.

    Raises
    ------
    BorderError
        When there is no such border; the message lists the keys.

    Examples
    --------
    >>> load("us-mexico/texas").label
    'the Texas border'
    """
    if isinstance(border, Border):
        return border
    if not isinstance(border, str):
        raise BorderError(
            f"border is of type {type(border).__name__}; give a key such as 'us-mexico', or a "
            "Border (Border.from_file, Border.from_geometry)"
        )
    if Path(border).suffix:  # no key has a dot
        raise BorderError(
            f"there is no border {border!r}; if it is a file of lines or polygons, give "
            f"Border.from_file({border!r})"
        )
    return _load(border.strip().lower(), _data.root(data))


@lru_cache(maxsize=128)
def _load(key: str, folder: Path) -> Border:
    base, _, stretch = key.partition("/")
    if base in _LAYERS:
        whole = _read(base, folder)
    elif base == _US:
        whole = _both(folder)
    else:
        known = keys(folder)
        raise BorderError(
            f"there is no border {key!r}{_hint(key, known)}; known are {', '.join(known)}"
        )
    if not stretch:
        return whole
    try:
        return whole.part(stretch)
    except BorderError as error:
        raise BorderError(str(error)) from None


def keys(data: Path | None = None) -> tuple[str, ...]:
    """Every key that `load` knows: the whole borders, and each stretch by state.

    Parameters
    ----------
    data : Path, optional
        Another data folder than the shipped one.

    Examples
    --------
    >>> "us-mexico/nuevo-leon" in keys()
    True
    """
    folder = _data.root(data)
    out = []
    for base in _LAYERS:
        whole = _load(base, folder)
        out.append(base)
        states = [part.us_state for part in whole.parts] + [
            part.neighbour_state for part in whole.parts
        ]
        out.extend(f"{base}/{_slug(state)}" for state in dict.fromkeys(states) if state)
    return (*out, _US)


def _read(base: str, folder: Path) -> Border:
    layer = _LAYERS[base]
    records = _shapefile.read(_data.file(f"{layer}.shp", folder))
    lines, parts = [], []
    for record in records:
        fields = record.fields
        sides = [name for name in (fields["us_state"], fields["nb_state"]) if name]
        part = BorderPart(
            label="–".join(sides) or fields["river"] or base,
            us_state=fields["us_state"] or None,
            neighbour_state=fields["nb_state"] or None,
            neighbour_country=fields["nb_ctry"] or None,
            kind=fields["kind"],
            river=fields["river"],
        )
        for line in record.parts:
            lines.append(line)
            parts.append(part)
    return Border(
        key=base,
        label=_LABEL,
        lines=MultiLineString(lines),
        parts=tuple(parts),
        accuracy_m=float(_data.layer_record(layer, folder)["accuracy_m"]),
        source=_data.source(layer, folder),
    )


def _both(folder: Path) -> Border:
    """The Mexican and the Canadian line as one border."""
    south, north = (_load(base, folder) for base in _LAYERS)
    return Border(
        key=_US,
        label=_LABEL,
        lines=MultiLineString([*south.lines.geoms, *north.lines.geoms]),
        parts=south.parts + north.parts,
        accuracy_m=max(south.accuracy_m, north.accuracy_m),
        source=replace(south.source, sha256=None),
    )


# -- names -----------------------------------------------------------------------------------


def _slug(text: str) -> str:
    letters = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "-", "".join(letters).lower()).strip("-")


def _names(part: BorderPart) -> tuple[str, ...]:
    given = (part.us_state, part.neighbour_state, part.label)
    return tuple(slug for name in given if name and (slug := _slug(name)))


def _spelling(slug: str, part: BorderPart) -> str:
    """The name of the part that the slug was made from, accents and all."""
    given = (part.us_state, part.neighbour_state, part.label)
    return next(name for name in given if name and _slug(name) == slug)


def _hint(wanted: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(wanted, known, n=1, cutoff=0.7)
    return f" (did you mean {close[0]!r}?)" if close else ""
