"""Edits the configuration file for the user; comments and order are kept.

Every edit is a context manager: `with config_file.adding_root(file, folder): tell the daemon`. If
the daemon refuses the edit, it is undone. Commands that run at the same time wait for each other,
so that none undoes what another has written.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, MutableMapping, MutableSequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError

from imgsimd import lockfile
from imgsimd.access import explain
from imgsimd.cli import ignore_setting
from imgsimd.durable import replacing
from imgsimd.errors import ConfigError, ImgsimdError, NotInTimeError
from imgsimd.paths import covering, enclosing, is_nested

EDIT_SECONDS = 60.0
"""Seconds that a command waits for others to finish with the file."""
NO_LOCKS = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOLCK, errno.EOPNOTSUPP)
"""Errors without a lock that are ignored: either nothing can be written there, so that no other
command can interfere, or the file system has no locks."""


def roots(file: Path) -> dict[str, str]:
    """The folders to watch as the file names them, each with its real path. Raises ConfigError."""
    with _mistakes_told(file):
        return {str(root): _real(root) for root in _parsed(file, _read(file)).get("roots", [])}


def adding_root(file: Path, folder: str) -> AbstractContextManager[None]:
    """Adds the folder to `roots`, unless it or a folder that contains it is there."""

    def add(document: TOMLDocument) -> None:
        roots = document.setdefault("roots", tomlkit.array())
        if not covering(_real(folder), map(_real, roots)):
            roots.append(folder)
            if len(roots) > 1:
                roots.multiline(True)

    return _edited(file, add)


def removing_root(file: Path, folder: str) -> AbstractContextManager[None]:
    """Removes the folder from `roots`: this path, or if that is not there, all paths that lead to
    the folder. Raises ConfigError if there is none."""

    def remove(document: TOMLDocument) -> None:
        roots = document.get("roots", [])
        named = [root for root in roots if _absolute(root) == folder]
        meant = named or [root for root in roots if _real(root) == _real(folder)]
        if not meant:
            raise ConfigError(_not_watched(folder, roots))
        for root in meant:
            roots.remove(root)

    return _edited(file, remove)


@contextmanager
def moving_root(file: Path, old: str, new: str) -> Iterator[list[str]]:
    """Replaces the entries of `roots` that lead to `old` by `new`, or removes them if another entry
    covers `new`. What `ignore` leaves out of `old` by its path is then left out of `new`, too;
    yields sentences about these changes."""
    sentences: list[str] = []

    def move(document: TOMLDocument) -> None:
        _move_root(document.get("roots", []), old, new)
        is_watched = any(is_nested(_real(root), old) for root in document.get("roots", []))
        sentences.extend(ignore_setting.move(document.get("ignore", []), old, new, is_watched))

    with _edited(file, move):
        yield sentences


def _move_root(roots: MutableSequence[str], old: str, new: str) -> None:
    meant = [n for n, root in enumerate(roots) if _real(root) == old]
    if not meant:
        return
    again = [n for n, root in enumerate(roots) if root == new]
    others = [root for n, root in enumerate(roots) if n not in (*meant, *again)]
    if not covering(_real(new), map(_real, others)):
        roots[meant.pop(0)] = new
    for number in sorted([*meant, *again], reverse=True):
        del roots[number]


def setting_model(file: Path, name: str) -> AbstractContextManager[None]:
    """Sets `model`."""

    def choose(document: TOMLDocument) -> None:
        document["model"] = name

    return _edited(file, choose)


def setting_preview(file: Path, shows: bool) -> AbstractContextManager[None]:
    """Sets `preview` of `[terminal]`."""

    def choose(document: TOMLDocument) -> None:
        section = document.setdefault("terminal", tomlkit.table())
        if not isinstance(section, MutableMapping):
            raise ConfigError(f"{file} cannot be edited, since `terminal` in it is no section.")
        section["preview"] = shows

    return _edited(file, choose)


@contextmanager
def _edited(file: Path, change: Callable[[TOMLDocument], None]) -> Iterator[None]:
    """Changes the file, and undoes the change if an ImgsimdError is raised.

    Raises ConfigError if the file cannot be changed, and NotInTimeError if other commands do not
    finish changing it; then it is unchanged.
    """
    with _alone(file):
        before = _read(file)
        document = _parsed(file, before)
        with _mistakes_told(file):
            change(document)
        after = tomlkit.dumps(document)
        if after != before:
            _write(file, after)
        try:
            yield
        except ImgsimdError:
            _take_back(file, before, after)
            raise


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Prevents other commands from editing the file meanwhile."""
    lock = _lock(file)
    try:
        yield
    finally:
        if lock is not None:
            lock.remove()


def _lock(file: Path) -> lockfile.Lock | None:
    target = Path(os.path.realpath(file))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return lockfile.take(target.with_name(f".{target.name}.lock"), EDIT_SECONDS)
    except lockfile.HeldError as error:
        raise NotInTimeError(
            f"Another command (process {error.pid or '?'}) is still changing {file}: try again."
        ) from error
    except OSError as error:
        if error.errno in NO_LOCKS:
            return None
        raise ConfigError(f"{file} cannot be written: {explain(error, target)}.") from error


def _take_back(file: Path, before: str | None, after: str) -> None:
    """Undoes our change of `before` into `after`, and keeps what an editor has written since."""
    now = _read(file)
    if now != after and now is not None:
        document = _parsed(file, now)
        with _mistakes_told(file):
            _reverse(document, _parsed(file, before), _parsed(file, after))
        _write(file, tomlkit.dumps(document))
    elif before is None:
        file.unlink(missing_ok=True)
    elif now != before:
        _write(file, before)


def _reverse(document: TOMLDocument, before: TOMLDocument, after: TOMLDocument) -> None:
    for key in ("roots", "ignore"):
        old, new = before.get(key, []), after.get(key, [])
        if old == new:
            continue
        now = document.setdefault(key, tomlkit.array())
        for each in [each for each in new if each not in old and each in now]:
            now.remove(each)
        for each in [each for each in old if each not in new and each not in now]:
            now.append(each)
    if before.get("model") != after.get("model") == document.get("model"):
        document.pop("model")
        document.update({"model": before["model"]} if "model" in before else {})


def _parsed(file: Path, text: str | None) -> TOMLDocument:
    with _mistakes_told(file):
        return tomlkit.parse(text or "")


@contextmanager
def _mistakes_told(file: Path) -> Iterator[None]:
    try:
        yield
    except TOMLKitError as error:
        raise ConfigError(f"{file} cannot be edited: {error}. Fix it, then try again.") from error
    except (AttributeError, TypeError) as error:
        raise ConfigError(
            f"{file} cannot be edited, since `roots` in it is not a list. Fix it, then try again."
        ) from error


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {explain(error, file)}.") from error


def _write(file: Path, text: str) -> None:
    """Writes everything or nothing: a full disk must not destroy the old configuration."""
    target = Path(os.path.realpath(file))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as stream:
            stream.write(text.encode())
    except UnicodeEncodeError as error:
        raise ConfigError(
            f"{file} was not changed: a name that is not UTF-8 cannot be written into it. Rename "
            "the folder, or watch the one that it lies in."
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{file} was not changed, since it cannot be written: {explain(error, target)}."
        ) from error


def _not_watched(folder: str, roots: Iterable[object]) -> str:
    if outer := enclosing(_real(folder), map(_real, roots)):
        return (
            f"{folder} is watched as part of {outer}. To leave it out, add it to `ignore` in "
            "the configuration."
        )
    return f"{folder} is not watched; `imgsimctl roots` lists what is."


def _absolute(root: object) -> str:
    return os.path.normpath(os.path.expanduser(str(root)))


def _real(root: object) -> str:
    return os.path.realpath(os.path.expanduser(str(root)))
