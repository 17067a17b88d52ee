"""The socket for the pages. It listens before anything slow is loaded: the browser starts
meanwhile."""

from __future__ import annotations

import errno
import socket

from imgsimd.errors import ConfigError
from imgsimd.words import reason

BACKLOG = 128


def listen(port: int = 0) -> socket.socket:
    """A socket that listens on 127.0.0.1, and nowhere else; port 0 is any that is free. Raises
    ConfigError."""
    # asyncio turns off Nagle's algorithm, 40 ms for each answer, only where the protocol is said.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise ConfigError(_sentence(port, error)) from error
    return sock


def _sentence(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: name another one, or leave out --port."
    if error.errno == errno.EACCES:
        return f"You may not use port {port}: name one above 1023, or leave out --port."
    return f"Port {port} cannot be used: {reason(error)}."
