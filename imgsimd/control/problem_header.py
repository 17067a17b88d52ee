"""Tells with each answer what does not work now, so that no command has to ask for it."""

from __future__ import annotations

import json
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imgsimd.problems import HEADER, Problem

LONGEST = 2**13
"""Bytes of the header; Python's HTTP client reads no line of more than 64 KiB."""


class ProblemHeader:
    """ASGI middleware: the answers of the app behind it get the header HEADER while there is a
    problem."""

    def __init__(self, app: ASGIApp, worst: Callable[[], Problem | None]) -> None:
        """`worst` is called when an answer begins."""
        self._app = app
        self._worst = worst

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start" and (problem := self._worst()):
                header = (HEADER.lower().encode(), _value(problem))
                message = {**message, "headers": [*message.get("headers", ()), header]}
            await send(message)

        await self._app(scope, receive, telling)


def _value(problem: Problem) -> bytes:
    """As JSON; without the sentence where that is very long."""
    value = _packed(problem.code, problem.sentence, problem.remedy)
    if len(value) <= LONGEST:
        return value
    return _packed(problem.code, f"{problem.title}.", "To see more, run: imgsimctl status")


def _packed(code: str, sentence: str, remedy: str) -> bytes:
    """ASCII without control characters."""
    told = json.dumps({"code": code, "sentence": sentence, "remedy": remedy})
    return told.replace("\x7f", "\\u007f").encode("ascii")
