"""Which rows of a collection a search may find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from imgsimd.gallery.vectors.base import DistantNeighbour, Elsewhere, Ids, Neighbour, Search
from imgsimd.gallery.vectors.id_set import are_in, places, without
from imgsimd.milvus import expression
from imgsimd.milvus.messages import Hit, Host
from imgsimd.shared_ids import IMAGE_BITS, HostNumber, SharedId, image_of
from imgsimd.types import ImageId
from imgsimd.vectors import VectorForm

IDS_AT_ONCE = 10_000
"""In one expression: 200 kB of text."""


class Own(NamedTuple):
    """What may be found of this host, as it was when the search was prepared."""

    host: HostNumber
    there: Ids
    """The images that the collection has as SQLite has them. Of all others it may have an old
    vector."""
    hidden: Ids


class Scope:
    """What is asked of the collection, and what of the answer counts.

    Other hosts' offline folders are left out by the expression, as only they know what lies there.
    What is hidden of this host is dropped from the answer: it may be any images, and to write them
    into each question would cost more than to get some hits for nothing.
    """

    def __init__(self, own: Own, search: Search, hosts: Sequence[Host]) -> None:
        """`hosts`: all that there are, if the search asks for what is elsewhere."""
        self._own = own
        self._among = search.among
        asked = list(_asked(own.host, search.elsewhere, hosts))
        self._names = {host.number: host.name for host in asked}
        self.has_own = own.host in self._names
        """Whether images of this host may be found."""
        self.expressions = list(self._expressions(search, asked))
        """Together they stand for all rows; no row fits two of them."""

    def ids(self, hits: Sequence[Hit]) -> list[ImageId | SharedId | None]:
        """Under which id each hit is found; None if it may not be found."""
        images = np.array([image_of(hit.id) for hit in hits], np.int64)
        may_be = are_in(images, self._own.there) & ~are_in(images, self._own.hidden)
        if self._among is not None:
            may_be &= are_in(images, self._among)
        return [self._id(hit, is_own) for hit, is_own in zip(hits, may_be.tolist(), strict=True)]

    def neighbour(
        self, hit: Hit, number: ImageId | SharedId, distance: float, form: VectorForm
    ) -> Neighbour | DistantNeighbour:
        """The hit as it is answered, under its number of `ids`."""
        if hit.host == self._own.host:
            return Neighbour(ImageId(number), distance)
        name, vector = self._names[hit.host], form.from_bytes(hit.vector)
        return DistantNeighbour(SharedId(number), distance, name, hit.path, vector)

    def _id(self, hit: Hit, may_be_own: bool) -> ImageId | SharedId | None:
        if hit.host == self._own.host:
            return image_of(hit.id) if may_be_own else None
        return hit.id if hit.host in self._names else None

    def _expressions(self, search: Search, asked: Sequence[Host]) -> Iterator[str]:
        conditions = expression.fitting(search.where) if search.where else ""
        if search.among is not None and search.where is None:
            if self.has_own:
                yield from self._portions(search.among)
        elif [host.number for host in asked] == [self._own.host]:
            yield expression.all_of(expression.of_host(self._own.host), conditions)
        elif asked:
            yield expression.all_of(expression.of_hosts(asked), conditions)

    def _portions(self, among: Ids) -> Iterator[str]:
        """Of this host's images alone, as nobody else has these ids."""
        images = without(among[places(among, self._own.there)], self._own.hidden)
        ids = images | np.int64(self._own.host << IMAGE_BITS)
        for start in range(0, len(ids), IDS_AT_ONCE):
            yield expression.with_ids(ids[start : start + IDS_AT_ONCE])


def _asked(own: HostNumber, elsewhere: Elsewhere | None, hosts: Sequence[Host]) -> Iterator[Host]:
    """What this host has told of its own offline folders may be old, and so does not count."""
    here = next((host.name for host in hosts if host.number == own), "")
    if elsewhere is None or not elsewhere.hosts or here in elsewhere.hosts:
        yield Host(own, here, "")
    if elsewhere is not None:
        for host in hosts:
            if host.number != own and (not elsewhere.hosts or host.name in elsewhere.hosts):
                yield host
