"""How near photos must be to be compared: told by the model's description, or by the photos."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from imgsimd.closeness import Closeness
from imgsimd.duplicates.limits import FARTHEST, TOO_FEW, Limits
from imgsimd.vectors import Vectors

DIMENSION = 64


def photos(count: int, spread: float) -> Vectors:
    """Unit vectors around one direction; the larger the spread, the farther apart."""
    middle = np.zeros(DIMENSION)
    middle[0] = 1
    around = middle + spread * np.random.default_rng(0).normal(size=(count, DIMENSION))
    vectors: Vectors = around / np.linalg.norm(around, axis=1, keepdims=True)
    return vectors.astype(np.float32)


async def limits(closeness: Closeness, vectors: Vectors) -> Limits:
    async def fetch(numbers: NDArray[np.int64]) -> tuple[NDArray[np.bool_], Vectors]:
        return np.ones(len(numbers), np.bool_), vectors[numbers]

    return await Limits.of(closeness, fetch, len(vectors))


async def test_a_measured_model_has_its_own_limits_whatever_the_photos() -> None:
    found = await limits(Closeness(copy_distance=0.7, similar_distance=0.4), photos(100, 0.1))
    assert (found.copy_distance, found.similar_distance) == (0.7, 0.4)


async def test_an_unknown_model_has_limits_in_proportion_to_its_distances() -> None:
    near, far = photos(100, 0.02), photos(100, 1.0)
    close, wide = await limits(Closeness(), near), await limits(Closeness(), far)
    assert close.copy_distance < 0.2 < 0.7 < wide.copy_distance < 1
    ratio = pytest.approx(wide.similar_distance / close.similar_distance)
    assert wide.copy_distance / close.copy_distance == ratio


async def test_what_is_measured_stands_and_only_the_rest_is_judged_by_the_photos() -> None:
    found = await limits(Closeness(copy_distance=0.7), photos(100, 1.0))
    assert found.copy_distance == 0.7
    assert 0.3 < found.similar_distance < 0.6


@pytest.mark.parametrize("count", [0, 1, 2, TOO_FEW])
async def test_a_few_photos_that_are_all_copies_are_compared_nevertheless(count: int) -> None:
    found = await limits(Closeness(), photos(count, 0.01))
    assert found.copy_distance == FARTHEST
