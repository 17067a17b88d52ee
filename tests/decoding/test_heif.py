"""HEIC pictures are read as viewers show them."""

from __future__ import annotations

import numpy as np
import pytest

from imgsimd.decoding import decode
from imgsimd.decoding.turning import turned
from imgsimd.errors import BadPictureError
from tests.support.embedding import embed, embedding
from tests.support.exif import block
from tests.support.odd_pictures import heic, photo
from tests.support.pictures import difference

PICTURE = photo()


def test_a_heic_has_the_colours_of_its_picture() -> None:
    assert difference(decode.pixels(heic(PICTURE)), PICTURE) < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_heic_is_turned_once_as_its_container_says(orientation: int) -> None:
    content = heic(PICTURE, exif=block({274: orientation}))
    upright = turned(PICTURE, orientation)
    assert difference(decode.pixels(content), upright) < 4
    metadata = decode.metadata(content)
    assert (metadata.height, metadata.width) == upright.shape[:2]
    assert metadata.orientation == orientation


async def test_a_worker_in_its_sandbox_reads_heic() -> None:
    async with embedding() as embedder:
        vector = await embed(embedder, heic(PICTURE))
        assert isinstance(vector, np.ndarray)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_heic_that_is_cut_off_is_refused(share: float) -> None:
    content = heic(PICTURE)
    with pytest.raises(BadPictureError, match="it is cut off"):
        decode.pixels(content[: int(share * len(content))])
