"""SQLite: the truth about images, their vectors, and what is still to be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from imgsimd.gallery.catalog.backlog import Backlog
from imgsimd.gallery.catalog.backlog_blocks import BacklogBlocks
from imgsimd.gallery.catalog.comparisons import Comparisons
from imgsimd.gallery.catalog.database import DatabaseFile, alone
from imgsimd.gallery.catalog.decoders import Decoders
from imgsimd.gallery.catalog.embeddings import Embeddings
from imgsimd.gallery.catalog.failed_images import Failures
from imgsimd.gallery.catalog.folder_moves import Moves
from imgsimd.gallery.catalog.image_attributes import ImageAttributes
from imgsimd.gallery.catalog.image_records import ImageRecords
from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.catalog.metadata import Metadata
from imgsimd.gallery.catalog.model_keys import Models
from imgsimd.gallery.catalog.not_duplicates import NotDuplicates
from imgsimd.gallery.catalog.outbox import Outbox
from imgsimd.gallery.catalog.photos import Photos
from imgsimd.gallery.catalog.raw_pairs import RawPairs
from imgsimd.gallery.catalog.root_memory import Roots
from imgsimd.gallery.catalog.root_tallies import RootTallies
from imgsimd.gallery.catalog.seen_duplicates import SeenDuplicates
from imgsimd.gallery.catalog.shared_thumbnails import SharedThumbnails
from imgsimd.gallery.catalog.shots import Shots


class Catalog:
    """The tables of one daemon's database, and the transactions on them. Belongs to one thread."""

    def __init__(self, file: Path, check_owner: Callable[[], None] = alone) -> None:
        """See `DatabaseFile`."""
        self._file = DatabaseFile(file, check_owner)
        self.images = Images(self._file)
        self.roots = Roots(self._file)
        self.tallies = RootTallies(self._file)
        self.blocks = BacklogBlocks(self._file)
        self.moves = Moves(self._file)
        self.models = Models(self._file)
        self.backlog = Backlog(self._file)
        self.embeddings = Embeddings(self._file)
        self.failures = Failures(self._file)
        self.decoders = Decoders(self._file)
        self.metadata = Metadata(self._file)
        self.attributes = ImageAttributes(self._file)
        self.records = ImageRecords(self._file)
        self.raw_pairs = RawPairs(self._file)
        self.shots = Shots(self._file)
        self.photos = Photos(self._file)
        self.not_duplicates = NotDuplicates(self._file)
        self.seen_duplicates = SeenDuplicates(self._file)
        self.comparisons = Comparisons(self._file)
        self.outbox = Outbox(self._file)
        self.shared_thumbnails = SharedThumbnails(self._file)

    def close(self) -> None:
        """Closes the connection, which merges the write-ahead log into the database."""
        self._file.close()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """A transaction: what is written in `with catalog.atomic():` is stored completely or not at
        all.

        A power cut may undo the last ones, so this is for what can be found out again.
        """
        self._file.ensure_in_place()
        with self._file.db.atomic():
            yield

    @contextmanager
    def lasting(self) -> Iterator[None]:
        """As `atomic`, but on the disk when it ends: for what a user is told, such as an image's
        id."""
        self._file.ensure_in_place()
        self._file.db.execute("PRAGMA synchronous = FULL")
        try:
            with self.atomic():
                yield
        finally:
            self._file.db.execute("PRAGMA synchronous = NORMAL")

    @property
    def version(self) -> object:
        """Stays equal until something is written, by us or by another program."""
        connection = self._file.db.conn
        by_others = connection.execute("PRAGMA data_version").fetchone()[0]
        return connection, connection.total_changes, by_others

    def ensure_in_place(self) -> None:
        """Puts the database back if its file was removed or replaced. Raises CatalogError."""
        self._file.ensure_in_place()

    def sync(self) -> None:
        """See `DatabaseFile.sync`."""
        self._file.sync()

    def shrink(self, pages: int) -> int:
        """See `DatabaseFile.shrink`."""
        return self._file.shrink(pages)

    def recover(self) -> None:
        """Sets the damaged database aside and continues with what can be read from it."""
        self._file.recover()

    def is_damaged(self) -> bool:
        """Whether SQLite finds anything wrong. Reads the whole database, for seconds."""
        return self._file.is_damaged()

    def look_again(self) -> None:
        """Has the backlogs look again at images that they passed over: these may be shown now."""
        self.backlog.look_again()
        self.metadata.look_again()

    @property
    def set_aside(self) -> list[Path]:
        """The databases that were set aside and still exist."""
        return self._file.set_aside
