"""Control the daemon's work: reload the configuration, pause, resume."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter

from imgsimd.control.answers import DoneAnswer
from imgsimd.control.strict_json import StrictRoute
from imgsimd.indexing.indexer import Indexer


def routes(indexer: Indexer, read_configuration: Callable[[], Awaitable[None]]) -> APIRouter:
    """Reload, pause, resume."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/reload")
    async def reload() -> DoneAnswer:
        """Reads the configuration again."""
        await read_configuration()
        return DoneAnswer()

    @router.post("/pause")
    async def pause() -> DoneAnswer:
        """Pauses indexing until `/resume`. Questions are still answered."""
        indexer.pause()
        return DoneAnswer()

    @router.post("/resume")
    async def resume() -> DoneAnswer:
        """Resumes indexing."""
        indexer.resume()
        return DoneAnswer()

    return router
