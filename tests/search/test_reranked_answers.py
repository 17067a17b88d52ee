"""What is asked for in the better order: the same photos, in the same place whatever else is
asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from imgsimd.closeness import Closeness
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.conditions import Conditions
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.index import in_memory
from imgsimd.gallery.thread import GalleryThread
from imgsimd.search.query import Filter, Query, Question, SearchResult
from imgsimd.search.reranking import NODES
from imgsimd.search.similar import Similar
from imgsimd.types import FilePath, Rename
from tests.support import library
from tests.support.numpy_store import DistantStore

WORDS = range(1, 261)
ANYTHING = Filter()
ALL = len(WORDS) - 1
FOLDER = library.ROOT + b"/some"
"""Has every third of the photos, 86 of them."""


@pytest.fixture(params=[in_memory, lambda _, __, form: DistantStore(form)], ids=["faiss", "far"])
async def gallery(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[GalleryThread]:
    gallery = GalleryThread(make_store=request.param)
    await gallery.open(tmp_path / "gallery.db")
    await gallery.do(_fill)
    yield gallery
    await gallery.close()


@pytest.fixture
def similar(gallery: GalleryThread) -> Similar:
    return Similar(gallery)


def _fill(gallery: Gallery) -> None:
    library.begin(gallery)
    library.work_off(gallery, library.add(gallery, *WORDS), batch=260)
    known = gallery.images.at(list(map(path, WORDS[2::3])))
    moved = [Rename(i.id, i.path.replace(library.ROOT, FOLDER), i.state) for i in known]
    gallery.inherit(moved)


def path(word: int) -> FilePath:
    return library.ROOT + b"/%d.jpg" % word


def about(*words: int, k: int = ALL, wanted: Filter = ANYTHING, weight: float = 1) -> Question:
    queries = [Query(path(word)) for word in words]
    return Question([*queries[:-1], replace(queries[-1], weight=weight)], k, wanted, rerank=True)


def exactly(question: Question) -> Question:
    return replace(question, rerank=False)


def ids(result: SearchResult) -> list[int]:
    return [match.id for match in result.matches]


async def test_the_nearest_200_are_in_another_order_but_for_the_first(similar: Similar) -> None:
    better, exact = await similar.ask(about(5)), await similar.ask(exactly(about(5)))
    assert (better.is_reranked, exact.is_reranked) == (True, False)
    assert ids(better) != ids(exact)
    assert better.matches[0] == exact.matches[0]
    assert better.matches[NODES:] == exact.matches[NODES:]
    assert [match.rank for match in better.matches] == list(range(1, ALL + 1))
    by_distance = sorted(better.matches, key=lambda match: match.exact_rank)
    assert [each._replace(rank=each.exact_rank) for each in by_distance] == exact.matches


async def test_more_matches_begin_as_fewer_do(similar: Similar) -> None:
    everything = (await similar.ask(about(5))).matches
    for k in (1, 2, 7, NODES - 1, NODES, NODES + 1):
        assert (await similar.ask(about(5, k=k))).matches == everything[:k]


async def test_a_limit_leaves_out_what_is_farther_and_changes_nothing_else(
    similar: Similar,
) -> None:
    everything = (await similar.ask(about(5))).matches
    for number in (0, 1, 20, 150, 230):
        limit = sorted(match.distance for match in everything)[number]
        near = [match.id for match in everything if match.distance <= limit]
        for k in (1, 10, ALL):
            found = await similar.ask(about(5, k=k, wanted=Filter(max_distance=limit)))
            assert ids(found) == near[:k]
            assert [match.rank for match in found.matches] == list(range(1, len(near[:k]) + 1))


async def test_only_photos_that_may_be_found_play_a_part(
    similar: Similar, gallery: GalleryThread
) -> None:
    inside = Filter(conditions=Conditions(under=(FOLDER,)))
    found = await similar.ask(about(5, wanted=inside))
    others = await gallery.of_images(lambda images: images.at(list(map(path, WORDS))))
    await gallery.do(Gallery.forget, [image for image in others if image.path != path(5)])
    alone = await similar.ask(about(5))
    assert ids(found) == ids(alone)
    assert len(found.matches) == 86


async def test_the_picture_itself_is_only_added(similar: Similar) -> None:
    inside = Conditions(not_under=(FOLDER,))
    without = await similar.ask(about(5, wanted=Filter(conditions=inside)))
    with_it = await similar.ask(about(5, wanted=Filter((), None, True, inside)))
    assert with_it.matches[0].path == path(5)
    assert ids(with_it)[1:] == ids(without)


async def test_what_is_nearer_than_photos_of_one_scene_stays_in_front(
    gallery: GalleryThread,
) -> None:
    exact = await Similar(gallery).ask(exactly(about(5)))
    limit = exact.matches[11].distance
    similar = Similar(gallery, lambda model: Closeness(similar_distance=limit))
    found = await similar.ask(about(5))
    assert found.matches[:12] == exact.matches[:12]
    assert ids(found) != ids(exact)


async def test_whether_anything_is_close_does_not_depend_on_the_order(
    gallery: GalleryThread,
) -> None:
    (nearest,) = (await Similar(gallery).ask(about(5, k=1))).matches
    for limit, is_weak in ((nearest.distance, False), (nearest.distance - 1e-9, True)):
        close = Closeness(weak_distance=limit)
        similar = Similar(gallery, lambda model, close=close: close)  # type: ignore[misc] # mypy knows no defaults
        for question in (about(5), exactly(about(5))):
            assert (await similar.ask(question)).is_weak is is_weak


async def test_several_pictures_and_one_to_avoid_are_reranked_too(similar: Similar) -> None:
    for question in (about(5, 8), about(5, 8, 11, weight=-0.5)):
        better, exact = await similar.ask(question), await similar.ask(exactly(question))
        assert better.is_reranked
        assert better.matches[0] == exact.matches[0]
        assert ids(better) != ids(exact)
        assert sorted(ids(better)) == sorted(ids(exact))


async def test_many_questions_at_once_are_answered_as_one_by_one(similar: Similar) -> None:
    questions = [about(word, k=7) for word in WORDS[:80] if (word % 3)]
    questions[4:40:5] = map(exactly, questions[4:40:5])
    alone = [await similar.ask(question) for question in questions]
    assert await similar.ask_each(questions) == alone


async def test_groups_are_in_the_better_order_of_their_first(
    similar: Similar, gallery: GalleryThread
) -> None:
    """Each photo is there twice."""

    def copy(gallery: Gallery) -> None:
        contents = library.add(gallery, *range(1001, 1261))
        twins = {b: library.content_of(n) for n, b in enumerate(contents, 1)}
        library.work_off(gallery, twins, batch=260)

    await gallery.do(copy)
    twice = await similar.ask(about(5, k=40))
    grouped = await similar.ask(replace(about(5, k=20), collapse=True))
    groups = [
        [match.id, *(each.id for each in grouped.alike[match.id])] for match in grouped.matches
    ]
    assert [image for group in groups for image in group][:39] == ids(twice)[:39]
    assert [match.rank for match in grouped.matches] == list(range(1, 21))
    assert grouped.is_reranked
    for k in (1, 7, 19):
        fewer = await similar.ask(replace(about(5, k=k), collapse=True))
        assert fewer.matches == grouped.matches[:k]


async def test_the_nearest_of_a_group_stands_for_it_wherever_the_others_are(
    gallery: GalleryThread,
) -> None:
    """All are of one burst, so far as the photos that are alike enough."""

    def shoot(gallery: Gallery) -> None:
        shot = PictureMetadata("JPEG", 1, taken="2021-05-01T12:00:00", make="Canon")
        for image in gallery.images.at(list(map(path, WORDS))):
            gallery.metadata.store(image.id, shot)

    await gallery.do(shoot)
    similar = Similar(gallery, lambda model: Closeness(burst_distance=0.8))
    found = await similar.ask(replace(about(5), collapse=True))
    parted = 0
    for match in found.matches:
        ranks = [match.exact_rank, *(each.exact_rank for each in found.alike[match.id])]
        assert ranks == sorted(ranks)
        parted += len(ranks) > 1
    assert parted > 5
