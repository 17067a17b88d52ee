"""Proves that a network can be used as a model, before it is installed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from imgsimd.errors import ModelError
from imgsimd.models import trial
from imgsimd.models.install import install
from imgsimd.models.model_files import Model
from imgsimd.words import printable


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found out about a model that can be used."""

    model: Model
    nearest: float
    """Distance of the two drawn pictures that are most alike."""
    farthest: float
    """Of those that are least alike."""
    seconds: float
    """For a picture, on one core."""
    takes_batches: bool
    """Whether it takes several pictures at once, and so was asked for them at once, too."""

    def __str__(self) -> str:
        """For the user."""
        how = ", alone and in a batch" if self.takes_batches else ""
        size, numbers = self.model.size, self.model.dimension
        return (
            f"Pictures of {size} x {size} pixels become {numbers:,} numbers, in "
            f"{1000 * self.seconds:,.0f} ms on one core. Drawn pictures are {self.nearest:.2f} to "
            f"{self.farthest:.2f} apart, and always get the same vectors{how}."
        )


def prove(model: Model) -> Proof:
    """Tries the model with drawn pictures; its description lies beside its file.

    Proven are the shapes, that all numbers are finite, that a picture always gets the same vector,
    also in a batch if it takes any, and that different pictures do not. The network is run where it
    can do no harm (`trial.py`). Raises ModelError, which says what is wrong, if anything is.
    """
    size = model.file.stat().st_size
    try:
        found = trial.run("prove", str(model.file.parent), model.name, bytes_of_file=size)
    except trial.RefusedError as error:
        raise ModelError(f"{model.name} was not installed: {printable(str(error))}.") from None
    return Proof(model, **found)


def install_proven(model: Model, models: Path, to: TextIO) -> None:
    """Proves a model in a workspace in `models`, and installs it there. What is found out, and
    where it is then, are lines on `to`. Raises ModelError, see `prove`."""
    print(prove(model), file=to, flush=True)
    install(model, models)
    print(f"Installed {printable(str(models / model.file.name))}.", file=to, flush=True)
