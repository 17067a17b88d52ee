"""How alike are two pictures?"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter

from imgsimd.control import openapi
from imgsimd.control.fields import RequestBody
from imgsimd.control.routes.similar import Query, refusals
from imgsimd.control.strict_json import StrictRoute
from imgsimd.control.transform_answer import TransformAnswer
from imgsimd.search.comparison import Comparer, Comparison
from imgsimd.verification import Verdict


class CompareRequest(RequestBody):
    """How alike are two pictures? If `verify`, also: does the one show the very picture that the
    other shows? Then a query with a vector has features, too."""

    a: Query
    b: Query
    verify: bool = True


@dataclass
class CompareAnswer:
    """How alike they are; what makes `a` from `b`. The last three fields are null if they were not
    verified."""

    similarity: float
    distance: float
    verdict: Verdict | None
    inliers: int | None
    transform: TransformAnswer | None

    @classmethod
    def of(cls, comparison: Comparison) -> CompareAnswer:
        verification = comparison.verification
        return cls(
            similarity=comparison.similarity,
            distance=comparison.distance,
            verdict=verification.verdict if verification else None,
            inliers=verification.inliers if verification else None,
            transform=TransformAnswer.of(verification),
        )


def routes(comparer: Comparer) -> APIRouter:
    """Comparing two pictures."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/compare", responses=openapi.errors(404, 422))
    async def compare(request: CompareRequest) -> CompareAnswer:
        """How alike two pictures are, and whether they show the very same."""
        one, other = request.a.to_query(), request.b.to_query()
        with refusals():
            return CompareAnswer.of(await comparer.compare(one, other, request.verify))

    return router
