"""Matches that show the same count as one, and as many are found as there are."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from imgsimd.closeness import Closeness
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.catalog.raw_pairs import RAW
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.search.query import Filter, Query, Question
from imgsimd.search.similar import Similar
from imgsimd.types import FileState, Plan
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


async def test_metadata_tell_bursts_and_raw_pairs(tmp_path: Path) -> None:
    gallery = GalleryThread(lambda: None)
    await gallery.open(tmp_path / "gallery.db")
    await gallery.do(_shoot)
    similar = Similar(gallery, lambda model: Closeness(burst_distance=2.0))
    found = await similar.ask(about(10))
    groups = {
        frozenset(os.path.basename(each.path) for each in (match, *found.alike[match.id]))
        for match in found.matches
    }
    assert groups == {
        frozenset({b"1.jpg", b"2.jpg"}), frozenset({b"3.jpg"}), frozenset({b"4.jpg", b"4.dng"})
    }  # fmt: skip
    assert len((await Similar(gallery).ask(about(10))).matches) == 4, "no limit for bursts is known"
    await gallery.close()


def _shoot(gallery: Gallery) -> None:
    """Two shots of one second, one with another camera, and a raw file beside its picture."""
    library.begin(gallery)
    paths = [
        library.ROOT + b"/" + name for name in (b"1.jpg", b"2.jpg", b"3.jpg", b"4.jpg", b"4.dng")
    ]
    gallery.apply(Plan(new={path: FileState(n, 1, 1, n) for n, path in enumerate(paths)}))
    library.work_off(gallery, {path: library.content_of(n) for n, path in enumerate(paths)})
    for known in gallery.images.at(paths):
        name = os.path.basename(known.path)
        format_name = RAW if name.endswith(b".dng") else "JPEG"
        second = "05" if name.startswith(b"4") else "01"
        gallery.metadata.store(
            known.id,
            PictureMetadata(
                format_name, 1, taken=f"2024-05-01T10:00:{second}",
                make="Canon", model="M6" if name == b"3.jpg" else "R5",
            ),
        )  # fmt: skip


async def test_all_that_there_are_are_found_if_there_are_fewer(similar: Similar) -> None:
    assert len((await similar.ask(about(100))).matches) == 21
    near = about(100, max_distance=0.01)
    (only,) = (await similar.ask(near)).matches
    assert only.distance == pytest.approx(0, abs=1e-6)
