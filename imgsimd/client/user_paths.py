"""How a user may name a file: by a path, one that begins with `~`, or a `file://` address, as file
managers paste it."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from imgsimd.client.limits import LONGEST_PATH
from imgsimd.client.status import Root
from imgsimd.errors import ConfigError
from imgsimd.paths import is_nested, is_within
from imgsimd.words import printable

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):/", re.IGNORECASE)


def scheme(text: str) -> str:
    """The scheme of an address, such as `file` or `https`; empty for the name of a file."""
    found = _SCHEME.match(text)
    return found[1].lower() if found and not os.path.lexists(text) else ""


def path(text: str) -> str:
    """The path that is meant. Raises ConfigError if it is not on this machine."""
    kind = scheme(text)
    if kind == "file":
        return _of_address(text)
    if kind:
        raise ConfigError(f"{printable(text)} is not a file on this machine: copy it here.")
    if "\0" in text:
        raise ConfigError(f"{printable(text)} contains a NUL, which no file name can contain.")
    return text if os.path.lexists(text) else os.path.expanduser(text)


def place(text: str) -> str:
    """The path of a folder, or of what is in one, as the daemon knows it: absolute, links resolved.

    Raises ConfigError for a path that cannot be watched.
    """
    if not text:
        raise ConfigError("The name of the folder is empty.")
    real = os.path.realpath(path(text))
    if real == "/":
        raise ConfigError("/ cannot be watched: name the folders that hold photos.")
    if len(os.fsencode(real)) > LONGEST_PATH:
        raise ConfigError(f"{printable(real[:40])}... is longer than {LONGEST_PATH:,} bytes.")
    return real


def whole(text: str) -> str:
    """The path of a folder on another machine. Raises ConfigError if it is not absolute."""
    if not text.startswith("/"):
        raise ConfigError(
            f"{printable(text) or 'An empty name'} is not a whole path: with --host, name a folder "
            "as it is called on that machine, from / on."
        )
    return os.path.abspath(text)


def watched_folder(text: str, roots: Sequence[Root]) -> str:
    """The path of the folder, as the daemon knows it. Raises ConfigError if it is in no watched
    folder, and in none lies a watched one."""
    if not text:
        raise ConfigError("The name of the folder is empty.")
    real, name = os.path.realpath(path(text)), printable(text)
    if os.path.isfile(real):
        raise ConfigError(f"{name} is a file: name a folder.")
    is_offline = any(root.state == "offline" for root in roots if is_within(real, root.path))
    if not os.path.isdir(real) and not is_offline:
        raise ConfigError(f"No such folder: {name}.")
    if not any(is_nested(real, root.path) for root in roots):
        raise ConfigError(f"{name} isn't in a watched folder. `imgsimctl roots` lists these.")
    return real


def _of_address(text: str) -> str:
    """`file:///a%20b`, `file://localhost/a%20b`, `file:/a%20b` (RFC 8089)."""
    rest = text[len("file:") :]
    if rest.startswith("//"):
        host, slash, below = rest[2:].partition("/")
        rest = slash + below
        if host.lower() not in ("", "localhost", socket.gethostname().lower()):
            raise ConfigError(f"{printable(text)} is a file on another machine: copy it here.")
    name = unquote_to_bytes(os.fsencode(rest))
    if b"\0" in name:
        raise ConfigError(f"{printable(text)} contains %00, which no file name can contain.")
    return os.fsdecode(name)
