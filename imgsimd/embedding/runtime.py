"""What runs networks: for each kind of file a module, of which the rest of the room sees this."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple, Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from imgsimd.errors import ModelError
from imgsimd.models.needs import need

Shape: TypeAlias = tuple[int, ...]
"""Of an array; FREE stands for a length that is not fixed."""
Array: TypeAlias = NDArray[Any]
FREE = -1
NUMBERS = "fiu"
"""What numpy calls the kinds of dtypes that a picture and a vector can have."""
NEEDS_MEMORY = "it needs more memory than it may use"
_MODULES = {".tflite": "imgsimd.embedding.litert", ".onnx": "imgsimd.embedding.onnx_runtime"}


class Tensor(NamedTuple):
    """What a network says of its input, or of one of its outputs."""

    name: str
    shape: Shape
    dtype: np.dtype[Any]
    scale: float = 0.0
    """A number stands for (number - zero) * scale; 0 where it stands for itself."""
    zero: int = 0


class Session(Protocol):
    """A network that was read, for one thread."""

    @property
    def input(self) -> Tensor:
        """Its only one."""

    @property
    def outputs(self) -> Sequence[Tensor]: ...

    def run(self, batch: Array, output: int) -> Array:
        """The output of this number for a batch of the input's shape and dtype. Raises ModelError
        if the network cannot be run."""


class Interface(NamedTuple):
    """What a network takes and gives."""

    inputs: Sequence[Tensor]
    outputs: Sequence[Tensor]


class Runtime(Protocol):
    """A module that runs files of one kind. None of them starts a thread."""

    def warm_up(self) -> None:
        """Loads what is loaded late. To be called before the process enters its sandbox, in which
        no file can be opened."""

    def opener(self, content: bytes, shape: Shape) -> Callable[[], Session]:
        """Reads the content of a file. What is returned makes a session for each thread that calls
        it, in which the input has this shape where the network leaves it open. Both raise
        ModelError where the file cannot be read.

        The file may come from anywhere: this is for a process that is in its sandbox.
        """

    def interface(self, content: bytes) -> Interface:
        """What the network of a file takes and gives. Raises ModelError, and is for a sandbox, as
        `opener`."""


def of(file: str) -> Runtime:
    """What runs the file of this name. Raises ModelError if its package is missing or broken."""
    suffix = os.path.splitext(file)[1]
    if missing := need(suffix):
        raise ModelError(missing)
    try:
        return cast(Runtime, import_module(_MODULES[suffix]))  # a name says nothing of its type
    except ImportError as error:  # a package that is installed, but broken
        raise ModelError(f"what runs it does not work ({first_line(error)})") from error


def fitted(tensor: Tensor, wanted: Shape) -> Shape:
    """The shape of an input, its open lengths as wanted; it may take more pictures at once.

    Raises ModelError where another shape is wanted than the network takes.
    """
    shape = tensor.shape
    if len(shape) == len(wanted):
        pairs = list(zip(shape, wanted, strict=True))
        if all(given in (FREE, length) for given, length in pairs[1:]):
            return tuple(length if given == FREE else given for given, length in pairs)
    raise ModelError(
        f"its input is {shown(shape)}, and not {shown((FREE, *wanted[1:]))} as its description "
        "says: correct `size` or `layout`"
    )


def only(inputs: Sequence[Tensor]) -> Tensor:
    """The input, of a network that has one. Raises ModelError for others."""
    if len(inputs) == 1:
        return inputs[0]
    names = ", ".join(tensor.name for tensor in inputs) or "none"
    raise ModelError(
        f"it has {len(inputs)} inputs ({names}), and only a network with one can be used: export "
        "the part that takes a picture"
    )


def shown(shape: Shape) -> str:
    """`[n, 224, 224, 3]`: an open length is `n`."""
    return f"[{', '.join('n' if length == FREE else str(length) for length in shape)}]"


def refused(what: str, error: Exception) -> ModelError:
    """What is raised where a library cannot do something; `what` is such as "LiteRT cannot read
    it"."""
    said = first_line(error)
    if isinstance(error, MemoryError) or "alloc" in said.lower():
        return ModelError(NEEDS_MEMORY)
    return ModelError(f"{what} ({said})")


def first_line(error: Exception) -> str:
    """What a library says, without its details."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")
