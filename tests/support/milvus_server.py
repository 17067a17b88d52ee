"""A real Milvus server (milvus-lite) in a temporary folder, which can be killed and come back."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from imgsimd.milvus.messages import Server
from tests.support.patience import DEADLINE


def free_port() -> int:
    """A port of this machine at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MilvusServer:
    """One server and its data. What it prints goes to `log` beside the data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Where it listens: the same after each start."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def link(self) -> Server:
        """How a `Link` reaches it."""
        return Server(self.uri, None, None, None, None, "")

    def start(self) -> None:
        """Starts it on the data that there are; returns when it accepts calls."""
        assert self._process is None
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(Path(sys.executable).with_name("milvus-lite")), "server"),
                    *("--data-dir", str(self._folder / "data")),
                    *("--host", "127.0.0.1", "--port", str(self._port)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + DEADLINE
        while not self._accepts():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9: it has no time to write anything. Its data stay."""
        self._end(signal.SIGKILL)

    def wipe(self) -> None:
        """Its data are gone, as with a new disk. It must not run."""
        assert self._process is None
        shutil.rmtree(self._folder / "data")

    def stop(self) -> None:
        """Ends it, if it runs."""
        if self._process is not None:
            self._end(signal.SIGTERM)

    def pause(self) -> None:
        """It still holds its port, and answers nothing, until `resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def log(self) -> str:
        """What it has printed."""
        return (self._folder / "log").read_text(errors="replace")

    def _accepts(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
            return True
        return False

    def _signal(self, number: signal.Signals) -> None:
        """To it and whatever it has started."""
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def _end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._signal(number)
        try:
            self._process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()
        self._process = None


@contextlib.contextmanager
def milvus_server(folder: Path) -> Iterator[MilvusServer]:
    """A server that has started, with data and log in this folder, until the end of the block."""
    server = MilvusServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
