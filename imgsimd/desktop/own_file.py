"""A file that is ours alone, in a folder where another program looks for such files."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from imgsimd.desktop.part import State
from imgsimd.durable import NEW, replacing
from imgsimd.sealed import is_sealed, sealed

EXECUTABLE = 0o777
"""The mode of a new program, less what the user's umask takes away."""


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A sealed text. A file with another content or none of our seal is not ours: nothing replaces
    or removes it."""

    path: Path
    text: str
    head: str = ""
    """What must stand before the seal, such as `#!/bin/sh`."""
    comment: str = "# {}"
    is_executable: bool = False

    @property
    def content(self) -> bytes:
        """The whole file."""
        return sealed(self.text, self.head, self.comment).encode("utf-8", "surrogateescape")

    def state(self) -> State:
        """Installed, missing, outdated or kept."""
        try:
            mode = os.lstat(self.path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return State.MISSING
        if not stat.S_ISREG(mode):
            return State.KEPT
        content = self.path.read_bytes()
        if not is_sealed(content.decode("utf-8", "surrogateescape")):
            return State.KEPT
        can_run = bool(mode & stat.S_IXUSR)
        is_right = content == self.content and can_run >= self.is_executable
        return State.INSTALLED if is_right else State.OUTDATED

    def put(self) -> None:
        """Writes it, with the folders above it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.path, EXECUTABLE if self.is_executable else NEW) as stream:
            stream.write(self.content)

    def take_out(self) -> None:
        """Removes it."""
        with suppress(FileNotFoundError):
            self.path.unlink()
