"""What lies in the watched folders and is not indexed."""

from __future__ import annotations

import os
from dataclasses import dataclass

from fastapi import APIRouter

from imgsimd.control.fields import PathText
from imgsimd.control.strict_json import StrictRoute
from imgsimd.gallery.thread import GalleryThread
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.skips import Reason, Skip


@dataclass
class SkipAnswer:
    """Files of one watched folder that are not indexed for one reason."""

    reason: Reason
    extension: str
    files: int
    example: PathText
    package: str

    @classmethod
    def of(cls, skip: Skip) -> SkipAnswer:
        example = os.fsdecode(skip.example)
        return cls(skip.reason, skip.extension, skip.files, example, skip.package)


def routes(reconciler: Reconciler, gallery: GalleryThread) -> APIRouter:
    """List them."""
    router = APIRouter(route_class=StrictRoute)

    @router.get("/skipped")
    async def skipped() -> list[SkipAnswer]:
        """How many files are not indexed, by reason and extension, with an example of each."""
        skips = [*reconciler.skips_with_examples(), *(await gallery.counts()).skips]
        return list(map(SkipAnswer.of, skips))

    return router
