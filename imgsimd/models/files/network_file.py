"""A file with a network, as a user gives it: it may be anything, and is copied, never changed."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

from imgsimd.access import explain
from imgsimd.errors import ModelError
from imgsimd.words import of_bytes

LARGEST = 2**31 - 1
"""Bytes. Neither LiteRT nor ONNX has larger files."""
_KINDS = {
    ".tflite": (re.compile(rb".{4}TFL3", re.DOTALL), "a network of LiteRT"),
    ".onnx": (re.compile(rb"\x08[\x01-\x20][\x10-\x7a]", re.DOTALL), "a network of ONNX"),
    ".h5": (re.compile(rb"\x89HDF\r\n\x1a\n"), "a file of Keras or HDF5"),
    ".keras": (re.compile(rb"PK\x03\x04"), "a zip archive, as Keras and PyTorch make them"),
    ".pt": (re.compile(rb"\x80[\x02-\x05]"), "a file of PyTorch"),
    "LFS": (
        re.compile(rb"version https://git-lfs"),
        "a pointer of Git LFS to the real file, which `git lfs pull` gets",
    ),
    "page": (re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE), "a web page"),
}
"""How files begin, by their suffix; and what is often found instead."""
_PIECE = 2**20
"""Bytes."""


def copy(source: Path, target: Path) -> None:
    """Copies the file to `target`. Links to it are followed.

    Raises ModelError where it is no file that can be read, is too large, or plainly something else
    than its suffix says; and OSError where `target` cannot be written.
    """
    descriptor = _opened(source)
    with open(descriptor, "rb") as content:
        _check_size(source, os.fstat(descriptor).st_size)
        piece = _read(content, source)
        _check_kind(source, piece)
        with target.open("wb") as made:
            while piece:
                made.write(piece)
                _check_size(source, made.tell())  # somebody may go on writing it
                piece = _read(content, source)


def _opened(source: Path) -> int:
    """A descriptor of the file. Raises ModelError."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # or a pipe waits
        mode = os.fstat(descriptor).st_mode
    except OSError as error:
        raise ModelError(f"{source} cannot be read: {explain(error, source)}.") from error
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
    raise ModelError(f"{source} is {what}, and not a file with a network.")


def _read(content: BinaryIO, source: Path) -> bytes:
    try:
        return content.read(_PIECE)
    except OSError as error:
        raise ModelError(f"{source} cannot be read: {explain(error, source)}.") from error


def _check_size(source: Path, size: int) -> None:
    """Raises ModelError if so many bytes are too many."""
    if size > LARGEST:
        raise ModelError(
            f"{source} is too large: it has {of_bytes(size)} or more, and networks have at most "
            f"{of_bytes(LARGEST)}."
        )


def _check_kind(source: Path, start: bytes) -> None:
    """Raises ModelError if the file begins as one of another kind."""
    if not start:
        raise ModelError(f"{source} is empty.")
    expected, _ = _KINDS[source.suffix.lower()]
    if expected.match(start):
        return
    for pattern, what in _KINDS.values():
        if pattern.match(start):
            raise ModelError(f"{source} is not what its name says: it is {what}.")
