"""Hiding is a filter of the search: no vector is loaded or removed for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from imgsimd.gallery.consistency import Flaw
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.vectors.base import Ids, Neighbour, Search
from imgsimd.types import FileState, Hidden, ImageId, Plan
from imgsimd.vectors import VectorForm
from tests.support.library import (
    FORM,
    ROOT,
    add,
    content_of,
    nearest,
    opened,
    vector_of,
    work_off,
)
from tests.support.numpy_store import NumpyStore

DISK = b"/disk"


class Watched(NumpyStore):
    """Counts what it is asked to do."""

    stores: list[Watched]

    def __init__(self, form: VectorForm) -> None:
        super().__init__(form)
        self.loaded = self.removed = 0
        self.filters: list[int | None] = []
        type(self).stores.append(self)

    def load(self, rows: Iterable[tuple[ImageId, bytes]]) -> None:
        before = len(self)
        super().load(rows)
        self.loaded += len(self) - before

    def remove(self, ids: Sequence[ImageId]) -> None:
        self.removed += sum(image in self for image in ids)
        super().remove(ids)

    def search_many(
        self, searches: Sequence[Search], hidden: Ids | None = None
    ) -> list[list[Neighbour]]:
        self.filters.append(None if hidden is None else len(hidden))
        return super().search_many(searches, hidden)


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    """Ten photos in ROOT, ten on DISK."""
    Watched.stores = []
    gallery = opened(tmp_path, make_store=lambda _, __, form: Watched(form))
    gallery.show([ROOT, DISK])
    paths = {DISK + b"/%d.jpg" % n: FileState(1, 1, 1, 5000 + n) for n in range(10)}
    gallery.apply(Plan(new=paths))
    contents = {path: content_of(100 + n) for n, path in enumerate(paths)}
    work_off(gallery, add(gallery, *range(10)) | contents)
    return gallery


def store() -> Watched:
    return Watched.stores[-1]


def found(gallery: Gallery) -> set[bytes]:
    matches = nearest(gallery, vector_of(content_of(1)), 99)
    assert len(matches) == gallery.census.counts().images
    return {match.path[: match.path.rindex(b"/")] for match in matches}


def assert_consistent(gallery: Gallery) -> None:
    assert gallery.inspect(ImageId(0)) == (None, [])


def test_a_search_without_hidden_images_has_no_filter(gallery: Gallery) -> None:
    assert found(gallery) == {ROOT, DISK}
    gallery.show([ROOT])
    assert found(gallery) == {ROOT}
    gallery.show([DISK, ROOT])
    found(gallery)
    assert store().filters == [None, 10, None]


def test_a_disk_that_goes_and_comes_back_moves_no_vector(gallery: Gallery) -> None:
    stores, loaded = len(Watched.stores), store().loaded
    for roots in ([ROOT], [ROOT, DISK], [DISK], [ROOT, DISK]):
        gallery.show(roots)
        assert found(gallery) == set(roots)
        assert_consistent(gallery)
    assert len(Watched.stores) == stores
    assert (store().loaded, store().removed) == (loaded, 0)


def test_missing_images_come_back_without_a_vector_being_moved(gallery: Gallery) -> None:
    gone = gallery.images.between(DISK, DISK + b"0")
    loaded = store().loaded
    gallery.hide(gone, Hidden.GONE)
    assert found(gallery) == {ROOT}
    assert [gallery.answering.vector(image.id) for image in gone] == [None] * 10
    assert [gallery.answering.path(image.id) for image in gone] == [None] * 10
    assert gallery.lookup.find([(image.path, None) for image in gone]) == [None] * 10
    assert_consistent(gallery)
    gallery.apply(Plan(returned=gone))
    assert found(gallery) == {ROOT, DISK}
    assert (store().loaded, store().removed) == (loaded, 0)


def test_hidden_vectors_take_no_memory_after_the_index_was_built(gallery: Gallery) -> None:
    gallery.show([ROOT])
    assert len(store()) == 20
    gallery.reload()
    assert len(store()) == 10
    assert_consistent(gallery)
    gallery.show([ROOT, DISK])
    assert found(gallery) == {ROOT, DISK}
    assert_consistent(gallery)


def test_without_any_root_no_vector_takes_memory(gallery: Gallery) -> None:
    gallery.show([])
    assert len(store()) == gallery.census.counts().images == 0
    gallery.show([ROOT])
    assert len(store()) == gallery.census.counts().images == 10


def test_what_is_hidden_and_forgotten_is_gone_from_the_store(gallery: Gallery) -> None:
    gone = gallery.images.between(DISK, DISK + b"0")
    gallery.hide(gone, Hidden.GONE)
    gallery.forget(gone)
    assert len(store()) == gallery.census.counts().images == 10
    found(gallery)
    assert store().filters == [None]


def test_a_filter_that_differs_from_the_catalog_is_told(gallery: Gallery) -> None:
    gone, *_, here = gallery.images.between(b"", b"\xff")
    gallery.hide([gone], Hidden.GONE)
    gallery._index._hidden.discard([gone.id])
    gallery._index._hidden.add([here.id])
    _, flawed = gallery.inspect(ImageId(0))
    assert {(each.id, each.flaw) for each in flawed} == {
        (gone.id, Flaw.STRAY),
        (here.id, Flaw.UNSEARCHABLE),
    }


def test_a_hidden_vector_that_differs_from_the_catalog_is_told(gallery: Gallery) -> None:
    (gone,) = gallery.images.at([DISK + b"/1.jpg"])
    gallery.hide([gone], Hidden.GONE)
    store().remove([gone.id])
    store().load([(gone.id, FORM.to_bytes(vector_of(b"something else")))])
    _, (flawed,) = gallery.inspect(ImageId(0))
    assert (flawed.id, flawed.flaw) == (gone.id, Flaw.STRAY)


def test_an_index_that_could_not_be_changed_is_built_anew(gallery: Gallery) -> None:
    gallery.show([ROOT])
    gallery.reload()
    stores, load = len(Watched.stores), store().load

    def fail(rows: Iterable[tuple[ImageId, bytes]]) -> None:
        load(list(rows)[:3])
        raise OSError("out of memory")

    store().load = fail  # type: ignore[method-assign]  # as an engine may fail midway
    with pytest.raises(OSError, match="out of memory"):
        gallery.show([ROOT, DISK])
    gallery.show([ROOT, DISK])
    assert len(Watched.stores) == stores + 1
    assert found(gallery) == {ROOT, DISK}
    assert_consistent(gallery)
    assert store().form == FORM
