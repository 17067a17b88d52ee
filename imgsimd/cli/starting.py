"""Starts the daemon, and says why if it does not start."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from imgsimd import installed, locations
from imgsimd.access import explain
from imgsimd.cli import startup_failure, systemd_units
from imgsimd.cli.running_daemon import status_if_running
from imgsimd.client import Client
from imgsimd.errors import AlreadyRunningError, ConfigError, ImgsimdError, NotInTimeError
from imgsimd.words import printable

SECONDS = 60.0
"""For imports and loading the vectors: half a second, or some seconds for a million images."""
RIVALS_SECONDS = 5.0
"""How long to wait for a daemon that somebody else starts at the same time."""


def start() -> None:
    """Starts it by systemd if the user has a service manager and imgsimd is installed to stay,
    otherwise as a detached process.

    Returns when it answers. Raises the error that the daemon ended with, NotInTimeError, or
    ConfigError if its log cannot be written.
    """
    if systemd_units.manager_answers() and not installed.is_in_cache():
        systemd_units.install()
        systemd_units.start()
        _await_answer(lambda: None, systemd_units.LOG)
    else:
        log = locations.find().log
        _await_answer(_detached(log), str(log))


def _detached(log: Path) -> Callable[[], ImgsimdError | None]:
    """Starts a detached process; returns a function that says why it ended, or None while it runs.

    The log is appended to: another daemon may be running and writing there.
    """
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise ConfigError(f"The log {log} cannot be written: {explain(error, log)}.") from error
    with os.fdopen(out, "ab") as stream:
        before = stream.tell()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "imgsimd.daemon"],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )

    def failed() -> ImgsimdError | None:
        code = process.poll()
        if code is None:
            return None
        return startup_failure.of_start(code, _since(log, before), str(log))

    return failed


def _since(log: Path, position: int) -> str:
    with log.open("rb") as stream:
        stream.seek(position)
        return stream.read().decode(errors="replace")


def _await_answer(failed: Callable[[], ImgsimdError | None], log: str) -> None:
    client = Client(timeout=SECONDS)
    begin = time.monotonic()
    while status_if_running(client) is None:
        waited = time.monotonic() - begin
        error = failed()
        if error and not (isinstance(error, AlreadyRunningError) and waited < RIVALS_SECONDS):
            raise error
        if waited > SECONDS:
            raise NotInTimeError(
                f"imgsimd has not answered within {SECONDS:g} seconds; see {printable(log)}."
            )
        time.sleep(0.05)
