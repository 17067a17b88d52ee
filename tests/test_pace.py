"""The speed of a long job, and lengths of time in words."""

from __future__ import annotations

import pytest

from imgsimd.pace import Pace, about, ago, duration

HOUR, DAY = 3600, 86400


def test_there_is_no_speed_before_anything_was_measured() -> None:
    pace = Pace()
    assert pace.rate is None
    pace.note(5.0, 0)
    pace.note(5.5, 400)
    assert pace.rate is None


def test_only_the_last_seconds_count() -> None:
    pace = Pace()
    for now in range(40):
        pace.note(float(now), min(now, 10))
    assert pace.rate == 0
    for now in range(40, 80):
        pace.note(float(now), 100 * now)
    assert pace.rate == 100


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "5 s"), (12, "10 s"), (33, "35 s"), (54, "55 s"), (55, "1 min"), (100, "2 min"),
        (569, "9 min"), (571, "10 min"), (1400, "25 min"), (3449, "55 min"), (3451, "1 h"),
        (HOUR + 600, "1 h 10 min"), (8000, "2 h 10 min"), (9.89 * HOUR, "9 h 50 min"),
        (9.9 * HOUR, "10 h"), (47.4 * HOUR, "47 h"), (60 * HOUR, "2 days"), (30 * DAY, "30 days"),
    ],
)  # fmt: skip
def test_an_estimate_is_no_more_exact_than_it_is(seconds: float, words: str) -> None:
    assert about(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"), (0.9, "just now"), (1, "1 s ago"), (59.9, "59 s ago"),
        (60, "1 min ago"), (3599, "59 min ago"), (HOUR, "1 h ago"), (47.9 * HOUR, "47 h ago"),
        (2 * DAY, "2 days ago"), (59 * DAY, "59 days ago"), (61 * DAY, "2 months ago"),
        (800 * DAY, "2 years ago"),
    ],
)  # fmt: skip
def test_it_is_told_how_long_ago_something_was(seconds: float, words: str) -> None:
    assert ago(seconds) == words


def test_a_duration_is_told_in_two_units_at_most() -> None:
    assert [duration(each) for each in (0.1, 9, 100, 7500)] == ["1 s", "9 s", "2 min", "2 h 5 min"]
