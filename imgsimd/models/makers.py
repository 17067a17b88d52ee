"""What `imgsimctl model add` can be given, and which program makes a model of it.

A program is a module that is run with `--into DIR --name NAME`, the options that were given, `--`
and what was given: a name, or the absolute path of a file. It installs the model NAME in DIR.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass

from imgsimd.errors import ModelError
from imgsimd.models.keras.networks import NETWORKS
from imgsimd.models.lite.models import ADDED
from imgsimd.words import printable


@dataclass(frozen=True, slots=True)
class Maker:
    """A program that makes models."""

    module: str
    options: frozenset[str]
    """Those of `imgsimctl model add` that it takes, besides `--name`."""


KERAS = Maker("imgsimd.models.keras.build", frozenset({"--layer", "--weights", "--precision"}))
KERAS_FILE = Maker(
    "imgsimd.models.keras.build_file", frozenset({"--layer", "--size", "--precision"})
)
LITE = Maker("imgsimd.models.lite.build", frozenset())
FILE = Maker("imgsimd.models.files.added_file", frozenset({"--preset"}))

OF_NAMES = {**dict.fromkeys(NETWORKS, KERAS), **dict.fromkeys(ADDED, LITE)}
"""By the name of what is known here."""
OF_FILES: dict[str, Maker] = {
    **dict.fromkeys((".keras", ".h5"), KERAS_FILE),
    **dict.fromkeys((".tflite", ".onnx"), FILE),
}
"""By the end of a file's name, in lower case."""


def of(given: str) -> Maker:
    """The program for what was given. Raises ModelError, which names what is near, if there is
    none."""
    if found := OF_NAMES.get(given):
        return found
    if not is_file(given):
        raise ModelError(f"Unknown model '{printable(given)}'. {_nearest(given)}")
    if found := OF_FILES.get(ending(given)):
        return found
    raise ModelError(
        f"No model can be made of {printable(given)}: what can be added are files whose names end "
        f"in {' or '.join(OF_FILES)}, and {', '.join(OF_NAMES)}."
    )


def is_file(given: str) -> bool:
    """Whether it means a file: it is not a known name, and has a slash or a dot in it."""
    return given not in OF_NAMES and ("/" in given or "." in given)


def ending(path: str) -> str:
    """What tells which kind of file it is, such as `.keras`."""
    return os.path.splitext(path)[1].lower()


def _nearest(given: str) -> str:
    near = difflib.get_close_matches(given.lower(), OF_NAMES)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"Available: {', '.join(OF_NAMES)}."
