"""What a command mentions at its end, once, on standard error: that something does not work in the
daemon, and that the daemon is older than imgsimctl."""

from __future__ import annotations

from collections.abc import Sequence

from imgsimd import __version__, versions
from imgsimd.cli import standard_error
from imgsimd.client.last_answer import FIRST_VERSIONS, LastAnswer
from imgsimd.words import printable

TELL_PROBLEMS = {"up", "status", "health", "doctor", "metrics"}
"""Commands that tell of all problems anyway."""
TELL_VERSION = {"up", "down", "service", "doctor"}
"""Commands that restart the daemon, or stop it, or tell its version anyway."""


def mention(arguments: Sequence[str]) -> None:
    """Says what the last answer has told, and the command with these arguments has not."""
    command = next((each for each in arguments if not each.startswith("-")), "")
    if command not in TELL_PROBLEMS:
        _serious_problem()
    if command not in TELL_VERSION:
        _older_daemon()


def _serious_problem() -> None:
    problem = LastAnswer.problem
    if problem and not standard_error.has_said(problem.sentence):
        standard_error.note(f"{problem.sentence} {problem.remedy}".rstrip())


def _older_daemon() -> None:
    version = LastAnswer.version
    if version and versions.is_older(version, __version__):
        earlier = " or earlier" if version == FIRST_VERSIONS else ""
        standard_error.note(
            f"The running imgsimd is version {printable(version)}{earlier}, this command is "
            f"{__version__}. To restart imgsimd, run: imgsimctl up"
        )
