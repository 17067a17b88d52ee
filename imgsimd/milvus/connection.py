"""The connection to a Milvus server, and the calls that one request makes over it."""

from __future__ import annotations

import ssl
import threading
import time
from typing import Any

from pymilvus import MilvusClient

from imgsimd.milvus.messages import Server

OPTIONS = {
    # Else a new connection would wait as one before it does that failed: up to two minutes.
    "grpc.use_local_subchannel_pool": 1,
    # Else pymilvus pings every ten seconds while nobody asks. milvus-lite ends a connection with
    # too many pings, and the next question may fail with it.
    "grpc.keepalive_permit_without_calls": 0,
}


class UnreadableFileError(Exception):
    """A file that is needed to connect cannot be read."""

    def __init__(self, what: str, error: OSError | UnicodeError) -> None:
        super().__init__(what)
        self.what = what
        self.error = error


class OutOfTimeError(Exception):
    """The request's time was over between two calls."""


class Connection:
    """Connects when it is needed; all threads share it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._client: Any = None
        self._lock = threading.Lock()
        self._connecting = threading.Lock()
        self.sound: set[str] = set()
        """Collections that have our fields, as was found over this connection."""
        self.kinds: dict[str, str] = {}
        """Of the index of each collection that was searched over this connection."""
        self.version: str | None = None
        """Of the server, if it was asked over this connection."""

    def client(self, seconds: float) -> Any:
        """Raises what pymilvus raises, UnreadableFileError, and OutOfTimeError if another request,
        which may have more time, has been connecting for so long."""
        end = time.monotonic() + seconds
        if not self._connecting.acquire(timeout=seconds):
            raise OutOfTimeError
        try:
            client = self._client
            if client is None:
                self.kinds.clear()
                self.sound.clear()
                self.version = None
                client = self._client = self._connected(left_until(end))
            return client
        finally:
            self._connecting.release()

    def give_up(self, client: Any) -> None:
        """The next request connects anew. Other calls that are under way over this connection fail;
        if it was given up already, nothing happens."""
        with self._lock:
            if self._client is client:
                self._client = None
                client.close()

    def _connected(self, seconds: float) -> MilvusClient:
        client = MilvusClient(
            self.server.uri,
            token=self._token(),
            db_name=self.server.database,
            timeout=seconds,
            dedicated=True,
            grpc_options=OPTIONS,
            **self._certificates(),
        )
        # pymilvus asks this before it tries again what failed, until the call's time is over: a
        # server that is away is then as slow to find out about as one that does not answer.
        client._handler._on_rpc_error = _raise
        return client

    def _token(self) -> str:
        file = self.server.token_file
        return "" if file is None else _content("token", file).strip()

    def _certificates(self) -> dict[str, str]:
        server = self.server
        for what, file in (("certificate", server.ca_file), ("certificate", server.cert_file)):
            if file is not None:
                _content(what, file)
        if server.cert_file is not None and server.key_file is not None:
            _content("key", server.key_file)
            # pymilvus shows our certificate only where it is told whose to trust.
            trusted = server.ca_file or ssl.get_default_verify_paths().cafile or ""
            own = {"client_pem_path": server.cert_file, "client_key_path": server.key_file}
            return own | {"ca_pem_path": trusted}
        return {} if server.ca_file is None else {"server_pem_path": server.ca_file}


class Call:
    """One request's calls: all of them together have its seconds."""

    def __init__(self, connection: Connection, seconds: float) -> None:
        """Connects, if need be; see `Connection.client`."""
        self._end = time.monotonic() + seconds
        self.client: Any = connection.client(seconds)
        self._connection = connection
        self.kinds = connection.kinds
        self.sound = connection.sound

    @property
    def is_lite(self) -> bool:
        """Whether the server is milvus-lite."""
        if self._connection.version is None:
            self._connection.version = self.client.get_server_version(timeout=self.left)
        return str(self._connection.version).startswith("milvus_lite")

    @property
    def left(self) -> float:
        """Seconds. Raises OutOfTimeError if there are none."""
        return left_until(self._end)


def left_until(end: float) -> float:
    """Seconds until then, on the monotonic clock. Raises OutOfTimeError if there are none."""
    left = end - time.monotonic()
    if left <= 0:
        raise OutOfTimeError
    return left


def _raise(error: Exception) -> bool:
    raise error


def _content(what: str, file: str) -> str:
    try:
        with open(file, encoding="utf-8") as opened:
            return opened.read()
    except (OSError, UnicodeError) as error:
        raise UnreadableFileError(f"{what} in {file}", error) from error
