"""Opens photos for reading only; opens nothing but regular files."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass, replace

from blake3 import blake3

from imgsimd import file_faults
from imgsimd.types import HASH_BYTES, ContentHash, FilePath, FileState, Hash

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY
"""A FIFO, a terminal or a link named .jpg must neither block nor lead elsewhere."""
_NOT_ITS_FAULT = (
    *(errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ENODEV),  # no photo is there
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE),  # try again
)
UNHASHED = b""
"""The content of a file that was not read."""
_READ_BYTES = 2**16
"""Bytes read at once. `hashlib.file_digest` reads 2**18, for which the kernel provides new memory
each time (see `process.return_freed_memory`): that is a sixth of the daemon's work on a small
picture."""


@dataclass(frozen=True, slots=True)
class OpenPhoto:
    """An open photo that was in this state, with this content, when it was opened."""

    descriptor: int
    state: FileState
    content: ContentHash

    def is_unchanged(self) -> bool:
        """Whether nobody has written to the file since."""
        return FileState.of(os.fstat(self.descriptor)) == self.state

    def close(self) -> None:
        os.close(self.descriptor)


def open_photo(
    path: FilePath, max_bytes: int, by: Hash, follows_links: bool = False
) -> OpenPhoto | None:
    """Opens the photo at `path`, or the one that a link there leads to if `follows_links`, and
    hashes it `by` that. None if no photo is there now, or it is being written.

    Reads the whole file, so call it in a thread. Raises BadPictureError, with the reason, if the
    file cannot be read unless it changes.
    """
    photo = open_unhashed(path, max_bytes, follows_links)
    if photo is None:
        return None
    try:
        hashed = replace(photo, content=_digest(photo.descriptor, by))
        if hashed.is_unchanged():
            return hashed
    except BaseException:
        photo.close()
        raise
    photo.close()
    return None


def open_unhashed(path: FilePath, max_bytes: int, follows_links: bool = False) -> OpenPhoto | None:
    """As `open_photo`, but reads nothing: the content is `UNHASHED`, and the file may be being
    written."""
    descriptor = _descriptor(path, follows_links)
    if descriptor is None:
        return None
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size <= max_bytes:
        return OpenPhoto(descriptor, FileState.of(status), UNHASHED)
    os.close(descriptor)
    if stat.S_ISREG(status.st_mode):
        raise file_faults.too_large(max_bytes, status.st_size)
    return None


def _descriptor(path: FilePath, follows_links: bool) -> int | None:
    try:
        return _opened(path, follows_links)
    except OSError as error:
        if error.errno in _NOT_ITS_FAULT:
            return None
        raise file_faults.unreadable(error, path) from error


def _opened(path: FilePath, follows_links: bool) -> int:
    try:
        return os.open(path, _FLAGS)
    except OSError as error:
        if error.errno != errno.ELOOP or not follows_links:
            raise
    return _opened_target(path)


def _opened_target(link: FilePath) -> int:
    """Opens through a handle, not by name, so that the checked file is opened, not a device or pipe
    that was put in its place meanwhile."""
    handle = os.open(link, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.ENXIO, os.strerror(errno.ENXIO), link)
        return os.open(f"/proc/self/fd/{handle}", _FLAGS & ~os.O_NOFOLLOW)
    finally:
        os.close(handle)


def _digest(descriptor: int, by: Hash) -> ContentHash:
    try:
        hasher = blake3() if by == "blake3" else hashlib.sha256()
        while piece := os.read(descriptor, _READ_BYTES):
            hasher.update(piece)
    except OSError as error:
        raise file_faults.unreadable(error) from error
    return hasher.digest()[: HASH_BYTES[by]]
