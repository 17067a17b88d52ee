"""Symbolic links that bear a photo's name: where they lead, and whether they are followed."""

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
"""Images of one inode that are looked at: more are hard links, of which any will do."""
_BROKEN = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
_HANDLE = os.O_PATH | os.O_CLOEXEC
"""For a look at a file without opening it: a device, or a pipe, notices nothing."""


class End(Enum):
    """Where a link leads that gives no photo."""

    UNFOLLOWED = "unfollowed"
    """Nobody knows where: the user has not asked to follow links."""
    BROKEN = "broken"
    """To nothing that is there now."""
    FOLDER = "folder"
    """To a folder outside of all roots."""
    UNWANTED = "unwanted"
    """To what the user's patterns leave out."""
    ELSEWHERE = "elsewhere"
    """To what is watched itself, or is no file."""


Lead: TypeAlias = FileState | End
Judge: TypeAlias = Callable[[FilePath, FilePath], bool]
"""Says something, by names alone, of a path below a root."""


class Links:
    """The setting `follow_links`. Links to folders are never followed."""

    def __init__(
        self, is_wanted: bool, roots: Sequence[FilePath], is_taken: Judge, is_unwanted: Judge
    ) -> None:
        """`is_taken` says whether a file below a root is a photo itself, `is_unwanted` whether the
        user's patterns leave it out."""
        self.are_followed = is_wanted
        self.roots = roots
        """A file below one of these is none of the links' business."""
        self._is_taken = is_taken
        self._is_unwanted = is_unwanted

    def lead(self, link: FilePath) -> Lead:
        """Where the link leads; a photo is in the state of the file itself. Raises OSError where
        the disk does not tell.

        Blocks as long as the disk does that it leads to: so nothing is asked of that unless the
        user wants it.
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
        """The state of the photo that the link leads to, if it leads to one."""
        try:
            lead = self.lead(link)
        except OSError:
            return None
        return lead if isinstance(lead, FileState) else None

    def _obstacle(self, target: FilePath) -> End | None:
        """A file below a root is indexed there, or left out; but one that only the built-in
        patterns leave out may be what a link was made for, as in `.git/annex`."""
        root = self._root_of(target)
        if self._is_unwanted(root or b"", target):
            return End.UNWANTED
        return End.ELSEWHERE if root and self._is_taken(root, target) else None

    def _root_of(self, path: FilePath) -> FilePath | None:
        return covering(path, self.roots)


NOT_FOLLOWED = Links(False, (), lambda root, path: False, lambda root, path: False)


def _end(link: FilePath) -> tuple[os.stat_result, FilePath]:
    """What is at the end of the link, and its path without links, as the kernel finds them."""
    handle = os.open(link, _HANDLE)
    try:
        return os.fstat(handle), os.readlink(b"/proc/self/fd/%d" % handle)
    finally:
        os.close(handle)


def spares(new: Mapping[FilePath, FileState], owners: Iterable[Known]) -> dict[FilePath, FilePath]:
    """Of the new paths, links to a file that has an image already, one of the `owners` or at an
    earlier path; and that path. Looks at the disk where two have the same inode."""
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
