"""Whether each watched folder answers, on what disk it is, and whether the daemon may read it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

from imgsimd import access
from imgsimd.doctor import database, disks, permissions, remedy, tree
from imgsimd.doctor.result import Result, failed, passed
from imgsimd.doctor.situation import Situation
from imgsimd.doctor.tree import Tree
from imgsimd.types import FilePath
from imgsimd.watching import mounts

GONE = (errno.ENOENT, errno.ENOTDIR)


def check(situation: Situation) -> Iterator[Result]:
    """For each watched folder one result about its disk and, if that answers, one about reading."""
    roots = situation.roots
    if situation.written is None and not situation.daemon.status:
        yield failed(
            disks.NAME,
            "Which folders are watched is in the configuration, which cannot be read.",
            remedy.editing(situation),
        )
    elif not roots:
        yield passed(disks.NAME, "No folder is watched.")
    if situation.is_of_another and (status := situation.daemon.status):
        yield from map(disks.of_another, status.roots)
        return
    before = {} if situation.daemon.status else database.identities(situation)
    for root, found in zip(roots, tree.look(situation), strict=True):
        yield from _of_root(situation, os.fsencode(root), found)
        if found and found.identity not in (None, before.get(found.place, found.identity)):
            yield disks.replaced(found.place)


def _of_root(situation: Situation, root: FilePath, found: Tree | None) -> Iterator[Result]:
    if found is None:
        yield disks.silent(root)
        return
    mount = mounts.around(found.place)
    if found.is_stuck:
        yield disks.stuck(found.place)
    elif found.error is None:
        yield disks.there(situation, found, mount)
        yield from permissions.of_content(found, situation.user)
    elif found.error.errno in GONE:
        yield disks.gone(root, found.place)
    elif found.error.errno in access.FORBIDDEN:
        yield permissions.of_root(found.place, mount, situation.user)
    else:
        yield disks.broken(found.place, found.error, mount)
