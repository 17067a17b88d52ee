"""Questions asked at once are answered together, and each as if it were alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from imgsimd.errors import CatalogError
from imgsimd.gallery.attributes import NotLoadedError
from imgsimd.gallery.conditions import Conditions
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.search.filtering import Filtering
from imgsimd.search.query import (
    BadVectorError,
    Filter,
    NothingLeftError,
    Query,
    Question,
    QuestionError,
    UnknownPicturesError,
)
from imgsimd.search.similar import Similar
from imgsimd.search.visits import TOGETHER
from imgsimd.types import FileState, Plan, Rename
from tests.support import library
from tests.support.patience import DEADLINE

WORDS = range(1, 101)
UNKNOWN = b"/photos/unknown.jpg"


@dataclass
class Visits:
    """Counts what the gallery's thread does."""

    count: int = 0
    is_refused: bool = False

    def __call__(self) -> None:
        self.count += 1
        if self.is_refused:
            raise CatalogError("the database fails")


@dataclass(frozen=True)
class Asked:
    """A hundred images, and the service that answers questions about them."""

    gallery: GalleryThread
    similar: Similar
    visits: Visits

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """The gallery's thread does something else meanwhile. Then the visits are counted."""
        begun, over = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def dawdle(_: Gallery) -> None:
            loop.call_soon_threadsafe(begun.set)
            over.wait(DEADLINE)

        work = asyncio.create_task(self.gallery.do(dawdle))
        await begun.wait()
        self.visits.count = 0
        try:
            yield
        finally:
            over.set()
            await work


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Asked]:
    visits = Visits()
    gallery = GalleryThread(visits)
    await gallery.open(tmp_path / "gallery.db")
    await gallery.do(_fill)
    yield Asked(gallery, Similar(gallery), visits)
    await gallery.close()


def _fill(gallery: Gallery) -> None:
    library.begin(gallery)
    library.work_off(gallery, library.add(gallery, *WORDS), batch=50)


def path(word: int) -> bytes:
    return library.ROOT + b"/%d.jpg" % word


def about(*words: int, k: int = 3) -> Question:
    return Question([Query(path(word)) for word in words], k)


def vector(word: int) -> list[float]:
    return [float(number) for number in library.vector_of(library.content_of(word))]


async def test_an_indexed_picture_and_its_vector_ask_the_same(asked: Asked) -> None:
    by_path = await asked.similar.ask(about(5))
    by_vector = await asked.similar.ask(
        Question([Query(vector=vector(5))], 3, Filter(leave_out=[path(5)]))
    )
    assert by_path.model.name == "m"
    assert [match.rank for match in by_path.matches] == [1, 2, 3]
    assert path(5) not in [match.path for match in by_path.matches]
    assert by_path == by_vector


async def test_a_filter_leaves_out_what_is_named_or_far(asked: Asked) -> None:
    (nearest, second) = (await asked.similar.ask(about(5, k=2))).matches
    without = Filter(leave_out=[nearest.path])
    (found,) = (await asked.similar.ask(Question([Query(path(5))], 1, without))).matches
    assert found.path == second.path
    near = Filter(max_distance=nearest.distance)
    found_near = (await asked.similar.ask(Question([Query(path(5))], 10, near))).matches
    assert [match.path for match in found_near] == [nearest.path]


async def test_a_filter_finds_k_of_those_that_fit_and_follows_a_photo_that_moves(
    asked: Asked,
) -> None:
    """Also where many ask at once, with different filters."""
    everything = (await asked.similar.ask(about(5, k=100))).matches
    folder = library.ROOT + b"/far"
    far = Filter(conditions=Conditions(under=(folder,)))
    near = Filter(conditions=Conditions(not_under=(folder,)))
    assert not (await asked.similar.ask(Question([Query(path(5))], 3, far))).matches
    for moved in (everything[-1:], everything[-30:], everything[::7]):
        await asked.gallery.do(_move, [match.path for match in moved], folder)
        questions = [Question([Query(path(5))], 3, each) for each in [far, near, Filter()] * 9]
        answers = await asyncio.gather(*map(asked.similar.ask, questions))
        everything = (await asked.similar.ask(about(5, k=100))).matches
        is_far = [match.path.startswith(folder) for match in everything]
        expected = [
            [match.id for match, there in zip(everything, is_far, strict=True) if there][:3],
            [match.id for match, there in zip(everything, is_far, strict=True) if not there][:3],
            [match.id for match in everything[:3]],
        ]
        assert [[match.id for match in answer.matches] for answer in answers] == expected * 9


def _move(gallery: Gallery, paths: list[bytes], folder: bytes) -> None:
    """Into this folder, unless they are there."""
    images = [i for i in gallery.images.at(paths) if not i.path.startswith(folder)]
    targets = [folder + i.path.removeprefix(library.ROOT) for i in images]
    renamed = [Rename(i.id, t, i.state) for i, t in zip(images, targets, strict=True)]
    gallery.apply(Plan(renamed=renamed))


async def test_the_picture_asked_about_is_found_if_it_is_included(asked: Asked) -> None:
    included = Question([Query(path(5))], 1, Filter(include_queries=True))
    (match,) = (await asked.similar.ask(included)).matches
    assert (match.path, match.distance) == (path(5), 0)


async def test_the_attributes_are_dropped_when_nobody_has_used_them_for_a_while(
    asked: Asked,
) -> None:
    filtering = Filtering(asked.gallery, kept_seconds=0.01)
    running = asyncio.create_task(filtering.run())
    wanted = Conditions(under=(library.ROOT,))
    for _ in range(3):
        assert len(await filtering.ids(wanted)) == len(WORDS)
        async with asyncio.timeout(DEADLINE):
            while await asked.gallery.do(_is_loaded, wanted):
                await asyncio.sleep(0.01)
    running.cancel()


def _is_loaded(gallery: Gallery, wanted: Conditions) -> bool:
    with suppress(NotLoadedError):
        gallery.attributes.ids(wanted)
        return True
    return False


async def test_a_query_with_twice_the_weight_counts_twice(asked: Asked) -> None:
    weighed = Question([Query(path(1), weight=2), Query(path(2))], 5)
    assert await asked.similar.ask(weighed) == await asked.similar.ask(about(1, 1, 2, k=5))


async def test_a_query_with_a_negative_weight_is_taken_away(asked: Asked) -> None:
    taken = Question([Query(path(1), weight=1), Query(path(2), weight=-0.5)], 5)
    left = np.asarray(vector(1)) - 0.5 * np.asarray(vector(2))
    same = Question([Query(vector=list(left))], 5, Filter(leave_out=[path(1), path(2)]))
    found, expected = (
        (await asked.similar.ask(taken)).matches,
        (await asked.similar.ask(same)).matches,
    )
    assert [match.path for match in found] == [match.path for match in expected]


@pytest.mark.parametrize("weight", [-1.0, -0.9995])
async def test_pictures_that_leave_nothing_of_each_other_are_refused(
    asked: Asked, weight: float
) -> None:
    """All of them are to blame."""
    nothing = Question([Query(path(1)), Query(vector=vector(1), weight=weight)], 5)
    with pytest.raises(NothingLeftError, match="cancel each other out") as error:
        await asked.similar.ask(nothing)
    assert list(error.value.numbers) == [0, 1]


async def test_all_unknown_pictures_of_a_question_are_named_at_once(asked: Asked) -> None:
    other = FileState(1, 2, 3, 4)
    queries = [Query(UNKNOWN), Query(path(1)), Query(path(2), other), Query(b"/photos/no.jpg")]
    with pytest.raises(UnknownPicturesError, match=r"unknown\.jpg is not in the gallery") as error:
        await asked.similar.ask(Question(queries, 3))
    assert error.value.numbers == [0, 2, 3]
    assert error.value.paths == [UNKNOWN, path(2), b"/photos/no.jpg"]


@pytest.mark.parametrize("numbers", [[0.0] * 8, [1.0] * 7, [float("inf")] * 8])
async def test_a_vector_that_cannot_be_compared_is_refused_with_its_number(
    asked: Asked, numbers: list[float]
) -> None:
    with pytest.raises(BadVectorError) as error:
        await asked.similar.ask(Question([Query(path(1)), Query(vector=numbers)], 3))
    assert error.value.numbers == [1]


async def test_questions_that_come_while_the_gallery_is_busy_are_answered_in_few_visits(
    asked: Asked,
) -> None:
    expected = {word: await asked.similar.ask(about(word)) for word in WORDS}
    async with asked.busy():
        tasks = {word: asyncio.create_task(asked.similar.ask(about(word))) for word in WORDS}
        await asyncio.sleep(0)
    assert {word: await task for word, task in tasks.items()} == expected
    assert asked.visits.count <= 2 + len(WORDS) / TOGETHER


async def test_an_error_in_one_question_does_not_affect_the_others(asked: Asked) -> None:
    async with asked.busy():
        tasks = [asyncio.create_task(asked.similar.ask(about(word))) for word in (1, 2, 3)]
        wrong = asyncio.create_task(asked.similar.ask(Question([Query(UNKNOWN)], 3)))
        tasks += [asyncio.create_task(asked.similar.ask(about(word))) for word in (4, 5)]
        await asyncio.sleep(0)
    with pytest.raises(QuestionError):
        await wrong
    for task in tasks:
        assert len((await task).matches) == 3


async def test_a_caller_that_gives_up_does_not_take_the_others_answers_along(asked: Asked) -> None:
    async with asked.busy():
        tasks = [asyncio.create_task(asked.similar.ask(about(word))) for word in range(1, 11)]
        await asyncio.sleep(0)
        for leaving in tasks[::2]:
            leaving.cancel()
    for staying in tasks[1::2]:
        assert len((await staying).matches) == 3
    for leaving in tasks[::2]:
        with suppress(asyncio.CancelledError):
            await leaving
        assert leaving.cancelled()


async def test_every_caller_is_told_that_the_database_fails_and_can_ask_again(
    asked: Asked,
) -> None:
    async with asked.busy():
        tasks = [asyncio.create_task(asked.similar.ask(about(word))) for word in (1, 2, 3)]
        await asyncio.sleep(0)
        asked.visits.is_refused = True
    for task in tasks:
        with pytest.raises(CatalogError):
            await task
    asked.visits.is_refused = False
    assert len((await asked.similar.ask(about(1))).matches) == 3
