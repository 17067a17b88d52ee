"""Small JPEGs of pictures: their sizes, their addresses, and those that were made before."""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import Protocol
from urllib.parse import urlencode

from imgsimd import __version__
from imgsimd.file_address import path_bytes
from imgsimd.web.thumbnail_cache import ThumbnailCache

PIXELS = (128, 384, 768, 2048, 4096)
"""Their long sides. Others are not made: each would be kept."""
_VERSION_BYTES = 12


class Photo(Protocol):
    """A photo as it was when it was indexed."""

    @property
    def id(self) -> int: ...
    @property
    def path(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def mtime_ns(self) -> int: ...


def version(photo: Photo) -> str:
    """Differs if the photo has changed, or is another one."""
    state = f"\0{photo.bytes}\0{photo.mtime_ns}".encode()
    return blake2b(path_bytes(photo.path) + state, digest_size=_VERSION_BYTES).hexdigest()


def change(photo: Photo) -> tuple[int, int, int] | None:
    """Which file it is and when it was changed last, as only the kernel can say: device, inode,
    nanoseconds. None if it is not as it was when it was indexed."""
    try:
        status = os.stat(photo.path)
    except OSError:
        return None
    if (status.st_size, status.st_mtime_ns) != (photo.bytes, photo.mtime_ns):
        return None
    return status.st_dev, status.st_ino, status.st_ctime_ns


def of_photo(photo: Photo, pixels: int) -> str:
    """The address of a photo's thumbnail, relative to the pages."""
    return address(str(photo.id), version(photo), pixels)


def address(text: str, version: str, pixels: int) -> str:
    """The address of a thumbnail. Browsers may keep for ever what is there. `text` is as in
    `AskedPictures`, `pixels` one of PIXELS."""
    return f"thumbnail?{urlencode({'of': text, 'pixels': pixels, 'v': version})}"


class Thumbnails:
    """Those that were made before. Any thread may use it."""

    def __init__(self, cache: ThumbnailCache) -> None:
        self._cache = cache

    def kept(self, version: str, pixels: int) -> bytes | None:
        """The JPEG of the photo that had this version, if there is one."""
        return self._cache.get(_key(version, pixels))

    def keep(self, version: str, pixels: int, jpeg: bytes) -> None:
        """Keeps it for the next time."""
        self._cache.put(_key(version, pixels), jpeg)


def _key(version: str, pixels: int) -> str:
    """Another imgsimd may make other pictures: it has other decoders."""
    return f"{version} {pixels} {__version__}"
