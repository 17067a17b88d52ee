"""Catalog and index in step, through any sequence of changes and restarts."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from imgsimd.gallery.catalog.images import MOST_TWINS
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.types import FilePath, FileState, Hidden, ImageId, Known, Plan, Rename
from tests.support.household import until
from tests.support.library import (
    DIMENSION,
    ROOT,
    add,
    content_of,
    nearest,
    opened,
    vector_of,
    work_off,
)

SIDE = b"/side"
MEMORY = "/dev/shm"  # noqa: S108
"""Where there is such a folder, nothing waits for a disk."""


class Life(RuleBasedStateMachine):
    """Adds, changes, moves, removals and restarts, against a plain dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory(dir=MEMORY if os.path.isdir(MEMORY) else None)
        self.folder = Path(self.place.name)
        self.gallery = opened(self.folder)
        self.gallery.show([ROOT, SIDE])
        self.contents: dict[bytes, bytes] = {}
        self.ids: dict[bytes, int] = {}
        self.missing: set[bytes] = set()
        self.used: set[int] = set()
        self.shown = {ROOT, SIDE}
        self.clock = 0

    def teardown(self) -> None:
        self.gallery.close()
        self.place.cleanup()

    def state(self) -> FileState:
        self.clock += 1
        return FileState(1, self.clock, self.clock, self.clock)

    def path(self, number: int) -> bytes:
        """Half of the files lie in ROOT; a scan sees only folders that are shown."""
        sides = sorted(self.shown)
        return sides[number % len(sides)] + b"/%d.jpg" % number

    def existing(self, number: int) -> Known:
        (image,) = self.gallery.images.at([sorted(self.contents)[number % len(self.contents)]])
        return image

    @initialize()
    def begin(self) -> None:
        assert self.gallery.census.counts().images == 0

    @rule(numbers=st.sets(st.integers(0, 30), min_size=1, max_size=8), word=st.integers(0, 12))
    def add_files(self, numbers: set[int], word: int) -> None:
        fresh = [self.path(n) for n in numbers if self.path(n) not in self.contents]
        self.gallery.apply(Plan(new={path: self.state() for path in fresh}))
        self.contents |= {path: content_of(word + n) for n, path in enumerate(fresh)}
        for image in self.gallery.images.at(fresh):
            assert image.id not in self.used, "ids are never used again"
            self.used.add(image.id)
            self.ids[image.path] = image.id

    @precondition(lambda self: self.contents)
    @rule(number=st.integers(0, 99), word=st.integers(0, 12))
    def change_a_file(self, number: int, word: int) -> None:
        image = self.existing(number)
        self.gallery.apply(Plan(changed=[image._replace(state=self.state())]))
        self.contents[image.path] = content_of(word)
        self.missing.discard(image.path)

    @precondition(lambda self: self.contents)
    @rule(number=st.integers(0, 99), place=st.integers(0, 30))
    def move_a_file(self, number: int, place: int) -> None:
        image, path = self.existing(number), self.path(place)
        self.gallery.apply(Plan(renamed=[Rename(image.id, path, self.state())]))
        self.contents[path] = self.contents.pop(image.path)
        self.ids[path] = self.ids.pop(image.path)
        self.missing -= {image.path, path}

    @precondition(lambda self: self.contents)
    @rule(numbers=st.sets(st.integers(0, 99), max_size=5))
    def remove_files(self, numbers: set[int]) -> None:
        gone = {self.existing(number) for number in numbers}
        self.gallery.forget(gone)
        for image in gone:
            del self.contents[image.path], self.ids[image.path]
            self.missing.discard(image.path)

    @precondition(lambda self: self.contents)
    @rule(numbers=st.sets(st.integers(0, 99), max_size=5))
    def hide_files(self, numbers: set[int]) -> None:
        gone = {self.existing(number) for number in numbers}
        self.gallery.hide(gone, Hidden.GONE)
        self.missing |= {image.path for image in gone}

    @precondition(lambda self: self.missing)
    @rule()
    def bring_files_back(self) -> None:
        returned = self.gallery.images.at(self.missing)
        assert all(image.is_missing for image in returned)
        self.gallery.apply(Plan(returned=returned))
        self.missing.clear()

    @rule()
    def index(self) -> None:
        work_off(self.gallery, self.contents)

    @rule()
    def restart(self) -> None:
        self.gallery.close()
        self.gallery = opened(self.folder)
        self.gallery.show(sorted(self.shown))

    @rule(shown=st.sampled_from([{ROOT}, {SIDE}, {ROOT, SIDE}]))
    def plug_disks_in_and_out(self, shown: set[bytes]) -> None:
        self.shown = shown
        self.gallery.show(sorted(shown))

    @invariant()
    def catalog_and_index_agree(self) -> None:
        assert self.gallery.inspect(ImageId(0)) == (None, [])

    @invariant()
    def ids_follow_their_files(self) -> None:
        known = {image.path: image.id for image in self.gallery.images.at(list(self.contents))}
        assert known == self.ids

    @rule(seed=st.integers(0, 99), k=st.integers(1, 12))
    def ask(self, seed: int, k: int) -> None:
        work_off(self.gallery, self.contents)
        query = np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)
        query /= np.linalg.norm(query)
        truth = sorted(
            (
                float(np.sqrt(((vector_of(c).astype(float) - query.astype(float)) ** 2).sum())),
                self.ids[path],
                path,
            )
            for path, c in self.contents.items()
            if path not in self.missing and path.startswith(tuple(self.shown))
        )
        found = nearest(self.gallery, query, k)
        assert [(m.distance, m.id, m.path) for m in found] == truth[:k]
        assert [m.rank for m in found] == list(range(1, len(found) + 1))


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    return opened(tmp_path)


def test_a_copy_of_a_known_picture_embeds_nothing(gallery: Gallery) -> None:
    contents = add(gallery, 1, 2)
    assert work_off(gallery, contents) == 2
    gallery.apply(Plan(new={ROOT + b"/copy.jpg": FileState(1, 9, 9, 9)}))
    assert work_off(gallery, contents | {ROOT + b"/copy.jpg": content_of(1)}) == 0
    assert gallery.census.counts().images == 3


def test_a_copy_of_what_another_file_was_gets_its_own_vector(gallery: Gallery) -> None:
    """Both are recognised in one batch, the changed file first. Found by the property test."""
    contents = add(gallery, 1, 2)
    work_off(gallery, contents)
    one, two = sorted(gallery.images.at(contents))
    copy = ROOT + b"/copy.jpg"
    gallery.apply(Plan(new={copy: FileState(1, 9, 9, 9)}))
    gallery.apply(Plan(changed=[one._replace(state=one.state._replace(mtime_ns=9))]))
    work_off(gallery, {one.path: contents[two.path], copy: contents[one.path]})
    (match,) = nearest(gallery, vector_of(contents[one.path]), 1)
    assert match.path == copy
    assert match.distance == pytest.approx(0, abs=1e-6)


def test_a_touched_file_with_the_same_content_embeds_nothing(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    work_off(gallery, contents)
    (image,) = gallery.images.at(contents)
    gallery.apply(Plan(changed=[image._replace(state=image.state._replace(ctime_ns=99))]))
    assert gallery.census.counts().pending == 1
    assert work_off(gallery, contents) == 0
    assert gallery.census.counts().pending == 0


def test_what_is_noticed_last_is_embedded_first(gallery: Gallery) -> None:
    add(gallery, 1, 2, 3)
    add(gallery, 9, at=2)
    _, waiting = gallery.verdicts.waiting(1)
    assert waiting[0].path == ROOT + b"/9.jpg"


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
    gallery.aim("large", "large", DIMENSION, {"small", "large"})
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
    outcome = vector_of(content) if is_picture else "not a picture"
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


def test_of_many_twins_the_missing_one_is_told(gallery: Gallery) -> None:
    contents = dict.fromkeys(add(gallery, *range(2 * MOST_TWINS)), content_of(0))
    work_off(gallery, contents, MOST_TWINS)
    for image in gallery.images.at([ROOT + b"/3.jpg", ROOT + b"/999.jpg"]):
        gallery.hide([image], Hidden.GONE)
        assert image.id in [i.id for i in gallery.by_content([content_of(0)])[content_of(0)]]


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
        model, [Verdict(Examined(i.id, i.state, b""), "denied") for i in waiting]
    )
    gallery.hide(gallery.images.at([waiting[0].path]), Hidden.GONE)
    assert (gallery.census.counts().pending, gallery.census.counts().failed) == (500, 499)
    steps()
    for _ in range(10):
        assert (gallery.census.counts().pending, gallery.census.counts().failed) == (500, 499)
    assert steps() < 1000, "a thousand images"
    gallery.verdicts.commit(
        model, [Verdict(Examined(i.id, i.state, b""), "denied") for i in waiting]
    )
    gallery.enqueue([image.id for image in waiting])
    until(lambda: gallery.census.counts().failed == 0)


def reasons(gallery: Gallery) -> list[str]:
    """Why pictures cannot be embedded."""
    shown = gallery.visibility.roots
    return [failed.reason for failed in gallery.failures.page(shown, 0, None)]


def test_failures_are_told_page_by_page(gallery: Gallery) -> None:
    add(gallery, *range(30))
    model, waiting = gallery.verdicts.waiting(30)
    gallery.verdicts.commit(
        model, [Verdict(Examined(i.id, i.state, b""), "denied") for i in waiting]
    )
    for page in (gallery.failures.page, gallery.failures.unread):
        first = page([ROOT], 0, 20)
        assert [f.id for f in [*first, *page([ROOT], first[-1].id, 20)]] == list(range(1, 31))


def test_a_failure_is_not_tried_again_until_the_file_changes(gallery: Gallery) -> None:
    add(gallery, 1)
    model, (image,) = gallery.verdicts.waiting(5)
    gallery.verdicts.commit(
        model, [Verdict(Examined(image.id, image.state, content_of(1)), "no picture")]
    )
    assert gallery.verdicts.waiting(5)[1] == []
    assert reasons(gallery) == ["no picture"]
    changed = image.state._replace(mtime_ns=77)
    gallery.apply(Plan(changed=[Known(image.id, image.path, changed)]))
    assert reasons(gallery) == []
    assert len(gallery.verdicts.waiting(5)[1]) == 1


def test_a_verdict_about_an_older_state_of_the_file_is_not_stored(gallery: Gallery) -> None:
    add(gallery, 1)
    model, (image,) = gallery.verdicts.waiting(5)
    older = image.state._replace(mtime_ns=0)
    read = Examined(image.id, older, content_of(1))
    gallery.verdicts.commit(model, [Verdict(read, vector_of(read.content))])
    assert gallery.census.counts().images == 0
    assert gallery.census.counts().pending == 1


def test_a_picture_that_becomes_unreadable_is_no_longer_found(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    work_off(gallery, contents)
    (known,) = gallery.images.at(contents)
    gallery.apply(Plan(changed=[known._replace(state=known.state._replace(mtime_ns=5))]))
    model, (image,) = gallery.verdicts.waiting(1)
    gallery.verdicts.commit(
        model, [Verdict(Examined(image.id, image.state, content_of(5)), "damaged")]
    )
    assert gallery.census.counts().images == 0


def test_a_picture_that_cannot_be_read_just_now_keeps_its_vector(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    work_off(gallery, contents)
    (known,) = gallery.images.at(contents)
    gallery.apply(Plan(changed=[known._replace(state=known.state._replace(ctime_ns=5))]))
    model, (image,) = gallery.verdicts.waiting(1)
    gallery.verdicts.commit(model, [Verdict(Examined(image.id, image.state, b""), "denied")])
    assert reasons(gallery) == ["denied"]
    assert gallery.census.counts().images == 1
    gallery.enqueue([image.id for image in gallery.failures.unread([ROOT], 0, None)])
    assert reasons(gallery) == []
    assert work_off(gallery, contents) == 0


def test_missing_images_are_hidden_and_nothing_of_them_is_lost(gallery: Gallery) -> None:
    contents = add(gallery, 1, 2, 3)
    work_off(gallery, contents)
    contents |= add(gallery, 4, 5)
    gallery.hide(gallery.images.at(contents), Hidden.GONE)
    counts = gallery.census.counts()
    assert (counts.images, counts.pending, counts.newest) == (0, 0, None)
    assert gallery.verdicts.waiting(9)[1] == []
    none = dict.fromkeys(Hidden, 0)
    assert gallery.images.count_hidden(ROOT) == none | {Hidden.GONE: 5}
    assert gallery.images.count_hidden(b"/other") == none
    assert len(gallery.by_content([content_of(1)])[content_of(1)]) == 1, "if it turns up elsewhere"
    gallery.apply(Plan(returned=gallery.images.at(contents)))
    counts = gallery.census.counts()
    assert (counts.images, counts.pending) == (3, 2)
    assert gallery.images.count_hidden(ROOT)[Hidden.GONE] == 0


def test_a_verdict_about_an_image_that_went_missing_does_not_show_it(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    model, (image,) = gallery.verdicts.waiting(1)
    gallery.hide(gallery.images.at(contents), Hidden.GONE)
    read = Examined(image.id, image.state, contents[image.path])
    gallery.verdicts.commit(model, [Verdict(read, vector_of(read.content))])
    assert gallery.census.counts().images == 0


def test_images_of_an_offline_root_are_hidden_not_forgotten(gallery: Gallery) -> None:
    contents = add(gallery, 1, 2)
    work_off(gallery, contents)
    add(gallery, 3)
    gallery.show([])
    counts = gallery.census.counts()
    assert (counts.images, counts.pending) == (0, 0)
    assert gallery.verdicts.waiting(9)[1] == []
    gallery.show([ROOT])
    counts = gallery.census.counts()
    assert (counts.images, counts.pending) == (2, 1)


def test_a_file_renamed_from_a_hidden_folder_into_a_root_is_found(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    work_off(gallery, contents)
    (image,) = gallery.images.at(contents)
    gallery.show([b"/other"])
    assert gallery.census.counts().images == 0
    gallery.apply(Plan(renamed=[Rename(image.id, b"/other/1.jpg", image.state)]))
    assert gallery.census.counts().images == 1


def test_a_rename_takes_the_place_of_what_was_there(gallery: Gallery) -> None:
    contents = add(gallery, 1, 2)
    work_off(gallery, contents)
    one, two = gallery.images.at(contents)
    gallery.apply(Plan(renamed=[Rename(one.id, two.path, one.state)]))
    assert [(i.id, i.path) for i in gallery.images.at(contents)] == [(one.id, two.path)]
    assert gallery.census.counts().images == 1


def test_the_earlier_model_answers_until_the_new_one_has_seen_everything(tmp_path: Path) -> None:
    gallery = opened(tmp_path, "old")
    contents = add(gallery, 1, 2)
    work_off(gallery, contents)
    gallery.aim("new", "new", DIMENSION, {"old", "new"})
    assert (gallery.serving.name, gallery.census.counts().images) == ("old", 2)
    assert not gallery.reach_target()
    assert work_off(gallery, contents) == 2
    assert gallery.reach_target()
    assert (gallery.serving.name, gallery.census.counts().images) == ("new", 2)
    gallery.aim("old", "old", DIMENSION, {"old", "new"})
    assert gallery.serving.name == "old", "going back costs nothing"
    assert gallery.census.counts().pending == 0


def test_photos_that_come_during_a_change_of_model_are_found_at_once(tmp_path: Path) -> None:
    gallery = opened(tmp_path, "old")
    contents = add(gallery, 1)
    work_off(gallery, contents)
    gallery.aim("new", "new", DIMENSION, {"old", "new"})
    contents |= add(gallery, 2)
    model, waiting = gallery.verdicts.waiting(5)
    assert (model.name, len(waiting)) == ("old", 1)


def test_vectors_of_two_models_are_never_compared(tmp_path: Path) -> None:
    gallery = opened(tmp_path, "small")
    work_off(gallery, add(gallery, 1))
    gallery.aim("large", "large", DIMENSION * 2, {"small", "large"})
    assert gallery.serving.dimension == DIMENSION
    gallery.close()
    reopened = Gallery(tmp_path / "gallery.db")
    reopened.aim("large", "large", DIMENSION * 2, {"large"})
    assert reopened.serving.name == "small", "it answers until the other is complete"
    assert reopened.census.counts().pending == 0, "but its model is gone: nothing waits for it"


def test_a_database_of_the_first_version_learns_what_waits(tmp_path: Path) -> None:
    gallery = opened(tmp_path)
    contents = add(gallery, 1, 2)
    gallery.close()
    with sqlite3.connect(tmp_path / "gallery.db") as connection:
        connection.executescript(
            """ALTER TABLE models DROP COLUMN in_backlog; DELETE FROM backlog;
            DROP INDEX images_content; CREATE INDEX images_content ON images(content);
            DROP INDEX images_hidden; ALTER TABLE images DROP COLUMN missing;
            ALTER TABLE images DROP COLUMN attributes;
            DROP INDEX failures_unread; ALTER TABLE failures DROP COLUMN unread;
            DROP INDEX backlog_model;
            ALTER TABLE roots DROP COLUMN lost_after; DROP TABLE meanings; DROP TABLE successions;
            DROP TABLE moved_patterns; DROP TABLE metadata; DROP TABLE headers_backlog;
            DROP TABLE decoders; ALTER TABLE embeddings DROP COLUMN version;
            ALTER TABLE backlog DROP COLUMN outdated;
            DELETE FROM _sqlite_migrations WHERE id > 1; PRAGMA user_version = 1"""
        )
    connection.close()
    assert work_off(opened(tmp_path), contents) == 2


def test_a_gallery_keeps_to_the_hash_that_it_began_with(gallery: Gallery) -> None:
    assert gallery.images.hash() == "blake3"
    contents = add(gallery, 1, 2)
    assert gallery.images.hash() == "blake3"
    work_off(gallery, {path: hashlib.sha256(path).digest() for path in contents})
    assert gallery.images.hash() == "sha256"
    gallery.forget(gallery.images.at(contents))
    assert gallery.images.hash() == "blake3", "it begins anew"


def test_counting_ends_where_it_is_enough(gallery: Gallery) -> None:
    add(gallery, 1, 2, 3)
    assert [gallery.images.count(ROOT, most) for most in (0, 2, 4, None)] == [0, 2, 3, 3]


def find(gallery: Gallery, path: FilePath, state: FileState | None) -> ImageId | None:
    (image,) = gallery.lookup.find([(path, state)])
    return image


def test_a_question_knows_the_very_file(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    work_off(gallery, contents)
    (image,) = gallery.images.at(contents)
    assert find(gallery, image.path, None) == image.id
    assert find(gallery, image.path, image.state._replace(ctime_ns=123)) == image.id
    assert find(gallery, image.path, image.state._replace(size=5)) is None
    assert find(gallery, b"/photos/unknown.jpg", None) is None
    gallery.apply(Plan(changed=[image._replace(state=image.state._replace(mtime_ns=9))]))
    assert find(gallery, image.path, None) is None, "its vector is of what it was"


def test_ids_are_never_used_again(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    (first,) = gallery.images.at(contents)
    gallery.forget([first])
    (second,) = gallery.images.at(add(gallery, 2))
    assert second.id > first.id == ImageId(1)
