"""Which images look like each of these pictures?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi import APIRouter
from pydantic import Field

from imgsimd.client.limits import MOST_MATCHES_EACH, MOST_QUESTIONS
from imgsimd.control import openapi
from imgsimd.control.answers import ErrorAnswer, ErrorDetail
from imgsimd.control.routes.similar import Query, SimilarRequest, refusal
from imgsimd.control.routes.similar_answer import SimilarAnswer
from imgsimd.control.strict_json import StrictRoute
from imgsimd.errors import RequestError
from imgsimd.search import query as search
from imgsimd.search.asked_models import AskedModels
from imgsimd.search.other_machines import OtherMachines
from imgsimd.search.similar import Similar


class EachRequest(SimilarRequest):
    """Which images look like each of these pictures? Every one of the `queries` is a question of
    its own, which `others` belong to as well, and to which all other fields apply."""

    queries: list[Query] = Field(min_length=1, max_length=MOST_QUESTIONS)
    others: list[Query] = Field(default=[], max_length=MOST_QUESTIONS)

    def to_questions(self) -> list[search.Question]:
        """The same questions for the search. Raises RequestError if they ask for too much."""
        if len(self.queries) * self.k > MOST_MATCHES_EACH:
            raise RequestError(
                "bad_request", 400, f"More than {MOST_MATCHES_EACH:,} matches are asked for."
            )
        if self.verify or self.same:
            raise RequestError(
                "bad_request", 400, "`/similar` verifies the matches of one picture at a time."
            )
        question = self.to_question()
        others = [query.to_query() for query in self.others]
        return [replace(question, queries=[query, *others]) for query in question.queries]


@dataclass
class EachAnswer:
    """What each question is answered with, in their order: matches, or an error."""

    answers: list[SimilarAnswer | ErrorAnswer]


def routes(similar: Similar, models: AskedModels) -> APIRouter:
    """Many questions at once."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/similar/each", responses=openapi.errors(422))
    async def similar_each(request: EachRequest) -> EachAnswer:
        """For each query the images that look like it, best first."""
        questions = request.to_questions()
        results = await models.ask(request.model, lambda asked: asked.similar.ask_each(questions))
        return EachAnswer([_answer(result, similar.machines) for result in results])

    return router


def _answer(
    result: search.SearchResult | search.QuestionError, machines: OtherMachines | None
) -> SimilarAnswer | ErrorAnswer:
    if isinstance(result, search.SearchResult):
        return SimilarAnswer.from_result(result, machines)
    error = refusal(result)
    return ErrorAnswer(
        error=ErrorDetail(code=error.code, message=str(error), queries=error.queries)
    )
