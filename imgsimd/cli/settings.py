"""Edits the configuration file for the user; comments and order are kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError

from imgsimd.cli.files import replacing
from imgsimd.errors import ConfigError, ImgsimdError


def add_root(file: Path, folder: str) -> Callable[[], None]:
    """Adds the folder to `roots`; does nothing if it is there. Returns what takes it back."""

    def add(document: TOMLDocument) -> None:
        roots = document.setdefault("roots", tomlkit.array())
        if folder not in map(_real, roots):
            roots.append(folder)
            if len(roots) > 1:
                roots.multiline(True)

    return _edit(file, add)


def remove_root(file: Path, folder: str) -> Callable[[], None]:
    """Takes the folder out of `roots`. Returns what puts it back. Raises ConfigError if it is
    not there."""

    def remove(document: TOMLDocument) -> None:
        roots = document.get("roots", [])
        stays = [root for root in roots if _real(root) != folder]
        if len(stays) == len(roots):
            raise ConfigError(f"{folder} is not watched; `imgsimctl roots` lists what is.")
        for root in [root for root in roots if root not in stays]:
            roots.remove(root)

    return _edit(file, remove)


def replace_root(file: Path, old: str, new: str) -> Callable[[], None]:
    """Writes `new` where `roots` says `old`, if it does. Returns what puts it back."""

    def replace(document: TOMLDocument) -> None:
        roots = document.get("roots", [])
        for place, root in enumerate(roots):
            if old in (_real(root), os.path.expanduser(str(root))):  # or a link to `new` by now
                roots[place] = new

    return _edit(file, replace)


def set_model(file: Path, name: str) -> Callable[[], None]:
    """Sets `model`. Returns what sets it back."""

    def choose(document: TOMLDocument) -> None:
        document["model"] = name

    return _edit(file, choose)


@contextmanager
def undone_on_error(undo: Callable[[], None]) -> Iterator[None]:
    """Calls `undo` if the daemon does not take the change, and lets the error go on."""
    try:
        yield
    except ImgsimdError:
        undo()
        raise


def _edit(file: Path, change: Callable[[TOMLDocument], None]) -> Callable[[], None]:
    before = _read(file)
    try:
        document = tomlkit.parse(before or "")
        change(document)
    except ImgsimdError:
        raise
    except (TOMLKitError, AttributeError, TypeError) as error:
        raise ConfigError(f"{file} cannot be edited: {error}. Mend it and try again.") from error
    after = tomlkit.dumps(document)
    if after != before:
        _write(file, after)
    return lambda: _write(file, before) if before is not None else file.unlink(missing_ok=True)


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}.") from error


def _write(file: Path, text: str) -> None:
    """All or nothing: a full disk must not cost the old configuration."""
    target = Path(os.path.realpath(file))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as stream:
            stream.write(text.encode())
    except (OSError, UnicodeEncodeError) as error:
        raise ConfigError(f"{file} cannot be written: {error}. It is unchanged.") from error


def _real(root: object) -> str:
    return os.path.realpath(os.path.expanduser(str(root)))
