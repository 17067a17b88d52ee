"""Which numbers of a network's answer are the vector. Runs in the worker only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imgsimd.embedding.runtime import NUMBERS, Array, Tensor, shown
from imgsimd.errors import ModelError
from imgsimd.models.recipe import Recipe
from imgsimd.vectors import Vector, VectorForm, to_unit_vector
from imgsimd.words import printable


class Output:
    """The output of a network that a recipe names."""

    def __init__(self, outputs: Sequence[Tensor], recipe: Recipe) -> None:
        """Raises ModelError where there is no such output."""
        self.number = _number(outputs, recipe.output)
        """Which one it is."""
        self._tensor = outputs[self.number]
        if self._tensor.dtype.kind not in NUMBERS:
            raise ModelError(f"its output {printable(self._tensor.name)} has no numbers")
        self._recipe = recipe

    def numbers(self, answer: Array) -> Array:
        """[dimension], of the answer for a batch. Raises ModelError if it does not have them."""
        values = answer if answer.ndim == 1 else answer[0]
        if self._recipe.token is not None:
            values = self._of_token(values)
        if values.size != self._recipe.dimension:
            raise ModelError(
                f"its output {printable(self._tensor.name)} is {shown(answer.shape)}, and its "
                f"description says {self._recipe.dimension:,} numbers: correct `dimension`, "
                "`output` or `token`"
            )
        return _dequantised(values.reshape(-1), self._tensor)

    def vector(self, numbers: Array) -> Vector:
        """Of unit length. Raises ValueError where that is impossible, or not to be done."""
        is_unit = VectorForm(self._recipe.dimension).are_vectors(numbers[None])[0]
        if not (self._recipe.normalise or is_unit):
            raise ValueError("a vector must be of length 1 where `normalise` is false")
        return to_unit_vector(numbers)

    def _of_token(self, values: Array) -> Array:
        tokens, wanted = _tokens(values, self._recipe), self._recipe.token
        match wanted:
            case "mean":
                return np.asarray(tokens.mean(axis=0, dtype=np.float32))
            case int() if wanted >= len(tokens):
                raise ModelError(f"it gives {len(tokens)} tokens, and `token` is {wanted}")
            case int():
                return np.asarray(tokens[wanted])
        return np.asarray(tokens[0])


def _number(outputs: Sequence[Tensor], wanted: str | int) -> int:
    names = [tensor.name for tensor in outputs]
    if wanted in names:
        return names.index(str(wanted))
    if isinstance(wanted, int) and wanted < len(outputs):
        return wanted
    there = ", ".join(f"{printable(each.name)} {shown(each.shape)}" for each in outputs)
    raise ModelError(f"it has no output {printable(str(wanted))}, only {there}: correct `output`")


def _tokens(values: Array, recipe: Recipe) -> Array:
    """[tokens, dimension]; the numbers of a cell may lie in the first axis."""
    if values.ndim == 3:
        comes_first = values.shape[0] == recipe.dimension and (
            recipe.layout == "nchw" or values.shape[-1] != recipe.dimension
        )
        cells = np.moveaxis(values, 0, -1) if comes_first else values
        return cells.reshape(-1, cells.shape[-1])
    if values.ndim == 2:
        return values
    raise ModelError("its output has no tokens: remove `token`")


def _dequantised(numbers: Array, tensor: Tensor) -> Array:
    if not tensor.scale:
        return numbers
    return (numbers.astype(np.float32) - tensor.zero) * np.float32(tensor.scale)
