"""All photos that a search for duplicates is about, by content.

They are numbered by the order of their contents, which depends neither on their paths nor on when
they were indexed: so whatever is computed with these numbers does not, either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.vectors.base import Ids
from imgsimd.types import ContentHash, ImageId

Numbers = NDArray[np.int64]
"""[n] numbers of contents, from 0."""


class Inventory:
    """Contents in order, each with its images. 50 bytes each."""

    def __init__(self, images: Iterable[Sequence[tuple[ImageId, ContentHash]]]) -> None:
        """`images` come in parts."""
        parts = [_arrays(part) for part in images if part]
        ids = np.concatenate([np.empty(0, np.int64), *(ids for ids, _ in parts)])
        contents = np.concatenate([np.empty(0, "S1"), *(contents for _, contents in parts)])
        order = np.lexsort((ids, contents))
        self._width = contents.dtype.itemsize
        self._ids: Ids = ids[order]
        self._contents, self._starts = np.unique(contents[order], return_index=True)

    def __len__(self) -> int:
        """How many contents there are."""
        return len(self._contents)

    @property
    def images(self) -> int:
        """How many images there are."""
        return len(self._ids)

    @property
    def first_ids(self) -> Ids:
        """For each content its image with the smallest id."""
        return self._ids[self._starts]

    def ids(self, number: int) -> list[ImageId]:
        """The images with this content, by id."""
        end = self._starts[number + 1] if number + 1 < len(self) else len(self._ids)
        return [ImageId(int(image)) for image in self._ids[self._starts[number] : end]]

    def content(self, number: int) -> ContentHash:
        """The content with this number."""
        # numpy drops zeros at the end of bytes, and compares as if they were there.
        return bytes(self._contents[number]).ljust(self._width, b"\0")

    def numbers(self, contents: Sequence[ContentHash]) -> Numbers:
        """The number of each of these; -1 where it is none of these photos'."""
        wanted = np.array(contents, f"S{self._width}")
        if not len(self) or not len(wanted):
            return np.full(len(wanted), -1)
        places = np.minimum(np.searchsorted(self._contents, wanted), len(self) - 1)
        return np.where(self._contents[places] == wanted, places, -1)

    def twins(self) -> list[int]:
        """The numbers of the contents that several images have."""
        counts = np.diff(self._starts, append=len(self._ids))
        return [int(number) for number in np.flatnonzero(counts > 1)]


def _arrays(part: Sequence[tuple[ImageId, ContentHash]]) -> tuple[Ids, NDArray[np.bytes_]]:
    ids, contents = zip(*part, strict=True)
    return np.array(ids, np.int64), np.array(contents, f"S{len(contents[0])}")
