"""Pictures that cannot be embedded."""

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
    """A picture that cannot be embedded."""

    path: PathText
    reason: str

    @classmethod
    def of(cls, failure: Failure) -> FailureAnswer:
        return cls(os.fsdecode(failure.path), failure.reason)


@dataclass
class RetryAnswer:
    """How many pictures are being retried."""

    retried: int


def routes(reconciler: Reconciler, indexer: Indexer) -> APIRouter:
    """List them, retry them."""
    router = APIRouter(route_class=StrictRoute)

    @router.get("/failed")
    async def failed() -> list[FailureAnswer]:
        """The pictures that cannot be embedded, and why."""
        failures = reconciler.unreadable + await indexer.failures()
        return list(map(FailureAnswer.of, failures))

    @router.post("/failed", responses=openapi.errors(422))
    async def retry(which: RetryRequest) -> RetryAnswer:
        """Retries pictures that cannot be embedded: those at or below the paths, or all."""
        return RetryAnswer(await indexer.retry(which.paths))

    return router
