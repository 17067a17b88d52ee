"""Remembers in which folders the catalog agrees with the disk, so that they are not compared again.

A digest of a folder's listing covers all that `lstat` says of what is in it. Digests are kept in
memory only: after a start, everything is compared once.
"""

from __future__ import annotations

import os
from collections.abc import Collection

from imgsimd.paths import folder_of
from imgsimd.types import FilePath
from imgsimd.watching.sorted_paths import SortedPaths


def fingerprint(name: bytes, status: os.stat_result) -> int:
    """A file's part of its folder's digest, which is the XOR of all parts.

    64 bits with a new key in each process (PEP 456), so nobody can make two folders look alike.
    """
    return hash((name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino))


class FolderDigests:
    """The digest that each folder had when it was compared with the catalog.

    Folders have a closing slash. A scan proposes the digest of each folder that it lists, and
    confirms them when the catalog is up to date. Whoever changes the catalog otherwise, or finds
    that a file must be looked at again, calls `doubt`.
    """

    def __init__(self) -> None:
        self._confirmed: dict[FilePath, int] = {}
        self._proposed: dict[FilePath, int] = {}
        self._known = SortedPaths()

    def __contains__(self, folder: FilePath) -> bool:
        return folder in self._confirmed

    def holds(self, folder: FilePath, digest: int) -> bool:
        """Whether the folder had this digest when it was compared."""
        return self._confirmed.get(folder) == digest

    def propose(self, folder: FilePath, digest: int) -> None:
        """Notes that the folder has this digest now, and is about to be compared."""
        self._confirmed.pop(folder, None)
        self._proposed[folder] = digest
        self._known.add(folder)

    def confirm(self, top: FilePath, unchanged: Collection[FilePath]) -> None:
        """Notes that all folders that were proposed at and below this one have been compared. Those
        that are neither proposed nor `unchanged` no longer exist."""
        for folder in self._known.below(top):
            if folder in self._proposed:
                self._confirmed[folder] = self._proposed.pop(folder)
            elif folder not in unchanged:
                self._confirmed.pop(folder, None)
                self._known.discard(folder)

    def doubt(self, path: FilePath) -> None:
        """Has the folder of this file compared again."""
        folder = folder_of(path)
        self._confirmed.pop(folder, None)
        self._proposed.pop(folder, None)
