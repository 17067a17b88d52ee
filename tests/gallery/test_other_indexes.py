"""The index of a model that does not answer is loaded bit by bit, and kept in step meanwhile."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from imgsimd.gallery import index
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.index import Index, in_memory
from imgsimd.gallery.other_indexes import IndexMissingError
from imgsimd.types import Hidden, ImageId, Plan, Rename
from imgsimd.vectors import VectorForm
from tests.support.library import DIMENSION, ROOT, add, content_of, opened, work_off

FORM = VectorForm(DIMENSION)
IDS = list(map(ImageId, range(1, 1000)))


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    """A hundred images that two models have seen; the first one answers."""
    made = opened(tmp_path, "first")
    contents = add(made, *range(1, 101))
    work_off(made, contents)
    made.aim("second", "second", FORM, {"first", "second"})
    work_off(made, contents)
    yield made
    made.close()


def second(gallery: Gallery) -> Served:
    assert gallery.target.name == "second"
    return gallery.target


def anew(gallery: Gallery, model: Served) -> Index:
    built = Index(gallery._catalog, gallery.visibility, in_memory)
    built.build(model.key, model.form)
    return built


def test_changes_while_it_is_loaded_and_later_are_known(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "LOADED_AT_ONCE", 10)
    monkeypatch.setattr(index, "LOADING_SECONDS", 0)
    model, chance = second(gallery), random.Random(1)  # noqa: S311 - the same changes each time, not a secret
    while not gallery.others.load(model):
        change(gallery, chance)
    for _ in range(50):
        change(gallery, chance)
    loaded, expected = gallery.others.get(model), anew(gallery, model)
    ids = expected.ids()
    assert 20 < len(ids) < 160
    np.testing.assert_array_equal(loaded.ids(), ids)
    np.testing.assert_array_equal(loaded.vectors_of(ids)[1], expected.vectors_of(ids)[1])


def change(gallery: Gallery, chance: random.Random) -> None:
    """Something that happens to photos."""
    images = gallery.images.by_id(IDS)
    image = chance.choice(images)
    moved = ROOT + b"/%d-moved.jpg" % chance.randrange(10**9)
    state = image.state._replace(size=chance.randrange(10**6), mtime_ns=chance.randrange(10**6))
    match chance.randrange(6):
        case 0:
            gallery.forget([image])
        case 1:
            gallery.hide([image], Hidden.GONE)
        case 2:
            gallery.apply(Plan(returned=[each for each in images if each.is_missing]))
        case 3:
            gallery.apply(Plan(renamed=[Rename(image.id, moved, image.state)]))
        case 4:
            gallery.apply(Plan(changed=[image._replace(state=state)]))
        case _:
            add(gallery, chance.randrange(1000, 10**6))
    every = gallery.images.by_id(IDS)
    work_off(gallery, {each.path: content_of(each.state.size) for each in every})


def test_other_folders_end_it(gallery: Gallery) -> None:
    model = second(gallery)
    while not gallery.others.load(model):
        pass
    gallery.show([ROOT, b"/other"])
    with pytest.raises(IndexMissingError):
        gallery.asked(model)
    while not gallery.others.load(model):
        pass
    assert gallery.asked(model).coverage == (100, 100)


def test_the_next_model_takes_the_place_without_being_loaded_again(gallery: Gallery) -> None:
    model = second(gallery)
    while not gallery.load_target():
        pass
    loaded = gallery.others.get(model)
    store = loaded._store
    assert gallery.reach_target()
    assert gallery._index._store is store
    assert gallery.asked(model) is gallery.answering
    assert gallery.vector_bytes == 100 * FORM.size, "the earlier ones are gone"
    contents = add(gallery, 500)
    work_off(gallery, contents)
    assert gallery.census.counts().images == 101
