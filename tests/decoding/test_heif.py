"""HEIC pictures are read as viewers show them."""

from __future__ import annotations

import io

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgsimd.decoding import decode, exif
from imgsimd.decoding.turning import turned
from imgsimd.errors import BadPictureError
from tests.support.embedding import embed, embedding
from tests.support.exif import block
from tests.support.odd_pictures import heic, photo
from tests.support.pictures import difference
from tests.support.steps import at_most_steps

PICTURE = photo(320, 240)
HEIC = heic(PICTURE)


def test_a_heic_has_the_colours_of_its_picture() -> None:
    assert difference(decode.pixels(HEIC), PICTURE) < 4


async def test_a_worker_in_its_sandbox_reads_heic() -> None:
    async with embedding() as embedder:
        vector = await embed(embedder, HEIC)
        assert isinstance(vector, np.ndarray)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_heic_that_is_cut_off_is_refused(share: float) -> None:
    with pytest.raises(BadPictureError, match="it is cut off"):
        decode.pixels(HEIC[: int(share * len(HEIC))])


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_heic_with_a_hole_is_refused(share: float) -> None:
    content = bytearray(HEIC)
    at = int(share * len(content))
    content[at : at + 512] = bytes(512)
    with pytest.raises(BadPictureError, match="it is damaged"):
        decode.pixels(bytes(content))


def test_what_is_cut_off_behind_the_picture_is_not_missed() -> None:
    content = heic(PICTURE, thumbnails=[200])
    assert difference(decode.pixels(content[:-200]), PICTURE) < 4


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_heic_of_many_tiles_is_put_together(orientation: int) -> None:
    content = heic(PICTURE, tile_size=128, exif=block({274: orientation}))
    assert difference(decode.pixels(content), turned(PICTURE, orientation)) < 4
    hole = bytearray(content)
    hole[-1000:-400] = bytes(600)
    with pytest.raises(BadPictureError, match="it is damaged"):
        decode.pixels(bytes(hole))


@pytest.mark.parametrize("bits", [10, 12])
def test_more_bits_than_8_and_grey_become_rgb8(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pillow_heif.options, "SAVE_HDR_TO_12_BIT", bits == 12)
    deep = PICTURE.astype(np.uint16) * 257
    assert difference(decode.pixels(encoded_heic("RGB;16", deep)), PICTURE) < 4
    grey = np.dstack([PICTURE[..., 0]] * 3)
    assert difference(decode.pixels(encoded_heic("L;16", deep[..., 0])), grey) < 4
    assert difference(decode.pixels(heic(PICTURE[..., 0])), grey) < 4


@pytest.mark.parametrize("mode", ["RGBA", "RGBa"])
def test_a_transparent_heic_is_shown_on_white(mode: str) -> None:
    alpha = np.full(PICTURE.shape[:2], 128, np.uint8)
    alpha[:, :160] = 255
    weight = alpha[..., None] / 255
    colours = PICTURE * weight if mode == "RGBa" else PICTURE
    content = encoded_heic(mode, np.dstack([colours.astype(np.uint8), alpha]))
    shown = PICTURE * weight + 255 * (1 - weight)
    assert difference(decode.pixels(content), shown.astype(np.uint8)) < 4


def encoded_heic(mode: str, samples: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    file = io.BytesIO()
    height, width = samples.shape[:2]
    pillow_heif.encode(mode, (width, height), samples.tobytes(), file, quality=90)
    return file.getvalue()


def test_of_several_pictures_the_primary_one_is_read() -> None:
    pictures = pillow_heif.HeifFile()  # type: ignore[no-untyped-call]  # as it is
    for each in (PICTURE[::-1], PICTURE, PICTURE[:, ::-1]):
        pictures.add_from_pillow(Image.fromarray(each))
    file = io.BytesIO()
    pictures.save(file, primary_index=1, quality=90)
    assert difference(decode.pixels(file.getvalue()), PICTURE) < 4


def test_a_heic_whose_sides_are_odd_has_its_own_size() -> None:
    odd = photo(241, 179)
    content = heic(odd)
    assert difference(decode.pixels(content), odd) < 4
    metadata = decode.metadata(content)
    assert (metadata.width, metadata.height) == (241, 179)


@pytest.mark.parametrize(
    "brand", ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "mif2"]
)
def test_any_brand_of_heif_is_read(brand: str) -> None:
    content = HEIC[:8] + brand.encode() + HEIC[12:]
    assert decode.metadata(content).format == "HEIC"
    assert difference(decode.pixels(content), PICTURE) < 4


@pytest.mark.parametrize(
    ("kind", "name"), [("avc1", "AVC"), ("jpeg", "JPEG"), ("unci", "uncompressed"), ("av01", "AV1")]
)
def test_another_codec_is_refused_by_its_name(kind: str, name: str) -> None:
    with pytest.raises(BadPictureError, match=f"not supported .HEIF with {name}"):
        decode.pixels(HEIC.replace(b"hvc1", kind.encode()))


@pytest.mark.parametrize("options", [{}, {"tile_size": 128}])
def test_a_heic_of_too_many_pixels_is_refused_from_its_header(options: dict[str, int]) -> None:
    content = heic(PICTURE, **options)
    size = bytes(4) + (320).to_bytes(4, "big") + (240).to_bytes(4, "big")
    vast = content.replace(b"ispe" + size, b"ispe" + bytes(4) + b"\0\0\x42\x68" * 2)
    with pytest.raises(BadPictureError, match="17,000 x 17,000"):
        decode.pixels(vast)


def test_exif_of_a_heic_is_read() -> None:
    written = block({exif.MAKE: "ACME", exif.MODEL: "One", exif.TAKEN: "2024:05:01 13:45:07"})
    metadata = decode.metadata(heic(PICTURE, exif=written))
    assert (metadata.make, metadata.model) == ("ACME", "One")
    assert metadata.taken == "2024-05-01T13:45:07"


@pytest.mark.parametrize("content", [b"", bytes(20)])
def test_a_sequence_without_a_still_picture_is_refused_by_its_name(content: bytes) -> None:
    file = b"\0\0\0\x14ftyphevc\0\0\0\0msf1" + b"\0\0\0\x10moov\0\0\0\x08trak" + content
    with pytest.raises(BadPictureError, match="HEIF sequence without a still picture"):
        decode.pixels(file)


def test_tables_that_contradict_themselves_take_few_steps() -> None:
    extents = b"iloc" + bytes(6) + b"\xff\xff" + (b"\0\1\0\0\xff\xff" * 20_000)
    targets = b"".join(b"\0\0\0\x0cdimg\0\1\xff\xff" for _ in range(9000))
    references = b"iref" + bytes(4) + targets
    tables = b"".join((len(each) + 4).to_bytes(4, "big") + each for each in (extents, references))
    meta = b"meta" + bytes(4) + tables
    file = b"\0\0\0\x14ftypheic\0\0\0\0heic" + (len(meta) + 4).to_bytes(4, "big") + meta
    with at_most_steps(10_000_000):
        decode.metadata(file + bytes(1_000_000))
        with pytest.raises(BadPictureError):
            decode.pixels(file + bytes(1_000_000))
