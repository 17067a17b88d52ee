"""Answers questions from the gallery, several at once where many are asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.vectors.base import Search
from imgsimd.search.query import (
    BadVectorError,
    Query,
    Question,
    QuestionError,
    SearchResult,
    UnknownPicturesError,
)
from imgsimd.vectors import Vector, to_unit_vector

TOGETHER = 32
"""Questions answered in one visit. A search is bound by reading all vectors: eight at once cost
half as much as one by one, 32 a third; more would only keep the gallery busy for longer."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, and who waits for its answer."""

    question: Question
    answer: asyncio.Future[SearchResult]


class Similar:
    """Answers questions. Lives on the event loop.

    One visit to the gallery is under way at a time; questions that come meanwhile wait, and are
    answered together by the next.
    """

    def __init__(self, gallery: GalleryThread) -> None:
        self._gallery = gallery
        self._waiting = deque[_Asked]()
        self._visit: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> SearchResult:
        """The answer, from vectors, ids and paths of one moment.

        Raises QuestionError, and CatalogError if the database fails.
        """
        asked = _Asked(question, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._visit is None:
            self._visit = asyncio.create_task(self._answer_waiting())
        return await asked.answer

    async def _answer_waiting(self) -> None:
        """Visits the gallery until no question waits."""
        try:
            while self._waiting:
                count = min(len(self._waiting), TOGETHER)
                await self._answer([self._waiting.popleft() for _ in range(count)])
        finally:
            self._visit = None

    async def _answer(self, together: Sequence[_Asked]) -> None:
        """One visit. Each caller gets an answer or an error, unless it has given up."""
        together = [asked for asked in together if not asked.answer.done()]
        results: Sequence[SearchResult | Exception]
        try:
            results = await self._gallery.do(answer_all, [asked.question for asked in together])
        except Exception as error:  # whatever it is, every caller must be told
            results = [error] * len(together)
        for asked, result in zip(together, results, strict=True):
            _settle(asked, result)


def _settle(asked: _Asked, result: SearchResult | Exception) -> None:
    if asked.answer.done():
        return  # nobody waits any more
    if isinstance(result, Exception):
        asked.answer.set_exception(result)
    else:
        asked.answer.set_result(result)


def answer_all(
    gallery: Gallery, questions: Sequence[Question]
) -> list[SearchResult | QuestionError]:
    """What each question is answered with. Runs on the gallery's thread."""
    searches: dict[int, Search] = {}
    answers: dict[int, SearchResult | QuestionError] = {}
    for number, question in enumerate(questions):
        try:
            searches[number] = _search(gallery, question)
        except QuestionError as error:
            answers[number] = error
    found = gallery.nearest(list(searches.values()))
    for number, matches in zip(searches, found, strict=True):
        answers[number] = SearchResult(gallery.serving.name, matches)
    return [answers[number] for number in range(len(questions))]


def _search(gallery: Gallery, question: Question) -> Search:
    """Raises QuestionError."""
    vectors = _vectors(gallery, question.queries)
    weights = [query.weight for query in question.queries]
    mean = _unit(np.average(vectors, axis=0, weights=weights), 0)
    asked = [(query.path, query.state) for query in question.queries if query.path]
    others = [(path, None) for path in question.filter.leave_out]
    left_out = gallery.lookup.ids_of([*asked, *others])
    return Search(mean, question.k, left_out, question.filter.max_distance)


def _vectors(gallery: Gallery, queries: Sequence[Query]) -> list[Vector]:
    """One for each query. Raises QuestionError."""
    vectors = {n: _given(gallery, n, q) for n, q in enumerate(queries) if q.vector is not None}
    named = {n: q.path or b"" for n, q in enumerate(queries) if n not in vectors}
    images = gallery.lookup.find([(path, queries[n].state) for n, path in named.items()])
    for number, image in zip(named, images, strict=True):
        if image is not None and (vector := gallery.vector(image)) is not None:
            vectors[number] = vector
    if unknown := {n: path for n, path in named.items() if n not in vectors}:
        raise UnknownPicturesError(unknown)
    return [vectors[number] for number in range(len(queries))]


def _given(gallery: Gallery, number: int, query: Query) -> Vector:
    """The vector that a query has. Raises BadVectorError."""
    numbers, model = query.vector or (), gallery.serving
    if len(numbers) != model.dimension:
        raise BadVectorError(
            f"The vector has {len(numbers)} numbers; the model {model.name} makes "
            f"{model.dimension}.",
            [number],
        )
    return _unit(np.asarray(numbers), number)


def _unit(vector: NDArray[np.float64], number: int) -> Vector:
    """The vector at length 1: the mean of several is shorter, and a client may send any."""
    try:
        return to_unit_vector(vector)
    except ValueError:
        raise BadVectorError("A vector must be finite and not zero.", [number]) from None
