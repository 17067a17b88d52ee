"""What a question costs imgsimd, and what it costs others, about the same photos in the same run.

    python -m tests.benchmarks.peers

50,000 random vectors and one drawn picture, which all are asked about. How the others answer is
re-created from their descriptions, without their code:

- rclip has no daemon: each question reads all vectors from SQLite, multiplies and sorts them.
- The article has none either: each question loads the vectors and fills a flat index with them.
- ImgSearch keeps PyTorch, its model and the vectors in one process behind a Unix socket, and looks
  them up in hnswlib's graph. TensorFlow alone stands for PyTorch and the model, so it would really
  take more memory; FAISS's graph, with hnswlib's default settings as its own are not described,
  stands for hnswlib's. A graph finds only most of what is near, and fewest among random vectors, so
  the same process is asked with a flat index as well.

Left out on all sides: starting, loading a model, and embedding the picture, which imgsimd alone can
do without, as it knows it already. Only of imgsimd the whole command is measured, too.
"""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgsimd.config import DEFAULT_MODEL
from imgsimd.models.model_files import BUILT_IN, find
from tests.benchmarks import table
from tests.benchmarks.table import Row
from tests.benchmarks.timing import median_ms
from tests.support.household import Household, until

# Each peer is a process that imports this module, and its memory is measured: FAISS, TensorFlow and
# whatever else is large is imported by those that need it.

COUNT = 50_000
K = 10
LINKS, BREADTH_OF_BUILDING, BREADTH = 16, 200, 10
"""What hnswlib calls M, ef_construction and ef, and their defaults."""

Ask: TypeAlias = Callable[[], list[str]]
"""The paths of the nearest, best first, without the picture asked about."""


class Cost(NamedTuple):
    """Of answering one question."""

    milliseconds: float
    """The median."""
    resident: int
    """Bytes, the most that were in use meanwhile."""
    paths: list[str]
    """The answer."""


class Photos(NamedTuple):
    """What peers know of them, on disk in the forms that they keep it in."""

    database: str
    """SQLite, table photos (path, vector)."""
    vectors: str
    """An .npy file."""
    paths: str
    """A JSON list: the path of each vector."""
    query: NDArray[np.float32]
    """The vector of the picture that is asked about."""


def rows() -> Iterator[Row]:
    """Each peer's time and memory beside imgsimd's."""
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        try:
            picture = fill(home)
            yield from compare(home, picture)
        finally:
            home.close()


def fill(home: Household) -> Path:
    """Starts a daemon that knows everything, and has no worker left; returns the picture."""
    from imgsimd.samples import drawing
    from tests.benchmarks.populating import populate

    populate(home, COUNT)
    (picture,) = drawing.fill(home.photos / "drawn", 1)
    home.configure("[worker]\nkeep_alive_seconds = 0.01")
    home.start()
    until(lambda: home.status()["images"] == COUNT + 1, 300)
    until(lambda: home.status()["state"] == "idle" and not home.status()["worker"], 300)
    return picture


def compare(home: Household, picture: Path) -> Iterator[Row]:
    photos = export(home, picture)
    ours, command = over_socket(home, picture), by_command(home, picture)
    for name, way in WAYS.items():
        theirs = alone(way, photos)
        found = len(set(theirs.paths) & set(ours.paths))
        peer = f"{name}, {found} of the {K} nearest found"
        goal = "< 1" if found == K else ""  # who answers something else sets no goal
        question = f"a question among {COUNT + 1:,} photos"
        yield time(f"{question}, over the socket", ours.milliseconds, peer, theirs, goal)
        if way in NO_DAEMON:
            yield time(f"{question}, the whole `imgsimctl similar`", command, peer, theirs, goal)
        yield memory(ours, name, theirs)


def time(what: str, milliseconds: float, peer: str, theirs: Cost, goal: str) -> Row:
    beside = f"{peer}: {theirs.milliseconds:.1f} ms"
    return Row(what, f"{milliseconds:.1f} ms", beside, milliseconds / theirs.milliseconds, goal)


def memory(ours: Cost, name: str, theirs: Cost) -> Row:
    reached, beside = (f"{each.resident / 2**20:.0f} MiB" for each in (ours, theirs))
    ratio = ours.resident / theirs.resident
    return Row("memory while it answers", reached, f"{name}: {beside}", ratio, "< 1")


def over_socket(home: Household, picture: Path) -> Cost:
    assert home.process is not None
    return cost(lambda: [match["path"] for match in home.similar(picture, K)], home.process.pid)


def by_command(home: Household, picture: Path) -> float:
    """Milliseconds."""

    def ask() -> None:
        assert home.ctl("similar", str(picture)).returncode == 0

    return median_ms(ask)


def alone(way: Callable[[Photos], Ask], photos: Photos) -> Cost:
    """In a process of its own, asked over a Unix socket, which takes a tenth of a millisecond."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve, args=(way, photos, there), daemon=True)
    process.start()
    there.close()  # else nobody would notice if the process died

    def ask() -> list[str]:
        here.send(None)
        paths: list[str] = here.recv()
        return paths

    with here:
        assert process.pid is not None
        spent = cost(ask, process.pid)
    process.join()
    return spent


def serve(way: Callable[[Photos], Ask], photos: Photos, questions: Connection) -> None:
    """Answers until nobody can ask any more."""
    ask = way(photos)
    with suppress(EOFError):
        while True:
            questions.recv()
            questions.send(ask())


def rclip(photos: Photos) -> Ask:
    def ask() -> list[str]:
        with closing(sqlite3.connect(photos.database)) as connection:
            found = connection.execute("SELECT path, vector FROM photos").fetchall()
        vectors = np.stack([np.frombuffer(vector, "<f4") for _, vector in found])
        best = np.argsort(-(vectors @ photos.query))
        return [found[n][0] for n in best[1 : K + 1]]

    return ask


def article(photos: Photos) -> Ask:
    import faiss

    def ask() -> list[str]:
        index = faiss.IndexFlatL2(len(photos.query))
        index.add(np.load(photos.vectors))
        return look_up(index, json.loads(Path(photos.paths).read_text()), photos)

    return ask


def flat(photos: Photos) -> Ask:
    import faiss

    return resident(photos, faiss.IndexFlatL2(len(photos.query)))


def graph(photos: Photos) -> Ask:
    import faiss

    index = faiss.IndexHNSWFlat(len(photos.query), LINKS)
    index.hnsw.efConstruction = BREADTH_OF_BUILDING
    index.hnsw.efSearch = BREADTH
    return resident(photos, index)


def resident(photos: Photos, index: Any) -> Ask:
    """Everything in one process, which keeps the vectors in this index."""
    from imgsimd.models.keras.library import import_keras, quiet

    with quiet():
        import_keras()
    index.add(np.load(photos.vectors))
    paths = json.loads(Path(photos.paths).read_text())
    return lambda: look_up(index, paths, photos)


def look_up(index: Any, paths: list[str], photos: Photos) -> list[str]:
    _, best = index.search(photos.query[None], K + 1)
    return [paths[n] for n in best[0, 1:]]


NO_DAEMON = (rclip, article)
WAYS = {
    "rclip": rclip,
    "the article": article,
    "ImgSearch, flat": flat,
    "ImgSearch": graph,
}


def cost(ask: Ask, pid: int) -> Cost:
    """What the answers cost process `pid`."""
    paths = ask()
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # forgets the peak so far, says proc(5)
    milliseconds = median_ms(ask)
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return Cost(milliseconds, int(peak.split()[1]) * 1024, paths)


def export(home: Household, picture: Path) -> Photos:
    """The daemon's own vectors, in the forms of the peers."""
    database, vectors, paths = (str(home.folder / f"peers.{end}") for end in ("db", "npy", "json"))
    found = stored(home.state / "gallery.db")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE photos (path TEXT, vector BLOB)")
        connection.executemany("INSERT INTO photos VALUES (?, ?)", found)
    every = np.stack([np.frombuffer(vector, "<f4") for _, vector in found])
    np.save(vectors, every)
    Path(paths).write_text(json.dumps([path for path, _ in found]))
    query = dict(found)[str(picture)]
    return Photos(database, vectors, paths, np.frombuffer(query, "<f4"))


def stored(database: Path) -> list[tuple[str, bytes]]:
    """Every photo's path and vector, as float32."""
    form = find(DEFAULT_MODEL, BUILT_IN).form
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute(
            """SELECT CAST(i.path AS TEXT), e.vector FROM embeddings e
            JOIN images i ON i.id = e.image_id ORDER BY i.id"""
        )
        return [(path, form.from_bytes(vector).tobytes()) for path, vector in found]


if __name__ == "__main__":
    table.show(rows())
