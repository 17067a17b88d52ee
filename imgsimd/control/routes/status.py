"""How the daemon is, now or whenever that changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from imgsimd.control import openapi
from imgsimd.control.fields import PathText
from imgsimd.control.strict_json import StrictRoute, as_json
from imgsimd.errors import StoppedError

EVENTS_UNDER_WAY = 0.6
"""Seconds that a change may take from the kernel to us: watchdog holds a rename back for 0.5 s."""
POLL = 0.1
"""Seconds between two looks while somebody waits."""
AT_REST = ("idle", "paused")
"""States in which nothing goes on by itself."""
Seconds = Annotated[float, Query(ge=0, le=86400, allow_inf_nan=False)]


@dataclass
class RootAnswer:
    """A watched folder."""

    path: PathText
    state: Literal["online", "offline", "polled", "degraded"]
    reason: str
    names: list[PathText]


@dataclass
class StatusAnswer:
    """How the daemon is."""

    state: Literal["starting", "scanning", "indexing", "paused", "idle"]
    images: int
    pending: int
    failed: int
    decoded: int
    finished: int
    newest: PathText | None
    roots: list[RootAnswer]
    model: str
    next_model: str | None
    worker: bool
    sandbox: list[str]
    trouble: str
    max_bytes: int
    notes: list[str]
    rss_bytes: int
    pid: int
    version: str
    config: str
    state_dir: str


@dataclass
class WaitAnswer:
    """Whether nothing is pending any more."""

    idle: bool
    status: StatusAnswer

    @classmethod
    def of(cls, status: StatusAnswer) -> WaitAnswer:
        return cls(status.state in AT_REST and not status.pending, status)


Now = Callable[[], Awaitable[StatusAnswer]]


def routes(now: Now) -> APIRouter:
    """`now` tells how the daemon is."""
    router = APIRouter(route_class=StrictRoute)

    @router.get("/status")
    async def status() -> StatusAnswer:
        """How the daemon is."""
        return await now()

    @router.get("/events", response_class=StreamingResponse, responses=openapi.EVENTS)
    async def events() -> Response:
        """The status, now and whenever it changes, as Server-Sent Events."""
        return StreamingResponse(_stream(now), media_type="text/event-stream")

    @router.get("/wait", responses=openapi.errors(422))
    async def wait(request: Request, timeout: Seconds = 60.0) -> WaitAnswer:
        """Answers when nothing is pending or all that is pending is paused, or after `timeout`
        seconds."""
        return WaitAnswer.of(await _until_at_rest(now, request, timeout))

    return router


async def _stream(now: Now) -> AsyncIterator[bytes]:
    """Until the daemon stops, or its state directory is gone, after which it stops."""
    last = b""
    while True:
        try:
            status = as_json(await now())
        except StoppedError:
            return
        if status != last:
            last = status
            yield b"data: %s\n\n" % status
        await asyncio.sleep(POLL)


async def _until_at_rest(now: Now, request: Request, timeout: float) -> StatusAnswer:
    """Looks until nothing is done any more, at least as long as an event may be under way; who has
    hung up is not waited for."""
    end = time.monotonic() + timeout
    await asyncio.sleep(min(EVENTS_UNDER_WAY, timeout))
    while (status := await now()).state not in AT_REST and time.monotonic() < end:
        if await request.is_disconnected():
            break
        await asyncio.sleep(POLL)
    return status
