"""Kills daemon and Milvus server at random moments, and compares what both hold.

    python -m tests.killing_shared [KILLS [SEED]]

As `tests.killing`, with a gallery that is shared: in each life of the daemon the server is killed
once, too, and comes back. Another machine shares the server meanwhile. After some kills the
daemon has to come to rest, and the collection must hold the ids that SQLite has, and no others of
this machine.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imgsimd.milvus import expression
from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import Collections, Ids
from imgsimd.samples import drawing
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import ImageId
from tests.killing import ROUND, Killing
from tests.support.household import Household, until
from tests.support.milvus_server import MilvusServer, milvus_server

PREFIX = "killed"
LONGEST = 5.0
"""Seconds from the first answer to a kill: the first question starts the process that talks to
the server."""
SECONDS = 120.0
"""For whatever the server has to do."""


@dataclass
class SharedTally:
    """What came of it, summed over all comparisons."""

    server_kills: int = 0
    compared: int = 0
    """Ids."""
    lost: int = 0
    doubled: int = 0
    stray: int = 0

    def is_perfect(self) -> bool:
        return not (self.lost or self.doubled or self.stray)


class SharedKilling(Killing):
    """One household whose gallery is shared, and the server."""

    def __init__(
        self,
        home: Household,
        server: MilvusServer,
        pictures: Sequence[Path],
        seed: int,
        longest: float = LONGEST,
    ) -> None:
        home.share(server.uri, PREFIX, "killed")
        super().__init__(home, pictures, seed, longest)
        self.shared = SharedTally()
        self._server = server

    def _kill_once(self) -> None:
        moment = self._random.random() * (self._start + self._longest)
        restart = threading.Timer(moment, self._kill_server)
        restart.start()
        super()._kill_once()
        restart.join()

    def _kill_server(self) -> None:
        self._server.kill()
        time.sleep(self._random.random())  # it is away for a while
        self._server.start()
        self.shared.server_kills += 1

    def _settle(self) -> dict[str, Any]:
        status = super()._settle()
        until(lambda: self._home.status()["shared"]["waiting"] == 0, SECONDS)
        self._compare(HostNumber(self._home.status()["shared"]["number"]))
        return status

    def _compare(self, host: HostNumber) -> None:
        """Each id of SQLite is in the collection once, and no other of this host."""
        sql = """SELECT image_id FROM embeddings e JOIN images i ON i.id = e.image_id
            WHERE NOT missing"""
        with closing(self._database()) as database:
            expected = {shared(host, ImageId(row[0])) for row in database.execute(sql)}
        found = ids_in(self._server, PREFIX, expression.of_host(host))
        self.shared.compared += len(expected)
        self.shared.lost += len(expected - set(found))
        self.shared.stray += len(set(found) - expected)
        self.shared.doubled += len(found) - len(set(found))


def ids_in(server: MilvusServer, prefix: str, which: str) -> list[int]:
    """The ids of the rows that fit, in the only collection of vectors."""
    with closing(Link(server.link, SECONDS)) as link:
        names = link.ask(Collections(prefix))
        (name,) = (each for each in names if not each.endswith(("_hosts", "_thumbnails")))
        return [int(each) for each in link.ask(Ids(name, which))]


def main(kills: int, seed: int) -> None:
    """Prints a line after each round; the folder stays if anything was wrong."""
    place = Path(tempfile.mkdtemp(prefix="imgsimd-killing-"))
    album = sorted(drawing.fill(place / "album", count=30))
    for name in ("home", "other", "server"):
        (place / name).mkdir()
    with milvus_server(place / "server") as server:
        other = Household(place / "other")
        other.share(server.uri, PREFIX, "other")
        for picture in album:
            other.add(picture, picture.name)
        other.start()
        killing = SharedKilling(Household(place / "home"), server, album, seed)
        while killing.tally.kills < kills:
            killing.run(min(ROUND, kills - killing.tally.kills))
            print(killing.tally, killing.shared, flush=True)
        until(lambda: other.status()["shared"]["waiting"] == 0, SECONDS)
        of_other = expression.of_host(HostNumber(other.status()["shared"]["number"]))
        is_whole = len(ids_in(server, PREFIX, of_other)) == len(album)
        other.close()
    if not (killing.tally.is_perfect() and killing.shared.is_perfect() and is_whole):
        sys.exit(f"Something was lost, doubled or damaged: {place} (seed {seed})")
    shutil.rmtree(place)


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*(arguments + [100, random.randrange(10**6)][len(arguments) :]))
