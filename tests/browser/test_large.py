"""A page of more rows than one block of texts holds: what its filters leave, and what it writes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from bordermap import renderer, scene
from bordermap.model import Incidents, Source

pytestmark = pytest.mark.browser

ROWS = 9_000


@pytest.fixture(scope="module")
def table():
    """Rows scattered over Mexico; some have no date, no number killed or no distance."""
    rng = np.random.default_rng(5)
    days = pd.Timestamp("2010-01-01") + pd.to_timedelta(rng.integers(0, 3650, ROWS), unit="D")
    frame = pd.DataFrame(
        {
            "date": days.strftime("%Y-%m-%d"),
            "killed": rng.poisson(2, ROWS).astype(float),
            "title": [f"Título {i}, “{i * 7919 % 10_007}”" for i in range(ROWS)],
            "category": rng.choice(["armed clash", "attack", ""], ROWS),
            "lon": rng.uniform(-110, -98, ROWS),
            "lat": rng.uniform(20, 30, ROWS),
            "border_km": rng.uniform(0, 600, ROWS),
        }
    )
    frame.loc[::97, "date"] = ""
    frame.loc[::89, "killed"] = np.nan
    frame.loc[::83, "border_km"] = np.nan
    frame.index += 2
    return frame


@pytest.fixture
def page(visit, table, us_mexico):
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table.lon, table.lat), crs=4326)
    rejected = pd.DataFrame(columns=["row", "column", "reason"])
    incidents = Incidents(points, rejected, Source("large", "", "", "large"))
    return visit(renderer.to_html(scene.build(incidents, us_mexico)), accept_downloads=True)


def written(page, name):
    with page.page.expect_download() as waiting:
        page.page.get_by_role("button", name=name).click()
    return Path(waiting.value.path()).read_text(encoding="utf-8-sig")


def test_filters_together_leave_what_the_table_says(page, table):
    page.page.get_by_label("Distance", exact=True).select_option("100")
    page.page.get_by_label("Killed", exact=True).select_option("2")
    page.page.evaluate(
        """() => {
            const slider = document.querySelector(".bm-sliders input");
            slider.value = 3;
            slider.dispatchEvent(new Event("input"));
        }"""
    )
    # What has no date is never hidden by time.
    dated = (table["date"] >= "2013") | (table["date"] == "")
    kept = table[(table["border_km"].round(3) <= 100) & (table["killed"] >= 2) & dated]
    assert page.count == len(kept) > 100
    assert f"{int(kept['killed'].sum()):,} killed" in page.text(".bm-summary")
    button = page.page.locator(".bm-classes button", has_text="attack")
    assert button.locator(".bm-count").inner_text() == f"{sum(kept['category'] == 'attack'):,}"
    button.click()
    kept = kept[kept["category"] != "attack"]
    assert page.count == len(kept)
    rows = pd.read_csv(io.StringIO(written(page, "Download CSV")), keep_default_na=False)
    assert sorted(rows["row"]) == list(kept.index)
    page.page.get_by_role("button", name="Reset filters").click()
    assert page.count == ROWS


def test_every_row_is_written_with_all_that_it_holds(page, table):
    features = json.loads(written(page, "Download GeoJSON"))["features"]
    found = {feature["properties"]["row"]: feature for feature in features}
    assert len(features) == len(found) == ROWS
    for row, feature in found.items():
        wanted, told = table.loc[row], feature["properties"]
        assert (told["title"], told["date"] or "") == (wanted["title"], wanted["date"])
        assert (told["category"] or "") == wanted["category"]
        assert told["killed"] == (None if np.isnan(wanted["killed"]) else wanted["killed"])
        assert feature["geometry"]["coordinates"] == [
            round(wanted["lon"], 5),
            round(wanted["lat"], 5),
        ]


def test_the_table_begins_as_it_is_sorted(page, table):
    """The rows that came with the page are those that sorting gives."""
    dated = table[table["date"] != ""].assign(row=lambda frame: frame.index)
    latest = dated.sort_values(["date", "row"], ascending=[False, True])["title"].tolist()
    shown = page.page.locator("#bm-table tbody .bm-pick")
    assert shown.all_inner_texts() == latest[:24]
    page.page.get_by_role("button", name="Show 100 more").click()
    page.wait("document.querySelectorAll('#bm-table tbody tr').length === 100")
    assert shown.all_inner_texts() == latest[:100]
    heading = page.page.locator("#bm-table thead button", has_text="Date")
    for sort in ("ascending", "descending"):
        heading.click()
        page.wait(f"!!document.querySelector('#bm-table th[aria-sort={sort}]')")
    page.wait("document.querySelectorAll('#bm-table tbody tr').length === 24")
    assert shown.all_inner_texts() == latest[:24]
