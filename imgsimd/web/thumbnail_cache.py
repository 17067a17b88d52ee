"""Keeps thumbnails on the disk, so that a photo which was seen once is not decoded again.

The files are in one folder of ours that nobody else may write to. What is there is only used if it
is a regular file of ours with a whole JPEG in it; only files that have names as we give them are
removed. Several processes may use the folder at once. Where it cannot be used, or the disk is full,
there is no cache.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import NamedTuple

MOST_BYTES = 2**30
"""On the disk: thumbnails of about 40,000 photos."""
KEPT_SHARE = 0.9
"""Of the limit, so much is left when the least recently used are removed: that lists the whole
folder, which must not happen for each new file."""
UNCOUNTED_SHARE = 1 / 16
"""Of the limit, so much may be written before the folder is listed again. Each process counts only
what it writes itself, so that with many of them so much more each may be there."""
SPARE_BYTES = 2**28
"""So much space is left on the disk for others."""
LARGEST_BYTES = 2**25
"""Of one thumbnail: one of 4,096 x 4,096 pixels of noise."""
PART_SECONDS = 3600.0
"""A file that is so old and not complete was left by a process that was killed."""

_NAME = re.compile(r"[0-9a-f]{40}\.jpg")
_PART = re.compile(r"\.[0-9a-f]{16}\.part")
_BEGIN, _END = b"\xff\xd8", b"\xff\xd9"
"""Of every JPEG. After a power cut, a file may have zeros, or nothing, instead."""
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class _File(NamedTuple):
    used: int
    """When it was read or written last, in nanoseconds."""
    size: int
    name: str


class ThumbnailCache:
    """JPEGs by text keys. Never raises: what cannot be kept is not there. Any thread may use it."""

    def __init__(
        self,
        folder: Path | None,
        most_bytes: int = MOST_BYTES,
        spare_bytes: int = SPARE_BYTES,
    ) -> None:
        """The folder is made when it is needed. Without one, nothing is kept."""
        self._folder = folder
        self._most = most_bytes
        self._spare = spare_bytes
        self._uncounted = most_bytes  # nobody knows yet what is there
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        """What was kept under this key; it counts as used now."""
        with suppress(OSError), self._opened() as folder:
            return _content(folder, _name(key))
        return None

    def put(self, key: str, jpeg: bytes) -> None:
        """Keeps a JPEG; if there are too many then, the least recently used ones go."""
        with suppress(OSError):
            self._make()
            with self._opened() as folder:
                if _spare(folder) < self._spare + len(jpeg):
                    return
                _write(folder, _name(key), jpeg)
                if self._must_list(len(jpeg)):
                    _trim(folder, self._most)

    def _must_list(self, written: int) -> bool:
        with self._lock:
            self._uncounted += written
            if self._uncounted <= self._most * UNCOUNTED_SHARE:
                return False
            self._uncounted = 0
            return True

    def _make(self) -> None:
        """Makes the folder, and those above it, for us alone. Raises OSError."""
        if self._folder is None or self._folder.exists():
            return
        for folder in (*reversed(self._folder.parents), self._folder):
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The folder. Raises OSError where there is none, or it is not ours alone: then it is as if
        there were none."""
        if self._folder is None:
            raise FileNotFoundError
        folder = os.open(self._folder, _READ | os.O_DIRECTORY)
        try:
            status = os.fstat(folder)
            if status.st_uid != os.geteuid() or status.st_mode & _OTHERS_WRITE:
                raise PermissionError
            yield folder
        finally:
            os.close(folder)


def _name(key: str) -> str:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest() + ".jpg"


def _spare(folder: int) -> int:
    disk = os.fstatvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _content(folder: int, name: str) -> bytes | None:
    """A whole JPEG of ours, or nothing."""
    with open(os.open(name, _READ, dir_fd=folder), "rb") as file:
        status = os.fstat(file.fileno())
        if not _is_ours(status) or status.st_size > LARGEST_BYTES:
            return None
        content = file.read()
        if not (content.startswith(_BEGIN) and content.endswith(_END)):
            return None
        with suppress(OSError):  # a disk that cannot be written
            os.utime(file.fileno())
        return content


def _write(folder: int, name: str, content: bytes) -> None:
    """Under another name first, so that nobody reads a part of it. Unlike `durable`, it does not
    wait for the disk: what is lost is made again."""
    part = f".{os.urandom(8).hex()}.part"
    try:
        with open(os.open(part, _CREATE, 0o600, dir_fd=folder), "wb") as file:
            file.write(content)
        os.replace(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        _remove(folder, part)
        raise


def _trim(folder: int, most: int) -> None:
    """Removes what was not used for longest, and what a killed process has left."""
    files = sorted(_files(folder))
    total = sum(file.size for file in files)
    if total > most:
        for file in files:
            if total <= most * KEPT_SHARE:
                break
            _remove(folder, file.name)
            total -= file.size


def _files(folder: int) -> Iterator[_File]:
    """The complete files of ours."""
    long_ago = time.time() - PART_SECONDS
    with os.scandir(folder) as entries:
        for entry in entries:
            is_part = _PART.fullmatch(entry.name)
            if not (is_part or _NAME.fullmatch(entry.name)):
                continue
            with suppress(FileNotFoundError):  # another process has removed it
                status = entry.stat(follow_symlinks=False)
                if not is_part and _is_ours(status):
                    yield _File(status.st_mtime_ns, _on_disk(status), entry.name)
                elif is_part and _is_ours(status) and status.st_mtime < long_ago:
                    _remove(folder, entry.name)


def _is_ours(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()


def _on_disk(status: os.stat_result) -> int:
    return max(status.st_size, status.st_blocks * 512)  # stat(2) counts so


def _remove(folder: int, name: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
