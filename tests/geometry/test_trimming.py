"""The picture inside a screenshot or a border is found, and a plain photo is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from imgsimd.geometry.arrays import Pixels
from imgsimd.geometry.trimming import trimmed
from imgsimd.samples.drawing import draw
from tests.support.alterations import (
    Alteration,
    after,
    bordered,
    captioned,
    half_size,
    recompressed,
    screenshot,
)

PHOTO = draw("mountain", np.random.default_rng(3), 400, 300)


@pytest.mark.parametrize(
    "alteration",
    [bordered, captioned, screenshot, after(bordered, half_size, recompressed)],
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_what_is_left_has_the_shape_of_the_photo(alteration: Alteration, seed: int) -> None:
    inner = trimmed(alteration(PHOTO, np.random.default_rng(seed)))
    assert inner is not None
    assert inner.shape[1] / inner.shape[0] == pytest.approx(4 / 3, rel=0.05)


def test_a_border_is_taken_away_to_the_pixel_nearly() -> None:
    framed = np.full((400, 500, 3), 255, np.uint8)
    framed[30:330, 60:460] = PHOTO
    inner = trimmed(framed)
    assert inner is not None
    assert abs(np.array(inner.shape) - PHOTO.shape).max() <= 8


@pytest.mark.parametrize(
    "pixels",
    [PHOTO, PHOTO[:1, :1], PHOTO[:2], np.full((90, 90, 3), 7, np.uint8)],
    ids=["photo", "pixel", "strip", "flat"],
)
def test_where_nothing_is_around_a_picture_nothing_is_trimmed(pixels: Pixels) -> None:
    assert trimmed(pixels) is None
