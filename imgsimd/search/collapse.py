"""Puts matches together that show the same, so that near-twins do not crowd out the others.

A match joins the first better one, if there is one

1. whose file has the same content, or
2. that is its raw file, or the picture beside its raw file, or
3. that is of the same burst: taken with the same camera, within a few seconds of the burst's next
   shot, and not far from the better one's vector.

Of another machine's photo, neither content nor metadata are known here. It joins one with the very
same vector: as a rule, that is a copy of the file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

from imgsimd.closeness import Closeness
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.other_indexes import IndexMissingError
from imgsimd.gallery.thread import GalleryThread
from imgsimd.search.likeness import Facts, grouped
from imgsimd.search.query import Question, SearchResult
from imgsimd.search.reranking import NODES
from imgsimd.types import ContentHash, ImageId, Match

MORE = 4
"""So many times as many matches are asked for, as long as too few are left of them."""
AT_ONCE = 1000
"""Images that are looked up in one visit to the gallery: a few milliseconds."""
Ask: TypeAlias = Callable[[Question], Awaitable[SearchResult]]


class _ModelChangedError(Exception):
    """Another model answers than before: distances and vectors would be of two models."""


class Collapse:
    """Answers questions with one match for each that shows the same. Runs on the event loop."""

    def __init__(
        self, gallery: GalleryThread, ask: Ask, closeness: Callable[[Served], Closeness]
    ) -> None:
        """`ask` answers a question with all matches; `closeness` returns that of a model."""
        self._gallery = gallery
        self._ask = ask
        self._closeness = closeness

    async def ask(self, question: Question) -> SearchResult:
        """As many matches as the question asks for, if so many show something else; and which ones
        show the same as each."""
        while True:
            with suppress(_ModelChangedError):
                return await self._by_one_model(question)

    async def _by_one_model(self, question: Question) -> SearchResult:
        """Raises _ModelChangedError if another model answers meanwhile."""
        facts = Facts()
        asked = max(question.k, NODES) if question.rerank else question.k
        model: Served | None = None
        while True:
            result = await self._ask(replace(question, k=asked))
            model = model or result.model
            if result.model != model:
                raise _ModelChangedError
            await self._look_up(result, facts)
            burst_distance = self._closeness(model).burst_distance
            groups = await asyncio.to_thread(grouped, result.matches, facts, burst_distance)
            if len(groups) >= question.k or len(result.matches) < asked:
                return _collapsed(result, groups[: question.k])
            files = await self._gallery.do(_files, facts)
            asked = max(MORE * asked, question.k + files)

    async def _look_up(self, result: SearchResult, facts: Facts) -> None:
        """Adds to the facts those of matches that are new. Of files with the same content, only
        one is looked at any closer. Raises _ModelChangedError."""
        facts.vectors |= result.distant
        here = (match.id for match in result.matches if match.host is None)
        new = [image for image in here if image not in facts.contents]
        for first in range(0, len(new), AT_ONCE):
            some = new[first : first + AT_ONCE]
            contents = await self._gallery.do(_contents, some)
            facts.contents |= contents
            await self._gallery.do(_look_closer, result.model, facts.first(some), facts)


def _contents(gallery: Gallery, ids: Sequence[ImageId]) -> dict[ImageId, ContentHash | None]:
    return dict.fromkeys(ids) | gallery.images.contents(ids)


def _files(gallery: Gallery, facts: Facts) -> int:
    """How many files have the contents that were found: they may all be nearer than any other."""
    return gallery.images.count_with(facts.known_contents)


def _look_closer(gallery: Gallery, model: Served, ids: Sequence[ImageId], facts: Facts) -> None:
    try:
        answering = gallery.asked(model)
    except IndexMissingError:
        raise _ModelChangedError from None
    facts.shots |= gallery.shots.of(ids)
    found = ((image, answering.vector(image)) for image in ids)
    facts.vectors |= {image: vector for image, vector in found if vector is not None}


def _collapsed(result: SearchResult, groups: Sequence[Sequence[Match]]) -> SearchResult:
    """The nearest of each group stands for it: it lies among the first NODES, if any of them
    does, and those were all looked at."""
    by_distance = [sorted(group, key=lambda match: match.exact_rank) for group in groups]
    first = [group[0]._replace(rank=rank) for rank, group in enumerate(by_distance, start=1)]
    alike = {group[0].id: group[1:] for group in by_distance}
    return replace(result, matches=first, alike=alike, distant={})
