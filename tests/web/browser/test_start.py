"""A picture is given in each way that there is, and the photos like it are shown."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.browser import (
    DARK_PHONE,
    DESKTOP,
    ZOOMED,
    Browsed,
    Pages,
    View,
    axe,
    expect,
    fits,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long

GIVE = """([content, name, kind]) => {
    const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
    const given = new DataTransfer();
    given.items.add(new File([bytes], name, { type: "image/jpeg" }));
    const details = { bubbles: true, cancelable: true };
    const event = kind === "paste"
        ? new ClipboardEvent(kind, { ...details, clipboardData: given })
        : new DragEvent(kind, { ...details, dataTransfer: given });
    document.body.dispatchEvent(event);
}"""
"""What a browser does when a file is dropped or pasted."""


def give(page: Page, picture: bytes, kind: str) -> None:
    page.wait_for_load_state()  # scripts have run then
    page.evaluate(GIVE, [b64encode(picture).decode(), "beach.jpg", kind])


def expect_results(page: Page, name: str = "beach.jpg") -> None:
    expect(page).to_have_url(re.compile(r"/similar\?of=u[0-9a-f]{32}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Similar to {name}")
    expect(page.locator(".card").first).to_contain_text("100.0 %")  # the album has it
    asked = page.get_by_role("list", name="Asked about").get_by_role("img", name=name)
    expect(asked).to_have_js_property("complete", True)


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_that_is_dropped_or_pasted_is_asked_about(
    page: Page, album: list[Path], kind: str
) -> None:
    give(page, album[3].read_bytes(), kind)
    expect_results(page)
    first = page.url
    give(page, album[4].read_bytes(), kind)  # there, too
    expect(page).not_to_have_url(first)
    expect_results(page)


def test_a_picture_of_the_page_itself_can_be_dragged_away(page: Page, album: list[Path]) -> None:
    page.locator(".card img").first.dispatch_event("dragstart")
    give(page, album[3].read_bytes(), "dragover")
    expect(page.locator("body.dragged")).to_have_count(0)


def test_the_picture_is_shown_while_it_is_looked_for(page: Page, album: list[Path]) -> None:
    page.route("**/upload?*", lambda route: None)  # the answer never comes
    give(page, album[3].read_bytes(), "dragover")
    expect(page.locator("body.dragged")).to_be_visible()
    give(page, album[3].read_bytes(), "drop")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Looking for photos like it")).to_be_visible()
    image = dialog.get_by_role("img", name="beach.jpg")
    expect(image).to_have_attribute("src", re.compile("^blob:"))
    expect(image).to_have_js_property("complete", True)
    axe(page)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).not_to_be_visible()


def test_a_file_is_chosen(page: Page, album: list[Path]) -> None:
    page.keyboard.press("/")
    expect(page.get_by_label("Choose a picture")).to_be_focused()
    page.get_by_label("Choose a picture").set_input_files(album[3])
    expect_results(page, album[3].name)


def test_a_file_that_is_no_picture_is_said_to_be_none(pages: Pages) -> None:
    page = pages.open()
    give(page, b"no picture", "drop")
    expect(page.get_by_role("alert")).to_contain_text("beach.jpg")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).not_to_be_visible()
    pages.faults.clear()  # the status of the upload


def test_too_many_pictures_at_once_are_refused_in_a_sentence(page: Page) -> None:
    page.evaluate("""async () => {
      const { take } = await import(new URL("static/drop.js", location.href).href);
      take(Array.from({ length: 17 }, (_, n) => new File(["no picture"], `${n}.jpg`)));
    }""")
    expect(page.locator("#toast")).to_contain_text("at most 16 pictures at once. These are 17.")


def test_all_works_without_scripts(browser: Browser, browsed: Browsed, album: list[Path]) -> None:
    context = browser.new_context(java_script_enabled=False, storage_state=browsed.state)
    page = context.new_page()
    page.goto(browsed.start)
    page.get_by_label("Choose a picture").set_input_files(album[3])
    page.get_by_role("button", name="Find photos like it").click()
    expect_results(page, album[3].name)
    page.get_by_role("link", name="Filters", exact=True).click()
    page.get_by_role("region", name="Folder").get_by_role("link", name="2021").click()
    expect(page.get_by_role("list", name="Filters")).to_contain_text("in ~/Pictures/2021")
    page.get_by_role("checkbox").nth(0).check()
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_role("button", name="Find similar to the selected").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Similar to 2 pictures")
    expect(page.get_by_role("list", name="Filters")).to_contain_text("in ~/Pictures/2021")
    context.close()


def test_one_of_the_newest_photos_leads_to_those_like_it(page: Page) -> None:
    newest = page.locator(".card").first
    name = newest.locator(".name").inner_text()
    newest.get_by_role("link", name="Find similar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Similar to {name}")


@pytest.mark.parametrize("view", [DESKTOP, DARK_PHONE, ZOOMED])
def test_the_start_can_be_used_by_everybody(pages: Pages, view: View) -> None:
    page = pages.open(view=view)
    axe(page)
    fits(page)
