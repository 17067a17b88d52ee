"""How far indexing is, on a terminal and elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from imgsimd.cli import progress
from tests.support.statuses import status
from tests.support.terminal import shown, visible


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_without_a_terminal_there_is_a_line_every_two_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    with progress.Progress(clock) as bar:
        for done in range(0, 100, 10):
            bar.update(status(state="indexing", images=done, pending=100 - done, finished=done))
            clock.now += 0.5
        assert lines(capsys) == [
            "indexing: 0 of 100", "indexing: 40 of 100", "indexing: 80 of 100",
        ]  # fmt: skip


def test_the_last_state_is_always_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Progress(Clock()) as bar:
        for done in (0, 50, 997):
            bar.update(status(images=done, pending=997 - done, failed=3))
    assert lines(capsys) == ["idle: 3 of 1,000, 3 failed", "idle: 1,000 of 1,000, 3 failed"]


def test_the_last_state_is_printed_even_after_an_interruption(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(KeyboardInterrupt), progress.Progress(Clock()) as bar:  # noqa: PT012
        bar.update(status(images=1, pending=8))
        bar.update(status(images=2, pending=7))
        raise KeyboardInterrupt
    assert lines(capsys)[-1] == "idle: 2 of 9"


def test_the_time_left_is_the_daemons(capsys: pytest.CaptureFixture[str]) -> None:
    fields = {"state": "indexing", "images": 1960, "pending": 8040}
    with progress.Progress(Clock()) as bar:
        bar.update(status(**fields, per_second=100.0, seconds_remaining=250.0))
    assert lines(capsys) == ["indexing: 1,960 of 10,000, 100/s, about 4 min left"]


def test_the_last_line_says_how_much_was_done_and_how_long_it_took_but_no_rate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    with progress.Progress(clock) as bar:
        bar.update(status(images=500, pending=1187, finished=100, per_second=9.0))
        clock.now += 9
        bar.finish(status(images=1685, failed=2, finished=1287))
    assert lines(capsys)[-1] == "done: 1,187 in 9 s, 2 failed"


def test_nothing_is_shown_if_there_was_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Progress(Clock()) as bar:
        bar.finish(status(finished=1187))
    assert lines(capsys) == []


def test_on_a_terminal_there_is_a_bar_with_the_facts() -> None:
    code = (
        "from imgsimd.cli import progress\n"
        "from tests.support.statuses import status\n"
        "with progress.Progress() as bar:\n"
        "    bar.update(status(state='[b]\\x1b[2J', images=79, failed=1, pending=20,"
        " per_second=10.0, seconds_remaining=2.0))\n"
    )
    _, out = shown([sys.executable, "-c", code], {}, 100, Path(__file__).parents[2])
    assert "━" in out
    assert "80 of 100, 10/s, about 5 s left, 1 failed" in visible(out)
    assert "[b]\\x1b[2J" in out
    assert out.rstrip().endswith("\x1b[?25h"), "the cursor is back"
