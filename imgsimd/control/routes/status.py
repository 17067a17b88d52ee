"""The status of the daemon, now and whenever it changes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from imgsimd.client.status import AT_REST
from imgsimd.control import openapi
from imgsimd.control.answers import ProblemAnswer
from imgsimd.control.fields import PathText
from imgsimd.control.status_feed import Source, StatusFeed
from imgsimd.control.strict_json import StrictRoute, as_json
from imgsimd.errors import StoppedError
from imgsimd.health import RootStatus, State, Status
from imgsimd.indexing.pauses import Pause, Reason
from imgsimd.pushing.condition import Condition
from imgsimd.skips import Skip, number_of_files, summary

EVENTS_UNDER_WAY = 0.6
"""How many seconds an event may take to arrive: watchdog delays a rename by 0.5 s."""
Seconds = Annotated[float, Query(ge=0, le=86400, allow_inf_nan=False)]


@dataclass
class SkippedAnswer:
    """How many files are not indexed, and in words what they are; `/v1/skipped` has more."""

    files: int
    summary: str

    @classmethod
    def of(cls, skips: Sequence[Skip]) -> SkippedAnswer:
        return cls(number_of_files(skips), summary(skips))


@dataclass
class RootAnswer:
    """A watched folder."""

    path: PathText
    state: Literal["online", "offline", "polled", "degraded"]
    reason: str
    names: list[PathText]
    skipped: SkippedAnswer
    images: int
    pending: int
    failed: int
    damaged: int
    last_look: str | None
    watches: int
    poll_seconds: float | None

    @classmethod
    def of(cls, root: RootStatus) -> RootAnswer:
        return cls(
            path=os.fsdecode(root.path),
            state=root.state.value,
            reason=root.reason,
            names=list(map(os.fsdecode, root.names)),
            skipped=SkippedAnswer.of(root.skips),
            **root.tally._asdict(),
            last_look=_moment(root.last_look),
            watches=root.watches,
            poll_seconds=root.poll_seconds,
        )


@dataclass
class PauseAnswer:
    """A reason why nothing is indexed now."""

    reason: Reason
    sentence: str
    until: str | None

    @classmethod
    def of(cls, pause: Pause) -> PauseAnswer:
        return cls(pause.reason, pause.sentence, _iso(pause.until))


@dataclass
class SharedAnswer:
    """As what the gallery is shared with other machines."""

    name: str
    number: int | None
    uri: str
    waiting: int
    trouble: str

    @classmethod
    def of(cls, shared: Condition) -> SharedAnswer:
        return cls(shared.name, shared.number, shared.uri, shared.waiting, shared.trouble)


@dataclass
class StatusAnswer:
    """The status of the daemon."""

    state: State
    paused: list[PauseAnswer]
    pause_ignored_until: str | None
    images: int
    pending: int
    failed: int
    damaged: int
    skipped: SkippedAnswer
    decoded: int
    finished: int
    percent_done: float | None
    seconds_remaining: float | None
    per_second: float | None
    newest: PathText | None
    newest_at: str | None
    watches: int
    watch_limit: int | None
    roots: list[RootAnswer]
    shared: SharedAnswer | None
    model: str
    next_model: str | None
    next_model_seen: int | None
    next_model_of: int | None
    worker: bool
    sandbox: list[str]
    trouble: str
    problems: list[ProblemAnswer]
    max_bytes: int
    notes: list[str]
    rss_bytes: int
    pid: int
    version: str
    config: str
    state_dir: str

    @classmethod
    def of(cls, status: Status) -> StatusAnswer:
        return cls(
            state=status.state,
            paused=list(map(PauseAnswer.of, status.paused)),
            pause_ignored_until=_iso(status.pause_ignored_until),
            images=status.images,
            pending=status.pending,
            failed=status.failed,
            damaged=status.damaged,
            skipped=SkippedAnswer.of(status.skips),
            decoded=status.decoded,
            finished=status.finished,
            percent_done=_rounded(status.percent_done),
            seconds_remaining=_rounded(status.seconds_remaining),
            per_second=_rounded(status.per_second),
            newest=os.fsdecode(status.newest) if status.newest else None,
            newest_at=_moment(status.newest_at),
            watches=status.watches,
            watch_limit=status.watch_limit,
            roots=list(map(RootAnswer.of, status.roots)),
            shared=SharedAnswer.of(status.shared) if status.shared else None,
            model=status.model,
            next_model=status.next_model,
            next_model_seen=status.change.seen if status.change else None,
            next_model_of=status.change.of if status.change else None,
            worker=status.has_worker,
            sandbox=list(status.sandbox),
            trouble=status.trouble,
            problems=list(map(ProblemAnswer.of, status.problems)),
            max_bytes=status.max_bytes,
            notes=list(status.notes),
            rss_bytes=status.rss_bytes,
            pid=status.pid,
            version=status.version,
            config=str(status.config),
            state_dir=str(status.state_dir),
        )


@dataclass
class WaitAnswer:
    """Whether nothing is pending any more."""

    idle: bool
    status: StatusAnswer

    @classmethod
    def of(cls, status: Status) -> WaitAnswer:
        return cls(_is_at_rest(status) and not status.pending, StatusAnswer.of(status))


Awaited: TypeAlias = Callable[[], AbstractContextManager[None]]


def routes(source: Source, feed: StatusFeed, awaited: Awaited) -> APIRouter:
    """The status once, again and again, or when there is nothing left to do. Inside of `awaited`,
    somebody waits for that."""
    router = APIRouter(route_class=StrictRoute)

    @router.get("/status")
    async def status() -> StatusAnswer:
        """The status of the daemon."""
        return StatusAnswer.of(await source.status())

    @router.get(
        "/events",
        response_class=StreamingResponse,
        responses=openapi.EVENTS | openapi.errors(422),
    )
    async def events(waiting: Literal["true", "false"] = "false") -> Response:
        """The status, now and whenever it changes, as Server-Sent Events. If the caller is
        `waiting` for all to be indexed, nothing waits until the machine has less to do."""
        stream = _while(awaited, feed) if waiting == "true" else _stream(feed)
        return StreamingResponse(stream, media_type="text/event-stream")

    @router.get("/wait", responses=openapi.errors(422))
    async def wait(request: Request, timeout: Seconds = 60.0) -> WaitAnswer:
        """Answers when nothing is pending or all that is pending is paused, or after `timeout`
        seconds."""
        with awaited():
            return WaitAnswer.of(await _once_at_rest(feed, request, timeout))

    return router


async def _stream(feed: StatusFeed) -> AsyncGenerator[bytes]:
    """Ends when the daemon stops, for example because its state directory is gone."""
    async with aclosing(feed.changes()) as changes:
        try:
            async for status in changes:
                yield b"data: %s\n\n" % as_json(StatusAnswer.of(status))
        except StoppedError:
            return


async def _while(awaited: Awaited, feed: StatusFeed) -> AsyncIterator[bytes]:
    with awaited():
        async with aclosing(_stream(feed)) as stream:
            async for event in stream:
                yield event


async def _once_at_rest(feed: StatusFeed, request: Request, timeout: float) -> Status:
    """The first status at rest, or the status after `timeout` seconds, or when the caller hangs up.

    Waits first for events that may be under way.
    """
    under_way = min(EVENTS_UNDER_WAY, timeout)
    await asyncio.sleep(under_way)
    rest = asyncio.create_task(_rest(feed))
    gone = asyncio.create_task(_hang_up(request))
    try:
        await asyncio.wait(
            [rest, gone], timeout=timeout - under_way, return_when=asyncio.FIRST_COMPLETED
        )
        return rest.result() if rest.done() else await feed.now()
    finally:
        rest.cancel()
        gone.cancel()


async def _rest(feed: StatusFeed) -> Status:
    async with aclosing(feed.changes()) as changes:
        async for status in changes:
            if _is_at_rest(status):
                return status
    raise AssertionError("there is always another change")


async def _hang_up(request: Request) -> None:
    """Returns when the caller has hung up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _moment(seconds: float | None) -> str | None:
    """Seconds since 1970 as ISO 8601, in local time with its offset; None for what no calendar
    has."""
    try:
        moment = None if seconds is None else datetime.fromtimestamp(seconds).astimezone()
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat(timespec="seconds") if moment else None


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 1)


def _iso(moment: datetime | None) -> str | None:
    """ISO 8601 in local time, with the offset."""
    return None if moment is None else moment.astimezone().isoformat(timespec="seconds")


def _is_at_rest(status: Status) -> bool:
    return status.state in AT_REST
