"""A thumbnail of a file costs little in the daemon, and is of the file as it is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from imgsimd.config import DEFAULT_MODEL, Worker
from imgsimd.errors import BadPictureError
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.embedders import Embedders
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.indexing.thumbnails import Thumbnails
from imgsimd.indexing.timed_opener import TimedOpener
from tests.support.patience import DEADLINE

MODEL = DEFAULT_MODEL
MOST = 500_000_000


@asynccontextmanager
async def thumbnails(folder: Path, threads: int = 2) -> AsyncIterator[Thumbnails]:
    gallery = GalleryThread()
    await gallery.open(folder / "gallery.db")
    embedders = Embedders(gallery, folder, Worker(threads=threads))
    try:
        async with asyncio.timeout(DEADLINE):
            await embedders.use(MODEL)
            yield Thumbnails(embedders, TimedOpener(PhotoOpener(MOST)), threads)
    finally:
        await embedders.close()
        await gallery.close()


def bytes_read() -> int:
    """By this process so far; what a worker reads is not among it before it has ended."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["rchar"])


async def test_the_daemon_reads_little_of_a_large_photo_for_its_thumbnail(
    tmp_path: Path, album: list[Path]
) -> None:
    photo = tmp_path / "large.jpg"
    photo.write_bytes(album[0].read_bytes())
    os.truncate(photo, 200_000_000)
    async with thumbnails(tmp_path) as made:
        await made.of_file(os.fsencode(album[0]), 64)  # the worker has started
        before = bytes_read()
        jpeg = await made.of_file(os.fsencode(photo), 64)
        assert bytes_read() - before < 1_000_000
    assert jpeg.startswith(b"\xff\xd8")


async def test_a_file_that_is_written_to_meanwhile_has_no_thumbnail_yet(
    tmp_path: Path, album: list[Path]
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(album[0].read_bytes())
    async with thumbnails(tmp_path) as made:
        await made.of_file(os.fsencode(photo), 64)
        asked = asyncio.create_task(made.of_file(os.fsencode(photo), 64))
        while not asked.done():
            with photo.open("ab") as file:
                file.write(b"\0")
            await asyncio.sleep(0)
        with pytest.raises(BadPictureError, match="being written"):
            await asked


async def test_what_is_gone_or_too_large_has_no_thumbnail(
    tmp_path: Path, album: list[Path]
) -> None:
    large = tmp_path / "large.jpg"
    large.touch()
    os.truncate(large, MOST + 1)
    async with thumbnails(tmp_path) as made:
        with pytest.raises(BadPictureError, match="max_bytes"):
            await made.of_file(os.fsencode(large), 64)
        with pytest.raises(BadPictureError, match="gone"):
            await made.of_file(os.fsencode(tmp_path / "gone.jpg"), 64)


async def test_a_picture_that_is_asked_about_need_not_wait_for_all_thumbnails(
    tmp_path: Path, album: list[Path]
) -> None:
    async with thumbnails(tmp_path, threads=1) as made:
        wanted = [asyncio.create_task(made.of_file(os.fsencode(each), 64)) for each in album[:8]]
        await wanted[0]
        with album[9].open("rb") as asked:
            await made._embedders.embed_query(asked.fileno())
        assert sum(each.done() for each in wanted) < 6
        await asyncio.gather(*wanted)
