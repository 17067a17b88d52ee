"""The content check names every file whose content is not the one that is known, and no other."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from imgsimd.indexing import content_check
from imgsimd.types import Hash, Known
from tests.support.photo_gallery import MAX_BYTES, PhotoGallery, photo_gallery


@pytest.fixture
async def gallery(tmp_path: Path) -> AsyncIterator[PhotoGallery]:
    (tmp_path / "root").mkdir()
    async with photo_gallery(tmp_path / "root", tmp_path) as made:
        yield made


@pytest.fixture
def photos(tmp_path: Path, gallery: PhotoGallery) -> list[Path]:
    """More than are compared at once."""
    made = [tmp_path / f"root/{number:03}.jpg" for number in range(content_check.IMAGES_A_PART + 6)]
    for number, photo in enumerate(made):
        photo.write_bytes(b"photo %d" % number)
    return made


async def differing(gallery: PhotoGallery, images: list[Known]) -> list[str]:
    """The names of the images that the check finds."""
    found = await content_check.differing(gallery.thread, gallery.opener, images)
    return [os.path.basename(os.fsdecode(image.path)) for image in found]


def damage(photo: Path) -> None:
    """Other content of the same size, and the time is set back."""
    status = photo.stat()
    photo.write_bytes(photo.read_bytes()[::-1])
    os.utime(photo, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("by", ["blake3", "sha256"])
async def test_exactly_the_files_with_another_content_are_told_in_their_order(
    gallery: PhotoGallery, photos: list[Path], by: Hash
) -> None:
    """Whichever hash the gallery uses, and wherever they are in the list."""
    images = await gallery.embed(*photos, by=by)
    assert await differing(gallery, images) == []
    last = len(photos) - 1
    numbers = [0, content_check.IMAGES_A_PART - 1, content_check.IMAGES_A_PART, last]
    for number in numbers:
        damage(photos[number])
    assert await differing(gallery, images) == [photos[number].name for number in numbers]
    assert await differing(gallery, images[1:3]) == []


async def test_a_file_that_cannot_be_read_is_told(
    gallery: PhotoGallery, photos: list[Path]
) -> None:
    images = await gallery.embed(*photos[:2])
    os.truncate(photos[0], MAX_BYTES + 1)
    assert await differing(gallery, images) == [photos[0].name]


async def test_a_file_that_could_not_be_read_is_told_once_it_can(
    gallery: PhotoGallery, photos: list[Path]
) -> None:
    """No content is known of it."""
    await gallery.notice(photos[0])
    assert await differing(gallery, await gallery.known(photos[:1])) == [photos[0].name]


async def test_nothing_is_told_of_a_file_that_is_gone(
    gallery: PhotoGallery, photos: list[Path]
) -> None:
    """Whoever watches the folder finds that out."""
    images = await gallery.embed(*photos[:3])
    photos[0].unlink()
    photos[1].unlink()
    photos[1].mkdir()
    assert await differing(gallery, images) == []


async def test_no_file_is_left_open(gallery: PhotoGallery, photos: list[Path]) -> None:
    images = await gallery.embed(*photos)
    damage(photos[0])
    photos[1].unlink()
    before = len(os.listdir("/proc/self/fd"))
    await differing(gallery, images)
    assert len(os.listdir("/proc/self/fd")) == before
