"""Control the daemon's work: reload the configuration, pause, resume."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from imgsimd import moments
from imgsimd.control import openapi
from imgsimd.control.answers import DoneAnswer
from imgsimd.control.fields import RequestBody
from imgsimd.control.strict_json import StrictRoute
from imgsimd.errors import RequestError
from imgsimd.indexing.indexer import Indexer

Moment = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?"
        r"(Z|[+-][0-9]{2}:[0-9]{2})?$",
        description="ISO 8601: `2026-11-28T08:00:00+01:00`; without an offset, in local time",
    ),
]


class End(RequestBody):
    """When it is over."""

    until: Moment | None = Field(
        default=None, description="in the future, at most a year ahead; then it outlives a restart"
    )

    def moment(self) -> datetime | None:
        """With an offset. Raises RequestError."""
        return None if self.until is None else _ahead(self.until)


def routes(indexer: Indexer, read_configuration: Callable[[], Awaitable[None]]) -> APIRouter:
    """Reload, pause, resume."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/reload")
    async def reload() -> DoneAnswer:
        """Reads the configuration again."""
        await read_configuration()
        return DoneAnswer()

    @router.post("/pause", responses=openapi.errors(422))
    async def pause(end: End | None = None) -> DoneAnswer:
        """Pauses indexing, `until` then or until `/resume`. Questions are still answered."""
        await indexer.pauses.pause(end.moment() if end else None)
        return DoneAnswer()

    @router.post("/resume", responses=openapi.errors(422))
    async def resume(end: End | None = None) -> DoneAnswer:
        """Resumes indexing, even on battery and under load: `until` then, or until the battery is
        left, and until all is indexed."""
        await indexer.resume(end.moment() if end else None)
        return DoneAnswer()

    return router


def _ahead(text: str) -> datetime:
    """Raises RequestError if this is no moment, or not ahead."""
    now = datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RequestError("bad_request", 400, f"{text} is no date and time.") from error
    if moment <= now:
        raise RequestError("bad_request", 400, f"{text} has passed already.")
    if moment > now + moments.LONGEST:
        raise RequestError("bad_request", 400, f"{text} is more than a year ahead.")
    return moment
