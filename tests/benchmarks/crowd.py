"""Many ask at once, and somebody asks while everything is being indexed.

    python -m tests.benchmarks.crowd

Milliseconds of one `POST /v1/similar` with the path of an indexed picture, over a connection that
stays open. The clients are two processes, which share the cores with the daemon.
"""

from __future__ import annotations

import json
import multiprocessing
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.benchmarks import table
from tests.benchmarks.pictures import unseen
from tests.benchmarks.populating import populate
from tests.benchmarks.table import Row
from tests.benchmarks.timing import seconds
from tests.support.household import Household, until

IMAGES = 100_000
CLIENTS = 32
PROCESSES = 2
SECONDS = 6.0
COMMANDS = 20
PICTURES = 6000
"""Enough to be indexed for longer than that takes."""


def ask(address: str, photo: str, clients: int) -> list[float]:
    """Asks from so many threads for so long; milliseconds of each answer."""
    body = json.dumps({"queries": [{"path": photo}], "k": 10}).encode()
    head = f"POST /v1/similar HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    request = f"{head}Content-Type: application/json\r\n\r\n".encode() + body
    taken: list[float] = []
    end = time.monotonic() + SECONDS

    def client() -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(address)
            while time.monotonic() < end:
                start = time.perf_counter()
                connection.sendall(request)
                answer(connection)
                taken.append((time.perf_counter() - start) * 1000)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def answer(connection: socket.socket) -> bytes:
    """The body of the next answer."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    while len(body) < length:
        body += connection.recv(65536)
    return body


def crowd(address: str, photo: str, clients: int) -> list[float]:
    shares = min(PROCESSES, clients)
    with multiprocessing.get_context("spawn").Pool(shares) as pool:
        works = [(address, photo, clients // shares)] * shares
        return [each for share in pool.starmap(ask, works) for each in share]


@contextmanager
def indexing(home: Household, pictures: int) -> Iterator[None]:
    """Meanwhile so many photos arrive at once; they must last until the end."""
    arriving = home.folder / "arriving"
    unseen(arriving, pictures)
    arriving.rename(home.photos / "arriving")
    until(lambda: home.status()["decoded"] > 100, 60)
    yield
    assert home.status()["pending"] > 0, "all was indexed too early"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        populate(home, IMAGES)
        home.start()
        until(lambda: home.status()["images"] == IMAGES, 300)
        until(lambda: home.status()["state"] == "idle", 300)
        photo = next(home.photos.rglob("*.jpg"))
        try:
            yield from _measure(home, str(photo))
        finally:
            home.close()


def _measure(home: Household, photo: str) -> Iterator[Row]:
    address = str(home.socket)
    one, command = crowd(address, photo, 1), _commands(home, photo)
    many = crowd(address, photo, CLIENTS)
    with indexing(home, PICTURES):
        busy, busy_command = crowd(address, photo, 1), _commands(home, photo)
    yield Row("questions a second, one client", f"{len(one) / SECONDS:.0f}/s", "")
    yield Row(
        f"questions a second, {CLIENTS} clients", f"{len(many) / SECONDS:.0f}/s",
        f"one client {len(one) / SECONDS:.0f}/s", len(many) / len(one),
    )  # fmt: skip
    late = float(np.percentile(many, 99))
    yield Row("- the slowest 1 % of them", f"{late:.0f} ms", "")
    for name, slow, quick in (
        ("question over the socket", busy, one),
        ("`imgsimctl similar`", busy_command, command),
    ):
        for which, percent in (("median", 50), ("slowest 1 %", 99)):
            reached, rest = np.percentile(slow, percent), np.percentile(quick, percent)
            yield Row(
                f"{name} while indexing at full speed, {which}", f"{reached:.1f} ms",
                f"at rest {rest:.1f} ms", float(reached / rest), "< 2" if percent == 50 else "",
            )  # fmt: skip


def _commands(home: Household, photo: str) -> list[float]:
    """Milliseconds of whole commands."""
    return [seconds(lambda: home.ctl("similar", photo)) * 1000 for _ in range(COMMANDS)]


if __name__ == "__main__":
    table.show(rows())
