"""A real Chromium, cut off from every network, and pages in it."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ADVICE = (
    "the browser tests need Chromium: install Debian's package chromium, or name a Chromium or "
    "Chrome in BORDERMAP_CHROMIUM, or run `playwright install chromium`"
)


def find_chromium() -> str | None:
    """Path of the browser in use; None leaves the choice to playwright's own."""
    named = os.environ.get("BORDERMAP_CHROMIUM")
    if named:
        return named
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        except Error as error:
            pytest.fail(f"{ADVICE}\n{error}")
        yield browser
        browser.close()


class Visit:
    """One page as a reader has it, with all that it asked for and complained about."""

    def __init__(self, browser, path: Path, **options) -> None:
        options = {"viewport": {"width": 1280, "height": 800}, "offline": True} | options
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(8_000)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.goto(path.as_uri())
        self.wait("window.bordermap && window.bordermap.ready")

    def _asked(self, url: str) -> None:
        if not url.startswith(("file:", "data:", "blob:")):
            self.requests.append(url)

    def _said(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _dialog(self, dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def wait(self, expression: str, seconds: float = 30) -> None:
        """Until the expression holds; playwright's own waiting needs the eval that pages forbid."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            if time.monotonic() > end:
                pytest.fail(f"never true: {expression}; the page said {self.complaints}")
            self.page.wait_for_timeout(20)

    @property
    def count(self) -> int:
        return self.page.evaluate("window.bordermap.count")

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.evaluate("node => node.textContent")

    def at(self, lon: float, lat: float) -> list[float]:
        """Where a place is on the screen."""
        return self.page.evaluate(
            """([lon, lat]) => {
                const map = window.map_bordermap;
                const at = map.latLngToContainerPoint([lat, lon]);
                const box = map.getContainer().getBoundingClientRect();
                return [at.x + box.left, at.y + box.top];
            }""",
            [lon, lat],
        )

    def assert_quiet(self) -> None:
        """Nothing was asked of any host, nothing went wrong, no dialog came up."""
        assert self.requests == []
        assert self.complaints == []
        assert self.dialogs == []


@pytest.fixture
def visit(chromium, tmp_path):
    visits: list[Visit] = []

    def go(page: str | Path, **options) -> Visit:
        if isinstance(page, str):
            path = tmp_path / f"page{len(visits)}.html"
            path.write_bytes(page.encode("utf-8"))
            page = path
        visits.append(Visit(chromium, page, **options))
        return visits[-1]

    yield go
    for one in visits:
        one.context.close()


@pytest.fixture(scope="session")
def example_map():
    import bordermap

    table = Path(__file__).parents[2] / "examples" / "incidents.csv"
    return bordermap.draw(table, title="Violence along the border")


@pytest.fixture(scope="session")
def example_html(example_map) -> str:
    return example_map.to_html()
