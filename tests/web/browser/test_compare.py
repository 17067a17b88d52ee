"""The page that compares two pictures, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest

from imgsimd.client import Client
from tests.support.browser import DARK, PHONE, ZOOMED, Browsed, Pages, View, axe, expect, fits
from tests.support.household import Household, until

if TYPE_CHECKING:
    from cv2.typing import MatLike
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.long

CROP = (0.25, 0.1, 0.5, 0.6)
"""Left, top, width, height of the crop, as shares."""
HOSTILE = '"><img src=x onerror=alert(1)>\u202egpj.jpg'


@pytest.fixture(scope="module")
def fill(album: list[Path]) -> Callable[[Household], None]:
    def put(home: Household) -> None:
        drawn = cv2.imread(str(album[0]))
        assert drawn is not None
        picture = cv2.resize(drawn, (1200, 900), interpolation=cv2.INTER_CUBIC)
        left, top, width, height = CROP
        x, y = round(left * 1200), round(top * 900)
        crop = picture[y : y + round(height * 900), x : x + round(width * 1200)]
        write(home.photos / "whole.jpg", picture)
        write(home.photos / "crop.jpg", cv2.resize(crop, None, fx=0.7, fy=0.7))
        home.add(album[1], HOSTILE)
        home.add(album[1], "twin.jpg")

    return put


def write(path: Path, pixels: MatLike) -> None:
    path.write_bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())


@pytest.fixture(scope="module")
def ids(browsed: Browsed) -> dict[str, int]:
    with Client(browsed.home.socket) as client:
        return {Path(image.path).name: image.id for image in client.images().images}


@pytest.fixture
def page(pages: Pages, ids: dict[str, int]) -> Page:
    page = pages.open(f"compare?a={ids['crop.jpg']}&b={ids['whole.jpg']}")
    loaded(page)
    return page


def loaded(page: Page) -> None:
    done = "[...document.querySelectorAll('.view img')].every((i) => i.complete && i.naturalWidth)"
    page.wait_for_function(done)


def box(place: Locator) -> tuple[float, float, float, float]:
    """Left, top, width and height on the page."""
    found = place.bounding_box()
    assert found
    return found["x"], found["y"], found["width"], found["height"]


def within(image: Locator, view: Locator) -> tuple[float, ...]:
    """Where the middle of the view lies in the image, as shares; and its width, relative to the
    view."""
    x, y, width, height = box(image)
    left, top, wide, high = box(view)
    return (left + wide / 2 - x) / width, (top + high / 2 - y) / height, width / wide


def test_the_page_says_what_the_one_is_of_the_other(page: Page) -> None:
    expect(page.get_by_text("The same photo. A compared with B: the")).to_be_visible()
    row = page.get_by_role("row", name="Pixels")
    expect(row).to_contain_text("420 x 378")
    expect(row).to_contain_text("1200 x 900")
    expect(row).to_contain_text("differs")
    expect(page.get_by_role("row", name="Folder")).not_to_contain_text("differs")


def test_the_part_that_the_crop_shows_is_outlined(page: Page) -> None:
    whole = box(page.locator("[data-pane=b] img"))
    outline = box(page.locator("polygon"))
    left, top, width, height = CROP
    there = (
        whole[0] + left * whole[2],
        whole[1] + top * whole[3],
        width * whole[2],
        height * whole[3],
    )
    assert outline == pytest.approx(there, abs=6)
    page.get_by_label("Outline of A in B").uncheck()
    expect(page.locator("polygon")).to_be_hidden()


def test_the_outline_stays_as_thin_as_it_is_when_the_picture_is_enlarged(page: Page) -> None:
    seen = "place => parseFloat(getComputedStyle(place).strokeWidth)"
    before = page.locator("polygon").evaluate(seen)
    for _ in range(5):
        page.keyboard.press("+")
    image, view = (box(page.locator(f"[data-pane=b] {part}")) for part in ("img", ".view"))
    assert image[2] > 2 * view[2]
    assert page.locator("polygon").evaluate(seen) * 1.25**5 == pytest.approx(before, rel=0.01)


def test_one_zoom_shows_the_same_part_of_both(page: Page) -> None:
    views = [page.locator(f"[data-pane={letter}] .view") for letter in "ab"]
    images = [page.locator(f"[data-pane={letter}] img") for letter in "ab"]
    before = [within(*pair) for pair in zip(images, views, strict=True)]
    x, y, width, height = box(views[0])
    page.mouse.move(x + width * 0.7, y + height * 0.4)
    page.mouse.wheel(0, -600)
    until(lambda: page.locator("[data-shown]").inner_text() == "400 %")
    after = [within(*pair) for pair in zip(images, views, strict=True)]
    assert after[0][:2] == pytest.approx(after[1][:2], abs=0.01)
    assert after[0][:2] != pytest.approx((0.5, 0.5), abs=0.01)
    for now, then in zip(after, before, strict=True):
        assert now[2] / then[2] == pytest.approx(4, rel=0.01)
    page.mouse.down()
    page.mouse.move(x + width * 0.5, y + height * 0.5)
    page.mouse.up()
    moved = [within(*pair) for pair in zip(images, views, strict=True)]
    assert moved[0][:2] != pytest.approx(after[0][:2], abs=0.01)
    assert moved[0][0] == pytest.approx(moved[1][0], abs=0.05)
    page.get_by_role("button", name="Fit").click()
    expect(page.locator("[data-shown]")).to_have_text("100 %")


def test_aligned_pictures_have_the_same_content_in_the_same_place(page: Page) -> None:
    page.get_by_role("button", name="Flip").click()
    expect(page.get_by_label("Align the same content")).to_be_checked()
    crop, outline = box(page.locator("[data-pane=a] img")), box(page.locator("polygon"))
    assert crop == pytest.approx(outline, abs=6)


def test_a_key_turns_from_one_to_the_other(page: Page) -> None:
    views = [page.locator(f"[data-pane={letter}] .view") for letter in "ab"]
    page.keyboard.press("f")
    expect(views[0]).to_be_visible()
    expect(views[1]).to_be_hidden()
    page.keyboard.press("f")
    expect(views[0]).to_be_hidden()
    expect(views[1]).to_be_visible()
    page.keyboard.press("v")
    expect(views[0]).to_be_visible()
    expect(views[1]).to_be_visible()
    assert box(views[0])[0] != box(views[1])[0]


def test_arrows_move_the_pictures_only_if_these_have_the_focus(page: Page) -> None:
    image, view = page.locator("[data-pane=b] img"), page.locator("[data-pane=b] .view")
    for _ in range(4):
        page.keyboard.press("+")
    before = within(image, view)
    page.keyboard.press("ArrowRight")
    assert within(image, view) == pytest.approx(before, abs=0.001)
    page.locator("[data-stage]").focus()
    page.keyboard.press("ArrowRight")
    assert within(image, view)[0] > before[0] + 0.01


def test_an_enlarged_picture_is_loaded_with_more_pixels(page: Page) -> None:
    image = page.locator("[data-pane=b] img")
    expect(image).to_have_attribute("src", re.compile("pixels=768"))
    for _ in range(8):
        page.keyboard.press("+")
    expect(image).to_have_attribute("src", re.compile("pixels=4096"))


def test_two_files_with_the_same_content_are_said_to_be_that(
    pages: Pages, ids: dict[str, int]
) -> None:
    twins = [image for name, image in ids.items() if name not in ("whole.jpg", "crop.jpg")]
    page = pages.open(f"compare?a={twins[0]}&b={twins[1]}")
    expect(page.get_by_text("Both files have the same content.")).to_be_visible()
    expect(page.locator("main")).to_contain_text('"><img src=x onerror=alert(1)>\\u202egpj.jpg')
    loaded(page)
    axe(page)


def test_different_photos_are_said_to_be_that(pages: Pages, ids: dict[str, int]) -> None:
    page = pages.open(f"compare?a={ids['whole.jpg']}&b={ids['twin.jpg']}")
    expect(page.get_by_text("Different photos.")).to_be_visible()
    expect(page.get_by_label("Align the same content")).to_have_count(0)
    page.get_by_role("link", name="Swap A and B").click()
    assert page.url.endswith(f"compare?a={ids['twin.jpg']}&b={ids['whole.jpg']}")


def test_a_picture_that_is_gone_is_said_to_be(pages: Pages, ids: dict[str, int]) -> None:
    page = pages.open(f"compare?a={ids['whole.jpg']}&b=999999")
    expect(page.get_by_text("This photo is not there any more")).to_be_visible()
    pages.faults.clear()  # the console tells of the 404


@pytest.mark.parametrize("view", [DARK, PHONE, ZOOMED])
def test_it_can_be_read_and_fits_everywhere(pages: Pages, ids: dict[str, int], view: View) -> None:
    page = pages.open(f"compare?a={ids['crop.jpg']}&b={ids['whole.jpg']}", view)
    loaded(page)
    axe(page)
    fits(page)
