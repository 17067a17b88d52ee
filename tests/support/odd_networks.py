"""Small ONNX networks: good ones with the interface of well-known networks, and bad ones of each
kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

SIZE, DIMENSION, KERNEL = 32, 16, 8
Nodes = Sequence[NodeProto]
Constants = Mapping[str, NDArray[Any]]
NONE: Constants = MappingProxyType({})


def pooled(
    size: int = SIZE,
    dimension: int = DIMENSION,
    output: str = "vector",
    tokens: bool = False,
    more: Nodes = (),
    constants: Constants = NONE,
) -> bytes:
    """Takes `pixels`, float32 [n, 3, size, size], and gives [n, dimension]: the mean over the
    picture of a layer of drawn filters; with `tokens`, [n, tokens, dimension], of which that mean
    is the first. `more` are nodes after it that make `output` of `mean` and `constants`."""
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(dimension, 3, KERNEL, KERNEL)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["pixels", "weights"], ["cells"], strides=[KERNEL, KERNEL]),
        helper.make_node("Relu", ["cells"], ["positive"]),
        helper.make_node("GlobalAveragePool", ["positive"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["mean"]),
        *(more or _named(output, tokens)),
    ]
    shape: list[int | str] = ["n", "tokens", dimension] if tokens else ["n", dimension]
    return made(nodes, size, (output, shape), {**constants, "weights": weights})


def _named(output: str, tokens: bool) -> Nodes:
    if not tokens:
        return [helper.make_node("Identity", ["mean"], [output])]
    return [
        helper.make_node("Unsqueeze", ["mean", "one"], ["token"]),
        helper.make_node("Concat", ["token", "token"], [output], axis=1),
    ]


def made(
    nodes: Nodes,
    size: int,
    output: tuple[str, Sequence[int | str]],
    constants: Constants = NONE,
    inputs: Sequence[str] = ("pixels",),
) -> bytes:
    """The content of a file. The output is a name and a shape."""
    fixed = {**constants, "one": np.array([1], np.int64)}
    shape: list[int | str] = ["n", 3, size, size]
    graph = helper.make_graph(
        list(nodes),
        "network",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs],
        [helper.make_tensor_value_info(output[0], TensorProto.FLOAT, output[1])],
        [numpy_helper.from_array(value, name) for name, value in fixed.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def _with_zeros(constant: float) -> bytes:
    """Numbers that do not depend on the picture."""
    nodes = [
        helper.make_node("Mul", ["mean", "zero"], ["zeros"]),
        helper.make_node("Add", ["zeros", "number"], ["vector"]),
    ]
    zero, number = np.zeros(1, np.float32), np.full(1, constant, np.float32)
    return pooled(more=nodes, constants={"zero": zero, "number": number})


def _random() -> bytes:
    nodes = [
        helper.make_node("RandomNormalLike", ["mean"], ["noise"]),
        helper.make_node("Add", ["mean", "noise"], ["vector"]),
    ]
    return pooled(more=nodes)


def _mixing() -> bytes:
    """As one that was exported for training: it normalises over the batch."""
    nodes = [
        helper.make_node("ReduceMean", ["mean"], ["of_batch"], axes=[0], keepdims=1),
        helper.make_node("Mul", ["of_batch", "half"], ["some"]),
        helper.make_node("Sub", ["mean", "some"], ["vector"]),
    ]
    return pooled(more=nodes, constants={"half": np.full(1, 0.5, np.float32)})


def endless() -> bytes:
    """A loop whose condition is always true."""
    boolean, number = TensorProto.BOOL, TensorProto.FLOAT
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["goes_on"]),
            helper.make_node("Identity", ["value"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", boolean, []),
            helper.make_tensor_value_info("value", number, None),
        ],
        [
            helper.make_tensor_value_info("goes_on", boolean, []),
            helper.make_tensor_value_info("next", number, None),
        ],
    )
    return pooled(
        more=[helper.make_node("Loop", ["", "true", "mean"], ["vector"], body=body)],
        constants={"true": np.array(True)},
    )


def _huge() -> bytes:
    """It asks for 400 GB."""
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["big"]),
        helper.make_node("ReduceSum", ["big"], ["sum"], keepdims=0),
        helper.make_node("Add", ["mean", "sum"], ["vector"]),
    ]
    return pooled(more=nodes, constants={"shape": np.array([100_000, 1_000_000])})


def _two_inputs() -> bytes:
    nodes = [
        helper.make_node("Add", ["pixels", "others"], ["sums"]),
        helper.make_node("GlobalAveragePool", ["sums"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["vector"]),
    ]
    return made(nodes, SIZE, ("vector", ["n", 3]), inputs=["pixels", "others"])


def _elsewhere() -> bytes:
    """Its numbers lie in another file."""
    model = onnx.load_from_string(pooled())
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../../../../etc/passwd")
    return bytes(model.SerializeToString())


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "is empty"),
    "truncated": (lambda: pooled()[:5_000], "ONNX Runtime cannot read it"),
    "another format": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(100), "it is a file of Keras or HDF5"),
    "a pointer of Git LFS": (lambda: b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
    "a web page": (lambda: b"<!DOCTYPE html><html>", "it is a web page"),
    "not finite": (lambda: _with_zeros(float("nan")), "no usable vector"),
    "constant": (lambda: _with_zeros(1.0), "nearly the same vector for all pictures"),
    "random": (_random, "another vector when it is asked again for the same picture"),
    "mixing": (_mixing, "another vector in a batch than alone"),
    "another dimension": (lambda: pooled(dimension=15), "says 16 numbers"),
    "another size": (lambda: pooled(size=64), "its input is [n, 3, 64, 64]"),
    "two inputs": (_two_inputs, "it has 2 inputs (pixels, others)"),
    "huge": (_huge, "it needs more than 1.1 GB of memory"),
    "elsewhere": (_elsewhere, "its numbers lie in a second file"),
}
"""For each kind of bad file, what makes it, and what is said of it."""
