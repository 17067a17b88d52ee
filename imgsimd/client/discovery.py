"""Finds the socket of the daemon, which may be elsewhere than this command's environment says."""

from __future__ import annotations

import os
import time
from pathlib import Path

from imgsimd import locations, lockfile
from imgsimd.access import barred
from imgsimd.errors import ConfigError, NoDaemonError
from imgsimd.locations import Locations

HEALING_SECONDS = 12.0
"""How long a daemon is waited for that lives, but has no socket: at each health check, every 5
seconds, it looks whether somebody has removed that."""
RETRY_SECONDS = 0.05
"""Seconds between two looks."""


def find() -> Locations:
    """The places of the daemon that is to be asked. Raises ConfigError where the configuration
    cannot be read, unless a daemon runs at the usual ones: its settings stay in force meanwhile."""
    try:
        return locations.find()
    except ConfigError:
        usual = locations.find(config=Path(os.devnull))  # an empty configuration
        if lockfile.holder(usual.lock) is None:
            raise
        return usual


def socket(where: Locations) -> Path:
    """Where to ask: as IMGSIMD_SOCKET says, else where the daemon of the state directory is.

    Raises NoDaemonError where one lives that has no socket, ConfigError where the state directory
    cannot be looked into.
    """
    is_chosen = bool(os.environ.get("IMGSIMD_SOCKET"))
    end = time.monotonic() + HEALING_SECONDS
    while (pid := lockfile.holder(where.lock)) is not None:
        leads_to = os.path.realpath(where.address)
        if is_chosen and leads_to != os.path.realpath(where.socket):
            return where.socket  # of another daemon
        if os.path.exists(leads_to):
            return Path(leads_to)
        if not os.path.lexists(where.address) and os.path.exists(where.socket):
            return where.socket  # there are file systems without links
        if time.monotonic() > end:
            raise NoDaemonError(_unreachable(leads_to, pid))
        time.sleep(RETRY_SECONDS)
    return where.socket if is_chosen else _of_nobody(where)


def _of_nobody(where: Locations) -> Path:
    """No daemon uses the state directory. One may be ending whose state directory was this."""
    if os.access(where.socket, os.W_OK):
        return where.socket
    try:
        where.lock.stat()
    except PermissionError as error:
        raise ConfigError(
            f"The state directory {where.state} cannot be used: {barred(where.lock)}."
        ) from error
    except OSError:
        pass
    return where.address


def _unreachable(socket: str, pid: int) -> str:
    return (
        f"imgsimd (process {pid or '?'}) is running, but cannot be reached: its socket {socket} is "
        f"missing. Stop it with `kill {pid or 'PROCESS'}`, then start it with `imgsimctl up`."
    )
