"""The log has few lines of what repeats, and says how many were left out."""

from __future__ import annotations

import logging

from imgsimd.repeats import AT_ONCE, MOST_REMEMBERED, SIMILAR_AT_ONCE, Repeats


class Log:
    """A filter with a clock of its own, and what it has let through."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.written: list[str] = []
        self.left_out = 0
        self._filter = Repeats(lambda: self.now)

    def say(self, message: str, *arguments: object) -> None:
        record = logging.LogRecord("a", logging.INFO, "", 0, message, arguments, None)
        if self._filter.filter(record):
            self.written.append(record.getMessage())
            self.left_out += record.left_out  # type: ignore[attr-defined]  # the filter sets it


def test_a_line_that_is_repeated_for_a_month_is_written_some_dozens_of_times() -> None:
    log = Log()
    for _ in range(30 * 24 * 60):
        log.say("the same")
        log.now += 60
    assert AT_ONCE < len(log.written) < 50
    log.now += 2 * 86400
    log.say("the same")
    assert len(log.written) + log.left_out == 30 * 24 * 60 + 1


def test_the_first_repetitions_are_news() -> None:
    log = Log()
    for _ in range(AT_ONCE):
        log.say("%s is offline", "a")
        log.say("%s is online", "a")
    assert len(log.written) == 2 * AT_ONCE
    log.say("%s is offline", "a")
    assert len(log.written) == 2 * AT_ONCE


def test_ten_thousand_files_at_once_become_a_hundred_lines_and_a_number() -> None:
    log = Log()
    for number in range(10_000):
        log.say("%s is bad", number)
    assert len(log.written) == SIMILAR_AT_ONCE
    log.say("Another place writes.")
    assert len(log.written) == SIMILAR_AT_ONCE + 1
    log.now += 3600
    log.say("%s is bad", "the last")
    assert log.written[-1] == "the last is bad"
    assert len(log.written) + log.left_out == 10_002


def test_it_remembers_no_more_than_it_needs() -> None:
    log = Log()
    for number in range(3 * MOST_REMEMBERED):
        log.say("%s", number)
    assert len(log._filter._lines) == MOST_REMEMBERED
