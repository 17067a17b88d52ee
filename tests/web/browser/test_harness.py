"""What the tests in a browser rely on: no fault of a page remains unheard."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest

from tests.support.browser import (
    DARK,
    PHONE,
    STILL,
    ZOOMED,
    Pages,
    View,
    another_server,
    axe,
    fits,
    opening,
)
from tests.support.household import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.long

SOUND = "<!DOCTYPE html><html lang=en><title>Sound</title><main><h1>Sound</h1></main>"
POLICY = "default-src 'none'; script-src 'unsafe-inline'; img-src *"


class Echo(BaseHTTPRequestHandler):
    """A page that says what its address says."""

    said: dict[str, str]

    def do_GET(self) -> None:
        body = self.said[self.path].encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with another_server(Echo) as address:
        yield address


@pytest.fixture
def pages(browser: Browser, address: str) -> Iterator[Pages]:
    with opening(Pages(browser, address)) as found:
        yield found


def say(text: str) -> None:
    Echo.said = {"/": text, "/favicon.ico": ""}


def test_a_sound_page_has_no_fault(pages: Pages) -> None:
    say(SOUND)
    page = pages.open()
    axe(page)
    fits(page)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("<script>console.error('told')</script>", "told"),
        ("<script>null.told</script>", "told"),
        ("<style>h1 {color: red}</style>", "Content Security Policy"),
        ("<img src='https://imgsimd.invalid/a.png' alt=''>", "https://imgsimd.invalid/a.png"),
    ],
)
def test_a_fault_of_a_page_is_heard(pages: Pages, wrong: str, told: str) -> None:
    say(SOUND + wrong)
    page = pages.open()
    until(lambda: page.title() and told in "\n".join(pages.faults))  # it hears while it is asked
    pages.faults.clear()


def test_what_a_screen_reader_cannot_name_is_found(pages: Pages) -> None:
    say(SOUND + "<button></button>")
    with pytest.raises(AssertionError, match="button-name"):
        axe(pages.open())


def test_a_page_that_must_be_scrolled_sideways_is_found(pages: Pages) -> None:
    say(SOUND + "<pre>" + "wide " * 200)
    with pytest.raises(AssertionError, match="beyond the edge"):
        fits(pages.open())


@pytest.mark.parametrize(
    ("view", "query"),
    [
        (DARK, "(prefers-color-scheme: dark)"),
        (PHONE, "(width: 360px)"),
        (STILL, "(prefers-reduced-motion: reduce)"),
        (ZOOMED, "(width: 640px) and (resolution: 2dppx)"),
    ],
)
def test_a_page_is_seen_as_the_view_says(pages: Pages, view: View, query: str) -> None:
    say(SOUND)
    page = pages.open(view=view)
    assert page.evaluate(f"matchMedia('{query}').matches")
