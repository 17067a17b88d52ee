"""The answers that several routes give: errors, and that something was done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic import BaseModel

from imgsimd.errors import ImgsimdError
from imgsimd.problems import Problem, Severity


@dataclass
class DoneAnswer:
    """It was done."""

    done: Literal[True] = True


@dataclass
class ProblemAnswer:
    """Something that is wrong, or worth knowing."""

    code: str
    severity: Severity
    title: str
    sentence: str
    remedy: str

    @classmethod
    def of(cls, problem: Problem) -> ProblemAnswer:
        return cls(**asdict(problem))


class ErrorDetail(BaseModel):
    """What went wrong, in a sentence; `queries` are the numbers of the queries to blame, from 0;
    `kind` says of a bad picture what kind of fault it has; `problems` are why imgsimd is not
    healthy."""

    code: str
    message: str
    kind: str = ""
    queries: list[int] = []
    problems: list[ProblemAnswer] = []


class ErrorAnswer(BaseModel):
    """Every answer that is not 2xx."""

    error: ErrorDetail


def error_body(error: ImgsimdError) -> bytes:
    """An ErrorAnswer as JSON; what `details` does not have is left out."""
    detail = {"code": error.code, "message": str(error), **error.details}
    return json.dumps({"error": detail}).encode("ascii")
