"""Finds models: a model is a `.tflite` file with a small TOML file beside it.

The network takes RGB pixels [n, size, size, 3], 0 to 255 as they are (uint8 or float32), and gives
float32 [n, dimension]. What a network needs beyond that (means, channel order) is built into it.
"""

from __future__ import annotations

import logging
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from imgsimd.access import barred
from imgsimd.errors import ModelError
from imgsimd.words import reason

log = logging.getLogger(__name__)

BUILT_IN = Path(__file__).parent
PREPROCESSING = 2
"""Raised when the square of a decoded picture is made in another way: all pictures are embedded
again then. When one format is decoded in another way, its version in `decoding.registry` is raised
instead: only its pictures are embedded again."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model on disk."""

    name: str
    file: Path
    description: str
    dimension: int
    size: int
    """Side of the square input, in pixels."""
    resize: Literal["area", "linear"]
    """How pictures shrink: by averaging, or by OpenCV's default (what most recipes use)."""
    precision: str
    weights: str
    """Where the weights came from."""
    sha256: str
    """Of the `.tflite` file."""
    weak_distance: float | None = None
    """Where even the best match of a picture is farther away than this, most likely nothing of its
    kind is there. None if nobody has measured that."""
    burst_distance: float = 0.0
    """How far apart two shots of one scene are at most that were taken one right after the other.
    0 if nobody has measured that."""
    copy_distance: float | None = None
    """How far apart a photo and a copy of it are at most, as a rule. None if nobody has measured
    that."""
    similar_distance: float | None = None
    """How far apart two photos of one scene are at most, as a rule. None if nobody has measured
    that."""

    @property
    def identity(self) -> str:
        """Stored with each vector: vectors are comparable exactly if this is equal."""
        return f"{self.name}/{self.precision}/{self.sha256[:12]}/{PREPROCESSING}"


def find(name: str, installed: Path) -> Model:
    """The model called `name`, installed by the user in folder `installed`, or built in.

    Raises ModelError where there is none, or its description cannot be read.
    """
    for folder in (installed, BUILT_IN):
        description = folder / f"{name}.toml"
        if os.path.isfile(description):
            return _read(description)
    if os.path.isdir(installed) and not os.access(installed, os.R_OK | os.X_OK):
        raise ModelError(f"The model '{name}' cannot be looked for. {barred(installed)}.")
    names = ", ".join(model.name for model in available(installed))
    raise ModelError(
        f"Unknown model '{name}'. Available: {names}. To build another: imgsimctl model add vgg16"
    )


def available(installed: Path) -> list[Model]:
    """All models that can be used now, the built-in first; a broken description is only logged."""
    found: dict[str, Model] = {}
    for file in [*sorted(BUILT_IN.glob("*.toml")), *sorted(installed.glob("*.toml"))]:
        try:
            found[file.stem] = _read(file)
        except ModelError as error:
            log.warning("%s Ignoring it.", error)
    return list(found.values())


def _read(description: Path) -> Model:
    try:
        values = tomllib.loads(description.read_text(encoding="utf-8"))
        model = Model(name=description.stem, file=description.with_suffix(".tflite"), **values)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(
            f"The model description {description} cannot be used: {reason(error)}."
        ) from error
    except TypeError as error:
        raise ModelError(
            f"The model description {description} cannot be used: it needs the keys of the "
            "built-in one, and no others."
        ) from error
    if not os.path.isfile(model.file):
        raise ModelError(f"The model file {model.file} is missing: add the model again.")
    return model
