"""Which images fit conditions: answered from columns in memory, which follow the catalog.

The columns are loaded when they are first needed, in portions between which other questions are
answered, and dropped when nobody needs them (`search/filtering.py`).
"""

from __future__ import annotations

import time

import numpy as np

from imgsimd.gallery.attribute_columns import Columns, Names
from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.conditions import Conditions
from imgsimd.gallery.vectors.base import Ids
from imgsimd.types import ImageId

LOADING_SECONDS = 0.03
"""How long one portion takes, about."""
ROWS = 2000
"""Read at once: a few milliseconds."""
MOST_ANSWERS = 4
"""So many answers are kept, for the same conditions again: 8 bytes for each image in them."""


class NotLoadedError(Exception):
    """The columns are not loaded, or too much has changed since: `load` comes first."""


class Attributes:
    """The attributes of all known images, hidden ones included."""

    def __init__(self, catalog: Catalog) -> None:
        """Nothing is read before `load` is called."""
        self._table = catalog.attributes
        self._recording: object = None
        self._forget_all()

    def load(self) -> bool:
        """Reads on for a moment; returns whether everything is known as it is in the catalog."""
        end = time.monotonic() + LOADING_SECONDS
        while not self._read_on():
            if time.monotonic() > end:
                return False
        return True

    def ids(self, conditions: Conditions) -> Ids:
        """The images that fit, ascending: as the catalog is at this moment. Raises
        NotLoadedError."""
        columns, names = self.current()
        if conditions not in self._answers:
            while len(self._answers) >= MOST_ANSWERS:
                self._answers.pop(next(iter(self._answers)))
            self._answers[conditions] = names.fitting(columns, conditions)
        return self._answers[conditions]

    def current(self) -> tuple[Columns, Names]:
        """The attributes as the catalog is at this moment, for this visit only; and what their
        codes stand for. Raises NotLoadedError."""
        is_loaded = self._pages is None and self._is_recorded()
        if not is_loaded or not self._follow():
            raise NotLoadedError
        return self._columns, self._names

    def drop(self) -> None:
        """Frees the memory; `load` begins anew after that."""
        self._recording = None
        self._forget_all()
        self._table.stop()

    def _forget_all(self) -> None:
        self._names = Names()
        self._columns = self._names.columns([])
        self._pages: list[Columns] | None = []
        """What was read so far; None: all that was there is in the columns."""
        self._after = ImageId(0)
        self._answers: dict[Conditions, Ids] = {}

    def _is_recorded(self) -> bool:
        """Whether no change was missed. One by another program is, and so is the database's
        replacement."""
        return self._recording is not None and self._recording == self._table.recording()

    def _read_on(self) -> bool:
        """Reads some rows; returns whether nothing is left to read."""
        if not self._is_recorded():
            self._forget_all()
            self._recording = self._table.record_changes()
        if self._pages is None:
            return self._follow()
        rows = self._table.page(self._after, ROWS)
        self._pages.append(self._names.columns(rows))
        if len(rows) == ROWS:
            self._after = rows[-1][0]
        else:
            self._columns = Columns(*map(np.concatenate, zip(*self._pages, strict=True)))
            self._pages = None
        return False

    def _follow(self) -> bool:
        """Takes over some of what has changed; returns whether nothing is left."""
        changed, rows = self._table.changed(ROWS)
        if changed:
            ids = np.array(changed, np.int64)
            self._columns = self._columns.updated(ids, self._names.columns(rows))
            self._answers.clear()
        return len(changed) < ROWS
