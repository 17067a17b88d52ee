"""What the disk says now of files that were compared some time ago."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import StrEnum

from imgsimd.trash_script import File


class Condition(StrEnum):
    """Whether a file is still what was compared."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    GONE = "gone"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class FileNow:
    """A file as it is now."""

    condition: Condition
    device: int = 0
    inode: int = 0
    """With the device, the same for all hard links to one file."""
    links: int = 1
    """How many hard links there are."""

    @property
    def is_unchanged(self) -> bool:
        """Whether it is still what was compared."""
        return self.condition is Condition.UNCHANGED

    @property
    def identity(self) -> tuple[int, int]:
        """What all hard links to it have in common, and no other file has now."""
        return self.device, self.inode


def look(file: File) -> FileNow:
    """How the file is now. A link in its place is another file."""
    try:
        status = os.lstat(file.path)
    except (FileNotFoundError, NotADirectoryError):
        return FileNow(Condition.GONE)
    except OSError:
        return FileNow(Condition.UNREADABLE)
    is_same = (status.st_size, status.st_mtime_ns) == (file.bytes, file.mtime_ns)
    is_unchanged = is_same and stat.S_ISREG(status.st_mode)
    condition = Condition.UNCHANGED if is_unchanged else Condition.CHANGED
    return FileNow(condition, status.st_dev, status.st_ino, status.st_nlink)
