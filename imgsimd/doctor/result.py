"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["pass", "warn", "fail"]
"""fail: something does not work. warn: it works, but worse than it could, or not for long."""


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that was looked at."""

    name: str
    """What was looked at; the names never change. Several results may have one name: there is one
    for each watched folder."""
    result: Verdict
    sentence: str
    """What was found, for the user."""
    remedy: str = ""
    """The command that mends it, for a shell; empty only if it passed."""


def passed(name: str, sentence: str) -> Result:
    """All is well."""
    return Result(name, "pass", sentence)


def warned(name: str, sentence: str, remedy: str) -> Result:
    """It works, but worse than it could, or not for long."""
    return Result(name, "warn", sentence, remedy)


def failed(name: str, sentence: str, remedy: str) -> Result:
    """It does not work."""
    return Result(name, "fail", sentence, remedy)
