"""A long day: adding, changing, moving, asking and deleting at full speed; what grows?

    python -m tests.benchmarks.lasting [MINUTES]

A line a minute, so that a run which is cut short has told what it knows. At the end disk, catalog
and index are compared, and the daemon's memory with what it was after the first tenth.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from imgsimd.errors import RequestError
from tests.benchmarks.pictures import drawn
from tests.benchmarks.processes import Process
from tests.support.household import Household, until

MINUTES = 120.0
PHOTOS = 5000
"""How many there are at any time, about."""
STEP = 50
"""Photos of one folder, which come, change and go together."""


class Life:
    """What people and programs do to a photo folder, over and over."""

    def __init__(self, home: Household) -> None:
        self._home = home
        self._random = random.Random(1)  # noqa: S311 - the same life each time, not a secret
        self._folders: list[Path] = []
        self.done: Counter[str] = Counter()

    def change(self) -> None:
        """Keeps the backlog filled, and everything moving."""
        if self._home.status()["pending"] > 2 * STEP:
            time.sleep(0.05)
            return
        folder = self._home.photos / f"{self.done['folders']:06d}"
        folder.mkdir()
        for number in range(STEP):
            self._write(folder / f"{number}.jpg")
        self._folders.append(folder)
        self.done["folders"] += 1
        self._rename(self._any())
        self._overwrite(self._any())
        if len(self._folders) * STEP > PHOTOS:
            self._delete(self._folders.pop(0))

    def ask(self) -> None:
        """One indexed picture and, now and then, one that nobody knows."""
        photos = sorted(self._any().glob("*.jpg"))
        with contextlib.suppress(RequestError, FileNotFoundError, IndexError):
            self._home.similar(self._random.choice(photos))
            self.done["questions"] += 1
        if self._random.random() < 0.1:
            self._home.client.upload("/v1/vectors", self._picture())
            self.done["uploads"] += 1

    def command(self) -> None:
        """What a person types."""
        photo = self._home.folder / "outside.jpg"
        photo.write_bytes(self._picture())
        assert self._home.ctl("similar", str(photo)).returncode in (0, 5)
        self.done["commands"] += 1
        time.sleep(0.5)

    def _any(self) -> Path:
        with contextlib.suppress(IndexError):
            return self._random.choice(list(self._folders))
        return self._home.photos

    def _picture(self) -> bytes:
        """One that was never seen: what follows the end of a JPEG is not looked at."""
        return self._random.choice(drawn()) + self._random.randbytes(16)

    def _write(self, file: Path) -> None:
        file.write_bytes(self._picture())
        self.done["written"] += 1

    def _rename(self, folder: Path) -> None:
        for file in sorted(folder.glob("*.jpg"))[:10]:
            file.rename(file.with_name(f"r{file.name}"[-40:]))
            self.done["renamed"] += 1
        if self._random.random() < 0.2 and folder in self._folders:
            other = folder.with_name(f"{folder.name}x"[-40:])
            folder.rename(other)
            self._folders[self._folders.index(folder)] = other
            self.done["folders renamed"] += 1

    def _overwrite(self, folder: Path) -> None:
        for file in sorted(folder.glob("*.jpg"))[-5:]:
            self._write(file)

    def _delete(self, folder: Path) -> None:
        for file in folder.iterdir():
            file.unlink()
            self.done["deleted"] += 1
        folder.rmdir()


def main(minutes: float) -> None:
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        life = Life(home)
        home.start()
        try:
            run(home, life, minutes)
        finally:
            home.close()


def run(home: Household, life: Life, minutes: float) -> None:
    over = threading.Event()
    lost: list[BaseException] = []

    def repeat(action: object) -> None:
        try:
            while not over.is_set():
                action()  # type: ignore[operator]
        except BaseException as error:
            lost.append(error)
            over.set()
            raise

    actions = (life.change, life.ask, life.ask, life.command)
    threads = [threading.Thread(target=repeat, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    begin, sizes = time.monotonic(), list[float]()
    print("minute  daemon MiB  worker MiB  files open  threads  database MiB  images")
    while not over.wait(60) and time.monotonic() - begin < minutes * 60:
        sizes.append(report(home, (time.monotonic() - begin) / 60, life))
    over.set()
    for thread in threads:
        thread.join()
    compare(home)
    first = sizes[max(0, len(sizes) // 12 - 1)]
    print(f"memory at the end / after the first tenth: {sizes[-1] / first:.3f}")
    print(dict(life.done), "errors:", lost)


def report(home: Household, minute: float, life: Life) -> float:
    assert home.process is not None
    daemon = Process(home.process.pid)
    workers = sum(child.resident for child in daemon.children())
    stored = sum(os.path.getsize(file) for file in home.state.glob("gallery.db*"))
    print(
        f"{minute:6.1f}  {daemon.resident / 2**20:10.1f}  {workers / 2**20:10.1f}"
        f"  {daemon.files:10}  {daemon.threads:7}  {stored / 2**20:12.1f}"
        f"  {home.status()['images']:6}  {dict(life.done)}",
        flush=True,
    )
    return daemon.resident / 2**20


def compare(home: Household) -> None:
    """Disk, catalog and index must say the same."""
    home.client.post("/v1/rescan", {})
    until(lambda: home.status()["state"] == "idle", 300)
    on_disk = {os.path.relpath(file, home.photos) for file in home.photos.rglob("*.jpg")}
    indexed = home.ids()
    print(f"on disk {len(on_disk)}, searchable {len(indexed)}, equal: {on_disk == set(indexed)}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES)
