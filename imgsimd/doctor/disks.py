"""What is said of the disk on which a watched folder is."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress

from imgsimd.client import Root
from imgsimd.doctor import remedy, settings, tree
from imgsimd.doctor.result import Result, failed, passed, warned
from imgsimd.doctor.situation import Situation
from imgsimd.doctor.tree import Tree
from imgsimd.paths import is_within, quoted, text
from imgsimd.types import FilePath
from imgsimd.watching import mounts
from imgsimd.watching.mounts import Mount
from imgsimd.words import printable, reason

NAME = "disk"
BROKEN = (errno.ENOTCONN, errno.ESTALE, errno.EIO, errno.EHOSTDOWN, errno.ETIMEDOUT, errno.ENODEV)
"""What a mount says whose server or program has ended."""
IN_MEMORY = ("tmpfs", "ramfs")
FSTAB = "/etc/fstab"


def silent(root: FilePath) -> Result:
    """It does not answer."""
    mount = mounts.around(root)
    kind = f" ({mount.kind})" if mount else ""
    return failed(
        NAME,
        f"The disk of {_shown(root)}{kind} has not answered within {tree.ANSWER_SECONDS:g} "
        "seconds. Its photos are kept. Look after its server or cable; to give the mount up:",
        f"sudo umount -l {quoted(mount.place if mount else root)}",
    )


def stuck(place: FilePath) -> Result:
    """It answers, but a disk that is mounted below it does not."""
    inner = [mount for mount in mounts.below(place) if mount.is_remote] or mounts.below(place)
    named = " or ".join(f"{_shown(mount.place)} ({mount.kind})" for mount in inner)
    return failed(
        NAME,
        f"A disk below {_shown(place)} has not answered within {tree.ANSWER_SECONDS:g} seconds: "
        f"{named or 'its own'}. Look after its server or cable; to give the mount up:",
        f"sudo umount -l {quoted(inner[0].place if inner else place)}",
    )


def replaced(place: FilePath) -> Result:
    """Another folder is there than when the daemon last looked, and no daemon runs that could tell
    whether it has the same photos."""
    mountable = next((each for each in _in_fstab() if _is_unmounted(each, place)), None)
    return warned(
        NAME,
        f"Another folder is at {_shown(place)} than when imgsimd last looked. Is a disk not "
        "mounted? If so, mount it first; if the folder is meant that is there now:",
        f"sudo mount {quoted(mountable)}" if mountable else f"imgsimctl watch {quoted(place)}",
    )


def of_another(root: Root) -> Result:
    """The daemon is another user's, who may see and read what we may not."""
    place = printable(root.path)
    if root.state in ("online", "polled"):
        return passed(NAME, f"The daemon, which is another user's, finds {place} {root.state}.")
    return failed(
        NAME,
        f"The daemon, which is another user's, finds {place} {root.state}: {root.reason}",
        remedy.in_words(root.reason, "imgsimctl roots"),
    )


def gone(root: FilePath, place: FilePath) -> Result:
    """Nothing is there, or no folder. The root may be a link to the place."""
    mountable = next((each for each in _in_fstab() if _is_unmounted(each, place)), None)
    if mountable:
        return failed(
            NAME,
            f"{_shown(place)} is not there: its disk is not mounted. Its photos are kept.",
            f"sudo mount {quoted(mountable)}",
        )
    return failed(
        NAME,
        f"{_shown(place)} is not there. Its photos are kept. If it is on a disk, connect that; if "
        "it has moved, run `imgsimctl watch` with its new path. If it is not wanted any more:",
        f"imgsimctl unwatch {quoted(root)}",
    )


def broken(place: FilePath, error: OSError, mount: Mount | None) -> Result:
    """The disk fails."""
    what = f"{_shown(place)} cannot be listed: {reason(error)}. Its photos are kept."
    if mount is None or error.errno not in BROKEN:
        return failed(NAME, f"{what} The kernel may say more:", "sudo dmesg | tail -n 20")
    where = quoted(mount.place)
    if mount.kind.startswith("fuse"):
        return failed(
            NAME,
            f"{what} The program that provides it ({mount.kind}) has ended. To remove the mount, "
            "before you mount it again:",
            f"fusermount3 -uz {where} || fusermount -uz {where}",
        )
    return failed(NAME, what, f"sudo umount -l {where} && sudo mount {where}")


def there(situation: Situation, found: Tree, mount: Mount | None) -> Result:
    """It answers."""
    place, seen = _shown(found.place), _seen_by_daemon(situation, found.place)
    if seen and seen.state == "offline":
        return failed(
            NAME,
            f"The daemon says of {place}: {seen.reason}",
            remedy.AGAIN
            if "watch" not in seen.reason
            else f"imgsimctl watch {quoted(found.place)}",
        )
    if mount and mount.kind == "autofs":
        return failed(
            NAME,
            f"{place} is mounted when it is needed (autofs), but was not now. Its server may be "
            "off. To try again:",
            f"ls {quoted(found.place)}",
        )
    meaning = (
        f"is {_meaning(situation, mount)}{_inner(found.place, mount)}" if mount else "is there"
    )
    return passed(NAME, f"{place} {meaning}.")


def _seen_by_daemon(situation: Situation, place: FilePath) -> Root | None:
    status = situation.daemon.status
    roots = status.roots if status else ()
    return next((root for root in roots if root.path == text(place)), None)


def _meaning(situation: Situation, mount: Mount) -> str:
    """What the kind of file system means for photos on it, after "is"."""
    seconds = settings.of(situation).watching.poll_seconds
    if mount.is_remote:
        kind = "FUSE" if mount.kind.startswith("fuse") else "a network disk"
        return (
            f"on {kind} ({mount.kind}): what other machines or programs change there is found by a "
            f"look every {seconds:g} seconds"
        )
    if mount.kind in IN_MEMORY:
        return f"in memory ({mount.kind}), and gone after a restart of the machine"
    if not mount.keeps_inodes:
        return (
            f"on {mount.kind}, where files get new numbers at each mount: a photo that has moved "
            "is recognised by its content"
        )
    return f"on a local disk ({mount.kind}): changes are noticed at once"


def _inner(place: FilePath, mount: Mount) -> str:
    """What else is mounted below."""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        others = [each for each in mounts.under(place, descriptor) if each.place != mount.place]
    finally:
        os.close(descriptor)
    inner = [f"{_shown(each.place)} ({each.kind})" for each in others]
    return f"; below it are mounted {', '.join(inner[:3])}" if inner else ""


def _is_unmounted(mountable: FilePath, place: FilePath) -> bool:
    """Whether the place lies where a disk could be mounted, and none is."""
    mount = mounts.around(mountable)
    return is_within(place, mountable) and not (mount and mount.place == mountable)


def _in_fstab() -> Iterator[FilePath]:
    """Where disks may be mounted (fstab(5)), the innermost first."""
    places: list[FilePath] = []
    with suppress(OSError), open(FSTAB, "rb") as lines:
        for line in lines:
            fields = line.split()
            if len(fields) > 2 and not line.startswith(b"#") and fields[1].startswith(b"/"):
                places.append(fields[1].replace(rb"\040", b" "))
    yield from sorted(places, key=len, reverse=True)


def _shown(path: FilePath) -> str:
    return printable(text(path))
