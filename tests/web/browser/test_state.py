"""The page of the state, and what every page does: it follows what imgsimd does, and has keys."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imgsimd.web.visitors import Visitors
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
from tests.support.household import Household, until
from tests.support.pages import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long
NAMES = ("state", "failed", "skipped")


@pytest.fixture
def state(pages: Pages) -> Page:
    return pages.open("state")


@pytest.fixture
def ending(browser: Browser, tmp_path: Path) -> Iterator[tuple[Pages, Visitors]]:
    """Pages of which the last one was closed soon after it was closed. No daemon runs."""
    visitors = Visitors(left=0.2)
    with serving(tmp_path / "no daemon", visitors) as served:
        found = Pages(browser, served.address)
        try:
            yield found, visitors
        finally:
            found.close()


def figure(page: Page, name: str) -> str:
    text: str = page.locator(f"[data-figure={name}]").inner_text()
    return text


def test_numbers_follow_what_is_indexed(
    state: Page, household: Household, album: list[Path]
) -> None:
    before = int(figure(state, "images"))
    failed = state.context.new_page()
    failed.goto(state.url.replace("state", "failed"))
    photos = household.add(album[12], "new/one.jpg") + household.add(album[13], "new/two.jpg")
    expect(state.locator("[data-figure=images]")).to_have_text(str(before + 2))
    (household.photos / "new/bad.jpg").write_text("no picture")
    expect(state.locator("[data-figure=failed]")).to_have_text("2")
    expect(state.locator("#problems + ul")).to_contain_text("2 photos could not be read")
    failed.reload()
    expect(failed.get_by_role("cell", name="bad.jpg")).to_be_visible()
    for photo in [*photos, household.photos / "new/bad.jpg"]:
        photo.unlink()
    expect(state.locator("[data-figure=images]")).to_have_text(str(before))


def test_indexing_is_paused_and_resumed(state: Page, household: Household) -> None:
    state.get_by_role("button", name="Pause indexing").click()
    expect(state.get_by_role("button", name="Resume indexing")).to_be_visible()
    expect(state.locator("[data-figure=line]")).to_have_text("Indexing is paused")
    assert household.ctl("resume").returncode == 0
    expect(state.get_by_role("button", name="Pause indexing")).to_be_visible()


def test_pages_say_when_the_daemon_has_stopped_and_go_on_when_it_answers(
    state: Page, pages: Pages, household: Household
) -> None:
    household.stop(signal.SIGTERM)
    expect(state.get_by_role("alert")).to_contain_text("imgsimctl up starts it again")
    other = pages.open("failed")
    expect(other.get_by_role("heading", level=1)).to_have_text("imgsimd does not answer")
    household.start()
    expect(state.get_by_role("alert")).to_be_hidden()
    expect(other.get_by_role("heading", level=1)).to_have_text("Unreadable and damaged pictures")
    pages.faults.clear()  # the browser notes the answer 503


def test_more_tabs_than_connections_are_alive(pages: Pages, household: Household) -> None:
    """Browsers allow six connections to one server."""
    window = pages.context()
    tabs = [window.new_page() for _ in range(8)]
    for tab in tabs:
        tab.goto(pages.start.rpartition("/")[0] + "/state")
    assert household.ctl("pause").returncode == 0
    for tab in tabs:
        expect(tab.locator("[data-figure=line]")).to_have_text("Indexing is paused")
    assert household.ctl("resume").returncode == 0


def test_closing_the_last_page_ends_the_server(ending: tuple[Pages, Visitors]) -> None:
    pages, visitors = ending
    window = pages.context()
    one, other = window.new_page(), window.new_page()
    one.goto(pages.start)
    until(lambda: one.title() and visitors.seconds_left() is None)
    other.goto(one.url)
    other.get_by_role("link", name="State").click()
    one.close()
    assert visitors.seconds_left() is None
    other.close()
    until(lambda: (left := visitors.seconds_left()) is not None and left < 0)


def test_a_page_says_that_its_server_has_ended(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path / "no daemon") as served:
        pages = Pages(browser, served.address)
        page = pages.open()
        expect(page.get_by_role("main")).to_contain_text("imgsimd isn't running")
        expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.get_by_role("alert")).to_contain_text("Run imgsimctl browse to look again")
    pages.close()


def test_the_keys_of_a_page_are_listed_and_the_list_is_closed_by_its_own_key(state: Page) -> None:
    state.keyboard.press("?")
    dialog = state.get_by_role("dialog", name="Keys on this page")
    expect(dialog).to_contain_text("Show this list")
    axe(state)
    state.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    button = state.get_by_role("button", name="Keys")
    button.press("Enter")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


def test_escape_goes_back_but_never_out_of_the_pages(pages: Pages) -> None:
    page = pages.open("state")
    press(page, "Escape")
    page.locator("[data-figure=failed]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Unreadable and damaged pictures")
    press(page, "Escape")
    expect(page.get_by_role("heading", level=1)).to_have_text("State")


@pytest.mark.parametrize("view", [DESKTOP, DARK, PHONE, DARK_PHONE, ZOOMED], ids=str)
def test_everybody_can_read_the_pages(pages: Pages, view: View) -> None:
    for name in NAMES:
        page = pages.open(name, view)
        axe(page)
        fits(page)


def test_the_pages_work_without_scripts(browser: Browser, pages: Pages) -> None:
    window = browser.new_context(
        storage_state=pages.context().storage_state(), java_script_enabled=False
    )
    page = window.new_page()
    page.goto(pages.start.rpartition("/")[0] + "/state")
    page.get_by_role("button", name="Pause indexing").click()
    page.get_by_role("button", name="Resume indexing").click()
    expect(page.get_by_role("button", name="Pause indexing")).to_be_visible()
    page.locator("[data-figure=failed]").click()
    page.get_by_role("button", name="Try all again").click()
    expect(page.get_by_text("Trying 1 picture again, in the background.")).to_be_visible()
    window.close()
