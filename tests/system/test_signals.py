"""The daemon among its surroundings: signals, the service manager, and what started it."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd.config import Settings
from imgsimd.gallery.thread import GalleryThread
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.watching.settle import Sign
from tests.support.household import SCRIPTS, Household, until
from tests.support.patience import DEADLINE

pytestmark = pytest.mark.long


class Manager:
    """A service manager's end of NOTIFY_SOCKET: remembers what it hears."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._heard: list[str] = []

    @property
    def heard(self) -> list[str]:
        while select.select([self._socket], [], [], 0)[0]:
            self._heard += self._socket.recv(8192).decode().split("\n")
        return self._heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


def terminate(home: Household, number: int = signal.SIGTERM) -> None:
    """Waits until the daemon has ended with 0."""
    assert home.process is not None
    home.process.send_signal(number)
    assert home.process.wait(DEADLINE) == 0, home.log()


def test_systemd_is_notified_of_start_life_reload_and_end(
    home: Household, manager: Manager
) -> None:
    """And a storm of signals is a reload or two, and one end."""
    home.start(NOTIFY_SOCKET=str(manager.path), WATCHDOG_USEC="400000")
    until(lambda: manager.heard.count("WATCHDOG=1") > 2)
    assert manager.heard.count("READY=1") == 1
    until(lambda: any(line.startswith("STATUS=idle: 0 images") for line in manager.heard))
    assert home.process is not None
    home.config.write_text("rots = []")
    home.process.send_signal(signal.SIGHUP)
    until(lambda: manager.heard.count("READY=1") == 2)  # the old configuration goes on
    assert manager.heard.count("RELOADING=1") == 1
    assert "rots" in home.status()["trouble"]
    home.configure()
    for _ in range(500):
        home.process.send_signal(signal.SIGHUP)
        home.process.send_signal(signal.SIGPIPE)
    until(lambda: home.status()["trouble"] == "")
    assert manager.heard.count("RELOADING=1") < 100
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTERM):
        home.process.send_signal(number)
    terminate(home)
    assert manager.heard.count("STOPPING=1") == 1
    assert not home.socket.exists()


HUNG = """
import threading
from imgsimd import daemon
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Verdicts
from imgsimd.watching import scan

def hang(*arguments):
    print("hangs", flush=True)
    threading.Event().wait()

daemon.END_SECONDS = 0.5
{}
daemon.main()
"""


@pytest.mark.parametrize(
    "what", ["scan.walk = lambda *_: map(hang, 'x')", "Gallery.__init__ = hang",
             "Verdicts.commit = hang"],
)  # fmt: skip
def test_sigterm_ends_the_daemon_whatever_hangs(
    home: Household, album: list[Path], what: str
) -> None:
    """As a dead disk makes it hang, or a slow one: in a scan, at the start, or in a commit, after
    which the gallery does nothing more, a change of model neither."""
    home.add(album[0], "a.jpg")
    with (home.folder / "log").open("wb") as log:
        home.process = subprocess.Popen(
            [sys.executable, "-c", HUNG.format(what)], env=home.environ, stdout=log, stderr=log
        )
    until(lambda: "hangs" in home.log())
    terminate(home)


@pytest.mark.parametrize("turns", range(5))
async def test_a_cancellation_that_comes_together_with_an_event_is_not_lost(
    tmp_path: Path, turns: int
) -> None:
    """However many turns of the event loop lie between."""

    gallery = GalleryThread()
    await gallery.open(tmp_path / "gallery.db")
    reconciler = Reconciler(gallery, Settings(), lambda: None, lambda period: None)
    running = asyncio.ensure_future(reconciler.run())
    while reconciler.is_scanning:
        await asyncio.sleep(0.001)
    reconciler.hint(b"/nowhere", Sign.APPEARED)
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=DEADLINE)
    await gallery.close()
    assert done


@pytest.mark.parametrize("log", ["> /dev/full 2>&1", "<&- >&- 2>&-"])
def test_a_log_that_cannot_be_written_is_no_reason_to_stop(home: Household, log: str) -> None:
    home.process = subprocess.Popen(
        ["/bin/bash", "-c", f"exec {SCRIPTS}/imgsimd {log}"], env=home.environ
    )
    until(home.answers)
    streams = [os.readlink(f"/proc/{home.process.pid}/fd/{number}") for number in range(3)]
    if "<&-" in log:
        assert streams == [os.devnull] * 3
    home.config.write_text("rots = []")
    home.process.send_signal(signal.SIGHUP)
    until(lambda: "rots" in home.status()["trouble"])
    terminate(home)


def test_names_survive_if_only_home_is_set(home: Household, album: list[Path]) -> None:
    """No locale, no runtime directory: the names are bytes, and the socket lies with the state."""
    name = os.fsdecode("é".encode() + b"\xff.jpg")
    home.add(album[0], name)
    home.environ = {"HOME": str(home.folder), "LC_ALL": "C", "XDG_RUNTIME_DIR": "/nowhere"}
    home.client = type(home.client)(home.state / "control.sock")
    home.start()
    assert home.settle()["images"] == 1
    assert list(home.ids()) == [name]
    found = home.ctl("similar", str(album[0]), "--json")
    assert found.returncode == 0, found.stderr
    assert rb"\u00e9\udcff.jpg" in found.stdout
