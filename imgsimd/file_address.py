"""The bytes of a path, and its `file://` address."""

from __future__ import annotations

from urllib.parse import quote


def address(path: str) -> str:
    """The `file://` address of an absolute path, its very bytes percent-encoded (RFC 8089)."""
    return "file://" + quote(path_bytes(path))


def path_bytes(path: str) -> bytes:
    """The bytes of a path."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # no file name has other surrogates
        return path.encode("utf-8", "replace")
