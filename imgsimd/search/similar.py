"""Answers questions from the gallery, several at once where many are asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgsimd.closeness import Closeness
from imgsimd.gallery.answering import Answering
from imgsimd.gallery.attributes import NotLoadedError
from imgsimd.gallery.conditions import ANY, Conditions
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.lookup import File
from imgsimd.gallery.model_switch import Served
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.vectors.base import Ids, Neighbour, RemoteSearch, Search
from imgsimd.histogram import Histogram
from imgsimd.search import reranking
from imgsimd.search.collapse import Collapse
from imgsimd.search.filtering import Filtering
from imgsimd.search.query import (
    BadVectorError,
    NothingLeftError,
    OtherModelError,
    Query,
    Question,
    QuestionError,
    SearchResult,
    UnknownPicturesError,
)
from imgsimd.types import Match
from imgsimd.vectors import Vector, Vectors, to_unit_vector

TOGETHER = 32
"""Questions answered in one visit. A search is bound by reading all vectors: eight at once cost
half as much as one by one, 32 a third; more would only keep the gallery busy for longer."""
OF_ONE_CALLER = 8
"""So many questions of one caller are asked at once. With 32, all would be answered a tenth sooner
(500 among 100,000 images), but the next caller would wait four times as long."""

_sorter = ThreadPoolExecutor(1, "reranking")
"""Not the threads that all share, which a dead disk may hold."""

SHORTEST = 1e-3
"""The shortest weighted mean of unit vectors that can be asked with. What is shorter is the noise
that is left where a picture is taken away from itself: two decoders differ by less. The mean of
10,000 vectors that have nothing in common is ten times as long."""


class _NotLoadedError(QuestionError):
    """What the filter compares must be loaded first."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, and who waits for its answer."""

    question: Question
    answer: asyncio.Future[_Found]


@dataclass(frozen=True, slots=True)
class _Found:
    """What is nearest to a question, and what must be known to put it into a better order."""

    result: SearchResult
    asked: Vector
    vectors: Vectors
    """Of the first matches; none if the order stays as it is."""

    def reranked(self, question: Question, near: float) -> SearchResult:
        """The answer to this question; what is at most `near` comes first, the nearest first."""
        best = reranking.reranked(self.asked, self.result.matches, self.vectors, near)
        most = question.filter.max_distance
        left = [match for match in best if most is None or match.distance <= most]
        matches = [match._replace(rank=n) for n, match in enumerate(left[: question.k], 1)]
        return replace(self.result, matches=matches, is_reranked=True)


By: TypeAlias = Callable[[Gallery], Answering]
"""Runs on the gallery's thread."""
_Answers: TypeAlias = list[_Found | QuestionError]
"""One for each question, in their order."""


@dataclass(frozen=True, slots=True)
class _Searching:
    """Questions that a remote vector store must be asked about."""

    questions: Sequence[Question]
    refused: Mapping[int, QuestionError]
    """By the question's number, from 0. The search is about all others."""
    search: RemoteSearch


class Similar:
    """Answers questions. Runs on the event loop.

    One visit to the gallery is under way at a time; questions that come meanwhile wait, and are
    answered together by the next.
    """

    def __init__(
        self,
        gallery: GalleryThread,
        closeness: Callable[[Served], Closeness] = lambda model: Closeness(),
        by: By = lambda gallery: gallery.answering,
    ) -> None:
        """`closeness` returns that of a model. `by` says, in each visit, whose vectors answer."""
        self._gallery = gallery
        self._closeness = closeness
        self._by = by
        self._collapse = Collapse(gallery, self._nearest, closeness)
        self.filtering = Filtering(gallery)
        """Knows which images fit the conditions of a filter."""
        self.times = Histogram()
        """How long the answers took that nobody wanted verified."""
        self._waiting = deque[_Asked]()
        self._visit: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> SearchResult:
        """The answer, from vectors, ids and paths of one moment. If the vector store is remote,
        images that were hidden or forgotten while it searched are left out.

        Raises QuestionError, and CatalogError if the database fails.
        """
        answer = self._collapse.ask if question.collapse else self._nearest
        result = await answer(question)
        if any(query.weight < 0 for query in question.queries):
            return result  # everything is farther from what is left of a picture
        return replace(result, is_weak=self._closeness(result.model).is_weak(result.matches))

    async def _nearest(self, question: Question) -> SearchResult:
        found = await self._found(question)
        if not question.rerank:
            return found.result
        near = self._closeness(found.result.model).similar_distance or 0.0
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_sorter, found.reranked, question, near)

    async def _found(self, question: Question) -> _Found:
        while True:
            if question.filter.conditions != ANY:
                await self.filtering.load()
            with suppress(_NotLoadedError):  # or no longer: then once more
                return await self._answered(question)

    async def _answered(self, question: Question) -> _Found:
        asked = _Asked(question, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._visit is None:
            self._visit = asyncio.create_task(self._answer_waiting())
        return await asked.answer

    async def ask_each(self, questions: Sequence[Question]) -> list[SearchResult | QuestionError]:
        """What each question is answered with. So few are asked at once that others do not wait
        long for theirs. Raises CatalogError if the database fails."""
        answers: list[SearchResult | QuestionError] = []
        for first in range(0, len(questions), OF_ONE_CALLER):
            some = questions[first : first + OF_ONE_CALLER]
            answers += await asyncio.gather(*map(self._ask_or_refuse, some))
        return answers

    async def _ask_or_refuse(self, question: Question) -> SearchResult | QuestionError:
        try:
            with self.times.measured():
                return await self.ask(question)
        except QuestionError as error:
            return error

    async def _answer_waiting(self) -> None:
        """Visits the gallery until no question waits."""
        try:
            while self._waiting:
                count = min(len(self._waiting), TOGETHER)
                await self._answer([self._waiting.popleft() for _ in range(count)])
        finally:
            self._visit = None

    async def _answer(self, together: Sequence[_Asked]) -> None:
        """Each caller gets an answer or an error, unless it has given up."""
        together = [asked for asked in together if not asked.answer.done()]
        results: Sequence[_Found | Exception]
        try:
            results = await self._answers([asked.question for asked in together])
        except Exception as error:  # whatever it is, every caller must be told
            results = [error] * len(together)
        for asked, result in zip(together, results, strict=True):
            _settle(asked, result)

    async def _answers(self, questions: Sequence[Question]) -> _Answers:
        """In one visit. A remote vector store is waited for on another thread, and then the gallery
        is visited again."""
        answers = await self._gallery.do(lambda g: answer_all(self._by(g), questions))
        while isinstance(answers, _Searching):
            found = await asyncio.to_thread(answers.search.run)
            answers = await self._gallery.do(_answer_searched, self._by, answers, found)
        return answers


def _settle(asked: _Asked, result: _Found | Exception) -> None:
    if asked.answer.done():
        return  # nobody waits any more
    if isinstance(result, Exception):
        asked.answer.set_exception(result)
    else:
        asked.answer.set_result(result)


def answer_all(answering: Answering, questions: Sequence[Question]) -> _Answers | _Searching:
    """What each question is answered with. Runs on the gallery's thread."""
    searches: list[Search] = []
    refused: dict[int, QuestionError] = {}
    for number, question in enumerate(questions):
        try:
            searches.append(_search(answering, question))
        except QuestionError as error:
            refused[number] = error
    found = answering.nearest(searches) if searches else []
    if isinstance(found, RemoteSearch):
        return _Searching(questions, refused, found)
    return _in_order(answering, questions, refused, searches, found)


def _answer_searched(
    gallery: Gallery, by: By, asked: _Searching, found: Sequence[Sequence[Neighbour]]
) -> _Answers | _Searching:
    """Goes on where `answer_all` ended, with what the store has found; or begins again, if the
    index was built anew meanwhile. Runs on the gallery's thread."""
    answering = by(gallery)
    matches = answering.matches(asked.search, found)
    if matches is None:
        return answer_all(answering, asked.questions)
    return _in_order(answering, asked.questions, asked.refused, asked.search.searches, matches)


def _in_order(
    answering: Answering,
    questions: Sequence[Question],
    refused: Mapping[int, QuestionError],
    searches: Sequence[Search],
    found: Sequence[Sequence[Match]],
) -> _Answers:
    answers: dict[int, _Found | QuestionError] = {**refused}
    searched = (number for number in range(len(questions)) if number not in refused)
    for number, search, matches in zip(searched, searches, found, strict=True):
        nodes = [match.id for match in matches[: _nodes(questions[number])]]
        result = SearchResult(answering.model, matches, coverage=answering.coverage)
        answers[number] = _Found(result, search.query, answering.vectors(nodes))
    return [answers[number] for number in range(len(questions))]


def _nodes(question: Question) -> int:
    """How many of the nearest are needed to put them into a better order. The first one stays where
    it is."""
    return reranking.NODES if question.rerank and question.k > 1 else 0


def _search(answering: Answering, question: Question) -> Search:
    """Raises QuestionError."""
    vectors = vectors_of(answering, question.queries)
    mean = _mean(vectors, [query.weight for query in question.queries])
    among = _fitting(answering, question.filter.conditions)
    left_out = answering.lookup.ids_of(_left_out(question))
    nodes = _nodes(question)  # also those that are too far away to be matches
    most = None if nodes else question.filter.max_distance
    return Search(mean, max(question.k, nodes), left_out, most, among)


def _left_out(question: Question) -> list[File]:
    asked = [(query.path, query.state) for query in question.queries if query.path]
    others: list[File] = [(path, None) for path in question.filter.leave_out]
    return others if question.filter.include_queries else [*asked, *others]


def _fitting(answering: Answering, conditions: Conditions) -> Ids | None:
    """The images that fit; None: all. Raises _NotLoadedError."""
    if conditions == ANY:
        return None
    try:
        return answering.attributes.ids(conditions)
    except NotLoadedError:
        raise _NotLoadedError("The attributes of the images are not loaded.", ()) from None


def vectors_of(answering: Answering, queries: Sequence[Query]) -> list[Vector]:
    """The unit vector of each query. Raises QuestionError. Runs on the gallery's thread."""
    vectors = {n: _given(answering, n, q) for n, q in enumerate(queries) if q.vector is not None}
    named = {n: q.path or b"" for n, q in enumerate(queries) if n not in vectors}
    images = answering.lookup.find([(path, queries[n].state) for n, path in named.items()])
    for number, image in zip(named, images, strict=True):
        if image is not None and (vector := answering.vector(image)) is not None:
            vectors[number] = vector
    if unknown := {n: path for n, path in named.items() if n not in vectors}:
        raise UnknownPicturesError(unknown)
    return [vectors[number] for number in range(len(queries))]


def _given(answering: Answering, number: int, query: Query) -> Vector:
    """The vector that a query has. Raises OtherModelError or BadVectorError."""
    numbers, model = query.vector or (), answering.model
    if query.model not in (None, model.name, model.identity):
        raise OtherModelError(
            f"The vector is by another model than {model.name}, which answers now: ask again, with "
            f"a vector by {model.name}.",
            [number],
        )
    if len(numbers) != model.form.dimension:
        raise BadVectorError(
            f"The vector has {len(numbers)} numbers; the model {model.name} makes "
            f"{model.form.dimension}.",
            [number],
        )
    return model.form.rounded(_unit(np.asarray(numbers), number))


def _mean(vectors: Sequence[Vector], weights: Sequence[float]) -> Vector:
    """The weighted sum, at length 1. Raises NothingLeftError."""
    exact = np.asarray(weights, np.float64)
    total = np.abs(exact).sum() or 1.0
    mean = (exact / total) @ np.asarray(vectors, np.float64)
    if np.linalg.norm(mean) < SHORTEST:
        raise NothingLeftError(
            "These pictures cancel each other out: nothing is left to look for. Take away other "
            "ones, or give them less weight.",
            range(len(vectors)),
        )
    return _unit(mean, 0)


def _unit(vector: NDArray[np.float64], number: int) -> Vector:
    """The vector at length 1: a client may send any."""
    try:
        return to_unit_vector(vector)
    except ValueError:
        raise BadVectorError("A vector must be finite and not zero.", [number]) from None
