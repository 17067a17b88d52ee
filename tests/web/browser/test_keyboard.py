"""What somebody does with the keyboard alone: from the start to a photo, and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.browser import PHONE, STILL, Pages, View, expect
from tests.support.household import until

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.long


def place(page: Page) -> str:
    """The address below the folder, without the question."""
    address: str = page.url
    return address.rsplit("/", 1)[1].partition("?")[0]


def press(page: Page, key: str, leads_to: str) -> None:
    """Presses a key, and waits until that page is there and hears keys."""
    page.keyboard.press(key)
    until(lambda: page.title() and place(page) == leads_to)
    expect(page.get_by_role("button", name="Keys")).to_be_visible()


def enter_grid(page: Page) -> str:
    """Goes to the first photo; returns its path."""
    page.keyboard.press("j")
    expect(page.locator(".card:focus, .card :focus")).to_have_count(1)
    return focused(page)


def focused(page: Page) -> str:
    path: str = page.evaluate("document.activeElement.closest('.card').dataset.path")
    return path


@pytest.mark.parametrize("view", [STILL, PHONE], ids=str)
def test_from_the_newest_photos_to_similar_ones_and_back(pages: Pages, view: View) -> None:
    page = pages.open("start", view)
    page.get_by_role("button", name="Keys").wait_for()
    first = enter_grid(page)
    press(page, "s", "similar")
    expect(page.get_by_role("heading", level=1)).to_contain_text(first.rsplit("/", 1)[1])
    second = enter_grid(page)
    assert second != first
    press(page, "Enter", "photo")
    expect(page.get_by_role("heading", level=1)).to_contain_text(second.rsplit("/", 1)[1])
    press(page, "s", "similar")
    press(page, "Escape", "photo")
    press(page, "Escape", "similar")
    press(page, "Escape", "start")


def test_two_that_are_selected_are_compared(pages: Pages) -> None:
    page = pages.open("start")
    page.get_by_role("button", name="Keys").wait_for()
    enter_grid(page)
    page.keyboard.press(" ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    press(page, "c", "compare")
    page.keyboard.press("f")
    page.keyboard.press("+")
    press(page, "Escape", "start")


def test_what_is_missing_for_a_comparison_is_said(pages: Pages) -> None:
    page = pages.open("start")
    page.get_by_role("button", name="Keys").wait_for()
    enter_grid(page)
    page.keyboard.press("c")
    expect(page.locator("#toast")).to_contain_text("select both")


def test_the_list_of_keys_opens_and_gives_the_focus_back(pages: Pages) -> None:
    page = pages.open("start")
    page.get_by_role("button", name="Keys").wait_for()
    photo = enter_grid(page)
    page.keyboard.press("?")
    keys = page.get_by_role("dialog")
    for label in ("Find similar photos", "Copy its path", "Back", "Open"):
        expect(keys.get_by_text(label, exact=True)).to_be_visible()
    page.keyboard.press("s")  # goes nowhere behind the dialog
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    assert place(page) == "start"
    assert focused(page) == photo


def test_filters_are_reached_and_filled_in_while_keys_are_only_letters(pages: Pages) -> None:
    page = pages.open("start")
    page.get_by_role("button", name="Keys").wait_for()
    enter_grid(page)
    press(page, "s", "similar")
    page.keyboard.press("/")
    expect(page.get_by_role("link", name="Filters")).to_be_focused()
    page.keyboard.press("Enter")
    since = page.locator("#since")
    expect(since).to_be_visible()
    page.get_by_role("button", name="Keys").wait_for()
    page.keyboard.press("/")
    expect(since).to_be_focused()
    page.keyboard.type("sjxc?/")
    expect(since).to_have_value("sjxc?/")
    expect(page.get_by_role("dialog")).to_be_hidden()
    since.fill("2001")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("[?&]since=2001"))


def test_the_first_stop_of_tab_skips_to_the_content(pages: Pages) -> None:
    page = pages.open("start")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_no_key_with_control_or_alt_is_taken_from_the_browser(pages: Pages) -> None:
    page = pages.open("start")
    page.get_by_role("button", name="Keys").wait_for()
    enter_grid(page)
    for key in ("Control+s", "Alt+s", "Meta+s", "Control+c", "Control+p", "Control+r"):
        taken = page.evaluate(
            """([modifier, key]) => !document.activeElement.dispatchEvent(new KeyboardEvent(
              "keydown", {key, [`${modifier}Key`]: true, bubbles: true, cancelable: true}))""",
            ["ctrl" if key.startswith("Control") else key.split("+")[0].lower(), key[-1]],
        )
        assert not taken, key
    assert place(page) == "start"
