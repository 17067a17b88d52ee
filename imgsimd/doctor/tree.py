"""A watched folder, looked through for some moments, as the daemon's user."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from imgsimd.config import Settings
from imgsimd.doctor import daemon_user, own_process, settings
from imgsimd.doctor.own_process import Outcome, Work
from imgsimd.doctor.situation import Situation
from imgsimd.types import FilePath, storable
from imgsimd.watching import folder_rules
from imgsimd.watching.folder_rules import RULE_FILES, Rules
from imgsimd.watching.selection import Selection

AT_ONCE = 50
"""Folders looked at, each by a process of its own: of a thousand at once, most would be late."""
ANSWER_SECONDS = 10.0
"""A disk in standby needs about seven to spin up."""
WALK_SECONDS = 0.7
"""For listing folders; in this time some thousands are listed, or hundreds of a slow disk."""
MOST_PHOTOS = 20_000
"""So many are tried whether they may be read."""


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
    """It, and those below that are looked into."""
    photos: int = 0
    unlistable: list[FilePath] = field(default_factory=list)
    """Folders below it that may not be listed."""
    unreadable: list[FilePath] = field(default_factory=list)
    """Photos that may not be read."""
    is_complete: bool = False
    """Whether all of it was looked at."""
    is_stuck: bool = False
    """Whether a disk below it does not answer."""


def look(situation: Situation) -> list[Tree | None]:
    """What is in each watched folder; None where the disk does not answer."""
    chosen = settings.of(situation)
    works = [
        Work(partial(_look, root, situation.user, chosen), ANSWER_SECONDS)
        for root in situation.roots
    ]
    parts = [works[at : at + AT_ONCE] for at in range(0, len(works), AT_ONCE)]
    return [_tree(outcome) for part in parts for outcome in own_process.run(part)]


def _tree(outcome: Outcome) -> Tree | None:
    """What was found last; nothing if even the folder itself was not."""
    trees = [value for value in outcome.values if isinstance(value, Tree)]
    if trees and outcome.fault and outcome.fault.is_late:
        trees[-1].is_stuck = True
    return trees[-1] if trees else None


def _look(root: str, user: int, chosen: Settings) -> Iterator[Tree]:
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
    _walk(tree, Selection(chosen.ignore, chosen.extensions, any_extension=chosen.any_extension))
    yield tree


def _walk(tree: Tree, selection: Selection) -> None:
    """Counts, folder by folder, until the time is over."""
    ahead: list[tuple[FilePath, Rules]] = [(tree.place, ())]
    end = time.monotonic() + WALK_SECONDS
    while ahead:
        if time.monotonic() > end:
            return
        folder, rules = ahead.pop()
        tree.folders += 1
        try:
            ahead += _listed(tree, folder, rules, selection)
        except PermissionError:
            tree.unlistable.append(folder)
        except OSError:  # it has gone meanwhile, or the disk fails: the daemon tells of that
            continue
    tree.is_complete = True


def _listed(
    tree: Tree, folder: FilePath, rules: Rules, selection: Selection
) -> list[tuple[FilePath, Rules]]:
    """Counts the photos in the folder; returns the folders in it, with their rules."""
    with os.scandir(folder) as found:
        entries = list(found)
    rule_files = [entry.name for entry in entries if entry.name in RULE_FILES]
    inner = folder_rules.inside(folder, rule_files, rules)
    if inner is None:
        return []
    for entry in entries:
        is_photo = selection.takes(tree.place, entry.path, inner)
        if is_photo and entry.is_file(follow_symlinks=False):
            _count(tree, entry.path)
    folders = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    return [(each, inner) for each in folders if selection.enters(tree.place, each, inner)]


def _count(tree: Tree, photo: FilePath) -> None:
    tree.photos += 1
    if tree.photos <= MOST_PHOTOS and not os.access(photo, os.R_OK, effective_ids=True):
        tree.unreadable.append(photo)
