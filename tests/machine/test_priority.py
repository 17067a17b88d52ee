"""Work that gives way does so for processor and disk, and nothing else does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from imgsimd.machine.patient_threads import PatientThreads
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


@pytest.mark.parametrize("how", ["give_way", "give_way_as_session"])
def test_a_process_gives_way_with_all_its_threads(how: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, how],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        threads = [int(each) for each in os.listdir(f"/proc/{process.pid}/task")]
        assert len(threads) > 1
        assert {priority(thread) for thread in threads} == {LOWEST}
        if how == "give_way_as_session":
            group = Path(f"/proc/{process.pid}/autogroup")
            assert not group.exists() or group.read_text().endswith(" nice 19\n")
        process.stdin.close()  # type: ignore[union-attr]  # it is a pipe, see above


async def test_threads_give_way_only_if_they_may() -> None:
    may, own = False, priority(0)
    threads = PatientThreads(1, lambda: may)

    def now() -> Priority:
        return priority(0)

    assert await threads.run(now) == own
    may = True
    assert await threads.run(now) == LOWEST
    may = False
    assert await threads.run(now) == own
    assert priority(0) == own
