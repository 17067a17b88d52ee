"""The daemon that runs, if one does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from imgsimd.client import Client, Status
from imgsimd.errors import ImgsimdError, NotRunningError, StoppedError

ENDING_SECONDS = 15.0
"""As long as systemd gives the daemon to end."""
RETRY_SECONDS = 0.05
"""Seconds between two looks."""


def status_if_running(client: Client) -> Status | None:
    """The daemon's status; None where none runs. One that is just ending is waited for.

    Raises NoDaemonError where it does not end, cannot be reached, or is somebody else's.
    """
    end = time.monotonic() + ENDING_SECONDS
    while True:
        try:
            return client.status()
        except NotRunningError:
            return None
        except StoppedError:
            if time.monotonic() > end:
                raise
        time.sleep(RETRY_SECONDS)


@contextmanager
def reloading_after_error(client: Client) -> Iterator[None]:
    """After an error, has the daemon read the configuration once more, which was put back: until
    then it would complain of what it has refused."""
    try:
        yield
    except ImgsimdError:
        with suppress(ImgsimdError):
            client.reload()
        raise
