"""Runs `.onnx` files by ONNX Runtime, which is imported by nobody else.

It needs no system call that other workers do not need, and starts no thread: see `_options`, and
the variable below, without which importing it starts one that reports to its makers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from imgsimd.embedding.runtime import (
    FREE,
    Array,
    Interface,
    Session,
    Shape,
    Tensor,
    fitted,
    only,
    refused,
)
from imgsimd.errors import ModelError

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime  # only now

_DTYPES = {
    "tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64",
    "tensor(uint8)": "uint8", "tensor(int8)": "int8", "tensor(int32)": "int32",
    "tensor(int64)": "int64",
}  # fmt: skip
"""Numpy's names of ONNX Runtime's types. Others are no numbers, or none that numpy knows."""
_CODE = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ")
"""How it begins what it says."""
QUIET = 4
"""ONNX Runtime's severity "fatal": what it cannot do is raised, too."""


_TINY = (
    b'\x08\t:=\n\x0e\n\x01x\n\x01x\x12\x01y"\x03Mul\x12\x01gZ\x13\n\x01x\x12\x0e\n\x0c\x08\x01\x12\x08\n'
    b"\x02\x08\x01\n\x02\x08\x01b\x13\n\x01y\x12\x0e\n\x0c\x08\x01\x12\x08\n\x02\x08\x01\n\x02\x08\x01B"
    b"\x04\n\x00\x10\x11"
)
"""A network that squares a number."""


def warm_up() -> None:
    """See `Runtime`."""
    _Session(_TINY, (1, 1)).run(np.ones((1, 1), np.float32), 0)


def opener(content: bytes, shape: Shape) -> Callable[[], Session]:
    """See `Runtime`. All threads share a session, which each runs on its own core: the numbers of
    the network are in memory once."""
    session = _Session(content, shape)
    return lambda: session


def interface(content: bytes) -> Interface:
    """See `Runtime`."""
    return _interface(_read(content))


class _Session:
    """A session that has no threads of its own."""

    def __init__(self, content: bytes, shape: Shape) -> None:
        self._session = _read(content)
        inputs, self.outputs = _interface(self._session)
        self.input = only(inputs)
        self.input = self.input._replace(shape=fitted(self.input, shape))

    def run(self, batch: Array, output: int) -> Array:
        names = [self.outputs[output].name]
        try:
            (found,) = self._session.run(names, {self.input.name: batch})
        except Exception as error:  # as in `_read`
            raise _refused("run", error) from error
        return np.asarray(found)


def _read(content: bytes) -> Any:
    try:
        return onnxruntime.InferenceSession(content, _options(), providers=["CPUExecutionProvider"])
    except Exception as error:  # it raises classes of its own, which derive from this one alone
        raise _refused("read", error) from error


def _interface(session: Any) -> Interface:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    return Interface(list(map(_tensor, inputs)), list(map(_tensor, outputs)))


def _options() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it keeps what it once took, and is not faster
    options.log_severity_level = QUIET
    return options


def _tensor(told: Any) -> Tensor:
    shape = tuple(length if isinstance(length, int) else FREE for length in told.shape)
    return Tensor(told.name, shape, np.dtype(_DTYPES.get(told.type, "O")))


def _refused(what: str, error: Exception) -> ModelError:
    """What is raised where it cannot do this with a file."""
    if "external data" in str(error).lower():
        return ModelError(
            "its numbers lie in a second file beside it: export it as one file, with "
            "`onnx.save(onnx.load(FILE), OTHER)` for example"
        )
    plain = type(error)(_CODE.sub("", str(error)))
    return refused(f"ONNX Runtime cannot {what} it", plain)
