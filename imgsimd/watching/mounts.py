"""Finds the file systems at and below a folder in the kernel's table of mounts."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from imgsimd.paths import is_below, is_within
from imgsimd.types import FilePath

_REMOTE = frozenset([
    "9p", "afs", "ceph", "cifs", "coda", "fuse", "gfs2", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "ocfs2", "orangefs", "prl_fs", "pvfs2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
])  # fmt: skip
"""Kinds that can change without our kernel noticing: by other machines, a hypervisor, a program
(`fuse`, `fuse.sshfs`; but `fuseblk` is a local disk)."""

_WITHOUT_INODES = _REMOTE | {"exfat", "iso9660", "msdos", "overlay", "udf", "vfat"}
"""Kinds whose inodes may be different after the next mount: a driver or server makes them up."""

_WITHOUT_LEASES = frozenset(["cifs", "nfs", "nfs4", "smb3", "smbfs"])
"""Kinds that grant a lease only if the server has granted one to this machine before."""

_BY_DEVICE = frozenset(
    ["cifs", "exfat", "fuse", "fuseblk", "hfs", "hfsplus", "iso9660", "msdos", "ntfs", "ntfs3",
     "smb3", "smbfs", "udf", "vfat"]
)  # fmt: skip
"""Kinds whose id (statvfs f_fsid) is the number of the device, or 0: folders on two cards that are
put into the same reader have the same identities."""


class Mount(NamedTuple):
    """A file system, and where it is mounted."""

    number: int
    """The kernel's number: another mount on the same folder has another number."""
    place: FilePath
    kind: str

    @property
    def is_remote(self) -> bool:
        """Whether inotify reports only what this machine changes."""
        return self.kind.split(".")[0] in _REMOTE

    @property
    def grants_leases(self) -> bool:
        """Whether a read lease (fcntl(2)) is refused only if the file is open for writing."""
        return self.kind not in _WITHOUT_LEASES

    @property
    def has_id(self) -> bool:
        """Whether its id is its own, and never that of another file system."""
        return self.kind.split(".")[0] not in _BY_DEVICE

    @property
    def keeps_inodes(self) -> bool:
        """Whether a file keeps its inode and change time when it is mounted again."""
        return self.kind.split(".")[0] not in _WITHOUT_INODES


def under(folder: FilePath, descriptor: int) -> tuple[Mount, ...]:
    """The mount on which the open folder lies, and those below it; none if /proc cannot be read."""
    try:
        mounts, own = _table(), _number(descriptor)
    except OSError:
        return ()
    return tuple(m for m in mounts if m.number == own or is_below(m.place, folder))


def of(descriptor: int) -> Mount | None:
    """The mount on which the open file lies; None if /proc cannot be read."""
    try:
        own = _number(descriptor)
        return next((mount for mount in _table() if mount.number == own), None)
    except OSError:
        return None


def around(path: FilePath) -> Mount | None:
    """The mount on which an absolute path without links lies, by the table alone: its disk is not
    asked, and may be dead. None if /proc cannot be read."""
    try:
        around = [mount for mount in _table() if is_within(path, mount.place)]
    except OSError:
        return None
    # Of several on one folder, the last is on top.
    return max(reversed(around), key=lambda mount: len(mount.place), default=None)


def below(folder: FilePath) -> list[Mount]:
    """The mounts below a folder, whose disks are not asked. Empty if /proc cannot be read."""
    try:
        return [mount for mount in _table() if is_below(mount.place, folder)]
    except OSError:
        return []


def _table() -> list[Mount]:
    with open("/proc/self/mountinfo", "rb") as table:
        return list(map(_mount, table))


def _number(descriptor: int) -> int:
    """Of the mount on which the open file lies."""
    with open(f"/proc/self/fdinfo/{descriptor}") as about:
        return next(int(line.split()[1]) for line in about if line.startswith("mnt_id:"))


def _mount(line: bytes) -> Mount:
    """See proc_pid_mountinfo(5); spaces in a path are written as octal numbers."""
    fields, _, about = line.partition(b" - ")
    number, _, _, _, place, *_ = fields.split()
    path = re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), place)
    return Mount(int(number), path, os.fsdecode(about.split()[0]))
