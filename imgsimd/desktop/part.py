"""One file of another program in which an entry of ours is."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Protocol

from imgsimd.errors import ConfigError


class State(StrEnum):
    """What is there of a part."""

    INSTALLED = "installed"
    MISSING = "missing"
    OUTDATED = "outdated"
    """Another version wrote it, or imgsimctl was elsewhere then."""
    KEPT = "kept"
    """The file is not ours to change: somebody else has written or changed it, or it is a link."""
    UNREADABLE = "unreadable"
    """It is there and cannot be read or understood."""


class Part(Protocol):
    """What can be put into its place and be taken out again. All of it may raise OSError."""

    @property
    def path(self) -> Path:
        """The file."""

    def state(self) -> State:
        """What is there now."""

    def put(self) -> None:
        """Makes it `installed`, where it is `missing` or `outdated`. Raises UnusableError, too."""

    def take_out(self) -> None:
        """Makes it `missing`, where it is `installed` or `outdated`. Raises UnusableError, too."""


class UnusableError(ConfigError):
    """A file that is not as its program would write it, and is left alone."""
