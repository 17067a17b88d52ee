"""Visits to the gallery, each of which answers several questions where many are asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imgsimd import server_threads
from imgsimd.errors import StoreError
from imgsimd.gallery.thread import GalleryThread
from imgsimd.search.query import Question
from imgsimd.search.visit import Answers, By, Found, Searching, answer_all, answer_searched

TOGETHER = 32
"""Questions answered in one visit. A search is bound by reading all vectors: eight at once cost
half as much as one by one, 32 a third (of vectors stored as int8: six tenths); more would only keep
the gallery busy for longer."""
RERANKED = 4
"""A question that is answered in the better order counts as so many: its 200 nearest are handled
one by one. So eight of them are answered in one visit; 32 would save nothing."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, and who waits for its answer."""

    question: Question
    answer: asyncio.Future[Found]


class Visits:
    """Runs on the event loop. One visit is under way at a time; questions that come meanwhile wait,
    and are answered together by the next."""

    def __init__(self, gallery: GalleryThread, by: By) -> None:
        """`by` says, in each visit, whose vectors answer."""
        self._gallery = gallery
        self._by = by
        self._waiting = deque[_Asked]()
        self._visit: asyncio.Task[None] | None = None

    async def found(self, question: Question) -> Found:
        """What is nearest to the question. Raises QuestionError, CatalogError, StoreError, and what
        `by` raises."""
        asked = _Asked(question, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._visit is None:
            self._visit = asyncio.create_task(self._answer_waiting())
        return await asked.answer

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
            if isinstance(error, StoreError):  # it would be the same for those that wait
                together = [*together, *self._waiting]
                self._waiting.clear()
            results = [error] * len(together)
        for asked, result in zip(together, results, strict=True):
            _settle(asked, result)

    async def _answers(self, questions: Sequence[Question]) -> Answers:
        """In one visit. A remote vector store is waited for on another thread, and then the gallery
        is visited again."""
        answers = await self._gallery.do(lambda g: answer_all(self._by(g), questions))
        while isinstance(answers, Searching):
            found = await server_threads.run(answers.search.run)
            answers = await self._gallery.do(answer_searched, self._by, answers, found)
        return answers


def _settle(asked: _Asked, result: Found | Exception) -> None:
    if asked.answer.done():
        return  # nobody waits any more
    if isinstance(result, Exception):
        asked.answer.set_exception(result)
    else:
        asked.answer.set_result(result)
