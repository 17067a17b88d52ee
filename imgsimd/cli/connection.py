"""How commands reach the daemon."""

from __future__ import annotations

from typing import Any, cast

from imgsimd import places
from imgsimd.control.client import Client
from imgsimd.errors import NoDaemonError


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
