"""Duplicates in the browser: found, decided group by group, undone, and taken away as a list."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
from PIL import Image

from imgsimd.client import Client
from tests.support.browser import (
    DARK,
    DARK_PHONE,
    DESKTOP,
    PHONE,
    ZOOMED,
    Pages,
    View,
    axe,
    expect,
    fits,
    press,
)
from tests.support.household import Household

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.long

ODD = "odd \udcff\n<b>\u202e"
EXACT = 3
"""Groups of files that are the same."""


@pytest.fixture(scope="module")
def fill(album: list[Path]) -> Callable[[Household], None]:
    """Three photos that are there twice, one of them by an odd name; and one in three sizes."""

    def put(home: Household) -> None:
        for number, picture in enumerate(album[:6]):
            home.add(picture, f"2021/{number}.jpg")
        for number in range(EXACT):
            home.add(album[number], f"sent/{ODD if number == 0 else number}.jpg")
        with Image.open(album[5]) as original:
            smaller = original.resize((original.width // 2, original.height // 2))
            smaller.save(home.photos / "sent/small.jpg", quality=90)
            original.save(home.photos / "sent/poor.jpg", quality=40)

    return put


def search(pages: Pages, view: View = DESKTOP, tier: str = "tier=exact&tier=copy") -> Page:
    """The first group of a new search, as somebody comes to it who has pressed the button."""
    page = pages.open(f"duplicate-find?{tier}", view)
    page.wait_for_url(re.compile(r"duplicate-(group|plan)\?"))
    page.goto(urljoin(page.url, f"duplicate-groups?search={_search_of(page)}"))
    page.get_by_role("button", name="Search again").click()
    page.wait_for_url(re.compile(r"duplicate-group\?"))
    return page


def _search_of(page: Page) -> str:
    found = re.search(r"search=(\d+)", page.url)
    assert found
    return found[1]


def goto_copies(page: Page) -> None:
    """The group with the photo in three sizes, which lie in one folder."""
    page.goto(urljoin(page.url, f"duplicate-groups?search={_search_of(page)}"))
    page.get_by_role("link").filter(has_text="The same picture").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The same picture")


def line(page: Page) -> Locator:
    return page.locator("main [role=status]")


def download(page: Page, form: str) -> bytes:
    """A file that the page offers."""
    address = f"duplicate-copies?search={_search_of(page)}&form={form}"
    body: bytes = page.request.get(urljoin(page.url, address)).body()
    return body


def plan(page: Page) -> list[str]:
    """The names of what can go."""
    paths = download(page, "nul").split(b"\0")[:-1]
    return sorted(os.fsdecode(os.path.basename(path)) for path in paths)


def test_from_the_form_to_the_script(pages: Pages, household: Household) -> None:
    page = pages.open("duplicates")
    axe(page)
    page.get_by_role("button", name="Find duplicates").click()
    page.wait_for_url(re.compile(r"duplicate-group\?"))
    expect(line(page)).to_contain_text("0 of 4 groups decided; 0 files can go")
    cards = page.locator(".card")
    expect(cards.first.locator(".fate")).to_contain_text("Keep")
    axe(page)
    while "duplicate-group?" in page.url:
        before = page.url
        press(page, "y")
        expect(page).not_to_have_url(before)
    expect(page.get_by_role("heading", level=1)).to_have_text("What can go")
    expect(line(page)).to_contain_text("4 of 4 groups decided; 5 files can go")
    axe(page)
    expected = household.ctl("duplicates", "--copies-only", "-0").stdout.split(b"\0")
    assert set(download(page, "nul").split(b"\0")) == set(expected)
    found = json.loads(download(page, "json"))["groups"]
    assert sum(len(group["members"]) - 1 for group in found) == EXACT + 2
    script = household.folder / "tidy.sh"
    script.write_bytes(download(page, "script"))
    subprocess.run(["sh", "-n", script], check=True)
    assert len(re.findall(rb"^(?:exact|copy) '", script.read_bytes(), re.M)) == EXACT + 2
    with page.expect_download() as started:
        page.get_by_role("link", name="Script for the trash").click()
    assert started.value.suggested_filename == "tidy.sh"


def test_another_photo_is_kept_and_what_goes_was_compared_with_it(pages: Pages) -> None:
    page = search(pages)
    goto_copies(page)
    expect(page.locator(".card")).to_have_count(3)
    press(page, "3")
    expect(page.locator(".card").first.locator(".name")).to_have_text("small.jpg")
    expect(page.get_by_text("Keep the first: you chose it.")).to_be_visible()
    expect(page.locator(".goes")).to_have_count(2)
    press(page, "y")
    page.wait_for_url(re.compile("did=accept"))
    assert plan(page) == ["5.jpg", "poor.jpg"]


def test_photos_stay_and_every_step_is_undone(pages: Pages) -> None:
    page = search(pages)
    goto_copies(page)
    press(page, "h")
    press(page, "l")
    expect(page.locator(".card").nth(1).locator(".picture")).to_be_focused()
    press(page, "x")
    expect(page.locator(".stays")).to_have_count(1)
    expect(page.locator(".stays .picture")).to_be_focused()
    page.get_by_role("button", name="Yes, 1 can go").click()
    page.wait_for_url(re.compile("did=accept"))
    assert len(plan(page)) == 1
    press(page, "b")
    page.wait_for_url(re.compile("did=all"))
    expect(line(page)).to_contain_text("2 of 4 groups decided; 1 file can go")
    for decided in ("1 of 4 groups decided; 1 file", "0 of 4 groups decided; 0 files"):
        press(page, "u")
        expect(line(page)).to_contain_text(decided)
    press(page, "u")
    expect(page.locator(".stays")).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_what_is_no_duplicate_is_remembered_and_can_be_taken_back(
    pages: Pages, household: Household
) -> None:
    page = search(pages)
    goto_copies(page)
    press(page, "h")
    press(page, "l")
    press(page, "n")
    expect(page.locator(".apart")).to_have_count(1)
    with Client(household.socket) as client:
        (pair,) = client.pairs_apart()
        assert str(household.photos / "2021/5.jpg") in (*pair.first, *pair.second)
        press(page, "u")
        expect(page.locator(".apart")).to_have_count(0)
        assert client.pairs_apart() == ()
        press(page, "n")
        page.wait_for_url(re.compile("did=apart"))
        assert len(client.pairs_apart()) == 3
        press(page, "u")
        page.wait_for_url(re.compile("did=undo"))
        assert client.pairs_apart() == ()


def test_keys_go_from_group_to_group_and_compare_and_open(pages: Pages) -> None:
    page = search(pages)
    for key, number in (("j", 2), ("j", 3), ("k", 2)):
        press(page, key)
        page.wait_for_url(re.compile(f"group={number}"))
    press(page, "l")
    press(page, "ArrowRight")
    press(page, "c")
    page.wait_for_url(re.compile("compare"))
    page.go_back()
    press(page, "l")
    press(page, "Enter")
    page.wait_for_url(re.compile("photo"))
    page.go_back()
    press(page, "?")
    expect(page.get_by_role("dialog")).to_contain_text("Undo the last decision")


def test_a_photo_that_vanishes_or_changes_stays_and_that_is_said(
    pages: Pages, household: Household
) -> None:
    page = search(pages)
    goto_copies(page)
    press(page, "y")
    page.wait_for_url(re.compile("did=accept"))
    assert len(plan(page)) == 2
    poor = household.photos / "sent/poor.jpg"
    aside = poor.rename(household.folder / "aside.jpg")
    try:
        page.goto(urljoin(page.url, f"duplicate-plan?search={_search_of(page)}"))
        expect(line(page)).to_contain_text("1 file can go")
        expect(page.locator(".why")).to_have_text("Gone since the search")
        assert plan(page) == ["small.jpg"]
    finally:
        aside.rename(poor)


def test_decisions_are_seen_in_every_tab_and_outlive_a_closed_one(pages: Pages) -> None:
    page = search(pages)
    press(page, "b")
    page.wait_for_url(re.compile("did=all"))
    other = pages.open("duplicates")
    latest = other.locator(".searches li").first
    expect(latest).to_contain_text("1 of 4 groups decided")
    page.close()
    latest.get_by_role("link").click()
    other.wait_for_url(re.compile(r"duplicate-group\?"))
    expect(line(other)).to_contain_text("1 of 4 groups decided")


def test_the_rest_is_accepted_and_undone_in_one_step(pages: Pages) -> None:
    page = search(pages)
    page.get_by_role("link", name="What can go").click()
    page.get_by_role("button", name="Accept the other 4 as proposed").click()
    expect(line(page)).to_contain_text("4 of 4 groups decided; 5 files can go")
    press(page, "u")
    page.wait_for_url(re.compile("did=undo"))
    expect(line(page)).to_contain_text("0 of 4 groups decided")


def test_photos_that_only_look_alike_never_go(pages: Pages) -> None:
    page = search(pages, tier="tier=similar&tier=exact")
    page.goto(urljoin(page.url, f"duplicate-plan?search={_search_of(page)}"))
    page.get_by_role("button", name=re.compile("as proposed")).click()
    expect(page.get_by_role("heading", name="3 files")).to_be_visible()
    assert len(plan(page)) == EXACT


def test_without_scripts_buttons_and_links_do_all_of_it(browser: Browser, pages: Pages) -> None:
    here = pages.open("duplicates")
    state = here.context.storage_state()
    window = browser.new_context(storage_state=state, java_script_enabled=False)
    page = window.new_page()
    page.goto(urljoin(here.url, "duplicate-groups?search=1"))
    page.get_by_role("button", name="Search again").click()
    page.wait_for_url(re.compile(r"duplicate-group\?"))  # the page refreshes itself
    page.get_by_role("button", name="Keep this one: ").first.click()
    expect(page.get_by_text("you chose it")).to_be_visible()
    page.get_by_role("button", name="Yes, the other can go").click()
    expect(line(page)).to_contain_text("1 of 4 groups decided; 1 file can go")
    page.get_by_role("button", name="Undo").click()
    expect(line(page)).to_contain_text("0 of 4 groups decided")
    window.close()


def test_a_folder_that_is_not_watched_is_named_in_the_form(pages: Pages) -> None:
    page = pages.open("duplicates")
    page.get_by_text("Where", exact=True).click()
    page.get_by_label("Not in these folders").fill("/nowhere")
    page.get_by_role("button", name="Find duplicates").click()
    expect(page.get_by_role("alert")).to_have_text("No such folder: /nowhere.")
    expect(page.get_by_label("Not in these folders")).to_have_value("/nowhere")
    pages.faults.clear()  # the status of this page is no success


@pytest.mark.parametrize("view", [DESKTOP, DARK, PHONE, DARK_PHONE, ZOOMED])
def test_every_page_is_usable_at_every_size(pages: Pages, view: View, household: Household) -> None:
    page = search(pages, view)
    number = _search_of(page)
    page.get_by_role("button", name="Keep both").first.click()
    page.wait_for_url(re.compile("did=all"))
    for name in ("duplicates", "duplicate-groups", "duplicate-group", "duplicate-plan"):
        page.goto(urljoin(page.url, f"{name}?search={number}&tier=exact&under={household.photos}"))
        fits(page)
        axe(page)
    goto_copies(page)
    fits(page)
    axe(page)
