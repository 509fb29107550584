"""Distances from points to the US-Mexico border: speed and error, beside what else there is.

    python tests/bench/distance.py [--points 1000000] [--quick]

Prints one table. Speeds are microseconds of processor time a point on one thread, best of five,
and ratios to one vectorised `pyproj.Geod.inv` a point in the same run; two threads, each on a
processor of its own, and PostGIS, which works in another process, are timed by the clock. Points are
uniform over Mexico and the border states (longitude -118 to -86, latitude 14 to 36). Errors are
against GeographicLib by brute force over every edge, straight in longitude and latitude, on a
sample. A peer that is not installed is named and skipped. PostGIS runs on a private cluster that
lives as long as the run.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import shapely
from pyproj import Geod, Transformer

from bordermap import borders, distance
from bordermap.borders import Border
from bordermap.model import Place, Source

GEOD = Geod(ellps="WGS84")
FLOOR = "one pyproj.Geod.inv a point"


def best_of(
    function: Callable[[], object],
    times: int = 5,
    clock: Callable[[], float] = time.thread_time,
) -> float:
    spent = []
    for _ in range(times):
        start = clock()
        function()
        spent.append(clock() - start)
    return min(spent)


def uniform(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(-118, -86, count), rng.uniform(14, 36, count)


def brute_force(border: Border, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """GeographicLib to every edge that is not ruled out by its ends, sampled ever more finely."""
    xy = [shapely.get_coordinates(line) for line in border.lines.geoms]
    start = np.concatenate([line[:-1] for line in xy])
    step = np.concatenate([np.diff(line, axis=0) for line in xy])
    reach = 111_700 * np.hypot(*step.T)
    out = np.empty(lon.size)
    for i, (x, y) in enumerate(zip(lon, lat, strict=True)):
        to_start = inverse(x, y, start[:, 0], start[:, 1])
        near = np.flatnonzero(to_start - reach <= to_start.min())
        a, b, centre, width = start[near], step[near], np.full(near.size, 0.5), 0.5
        best = np.inf
        while width > 1e-9:
            t = np.clip(centre[:, None] + width * np.linspace(-1, 1, 65), 0, 1)
            d = inverse(x, y, a[:, :1] + t * b[:, :1], a[:, 1:] + t * b[:, 1:])
            best = min(best, d.min())
            centre = np.take_along_axis(t, d.argmin(axis=1)[:, None], 1)[:, 0]
            width /= 16
        out[i] = best
    return out


def inverse(x: float, y: float, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return GEOD.inv(np.full(lon.shape, x), np.full(lon.shape, y), lon, lat)[2]


def dense(border: Border, vertices: int) -> Border:
    """The same line with vertices added on its edges."""
    lines = []
    for line in border.lines.geoms:
        xy = shapely.get_coordinates(line)
        many = max(1, vertices // shapely.get_num_coordinates(border.lines))
        at = np.arange((len(xy) - 1) * many + 1) / many
        lines.append(
            shapely.LineString(
                np.column_stack([np.interp(at, np.arange(len(xy)), xy[:, k]) for k in (0, 1)])
            )
        )
    return Border.from_geometry(lines, crs=4326, key=f"the same line, {vertices:,} vertices")


def rough(vertices: int) -> Border:
    """A coast-like line from ocean to ocean: midpoints displaced ever less."""
    rng = np.random.default_rng(3)
    xy, size = np.array([[-117.0, 32.5], [-97.0, 26.0]]), 1.0
    while len(xy) < vertices:
        middle = (xy[1:] + xy[:-1]) / 2 + rng.normal(0, size * 0.3, (len(xy) - 1, 2))
        grown = np.empty((len(xy) + len(middle), 2))
        grown[::2], grown[1::2] = xy, middle
        xy, size = grown, size * 0.6
    line = shapely.LineString(xy[:vertices])
    return Border.from_geometry(line, crs=4326, key=f"a coast of {vertices:,} vertices")


def track(vertices: int) -> Border:
    """A line as a receiver records it: some metres off to either side at every vertex."""
    x = np.linspace(-117, -97, vertices)
    off = np.random.default_rng(4).normal(0, 1e-4, (vertices, 2))
    line = shapely.LineString(np.column_stack([x, 28 + 2 * np.sin(x)]) + off)
    return Border.from_geometry(line, crs=4326, key=f"a track of {vertices:,} vertices")


def fresh(border: Border) -> Border:
    """The same border without its tables."""
    return Border(
        border.key, border.label, border.lines, border.parts, border.accuracy_m, border.source
    )


# -- peers: each takes points and gives metres ---------------------------------------------------


def kd_tree(border: Border) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The usual recipe: a k-d tree in ECEF over points every 50 m."""
    from scipy.spatial import cKDTree

    change = Transformer.from_crs(4979, 4978, always_xy=True)
    points = shapely.get_coordinates(shapely.segmentize(border.lines, 50 / 111_000))
    tree = cKDTree(
        np.column_stack(change.transform(*points.T, np.zeros(len(points)))),
        compact_nodes=False,
        balanced_tree=False,
    )

    def measure(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        at = np.column_stack(change.transform(lon, lat, np.zeros(lon.size)))
        near = points[tree.query(at)[1]]
        return GEOD.inv(lon, lat, near[:, 0], near[:, 1])[2]

    return measure


def sjoin_nearest(border: Border) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """geopandas in Mexico's own projection (EPSG:6372)."""
    import geopandas

    edges = np.concatenate(
        [
            np.stack([xy[:-1], xy[1:]], axis=1)
            for line in border.lines.geoms
            for xy in [shapely.get_coordinates(line)]
        ]
    )
    lines = geopandas.GeoDataFrame(geometry=shapely.linestrings(edges), crs=4326).to_crs(6372)

    def measure(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        points = geopandas.GeoDataFrame(
            geometry=geopandas.points_from_xy(lon, lat, crs=4326).to_crs(6372)
        )
        found = geopandas.sjoin_nearest(points, lines, distance_col="d")
        return found["d"].groupby(level=0).first().to_numpy()

    return measure


def s2(border: Border) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    import spherely

    line = spherely.from_wkt(border.lines.wkt)
    return lambda lon, lat: spherely.distance(spherely.points(lon, lat), line)


class PostGIS:
    """ST_Distance(geography, geography) on a private cluster."""

    def __init__(self, border: Border) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))
        self.programs = postgres_programs()
        # PostgreSQL refuses to run as root.
        self.user = "postgres" if os.getuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, pwd.getpwnam("postgres").pw_uid)
        try:
            self.start(border)
        except BaseException:
            self.stop()
            raise

    def start(self, border: Border) -> None:
        self.run("initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "bench")
        self.run(
            *("pg_ctl", "-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log"),
            *(
                "-o",
                f"-k {self.folder} -c listen_addresses='' -c max_parallel_workers_per_gather=0",
            ),
            "start",
        )
        self.sql("create extension postgis")
        self.sql(f"create table border as select '{border.lines.wkt}'::geography as line")

    def run(self, program: str, *arguments: str, text: str | None = None) -> str:
        done = subprocess.run(
            [shutil.which(program) or self.programs / program, *arguments],
            input=text,
            capture_output=True,
            text=True,
            user=self.user,
            cwd="/",
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.strip()[-200:]}")
        return done.stdout

    def sql(self, text: str) -> str:
        return self.run(
            *("psql", "-h", str(self.folder), "-U", "bench", "-d", "postgres", "-qAt"),
            *("-v", "ON_ERROR_STOP=1", "-f", "-"),
            text=text,
        )

    def load(self, lon: np.ndarray, lat: np.ndarray) -> None:
        rows = "\n".join(
            f"{i}\tSRID=4326;POINT({x!r} {y!r})"
            for i, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True))
        )
        self.sql(
            "drop table if exists points; create table points (i int, at geography);\n"
            f"copy points from stdin;\n{rows}\n\\.\n"
        )

    def measure(self) -> np.ndarray:
        out = self.sql("select st_distance(at, line) from points, border order by i")
        return np.array(out.split(), float)

    def stop(self) -> None:
        if (self.folder / "data" / "postmaster.pid").exists():
            self.run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def postgres_programs() -> Path:
    for folder in [
        shutil.which("initdb"),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
    ]:
        if folder:
            return Path(folder).parent
    raise ImportError("no PostgreSQL server programs")


# -- the table -----------------------------------------------------------------------------------


class Report:
    def __init__(self) -> None:
        self.floor = 1.0
        self.own: dict[str, float] = {}

    def row(self, name: str, seconds: float, points: int, wrong: np.ndarray | None = None) -> None:
        each = seconds / points * 1e6
        error = ""
        if wrong is not None:
            error = f"{length(np.median(wrong)):>11}{length(wrong.max()):>11}"
        print(f"{name:<58}{each:>9.3f} µs{each / self.floor:>9.2f}{error}", flush=True)


def length(metres: float) -> str:
    for unit, size in (("km", 1e3), ("m", 1.0), ("mm", 1e-3)):
        if metres >= size:
            return f"{metres / size:.1f} {unit}"
    return f"{metres * 1e3:.4f} mm"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="a tenth of the points, no peers")
    options = parser.parse_args()
    count = options.points // 10 if options.quick else options.points
    lon, lat = uniform(count)
    report = Report()
    border = borders.load("us-mexico")
    sample = slice(0, 300)
    truth = brute_force(border, lon[sample], lat[sample])

    print(f"{'':<58}{'a point':>12}{'ratio':>9}{'median err':>11}{'max err':>11}")
    other = np.full(count, -100.0), np.full(count, 30.0)
    floor = best_of(lambda: GEOD.inv(lon, lat, *other))
    report.floor = floor / count * 1e6
    report.row(FLOOR, floor, count)

    for name, compiled in engines():
        ask(border, lon, lat, compiled=compiled)
        found = ask(border, lon[sample], lat[sample], compiled=compiled)
        spent = best_of(lambda c=compiled: ask(border, lon, lat, compiled=c))
        report.own[name] = spent / count
        report.row(f"bordermap {name}", spent, count, np.abs(found - truth))
        one, both = (
            best_of(lambda f=f, c=compiled: f(border, lon, lat, compiled=c), 7, time.perf_counter)
            for f in (ask, two)
        )
        report.row(f"  {name}, two threads: {one / both:.2f} times one", both, count)
        for size in (10_000, 100_000) if options.quick else (10_000, 100_000, 10_000_000):
            points = uniform(size, seed=2)
            new = fresh(border)
            first = best_of(lambda c=compiled, p=points, b=new: ask(b, *p, compiled=c), 1)
            report.row(f"  {name}, {size:,} points, first call, tables made", first, size)
            spent = best_of(lambda c=compiled, p=points, b=new: ask(b, *p, compiled=c))
            report.row(f"  {name}, {size:,} points", spent, size)
        for line, some in (
            (borders.load("us"), lon.size),
            (dense(border, 1_000_000), lon.size),
            (rough(1_000_000), lon.size // 10),
            (track(1_000_000), lon.size // 10),
        ):
            at = lon[:some], lat[:some]
            first = best_of(lambda c=compiled, b=line, p=at: ask(b, *p, compiled=c), 1)
            report.row(f"  {name}, {line.key}, first call", first, some)
            spent = best_of(lambda c=compiled, b=line, p=at: ask(b, *p, compiled=c))
            report.row(f"  {name}, {line.key}", spent, some)
        memory(border, lon, lat, name, compiled=compiled)
    if not options.quick:
        peers(report, border, lon, lat, truth)
    one_place()


def engines() -> list[tuple[str, bool]]:
    out = [("plain", False)]
    if importlib.util.find_spec("numba"):
        out.append(("with the extra fast", True))
    else:
        print("numba is not installed: the extra `fast` is skipped")
    return out


def ask(border: Border, lon: np.ndarray, lat: np.ndarray, *, compiled: bool) -> np.ndarray:
    """`distance.to_border`, with or without numba where both are there."""
    given = distance._coordinates(lon, lat, "raise")
    return given.shaped(border.cells.distances(given.lon, given.lat, compiled=compiled))


def memory(border: Border, lon: np.ndarray, lat: np.ndarray, name: str, *, compiled: bool) -> None:
    new = fresh(border)
    tracemalloc.start()
    out = ask(new, lon, lat, compiled=compiled)
    held = tracemalloc.get_traced_memory()[1] - out.nbytes
    tracemalloc.stop()
    print(f"  {name}: {held / 1e6:.0f} MB held at most beside input and output, tables included")


def two(border: Border, lon: np.ndarray, lat: np.ndarray, *, compiled: bool) -> None:
    """Each half by a thread with a processor of its own: a kernel may keep short ones on one."""
    own = sorted(os.sched_getaffinity(0))[:2] if hasattr(os, "sched_getaffinity") else []
    half = lon.size // 2

    def measure(part: slice, processor: set[int]) -> None:
        if processor:
            os.sched_setaffinity(0, processor)
        ask(border, lon[part], lat[part], compiled=compiled)

    with ThreadPoolExecutor(2) as pool:
        halves = slice(0, half), slice(half, None)
        done = [pool.submit(measure, part, set(own[k : k + 1])) for k, part in enumerate(halves)]
        for one in done:
            one.result()


def peers(
    report: Report, border: Border, lon: np.ndarray, lat: np.ndarray, truth: np.ndarray
) -> None:
    for name, make, share in (
        ("k-d tree over points every 50 m", kd_tree, 5),
        ("geopandas sjoin_nearest, EPSG:6372", sjoin_nearest, 10),
        ("spherely (S2)", s2, 50),
    ):
        try:
            measure = make(border)
        except ImportError as error:
            print(f"{name}: skipped ({error})")
            continue
        x, y = lon[: lon.size // share], lat[: lat.size // share]
        found = measure(x[:300], y[:300])
        report.row(
            name, best_of(lambda m=measure, p=(x, y): m(*p), 1), x.size, np.abs(found - truth)
        )
    try:
        server = PostGIS(border)
    except (ImportError, RuntimeError, KeyError) as error:
        print(f"PostGIS: skipped ({error})")
        return
    try:
        size = lon.size // 50
        server.load(lon[:300], lat[:300])
        start = best_of(server.measure, clock=time.perf_counter)
        wrong = np.abs(server.measure() - truth)
        server.load(lon[:size], lat[:size])
        spent = best_of(server.measure, 2, time.perf_counter) - start
        report.row("PostGIS ST_Distance(geography)", spent, size - 300, wrong)
        for name, own in report.own.items():
            print(f"  PostGIS takes {spent / (size - 300) / own:.0f} times as long as {name}")
    finally:
        server.stop()


def one_place() -> None:
    source = Source("bench", "", "", "")
    place = Place(
        *("Villa Unión", -100.7258, 28.2211, "MX", "Coahuila", None, "", "town", None, 1000.0),
        *("exact", 1.0, source),
    )
    distance.measure_place(place)
    warm = best_of(lambda: [distance.measure_place(place) for _ in range(50)]) / 50
    print(f"one place, warm: {warm * 1e3:.2f} ms")
    cold = best_of(
        lambda: subprocess.run(
            [sys.executable, "-m", "bordermap", "measure", "Villa Union, Coahuila"],
            capture_output=True,
            check=True,
        ),
        clock=time.perf_counter,
    )
    print(f"one place, cold, whole process: {cold:.2f} s")


if __name__ == "__main__":
    main()
