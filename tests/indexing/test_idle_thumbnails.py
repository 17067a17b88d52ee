"""Thumbnails that nobody waits for are made of what the catalog knows, and only while there is
nothing else to do."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import cv2
import numpy as np

from imgsimd.embedding.embedder import Embedder
from imgsimd.indexing.idle_thumbnails import IdleThumbnails
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.machine.background_threads import BackgroundThreads
from imgsimd.types import FileState, ImageId, Known
from tests.support.embedding import embedding

PIXELS = 64


async def _yes() -> bool:
    return True


async def _no() -> bool:
    return False


def thumbnails(
    embedder: Embedder, is_idle: bool = True, is_allowed: Callable[[], Awaitable[bool]] = _yes
) -> IdleThumbnails:
    threads = BackgroundThreads(1, lambda: False)
    return IdleThumbnails(
        lambda: embedder, PhotoOpener(1_000_000), threads, lambda: is_idle, is_allowed
    )


def known(number: int, path: Path) -> Known:
    return Known(ImageId(number), os.fsencode(path), FileState.of(os.stat(path)))


async def test_a_file_that_has_changed_is_left_out_and_one_that_is_damaged_has_none(
    tmp_path: Path, album: list[Path]
) -> None:
    changed, damaged = tmp_path / "changed.jpg", tmp_path / "damaged.jpg"
    changed.write_bytes(album[0].read_bytes())
    damaged.write_bytes(b"\xff\xd8 and nothing more")
    images = [known(1, album[0]), known(2, changed), known(3, damaged)]
    changed.write_bytes(b"another")
    async with embedding() as embedder:
        made = await thumbnails(embedder).of(images, PIXELS)
    assert made.keys() == {1, 3}
    assert made[ImageId(3)] is None
    picture = cv2.imdecode(np.frombuffer(made[ImageId(1)] or b"", np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert max(picture.shape) == PIXELS


async def test_they_wait_for_what_is_to_be_embedded_and_while_indexing_is_paused() -> None:
    async with embedding() as embedder:
        assert await thumbnails(embedder).may_be_made()
        assert not await thumbnails(embedder, is_idle=False).may_be_made()
        assert not await thumbnails(embedder, is_allowed=_no).may_be_made()
