"""What is proven of a network before it is installed, and what becomes of one that is not as it
should be."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from imgsimd.config import DEFAULT_MODEL
from imgsimd.errors import ModelError
from imgsimd.models.model_files import BUILT_IN, find
from imgsimd.models.proof import prove
from tests.support.small_networks import install, network, projection


def test_the_built_in_model_is_proven() -> None:
    proof = prove(find(DEFAULT_MODEL, BUILT_IN))
    assert 0.5 < proof.nearest < proof.farthest < 2
    assert str(proof).startswith("Pictures of 224 x 224 pixels become 960 numbers, in ")


@pytest.mark.long
def test_numbers_that_int8_would_cut_off_are_refused(tmp_path: Path) -> None:
    even = install(tmp_path, "even", 1, 200, "int8")
    assert prove(even).nearest > 0
    weights = projection(1, 200)
    weights[0] *= 50
    even.file.write_bytes(network(weights))
    digest = hashlib.sha256(even.file.read_bytes()).hexdigest()
    description = even.file.with_suffix(".toml")
    description.write_text(description.read_text().replace(even.sha256, digest))
    with pytest.raises(ModelError, match="too unlike each other to be stored as int8"):
        prove(find("even", tmp_path))


@pytest.mark.long
def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    for suffix in (".toml", ".tflite"):
        built_in = (BUILT_IN / DEFAULT_MODEL).with_suffix(suffix)
        (tmp_path / "mine").with_suffix(suffix).write_bytes(built_in.read_bytes()[:100_000])
    broken = replace(find("mine", tmp_path), name="mine")
    with pytest.raises(ModelError, match="mine was not installed: "):
        prove(broken)
