"""Many ask at once, and somebody asks while everything is being indexed.

    python -m tests.benchmarks.crowd [COUNT]

Milliseconds of one `POST /v1/similar` with the path of an indexed picture, over a connection that
stays open. The clients are two processes, which share the cores with the daemon.
"""

from __future__ import annotations

import json
import multiprocessing
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.benchmarks.pictures import unseen
from tests.benchmarks.populating import populate
from tests.household import Household, until

COUNT = 100_000
CLIENTS = 32
PROCESSES = 2
SECONDS = 6.0


def ask(address: str, photo: str, clients: int, seconds: float) -> list[float]:
    """Asks from so many threads for so long; milliseconds of each answer."""
    body = json.dumps({"queries": [{"path": photo}], "k": 10}).encode()
    head = f"POST /v1/similar HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    request = f"{head}Content-Type: application/json\r\n\r\n".encode() + body
    taken: list[float] = []
    end = time.monotonic() + seconds

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
        works = [(address, photo, clients // shares, SECONDS)] * shares
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


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        populate(home, count)
        home.start()
        until(lambda: home.status()["images"] == count, 300)
        until(lambda: home.status()["state"] == "idle", 300)
        photo = next(home.photos.rglob("*.jpg"))
        try:
            measure(home, photo)
        finally:
            home.close()


def measure(home: Household, photo: Path) -> None:
    def ctl() -> float:
        start = time.perf_counter()
        assert home.ctl("similar", str(photo)).returncode == 0
        return (time.perf_counter() - start) * 1000

    def commands(times: Callable[[], float]) -> list[float]:
        return [times() for _ in range(20)]

    rest = crowd(str(home.socket), str(photo), 1), commands(ctl)
    many = crowd(str(home.socket), str(photo), CLIENTS)
    with indexing(home, 6000):
        busy = crowd(str(home.socket), str(photo), 1), commands(ctl)
    for name, values in (
        ("one client", rest[0]), (f"{CLIENTS} clients", many), ("one, while indexing", busy[0]),
        ("imgsimctl", rest[1]), ("imgsimctl, while indexing", busy[1]),
    ):  # fmt: skip
        median, late = np.percentile(values, [50, 99])
        rate = len(values) / SECONDS
        print(f"{name:30} {rate:8.1f}/s  median {median:7.1f} ms  p99 {late:7.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
