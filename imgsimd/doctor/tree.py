"""A watched folder, looked through for some moments, as the daemon's user."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from imgsimd.doctor import daemon_user, own_process
from imgsimd.doctor.own_process import Outcome, Work
from imgsimd.types import FilePath, storable

ANSWER_SECONDS = 10.0
"""A disk in standby needs about seven to spin up."""
WALK_SECONDS = 0.7
"""For listing folders; in this time some thousands are listed, or hundreds of a slow disk."""
MOST_FILES = 20_000
"""So many files are tried whether they may be read."""


@dataclass(slots=True)
class Tree:
    """What was found."""

    place: FilePath
    """The folder, without links."""
    identity: tuple[int, int] | None = None
    """Its file system and inode, as the daemon remembers them."""
    error: OSError | None = None
    """Why it cannot be listed."""
    folders: int = 0
    """It, and those below that would be looked into."""
    files: int = 0
    unlistable: list[FilePath] = field(default_factory=list)
    """Folders below it that may not be listed."""
    unreadable: list[FilePath] = field(default_factory=list)
    """Files that may not be read."""
    is_complete: bool = False
    """Whether all of it was looked at."""
    is_stuck: bool = False
    """Whether a disk below it does not answer."""


def look(roots: list[str], user: int) -> list[Tree | None]:
    """What is in each of the folders; None where the disk does not answer."""
    works = [Work(partial(_look, root, user), ANSWER_SECONDS) for root in roots]
    outcomes = own_process.run(works)
    return list(map(_tree, outcomes))


def _tree(outcome: Outcome) -> Tree | None:
    """What was found last; nothing if even the folder itself was not."""
    trees = [value for value in outcome.values if isinstance(value, Tree)]
    if trees and outcome.fault and outcome.fault.is_late:
        trees[-1].is_stuck = True
    return trees[-1] if trees else None


def _look(root: str, user: int) -> Iterator[Tree]:
    daemon_user.become(user)
    tree = Tree(os.path.realpath(os.fsencode(root)))
    try:
        tree.identity = os.statvfs(tree.place).f_fsid, storable(os.stat(tree.place).st_ino)
        os.scandir(tree.place).close()
    except OSError as error:
        tree.error = error
        yield tree
        return
    yield tree
    _walk(tree)
    yield tree


def _walk(tree: Tree) -> None:
    """Counts, folder by folder, until the time is over. Hidden ones are left out by default."""
    ahead, end = [tree.place], time.monotonic() + WALK_SECONDS
    while ahead:
        if time.monotonic() > end:
            return
        folder = ahead.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith(b"."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        ahead.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        _count(tree, entry.path)
        except PermissionError:
            tree.unlistable.append(folder)
        except OSError:  # it has gone meanwhile, or the disk fails: the daemon tells of that
            continue
        tree.folders += 1
    tree.is_complete = True


def _count(tree: Tree, file: FilePath) -> None:
    tree.files += 1
    if tree.files <= MOST_FILES and not os.access(file, os.R_OK, effective_ids=True):
        tree.unreadable.append(file)
