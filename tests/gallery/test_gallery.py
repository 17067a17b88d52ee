"""Catalog and index in step, through any sequence of changes and restarts."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from imgsimd.gallery.catalog.images import MOST_TWINS
from imgsimd.gallery.gallery import Gallery
from imgsimd.types import FileState, Hidden, ImageId, Known, Plan, Rename
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


def test_of_many_twins_the_missing_one_is_told(gallery: Gallery) -> None:
    contents = dict.fromkeys(add(gallery, *range(2 * MOST_TWINS)), content_of(0))
    work_off(gallery, contents, MOST_TWINS)
    for image in gallery.images.at([ROOT + b"/3.jpg", ROOT + b"/999.jpg"]):
        gallery.hide([image], Hidden.GONE)
        assert image.id in [i.id for i in gallery.by_content([content_of(0)])[content_of(0)]]


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


def test_thousands_of_roots_can_be_online(gallery: Gallery) -> None:
    work_off(gallery, add(gallery, 1))
    others = [b"/many/%d" % number for number in range(1001)]
    gallery.show(others)
    assert gallery.census.counts().images == 0
    gallery.show([*others, ROOT])
    assert gallery.census.counts().images == 1


def test_a_file_renamed_from_a_hidden_folder_into_a_root_is_found(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    work_off(gallery, contents)
    (image,) = gallery.images.at(contents)
    gallery.show([b"/other"])
    assert gallery.census.counts().images == 0
    gallery.apply(Plan(renamed=[Rename(image.id, b"/other/1.jpg", image.state)]))
    assert gallery.census.counts().images == 1


def test_what_was_there_is_hidden_and_comes_back_with_its_vector(gallery: Gallery) -> None:
    contents = add(gallery, 1, 2)
    work_off(gallery, contents)
    one, two = gallery.images.at(contents)
    assert gallery.apply(Plan(renamed=[Rename(one.id, two.path, one.state)])) == [two]
    (aside,) = gallery.images.by_inode({two.state.inode: ImageId(0)}, 9)
    assert aside.is_missing
    assert aside.path.startswith(two.path)
    assert gallery.by_content([contents[two.path]]) == {contents[two.path]: [aside]}
    assert (gallery.census.counts().images, gallery.answering.path(two.id)) == (1, None)
    assert gallery.inspect(ImageId(0)) == (None, [])
    gallery.recover()
    gallery.apply(Plan(renamed=[Rename(two.id, one.path, two.state)]))
    assert gallery.answering.path(two.id) == one.path
    counts = gallery.census.counts()
    assert (counts.images, counts.pending) == (2, 0)


def test_a_new_image_of_a_photo_that_was_known_before_is_forgotten(gallery: Gallery) -> None:
    contents = add(gallery, 1, 2)
    one, new = gallery.images.at(contents)
    assert gallery.apply(Plan(renamed=[Rename(one.id, new.path, new.state)])) == []
    assert gallery.images.by_id([one.id, new.id]) == [one._replace(path=new.path, state=new.state)]


def test_a_rename_takes_the_place_of_what_was_there(gallery: Gallery) -> None:
    contents = add(gallery, 1, 2)
    work_off(gallery, contents)
    one, two = gallery.images.at(contents)
    gallery.apply(Plan(renamed=[Rename(one.id, two.path, one.state)]))
    assert [(i.id, i.path) for i in gallery.images.at(contents)] == [(one.id, two.path)]
    assert gallery.census.counts().images == 1


def test_a_database_of_the_first_version_learns_what_waits(tmp_path: Path) -> None:
    gallery = opened(tmp_path)
    contents = add(gallery, 1, 2)
    gallery.close()
    with sqlite3.connect(tmp_path / "gallery.db") as connection:
        connection.executescript(
            """ALTER TABLE models DROP COLUMN stored_as;
            ALTER TABLE models DROP COLUMN in_backlog; DELETE FROM backlog;
            DROP INDEX images_content; CREATE INDEX images_content ON images(content);
            DROP INDEX images_hidden; ALTER TABLE images DROP COLUMN missing;
            ALTER TABLE images DROP COLUMN attributes;
            DROP INDEX failures_unread; ALTER TABLE failures DROP COLUMN unread;
            DROP INDEX backlog_model;
            ALTER TABLE roots DROP COLUMN lost_after; DROP TABLE meanings; DROP TABLE successions;
            DROP TABLE moved_patterns; DROP TABLE metadata; DROP TABLE headers_backlog;
            DROP INDEX failures_cause; ALTER TABLE failures DROP COLUMN cause; DROP TABLE causes;
            DROP TABLE decoders; ALTER TABLE embeddings DROP COLUMN version;
            ALTER TABLE backlog DROP COLUMN outdated;
            DROP TABLE not_duplicates; DROP TABLE seen_duplicates; DROP TABLE comparisons;
            DROP TABLE compared;
            DROP TABLE shared; DROP TABLE shared_roots; DROP TABLE outbox;
            DROP TABLE shared_thumbnails;
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


def test_ids_are_never_used_again(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    (first,) = gallery.images.at(contents)
    gallery.forget([first])
    (second,) = gallery.images.at(add(gallery, 2))
    assert second.id > first.id == ImageId(1)
