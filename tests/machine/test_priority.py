"""Idle priority holds for processor and disk, and for nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from imgsimd.machine.background_threads import BackgroundThreads
from tests.support.priorities import LOWEST, Priority, priority

PROGRAM = """
import sys, threading
from imgsimd.machine import priority
getattr(priority, sys.argv[1])()
started = threading.Event()
def stay():
    started.set()
    sys.stdin.read()
threading.Thread(target=stay).start()
started.wait()
print(flush=True)
"""


@pytest.mark.parametrize("how", ["lower", "lower_session"])
def test_a_process_has_the_priority_with_all_its_threads(how: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, how],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        threads = [int(each) for each in os.listdir(f"/proc/{process.pid}/task")]
        assert len(threads) > 1
        assert {priority(thread) for thread in threads} == {LOWEST}
        if how == "lower_session":
            group = Path(f"/proc/{process.pid}/autogroup")
            assert not group.exists() or group.read_text().endswith(" nice 19\n")
        process.stdin.close()  # type: ignore[union-attr]  # it is a pipe, see above


async def test_threads_have_idle_priority_only_if_that_is_wanted() -> None:
    may, own = False, priority(0)
    threads = BackgroundThreads(1, lambda: may)

    def now() -> Priority:
        return priority(0)

    assert await threads.run(now) == own
    may = True
    assert await threads.run(now) == LOWEST
    may = False
    assert await threads.run(now) == own
    assert priority(0) == own
