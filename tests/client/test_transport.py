"""The standard library's client against a real server, and against servers that misbehave."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from imgsimd.client import Client
from imgsimd.client import transport as transport_module
from imgsimd.client.transport import Transport
from imgsimd.errors import (
    BadPictureError,
    ConfigError,
    ImgsimdError,
    NotInTimeError,
    NotRunningError,
    RequestError,
    StoppedError,
)
from tests.support.broken_server import HALF, HALF_EVENT, misbehaving
from tests.support.patience import DEADLINE
from tests.support.requires import needs_root
from tests.support.serving import Running, Start, heard

pytestmark = pytest.mark.user

FAILURES = {
    "bad_picture": BadPictureError("cat.jpg is no picture"),
    "config": ConfigError("roots: not a list"),
    "unknown_picture": RequestError("unknown_picture", 404, "never seen", [3, 5]),
    "internal": ImgsimdError("a fault of imgsimd"),
}


async def echo(request: Request) -> Response:
    """All that came, with bytes as numbers."""
    body = await request.body()
    kind = request.headers.get("content-type")
    query = request.scope["query_string"].decode()
    answer = {"body": list(body), "type": kind, "query": query, "method": request.method}
    return Response(json.dumps(answer), media_type="application/json")


async def fail(request: Request) -> Response:
    error = FAILURES[request.path_params["code"]]
    detail: dict[str, object] = {"code": error.code, "message": str(error)}
    if isinstance(error, RequestError):
        detail["queries"] = error.queries
    return JSONResponse({"error": detail}, error.status)


async def plain(request: Request) -> Response:
    return Response("no JSON at all", status_code=502)


async def thumbnail(request: Request) -> Response:
    return Response(b"\xff\xd8" + await request.body(), media_type="image/jpeg")


async def events(request: Request) -> Response:
    async def three() -> AsyncIterator[bytes]:
        yield b": a comment\n\n"
        for number in range(3):
            yield b'data: {"pending": %d, "name": "\\udcff"}\n\n' % number
            await asyncio.sleep(0)

    return StreamingResponse(three(), media_type="text/event-stream")


async def never(request: Request) -> Response:
    await asyncio.sleep(DEADLINE)
    return JSONResponse(None)


@pytest.fixture
def running(start: Start) -> Running:
    return start(
        Starlette(
            routes=[
                Route("/echo", echo, methods=["GET", "POST"]),
                Route("/fail/{code}", fail),
                Route("/plain", plain),
                Route("/thumbnail", thumbnail, methods=["GET", "POST"]),
                Route("/events", events),
                Route("/never", never),
            ]
        )
    )


@pytest.fixture
def client(running: Running) -> Transport:
    return Transport(running.path)


def test_a_question_carries_its_arguments(client: Transport) -> None:
    answer = client.get("/echo", k=5, path="/a b&c.jpg", exact=True, limit=None)
    assert answer == {
        "body": [],
        "type": None,
        "query": "k=5&path=%2Fa+b%26c.jpg&exact=true",
        "method": "GET",
    }


def test_json_and_bytes_arrive_as_they_were_sent(client: Transport) -> None:
    posted = client.post("/echo", {"k": 5})
    assert isinstance(posted, dict)
    assert (bytes(posted["body"]), posted["type"]) == (b'{"k": 5}', "application/json")
    uploaded = client.upload("/echo", bytes(range(256)))
    assert isinstance(uploaded, dict)
    assert uploaded["body"] == list(range(256))
    assert uploaded["type"] == "application/octet-stream"
    nothing = client.post("/echo")
    assert isinstance(nothing, dict)
    assert (nothing["body"], nothing["method"]) == ([], "POST")


def test_a_file_is_sent_from_its_beginning_in_pieces(
    client: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "READ_BYTES", 7)
    file = tmp_path / "picture"
    file.write_bytes(bytes(range(100)))
    with file.open("rb") as stream:
        for _ in range(2):
            uploaded = client.upload("/echo", stream)
            assert isinstance(uploaded, dict)
            assert uploaded["body"] == list(range(100))


def test_a_file_that_is_cut_short_meanwhile_is_told(
    client: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "READ_BYTES", 7)
    file = tmp_path / "picture"
    file.write_bytes(bytes(100))
    with file.open("rb", buffering=0) as stream:
        monkeypatch.setattr(stream, "seek", lambda place: os.truncate(file, 50), raising=False)
        with pytest.raises(BadPictureError, match="became shorter"):
            client.upload("/echo", stream)


def test_files_come_back_as_bytes(client: Transport) -> None:
    assert client.download("/thumbnail") == b"\xff\xd8"
    assert client.upload_for_bytes("/thumbnail", b"abc") == b"\xff\xd8abc"


def test_a_name_that_is_not_utf8_survives_both_ways(client: Transport) -> None:
    name = os.fsdecode(b"/photos/\xff.jpg")
    posted = client.post("/echo", {"path": name})
    assert isinstance(posted, dict)
    assert json.loads(bytes(posted["body"])) == {"path": name}
    asked = client.get("/echo", path=name)
    assert isinstance(asked, dict)
    assert asked["query"] == "path=%2Fphotos%2F%FF.jpg"
    assert next(client.events("/events"))["name"] == os.fsdecode(b"\xff")


@pytest.mark.parametrize("code", FAILURES)
def test_an_error_is_raised_as_the_class_it_was(client: Transport, code: str) -> None:
    with pytest.raises(ImgsimdError) as failure:
        client.get(f"/fail/{code}")
    sent = FAILURES[code]
    assert type(failure.value) is type(sent)
    assert str(failure.value) == str(sent)
    assert (failure.value.code, failure.value.status) == (sent.code, sent.status)
    assert vars(failure.value) == vars(sent)


def test_an_error_without_json_is_told_by_its_number(client: Transport) -> None:
    with pytest.raises(RequestError, match="502 Bad Gateway"):
        client.get("/plain")
    with pytest.raises(RequestError, match="404"):
        client.events("/nowhere")


def test_the_end_of_the_daemon_is_not_the_end_of_the_events(client: Transport) -> None:
    assert [event["pending"] for event in heard(client.events("/events"))] == [0, 1, 2]


def test_without_a_daemon_one_sentence_says_how_to_start_it(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead"))
    for path in (tmp_path / "none", tmp_path / "dead", tmp_path / "dead" / "below"):
        for ask in (Transport(path).get, Transport(path).events):
            with pytest.raises(NotRunningError, match="Start it with `imgsimctl up`"):
                ask("/v1/status")


@needs_root
def test_another_users_daemon_is_told_from_none(running: Running) -> None:
    running.path.chmod(0o600)
    running.path.parent.chmod(0o755)
    code = """
import os, sys
from pathlib import Path
from imgsimd.client.transport import Transport
from imgsimd.errors import NoDaemonError

os.chdir(sys.argv[1])
os.setgid(65534)
os.setuid(65534)
try:
    Transport(Path(sys.argv[2])).get("/")
except NoDaemonError as error:
    print(error)
"""
    told = subprocess.run(
        [sys.executable, "-c", code, running.path.parent, running.path.name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "You may not talk to the daemon" in told.stdout, told.stderr


def test_a_daemon_that_does_not_answer_is_given_up(running: Running) -> None:
    begun = time.monotonic()
    with pytest.raises(NotInTimeError):
        Transport(running.path, timeout=0.3).get("/never")
    assert time.monotonic() - begun >= 0.3


@pytest.mark.parametrize("answer", [b"", HALF, b"SSH-2.0-server\r\n\r\n"])
def test_a_daemon_that_breaks_off_is_told(tmp_path: Path, answer: bytes) -> None:
    path = tmp_path / "sock"
    with (
        misbehaving(path, answer),
        pytest.raises(StoppedError, match="ended before it"),
    ):
        Transport(path).get("/")


@pytest.mark.parametrize("answer", [b"[" * 100_000, b"\xff", b"", b"<html>", b"[]"], ids=range(5))
def test_another_program_that_answers_is_told_from_imgsimd(tmp_path: Path, answer: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nImgsimd-Problem: %s\r\n" % (b"[" * 60_000)
    whole = head + b"content-length: %d\r\n\r\n" % len(answer) + answer
    for number, ask in enumerate((Client.check_health, Client.metrics, Client.status)):
        path = tmp_path / str(number)
        with misbehaving(path, whole), pytest.raises(RequestError) as told:
            ask(Client(path))
        assert told.value.code == "bad_answer"


def test_a_file_that_breaks_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    with misbehaving(path, HALF), pytest.raises(StoppedError, match="ended before it"):
        Transport(path).download_into(io.BytesIO(), "/")


def test_events_that_break_off_are_told_from_events_that_end(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    with misbehaving(path, HALF_EVENT):
        events = Transport(path).events("/")
        assert next(events) == {"tick": 1}
        with pytest.raises(StoppedError, match="ended before it"):
            next(events)


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[socket.socket]:
    """A listening socket whose queue of callers is full."""
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as first:
        server.bind(str(tmp_path / "sock"))
        server.listen(0)
        first.connect(server.getsockname())
        yield server


def test_a_caller_waits_for_a_place_in_the_queue(crowded: socket.socket) -> None:
    def meet_all() -> None:
        time.sleep(0.2)  # the caller under test finds the queue full, and must wait
        crowded.accept()[0].close()
        caller, _ = crowded.accept()
        with caller:
            caller.recv(65536)
            caller.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntrue")

    server = threading.Thread(target=meet_all)
    server.start()
    assert Transport(Path(crowded.getsockname())).get("/") is True
    server.join(DEADLINE)


def test_who_finds_no_place_in_time_is_told(crowded: socket.socket) -> None:
    begun = time.monotonic()
    with pytest.raises(RequestError, match="too many callers") as refusal:
        Transport(Path(crowded.getsockname()), timeout=0.3).get("/")
    assert refusal.value.code == "busy"
    assert time.monotonic() - begun > 0.2


def test_the_client_needs_the_standard_library_alone() -> None:
    code = "import sys, imgsimd.client.transport\n"
    code += "print(*(m for m in sys.modules if m.split('.')[0] not in sys.stdlib_module_names))"
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.append('.')\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {name.split(".")[0] for name in loaded.stdout.split()} == {"__main__", "imgsimd"}
