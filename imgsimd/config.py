"""The configuration: a TOML file becomes validated, immutable Settings."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    StrictBool,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails

from imgsimd import extensions, mistakes, patterns
from imgsimd.config_section import Section
from imgsimd.errors import ConfigError
from imgsimd.index_settings import Index
from imgsimd.locations import read_toml
from imgsimd.problems import Finding

DEFAULT_MODEL = "efficientnet-lite0-rmac"
"""A built-in one. A gallery that has answered by another one changes in the background."""


def _root(path: str) -> str:
    """An absolute path. Its links are kept, since they may lead elsewhere later."""
    expanded = os.path.expanduser(path)
    if not os.path.isabs(expanded):
        raise ValueError(f"'{path}' is not absolute: write the whole path of the folder")
    if "\0" in expanded:
        raise ValueError(f"{path!r} is not a path: it contains a NUL character")
    if os.path.normpath(expanded).strip("/") == "":
        raise ValueError("'/' cannot be watched: name the folders that hold photos")
    return "/" + expanded.strip("/")


class Watching(Section):
    """`[watching]`: when a change is looked at, and how often everything is checked."""

    quiet_seconds: float = Field(default=0.5, ge=0, le=60)
    """How long nothing must happen to a path before it is looked at."""
    still_seconds: float = Field(default=2.0, ge=0, le=600)
    """How long a file that nobody closed must stay unchanged."""
    patience_seconds: float = Field(default=60.0, gt=0)
    """After how long a file that never stops changing is read all the same."""
    poll_seconds: float = Field(default=300.0, ge=1)
    """Time between two scans of a root of which the kernel does not report every change."""
    rescan_seconds: float = Field(default=6 * 3600.0, ge=1)
    """Time between two scans of everything, in case an event was lost."""
    health_seconds: float = Field(default=5.0, ge=0.1)
    """Time between two checks of the roots and the watcher."""
    grace_seconds: float = Field(default=60.0, ge=0)
    """After how long the image of a file that has gone is forgotten."""
    may_vanish_share: float = Field(default=0.5, ge=0, le=1)
    """Share of a root's images, from 0 to 1, that may go at once without the user's word
    (`imgsimctl forget --confirm`)."""


class Worker(Section):
    """`[worker]`: the process that decodes pictures and runs the network."""

    keep_alive_seconds: float = Field(default=60.0, ge=0)
    """How long it stays without work before it ends and gives its memory back."""
    threads: int = Field(default=0, ge=0, le=256)
    """Pictures embedded at the same time; 0 means as many as there are cores."""
    deadline_seconds: float = Field(default=60.0, gt=0)
    """How long one picture may take."""
    max_bytes: int = Field(default=512 * 2**20, gt=0)
    """Larger files are not read."""
    max_pixels: int = Field(default=160_000_000, gt=0)
    """Larger pictures are not decoded. A JPEG counts with the size that it is decoded at."""

    idle_priority: StrictBool = True
    """Whether pictures that nobody waits for get only what no other program needs of processor and
    disk."""

    @property
    def all_threads(self) -> int:
        """How many `threads` that is on this machine."""
        return self.threads or len(os.sched_getaffinity(0))


class Pause(Section):
    """`[pause]`: when nothing is indexed, unless the user says otherwise."""

    on_battery: StrictBool = True
    """While the machine runs on its battery."""
    under_load: StrictBool = True
    """While other programs need the processors, memory or the disk, and nobody waits until all is
    indexed."""


class Terminal(Section):
    """`[terminal]`: what `imgsimctl` shows there. The daemon only checks it."""

    preview: StrictBool = False
    """Whether lists have thumbnails. `imgsimctl similar --preview` sets it."""


class Settings(Section):
    """Everything that the configuration file can contain; every key is optional."""

    roots: tuple[Annotated[str, AfterValidator(_root)], ...] = ()
    """As the user wrote them, links and all; `watching.root_paths` finds where they lead."""
    model: str = DEFAULT_MODEL
    ignore: tuple[str, ...] = ()
    """Patterns in addition to the built-in ones, as the user wrote them."""
    extensions: tuple[str, ...] = extensions.DEFAULT
    any_extension: bool = False
    """Whether files without an extension, or with one that says nothing, are photos if their
    content is a picture."""
    follow_links: bool = False
    """Whether symbolic links are followed to files that are not watched themselves."""
    state_dir: str | None = None
    socket: str | None = None
    watching: Watching = Watching()
    worker: Worker = Worker()
    pause: Pause = Pause()
    index: Index = Index()
    terminal: Terminal = Terminal()
    _old_names: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def notes(self) -> list[Finding]:
        """What the user should change in the file."""
        if not self._old_names:
            return []
        old_names = ", ".join(f"`{old}`" for old in self._old_names.values())
        renames = ", ".join(f"`{old}` to `{new}`" for new, old in self._old_names.items())
        return [
            Finding(
                f"The configuration has old names of settings, which the next version will not "
                f"accept: {old_names}",
                f"Rename {renames}. Then run: imgsimctl reload",
            )
        ]

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
    """The settings in `file`; the defaults if there is no file.

    Raises ConfigError, which names the file and the key, and says what is wrong.
    """
    values, old_names = _under_new_names(file, read_toml(file))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        sentences = (_sentence(each, old_names) for each in error.errors())
        raise ConfigError(f"{file}: {' '.join(sentences)}") from error
    settings._old_names = old_names
    return settings


_RENAMED = {
    "watching": {
        "quiet": "quiet_seconds",
        "still": "still_seconds",
        "patience": "patience_seconds",
        "poll": "poll_seconds",
        "rescan": "rescan_seconds",
        "health": "health_seconds",
        "grace": "grace_seconds",
        "may_vanish": "may_vanish_share",
    },
    "worker": {"keep_alive": "keep_alive_seconds", "deadline": "deadline_seconds"},
}
"""Keys of version 0.1, by section, and their names now. Version 0.2 is the last that takes them."""


def _under_new_names(
    file: Path, values: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, str]]:
    """The values with each key under its present name; and the old key, with its section, of each
    that was written so. Raises ConfigError where both names are there."""
    found, old_names = dict(values), dict[str, str]()
    for section, names in _RENAMED.items():
        inside = values.get(section)
        if not isinstance(inside, dict):
            continue
        for old in filter(names.__contains__, inside):
            new = names[old]
            if new in inside:
                raise ConfigError(
                    f"{file}: `{section}.{old}` is the old name of `{section}.{new}`, and both are "
                    f"there. Remove `{section}.{old}`."
                )
            old_names[f"{section}.{new}"] = f"{section}.{old}"
        found[section] = {names.get(key, key): value for key, value in inside.items()}
    return found, old_names


def _sentence(error: ErrorDetails, old_names: Mapping[str, str]) -> str:
    key = ".".join(part for part in error["loc"] if isinstance(part, str))
    key = old_names.get(key, key)
    if error["type"] == "extra_forbidden":
        near = _near(key)
        return f"`{key}` is not a setting." + (f" Did you mean `{near}`?" if near else "")
    return mistakes.sentence(key, error)


_SECTIONS: Mapping[str, type[Section]] = {
    "watching": Watching,
    "worker": Worker,
    "pause": Pause,
    "index": Index,
    "terminal": Terminal,
}


def _near(key: str) -> str | None:
    """The setting that was probably meant, if there is one; it may be in another section."""
    names = sorted(_names(), key=lambda each: _section(each[1]) != _section(key))
    spelled = [name for name, _ in names]
    near = difflib.get_close_matches(key.rpartition(".")[2], spelled, n=1)
    return next((meant for name, meant in names if name in near), None)


def _names() -> Iterator[tuple[str, str]]:
    """Each name of a setting, old ones too, and the setting with its section."""
    for section, kind in _SECTIONS.items():
        yield from ((name, f"{section}.{name}") for name in kind.model_fields)
    for section, renamed in _RENAMED.items():
        yield from ((old, f"{section}.{new}") for old, new in renamed.items())
    yield from ((name, name) for name in Settings.model_fields)


def _section(key: str) -> str:
    return key.rpartition(".")[0]
