"""What this host tells others of itself: which number it has, its name, what is offline.

A host draws its number at random. Before it pushes anything, it looks whether another gallery has
the number, writes its own entry, and reads it back, since two hosts may write at the same moment.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from imgsimd import server_threads
from imgsimd.errors import CatalogError, StoreError
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.lasting_fault import LastingFault
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.messages import Host, ReadHosts, WriteHost
from imgsimd.paths import slashed
from imgsimd.pushing.retries import retries
from imgsimd.shared_ids import LAST_HOST, HostNumber
from imgsimd.types import FilePath
from imgsimd.words import printable

log = logging.getLogger(__name__)

SECONDS = 20.0
"""For one request. Nobody waits for it."""


class _Own(NamedTuple):
    """What there is to tell, by the gallery."""

    number: HostNumber
    gallery: str
    offline: tuple[FilePath, ...]


class HostEntry:
    """Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        ask: Ask,
        prefix: str,
        store: str,
        name: str,
        whereabouts: str,
    ) -> None:
        """The gallery is shared already, in this store (`Pushes.share`). Others see `name`, or the
        same with a number behind it, if another host has the name. `whereabouts`: see there."""
        self._gallery = gallery
        self._ask = ask
        self._prefix = prefix
        self._store = store
        self._wanted_name = name
        self._whereabouts = whereabouts
        self._told: _Own | None = None
        self._is_woken = asyncio.Event()
        self._fault = LastingFault(log, "The server that several machines share works again.")
        self.name = name
        """What others call this host."""
        self.original = ""
        """The name of the host of whose gallery this one was found to be a copy; empty: none."""
        self.is_claimed = asyncio.Event()
        """Set once the number is this host's, so that its rows may be pushed."""
        self.trouble: StoreError | CatalogError | None = None
        """Why nothing can be told now."""
        self.has_begun_anew = False
        """Whether all that there is waits to be pushed anyway."""

    def wake(self) -> None:
        """What is shown may have changed."""
        self._is_woken.set()

    def look_again(self) -> None:
        """The store may have lost the entry. Then it has lost what was pushed, too."""
        self._told = None
        self.wake()

    async def run(self) -> None:
        """Tells whatever has changed, until cancelled."""
        backoff = retries()
        while True:
            try:
                await self.tell()
            except (StoreError, CatalogError) as error:
                self.trouble = error
                self._fault.happens(str(error))
                await backoff.wait()
            else:
                backoff = retries()
                await self._is_woken.wait()
            self._is_woken.clear()

    async def tell(self) -> None:
        """Writes the entry, if it would be another one than before. Raises StoreError and
        CatalogError."""
        while (own := await self._gallery.peek(self._own)) is None or own != self._told:
            if own is None:  # the database was damaged, and this could not be read any more
                await self._take(drawn())
                continue
            hosts = await self._hosts()
            there = next((host for host in hosts if host.number == own.number), None)
            if there is not None and there.gallery != own.gallery:
                await self._become_another(own, there)
                continue
            if there is None and not self.has_begun_anew:
                log.info("The server knows nothing of this machine: everything is pushed.")
                await self._gallery.do(_push_anew)
            self.has_begun_anew = True
            self.name = _free_name(self._wanted_name, own.number, hosts)
            await self._write(Host(own.number, self.name, own.gallery, own.offline, time.time()))
            hosts = await self._hosts()
            if any(_is_of(host, own) for host in hosts) and not self._is_namesake(own, hosts):
                self._told = own
                self.has_begun_anew = False
                self._claim(own.number)
        self.trouble = None
        self._fault.is_over()

    def _claim(self, number: HostNumber) -> None:
        if not self.is_claimed.is_set():
            shown = printable(self.name)
            log.info("Other machines see this one as %s (its number is %d).", shown, number)
            self.is_claimed.set()

    async def _write(self, entry: Host) -> None:
        try:
            await server_threads.run(self._ask.ask, WriteHost(self._prefix, entry), SECONDS)
        except ValueError as error:
            raise StoreError(f"Other machines cannot be told what is here: {error}.") from error

    def _is_namesake(self, own: _Own, hosts: Sequence[Host]) -> bool:
        """Whether a host that wrote at the same moment has our name, and keeps it: the one with the
        lower number does."""
        return any(host.name == self.name and host.number < own.number for host in hosts)

    async def _hosts(self) -> Sequence[Host]:
        return await server_threads.run(self._ask.ask, ReadHosts(self._prefix), SECONDS)

    async def _become_another(self, own: _Own, there: Host) -> None:
        """Another gallery has our number: by chance, or since ours is a copy of it."""
        if _text(there.gallery) == _text(own.gallery):
            self.original = there.name
            log.warning(
                "This gallery is a copy of that of %s, or was moved here, so it is shared as "
                "another machine's. If %s is gone for good: imgsimctl hosts remove %s",
                *(printable(self.original),) * 3,
            )
        await self._take(drawn())

    async def _take(self, number: HostNumber) -> None:
        await self._gallery.do(_share_as, number, self._store)
        self.has_begun_anew = True

    def _own(self, gallery: Gallery) -> _Own | None:
        """Runs on the gallery's thread."""
        now = gallery.pushes.shared
        if now is None:
            return None
        text = f"{now.gallery}.{self._whereabouts}"
        return _Own(now.host, text, tuple(sorted(_offline(gallery))))


def drawn() -> HostNumber:
    """A number of a host, at random."""
    return HostNumber(1 + secrets.randbelow(LAST_HOST))


def _text(gallery: str) -> str:
    """What a copy has in common with its original."""
    return gallery.partition(".")[0]


def _is_of(host: Host, own: _Own) -> bool:
    return (host.number, host.gallery) == (own.number, own.gallery)


def _free_name(wanted: str, own: HostNumber, hosts: Sequence[Host]) -> str:
    """What is wanted, or the same with a number, if another host is called so."""
    taken = {host.name for host in hosts if host.number != own}
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


# On the gallery's thread


def _offline(gallery: Gallery) -> Iterator[FilePath]:
    """Shared folders whose images are not shown: their disk is away, or they are not watched any
    more."""
    is_shown = gallery.visibility.is_within
    return (root for root in gallery.pushes.roots if not is_shown(slashed(root)))


def _push_anew(gallery: Gallery) -> None:
    gallery.pushes.push_anew()
    gallery.reload()


def _share_as(gallery: Gallery, number: HostNumber, store: str) -> None:
    gallery.pushes.share(number, gallery.visibility.roots, store)
    gallery.reload()
