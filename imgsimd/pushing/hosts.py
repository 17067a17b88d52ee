"""The machines that share a store: which there are, and the removal of one that is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgsimd import server_threads
from imgsimd.errors import RequestError
from imgsimd.gallery.thread import GalleryThread
from imgsimd.milvus import expression
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.messages import (
    Collections,
    Count,
    Delete,
    DeleteThumbnails,
    Flush,
    Host,
    Ids,
    ReadHosts,
    RemoveHost,
    ThumbnailIds,
)
from imgsimd.pushing.collection_names import collection_of, of_models
from imgsimd.shared_ids import HostNumber, SharedId
from imgsimd.words import printable

SECONDS = 600.0
"""For one request of a removal: to read the ids of a million rows takes minutes."""
AT_ONCE = 10_000
"""Rows that are removed by one request."""


class SharingHost(NamedTuple):
    """A machine that shares the store."""

    told: Host
    """What it says of itself."""
    images: int
    """How many have a vector there by the model that answers here."""
    is_own: bool
    """Whether it is this one."""


class Hosts:
    """Runs on the event loop. Its methods raise StoreError and CatalogError."""

    def __init__(self, gallery: GalleryThread, ask: Ask, prefix: str) -> None:
        """The gallery is shared."""
        self._gallery = gallery
        self._ask = ask
        self._prefix = prefix

    async def all(self) -> list[SharingHost]:
        """This one first, then by their names."""
        own = await self._own()
        hosts = await server_threads.run(self._ask.ask, ReadHosts(self._prefix))
        found = [await self._counted(host, own) for host in hosts]
        return sorted(found, key=lambda each: (not each.is_own, each.told.name, each.told.number))

    async def find(self, text: str) -> SharingHost:
        """The one that may be removed and has this name, or this number. Raises RequestError if
        there is none, if there are several, or if it is this machine."""
        own = await self._own()
        hosts = await server_threads.run(self._ask.ask, ReadHosts(self._prefix))
        named = [host for host in hosts if host.name == text]
        if len(named) > 1:
            raise _refusal(_several(text, named))
        found = named or [host for host in hosts if str(host.number) == text]
        if not found:
            raise _refusal(_unknown(text, hosts))
        if found[0].number == own:
            raise _refusal(
                f"{printable(found[0].name)} is this machine, which goes on sharing its photos. To "
                'end that, set `backend = "faiss"` in the section [index] of its configuration and '
                "start imgsimd anew; then another machine can remove it."
            )
        return await self._counted(found[0], own)

    async def remove(self, number: HostNumber) -> None:
        """Removes all that the store has of this machine. What was removed until an error stays
        removed; the machine is listed until everything is."""
        names = await server_threads.run(self._ask.ask, Collections(self._prefix), SECONDS)
        for name in of_models(self._prefix, names):
            await server_threads.run(self._remove_rows, name, number)
        await server_threads.run(self._remove_thumbnails, number)
        await server_threads.run(self._ask.ask, RemoveHost(self._prefix, number), SECONDS)

    def _remove_rows(self, name: str, number: HostNumber) -> None:
        """Blocks. Runs in a thread."""
        ids = self._ask.ask(Ids(name, expression.of_host(number)), SECONDS)
        for some in _portions(ids):
            self._ask.ask(Delete(name, some), SECONDS)
        if len(ids):
            self._ask.ask(Flush(name), SECONDS)

    def _remove_thumbnails(self, number: HostNumber) -> None:
        """Blocks. Runs in a thread."""
        for some in _portions(self._ask.ask(ThumbnailIds(self._prefix, number), SECONDS)):
            self._ask.ask(DeleteThumbnails(self._prefix, some), SECONDS)

    async def _counted(self, host: Host, own: HostNumber | None) -> SharingHost:
        name = collection_of(self._prefix, self._gallery.serving).name
        count = await server_threads.run(
            self._ask.ask, Count(name, expression.of_host(host.number))
        )
        return SharingHost(host, count, host.number == own)

    async def _own(self) -> HostNumber | None:
        return await self._gallery.peek(lambda gallery: gallery.pushes.last_host)


def _portions(ids: NDArray[np.int64]) -> Iterator[list[SharedId]]:
    for start in range(0, len(ids), AT_ONCE):
        yield [SharedId(each) for each in ids[start : start + AT_ONCE].tolist()]


def _refusal(sentence: str) -> RequestError:
    return RequestError("unknown_host", 400, sentence)


def _several(name: str, hosts: Sequence[Host]) -> str:
    numbers = "; ".join(
        f"{host.number} (last heard of {datetime.fromtimestamp(host.changed, UTC):%Y-%m-%d})"
        for host in hosts
    )
    return f"Several machines are called {printable(name)}. Say which, by its number: {numbers}."


def _unknown(text: str, hosts: Sequence[Host]) -> str:
    names = ", ".join(printable(host.name) for host in hosts) or "none"
    return f"No machine that shares this gallery is called {printable(text)}. There are: {names}."
