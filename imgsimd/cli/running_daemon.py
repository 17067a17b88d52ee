"""The daemon that runs, if one does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imgsimd import locations
from imgsimd.client import Client, Status
from imgsimd.errors import ImgsimdError, NotRunningError, StoppedError

ENDING_SECONDS = 15.0
"""As long as systemd waits for the daemon to end."""
RETRY_SECONDS = 0.05
"""Seconds between two looks."""


def status_if_running(client: Client) -> Status | None:
    """The daemon's status; None if no daemon runs. Waits for one that is just ending.

    Raises NoDaemonError if it does not end, cannot be reached, or belongs to another user.
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


def models_folder(running: Status | None) -> Path:
    """Where added models are: of the daemon that runs, or of the one that would start."""
    return Path(running.state_dir) / "models" if running else locations.find().models


@contextmanager
def reloading_after_error(client: Client) -> Iterator[None]:
    """After an error, has the daemon read the restored configuration: otherwise its status would go
    on to report the edit that it refused."""
    try:
        yield
    except ImgsimdError:
        with suppress(ImgsimdError):
            client.reload()
        raise
