"""An app that counts what comes, and what its server says of callers."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.support.serving import read_until


class Counting:
    """An app that says how long the body is, and remembers whether it was asked at all."""

    def __init__(self) -> None:
        self.bodies: list[int] = []
        self.waits = threading.Event()
        routes = [
            Route("/", self.count, methods=["GET", "POST"]),
            Route("/wait", self.wait, methods=["GET", "POST"]),
            Route("/ticks", self.ticks, methods=["GET", "POST"]),
        ]
        self.app = Starlette(routes=routes)

    async def count(self, request: Request) -> Response:
        self.bodies.append(len(await request.body()))
        return JSONResponse(self.bodies[-1])

    async def wait(self, request: Request) -> Response:
        self.waits.set()
        while not await request.is_disconnected():
            await asyncio.sleep(0.01)
        return Response()

    async def ticks(self, request: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            for tick in range(6):
                yield b'data: {"tick": %d}\n\n' % tick
                await asyncio.sleep(0.1)

        return StreamingResponse(events(), media_type="text/event-stream")


@pytest.fixture
def counting() -> Counting:
    return Counting()


def answer(caller: socket.socket) -> tuple[int, Any]:
    """Status and JSON of an answer after which the server hangs up."""
    head, _, body = read_until(caller, b"the server hangs up").partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head
    return int(head.split()[1]), json.loads(body)


def code(caller: socket.socket) -> tuple[int, str]:
    status, body = answer(caller)
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    return status, body["error"]["code"]
