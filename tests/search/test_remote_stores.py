"""A vector store on another machine: the gallery's thread does not wait for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.search.query import Query, Question, SearchResult, UnknownPicturesError
from imgsimd.search.similar import Similar
from imgsimd.types import FilePath, Hidden
from tests.support import library
from tests.support.numpy_store import DistantStore
from tests.support.patience import DEADLINE


class Line:
    """The line to the other machine."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.is_asked = asyncio.Event()
        self.is_open = threading.Event()
        """Answers come only while it is set."""
        self.answers = 0
        """How many have come."""

    def wait(self) -> None:
        """Until an answer comes."""
        self._loop.call_soon_threadsafe(self.is_asked.set)
        assert self.is_open.wait(2 * DEADLINE)
        self.answers += 1


@dataclass(frozen=True)
class Remote:
    """Twenty images, and the service that answers questions about them."""

    line: Line
    gallery: GalleryThread
    similar: Similar

    @asynccontextmanager
    async def searching(self, question: Question) -> AsyncIterator[asyncio.Task[SearchResult]]:
        """Meanwhile the store has found something, but its answer comes only at the end."""
        self.line.is_open.clear()
        self.line.is_asked.clear()
        answer = asyncio.create_task(self.similar.ask(question))
        try:
            async with asyncio.timeout(DEADLINE):
                await self.line.is_asked.wait()
                yield answer
        finally:
            self.line.is_open.set()

    async def add(self, word: int) -> None:
        """A new photo arrives and is embedded."""

        def add(gallery: Gallery) -> None:
            library.work_off(gallery, library.add(gallery, word))

        await self.gallery.do(add)


@pytest.fixture
async def remote(tmp_path: Path) -> AsyncIterator[Remote]:
    line = Line()
    line.is_open.set()
    gallery = GalleryThread(make_store=lambda catalog, model, form: DistantStore(form, line.wait))
    await gallery.open(tmp_path / "gallery.db")
    await gallery.do(library.begin)
    remote = Remote(line, gallery, Similar(gallery))
    for word in range(1, 21):
        await remote.add(word)
    yield remote
    await gallery.close()


def path(word: int) -> FilePath:
    return library.ROOT + b"/%d.jpg" % word


def about(word: int, k: int = 3) -> Question:
    return Question([Query(path(word))], k)


async def test_a_remote_store_answers_as_any_other(remote: Remote, tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    local = library.opened(tmp_path / "local")
    library.work_off(local, library.add(local, *range(1, 21)))
    vector = library.vector_of(library.content_of(5))
    nearest = [match.path for match in library.nearest(local, vector, 4)]
    found = await remote.similar.ask(about(5))
    assert [path(5), *(match.path for match in found.matches)] == nearest


async def test_photos_are_stored_while_a_remote_store_searches(remote: Remote) -> None:
    async with remote.searching(about(5)) as answer:
        await remote.add(21)
        assert (await remote.gallery.counts()).images == 21
        assert not answer.done()
    assert len((await answer).matches) == 3
    matches = (await remote.similar.ask(about(5, k=99))).matches
    assert path(21) in [match.path for match in matches]


async def test_what_is_hidden_while_a_remote_store_searches_is_not_found(remote: Remote) -> None:
    first, second, third = (await remote.similar.ask(about(5))).matches
    gone = await remote.gallery.of_images(Images.at, [first.path])
    hidden = await remote.gallery.of_images(Images.at, [second.path])
    async with remote.searching(about(5)) as answer:
        await remote.gallery.do(Gallery.forget, gone)
        await remote.gallery.do(Gallery.hide, hidden, Hidden.GONE)
    (left,) = (await answer).matches
    assert left == third._replace(rank=1, exact_rank=1)


async def test_if_the_index_is_built_anew_while_a_remote_store_searches_it_is_asked_again(
    remote: Remote,
) -> None:
    expected = await remote.similar.ask(about(5))
    before = remote.line.answers
    async with remote.searching(about(5)) as answer:
        await remote.gallery.do(Gallery.reload)
    assert await answer == expected
    assert remote.line.answers == before + 2


async def test_a_remote_store_is_not_asked_about_unknown_pictures(remote: Remote) -> None:
    remote.line.is_open.clear()
    with pytest.raises(UnknownPicturesError):
        await remote.similar.ask(about(99))
    assert not remote.line.is_asked.is_set()
