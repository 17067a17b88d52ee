"""Whether the kernel tells imgsimd of changes: that takes an inotify instance, and a watch for each
folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from imgsimd.doctor import tree
from imgsimd.doctor.result import Result, failed, passed, warned
from imgsimd.doctor.situation import Situation
from imgsimd.words import counted

INSTANCES, WATCHES = "inotify_instances", "inotify_watches"
ENOUGH_INSTANCES, ENOUGH_WATCHES = 1024, 2**20
"""What the remedy sets. A million watches take about a gigabyte when used."""
SCARCE = 0.9
"""The share of the watches from which on it is told that few are left."""
_OF_ALL, _OF_NAMESPACE = Path("/proc/sys/fs/inotify"), Path("/proc/sys/user")
"""The limits that are set for each user, and those of a container; the lower one counts."""


@dataclass(frozen=True, slots=True)
class _Limit:
    name: str
    """As sysctl knows it."""
    value: int


def check(situation: Situation) -> Iterator[Result]:
    """One result for the instances, one for the watches."""
    instances, watches = _used(situation.user)
    has_watcher = bool(instances.get(situation.daemon.pid or 0))
    yield _of_instances(sum(instances.values()), has_watcher)
    ours = watches.get(situation.daemon.pid or 0, 0)
    yield _of_watches(situation, sum(watches.values()) - ours, ours)


def _of_instances(used: int, has_watcher: bool) -> Result:
    limit = _limit("instances")
    if limit is None:
        return failed(
            INSTANCES, "This kernel has no inotify.", "grep INOTIFY /boot/config-$(uname -r)"
        )
    if used >= limit.value and not has_watcher:
        return failed(
            INSTANCES,
            f"The kernel lets each user watch folders {limit.value:,} times at once, and other "
            "programs do so: imgsimd finds changes only by regular scans.",
            _raised(limit, ENOUGH_INSTANCES),
        )
    return passed(INSTANCES, f"{used:,} of {limit.value:,} inotify instances are in use.")


def _of_watches(situation: Situation, others: int, ours: int) -> Result:
    limit = _limit("watches")
    if limit is None:
        return failed(
            WATCHES, "This kernel has no inotify.", "grep INOTIFY /boot/config-$(uname -r)"
        )
    folders, is_complete = _folders(situation)
    needed = max(ours, folders)
    about = f"{counted(needed, 'folder')}" + ("" if is_complete else " or more")
    if needed + others > limit.value:
        return failed(
            WATCHES,
            f"The kernel lets {limit.value:,} folders be watched, other programs use {others:,}, "
            f"and imgsimd needs {about}: changes in the rest are found only by regular scans.",
            _raised(limit, ENOUGH_WATCHES),
        )
    if needed + others > SCARCE * limit.value:
        return warned(
            WATCHES,
            f"Of {limit.value:,} folders that the kernel lets be watched, other programs use "
            f"{others:,}, and imgsimd needs {about}: few are left.",
            _raised(limit, ENOUGH_WATCHES),
        )
    return passed(
        WATCHES,
        f"imgsimd needs {about}, and other programs use {others:,}, of {limit.value:,} that may be "
        "watched.",
    )


def _folders(situation: Situation) -> tuple[int, bool]:
    """How many folders are to be watched, and whether all were counted."""
    trees = [each for each in tree.look(situation) if each]
    return sum(each.folders for each in trees), all(each.is_complete for each in trees)


def _limit(what: str) -> _Limit | None:
    found = []
    for folder, name in ((_OF_ALL, f"max_user_{what}"), (_OF_NAMESPACE, f"max_inotify_{what}")):
        with suppress(OSError, ValueError):
            place = ".".join((*folder.parts[3:], name))
            found.append(_Limit(place, int((folder / name).read_text())))
    return min(found, key=lambda limit: limit.value, default=None)


def _raised(limit: _Limit, enough: int) -> str:
    """Raises the limit, now and after the next start of the machine."""
    setting = f"{limit.name}={max(enough, 2 * limit.value)}"
    return f"echo {setting} | sudo tee -a /etc/sysctl.d/90-imgsimd.conf && sudo sysctl {setting}"


def _used(user: int) -> tuple[dict[int, int], dict[int, int]]:
    """How many instances and watches each process of the user has, as far as we may see it."""
    instances, watches = dict[int, int](), dict[int, int]()
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with suppress(OSError):
            if os.stat(f"/proc/{name}").st_uid == user:
                found = list(_watches_of(int(name)))
                instances[int(name)], watches[int(name)] = len(found), sum(found)
    return instances, watches


def _watches_of(pid: int) -> Iterator[int]:
    """How many watches each inotify instance of the process has (proc_pid_fdinfo(5))."""
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        with suppress(OSError):
            if os.readlink(f"/proc/{pid}/fd/{descriptor}") == "anon_inode:inotify":
                about = Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text()
                yield sum(line.startswith("inotify ") for line in about.splitlines())
