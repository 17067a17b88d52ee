"""The catalog's schema, step by step; a step that has been released is never edited."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("imgsimd")

VERSION = 19
"""What `PRAGMA user_version` says after all steps; raised with each step."""


@migrations()
def images_and_embeddings(db: Database) -> None:
    """Raw SQL, because sqlite-utils' `create` knows no AUTOINCREMENT: an id is never used twice."""
    for statement in (
        """CREATE TABLE images (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            path BLOB NOT NULL UNIQUE,        -- bytes: a name need not be UTF-8
            size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            ctime_ns INTEGER NOT NULL,
            inode INTEGER NOT NULL,
            content BLOB                      -- SHA-256 of what was last embedded or refused
        )""",
        "CREATE INDEX images_inode ON images(inode)",
        "CREATE INDEX images_content ON images(content)",
        """CREATE TABLE models (
            id INTEGER PRIMARY KEY,
            identity TEXT NOT NULL UNIQUE,    -- name/precision/weights/preprocessing
            name TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            serving INTEGER NOT NULL DEFAULT 0
        )""",
        """CREATE TABLE embeddings (
            id INTEGER PRIMARY KEY,
            image_id INTEGER NOT NULL REFERENCES images(id) ON DELETE CASCADE,
            model_id INTEGER NOT NULL REFERENCES models(id) ON DELETE CASCADE,
            vector BLOB NOT NULL,             -- float32, little-endian, unit length
            UNIQUE (image_id, model_id)
        )""",
        """CREATE TABLE backlog (
            noticed INTEGER PRIMARY KEY AUTOINCREMENT, -- the last noticed is the first embedded
            image_id INTEGER NOT NULL REFERENCES images(id) ON DELETE CASCADE,
            model_id INTEGER NOT NULL REFERENCES models(id) ON DELETE CASCADE,
            UNIQUE (model_id, image_id)
        )""",
        "CREATE INDEX backlog_image ON backlog(image_id)",
        """CREATE TABLE failures (
            image_id INTEGER PRIMARY KEY REFERENCES images(id) ON DELETE CASCADE,
            reason TEXT NOT NULL
        )""",
        """CREATE TABLE roots (
            path BLOB PRIMARY KEY,
            filesystem TEXT NOT NULL,         -- f_fsid is an unsigned 64-bit number
            inode INTEGER NOT NULL
        )""",
        "PRAGMA user_version = 1",
    ):
        db.execute(statement)


@migrations()
def models_in_backlog(db: Database) -> None:
    """So that a start need not search all images for those without a vector."""
    # 1: every image has this model's vector, a failure, or a place in the backlog.
    db.execute("ALTER TABLE models ADD COLUMN in_backlog INTEGER NOT NULL DEFAULT 0")
    db.execute("PRAGMA user_version = 2")


@migrations()
def missing_and_unread(db: Database) -> None:
    """For files that are absent or unreadable now and may come back."""
    # 1: the file has gone, with so many others that a user must confirm it.
    db.execute("ALTER TABLE images ADD COLUMN missing INTEGER NOT NULL DEFAULT 0")
    db.execute("CREATE INDEX images_missing ON images(path) WHERE missing")
    # 1: nothing could be read of the file, so what was known of it still holds.
    db.execute("ALTER TABLE failures ADD COLUMN unread INTEGER NOT NULL DEFAULT 0")
    db.execute("PRAGMA user_version = 3")


@migrations()
def backlog_by_model(db: Database) -> None:
    """So that the last noticed are found without sorting all that wait: 222 ms for a million."""
    db.execute("CREATE INDEX backlog_model ON backlog(model_id)")  # which sorts by rowid, too
    db.execute("PRAGMA user_version = 4")


@migrations()
def contents_by_either_hash(db: Database) -> None:
    """Galleries without any content use BLAKE3 from now on (24 bytes; SHA-256: 32). An earlier
    imgsimd would take its hashes for those of other contents."""
    db.execute("PRAGMA user_version = 5")


@migrations()
def hidden_by_reason(db: Database) -> None:
    """`missing` holds the reason, a `types.Hidden`. An earlier imgsimd would forget images left
    out."""
    db.execute("DROP INDEX images_missing")
    db.execute("CREATE INDEX images_hidden ON images(missing, path) WHERE missing")
    db.execute("PRAGMA user_version = 6")


@migrations()
def attributes_of_files(db: Database) -> None:
    """So that a chmod, chown or hard link explains a changed ctime, and no file is read for it."""
    # Mode, owner, group and number of links as one number. 0: not seen since this was added.
    db.execute("ALTER TABLE images ADD COLUMN attributes INTEGER NOT NULL DEFAULT 0")
    db.execute("PRAGMA user_version = 7")


@migrations()
def contents_with_missing_first(db: Database) -> None:
    """So that the missing ones among thousands of images with one content are found at once."""
    db.execute("DROP INDEX images_content")
    db.execute("CREATE INDEX images_content ON images(content, missing)")
    db.execute("PRAGMA user_version = 8")


@migrations()
def unread_by_image(db: Database) -> None:
    """So that the failures that are retried automatically are found at once among many others."""
    db.execute("CREATE INDEX failures_unread ON failures(image_id) WHERE unread")
    db.execute("PRAGMA user_version = 9")


@migrations()
def moved_folders(db: Database) -> None:
    """So that a folder that has moved is recognised, whatever was done in between."""
    # The last id given when the folder was found gone: images with later ids came after that.
    db.execute("ALTER TABLE roots ADD COLUMN lost_after INTEGER")
    # The real paths that a configured path has led to.
    db.execute("CREATE TABLE meanings (name BLOB NOT NULL, place BLOB NOT NULL)")
    # The photos of folder `old` lie in `new` now.
    db.execute("CREATE TABLE successions (old BLOB NOT NULL, new BLOB NOT NULL)")
    db.execute("PRAGMA user_version = 10")


@migrations()
def moved_patterns(db: Database) -> None:
    """So that what `ignore` leaves out by its path stays left out when its folder moves."""
    db.execute(
        """CREATE TABLE moved_patterns (
            pattern TEXT NOT NULL,            -- as it stands in the configuration
            place BLOB NOT NULL,              -- where a folder is
            former BLOB NOT NULL              -- where it was
        )"""
    )
    db.execute("PRAGMA user_version = 11")


@migrations()
def decoders_and_metadata(db: Database) -> None:
    """So that a change of one format's decoder embeds only its pictures again, and so that the
    files' metadata can be asked for."""
    # Until now, all were at their first version.
    db.execute("ALTER TABLE embeddings ADD COLUMN version INTEGER NOT NULL DEFAULT 1")
    db.execute(
        """CREATE TABLE decoders (
            format TEXT NOT NULL,
            version INTEGER NOT NULL,
            current INTEGER NOT NULL,
            PRIMARY KEY (format, version)
        )"""
    )
    db.execute(
        """INSERT INTO decoders VALUES ('JPEG', 1, 1), ('PNG', 1, 1), ('WebP', 1, 1), ('GIF', 1, 1),
        ('BMP', 1, 1), ('TIFF', 1, 1), ('AVIF', 1, 1), ('JPEG 2000', 1, 1), ('PNM', 1, 1),
        ('PAM', 1, 1), ('Sun raster', 1, 1)"""
    )
    # 1: only the decoder has changed, so the vector still answers.
    db.execute("ALTER TABLE backlog ADD COLUMN outdated INTEGER NOT NULL DEFAULT 0")
    db.execute(
        """CREATE TABLE metadata (
            image_id INTEGER PRIMARY KEY REFERENCES images(id) ON DELETE CASCADE,
            format TEXT NOT NULL,
            width INTEGER,                    -- of the upright picture
            height INTEGER,
            orientation INTEGER NOT NULL,     -- EXIF's number
            taken TEXT,                       -- ISO 8601, local time, with its offset if known
            make TEXT,
            model TEXT
        )"""
    )
    # Images whose metadata was not read yet.
    db.execute(
        """CREATE TABLE headers_backlog (
            image_id INTEGER PRIMARY KEY REFERENCES images(id) ON DELETE CASCADE
        )"""
    )
    db.execute("INSERT INTO headers_backlog SELECT DISTINCT image_id FROM embeddings")
    db.execute("PRAGMA user_version = 12")


@migrations()
def damaged_pictures(db: Database) -> None:
    """So that a picture of which only a part could be decoded is searchable, and listed; and so
    that what failed is tried again when that may help, and nothing else is."""
    # The share that could be decoded.
    db.execute("ALTER TABLE metadata ADD COLUMN read REAL NOT NULL DEFAULT 1")
    db.execute("CREATE INDEX metadata_damaged ON metadata(image_id) WHERE read < 1")
    db.execute(
        """CREATE TABLE causes (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,               -- an errors.FaultKind
            reader TEXT NOT NULL,             -- what could not read it: see registry.readers
            allowed INTEGER NOT NULL,         -- the limit that was exceeded; 0: none
            UNIQUE (kind, reader, allowed)
        )"""
    )
    # Null: it failed before there were causes.
    db.execute("ALTER TABLE failures ADD COLUMN cause INTEGER REFERENCES causes(id)")
    db.execute("CREATE INDEX failures_cause ON failures(cause)")
    db.execute("PRAGMA user_version = 13")


@migrations()
def places(db: Database) -> None:
    """So that a user is told where a picture was taken, and that of two copies the one is kept
    that says it. What earlier headers said of it is read while nothing is to be embedded."""
    # 1: the file says where it was taken; 0: it does not. Null: nobody has looked.
    db.execute("ALTER TABLE metadata ADD COLUMN gps INTEGER")
    # Degrees (WGS 84), north and east positive.
    db.execute("ALTER TABLE metadata ADD COLUMN latitude REAL")
    db.execute("ALTER TABLE metadata ADD COLUMN longitude REAL")
    db.execute("INSERT OR IGNORE INTO headers_backlog SELECT image_id FROM metadata")
    db.execute("PRAGMA user_version = 14")


@migrations()
def duplicates(db: Database) -> None:
    """So that what a user has said of duplicates is kept, and nothing is compared twice."""
    db.execute(
        """CREATE TABLE not_duplicates (
            first BLOB NOT NULL,              -- two contents, the smaller one first
            second BLOB NOT NULL,
            files INTEGER NOT NULL,           -- if they are the same: how many files may have it
            PRIMARY KEY (first, second)
        )"""
    )
    # What a user has been shown in a group of duplicates.
    db.execute(
        """CREATE TABLE seen_duplicates (
            image_id INTEGER PRIMARY KEY REFERENCES images(id) ON DELETE CASCADE,
            content BLOB NOT NULL
        )"""
    )
    db.execute(
        """CREATE TABLE comparisons (
            id INTEGER PRIMARY KEY,
            asked BLOB NOT NULL,              -- two contents
            stored BLOB NOT NULL,
            outcome BLOB,                     -- a verification.Verification; null: they differ
            version INTEGER NOT NULL,         -- of what compared them
            UNIQUE (asked, stored)
        )"""
    )
    # Contents that were compared with all that is near them.
    db.execute(
        """CREATE TABLE compared (
            content BLOB PRIMARY KEY,
            model_id INTEGER NOT NULL REFERENCES models(id) ON DELETE CASCADE,
            version INTEGER NOT NULL          -- of the rule that says what is near
        )"""
    )
    db.execute("CREATE INDEX compared_model ON compared(model_id)")
    db.execute("PRAGMA user_version = 15")


@migrations()
def expected_images(db: Database) -> None:
    """Imported images are hidden for a reason that an earlier imgsimd does not know."""
    db.execute("PRAGMA user_version = 16")


@migrations()
def stored_as(db: Database) -> None:
    """Vectors may be stored as int8, which an earlier imgsimd does not know."""
    db.execute(
        """ALTER TABLE models ADD COLUMN stored_as TEXT NOT NULL DEFAULT 'float32'
        CHECK (stored_as IN ('float32', 'int8'))"""
    )
    db.execute("PRAGMA user_version = 17")


@migrations()
def outbox(db: Database) -> None:
    """So that a store which several hosts share learns of each change, whenever the process dies.
    Triggers fill the outbox while the gallery is shared: see `outbox_triggers`."""
    db.execute(
        """CREATE TABLE shared (
            id INTEGER PRIMARY KEY CHECK (id = 1), -- one row, once it was shared
            host INTEGER NOT NULL,
            gallery TEXT NOT NULL,            -- random: no other gallery has it
            store TEXT NOT NULL DEFAULT '',   -- which server, and which part of it
            is_active INTEGER NOT NULL DEFAULT 1, -- 0: it is not shared now
            doubt INTEGER                     -- not null: nobody knows all that is in the store
        )"""
    )
    # Folders that were ever shared.
    db.execute("CREATE TABLE shared_roots (path BLOB PRIMARY KEY)")
    # No foreign keys: what was removed here is still to be removed there.
    db.execute(
        """CREATE TABLE outbox (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, -- another one when the image changes again
            image_id INTEGER NOT NULL,
            model_id INTEGER NOT NULL,
            UNIQUE (image_id, model_id)
        )"""
    )
    db.execute("PRAGMA user_version = 18")


@migrations()
def shared_thumbnails(db: Database) -> None:
    """So that the thumbnail of an image is made once for a shared store, and removed there with it,
    whenever the process dies."""
    # No foreign key: what was removed here is still to be removed there.
    db.execute(
        """CREATE TABLE shared_thumbnails (
            image_id INTEGER PRIMARY KEY,
            content BLOB,                     -- of which one is stored; null: none is
            entered INTEGER NOT NULL          -- how often since it was looked at
        )"""
    )
    db.execute(
        "CREATE INDEX shared_thumbnails_entered ON shared_thumbnails(image_id) WHERE entered"
    )
    db.execute("PRAGMA user_version = 19")
