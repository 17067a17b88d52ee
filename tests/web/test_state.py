"""The pages that say how imgsimd is, what it could not read, and what it does not index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from imgsimd.web import failed, rendering
from imgsimd.web.failure_list import Row
from imgsimd.web.rendering import Rendering
from imgsimd.web.turning import Turning
from tests.support.household import Household, until
from tests.support.page_answer import Answer
from tests.support.pages import Pages, serving

HOSTILE = "/p/<img src=x onerror=alert(1)>\n\x1b[31m\u202e\udcff\"'.jpg"


class Reader:
    """Somebody who looks at the pages, without scripts."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._cookie = pages.ask(pages.first).cookie

    def get(self, name: str) -> Answer:
        return self._pages.page(name, cookie=self._cookie)

    def send(self, name: str, content: str = "") -> str:
        """Sends a form; returns the name of the page that comes then."""
        path, own = f"/{self._pages.place}/{name}", f"http://127.0.0.1:{self._pages.port}"
        answer = self._pages.ask(path, "POST", content, cookie=self._cookie, origin=own)
        assert answer.status == 303, answer.text
        return answer.headers["location"]


@pytest.fixture
def reader(served: Household) -> Iterator[Reader]:
    with serving(served.socket) as pages:
        yield Reader(pages)


def failure(path: str, kind: str = "cut_off", reason: str = "it is cut off") -> Row:
    return Row(path, reason, kind, False)


def listed(rows: Turning[Row], **context: object) -> str:
    total = len(rows.items)
    shown = {"kinds": [], "kind": "", "total": total, "can_retry": True, "part_of": "state"}
    page = Rendering([("state", "State")])
    return page.html("failed.html", here="failed", base="", rows=rows, **(shown | context))


def test_the_state_says_what_is_searchable_and_which_folders_are_watched(
    reader: Reader, served: Household
) -> None:
    served.settle()
    text = reader.get("state").text
    assert '<dd data-figure="images">6</dd>' in text
    assert "All is indexed: 6 photos are searchable" in text
    assert "Nothing is wrong." in text
    assert f'<span class="path">{served.photos}</span>' in text


def test_indexing_is_paused_and_resumed_by_forms_that_need_no_script(
    reader: Reader, served: Household
) -> None:
    assert 'action="pause"' in reader.get("state").text
    assert reader.send("pause") == "state"
    until(lambda: served.status()["state"] == "paused")
    text = reader.get("state").text
    assert "Indexing is paused" in text
    assert 'action="pause"' not in text
    assert reader.send("resume") == "state"
    until(lambda: served.status()["state"] == "idle")


def test_what_is_tried_again_is_said(reader: Reader) -> None:
    assert reader.send("retry") == "state?retried=0"
    assert "There is nothing to try again." in reader.get("state?retried=0").text
    assert "Trying 1 picture again" in reader.get("state?retried=1").text
    assert reader.get("state?retried=<b>").status == 200


def test_a_number_that_is_no_number_of_pictures_is_not_said(reader: Reader) -> None:
    for number in ("9" * 5000, "\u0663", "-1", ""):
        answer = reader.get(f"state?retried={quote(number)}")
        assert (answer.status, "Trying" in answer.text) == (200, False)


def test_a_list_without_anything_says_so(reader: Reader) -> None:
    assert "Every picture could be read." in reader.get("failed").text
    assert "is a photo." in reader.get("skipped").text


def test_a_page_lists_a_hundred_of_fifty_thousand() -> None:
    found = [failure(f"/p/{n:05}.jpg") for n in range(50_000)]
    rows = Turning(found, "500", failed.ROWS)
    text = listed(rows)
    assert text.count("<tr>") == 1 + 100
    assert "49900.jpg" in text
    assert "page 500 of 500" in text
    assert 'href="failed?page=499"' in text
    assert "Next" not in text


@pytest.mark.parametrize(
    ("page", "shown"),
    [("", 1), ("0", 1), ("-1", 1), ("x", 1), ("2", 2), ("3", 3), ("9" * 30, 3), ("9" * 5000, 3)],
)
def test_any_number_in_an_address_is_a_page(page: str, shown: int) -> None:
    assert Turning(range(201), page, 100).page == shown


def test_an_empty_list_has_one_page() -> None:
    rows = Turning[int]([], "7", 100)
    assert (rows.page, rows.pages, list(rows.items)) == (1, 1, [])


def test_a_kind_is_kept_while_turning() -> None:
    rows = Turning([failure("/p/a.jpg")] * 300, "2", failed.ROWS)
    kinds = [("cut_off", "cut off", 300)]
    text = listed(rows, kind="cut_off", kinds=kinds)
    assert 'href="failed?kind=cut_off&amp;page=3"' in text
    assert 'name="kind" value="cut_off"' in text


def test_a_hostile_name_is_text_on_the_page() -> None:
    reason = f"{HOSTILE} is no picture: run `imgsimctl failed`"
    text = listed(Turning([failure(HOSTILE, reason=reason)], "", failed.ROWS))
    assert text.encode()
    assert not re.search("<img|\x1b|\u202e", text)
    assert r"&lt;img src=x onerror=alert(1)&gt;\n\x1b[31m\u202e\xff&#34;&#39;.jpg" in text
    assert "<code>imgsimctl failed</code>" in text


@pytest.mark.parametrize(
    ("sentence", "html"),
    [
        ("Run `a <b>`, or `c`.", "Run <code>a &lt;b&gt;</code>, or <code>c</code>."),
        ("A lone ` stays.", "A lone ` stays."),
        (
            "Then run: imgsimctl forget '/a<b'",
            "Then run: <code>imgsimctl forget &#39;/a&lt;b&#39;</code>",
        ),
        ("`a` and ` b", "<code>a</code> and ` b"),
    ],
)
def test_commands_in_a_sentence_are_code(sentence: str, html: str) -> None:
    assert rendering.commands(sentence) == html
