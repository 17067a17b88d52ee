"""What systemd hears, listened to on a socket of our own."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd.control.notify import Notifier
from tests.support.patience import DEADLINE


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """A service manager's end of NOTIFY_SOCKET."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(DEADLINE)
        yield sock


@pytest.fixture
def notifier(manager: socket.socket) -> Notifier:
    return Notifier.from_environ({"NOTIFY_SOCKET": manager.getsockname()})


def heard(manager: socket.socket) -> list[str]:
    return manager.recv(8192).decode("utf-8").split("\n")


def test_ready_comes_with_the_last_status(manager: socket.socket, notifier: Notifier) -> None:
    notifier.ready()
    assert heard(manager) == ["READY=1", "STATUS=ready"]
    notifier.status("3 pictures")
    assert heard(manager) == ["STATUS=3 pictures"]
    notifier.ready()
    assert heard(manager) == ["READY=1", "STATUS=3 pictures"]


def test_a_status_in_any_language_stays_one_line(
    manager: socket.socket, notifier: Notifier
) -> None:
    notifier.status("日本語 ž\nREADY=1")
    assert heard(manager) == ["STATUS=日本語 ž READY=1"]


def test_a_name_that_is_not_utf8_is_shown_escaped(
    manager: socket.socket, notifier: Notifier
) -> None:
    notifier.status(os.fsdecode(b"reading \xff.jpg"))
    assert heard(manager) == ["STATUS=reading \\udcff.jpg"]


def test_a_long_status_is_cut_so_that_systemd_takes_the_message(
    manager: socket.socket, notifier: Notifier
) -> None:
    notifier.status("é" * 9000)
    heard(manager)
    notifier.ready()
    ready, status = heard(manager)
    assert ready == "READY=1"
    assert 500 < len(status) < 1100


def test_reloading_tells_the_time_it_began(manager: socket.socket, notifier: Notifier) -> None:
    before = time.monotonic_ns() // 1000
    notifier.reloading()
    reloading, began = heard(manager)
    assert reloading == "RELOADING=1"
    assert before <= int(began.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


def test_stopping_and_the_watchdog_are_told(manager: socket.socket, notifier: Notifier) -> None:
    notifier.stopping()
    notifier.watchdog()
    assert heard(manager) == ["STOPPING=1"]
    assert heard(manager) == ["WATCHDOG=1"]


def test_an_abstract_socket_is_reached() -> None:
    name = f"imgsimd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name)
        manager.settimeout(DEADLINE)
        Notifier.from_environ({"NOTIFY_SOCKET": "@" + name}).watchdog()
        assert heard(manager) == ["WATCHDOG=1"]


@pytest.mark.parametrize(
    "address",
    ["", "/nonexistent/notify", "@imgsimd-nobody", "relative", "/" + "x" * 300, "@\0", "/a\0b"],
)
def test_without_a_listener_nothing_is_raised(address: str) -> None:
    Notifier.from_environ({"NOTIFY_SOCKET": address}).ready()


def test_a_dead_listener_is_no_fault(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
    Notifier.from_environ({"NOTIFY_SOCKET": str(tmp_path / "notify")}).ready()


def test_a_manager_that_does_not_read_holds_nobody_up(
    manager: socket.socket, notifier: Notifier
) -> None:
    manager.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    for _ in range(13):  # ten wait in the queue (net.unix.max_dgram_qlen)
        notifier.status("x" * 1000)


def test_the_watchdog_is_fed_twice_in_its_time() -> None:
    environ = {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}
    assert Notifier.from_environ(environ).watchdog_interval == 30.0
    assert Notifier.from_environ({"WATCHDOG_USEC": "60000000"}).watchdog_interval == 30.0


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"},
    ],
)
def test_a_watchdog_for_nobody_or_another_is_not_fed(environ: dict[str, str]) -> None:
    assert Notifier.from_environ(environ).watchdog_interval is None


async def test_only_an_event_loop_that_turns_feeds_the_watchdog(manager: socket.socket) -> None:
    environ = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "100000"}

    beating = asyncio.ensure_future(Notifier.from_environ(environ).beat())
    loop = asyncio.get_running_loop()
    for _ in range(2):
        assert await loop.run_in_executor(None, heard, manager) == ["WATCHDOG=1"]
    time.sleep(0.5)  # it blocks the loop: that is what is tested
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        heard(manager)
    manager.settimeout(DEADLINE)
    assert await loop.run_in_executor(None, heard, manager) == ["WATCHDOG=1"]
    beating.cancel()


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": "/n"}, {"WATCHDOG_USEC": "1000"}])
async def test_without_a_watchdog_nothing_is_sent(environ: dict[str, str]) -> None:
    await asyncio.wait_for(Notifier.from_environ(environ).beat(), DEADLINE)


def test_the_watchdog_waits_for_another_version_as_long_as_for_a_start(
    manager: socket.socket,
) -> None:
    environ = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "60000000"}
    notifier = Notifier.from_environ(environ)
    notifier.renewing()
    assert heard(manager)[0] == "RELOADING=1"
    assert heard(manager)[1:] == ["WATCHDOG_USEC=300000000"]
    notifier.ready()
    assert heard(manager) == ["READY=1", "STATUS=ready", "WATCHDOG_USEC=60000000"]
