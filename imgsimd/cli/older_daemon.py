"""Mentions, at the end of a command, that the daemon is older than imgsimctl."""

from __future__ import annotations

from collections.abc import Sequence

from imgsimd import __version__, versions
from imgsimd.cli import standard_error
from imgsimd.client.daemon_version import FIRST_VERSIONS, Told
from imgsimd.words import printable

TELLING = {"up", "down", "service", "doctor"}
"""Commands that restart the daemon, or stop it, or tell its version anyway."""


def forget() -> None:
    """Forgets what an earlier command of this process was told."""
    Told.last = None


def mention(arguments: Sequence[str]) -> None:
    """Says it once on standard error."""
    command = next((each for each in arguments if not each.startswith("-")), "")
    if Told.last and command not in TELLING and versions.is_older(Told.last, __version__):
        earlier = " or earlier" if Told.last == FIRST_VERSIONS else ""
        standard_error.note(
            f"The running imgsimd is version {printable(Told.last)}{earlier}, this command is "
            f"{__version__}. To restart imgsimd, run: imgsimctl up"
        )
