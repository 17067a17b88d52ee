"""How much of a root is watched, in words for the user."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from imgsimd.problems import Finding

_ENOUGH_WATCHES = 2**20
"""The limit that the user is told to set: a million watches take about a gigabyte when used."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The folders of a root that are watched, and those that are not."""

    watched: int = 0
    refused: Mapping[int, int] = field(default_factory=dict)
    """For how many folders the kernel refused a watch, by errno."""

    @property
    def must_be_polled(self) -> bool:
        """Whether only a scan can find some changes."""
        return any(reason != errno.EACCES for reason in self.refused)

    @property
    def reasons(self) -> list[Finding]:
        """What is not watched, why, and what to do; empty if everything is watched."""
        return list(self._findings())

    def _findings(self) -> Iterator[Finding]:
        total = self.watched + sum(self.refused.values())
        for reason, count in self.refused.items():
            if reason == errno.EMFILE:
                yield Finding(
                    "the kernel grants no watcher, so changes are found only by regular scans",
                    _raised("max_user_instances", 1024),
                )
            elif reason == errno.ENOSPC:
                yield Finding(
                    f"{count} of {total} folders are not watched, since the kernel allows no more; "
                    "changes in them are found only by regular scans",
                    _raised("max_user_watches", _ENOUGH_WATCHES),
                )
            elif reason == errno.EACCES:
                yield Finding(
                    f"{count} of {total} folders cannot be read, so their photos are not found",
                    "Let the daemon's user read them, or name them in `ignore`. To list them: "
                    "imgsimctl failed",
                )
            else:
                yield Finding(
                    f"{count} of {total} folders cannot be watched ({os.strerror(reason)})"
                )


def limit_of(name: str) -> int | None:
    """The kernel's limit of this name, such as `max_user_watches`; None if it tells none."""
    try:
        with open(f"/proc/sys/fs/inotify/{name}") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def _raised(limit: str, enough: int) -> str:
    """The command that raises the limit, even if it is high already."""
    enough = max(enough, 2 * (limit_of(limit) or 0))
    return f"To raise the limit: sudo sysctl fs.inotify.{limit}={enough}"
