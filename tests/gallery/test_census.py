"""How much is told to be below each root."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.errors import FaultKind
from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.catalog.root_tallies import RootTally
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.types import FileState, Hidden, Plan, Rename
from tests.support.library import FORM, content_of, opened, vector_of

HERE, THERE = b"/here", b"/here0/there"
"""What is in the second sorts behind what is in the first."""


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    gallery = opened(tmp_path)
    gallery.show([HERE, THERE])
    return gallery


def add(gallery: Gallery, root: bytes, *words: int) -> None:
    gallery.apply(Plan(new={root + b"/%d.jpg" % w: FileState(w, 1, 1, w) for w in words}))


def embed(gallery: Gallery, count: int, outcome: Fault | None = None, read: float = 1.0) -> None:
    model, waiting = gallery.verdicts.waiting(count)
    verdicts = [
        Verdict(
            Examined(i.id, i.state, content_of(i.state.size)),
            outcome or vector_of(content_of(i.state.size)),
            PictureMetadata("JPEG", 1, read=read) if read < 1 else None,
        )
        for i in waiting
    ]
    gallery.verdicts.commit(model, verdicts)


def tallies(gallery: Gallery) -> list[RootTally]:
    counts = gallery.census.counts()
    found = [counts.roots[root] for root in (HERE, THERE)]
    for name in ("images", "pending", "failed", "damaged"):
        assert sum(getattr(tally, name) for tally in found) == getattr(counts, name)
    return found


def test_each_root_has_its_own_numbers(gallery: Gallery) -> None:
    add(gallery, HERE, *range(7))
    add(gallery, THERE, *range(10, 15))
    assert tallies(gallery) == [RootTally(0, 7, 0, 0), RootTally(0, 5, 0, 0)]
    embed(gallery, 2)
    embed(gallery, 1, read=0.6)
    embed(gallery, 2, Fault("it is damaged", FaultKind.DAMAGED, "JPEG 1"))
    embed(gallery, 3)
    embed(gallery, 1, Fault("it is none", FaultKind.NO_PHOTO, "none"))
    assert tallies(gallery) == [RootTally(3, 3, 0, 0), RootTally(3, 0, 2, 1)]


def test_what_moves_to_another_root_counts_there(gallery: Gallery) -> None:
    add(gallery, HERE, 1, 2, 3)
    embed(gallery, 2)
    first, *_ = gallery.images.at([HERE + b"/3.jpg"])
    gallery.apply(Plan(renamed=[Rename(first.id, THERE + b"/3.jpg", first.state)]))
    assert tallies(gallery) == [RootTally(1, 1, 0, 0), RootTally(1, 0, 0, 0)]
    gallery.hide(gallery.images.at([THERE + b"/3.jpg", HERE + b"/1.jpg"]), Hidden.GONE)
    assert tallies(gallery) == [RootTally(1, 0, 0, 0), RootTally(0, 0, 0, 0)]


def test_while_the_model_changes_an_image_is_searchable_and_waits(gallery: Gallery) -> None:
    add(gallery, HERE, 1, 2)
    add(gallery, THERE, 3)
    embed(gallery, 3)
    gallery.aim("large", "large", FORM, {"m", "large"})
    add(gallery, THERE, 4)
    assert tallies(gallery) == [RootTally(2, 2, 0, 0), RootTally(1, 3, 0, 0)]


def test_a_root_that_is_not_there_has_no_numbers(gallery: Gallery) -> None:
    add(gallery, HERE, 1, 2)
    add(gallery, THERE, 3)
    gallery.show([HERE])
    assert gallery.census.counts().roots == {HERE: RootTally(0, 2, 0, 0)}
    gallery.show([])
    assert gallery.census.counts().roots == {}


def test_the_time_of_the_newest_is_when_it_was_embedded(gallery: Gallery, tmp_path: Path) -> None:
    add(gallery, HERE, 1)
    assert gallery.census.counts().newest_at is None
    before = Path(tmp_path / "gallery.db").stat().st_mtime
    embed(gallery, 1)
    assert (gallery.census.counts().newest_at or 0) >= before
    gallery.close()
    again = opened(tmp_path)
    again.show([HERE])
    assert again.census.counts().newest_at == 1e-9, "its file's"
