"""Which images look like these pictures?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from imgsimd.client.limits import MOST_MATCHES, MOST_QUERIES
from imgsimd.control import openapi
from imgsimd.control.fields import (
    AbsolutePath,
    Base64,
    ModelText,
    Number,
    RequestBody,
    Whole,
)
from imgsimd.control.routes.filter_fields import FilterFields
from imgsimd.control.routes.similar_answer import SimilarAnswer
from imgsimd.control.strict_json import StrictRoute, picture
from imgsimd.errors import RequestError
from imgsimd.indexing.indexer import Indexer
from imgsimd.models.model_files import Model
from imgsimd.search import query as search
from imgsimd.search.asked_models import Asked, AskedModels
from imgsimd.search.same import Same
from imgsimd.search.similar import Similar
from imgsimd.types import FileState, storable
from imgsimd.vectors import Vector

MOST_VIEWS = 16
"""Of one picture; `/features` gives fewer."""


def _present(field: str, kind: str) -> JsonDict:
    return {"required": [field], "properties": {field: {"type": kind}}}


class View(RequestBody):
    """Another way to look at a picture, see `/features`."""

    vector: list[Number] = Field(min_length=1, max_length=65536)
    penalty: Number = Field(ge=0, le=2)


class Query(RequestBody):
    """A picture to compare with: one in the gallery, by its path, or any other, by its vector.

    With size, mtime_ns and inode, the path means a file that looks exactly so; any other is
    unknown. With a vector, the path only names an image that must not be among the matches; views
    and features belong to the vector, see `/features`. `model` is the model that made them, by its
    identity or by its name, as `/vectors` and `/features` tell both: if another one answers by now,
    the question is refused. Without it, nobody can find that out. Of several queries, one with
    twice the weight counts twice, and one with a negative weight is taken away: matches look less
    like it.
    """

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [_present("path", "string"), _present("vector", "array")]}
    )

    path: AbsolutePath | None = None
    size: Whole | None = None
    mtime_ns: Whole | None = None
    inode: Whole | None = None
    vector: list[Number] | None = Field(default=None, min_length=1, max_length=65536)
    model: ModelText | None = None
    views: list[View] = Field(default=[], max_length=MOST_VIEWS)
    features: Base64 | None = None
    weight: Number = Field(default=1, ge=-1e9, le=1e9)

    @model_validator(mode="after")
    def _is_something(self) -> Query:
        if self.path is None and self.vector is None:
            raise ValueError("a query needs a path or a vector")
        return self

    def to_query(self) -> search.Query:
        """The same query for the search."""
        views = [search.View(view.vector, view.penalty) for view in self.views]
        return search.Query(
            path=self.path,
            state=self._state(),
            vector=self.vector,
            model=self.model,
            views=views,
            features=self.features,
            weight=self.weight,
        )

    def _state(self) -> FileState | None:
        if self.size is None or self.mtime_ns is None or self.inode is None:
            return None
        return FileState(self.size, storable(self.mtime_ns), 0, storable(self.inode))


class SimilarRequest(FilterFields):
    """Which images look like these pictures? Several count as one: the mean of their vectors.

    The images at the paths in `leave_out` are never matches, and neither are those of the queries,
    unless `include_queries`. Only images are that meet all conditions: `under` to `cameras`.

    `verify` says of each match whether it shows the very picture that is asked about; `same` gives
    only those that do, or probably do. Either takes one query, which has features if it has a
    vector.

    If `collapse`, matches that show the same count as one: files with the same content, a raw file
    and the picture beside it, the shots of a burst. It has no effect on `same`.

    The nearest 200 are put into a better order than by distance, by what else looks like each of
    them, unless `exact_order`, `verify` or `same`.

    `model` is the name of the one that answers, if it is not to be the serving one: its stored
    vectors are compared.

    Where several machines share a gallery, images of all of them are matches, or only those of
    `hosts`; with `verify` or `same` only this one's. A folder is compared with the paths there.
    """

    queries: list[Query] = Field(min_length=1, max_length=MOST_QUERIES)
    k: Whole = Field(default=10, ge=1, le=MOST_MATCHES)
    verify: bool = False
    same: bool = False
    collapse: bool = False
    exact_order: bool = False
    model: ModelText | None = None

    def to_question(self) -> search.Question:
        """The same question for the search."""
        queries = [query.to_query() for query in self.queries]
        collapse = self.collapse and not self.same
        rerank = not (self.exact_order or self.verify or self.same)
        return search.Question(queries, self.k, self.to_filter(), collapse, rerank)


@dataclass
class VectorAnswer:
    """A picture's vector of unit length; the name and the identity of the model that has made
    it."""

    model: str
    identity: str
    vector: list[float]

    @classmethod
    def of(cls, model: Model, vector: Vector) -> VectorAnswer:
        return cls(model.name, model.identity, vector.tolist())


def routes(similar_: Similar, same: Same, models: AskedModels, indexer: Indexer) -> APIRouter:
    """Questions, and vectors to ask them with."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/similar", responses=openapi.errors(404, 422))
    async def similar(request: SimilarRequest) -> SimilarAnswer:
        """The images that look like the queries, best first."""
        question = request.to_question()

        async def ask(asked: Asked) -> search.SearchResult:
            if request.same:
                return await asked.same.find(question)
            if request.verify:
                return await asked.same.verify(question)
            return await asked.similar.ask(question)

        times = same.times if request.same or request.verify else similar_.times
        with refusals(), times.measured():
            return SimilarAnswer.from_result(
                await models.ask(request.model, ask), similar_.machines
            )

    @router.post("/vectors", responses=openapi.errors(422), openapi_extra=openapi.PICTURE)
    async def vectors(request: Request, model: ModelText | None = None) -> VectorAnswer:
        """The vector of the picture in the body by this model, to ask `/similar` with."""
        by = None if model is None else await models.find(model)
        return VectorAnswer.of(*await indexer.embed_query(picture(request), by))

    return router


@contextmanager
def refusals() -> Iterator[None]:
    """Raises RequestError instead of QuestionError."""
    try:
        yield
    except search.QuestionError as error:
        raise refusal(error) from error


def refusal(error: search.QuestionError) -> RequestError:
    """What a caller is told of a question that has no answer."""
    if isinstance(error, search.UnknownPicturesError):
        return RequestError("unknown_picture", 404, str(error), error.numbers)
    if isinstance(error, search.OtherModelError):
        return RequestError("model_changed", 400, str(error), error.numbers)
    if isinstance(error, search.UnknownHostError):
        return RequestError("unknown_host", 400, str(error))
    if isinstance(error, search.NothingLeftError):
        return RequestError("nothing_left", 400, str(error), error.numbers)
    return RequestError("bad_request", 400, str(error), error.numbers)
