"""The pages about duplicates stay small, however many groups there are and however large one is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from imgsimd.client import Client
from imgsimd.errors import RequestError
from imgsimd.web.asked_pictures import AskedPictures
from imgsimd.web.browsing import Browsing
from imgsimd.web.duplicate_decisions import Decisions
from imgsimd.web.duplicate_search import State
from imgsimd.web.duplicate_wish import WishForm
from imgsimd.web.duplicates import DuplicatePages
from imgsimd.web.rendering import Rendering
from imgsimd.web.thumbnail_cache import ThumbnailCache
from imgsimd.web.thumbnails import Thumbnails
from imgsimd.web.uploads import Uploads
from tests.support.duplicate_groups import group, member

GROUPS, MEMBERS = 10_000, 5_000
MOST_ELEMENTS = 700
MOST_BYTES = 50_000


@pytest.fixture(scope="module")
def pages() -> DuplicatePages:
    """Of a search that has found many groups; of the photos none is there any more."""
    client = Client(Path("/nowhere"))
    uploads = Uploads(client)
    asked, thumbnails = AskedPictures(client, uploads), Thumbnails(ThumbnailCache(None))
    found = DuplicatePages(Browsing(client, Rendering([]), 1, uploads, asked, thumbnails))
    small = [
        group(member(f"/nowhere/{n}/a.jpg"), member(f"/nowhere/{n}/b.jpg")) for n in range(GROUPS)
    ]
    large = group(*(member(f"/nowhere/large/{n}.jpg") for n in range(MEMBERS)))
    search = found.searches.find_or_start(WishForm().wish([]))
    search.cancel()
    search.decisions, search.state = Decisions([large, *small]), State.DONE
    return found


def asked(show: Callable[[Request], Response], query: str) -> str:
    scope = {
        "type": "http", "method": "GET", "path": "/page", "query_string": query.encode(),
        "headers": [], "root_path": "", "server": ("127.0.0.1", 1), "scheme": "http",
    }  # fmt: skip
    return bytes(show(Request(scope)).body).decode()


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("group", "search=1&group=1&members=100"),
        ("group", f"search=1&group={GROUPS}"),
        ("groups", "search=1&page=100"),
        ("plan", "search=1"),
    ],
)
def test_no_page_grows_with_the_groups(pages: DuplicatePages, page: str, query: str) -> None:
    html = asked(getattr(pages, page), query)
    assert len(html) < MOST_BYTES
    assert len(re.findall("<[a-z]", html)) < MOST_ELEMENTS


def test_what_is_gone_is_said(pages: DuplicatePages) -> None:
    html = asked(pages.group, "search=1&group=7")
    assert html.count("Gone since the search") == 2
    assert "disabled>Yes, 0 can go" in html


@pytest.mark.parametrize(
    "query", ["search=2", "search=1&group=0", "search=1&group=x", f"search=1&group={'9' * 30}",
              f"search=1&group={GROUPS + 2}"],
)  # fmt: skip
def test_an_address_that_names_nothing_is_refused(pages: DuplicatePages, query: str) -> None:
    with pytest.raises(RequestError):
        asked(pages.group, query)
