"""Unit vectors survive storage, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgsimd.vectors import LARGEST_CODE, StoredAs, VectorForm, to_unit_vector

numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
FORMS: list[StoredAs] = ["float32", "int8"]


@given(st.lists(numbers, min_size=1, max_size=40).filter(lambda each: any(np.abs(each) > 1e-3)))
def test_any_numbers_become_a_unit_vector_that_float32_keeps_exactly(given: list[float]) -> None:
    vector, form = to_unit_vector(np.asarray(given)), VectorForm(len(given))
    stored = form.to_bytes(vector)
    assert form.is_vector(stored)
    assert (form.from_bytes(stored) == vector).all()


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3000))
def test_a_vector_in_any_direction_is_kept_by_int8_within_a_fiftieth(
    seed: int, dimension: int
) -> None:
    vector = to_unit_vector(np.random.default_rng(seed).standard_normal(dimension))
    form = VectorForm(dimension, "int8")
    stored = form.to_bytes(vector)
    assert len(stored) == form.size == dimension
    assert form.is_vector(stored)
    found = form.from_bytes(stored)
    assert np.linalg.norm(found - vector) < 0.02
    assert form.to_bytes(found) == stored, "what is exported comes back as the same bytes"
    assert form.to_bytes(form.rounded(found)) == stored


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(128, 3000))
def test_a_vector_that_a_caller_sends_back_at_length_1_is_the_stored_one(
    seed: int, dimension: int
) -> None:
    vector = to_unit_vector(np.random.default_rng(seed).standard_normal(dimension))
    form = VectorForm(dimension, "int8")
    found = form.rounded(vector)
    assert (form.rounded(to_unit_vector(found)) == found).all()


def test_a_vector_is_stored_as_little_endian_float32_or_as_codes() -> None:
    assert VectorForm(2).to_bytes(np.array([1.0, 0.0], np.float32)) == bytes.fromhex(
        "0000803f 00000000"
    )
    # One is 127 * sqrt(4) / 5 = 50.8 codes.
    assert VectorForm(4, "int8").to_bytes(np.array([0.5, -0.5, 0, 1], np.float32)) == bytes(
        [25, 256 - 25, 0, 51]
    )


def test_a_vector_of_which_int8_cuts_much_off_is_none() -> None:
    form = VectorForm(1000, "int8")
    stored = form.to_bytes(np.eye(1, 1000, dtype=np.float32)[0])
    assert max(stored) == LARGEST_CODE
    assert not form.is_vector(stored)


@pytest.mark.parametrize("wrong", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_numbers_without_a_direction_are_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="finite and not zero"):
        to_unit_vector(np.asarray(wrong))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_has_no_code(wrong: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        VectorForm(2, "int8").to_bytes(np.array([wrong, 0.5], np.float32))


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
        bytes([10, 10]),
        bytes([90, 90]),
    ],
)
@pytest.mark.parametrize("stored_as", FORMS)
def test_other_values_are_not_unit_vectors(stored_as: StoredAs, wrong: object) -> None:
    assert not VectorForm(2, stored_as).is_vector(wrong)


def test_a_code_that_is_never_written_is_no_vector() -> None:
    """Its bytes would be others after they were read and written."""
    form, stored = VectorForm(400, "int8"), bytearray([25, 256 - 25] * 200)
    assert form.is_vector(bytes(stored))
    stored[0] = 0x80
    assert not form.is_vector(bytes(stored))


def test_a_vector_in_one_form_is_none_in_the_other() -> None:
    vector = np.full(64, 1 / 8, np.float32)
    as_numbers, as_codes = VectorForm(64), VectorForm(64, "int8")
    assert not as_codes.is_vector(as_numbers.to_bytes(vector))
    assert not as_numbers.is_vector(as_codes.to_bytes(vector))
