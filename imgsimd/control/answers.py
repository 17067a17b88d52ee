"""The answers that several routes give: errors, and that something was done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from imgsimd.errors import ImgsimdError, RequestError


@dataclass
class DoneAnswer:
    """It was done."""

    done: Literal[True] = True


class ErrorDetail(BaseModel):
    """What went wrong, in a sentence; `queries` are the numbers of the queries to blame, from 0."""

    code: str
    message: str
    queries: list[int] = []


class ErrorAnswer(BaseModel):
    """Every answer that is not 2xx."""

    error: ErrorDetail


def error_body(error: ImgsimdError) -> bytes:
    """An ErrorAnswer as JSON; `queries` is left out where it is empty."""
    detail: dict[str, object] = {"code": error.code, "message": str(error)}
    if isinstance(error, RequestError) and error.queries:
        detail["queries"] = error.queries
    return json.dumps({"error": detail}).encode("ascii")
