"""Answers questions from the gallery, several at once where many are asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace

from imgsimd.closeness import Closeness
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.conditions import ANY
from imgsimd.gallery.thread import GalleryThread
from imgsimd.histogram import Histogram
from imgsimd.search.collapse import Collapse
from imgsimd.search.filtering import Filtering
from imgsimd.search.query import Question, QuestionError, SearchResult
from imgsimd.search.visit import (
    Answers,
    By,
    Found,
    Searching,
    UnloadedError,
    answer_all,
    answer_searched,
)

TOGETHER = 32
"""Questions answered in one visit. A search is bound by reading all vectors: eight at once cost
half as much as one by one, 32 a third (of vectors stored as int8: six tenths); more would only keep
the gallery busy for longer."""
RERANKED = 4
"""A question that is answered in the better order counts as so many: its 200 nearest are handled
one by one. So eight of them are answered in one visit; 32 would save nothing."""
OF_ONE_CALLER = 8
"""So many questions of one caller are asked at once. With 32, all would be answered a tenth sooner
(500 among 100,000 images), but the next caller would wait four times as long."""

_sorter = ThreadPoolExecutor(1, "reranking")
"""Not the threads that all share, which a dead disk may hold."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, and who waits for its answer."""

    question: Question
    answer: asyncio.Future[Found]


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
        filtering: Filtering | None = None,
    ) -> None:
        """`closeness` returns that of a model. `by` says, in each visit, whose vectors answer.
        `filtering` may be shared."""
        self._gallery = gallery
        self._closeness = closeness
        self._by = by
        self._collapse = Collapse(gallery, self._nearest, closeness)
        self.filtering = filtering or Filtering(gallery)
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

    async def _found(self, question: Question) -> Found:
        while True:
            if question.filter.conditions != ANY:
                await self.filtering.load()
            with suppress(UnloadedError):  # or no longer: then once more
                return await self._answered(question)

    async def _answered(self, question: Question) -> Found:
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
                await self._answer(list(self._together()))
        finally:
            self._visit = None

    def _together(self) -> Iterator[_Asked]:
        """Those that wait, as many as one visit answers."""
        count = 0
        while self._waiting and count < TOGETHER:
            asked = self._waiting.popleft()
            count += RERANKED if asked.question.rerank else 1
            yield asked

    async def _answer(self, together: Sequence[_Asked]) -> None:
        """Each caller gets an answer or an error, unless it has given up."""
        together = [asked for asked in together if not asked.answer.done()]
        results: Sequence[Found | Exception]
        try:
            results = await self._answers([asked.question for asked in together])
        except Exception as error:  # whatever it is, every caller must be told
            results = [error] * len(together)
        for asked, result in zip(together, results, strict=True):
            _settle(asked, result)

    async def _answers(self, questions: Sequence[Question]) -> Answers:
        """In one visit. A remote vector store is waited for on another thread, and then the gallery
        is visited again."""
        answers = await self._gallery.do(lambda g: answer_all(self._by(g), questions))
        while isinstance(answers, Searching):
            found = await asyncio.to_thread(answers.search.run)
            answers = await self._gallery.do(answer_searched, self._by, answers, found)
        return answers


def _settle(asked: _Asked, result: Found | Exception) -> None:
    if asked.answer.done():
        return  # nobody waits any more
    if isinstance(result, Exception):
        asked.answer.set_exception(result)
    else:
        asked.answer.set_result(result)
