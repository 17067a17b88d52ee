"""Photos of a burst, raw files and their pictures, and photos in the wrong folders are no
duplicates."""

from __future__ import annotations

import pytest

from imgsimd.duplicates.vetoes import FolderRule, is_other_shot, is_raw_and_developed
from imgsimd.duplicates.wish import Folders
from imgsimd.gallery.catalog.raw_pairs import RAW
from tests.support.photos import photo

NOON = "2024-05-01T12:00:00"


@pytest.mark.parametrize(
    ("one", "other"),
    [(NOON, "2024-05-01T12:00:01"), (NOON + ".25", NOON + ".50"), (NOON + ".2", NOON + ".31"),
     (NOON + ".25+02:00", NOON + ".26+02:00"), (NOON + "+02:00", "2024-05-01T11:00:00+02:00")],
)  # fmt: skip
def test_other_times_are_other_shots(one: str, other: str) -> None:
    assert is_other_shot(photo(1, taken=one), photo(2, taken=other))
    assert is_other_shot(photo(1, taken=other), photo(2, taken=one))


@pytest.mark.parametrize(
    ("one", "other"),
    [(NOON, NOON), (NOON, None), (None, None), (NOON + ".25", NOON), (NOON + ".2", NOON + ".250"),
     (NOON + ".25+02:00", NOON + ".25"), (NOON + "+02:00", "2024-05-01T10:00:00+00:00")],
)  # fmt: skip
def test_the_same_time_may_be_the_same_shot(one: str | None, other: str | None) -> None:
    assert not is_other_shot(photo(1, taken=one), photo(2, taken=other))
    assert not is_other_shot(photo(1, taken=other), photo(2, taken=one))


def test_a_raw_file_and_a_developed_picture_are_no_duplicates() -> None:
    assert is_raw_and_developed(photo(1, format=RAW), photo(2))
    assert not is_raw_and_developed(photo(1, format=RAW), photo(2, format=RAW))
    assert not is_raw_and_developed(photo(1), photo(2, format="PNG"))


def test_the_folders_of_keeper_and_copy_can_be_chosen() -> None:
    here, there, below = photo(1, b"/a/1"), photo(2, b"/b/2"), photo(3, b"/a/c/3")
    again = photo(4, b"/a/4")
    assert FolderRule(Folders.ANY, [])(here, again)
    across, within = FolderRule(Folders.ACROSS, []), FolderRule(Folders.WITHIN, [])
    assert across(here, there)
    assert across(here, below)
    assert not across(here, again)
    assert within(here, again)
    assert not within(here, below)


def test_a_protected_photo_is_a_keeper_and_never_a_copy() -> None:
    rule = FolderRule(Folders.ANY, [b"/b"])
    mine, theirs = photo(1, b"/a/1"), photo(2, b"/b/2")
    assert rule(theirs, mine)
    assert not rule(mine, theirs)
    assert not rule(theirs, photo(3, b"/b/3"))
    assert not rule(mine, photo(4, b"/a/4"))
