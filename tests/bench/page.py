"""The map's page: size, making and opening, beside folium's FastMarkerCluster on the same rows.

    python tests/bench/page.py [--rows 1000 20000 100000]

Rows have a date, killed, a title of 40, a note of 180 and an address of 50 characters, in words of
random letters drawn by Zipf's law. Sizes and making times are given as ratios to a
`folium.plugins.FastMarkerCluster` of the same rows made in the same run. Opening, from navigation
to `window.bordermap.ready`, is given as a ratio to opening a page that holds as many characters of
text and draws nothing: FastMarkerCluster itself cannot open without four hosts' files.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
from folium.plugins import FastMarkerCluster
from playwright.sync_api import Browser, sync_playwright

from bordermap import borders, distance, renderer, scene
from bordermap.model import Incidents, Source

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CALLBACK = (
    "function (row) { return L.marker([row[0], row[1]]).bindPopup(row.slice(2).join('<br>')); }"
)


def table(rows: int) -> Incidents:
    """Measured incidents: towns by Zipf's law, a few kilometres around each."""
    rng = np.random.default_rng(1)
    letters = np.array(list("abcdefghijklmnoprstuvy"))
    words = np.array(["".join(rng.choice(letters, rng.integers(2, 11))) for _ in range(3000)])
    weight = 1 / np.arange(1, 3001)
    weight /= weight.sum()
    towns = rng.uniform([-117, 22], [-97, 32.5], (3000, 2))
    at = towns[rng.choice(3000, rows, p=weight)] + rng.normal(0, 0.02, (rows, 2))

    def texts(size: int) -> list[str]:
        drawn = words[rng.choice(3000, (rows, size // 5), p=weight)]
        return [" ".join(line)[:size] for line in drawn]

    near = distance.nearest(at[:, 0], at[:, 1])
    days = np.datetime64("2009-01-01") + rng.integers(0, 5600, rows)
    frame = pd.DataFrame(
        {
            "date": days.astype(str),
            "killed": rng.poisson(1.2, rows),
            "title": texts(40),
            "description": texts(180),
            "url": [
                f"https://example.org/news/{i * 7919 % 10_000_019:08d}/the-story-of-a-day"[:50]
                for i in range(rows)
            ],
            "lon": at[:, 0],
            "lat": at[:, 1],
            "match": "coordinates",
            "border_km": near.distance_m / 1000,
            "border_uncertainty_km": 0.25,
            "nearest_lon": near.lon,
            "nearest_lat": near.lat,
            "border_part": near.part,
        }
    )
    frame.index += 2
    points = gpd.points_from_xy(frame["lon"], frame["lat"])
    rejected = pd.DataFrame(columns=["row", "column", "reason"])
    frame = gpd.GeoDataFrame(frame, geometry=points, crs=4326)
    return Incidents(frame, rejected, Source("bench", "", "", "bench"))


def ours(incidents: Incidents) -> str:
    return renderer.to_html(scene.build(incidents, borders.load("us-mexico"), title="Bench"))


def theirs(incidents: Incidents) -> str:
    columns = ["lat", "lon", "date", "killed", "title", "description", "url"]
    view = folium.Map([28, -104], zoom_start=5)
    rows = incidents.frame[columns].to_numpy().tolist()
    FastMarkerCluster(rows, callback=CALLBACK).add_to(view)
    return view.get_root().render()


def timed(make: Callable[[], str], times: int) -> tuple[float, str]:
    spent = []
    page = ""
    for _ in range(times):
        start = time.perf_counter()
        page = make()
        spent.append(time.perf_counter() - start)
    return min(spent), page


def opening(browser: Browser, page: str, done: str, times: int = 5) -> float:
    """Median milliseconds until the expression holds, by the page's own clock."""
    spent = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(page, encoding="utf-8")
        for _ in range(times):
            tab = browser.new_page(viewport={"width": 1280, "height": 800})
            tab.goto(path.as_uri())
            while not tab.evaluate(done):
                time.sleep(0.005)
            spent.append(float(tab.evaluate("performance.now()")))
            tab.close()
    return statistics.median(spent)


def main() -> None:
    """Print one line for each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 20_000, 100_000])
    arguments = parser.parse_args()
    print(
        "rows      page      of FastMarkerCluster's size  making  opening / empty page of its size"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        for rows in arguments.rows:
            incidents = table(rows)
            times = 3 if rows <= 20_000 else 1
            making, page = timed(lambda i=incidents: ours(i), times)
            reference, other = timed(lambda i=incidents: theirs(i), times)
            empty = f"<!DOCTYPE html><title>x</title><template>{'x' * len(page)}</template>"
            ready = opening(browser, page, "!!(window.bordermap && window.bordermap.ready)")
            floor = opening(browser, empty, "document.readyState === 'complete'")
            print(
                f"{rows:<9,} {len(page.encode()) / 1e6:6.2f} MB {len(page) / len(other):25.2f}x "
                f"{making / reference:6.2f}x {ready / floor:9.1f}x"
            )
        browser.close()


if __name__ == "__main__":
    main()
