"""What a worker makes of pictures so that they can be compared, and what it says of two."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from imgsimd.embedding.embedder import COMPARED_AT_ONCE
from imgsimd.embedding.protocol import LONGEST, LONGEST_PAYLOAD, parts
from imgsimd.verification import Verdict
from tests.support.embedding import as_file, embed, embedding
from tests.support.pictures import encoded


async def test_a_worker_compares_pictures_and_sees_them_from_other_sides(album: list[Path]) -> None:
    """One worker for all of it: its start costs more than its answers."""
    original = np.asarray(cv2.imread(str(album[0])), np.uint8)
    turned = encoded(np.rot90(original).copy(), ".png")
    contents = [turned, album[0].read_bytes(), *(path.read_bytes() for path in album[1:12])]
    async with embedding() as embedder:
        with as_file(turned) as descriptor:
            views = await embedder.views(descriptor)
        upright = await embed(embedder, contents[1])
        features = []
        for content in contents:
            with as_file(content) as descriptor:
                features.append(await embedder.features(descriptor))
        assert len(features) > COMPARED_AT_ONCE, "several threads take part"
        found = await embedder.compare(views.features, [*features[1:], b"no features"])
        with as_file(encoded(np.full((40, 60, 3), 127, np.uint8), ".png")) as descriptor:
            plain = await embedder.features(descriptor)
        (identical,) = await embedder.compare(plain, [plain])
        useless = await embedder.compare(b"no features", features)
        assert await embedder.compare(features[0], []) == []

    assert views.features == features[0], "one file has one set of features"
    assert isinstance(upright, np.ndarray)
    assert upright @ views.vector < 0.9
    assert max(float(upright @ view.vector) for view in views.others) > 0.98
    same, *others, unusable = found
    assert same
    assert same.verdict is Verdict.SAME
    assert same.transform
    assert abs(same.transform.turned) == pytest.approx(90, abs=1)
    assert {each.verdict for each in others if each} == {Verdict.NO}
    assert identical
    assert identical.verdict is Verdict.SAME, "though there is nothing in it to compare"
    assert unusable is None
    assert useless == [None] * len(features)


@pytest.mark.parametrize("size", [0, 1, LONGEST_PAYLOAD, LONGEST_PAYLOAD + 1, 3 * LONGEST_PAYLOAD])
def test_an_answer_of_any_length_is_put_together_again(size: int) -> None:
    payload = np.random.default_rng(1).bytes(size)
    answers = list(parts(7, payload))
    assert len(answers) == max(1, -(-size // LONGEST_PAYLOAD))
    assert b"".join(answer.payload for answer in answers) == payload
    assert all(len(answer.pack()) <= LONGEST for answer in answers)
