"""Photoshop's files show their composite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgsimd.decoding import decode, exif
from imgsimd.errors import BadPictureError, FaultKind
from tests.support.embedding import embed, embedding
from tests.support.exif import block
from tests.support.likeness import is_same
from tests.support.odd_pictures import PixelArray, photo
from tests.support.odd_rasters import on_white, with_ellipse
from tests.support.odd_tiffs import cmyk, deep, grey, lab
from tests.support.photoshop import (
    BITMAP,
    CMYK,
    GREY,
    INDEXED,
    LAB,
    LAYERS_WITH_TRANSPARENCY,
    MULTICHANNEL,
    NO_COMPOSITE,
    planes,
    psd,
)

PICTURE = photo(240, 180)
IN_GREY = np.repeat(grey(PICTURE)[..., None], 3, axis=2)
QUANTIZED = Image.fromarray(PICTURE).quantize(256)
SIGNED = np.array([0, 128, 128], np.uint8)
SELECTION = np.zeros((1, *PICTURE.shape[:2]), np.uint8)
TRANSPARENT = with_ellipse(PICTURE)


def indexed() -> bytes:
    palette = np.array(QUANTIZED.getpalette(), np.uint8).reshape(-1, 3)
    padded = np.zeros((256, 3), np.uint8)
    padded[: len(palette)] = palette
    return psd(np.asarray(QUANTIZED)[None], INDEXED, palette=padded.T.tobytes())


def light() -> NDArray[np.float32]:
    """The picture's light, from 0 to 1 (by the definition of sRGB)."""
    levels = PICTURE / 255
    return np.where(
        levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4
    ).astype(np.float32)  # fmt: skip


def with_selection(picture: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([planes(picture), SELECTION])


KINDS: dict[str, tuple[Callable[[], bytes], PixelArray]] = {
    "RGB": (lambda: psd(planes(PICTURE)), PICTURE),
    "RGB, not packed": (lambda: psd(planes(PICTURE), is_packed=False), PICTURE),
    "large": (lambda: psd(planes(PICTURE), is_large=True), PICTURE),
    "16 bits": (lambda: psd(planes(deep(PICTURE, 16))), PICTURE),
    "32 bits": (lambda: psd(planes(light()), is_packed=False), PICTURE),
    "grey": (lambda: psd(grey(PICTURE)[None], GREY), IN_GREY),
    "CMYK": (lambda: psd(planes(255 - cmyk(PICTURE)), CMYK), PICTURE),
    "CMYK of 16 bits": (lambda: psd(planes(deep(255 - cmyk(PICTURE), 16)), CMYK), PICTURE),
    "Lab": (lambda: psd(planes(lab(PICTURE) ^ SIGNED), LAB), PICTURE),
    "Lab of 16 bits": (lambda: psd(planes(deep(lab(PICTURE) ^ SIGNED, 16)), LAB), PICTURE),
    "indexed": (indexed, np.asarray(QUANTIZED.convert("RGB"))),
    "a saved selection": (
        lambda: psd(with_selection(PICTURE), resources={1006: b"\7Alpha 1"}), PICTURE
    ),
    "a saved selection beside layers": (
        lambda: psd(with_selection(PICTURE), layers=b"\0\0\0\4\0\1\0\0"), PICTURE
    ),
}  # fmt: skip
"""How it is made, and what it shows."""


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_photoshop_file_shows_its_composite(kind: str) -> None:
    make, picture = KINDS[kind]
    content = make()
    assert is_same(content, picture)
    metadata = decode.metadata(content)
    assert (metadata.height, metadata.width) == picture.shape[:2]


async def test_every_kind_is_read_in_the_sandbox_where_nothing_can_be_loaded() -> None:
    async with embedding() as embedder:
        answers = {kind: await embed(embedder, make()) for kind, (make, _) in KINDS.items()}
    assert {kind: each for kind, each in answers.items() if isinstance(each, str)} == {}


def test_a_bitmap_is_black_where_its_bits_are_set() -> None:
    bits = grey(PICTURE) < 128
    content = psd(np.packbits(bits, axis=1)[None], BITMAP)
    assert np.array_equal(decode.pixels(content)[..., 0] == 0, bits)


@pytest.mark.parametrize("is_mixed", [True, False], ids=["as Photoshop", "as others"])
@pytest.mark.parametrize("bits", [8, 16])
def test_a_transparent_composite_is_shown_on_white(is_mixed: bool, bits: int) -> None:
    """Photoshop mixes it with white when it saves it, other programs do not."""
    samples = TRANSPARENT.copy()
    samples[..., 3] = samples[..., 3] // 4 * 3  # nothing is opaque
    wanted = on_white(samples)
    if is_mixed:
        samples[..., :3] = wanted
    stored = deep(samples, 16) if bits == 16 else samples
    content = psd(planes(stored), layers=LAYERS_WITH_TRANSPARENCY)
    assert np.abs(decode.pixels(content).astype(int) - wanted).max() <= 1


def test_the_transparent_colour_of_a_palette_is_white() -> None:
    palette = np.zeros((3, 256), np.uint8)
    content = psd(SELECTION, INDEXED, palette=palette.tobytes(), resources={1047: b"\0\0"})
    assert (decode.pixels(content) == 255).all()


def test_the_camera_is_known_from_the_exif_resource() -> None:
    content = psd(planes(PICTURE), resources={1058: block({exif.ORIENTATION: 6})})
    assert decode.metadata(content).orientation == 6
    assert decode.pixels(content).shape == (240, 180, 3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (lambda: psd(planes(PICTURE), resources=NO_COMPOSITE), "without a composite"),
        (lambda: psd(planes(PICTURE), MULTICHANNEL), "8 bits in colours of mode 7"),
        (lambda: psd(planes(PICTURE).astype(np.uint64)), "64 bits"),
    ],
)
def test_what_is_not_read_is_refused_by_name(content: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(BadPictureError, match=f"Photoshop .*{reason}") as error:
        decode.pixels(content())
    assert error.value.kind == FaultKind.UNSUPPORTED


@pytest.mark.parametrize("is_packed", [True, False], ids=["packed", "raw"])
def test_what_is_there_of_a_composite_that_is_cut_off_is_shown(is_packed: bool) -> None:
    content = psd(planes(PICTURE), is_packed=is_packed)
    square = decode.squared(content[: int(0.9 * len(content))], 224, "area")
    assert square.read == pytest.approx(0.7, abs=0.05), "of blue, the last channel"
    with pytest.raises(BadPictureError, match="cut off") as error:
        decode.pixels(content[: int(0.8 * len(content))])
    assert error.value.kind == FaultKind.CUT_OFF


def test_a_vast_composite_is_refused_from_its_header() -> None:
    content = psd(planes(PICTURE))
    vast = content[:14] + (60_000).to_bytes(4, "big") * 2 + content[22:]
    with pytest.raises(BadPictureError, match="60,000 x 60,000"):
        decode.pixels(vast)
