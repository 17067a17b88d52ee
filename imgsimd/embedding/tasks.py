"""What a thread of the worker can do with a file that it is handed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from imgsimd import file_faults
from imgsimd.decoding import decode, faults, registry
from imgsimd.decoding.picture import Pixels
from imgsimd.embedding.altered_copies import altered
from imgsimd.embedding.network import Network
from imgsimd.embedding.protocol import (
    Order,
    Setup,
    Task,
    pack_metadata,
    pack_views,
    thumbnail_bytes,
    unpack_features,
)
from imgsimd.geometry.comparison import compare
from imgsimd.geometry.features import extract

LEAST_PIXELS, SHORT_PIXELS = 300, 448
"""Short side of the picture in which features are looked for, always: one file has one set of
features. More than the least do not help; 448 is what the built-in model wants to see, too."""


class Tasks:
    """All tasks of the protocol, for one thread."""

    def __init__(self, setup: Setup, network: Network) -> None:
        self._setup = setup
        self._network = network

    def prove(self) -> None:
        """Shows that all work with what is known to be good: if later ones fail, a picture is to
        blame. Raises ModelError where the network does not, see `network.opener`."""
        one, other = _drawn()
        self._network.prove(one)
        compare(_drawn_features(one), _drawn_features(other))

    def do(self, order: Order, descriptor: int) -> bytes:
        """The answer to an order. Raises BadPictureError."""
        match order.task:
            case Task.METADATA:
                return self._metadata(descriptor)
            case Task.COMPARE:
                return b"\n".join(_compared(_bytes(descriptor)))
        content = self._read(descriptor)
        match order.task:
            case Task.THUMBNAIL:
                size, most = thumbnail_bytes(order.pixels), self._setup.max_pixels
                return decode.thumbnail(content, order.pixels, size, most)
            case Task.FEATURES:
                return self._features(content)
            case Task.VIEWS:
                return self._views(content)
            case Task.COPIES:
                copies = altered(self._reduced(content))
                return b"".join(self._network.embed(copy)[0] for copy in copies)
        start = time.thread_time()
        vector, read = self._network.embed(content)
        metadata = replace(decode.metadata(content), read=read).pack()
        return vector + pack_metadata(time.thread_time() - start, metadata)

    def _metadata(self, descriptor: int) -> bytes:
        """Reads no more of the file than its format asks for."""
        start = self._read(descriptor, most=registry.START_BYTES)
        decoder = registry.recognised(start)
        most = decoder.header_bytes if decoder else registry.START_BYTES
        return decode.metadata(self._read(descriptor, most)).pack()

    def _views(self, content: bytes) -> bytes:
        views, small = self._network.look(content)
        if self._network.short_side != SHORT_PIXELS or decode.is_reducible(content):
            return pack_views(views, self._features(content))
        return pack_views(views, _features(content, small))

    def _features(self, content: bytes) -> bytes:
        return _features(content, self._reduced(content))

    def _reduced(self, content: bytes) -> Pixels:
        return decode.reduced(content, LEAST_PIXELS, SHORT_PIXELS, self._setup.max_pixels)

    def _read(self, descriptor: int, most: int | None = None) -> bytes:
        """The picture's file, or `most` bytes from its start. Raises BadPictureError."""
        try:
            size = os.lseek(descriptor, 0, os.SEEK_END)
            if size > self._setup.max_bytes:
                raise file_faults.too_large(self._setup.max_bytes, size)
            return os.pread(descriptor, size if most is None else most, 0)
        except OSError as error:
            raise file_faults.unreadable(error) from error
        except MemoryError as error:
            raise faults.too_much_memory() from error


def warm_up() -> None:
    """Loads what is loaded late: in its sandbox, a process can open no file."""
    decode.load()
    one, other = _drawn()
    decode.squared(cv2.imencode(".jpg", one)[1].tobytes(), LEAST_PIXELS, "cubic")
    compare(_drawn_features(one), _drawn_features(other))


def _drawn() -> tuple[Pixels, Pixels]:
    """A picture, and a copy of it that is so different that every step of comparing is needed."""
    random = np.random.default_rng(0)
    cells = random.integers(0, 256, (12, 12, 3), np.uint8)
    picture = cells.repeat(8, axis=0).repeat(8, axis=1)
    noise = random.integers(0, 64, (76, 96, 3), np.uint8)
    return picture, np.rot90(picture)[20:] // 2 + noise


def _drawn_features(picture: Pixels) -> bytes:
    return extract(picture, (picture.shape[1], picture.shape[0]))


def _features(content: bytes, small: Pixels) -> bytes:
    """The features of a picture that was decoded reduced."""
    metadata = decode.metadata(content)
    height, width = small.shape[:2]
    if metadata.width and metadata.height:
        width, height = metadata.width, metadata.height
    return extract(small, (width, height))


def _bytes(descriptor: int) -> bytes:
    """What the daemon has written for the worker."""
    return os.pread(descriptor, os.lseek(descriptor, 0, os.SEEK_END), 0)


def _compared(packed: bytes) -> Iterator[bytes]:
    """For each stored picture what `Task.COMPARE` answers."""
    asked, stored = unpack_features(packed)
    for each in stored:
        try:
            yield compare(asked, each).pack()
        except ValueError:
            yield b""
