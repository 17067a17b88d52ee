"""The configuration: a TOML file becomes validated, immutable Settings."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails

from imgsimd import extensions, patterns
from imgsimd.errors import ConfigError
from imgsimd.locations import read_toml


def _root(path: str) -> str:
    """An absolute path. Its links stay: where they lead is looked at again and again."""
    expanded = os.path.expanduser(path)
    if not os.path.isabs(expanded):
        raise ValueError(f"'{path}' is not absolute: write the whole path of the folder")
    if "\0" in expanded:
        raise ValueError(f"{path!r} is no path: it has a NUL character in it")
    if os.path.normpath(expanded).strip("/") == "":
        raise ValueError("'/' cannot be watched: name the folders that hold photos")
    return "/" + expanded.strip("/")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Watching(_Section):
    """`[watching]`: when a change counts as finished, and when nothing is taken on trust."""

    quiet: float = Field(default=0.5, ge=0, le=60)
    """Seconds without a further event before a path is looked at."""
    still: float = Field(default=2.0, ge=0, le=600)
    """Seconds that a file which nobody closed must stay unchanged."""
    patience: float = Field(default=60.0, gt=0)
    """Seconds after which even a file that never comes to rest is taken as it is."""
    poll: float = Field(default=300.0, ge=1)
    """Seconds between two scans of a root of which the kernel does not tell every change."""
    rescan: float = Field(default=6 * 3600.0, ge=1)
    """Seconds between two scans that nothing asked for."""
    health: float = Field(default=5.0, ge=0.1)
    """Seconds between two looks at the roots and the watcher."""
    grace: float = Field(default=60.0, ge=0)
    """Seconds after which the image of a file that has gone is forgotten."""
    may_vanish: float = Field(default=0.5, ge=0, le=1)
    """Share of a root's images that may go at once without `imgsimctl forget --confirm`."""


class Worker(_Section):
    """`[worker]`: the process that decodes pictures and runs the network."""

    keep_alive: float = Field(default=60.0, ge=0)
    """Seconds without work after which it ends and gives its memory back."""
    threads: int = Field(default=0, ge=0, le=256)
    """Pictures at the same time; 0 means as many as there are cores."""
    deadline: float = Field(default=60.0, gt=0)
    """Seconds that one picture may take."""
    max_bytes: int = Field(default=512 * 2**20, gt=0)
    """Larger files are not read."""
    max_pixels: int = Field(default=160_000_000, gt=0)
    """Larger pictures are not decoded. Of a JPEG, the pixels count that it is reduced to."""


class Settings(_Section):
    """All that the configuration file can say; every key is optional."""

    roots: tuple[Annotated[str, AfterValidator(_root)], ...] = ()
    """As the user wrote them, links and all: `watching.naming` says which folders these are."""
    model: str = "efficientnet-lite0"
    ignore: tuple[str, ...] = ()
    """What is left out besides `watching.builtin.BUILT_IN`, as the user wrote it."""
    extensions: tuple[str, ...] = extensions.DEFAULT
    follow_links: bool = False
    """Whether symbolic links to files that are not watched themselves are followed."""
    state_dir: str | None = None
    socket: str | None = None
    watching: Watching = Watching()
    worker: Worker = Worker()

    @field_validator("ignore")
    @classmethod
    def _patterns(cls, texts: tuple[str, ...], others: ValidationInfo) -> tuple[str, ...]:
        patterns.read_all(texts)
        for root in others.data.get("roots", ()):
            for text in texts:
                patterns.refuse_whole_root(text, os.path.realpath(root))
        return texts

    @field_validator("extensions")
    @classmethod
    def _endings(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        return extensions.read(texts)


def load(file: Path) -> Settings:
    """The settings in `file`; the defaults where there is no file.

    Raises ConfigError that names the file, the key and what is wrong with it.
    """
    values = read_toml(file)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise ConfigError(f"{file}: {' '.join(map(_sentence, error.errors()))}") from error


_WRONG = {
    "string_type": "must be text in quotes",
    "tuple_type": 'must be a list, as in ["one", "two"]',
    "model_type": "must be a section of its own",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than_equal": "must be {le:g} or less",
}
"""Kinds of mistakes, as pydantic calls them, in words."""


def _sentence(error: ErrorDetails) -> str:
    key = ".".join(part for part in error["loc"] if isinstance(part, str))
    if error["type"] == "extra_forbidden":
        near = _near(key)
        return f"`{key}` is not a setting." + (f" Did you mean `{near}`?" if near else "")
    if error["type"] in _WRONG:
        return f"`{key}` {_WRONG[error['type']].format(**error.get('ctx', {}))}."
    return f"`{key}`: {error['msg'].removeprefix('Value error, ')}."


def _near(key: str) -> str | None:
    """The setting that was meant, if there is one: its name may be in another section."""
    sections: tuple[type[BaseModel], ...] = (Watching, Worker)
    known = [f"{kind.__name__.lower()}.{name}" for kind in sections for name in kind.model_fields]
    known = sorted(
        [*Settings.model_fields, *known], key=lambda each: _section(each) != _section(key)
    )
    names = {each: each.rpartition(".")[2] for each in known}
    near = difflib.get_close_matches(key.rpartition(".")[2], names.values(), n=1)
    return next((each for each, name in names.items() if name in near), None)


def _section(key: str) -> str:
    return key.rpartition(".")[0]
