"""Stops the daemon."""

from __future__ import annotations

import os
import select
import signal
import socket
import struct

from imgsimd.cli import systemd_units
from imgsimd.cli.running_daemon import status_if_running
from imgsimd.client import Client, Status, discovery, unix
from imgsimd.errors import AlreadyRunningError, NotInTimeError

STOP_SECONDS = 30.0
CREDENTIALS = struct.Struct("3i")
"""`struct ucred`: process, user, group."""


def stop() -> Status | None:
    """Stops it, by systemd if that has started it; returns its last status, None if none ran.

    Raises NotInTimeError, or AlreadyRunningError if only somebody else can stop it.
    """
    running = status_if_running(Client())
    is_service = systemd_units.is_active()
    if is_service and (systemd_units.stop() or running is None):
        return running  # its socket listened, so the next question would have started it
    if running is not None and (process := _opened(running.pid)) is not None:
        _end(process, running)
    return running


def _end(process: int, running: Status) -> None:
    try:
        signal.pidfd_send_signal(process, signal.SIGTERM)
    except PermissionError as error:
        raise AlreadyRunningError(
            f"imgsimd (process {running.pid}) belongs to another user, who can stop it."
        ) from error
    if not select.select([process], [], [], STOP_SECONDS)[0]:
        raise NotInTimeError(
            f"imgsimd (process {running.pid}) hasn't stopped; see {running.state_dir}/imgsimd.log."
        )


def _opened(pid: int) -> int | None:
    """A descriptor of the daemon's process; None if it has just ended.

    Raises AlreadyRunningError if `pid` is not who listens: in a container the daemon has another
    number than here, and a socket of systemd's would start it again.
    """
    try:
        if _listener() == pid:
            return os.pidfd_open(pid)
    except OSError:
        return None
    raise AlreadyRunningError(
        "imgsimd was started in a container, or as a service of the whole system: stop it by what "
        "has started it, such as `podman stop imgsimd` or `sudo systemctl stop imgsimd.socket "
        "imgsimd.service`."
    )


def _listener() -> int:
    """The process that made the socket listen, by its number here (SO_PEERCRED of unix(7)); 0 if it
    cannot be seen from here. Raises OSError if nobody listens any more."""
    with socket.socket(socket.AF_UNIX) as connection:
        unix.connect(connection, discovery.socket(discovery.find()))
        who = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    return int(CREDENTIALS.unpack(who)[0])
