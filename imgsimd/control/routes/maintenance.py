"""Check that disk, catalog and index agree; repair them; back up the database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from imgsimd.control import openapi
from imgsimd.control.answers import DoneAnswer
from imgsimd.control.strict_json import StrictRoute
from imgsimd.maintenance.finding import Finding
from imgsimd.maintenance.maintenance import Maintenance

READ = 2**20
"""Bytes of a file sent at once."""


@dataclass
class FindingAnswer:
    """One kind of difference, how often it occurs, and examples."""

    what: str
    count: int
    examples: list[str]

    @classmethod
    def of(cls, finding: Finding) -> FindingAnswer:
        return cls(finding.what, finding.count, finding.examples)


@dataclass
class CheckAnswer:
    """Whether disk, catalog, index and shared store agree, and if not, how they differ."""

    sound: bool
    findings: list[FindingAnswer]

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> CheckAnswer:
        return cls(not findings, list(map(FindingAnswer.of, findings)))


def routes(service: Maintenance) -> APIRouter:
    """Check, rebuild, back up."""
    router = APIRouter(route_class=StrictRoute)

    @router.get("/check")
    async def check() -> CheckAnswer:
        """Compares disk, catalog, index and the store that machines share; changes nothing."""
        return CheckAnswer.of(await service.check())

    @router.post("/rebuild")
    async def rebuild() -> DoneAnswer:
        """Repairs what `/check` may find. All photos are then rescanned in the background. The
        error `store` says that everything was done but for what the shared store needs, which is
        done when it can be used."""
        await service.rebuild()
        return DoneAnswer()

    @router.get("/backup", response_class=Response, responses=openapi.DATABASE)
    async def backup() -> Response:
        """A copy of the database as it is now."""
        file = await service.backup()
        size = {"Content-Length": str(os.fstat(file.fileno()).st_size)}
        return StreamingResponse(_read(file), media_type=openapi.SQLITE, headers=size)

    return router


async def _read(file: BinaryIO) -> AsyncIterator[bytes]:
    """The file in pieces; it is closed at the end."""
    with file:
        while piece := await asyncio.to_thread(file.read, READ):
            yield piece
