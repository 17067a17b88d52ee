"""The server's address: how it is shown, and whether anything listens there."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

from imgsimd.errors import StoreError, StoreFault
from imgsimd.words import printable, reason

AWAY = (
    "Nothing answers at {uri}. Check that Milvus runs there and can be reached from here ({words})."
)
CONNECT_SECONDS = 5.0
PROXIES = ("grpc_proxy", "https_proxy", "http_proxy")
"""Environment variables with which gRPC goes another way."""


def reach(uri: str, seconds: float) -> None:
    """Raises StoreError if nothing listens there: so no process has to be started to find that out.
    Blocks for at most so long, and as long as it takes to look up the name."""
    parts = urlsplit(uri)
    if parts.port is None or any(os.environ.get(name) for name in PROXIES):
        return  # only pymilvus knows where it goes
    place = parts.hostname or "", parts.port
    try:
        socket.create_connection(place, min(seconds, CONNECT_SECONDS)).close()
    except OSError as error:
        words = reason(error)
        raise StoreError(AWAY.format(uri=shown(uri), words=words), StoreFault.AWAY) from error


def shown(uri: str) -> str:
    """Without a password that may be in it."""
    user, at, _host = urlsplit(uri).netloc.rpartition("@")
    return printable(uri.replace(user + at, "", 1) if at else uri)
