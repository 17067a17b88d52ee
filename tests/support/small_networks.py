"""Small networks of our own, to be installed beside the built-in one: a model that is quick, whose
vectors differ from those of any other seed, and which can be recomputed by one line of numpy.

A picture is reduced to 8 x 8 cells, from which grey is taken away; the vector is a random
projection of them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from imgsimd.models.model_files import Model, find
from imgsimd.vectors import StoredAs

SIZE = 32
CELLS = 8
CHANNELS = 3
GREY = 128
DESCRIPTION = """\
description = "A small network with seed {seed}"
dimension = {dimension}
size = 32
resize = "area"
precision = "float32"
weights = "drawn"
sha256 = "{sha256}"
"""


def install(
    models: Path, name: str, seed: int, dimension: int = 24, stored_as: StoredAs = "float32"
) -> Model:
    """Puts the network into a folder of models, under this name."""
    models.mkdir(parents=True, exist_ok=True)
    content = network(projection(seed, dimension))
    (models / f"{name}.tflite").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    text = DESCRIPTION.format(seed=seed, dimension=dimension, sha256=digest)
    (models / f"{name}.toml").write_text(f'{text}stored_as = "{stored_as}"\n')
    return find(name, models)


def projection(seed: int, dimension: int) -> NDArray[np.float32]:
    """[dimension, 8 * 8 * 3]."""
    shape = (dimension, CELLS * CELLS * CHANNELS)
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def network(weights: NDArray[np.float32]) -> bytes:
    """The `.tflite` file of the network with this projection."""
    dimension = len(weights)
    made = schema.ModelT()
    made.version = 3
    made.buffers = [_buffer(b"")]
    graph = schema.SubGraphT()
    cells = CELLS * CELLS * CHANNELS
    graph.tensors = [
        _tensor("pixels", [1, SIZE, SIZE, CHANNELS], 0),
        _tensor("cells", [1, CELLS, CELLS, CHANNELS], 0),
        _tensor("weights", [dimension, cells], _add(made, weights.tobytes())),
        _tensor("bias", [dimension], _add(made, (-GREY * weights.sum(axis=1)).tobytes())),
        _tensor("vector", [1, dimension], 0),
    ]
    graph.inputs, graph.outputs = [0], [4]
    graph.operators = [_pool(), _project()]
    made.subgraphs = [graph]
    made.operatorCodes = [
        _code(schema.BuiltinOperator.AVERAGE_POOL_2D),
        _code(schema.BuiltinOperator.FULLY_CONNECTED),
    ]
    builder = flatbuffers.Builder(len(weights) * 8)
    builder.Finish(made.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _pool() -> schema.OperatorT:
    operator, options = schema.OperatorT(), schema.Pool2DOptionsT()
    options.padding = schema.Padding.VALID
    options.strideH = options.strideW = SIZE // CELLS
    options.filterHeight = options.filterWidth = SIZE // CELLS
    operator.opcodeIndex, operator.inputs, operator.outputs = 0, [0], [1]
    operator.builtinOptionsType = schema.BuiltinOptions.Pool2DOptions
    operator.builtinOptions = options
    return operator


def _project() -> schema.OperatorT:
    operator, options = schema.OperatorT(), schema.FullyConnectedOptionsT()
    operator.opcodeIndex, operator.inputs, operator.outputs = 1, [1, 2, 3], [4]
    operator.builtinOptionsType = schema.BuiltinOptions.FullyConnectedOptions
    operator.builtinOptions = options
    return operator


def _tensor(name: str, shape: list[int], buffer: int) -> schema.TensorT:
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.buffer = name, shape, buffer
    tensor.type = schema.TensorType.FLOAT32
    return tensor


def _add(made: schema.ModelT, content: bytes) -> int:
    made.buffers.append(_buffer(content))
    return len(made.buffers) - 1


def _buffer(content: bytes) -> schema.BufferT:
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(content, np.uint8) if content else None
    return buffer


def _code(operator: int) -> schema.OperatorCodeT:
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = operator
    code.version = 1
    return code
