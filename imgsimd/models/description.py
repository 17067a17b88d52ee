"""What a model's TOML file may say. Every key is checked, and every mistake is a sentence."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from imgsimd import locations, mistakes
from imgsimd.errors import ConfigError, ModelError
from imgsimd.models.recipe import MOST_NUMBERS, MOST_PIXELS, Colour
from imgsimd.types import Resize
from imgsimd.vectors import StoredAs
from imgsimd.words import of_bytes, printable

SUFFIXES = (".tflite", ".onnx")
"""How the names of files end that a runtime can run."""
NO_SHA256 = "0" * 64
"""In a description that is looked at before the file is made that it is of."""
LARGEST = 2**20
"""Bytes of a description, which has some lines."""


def _whole_or(value: object, *words: str) -> object:
    if isinstance(value, str) and (not words or value in words):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    text = " or ".join(f'"{word}"' for word in words) or "a name in quotes"
    raise ValueError(f"must be {text}, or a number from 0 on")


def _colour(value: object) -> object:
    """One number counts for all three colours."""
    numbers = value if isinstance(value, list | tuple) else [value] * 3
    if len(numbers) != 3 or not all(type(each) in (int, float) for each in numbers):
        raise ValueError("must be a number, or a list of three: for red, green and blue")
    return tuple(map(float, numbers))


def _share(colour: Colour) -> Colour:
    if not all(0 <= each <= 1 for each in colour):
        raise ValueError("must be from 0 to 1, since pixels count as 0 to 1 here: divide it by 255")
    return colour


def _file(name: str) -> str:
    if os.path.basename(name) != name or "\0" in name:
        raise ValueError("must be the name of a file in the same folder")
    if not name.endswith(SUFFIXES):
        raise ValueError(f"must be a name that ends in {' or '.join(SUFFIXES)}")
    return name


Share = Annotated[Colour, BeforeValidator(_colour), AfterValidator(_share)]
Output = Annotated[str | int, BeforeValidator(_whole_or)]
Token = Annotated[str | int, BeforeValidator(lambda value: _whole_or(value, "first", "mean"))]
Distance = Annotated[float, Field(ge=0, le=2)]
"""Of two vectors of unit length."""


class Description(BaseModel):
    """All keys; what they mean say `Recipe` and `Model`."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    file: Annotated[str, AfterValidator(_file)]
    description: str
    precision: str
    weights: str
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")]
    dimension: int = Field(ge=1, le=MOST_NUMBERS)
    size: int = Field(ge=1, le=MOST_PIXELS)
    resize: Resize
    fit: Literal["squeeze", "crop"] = "squeeze"
    short_side: int | None = Field(default=None, ge=1, le=MOST_PIXELS)
    colours: Literal["rgb", "bgr"] = "rgb"
    layout: Literal["nhwc", "nchw"] = "nhwc"
    mean: Share | None = None
    std: Share | None = None
    output: Output = 0
    token: Token | None = None
    normalise: bool = True
    stored_as: StoredAs = "float32"
    weak_distance: Distance | None = None
    burst_distance: Distance = 0.0
    copy_distance: Distance | None = None
    similar_distance: Distance | None = None

    @field_validator("std")
    @classmethod
    def _divides(cls, std: Colour | None) -> Colour | None:
        if std and not all(std):
            raise ValueError("must be more than 0, since pixels are divided by it")
        return std

    @model_validator(mode="after")
    def _fits_short_side(self) -> Description:
        if self.short_side is not None and self.fit != "crop":
            raise _mistake("short_side", 'is for `fit = "crop"` alone: remove it, or add that')
        if self.short_side is not None and self.short_side < self.size:
            raise _mistake("short_side", f"must be `size` or more: {self.size}")
        return self

    @property
    def values(self) -> dict[str, object]:
        """By key; what was left out has its default."""
        values = {**self.__dict__, "sha256": self.sha256.lower()}
        if self.mean or self.std:
            values |= {"mean": self.mean or (0.0,) * 3, "std": self.std or (1.0,) * 3}
        return values


def content(file: Path) -> dict[str, object]:
    """What is written in the description `file`, whatever that is; nothing if there is no file.

    Raises ModelError where it cannot be read, or is too large or no file, and might never end.
    """
    with suppress(OSError):  # of which `read_toml` tells
        state = file.stat()
        if not stat.S_ISREG(state.st_mode):
            raise ModelError(f"{file} is no file, but a folder, a pipe or a device.")
        if state.st_size > LARGEST:
            raise ModelError(
                f"{file} is no description of a model: it has {of_bytes(state.st_size)}, and they "
                f"have at most {of_bytes(LARGEST)}."
            )
    try:
        return locations.read_toml(file)
    except ConfigError as error:
        raise ModelError(str(error)) from error


def read(file: Path, known: Mapping[str, object]) -> dict[str, object]:
    """The value of each key in the description `file`; `known` are those of keys that it need not
    have.

    Raises ModelError, which names the file and each key that is wrong, and says what it must be.
    """
    return checked(file, {**known, **content(file)})


def checked(file: Path, values: Mapping[str, object]) -> dict[str, object]:
    """As `read`, of values that the description `file` has, or is to have."""
    try:
        return Description.model_validate(values).values
    except ValidationError as error:
        sentences = " ".join(dict.fromkeys(map(_sentence, error.errors())))
        raise ModelError(f"{file}: {sentences} README lists the keys under Models.") from error


def _mistake(key: str, text: str) -> PydanticCustomError:
    return PydanticCustomError("mistake", "{text}", {"key": key, "text": text})


def _sentence(error: ErrorDetails) -> str:
    if error["type"] == "mistake":
        return "`{key}` {text}.".format(**error["ctx"])
    key = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, Description.model_fields, n=1)
        advice = f"Did you mean `{near[0]}`?" if near else "Remove it."
        return f"`{printable(key)}` is not a key of a model. {advice}"
    if error["type"] == "string_pattern_mismatch":
        return f"`{key}` must be 64 hexadecimal digits, as `sha256sum` prints them."
    return mistakes.sentence(key, error)
