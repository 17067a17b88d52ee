"""The page of one photo."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from imgsimd.client import Client
from tests.support.household import Household, until
from tests.support.visit import Visit, is_picture, visiting

HOSTILE = os.fsdecode(b'<b onclick="x">\xe2\x80\xae\n\x1b[31m\xff.jpg')


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """A photo with a copy, one with a hostile name, and others."""
    household = Household(tmp_path_factory.mktemp("photo"))
    household.add(album[0], "2021/beach.jpg", "sent/beach again.jpg")
    household.add(album[1], HOSTILE)
    household.add(album[2], "other.jpg")
    household.start()
    household.settle()
    yield household
    household.close()


@pytest.fixture(scope="module")
def visit(home: Household, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    folder = tmp_path_factory.mktemp("visit")
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("XDG_CACHE_HOME", str(folder))
        with visiting(Client(home.socket), folder) as visit:
            yield visit


def text(page: str) -> str:
    """What is read on a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_page_says_all_that_is_known(home: Household, visit: Visit) -> None:
    ids = home.ids()
    page = visit.get(f"photo?of={ids['2021/beach.jpg']}").text
    assert "path " + str(home.photos / "2021/beach.jpg") in text(page)
    assert re.search(r"state indexed .* picture JPEG, \d+ x \d+ vector stored", text(page))
    assert f'<a href="photo?of={ids["sent/beach again.jpg"]}">' in page
    assert f'href="compare?a={ids["2021/beach.jpg"]}&amp;b={ids["other.jpg"]}"' in page


def test_its_picture_is_as_wide_as_the_page_says(home: Household, visit: Visit) -> None:
    page = visit.get(f"photo?of={home.ids()['other.jpg']}").text
    (sources,) = re.findall('srcset="([^"]*)"', page)
    address, width = html.unescape(sources).split(" ")
    assert is_picture(visit.get(address))
    assert re.search(f"picture JPEG, {width.removesuffix('w')} x", text(page))


def test_a_hostile_name_is_shown_and_obeyed_by_nobody(home: Household, visit: Visit) -> None:
    page = visit.get(f"photo?of={home.ids()[HOSTILE]}").text
    assert r'<b onclick="x">\u202e\n\x1b[31m\xff.jpg' in html.unescape(page)
    assert "<b onclick" not in page
    assert not any(character in page for character in "\u202e\x1b")


def test_an_upload_has_a_page_too(visit: Visit, album: list[Path]) -> None:
    of = visit.post("upload?name=new.jpg", album[5].read_bytes()).json["picture"]
    page = visit.get(f"photo?of={of}")
    assert "new.jpg" in text(page.text)
    assert "not one of your indexed photos" in text(page.text)
    assert "data-reveal" not in page.text


def test_a_photo_that_has_gone_has_a_clear_page(home: Household, visit: Visit) -> None:
    image = home.ids()["sent/beach again.jpg"]
    (home.photos / "sent/beach again.jpg").unlink()
    until(lambda: visit.get(f"photo?of={image}").status == 404)
    assert "This photo is not there any more" in text(visit.get(f"photo?of={image}").text)


@pytest.mark.parametrize("of", ["", "0", "-1", "1.5", "9" * 40, "\u0661", "u1", "../../etc/passwd"])
def test_an_address_without_a_picture_says_so(of: str, visit: Visit) -> None:
    assert visit.get(f"photo?of={quote(of)}").status == 404
