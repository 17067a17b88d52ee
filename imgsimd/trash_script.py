"""The shell script that moves copies to the trash.

Days may pass before somebody runs it, so it checks each pair again before it acts: the keeper must
be there, and both must be what they were. Of the same content it compares the bytes of the two with
`cmp`, which every system has; of a verified copy, which differs from its keeper, it compares the
SHA-256 of each with that of the moment when the script was written (`sha256sum` is part of
coreutils and busybox; b3sum is not). A file that two paths lead to is left alone: to remove one
gains nothing, and where a folder is mounted twice there would be nothing left.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

MARK = b"#!/bin/sh\n# imgsimd: moves copies of photos to the trash\n"
_NANO = 1_000_000_000
_HEAD = rb"""#
# Read it first, and delete the lines of what you want to keep. Before each step it checks that the
# photo to keep and the copy are still what they were; otherwise it says so and leaves the copy.
set -u
LC_ALL=C
export LC_ALL

if command -v gio >/dev/null 2>&1; then
    put_in_trash() { gio trash -- "$1"; }
elif command -v trash-put >/dev/null 2>&1; then
    put_in_trash() { trash-put -- "$1"; }
else
    echo "Neither gio nor trash-put is installed, so nothing was moved." >&2
    exit 1
fi

moved=0
left=0

leave() {
    left=$((left + 1))
    printf 'left: %s: %s' "$1" "$2" | tr '[:cntrl:]' '?' >&2
    echo >&2
}

# FILE SIZE TIME: whether the file is there, and was not changed.
is_still() {
    [ -f "$1" ] && [ ! -L "$1" ] && [ "$(stat -c '%s %Y' -- "$1" 2>/dev/null)" = "$2 $3" ]
}

# FILE HASH: whether it has this content.
has_hash() {
    [ "$(sha256sum <"$1" 2>/dev/null)" = "$2  -" ]
}

# KEEPER SIZE TIME COPY SIZE TIME
are_unchanged() {
    if ! is_still "$1" "$2" "$3"; then
        leave "$4" "the photo to keep is gone or was changed"
    elif ! is_still "$4" "$5" "$6"; then
        leave "$4" "it is gone or was changed"
    elif [ "$(stat -c '%d %i' -- "$1")" = "$(stat -c '%d %i' -- "$4")" ]; then
        leave "$4" "it is the very file to keep"
    else
        return 0
    fi
    return 1
}

move() {
    if put_in_trash "$1"; then
        moved=$((moved + 1))
    else
        leave "$1" "it could not be moved"
    fi
}

# KEEPER SIZE TIME COPY SIZE TIME: the same content.
exact() {
    are_unchanged "$@" || return 0
    if cmp -s -- "$1" "$4"; then
        move "$4"
    else
        leave "$4" "its content differs"
    fi
}

# KEEPER SIZE TIME COPY SIZE TIME HASH-OF-KEEPER HASH-OF-COPY: a verified copy.
copy() {
    are_unchanged "$@" || return 0
    if has_hash "$1" "$7" && has_hash "$4" "$8"; then
        move "$4"
    else
        leave "$4" "its content, or that of the photo to keep, was changed"
    fi
}

"""
_TAIL = rb"""
printf 'Moved to the trash: %s. Left: %s.\n' "$moved" "$left"
[ "$left" -eq 0 ]
"""


class File(Protocol):
    """A file as it was when it was compared."""

    @property
    def path(self) -> str:
        """Absolute, with surrogateescape for what is not UTF-8."""

    @property
    def bytes(self) -> int:
        """How many it has."""

    @property
    def mtime_ns(self) -> int:
        """When it was changed last."""


@dataclass(frozen=True, slots=True)
class Step:
    """A copy that can go, and what is kept instead of it."""

    keeper: File
    copy: File
    is_exact: bool
    """Whether both have the same content."""


def script(steps: Sequence[Step], on_skip: Callable[[str, str], None]) -> Iterator[bytes]:
    """The script, in parts. Files that were changed since they were compared are left out; of each
    of these `on_skip` hears, with the reason.

    Exact copies come first: the keeper of one may itself be a copy of another photo.
    """
    yield MARK + _HEAD
    keeper = _Hashed()
    for step in sorted(steps, key=lambda step: not step.is_exact):
        try:
            hashes = [] if step.is_exact else [keeper.hash(step.keeper), _hash(step.copy)]
        except _ChangedError as error:
            on_skip(step.copy.path, str(error))
            continue
        yield b" ".join([*_words(step), *hashes]) + b"\n"
    yield _TAIL


def _words(step: Step) -> list[bytes]:
    return [b"exact" if step.is_exact else b"copy", *_file(step.keeper), *_file(step.copy)]


def _file(file: File) -> list[bytes]:
    """The words for a file: its path, its size, and its time in whole seconds."""
    size, seconds = str(file.bytes), str(file.mtime_ns // _NANO)
    return [quoted(os.fsencode(file.path)), size.encode(), seconds.encode()]


def quoted(path: bytes) -> bytes:
    """The path as one word of a POSIX shell, whatever it consists of."""
    return b"'" + path.replace(b"'", b"'\\''") + b"'"


class _ChangedError(Exception):
    """A file is not what it was when it was compared."""


class _Hashed:
    """Reads a keeper once for all of its copies, which come one after another."""

    def __init__(self) -> None:
        self._of: File | None = None
        self._hash = b""

    def hash(self, file: File) -> bytes:
        """The SHA-256 of a file. Raises _ChangedError."""
        if file != self._of:
            self._hash, self._of = _hash(file), file
        return self._hash


def _hash(file: File) -> bytes:
    """The SHA-256 of a file. Raises _ChangedError."""
    try:
        with open(file.path, "rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
            status = os.fstat(opened.fileno())
    except OSError as error:
        raise _ChangedError(f"{file.path} cannot be read ({error.strerror})") from error
    if (status.st_size, status.st_mtime_ns) != (file.bytes, file.mtime_ns):
        raise _ChangedError(f"{file.path} was changed meanwhile")
    return digest.encode()
