"""Whether a watched folder is there, and is the same folder as before.

An unmounted disk leaves an empty folder in its place: without an identity, that would look like
"all photos were deleted".
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from imgsimd.paths import is_below, moved, quoted
from imgsimd.problems import Finding
from imgsimd.types import FilePath, Known, RootState, storable
from imgsimd.watching import mounts
from imgsimd.watching.mounts import Mount
from imgsimd.watching.scan import look_through
from imgsimd.watching.selection import Selection


class Identity(NamedTuple):
    """Identifies a folder across renames, reboots and unplugging.

    The file system's own id (statvfs f_fsid: from its UUID on ext4, xfs and btrfs) and the inode of
    the folder; not st_dev, which depends on the order in which disks are found.
    """

    filesystem: int
    inode: int


@dataclass(frozen=True, slots=True)
class Root:
    """A watched folder, as it was found."""

    path: FilePath
    state: RootState
    reasons: tuple[Finding, ...] = ()
    """Why it is not online."""
    identity: Identity | None = None
    mounts: tuple[Mount, ...] = ()
    """The file system it lies on, and those below it."""
    away: tuple[FilePath, ...] = ()
    """Folders below it in which a disk was mounted that is absent now."""
    is_gone: bool = False
    """Whether it is certainly not at its path: nothing is there, or something else."""

    @property
    def reason(self) -> str:
        """Why it is not online, and what to do, in words for the user."""
        return "; ".join(map(str, self.reasons))

    @property
    def inner_mounts(self) -> tuple[Mount, ...]:
        """The file systems below it."""
        return tuple(m for m in self.mounts if is_below(m.place, self.path))

    @property
    def mount(self) -> Mount | None:
        """The file system that it lies on."""
        return next((m for m in self.mounts if m not in self.inner_mounts), None)

    def is_folder(self, identity: Identity | None) -> bool:
        """Whether it is certainly the folder that has this identity."""
        has_id = self.mount is not None and self.mount.has_id
        return has_id and identity is not None and self.identity == identity

    def within(self, selection: Selection) -> Root:
        """The root without the file systems that are mounted in folders that are left out."""
        ignored = {m for m in self.inner_mounts if not selection.looks_into(self.path, m.place)}
        return replace(self, mounts=tuple(m for m in self.mounts if m not in ignored))

    @property
    def is_remote(self) -> bool:
        """Whether it, or a part of it, can change without our kernel noticing."""
        return any(mount.is_remote for mount in self.mounts)

    def keeps_inodes(self, path: FilePath) -> bool:
        """Whether the file system on which a path below it lies keeps the inodes of files."""
        around = [m for m in self.mounts if is_below(path, m.place)]
        around.sort(key=lambda mount: len(mount.place))
        return around[-1].keeps_inodes if around else True

    def is_as(self, before: Root | None) -> bool:
        """Whether folder and mounts are the same as before, so that the watches are valid."""
        return before is not None and self.found == before.found

    @property
    def found(self) -> tuple[object, ...]:
        """What differs if the folder or a mount was replaced."""
        return self.state, self.identity, self.mounts, self.away


def probe(path: FilePath) -> Root:
    """Looks at the folder. May block as long as its disk does."""
    try:
        if os.path.realpath(path) != path:
            return _gone(Root(path, RootState.ONLINE), "the folder is not there, but a link")
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            identity = Identity(os.fstatvfs(folder).f_fsid, storable(os.fstat(folder).st_ino))
            found = mounts.under(path, folder)
        finally:
            os.close(folder)
    except (FileNotFoundError, NotADirectoryError):
        return _gone(Root(path, RootState.ONLINE), "the folder is not there")
    except OSError as error:
        return Root(path, RootState.OFFLINE, (_unlistable(error),))
    return Root(path, RootState.ONLINE, identity=identity, mounts=found)


def recognise(
    root: Root, sample: Sequence[Known], others: Iterable[tuple[FilePath, Sequence[Known]]] = ()
) -> Root:
    """Decides whether a folder whose identity has changed is still the one that was watched.

    1. It is, if no image is known that could be lost.
    2. It is not, if none of the known images of `sample` lies in it unchanged.
    3. It is not, if it contains at least as large a share of the images of one of the `others`,
       which had this identity before.
    4. Otherwise it is: a restored backup, or a file system without stable ids.

    Returns it offline if it is not.
    """
    share = _share(sample, root.path, root.path)
    if not sample or share > max([0, *(_share(known, old, root.path) for old, known in others)]):
        return root
    meant = f"If the folder that is there now is meant: imgsimctl watch {quoted(root.path)}. "
    return _gone(root, "another folder is in its place (a disk that is not mounted?)", meant)


def unchanged(sample: Iterable[Known], old: FilePath, new: FilePath) -> list[Known]:
    """The images below `old` whose photos lie at the same place below `new`, with the same size and
    mtime, which copies and restored backups keep."""
    looks = ((image, look_through(moved(image.path, old, new))) for image in sample)
    return [image for image, state in looks if state and state.copied_from(image.state)]


def _share(sample: Sequence[Known], old: FilePath, new: FilePath) -> float:
    return len(unchanged(sample, old, new)) / len(sample) if sample else 0


def disk_is_there(path: FilePath, filesystem: int) -> bool:
    """Whether the file system on which the folder lay is still mounted there. If so, a folder that
    is absent was moved or deleted, and does not lie on an absent disk."""
    while path != b"/":
        try:
            return filesystem == os.statvfs(path).f_fsid != 0  # FUSE gives 0 for all
        except (FileNotFoundError, NotADirectoryError):
            path = os.path.dirname(path)
        except OSError:
            return False
    return False


def _gone(root: Root, what: str, meant: str = "") -> Root:
    disk = "If it lies on a disk, connect that. "
    old = quoted(root.path)
    moved_away = f"If it has moved: imgsimctl relocate {old} NEW_FOLDER. "
    forever = f"If it is gone for good: imgsimctl unwatch {old}"
    reason = Finding(f"{what}; its photos are kept", f"{disk}{meant}{moved_away}{forever}")
    return replace(root, state=RootState.OFFLINE, reasons=(reason,), is_gone=True)


def _unlistable(error: OSError) -> Finding:
    remedy = ""
    if error.errno == errno.EACCES:
        remedy = "Let the daemon's user read the folder. To see how, run: imgsimctl doctor"
    return Finding(f"the folder cannot be listed ({error.strerror}); its photos are kept", remedy)
