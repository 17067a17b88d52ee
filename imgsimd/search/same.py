"""Answers questions for the very same picture: vectors propose photos, and features verify them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from imgsimd.search.asked_pictures import AskedPictures
from imgsimd.search.query import Query, Question, SearchResult, UnverifiableError
from imgsimd.search.similar import Similar
from imgsimd.search.verifier import Verifier
from imgsimd.types import ImageId, Match
from imgsimd.verification import Verdict, Verification

CANDIDATES = 50
"""Photos nearest to each view of the picture that are verified, if not more are asked for."""


class Same:
    """Answers questions about one picture, with a verification of each match. Runs on the event
    loop. All methods raise QuestionError, CatalogError, WorkerError or ModelError."""

    def __init__(self, similar: Similar, verifier: Verifier, asked: AskedPictures) -> None:
        self._similar = similar
        self._verifier = verifier
        self._asked = asked

    async def verify(self, question: Question) -> SearchResult:
        """As `Similar.ask`; a match that cannot be verified has no verification."""
        _only(question)
        result = await self._similar.ask(question)
        (features,) = await self._asked.features(question.queries)
        return replace(result, verifications=await self._verifications(features, result.matches))

    async def find(self, question: Question) -> SearchResult:
        """The photos that show the very picture: those with the verdict "same", then the probable
        ones, the surest first. Their distance is that of the nearest view of the picture."""
        asked = await self._asked.with_views(_only(question))
        result = await self._nearest(question, asked)
        found = await self._verifications(asked.features or b"", result.matches)
        return replace(
            result, matches=_surest(result.matches, found, question.k), verifications=found
        )

    async def _nearest(self, question: Question, asked: Query) -> SearchResult:
        """The photos nearest to any view of the picture, each once, nearest first."""
        views = [replace(asked, vector=vector) for vector in (asked.vector, *asked.views)]
        k = max(question.k, CANDIDATES)
        questions = [replace(question, queries=[view], k=k) for view in views]
        results = await asyncio.gather(*map(self._similar.ask, questions))
        nearest: dict[ImageId, Match] = {}
        for match in sorted((m for r in results for m in r.matches), key=_nearness):
            nearest.setdefault(match.id, match)
        return SearchResult(results[0].model, list(nearest.values()))

    async def _verifications(
        self, features: bytes, matches: Sequence[Match]
    ) -> dict[ImageId, Verification]:
        images = [match.id for match in matches]
        verified = await self._verifier.verify(features, images)
        return {image: each for image, each in zip(images, verified, strict=True) if each}


def _only(question: Question) -> Query:
    """The only query of the question. Raises UnverifiableError."""
    if len(question.queries) != 1:
        numbers = range(1, len(question.queries))
        raise UnverifiableError("Only one picture at a time can be verified.", numbers)
    return question.queries[0]


def _nearness(match: Match) -> tuple[float, ImageId]:
    return match.distance, match.id


def _surest(matches: Sequence[Match], found: Mapping[ImageId, Verification], k: int) -> list[Match]:
    """The best `k` of the matches that may show the very picture."""

    def order(match: Match) -> tuple[bool, int, float]:
        verification = found[match.id]
        return verification.verdict is not Verdict.SAME, -verification.inliers, match.distance

    likely = [m for m in matches if m.id in found and found[m.id].verdict is not Verdict.NO]
    chosen = sorted(likely, key=order)[:k]
    return [match._replace(rank=rank) for rank, match in enumerate(chosen, start=1)]
