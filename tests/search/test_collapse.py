"""Matches that show the same count as one, and as many are found as there are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.search.query import Filter, Query, Question
from imgsimd.search.similar import Similar
from tests.support import library

COPIES, OTHERS = range(1, 201), range(201, 221)
COPIED = library.content_of(1)


@pytest.fixture
async def similar(tmp_path: Path) -> AsyncIterator[Similar]:
    """200 files with one content, and 20 others."""
    gallery = GalleryThread(lambda: None)
    await gallery.open(tmp_path / "gallery.db")
    await gallery.do(_fill)
    yield Similar(gallery)
    await gallery.close()


def _fill(gallery: Gallery) -> None:
    library.begin(gallery)
    contents = library.add(gallery, *COPIES, *OTHERS)
    copies = dict.fromkeys(map(_path, COPIES), COPIED)
    library.work_off(gallery, contents | copies, batch=50)


def _path(word: int) -> bytes:
    return library.ROOT + b"/%d.jpg" % word


def about(k: int, collapse: bool = True, max_distance: float | None = None) -> Question:
    vector = [float(number) for number in library.vector_of(COPIED)]
    wanted = Filter(max_distance=max_distance)
    return Question([Query(vector=vector)], k, wanted, collapse)


async def test_copies_do_not_crowd_out_the_others(similar: Similar) -> None:
    plain = await similar.ask(about(220, collapse=False))
    found = await similar.ask(about(5))
    copies, others = plain.matches[:200], plain.matches[200:204]
    assert [match.id for match in found.matches] == [each.id for each in (copies[0], *others)]
    assert [match.rank for match in found.matches] == [1, 2, 3, 4, 5]
    assert found.alike == {copies[0].id: copies[1:], **{each.id: [] for each in others}}
    assert plain.alike == {}


async def test_all_that_there_are_are_found_if_there_are_fewer(similar: Similar) -> None:
    assert len((await similar.ask(about(100))).matches) == 21
    near = about(100, max_distance=0.01)
    (only,) = (await similar.ask(near)).matches
    assert only.distance == pytest.approx(0, abs=1e-6)
