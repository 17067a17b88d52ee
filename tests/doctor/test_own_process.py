"""Work in processes of its own: whatever happens there, its outcome comes in time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from imgsimd.doctor import own_process
from imgsimd.doctor.own_process import Work
from tests.support.patience import DEADLINE


def counted() -> Iterator[int]:
    yield 1
    yield 2


def hanging() -> Iterator[int]:
    yield 1
    time.sleep(DEADLINE)


def crashing() -> Iterator[int]:
    yield 1
    os.kill(os.getpid(), signal.SIGSEGV)


def importing() -> Iterator[int]:
    yield 1
    import imgsimd.nothing  # type: ignore[import-not-found]  # noqa: F401  # that is the test


def raising() -> Iterator[int]:
    yield 1
    raise ValueError("It is wrong.")


def ending() -> Iterator[int]:
    yield 1
    raise SystemExit(0)


def test_values_come_in_order_from_all_at_the_same_time() -> None:
    assert own_process.run([Work(counted, DEADLINE)] * 3) == [([1, 2], None)] * 3


def test_what_hangs_is_given_up_and_keeps_what_it_has_yielded() -> None:
    late, well = own_process.run([Work(hanging, 0.3), Work(counted, DEADLINE)])
    assert late.values == [1]
    assert late.fault
    assert late.fault.is_late
    assert well == ([1, 2], None)


def test_a_crash_an_error_and_an_exit_are_told_in_words() -> None:
    works = [Work(each, DEADLINE) for each in (crashing, importing, raising, ending)]
    outcomes = own_process.run(works)
    assert [outcome.values for outcome in outcomes] == [[1]] * 4
    crash, missing, error, end = (outcome.fault for outcome in outcomes)
    assert crash
    assert "SIGSEGV" in crash.what
    assert missing
    assert missing.module == "imgsimd.nothing"
    assert error
    assert error.what == "ValueError: It is wrong"
    assert end
    assert end.what == "a library ended the process"


def test_nothing_that_it_prints_is_seen(capfd: pytest.CaptureFixture[str]) -> None:
    def loud() -> Iterator[int]:
        print("loud", flush=True)
        os.write(2, b"loud")
        yield 1

    assert own_process.one(Work(loud, 10)) == ([1], None)
    assert capfd.readouterr() == ("", "")
