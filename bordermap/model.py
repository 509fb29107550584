"""The nouns that travel between modules: frozen, typed, in degrees (lon before lat) and metres."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame
    from numpy.typing import ArrayLike

    from bordermap.borders import Border
    from bordermap.distance import Nearest

__all__ = [
    "UNNAMED",
    "BorderPart",
    "Gazetteer",
    "Incidents",
    "Match",
    "Measurement",
    "Metric",
    "Place",
    "Protection",
    "Source",
]

Match = Literal["exact", "alternate", "fuzzy", "coordinates"]

METRES_PER_MILE = 1609.344  # the international mile of 1959, exact by definition
METRES_PER_FOOT = METRES_PER_MILE / 5280

# Sixteen points would claim more than a town-sized place can give; eight is what reports use.
_COMPASS = (
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
)


UNNAMED = "table"
"""What a `Source` is called that no file gave a name: a frame, bytes, an array."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a datum comes from, as it must be credited.

    Examples
    --------
    >>> Source("GeoNames", "2026-10", "CC BY 4.0", "© GeoNames").licence
    'CC BY 4.0'
    """

    name: str
    edition: str
    licence: str
    attribution: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A named point on Earth, and how it was arrived at.

    Attributes
    ----------
    name : str
        The place's own name, accents included ("Villa Unión").
    lon, lat : float
        Degrees, EPSG:4326.
    country : str
        ISO 3166-1 alpha-2 ("MX", "US", "CA"), or "" where unknown.
    admin1, admin2 : str or None
        State or province, and municipality or county, by their everyday names.
    id : str
        Stable identifier with its authority: "geonames:3980122", "inegi:05037", or "" for a
        bare coordinate.
    kind : str
        "town" (any populated place), "municipality", "state", "country" or "point".
    population : int or None
        As the gazetteer gives it; None where it gives none.
    radius_m : float
        How far from (lon, lat) the thing meant may lie: the place's own size, in metres.
    match : {"exact", "alternate", "fuzzy", "coordinates"}
        How the query met the name.
    score : float
        0 to 1: the share of such answers that are right.
    source : Source
        The gazetteer, or the user's own coordinates.
    reason : str
        One clause a reader can check: why this place and no other.
    alternatives : tuple of Place
        The other places of the name that were weighed and not chosen, likeliest first.
    """

    name: str
    lon: float
    lat: float
    country: str
    admin1: str | None
    admin2: str | None
    id: str
    kind: str
    population: int | None
    radius_m: float
    match: Match
    score: float
    source: Source
    reason: str = ""
    alternatives: tuple[Place, ...] = field(default=(), repr=False, compare=False)

    @property
    def label(self) -> str:
        """Name and state, as one writes it in a sentence: "Villa Unión, Coahuila"."""
        admin1 = None if self.kind == "state" else self.admin1
        return ", ".join(part for part in (self.name, admin1) if part)

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class BorderPart:
    """One stretch of a border: who lies on either side, and what the line follows.

    Attributes
    ----------
    label : str
        What a reader calls it: "Texas–Coahuila".
    us_state, neighbour_state, neighbour_country : str or None
        None where the stretch belongs to a line that a user brought.
    kind : str
        "river", "lake", "land", "sea", or "" where unknown.
    river : str
        The water it follows ("Rio Grande"), or "".
    """

    label: str
    us_state: str | None = None
    neighbour_state: str | None = None
    neighbour_country: str | None = None
    kind: str = ""
    river: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """How far one place is from a border. `print` it for one plain sentence.

    Attributes
    ----------
    place : Place
    border : Border
    distance_m : float
        Geodesic metres on the WGS84 ellipsoid from the place's point to the nearest point of the
        line. Never negative; `side` tells on which side the place lies.
    uncertainty_m : float
        Size of the place plus accuracy of the border, in metres.
    nearest : tuple of float
        (lon, lat) of the nearest point on the border, in degrees.
    azimuth_deg : float
        From the place towards `nearest`: degrees clockwise from north, 0 to 360.
    part : BorderPart
        The stretch on which `nearest` lies.
    side : str or None
        Country in whose territory the place lies ("MX", "US", "CA"), None beyond all three.
    """

    place: Place
    border: Border
    distance_m: float
    uncertainty_m: float
    nearest: tuple[float, float]
    azimuth_deg: float
    part: BorderPart
    side: str | None

    @property
    def km(self) -> float:
        """Distance in kilometres."""
        return self.distance_m / 1000.0

    @property
    def miles(self) -> float:
        """Distance in international miles (1609.344 m)."""
        return self.distance_m / METRES_PER_MILE

    @property
    def direction(self) -> str:
        """Compass direction from the border to the place ("south-west"), the way people say it."""
        # Not azimuth + 180°: seen from the border, Honolulu lies west, though the way from there
        # to the border starts east-north-east.
        from pyproj import Geod

        lon, lat = self.nearest
        azimuth, _, _ = Geod(ellps="WGS84").inv(lon, lat, self.place.lon, self.place.lat)
        return _COMPASS[round(azimuth / 45.0) % 8]

    def __str__(self) -> str:
        place = self.place.label
        comma = "," if place != self.place.name else ""
        if not self.place.name:
            inside = f" in {self.place.admin1}" if self.place.admin1 else ""
            place, comma = f"The point {_degrees(self.place.lon, self.place.lat)}{inside}", ""
        away = f"{_length(self.distance_m)} {self.direction} of {self.border.label}, nearest"
        if self.distance_m < _ON_THE_LINE_M:
            away = f"on {self.border.label},"
        where = " ".join(word for word in (self._stretch, _degrees(*self.nearest)) if word)
        uncertain = _length(self.uncertainty_m).partition(" (")[0]
        return f"{place}{comma} is {away} {where}; uncertainty {uncertain}."

    @property
    def _stretch(self) -> str:
        """Where the nearest point lies, in words: "on the Rio Grande in Texas"."""
        part = self.part
        if not part.us_state:
            unnamed = {one.label for one in self.border.parts} == {"part 1"}
            return "at" if unnamed else f"at {part.label}"
        at_sea = part.kind == "sea"
        state = f"{'off' if at_sea else 'in'} {part.us_state}"
        if not part.river:
            return state
        # "On the Detroit River", "in the Strait of Georgia"; but "on Lake Erie", "in Haro Strait".
        named = part.river.startswith("Strait of ") or part.river.endswith(" Lakes")
        article = "the " if part.kind == "river" or named else ""
        return f"{'in' if at_sea else 'on'} {article}{part.river} {state}"


_ON_THE_LINE_M = 1e-3


def _length(metres: float) -> str:
    """Kilometres and miles; metres and feet where those would be naught."""
    if metres >= 100.0:
        km = metres / 1000.0
        return f"{km:,.1f} km ({metres / METRES_PER_MILE:,.1f} mi)"
    if metres >= 1.0:
        return f"{metres:.0f} m ({metres / METRES_PER_FOOT:.0f} ft)"
    return "under 1 m (under 3 ft)"


def _degrees(lon: float, lat: float) -> str:
    """(lat, lon) with the true minus sign, the order in which reports print a position."""
    return f"({lat:.3f}, {lon:.3f})".replace("-", "\N{MINUS SIGN}")


@dataclass(frozen=True, slots=True)
class Protection:
    """How points were moved to hide the places they stand for.

    Attributes
    ----------
    method : {"rounded", "jittered"}
        To the middle of a grid cell, or at random.
    km : float
        Side of a cell, or the farthest that a point was moved.
    rows : int
        How many points were moved.
    """

    method: Literal["rounded", "jittered"]
    km: float
    rows: int


@dataclass(frozen=True, slots=True)
class Incidents:
    """A table of incidents: what could be placed, and what could not, with the reason.

    Attributes
    ----------
    frame : GeoDataFrame
        Placed rows in EPSG:4326, in the order read; the index is the row number in the source.
    rejected : DataFrame
        Rows that could not be placed: the original columns, plus `row` (1-based row number as a
        spreadsheet shows it), `column` and `reason`.
    source : Source
        The file or table that was read.
    credits : tuple of Source
        Whose data went into the result.
    notes : tuple of str
        How the table was understood where there was something to decide: its encoding, which of
        two columns was used, cells whose text is no date or number.
    protection : Protection or None
        How points were moved, where they were.
    decided : callable or None
        Makes the table of `decisions`, where names were looked up.
    filled : mapping
        Column of the table → rows that left it empty, filled with that of the place found.

    Notes
    -----
    ``len(frame) + len(rejected)`` is the number of rows read, always.
    """

    frame: GeoDataFrame
    rejected: pd.DataFrame
    source: Source
    credits: tuple[Source, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())
    protection: Protection | None = None
    decided: Callable[[], pd.DataFrame] | None = field(default=None, repr=False, compare=False)
    filled: Mapping[str, frozenset[int]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.frame) + len(self.rejected)

    @property
    def decisions(self) -> pd.DataFrame | None:
        """What each distinct name was taken for and why; None where no names were looked up.

        None also where points were moved to protect them: it has the true ones.

        To be reviewed, and given back as ``decisions=``; its columns are those of
        `bordermap._placement.decisions.COLUMNS`.
        """
        # Made when it is asked for: of a million names it takes longer than to look them up.
        return self.decided() if self.decided is not None else None

    def __repr__(self) -> str:
        notes = f", notes: {len(self.notes)}" if self.notes else ""
        return (
            f"<Incidents from {self.source.name}: {len(self.frame)} placed, "
            f"{len(self.rejected)} rejected{notes}>"
        )


@runtime_checkable
class Gazetteer(Protocol):
    """Anything that knows names: the shipped index, or a list of one's own."""

    @property
    def source(self) -> Source:
        """Whom to credit."""
        ...

    def lookup(
        self, name: str, *, country: str | None = None, admin1: str | None = None
    ) -> Sequence[Place]:
        """Every place that answers to `name`, best first; empty when none does."""
        ...


@runtime_checkable
class Metric(Protocol):
    """Anything that finds the nearest point of a border: `bordermap.distance` itself, or a road."""

    def nearest(self, lon: ArrayLike, lat: ArrayLike, border: str | Border) -> Nearest:
        """The nearest point of the border for each point, as `bordermap.distance.nearest`."""
        ...
