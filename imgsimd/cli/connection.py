"""How commands reach the daemon."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

from imgsimd import lockfile, places
from imgsimd.control.client import Client
from imgsimd.errors import ImgsimdError, NoDaemonError, NotRunningError, StoppedError
from imgsimd.places import Places

HEALING_SECONDS = 12.0
"""How long a daemon is waited for that lives, but has no socket: at each health check, every 5
seconds, it looks whether somebody has removed that."""
ENDING_SECONDS = 15.0
"""As long as systemd gives the daemon to end."""
PAUSE = 0.05
"""Seconds between two looks."""


def connect(timeout: float | None = 30) -> Client:
    """A client for this user's daemon; nothing is sent yet."""
    return Client(partial(_socket, places.find()), timeout)


def status(client: Client) -> dict[str, Any]:
    """The daemon's status. Raises NoDaemonError."""
    return cast(dict[str, Any], client.get("/v1/status"))


def status_if_running(client: Client) -> dict[str, Any] | None:
    """The daemon's status; None where none runs. One that is just ending is waited for.

    Raises NoDaemonError where it does not end, cannot be reached, or is somebody else's.
    """
    end = time.monotonic() + ENDING_SECONDS
    while True:
        try:
            return status(client)
        except NotRunningError:
            return None
        except StoppedError:
            if time.monotonic() > end:
                raise
        time.sleep(PAUSE)


def _socket(where: Places) -> Path:
    """Where the daemon listens: as IMGSIMD_SOCKET says, else as the daemon itself says in the state
    directory, else where it would. Raises NoDaemonError where one lives that has no socket."""
    end = time.monotonic() + HEALING_SECONDS
    while (pid := lockfile.holder(where.lock)) is not None:
        leads_to = os.path.realpath(where.address)
        if os.environ.get("IMGSIMD_SOCKET") and leads_to != os.path.realpath(where.socket):
            return where.socket  # of another daemon
        if os.path.exists(leads_to):
            return Path(leads_to)
        if not os.path.lexists(where.address) and os.path.exists(where.socket):
            return where.socket  # there are file systems without links
        if time.monotonic() > end:
            raise NoDaemonError(
                f"imgsimd (process {pid or '?'}) is running, but cannot be reached: its socket "
                f"{leads_to} is missing. Stop it with `kill {pid or 'PROCESS'}`, then start it "
                "with `imgsimctl up`."
            )
        time.sleep(PAUSE)
    return where.socket


@contextmanager
def told_at_last(client: Client) -> Iterator[None]:
    """After an error has the daemon read the configuration once more, which was put back: it would
    complain of what it has refused until the next time."""
    try:
        yield
    except ImgsimdError:
        with suppress(ImgsimdError):
            client.post("/v1/reload")
        raise
