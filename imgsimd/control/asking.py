"""Turns a question into a visit to the gallery: which images look like these pictures?"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from imgsimd.errors import RequestError
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.vectors.base import Search
from imgsimd.types import FileState, Match, storable
from imgsimd.vectors import Vector, to_unit_vector

if TYPE_CHECKING:
    from imgsimd.control.routes.similar import Query, SimilarRequest

TOGETHER = 32
"""Questions answered in one visit. A search is bound by reading all vectors: eight at once cost
half as much as one by one, 32 a third; more would only keep the gallery busy for longer."""
Answer: TypeAlias = tuple[str, list[Match]]
"""The model's name, and the matches, best first."""


class Asking:
    """Answers questions; those that come while the gallery is busy are answered together."""

    def __init__(self, gallery: GalleryThread) -> None:
        self._gallery = gallery
        self._waiting: deque[_Asked] = deque()

    async def ask(self, question: SimilarRequest) -> Answer:
        """The matches. Raises RequestError, which names the query that is to blame."""
        mine = _Asked(question)
        self._waiting.append(mine)
        await self._gallery.do(self._answer, mine)
        assert mine.answer is not None
        if isinstance(mine.answer, RequestError):
            raise mine.answer
        return mine.answer

    def _answer(self, gallery: Gallery, mine: _Asked) -> None:
        """Runs on the gallery's thread, once for each question: the first answers the others."""
        if mine.answer is None:
            if mine in self._waiting:
                self._waiting.remove(mine)
            others = [self._waiting.popleft() for _ in range(min(len(self._waiting), TOGETHER - 1))]
            _answer_all(gallery, [mine, *others])


class _Asked:
    """A question, and what came of it."""

    def __init__(self, question: SimilarRequest) -> None:
        self.question = question
        self.answer: Answer | RequestError | None = None


def _answer_all(gallery: Gallery, asked: Sequence[_Asked]) -> None:
    """One visit to the gallery, so that vectors, ids and paths are of one moment."""
    searches: list[Search] = []
    for each in asked:
        try:
            searches.append(_search(gallery, each.question))
        except RequestError as error:
            each.answer = error
    answerable = [each for each in asked if each.answer is None]
    for each, matches in zip(answerable, gallery.nearest_all(searches), strict=True):
        each.answer = (gallery.serving.name, matches)


def _search(gallery: Gallery, question: SimilarRequest) -> Search:
    vectors = _vectors(gallery, question.queries)
    weights = [query.weight for query in question.queries]
    mean = _unit(np.average(vectors, axis=0, weights=weights), 0)
    asked = [(q.path, _state(q)) for q in question.queries if q.path]
    others = [(path, None) for path in question.leave_out]
    return Search(mean, question.k, gallery.ids_of([*asked, *others]), question.max_distance)


def _vectors(gallery: Gallery, queries: Sequence[Query]) -> list[Vector]:
    """One for each query. Raises RequestError that names all whose picture is unknown."""
    vectors = {n: _given(gallery, n, q) for n, q in enumerate(queries) if q.vector is not None}
    named = [number for number in range(len(queries)) if number not in vectors]
    files = [(queries[n].path or b"", _state(queries[n])) for n in named]
    images = dict(zip(named, gallery.find_all(files), strict=True))
    for number, image in images.items():
        if image is not None and (vector := gallery.vector(image)) is not None:
            vectors[number] = vector
    unknown = [number for number in named if number not in vectors]
    if unknown:
        path = os.fsdecode(queries[unknown[0]].path or b"")
        message = f"{path} is not in the gallery (as it is now): send its vector."
        raise RequestError("unknown_picture", 404, message, unknown)
    return [vectors[number] for number in range(len(queries))]


def _given(gallery: Gallery, number: int, query: Query) -> Vector:
    """The vector that a query has. Raises RequestError where it is wrong."""
    given, dimension = query.vector or [], gallery.serving.dimension
    if len(given) != dimension:
        raise RequestError(
            "bad_request", 400,
            f"The vector has {len(given)} numbers; the model {gallery.serving.name} "
            f"makes {dimension}.", [number],
        )  # fmt: skip
    return _unit(np.asarray(given), number)


def _state(query: Query) -> FileState | None:
    if query.size is None or query.mtime_ns is None or query.inode is None:
        return None
    return FileState(query.size, storable(query.mtime_ns), 0, storable(query.inode))


def _unit(vector: np.ndarray[Any, Any], number: int) -> Vector:
    """The vector at length 1: the mean of several is shorter, and a client may send any."""
    try:
        return to_unit_vector(vector)
    except ValueError:
        message = "A vector must be finite and not zero."
        raise RequestError("bad_request", 400, message, [number]) from None
