"""Every page, of photos whose names are as bad as names can be: it shows them as text, can be used
with a screen reader and the keyboard, and fits a phone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imgsimd.client import Client
from tests.support.browser import (
    DARK,
    DARK_PHONE,
    DESKTOP,
    PHONE,
    ZOOMED,
    Browsed,
    Pages,
    View,
    axe,
    expect,
    fits,
)
from tests.support.household import Household

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.long

NAMES = {
    b'"><img src=x onerror=alert(1)>.jpg': '"><img src=x onerror=alert(1)>.jpg',
    b"' onmouseover='alert(1).jpg": "' onmouseover='alert(1).jpg",
    b"{{ 7 * 7 }}{% raw %}.jpg": "{{ 7 * 7 }}{% raw %}.jpg",
    b"&lt;b&gt; &amp;.jpg": "&lt;b&gt; &amp;.jpg",
    "photo\u202egpj.exe.jpg".encode(): "photo\\u202egpj.exe.jpg",
    "\u05e9\u05dc\u05d5\u05dd 7.jpg".encode(): "\u05e9\u05dc\u05d5\u05dd 7.jpg",
    b"two\nlines\x1b[2J.jpg": "two\\nlines\\x1b[2J.jpg",
    b"caf\xe9.jpg": "caf\\xe9.jpg",
    b"-rf --.jpg": "-rf --.jpg",
    b"%2e%2e%2f#?a=b.jpg": "%2e%2e%2f#?a=b.jpg",
    b"w" * 251 + b".jpg": "w" * 251 + ".jpg",
}
"""Names, and how they are shown."""
FOLDER = b'in <script>alert("1")<\n'
"""What they lie in."""
PAGES = {
    "start": "start",
    "results": "similar?of={0}",
    "results with all filters": "similar?of={0}&format=jpg&since=2001&within=1.9",
    "copies": "similar?of={0}&same=1",
    "several": "similar?of={0}&of={1}",
    "photo": "photo?of={0}",
    "compared": "compare?a={0}&b={1}",
    "duplicates": "duplicates",
    "state": "state",
    "failed": "failed",
    "skipped": "skipped",
    "an error": "photo?of=999999999",
}
"""Addresses, with the ids of two photos."""


@pytest.fixture(scope="module")
def fill(album: list[Path]) -> Callable[[Household], None]:
    def put(home: Household) -> None:
        folder = os.path.join(os.fsencode(home.photos), FOLDER)
        os.makedirs(folder)
        for number, name in enumerate(NAMES):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(album[number].read_bytes())
        for name in (b"broken <b>\n.jpg", b"film <i>\x1b.mp4"):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(b"\xff\xd8\xff\xe0 is no picture")

    return put


@pytest.fixture(scope="module")
def ids(browsed: Browsed) -> list[int]:
    with Client(browsed.home.socket) as client:
        return sorted(image.id for image in client.images().images)


def opened(pages: Pages, ids: list[int], name: str, view: View = DESKTOP) -> Page:
    page = pages.open(PAGES[name].format(*ids), view)
    page.on("dialog", lambda dialog: pages.faults.append(f"a dialog: {dialog.message}"))
    page.wait_for_load_state()
    if name == "an error":
        pages.faults.clear()  # the console tells of the 404
    return page


@pytest.mark.parametrize("view", [DESKTOP, DARK, PHONE, ZOOMED], ids=str)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_used_by_everybody(
    pages: Pages, ids: list[int], name: str, view: View
) -> None:
    page = opened(pages, ids, name, view)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert page.title()
    axe(page)
    fits(page)


def test_names_are_shown_as_text(pages: Pages, ids: list[int]) -> None:
    page = opened(pages, ids, "results")
    page.mouse.move(400, 400)
    asked = page.get_by_role("heading", level=1).inner_text()
    shown = page.locator(".card .name").all_inner_texts()
    assert {*shown, asked.removeprefix("Similar to ")} >= set(NAMES.values())


def test_every_photo_has_a_page_of_its_own_with_its_name(pages: Pages, ids: list[int]) -> None:
    page = opened(pages, ids, "start", DARK_PHONE)
    headings = set()
    for number in ids:
        page.goto(f"{page.url.rsplit('/', 1)[0]}/photo?of={number}")
        headings.add(page.get_by_role("heading", level=1).inner_text())
        fits(page)
    assert headings == set(NAMES.values())


@pytest.mark.parametrize("name", [name for name in PAGES if name != "an error"])
def test_everything_that_can_be_clicked_is_reached_with_tab_and_seen_to_have_the_focus(
    pages: Pages, ids: list[int], name: str
) -> None:
    """But the cards of a grid, which arrows reach: one tab stop leads into a grid."""
    page = opened(pages, ids, name)
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, input, select, summary')].filter((e) =>"
        " e.checkVisibility() && e.tabIndex >= 0 && !e.disabled && !e.closest('.card')).length"
    )
    reached = page.evaluate("() => { window.reached = new Set(); }")
    for _ in range(wanted + 40):
        page.keyboard.press("Tab")
        reached = page.evaluate(SEEN)
        assert reached["isSeen"], reached["what"]
        if reached["count"] >= wanted:
            break
    assert reached["count"] >= wanted


SEEN = """() => {
  const element = document.activeElement;
  if (element === document.body) return {isSeen: true, count: window.reached.size};
  if (!element.closest(".card")) window.reached.add(element);
  const style = getComputedStyle(element);
  const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return {isSeen, count: window.reached.size, what: element.outerHTML.slice(0, 200)};
}"""
