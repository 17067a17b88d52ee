"""Pictures that cannot be embedded, or are damaged."""

from __future__ import annotations

import os
from dataclasses import dataclass

from fastapi import APIRouter
from pydantic import Field

from imgsimd.client.limits import MOST_PATHS
from imgsimd.control import openapi
from imgsimd.control.fields import FolderPath, PathText, RequestBody
from imgsimd.control.strict_json import StrictRoute
from imgsimd.indexing.indexer import Indexer
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.types import Failure


class RetryRequest(RequestBody):
    """Pictures, or folders of pictures, to try again; if there are none, all that failed."""

    paths: list[FolderPath] = Field(default=[], max_length=MOST_PATHS)


@dataclass
class FailureAnswer:
    """A picture that cannot be embedded; or, `damaged`, one that is searchable by the share that
    could be `read`, from 0 to 1."""

    path: PathText
    reason: str
    kind: str
    damaged: bool
    read: float | None

    @classmethod
    def of(cls, failure: Failure) -> FailureAnswer:
        is_damaged = failure.read is not None
        path = os.fsdecode(failure.path)
        return cls(path, failure.reason, failure.kind, is_damaged, failure.read)


@dataclass
class RetryAnswer:
    """How many pictures are being retried."""

    retried: int


def routes(reconciler: Reconciler, indexer: Indexer) -> APIRouter:
    """List them, retry them."""
    router = APIRouter(route_class=StrictRoute)

    @router.get("/failed")
    async def failed() -> list[FailureAnswer]:
        """The pictures that cannot be embedded, and those that are damaged, and why."""
        failures = reconciler.unreadable + await indexer.failures()
        return list(map(FailureAnswer.of, failures))

    @router.post("/failed", responses=openapi.errors(422))
    async def retry(which: RetryRequest) -> RetryAnswer:
        """Retries pictures that cannot be embedded: those at or below the paths, or all."""
        return RetryAnswer(await indexer.retry(which.paths))

    return router
