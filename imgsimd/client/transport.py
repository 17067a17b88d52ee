"""HTTP over the control socket, by the standard library alone.

JSON goes and comes in ASCII with `\\u` escapes, so that the lone surrogates which stand for the
bytes of a file name that is not UTF-8 (os.fsdecode) survive both ways.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import struct
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

from imgsimd import file_faults
from imgsimd.client import last_answer, unix
from imgsimd.client.json_fields import of_another_program
from imgsimd.client.pictures import Content
from imgsimd.errors import (
    BadPictureError,
    ImgsimdError,
    NoDaemonError,
    NotInTimeError,
    NotRunningError,
    RequestError,
    StoppedError,
    StoreError,
    StoreFault,
    UnhealthyError,
    kinds,
)

READ_BYTES = 2**20
"""Bytes of a large answer, or of a file, read at once."""
UPLOAD_SECONDS = 600.0
"""For the answer to a picture: the daemon has its own deadlines, which the configuration sets, and
may have to try a picture twice."""
JSON = "application/json"
BYTES = "application/octet-stream"
_STOPPED = "imgsimd was stopped meanwhile. `imgsimctl up` starts it again."
NO_HEADERS: Mapping[str, str] = {}


class Transport:
    """Asks the daemon that listens on the socket. One connection for each question, before which
    `find` says where the socket is: it can move.

    `timeout` is in seconds and bounds each wait for the daemon, not the whole answer; None waits
    for ever. All methods raise NoDaemonError where nobody answers, NotInTimeError, and whatever
    ImgsimdError the daemon answers with.
    """

    def __init__(self, find: Path | Callable[[], Path], timeout: float | None = 30) -> None:
        self._find = find if callable(find) else lambda: find
        self._timeout = timeout

    def get(self, path: str, /, **query: object) -> object:
        """The JSON at `path`; arguments that are None are left out."""
        return _parsed(self._ask("GET", _with_query(path, query)))

    def post(self, path: str, body: object | None = None) -> object:
        """What the daemon answers to `body`, sent as JSON; None sends no body."""
        content = None if body is None else json.dumps(body).encode("ascii")
        return _parsed(self._ask("POST", path, content))

    def upload(self, path: str, content: Content) -> object:
        """What the daemon answers to a picture file's bytes.

        An open file is sent from its beginning, piece by piece. Raises BadPictureError where it
        cannot be read to its end. The answer has UPLOAD_SECONDS, if there is a timeout at all.
        """
        return _parsed(self.upload_for_bytes(path, content))

    def upload_for_bytes(self, path: str, content: Content) -> bytes:
        """As `upload`, where the answer is itself a file: a thumbnail."""
        size = len(content) if isinstance(content, bytes) else os.fstat(content.fileno()).st_size
        body = content if isinstance(content, bytes) else _pieces(content, size)
        headers = {"Content-Type": BYTES, "Content-Length": str(size)}
        with self._connection() as opened:
            return _exchange(opened, "POST", path, body, headers, UPLOAD_SECONDS).read()

    def download(self, path: str, /, **query: object) -> bytes:
        """The file at `path`."""
        return self._ask("GET", _with_query(path, query))

    def download_into(self, stream: IO[bytes], path: str) -> None:
        """Writes the file at `path`, however large. Raises NoDaemonError where it breaks off, and
        OSError where the stream cannot be written."""
        with closing(self._downloaded(path)) as pieces:
            for piece in pieces:
                stream.write(piece)

    def _downloaded(self, path: str) -> Generator[bytes, None, None]:
        with self._connection() as opened:
            response = _exchange(opened, "GET", path)
            while piece := response.read(READ_BYTES):
                yield piece
            if response.length:  # of what was promised, so much did not come
                raise http.client.IncompleteRead(b"", response.length)

    def events(self, path: str) -> Generator[dict[str, object], None, None]:
        """Server-Sent Events, each as its JSON, without end.

        Asks at once; between two events there is no timeout. Raises StoppedError when the daemon
        ends, in order or not: that is not the end of the work which the events tell of.
        """
        place = self._find()
        with ExitStack() as opened, _in_words(place):
            connection = opened.enter_context(closing(_Connection(place, self._timeout)))
            response = _exchange(connection, "GET", path)
            connection.sock.settimeout(None)
            opened.pop_all()
        return _events(connection, response, place)

    def stream(self, path: str, body: object) -> Iterator[dict[str, object]]:
        """What the daemon answers to `body`, as Server-Sent Events up to one with the field `end`,
        which is left out.

        Raises the ImgsimdError that an event tells of, and StoppedError where there is no end. The
        timeout is for each wait between two events.
        """
        content = json.dumps(body).encode("ascii")
        with self._connection() as opened:
            response = _exchange(opened, "POST", path, content, {"Content-Type": JSON})
            for event in _data(response):
                if "end" in event:
                    return
                if "error" in event:
                    raise _told(event["error"], response)
                yield event
        raise StoppedError(_STOPPED)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {"Content-Type": JSON} if body else {}
        with self._connection() as opened:
            return _exchange(opened, method, path, body, headers).read()

    @contextmanager
    def _connection(self) -> Iterator[_Connection]:
        place = self._find()
        with _in_words(place), closing(_Connection(place, self._timeout)) as opened:
            yield opened


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout: float | None) -> None:
        super().__init__("imgsimd", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect, waiting for a place where many others wait too.

        The kernel lets only a blocking connect wait (with settimeout it fails at once with
        EAGAIN); SO_SNDTIMEO bounds it.
        """
        self.sock = socket.socket(socket.AF_UNIX)
        if self.timeout is not None:
            seconds, rest = divmod(self.timeout, 1)
            limit = struct.pack("@ll", int(seconds), int(rest * 1_000_000))
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        unix.connect(self.sock, self._path)
        self.sock.settimeout(self.timeout)


def _exchange(
    connection: _Connection,
    method: str,
    path: str,
    body: bytes | Iterator[bytes] | None = None,
    headers: Mapping[str, str] = NO_HEADERS,
    patience: float = 0,
) -> http.client.HTTPResponse:
    """The daemon's answer, its body not yet read. Raises the ImgsimdError that it tells of.

    It is waited for at least `patience` seconds.
    """
    connection.connect()
    with suppress(BrokenPipeError, ConnectionResetError):
        # A request may be refused before all of it is sent: the answer waits to be read.
        connection.request(method, path, body, headers)
    if connection.timeout is not None:
        connection.sock.settimeout(max(connection.timeout, patience))
    response = connection.getresponse()
    last_answer.note(response)
    if response.status >= HTTPStatus.BAD_REQUEST:
        raise _error(response)
    return response


def _parsed(answer: bytes) -> object:
    """Raises RequestError where it is no JSON: another program listens on the socket."""
    try:
        return json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise of_another_program() from error


def _pieces(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """So many bytes from the stream's beginning. Raises BadPictureError."""
    try:
        stream.seek(0)
        while size > 0 and (piece := stream.read(min(READ_BYTES, size))):
            size -= len(piece)
            yield piece
    except OSError as error:
        raise file_faults.unreadable(error) from error
    if size:
        raise BadPictureError("it became shorter while it was read")


def _events(
    connection: _Connection, response: http.client.HTTPResponse, path: Path
) -> Generator[dict[str, object], None, None]:
    with _in_words(path), closing(connection):
        yield from _data(response)
    raise StoppedError(_STOPPED)


def _data(response: http.client.HTTPResponse) -> Iterator[dict[str, object]]:
    """The JSON of each event. Raises RequestError as `_parsed` does."""
    for line in response:
        if line.startswith(b"data:"):
            event = _parsed(line.removeprefix(b"data:"))
            if not isinstance(event, dict):
                raise of_another_program()
            yield event


def _with_query(path: str, query: dict[str, object]) -> str:
    """Bytes of names that are not UTF-8 are sent as they are, `%FF`."""
    given = {name: _as_text(value) for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given, errors='surrogateescape')}" if given else path


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _error(response: http.client.HTTPResponse) -> ImgsimdError:
    """The daemon's error as the class that has its code."""
    try:
        error = json.loads(response.read())["error"]
    except (ValueError, LookupError, TypeError, RecursionError):
        error = None
    return _told(error, response)


def _told(error: Any, response: http.client.HTTPResponse) -> ImgsimdError:
    """The same for its parsed JSON, which may be anything."""
    try:
        code, message, queries = str(error["code"]), str(error["message"]), error.get("queries", [])
        kind_of_fault = str(error.get("kind", ""))
    except (ValueError, LookupError, TypeError):
        message = f"The daemon answered {response.status} {response.reason}."
        return RequestError("bad_answer", response.status, message)
    if code == BadPictureError.code:
        return BadPictureError(message, kind_of_fault)
    if code == StoreError.code:
        return StoreError(message, str(error.get("fault", StoreFault.FAILED)))
    if code == UnhealthyError.code:
        return UnhealthyError(message, error.get("problems", []))
    for kind in kinds():
        if vars(kind).get("code") == code:
            return kind(message)
    return RequestError(code, response.status, message, queries)


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """What can go wrong between two processes, as sentences for the user."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
        raise NotRunningError("imgsimd isn't running. Start it with `imgsimctl up`.") from error
    except PermissionError as error:
        raise NoDaemonError(
            f"You may not talk to the daemon on {path}: it serves its own user, or its group."
        ) from error
    except BlockingIOError as error:
        raise RequestError(
            "busy", 503, "imgsimd is busy with too many callers: try again."
        ) from error
    except TimeoutError as error:
        raise NotInTimeError(
            "imgsimd took too long to answer: try again, or see its log."
        ) from error
    except (ConnectionError, http.client.HTTPException) as error:
        raise StoppedError(
            "imgsimd ended before it had answered; see its log. `imgsimctl up` starts it again."
        ) from error
