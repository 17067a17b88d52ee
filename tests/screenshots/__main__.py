"""Makes README's screenshots: `python -m tests.screenshots`, of drawn pictures and a real daemon.

Needs what the tests in a browser need (`.ci/browser`).
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import cv2
from PIL import Image

from imgsimd.client import Client
from imgsimd.samples import drawing
from tests.support.browser import ARGUMENTS, CHROMIUM, MISSING, View, browsing
from tests.support.household import Household

if TYPE_CHECKING:
    from playwright.sync_api import Browser, StorageState

HERE = Path(__file__).parent
FOLDERS = ("2019/Brighton", "2021/summer", "2021/garden", "2024/winter")
WHOLE, CROP = "beach.jpg", "beach crop.jpg"
DESKTOP, DARK = View(1200, 800), View(1200, 800, dark=True)
PHONE, DARK_PHONE = View(360, 740), View(360, 740, dark=True)
LOADED = """[...document.images].every((image) =>
  image.getBoundingClientRect().top > innerHeight || (image.complete && image.naturalWidth))"""
"""Whether all pictures that are seen are there."""
QUALITY = 82
"""Of WebP: text is still sharp."""


@dataclass(frozen=True)
class Shot:
    """A screenshot. `keys` are pressed before."""

    name: str
    address: str
    view: View
    keys: str = ""
    leads_to: str = "**"
    """A pattern of the address that the first one leads to."""


def shots(whole: int, crop: int) -> list[Shot]:
    """Of a photo and a crop of it."""
    return [
        Shot("start", "start", DESKTOP),
        Shot("start-phone", "start", DARK_PHONE),
        Shot("results", f"similar?of={whole}", DESKTOP),
        Shot("results-phone", f"similar?of={whole}", PHONE),
        Shot("compare", f"compare?a={crop}&b={whole}", DARK),
        Shot("duplicates", "duplicate-find", DESKTOP, leads_to="**/duplicate-group?*"),
        Shot("state", "state", DESKTOP),
    ]


def main() -> None:
    """Writes all of them beside this file."""
    if MISSING:
        raise SystemExit(f"This needs {MISSING}: run .ci/browser.")
    with tempfile.TemporaryDirectory() as folder, lived_in(Path(folder)) as home:
        with Client(home.socket) as client:
            ids = {os.path.basename(image.path): image.id for image in client.images().images}
        with browsing(home) as (_, address), chromium() as browser:
            context = browser.new_context()
            page = context.new_page()
            page.goto(address)
            for shot in shots(ids[WHOLE], ids[CROP]):
                take(browser, context.storage_state(), page.url, shot)


@contextmanager
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # may be missing

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def lived_in(folder: Path) -> Iterator[Household]:
    """A home with photos, among them copies, one that is damaged, and a video."""
    home = Household(folder)
    for place in FOLDERS:
        drawing.fill(home.photos / place, count=24, seed=FOLDERS.index(place))
    fill(home.photos)
    home.start()
    home.settle()
    yield home
    home.close()


def fill(photos: Path) -> None:
    photo = next((photos / FOLDERS[0]).glob("beach-*.jpg")).rename(photos / FOLDERS[0] / WHOLE)
    whole = cv2.imread(str(photo))
    assert whole is not None
    height, width = whole.shape[:2]
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), 6, 0.8)
    crop = cv2.warpAffine(whole, turned, (width, height))
    crop = crop[height // 5 : height * 4 // 5, width // 5 : width * 4 // 5]
    (photos / "sent").mkdir()
    cv2.imwrite(str(photos / "sent" / CROP), crop)
    cv2.imwrite(str(photos / "sent/small.jpg"), cv2.resize(whole, None, fx=0.5, fy=0.5))
    (photos / "sent/broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 is no picture")
    (photos / "2021/summer/film.mp4").write_bytes(b"no film")


def take(browser: Browser, state: StorageState, start: str, shot: Shot) -> None:
    """A WebP, which is a third as large as a PNG."""
    context = browser.new_context(storage_state=state, **shot.view.options())
    page = context.new_page()
    page.goto(urljoin(start, shot.address))
    page.wait_for_url(shot.leads_to)
    for key in shot.keys:
        page.keyboard.press(key)
    page.wait_for_function(LOADED)
    assert "That did not work" not in page.content(), page.inner_text("main")
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.save(HERE / f"{shot.name}.webp", quality=QUALITY, method=6)
    context.close()


if __name__ == "__main__":
    main()
