"""Folders are the same only where enough says so."""

from __future__ import annotations

import pytest

from imgsimd.reconciling import same_folder
from imgsimd.types import FileState, ImageId, Known


def known(number: int, path: bytes = b"", size: int = 0, mtime: int = 0) -> Known:
    state = FileState(size or number, mtime or number, number, number)
    return Known(ImageId(number), path or b"/old/%d.jpg" % number, state)


@pytest.mark.parametrize(
    ("same", "of", "expected"),
    [(12, 12, True), (8, 12, True), (7, 12, False), (3, 3, True), (2, 2, False), (0, 0, False)],
)
def test_most_photos_of_a_sample_must_be_the_same_and_more_than_a_few(
    same: int, of: int, expected: bool
) -> None:
    sample = [known(number) for number in range(1, of + 1)]
    assert same_folder.is_likely(sample[:same], sample) is expected


def test_pictures_of_one_size_and_time_prove_nothing() -> None:
    frames = [known(number, size=7, mtime=7) for number in range(1, 20)]
    assert not same_folder.is_likely(frames, frames)


def test_twins_count_at_the_same_relative_path_below_any_other_folder() -> None:
    image = known(1, b"/old/a/1.jpg")
    places = [
        b"/new/old/a/1.jpg", b"/new/old/a/1.jpg", b"/else/a/1.jpg", b"/else/b/1.jpg",
        b"/old/copy/a/1.jpg", b"/a/1.jpg",
    ]  # fmt: skip
    twins = [known(number, place) for number, place in enumerate(places, start=2)]
    found = same_folder.candidates([(image, twin) for twin in twins], b"/old")
    assert list(found) == [b"/new/old", b"/else"]
    assert [twin.id for _, twin in found[b"/new/old"]] == [2, 3]
