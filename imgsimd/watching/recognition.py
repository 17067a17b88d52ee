"""Recognises roots, and disks mounted in them, as those that were there before."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Protocol

from imgsimd.types import FilePath, Known, RootState
from imgsimd.watching.roots import Identity, Root, probe, recognise

ANSWER = 10.0
"""Seconds that a disk may take to answer: one that sleeps needs about seven to spin up."""


class Memory(Protocol):
    """What must outlive the daemon, so that a folder can be recognised."""

    async def remembered(self, folder: FilePath) -> Identity | None:
        """Under which identity the folder was last seen."""

    async def remember(self, folder: FilePath, identity: Identity) -> None:
        """Stores it."""

    async def places(self, root: FilePath) -> list[FilePath]:
        """The folders below the root of which an identity is stored."""

    async def sample(self, folder: FilePath) -> list[Known]:
        """Some of the images known below the folder."""


class Recognition:
    """Looks at folders with the eyes of somebody who has seen them before."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._pending: dict[FilePath, asyncio.Future[Root]] = {}

    async def look(self, folder: FilePath) -> Root:
        """The folder as it is now; offline if another one is in its place."""
        found = await self._probe(folder)
        if found.identity is None or found.identity == await self._memory.remembered(folder):
            return found
        sample = await self._memory.sample(folder)
        found = await asyncio.to_thread(recognise, found, sample)
        if found.state is RootState.ONLINE and found.identity is not None:
            await self._memory.remember(folder, found.identity)
        return found

    async def _probe(self, folder: FilePath) -> Root:
        """A disk that does not answer, as a network disk whose server is gone, is offline until it
        does, and nobody else waits for it."""
        pending = self._pending.pop(folder, None)
        patience = ANSWER if pending is None else 0.0
        answer = pending or _asked(folder)
        await asyncio.wait([answer], timeout=patience)
        if answer.done():
            return answer.result()
        self._pending[folder] = answer
        return Root(folder, RootState.OFFLINE, "its disk does not answer; its images are kept")

    async def away(self, root: Root) -> tuple[FilePath, ...]:
        """The folders below the root in which a disk was mounted that is not there now.

        What is known of them is neither there nor gone.
        """
        places = {mount.place for mount in root.inner_mounts}
        places |= set(await self._memory.places(root.path))
        found = [await self.look(place) for place in sorted(places)]
        offline = [place.path for place in found if place.state is RootState.OFFLINE]
        return tuple([place for place in offline if await self._memory.sample(place)])


def _asked(folder: FilePath) -> asyncio.Future[Root]:
    """`probe`, in a thread that nobody joins: it may hang for ever, and the daemon must end."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Root] = loop.create_future()

    def ask() -> None:
        root = probe(folder)
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(answer.set_result, root)

    threading.Thread(target=ask, daemon=True).start()
    return answer
