"""Recognises roots, and the disks that are mounted in them, by their identity or their photos."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from imgsimd.problems import Finding
from imgsimd.types import FilePath, Known, RootState
from imgsimd.watching.disk_timeout import Answers
from imgsimd.watching.mounts import Mount
from imgsimd.watching.watched_root import Identity, Root, probe, recognise


class Memory(Protocol):
    """What must be stored, so that a folder can be recognised after a restart."""

    async def remembered(self, folder: FilePath) -> Identity | None:
        """The identity that the folder had when it was last seen."""

    async def remember(self, folder: FilePath, identity: Identity) -> None:
        """Stores the identity of the folder."""

    async def known_as(self, identity: Identity) -> list[FilePath]:
        """The folders that had this identity when they were last seen."""

    async def mount_points(self, root: FilePath) -> list[FilePath]:
        """The folders below the root with an identity of their own: disks were mounted there."""

    async def sample(self, folder: FilePath) -> list[Known]:
        """Some of the images known below the folder."""


class RootIdentities:
    """Looks at folders, and compares them with what is remembered of them."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._answers = Answers(probe)
        self._seen: dict[FilePath, Mount | None] = {}
        """The mount on which each folder was recognised."""

    async def look(self, folder: FilePath) -> Root:
        """Looks at the folder. It is offline if another folder is in its place."""
        found = await self._probe(folder)
        if found.identity is None:
            return found
        known = await self._memory.remembered(folder)
        if found.identity == known and self._is_certain(found):
            return found
        sample = await self._memory.sample(folder)
        others = [each async for each in self._moved_here(found)] if sample else []
        found = await asyncio.to_thread(recognise, found, sample, others)
        if found.state is RootState.ONLINE and found.identity is not None:
            self._seen[folder] = found.mount
            if found.identity != known:
                await self._memory.remember(folder, found.identity)
        return found

    def _is_certain(self, found: Root) -> bool:
        """Whether its identity is proof enough, or it was recognised on this very mount."""
        return not found.mount or found.mount.has_id or self._seen.get(found.path) == found.mount

    async def _moved_here(self, found: Root) -> AsyncIterator[tuple[FilePath, list[Known]]]:
        """Other folders that had this identity and are no longer at their paths; each with some of
        the images known in it."""
        assert found.identity
        for other in await self._memory.known_as(found.identity):
            if other != found.path and (await self._probe(other)).identity != found.identity:
                yield other, await self._memory.sample(other)

    async def _probe(self, folder: FilePath) -> Root:
        """Looks at the folder. If its disk does not answer, the folder is offline until it does."""
        return await self._answers.about(folder) or _silent(folder)

    async def away(self, root: Root) -> tuple[FilePath, ...]:
        """The folders below the root in which a disk was mounted that is absent now.

        Their images are neither there nor gone.
        """
        places = {mount.place for mount in root.inner_mounts}
        places |= set(await self._memory.mount_points(root.path))
        found = [await self.look(place) for place in sorted(places)]
        offline = [place.path for place in found if place.state is RootState.OFFLINE]
        return tuple([place for place in offline if await self._memory.sample(place)])


def _silent(folder: FilePath) -> Root:
    reason = Finding("its disk does not answer; its photos are kept")
    return Root(folder, RootState.OFFLINE, (reason,))
