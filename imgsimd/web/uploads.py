"""Pictures that were dropped, pasted or chosen on a page, or named on the command line.

They lie in temporary files without a name, which nobody else can open, and which are gone when this
process ends.
"""

from __future__ import annotations

import os
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from hashlib import blake2b
from threading import Lock
from typing import IO

from imgsimd import file_faults
from imgsimd.client import Client, Picture
from imgsimd.errors import BadPictureError
from imgsimd.words import reason

MOST_UPLOADS = 64
"""How many pictures are kept, the newest ones."""
MOST_BYTES = 2**29
"""Of all of them together; the newest one is always kept."""
PIXELS = 384
"""Of the thumbnail that is made to find out whether a picture can be read."""
READ_BYTES = 2**20
NAMELESS = "The picture"
LONGEST_NAME = 255
"""Characters of a name that are kept."""
_DIGEST_BYTES = 16


class Upload(Picture):
    """A picture that was given to us, or is just arriving piece by piece."""

    def __init__(self, name: str, most_bytes: int) -> None:
        """`most_bytes` is how large it may be. Raises BadPictureError where it cannot be kept."""
        self.name = name
        self.size = 0
        self.thumbnail = b""
        """A JPEG of PIXELS, once it is accepted."""
        self._most = most_bytes
        self._hash = blake2b(digest_size=_DIGEST_BYTES)
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - stays open
        except OSError as error:
            raise self._unkept(error) from error

    @property
    def digest(self) -> str:
        """Of its bytes, in hexadecimal digits."""
        return self._hash.hexdigest()

    def add(self, piece: bytes) -> None:
        """Its next bytes. Raises BadPictureError if they are too many, or cannot be kept."""
        self.size += len(piece)
        if self.size > self._most:
            raise self.refused(file_faults.too_large(self._most))
        self._hash.update(piece)
        try:
            self._file.write(piece)
            self._file.flush()
        except OSError as error:
            raise self._unkept(error) from error

    def opened(self) -> IO[bytes]:
        try:  # with a place of its own in the file: several may read at once
            return open(f"/proc/self/fd/{self._file.fileno()}", "rb")
        except OSError as error:
            raise self.refused(file_faults.unreadable(error)) from error

    def _unkept(self, error: OSError) -> BadPictureError:
        why = f"cannot be kept ({reason(error)}): set TMPDIR to a folder with more space"
        return self.bad(why)


def arriving(name: str, most_bytes: int) -> Upload:
    """An upload that a page sends, under what it says to be its name. Raises BadPictureError."""
    return Upload(os.path.basename(name)[:LONGEST_NAME] or NAMELESS, most_bytes)


class Uploads:
    """The newest pictures, by the digests of their bytes. Any thread may use it."""

    def __init__(
        self, client: Client, most: int = MOST_UPLOADS, most_bytes: int = MOST_BYTES
    ) -> None:
        self._client = client
        self._most = most
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._lock = Lock()

    def find(self, digest: str) -> Upload | None:
        """The picture with this digest; None if it is not kept, or not any more."""
        with self._lock:
            return self._kept.get(digest)

    def copy(self, picture: Picture, most_bytes: int) -> Upload:
        """Reads and keeps a picture that was named. Raises BadPictureError where it cannot be read,
        and whatever the daemon refuses it with."""
        upload = Upload(picture.name, most_bytes)
        for piece in _pieces(picture):
            upload.add(piece)
        return self.accept(upload)

    def accept(self, upload: Upload) -> Upload:
        """Keeps a picture that has arrived. Raises BadPictureError, in the words of a search, if it
        is no picture that can be read."""
        upload.thumbnail = self._client.thumbnail_of(upload, PIXELS)
        with self._lock:
            self._kept[upload.digest] = upload
            self._kept.move_to_end(upload.digest)
            while len(self._kept) > 1 and self._are_too_many():
                self._kept.popitem(last=False)  # its file closes when nobody reads it any more
        return upload

    def _are_too_many(self) -> bool:
        total = sum(upload.size for upload in self._kept.values())
        return len(self._kept) > self._most or total > self._most_bytes


def _pieces(picture: Picture) -> Iterator[bytes]:
    """All bytes of a picture. Raises BadPictureError."""
    with picture.opened() as content:
        if isinstance(content, bytes):
            yield content
            return
        try:
            while piece := content.read(READ_BYTES):
                yield piece
        except OSError as error:
            raise picture.refused(file_faults.unreadable(error, picture.name)) from error
