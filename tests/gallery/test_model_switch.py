"""While the model is changed, the earlier one answers."""

from __future__ import annotations

from pathlib import Path

from imgsimd.gallery.gallery import Gallery
from imgsimd.vectors import VectorForm
from tests.support.library import (
    DIMENSION,
    FORM,
    add,
    opened,
    work_off,
)


def test_the_earlier_model_answers_until_the_new_one_has_seen_everything(tmp_path: Path) -> None:
    gallery = opened(tmp_path, "old")
    contents = add(gallery, 1, 2)
    work_off(gallery, contents)
    gallery.aim("new", "new", FORM, {"old", "new"})
    assert (gallery.serving.name, gallery.census.counts().images) == ("old", 2)
    assert not gallery.reach_target()
    assert work_off(gallery, contents) == 2
    assert gallery.reach_target()
    assert (gallery.serving.name, gallery.census.counts().images) == ("new", 2)
    gallery.aim("old", "old", FORM, {"old", "new"})
    assert gallery.serving.name == "old", "going back costs nothing"
    assert gallery.census.counts().pending == 0


def test_photos_that_come_during_a_change_of_model_are_found_at_once(tmp_path: Path) -> None:
    gallery = opened(tmp_path, "old")
    contents = add(gallery, 1)
    work_off(gallery, contents)
    gallery.aim("new", "new", FORM, {"old", "new"})
    contents |= add(gallery, 2)
    model, waiting = gallery.verdicts.waiting(5)
    assert (model.name, len(waiting)) == ("old", 1)


def test_vectors_of_two_models_are_never_compared(tmp_path: Path) -> None:
    gallery = opened(tmp_path, "small")
    work_off(gallery, add(gallery, 1))
    gallery.aim("large", "large", VectorForm(DIMENSION * 2), {"small", "large"})
    assert gallery.serving.form == FORM
    gallery.close()
    reopened = Gallery(tmp_path / "gallery.db")
    reopened.aim("large", "large", VectorForm(DIMENSION * 2), {"large"})
    assert reopened.serving.name == "small", "it answers until the other is complete"
    assert reopened.census.counts().pending == 0, "but its model is gone: nothing waits for it"
