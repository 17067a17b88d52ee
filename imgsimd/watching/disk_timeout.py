"""Asks a disk that may never answer, such as a network disk whose server is gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from imgsimd.types import FilePath

T = TypeVar("T")

ANSWER_SECONDS = 10.0
"""Seconds that a disk may take to answer: one in standby needs about seven to spin up."""


class Answers(Generic[T]):
    """The answers to one question about paths. Runs on the event loop."""

    def __init__(self, question: Callable[[FilePath], T]) -> None:
        """`question` runs in a thread; it must not raise."""
        self._question = question
        self._pending: dict[FilePath, asyncio.Future[T]] = {}

    async def about(self, path: FilePath) -> T | None:
        """The answer; None if the disk does not give one in time. From then on, None is returned at
        once until the disk answers, so that no caller waits for it twice."""
        pending = self._pending.pop(path, None)
        patience = ANSWER_SECONDS if pending is None else 0.0
        answer = pending or self._asked(path)
        await asyncio.wait([answer], timeout=patience)
        if answer.done():
            return answer.result()
        self._pending[path] = answer
        return None

    def _asked(self, path: FilePath) -> asyncio.Future[T]:
        """Asks in a thread that is never joined: it may hang for ever, yet the daemon must end."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def ask() -> None:
            found = self._question(path)
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(answer.set_result, found)

        threading.Thread(target=ask, daemon=True).start()
        return answer
