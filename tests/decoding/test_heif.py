"""HEIC pictures are read as viewers show them."""

from __future__ import annotations

import numpy as np
import pytest

from imgsimd.decoding import decode
from imgsimd.errors import BadPictureError
from tests.support.embedding import embed, embedding
from tests.support.odd_pictures import heic, photo
from tests.support.pictures import difference

PICTURE = photo()


def test_a_heic_has_the_colours_of_its_picture() -> None:
    assert difference(decode.pixels(heic(PICTURE)), PICTURE) < 4


async def test_a_worker_in_its_sandbox_reads_heic() -> None:
    async with embedding() as embedder:
        vector = await embed(embedder, heic(PICTURE))
        assert isinstance(vector, np.ndarray)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_heic_that_is_cut_off_is_refused(share: float) -> None:
    content = heic(PICTURE)
    with pytest.raises(BadPictureError, match="it is cut off"):
        decode.pixels(content[: int(share * len(content))])
