"""When a question for the very picture has looked at enough photos."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.search.asked_pictures import AskedPictures
from imgsimd.search.query import Query, Question, SearchResult
from imgsimd.search.same import CANDIDATES, MOST_CANDIDATES, WAVE, Same, _is_enough, _is_late
from imgsimd.search.similar import Similar
from imgsimd.search.verifier import PATIENCE_SECONDS, Verifier
from imgsimd.types import ImageId, Match
from imgsimd.vectors import VectorForm
from imgsimd.verification import Verdict, Verification


@pytest.mark.parametrize(
    ("found", "latest", "seen", "is_late", "is_enough"),
    [
        (0, 0, WAVE, False, False),
        (0, 0, WAVE, True, False),  # it may take longer, but no copy is missed
        (1, 1, WAVE, False, False),  # there may be more
        (1, 1, WAVE, True, True),
        (10, 1, WAVE, False, True),  # no more are wanted
        (0, 0, CANDIDATES, False, False),
        (0, 0, CANDIDATES, True, True),
        (1, 0, CANDIDATES, False, True),
        (3, 2, CANDIDATES, False, False),  # where there are so many, there may be more
    ],
)
def test_candidates_are_looked_at_until_it_is_enough(
    found: int, latest: int, seen: int, is_late: bool, is_enough: bool
) -> None:
    assert _is_enough(found, latest, seen, k=10, is_late=is_late) == is_enough


def test_a_busy_machine_has_more_time_but_not_without_end() -> None:
    assert not _is_late(seconds=0.7, work=1.4), "several threads work"
    assert _is_late(seconds=0.9, work=0.9)
    assert not _is_late(seconds=2, work=0.3), "others had the processors"
    assert _is_late(seconds=4, work=0.3)


MODEL = Served(1, "m/1", "m", VectorForm(8))
LATER = ImageId(CANDIDATES + WAVE + 1)


class Photos(Similar):
    """So many that all candidates can be looked at, the nearest first."""

    def __init__(self) -> None:
        pass

    async def ask(self, question: Question) -> SearchResult:
        numbers = range(1, MOST_CANDIDATES + 1)
        return SearchResult(MODEL, [Match(n, ImageId(n), b"/p", n / 1000, n) for n in numbers])


class NoneButOne(Verifier):
    """Takes no time: only one photo that comes late is the very picture."""

    cpu_seconds = 0.0

    def __init__(self) -> None:
        pass

    async def verify(
        self, features: bytes, images: Sequence[ImageId], patience: float = PATIENCE_SECONDS
    ) -> list[Verification | None]:
        verdicts = (Verdict.SAME if image == LATER else Verdict.NO for image in images)
        return [Verification(verdict) for verdict in verdicts]


class Seen(AskedPictures):
    """A picture that has all that it needs."""

    def __init__(self) -> None:
        pass

    async def with_views(self, query: Query) -> Query:
        return query


async def test_while_there_is_time_more_candidates_are_looked_at_than_at_first() -> None:
    same = Same(Photos(), NoneButOne(), Seen())
    found = await same.find(Question([Query(vector=[1.0], features=b"features")], k=10))
    assert [match.id for match in found.matches] == [LATER]
    assert found.unverified == 0
