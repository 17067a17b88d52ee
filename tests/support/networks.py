"""A model's network in the process of a test."""

from __future__ import annotations

from imgsimd.decoding import decode
from imgsimd.embedding import runtime
from imgsimd.embedding.network import Network, opener
from imgsimd.models.model_files import Model


def network_of(model: Model) -> Network:
    """As the worker opens it for one of its threads."""
    file = model.file.name
    runtime.of(file).warm_up()
    return opener(model.file.read_bytes(), file, model, decode.MOST_PIXELS)()
