"""When a question for the very picture has looked at enough photos."""

from __future__ import annotations

import pytest

from imgsimd.search.same import CANDIDATES, WAVE, _is_enough, _is_late


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
