"""What does not work in the daemon now, as its answers tell it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Self

from imgsimd.problems import HEADER


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


class Told:
    """What the last answer to this process has told."""

    last: SeriousProblem | None = None


def note(response: HTTPResponse) -> None:
    """Remembers what an answer tells."""
    header = response.getheader(HEADER)
    Told.last = SeriousProblem.of(header) if header else None
