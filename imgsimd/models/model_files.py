"""Finds models: a model is a file with a network, and a TOML file beside it that describes it.

`description.py` says what may be written there. Without any of its optional keys, the network takes
RGB pixels [n, size, size, 3], 0 to 255 as they are, and gives [n, dimension]. What it needs beyond
the recipe is built into it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imgsimd.access import barred
from imgsimd.closeness import Closeness
from imgsimd.errors import ModelError, UnknownModelError
from imgsimd.models import description as descriptions
from imgsimd.models.recipe import Recipe

log = logging.getLogger(__name__)

BUILT_IN = Path(__file__).parent
PREPROCESSING = 2
"""Raised when the square of a decoded picture is made in another way: all pictures are embedded
again then. When one format is decoded in another way, its version in `decoding.registry` is raised
instead: only its pictures are embedded again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Recipe):
    """One model on disk."""

    name: str
    file: Path
    """Its suffix says what runs it: `.tflite` LiteRT, `.onnx` ONNX Runtime."""
    description: str
    precision: str
    weights: str
    """Where the weights came from."""
    sha256: str
    """Of the file."""
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
    def closeness(self) -> Closeness:
        """What its distances mean."""
        return Closeness(
            self.weak_distance, self.burst_distance, self.copy_distance, self.similar_distance
        )

    @property
    def identity(self) -> str:
        """Stored with each vector: vectors are comparable exactly if this is equal."""
        parts = (self.name, self.precision, self.sha256[:12], str(PREPROCESSING), self.digest)
        return "/".join(filter(None, parts))


def find(name: str, installed: Path) -> Model:
    """The model called `name`, installed by the user in folder `installed`, or built in.

    Raises ModelError where there is none, or its description cannot be read.
    """
    for folder in (installed, BUILT_IN):
        description = folder / f"{name}.toml"
        if description.parent == folder and os.path.isfile(description):
            return read(description)
    if os.path.isdir(installed) and not os.access(installed, os.R_OK | os.X_OK):
        raise ModelError(f"The model '{name}' cannot be looked for. {barred(installed)}.")
    raise UnknownModelError(name, [model.name for model in available(installed)])


def available(installed: Path) -> list[Model]:
    """All models that can be used now, the built-in first; a broken description is only logged."""
    found: dict[str, Model] = {}
    for file in [*sorted(BUILT_IN.glob("*.toml")), *sorted(installed.glob("*.toml"))]:
        try:
            found[file.stem] = read(file)
        except ModelError as error:
            log.warning("%s Ignoring it.", error)
    return list(found.values())


def read(description: Path, known: Mapping[str, object] | None = None) -> Model:
    """The model that a description is about. `known` are values of keys that it may leave out.

    Raises ModelError where the description or the file that it names cannot be used.
    """
    name = description.stem
    values: dict[str, Any] = descriptions.read(
        description, {"file": f"{name}.tflite", **(known or {})}
    )
    model = Model(name=name, **{**values, "file": description.with_name(values["file"])})
    if not os.path.isfile(model.file):
        raise ModelError(_missing(model.file, description))
    return model


def _missing(file: Path, description: Path) -> str:
    others = (file.with_suffix(suffix) for suffix in descriptions.SUFFIXES)
    other = next(filter(os.path.isfile, others), None)
    if other:
        advice = f'{other.name} is there: if that is it, write `file = "{other.name}"`'
    else:
        advice = "put it there, correct `file`, or add the model again"
    return f"The model file {file} is missing, which {description} describes: {advice}."
