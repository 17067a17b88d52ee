"""What other pages in the same browser get of ours, although it sends them the visitor's cookie for
this machine: nothing. They are on another port, or have a name that was made to lead here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from imgsimd.client import Client
from tests.support.browser import ARGUMENTS, CHROMIUM, Browsed, another_server, expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.long

REFUSED = "Another page asked for this."
TRIES = {
    "read a page": "fetch(url, {credentials: 'include'}).then((r) => r.text())",
    "read without CORS": "fetch(url, {credentials: 'include', mode: 'no-cors'})"
    ".then((r) => r.text().then((t) => t || Promise.reject()))",
    "embed a photo": "made('img', {src: thumbnail})",
    "embed a photo with CORS": "made('img', {src: thumbnail, crossOrigin: 'use-credentials'})",
    "run our script": "made('script', {type: 'module', src: folder + 'static/keys.js'})",
    "run a page as a script": "made('script', {src: url})",
    "use our style": "made('link', {rel: 'stylesheet', href: folder + 'static/style.css'})",
    "follow the events": "new Promise((done, fail) => {"
    " const events = new EventSource(folder + 'events', {withCredentials: true});"
    " events.onmessage = done; events.onerror = fail; })",
    "import our module": "import(folder + 'static/keys.js')",
}
"""JavaScript; each promise is fulfilled if the attack succeeds."""
TRY = """([url, thumbnail]) => {
  const folder = url.slice(0, url.lastIndexOf("/") + 1);
  const made = (tag, fields) => new Promise((done, fail) => {
    const element = Object.assign(document.createElement(tag), fields);
    element.onload = done; element.onerror = fail; document.body.append(element);
  });
  return (WHAT).then(() => true, () => false);
}"""


class Blank(BaseHTTPRequestHandler):
    """A page of somebody else, and what it has heard."""

    heard: list[str]

    def do_GET(self) -> None:
        self.heard.append(self.headers.get("Cookie", ""))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!DOCTYPE html><title>Elsewhere</title><body></body>")

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """The address of a page on another port."""
    Blank.heard = []
    with another_server(Blank) as address:
        yield address


@pytest.fixture
def visitor(browser: Browser, browsed: Browsed) -> Iterator[BrowserContext]:
    """The windows of somebody who has our cookie."""
    context = browser.new_context(storage_state=browsed.state)
    yield context
    context.close()


@pytest.fixture
def foreign(visitor: BrowserContext, elsewhere: str) -> Page:
    page = visitor.new_page()
    page.goto(elsewhere)
    return page


@pytest.fixture(scope="module")
def thumbnail(browsed: Browsed) -> str:
    with Client(browsed.home.socket) as client:
        image = client.images(limit=1).images[0]
    return f"{browsed.start.rsplit('/', 1)[0]}/thumbnail?of={image.id}&pixels=384"


def test_the_visitor_could_see_all_of_it(
    visitor: BrowserContext, browsed: Browsed, thumbnail: str
) -> None:
    """Otherwise the tests below would say nothing."""
    page = visitor.new_page()
    page.goto(browsed.start)
    for name in ("read a page", "embed a photo", "follow the events", "import our module"):
        assert succeeds(name, page, browsed.start, thumbnail), name


def succeeds(name: str, page: Page, address: str, thumbnail: str) -> bool:
    """Whether the page gets what it tries."""
    return bool(page.evaluate(TRY.replace("WHAT", TRIES[name]), [address, thumbnail]))


@pytest.mark.parametrize("name", TRIES)
def test_a_page_on_another_port_gets_nothing(
    foreign: Page, browsed: Browsed, thumbnail: str, name: str
) -> None:
    assert not succeeds(name, foreign, browsed.start, thumbnail)


def test_a_page_on_another_port_never_hears_the_cookie(foreign: Page) -> None:
    foreign.reload()
    assert set(Blank.heard) == {""}


def test_a_page_on_another_port_cannot_have_anything_done(foreign: Page, browsed: Browsed) -> None:
    """Neither by a script nor by a form that a visitor is made to send."""
    folder = browsed.start.rsplit("/", 1)[0]
    foreign.evaluate(
        "(url) => fetch(url, {method: 'POST', credentials: 'include', mode: 'no-cors'})"
        ".catch(() => {})",
        f"{folder}/pause",
    )
    foreign.set_content(f'<form method="post" action="{folder}/pause"><button>Win</button></form>')
    foreign.get_by_role("button").click()
    expect(foreign.get_by_text(REFUSED)).to_be_visible()
    with Client(browsed.home.socket) as client:
        assert client.status().state != "paused"


def test_our_pages_cannot_be_put_into_a_frame(foreign: Page, browsed: Browsed) -> None:
    foreign.set_content(f'<iframe src="{browsed.start}"></iframe>')
    frame = foreign.frames[-1]
    frame.wait_for_load_state()
    assert "Find photos" not in frame.content()


def test_a_window_that_another_page_opens_shows_nothing(
    foreign: Page, visitor: BrowserContext, browsed: Browsed
) -> None:
    with visitor.expect_page() as opened:
        foreign.evaluate("(url) => { window.opened = window.open(url); }", browsed.start)
    window = opened.value
    expect(window.get_by_text(REFUSED)).to_be_visible()


def test_a_link_on_another_page_leads_to_a_sentence_and_the_address_bar_to_the_page(
    foreign: Page, browsed: Browsed
) -> None:
    foreign.set_content(f'<a href="{browsed.start}">Photos</a>')
    foreign.get_by_role("link").click()
    expect(foreign.get_by_text(REFUSED)).to_be_visible()
    foreign.goto(browsed.start)
    expect(foreign.get_by_role("heading", level=1)).to_be_visible()


@contextmanager
def rebound(browsed: Browsed, browser: Browser) -> Iterator[tuple[Page, str]]:
    """A page of a browser that was told that another name leads to this machine."""
    port = urlsplit(browsed.start).port
    name = "photos.example"
    other = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*ARGUMENTS, f"--host-resolver-rules=MAP {name} 127.0.0.1"]
    )
    context = other.new_context()
    (cookie,) = browsed.state["cookies"]
    context.add_cookies(
        [{"name": cookie["name"], "value": cookie["value"], "path": cookie["path"], "domain": name}]
    )
    yield context.new_page(), f"http://{name}:{port}{urlsplit(browsed.start).path}"
    other.close()


def test_a_name_that_was_made_to_lead_here_gets_nothing(browsed: Browsed, browser: Browser) -> None:
    with rebound(browsed, browser) as (page, address):
        answer = page.goto(address)
        assert answer
        assert answer.status == 403
        expect(page.get_by_text("These pages are only for this machine")).to_be_visible()


def test_a_second_browser_cannot_use_the_token_again(browsed: Browsed, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(browsed.address)
    expect(page.get_by_text("The token in this address has been used.")).to_be_visible()
    page.goto(browsed.start)
    expect(page.get_by_text("This address needs its token.")).to_be_visible()
    context.close()


def test_the_token_leaves_the_address_bar(browsed: Browsed) -> None:
    assert "token" in browsed.address
    assert "token" not in browsed.start
