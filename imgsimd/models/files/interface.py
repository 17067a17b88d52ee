"""What the network in a file takes and gives, as far as the file says it: a description to fill in,
and whether it fits a preset."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from imgsimd.errors import ModelError
from imgsimd.models import trial
from imgsimd.models.files.presets import Preset
from imgsimd.words import printable

FREE = -1
"""A length that is not fixed."""
_CHANNELS = 3


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or an output."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    def __str__(self) -> str:
        lengths = ("n" if length == FREE else str(length) for length in self.shape)
        return f"{printable(self.name)} {self.dtype} [{', '.join(lengths)}]"


@dataclass(frozen=True, slots=True)
class Interface:
    """All of them."""

    inputs: Sequence[Tensor]
    outputs: Sequence[Tensor]

    @classmethod
    def of(cls, file: Path) -> Self:
        """Reads it where that can do no harm (`trial.py`). Raises RefusedError."""
        told = trial.run("inspect", str(file), bytes_of_file=file.stat().st_size)
        return cls(*([_tensor(each) for each in told[kind]] for kind in ("inputs", "outputs")))

    def template(self, name: str) -> str:
        """A description that somebody is to check who knows the network; `name` is the file's."""
        return "\n".join(self._lines(name))

    def output_for(self, preset: Preset) -> dict[str, str]:
        """The keys that say where the preset's vector is. Raises ModelError where the network is
        plainly another one."""
        wanted = (FREE, _CHANNELS, preset.size, preset.size)
        if len(self.inputs) != 1 or not _fits(self.inputs[0].shape, wanted):
            taken = "; ".join(map(str, self.inputs)) or "nothing"
            raise ModelError(
                f"It is not {preset.name}, or not its network of pictures alone: it takes {taken}, "
                f"and not [n, 3, {preset.size}, {preset.size}]. {_advice(preset)}"
            )
        there = {tensor.name: tensor for tensor in self.outputs}
        for name, token in preset.outputs:
            if name in there and there[name].shape[-1:] in ((preset.dimension,), (FREE,)):
                return {"output": name} | ({"token": token} if token else {})
        given = "; ".join(map(str, self.outputs)) or "nothing"
        names = " or ".join(name for name, _ in preset.outputs)
        raise ModelError(
            f"It is not {preset.name}: it gives {given}, and not {names} of {preset.dimension} "
            f"numbers. {_advice(preset)}"
        )

    def _lines(self, name: str) -> Iterator[str]:
        yield f"# What {printable(name)} takes: {'; '.join(map(str, self.inputs))}"
        yield f"# What it gives: {'; '.join(map(str, self.outputs))}"
        if len(self.inputs) != 1:
            yield "# Only a network with one input, a picture, can be used."
        yield "# Check each line: how pictures are prepared for it, only its makers know. README"
        yield "# says under Models what the keys mean, and which others there are."
        yield from _of_input(self.inputs[0] if self.inputs else Tensor("", (), ""))
        yield from _of_output(self.outputs)


def _tensor(told: trial.Told) -> Tensor:
    return Tensor(str(told["name"]), tuple(map(int, told["shape"])), str(told["dtype"]))


def _fits(shape: Sequence[int], wanted: Sequence[int]) -> bool:
    pairs = zip(shape[1:], wanted[1:], strict=True)
    return len(shape) == len(wanted) and all(length in (FREE, other) for length, other in pairs)


def _of_input(tensor: Tensor) -> Iterator[str]:
    is_first = len(tensor.shape) == 4 and tensor.shape[1] == _CHANNELS
    size = next((length for length in tensor.shape[1:] if length not in (FREE, _CHANNELS)), None)
    yield f"size = {size or 224}" + ("" if size else "  # the file does not say it")
    yield f'layout = "{"nchw" if is_first else "nhwc"}"'
    yield 'colours = "rgb"'
    yield 'resize = "cubic"'
    yield 'fit = "crop"'
    if tensor.dtype.startswith("float"):
        yield "mean = [0.485, 0.456, 0.406]  # without mean and std: pixels from 0 to 255"
        yield "std = [0.229, 0.224, 0.225]"


def _of_output(outputs: Sequence[Tensor]) -> Iterator[str]:
    flat = [tensor for tensor in outputs if len(tensor.shape) == 2]
    best = next(iter(flat or outputs), None)
    numbers = best.shape[-1] if best and best.shape and best.shape[-1] != FREE else None
    yield f"dimension = {numbers or 512}" + ("" if numbers else "  # the file does not say it")
    if best and len(outputs) > 1:
        yield f"output = {json.dumps(best.name)}"
    if best and len(best.shape) == 3:
        yield 'token = "first"  # or "mean"'


def _advice(preset: Preset) -> str:
    return f"`imgsimctl model presets {preset.name}` prints how to export it."
