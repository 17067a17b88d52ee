"""Whoever watches the files is told of each that is not what the catalog says of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from imgsimd.config import DEFAULT_MODEL, Worker
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.batches import Batches
from imgsimd.indexing.embedders import Embedders
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.indexing.refusals import Refusals
from imgsimd.machine.background_threads import BackgroundThreads
from imgsimd.types import FilePath, FileState, Plan
from imgsimd.vectors import VectorForm
from tests.support.patience import DEADLINE

MODEL = DEFAULT_MODEL


class Bench:
    """Batches of a gallery that knows the photos of a folder."""

    def __init__(self, folder: Path) -> None:
        settings = Worker()
        self._folder = folder
        self.gallery = GalleryThread()
        self.embedders = Embedders(self.gallery, folder, settings)
        self.stale: list[FilePath] = []
        self.batches = Batches(
            self.gallery,
            self.embedders,
            PhotoOpener(settings.max_bytes),
            BackgroundThreads(1, lambda: False),
            Refusals(settings),
            self.stale.append,
            lambda: None,
        )

    async def add(self, photo: Path) -> FilePath:
        path = os.fsencode(photo)
        await self.gallery.do(Gallery.apply, Plan(new={path: FileState.of(os.stat(photo))}))
        await self.gallery.do(Gallery.show, [os.fsencode(self._folder)])
        return path


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    made = Bench(folder)
    await made.gallery.open(folder / "gallery.db")
    try:
        async with asyncio.timeout(DEADLINE):
            yield made
    finally:
        await made.embedders.close()
        await made.gallery.close()


async def test_a_photo_that_is_written_to_while_it_is_embedded_is_told_and_not_stored(
    tmp_path: Path, album: list[Path]
) -> None:
    async with bench(tmp_path) as at:
        await at.embedders.use(MODEL)
        for name, source in (("quiet.jpg", album[0]), ("busy.jpg", album[1])):
            (tmp_path / name).write_bytes(source.read_bytes())
        await at.add(tmp_path / "quiet.jpg")
        busy = await at.add(tmp_path / "busy.jpg")
        step = asyncio.create_task(at.batches.step())
        while not at.embedders.tally.decoded:  # from then on the worker starts
            await asyncio.sleep(0)
        os.truncate(tmp_path / "busy.jpg", 1_000_000)
        assert await step
        assert at.stale == [busy]
        assert at.batches.forecast.finished == 1
        counts = await at.gallery.counts()
        assert (counts.pending, counts.failed) == (1, 0)


async def test_a_stale_photo_is_told_even_if_the_model_was_changed_meanwhile(
    tmp_path: Path, album: list[Path]
) -> None:
    """The batch is for a model that no longer has an embedder."""
    async with bench(tmp_path) as at:
        await at.gallery.do(Gallery.aim, "m", "m", VectorForm(8), {"m"})
        photo = tmp_path / "a.jpg"
        photo.write_bytes(album[0].read_bytes())
        path = await at.add(photo)
        photo.write_bytes(album[1].read_bytes())
        assert await at.batches.step()
        assert at.stale == [path]
        assert at.batches.forecast.finished == 0
