"""What a file's headers say of its picture is read right, whatever else is in the file."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgsimd.decoding import decode, exif, registry
from imgsimd.decoding.metadata import MOST_CHARACTERS, PictureMetadata
from imgsimd.errors import BadPictureError
from tests.support.exif import Value, block, in_jpeg, in_png, in_webp
from tests.support.pictures import FORMATS, encoded
from tests.support.steps import at_most_steps

PICTURE = np.zeros((40, 60, 3), np.uint8)
JPEG = encoded(PICTURE, ".jpg")


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_size_is_that_of_the_picture_in_every_format(suffix: str) -> None:
    content = encoded(PICTURE, suffix)
    metadata = decode.metadata(content)
    assert (metadata.width, metadata.height) == (60, 40)
    assert decode.pixels(content).shape == (40, 60, 3)
    assert metadata.orientation == 1
    assert metadata.taken is metadata.make is metadata.model is None


@pytest.mark.parametrize("options", [(), (cv2.IMWRITE_WEBP_QUALITY, 60)])
def test_the_size_of_webp_is_read_with_and_without_loss(options: tuple[int, ...]) -> None:
    metadata = decode.metadata(encoded(PICTURE, ".webp", *options))
    assert (metadata.width, metadata.height) == (60, 40)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ({exif.TAKEN: "2024:05:01 13:45:07"}, "2024-05-01T13:45:07"),
        (
            {exif.TAKEN: "2024:05:01 13:45:07", exif.TAKEN_OFFSET: "+02:00"},
            "2024-05-01T13:45:07+02:00",
        ),
        (
            {
                exif.TAKEN: "2024:05:01 13:45:07",
                exif.TAKEN_FRACTION: "25",
                exif.TAKEN_OFFSET: "-03:30",
            },
            "2024-05-01T13:45:07.25-03:30",
        ),
        (
            {exif.TAKEN: "2024:05:01 13:45:07", exif.TAKEN_OFFSET: "+99:00"},
            "2024-05-01T13:45:07",
        ),
        (
            {exif.TAKEN: "2024:05:01 13:45:07", exif.TAKEN_FRACTION: "soon"},
            "2024-05-01T13:45:07",
        ),
        ({exif.TAKEN: "2024:13:45 99:00:00"}, None),
        ({exif.TAKEN: "0000:00:00 00:00:00"}, None),
        ({exif.TAKEN: "    :  :     :  :  "}, None),
        ({exif.TAKEN: "yesterday"}, None),
        ({exif.TAKEN_OFFSET: "+02:00"}, None),
    ],
)
def test_the_capture_time_is_as_written_or_none(
    written: dict[int, int | str], taken: str | None, order: str
) -> None:
    assert decode.metadata(in_jpeg(JPEG, block(written, order))).taken == taken


BRIGHTON: dict[int, Value] = {
    exif.NORTH_OR_SOUTH: "N", exif.LATITUDE: ((50, 1), (49, 1), (2100, 100)),
    exif.EAST_OR_WEST: "W", exif.LONGITUDE: ((0, 1), (8, 1), (1392, 100)),
}  # fmt: skip


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("written", "place"),
    [
        ({}, (50.8225, -0.1372)),
        ({exif.NORTH_OR_SOUTH: "south", exif.EAST_OR_WEST: "e"}, (-50.8225, 0.1372)),
        ({exif.LATITUDE: ((50_8225, 10000),)}, (50.8225, -0.1372)),
        ({exif.LATITUDE: ((50, 1), (49_35, 100), (0, 0))}, (50.8225, -0.1372)),
        ({exif.LATITUDE: ((50, 1), (49, 1), (21, 0))}, None),
        ({exif.LATITUDE: ((90, 1), (0, 1), (1, 1))}, None),
        ({exif.LONGITUDE: ((181, 1),)}, None),
        ({exif.LATITUDE: ((0, 1),), exif.LONGITUDE: ((0, 1),)}, None),
        ({exif.LATITUDE: ((0, 0),) * 3, exif.LONGITUDE: ((0, 0),) * 3}, None),
        ({exif.NORTH_OR_SOUTH: ""}, None),
        ({exif.EAST_OR_WEST: "N"}, None),
        ({exif.LATITUDE: "50.8225"}, None),
        ({exif.LATITUDE: 50}, None),
    ],
)
def test_the_place_is_in_degrees_or_none(
    written: dict[int, Value], place: tuple[float, float] | None, order: str
) -> None:
    taking: dict[int, Value] = {exif.MAKE: "ACME", exif.TAKEN: "2024:05:01 13:45:07"}
    whole = block(taking | BRIGHTON | written, order)
    for content in (in_jpeg(JPEG, whole), in_png(encoded(PICTURE, ".png"), whole)):
        metadata = decode.metadata(content)
        assert (metadata.latitude, metadata.longitude) == (place or (None, None))
        assert metadata.gps == (place is not None)
        assert metadata.make == "ACME"
        assert PictureMetadata.unpack(metadata.pack()) == metadata


def test_the_camera_is_named_without_padding_and_control_characters() -> None:
    written: dict[int, int | str] = {exif.MAKE: "ACME \x07 Cameras  ", exif.MODEL: "M" * 5000}
    metadata = decode.metadata(in_jpeg(JPEG, block(written)))
    assert metadata.make == "ACME  Cameras"
    assert metadata.model == "M" * MOST_CHARACTERS


@pytest.mark.parametrize("start", [b"", b"Exif\0\0"])
def test_exif_is_read_from_png_and_webp_as_well(start: bytes) -> None:
    written = start + block({exif.MAKE: "ACME", exif.TAKEN: "2024:05:01 13:45:07"})
    for content in (
        in_png(encoded(PICTURE, ".png"), written),
        in_webp(encoded(PICTURE, ".webp"), written, 60, 40),
    ):
        metadata = decode.metadata(content)
        assert (metadata.make, metadata.taken) == ("ACME", "2024-05-01T13:45:07")
        assert (metadata.width, metadata.height) == (60, 40)


def test_half_an_exif_block_costs_only_what_was_in_the_other_half() -> None:
    whole = block({exif.ORIENTATION: 6, exif.MAKE: "ACME", exif.TAKEN: "2024:05:01 13:45:07"})
    for size in range(len(whole) - 1):  # the last byte only ends the text
        metadata = decode.metadata(in_jpeg(JPEG, whole[:size]))
        assert metadata.taken is None
        assert metadata.format == "JPEG"
    whole = block({exif.MAKE: "ACME", **BRIGHTON})
    for size in range(len(whole)):
        assert not decode.metadata(in_jpeg(JPEG, whole[:size])).gps


def test_a_directory_that_contains_itself_ends() -> None:
    loop = b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", exif.EXIF_DIRECTORY, 4, 1, 8) + b"\0" * 4
    assert exif.tags(loop) == {exif.EXIF_DIRECTORY: 8}


@given(st.binary(max_size=600), st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_no_exif_block_raises_anything(rest: bytes, start: bytes) -> None:
    found = exif.tags(start + rest)
    exif.taken(found)
    exif.place(found)
    exif.place(exif.gps_tags(start + rest))
    assert 1 <= exif.orientation(found) <= 8
    for tag in (exif.MAKE, exif.MODEL):
        assert len(exif.text(found, tag) or "") <= MOST_CHARACTERS


@given(st.sampled_from(FORMATS), st.integers(0, 200), st.binary(max_size=100), st.integers(0, 400))
def test_no_broken_header_raises_anything_but_an_unknown_format(
    suffix: str, at: int, broken: bytes, size: int
) -> None:
    content = encoded(PICTURE, suffix)
    content = (content[:at] + broken + content[at + len(broken) :])[:size]
    try:
        metadata = decode.metadata(content)
    except BadPictureError:
        assert registry.recognised(content) is None
    else:
        assert metadata.format in registry.versions()


@pytest.mark.parametrize("chunk", [b"RIFF\xff\xff\xff\xffWEBP", b"\x89PNG\r\n\x1a\n"])
def test_of_many_empty_chunks_only_the_first_are_looked_at(chunk: bytes) -> None:
    with at_most_steps(500_000):
        decode.metadata(chunk + bytes(10_000_000))


def test_what_is_packed_is_unpacked() -> None:
    metadata = decode.metadata(in_jpeg(JPEG, block({exif.MAKE: "Äcme", exif.ORIENTATION: 3})))
    assert PictureMetadata.unpack(metadata.pack()) == metadata


@pytest.mark.parametrize(
    "lie",
    [
        b"", b"{", b"[]", b"1", b"null", b"\xff", b"{}",
        b'{"format": "JPEG"}', b'{"format": 1, "version": 1}',
        b'{"format": "JPEG", "version": 1, "width": "1"}',
        b'{"format": "JPEG", "version": 1, "width": -1}',
        b'{"format": "JPEG", "version": 1, "width": true}',
        b'{"format": "JPEG", "version": 1, "orientation": 9}',
        b'{"format": "JPEG", "version": 1, "orientation": null}',
        b'{"format": "JPEG", "version": 1, "make": "\\n"}',
        b'{"format": "JPEG", "version": 1, "hack": 1}',
        b'{"format": "JPEG", "version": 1, "latitude": 1.0}',
        b'{"format": "JPEG", "version": 1, "latitude": 91.0, "longitude": 1.0}',
        b'{"format": "JPEG", "version": 1, "latitude": 1.0, "longitude": NaN}',
        b'{"format": "JPEG", "version": 1, "latitude": "1", "longitude": 1.0}',
        b'{"format": "%s", "version": 1}' % (b"x" * 1000),
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_metadata_that_nobody_packed_are_refused(lie: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whichever, it is none of ours
        PictureMetadata.unpack(lie)
