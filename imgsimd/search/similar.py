"""Answers questions from the gallery, and from those that share it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from imgsimd.closeness import Closeness
from imgsimd.errors import StoreError
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.conditions import ANY
from imgsimd.gallery.thread import GalleryThread
from imgsimd.histogram import Histogram
from imgsimd.search.alone import Alone
from imgsimd.search.collapse import Collapse
from imgsimd.search.filtering import Filtering
from imgsimd.search.other_machines import OtherMachines
from imgsimd.search.query import Question, QuestionError, SearchResult, UnknownHostError
from imgsimd.search.visit import By, Found, UnloadedError
from imgsimd.search.visits import Visits

OF_ONE_CALLER = 8
"""So many questions of one caller are asked at once. With 32, all would be answered a tenth sooner
(500 among 100,000 images), but the next caller would wait four times as long."""

_sorter = ThreadPoolExecutor(1, "reranking")
"""Not the threads that all share, which a dead disk may hold."""


class Similar:
    """Answers questions. Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        closeness: Callable[[Served], Closeness] = lambda model: Closeness(),
        by: By = lambda gallery: gallery.answering,
        filtering: Filtering | None = None,
        machines: OtherMachines | None = None,
    ) -> None:
        """`closeness` returns that of a model. `by` says, in each visit, whose vectors answer.
        `filtering` and `machines` may be shared."""
        self._closeness = closeness
        self._visits = Visits(gallery, by)
        self._alone = Alone(gallery, by)
        self._collapse = Collapse(gallery, self._nearest, closeness)
        self.filtering = filtering or Filtering(gallery)
        """Knows which images fit the conditions of a filter."""
        self.times = Histogram()
        """How long the answers took that nobody wanted verified."""
        self.machines = machines
        """Those that share the gallery; None if it is not shared."""

    async def ask(self, question: Question) -> SearchResult:
        """The answer, from vectors, ids and paths of one moment. If the vector store is remote,
        images that were hidden or forgotten while it searched are left out.

        Raises QuestionError, CatalogError if the database fails, and StoreError if a store that
        machines share does, and the question cannot be answered without it.
        """
        if question.filter.hosts and self.machines is None:
            raise UnknownHostError(question.filter.hosts, ())
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
                return await self._nearest_anywhere(question)

    async def _nearest_anywhere(self, question: Question) -> Found:
        """On all machines that the filter allows; or on this one alone, where that is an answer,
        while the store cannot be used."""
        if self.machines is None:
            return await self._visits.found(question)
        trouble, wanted = self.machines.trouble(), question.filter
        if trouble is None or not self.machines.can_be_missed(wanted):
            try:
                return await self._by_store(question, self.machines)
            except StoreError as error:
                self.machines.fail(error)
                if not self.machines.can_be_missed(wanted):
                    raise
                trouble = error
        found = await self._alone.found(question, trouble)
        return found.without_others(str(trouble)) if self.machines.are_asked(wanted) else found

    async def _by_store(self, question: Question, machines: OtherMachines) -> Found:
        found = await self._visits.found(question)
        machines.answer()
        self._alone.end()
        return found

    async def ask_each(self, questions: Sequence[Question]) -> list[SearchResult | QuestionError]:
        """What each question is answered with. So few are asked at once that others do not wait
        long for theirs. Raises CatalogError and StoreError, as `ask` does."""
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
