"""The command line's side of the control socket: HTTP by the standard library alone.

JSON goes and comes in ASCII with `\\u` escapes, so that the lone surrogates which stand for the
bytes of a file name that is not UTF-8 (os.fsdecode) survive both ways.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

from imgsimd.errors import ImgsimdError, NoDaemonError, NotInTimeError, RequestError, kinds

_ssl = sys.modules.get("ssl")
sys.modules["ssl"] = None  # type: ignore[assignment]  # documented: there is no such module
import http.client  # noqa: E402 - it does without ssl, a tenth of a command's time

if _ssl is None:
    del sys.modules["ssl"]
else:
    sys.modules["ssl"] = _ssl

PIECE = 2**20
"""Bytes of a large answer read at once."""
JSON = "application/json"
BYTES = "application/octet-stream"


class Client:
    """Asks the daemon that listens on `socket`. One connection for each question.

    `timeout` is in seconds and bounds each wait for the daemon, not the whole answer; None waits
    for ever. All methods raise NoDaemonError where nobody answers, NotInTimeError, and whatever
    ImgsimdError the daemon answers with.
    """

    def __init__(self, socket: Path, timeout: float | None = 30) -> None:
        self._socket = socket
        self._timeout = timeout

    def get(self, path: str, /, **query: object) -> object:
        """The JSON at `path`; arguments that are None are left out."""
        return json.loads(self._ask("GET", _with_query(path, query)))

    def post(self, path: str, body: object | None = None) -> object:
        """What the daemon answers to `body`, sent as JSON; None sends no body."""
        content = None if body is None else json.dumps(body).encode("ascii")
        return json.loads(self._ask("POST", path, content, JSON))

    def upload(self, path: str, content: bytes) -> object:
        """What the daemon answers to a picture file's bytes."""
        return json.loads(self._ask("POST", path, content, BYTES))

    def upload_for_bytes(self, path: str, content: bytes) -> bytes:
        """As `upload`, where the answer is itself a file: a thumbnail."""
        return self._ask("POST", path, content, BYTES)

    def download(self, path: str, /, **query: object) -> bytes:
        """The file at `path`."""
        return self._ask("GET", _with_query(path, query))

    def download_into(self, stream: IO[bytes], path: str) -> None:
        """Writes the file at `path`, however large. Raises NoDaemonError where it breaks off."""
        with _in_words(self._socket), closing(_Connection(self._socket, self._timeout)) as opened:
            response = _exchange(opened, "GET", path)
            while piece := response.read(PIECE):
                stream.write(piece)
            if response.length:  # of what was promised, so much did not come
                raise http.client.IncompleteRead(b"", response.length)

    def events(self, path: str) -> Iterator[dict[str, object]]:
        """Server-Sent Events, each as its JSON, until the daemon stops.

        Asks at once; between two events there is no timeout. Raises NoDaemonError where the daemon
        breaks off instead of stopping in order.
        """
        with ExitStack() as opened, _in_words(self._socket):
            connection = opened.enter_context(closing(_Connection(self._socket, self._timeout)))
            response = _exchange(connection, "GET", path)
            connection.sock.settimeout(None)
            opened.pop_all()
        return _events(connection, response, self._socket)

    def _ask(self, method: str, path: str, body: bytes | None = None, kind: str = JSON) -> bytes:
        with _in_words(self._socket), closing(_Connection(self._socket, self._timeout)) as opened:
            return _exchange(opened, method, path, body, kind).read()


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
        self.sock.connect(os.fspath(self._path))
        self.sock.settimeout(self.timeout)


def _exchange(
    connection: _Connection, method: str, path: str, body: bytes | None = None, kind: str = JSON
) -> http.client.HTTPResponse:
    """The daemon's answer, its body not yet read. Raises the ImgsimdError that it tells of."""
    connection.connect()
    with suppress(BrokenPipeError, ConnectionResetError):
        # A request may be refused before all of it is sent: the answer waits to be read.
        connection.request(method, path, body, {"Content-Type": kind} if body else {})
    response = connection.getresponse()
    if response.status >= HTTPStatus.BAD_REQUEST:
        raise _error(response)
    return response


def _events(
    connection: _Connection, response: http.client.HTTPResponse, path: Path
) -> Iterator[dict[str, object]]:
    with _in_words(path), closing(connection):
        for line in response:
            if line.startswith(b"data:"):
                yield json.loads(line.removeprefix(b"data:"))


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
        code, message, query = str(error["code"]), str(error["message"]), error.get("query")
    except (ValueError, LookupError, TypeError):
        message = f"The daemon answered {response.status} {response.reason}."
        return RequestError("bad_answer", response.status, message)
    for kind in kinds():
        if vars(kind).get("code") == code:
            return kind(message)
    return RequestError(code, response.status, message, query)


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """What can go wrong between two processes, as sentences for the user."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
        raise NoDaemonError(
            f"No daemon answers on {path}: start it with `imgsimctl up`, "
            "or with `systemctl --user start imgsimd` where it is installed as a service."
        ) from error
    except PermissionError as error:
        raise NoDaemonError(
            f"You may not talk to the daemon on {path}: it serves its own user, or its group."
        ) from error
    except BlockingIOError as error:
        raise RequestError("busy", 503, "The daemon has too many callers: try again.") from error
    except TimeoutError as error:
        raise NotInTimeError(
            "The daemon took too long to answer: try again, or look into its log."
        ) from error
    except (ConnectionError, http.client.HTTPException) as error:
        raise NoDaemonError(
            "The daemon broke off before its answer was complete: try again, or look into its log."
        ) from error
