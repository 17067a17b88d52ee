"""Whether both stores say the same, and only what they may say; told image by image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from imgsimd.gallery.catalog.images import Entry
from imgsimd.gallery.vectors.base import Ids
from imgsimd.types import FilePath, ImageId
from imgsimd.vectors import Vectors, is_unit_vector, to_bytes


class Flaw(Enum):
    """What can be wrong with an image."""

    SPOILED = "spoiled"
    """Its vector is damaged."""
    STRANDED = "stranded"
    """It has no vector, and nobody is going to make one."""
    UNSEARCHABLE = "unsearchable"
    """It has a vector that the index does not know."""
    STRAY = "stray"
    """The index has a vector that the catalog does not know."""


class Flawed(NamedTuple):
    """An image with which something is wrong; without a path where the catalog knows none."""

    flaw: Flaw
    id: ImageId
    path: FilePath | None


def compare(
    entries: Sequence[Entry], dimension: int, ids: Ids, vectors: Vectors
) -> Iterator[Flawed]:
    """What is wrong with these images, of which the index has these ids and vectors."""
    indexed = {ImageId(int(image)): to_bytes(vectors[n]) for n, image in enumerate(ids)}
    for image in entries:
        found = indexed.pop(image.id, None)
        flaw = _flaw(image, dimension, found)
        if flaw is not None:
            yield Flawed(flaw, image.id, image.path)
    yield from (Flawed(Flaw.STRAY, image, None) for image in indexed)


def _flaw(image: Entry, dimension: int, indexed: bytes | None) -> Flaw | None:
    if image.vector is None:
        if not image.is_settled:
            return Flaw.STRANDED
        return None if indexed is None else Flaw.STRAY
    if not is_unit_vector(image.vector, dimension):
        return Flaw.SPOILED
    if image.is_shown and indexed is None:
        return Flaw.UNSEARCHABLE
    if indexed is not None and (not image.is_shown or indexed != image.vector):
        return Flaw.STRAY
    return None
