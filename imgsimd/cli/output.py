"""The file that a command writes for a user. No file that imgsimd did not make is lost by accident.

1. A command never replaces a picture, and never writes through a link or into a device or pipe.
2. A name with a picture's extension is refused.
3. A new file gets its name only if nothing else has it by then.
4. A file that is empty, or that is one of imgsimd's own by its content, is replaced.
5. Any other file is replaced only if the user insists, it is text, and no guarded folder has it.

`-` is standard output.
"""

from __future__ import annotations

import codecs
import mimetypes
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from imgsimd.client import user_paths
from imgsimd.durable import NEW, create, putting
from imgsimd.errors import ConfigError
from imgsimd.paths import is_below
from imgsimd.words import printable

STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
HEAD = 2**16
"""Bytes that are read to tell text from anything else: for a picture, the first few are enough."""


class Output:
    """What a command writes for the user."""

    def __init__(
        self,
        text: str,
        example: str,
        mark: bytes = b"",
        insists: bool | None = None,
        guarded: Callable[[], Sequence[str]] = tuple,
        is_ours: Callable[[int], bool] = lambda descriptor: False,
    ) -> None:
        """`text` is the user's name for it; `example` is a command with a valid name.

        Our own files begin with `mark`, or are those open files that `is_ours`. `insists` is None
        if the command has no --force; `guarded` returns the folders in which only our own files are
        replaced.
        """
        self.is_stdout = text in STDOUT
        self.path = text if self.is_stdout else user_paths.path(text)
        self._name = printable(text) or "An empty name"
        self._example = example
        self._mark = mark
        self._insists = insists
        self._guarded = guarded
        self._is_ours = is_ours

    @contextmanager
    def opened(self, mode: int = NEW) -> Iterator[IO[bytes]]:
        """`with output.opened() as stream:` the file gets all that is written, or stays as it was.

        Raises ConfigError, if possible before the block is entered.
        """
        if self.is_stdout:
            yield sys.stdout.buffer
            return
        try:
            self._may_replace()
            with putting(Path(self.path), self._put, mode) as stream:
                yield stream
        except OSError as error:
            raise self._bad(f"cannot be written ({error.strerror})") from error

    def _put(self, part: Path, file: Path) -> None:
        """Checks again, since the work may have taken long, and puts the file in place."""
        if self._may_replace():
            part.replace(file)
        else:
            create(part, file)

    def _may_replace(self) -> bool:
        """Whether there is a file to replace. Raises ConfigError if it must stay, or OSError."""
        name = os.path.basename(self.path)
        if not name:
            raise self._bad("is the name of a folder")
        if (mimetypes.guess_type(name, strict=False)[0] or "").startswith("image/"):
            raise self._bad("has the name of a picture")
        try:
            mode = os.lstat(self.path).st_mode
        except FileNotFoundError:
            return False
        if stat.S_ISLNK(mode):
            raise self._bad(f"is a link to {printable(os.readlink(self.path))}")
        if stat.S_ISDIR(mode):
            raise self._bad("is a folder")
        if not stat.S_ISREG(mode):
            raise self._bad("is a device or a pipe", "redirect the output of - there")
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            self._check(descriptor)
        finally:
            os.close(descriptor)
        return True

    def _check(self, descriptor: int) -> None:
        """Raises ConfigError if this file must stay."""
        head = os.pread(descriptor, HEAD, 0)
        is_marked = bool(self._mark) and head.startswith(self._mark)
        if not head or is_marked or self._is_ours(descriptor):
            return
        if not _is_text(head):
            raise self._bad("exists already, and is never replaced, because it is not a text file")
        if not self._insists:
            way = "add --force to replace it" if self._insists is False else ""
            raise self._bad("exists already, and imgsimd did not make it", way)
        for folder in self._guarded():
            if is_below(os.path.realpath(self.path), os.path.realpath(folder)):
                raise self._bad(
                    f"exists already, in {printable(folder)}, which imgsimd uses or watches"
                )

    def _bad(self, reason: str, way: str = "") -> ConfigError:
        way = f"{way}, or name" if way else "name"
        return ConfigError(f"{self._name} {reason}: {way} another file, as in `{self._example}`.")


def _is_text(head: bytes) -> bool:
    """Whether it is UTF-8 without NUL, which no picture is. The last character may be cut off."""
    try:
        return "\0" not in codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
