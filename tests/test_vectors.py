"""Unit vectors survive storage, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgsimd.vectors import from_bytes, is_unit_vector, to_bytes, to_unit_vector

numbers = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(st.lists(numbers, min_size=1, max_size=40).filter(lambda each: any(np.abs(each) > 1e-3)))
def test_any_numbers_become_a_unit_vector_that_storage_keeps_exactly(given: list[float]) -> None:
    vector = to_unit_vector(np.asarray(given))
    stored = to_bytes(vector)
    assert is_unit_vector(stored, len(given))
    assert (from_bytes(stored) == vector).all()


def test_a_vector_is_stored_as_little_endian_float32() -> None:
    assert to_bytes(np.array([1.0, 0.0], np.float32)) == bytes.fromhex("0000803f 00000000")


@pytest.mark.parametrize("wrong", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_numbers_without_a_direction_are_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="finite and not zero"):
        to_unit_vector(np.asarray(wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "text",
        b"",
        np.array([1], "<f4").tobytes(),
        np.array([1, 0, 0], "<f4").tobytes(),
        np.array([1, 1], "<f4").tobytes(),
        np.array([np.nan, 1], "<f4").tobytes(),
        np.array([1, 0], "<f4").tobytes() + b"\0",
    ],
)
def test_other_values_are_not_unit_vectors(wrong: object) -> None:
    assert not is_unit_vector(wrong, 2)
