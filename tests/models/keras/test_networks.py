"""The networks that can be built by name."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest

from imgsimd.models.keras.networks import NETWORKS


def test_all_networks_of_keras_applications_are_known() -> None:
    """As its source lists them: loading it takes seconds."""
    keras = find_spec("keras")
    if not (keras and keras.origin):
        pytest.skip("needs keras, which comes with tensorflow")
    source = Path(keras.origin).parent / "applications/__init__.py"
    found = {
        (name.name, (line.module or "").rpartition(".")[2])
        for line in ast.walk(ast.parse(source.read_text()))
        if isinstance(line, ast.ImportFrom)
        for name in line.names
        if name.name[0].isupper()
    }
    assert {(each.function, each.module) for each in NETWORKS.values()} == found
