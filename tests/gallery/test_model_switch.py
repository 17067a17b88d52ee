"""While the model is changed, the earlier one answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.vectors import VectorForm
from tests.support.library import (
    DIMENSION,
    FORM,
    ROOT,
    add,
    opened,
    vector_of,
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


@pytest.mark.parametrize("roots", [[ROOT], [ROOT, b"/other"]], ids=["one root", "several"])
def test_how_far_a_change_is_counts_each_photo_once(tmp_path: Path, roots: list[bytes]) -> None:
    gallery = opened(tmp_path, "old")
    gallery.show(roots)
    contents = add(gallery, *range(1, 11))
    work_off(gallery, contents)
    assert gallery.census.counts().change is None
    gallery.aim("new", "new", FORM, {"old", "new"})
    assert gallery.census.counts().change == (0, 10)
    embed(gallery, contents, 4)
    assert gallery.census.counts().change == (4, 10)
    contents |= add(gallery, 20, 21)
    assert gallery.census.counts().change == (4, 12), "new ones wait for both models"
    embed(gallery, contents, 2)
    assert gallery.serving.name == "old"
    assert gallery.census.counts().change == (4, 12), "they are searchable now"
    embed(gallery, contents, 2)
    assert gallery.census.counts().change == (6, 12)
    work_off(gallery, contents)
    gallery.reach_target()
    assert gallery.census.counts().change is None


def embed(gallery: Gallery, contents: dict[bytes, bytes], count: int) -> None:
    """By the model whose turn it is."""
    model, waiting = gallery.verdicts.waiting(count)
    examined = [Examined(i.id, i.state, contents[i.path]) for i in waiting]
    gallery.verdicts.commit(model, [Verdict(i, vector_of(i.content)) for i in examined])
