"""The estimate of a long job."""

from __future__ import annotations

from imgsimd.pace import Pace


def test_there_is_no_estimate_before_anything_was_measured() -> None:
    pace = Pace()
    assert pace.rate is None
    pace.note(5.0, 0)
    pace.note(5.5, 400)
    assert pace.rate is None
    assert pace.left(100) is None


def test_a_job_that_stands_still_has_no_estimate() -> None:
    pace = Pace()
    for now in range(40):
        pace.note(float(now), min(now, 10))
    assert pace.rate == 0
    assert pace.left(100) is None


def test_a_restart_does_not_give_a_negative_rate() -> None:
    pace = Pace()
    for now, done in enumerate((0, 500, 3, 6, 9)):
        pace.note(float(now), done)
    assert pace.rate == 3
    assert pace.left(30) == 10
