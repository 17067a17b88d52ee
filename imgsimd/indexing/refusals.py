"""What is stored of a picture that is refused, and when it is worth another try."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

from imgsimd.config import Worker as WorkerSettings
from imgsimd.decoding import registry
from imgsimd.embedding.worker_process import BYTES_A_PIXEL
from imgsimd.errors import BadPictureError, FaultKind
from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.verdicts import Verdicts


class Refusals:
    """Says by which reader, and within which limits, a picture was refused."""

    def __init__(self, settings: WorkerSettings) -> None:
        memory = settings.max_bytes + BYTES_A_PIXEL * settings.max_pixels
        self._allowed: dict[str, int] = {
            FaultKind.TOO_LARGE: settings.max_bytes,
            FaultKind.TOO_MANY_PIXELS: settings.max_pixels,
            FaultKind.TOO_MUCH_MEMORY: memory,
            FaultKind.TOO_SLOW: int(1000 * settings.deadline_seconds),
        }
        """The limits in force, by the kind of fault that exceeds them; larger is more."""

    def unread(self, error: BadPictureError) -> Fault:
        """The fault of a file whose content could not be read."""
        return Fault(str(error), error.kind, allowed=self._allowed.get(error.kind, 0))

    async def of(self, error: BadPictureError, descriptor: int) -> Fault:
        """The fault of an open file that was read."""
        start = await asyncio.to_thread(_start, descriptor)
        return self.unread(error)._replace(reader=_reader(start, error.kind))

    async def retry(self, gallery: GalleryThread) -> None:
        """Has pictures tried again that were refused by a reader of another version, or for lack of
        a package that is there now, or beyond a limit that has been raised."""
        await gallery.of_verdicts(Verdicts.retry, registry.readers(), self._allowed)


def _start(descriptor: int) -> bytes:
    with suppress(OSError):
        return os.pread(descriptor, registry.START_BYTES, 0)
    return b""


def _reader(start: bytes, kind: str) -> str:
    """What refused content that begins so; see `registry.readers`."""
    decoder = registry.recognised(start)
    if decoder is None:
        return registry.no_reader()
    is_missing = kind == FaultKind.LIBRARY_MISSING
    return registry.reader_without_package(decoder) if is_missing else decoder.reader
