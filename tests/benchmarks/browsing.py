"""How fast the pages of `imgsimctl browse` are among 100,000 images, and what they take.

    python -m tests.benchmarks.browsing

A real browser without a window looks at them; see `tests/support/browser.py` for what it needs. The
photos nearest to the one that is asked about are real files, all others are empty. The worker runs,
and nothing has been seen before, unless a row says otherwise.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from imgsimd.client import Client
from imgsimd.config import DEFAULT_MODEL
from imgsimd.models.model_files import BUILT_IN, find
from imgsimd.vectors import Vector, to_unit_vector
from imgsimd.web.thumbnail_cache import MOST_BYTES
from tests.benchmarks import table
from tests.benchmarks.pictures import unseen
from tests.benchmarks.populating import populate
from tests.benchmarks.table import Row
from tests.support.browser import ARGUMENTS, CHROMIUM, DESKTOP, MISSING, browsing
from tests.support.household import Household

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IMAGES = 100_000
REAL = 5200
"""Photos with a picture."""
ROUNDS = 5
SCROLLED, PAGED = 1000, 5000
"""Results to scroll through, and to have on the page at the end."""
SPEED = 6000
"""CSS pixels a second: a quick flick, seven screens."""
LONG_MS = 50.0
"""A frame that takes longer is seen as a jerk."""
WATCH = """
window.painted = new Promise((resolve) => {
  new MutationObserver((_, watcher) => {
    const picture = document.querySelector(".grid img");
    if (!picture) return;
    picture.setAttribute("elementtiming", "first");
    watcher.disconnect();
  }).observe(document, { childList: true, subtree: true });
  new PerformanceObserver((list) => {
    resolve(performance.timeOrigin + list.getEntries()[0].renderTime);
  }).observe({ type: "element", buffered: true });
});
"""
"""Promises the moment when the first picture of a grid is painted."""
SCROLL = """
async ([count, speed]) => {
  const cards = document.querySelector(".grid").children;
  const frames = [], begun = performance.now();
  let last = begun, waited = 0;
  while (true) {
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    const before = scrollY;
    scrollBy({ top: speed * Math.min(now - last, 50) / 1000, behavior: "instant" });
    if (scrollY === before) waited += now - last;
    last = now;
    const end = cards[count - 1]?.getBoundingClientRect();
    if (end && end.bottom < innerHeight) break;
    if (now - begun > 120000) throw new Error(`only ${cards.length} came`);
  }
  return { frames, waited, seconds: (last - begun) / 1000 };
}
"""
"""Scrolls until so many photos have passed; milliseconds of each frame."""
PAGE_ON = """
async (count) => {
  const cards = document.querySelector(".grid").children;
  const end = performance.now() + 300000;
  while (cards.length < count && performance.now() < end) {
    scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
    await new Promise(requestAnimationFrame);
  }
  return cards.length;
}
"""


@dataclass
class Times:
    """Milliseconds of each round."""

    printed: list[float]
    """From the start of the process until its address is there."""
    started: list[float]
    """From the start of the process until the first picture is painted."""
    opened: list[float]
    """From opening the address until then."""


@dataclass(frozen=True)
class Taken:
    """What a page takes, garbage apart."""

    heap: int
    """Bytes, of JavaScript."""
    nodes: int
    """Of the document."""
    memory: int
    """Bytes, of its whole process."""

    @classmethod
    def of(cls, page: Page) -> Taken:
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        session.send("HeapProfiler.collectGarbage")
        found: dict[str, Any] = {
            each["name"]: each["value"]
            for each in session.send("Performance.getMetrics")["metrics"]
        }
        session.detach()
        return cls(int(found["JSHeapUsedSize"]), int(found["Nodes"]), _renderer_bytes())


def rows() -> Iterator[Row]:
    """Nothing where there is no browser."""
    if MISSING:
        print(f"The pages of browse need {MISSING}.")
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        home = Household(Path(place))
        photos = _photos(home)
        populate(home, IMAGES - REAL, photos=photos)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        home.start()
        try:
            home.settle()
            yield from _measured(home, browser, list(photos))
        finally:
            browser.close()
            home.close()


def _photos(home: Household) -> dict[Path, Vector]:
    """Each is a little farther from the first than the one before."""
    rng = np.random.default_rng(0)
    first, away = (to_unit_vector(rng.standard_normal(_dimension())) for _ in range(2))
    files = unseen(home.photos / "real", REAL)
    return {
        file: to_unit_vector(first + 0.8 * number / REAL * away)
        for number, file in enumerate(files)
    }


def _dimension() -> int:
    return find(DEFAULT_MODEL, BUILT_IN).dimension


def _measured(home: Household, browser: Browser, photos: Sequence[Path]) -> Iterator[Row]:
    client = Client(home.socket)
    client.thumbnail(client.similar(photos[0], k=1).matches[0].id)  # the worker has started
    times = Times([], [], [])
    for photo in photos[100 : 100 + ROUNDS]:
        with _looking(home, browser, photo, times):
            pass
    yield from _first_pictures(times)
    with _looking(home, browser, photos[0], Times([], [], [])) as page:
        before = Taken.of(page)
        yield from _scrolled(page)
        yield from _paged(page, before)
    yield from _kept(home)


def _first_pictures(times: Times) -> Iterator[Row]:
    printed, started, opened = (
        f"{median(each):.0f} ms" for each in (times.printed, times.started, times.opened)
    )
    yield Row("`imgsimctl browse PICTURE` until the address is printed", printed, "")
    yield Row("- until the first match's picture is painted", started, "", None, "<= 500 ms")
    yield Row("opening the address until then", opened, "")


@contextmanager
def _looking(home: Household, browser: Browser, photo: Path, times: Times) -> Iterator[Page]:
    """A page of photos that look like this one."""
    context = browser.new_context(**DESKTOP.options())
    context.add_init_script(WATCH)
    page = context.new_page()
    start = time.time()
    with browsing(home, str(photo)) as (_, address):
        times.printed.append((time.time() - start) * 1000)
        begun = time.time()
        page.goto(address, wait_until="commit")
        painted = page.evaluate("window.painted") / 1000
        times.started.append((painted - start) * 1000)
        times.opened.append((painted - begun) * 1000)
        yield page
        context.close()


def _scrolled(page: Page) -> Iterator[Row]:
    found = page.evaluate(SCROLL, [SCROLLED, SPEED])
    frames = np.array(found["frames"])
    long = frames[frames > LONG_MS]
    yield Row(
        f"scrolling through {SCROLLED:,} results", f"{found['seconds']:.1f} s",
        f"{found['waited'] / 1000:.1f} s of it at the end, waiting for more",
    )  # fmt: skip
    yield Row(
        f"- frames longer than {LONG_MS:.0f} ms", f"{len(long)} of {len(frames)}",
        f"the longest {frames.max():.0f} ms", None, "0",
    )  # fmt: skip


def _paged(page: Page, before: Taken) -> Iterator[Row]:
    start = time.perf_counter()
    count = page.evaluate(PAGE_ON, PAGED)
    taken = time.perf_counter() - start
    yield Row(f"going on to {count:,} results", f"{taken:.1f} s", "")
    after = Taken.of(page)
    yield Row(
        "- JavaScript's heap then", f"{after.heap / 1e6:.1f} MB",
        f"with the first page {before.heap / 1e6:.1f} MB", after.heap / before.heap,
    )  # fmt: skip
    yield Row(
        "- nodes of the page", f"{after.nodes:,}",
        f"with the first page {before.nodes:,}", after.nodes / before.nodes,
    )  # fmt: skip
    yield Row(
        "- memory of the page's process", f"{after.memory / 1e6:.0f} MB",
        f"with the first page {before.memory / 1e6:.0f} MB", after.memory / before.memory,
    )  # fmt: skip


def _renderer_bytes() -> int:
    """Of the largest page of our browser."""
    found = [0]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            pages = int((folder / "statm").read_text().split()[1])
        except OSError:
            continue
        if b"--type=renderer" in command:
            found.append(pages * os.sysconf("SC_PAGE_SIZE"))
    return max(found)


def _kept(home: Household) -> Iterator[Row]:
    files = list((home.folder / ".cache/imgsimd/thumbnails").glob("*.jpg"))
    size = sum(file.stat().st_size for file in files)
    yield Row(
        f"{len(files):,} thumbnails on the disk", f"{size / 1e6:.0f} MB",
        f"limit {MOST_BYTES / 1e6:,.0f} MB", size / MOST_BYTES,
    )  # fmt: skip


if __name__ == "__main__":
    table.show(rows())
