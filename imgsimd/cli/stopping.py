"""Stops the daemon."""

from __future__ import annotations

import os
import select
import signal

from imgsimd.cli import systemd_units
from imgsimd.cli.running_daemon import status_if_running
from imgsimd.client import Client, Status
from imgsimd.errors import NotInTimeError

STOP_SECONDS = 30.0


def stop() -> Status | None:
    """Stops it, by systemd if that has started it; returns its last status, None if none ran.

    Raises NotInTimeError.
    """
    running = status_if_running(Client())
    is_service = systemd_units.is_active()
    if running is None:
        if is_service:  # its socket listens, so the next question would start it
            systemd_units.stop()
        return None
    process = _opened(running.pid)
    if not (is_service and systemd_units.stop()) and process is not None:
        signal.pidfd_send_signal(process, signal.SIGTERM)
    if process is not None and not select.select([process], [], [], STOP_SECONDS)[0]:
        log = systemd_units.LOG if is_service else f"{running.state_dir}/imgsimd.log"
        raise NotInTimeError(f"imgsimd (process {running.pid}) hasn't stopped; see {log}.")
    return running


def _opened(pid: int) -> int | None:
    """A descriptor of the process; None if it has just ended."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None
