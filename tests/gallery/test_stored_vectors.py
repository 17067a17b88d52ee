"""The vectors of models that do not answer can be counted and removed, a few at a time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from imgsimd.gallery import stored_vectors
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.stored_vectors import Step, StoredModel
from imgsimd.types import ImageId
from tests.support.library import DIMENSION, FORM, add, begin, nearest, opened, vector_of, work_off

BYTES = 4 * DIMENSION


@pytest.fixture
def contents() -> dict[bytes, bytes]:
    return {}


@pytest.fixture
def gallery(tmp_path: Path, contents: dict[bytes, bytes]) -> Gallery:
    """Three images with a vector of `new`, which answers, and of `old`; a fourth only of `new`."""
    made = opened(tmp_path, "old")
    contents |= add(made, 1, 2, 3)
    work_off(made, contents)
    made.aim("new", "new", FORM, {"old", "new"})
    work_off(made, contents)
    assert made.reach_target()
    contents |= add(made, 4)
    work_off(made, contents)
    return made


def stored(gallery: Gallery) -> dict[str, tuple[int, int]]:
    return {m.name: (m.images, m.bytes) for m in in_steps(gallery)}


def in_steps(gallery: Gallery) -> list[StoredModel]:
    """All steps of counting."""
    sums: dict[str, StoredModel] = {}
    last: ImageId | None = ImageId(0)
    while last is not None:
        last, models = gallery.stored_vectors.count(last)
        sums |= {model.name: model.plus(sums.get(model.name)) for model in models}
    return list(sums.values())


def remove(gallery: Gallery, name: str) -> tuple[int, int]:
    """All steps: how many vectors were removed, in how many steps."""
    images, steps, last = 0, 0, ImageId(0)
    while True:
        step = gallery.stored_vectors.remove(name, last)
        images, steps = images + removed(step), steps + 1
        if step.last is None:
            return images, steps
        last = step.last


def removed(step: Step) -> int:
    return sum(model.images for model in step.models)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step handles one image, as where a step takes very long."""
    monkeypatch.setattr(stored_vectors, "COUNTED_AT_ONCE", 1)
    monkeypatch.setattr(stored_vectors, "REMOVED_AT_ONCE", 1)
    times = iter(range(10**6))
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    monkeypatch.setattr(stored_vectors, "VISIT_SECONDS", 1.5)


def test_the_vectors_of_each_model_are_counted(gallery: Gallery) -> None:
    assert stored(gallery) == {"old": (3, 3 * BYTES), "new": (4, 4 * BYTES)}
    assert [model.is_needed for model in in_steps(gallery)] == [False, True]


@pytest.mark.usefixtures("hurried")
def test_however_many_steps_it_takes_the_sums_are_the_same(gallery: Gallery) -> None:
    assert stored(gallery) == {"old": (3, 3 * BYTES), "new": (4, 4 * BYTES)}


def test_only_the_vectors_of_the_model_that_was_named_are_removed(
    gallery: Gallery, contents: dict[bytes, bytes]
) -> None:
    question = vector_of(contents[b"/photos/1.jpg"])
    before = nearest(gallery, question, 10)
    assert remove(gallery, "old") == (3, 1)
    assert stored(gallery) == {"old": (0, 0), "new": (4, 4 * BYTES)}
    assert nearest(gallery, question, 10) == before
    assert remove(gallery, "old") == (0, 1)


@pytest.mark.usefixtures("hurried")
def test_a_removal_that_was_ended_in_the_middle_is_finished_by_the_next(
    gallery: Gallery, tmp_path: Path
) -> None:
    assert removed(gallery.stored_vectors.remove("old", ImageId(0))) == 1
    gallery.close()
    again = Gallery(tmp_path / "gallery.db")
    begin(again, "new")
    assert remove(again, "old") == (2, 4)
    assert stored(again)["old"] == (0, 0)


@pytest.mark.parametrize("name", ["new", "unknown"])
def test_the_vectors_of_a_model_that_answers_are_never_removed(gallery: Gallery, name: str) -> None:
    assert remove(gallery, name) == (0, 1)
    assert stored(gallery)["new"] == (4, 4 * BYTES)


def test_neither_are_those_of_one_that_is_switched_to_meanwhile(gallery: Gallery) -> None:
    gallery.aim("old", "old", FORM, {"old", "new"})
    assert gallery.serving.name == "new", "the fourth image waits"
    assert remove(gallery, "old") == (0, 1)
    assert stored(gallery)["old"] == (3, 3 * BYTES)


def test_a_model_whose_vectors_were_removed_sees_all_images_again(
    gallery: Gallery, contents: dict[bytes, bytes]
) -> None:
    remove(gallery, "old")
    gallery.aim("old", "old", FORM, {"old", "new"})
    assert gallery.serving.name == "new"
    assert work_off(gallery, contents) == 4
    assert gallery.reach_target()


def test_the_database_becomes_smaller(tmp_path: Path) -> None:
    gallery = opened(tmp_path, "old")
    contents = add(gallery, *range(1_000))
    work_off(gallery, contents, batch=1_000)
    gallery.aim("new", "new", FORM, {"old", "new"})
    work_off(gallery, contents, batch=1_000)
    assert gallery.reach_target()
    gallery.close()
    before = (tmp_path / "gallery.db").stat().st_size
    again = Gallery(tmp_path / "gallery.db")
    begin(again, "new")
    assert remove(again, "old")[0] == 1_000
    freed = sum(iter(again.stored_vectors.shrink, 0))
    again.close()
    assert (tmp_path / "gallery.db").stat().st_size == before - freed
    assert freed > 0


def test_ids_that_nobody_has_take_no_time(gallery: Gallery, contents: dict[bytes, bytes]) -> None:
    """As after the recovery of a damaged database: new ids are above all that may be in use."""
    gallery._catalog._file.db.execute("UPDATE sqlite_sequence SET seq = ?", [2**52])
    contents |= add(gallery, 5)
    work_off(gallery, contents)
    step = gallery.stored_vectors.count(ImageId(0))
    assert step.last is None
    assert {model.name: model.images for model in step.models} == {"old": 3, "new": 5}
    assert remove(gallery, "old") == (3, 1)
