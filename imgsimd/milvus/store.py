"""A vector store in Milvus, which other hosts may use, too."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.vectors.base import Ids, Neighbour, RemoteStore, Search
from imgsimd.gallery.vectors.faiss_flat import FaissFlat
from imgsimd.gallery.vectors.id_set import IdSet, are_in
from imgsimd.milvus import messages
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.search import MilvusSearch, Place
from imgsimd.shared_ids import HostNumber
from imgsimd.types import ImageId
from imgsimd.vectors import Vector, VectorForm, Vectors

LOADED_BYTES = 2**24
"""Of vectors that are loaded at once: each time, all ids are copied."""

Stored = Callable[[Sequence[ImageId]], Iterable[tuple[ImageId, bytes]]]
"""The vectors of these images as they are in SQLite, in any order, and none of an image that has
none. It is called on the gallery's thread."""
Unpushed = Callable[[Collection[ImageId]], set[ImageId]]
"""Which of these images the collection does not have as SQLite has them. It is called on the
gallery's thread."""


class MilvusStore(RemoteStore):
    """One model's vectors of this host in a collection.

    Somebody else writes to the collection, from SQLite, and says by `pushed` what it has. Of that
    only the ids are kept here: 8 bytes each. Whatever is still to be pushed is kept in memory and
    found there, and what the collection has of it is not believed.
    """

    def __init__(
        self,
        ask: Ask,
        collection: messages.Collection,
        prefix: str,
        host: HostNumber,
        stored: Stored,
        unpushed: Unpushed,
    ) -> None:
        """The store of this `host`. Other hosts tell of themselves under the `prefix`."""
        self._place = Place(ask, collection, prefix, host)
        self._form = collection.form
        self._stored = stored
        self._unpushed = unpushed
        self._there = IdSet()
        """What the collection has."""
        self._fresh = FaissFlat(self._form)

    @property
    def form(self) -> VectorForm:
        return self._form

    def __len__(self) -> int:
        return len(self._there) + len(self._fresh)

    def __contains__(self, image: ImageId) -> bool:
        return image in self._there or image in self._fresh

    def add(self, ids: Sequence[ImageId], vectors: Vectors) -> None:
        self._refuse(ids)
        self._fresh.add(ids, vectors)

    def load(self, rows: Iterable[tuple[ImageId, bytes]]) -> None:
        left = iter(rows)
        while some := list(islice(left, 1 + LOADED_BYTES // self._form.size)):
            self._load(some)

    def remove(self, ids: Sequence[ImageId]) -> None:
        self._there.discard(ids)
        self._fresh.remove(ids)

    def pushed(self, ids: Iterable[ImageId]) -> None:
        fresh = [image for image in ids if image in self._fresh]
        self._there.add(fresh)
        self._fresh.remove(fresh)

    def get(self, image: ImageId) -> Vector | None:
        _, vectors = self.vectors_of(np.array([image], np.int64))
        return vectors[0] if len(vectors) else None

    def ids(self) -> Ids:
        return np.sort(np.concatenate([self._there.ids, self._fresh.ids()]))

    def between(self, after: int, upto: int) -> tuple[Ids, Vectors]:
        there = self._there.ids
        first, last = np.searchsorted(there, (after, upto), "right")
        fresh, _ = self._fresh.between(after, upto)
        ids = np.sort(np.concatenate([there[first:last], fresh]))
        present, vectors = self.vectors_of(ids)
        return ids[present], vectors

    def vectors_of(self, ids: Ids) -> tuple[NDArray[np.bool_], Vectors]:
        wanted = [image for image in map(ImageId, ids.tolist()) if image in self]
        found = dict(self._stored(wanted)) if wanted else {}
        present = np.array([image in found for image in ids.tolist()], np.bool_)
        in_order = b"".join(found[image] for image in map(ImageId, ids[present].tolist()))
        return present, self._form.from_bytes(in_order).reshape(-1, self._form.dimension)

    def prepare(self, searches: Sequence[Search], hidden: Ids | None = None) -> MilvusSearch:
        fresh = self._fresh.search_many(searches, hidden)
        return MilvusSearch(self, self._place, searches, self._there.ids, hidden, fresh)

    def search_many(
        self, searches: Sequence[Search], hidden: Ids | None = None
    ) -> list[list[Neighbour]]:
        found = self.prepare(searches, hidden).run()
        return [[near for near in each if isinstance(near, Neighbour)] for each in found]

    def close(self) -> None:
        self._there = IdSet()
        self._fresh.close()

    def _load(self, rows: Sequence[tuple[ImageId, bytes]]) -> None:
        ids = [image for image, _ in rows]
        self._refuse(ids)
        if len(set(ids)) < len(ids) or any(len(row) != self._form.size for _, row in rows):
            raise ValueError("an id is given twice, or a vector has another dimension")
        fresh = self._unpushed(ids)
        self._fresh.load(row for row in rows if row[0] in fresh)
        self._there.add(image for image in ids if image not in fresh)

    def _refuse(self, ids: Sequence[ImageId]) -> None:
        if are_in(np.array(ids, np.int64), self._there.ids).any() or any(
            image in self._fresh for image in ids
        ):
            raise ValueError("an id is in use already")
