"""One visit to the gallery: what questions are answered with. Runs on the gallery's thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from imgsimd.gallery.answering import Answering
from imgsimd.gallery.attributes import NotLoadedError
from imgsimd.gallery.conditions import ANY, Conditions
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.lookup import File
from imgsimd.gallery.vectors import base
from imgsimd.gallery.vectors.base import (
    DistantNeighbour,
    Elsewhere,
    Ids,
    RemoteSearch,
    Search,
)
from imgsimd.search import reranking
from imgsimd.search.asked_vectors import vector_of
from imgsimd.search.query import Filter, Question, QuestionError, SearchResult, UnknownHostError
from imgsimd.types import Match
from imgsimd.vectors import Vector, Vectors


class UnloadedError(QuestionError):
    """What the filter compares must be loaded first."""


@dataclass(frozen=True, slots=True)
class Found:
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

    def without_others(self, trouble: str) -> Found:
        """The same, of which other machines' photos are missing, for this reason."""
        return replace(self, result=replace(self.result, trouble=trouble))


By: TypeAlias = Callable[[Gallery], Answering]
"""Says whose vectors answer."""
Answers: TypeAlias = list[Found | QuestionError]
"""One for each question, in their order."""


@dataclass(frozen=True, slots=True)
class Searching:
    """Questions that a remote vector store must be asked about."""

    questions: Sequence[Question]
    refused: Mapping[int, QuestionError]
    """By the question's number, from 0. The search is about all others."""
    search: RemoteSearch


def answer_all(answering: Answering, questions: Sequence[Question]) -> Answers | Searching:
    """What each question is answered with."""
    searches: list[Search] = []
    refused: dict[int, QuestionError] = {}
    for number, question in enumerate(questions):
        try:
            searches.append(_search(answering, question))
        except QuestionError as error:
            refused[number] = error
    found = answering.nearest(searches) if searches else []
    if isinstance(found, RemoteSearch):
        return Searching(questions, refused, found)
    return _in_order(answering, questions, refused, searches, found, {})


def answer_searched(
    gallery: Gallery, by: By, asked: Searching, found: base.Found
) -> Answers | Searching:
    """Goes on where `answer_all` ended, with what the store has found; or begins again, if the
    index was built anew meanwhile."""
    answering = by(gallery)
    matches = answering.matches(asked.search, found)
    if matches is None:
        return answer_all(answering, asked.questions)
    near = (neighbour for each in found for neighbour in each)
    distant = {int(n.id): n.vector for n in near if isinstance(n, DistantNeighbour)}
    searches = asked.search.searches
    answers = _in_order(answering, asked.questions, asked.refused, searches, matches, distant)
    known = asked.search.hosts
    return [_of(known, *each) for each in zip(asked.questions, answers, strict=True)]


def _of(
    known: Sequence[str], question: Question, answer: Found | QuestionError
) -> Found | QuestionError:
    """The answer, if all machines that the question names are known."""
    unknown = [name for name in question.filter.hosts if name not in known]
    return UnknownHostError(unknown, known) if unknown else answer


def _in_order(
    answering: Answering,
    questions: Sequence[Question],
    refused: Mapping[int, QuestionError],
    searches: Sequence[Search],
    found: Sequence[Sequence[Match]],
    distant: Mapping[int, Vector],
) -> Answers:
    """The `distant` vectors are those of other hosts' images, by their ids."""
    answers: dict[int, Found | QuestionError] = {**refused}
    host = answering.host
    searched = (number for number in range(len(questions)) if number not in refused)
    for number, search, matches in zip(searched, searches, found, strict=True):
        nodes = [match.id for match in matches[: _nodes(questions[number])]]
        others = (match.id for match in matches if match.host is not None)
        result = SearchResult(
            answering.model,
            matches,
            coverage=answering.coverage,
            host=host,
            distant={i: distant[i] for i in others} if questions[number].collapse else {},
        )
        answers[number] = Found(result, search.query, answering.vectors(nodes, distant))
    return [answers[number] for number in range(len(questions))]


def _nodes(question: Question) -> int:
    """How many of the nearest are needed to put them into a better order. The first one stays where
    it is."""
    return reranking.NODES if question.rerank and question.k > 1 else 0


def _search(answering: Answering, question: Question) -> Search:
    """Raises QuestionError."""
    query = vector_of(answering, question.queries)
    wanted = question.filter.conditions
    among = _fitting(answering, wanted)
    left_out = answering.lookup.ids_of(_left_out(question))
    nodes = _nodes(question)  # also those that are too far away to be matches
    most = None if nodes else question.filter.max_distance
    where = None if wanted == ANY else wanted
    elsewhere = _elsewhere(question.filter)
    return Search(query, max(question.k, nodes), left_out, most, among, where, elsewhere)


def _elsewhere(wanted: Filter) -> Elsewhere | None:
    return None if wanted.is_own else Elsewhere(wanted.hosts)


def _left_out(question: Question) -> list[File]:
    asked = [(query.path, query.state) for query in question.queries if query.path]
    others: list[File] = [(path, None) for path in question.filter.leave_out]
    return others if question.filter.include_queries else [*asked, *others]


def _fitting(answering: Answering, conditions: Conditions) -> Ids | None:
    """The images that fit; None: all. Raises UnloadedError."""
    if conditions == ANY:
        return None
    try:
        return answering.attributes.ids(conditions)
    except NotLoadedError:
        raise UnloadedError("The attributes of the images are not loaded.", ()) from None
