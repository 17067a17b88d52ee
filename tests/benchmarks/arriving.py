"""How long it takes from files on disk until all of them can be found."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, cast

from tests.benchmarks.pictures import OLD
from tests.benchmarks.processes import Process
from tests.support.household import Household, until

DEADLINE = 3600
"""Seconds; only a broken program needs them."""
PATIENCE = 20
"""Seconds for which the daemon is asked to say nothing: asking more often would slow it down."""


class Arrival(NamedTuple):
    """What it took to index some files; the start of the daemon is not counted."""

    rate: float
    """Pictures a second."""
    own: float
    """CPU seconds of the daemon for each; the worker's are left out."""


def index(
    home: Household, files: Sequence[Path], settings: str = "", is_worker_ready: bool = False
) -> Arrival:
    """Copies the files into a home where no daemon runs yet, and has them indexed.

    The start of the worker is counted, unless it is to be ready by then.
    """
    for number, file in enumerate(files):
        copy = home.photos / f"{number}{file.suffix}"
        shutil.copyfile(file, copy)
        os.utime(copy, (OLD + number, OLD + number))
    os.sync()  # else the kernel writes our copies to the disk while they are indexed
    home.config.write_text(settings)
    home.start()
    assert home.process is not None
    daemon = Process(home.process.pid)

    def is_done() -> bool:
        answer = home.client.get("/v1/wait", timeout=PATIENCE)
        return cast(dict[str, bool], answer)["idle"]

    try:
        home.settle()
        if is_worker_ready:
            home.client.upload("/v1/vectors", files[0].read_bytes())
        home.config.write_text(f'{settings}\nroots = ["{home.photos}"]')
        start, own = time.perf_counter(), daemon.cpu_seconds
        home.client.post("/v1/reload")
        until(is_done, DEADLINE)
        taken = time.perf_counter() - start
        status = home.status()
        assert status["images"] + status["failed"] == len(files)
        return Arrival(len(files) / taken, (daemon.cpu_seconds - own) / len(files))
    finally:
        home.close()
