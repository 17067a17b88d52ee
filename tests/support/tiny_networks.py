"""Networks of one layer, in each kind of file, which one line of numpy computes, too.

Each number that a network gives is a sum of all numbers that it gets, weighted by chance.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from imgsimd.models.model_files import Model, read

SIZE = 8
"""Pixels of a side, where a test does not say otherwise."""
DIMENSION = 5
_TFLITE = {
    "float32": schema.TensorType.FLOAT32,
    "uint8": schema.TensorType.UINT8,
    "int8": schema.TensorType.INT8,
}
_ONNX = {
    "float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "uint8": TensorProto.UINT8,
    "int64": TensorProto.INT64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tiny:
    """A network. `batch` is how many pictures it takes at once, 0 for any number."""

    input: tuple[int, ...] = (SIZE, SIZE, 3)
    dtype: str = "float32"
    """Of the input."""
    batch: int = 0
    output: tuple[int, ...] = (DIMENSION,)
    quantised: tuple[float, int] | None = None
    """Scale and zero point of the input of a `.tflite` file."""
    seed: int = 0

    @property
    def weights(self) -> NDArray[np.float32]:
        """[numbers that it gives, numbers that it gets]."""
        rng = np.random.default_rng(self.seed)
        return rng.standard_normal((prod(self.output), prod(self.input)), np.float32)

    def answer(self, numbers: NDArray[Any]) -> NDArray[np.float64]:
        """What it gives for one picture."""
        flat = numbers.astype(np.float64).reshape(-1)
        return (self.weights.astype(np.float64) @ flat).reshape(self.output)


def described(folder: Path, content: bytes, file: str, **keys: object) -> Model:
    """The network with a description beside it, called as its file."""
    (folder / file).write_bytes(content)
    values: dict[str, object] = {
        "description": "tiny", "precision": "float32", "weights": "drawn", "file": file,
        "dimension": DIMENSION, "size": SIZE, "resize": "area",
        "sha256": hashlib.sha256(content).hexdigest(), **keys,
    }  # fmt: skip
    lines = (f"{key} = {_toml(value)}\n" for key, value in values.items())
    description = folder / f"{file.partition('.')[0]}.toml"
    description.write_text("".join(lines))
    return read(description)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def onnx_file(tiny: Tiny, outputs: tuple[str, ...] = ("vector",), inputs: int = 1) -> bytes:
    """The content of an `.onnx` file. Each further output is the first one, negated."""
    batch = tiny.batch or "n"
    kind = _ONNX[tiny.dtype]
    is_half = tiny.dtype == "float16"
    weights = tiny.weights.T.astype(np.float16 if is_half else np.float32)
    given = TensorProto.FLOAT16 if is_half else TensorProto.FLOAT
    shape = np.array([tiny.batch or -1, *tiny.output])
    nodes = [
        helper.make_node("Cast", ["picture"], ["numbers"], to=given),
        helper.make_node("Flatten", ["numbers"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["sums"]),
        helper.make_node("Reshape", ["sums", "shape"], [outputs[0]]),
        *(helper.make_node("Neg", [outputs[0]], [name]) for name in outputs[1:]),
    ]
    entries = [
        helper.make_tensor_value_info(name, kind, [batch, *tiny.input])
        for name in ("picture", *(f"other{n}" for n in range(1, inputs)))
    ]
    ends = [helper.make_tensor_value_info(name, given, [batch, *tiny.output]) for name in outputs]
    fixed = [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(shape, "shape")]
    graph = helper.make_graph(nodes, "tiny", entries, ends, fixed)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def tflite_file(tiny: Tiny, quantised_output: tuple[float, int] | None = None) -> bytes:
    """The content of a `.tflite` file."""
    return _TfliteBuilder(tiny).build(quantised_output)


class _TfliteBuilder:
    """Puts a file together: operators, the tensors between them, and the buffers of these."""

    def __init__(self, tiny: Tiny) -> None:
        self._tiny = tiny
        self._made = schema.ModelT()
        self._made.version, self._made.buffers, self._made.operatorCodes = 3, [_buffer(b"")], []
        self._graph = schema.SubGraphT()
        self._graph.tensors, self._graph.operators = [], []

    def build(self, quantised_output: tuple[float, int] | None) -> bytes:
        tiny, batch = self._tiny, self._tiny.batch or 1
        number = first = self._tensor(
            "picture", (batch, *tiny.input), tiny.dtype, quantised=tiny.quantised
        )
        if not tiny.batch:
            self._graph.tensors[first].shapeSignature = [-1, *tiny.input]
        if tiny.dtype != "float32":
            number = self._operator("DEQUANTIZE", [number], (batch, *tiny.input))
        weights = self._tensor("weights", tiny.weights.shape, content=tiny.weights.tobytes())
        number = self._operator(
            "FULLY_CONNECTED", [number, weights, -1], (batch, prod(tiny.output)), "FullyConnected"
        )
        if len(tiny.output) > 1:
            shape = np.array([batch, *tiny.output], np.int32)
            new = self._tensor("shape", shape.shape, "int32", content=shape.tobytes())
            number = self._operator("RESHAPE", [number, new], (batch, *tiny.output), "Reshape")
        if quantised_output:
            number = self._operator("QUANTIZE", [number], (batch, *tiny.output), "Quantize")
            self._graph.tensors[number].type = _TFLITE["int8"]
            self._graph.tensors[number].quantization = _scaled(quantised_output)
        self._graph.inputs, self._graph.outputs = [first], [number]
        self._made.subgraphs = [self._graph]
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._made.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())

    def _tensor(
        self,
        name: str,
        shape: tuple[int, ...],
        dtype: str = "float32",
        content: bytes = b"",
        quantised: tuple[float, int] | None = None,
    ) -> int:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.buffer = name, list(shape), 0
        tensor.type = schema.TensorType.INT32 if dtype == "int32" else _TFLITE[dtype]
        if content:
            self._made.buffers.append(_buffer(content))
            tensor.buffer = len(self._made.buffers) - 1
        if quantised:
            tensor.quantization = _scaled(quantised)
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def _operator(
        self, name: str, inputs: list[int], shape: tuple[int, ...], options: str = ""
    ) -> int:
        """The tensor that it makes."""
        code, operator = schema.OperatorCodeT(), schema.OperatorT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, name)
        code.version = 2 if name == "DEQUANTIZE" else 1
        self._made.operatorCodes.append(code)
        end = self._tensor(name, shape)
        operator.opcodeIndex = len(self._made.operatorCodes) - 1
        operator.inputs, operator.outputs = inputs, [end]
        if options:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, f"{options}Options")
            operator.builtinOptions = getattr(schema, f"{options}OptionsT")()
        self._graph.operators.append(operator)
        return end


def _buffer(content: bytes) -> schema.BufferT:
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(content, np.uint8) if content else None
    return buffer


def _scaled(quantised: tuple[float, int]) -> schema.QuantizationParametersT:
    found = schema.QuantizationParametersT()
    found.scale, found.zeroPoint = [quantised[0]], [quantised[1]]
    return found
