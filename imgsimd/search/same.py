"""Answers questions for the very same picture: vectors propose photos, and features verify them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from imgsimd.histogram import Histogram
from imgsimd.search.asked_pictures import AskedPictures
from imgsimd.search.query import (
    OtherModelError,
    Query,
    Question,
    SearchResult,
    UnverifiableError,
    View,
)
from imgsimd.search.similar import Similar
from imgsimd.search.verifier import PATIENCE_SECONDS, Verifier
from imgsimd.types import ImageId, Match
from imgsimd.verification import Verdict, Verification

CANDIDATES = 48
"""Photos that are looked at until a copy is found. Of most kinds of copies, the original is among
so many."""
MOST_CANDIDATES = 200
"""Photos that are looked at if there is time: of heavy crops and grey copies, the original is among
so many in .99 of all cases."""
WAVE = 16
"""Photos that are looked at before it is decided whether to go on: a tenth of a second."""
SECONDS = 0.8
"""Of work, and from the question on. After that, no more is looked for than one copy among
CANDIDATES."""
MOST_SECONDS = 4 * SECONDS
"""From the question on, if others use the processors, or disks are slow: the same is found then."""
WAVE_SECONDS = 6.0
"""For one wave, if disks do not answer: a client waits for 30 seconds."""


class Same:
    """Answers questions about one picture, with a verification of each match. Only this machine's
    photos are matches, since their files must be opened. Runs on the event loop. All methods raise
    QuestionError, CatalogError, WorkerError or ModelError."""

    def __init__(self, similar: Similar, verifier: Verifier, asked: AskedPictures) -> None:
        self._similar = similar
        self._verifier = verifier
        self._asked = asked
        self.times = Histogram()
        """How long the answers took."""

    async def verify(self, question: Question) -> SearchResult:
        """As `Similar.ask`; a match that cannot be verified has no verification."""
        _only(question)
        result = await self._similar.ask(_of_own(question))
        (features,) = await self._asked.features(question.queries)
        found = await self._verifications(features, result.matches, PATIENCE_SECONDS)
        unverified = len(result.matches) - len(found)
        return replace(result, verifications=found, unverified=unverified)

    async def find(self, question: Question) -> SearchResult:
        """The photos that show the very picture: those with the verdict "same", then the probable
        ones, the surest first. Their distance is that of the nearest view of the picture."""
        began, work = time.monotonic(), self._work()
        asked, result = await self._proposed(question)
        found: dict[ImageId, Verification] = {}
        seen = 0
        while seen < len(result.matches):
            wave = result.matches[seen : seen + WAVE]
            latest = await self._verifications(asked.features or b"", wave, WAVE_SECONDS)
            found |= latest
            seen += len(wave)
            is_late = _is_late(time.monotonic() - began, self._work() - work)
            if _is_enough(_copies(found), _copies(latest), seen, question.k, is_late):
                break
        surest = _surest(result.matches, found, question.k)
        unverified = seen - len(found)
        return replace(result, matches=surest, verifications=found, unverified=unverified)

    def _work(self) -> float:
        """Seconds that the daemon and the worker have used of all processors."""
        return time.process_time() + self._verifier.cpu_seconds

    async def _proposed(self, question: Question) -> tuple[Query, SearchResult]:
        """The picture with its views, and the photos nearest to any of them."""
        query = _only(question)
        while True:
            asked = await self._asked.with_views(query)
            try:
                return asked, await self._nearest(question, asked)
            except OtherModelError:  # another one answers since the views were made
                if query.vector is not None:
                    raise

    async def _nearest(self, question: Question, asked: Query) -> SearchResult:
        """The photos nearest to any view of the picture, with regard to penalties, each once."""
        views = [View(asked.vector or (), 0.0), *asked.views]
        queries = [replace(asked, vector=view.vector) for view in views]
        k = max(MOST_CANDIDATES, question.k)
        own = _of_own(question)
        questions = [replace(own, queries=[query], k=k) for query in queries]
        results = await asyncio.gather(*map(self._similar.ask, questions))
        scored = [
            (match.distance + view.penalty, match.id, match)
            for view, result in zip(views, results, strict=True)
            for match in result.matches
        ]
        nearest: dict[ImageId, Match] = {}
        for _, image, match in sorted(scored):
            nearest.setdefault(image, match)
        ranked = [each._replace(exact_rank=n) for n, each in enumerate(nearest.values(), 1)]
        return replace(results[0], matches=ranked[:k], is_weak=None)

    async def _verifications(
        self, features: bytes, matches: Sequence[Match], patience: float
    ) -> dict[ImageId, Verification]:
        images = [match.id for match in matches]
        verified = await self._verifier.verify(features, images, patience)
        return {image: each for image, each in zip(images, verified, strict=True) if each}


def _only(question: Question) -> Query:
    """The only query of the question. Raises UnverifiableError."""
    if len(question.queries) != 1:
        numbers = range(1, len(question.queries))
        raise UnverifiableError("Only one picture at a time can be verified.", numbers)
    return question.queries[0]


def _of_own(question: Question) -> Question:
    """The question, about this machine's photos. Raises UnverifiableError if it names machines."""
    if question.filter.hosts:
        raise UnverifiableError(
            "Only photos of the machine that is asked can be verified: leave out the names of "
            "machines, or ask there.",
            (),
        )
    return replace(question, filter=replace(question.filter, is_own=True))


def _copies(found: Mapping[ImageId, Verification]) -> int:
    return sum(each.verdict is Verdict.SAME for each in found.values())


def _is_late(seconds: float, work: float) -> bool:
    """Whether a question was looked at for long enough, so many seconds after it was asked."""
    return seconds > MOST_SECONDS or (seconds > SECONDS and work > SECONDS)


def _is_enough(found: int, latest: int, seen: int, k: int, is_late: bool) -> bool:
    """Whether to look at no more candidates: so many copies were `found` among those that were
    `seen`, so many of them in the `latest` wave."""
    if seen < CANDIDATES:
        return found >= k or (is_late and found > 0)
    return found >= k or is_late or (found > 0 and latest == 0)


def _surest(matches: Sequence[Match], found: Mapping[ImageId, Verification], k: int) -> list[Match]:
    """The best `k` of the matches that may show the very picture."""

    def order(match: Match) -> tuple[bool, int, float]:
        verification = found[match.id]
        return verification.verdict is not Verdict.SAME, -verification.inliers, match.distance

    likely = [m for m in matches if m.id in found and found[m.id].verdict is not Verdict.NO]
    chosen = sorted(likely, key=order)[:k]
    return [match._replace(rank=rank) for rank, match in enumerate(chosen, start=1)]
