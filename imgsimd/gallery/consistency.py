"""Compares catalog and index image by image."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from imgsimd.gallery.catalog.images import Entry
from imgsimd.gallery.vectors.base import Ids
from imgsimd.types import FilePath, ImageId
from imgsimd.vectors import VectorForm, Vectors


class Flaw(Enum):
    """What can be wrong with an image."""

    SPOILED = "spoiled"
    """Its vector is damaged."""
    STRANDED = "stranded"
    """It has no vector and does not wait for one."""
    UNSEARCHABLE = "unsearchable"
    """It has a vector, but searches do not find it."""
    STRAY = "stray"
    """The index has another vector of it than the catalog, or finds it though it is hidden."""


class Flawed(NamedTuple):
    """An image and its flaw. `path` is None if the catalog does not know the image."""

    flaw: Flaw
    id: ImageId
    path: FilePath | None


def compare(
    entries: Sequence[Entry],
    form: VectorForm,
    ids: Ids,
    vectors: Vectors,
    hidden: Collection[ImageId],
) -> Iterator[Flawed]:
    """The flaws of these images. The index has these ids and vectors, and hides some of them."""
    indexed = {ImageId(int(image)): form.to_bytes(vectors[n]) for n, image in enumerate(ids)}
    for image in entries:
        found = indexed.pop(image.id, None)
        flaw = _flaw(image, form, found, image.id in hidden)
        if flaw is not None:
            yield Flawed(flaw, image.id, image.path)
    yield from (Flawed(Flaw.STRAY, image, None) for image in indexed)


def _flaw(image: Entry, form: VectorForm, indexed: bytes | None, is_hidden: bool) -> Flaw | None:
    if image.vector is None:
        if not image.is_settled:
            return Flaw.STRANDED
        return None if indexed is None else Flaw.STRAY
    if not form.is_vector(image.vector):
        return Flaw.SPOILED
    is_searchable = indexed is not None and not is_hidden
    if image.is_shown and not is_searchable:
        return Flaw.UNSEARCHABLE
    is_stray = is_searchable and not image.is_shown
    return Flaw.STRAY if is_stray or indexed not in (None, image.vector) else None
