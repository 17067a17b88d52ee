"""What fills the outbox: triggers of the database, so that an entry is stored in the same
transaction as what has changed, whoever changes it.

They are there only while the gallery is shared, so that others pay nothing. A migration that
changes them, or a column that they name, has to drop them first, and make them again.
"""

from __future__ import annotations

import time

from sqlite_utils import Database

# An entry gets a new number each time. It is removed first, since OR REPLACE would not do: a
# trigger obeys what the statement that fires it says of conflicts, and some say OR IGNORE.
_ENTER = """DELETE FROM outbox WHERE image_id = {0}.image_id AND model_id = {0}.model_id;
    INSERT INTO outbox (image_id, model_id) VALUES ({0}.image_id, {0}.model_id);"""
_ENTER_ALL = """DELETE FROM outbox WHERE image_id = {0} AND model_id IN
    (SELECT model_id FROM embeddings WHERE image_id = {0});
    INSERT INTO outbox (image_id, model_id)
    SELECT image_id, model_id FROM embeddings WHERE image_id = {0};"""
_OLD, _NEW = _ENTER.format("old"), _ENTER.format("new")
_OLD_IMAGE, _NEW_IMAGE = _ENTER_ALL.format("old.image_id"), _ENTER_ALL.format("new.image_id")
_PUSHED_OF_IMAGES = ("path", "mtime_ns", "missing")
_PUSHED_OF_METADATA = ("image_id", "format", "width", "height", "taken", "make", "model")


def _differ(columns: tuple[str, ...]) -> str:
    """So that a scan, or headers that are read again, push only what has become another."""
    return f"WHEN ({' OR '.join(f'old.{column} IS NOT new.{column}' for column in columns)})"


_TRIGGERS = {
    "outbox_embedding_inserted": f"INSERT ON embeddings BEGIN {_NEW} END",
    "outbox_embedding_updated": (
        f"UPDATE OF image_id, model_id, vector ON embeddings BEGIN {_OLD} {_NEW} END"
    ),
    "outbox_embedding_deleted": f"DELETE ON embeddings BEGIN {_OLD} END",
    "outbox_image_updated": (
        f"UPDATE OF {', '.join(_PUSHED_OF_IMAGES)} ON images {_differ(_PUSHED_OF_IMAGES)} "
        f"BEGIN {_ENTER_ALL.format('new.id')} END"
    ),
    "outbox_metadata_inserted": f"INSERT ON metadata BEGIN {_NEW_IMAGE} END",
    "outbox_metadata_updated": (
        f"UPDATE OF {', '.join(_PUSHED_OF_METADATA)} ON metadata {_differ(_PUSHED_OF_METADATA)} "
        f"BEGIN {_OLD_IMAGE} {_NEW_IMAGE} END"
    ),
    "outbox_metadata_deleted": f"DELETE ON metadata BEGIN {_OLD_IMAGE} END",
}
"""After what, and what then. A removed image takes its vectors with it, which fires theirs; what
INSERT OR REPLACE replaces fires nothing, but what comes in its place does."""


def begin_anew(db: Database) -> None:
    """From now on, what changes is entered; and everything is now, if the gallery is shared, since
    nobody knows what is in the shared store. Runs in the caller's transaction."""
    if not db.execute("SELECT EXISTS (SELECT 1 FROM shared WHERE is_active)").fetchone()[0]:
        return
    for name, when in _TRIGGERS.items():
        db.execute(f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {when}")
    db.execute(
        """INSERT OR REPLACE INTO outbox (image_id, model_id)
        SELECT image_id, model_id FROM embeddings ORDER BY image_id"""
    )
    db.execute("UPDATE shared SET doubt = ?", [time.time_ns()])


def stop(db: Database) -> None:
    """Enters no more changes."""
    for name in _TRIGGERS:
        db.execute(f"DROP TRIGGER IF EXISTS {name}")


def continue_numbers(db: Database) -> None:
    """In a database that takes the place of another one: no number is given that may have been
    given there, and be with the pusher still. Nanoseconds since 1970 are more than there can be
    entries."""
    db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?)", [time.time_ns()])
