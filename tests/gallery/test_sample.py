"""Some files stand for all that waits to be embedded."""

from __future__ import annotations

from itertools import pairwise

from imgsimd.gallery.gallery import Gallery
from imgsimd.types import FileState, Hidden, Plan
from imgsimd.vectors import VectorForm
from tests.support.library import ROOT, add, work_off


def sizes(gallery: Gallery, most: int) -> list[int]:
    """Of the files of the sample; each file has another one."""
    ((model, _, files),) = gallery.verdicts.sample(most)
    assert model == gallery.serving
    return sorted(size for _, size in files)


def test_a_sample_is_spread_evenly_and_loses_only_what_is_done(gallery: Gallery) -> None:
    add(gallery, *range(1000))
    few = sizes(gallery, 100)
    assert 50 < len(few) <= 100
    assert len({late - early for early, late in pairwise(few)}) == 1
    _, waiting = gallery.verdicts.waiting(400)
    gallery.forget(gallery.images.by_id([image.id for image in waiting]))
    assert set(sizes(gallery, 100)) >= {size for size in few if size < 600}
    assert sizes(gallery, 1000) == list(range(600))


def test_a_sample_of_a_backlog_full_of_holes_is_what_comes_next(gallery: Gallery) -> None:
    add(gallery, *range(60))
    (image,) = gallery.images.at([ROOT + b"/3.jpg"])
    for _ in range(5000):
        gallery.enqueue([image.id])
    assert sizes(gallery, 32) == sorted([3, *range(29, 60)])


def test_nothing_that_is_hidden_is_in_a_sample(gallery: Gallery) -> None:
    gallery.apply(Plan(new={b"/away/%d.jpg" % n: FileState(n, 1, 1, 9000 + n) for n in range(50)}))
    add(gallery, 101, 102)
    gallery.hide(gallery.images.at([ROOT + b"/101.jpg"]), Hidden.GONE)
    assert sizes(gallery, 1000) == [102]


def test_while_models_change_each_has_a_sample(gallery: Gallery) -> None:
    contents = add(gallery, 1, 2, 3)
    work_off(gallery, contents)
    gallery.aim("large", "large", VectorForm(8), {"m", "large"})
    add(gallery, 4)
    serving, target = gallery.verdicts.sample(100)
    assert (serving[1], len(serving[2])) == (1, 1)
    assert (target[0].name, len(target[2])) == ("large", 4)


def test_one_from_anywhere_in_the_backlog_is_shown_or_there_is_none(gallery: Gallery) -> None:
    assert gallery.verdicts.amid(gallery.serving, 0.5) is None
    add(gallery, *range(101))
    found = [gallery.verdicts.amid(gallery.serving, n / 10) for n in range(10)]
    assert [image.state.size for image in found if image] == [10 * n for n in range(10)]
    gallery.hide(gallery.images.at([ROOT + b"/50.jpg"]), Hidden.GONE)
    assert gallery.verdicts.amid(gallery.serving, 0.5) is None
