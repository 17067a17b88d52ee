"""The vectors of models that do not answer: how many there are, and their removal.

Millions are counted and removed bit by bit, so that questions get in between. A removal that ends
in the middle leaves some of them, which the next one removes.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import NamedTuple

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.model_keys import ModelKey, Served
from imgsimd.gallery.model_switch import ModelSwitch
from imgsimd.gallery.other_indexes import OtherIndexes
from imgsimd.types import ImageId

VISIT_SECONDS = 0.01
"""How long a step works; what it has changed is written after that, which takes as long again."""
COUNTED_AT_ONCE, REMOVED_AT_ONCE = 5_000, 100
"""Ids between two looks at the clock: about a millisecond. Where there are wide gaps between them,
as after the recovery of a damaged database, they are skipped."""
PAGES_AT_ONCE = 8
"""Of the database, of 16 KiB, that are given back between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model, and how much is stored of it."""

    identity: str
    name: str
    dimension: int
    images: int
    """Vectors."""
    bytes: int
    """Of these."""
    is_needed: bool
    """Whether it answers, or is being switched to."""

    def plus(self, other: StoredModel | None) -> StoredModel:
        """With what another step has counted of it."""
        if other is None:
            return self
        images, bytes_ = self.images + other.images, self.bytes + other.bytes
        return replace(self, images=images, bytes=bytes_)


class Step(NamedTuple):
    """The result of a step."""

    last: ImageId | None
    """What the next step goes on after; None if this was the last."""
    models: list[StoredModel]
    """All, with what this step has counted, or removed, of each."""


class StoredVectors:
    """Counts and removes them. Belongs to the gallery's thread."""

    def __init__(self, catalog: Catalog, models: ModelSwitch, *others: OtherIndexes) -> None:
        self._catalog = catalog
        self._models = models
        self._others = others

    def count(self, after: ImageId) -> Step:
        """Counts for a while, from the images with ids above this one."""
        first, end = self._catalog.embeddings.next(after), time.monotonic() + VISIT_SECONDS
        found: Counter[ModelKey] = Counter()
        while first is not None and time.monotonic() < end:
            after = ImageId(first - 1 + COUNTED_AT_ONCE)
            found.update(self._catalog.embeddings.counted(ImageId(first - 1), after))
            first = self._catalog.embeddings.next(after)
        return self._step(after if first is not None else None, found)

    def remove(self, name: str, after: ImageId) -> Step:
        """Removes for a while the vectors by models of this name that are not needed, from the
        images with ids above this one. Those that it returns are what it has removed."""
        keys = [m.key for m in self._catalog.models.all() if m.name == name and self._is_free(m)]
        first, end = self._catalog.embeddings.next(after), time.monotonic() + VISIT_SECONDS
        found: Counter[ModelKey] = Counter()
        for key in keys:
            for others in self._others:
                others.drop(key)
        with self._catalog.atomic():
            while keys and first is not None and time.monotonic() < end:
                after = ImageId(first - 1 + REMOVED_AT_ONCE)
                found.update(self._catalog.embeddings.drop_of(keys, ImageId(first - 1), after))
                self._catalog.comparisons.drop_compared(keys, REMOVED_AT_ONCE)
                first = self._catalog.embeddings.next(after)
        return self._step(after if keys and first is not None else None, found)

    def shrink(self) -> int:
        """Makes the database's file smaller for a while, by what is unused in it. Returns by how
        many bytes; 0 if it is as small as it gets."""
        end, freed = time.monotonic() + VISIT_SECONDS, 0
        while time.monotonic() < end and (bytes_ := self._catalog.shrink(PAGES_AT_ONCE)):
            freed += bytes_
        return freed

    def _step(self, last: ImageId | None, found: Counter[ModelKey]) -> Step:
        return Step(last, [self._stored(m, found[m.key]) for m in self._catalog.models.all()])

    def _stored(self, model: Served, images: int) -> StoredModel:
        is_needed, form = not self._is_free(model), model.form
        return StoredModel(
            model.identity, model.name, form.dimension, images, images * form.size, is_needed
        )

    def _is_free(self, model: Served) -> bool:
        return model.key not in (self._models.serving.key, self._models.target.key)
