"""Follows folders with a real reconciler and a real gallery; nothing is embedded."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from imgsimd.config import Settings, Watching
from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.types import Known
from imgsimd.vectors import VectorForm
from imgsimd.watching.watched_root import Root
from tests.support.patience import DEADLINE

QUICK = Watching(quiet_seconds=0.05, still_seconds=0.1, health_seconds=0.1, grace_seconds=0.1)


class Scene:
    """A reconciler at work, and the gallery that it keeps."""

    def __init__(
        self,
        gallery: GalleryThread,
        folder: Path,
        roots: tuple[Path, ...],
        watching: Watching,
        ignore: tuple[str, ...],
    ) -> None:
        self._gallery = gallery
        self._folder = os.fsencode(folder) + b"/"
        self.watching = watching
        """For what is configured from now on."""
        self.ignore = ignore
        self._checks = 0
        self.reconciler = Reconciler(
            gallery, self._settings(roots), lambda: None, self._count_check
        )

    def _settings(self, roots: tuple[Path, ...]) -> Settings:
        return Settings(roots=tuple(map(str, roots)), watching=self.watching, ignore=self.ignore)

    def configure(self, *roots: Path) -> None:
        self.reconciler.configure(self._settings(roots))

    def root(self, path: Path) -> Root:
        (found,) = [r for r in self.reconciler.roots if r.path == os.fsencode(path)]
        return found

    async def ids(self) -> dict[str, int]:
        """All images, shown or hidden, by path below the scene's folder."""
        return {self._name(image): image.id for image in await self._images()}

    async def shown(self) -> set[str]:
        """The paths, as above, of the images that are not hidden."""
        return {self._name(image) for image in await self._images() if not image.is_missing}

    async def hidden(self) -> set[str]:
        """The paths, as above, of the images that are hidden."""
        return {self._name(image) for image in await self._images() if image.is_missing}

    async def _images(self) -> list[Known]:
        return await self._gallery.of_images(Images.between, self._folder, self._folder + b"\xff")

    def _name(self, image: Known) -> str:
        return os.fsdecode(image.path.removeprefix(self._folder))

    async def until(self, condition: Callable[[], Coroutine[Any, Any, bool]]) -> None:
        try:
            async with asyncio.timeout(DEADLINE):
                while not await condition():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            known = {"shown": await self.shown(), "hidden": await self.hidden()}
            raise AssertionError((known, self.reconciler.roots)) from None

    async def until_ids(self, expected: dict[str, int]) -> None:
        """Until these are the ids, and stay so when everything is looked at again."""

        async def are_so() -> bool:
            return await self.ids() == expected

        await self.until(are_so)
        await self.rest()
        assert await self.ids() == expected, "it stays so"

    async def until_known(self, *names: str) -> None:
        async def are_known() -> bool:
            return set(names) == set(await self.ids())

        await self.until(are_known)

    async def until_shown(self, count: int) -> None:
        """Until so many images are not hidden."""

        async def are_shown() -> bool:
            return (await self._gallery.counts()).pending == count

        await self.until(are_shown)

    async def until_root(self, state: str) -> None:
        """Until the only root is in this state."""

        async def is_so() -> bool:
            return [root.state.value for root in self.reconciler.roots] == [state]

        await self.until(is_so)

    async def until_idle(self) -> None:
        async def is_idle() -> bool:
            return not self.reconciler.is_scanning and not self.reconciler.unsettled

        await self.until(is_idle)

    async def rest(self) -> None:
        """Until everything was looked at twice."""
        for _ in range(2):
            await self.reconciler.accept(b"/", is_meant=False)
            await self.until_idle()

    def _count_check(self, _: float) -> None:
        self._checks += 1

    async def busy_share(self) -> float:
        """How much of a core the process takes from one health check to the next but two."""
        before = self._checks
        cpu, wall = time.process_time(), time.monotonic()

        async def have_passed() -> bool:
            return self._checks >= before + 3

        await self.until(have_passed)
        return (time.process_time() - cpu) / (time.monotonic() - wall)


@asynccontextmanager
async def followed(
    *roots: Path,
    below: Path | None = None,
    watching: Watching = QUICK,
    state: Path | None = None,
    ignore: tuple[str, ...] = (),
) -> AsyncIterator[Scene]:
    """Follows the roots for the length of the block, in which all that was there is known.

    Names are told below that folder, or else below the first root; what is known is kept in
    `state`, where there is one.
    """
    gallery = GalleryThread()
    with tempfile.TemporaryDirectory() as empty:
        await gallery.open((state or Path(empty)) / "gallery.db")
        await gallery.do(Gallery.aim, "model", "model", VectorForm(2), ())
        scene = Scene(gallery, below or roots[0], roots, watching, ignore)
        task = asyncio.create_task(scene.reconciler.run())
        try:
            await scene.until_idle()
            yield scene
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await gallery.close()
