"""Compares two pictures with each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.features import Features
from imgsimd.search.asked_pictures import AskedPictures
from imgsimd.search.asked_vectors import vectors_of
from imgsimd.search.query import Query
from imgsimd.types import similarity
from imgsimd.verification import Verification


class Comparison(NamedTuple):
    """How alike two pictures are."""

    distance: float
    """L2 distance of the unit vectors, from 0 (same) to 2."""
    verification: Verification | None
    """None if none was asked for, or if the features crash the worker."""

    @property
    def similarity(self) -> float:
        """Cosine of the vectors, from 0 to 1."""
        return similarity(self.distance)


class Comparer:
    """Compares pictures, in the gallery or not. Runs on the event loop."""

    def __init__(self, gallery: GalleryThread, asked: AskedPictures, features: Features) -> None:
        self._gallery = gallery
        self._asked = asked
        self._features = features

    async def compare(self, one: Query, other: Query, verify: bool) -> Comparison:
        """How alike the two are; if `verify`, also whether the one shows the other. The transform
        makes the one from the other.

        Raises QuestionError, whose numbers are 0 and 1, CatalogError, WorkerError or ModelError.
        """
        both = [one, other]
        vectors = await self._gallery.do(lambda gallery: vectors_of(gallery.answering, both))
        distance = float(np.linalg.norm(np.subtract(*vectors, dtype=np.float64)))
        verification = await self._verification(both) if verify else None
        return Comparison(distance, verification)

    async def _verification(self, both: Sequence[Query]) -> Verification | None:
        one, other = await self._asked.features(both)
        (verification,) = await self._features.compare(one, [other], urgent=True)
        return verification
