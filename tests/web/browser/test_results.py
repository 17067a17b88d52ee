"""Photos that look like a picture, in the browser: looked through, cut, filtered, gone on from."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.support.browser import (
    DARK,
    DESKTOP,
    PHONE,
    STILL,
    ZOOMED,
    Pages,
    View,
    axe,
    expect,
    fits,
)
from tests.support.household import Household, until

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.long

COPIES = 6
PICTURES = 24
ODD = "odd \udcff\n<b>\u202e"
"""The name of a folder that no form and no address can hold as it is."""


@pytest.fixture(scope="module")
def fill(album: list[Path]) -> Callable[[Household], None]:
    """24 pictures, each of which is there six times: more than two pages, and groups of six."""

    def put(home: Household) -> None:
        for number, picture in enumerate(album[:PICTURES]):
            for copy in range(COPIES):
                folder = (f"20{10 + copy}/Brighton", f"20{10 + copy}/garden")[number % 2]
                home.add(picture, f"{folder}/{number:02}-{copy}.jpg")
        home.add(album[PICTURES], f"{ODD}/{ODD}.jpg")
        with Image.open(album[0]) as first:
            first.resize((first.width // 2, first.height // 2)).save(home.photos / "small.png")

    return put


def results(pages: Pages, more: str = "", view: View = DESKTOP) -> Page:
    """Of the first photo."""
    page = pages.open(f"similar?of=1{more}", view)
    expect(page.locator(".card").first).to_be_visible()
    return page


def cards(page: Page) -> Locator:
    return page.locator(".card:visible")


def slide(page: Page, to: float) -> None:
    """As an arrow key or a finger does it."""
    page.get_by_role("slider").evaluate(
        "(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input')) }", to
    )


def distances(page: Page) -> list[float]:
    return [
        float(each or "")
        for each in page.locator("[data-distance]").evaluate_all(
            "all => all.map(card => card.dataset.distance)"
        )
    ]


def test_a_card_says_how_near_large_and_old_a_photo_is_and_where(pages: Pages) -> None:
    first = cards(results(pages, "&every=1")).first
    expect(first).to_contain_text("100.0 %")
    expect(first).to_contain_text("distance 0.000")
    expect(first).to_contain_text("Brighton in ~/Pictures/20")
    expect(first).to_contain_text("kB")
    expect(first).to_contain_text(" x ")
    expect(first.get_by_role("img")).to_have_js_property("complete", True)


def test_more_photos_come_when_the_end_is_near(pages: Pages) -> None:
    page = results(pages, "&every=1")
    expect(page.locator(".left")).to_have_text("The first 60 photos.")
    page.locator(".card").nth(59).scroll_into_view_if_needed()
    expect(page.locator(".card")).to_have_count(120)
    page.locator(".card").nth(119).scroll_into_view_if_needed()
    expect(page.locator(".card")).to_have_count(PICTURES * COPIES + 2 - 1)
    expect(page.locator(".left")).to_have_text("All 145 photos.")


def test_the_order_is_by_likeness_or_by_distance(pages: Pages) -> None:
    page = results(pages, "&every=1")
    nearest = distances(page)[0]
    page.get_by_role("link", name="Sort by distance").click()
    expect(page.get_by_role("link", name="Sort by likeness")).to_be_visible()
    exact = distances(page)
    assert exact == sorted(exact)
    assert exact[0] == nearest
    page.get_by_role("link", name="List every photo").or_(
        page.get_by_role("link", name="Group photos")
    ).click()
    expect(page).to_have_url(re.compile("exact=1"))
    page.get_by_role("link", name="Sort by likeness").click()
    expect(page).not_to_have_url(re.compile("exact=1"))


def test_cards_far_away_are_hollow_and_whole_again_when_one_comes_back(pages: Pages) -> None:
    page = results(pages, "&every=1", PHONE)
    for last in (59, 119, 144):
        page.locator(".card").nth(last).scroll_into_view_if_needed()
        expect(page.locator(".card").nth(last).get_by_role("img")).to_be_visible()
    expect(page.locator(".card").first.locator("img")).to_have_count(0)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.locator(".card").nth(144).locator(".picture").focus()
    page.keyboard.press("Home")
    expect(page.locator(".card").first.locator(".picture")).to_be_focused()
    expect(page.locator(".card").nth(5).get_by_role("img")).to_be_visible()
    assert (
        page.evaluate("document.documentElement.scrollHeight") > height / 2
    )  # they keep their place


def test_back_leads_to_the_photos_that_were_there(pages: Pages) -> None:
    page = results(pages, "&every=1")
    page.locator(".card").nth(59).scroll_into_view_if_needed()
    expect(page.locator(".card")).to_have_count(120)
    page.locator(".card").nth(110).scroll_into_view_if_needed()
    page.locator(".card").nth(110).get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/photo\?"))
    page.go_back()
    expect(page.locator(".card").nth(119)).to_be_attached()
    expect(page.locator(".card").nth(110)).to_be_in_viewport()
    expect(page.locator(".card").nth(110).locator(".picture")).to_be_focused()


def test_a_page_of_its_own_says_which_photos_it_shows(pages: Pages) -> None:
    page = pages.open("similar?of=1&every=1&page=2")
    expect(page.get_by_role("link", name="Photos before")).to_be_visible()
    expect(page.locator(".left")).to_have_text("Photos 61 to 120.")
    page.locator(".card").nth(59).scroll_into_view_if_needed()
    expect(page.locator(".left")).to_have_text("Photos 61 to 145.")


def test_photos_that_show_the_same_are_one_and_can_be_opened(pages: Pages) -> None:
    page = results(pages)
    link = page.get_by_role("link", name=f"+ {COPIES - 1} like it").first
    count = cards(page).count()
    link.click()
    expect(cards(page)).to_have_count(count + COPIES - 1)
    page.get_by_role("link", name=f"Close the {COPIES - 1} like it").click()
    expect(cards(page)).to_have_count(count)
    page.goto(str(link.evaluate("link => link.href")))  # as without scripts
    expect(cards(page)).to_have_count(count + COPIES - 1)


def test_the_slider_cuts_while_it_moves_and_says_what_is_left(pages: Pages) -> None:
    page = results(pages)
    at = distances(page)
    most = round((at[2] + at[3]) / 2, 2)
    near = sum(distance <= most for distance in at)
    slide(page, most)
    expect(cards(page)).to_have_count(near)
    expect(page.locator(".left")).to_have_text(f"{near} photos within {most:.2f}.")
    expect(page).to_have_url(re.compile(f"max_distance={most:g}"))
    page.reload()
    expect(cards(page)).to_have_count(near)
    expect(page.get_by_role("slider")).to_have_value(f"{most:g}")
    slide(page, 1.5)
    expect(cards(page)).to_have_count(len(at))
    expect(page).not_to_have_url(re.compile("max_distance"))


def test_the_slider_knows_of_photos_that_are_not_on_the_page(pages: Pages) -> None:
    page = results(pages, "&every=1")
    slide(page, 1.49)
    expect(page.locator(".left")).to_have_text("145 photos within 1.49.")


def has_ended(page: Page) -> bool:
    """Whether no photos come any more, at the end of the page."""
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    return not page.locator(".more:visible").count()


def test_all_that_is_near_enough_is_shown_wherever_it_is_in_the_order(pages: Pages) -> None:
    page = results(pages, "&every=1")
    asked = "form => fetch(form.dataset.distances).then(answer => answer.json())"
    every = sorted(page.locator("form.cut").evaluate(asked))
    assert len(every) == PICTURES * COPIES + 2 - 1
    for most in (round(every[n] + 0.005, 2) for n in (30, 70, 100)):
        near = sum(distance <= most for distance in every)
        for how in ("slider", "address"):
            page = results(
                pages, "&every=1" + (f"&max_distance={most}" if how == "address" else "")
            )
            if how == "slider":
                slide(page, most)
            expect(page.locator(".left")).to_have_text(f"{near} photos within {most:.2f}.")
            until(partial(has_ended, page))
            expect(cards(page)).to_have_count(near)


def test_the_cut_goes_along_to_filters_and_further_questions(pages: Pages) -> None:
    page = results(pages)
    slide(page, 1.2)
    page.get_by_role("link", name="Filters", exact=True).click()
    expect(page.get_by_role("complementary", name="Filters")).to_be_visible()
    assert "max_distance=1.2" in page.url
    cards(page).first.get_by_role("link", name="Find similar").click()
    expect(page.get_by_role("slider")).to_have_value("1.2")


def test_a_folder_is_chosen_level_by_level_and_taken_away(pages: Pages) -> None:
    page = results(pages, "&filters=1&every=1")
    folders = page.get_by_role("region", name="Folder")
    expect(folders.get_by_role("link", name="2011")).to_contain_text(str(PICTURES))
    folders.get_by_role("link", name="2011").click()
    expect(cards(page)).to_have_count(PICTURES)
    folders.get_by_role("link", name="garden").click()
    expect(cards(page)).to_have_count(PICTURES // 2)
    page.get_by_role("link", name="Remove the filter: in ~/Pictures/2011/garden").click()
    expect(page.locator(".left")).to_have_text("The first 60 photos.")
    page.go_back()
    expect(cards(page)).to_have_count(PICTURES // 2)


def test_a_folder_may_be_called_anything(pages: Pages) -> None:
    page = results(pages, "&filters=1")
    page.get_by_role("region", name="Folder").get_by_role("link", name="odd").click()
    expect(page.locator(".left")).to_have_text("All 1 photo.")
    page.locator(".between button").click()  # the folder is in the form, too
    expect(page.locator(".left")).to_have_text("All 1 photo.")


def test_years_lead_to_months_and_formats_filter(pages: Pages) -> None:
    page = results(pages, "&filters=1&every=1")
    taken = page.get_by_role("region", name="Taken")
    taken.get_by_role("link").first.click()
    expect(taken.get_by_role("link").first).to_contain_text("20")
    expect(page.get_by_role("link", name="Remove the filter: from 20")).to_be_visible()
    png = page.get_by_role("region", name="Format").get_by_role("link", name="PNG")
    count = int(png.inner_text().split()[-1])
    png.click()
    expect(cards(page)).to_have_count(count)
    page.get_by_role("textbox", name="From").fill("1.5.2021")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("1.5.2021 can be read in two ways")
    expect(page.get_by_role("textbox", name="From")).to_have_value("1.5.2021")
    expect(cards(page).first).to_be_visible()
    pages.faults.clear()  # the status of that page


def test_only_copies_are_said_to_be_and_what_was_done_to_them(pages: Pages) -> None:
    page = results(pages)
    page.get_by_role("link", name="Only copies of this picture").click()
    expect(cards(page)).to_have_count(COPIES)
    small = cards(page).filter(has_text="small.png")
    expect(small).to_contain_text("Same photo; the one above: larger (2x)")
    page.get_by_role("link", name="All that look like it").click()
    expect(page.get_by_role("slider")).to_be_visible()


def scrolls(page: Page, key: str) -> bool:
    """Whether the page has moved after this key, which is lost before a page is painted."""
    page.keyboard.press(key)
    return bool(page.evaluate("scrollY") > 0)


def test_keys_go_from_photo_to_photo_only_once_one_has_the_focus(pages: Pages) -> None:
    page = results(pages)
    until(lambda: scrolls(page, "ArrowDown"))  # the page keeps its arrows
    page.keyboard.press("j")
    expect(page.locator(".card").first.locator(".picture")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".card").nth(1).locator(".picture")).to_be_focused()
    page.keyboard.press("l")
    page.keyboard.press("h")
    page.keyboard.press("Home")
    expect(page.locator(".card").first.locator(".picture")).to_be_focused()
    page.keyboard.press("s")
    expect(page).not_to_have_url(re.compile(r"of=1\b"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Similar to")


def test_a_range_of_photos_is_one_question(pages: Pages) -> None:
    page = results(pages)
    page.keyboard.press("j")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.get_by_text("2 selected")).to_be_visible()
    expect(page.get_by_role("link", name="Compare the two")).to_be_visible()
    page.locator(".card").nth(4).locator(".picture").click(modifiers=["Shift"])
    expect(page.get_by_text("5 selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("selected").first).not_to_be_visible()
    page.keyboard.press("x")
    page.locator(".card").nth(1).hover()
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_role("button", name="Find similar to the selected").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Similar to 2 pictures")
    page.get_by_role("link", name="Ask without").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Similar to \d\d-"))


def test_a_photo_that_is_nothing_like_the_others_is_said_to_be(pages: Pages) -> None:
    page = pages.open("similar?of=1&under=/nowhere")
    expect(page.locator(".left")).to_have_text("No photo meets these filters.")


@pytest.mark.parametrize("view", [DESKTOP, DARK, PHONE, STILL, ZOOMED])
def test_results_can_be_used_by_everybody(pages: Pages, view: View) -> None:
    page = results(pages, "&filters=1&max_distance=1.3&since=2010", view)
    axe(page)
    fits(page)
