"""What the contract suite cannot reach: many vectors, several slabs, and FAISS's rounding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgsimd.gallery.vectors.base import Search
from imgsimd.gallery.vectors.faiss_flat import FaissFlat
from imgsimd.types import ImageId
from imgsimd.vectors import StoredAs, VectorForm, Vectors
from tests.support.numpy_store import NumpyStore, unit

WIDE = 4096
"""A slab holds 1,024 vectors of so many float32 numbers, or 4,096 of codes."""
FORMS: list[StoredAs] = ["float32", "int8"]


def random_vectors(rng: np.random.Generator, count: int, dimension: int) -> Vectors:
    return unit(rng.normal(size=(count, dimension)).astype(np.float32))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 200),
    copies=st.integers(0, 60),
    hidden=st.integers(0, 100),
    k=st.integers(1, 250),
    stored_as=st.sampled_from(FORMS),
)
def test_ties_are_ordered_by_id_however_many_copies_there_are(
    seed: int, count: int, copies: int, hidden: int, k: int, stored_as: StoredAs
) -> None:
    form = VectorForm(16, stored_as)
    rng = np.random.default_rng(seed)
    vectors = random_vectors(rng, count, 16)
    vectors = np.concatenate([vectors, vectors[rng.integers(0, count, copies)]])
    ids = [ImageId(int(i) + 1) for i in rng.permutation(len(vectors) * 3)[: len(vectors)]]
    store, plain = FaissFlat(form), NumpyStore(form)
    store.add(ids, vectors)
    plain.add(ids, vectors)
    searches = [Search(vectors[0], k), Search(random_vectors(rng, 1, 16)[0], k)]
    chosen = np.sort(rng.choice(len(vectors) * 3, min(hidden, len(vectors)), replace=False))
    for filtered in (None, chosen):
        assert store.search_many(searches, filtered) == plain.search_many(searches, filtered)
    searches = [*searches, *(search._replace(among=chosen) for search in searches)]
    for filtered in (None, chosen[::3]):
        assert store.search_many(searches, filtered) == plain.search_many(searches, filtered)


@pytest.mark.parametrize("hidden", [None, range(1000, 3000), range(0, 5000, 7), range(5000)])
@pytest.mark.parametrize("stored_as", FORMS)
def test_vectors_are_found_in_every_slab_but_for_hidden_ones(
    stored_as: StoredAs, hidden: range | None
) -> None:
    form = VectorForm(WIDE, stored_as)
    rng = np.random.default_rng(0)
    vectors = random_vectors(rng, 60, WIDE)
    ids = [ImageId(int(i)) for i in rng.permutation(5000)[: len(vectors)]]
    store, plain = FaissFlat(form), NumpyStore(form)
    for each in (store, plain):
        each.load((i, form.to_bytes(v)) for i, v in zip(ids, vectors, strict=True))
    filtered = None if hidden is None else np.array(hidden, np.int64)
    searches = [Search(vectors[7], 60), Search(vectors[8], 3)]
    assert store.search_many(searches, filtered) == plain.search_many(searches, filtered)


@pytest.mark.parametrize("hidden", [50, 100, 180])
@pytest.mark.parametrize("copies", [0, 40])
@pytest.mark.parametrize("stored_as", FORMS)
def test_the_next_nearest_are_found_if_all_of_the_nearest_are_hidden(
    stored_as: StoredAs, copies: int, hidden: int
) -> None:
    """Most of the slab is shown, and the next nearest may be copies of one vector."""
    form = VectorForm(16, stored_as)
    rng = np.random.default_rng(0)
    vectors = random_vectors(rng, 1000, 16)
    nearest = np.argsort(((vectors - vectors[0]) ** 2).sum(axis=1))
    vectors[nearest[hidden : hidden + copies]] = vectors[nearest[hidden]]
    ids = [ImageId(n) for n in range(len(vectors))]
    store, plain = FaissFlat(form), NumpyStore(form)
    store.add(ids, vectors)
    plain.add(ids, vectors)
    searches = [Search(vectors[0], 5), Search(vectors[nearest[-1]], 5)]
    filtered = np.sort(nearest[:hidden]).astype(np.int64)
    assert store.search_many(searches, filtered) == plain.search_many(searches, filtered)


@pytest.mark.parametrize("stored_as", FORMS)
def test_of_thousands_of_copies_the_first_ids_are_found(stored_as: StoredAs) -> None:
    form, rng = VectorForm(16, stored_as), np.random.default_rng(0)
    vectors = random_vectors(rng, 6000, 16)
    vectors[500:5500] = vectors[500]
    ids = rng.permutation(6000)
    store = FaissFlat(form)
    store.add([ImageId(int(image)) for image in ids], vectors)
    copies = np.sort(ids[500:5500])
    found = store.search_many([Search(vectors[500], k) for k in (3, 4990)])
    assert [[image for image, _ in each] for each in found] == [
        copies[:3].tolist(), copies[:4990].tolist(),
    ]  # fmt: skip


@pytest.mark.parametrize("stored_as", FORMS)
def test_a_removal_leaves_the_other_vectors_of_the_slab_where_they_are_found(
    stored_as: StoredAs,
) -> None:
    form = VectorForm(16, stored_as)
    vectors = [form.rounded(vector) for vector in np.eye(16, dtype=np.float32)]
    store = FaissFlat(form)
    store.add([ImageId(n) for n in range(16)], np.array(vectors))
    store.remove([ImageId(0), ImageId(7)])
    hidden = np.array([3, 7, 15], np.int64)
    for image in range(16):
        (found,) = store.search_many([Search(vectors[image], 1)], hidden)
        is_found = found[0].id == image and found[0].distance == 0
        assert is_found == (image not in (0, 3, 7, 15))
