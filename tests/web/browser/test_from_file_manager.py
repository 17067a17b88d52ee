"""From a click in a file manager to the page, with the scripts that `desktop install` writes."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.browser import Pages, expect, opening
from tests.support.household import Household, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long

NAUTILUS = ".local/share/nautilus"


@pytest.fixture(scope="module")
def scripts(household: Household) -> Path:
    (household.folder / NAUTILUS).mkdir(parents=True)
    assert household.ctl("desktop", "install").returncode == 0
    return household.folder / NAUTILUS / "scripts"


@contextmanager
def clicked(household: Household, script: Path, selected: Path) -> Iterator[str]:
    """The address that the user's browser is given."""
    opened, program = household.folder / "opened", household.folder / "browser"
    opened.unlink(missing_ok=True)
    program.write_text(f'#!/bin/sh\necho "$1" > {opened}.part; mv {opened}.part {opened}\n')
    program.chmod(0o755)
    environ = household.environ | {
        "NAUTILUS_SCRIPT_SELECTED_URIS": f"{selected.as_uri()}\n",
        "BROWSER": str(program),
    }
    with subprocess.Popen([script], env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            until(opened.exists)
            yield opened.read_text().strip()
        finally:
            process.terminate()


@contextmanager
def shown(browser: Browser, address: str) -> Iterator[Page]:
    with opening(Pages(browser, address)) as pages:
        page = pages.open()
        assert "token" not in page.url
        yield page


def test_a_photo_leads_to_those_like_it(
    household: Household, scripts: Path, browser: Browser
) -> None:
    photo = household.photos / "sent/copy of the first.jpg"
    with (
        clicked(household, scripts / "Find similar photos", photo) as address,
        shown(browser, address) as page,
    ):
        expect(page.get_by_role("heading", level=1)).to_contain_text(photo.name)
        expect(page.locator(".card").first).to_be_visible()


def test_a_folder_leads_to_the_duplicates_in_it(
    household: Household, scripts: Path, browser: Browser
) -> None:
    with (
        clicked(household, scripts / "Find duplicates here", household.photos) as address,
        shown(browser, address) as page,
    ):
        expect(page).to_have_url(re.compile("/duplicate-group"))
        expect(page.get_by_text("copy of the first.jpg").first).to_be_visible()


def test_a_folder_without_duplicates_is_said_to_have_none(
    household: Household, scripts: Path, browser: Browser
) -> None:
    with (
        clicked(household, scripts / "Find duplicates here", household.photos / "2021") as address,
        shown(browser, address) as page,
    ):
        expect(page.get_by_role("status").first).to_have_text("No duplicates found.")
        expect(page.get_by_text("in ~/Pictures/2021")).to_be_visible()
