"""Finds out whether photos show the very same picture, by comparing their features.

Features are computed when they are needed, from the photo's file, and kept for a while. A photo
that is gone, has changed since it was indexed, or cannot be read, or whose disk does not answer, is
not verified, which is no error: all others are.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple, TypeAlias

from imgsimd.errors import BadPictureError
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.features import Features
from imgsimd.search.feature_cache import FeatureCache
from imgsimd.types import ContentHash, FilePath, FileState, ImageId
from imgsimd.verification import Verification

PATIENCE_SECONDS = 20.0
"""A client waits for 30 seconds."""
COMPARED_AT_ONCE = 4
"""Contents whose features are computed at once, and then compared."""
PAIRS_AT_ONCE = 8
"""Photos that others are compared with at once: it keeps all threads of the worker busy, though
answers that are not urgent are looked for only now and then."""


class Stored(NamedTuple):
    """An image's file as it was when it was indexed."""

    image: ImageId
    path: FilePath
    state: FileState
    content: ContentHash | None
    """None if it was not read yet."""


_Found: TypeAlias = dict[ImageId, Verification]
_Twins: TypeAlias = list[Stored]
"""Images with one content."""


class Verifier:
    """Compares photos of the gallery with pictures, and with each other. Runs on the event loop."""

    def __init__(self, gallery: GalleryThread, features: Features, rest_seconds: float) -> None:
        """What was computed is dropped when nobody has asked for `rest_seconds`."""
        self._gallery = gallery
        self._features = features
        self._cache = FeatureCache(rest_seconds)

    @property
    def cpu_seconds(self) -> float:
        """See `Features.cpu_seconds`."""
        return self._features.cpu_seconds

    async def verify(
        self, features: bytes, images: Sequence[ImageId], patience: float = PATIENCE_SECONDS
    ) -> list[Verification | None]:
        """What the features of a picture and those of each of the images say; None where an image
        could not be verified, in so many seconds. Comes before the backlog.

        Raises CatalogError, WorkerError or ModelError.
        """
        found: _Found = {}
        stored = await self._gallery.do(described, images)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience), _together() as group:
                for piece in _pieces(stored):
                    group.create_task(self._compare(features, piece, found, urgent=True))
        return [found.get(image) for image in images]

    async def verify_pairs(
        self, pairs: Sequence[tuple[ImageId, ImageId]]
    ) -> list[Verification | None]:
        """For each pair what `verify` says of the second image, asked with the first; pairs with
        the same first image cost least. Comes after questions, and beside the backlog.

        Raises CatalogError, WorkerError or ModelError.
        """
        seconds: defaultdict[ImageId, list[ImageId]] = defaultdict(list)
        for one, other in pairs:
            seconds[one].append(other)
        found: dict[ImageId, _Found] = {one: {} for one in seconds}
        places = asyncio.Semaphore(PAIRS_AT_ONCE)
        async with _together() as group:
            for one, others in seconds.items():
                await places.acquire()
                task = group.create_task(self._compare_with(one, others, found[one]))
                task.add_done_callback(lambda _: places.release())
        return [found[one].get(other) for one, other in pairs]

    async def features(self, image: ImageId, urgent: bool = True) -> bytes | None:
        """The features of an image; None if they cannot be had. Raises as `verify` does."""
        return await self._features_of(await self._gallery.do(described, [image]), urgent)

    async def _compare_with(self, one: ImageId, others: Sequence[ImageId], found: _Found) -> None:
        """Adds what the features of the one image say of the others to what was `found`."""
        features = await self.features(one, urgent=False)
        if features is None:
            return
        for piece in _pieces(await self._gallery.do(described, others)):
            await self._compare(features, piece, found, urgent=False)

    async def _compare(
        self, asked: bytes, piece: Sequence[_Twins], found: _Found, urgent: bool
    ) -> None:
        """Adds what the features say of the images of each content to what was `found`."""
        features = await asyncio.gather(*(self._features_of(twins, urgent) for twins in piece))
        usable = [(each, twins) for each, twins in zip(features, piece, strict=True) if each]
        verified = await self._features.compare(asked, [each for each, _ in usable], urgent)
        for verification, (_, twins) in zip(verified, usable, strict=True):
            if verification is not None:
                found.update({stored.image: verification for stored in twins})

    async def _features_of(self, twins: _Twins, urgent: bool) -> bytes | None:
        """The features of a content, from the first of its files that can be read."""
        for stored in twins:
            kept = None if stored.content is None else self._cache.get(stored.content)
            if kept is not None:
                return kept
            with suppress(BadPictureError):
                features = await self._features.of_file(stored.path, stored.state, urgent)
                if stored.content is not None:
                    self._cache.put(stored.content, features)
                return features
        return None


def described(gallery: Gallery, images: Sequence[ImageId]) -> _Twins:
    """What is known of these images' files, in their order. Runs on the gallery's thread."""
    known = {image.id: image for image in gallery.images.by_id(images)}
    contents = gallery.images.contents(images)
    chosen = (known[image] for image in dict.fromkeys(images) if image in known)
    return [Stored(each.id, each.path, each.state, contents.get(each.id)) for each in chosen]


def _pieces(images: Sequence[Stored]) -> list[list[_Twins]]:
    """The images by content, in their order, some contents at once."""
    groups: defaultdict[ContentHash | ImageId, _Twins] = defaultdict(list)
    for stored in images:
        groups[stored.content or stored.image].append(stored)
    every = list(groups.values())
    return [every[n : n + COMPARED_AT_ONCE] for n in range(0, len(every), COMPARED_AT_ONCE)]


@asynccontextmanager
async def _together() -> AsyncIterator[asyncio.TaskGroup]:
    """A TaskGroup; raises the first of its errors."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as errors:
        raise _first(errors) from None


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
