"""How long it takes from files on disk until all of them can be found."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.pictures import OLD
from tests.benchmarks.processes import Process
from tests.household import Household, until

DEADLINE = 3600
"""Seconds; only a broken program needs them."""


class Arrival(NamedTuple):
    """What it took to index some files; the start of the worker is counted, that of the daemon is
    not."""

    rate: float
    """Pictures a second."""
    own: float
    """CPU seconds of the daemon for each; the worker's are left out."""


def index(home: Household, files: Sequence[Path], settings: str = "") -> Arrival:
    """Copies the files into a home where no daemon runs yet, and has them indexed."""
    for number, file in enumerate(files):
        copy = home.photos / f"{number}{file.suffix}"
        shutil.copyfile(file, copy)
        os.utime(copy, (OLD + number, OLD + number))
    home.config.write_text(settings)
    home.start()
    assert home.process is not None
    daemon = Process(home.process.pid)

    def is_done() -> bool:
        time.sleep(0.1)  # asking costs the daemon a little, too
        status = home.status()
        return bool(status["images"] + status["failed"] == len(files))

    try:
        home.settle()
        home.config.write_text(f'{settings}\nroots = ["{home.photos}"]')
        start, own = time.perf_counter(), daemon.cpu_seconds
        home.client.post("/v1/reload")
        until(is_done, DEADLINE)
        taken = time.perf_counter() - start
        return Arrival(len(files) / taken, (daemon.cpu_seconds - own) / len(files))
    finally:
        home.close()
