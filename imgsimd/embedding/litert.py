"""Runs `.tflite` files by LiteRT."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from imgsimd.embedding.runtime import (
    Array,
    Interface,
    Session,
    Shape,
    Tensor,
    fitted,
    only,
    refused,
)

_TINY = zlib.decompress(
    base64.b85decode(
        "c-mc1F%rTc5L}dT$jD?;q_DKK*WS*tu(YtSaQuX^^8qP*hR^Z^egPNmLYTlTaLXRI+zP<?aM}VjS~T!*WGo{v0**vy"
        "fH?#^Vx1JgFN9$AEMviJ%T+kxU;7VrM&I+fisdTYg}4$oBI??dSEoH{m+D7&xJJ)5P01PjLE~A$8|9<6*LoX`-}L5^"
        "FVQ`V+=wsly>f%*UflcS5cxko^RhoC?|JPoRA1KaCfc!Qu?J&LCEuz39|joz"
    )
)
"""A network that multiplies a number by 1."""


def warm_up() -> None:
    """See `Runtime`. When it runs its first network, LiteRT reads which instructions the processor
    has. Where it cannot, a network takes five hundred times as long, and gives other numbers."""
    _Session(_TINY, (1, 1)).run(np.ones((1, 1), np.float32), 0)


def opener(content: bytes, shape: Shape) -> Callable[[], Session]:
    """See `Runtime`."""
    return lambda: _Session(content, shape)


def interface(content: bytes) -> Interface:
    """See `Runtime`."""
    interpreter = _interpreter(content)
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    return Interface(_tensors(inputs), _tensors(outputs))


class _Session:
    """An interpreter on one core."""

    def __init__(self, content: bytes, shape: Shape) -> None:
        self._interpreter = _interpreter(content)
        try:
            self.input = only(_tensors(self._interpreter.get_input_details()))
            self.input = self.input._replace(shape=fitted(self.input, shape))
            self._entry = self._interpreter.get_input_details()[0]["index"]
            self._interpreter.resize_tensor_input(self._entry, self.input.shape)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError, MemoryError) as error:
            raise refused("LiteRT cannot read it", error) from error
        details = self._interpreter.get_output_details()
        self._indices = [detail["index"] for detail in details]
        self.outputs = _tensors(details)

    def run(self, batch: Array, output: int) -> Array:
        self._interpreter.set_tensor(self._entry, batch)
        try:
            self._interpreter.invoke()
        except (RuntimeError, MemoryError) as error:
            raise refused("LiteRT cannot run it", error) from error
        found: Array = self._interpreter.get_tensor(self._indices[output])
        return found


def _interpreter(content: bytes) -> Any:
    try:
        return Interpreter(model_content=content, num_threads=1)
    except (ValueError, RuntimeError, MemoryError) as error:
        raise refused("LiteRT cannot read it", error) from error


def _tensors(details: Sequence[dict[str, Any]]) -> list[Tensor]:
    return [
        Tensor(
            detail["name"],
            tuple(map(int, detail["shape_signature"])),
            np.dtype(detail["dtype"]),
            *detail["quantization"],
        )
        for detail in details
    ]
