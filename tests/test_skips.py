"""What is not indexed is told in a few words, the most first."""

from __future__ import annotations

from imgsimd.skips import Reason, Skip, number_of_files, summary


def test_a_summary_names_the_largest_numbers_first() -> None:
    skips = [
        Skip(Reason.PICTURE, "svg", 38),
        Skip(Reason.VIDEO, "mp4", 1200),
        Skip(Reason.VIDEO, "mov", 4),
        Skip(Reason.NO_EXTENSION, "", 1),
        Skip(Reason.FOLDER_LEFT_OUT, "", 2),
    ]
    assert summary(skips) == (
        "1,204 videos, 38 .svg, 2 folders left out by a pattern, 1 file without an extension"
    )
    assert number_of_files(skips) == 1243


def test_a_summary_of_very_many_kinds_ends_with_how_many_more() -> None:
    skips = [Skip(Reason.PICTURE, f"p{n}", 1) for n in range(9)]
    assert summary(skips).endswith(", 3 more")


def test_nothing_has_no_summary() -> None:
    assert summary([]) == ""


def test_photos_that_need_a_package_are_told_with_its_name() -> None:
    skips = [Skip(Reason.NO_LIBRARY, "", 12, package="pi-heif"), Skip(Reason.LINK, "", 1)]
    assert summary(skips) == ("12 files that pi-heif would read, 1 symbolic link")
