"""Whether everything works, for those who look every few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from fastapi import APIRouter

from imgsimd.control.status_feed import StatusFeed
from imgsimd.control.strict_json import StrictRoute
from imgsimd.errors import UnhealthyError
from imgsimd.health import State, Status
from imgsimd.problems import Problem

ANSWER_SECONDS = 5.0
"""How long the database may take to answer. A step of it takes a twentieth of a second, and a disk
that wakes up some seconds; Podman gives a health check 30 seconds."""


@dataclass
class HealthAnswer:
    """Everything works. `state` is that of the status."""

    state: State
    version: str


def routes(feed: StatusFeed) -> APIRouter:
    """Whether everything works."""
    router = APIRouter(route_class=StrictRoute)

    @router.get("/health")
    async def health() -> HealthAnswer:
        """Whether everything works: 503 `unhealthy` if there is a problem of severity `error`, or
        if the database has not answered within five seconds."""
        status = await _status(feed)
        if wrong := [each for each in status.problems if each.severity == "error"]:
            raise _unhealthy(wrong)
        return HealthAnswer(status.state, status.version)

    return router


async def _status(feed: StatusFeed) -> Status:
    """Raises UnhealthyError if there is none in time."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await feed.now()
    except TimeoutError:
        raise UnhealthyError(
            f"The database has not answered for {ANSWER_SECONDS:g} seconds: does its disk work?"
        ) from None


def _unhealthy(wrong: Sequence[Problem]) -> UnhealthyError:
    return UnhealthyError(" ".join(each.text for each in wrong), [asdict(each) for each in wrong])
