"""What a step costs does not grow with what it does not touch. Counted in steps of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.catalog.images import MOST_TWINS
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.types import FileState, Hidden, ImageId, Plan, Rename
from tests.support.household import until
from tests.support.library import (
    FORM,
    ROOT,
    add,
    content_of,
    opened,
    vector_of,
    work_off,
)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many steps SQLite's virtual machine has made since it was asked last."""
    made: list[None] = []

    class Counted(sqlite3.Connection):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.set_progress_handler(lambda: made.append(None), 1)

    def since() -> int:
        number = len(made)
        made.clear()
        return number

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Counted))
    return since


def test_a_batch_and_a_count_cost_the_same_however_much_waits(
    steps: Callable[[], int], tmp_path: Path
) -> None:
    gallery = opened(tmp_path)
    costs = []
    for words in (range(10), range(10, 2000)):
        add(gallery, *words)
        steps()
        assert len(gallery.verdicts.waiting(10)[1]) == 10
        assert gallery.census.counts().pending == words[-1] + 1
        costs.append(steps())
    assert costs[0] == costs[1] > 10


def test_a_count_costs_the_same_however_much_the_next_model_has_seen(
    steps: Callable[[], int], tmp_path: Path
) -> None:
    gallery = opened(tmp_path, "small")
    contents = add(gallery, *range(500))
    work_off(gallery, contents, 500)
    costs = []
    gallery.aim("large", "large", FORM, {"small", "large"})
    for batch in (10, 480):
        model, waiting = gallery.verdicts.waiting(batch)
        read = [Examined(i.id, i.state, contents[i.path]) for i in waiting]
        gallery.verdicts.commit(model, [Verdict(i, vector_of(i.content)) for i in read])
        steps()
        assert gallery.census.counts().newest == waiting[-1].path
        costs.append(steps())
    assert costs[0] == costs[1] > 10


@pytest.mark.parametrize("is_picture", [True, False])
def test_a_batch_of_twins_costs_the_same_however_many_there_are(
    steps: Callable[[], int], tmp_path: Path, is_picture: bool
) -> None:
    gallery, content = opened(tmp_path), content_of(0)
    outcome = vector_of(content) if is_picture else Fault("not a picture")
    costs = []
    for start, end in ((0, MOST_TWINS), (MOST_TWINS, 5 * MOST_TWINS)):
        add(gallery, *range(start, end))
        model, waiting = gallery.verdicts.waiting(end)
        read = [Examined(i.id, i.state, content) for i in waiting]
        steps()
        gallery.by_content([content])
        assert bool(gallery.verdicts.recognise(model, read[:10])) != (is_picture and start > 0)
        costs.append(steps())
        gallery.verdicts.commit(model, [Verdict(i, outcome) for i in read])
    assert costs[1] < 20_000, "some steps for each of the twins that are looked at, not for all"


def test_twins_that_come_in_pieces_and_go_cost_the_same_however_many_there_are(
    steps: Callable[[], int], tmp_path: Path
) -> None:
    gallery, content, costs = opened(tmp_path), content_of(0), []
    for start in range(0, 4 * MOST_TWINS, MOST_TWINS):
        work_off(
            gallery, dict.fromkeys(add(gallery, *range(start, start + MOST_TWINS - 10)), content)
        )
        steps()
        new = dict.fromkeys(
            add(gallery, *range(start + MOST_TWINS - 10, start + MOST_TWINS)), content
        )
        work_off(gallery, new)
        known = gallery.images.at(new)
        gallery.apply(Plan(renamed=[Rename(i.id, i.path + b".jpg", i.state) for i in known]))
        renamed = gallery.images.by_id([image.id for image in known])
        gallery.hide(renamed, Hidden.GONE)
        gallery.by_content([content])
        gallery.forget(renamed)
        costs.append(steps())
    assert costs[-1] < 1.1 * costs[1]


def test_some_hard_links_cost_the_same_however_many_there_are(
    steps: Callable[[], int], tmp_path: Path
) -> None:
    gallery, costs = opened(tmp_path), []
    for name in (b"a", b"b", b"c", b"d"):
        names = (ROOT + b"/%s%d.jpg" % (name, number) for number in range(500))
        gallery.apply(Plan(new=dict.fromkeys(names, FileState(1, 1, 1, 1))))
        steps()
        assert len(gallery.images.by_inode({1: ImageId(400)}, 100)) == 100
        costs.append(steps())
    assert len(set(costs)) == 1


def test_what_waits_hidden_holds_up_nothing_else(steps: Callable[[], int], tmp_path: Path) -> None:
    gallery = opened(tmp_path)
    elsewhere = {b"/away/%d.jpg" % n: FileState(1, 1, 1, 9000 + n) for n in range(3000)}
    contents = add(gallery, *range(100))
    gallery.apply(Plan(new=elsewhere))
    gallery.hide(gallery.images.at(add(gallery, 200, 201)), Hidden.GONE)
    gallery.verdicts.waiting(10)
    steps()
    assert work_off(gallery, contents, 10) == 100
    assert steps() < 100_000, "each of eleven batches passed over 3000 hidden ones"
    new = add(gallery, 300, 301)
    assert work_off(gallery, new) == 2, "what came later"
    gallery.apply(Plan(returned=gallery.images.at([ROOT + b"/200.jpg"])))
    assert [image.path for image in gallery.verdicts.waiting(10)[1]] == [ROOT + b"/200.jpg"]
    gallery.show([ROOT, b"/away"])
    assert len(gallery.verdicts.waiting(4000)[1]) == 3001


def test_a_count_costs_nothing_while_nothing_changes(
    steps: Callable[[], int], tmp_path: Path
) -> None:
    gallery = opened(tmp_path)
    add(gallery, *range(1000))
    model, waiting = gallery.verdicts.waiting(500)
    gallery.verdicts.commit(
        model, [Verdict(Examined(i.id, i.state, b""), Fault("denied")) for i in waiting]
    )
    gallery.hide(gallery.images.at([waiting[0].path]), Hidden.GONE)
    assert (gallery.census.counts().pending, gallery.census.counts().failed) == (500, 499)
    steps()
    for _ in range(10):
        assert (gallery.census.counts().pending, gallery.census.counts().failed) == (500, 499)
    assert steps() < 1000, "a thousand images"
    gallery.verdicts.commit(
        model, [Verdict(Examined(i.id, i.state, b""), Fault("denied")) for i in waiting]
    )
    gallery.enqueue([image.id for image in waiting])
    until(lambda: gallery.census.counts().failed == 0)


def test_a_start_does_not_look_at_the_failures_one_by_one(
    steps: Callable[[], int], tmp_path: Path
) -> None:
    gallery = opened(tmp_path)
    add(gallery, *range(3000))
    model, (first, *waiting) = gallery.verdicts.waiting(3000)
    faults = {image: Fault("damaged", reader="JPEG 1") for image in waiting}
    faults[first] = Fault("damaged", reader="HEIC 1")
    gallery.verdicts.commit(
        model, [Verdict(Examined(i.id, i.state, content_of(1)), f) for i, f in faults.items()]
    )
    steps()
    gallery.verdicts.retry({"JPEG 1", "HEIC 1"}, {})
    gallery.verdicts.retry({"JPEG 1", "HEIC 2"}, {})
    assert steps() < 1000
    assert [image.id for image in gallery.verdicts.waiting(9)[1]] == [first.id]
