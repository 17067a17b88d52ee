"""What the network in a `.tflite` file says of pictures, asked without any part of imgsimd."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@cache
def _opened(file: Path) -> Any:
    return Interpreter(str(file), num_threads=1)


def answers(file: Path, inputs: Floats) -> Floats:
    """[n, dimension], of all inputs at once."""
    network = _opened(file)
    entry = network.get_input_details()[0]["index"]
    network.resize_tensor_input(entry, inputs.shape)
    network.allocate_tensors()
    network.set_tensor(entry, inputs)
    network.invoke()
    return np.asarray(network.get_tensor(network.get_output_details()[0]["index"]))


def cosines(some: Floats, others: Floats) -> Floats:
    """Of each row of the one with that of the other."""
    lengths = np.linalg.norm(some, axis=1) * np.linalg.norm(others, axis=1)
    return np.asarray(np.sum(some * others, axis=1) / lengths)
