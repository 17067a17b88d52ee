"""The worker draws the copies that it says: each has the vector of a copy that is made here."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from imgsimd.embedding.protocol import ALTERATIONS
from imgsimd.errors import BadPictureError
from imgsimd.samples import drawing
from tests.support import alterations
from tests.support.alterations import PixelArray
from tests.support.embedding import as_file, embed, embedding
from tests.support.pictures import encoded

RNG = np.random.default_rng(1)
PICTURE = drawing.draw("city", RNG, 400, 300)
"""Small enough to be copied as it is."""
COPIES: dict[str, PixelArray] = {
    "half_size": alterations.half_size(PICTURE, RNG),
    "mirrored": alterations.mirrored(PICTURE, RNG),
    "centre_80_percent": PICTURE[30:270, 40:360],
    "grey": alterations.grey(PICTURE, RNG),
}


def file(picture: PixelArray, suffix: str = ".png", *options: int) -> bytes:
    return encoded(np.ascontiguousarray(picture[..., ::-1]), suffix, *options)


async def test_each_copy_is_altered_as_its_name_says() -> None:
    files = [file(PICTURE, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 30), *map(file, COPIES.values())]
    async with embedding() as embedder:
        with as_file(file(PICTURE)) as descriptor:
            found = await embedder.altered_copies(descriptor)
        wanted = [np.asarray(await embed(embedder, content)) for content in files]
    assert ("jpeg_quality_30", *COPIES) == ALTERATIONS
    assert [each.tolist() for each in found] == [vector.tolist() for vector in wanted]


async def test_the_smallest_pictures_have_copies_and_what_is_no_picture_is_refused() -> None:
    async with embedding() as embedder:
        for shape in (1, 1), (1, 900), (2, 3):
            with as_file(file(np.full((*shape, 3), 90, np.uint8))) as descriptor:
                assert len(await embedder.altered_copies(descriptor)) == len(ALTERATIONS)
        with as_file(b"no picture") as descriptor, pytest.raises(BadPictureError):
            await embedder.altered_copies(descriptor)
