"""Makes a model of a network that Keras has saved: `.keras` or `.h5` -> LiteRT, proved against it.

    python -m imgsimd.models.keras.build_file --into DIR --name NAME [--layer LAYER]
        [--size PIXELS] [--precision int8|float32] FILE

`imgsimctl model add` starts it. The file is read, converted and compared in one more process
(`convert_file.py`), where it can do little harm. A TOML file beside it can say what the
network wants to see, besides `size`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from imgsimd import child_start
from imgsimd.child_end import exit_code
from imgsimd.errors import ModelError
from imgsimd.models import description
from imgsimd.models.files import network_file
from imgsimd.models.install import Value, describe, path_text, refuse_taken, workspace
from imgsimd.models.keras.library import require_tensorflow
from imgsimd.models.proof import install_proven
from imgsimd.words import of_signal, printable

RESIZE = "linear"
"""As OpenCV does by default, and as recipes for Keras do."""
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
"""Others would start before the process is confined."""
DECIDED = ("file", "sha256", "precision", "dimension", "size", "layout", "output", "token")
"""What the TOML file beside a file of Keras cannot say: that is decided by what is made of it."""


def build(given: argparse.Namespace) -> None:
    """Installs the model `given.name` in folder `given.into`.

    Each step is a line on standard error. Raises ModelError where TensorFlow is not installed,
    where a model has that name already, where the file, or the TOML file beside it, cannot be used,
    or where the model cannot be written; the folder is then as it was.
    """
    require_tensorflow()
    source, name = given.file, given.name
    refuse_taken(name, given.into)
    wanted = _beside(source)
    with workspace(given.into, name) as folder:
        print(f"Reading {printable(str(source))} ...", file=sys.stderr)
        copy = folder / f"{name}{source.suffix.lower()}"
        network_file.copy(source, copy)
        made = _converted(given, copy, is_scaled=bool({"mean", "std"} & wanted.keys()))
        values = {**_values(given, made), **wanted}
        model = describe(folder / f"{name}.tflite", values)
        install_proven(model, given.into, sys.stderr)


def _beside(source: Path) -> Mapping[str, Value]:
    """What the TOML file beside it says; nothing where there is none. Raises ModelError."""
    beside = source.with_suffix(".toml")
    if not os.path.lexists(beside):
        return {}
    content = description.content(beside)
    for key in DECIDED:
        if key in content:
            raise ModelError(
                f"{beside}: `{key}` is decided by what is made of {source.name}: remove it."
            )
    made = {"file": "a.tflite", "size": 1, "dimension": 1, "sha256": description.NO_SHA256}
    texts = {"description": "", "precision": "", "weights": "", "resize": RESIZE}
    description.checked(beside, {**made, **texts, **content})
    return cast("Mapping[str, Value]", content)  # as was just checked


def _converted(given: argparse.Namespace, copy: Path, is_scaled: bool) -> Mapping[str, int]:
    """Size and dimension of the model that the process has made. Raises ModelError, or SystemExit
    where it has said already what is wrong."""
    options = [f"--layer={given.layer}", f"--precision={given.precision}"]
    options += [f"--size={given.size}"] if given.size else []
    options += ["--scaled"] if is_scaled else []
    module = "imgsimd.models.keras.convert_file"
    arguments = [*options, "--", str(copy.parent), copy.name, given.file]
    settings = {**_ENVIRONMENT, "KERAS_HOME": str(copy.parent)}  # it reads no others
    environment = {**os.environ, **settings}
    with child_start.started(module, arguments, environment=environment) as process:
        code = process.wait()
    if code < 0:
        raise ModelError(
            f"{given.file} was not added: what reads it was ended by {of_signal(-code)}. It is "
            "damaged, or memory is short."
        )
    if code:
        sys.exit(code)
    made: Mapping[str, int] = json.loads((copy.with_suffix(".json")).read_bytes())
    return made


def _values(given: argparse.Namespace, made: Mapping[str, int]) -> dict[str, Value]:
    """What the description says, if the file beside `given.file` does not say something else."""
    path = path_text(given.file)
    layer = printable(given.layer)
    return {
        "description": f"{os.path.basename(path)}, made by Keras, up to layer {layer}",
        "precision": given.precision,
        "weights": path,
        "resize": RESIZE,
        **made,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and install; returns the exit code."""
    parser = argparse.ArgumentParser("python -m imgsimd.models.keras.build_file")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR")
    parser.add_argument("--name", required=True, metavar="NAME", help="of the model")
    parser.add_argument("--layer", default="", metavar="LAYER")
    parser.add_argument("--size", type=int, metavar="PIXELS")
    parser.add_argument("--precision", choices=["int8", "float32"], default="int8")
    given = parser.parse_args(arguments)
    return exit_code(lambda: build(given))


if __name__ == "__main__":
    sys.exit(main())
