"""The server's address: how it is shown, and whether anything listens there."""

from __future__ import annotations

import errno
import os
import socket
from urllib.parse import urlsplit

from imgsimd.errors import StoreError, StoreFault
from imgsimd.words import printable, reason

AWAY = (
    "Nothing answers at {uri}. Check that Milvus runs there and can be reached from here ({words})."
)
FORBIDDEN = (
    "Milvus at {uri} cannot be asked, because the service that imgsimd runs in may not use the "
    'network. "More than one machine" in the README says how to let it.'
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
        sentence = FORBIDDEN if _is_forbidden() else AWAY
        words = sentence.format(uri=shown(uri), words=reason(error))
        raise StoreError(words, StoreFault.AWAY) from error


def _is_forbidden() -> bool:
    """Whether this process may use no network at all, as systemd's RestrictAddressFamilies= has it:
    then not even a name can be looked up."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    except OSError as error:
        return error.errno == errno.EAFNOSUPPORT
    return False


def shown(uri: str) -> str:
    """Without a password that may be in it."""
    user, at, _host = urlsplit(uri).netloc.rpartition("@")
    return printable(uri.replace(user + at, "", 1) if at else uri)
