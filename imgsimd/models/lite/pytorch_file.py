"""Reads the tensors of a PyTorch file without PyTorch."""

from __future__ import annotations

import collections
import pickle
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgsimd.errors import ModelError
from imgsimd.words import reason

Tensors: TypeAlias = dict[str, NDArray[Any]]
"""By name."""


class TensorUnpickler(pickle.Unpickler):
    """Reads what PyTorch wrote before version 1.6; no class but tensors comes out of it.

    A tensor becomes (key of its numbers, offset, shape, strides); `types` says what those numbers
    are.
    """

    TYPES: ClassVar[dict[str, np.dtype[Any]]] = {
        "FloatStorage": np.dtype("<f4"),
        "LongStorage": np.dtype("<i8"),
    }

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.types: dict[str, np.dtype[Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda key, offset, shape, strides, *_: (key, offset, shape, strides)
        if module == "torch" and name in self.TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no tensor")

    def persistent_load(self, pid: Any) -> str:
        _, kind, key, *_ = pid
        self.types[key] = self.TYPES[kind]
        return str(key)


def read_tensors(path: Path) -> Tensors:
    """The tensors of the file. Raises ModelError."""
    try:
        with path.open("rb") as file:
            for _ in range(3):  # magic number, protocol, facts about the machine
                TensorUnpickler(file).load()
            reader = TensorUnpickler(file)
            tensors = reader.load()
            numbers = {}
            for key in TensorUnpickler(file).load():
                count = int.from_bytes(file.read(8), "little")
                numbers[key] = np.fromfile(file, reader.types[key], count)
    except (OSError, pickle.UnpicklingError, EOFError, KeyError, ValueError) as error:
        raise ModelError(
            f"{path} is not the weights file that is expected: {reason(error)}."
        ) from error

    def tensor(key: str, offset: int, shape: Any, strides: Any) -> NDArray[Any]:
        flat = numbers[key][offset:]
        steps = [stride * flat.itemsize for stride in strides]
        return np.lib.stride_tricks.as_strided(flat, shape, steps).copy()

    return {name: tensor(*where) for name, where in tensors.items()}
