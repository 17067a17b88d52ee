"""Installs a model in a folder of models: completely or not at all, even if the power fails."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from imgsimd import durable, lockfile
from imgsimd.errors import ModelError
from imgsimd.models.description import SUFFIXES
from imgsimd.models.model_files import Model, find
from imgsimd.words import of_system

Value: TypeAlias = str | int | float | bool | Sequence[float]
"""What a key of a description can have."""
MARK = "# Made by `imgsimctl model add`.\n"
"""How the descriptions begin that may be replaced; users write others, for models of their own."""
_BUILDING = ".building"
"""How the names of workspaces end."""


@contextlib.contextmanager
def workspace(models: Path, name: str) -> Iterator[Path]:
    """A folder to make the model `name` in, on the disk that it is for; gone afterwards.

    Raises ModelError if another model is being made there, if the user has made one of that name,
    and in place of any OSError.
    """
    folder = models / f".{name}{_BUILDING}"
    try:
        models.mkdir(parents=True, exist_ok=True)
        _spare(models / f"{name}.toml")
        with _locked(models):
            for left in models.glob(f".*{_BUILDING}"):  # of processes that were killed
                shutil.rmtree(left, ignore_errors=True)
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder)
    except OSError as error:
        raise ModelError(
            f"{name} was not installed, because {models} cannot be written: {error.strerror}. "
            "Making a model takes 1 GB there for a minute."
        ) from error


def refuse_taken(name: str, models: Path) -> None:
    """Raises ModelError if there is a model of that name in `models`, or what is left of one."""
    taken = (models / f"{name}{suffix}" for suffix in (*SUFFIXES, ".toml"))
    if any(map(os.path.lexists, taken)):
        raise ModelError(
            f"A model called {name} is installed already. Remove it by `imgsimctl model remove "
            f"{name}`, or choose another name by `--name`."
        )


def path_text(file: Path) -> str:
    """The path as a description can have it: bytes that are not UTF-8 are written as `\\xff`."""
    return os.fsencode(file).decode(errors="backslashreplace")


def describe(made: Path, values: Mapping[str, Value]) -> Model:
    """Writes the description of the network in the file `made` beside it, in a workspace.

    `values` are what it says besides the checksum and the file's name. Raises ModelError if they
    are no description of a model.
    """
    import tomlkit  # the daemon, which only removes models, does not need it

    with made.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    text = MARK + tomlkit.dumps({**values, "sha256": digest})
    made.with_suffix(".toml").write_text(text, encoding="utf-8")
    return find(made.stem, made.parent)


def install(model: Model, models: Path) -> None:
    """Moves a model with its description from a workspace in `models` to where `find` finds it.

    It should be proven (`proof.py`). A model exists when it has both: so an older file is removed
    first, and the new one comes last. Whatever ends this, there is a description, by which
    `uninstall` knows that the model is ours to remove.
    """
    description = model.file.with_suffix(".toml")
    durable.sync(model.file)
    durable.sync(description)
    (models / model.file.name).unlink(missing_ok=True)
    durable.sync(models)
    durable.move(description, models / description.name)
    durable.move(model.file, models / model.file.name)


def files(name: str, models: Path) -> list[Path]:
    """What lies in `models` of the model called `name`: its description is the last."""
    if os.path.basename(name) != name:
        return []
    found = (models / f"{name}{suffix}" for suffix in (*SUFFIXES, ".toml"))
    return list(filter(os.path.isfile, found))


def uninstall(name: str, models: Path) -> None:
    """Removes the files of a model that `install` has put into `models`; what is left if the power
    fails is still a model that can be removed.

    Raises ModelError, and removes nothing, if the user has put it there; and if it cannot be
    removed.
    """
    there = files(name, models)
    if not there:
        return
    try:
        if not _is_ours(models / f"{name}.toml"):
            names = " and ".join(str(file) for file in there)
            raise ModelError(
                f"{name} was not added by `imgsimctl model add`, so its files are yours to remove: "
                f"{names}. After that, the same command removes its vectors."
            )
        for file in there:
            file.unlink()
        durable.sync(models)
    except OSError as error:
        raise ModelError(f"{name} was not removed: {of_system(error)}.") from error


def _is_ours(description: Path) -> bool:
    try:
        return description.read_bytes().startswith(MARK.encode())
    except FileNotFoundError:
        return False


def _spare(description: Path) -> None:
    """Raises ModelError where the user has written it."""
    if description.exists() and not _is_ours(description):
        raise ModelError(
            f"{description} exists already, and imgsimctl has not made it: move it and the file "
            "of its network away, or give them another name."
        )


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        lock = lockfile.take(folder / ".lock")
    except lockfile.HeldError as error:
        raise ModelError(f"Another model is being built in {folder}: wait for it.") from error
    try:
        yield
    finally:
        lock.remove()
