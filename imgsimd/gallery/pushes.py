"""What the pusher takes from the gallery: the rows of a store that several hosts share.

A model's collection there holds a row for each image here that has a vector of the model, lies in a
shared folder, and is not hidden itself. Images of a folder that is offline stay, since it will be
back. Every change of that is entered into the outbox when it is stored, and the entry is removed
when it has been pushed: so whenever the process dies, what was not pushed is pushed later.

A model is never forgotten here (its vectors may be), so the identity of each entry's model is
known, however late its rows are removed.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from itertools import compress, islice
from typing import NamedTuple

import numpy as np

from imgsimd import extensions
from imgsimd.gallery.attribute_columns import times
from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.model_keys import ModelKey, Served
from imgsimd.gallery.catalog.outbox import Entry, Seq, Shared
from imgsimd.gallery.conditions import plain_camera
from imgsimd.gallery.index import Index
from imgsimd.gallery.vectors.shared_row import SharedRow
from imgsimd.paths import upwards
from imgsimd.shared_ids import HostNumber, SharedId, shared
from imgsimd.types import FilePath, ImageId
from imgsimd.vectors import VectorForm


class Push(NamedTuple):
    """What is to be done in a model's collection."""

    seq: Seq
    id: SharedId
    """The image's."""
    model: Served
    row: SharedRow | None
    """Put in place of the image's row; None: that is removed, if there is one."""


class Pushes:
    """Belongs to the gallery's thread."""

    def __init__(self, catalog: Catalog, index: Index) -> None:
        self._catalog = catalog
        self._index = index
        self._outbox = catalog.outbox

    @property
    def shared(self) -> Shared | None:
        """As what the gallery is shared; None if it is not.

        While there is a doubt, the pusher compares what is in the collections with `expected`,
        enters what differs, and then calls `settle`. There is one where sharing has just begun, or
        a database was recovered or restored: nobody knows what had been pushed by then.
        """
        return self._outbox.shared()

    @property
    def roots(self) -> list[FilePath]:
        """The folders whose images are shared: all that ever were."""
        return self._outbox.roots()

    @property
    def last_host(self) -> HostNumber | None:
        """As which host the gallery is shared, or was the last time; None if it never was."""
        return self._outbox.last_host()

    @property
    def last_entry(self) -> Seq:
        """Another one as soon as there is more to be pushed than before. Cheap."""
        return self._outbox.last_entry()

    def share(self, host: HostNumber, roots: Sequence[FilePath], store: str = "") -> None:
        """Shares as this host, in this store, what lies below these folders, and below those that
        were shared before. With another number or store than before, everything is pushed again;
        else what lies below folders that were not shared yet. For a million images, that takes
        seconds once."""
        now = self._outbox.shared()
        new = [root for root in dict.fromkeys(roots) if root not in set(self._outbox.roots())]
        is_other = now is None or (now.host, now.store) != (host, store)
        if not (is_other or new):
            return  # a start writes nothing then
        with self._catalog.lasting():
            self._outbox.add_roots(new)
            if is_other:
                self._outbox.begin(host, store)
                self._catalog.shared_thumbnails.clear()
            else:
                self._outbox.enter_below(new)

    def share_folders(self, roots: Sequence[FilePath]) -> None:
        """Shares what lies below these folders, too, if the gallery is shared."""
        if (now := self._outbox.shared()) is not None:
            self.share(now.host, roots, now.store)

    def push_anew(self) -> None:
        """Everything is pushed again: the store has lost what it had of this host. Does nothing if
        the gallery is not shared."""
        if (now := self._outbox.shared()) is not None:
            with self._catalog.lasting():
                self._outbox.begin(now.host, now.store)
                self._catalog.shared_thumbnails.clear()

    def unshare(self) -> None:
        """Pushes nothing any more. What is in the collections stays there, and so does the host's
        number, under which all is pushed again if the gallery is shared again."""
        if self._outbox.shared() is not None:
            with self._catalog.lasting():
                self._outbox.end()
                self._catalog.shared_thumbnails.clear()

    def doubt(self) -> None:
        """Nobody knows any more what is in the collections; see `shared`."""
        with self._catalog.atomic():
            self._outbox.doubt()

    def settle(self, doubt: int) -> None:
        """The collections hold no row that nobody here knows of; see `shared`."""
        with self._catalog.atomic():
            self._outbox.settle(doubt)

    def next(self, limit: int) -> list[Push]:
        """What is to be pushed next: what has changed last comes first, so that new photos are soon
        found. It is on the disk, so no power cut undoes here what was pushed. Nothing, if the
        gallery is not shared."""
        now = self._outbox.shared()
        if now is None or not (entries := self._outbox.next(limit)):
            return []
        self._catalog.sync()
        models = {model.key: model for model in self._catalog.models.all()}
        by_model: dict[ModelKey, list[Entry]] = {}
        for entry in entries:
            by_model.setdefault(entry.model, []).append(entry)
        sound = [e for key, some in by_model.items() for e in _sound(some, models[key].form)]
        rows = self._rows(sound, now.host)
        return [
            Push(e.seq, shared(now.host, e.image), models[e.model], rows.get(e.seq))
            for e in entries
        ]

    def done(self, pushed: Collection[Seq]) -> dict[Served, list[ImageId]]:
        """These were pushed. Returns the images that need not be pushed any more, by model: not
        those that have changed meanwhile."""
        models = {model.key: model for model in self._catalog.models.all()}
        by_model: dict[Served, list[ImageId]] = {}
        with self._catalog.atomic():
            for image, key in self._outbox.remove(pushed):
                by_model.setdefault(models[key], []).append(image)
            for images in by_model.values():
                self._catalog.shared_thumbnails.enter(images)
        for model, images in by_model.items():
            self._index.pushed(model.key, images)
        return by_model

    def unpushed(self, images: Collection[ImageId], model: Served) -> set[ImageId]:
        """Those of the images whose row in the model's collection may be another than here."""
        return self._outbox.among(images, model.key)

    def count(self) -> int:
        """How many rows are still to be pushed, or removed."""
        return self._outbox.count()

    def expected(self, model: Served, after: ImageId, limit: int) -> list[ImageId]:
        """The images that the model's collection must hold, with ids above this one, ascending; so
        many of them. One whose vector is damaged is among them: `Gallery.inspect` finds it."""
        return self._outbox.expected(model.key, after, limit)

    def enqueue(self, images: Collection[ImageId], model: Served) -> None:
        """Has these images pushed, whatever is known of them: also such as are not known here, so
        that they are removed there. Does nothing if the gallery is not shared."""
        if self._outbox.shared() is not None:
            with self._catalog.atomic():
                self._outbox.enter(images, model.key)

    def _rows(self, entries: Sequence[Entry], host: HostNumber) -> dict[Seq, SharedRow]:
        """Of those that lie in a shared folder."""
        roots = set(self._outbox.roots())
        changed = np.array([entry.mtime_ns for entry in entries], np.int64)
        moments = times([entry.taken for entry in entries], changed).tolist()
        return {
            entry.seq: _row(entry, host, root, moment)
            for entry, moment in zip(entries, moments, strict=True)
            if (root := _innermost(entry.path, roots)) is not None
        }


def _sound(entries: Sequence[Entry], form: VectorForm) -> list[Entry]:
    """Those of images that are there, with a vector that another store takes: one that is damaged
    is made again sooner or later. All at once, as each alone would cost ten times as much."""
    there = [e for e in entries if e.path is not None and _has_size(e.vector, form)]
    numbers = form.from_bytes(b"".join(e.vector for e in there))
    return list(compress(there, form.are_vectors(numbers.reshape(-1, form.dimension))))


def _has_size(vector: object, form: VectorForm) -> bool:
    return type(vector) is bytes and len(vector) == form.size


def _innermost(path: FilePath | None, roots: Collection[FilePath]) -> FilePath | None:
    return next((f for f in islice(upwards(path or b"/"), 1, None) if f in roots), None)


def _row(entry: Entry, host: HostNumber, root: FilePath, moment: int) -> SharedRow:
    assert entry.path is not None
    return SharedRow(
        shared(host, entry.image),
        entry.vector,
        host,
        root,
        entry.path,
        moment,
        entry.format,
        extensions.of_name(os.path.basename(entry.path)),
        entry.pixels,
        entry.shape,
        plain_camera(entry.camera),
    )
