"""How serving begins and ends, in an event loop that others share."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from imgsimd.client.transport import Transport
from imgsimd.control import server
from imgsimd.control.listener import bind
from imgsimd.control.server import FINISH_SECONDS, Server
from imgsimd.errors import ImgsimdError
from tests.support.patience import DEADLINE, LONG_DEADLINE
from tests.support.serving import Start, heard, read_until


@pytest.fixture
def endless_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for the end of the grace is not done before the test's deadline."""
    monkeypatch.setattr(server, "FINISH_SECONDS", LONG_DEADLINE)


def app(handler: Callable[[Request], Awaitable[Response]]) -> Starlette:
    return Starlette(routes=[Route("/", handler, methods=["GET", "POST"])])


async def hello(request: Request) -> Response:
    return JSONResponse("hello")


async def ticks(request: Request) -> Response:
    """An event stream without an end."""

    async def events() -> AsyncIterator[bytes]:
        yield b'data: {"tick": 1}\n\n'
        await asyncio.get_running_loop().create_future()

    return StreamingResponse(events(), media_type="text/event-stream")


class Slow:
    """A handler that tells when it has begun and takes its time."""

    def __init__(self, seconds: float) -> None:
        self.begun = threading.Event()
        self._seconds = seconds

    async def answer(self, request: Request) -> Response:
        self.begun.set()
        await asyncio.sleep(self._seconds)
        return JSONResponse("done")


def asked(path: Path, answers: list[object]) -> threading.Thread:
    """Ask from a thread; the answer, or the error, is added to `answers`."""

    def ask() -> None:
        try:
            answers.append(Transport(path).get("/"))
        except ImgsimdError as error:
            answers.append((error.code, error.status))

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def test_when_ready_is_told_the_socket_answers(start: Start) -> None:
    assert Transport(start(app(hello)).path).get("/") == "hello"


async def test_signals_are_left_to_the_daemon(tmp_path: Path) -> None:
    """Checked in the main thread, where uvicorn would take them."""

    ready = asyncio.Event()
    handlers = [signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)]
    with bind(tmp_path / "sock") as listener:
        serving = asyncio.ensure_future(Server(app(hello), listener.socket).serve(ready.set))
        await ready.wait()
        during = [signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)]
        serving.cancel()
        await asyncio.wait([serving])
        assert during == handlers


async def test_cancelled_with_its_group_it_leaves_no_task_and_an_open_socket(
    tmp_path: Path,
) -> None:
    path = tmp_path / "sock"

    async def one_fails(ready: asyncio.Event) -> None:
        await ready.wait()
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b'{"tick": 1}' in await reader.readuntil(b"\n\n")
        raise KeyError("another task of the group")

    async def together(sock: socket.socket) -> None:
        ready = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Server(app(ticks), sock).serve(ready.set))
            tasks.create_task(one_fails(ready))

    with bind(path) as listener:
        with pytest.raises(ExceptionGroup) as failure:
            await together(listener.socket)
        assert [type(error) for error in failure.value.exceptions] == [KeyError]
        assert asyncio.all_tasks() == {asyncio.current_task()}
        with socket.socket(socket.AF_UNIX) as caller:
            assert caller.connect_ex(str(path)) == 0


def test_event_streams_end_at_once_and_in_order(start: Start, endless_grace: None) -> None:
    running = start(app(ticks))
    events = Transport(running.path).events("/")
    assert next(events) == {"tick": 1}
    running.stop()
    assert heard(events) == []


def test_a_request_under_way_is_still_answered(start: Start, endless_grace: None) -> None:
    slow = Slow(seconds=0.5)
    running = start(app(slow.answer))
    answers: list[object] = []
    asking = asked(running.path, answers)
    assert slow.begun.wait(DEADLINE)
    running.stop()
    asking.join(DEADLINE)
    assert answers == ["done"]


def test_a_request_that_outlasts_the_grace_is_refused_in_json(start: Start) -> None:
    slow = Slow(seconds=DEADLINE)
    running = start(app(slow.answer))
    answers: list[object] = []
    asking = asked(running.path, answers)
    assert slow.begun.wait(DEADLINE)
    begun = time.monotonic()
    running.stop()
    asking.join(DEADLINE)
    assert answers == [("stopping", 503)]
    assert time.monotonic() - begun >= FINISH_SECONDS


async def stopped_while_asked(
    path: Path, answer: Callable[[Request], Awaitable[Response]], enough: bytes
) -> tuple[bytes, float]:
    """Ask, stop serving when `enough` was heard, and only then read the rest; and how long it took.

    Nothing of the request may be left by then.
    """
    ready = asyncio.Event()
    with bind(path) as listener:
        serving = asyncio.ensure_future(Server(app(answer), listener.socket).serve(ready.set))
        await ready.wait()
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.readuntil(enough)
        begun = time.monotonic()
        serving.cancel()
        assert (await asyncio.wait([serving], timeout=DEADLINE))[0]
        took = time.monotonic() - begun
        assert asyncio.all_tasks() == {asyncio.current_task()}
        rest = b""
        with contextlib.suppress(ConnectionResetError):
            while more := await reader.read(2**16):
                rest += more
        writer.close()
        return rest, took


async def test_a_caller_who_does_not_read_cannot_hold_up_the_end(tmp_path: Path) -> None:
    async def flood(request: Request) -> Response:
        return Response(bytes(2**24))

    rest, _ = await stopped_while_asked(tmp_path / "sock", flood, b"\r\n\r\n")
    assert 0 < len(rest) < 2**23


async def test_an_answer_that_comes_slowly_is_cut_after_the_grace(tmp_path: Path) -> None:
    async def trickle(request: Request) -> Response:
        async def drops() -> AsyncIterator[bytes]:
            while True:
                yield b"drop\n"
                await asyncio.sleep(0.05)

        return StreamingResponse(drops())

    rest, took = await stopped_while_asked(tmp_path / "sock", trickle, b"drop")
    assert b"drop" in rest
    assert took >= FINISH_SECONDS


def test_the_end_needs_no_grace_when_nothing_is_under_way(
    start: Start, endless_grace: None
) -> None:
    running = start(app(hello))
    with running.connect() as resting:
        resting.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"hello" in read_until(resting, b"hello")
        running.stop()


async def test_an_idle_server_does_not_wake(tmp_path: Path) -> None:
    """Uvicorn's own main loop would wake ten times a second."""

    ready = asyncio.Event()
    with bind(tmp_path / "sock") as listener:
        serving = asyncio.ensure_future(Server(app(hello), listener.socket).serve(ready.set))
        await ready.wait()
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
        await asyncio.sleep(0.7)  # the time of rest that is measured
        wakes = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw - before
        serving.cancel()
        await asyncio.wait([serving])
        assert wakes <= 3
