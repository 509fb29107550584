"""The map's page: size, making, opening and moving, beside other tools on the same rows.

    python tests/bench/page.py [--rows 1000 100000] [--text prose] [--scripts FOLDER]

Rows have a date, killed, a title of 40, a note of 180 and an address of 50 characters. `--text` is
`prose` (sentences of a vocabulary, as reports have), or `noise` (3,000 words of random letters drawn
by Zipf's law: as hard to compress as text gets). Every tool gets the same rows, placed and
measured, makes its page, and opens it in the same headless Chromium without a GPU: from navigation
to all points drawn. The reference of all ratios is folium's FastMarkerCluster.

The other tools' pages ask hosts for their scripts. `--scripts` names a folder of files that answer
instead, by their last name (leaflet.js, leaflet.markercluster.js, ...), so that they open without a
network; what is not there gets an empty answer. A tool that is not installed is passed over.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from playwright.sync_api import Browser, Page, sync_playwright

import bordermap
from bordermap import distance
from bordermap.model import Incidents, Source

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CALLBACK = (
    "function (row) { return L.marker([row[0], row[1]]).bindPopup(row.slice(2).join('<br>')); }"
)
COLUMNS = ["lat", "lon", "date", "killed", "title", "description", "url"]
LONGEST_S = 300


def words(kind: str, rng: np.random.Generator) -> Callable[[int, int], list[str]]:
    """What makes so many texts of a size."""
    letters = np.array(list("abcdefghijklmnoprstuvy"))
    made = np.array(["".join(rng.choice(letters, rng.integers(2, 11))) for _ in range(3000)])
    if kind == "noise":
        weight = 1 / np.arange(1, 3001)
        weight /= weight.sum()

        def noise(rows: int, size: int) -> list[str]:
            drawn = made[rng.choice(3000, (rows, size // 5), p=weight)]
            return [" ".join(line)[:size] for line in drawn]

        return noise
    who = [
        "Gunmen",
        "Armed men",
        "A convoy",
        "Soldiers",
        "State police",
        "Federal agents",
        "Marines",
        "Two men",
    ]
    did = [
        "attacked",
        "ambushed",
        "shot at",
        "clashed with",
        "kidnapped",
        "killed",
        "wounded",
        "set fire to",
    ]
    whom = [
        "a police patrol",
        "the town hall",
        "a family",
        "farm workers",
        "a journalist",
        "a bar",
        "the mayor",
        "migrants",
    ]
    said = [
        "the state prosecutor said",
        "according to local media",
        "witnesses said",
        "no arrests were made",
    ]

    def prose(rows: int, size: int) -> list[str]:
        texts = [""] * rows
        while min(map(len, texts)) < size:
            parts = [rng.choice(some, rows) for some in (who, did, whom, made[:500], said)]
            days = rng.integers(1, 29, rows)
            texts = [
                f"{text}{a} {b} {c} in {d.title()} on day {n}, {e}. "
                for text, a, b, c, d, e, n in zip(texts, *parts, days, strict=True)
            ]
        return [text[:size] for text in texts]

    return prose


def table(rows: int, kind: str) -> Incidents:
    """Measured incidents: towns by Zipf's law, a few kilometres around each."""
    rng = np.random.default_rng(1)
    texts = words(kind, rng)
    weight = 1 / np.arange(1, 3001)
    towns = rng.uniform([-117, 22], [-97, 32.5], (3000, 2))
    at = towns[rng.choice(3000, rows, p=weight / weight.sum())] + rng.normal(0, 0.02, (rows, 2))
    days = np.datetime64("2009-01-01") + rng.integers(0, 5600, rows)
    near = distance.nearest(at[:, 0], at[:, 1])
    frame = pd.DataFrame(
        {
            "date": days.astype(str),
            "killed": rng.poisson(1.2, rows),
            "title": [text for n in chunks(rows) for text in texts(n, 40)],
            "description": [text for n in chunks(rows) for text in texts(n, 180)],
            "url": [
                f"https://example.org/news/{i * 7919 % 10_000_019:08d}/the-story-of-a-day"[:50]
                for i in range(rows)
            ],
            "lon": at[:, 0],
            "lat": at[:, 1],
            "match": "coordinates",
            "border": "us-mexico",
            "border_km": near.distance_m / 1000,
            "border_uncertainty_km": 0.25,
            "nearest_lon": near.lon,
            "nearest_lat": near.lat,
            "border_part": near.part,
            "side": "MX",
        }
    )
    frame.index += 2
    points = gpd.points_from_xy(frame["lon"], frame["lat"])
    rejected = pd.DataFrame(columns=["row", "column", "reason"])
    frame = gpd.GeoDataFrame(frame, geometry=points, crs=4326)
    return Incidents(frame, rejected, Source("bench", "", "", "bench"))


def chunks(rows: int) -> list[int]:
    return [min(20_000, rows - start) for start in range(0, rows, 20_000)]


# --- tools -------------------------------------------------------------------------------------


def ours(incidents: Incidents, path: Path) -> None:
    bordermap.draw(incidents, title="Bench").save(path)


def fast_marker_cluster(incidents: Incidents, path: Path) -> None:
    import folium
    from folium.plugins import FastMarkerCluster

    view = folium.Map([28, -104], zoom_start=5)
    rows = incidents.frame[COLUMNS].to_numpy().tolist()
    FastMarkerCluster(rows, callback=CALLBACK).add_to(view)
    view.save(path)


def marker_cluster(incidents: Incidents, path: Path) -> None:
    import folium
    from folium.plugins import MarkerCluster

    view = folium.Map([28, -104], zoom_start=5)
    cluster = MarkerCluster().add_to(view)
    for lat, lon, *rest in incidents.frame[COLUMNS].to_numpy().tolist():
        popup = folium.Popup("<br>".join(map(str, rest)))
        folium.Marker([lat, lon], popup=popup).add_to(cluster)
    view.save(path)


def explore(incidents: Incidents, path: Path) -> None:
    frame = gpd.GeoDataFrame(incidents.frame[COLUMNS], geometry=incidents.frame.geometry)
    frame.explore(tiles=None).save(path)


def plotly(incidents: Incidents, path: Path) -> None:
    import plotly.express as px

    frame = pd.DataFrame(incidents.frame[COLUMNS])
    figure = px.scatter(frame, x="lon", y="lat", hover_data=COLUMNS[2:], render_mode="webgl")
    figure.write_html(path, include_plotlyjs=True)


FIRST_PATHS = "!!document.querySelector('.leaflet-marker-icon, .leaflet-interactive')"
# Tool, what tells that its page is drawn, the most rows that it is tried with.
TOOLS: tuple[tuple[str, Callable[[Incidents, Path], None], str, float], ...] = (
    ("folium FastMarkerCluster", fast_marker_cluster, FIRST_PATHS, float("inf")),
    ("bordermap", ours, "!!(window.bordermap && window.bordermap.ready)", float("inf")),
    ("folium MarkerCluster", marker_cluster, FIRST_PATHS, 2_000),
    ("geopandas explore", explore, FIRST_PATHS, 20_000),
    ("plotly", plotly, "!!document.querySelector('.js-plotly-plot')?.calcdata?.length", 100_000),
)


# --- measures ------------------------------------------------------------------------------------


def opened(browser: Browser, path: Path, done: str, scripts: Path | None) -> tuple[Page, float]:
    """A tab in which the expression holds, and the milliseconds until two frames after."""

    def answer(route: Any) -> None:
        name = route.request.url.rsplit("/", 1)[-1].split("?")[0]
        if route.request.url.startswith("file:"):
            route.continue_()
        elif scripts and (scripts / name).is_file():
            route.fulfill(path=scripts / name)
        else:
            route.fulfill(body="")

    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.route("**/*", answer)
    tab.goto(path.as_uri(), wait_until="commit")
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        try:
            if tab.evaluate(done):
                frames = "new Promise((f) => requestAnimationFrame(() => requestAnimationFrame(f)))"
                tab.evaluate(frames)
                return tab, float(tab.evaluate("performance.now()"))
        except Exception as error:
            if "context was destroyed" not in str(error):
                raise
        time.sleep(0.005)
    return tab, float("inf")


def renderer_mb(browser: Browser) -> float:
    """Memory of the largest page process, as Linux counts it."""
    found = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pids = [one["id"] for one in found if one["type"] == "renderer"]
    try:
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids]
    except OSError:
        return float("nan")
    return max(pages) * resource.getpagesize() / 1e6


FRAMES = """async () => {
    const times = [];
    window.sampling = true;
    let last = performance.now();
    const step = (now) => { times.push(now - last); last = now; if (window.sampling) requestAnimationFrame(step); };
    requestAnimationFrame(step);
    window.frames_ = times;
}"""


def moving(tab: Page) -> tuple[float, float]:
    """The 95th percentile and the longest frame (ms) while the map is dragged and wheeled."""
    tab.evaluate(FRAMES)
    tab.mouse.move(440, 330)
    for turn in range(3):
        tab.mouse.down()
        for step in range(12):
            tab.mouse.move(440 + (12 if turn % 2 else -12) * step, 330 + 5 * step)
            tab.wait_for_timeout(16)
        tab.mouse.up()
        tab.mouse.move(440, 330)
        tab.mouse.wheel(0, -300 if turn < 2 else 300)
        tab.wait_for_timeout(500)
    tab.evaluate("window.sampling = false")
    times = sorted(tab.evaluate("window.frames_")[2:])
    return times[int(len(times) * 0.95)], times[-1]


def answering(tab: Page) -> dict[str, float]:
    """Milliseconds of a popup, and of a step of the time brush until the map is drawn again."""
    popup = tab.evaluate(
        """async () => {
            const from = performance.now();
            document.querySelectorAll(".bm-pick")[3].click();
            while (document.getElementById("bm-detail").hidden) await new Promise((f) => setTimeout(f));
            return performance.now() - from;
        }"""
    )
    brush = tab.evaluate(
        """() => {
            const slider = document.querySelector(".bm-sliders input");
            const times = [];
            for (let j = 0; j < 9; j++) {
                slider.value = j % 5;
                const from = performance.now();
                slider.dispatchEvent(new Event("input"));
                times.push(performance.now() - from);
            }
            return times.sort((a, b) => a - b)[4];
        }"""
    )
    return {"popup": popup, "brush": brush}


def measure(browser: Browser, name: str, path: Path, done: str, scripts: Path | None) -> dict:
    """Median opening of three, memory, and for our page how it moves and answers."""
    times, found = [], {}
    for turn in range(3):
        tab, ms = opened(browser, path, done, scripts)
        times.append(ms)
        if turn == 0:
            found["memory"] = renderer_mb(browser)
            if name == "bordermap":
                found["p95"], found["longest"] = moving(tab)
                found |= answering(tab)
        tab.close()
        if ms > 10_000:
            break
    found["opening"] = statistics.median(times)
    return found


def main() -> None:
    """Print one line for each tool and number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 100_000])
    parser.add_argument("--text", choices=["prose", "noise"], default="prose")
    parser.add_argument("--scripts", type=Path, help="folder of the other tools' scripts")
    arguments = parser.parse_args()
    head = f"{'rows':>9} {'tool':<25} {'MB':>7} {'made s':>7} {'open s':>7} {'page MB':>8}"
    print(head + "   of FastMarkerCluster's: size, making, opening")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        start = {"executable_path": shutil.which("chromium"), "args": ARGUMENTS}
        for rows in arguments.rows:
            incidents = table(rows, arguments.text)
            few = table(50, arguments.text)
            reference: tuple[float, float, float] | None = None
            for name, make, done, most in TOOLS:
                if rows > most:
                    continue
                path = Path(folder) / "page.html"
                try:
                    make(few, path)  # loads what is loaded once
                    began = time.perf_counter()
                    make(incidents, path)
                except ImportError as error:
                    print(f"{rows:>9,} {name:<25} passed over: {error}")
                    continue
                spent = time.perf_counter() - began
                size = path.stat().st_size / 1e6
                browser = playwright.chromium.launch(**start)
                got = measure(browser, name, path, done, arguments.scripts)
                browser.close()
                here = (size, spent, got["opening"])
                reference = reference or here
                ratios = "  ".join(f"{a / b:.3f}" for a, b in zip(here, reference, strict=True))
                print(
                    f"{rows:>9,} {name:<25} {size:7.2f} {spent:7.2f} {got['opening'] / 1000:7.2f} "
                    f"{got['memory']:8.0f}   {ratios}",
                    flush=True,
                )
                if "p95" in got:
                    print(
                        f"{'':>9} moving: 95th percentile of frames {got['p95']:.1f} ms, longest "
                        f"{got['longest']:.0f} ms; popup {got['popup']:.0f} ms; a step of the time "
                        f"brush {got['brush']:.1f} ms",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
