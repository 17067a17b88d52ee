r"""Paths as text, which is all that Milvus stores.

A path is bytes, which need not be UTF-8. As text, a byte that is not part of a character is written
`\xNN`, and a backslash doubled. So no two paths have the same text, and the text of a folder with
its final slash begins the text of whatever lies in it.
"""

from __future__ import annotations

import re

from imgsimd.types import FilePath

_ESCAPED = re.compile(rb"\\(?:\\|x([0-9a-f]{2}))")


def to_text(path: FilePath) -> str:
    """The text of a path: at most four times as many bytes of UTF-8."""
    return path.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def from_text(text: str) -> FilePath:
    """The path of which `to_text` made this text."""
    return _ESCAPED.sub(_meant, text.encode())


def _meant(escaped: re.Match[bytes]) -> bytes:
    digits = escaped[1]
    return b"\\" if digits is None else bytes([int(digits, 16)])
