"""Every change of what a shared store holds is entered, in the transaction that makes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlite_utils import Database

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.shared_ids import HostNumber
from imgsimd.types import ImageId

IMAGES = """
    INSERT INTO models (id, identity, name, dimension) VALUES (1, 'a', 'a', 2), (2, 'b', 'b', 2);
    INSERT INTO images (id, path, size, mtime_ns, ctime_ns, inode)
    VALUES (1, x'2f61', 1, 1, 1, 1), (2, x'2f62', 1, 1, 1, 2), (3, x'2f63', 1, 1, 1, 3);
    INSERT INTO embeddings (image_id, model_id, vector)
    VALUES (1, 1, x'01'), (1, 2, x'02'), (2, 1, x'03');
    INSERT INTO metadata (image_id, format, orientation, width, gps) VALUES (1, 'JPEG', 1, 40, 0);
"""
"""Image 1 has vectors by both models, and metadata; image 2 has one by model 1, image 3 has none.
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """Shared, with all pushed."""
    catalog = Catalog(tmp_path_factory.mktemp("made") / "gallery.db")
    database(catalog).conn.executescript(IMAGES)
    with catalog.atomic():
        catalog.outbox.begin(HostNumber(1), "s")
        push_all(catalog)
    yield catalog
    catalog.close()


@pytest.fixture
def catalog(made: Catalog) -> Iterator[Catalog]:
    """As it was made, whatever other tests do; all in one transaction."""
    database(made).conn.execute("BEGIN")
    yield made
    database(made).conn.execute("ROLLBACK")


def database(catalog: Catalog) -> Database:
    return catalog._file.db


def entries(catalog: Catalog) -> set[tuple[int, int]]:
    """(image, model)"""
    return {(entry.image, entry.model) for entry in catalog.outbox.next(100)}


def push_all(catalog: Catalog) -> None:
    catalog.outbox.remove([entry.seq for entry in catalog.outbox.next(100)])


BOTH, ALL = {(1, 1), (1, 2)}, {(1, 1), (1, 2), (2, 1)}
INTO = "INTO embeddings (image_id, model_id, vector) VALUES"
CHANGES = [
    (f"INSERT {INTO} (3, 1, x'04')", {(3, 1)}),
    (f"INSERT OR REPLACE {INTO} (2, 1, x'04')", {(2, 1)}),
    (f"INSERT OR IGNORE {INTO} (2, 2, x'04')", {(2, 2)}),
    (f"INSERT OR IGNORE {INTO} (2, 1, x'04')", set()),
    ("UPDATE embeddings SET vector = x'05' WHERE image_id = 2", {(2, 1)}),
    ("UPDATE embeddings SET image_id = 3 WHERE image_id = 2", {(2, 1), (3, 1)}),
    ("UPDATE OR IGNORE embeddings SET image_id = 2 WHERE image_id = 1", {(1, 2), (2, 2)}),
    ("UPDATE embeddings SET version = 7", set()),
    ("DELETE FROM embeddings", ALL),
    ("DELETE FROM embeddings WHERE model_id = 1", {(1, 1), (2, 1)}),
    ("DELETE FROM images WHERE id = 1", BOTH),
    ("DELETE FROM images WHERE id = 3", set()),
    ("UPDATE images SET path = x'2f64' WHERE id = 1", BOTH),
    ("UPDATE images SET path = CAST(x'2f78' || path AS BLOB)", ALL),
    ("UPDATE images SET mtime_ns = 9 WHERE id = 2", {(2, 1)}),
    ("UPDATE images SET missing = 1 WHERE id = 2", {(2, 1)}),
    ("UPDATE images SET path = path, mtime_ns = 1, missing = 0, ctime_ns = 5", set()),
    ("INSERT INTO metadata (image_id, format, orientation) VALUES (2, 'PNG', 1)", {(2, 1)}),
    ("INSERT OR REPLACE INTO metadata (image_id, format, orientation) VALUES (1, 'PNG', 1)", BOTH),
    ("UPDATE metadata SET format = 'PNG'", BOTH),
    ("UPDATE metadata SET width = NULL", BOTH),
    ("UPDATE metadata SET height = 30", BOTH),
    ("UPDATE metadata SET taken = '2024-05-01T00:00:00'", BOTH),
    ("UPDATE metadata SET make = 'Canon'", BOTH),
    ("UPDATE metadata SET model = 'EOS'", BOTH),
    ("UPDATE metadata SET format = 'JPEG', width = 40, gps = 1, latitude = 5", set()),
    (
        """INSERT INTO metadata (image_id, format, orientation) VALUES (1, 'GIF', 1)
        ON CONFLICT DO UPDATE SET format = excluded.format""",
        BOTH,
    ),
    ("UPDATE OR IGNORE metadata SET image_id = 2", ALL),
    ("DELETE FROM metadata", BOTH),
]


@pytest.mark.parametrize(("change", "entered"), CHANGES)
def test_a_change_is_entered_if_it_concerns_what_is_pushed(
    catalog: Catalog, change: str, entered: set[tuple[int, int]]
) -> None:
    database(catalog).execute(change)
    assert entries(catalog) == entered


@pytest.mark.parametrize(("change", "entered"), CHANGES)
def test_an_entry_that_changes_while_it_is_pushed_is_not_taken_off(
    catalog: Catalog, change: str, entered: set[tuple[int, int]]
) -> None:
    """Whatever the statement says of conflicts: its triggers obey that, too."""
    for model in (1, 2):
        catalog.outbox.enter([ImageId(1), ImageId(2), ImageId(3)], model)
    taken = [entry.seq for entry in catalog.outbox.next(100)]
    database(catalog).execute(change)
    catalog.outbox.remove(taken)
    assert entries(catalog) == entered


def test_a_gallery_that_is_not_shared_has_no_triggers(catalog: Catalog) -> None:
    def triggers() -> int:
        sql = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
        return int(database(catalog).execute(sql).fetchone()[0])

    assert triggers() == 7
    catalog.outbox.end()
    assert triggers() == 0
    database(catalog).execute("DELETE FROM embeddings")
    assert (entries(catalog), catalog.outbox.shared()) == (set(), None)


def test_numbers_are_not_given_again_when_sharing_begins_anew(catalog: Catalog) -> None:
    """A pusher may still be busy with the old ones."""
    catalog.outbox.enter([ImageId(1)], 1)
    (old,) = catalog.outbox.next(100)
    catalog.outbox.end()
    catalog.outbox.begin(HostNumber(1), "s")
    assert catalog.outbox.remove([old.seq]) == []
    assert entries(catalog) == ALL


def test_what_another_program_changes_is_entered_too(made: Catalog) -> None:
    path = database(made).execute("PRAGMA database_list").fetchone()[2]
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE images SET missing = 1 WHERE id = 2")
    assert entries(made) == {(2, 1)}
