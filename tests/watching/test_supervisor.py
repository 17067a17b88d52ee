"""Roots and watcher are looked after: what is lost is noticed and mended."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from imgsimd.types import FilePath, FileState, ImageId, Known, RootState
from imgsimd.watching.roots import Identity
from imgsimd.watching.settle import Sign
from imgsimd.watching.supervisor import Supervisor


class Memory:
    """Remembers roots and knows some images, as the gallery does."""

    def __init__(self) -> None:
        self.identities: dict[FilePath, Identity] = {}
        self.images: list[Known] = []

    async def remembered(self, root: FilePath) -> Identity | None:
        return self.identities.get(root)

    async def remember(self, root: FilePath, identity: Identity) -> None:
        self.identities[root] = identity

    async def sample(self, root: FilePath) -> list[Known]:
        return self.images


class Scene:
    """A supervisor and what it said."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.hints: list[tuple[FilePath, Sign]] = []
        self.woken = asyncio.Event()
        self.supervisor = Supervisor(memory, lambda *h: self.hints.append(h), self.woken.set)

    def state(self) -> RootState:
        (root,) = self.supervisor.roots
        return root.state


def supervised(body: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        scene = Scene(Memory())
        try:
            async with asyncio.timeout(20):
                await body(scene)
        finally:
            await scene.supervisor.close()

    asyncio.run(run())


def image_in(root: Path) -> Known:
    """A file below the root, as the catalog knows it."""
    (root / "a.jpg").write_bytes(b"x")
    status = os.stat(root / "a.jpg")
    return Known(ImageId(1), os.fsencode(root / "a.jpg"), FileState.of(status))


def test_a_root_must_be_scanned_once_and_then_only_if_something_was_lost(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path)

    async def body(scene: Scene) -> None:
        assert await scene.supervisor.check([root]) == [root]
        assert await scene.supervisor.check([root]) == []

    supervised(body)


def test_after_an_overflow_everything_is_watched_anew_and_scanned(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path)

    async def body(scene: Scene) -> None:
        await scene.supervisor.check([root])
        scene.supervisor._on_loss("overflow")
        assert scene.woken.is_set()
        assert await scene.supervisor.check([root]) == [root]
        (tmp_path / "a.jpg").write_bytes(b"x")
        while (os.fsencode(tmp_path / "a.jpg"), Sign.FINISHED) not in scene.hints:
            await asyncio.sleep(0.01)

    supervised(body)


def test_a_watcher_that_died_is_replaced(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path)

    async def body(scene: Scene) -> None:
        await scene.supervisor.check([root])
        observer = scene.supervisor._observer
        assert observer is not None
        await asyncio.to_thread(observer.stop)
        assert await scene.supervisor.check([root]) == [root]
        assert scene.supervisor._observer is not observer

    supervised(body)


def test_a_root_goes_offline_and_comes_back(tmp_path: Path) -> None:
    root = tmp_path / "root"

    async def body(scene: Scene) -> None:
        assert await scene.supervisor.check([os.fsencode(root)]) == []
        assert scene.state() is RootState.OFFLINE
        root.mkdir()
        assert await scene.supervisor.check([os.fsencode(root)]) == [os.fsencode(root)]
        assert scene.state() is RootState.ONLINE

    supervised(body)


def test_an_empty_folder_is_not_taken_for_the_root_that_was_there(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()

    async def body(scene: Scene) -> None:
        scene.memory.images = [image_in(root)]
        await scene.supervisor.check([os.fsencode(root)])
        root.rename(tmp_path / "elsewhere")
        root.mkdir()
        assert await scene.supervisor.check([os.fsencode(root)]) == []
        assert scene.state() is RootState.OFFLINE

    supervised(body)


def test_a_restored_folder_is_recognised_by_what_is_in_it(tmp_path: Path) -> None:
    """A backup has other inodes, and the file system may be another."""
    root = tmp_path / "root"
    root.mkdir()

    async def body(scene: Scene) -> None:
        scene.memory.images = [image_in(root)]
        scene.memory.identities[os.fsencode(root)] = Identity(1, 2)
        assert await scene.supervisor.check([os.fsencode(root)]) == [os.fsencode(root)]
        assert scene.memory.identities[os.fsencode(root)] != Identity(1, 2)

    supervised(body)


def test_a_watch_limit_shows_the_line_that_raises_it(tmp_path: Path) -> None:
    async def body(scene: Scene) -> None:
        await scene.supervisor.check([os.fsencode(tmp_path)])
        scene.supervisor._on_loss("watch-limit")
        (root,) = scene.supervisor.roots
        assert root.state is RootState.DEGRADED
        assert "sysctl fs.inotify.max_user_watches" in root.reason

    supervised(body)


def test_a_root_taken_out_of_the_configuration_is_no_longer_watched(tmp_path: Path) -> None:
    async def body(scene: Scene) -> None:
        await scene.supervisor.check([os.fsencode(tmp_path)])
        await scene.supervisor.check([])
        assert scene.supervisor.roots == []

    supervised(body)
