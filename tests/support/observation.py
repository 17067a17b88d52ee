"""Watches a folder with a real observer and records what that reports."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from imgsimd import extensions
from imgsimd.types import FilePath
from imgsimd.watching.inotify_instance import Loss
from imgsimd.watching.observer import Observer
from imgsimd.watching.selection import Selection
from imgsimd.watching.settle import Sign
from tests.support.patience import DEADLINE

SELECTION = Selection([], extensions.DEFAULT)


class Ears:
    """Collects what an observer reports."""

    def __init__(self) -> None:
        self.hints: list[tuple[FilePath, Sign]] = []
        self.losses: list[Loss] = []

    def hint(self, path: FilePath, sign: Sign) -> None:
        self.hints.append((path, sign))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def observed(
    root: Path, selection: Selection = SELECTION
) -> AsyncIterator[tuple[Ears, Observer]]:
    """Watches the root during the block."""
    ears = Ears()
    observer = Observer(asyncio.get_running_loop(), selection, ears.hint, ears.losses.append)
    try:
        await asyncio.to_thread(observer.watch, os.fsencode(root))
        yield ears, observer
    finally:
        await asyncio.to_thread(observer.stop)
