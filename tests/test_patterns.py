"""A pattern that can have no effect is refused by name, with what to write instead."""

from __future__ import annotations

import pytest

from imgsimd import patterns


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "names nothing"),
        ("  ", "names nothing"),
        ("/", "names nothing"),
        ("./", "names nothing"),
        ("!", "names nothing"),
        ("file:///home/anna/My%20Pictures", "write the path, `/home/anna/My Pictures`"),
        ("$HOME/Pictures/Private", "write `~/Pictures/Private`"),
        (r"2020\Private", "write `2020/Private`"),
        ("Private\\", "write `Private/`"),
        ("../Private", "leads out"),
        ("2020/{raw,draft}", '"2020/raw", "2020/draft"'),
        ("!{a,b}", '"!a", "!b"'),
        ("[2020 Summer", r"write '\[2020 Summer'"),
        ("[z-a].jpg", r"write '\[z-a\].jpg'"),
    ],
)
def test_a_pattern_without_meaning_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"write|name") as error:
        patterns.read(pattern)
    assert words in str(error.value)
    assert f"`{pattern}`" in str(error.value)


@pytest.mark.parametrize(
    "pattern",
    ["/home/anna/Pictures", "/home/anna/", "/home", "/home/*/Pictures/**", "/home/anna/*",
     "/home/**"],
)  # fmt: skip
def test_a_whole_root_is_left_out_by_roots_not_by_ignore(pattern: str) -> None:
    with pytest.raises(ValueError, match="remove the folder from `roots`"):
        patterns.refuse_whole_root(pattern, "/home/anna/Pictures")
    patterns.refuse_whole_root(pattern, "/mnt/anna/Pictures")


def test_excluding_everything_is_allowed_only_to_let_something_in() -> None:
    for pattern in ("*", "**", "/*", "*/*", "**/*"):
        with pytest.raises(ValueError, match="leave out everything"):
            patterns.read_all(["raw", pattern])
        assert patterns.read_all([pattern, "!2020"])
    with pytest.raises(ValueError, match="leave out everything"):
        patterns.read_all(["!2020", "*"])


def test_a_pattern_with_escapes_keeps_them() -> None:
    for pattern in (r"\#drafts", r"\!important", r"a\ b", r"\[2020\] *", r"end\ "):
        assert patterns.read(pattern) == pattern
    assert patterns.read("#drafts") == r"\#drafts"
