"""The index is exact: what it says is what comparing with every vector says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from imgsimd.gallery.vectors.faiss_flat import Index
from imgsimd.types import ImageId

DIMENSION = 16


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / lengths


def brute_force(
    vectors: dict[int, NDArray[np.float32]], query: NDArray[np.float32], k: int
) -> list[tuple[int, float]]:
    ids = sorted(vectors)
    stored = np.stack([vectors[i] for i in ids]).astype(np.float64)
    distances = np.sqrt(((stored - query.astype(np.float64)) ** 2).sum(axis=1))
    order = np.argsort(distances, kind="stable")[:k]  # stable: equal ones by id
    return [(ids[n], float(distances[n])) for n in order]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 200),
    copies=st.integers(0, 60),
    k=st.integers(1, 250),
)
def test_every_search_equals_brute_force_with_ties_by_id(
    seed: int, count: int, copies: int, k: int
) -> None:
    rng = np.random.default_rng(seed)
    vectors = unit(rng.normal(size=(count, DIMENSION)).astype(np.float32))
    vectors = np.concatenate([vectors, vectors[rng.integers(0, count, copies)]])
    ids = rng.permutation(len(vectors) * 3)[: len(vectors)] + 1
    index = Index(DIMENSION)
    index.add([ImageId(int(i)) for i in ids], vectors)
    stored = dict(zip(map(int, ids), vectors, strict=True))
    for query in (vectors[0], unit(rng.normal(size=DIMENSION).astype(np.float32))):
        assert index.search(query, k) == brute_force(stored, query, k)


def test_what_is_left_out_makes_room_for_the_next() -> None:
    vectors = np.eye(DIMENSION, dtype=np.float32)[:5]
    index = Index(DIMENSION)
    index.add([ImageId(n) for n in range(5)], vectors)
    found = index.search(vectors[2], 3, leave_out=[ImageId(2), ImageId(99)])
    assert [image for image, _ in found] == [0, 1, 3]
    assert found[0][1] == pytest.approx(2**0.5)


def test_an_empty_index_finds_nothing() -> None:
    assert Index(DIMENSION).search(np.ones(DIMENSION, np.float32), 10) == []


def test_removed_vectors_are_not_found_and_unknown_ids_do_no_harm() -> None:
    index = Index(DIMENSION)
    index.add([ImageId(1), ImageId(2)], np.eye(DIMENSION, dtype=np.float32)[:2])
    index.remove([ImageId(1), ImageId(7)])
    assert len(index) == 1
    assert index.vector(ImageId(1)) is None
    assert index.vector(ImageId(2)) is not None


def test_what_is_loaded_from_the_store_is_found_in_whatever_slab_its_id_belongs() -> None:
    rng = np.random.default_rng(0)
    vectors = unit(rng.normal(size=(60, 4096)).astype("<f4"))  # a slab holds 1,024 of these
    ids = [int(i) for i in rng.permutation(5000)[: len(vectors)]]
    index = Index(4096)
    index.load((ImageId(i), v.tobytes()) for i, v in zip(ids, vectors, strict=True))
    assert len(index) == len(vectors)
    stored = dict(zip(ids, vectors, strict=True))
    assert index.search(vectors[7], 60) == brute_force(stored, vectors[7], 60)
