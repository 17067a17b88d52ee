"""Makes folders with photos and with files that only look like photos."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterable

from imgsimd.watching import scan
from tests.support.requires import IS_ROOT

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
"""A file system in memory, where thousands of folders are made quickly; None if there is none."""
ODD_NAMES = [b"\xff\xfe.jpg", b"new\nline.jpg", b"-k.jpg", b"'\"<b>.jpg", b"\x1b[31m.jpg"]
"""Names that are not UTF-8, or that shells, terminals or web pages would interpret."""


def make(root: bytes, *names: bytes) -> None:
    for name in names:
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(name)


def make_what_is_no_photo(root: bytes) -> None:
    """Links, pipes, sockets and devices that have a photo's name."""
    for name, target in ((b"link", b"real.jpg"), (b"loop", root), (b"zero", b"/dev/zero")):
        os.symlink(target, root + b"/" + name + b".jpg")
    os.symlink(b"nowhere", root + b"/dangling.jpg")
    os.symlink(root, root + b"/loop")
    os.mkfifo(root + b"/pipe.jpg")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(root + b"/unix.jpg")
    if IS_ROOT:
        os.mknod(root + b"/device.jpg", stat.S_IFCHR | 0o600, os.makedev(1, 5))


def make_deep(root: bytes, depth: int) -> None:
    """Nested folders, some with a photo, whose paths become too long for the kernel."""
    folder = os.open(root, os.O_RDONLY)
    for level in range(depth):
        os.mkdir(b"d", dir_fd=folder)
        inner = os.open(b"d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        if level % 200 == 0:
            os.close(os.open(b"a.jpg", os.O_CREAT, dir_fd=inner))
        folder = inner
    os.close(folder)


def names(pieces: Iterable[scan.Piece], root: bytes) -> list[bytes]:
    return [path[len(root) + 1 :] for piece in pieces for path in piece.seen]
