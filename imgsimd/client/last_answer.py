"""What the headers of the daemon's last answer to this process tell: its version, and what does not
work in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPResponse
from typing import Self

from imgsimd import problems, versions

FIRST_VERSIONS = "0.2.0"
"""The last version that does not tell which one it is."""


@dataclass(frozen=True, slots=True)
class SeriousProblem:
    """The worst problem of severity `error`."""

    code: str
    sentence: str
    remedy: str
    """What to do; may be empty."""

    @classmethod
    def of(cls, header: str) -> Self | None:
        """None where another program answers, and nobody can read it."""
        try:
            told = json.loads(header)
            return cls(str(told["code"]), str(told["sentence"]), str(told["remedy"]))
        except (ValueError, LookupError, TypeError, RecursionError):
            return None


class LastAnswer:
    """What is remembered of it."""

    problem: SeriousProblem | None = None
    version: str | None = None
    """FIRST_VERSIONS stands for all that tell nothing; None: nobody has answered."""


def note(response: HTTPResponse) -> None:
    """Remembers what an answer tells. A refusal may come from before the daemon has read the
    question, and tells no version."""
    header = response.getheader(problems.HEADER)
    LastAnswer.problem = SeriousProblem.of(header) if header else None
    if response.status < HTTPStatus.BAD_REQUEST:
        LastAnswer.version = response.getheader(versions.HEADER) or FIRST_VERSIONS


def forget() -> None:
    """Forgets what an earlier command of this process was told."""
    LastAnswer.problem = LastAnswer.version = None
