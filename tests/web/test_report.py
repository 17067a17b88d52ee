"""The page that `similar --html` writes: complete, self-contained, and safe from hostile names."""

from __future__ import annotations

from base64 import b64decode
from html.parser import HTMLParser
from urllib.parse import unquote_to_bytes

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgsimd.decoding import decode
from imgsimd.samples import drawing
from imgsimd.web.report import MARK, ShownMatch, ShownPicture, report

VOID = {"meta", "link", "img"}
FOREIGN = ("script", "iframe", "object", "embed", "form", "base", "audio", "video", "svg")


class Reader(HTMLParser):
    """Reads a page as a browser would: its elements with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self._parents: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._parents.append((tag, self.open[-1] if self.open else ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))
        self.text += data if self.open[-1:] != ["style"] else ""

    def parents(self, tag: str) -> list[str]:
        return [parent for name, parent in self._parents if name == tag]

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def jpeg(kind: str) -> bytes:
    picture = drawing.draw(kind, np.random.default_rng(1), 96, 72)
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()


def match(path: str, rank: int = 1, thumbnail: bytes | None = None, alike: int = 0) -> ShownMatch:
    return ShownMatch(
        path,
        thumbnail,
        rank,
        distance=0.5,
        similarity=0.875,
        pixels=(4000, 3000),
        bytes=4_200_000,
        date="2021-05-31T12:30:00",
        alike=alike,
    )


@pytest.fixture
def ordinary() -> str:
    return report(
        [ShownPicture("/p/sunset-01.jpg", jpeg("sunset"))],
        [match("/p/a/one.jpg", 1, jpeg("snow")), match("/p/b/two.jpg", 2, jpeg("city"), 7)],
        "efficientnet-lite0",
    )


def test_query_and_matches_are_shown_with_their_facts(ordinary: str) -> None:
    read = Reader(ordinary)
    assert read.open == []
    for fact in ("2 matches", "87.5 %", "distance 0.500", "one.jpg", "/p/b", "efficientnet-lite0"):
        assert fact in read.text
    for fact in ("4000 x 3000", "4.2 MB", "31 May 2021"):
        assert read.text.count(fact) == 2
    assert read.text.count("+ 7 like it") == 1
    links = [(link["href"], link["title"]) for link in read.all("a")]
    assert links == [
        ("file:///p/sunset-01.jpg", "/p/sunset-01.jpg"),
        ("file:///p/a/one.jpg", "/p/a/one.jpg"),
        ("file:///p/b/two.jpg", "/p/b/two.jpg"),
    ]


def test_the_page_says_in_which_order_the_matches_are(ordinary: str) -> None:
    assert "Best first, by the model efficientnet-lite0." in ordinary
    asked, found = [ShownPicture("-", None)], [match("/p/one.jpg")]
    assert "The nearest first, then by likeness, by the model m." in report(
        asked, found, "m", is_reranked=True
    )


def test_each_picture_is_itself_the_link_to_its_file(ordinary: str) -> None:
    read = Reader(ordinary)
    assert len(read.all("a")) == len(read.all("img")) == 3
    assert read.parents("img") == ["a"] * 3


def test_a_path_can_be_broken_at_its_slashes_alone() -> None:
    """Each folder is an element, which the style never breaks."""
    text = report([ShownPicture("-", None)], [match("/p/a b/c-d/one.jpg")], "m")
    folders = [part for tag, part in Reader(text).texts if tag == "bdi"]
    assert folders == ["standard input", "one.jpg", "/", "p/", "a b/", "c-d/"]


def test_the_page_contains_its_pictures(ordinary: str) -> None:
    images = Reader(ordinary).all("img")
    contents = [b64decode(image["src"].removeprefix("data:image/jpeg;base64,")) for image in images]
    assert contents == [jpeg("sunset"), jpeg("snow"), jpeg("city")]
    assert decode.pixels(contents[0]).shape == (72, 96, 3)


def test_the_page_declares_its_language_and_describes_its_pictures(ordinary: str) -> None:
    read = Reader(ordinary)
    assert read.all("html") == [{"lang": "en"}]
    assert "<title>Similar to sunset-01.jpg</title>" in ordinary
    assert all(image["alt"] for image in read.all("img"))
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in read.all(
        "meta"
    )


def test_the_page_fetches_nothing_and_runs_no_script(ordinary: str) -> None:
    read = Reader(ordinary)
    assert not [tag for tag, _ in read.elements if tag in FOREIGN]
    assert not [a for _, a in read.elements if any(name.startswith("on") for name in a)]
    assert all(a["src"].startswith("data:") for _, a in read.elements if "src" in a)
    assert [link["href"] for link in read.all("link")] == ["data:,"]
    assert "url(" not in ordinary
    assert "@import" not in ordinary
    assert "http:" not in ordinary
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert {"http-equiv": "Content-Security-Policy", "content": policy} in read.all("meta")


@given(st.binary(min_size=1).filter(lambda name: b"/" not in name), st.booleans())
def test_a_name_never_changes_the_structure_of_the_page(raw: bytes, asked: bool) -> None:
    """For any bytes, the page has the same elements, shows the name and links to exactly these
    bytes."""
    path = "/p/" + raw.decode("utf-8", "surrogateescape")
    names = (path, "/p/x.jpg") if asked else ("/p/x.jpg", path)
    text = report([ShownPicture(names[0], None)], [match(names[1])], "m")
    plain = report([ShownPicture("/p/x.jpg", None)], [match("/p/x.jpg")], "m")
    read = Reader(text)
    assert [tag for tag, _ in read.elements] == [tag for tag, _ in Reader(plain).elements]
    link = read.all("a")[0 if asked else 1]
    assert unquote_to_bytes(link["href"].removeprefix("file://")) == b"/p/" + raw
    assert text.encode("utf-8")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('"><script>alert(1)<script>', '"><script>alert(1)<script>'),
        ("' onmouseover='x", "' onmouseover='x"),
        ("a\nb\x1b[2J.jpg", "a\\nb\\x1b[2J.jpg"),
        ("photo\u202egpj.exe", "photo\\u202egpj.exe"),
        ("caf\udce9.jpg", "caf\\xe9.jpg"),
        ("\ud800.jpg", "\\ud800.jpg"),
        ("$title ${model} $$ &amp;", "$title ${model} $$ &amp;"),
    ],
)
def test_a_hostile_name_is_shown_as_harmless_text(name: str, shown: str) -> None:
    text = report([ShownPicture(f"/{name}", None)], [match(f"/{name}")], name)
    read = Reader(text)
    assert read.text.count(shown) == 5  # title, heading, query, model, match
    assert [link["title"] for link in read.all("a")] == [f"/{shown}"] * 2
    assert [tag for tag, _ in read.elements if tag in FOREIGN] == []
    assert text.encode("utf-8")


def test_a_picture_without_a_thumbnail_gets_a_placeholder_with_a_description() -> None:
    read = Reader(report([ShownPicture("/q.jpg", jpeg("snow"))], [match("/gone.jpg")], "m"))
    (empty,) = [a for a in read.all("div") if a.get("role") == "img"]
    assert "gone.jpg" in empty["aria-label"]
    assert len(read.all("img")) == 1


def test_a_picture_from_standard_input_has_no_link() -> None:
    read = Reader(report([ShownPicture("-", None)], [], "m"))
    assert read.all("a") == []
    assert "Similar to standard input" in read.text
    assert "No match" in read.text


def test_several_queries_are_all_shown_in_one_row_that_can_be_scrolled() -> None:
    text = report(
        [ShownPicture("/a.jpg", None), ShownPicture("/b.jpg", None)], [match("/c.jpg")], "m"
    )
    read = Reader(text)
    assert "<title>Similar to 2 pictures</title>" in text
    assert len(read.all("a")) == 3
    (row,) = [a for a in read.all("div") if a.get("role") == "region"]
    assert row["tabindex"] == "0"  # it can be scrolled with the keyboard


def test_a_page_begins_with_a_mark_that_names_imgsimd() -> None:
    assert report([ShownPicture("-", None)], [], "m").startswith(MARK)
    assert "imgsimd" in MARK


def test_only_the_first_of_thousands_of_queries_are_shown_and_the_rest_is_counted() -> None:
    read = Reader(report([ShownPicture(f"/{n}.jpg", None) for n in range(3)], [], "m", 5000))
    assert "Similar to 5,000 pictures" in read.text
    assert "and 4,997 more" in read.text
