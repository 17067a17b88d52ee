"""What is not told is looked at in its time; clocks are passed in."""

from __future__ import annotations

from imgsimd.reconciling.schedule import Schedule, Sweep

HEALTH, POLL, RESCAN = 5.0, 300.0, 3600.0
BOOT = 7.0
"""Seconds that the machine had been suspended before the start."""


def started() -> Schedule:
    """A timetable whose first check was at 1000."""
    timetable = Schedule(HEALTH, POLL, RESCAN)
    assert timetable.next_check == 0.0
    assert timetable.check(1000.0, 1000.0 + BOOT) is Sweep.EVERYTHING
    return timetable


def test_a_check_follows_after_the_health_period_and_scans_nothing() -> None:
    timetable = started()
    assert timetable.next_check == 1005.0
    assert timetable.check(1005.0, 1005.0 + BOOT) is Sweep.NOTHING


def test_roots_without_full_events_are_scanned_on_a_timer() -> None:
    timetable = started()
    sweeps = [timetable.check(now, now + BOOT) for now in range(1005, 1905, 5)]
    assert [number for number, sweep in enumerate(sweeps) if sweep is Sweep.POLLED] == [
        59,
        119,
        179,
    ]


def test_everything_is_scanned_on_a_longer_timer() -> None:
    timetable = started()
    assert timetable.check(4599.0, 4599.0 + BOOT) is Sweep.POLLED
    assert timetable.check(4600.0, 4600.0 + BOOT) is Sweep.EVERYTHING
    assert timetable.check(4605.0, 4605.0 + BOOT) is Sweep.NOTHING


def test_after_a_suspension_everything_is_scanned_once() -> None:
    """CLOCK_BOOTTIME goes on while the machine sleeps, CLOCK_MONOTONIC does not."""
    timetable = started()
    night = 8 * 3600.0
    assert timetable.check(1005.0, 1005.0 + BOOT + night) is Sweep.EVERYTHING
    assert timetable.check(1010.0, 1010.0 + BOOT + night) is Sweep.NOTHING


def test_a_process_that_was_stopped_for_an_hour_does_not_take_that_for_a_suspension() -> None:
    """SIGSTOP stops no clock; and between two readings of clocks, some time may pass."""
    timetable = started()
    assert timetable.check(1250.0, 1251.0 + BOOT) is Sweep.NOTHING
