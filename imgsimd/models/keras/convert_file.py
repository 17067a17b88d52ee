"""Converts a network from a file of Keras, in a process that can do little harm.

    python -m imgsimd.models.keras.convert_file [--layer LAYER] [--size PIXELS]
        [--precision int8|float32] [--scaled] FOLDER FILE SOURCE

`build_file.py` starts it. The file lies in FOLDER under the model's name, and comes from
anywhere; SOURCE is where the user has it. Before it is read, the process gives up all files but
those in FOLDER and those that programs need. It makes NAME.tflite and NAME.json there, which has
`size` and `dimension`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from imgsimd.child_end import exit_code
from imgsimd.embedding.sandbox import enter
from imgsimd.errors import ImgsimdError, ModelError
from imgsimd.machine import memory
from imgsimd.models.keras import layers, saved_file
from imgsimd.models.keras.conversion import AGREEMENT, Original, convert, export
from imgsimd.models.keras.library import import_keras, quiet
from imgsimd.models.keras.saved_file import RefusedError
from imgsimd.models.recipe import MOST_PIXELS
from imgsimd.words import printable

UNLIMITED = 2**60
"""Bytes of memory, where the kernel does not tell how many are left."""
_MEANINGS = {
    "OOM when allocating": "it takes more memory than is left",
    "objects could not be loaded": "its weights do not fit its layers",
}
"""Of what TensorFlow and Keras say."""
LONGEST = 200
"""Characters that are shown of what a library says."""


def run(given: argparse.Namespace, terminal: TextIO) -> None:
    """Raises ModelError where the file cannot be used."""
    try:
        _convert(given, terminal)
    except RefusedError as error:
        raise ModelError(f"{given.source} was not added: {error}.") from error
    except ImgsimdError:
        raise
    except Exception as error:  # Keras and TensorFlow raise what they like
        raise ModelError(
            f"{given.source} was not added: it cannot be converted ({_line(error)})."
        ) from error


def _convert(given: argparse.Namespace, terminal: TextIO) -> None:
    saved, name = given.folder / "saved", Path(given.file).stem
    answers = export(_original(given), saved)
    convert(name, saved, answers, given.precision, terminal)
    made = {"size": answers.pictures.shape[1], "dimension": answers.vectors.shape[1]}
    (given.folder / f"{name}.json").write_text(json.dumps(made))


def _original(given: argparse.Namespace) -> Original:
    network = _loaded(given.folder / given.file)
    size = _size(network, given.size)
    if not given.layer:
        raise RefusedError(
            f"say by --layer which layer gives the vector. {layers.choices(network)}"
        )
    cut = layers.up_to(network, given.layer)
    return Original(cut, lambda rgb: rgb, size, given.source, is_scaled=given.scaled)


def _loaded(file: Path) -> Any:
    """The Keras network. Raises RefusedError."""
    found, keras = saved_file.read(file), import_keras()
    try:
        network = keras.saving.load_model(str(file), compile=False, safe_mode=True)
    except Exception as error:  # Keras raises what it likes
        by = f"Keras {printable(found.version)}" if found.version else "an unknown version of Keras"
        advice = f". It was saved by {by}: load it there, and save it again as a .keras file"
        raise RefusedError(
            f"Keras {keras.__version__} cannot load it ({_line(error)})"
            f"{'' if found.version == keras.__version__ else advice}"
        ) from error
    for layer in network._flatten_layers():
        if layer.dtype_policy.name.startswith("mixed"):  # for training: its weights are float32
            layer.dtype_policy = "float32"
    return network


def _size(network: Any, wanted: int | None) -> int:
    """Side of the pictures that it takes. Raises RefusedError where it takes something else."""
    inputs = getattr(network, "inputs", None) or []
    if len(inputs) != 1:
        raise RefusedError(f"it has {len(inputs)} inputs, and not one, for a picture")
    shape = tuple(inputs[0].shape)
    if len(shape) != 4 or shape[-1] != 3 or "string" in str(inputs[0].dtype):
        raise RefusedError(
            f"it takes {layers.text(shape)}, and not pictures in colour (size x size x 3)"
        )
    sides = {side for side in shape[1:3] if side is not None}
    if len(sides) > 1:
        raise RefusedError(
            f"it takes pictures of {shape[2]} x {shape[1]} pixels, and imgsimd gives it squares"
        )
    size = next(iter(sides), wanted)
    if size is None:
        raise RefusedError(
            "it takes pictures of any size: say by --size which, for example 224, as in its "
            "training"
        )
    if wanted not in (None, size):
        raise RefusedError(f"it takes pictures of {size} x {size} pixels alone: leave out --size")
    if size > MOST_PIXELS:
        raise RefusedError(f"pictures of {size:,} x {size:,} pixels are too large")
    return size


def _line(error: Exception) -> str:
    """The first sentence of the reason that a library gives, and not too much of it."""
    for words, meaning in _MEANINGS.items():
        if words in str(error):
            return meaning
    reason = str(error).rpartition("Exception encountered: ")[2]
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    first = lines[0].split(". ")[0] if lines else type(error).__name__
    return printable(first[:LONGEST].rstrip("."))


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert; returns the exit code."""
    parser = argparse.ArgumentParser("python -m imgsimd.models.keras.convert_file")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("source", metavar="SOURCE")
    parser.add_argument("--layer", default="", metavar="LAYER")
    parser.add_argument("--size", type=int, metavar="PIXELS")
    parser.add_argument("--precision", choices=list(AGREEMENT), default="int8")
    parser.add_argument("--scaled", action="store_true")
    given = parser.parse_args(arguments)
    with quiet() as terminal:
        enter.confine_to(given.folder, int(min(memory.available(), UNLIMITED)))
        return exit_code(lambda: run(given, terminal), terminal)


if __name__ == "__main__":
    sys.exit(main())
