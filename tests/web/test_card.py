"""A photo in a grid, whatever its name is."""

from __future__ import annotations

import html
import os
import re
import subprocess
from types import SimpleNamespace

import pytest

from imgsimd.client import Match
from imgsimd.web.rendering import Rendering
from imgsimd.web.results import Found

CALL = (
    '{% import "card.html" as cards %}'
    '{{ cards.card(photo, "photo?of=3", "t", "similar?of=3", 0.931, 0.3715) }}'
)


def card(path: str, taken: str | None = "2021-05-31T12:00:00") -> str:
    photo = SimpleNamespace(
        id=3, path=path, pixels=(4000, 3000), bytes=4_200_000, taken=taken, mtime_ns=86_400 * 10**9
    )
    return Rendering([])._environment.from_string(CALL).render(photo=photo)


def as_pasted(text: str) -> str:
    """The path that is meant where the text is pasted: into a field, or, in quotes, a shell."""
    if not text.startswith("$'"):
        return text
    command = ["bash", "-c", f"printf %s {text}"]
    return os.fsdecode(subprocess.run(command, capture_output=True, check=True).stdout)


def test_a_card_says_what_is_known_of_a_photo() -> None:
    text = html.unescape(re.sub(r"<[^>]+>", " ", card("/photos/2024/Brighton/a.jpg")))
    assert " ".join(text.split()) == (
        "93.1 % distance 0.371 a.jpg Brighton in /photos/2024 "
        "4000 x 3000 · 4.2 MB 31 May 2021 Find similar"
    )


def test_a_card_says_which_machine_has_a_photo_and_offers_nothing_that_needs_its_file() -> None:
    match = Match.of(
        {
            "rank": 1, "id": 99, "shared_id": 99, "host": "nas", "path": "/photos/2024/a.jpg",
            "distance": 0.3715, "similarity": 0.931,
        }
    )  # fmt: skip
    found = Found(None, match, is_beyond=False, words="", others=0)
    call = '{% import "card.html" as cards %}{{ cards.elsewhere(found) }}'
    made = Rendering([])._environment.from_string(call).render(found=found)
    text = html.unescape(re.sub(r"<[^>]+>", " ", made))
    said = "93.1 % distance 0.371 a.jpg on nas in /photos/2024"
    assert " ".join(text.split()) == said
    assert 'data-path="nas:/photos/2024/a.jpg"' in made
    assert not {"data-id", "<input", "similar?", "photo?"} & set(re.findall(r"[\w<-]+\??", made))


def test_the_file_tells_the_date_where_the_picture_does_not() -> None:
    assert re.search(">[12] January 1970<", card("/a.jpg", taken=None))  # in any time zone


@pytest.mark.parametrize("name", ['<b onclick="x">', "\u202egpj", "a\nb", "\udcff", "&amp;", "'"])
def test_a_name_is_shown_as_it_is_and_obeyed_by_nobody(name: str) -> None:
    path = f"/{name}/{name}.jpg"
    page = card(path)
    assert "<b onclick" not in page
    assert page.encode("utf-8")
    assert not any(character in page for character in "\u202e\udcff")
    (found,) = re.findall('data-path="([^"]*)"', page)
    assert as_pasted(html.unescape(found)) == path
