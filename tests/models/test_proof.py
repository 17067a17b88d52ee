"""What is proven of a network before it is installed, and what becomes of one that is not as it
should be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgsimd.errors import ModelError
from imgsimd.models.model_files import BUILT_IN, find
from imgsimd.models.proof import prove


def test_the_built_in_model_is_proven() -> None:
    proof = prove(find("efficientnet-lite0", BUILT_IN))
    assert 0.5 < proof.nearest < proof.farthest < 2
    assert str(proof).startswith("Pictures of 224 x 224 pixels become 256 numbers, in ")


@pytest.mark.long
def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    for suffix in (".toml", ".tflite"):
        built_in = (BUILT_IN / "efficientnet-lite0").with_suffix(suffix)
        (tmp_path / "mine").with_suffix(suffix).write_bytes(built_in.read_bytes()[:100_000])
    broken = replace(find("mine", tmp_path), name="mine")
    with pytest.raises(ModelError, match="mine was not installed: "):
        prove(broken)
