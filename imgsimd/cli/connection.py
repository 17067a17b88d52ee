"""How commands reach the daemon."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, cast

from imgsimd.client import discovery
from imgsimd.client.transport import Transport
from imgsimd.errors import ImgsimdError, NotRunningError, StoppedError

ENDING_SECONDS = 15.0
"""As long as systemd gives the daemon to end."""
RETRY_SECONDS = 0.05
"""Seconds between two looks."""


def connect(timeout: float | None = 30) -> Transport:
    """A client for this user's daemon; nothing is sent yet."""
    return Transport(partial(discovery.socket, discovery.find()), timeout)


def status(client: Transport) -> dict[str, Any]:
    """The daemon's status. Raises NoDaemonError."""
    return cast(dict[str, Any], client.get("/v1/status"))


def status_if_running(client: Transport) -> dict[str, Any] | None:
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
        time.sleep(RETRY_SECONDS)


@contextmanager
def told_at_last(client: Transport) -> Iterator[None]:
    """After an error has the daemon read the configuration once more, which was put back: it would
    complain of what it has refused until the next time."""
    try:
        yield
    except ImgsimdError:
        with suppress(ImgsimdError):
            client.post("/v1/reload")
        raise
