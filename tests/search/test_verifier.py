"""Photos are verified by their files, as far as these are what was indexed."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import cv2
import numpy as np

from imgsimd.config import DEFAULT_MODEL, Worker
from imgsimd.indexing.embedders import Embedders
from imgsimd.indexing.features import Features
from imgsimd.indexing.timed_opener import TimedOpener
from imgsimd.search.feature_cache import FeatureCache
from imgsimd.search.verifier import Verifier
from imgsimd.types import ImageId
from imgsimd.verification import Verdict
from tests.support.patience import DEADLINE
from tests.support.photo_gallery import PhotoGallery, photo_gallery

GONE, CHANGED = "gone.jpg", "changed.jpg"


@asynccontextmanager
async def verifying(folder: Path) -> AsyncIterator[tuple[PhotoGallery, Verifier]]:
    async with photo_gallery(folder, folder) as gallery, asyncio.timeout(DEADLINE):
        embedders = Embedders(gallery.thread, folder, Worker())
        try:
            await embedders.use(DEFAULT_MODEL)
            features = Features(embedders, TimedOpener(gallery.opener))
            yield gallery, Verifier(gallery.thread, features, rest_seconds=60)
        finally:
            await embedders.close()


def filled(folder: Path, album: list[Path]) -> list[Path]:
    """A photo, the same bytes, the photo turned, another photo, and two that are not for long."""
    photo, twin, turned, other = (folder / name for name in ("a.jpg", "b.jpg", "c.jpg", "d.jpg"))
    shutil.copyfile(album[6], photo)
    shutil.copyfile(album[6], twin)
    shutil.copyfile(album[16], other)
    cv2.imwrite(str(turned), np.rot90(np.asarray(cv2.imread(str(photo)))))
    fleeting = [folder / GONE, folder / CHANGED]
    for number, path in enumerate(fleeting):
        shutil.copyfile(album[17 + number], path)
    return [photo, twin, turned, other, *fleeting]


async def test_photos_are_verified_unless_they_are_gone_or_changed(
    tmp_path: Path, album: list[Path]
) -> None:
    photos = filled(tmp_path, album)
    async with verifying(tmp_path) as (gallery, verifier):
        images = [image.id for image in await gallery.embed(*photos)]
        (tmp_path / GONE).unlink()
        (tmp_path / CHANGED).write_bytes(album[19].read_bytes())
        photos[0].unlink()
        asked = await verifier.features(images[1])
        assert asked

        async def verdicts() -> list[Verdict | None]:
            verified = await verifier.verify(asked, [*images, ImageId(2**40)])
            return [each.verdict if each else None for each in verified]

        same, no = Verdict.SAME, Verdict.NO
        assert await verdicts() == [same, same, same, no, None, None, None], "the twin is read"

        pairs = [(images[2], images[0]), (images[4], images[0]), (images[0], images[3])]
        verified = await verifier.verify_pairs([*pairs, pairs[0]])
        assert [each and each.verdict for each in verified] == [same, None, no, same]
        assert await verifier.verify_pairs([]) == []

        for photo in photos[1:4]:
            os.unlink(photo)
        assert (await verdicts())[:4] == [same, same, same, no], "what was computed is kept"


async def test_features_are_kept_as_long_as_they_fit_and_are_used() -> None:
    cache = FeatureCache(rest_seconds=60, most_bytes=10)
    for name in (b"a", b"b"):
        cache.put(name, name * 4)
    cache.put(b"a", b"aaaaa")
    assert (cache.get(b"b"), len(cache)) == (b"bbbb", 2)
    cache.put(b"c", b"cc")
    assert (cache.get(b"a"), cache.get(b"b"), cache.get(b"c")) == (None, b"bbbb", b"cc")
    cache.put(b"d", b"d" * 11)
    assert len(cache) == 0


async def test_features_are_dropped_when_nobody_asks_for_them() -> None:
    cache = FeatureCache(rest_seconds=0.01)
    async with asyncio.timeout(DEADLINE):
        cache.put(b"a", b"a")
        while len(cache):
            await asyncio.sleep(0.01)
