"""Pairs of vectors that are near each other, beside brute force."""

from __future__ import annotations

import numpy as np
import pytest

from imgsimd.gallery.vectors.nearby import nearby
from imgsimd.vectors import StoredAs, VectorForm
from tests.support.numpy_store import unit


@pytest.mark.parametrize("stored_as", ["float32", "int8"])
def test_all_pairs_within_the_limit_are_found_with_their_distances(stored_as: StoredAs) -> None:
    form, rng = VectorForm(200, stored_as), np.random.default_rng(0)
    kinds = rng.normal(size=(20, 200))
    vectors = np.repeat(kinds, 10, axis=0) + rng.normal(size=(200, 200)) * 0.5
    stored = np.array([form.rounded(vector) for vector in unit(vectors.astype(np.float32))])
    rows, columns = stored[:80], stored
    found = nearby(rows, columns, 0.7)
    expected = np.linalg.norm(rows[:, None].astype(float) - columns[None], axis=2)
    distances = np.full_like(expected, 9)
    distances[found.row, found.column] = found.distance
    assert (distances[expected < 0.698] < 0.7001).all()
    assert (distances[expected > 0.702] == 9).all()
    near = distances < 9
    assert np.abs(distances - expected)[near].max() < 2e-3
    assert distances.diagonal().max() < 2e-3, "each is found, at no distance"
