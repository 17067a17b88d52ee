"""Compares two pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from imgsimd import file_faults
from imgsimd.client.comparisons import Comparison
from imgsimd.client.json_fields import Json
from imgsimd.client.pictures import Content, Picture
from imgsimd.client.sending import Sender
from imgsimd.client.very_pictures import VeryPictures

if TYPE_CHECKING:
    from imgsimd.client.transport import Transport

READ_BYTES = 2**20
"""Bytes of each file compared at once."""
IDENTICAL: Json = {
    "similarity": 1.0,
    "distance": 0.0,
    "verdict": "same",
    "inliers": None,
    "transform": None,
}


def compare(transport: Transport, one: Picture, other: Picture, verify: bool) -> Comparison:
    """How alike they are. Raises BadPictureError, and what every request may raise."""
    if have_same_bytes(one, other):
        return Comparison.of(IDENTICAL)

    def post(queries: Sequence[Json]) -> Comparison:
        both = dict(zip("ab", queries, strict=True))
        return Comparison.of(transport.post("/v1/compare", {**both, "verify": verify}))

    return VeryPictures(Sender(transport), [one, other]).ask(post)


def have_same_bytes(one: Picture, other: Picture) -> bool:
    """Whether both have the same bytes, and any. Raises BadPictureError where one cannot be
    read."""
    with one.opened() as first, other.opened() as second:
        size = _size(first)
        if size == 0 or size != _size(second):
            return False
        starts = range(0, size, READ_BYTES)
        return all(_piece(one, first, n) == _piece(other, second, n) for n in starts)


def _size(content: Content) -> int:
    return len(content) if isinstance(content, bytes) else os.fstat(content.fileno()).st_size


def _piece(picture: Picture, content: Content, start: int) -> bytes:
    if isinstance(content, bytes):
        return content[start : start + READ_BYTES]
    try:
        return os.pread(content.fileno(), READ_BYTES, start)
    except OSError as error:
        raise picture.refused(file_faults.unreadable(error)) from error
