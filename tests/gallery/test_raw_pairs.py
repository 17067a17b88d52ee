"""A raw file and the picture that the camera wrote beside it are known to be one photo."""

from __future__ import annotations

import pytest

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.catalog.raw_pairs import RAW
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.types import FileState, Plan
from tests.support.library import vector_of

NOON = "2024-05-01T12:00:00"


def embedded(gallery: Gallery, files: dict[bytes, tuple[str, str | None]]) -> None:
    """Images at these paths, with their format and time."""
    states = {path: FileState(n, 1, 1, n) for n, path in enumerate(files, start=1)}
    gallery.apply(Plan(new=states))
    model, waiting = gallery.verdicts.waiting(99)
    gallery.verdicts.commit(
        model,
        [
            Verdict(
                Examined(image.id, image.state, image.path.ljust(32, b"\0")[:32]),
                vector_of(b"x"),
                PictureMetadata(files[image.path][0], 1, taken=files[image.path][1]),
            )
            for image in waiting
        ],
    )


@pytest.mark.parametrize(
    ("raw_time", "time"),
    [(NOON, NOON), (NOON + ".25", NOON + "+02:00"), (None, NOON), (NOON, None), (None, None)],
)
def test_a_raw_file_and_its_jpeg_are_a_pair(
    gallery: Gallery, raw_time: str | None, time: str | None
) -> None:
    raw, jpeg = b"/photos/IMG_1.CR2", b"/photos/IMG_1.jpg"
    embedded(gallery, {raw: (RAW, raw_time), jpeg: ("JPEG", time)})
    assert gallery.raw_pairs.partner(raw) == jpeg
    assert gallery.raw_pairs.partner(jpeg) == raw


@pytest.mark.parametrize(
    ("path", "format_", "time"),
    [
        (b"/photos/IMG_2.jpg", "JPEG", NOON),
        (b"/photos/IMG_1.JPG/a.jpg", "JPEG", NOON),
        (b"/photos/other/IMG_1.jpg", "JPEG", NOON),
        (b"/photos/IMG_1.edited.jpg", "JPEG", NOON),
        (b"/photos/IMG_1.jpg", "JPEG", "2024-05-01T12:00:01"),
        (b"/photos/IMG_1.nef", RAW, NOON),
    ],
)
def test_other_images_are_no_pair(
    gallery: Gallery, path: bytes, format_: str, time: str | None
) -> None:
    raw = b"/photos/IMG_1.CR2"
    embedded(gallery, {raw: (RAW, NOON), path: (format_, time)})
    assert gallery.raw_pairs.partner(raw) is None
    assert gallery.raw_pairs.partner(path) is None


def test_a_pair_ends_when_one_of_it_is_forgotten(gallery: Gallery) -> None:
    raw, heic = b"/photos/IMG_1.DNG", b"/photos/IMG_1.HEIC"
    embedded(gallery, {raw: (RAW, NOON), heic: ("HEIC", NOON)})
    assert gallery.raw_pairs.partner(heic) == raw
    gallery.forget(gallery.images.at([raw]))
    assert gallery.raw_pairs.partner(heic) is None
    assert gallery.raw_pairs.partner(raw) is None
