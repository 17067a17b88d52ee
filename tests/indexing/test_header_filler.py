"""The headers of earlier photos are read once, whatever has become of the files, and then nothing
is done any more. Files, gallery and worker are real."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from imgsimd.config import DEFAULT_MODEL, Worker
from imgsimd.embedding.embedder import Embedder
from imgsimd.errors import ModelError, WorkerError
from imgsimd.gallery.gallery import Gallery
from imgsimd.indexing.embedders import Embedders
from imgsimd.indexing.header_filler import IMAGES_A_PORTION, HeaderFiller
from imgsimd.types import FileState, Known, Plan
from tests.support.library import forget_headers, headers_backlog
from tests.support.observation import until
from tests.support.photo_gallery import MAX_BYTES, PhotoGallery, photo_gallery

MODEL = DEFAULT_MODEL
COUNT = IMAGES_A_PORTION + 8
"""Photos: two portions."""


class Bench(PhotoGallery):
    """A gallery without metadata, and the filler that reads them."""

    def __init__(self, gallery: PhotoGallery, embedders: Embedders) -> None:
        self.thread, self.opener = gallery.thread, gallery.opener
        self.embedder: Callable[[], Embedder] = embedders.serving
        self.portions = COUNT
        """So many may be read; the images of one are more than one."""
        self.is_allowed = True
        self.filled = 0
        """How often the filler has said that there was something to read."""
        self.filler = HeaderFiller(
            self.thread, lambda: self.embedder(), self._may_run, self._ask, self.opener,
            self._count,
        )  # fmt: skip

    def _may_run(self) -> bool:
        self.portions -= 1
        return self.portions >= 0

    async def _ask(self) -> bool:
        return self.is_allowed

    def _count(self) -> None:
        self.filled += 1

    async def fill(self, portions: int = COUNT) -> None:
        """Returns when the filler, woken once, has told that it has read."""
        before, self.portions = self.filled, portions
        self.filler.wake()
        await until(lambda: self.filled > before)

    async def formats(self, images: list[Known]) -> list[object]:
        """What is stored of these images: the format, or None."""
        ids = [image.id for image in images]
        stored = await self.thread.do(lambda gallery: [gallery.metadata.of(i) for i in ids])
        return [each and each["format"] for each in stored]

    async def backlog(self) -> set[int]:
        return await self.thread.do(headers_backlog)

    async def rounds(self) -> int:
        """How many steps others take in the gallery during a hundred of our own."""
        before = self.thread.steps
        for _ in range(100):
            await self.thread.do(lambda gallery: None)
        return self.thread.steps - before - 100


@asynccontextmanager
async def made(folder: Path) -> AsyncIterator[Bench]:
    root, state = folder / "root", folder / "state"
    state.mkdir()
    async with photo_gallery(root, state) as gallery:
        embedders = Embedders(gallery.thread, state, Worker(threads=1, max_bytes=MAX_BYTES))
        await embedders.use(MODEL)
        bench = Bench(gallery, embedders)
        running = asyncio.create_task(bench.filler.run())
        try:
            yield bench
            assert not running.done(), "it works until it is cancelled"
        finally:
            running.cancel()
            await asyncio.wait([running])
            await embedders.close()


@pytest.fixture
def photos(tmp_path: Path, album: list[Path]) -> list[Path]:
    paths = [tmp_path / f"root/{number:03}.jpg" for number in range(COUNT)]
    paths[0].parent.mkdir()
    for path in paths:
        shutil.copy(album[0], path)
    return paths


@pytest.fixture
async def bench(tmp_path: Path, photos: list[Path]) -> AsyncIterator[Bench]:
    async with made(tmp_path) as ready:
        await ready.embed(*photos)
        await ready.thread.do(forget_headers)
        yield ready


async def test_what_can_be_read_is_stored_and_nothing_else_is(
    bench: Bench, photos: list[Path]
) -> None:
    """Two portions; in each of them are files that are gone, changed, damaged, or no file."""
    images = await bench.known(photos)
    expected: list[object] = ["JPEG"] * COUNT
    kept = set[int]()
    for first in (0, IMAGES_A_PORTION):
        spoil(photos[first : first + 5])
        expected[first : first + 5] = [None] * 5
        kept |= {image.id for image in images[first : first + 5]}
    await bench.fill()
    assert await bench.formats(images) == expected
    assert await bench.backlog() == kept, "they are read when somebody has looked at the files"


async def test_while_something_speaks_against_work_nothing_is_read_and_nothing_is_left_out_later(
    bench: Bench, photos: list[Path]
) -> None:
    images = await bench.known(photos)
    bench.is_allowed = False
    bench.filler.wake()
    await bench.rounds()
    assert await bench.formats(images) == [None] * COUNT
    bench.is_allowed = True
    await bench.fill()
    assert await bench.formats(images) == ["JPEG"] * COUNT


def spoil(photos: list[Path]) -> None:
    """None of them is what the catalog says any more."""
    gone, folder, pipe, longer, damaged = photos
    for path in (gone, folder, pipe):
        path.unlink()
    folder.mkdir()
    os.mkfifo(pipe)
    with longer.open("ab") as file:
        file.write(b"more")
    damaged.write_bytes(b"damaged")


async def test_a_file_that_cannot_be_read_is_not_tried_again(
    bench: Bench, photos: list[Path]
) -> None:
    """Damaged ones, and those that are too large by now."""
    damaged, large, *good = photos
    damaged.write_bytes(b"no picture")
    images = await bench.known(photos)
    states = [FileState.of(os.stat(path)) for path in (damaged, large)]
    await bench.thread.do(
        Gallery.apply,
        Plan(returned=[i._replace(state=s) for i, s in zip(images, states, strict=False)]),
    )
    bench.opener.max_bytes = damaged.stat().st_size
    await bench.fill()
    assert await bench.formats(images) == [None] * COUNT
    assert await bench.backlog() == set()
    assert len(good) == COUNT - 2


async def test_nothing_is_done_any_more_once_all_was_looked_at(
    bench: Bench, photos: list[Path]
) -> None:
    """Neither where all was read nor where files are gone: else it would never end."""
    for photo in photos[::2]:
        photo.unlink()
    await bench.fill()
    assert len(await bench.backlog()) == COUNT / 2
    assert await bench.rounds() == 0
    bench.filler.wake()
    assert await bench.rounds() == 1, "it looks whether there is something"
    assert await bench.rounds() == 0
    assert bench.filled == 1


async def test_it_stops_for_the_backlog_and_goes_on_afterwards(
    bench: Bench, photos: list[Path]
) -> None:
    images = await bench.known(photos)
    await bench.fill(portions=1)
    assert (await bench.formats(images)).count("JPEG") == IMAGES_A_PORTION
    await bench.fill()
    assert await bench.formats(images) == ["JPEG"] * COUNT


async def test_nothing_is_stored_of_a_photo_that_was_found_changed_meanwhile(
    bench: Bench, photos: list[Path]
) -> None:
    """It is read when it is embedded."""
    image, *others = await bench.known(photos)
    finding = list[asyncio.Task[list[Known]]]()
    embedder, state = bench.embedder(), image.state._replace(size=1)

    def find_changed() -> Embedder:
        """As soon as the first headers are about to be read."""
        if not finding:
            plan = Plan(changed=[image._replace(state=state)])
            finding.append(asyncio.create_task(bench.thread.do(Gallery.apply, plan)))
        return embedder

    bench.embedder = find_changed
    await bench.fill()
    await asyncio.gather(*finding)
    assert await bench.formats([image, *others]) == [None, *["JPEG"] * len(others)]


@pytest.mark.parametrize("error", [WorkerError, ModelError])
async def test_without_a_worker_it_is_put_off(
    bench: Bench, photos: list[Path], error: type[Exception]
) -> None:
    """The model that answers may have been removed, and be answering until another is complete."""
    embedder, asked = bench.embedder, list[int]()

    def none() -> Embedder:
        asked.append(1)
        raise error("there is none")

    bench.embedder = none
    bench.filler.wake()
    await until(lambda: bool(asked))
    assert await bench.rounds() <= 1
    bench.embedder = embedder
    await bench.fill()
    assert "JPEG" in await bench.formats(await bench.known(photos))
