"""What is said of whether the daemon's user may read a watched folder, and what is in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from imgsimd import access
from imgsimd.doctor import daemon_user, remedy
from imgsimd.doctor.result import Result, failed, passed, warned
from imgsimd.doctor.tree import Tree
from imgsimd.paths import quoted, text
from imgsimd.types import FilePath
from imgsimd.watching.mounts import Mount
from imgsimd.words import counted, printable

NAME = "permissions"


def of_root(place: FilePath, mount: Mount | None, user: int) -> Result:
    """The folder itself may not be listed."""
    who, barrier = access.name_of(user), _barrier(place, user)
    if barrier is None and mount and mount.is_remote:
        return failed(
            NAME,
            f"{who} may not look at {_shown(place)}, which another user has mounted "
            f"({mount.kind}). Mount it with the option allow_other, or as {who}. It is this one:",
            f"mount | grep -F {quoted(mount.place)}",
        )
    path, rights = barrier or (place, "rX")
    return failed(
        NAME,
        f"{who} may not list {_shown(place)}, so its photos are not found.",
        remedy.allowing(path, rights, user),
    )


def of_content(found: Tree, user: int) -> Iterator[Result]:
    """The folder may be listed; what about the rest?"""
    place, who = _shown(found.place), access.name_of(user)
    for paths, what in ((found.unlistable, "folder"), (found.unreadable, "photo")):
        if paths:
            yield warned(
                NAME,
                f"{who} may not read {counted(len(paths), what)} in {place}, such as "
                f"{_shown(paths[0])}.",
                remedy.allowing(paths[0] if len(paths) == 1 else found.place, "rX", user, True),
            )
    if not (found.unlistable or found.unreadable):
        at_least = "" if found.is_complete else "at least "
        yield passed(
            NAME,
            f"{who} may read {place}: {at_least}{counted(found.folders, 'folder')}, "
            f"{counted(found.photos, 'photo')}.",
        )


def _barrier(place: FilePath, user: int) -> tuple[FilePath, str] | None:
    """See `access.barrier`, for the daemon's user."""
    daemon_user.become(user)
    found = access.barrier(text(place))
    return None if found is None else (os.fsencode(found[0]), found[1])


def _shown(path: FilePath) -> str:
    return printable(text(path))
