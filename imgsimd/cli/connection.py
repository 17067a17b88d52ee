"""How commands reach the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

from imgsimd import places
from imgsimd.control.client import Client
from imgsimd.errors import ImgsimdError, NoDaemonError


def connect(timeout: float | None = 30) -> Client:
    """A client for this user's daemon; nothing is sent yet."""
    return Client(places.find().socket, timeout)


def status(client: Client) -> dict[str, Any]:
    """The daemon's status. Raises NoDaemonError."""
    return cast(dict[str, Any], client.get("/v1/status"))


def status_if_running(client: Client) -> dict[str, Any] | None:
    """The daemon's status; None where no daemon answers."""
    try:
        return status(client)
    except NoDaemonError:
        return None


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
