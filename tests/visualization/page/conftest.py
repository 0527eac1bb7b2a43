"""A page, and a browser to view it."""

import shutil
import time
from contextlib import contextmanager

import numpy as np
import pytest

from loco_mm.media import probe
from loco_mm.structures import Events, TemporalGrid
from loco_mm.visualization import PageVideo, write_page

from ...media_files import write_flash

MARKUP = "<img src=x onerror=alert(1)>&amp;</script><b>"
CLASSES = ("bark", MARKUP, "rain")
GRID = TemporalGrid(fps=10, num_frames=10, stride=5)
# Options for machines without a screen, a GPU or the network.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def events(*rows):
    rows = np.array(rows, dtype=float).reshape(-1, len(rows[0]) if rows else 4)
    scores = rows[:, 3] if rows.shape[1] == 4 else None
    return Events(rows[:, :2], rows[:, 2].astype(int), scores)


@pytest.fixture(scope="session")
def videos(tmp_path_factory):
    """Three videos: one with file and ground truth, one with neither, one with bad predictions."""
    path = write_flash(tmp_path_factory.mktemp("page") / "a.mp4", seconds=6, layout="stereo")
    pred = events((3.0, 4.125, 0, 0.9), (0.5, 2.0, 1, 0.6), (3.1, 4.3, 0, 0.3), (1, 5, 2, 0.15))
    curves = np.zeros((11, 3), np.float32)
    curves[5:8, 0], curves[1:4, 1] = 0.9, 0.6
    return [
        PageVideo(
            MARKUP, 6.0, pred, events((3.0, 4.0, 0), (4.5, 5.5, 1)), probe(path), curves, GRID
        ),
        PageVideo("second", 90.0, events((10, 80, 2, 0.5))),
        PageVideo(
            "third", 10.0, events((1, 2, 0, 0.8), (4, 5, 0, 0.7)), events((7, 8, 0), (1, 9, 2))
        ),
    ]


@pytest.fixture(scope="session")
def page_file(videos, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "events.html"
    assert write_page(path, f"Events {MARKUP}", videos, CLASSES) == []
    return path


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if program is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=program, args=_FLAGS)
        yield running
        running.close()


def wait_for(tab, condition, seconds=10):
    """Wait for a condition in JavaScript; the page's security policy forbids the tab to do so."""
    end = time.monotonic() + seconds
    while not tab.evaluate(condition):
        assert time.monotonic() < end, condition
        tab.wait_for_timeout(20)


@pytest.fixture(scope="session")
def looking(browser):
    """Opens a page in a separate window: ``with looking(path, color_scheme="dark") as tab:``.

    Finally asserts that there were no errors, and no requests other than for the page itself.
    """

    @contextmanager
    def open_tab(path, **options):
        options = dict(viewport=dict(width=1200, height=900)) | options
        context = browser.new_context(**options)
        tab, wrong = context.new_page(), []
        tab.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("dialog", lambda dialog: wrong.append(f"dialog {dialog.message}"))
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(path.as_uri())
        yield tab
        context.close()
        assert wrong == []
        # URLs that the page creates from its own content are not requests.
        assert {url for url in asked if not url.startswith("blob:")} == {path.as_uri()}

    return open_tab
