"""Mentions, at the end of a command, what does not work in the daemon."""

from __future__ import annotations

from collections.abc import Sequence

from imgsimd.cli import standard_error
from imgsimd.client.serious_problem import Told

TELLING = {"up", "status", "health", "doctor", "metrics"}
"""Commands that tell of all problems anyway."""


def forget() -> None:
    """Forgets what an earlier command of this process was told."""
    Told.last = None


def mention(arguments: Sequence[str]) -> None:
    """Says it once on standard error, unless the command has said it already."""
    command = next((each for each in arguments if not each.startswith("-")), "")
    problem = Told.last
    if problem and command not in TELLING and not standard_error.has_said(problem.sentence):
        standard_error.note(f"{problem.sentence} {problem.remedy}".rstrip())
