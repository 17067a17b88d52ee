"""What the daemon costs while nothing happens.

python -m tests.benchmarks.resting
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import table
from tests.benchmarks.pictures import unseen
from tests.benchmarks.processes import Process
from tests.benchmarks.table import Row
from tests.support.household import Household, until

SECONDS = 20.0
NEVER = 3600.0


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        unseen(home.photos / "new", 100)
        try:
            yield from _working_and_after(home)
            yield _resting(home, 5.0, "with the default health check every 5 s", "")
            yield _resting(home, NEVER, "between two health checks", "0")
        finally:
            home.close()


def _working_and_after(home: Household) -> Iterator[Row]:
    """The worker's memory, and that all of it comes back."""
    home.config.write_text(f'roots = ["{home.photos}"]\n[worker]\nkeep_alive_seconds = 3.0')
    home.start()
    until(lambda: home.status()["images"] == 100)
    daemon = _daemon(home)
    working = sum(child.resident for child in daemon.children()) / 2**20
    yield Row("worker of the built-in model", f"{working:.0f} MiB", "")
    until(lambda: not list(daemon.children()))
    yield Row("worker after its keep-alive", f"{len(list(daemon.children()))} processes", "")
    yield Row("idle daemon, 100 images", f"{daemon.resident / 2**20:.0f} MiB", "", None, "<= 110")
    home.stop()


def _resting(home: Household, health: float, what: str, goal: str) -> Row:
    home.config.write_text(f'roots = ["{home.photos}"]\n[watching]\nhealth_seconds = {health}')
    home.start()
    until(lambda: home.status()["state"] == "idle")
    daemon = _daemon(home)
    time.sleep(2)  # until the last answer's connection is forgotten
    cpu, wake_ups = daemon.cpu_seconds, daemon.wake_ups
    time.sleep(SECONDS)
    cpu, wake_ups = daemon.cpu_seconds - cpu, daemon.wake_ups - wake_ups
    home.stop()
    reached = f"{wake_ups / SECONDS:.2f} wake-ups/s, {cpu / SECONDS:.2%} of a core"
    return Row(f"idle, {what}", reached, "", None, goal)


def _daemon(home: Household) -> Process:
    assert home.process is not None
    return Process(home.process.pid)


if __name__ == "__main__":
    table.show(rows())
