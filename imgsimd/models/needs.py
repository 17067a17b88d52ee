"""What is needed to run a model besides imgsimd itself."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from imgsimd.errors import ModelError
from imgsimd.installed import adding

PACKAGE = "onnxruntime"
"""Runs `.onnx` files; the extra `onnx`."""


def need(suffix: str) -> str:
    """What is to be done before a file with this suffix can be run, as a clause about "it"; empty
    if it can be run."""
    if suffix != ".onnx" or find_spec(PACKAGE):
        return ""
    return f"it needs {PACKAGE}, which is not installed: {command()}"


def ensure(name: str, file: Path) -> None:
    """Raises ModelError where something is missing that the model of this name needs."""
    if missing := need(file.suffix):
        raise ModelError(f"The model {name} cannot be used, because {missing}")


def command() -> str:
    """Adds what `.onnx` files need."""
    return adding(PACKAGE, extra="onnx")
