"""The answers that several routes give: errors, and that something was done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from imgsimd.errors import ImgsimdError


@dataclass
class DoneAnswer:
    """It was done."""

    done: Literal[True] = True


class ErrorDetail(BaseModel):
    """What went wrong, in a sentence; `queries` are the numbers of the queries to blame, from 0;
    `kind` says of a bad picture what kind of fault it has."""

    code: str
    message: str
    kind: str = ""
    queries: list[int] = []


class ErrorAnswer(BaseModel):
    """Every answer that is not 2xx."""

    error: ErrorDetail


def error_body(error: ImgsimdError) -> bytes:
    """An ErrorAnswer as JSON; `queries` and `kind` are left out where they are empty."""
    detail = {"code": error.code, "message": str(error), **error.details}
    return json.dumps({"error": detail}).encode("ascii")
