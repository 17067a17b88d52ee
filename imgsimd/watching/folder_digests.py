"""Folders in which the catalog says what the disk says, so that nothing in them need be compared.

A digest of a folder's listing stands for all that `lstat` says of what is in it. It is kept in
memory only: at the start, everything is compared once.
"""

from __future__ import annotations

import os
from collections.abc import Collection

from imgsimd.paths import folder_of
from imgsimd.types import FilePath
from imgsimd.watching.sorted_paths import SortedPaths


def fingerprint(name: bytes, status: os.stat_result) -> int:
    """A file as part of its folder's digest: the sum (by XOR) over all that is in the folder.

    64 bits, keyed anew in each process (PEP 456), so nobody can make two folders look alike.
    """
    return hash((name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino))


class FolderDigests:
    """The digests under which folders (with a closing slash) were compared with the catalog.

    A scan proposes what it lists, and confirms it when the catalog has followed. Whoever changes
    the catalog otherwise, or finds that a file must be looked at again, doubts.
    """

    def __init__(self) -> None:
        self._confirmed: dict[FilePath, int] = {}
        self._proposed: dict[FilePath, int] = {}
        self._known = SortedPaths()

    def __contains__(self, folder: FilePath) -> bool:
        return folder in self._confirmed

    def holds(self, folder: FilePath, digest: int) -> bool:
        """Whether the folder was compared when it looked like this."""
        return self._confirmed.get(folder) == digest

    def propose(self, folder: FilePath, digest: int) -> None:
        """The folder looks like this, and is going to be compared."""
        self._confirmed.pop(folder, None)
        self._proposed[folder] = digest
        self._known.add(folder)

    def confirm(self, top: FilePath, unchanged: Collection[FilePath]) -> None:
        """All that was proposed at and below this folder has been compared; what is neither that
        nor `unchanged` is no longer there."""
        for folder in self._known.below(top):
            if folder in self._proposed:
                self._confirmed[folder] = self._proposed.pop(folder)
            elif folder not in unchanged:
                self._confirmed.pop(folder, None)
                self._known.discard(folder)

    def doubt(self, path: FilePath) -> None:
        """The folder that this file lies in must be compared again."""
        folder = folder_of(path)
        self._confirmed.pop(folder, None)
        self._proposed.pop(folder, None)
