"""Features of photos that were computed a while ago, as many as fit."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from imgsimd import process
from imgsimd.types import ContentHash

MOST_BYTES = 64 * 2**20
"""Some 1,000 photos: the candidates of several questions. To have them at hand makes a question
several times as fast."""


class FeatureCache:
    """Features by the content of the photo. Runs on the event loop; empties itself when nothing was
    put in or found for `rest_seconds`."""

    def __init__(self, rest_seconds: float, most_bytes: int = MOST_BYTES) -> None:
        self._rest_seconds = rest_seconds
        self._most_bytes = most_bytes
        self._kept: OrderedDict[ContentHash, bytes] = OrderedDict()
        self._bytes = 0
        self._rest: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many photos' features there are."""
        return len(self._kept)

    def get(self, content: ContentHash) -> bytes | None:
        """The features of a photo with this content."""
        features = self._kept.get(content)
        if features is not None:
            self._kept.move_to_end(content)
            self._wait()
        return features

    def put(self, content: ContentHash, features: bytes) -> None:
        """Keeps these features; those that were not used for longest go."""
        self._bytes += len(features) - len(self._kept.pop(content, b""))
        self._kept[content] = features
        while self._bytes > self._most_bytes:
            self._bytes -= len(self._kept.popitem(last=False)[1])
        self._wait()

    def clear(self) -> None:
        """Frees the memory."""
        self._kept.clear()
        self._bytes = 0
        process.give_back_freed_memory()

    def _wait(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = asyncio.get_running_loop().call_later(self._rest_seconds, self.clear)
