"""Symbolic links with a photo's extension: where they lead, and whether they are followed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import TypeAlias

from imgsimd.paths import covering
from imgsimd.types import FilePath, FileState, Known

MOST_OF_AN_INODE = 100
"""Images of one inode that are examined. If there are more, they are hard links, and any of them
will do."""
_BROKEN = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
_HANDLE = os.O_PATH | os.O_CLOEXEC
"""To look at a file without opening it, which would have an effect on a device or a pipe."""


class End(Enum):
    """Why a link leads to no photo."""

    UNFOLLOWED = "unfollowed"
    """The user has not asked to follow links, so it is not known where it leads."""
    BROKEN = "broken"
    """It leads to nothing at present."""
    FOLDER = "folder"
    """It leads to a folder outside of all roots."""
    UNWANTED = "unwanted"
    """It leads to a file that the user's patterns leave out."""
    ELSEWHERE = "elsewhere"
    """It leads to something that is watched itself, or is no file."""


Lead: TypeAlias = FileState | End
Judge: TypeAlias = Callable[[FilePath, FilePath], bool]
"""Decides about a path below a root, by names alone: `judge(root, path)`."""


class Links:
    """The setting `follow_links`. Links to folders are never followed."""

    def __init__(
        self, is_wanted: bool, roots: Sequence[FilePath], is_taken: Judge, is_unwanted: Judge
    ) -> None:
        """`is_taken` says whether a file below a root is a photo itself, `is_unwanted` whether the
        user's patterns leave it out."""
        self.are_followed = is_wanted
        self.roots = roots
        """A link to a file below one of these is not followed."""
        self._is_taken = is_taken
        self._is_unwanted = is_unwanted

    def lead(self, link: FilePath) -> Lead:
        """Where the link leads: the state of the photo itself, or an End. Raises OSError if that
        cannot be found out.

        Blocks as long as the disk does to which it leads; that is not touched unless the user wants
        links to be followed.
        """
        if not self.are_followed:
            return End.UNFOLLOWED
        try:
            status, target = _end(link)
        except OSError as error:
            if error.errno in _BROKEN:
                return End.BROKEN
            raise
        if stat.S_ISDIR(status.st_mode):
            return End.ELSEWHERE if self._root_of(target) else End.FOLDER
        if not stat.S_ISREG(status.st_mode):
            return End.ELSEWHERE
        return self._obstacle(target) or FileState.of(status)

    def state(self, link: FilePath) -> FileState | None:
        """The state of the photo that the link leads to; None if it leads to none."""
        try:
            lead = self.lead(link)
        except OSError:
            return None
        return lead if isinstance(lead, FileState) else None

    def _obstacle(self, target: FilePath) -> End | None:
        """Why a link to this file is not followed. A file below a root is indexed there, or left
        out. But a file that only the built-in patterns leave out may be what the link is for, as in
        `.git/annex`."""
        root = self._root_of(target)
        if self._is_unwanted(root or b"", target):
            return End.UNWANTED
        return End.ELSEWHERE if root and self._is_taken(root, target) else None

    def _root_of(self, path: FilePath) -> FilePath | None:
        return covering(path, self.roots)


NOT_FOLLOWED = Links(False, (), lambda root, path: False, lambda root, path: False)


def _end(link: FilePath) -> tuple[os.stat_result, FilePath]:
    """What the link leads to, and its path without links, as the kernel resolves it."""
    handle = os.open(link, _HANDLE)
    try:
        return os.fstat(handle), os.readlink(b"/proc/self/fd/%d" % handle)
    finally:
        os.close(handle)


def spares(new: Mapping[FilePath, FileState], owners: Iterable[Known]) -> dict[FilePath, FilePath]:
    """The links among the new paths whose file has an image already, and the path of that image.

    That image is one of the `owners`, or one of the new paths. Looks at the disk where two have the
    same inode.
    """
    by_inode: dict[int, list[FilePath]] = {}
    for image in owners:
        by_inode.setdefault(image.state.inode, []).append(image.path)
    found: dict[FilePath, FilePath] = {}
    for path in sorted(new):
        others = by_inode.setdefault(new[path].inode, [])
        owner = next((o for o in others if o != path and _is_link_to_same(path, o)), None)
        if owner is None:
            others.append(path)
        else:
            found[path] = owner
    return found


def _is_link_to_same(link: FilePath, other: FilePath) -> bool:
    try:
        return os.path.islink(link) and os.path.samefile(link, other)
    except OSError:
        return False
