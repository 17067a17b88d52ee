"""The pairs of photos that are near each other are those that brute force finds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from imgsimd.duplicates import nearing
from imgsimd.duplicates.nearest import Nearest
from imgsimd.duplicates.nearing import near_pairs
from imgsimd.vectors import Vectors
from tests.support.numpy_store import unit

COUNT, LIMIT = 300, 0.8


@pytest.fixture
def vectors(monkeypatch: pytest.MonkeyPatch) -> Vectors:
    """In many small blocks."""
    monkeypatch.setattr(nearing, "ROWS", 32)
    monkeypatch.setattr(nearing, "COLUMNS", 50)
    return unit(np.random.default_rng(1).standard_normal((COUNT, 6)).astype(np.float32))


async def found(
    vectors: Vectors, rows: NDArray[np.int64], most: int, gone: int = -1
) -> set[tuple[int, int]]:
    async def fetch(numbers: NDArray[np.int64]) -> tuple[NDArray[np.bool_], Vectors]:
        is_there = numbers != gone
        return is_there, vectors[numbers[is_there]]

    pairs = await near_pairs(fetch, rows, COUNT, LIMIT, most, lambda progress: None)
    exact = np.linalg.norm(vectors[pairs.first] - vectors[pairs.second], axis=1)
    assert np.allclose(pairs.distance, exact, atol=1e-3)
    return set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


def near(vectors: Vectors) -> set[tuple[int, int]]:
    distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    first, second = np.nonzero(np.triu(distances <= LIMIT, 1))
    return set(zip(first.tolist(), second.tolist(), strict=True))


async def test_all_pairs_within_the_limit_are_found_once(vectors: Vectors) -> None:
    assert await found(vectors, np.arange(COUNT), COUNT) == near(vectors)


async def test_new_photos_are_compared_with_all_and_with_each_other(vectors: Vectors) -> None:
    new = np.array([3, 77, 78, 150, 299])
    expected = {pair for pair in near(vectors) if set(pair) & set(new.tolist())}
    assert await found(vectors, new, COUNT) == expected


async def test_what_has_no_vector_any_more_is_left_out(vectors: Vectors) -> None:
    expected = {pair for pair in near(vectors) if 40 not in pair}
    assert await found(vectors, np.arange(COUNT), COUNT, gone=40) == expected


async def test_of_each_photo_only_the_nearest_are_kept(vectors: Vectors) -> None:
    distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = {
        (min(one, other), max(one, other))
        for one in range(COUNT)
        for other in np.argsort(distances[one])[:2].tolist()
        if distances[one, other] <= LIMIT
    }
    assert await found(vectors, np.arange(COUNT), 2) == nearest


def test_memory_does_not_grow_with_the_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgsimd.duplicates.nearest._WAITING", 100)
    nearest, rng = Nearest(3), np.random.default_rng(0)
    for _ in range(50):
        one, other = rng.integers(0, 20, (2, 40))
        nearest.add(one, other + 20, rng.random(40).astype(np.float32))
        assert sum(len(part.first) for part in nearest._kept) <= 100 + 3 * 40
    assert len(nearest.pairs().first) <= 3 * 40
