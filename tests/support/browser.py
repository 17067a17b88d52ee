"""A real browser that looks at the pages of `imgsimctl browse`: Playwright with a Chromium of this
machine. `.ci/browser` puts all of it in place; where something is missing, the tests are skipped.

Playwright keeps an event loop running in the thread of the tests for as long as it is started.
It is started once for each module, so that the async tests of other modules find none; a module
that uses these fixtures has no async test.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pytest

from tests.support.household import SCRIPTS, Household
from tests.support.patience import DEADLINE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, StorageState
    from playwright.sync_api import expect as expect
else:

    def expect(actual: Any, *message: str) -> Any:
        """Playwright's assertions, which wait: `expect(page.get_by_role("img")).to_be_visible()`.

        Imported late, because tests of which this one is no part are collected without Playwright.
        """
        from playwright.sync_api import expect

        return expect(actual, *message)


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), "")
ARGUMENTS = (
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = Path(sys.prefix) / "axe/node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")
"""Of axe's four grades, those that no page may have."""


def _missing() -> str:
    found = {
        "chromium on PATH": CHROMIUM,
        "playwright": importlib.util.find_spec("playwright"),
        f"axe-core in {AXE.parents[2]}": AXE.exists(),
    }
    return " and ".join(name for name, there in found.items() if not there)


MISSING = _missing()
"""What these tests need and is not there; "" where nothing is missing."""


@dataclass(frozen=True)
class View:
    """How somebody looks at a page. `width` and `height` are CSS pixels."""

    width: int = 1280
    height: int = 800
    dark: bool = False
    still: bool = False
    """Prefers reduced motion."""
    zoom: int = 1
    """Pixels of the screen for one of CSS: a browser that zooms by two shows half as many."""

    def options(self) -> dict[str, Any]:
        """For `Browser.new_context`."""
        return {
            "viewport": {"width": self.width, "height": self.height},
            "color_scheme": "dark" if self.dark else "light",
            "reduced_motion": "reduce" if self.still else "no-preference",
            "device_scale_factor": self.zoom,
        }


DESKTOP = View()
DARK = View(dark=True)
PHONE = View(360, 740)
DARK_PHONE = View(360, 740, dark=True)
STILL = View(still=True)
ZOOMED = View(640, 400, zoom=2)
"""1280 x 800 at 200 %."""


class Pages:
    """Opens pages, and hears of what is wrong in them: errors in the console (also those of the
    content security policy), exceptions, and requests to anywhere but `origin`."""

    def __init__(self, browser: Browser, start: str, state: StorageState | None = None) -> None:
        self.faults: list[str] = []
        """A test that causes some on purpose clears them."""
        self.start = start
        """Other addresses are relative to this one."""
        self._origin = urlsplit(start)[:2]
        self._browser = browser
        self._state = state
        self._contexts: list[BrowserContext] = []

    def open(self, address: str = "", view: View = DESKTOP) -> Page:
        """A page in a window of its own, with the cookie of a visitor."""
        page = self.context(view).new_page()
        page.goto(urljoin(self.start, address))
        return page

    def context(self, view: View = DESKTOP) -> BrowserContext:
        """A window, in which several pages can be opened."""
        context = self._browser.new_context(storage_state=self._state, **view.options())
        context.set_default_timeout(DEADLINE * 1000)
        context.on("console", lambda line: self._note(line.type == "error", line.text))
        context.on("weberror", lambda error: self._note(True, str(error.error)))
        context.on("request", lambda request: self._note(self._leaves(request.url), request.url))
        self._contexts.append(context)
        return context

    def _leaves(self, address: str) -> bool:
        scheme, host, *_ = urlsplit(address)
        return scheme not in ("blob", "data", "about") and (scheme, host) != self._origin

    def _note(self, wrong: bool, text: str) -> None:
        if wrong:
            self.faults.append(text)

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@dataclass(frozen=True)
class Browsed:
    """A household, and the pages that `imgsimctl browse` serves of it."""

    home: Household
    process: subprocess.Popen[bytes]
    address: str
    """With the token, which was used."""
    start: str
    """Where the token led."""
    state: StorageState
    """The cookie that it was exchanged for."""


@contextmanager
def browsing(home: Household, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A running `imgsimctl browse --no-open`, and the address with its token."""
    command = [str(SCRIPTS / "imgsimctl"), "browse", "--no-open", *arguments]
    with subprocess.Popen(command, env=home.environ, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().decode().strip()
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without any window."""
    if MISSING:
        pytest.skip(f"needs {MISSING}; `.ci/browser` installs it")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=DEADLINE * 1000)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def household(
    tmp_path_factory: pytest.TempPathFactory, fill: Callable[[Household], None]
) -> Iterator[Household]:
    """A household whose daemon runs and has indexed what `fill` has put there."""
    home = Household(tmp_path_factory.mktemp("household"))
    fill(home)
    home.start()
    home.settle()
    yield home
    home.close()


@pytest.fixture(scope="module")
def fill(album: list[Path]) -> Callable[[Household], None]:
    """Puts photos into the household: twelve drawn ones, a copy, and a file that is damaged. A
    module that needs others has a fixture of this name."""

    def put(home: Household) -> None:
        for number, picture in enumerate(album[:12]):
            folder = ("2019/Brighton", "2021/garden", "2021/summer")[number % 3]
            home.add(picture, f"{folder}/{picture.name}")
        home.add(album[0], "sent/copy of the first.jpg")
        (home.photos / "sent/broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 is no picture")

    return put


@pytest.fixture(scope="module")
def browsed(household: Household, browser: Browser) -> Iterator[Browsed]:
    """`imgsimctl browse` at work, and a page that stays open, so that it does not end."""
    with browsing(household) as (process, address):
        first = browser.new_context()
        page = first.new_page()
        page.goto(address)
        yield Browsed(household, process, address, page.url, first.storage_state())
        first.close()


@pytest.fixture
def pages(browser: Browser, browsed: Browsed) -> Iterator[Pages]:
    """Opens pages of `browsed`. The test fails if any of them had a fault."""
    with opening(Pages(browser, browsed.start, browsed.state)) as found:
        yield found


@contextmanager
def opening(pages: Pages) -> Iterator[Pages]:
    """These pages, which are closed at the end, and had no fault until then."""
    try:
        yield pages
    finally:
        pages.close()
    assert not pages.faults, "\n".join(pages.faults)


@pytest.fixture
def page(pages: Pages) -> Page:
    """The start page."""
    return pages.open()


@contextmanager
def another_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server of somebody else on this machine; its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def press(page: Page, key: str) -> None:
    """Presses a key once the page has registered its keys, which is after its text is there."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def axe(page: Page) -> None:
    """Fails where axe-core finds something serious or critical in the page, once it has loaded."""
    page.wait_for_load_state()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    flaws = [
        f"{flaw['id']}: {flaw['help']}: {node['html']}: {node['failureSummary']}"
        for flaw in found["violations"]
        if flaw["impact"] in GRAVE
        for node in flaw["nodes"]
    ]
    assert not flaws, "\n".join(flaws)


def fits(page: Page) -> None:
    """Fails where the page must be scrolled sideways, once its style sheet has been applied, which
    is after its text is there."""
    page.wait_for_load_state()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    beyond = page.evaluate(wide)
    assert beyond <= 0, f"{beyond} CSS pixels are beyond the edge of {page.url}"
