"""A store in Milvus beside what pushes to it, without SQLite and the daemon."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from imgsimd.gallery.vectors.shared_row import SharedRow
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.messages import Collection as MilvusCollection
from imgsimd.milvus.messages import Delete, Ids, Open, Upsert
from imgsimd.milvus.store import MilvusStore
from imgsimd.shared_ids import HostNumber, SharedId, host_of, shared
from imgsimd.types import ImageId
from imgsimd.vectors import VectorForm, Vectors

PREFIX = "imgsimd"
HERE, THERE = HostNumber(5), HostNumber(3)
"""This host, and another one."""


def row(number: SharedId, vector: bytes, path: bytes = b"/photos/a.jpg") -> SharedRow:
    """An image of which only this is of interest."""
    root = path[: path.index(b"/", 1)]
    return SharedRow(number, vector, host_of(number), root, path, 0, "JPEG", "jpg", -1, 2, "")


class PushedStore(MilvusStore):
    """Remembers what it is given, as SQLite would, and pushes it when it is told to."""

    def __init__(self, ask: Ask, collection: MilvusCollection) -> None:
        self.milvus, self.collection = ask, collection
        self.rows: dict[ImageId, bytes] = {}
        """What would be in SQLite."""
        self.has: dict[ImageId, bytes] = {}
        """What the collection has of this host."""
        super().__init__(ask, collection, PREFIX, HERE, self._read, self._differing)

    def add(self, ids: Sequence[ImageId], vectors: Vectors) -> None:
        super().add(ids, vectors)
        stored = (self.form.to_bytes(vector) for vector in vectors)
        self.rows |= zip(ids, stored, strict=True)

    def load(self, rows: Iterable[tuple[ImageId, bytes]]) -> None:
        rows = list(rows)
        self.rows |= {image: vector for image, vector in rows if image not in self}
        super().load(rows)

    def remove(self, ids: Sequence[ImageId]) -> None:
        super().remove(ids)
        for image in ids:
            self.rows.pop(image, None)

    def push(self, ids: Iterable[ImageId]) -> None:
        """What is known of these images is in the collection afterwards."""
        chosen = set(ids)
        new = {image: self.rows[image] for image in chosen if image in self}
        gone = [image for image in chosen if image in self.has and image not in self]
        rows = [row(shared(HERE, image), vector) for image, vector in new.items()]
        if rows:
            self.milvus.ask(Upsert(self.collection, rows))
        if gone:
            self.milvus.ask(Delete(self.collection.name, [shared(HERE, image) for image in gone]))
        self.has = {image: each for image, each in (self.has | new).items() if image not in gone}
        self.pushed(new)

    def push_all(self) -> None:
        """All of it."""
        self.push(self.rows.keys() | self.has.keys())

    def restarted(self) -> PushedStore:
        """The same after the daemon was restarted."""
        other = PushedStore(self.milvus, self.collection)
        other.has = self.has
        other.load([(image, vector) for image, vector in self.rows.items() if image in self])
        self.close()
        return other

    def _read(self, ids: Sequence[ImageId]) -> Iterable[tuple[ImageId, bytes]]:
        return [(image, self.rows[image]) for image in ids if image in self.rows]

    def _differing(self, ids: Collection[ImageId]) -> set[ImageId]:
        return {image for image in ids if self.has.get(image) != self.rows[image]}


def as_bytes(store: MilvusStore, *numbers: float) -> bytes:
    """A vector with these numbers, as it is stored."""
    return store.form.to_bytes(np.array(numbers, np.float32))


def empty(milvus: Ask, name: str, form: VectorForm) -> MilvusCollection:
    """A collection without rows."""
    collection = MilvusCollection(name, form)
    if not milvus.ask(Open(collection)):
        there = milvus.ask(Ids(name, "")).tolist()
        milvus.ask(Delete(name, [SharedId(number) for number in there]))
    return collection
