"""Raw files of cameras are shown as their cameras show them."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imgsimd.decoding import decode, exif, raw, raw_signature
from imgsimd.decoding.turning import turned
from imgsimd.errors import BadPictureError, FaultKind
from tests.support.embedding import embed, embedding
from tests.support.exif import block, gps_block
from tests.support.likeness import is_same, thumbnail_difference
from tests.support.odd_pictures import PixelArray, photo
from tests.support.odd_tiffs import picture_below, thumbnail_first, tiff
from tests.support.raw_files import cr3, dng, jpeg, nef_like, olympus_like, raf

PICTURE = photo(1200, 800)
SHOWN = np.asarray(Image.open(io.BytesIO(jpeg(PICTURE))))
"""With the noise of the preview."""
KINDS: dict[str, Callable[[PixelArray, int], bytes]] = {
    "NEF": nef_like,
    "NEF, JPEG in a strip": lambda picture, turn: nef_like(picture, turn, by="strip"),
    "RAF": raf,
    "CR3": cr3,
    "ORF": olympus_like,
}


def upright_original(orientation: int) -> PixelArray:
    """What a viewer shows of the preview if it is stored like that."""
    return turned(SHOWN, orientation)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_preview_of_a_raw_file_is_shown_upright(kind: str, orientation: int) -> None:
    content = KINDS[kind](PICTURE, orientation)
    assert is_same(content, upright_original(orientation))
    metadata = decode.metadata(content)
    assert metadata.format == "camera raw"
    assert metadata.orientation == orientation


def test_raw_data_without_a_preview_are_developed() -> None:
    picture, orientation = photo(2400, 1600), 6
    content = dng(picture, orientation)
    upright = turned(picture, orientation)
    assert is_same(content, upright)
    metadata = decode.metadata(content)
    assert (metadata.height, metadata.width) == upright.shape[:2]
    assert (metadata.make, metadata.model) == ("Test", "Camera")


def test_a_preview_that_the_camera_has_turned_is_not_turned_again() -> None:
    content = dng(PICTURE, 6) + jpeg(turned(PICTURE, 6))
    assert is_same(content, upright_original(6))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_preview_with_an_orientation_of_its_own_is_turned_once(orientation: int) -> None:
    exif = b"Exif\0\0" + block({274: orientation})
    content = dng(PICTURE, orientation) + jpeg(PICTURE, exif=exif)
    assert is_same(content, upright_original(orientation))


def test_a_preview_that_says_it_is_upright_is_not_turned() -> None:
    upright = jpeg(turned(PICTURE, 3), exif=b"Exif\0\0" + block({274: 1}))
    assert is_same(dng(PICTURE, 3) + upright, upright_original(3))


def test_instead_of_a_damaged_preview_the_raw_data_are_shown() -> None:
    content = dng(PICTURE) + jpeg(255 - PICTURE)[:60_000]
    assert thumbnail_difference(content, PICTURE) < 10


def test_why_nothing_of_a_raw_file_is_shown_is_said_of_the_file_and_not_of_its_preview() -> None:
    with pytest.raises(BadPictureError, match="a kind of camera raw"):
        decode.pixels(raf(PICTURE).replace(b"\xff\xda", b"\xff\0"))


def test_the_size_of_a_raw_file_that_libraw_does_not_know_is_that_of_its_raw_data() -> None:
    small = jpeg(PICTURE[::2, ::2])
    large = jpeg(PICTURE)
    content = nef_like(PICTURE).replace(large, small.ljust(len(large), b"\0"))
    metadata = decode.metadata(content)
    assert (metadata.width, metadata.height) == (1200, 800)


def test_a_small_preview_is_not_taken_for_the_picture() -> None:
    content = dng(PICTURE) + jpeg(255 - PICTURE[::10, ::10])
    assert thumbnail_difference(content, PICTURE) < 10


def test_the_time_of_a_cr3_is_in_its_second_block() -> None:
    gps = gps_block(
        {
            exif.NORTH_OR_SOUTH: "S", exif.LATITUDE: ((33, 1), (30, 1), (0, 1)),
            exif.EAST_OR_WEST: "E", exif.LONGITUDE: ((151, 1), (15, 1), (0, 1)),
        }
    )  # fmt: skip
    metadata = decode.metadata(cr3(PICTURE, gps=gps))
    assert metadata.taken == "2024-05-01T13:45:07"
    assert (metadata.latitude, metadata.longitude) == (-33.5, 151.25)


@pytest.mark.parametrize(
    "content",
    [
        tiff(PICTURE),
        tiff(PICTURE, compression="jpeg"),
        tiff(PICTURE, tile=(128, 128), bigtiff=True),
        thumbnail_first(PICTURE),
        thumbnail_first(PICTURE, compression="jpeg"),
        thumbnail_first(PICTURE, compression="jpeg", tile=(256, 256)),
        picture_below(PICTURE),
        tiff(PICTURE, extratags=[(271, "s", 0, "Scanner", True)]),
    ],
)
def test_a_tiff_for_everybody_is_no_raw_file(content: bytes) -> None:
    assert decode.metadata(content).format == "TIFF"


def test_without_libraw_previews_are_shown_and_the_rest_names_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(raw, "_HAS_LIBRAW", False)
    assert is_same(nef_like(PICTURE, 6), upright_original(6))
    with pytest.raises(BadPictureError, match="pip install rawpy") as error:
        decode.pixels(dng(PICTURE))
    assert error.value.kind == FaultKind.LIBRARY_MISSING


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_raw_data_that_are_cut_off_are_refused(share: float) -> None:
    content = dng(PICTURE)
    with pytest.raises(BadPictureError, match="cut off"):
        decode.pixels(content[: int(share * len(content))])


async def test_a_worker_in_its_sandbox_reads_raw_files() -> None:
    async with embedding() as embedder:
        in_tiles: dict[str, Any] = {"compression": "jpeg", "tile": (256, 256)}
        for content in (
            dng(PICTURE),
            nef_like(PICTURE),
            dng(PICTURE, preview=PICTURE),
            dng(PICTURE, preview=PICTURE, preview_options=in_tiles),
            dng(
                PICTURE,
                bits=12,
                compression="jpeg",
                compressionargs={"lossless": True},
                tile=(256, 256),
            ),
        ):
            assert isinstance(await embed(embedder, content), np.ndarray)


def test_directories_that_lead_to_each_other_end() -> None:
    loop = b"II*\0\x08\0\0\0" + b"\x01\0" + b"\x4a\x01\x04\0\x01\0\0\0\x08\0\0\0" + b"\x08\0\0\0"
    assert len(list(raw_signature.directories(loop))) == 1
    assert not raw_signature.is_raw(loop)
    assert not raw_signature.is_raw(b"II*\0" + b"\xff" * 100)


def test_a_raw_file_of_too_many_pixels_is_refused() -> None:
    with pytest.raises(BadPictureError, match="1,200 x 800"):
        decode.squared(dng(PICTURE), 224, "area", most=1000)


def test_the_square_of_a_raw_file_is_that_of_its_picture() -> None:
    assert decode.squared(nef_like(PICTURE), 224, "area").pixels.dtype == np.uint8


def test_a_cameras_tiff_is_raw_if_the_jpeg_below_its_first_picture_is_larger() -> None:
    content = nef_like(PICTURE, 6, with_sensor=False)
    assert decode.metadata(content).format == "camera raw"
    assert is_same(content, upright_original(6))


def test_a_preview_behind_many_tiles_of_raw_data_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "_HAS_LIBRAW", False)
    content = dng(PICTURE, tile=(32, 32), compression="jpeg", compressionargs={"lossless": True})
    assert content.count(b"\xff\xd8\xff") > 300
    assert is_same(content + jpeg(PICTURE), SHOWN)


def test_without_libraw_a_small_preview_is_shown_if_models_need_no_larger_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(raw, "_HAS_LIBRAW", False)
    small = np.ascontiguousarray(PICTURE[::3, ::3])
    assert is_same(dng(PICTURE) + jpeg(small), small)
    with pytest.raises(BadPictureError, match="pip install rawpy"):
        decode.pixels(dng(PICTURE) + jpeg(small[::2, ::2]))


def test_a_preview_that_is_no_jpeg_is_shown() -> None:
    content = dng(PICTURE, preview=255 - PICTURE)
    assert is_same(content, 255 - PICTURE)


def test_a_directory_of_many_numbers_is_read_in_no_time() -> None:
    entry = struct.pack("<HHII", 273, 3, 2**31, 8)
    content = b"II*\0\x08\0\0\0" + struct.pack("<H", 500) + 500 * entry + bytes(100_000)
    assert [len(each[273]) for each in raw_signature.directories(content)] == [4096]


@pytest.mark.parametrize("options", [{}, {"tile": (256, 256)}, {"compression": "lzw"}])
def test_a_preview_in_strips_or_tiles_is_put_together(options: dict[str, Any]) -> None:
    content = dng(PICTURE, 6, preview=PICTURE, preview_options={"compression": "jpeg"} | options)
    assert is_same(content, turned(PICTURE, 6))


def test_raw_data_in_tiles_of_lossless_jpeg_are_developed_and_in_strips_refused_by_name() -> None:
    lossless: dict[str, Any] = {"compression": "jpeg", "compressionargs": {"lossless": True}}
    content = dng(PICTURE, bits=12, tile=(256, 256), **lossless)
    assert thumbnail_difference(content, SHOWN) < 30
    with pytest.raises(BadPictureError, match="strips of JPEG") as error:
        decode.pixels(dng(PICTURE, bits=12, rowsperstrip=80, **lossless))
    assert error.value.kind == FaultKind.UNSUPPORTED
