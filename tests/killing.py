"""Kills the daemon at random moments under load, and checks that nothing is lost or doubled.

    python -m tests.killing [KILLS [SEED]]

Photos come, go, move and change all the time, questions and commands are asked; SIGKILL comes at
any moment, also at the start. After each kill the database is looked at, and after some the daemon
has to come to rest and to say exactly what the disk says.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imgsimd.client.transport import Transport
from imgsimd.errors import ImgsimdError, NoDaemonError
from imgsimd.samples import drawing
from tests.support.household import Household
from tests.support.patience import DEADLINE

FEW, MANY = 40, 120
"""Between so many photos there are."""
LONGEST = 3.0
"""Seconds from the first answer to a kill."""
EARLY = 0.25
"""Of the kills come at a moment before that, as far as the last start tells how long it takes."""
ROUND = 5
"""Kills until the daemon may come to rest, and all is compared."""


@dataclass
class Tally:
    """What came of it."""

    kills: int = 0
    unanswered: int = 0
    """Kills before the daemon answered for the first time."""
    restarts: int = 0
    told: int = 0
    """Images, summed over all kills, that an answer had named and that had to be there."""
    lost: int = 0
    doubled: int = 0
    unsound: int = 0
    """Databases that failed SQLite's integrity check, or `imgsimctl check`."""

    def is_perfect(self) -> bool:
        return not (self.lost or self.doubled or self.unsound)


class Killing:
    """One household, and what must be true of it."""

    def __init__(
        self, home: Household, pictures: Sequence[Path], seed: int, longest: float = LONGEST
    ) -> None:
        self._longest = longest
        self.tally = Tally()
        self._home = home
        self._client = Transport(home.socket, DEADLINE)
        self._pictures = pictures
        self._random = random.Random(seed)
        self._made = 0
        self._photos: dict[int, Path] = {}
        """What is on the disk, by a number that each content has for itself."""
        self._start = 1.0
        """Seconds that the last start took, until the first answer."""
        self._told: dict[int, int] = {}
        """The id that an answer gave."""
        self._changed: set[int] = set()
        """Written over since the last rest: an answer may mean what was there before."""
        for _ in range(FEW):
            self._add()

    def run(self, kills: int) -> None:
        """Kills so many times, and compares everything at the end."""
        for number in range(1, kills + 1):
            self._kill_once()
            self._look_at_the_database()
            if number % ROUND == 0 or number == kills:
                self._come_to_rest()

    def _kill_once(self) -> None:
        process = self._home.launch()
        self.tally.restarts += 1
        begin, has_answered = time.monotonic(), False
        killer = threading.Timer(self._random.random() * self._start, process.kill)
        if self._random.random() < EARLY:
            killer.start()
        while process.poll() is None:
            if self._act() and not has_answered:
                has_answered, self._start = True, time.monotonic() - begin
                killer.cancel()
                killer = threading.Timer(self._random.random() * self._longest, process.kill)
                killer.start()
            time.sleep(self._random.random() * 0.1)
        killer.cancel()
        assert process.returncode == -signal.SIGKILL, self._home.log()
        self.tally.kills += 1
        self.tally.unanswered += not has_answered

    def _act(self) -> bool:
        """Does one of the things that happen; whether the daemon answers."""
        scarce = len(self._photos) < FEW
        choices = [self._add] * 4 if scarce else [self._add, self._move, self._remove, self._change]
        for _ in range(self._random.randrange(3)):
            self._random.choice(choices)()
        while len(self._photos) > MANY:
            self._remove()
        try:
            self._random.choice([self._ask, self._ask, self._ask, self._command])()
        except NoDaemonError:
            return False
        except ImgsimdError as error:
            self.tally.unsound += error.code == "internal"
        return True

    def _add(self) -> None:
        self._made += 1
        folder = self._home.photos / self._random.choice("abc")
        folder.mkdir(exist_ok=True)
        self._write(self._made, folder / f"{self._made}.jpg")

    def _write(self, number: int, path: Path) -> None:
        """Behind the end of the picture is a number: it decodes all the same."""
        content = self._random.choice(self._pictures).read_bytes() + b"%d" % number
        path.write_bytes(content)
        self._photos[number] = path

    def _move(self) -> None:
        number = self._any()
        new = self._home.photos / self._random.choice("abc") / f"moved-{self._made}-{number}.jpg"
        new.parent.mkdir(exist_ok=True)
        self._photos[number] = self._photos[number].rename(new)
        self._made += 1

    def _remove(self) -> None:
        number = self._any()
        self._photos.pop(number).unlink()
        self._told.pop(number, None)

    def _change(self) -> None:
        number = self._any()
        path = self._photos.pop(number)
        self._told.pop(number, None)
        self._made += 1
        self._changed.add(self._made)
        self._write(self._made, path)

    def _any(self) -> int:
        return self._random.choice(sorted(self._photos))

    def _ask(self) -> None:
        """What an answer names is searchable from then on, under this id."""
        found = self._home.ids(self._client)
        for number, path in self._photos.items():
            name = os.path.relpath(path, self._home.photos)
            if name in found and number not in self._changed:
                self._told.setdefault(number, found[name])

    def _command(self) -> None:
        route, body = self._random.choice(
            [
                ("/v1/rescan", {}),
                ("/v1/roots", {"path": str(self._home.photos)}),
                ("/v1/reload", None),
                ("/v1/rebuild", None),
                ("/v1/pause", None),
                ("/v1/resume", None),
            ]
        )
        self._client.post(route, body)

    def _database(self) -> sqlite3.Connection:
        """Read only: the next daemon must find the log as the kill left it."""
        return sqlite3.connect(f"file:{self._home.state / 'gallery.db'}?mode=ro", uri=True)

    def _look_at_the_database(self) -> None:
        """Nothing runs now. All that was told is there, with its vector."""
        if not (self._home.state / "gallery.db").exists():
            self._lose("the whole database", self._told.values())
            return
        with closing(self._database()) as database:
            if database.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                self.tally.unsound += 1
            embedded: set[int] = set()
            now: dict[bytes, int] = {}
            with suppress(sqlite3.OperationalError):  # killed before there was a table
                now = dict(database.execute("SELECT path, id FROM images"))
                embedded = {row[0] for row in database.execute("SELECT image_id FROM embeddings")}
        self.tally.told += len(self._told)
        told = {image: self._photos[number] for number, image in self._told.items()}
        lost = [(i, path, now.get(os.fsencode(path))) for i, path in told.items()]
        self._lose("after the kill", [each for each in lost if each[0] not in embedded])

    def _come_to_rest(self) -> None:
        """The daemon says what the disk says: each photo once, under the id that was told."""
        self._home.start()
        self.tally.restarts += 1
        status = self._settle()
        self._changed.clear()
        ids = self._home.ids()
        names = {os.path.relpath(path, self._home.photos) for path in self._photos.values()}
        self._lose("not found", names - set(ids))
        self.tally.doubled += len(set(ids) - names)
        now = {n: ids.get(os.path.relpath(p, self._home.photos)) for n, p in self._photos.items()}
        told = {n: (image, now[n]) for n, image in self._told.items() if now[n] != image}
        self._lose("other ids than told", told.items())
        self.tally.unsound += self._home.ctl("check").returncode != 0
        self._home.stop(self._random.choice([signal.SIGKILL, signal.SIGTERM]))
        self._count_rows(status["images"])

    def _settle(self) -> dict[str, Any]:
        """Waits until the daemon has nothing to do; returns the status."""
        return self._home.settle()

    def _lose(self, what: str, lost: Collection[object]) -> None:
        self.tally.lost += len(lost)
        if lost:
            print(what, *lost, flush=True)

    def _count_rows(self, searchable: int) -> None:
        """Of images whose file is there: the others are forgotten a minute later."""
        sql = """SELECT count(*) FROM images WHERE NOT missing UNION ALL SELECT count(*)
            FROM embeddings e JOIN images i ON i.id = e.image_id WHERE NOT missing"""
        with closing(self._database()) as database:
            for (rows,) in database.execute(sql):
                self.tally.doubled += max(0, rows - len(self._photos))
                self.tally.lost += max(0, len(self._photos) - rows)
                self.tally.unsound += rows != searchable


def main(kills: int, seed: int) -> None:
    """Prints a line after each round; the folder stays if anything was wrong."""
    place = Path(tempfile.mkdtemp(prefix="imgsimd-killing-"))
    drawing.fill(place / "album", count=30)
    (place / "home").mkdir()
    killing = Killing(Household(place / "home"), sorted((place / "album").iterdir()), seed)
    while killing.tally.kills < kills:
        killing.run(min(ROUND, kills - killing.tally.kills))
        print(killing.tally, flush=True)
    if not killing.tally.is_perfect():
        sys.exit(f"Something was lost, doubled or damaged: {place} (seed {seed})")
    shutil.rmtree(place)


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*(arguments + [1000, random.randrange(10**6)][len(arguments) :]))
