"""Questions to Milvus, whose answers are made exact.

Milvus computes distances in float32, and of several that are equally far it leaves out any. So it
is asked for some more than are wanted, until the farthest hit is surely farther than these; the
order is that of distances computed anew in float64.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from imgsimd.errors import StoreError, StoreFault
from imgsimd.gallery.vectors.base import (
    DistantNeighbour,
    Found,
    Ids,
    Neighbour,
    RemoteSearch,
    RemoteStore,
    Search,
)
from imgsimd.gallery.vectors.id_set import NO_IDS
from imgsimd.milvus import expression
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.messages import Collection, Find, Hit, Host, ReadHosts, most_hits
from imgsimd.milvus.nearest_hits import NearestHits
from imgsimd.milvus.scope import Own, Scope
from imgsimd.shared_ids import HostNumber

MORE = 16
"""So many more are asked for at first: hardly ever are as many equally far, or not to be found."""
LOST = (
    "The server that several machines share has lost what this one had sent there. It is sent "
    "again by itself: ask again in a minute."
)


class Place(NamedTuple):
    """Where a host's vectors are."""

    ask: Ask
    collection: Collection
    prefix: str
    """Under which hosts tell of themselves."""
    host: HostNumber
    """This one."""


class MilvusSearch(RemoteSearch):
    """Searches in a collection, which see what was in the store when they were prepared."""

    def __init__(
        self,
        store: RemoteStore,
        place: Place,
        searches: Sequence[Search],
        there: Ids,
        hidden: Ids | None,
        fresh: Sequence[Sequence[Neighbour]],
    ) -> None:
        """`there`: the images of which the collection can be believed (ascending). `fresh`: for
        each search what was found of the others."""
        super().__init__(store, searches)
        self._place = place
        self._own = Own(place.host, there, NO_IDS if hidden is None else hidden)
        self._fresh = fresh
        self._most = most_hits(place.collection.form)

    def run(self) -> Found:
        hosts = self._hosts()
        self.hosts = [host.name for host in hosts]
        found: dict[int, list[Neighbour | DistantNeighbour]] = {}
        for numbers in _alike(self.searches):
            scope = Scope(self._own, self.searches[numbers[0]], hosts)
            parts = [self._begin(number, scope) for number in numbers]
            for each in scope.expressions:
                self._search(each, parts)
            found |= {n: part.nearest for n, part in zip(numbers, parts, strict=True)}
        return [found[number] for number in range(len(self.searches))]

    def _hosts(self) -> list[Host]:
        if all(search.elsewhere is None for search in self.searches):
            return []
        hosts = self._place.ask.ask(ReadHosts(self._place.prefix))
        if len(self._own.there) and all(host.number != self._own.host for host in hosts):
            raise StoreError(LOST, StoreFault.LOST)
        return hosts

    def _begin(self, number: int, scope: Scope) -> NearestHits:
        known = self._fresh[number] if scope.has_own else []
        return NearestHits(self.searches[number], scope, self._place.collection.form, known)

    def _search(self, where: str, parts: Sequence[NearestHits]) -> None:
        """Looks for all of them in these rows."""
        for part in parts:
            part.begin()
        limit = max(part.asked for part in parts) + MORE
        while left := [part for part in parts if not part.is_complete]:
            limit = min(limit, self._most)
            self._ask(where, left, limit)
            if limit == self._most:
                break
            limit *= 2
        for part in parts:
            while not part.is_complete:
                seen = expression.without_ids(np.fromiter(part.seen, np.int64))
                self._ask(expression.all_of(where, seen), [part], self._most)

    def _ask(self, where: str, parts: Sequence[NearestHits], limit: int) -> None:
        """Asks for the nearest rows of each."""
        at_once = self._most // limit
        for start in range(0, len(parts), at_once):
            some = parts[start : start + at_once]
            queries = [part.query for part in some]
            request = Find(self._place.collection, queries, limit, where)
            for part, hits in zip(some, self._found(request), strict=True):
                part.take(hits, limit)

    def _found(self, request: Find) -> list[list[Hit]]:
        """No hits if no host has sent anything yet. Raises StoreError."""
        try:
            return self._place.ask.ask(request)
        except StoreError as error:
            if error.fault != StoreFault.LOST or len(self._own.there):
                raise
            return [[] for _ in request.queries]


def _alike(searches: Sequence[Search]) -> Iterator[list[int]]:
    """The numbers of those that ask for the same rows, together."""
    same: dict[object, list[int]] = {}
    for number, search in enumerate(searches):
        rows = id(search.among), search.where, search.elsewhere
        same.setdefault(rows, []).append(number)
    yield from same.values()
