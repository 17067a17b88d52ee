"""Duplicates: how long a search among many photos takes, and what it finds and misses.

    python -m tests.benchmarks.duplicates [FOLDER]

With a FOLDER of photos, at any depth, in which no photo is there twice, the copies are made of
them, and every group that is found among them as they are is printed: most are false alarms. Else
they are made of drawn pictures.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from cv2.typing import MatLike

from imgsimd.client import Client
from imgsimd.client.duplicates import DuplicateGroup, DuplicatesResult
from imgsimd.config import DEFAULT_MODEL
from imgsimd.decoding import exif
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.models.model_files import BUILT_IN, find
from imgsimd.samples import drawing
from imgsimd.types import FilePath, FileState, Plan
from imgsimd.vectors import Vectors
from imgsimd.watching.watched_root import probe
from tests.benchmarks import table
from tests.benchmarks.pictures import OLD
from tests.benchmarks.processes import Process
from tests.benchmarks.table import Row
from tests.benchmarks.timing import median_ms
from tests.support.exif import block, in_jpeg
from tests.support.household import Household, most_memory, until

MANY = 100_000
TWINS = 5_000
"""Of these, so many are the same file as another one;"""
COPIES = 1_000
"""so many are copies of another one, in a smaller file;"""
NEAR = 1_000
"""and so many are near another one and show something else."""
ORIGINALS = 200
"""Of so many photos copies of each kind are made."""
PIXELS = 384
"""The longer side of an original."""

Picture: TypeAlias = MatLike


def rows(folder: Path | None) -> Iterator[Row]:
    yield from rows_of_many()
    with tempfile.TemporaryDirectory() as place:
        yield from _of_kinds(Path(place), _originals(Path(place), folder))
    if folder is not None:
        with tempfile.TemporaryDirectory() as place:
            yield from _false_alarms(Path(place), folder)


# Many


def rows_of_many() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as place:
        yield from _of_many(Path(place))


def _of_many(place: Path) -> Iterator[Row]:
    home = Household(place)
    _fill(home, _drawn(place, 100))
    with _running(home) as (client, daemon):
        search = median_ms(lambda: client.similar(f"{home.photos}/0000/000.jpg")) / 1000
        before = daemon.resident
        first = _measured(client, daemon, home)
        yield _row(f"the first search for duplicates among {MANY:,}", first, search)
        memory = most_memory(daemon.pid) - before
        yield Row("memory that it takes", f"{memory / 2**20:.0f} MiB", "")
        slowest = max(first.answers) * 1000
        typical = float(np.median(first.answers)) * 1000
        yield Row("a question meanwhile", f"{typical:.0f} ms, at most {slowest:.0f}", "")
        again = _measured(client, daemon, home)
        yield _row("the same search again", again, search)
        same = again.result.json == first.result.json
        found = Counter(group.tier for group in first.result.groups)
        yield Row(
            "groups: exact, copy",
            f"{found['exact']:,}, {found['copy']:,}",
            f"there are {TWINS:,}, {COPIES:,}; again {'the same' if same else 'OTHER ONES'}",
        )


class _Measured:
    """What one search took."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.cpu = 0.0
        self.answers = [0.0]
        self.stages: dict[str, float] = {}
        self.result = DuplicatesResult({}, ())


def _measured(client: Client, daemon: Process, home: Household) -> _Measured:
    found, over = _Measured(), threading.Event()

    def ask() -> None:
        while not over.wait(0.1):
            start = time.perf_counter()
            client.similar(f"{home.photos}/0001/000.jpg")
            found.answers.append(time.perf_counter() - start)

    asking = threading.Thread(target=ask)
    asking.start()
    start, cpu = time.perf_counter(), daemon.cpu_seconds
    last = [start]

    def note(stage: str, done: int, total: int) -> None:
        now = time.perf_counter()
        found.stages[stage] = found.stages.get(stage, 0.0) + now - last[0]
        last[0] = now

    found.result = client.duplicates(note)
    found.seconds, found.cpu = time.perf_counter() - start, daemon.cpu_seconds - cpu
    over.set()
    asking.join()
    return found


def _row(what: str, found: _Measured, search: float) -> Row:
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in found.stages.items())
    one_by_one = search * MANY
    return Row(
        what,
        f"{found.seconds:.1f} s ({stages}); CPU of the daemon {found.cpu:.1f} s",
        f"{MANY:,} searches one by one: {one_by_one:.0f} s",
        found.seconds / one_by_one,
        "1 or less",
    )


def _fill(home: Household, drawn: Sequence[Path]) -> None:
    """Files that the gallery knows: most are empty, since nobody opens them."""
    model = find(DEFAULT_MODEL, BUILT_IN)
    home.state.mkdir(parents=True, exist_ok=True)
    gallery = Gallery(home.state / "gallery.db")
    gallery.aim(model.identity, model.name, model.form, {model.identity})
    root = probe(os.fsencode(home.photos))
    assert root.identity is not None
    gallery.folders.remember(root.path, root.identity)
    gallery.show([root.path])
    vectors = _vectors(model.dimension)
    for start in range(0, MANY, 20_000):
        numbers = range(start, start + 20_000)
        paths = [_file(home, number, drawn) for number in numbers]
        gallery.apply(Plan(new={path: FileState.of(os.stat(path)) for path in paths}))
        served, waiting = gallery.verdicts.waiting(len(paths))
        number_of = dict(zip(paths, numbers, strict=True))
        gallery.verdicts.commit(
            served,
            [
                Verdict(
                    Examined(i.id, i.state, b"%024d" % _content(number_of[i.path])),
                    vectors[_content(number_of[i.path])],
                    PictureMetadata("JPEG", 2),
                )
                for i in waiting
            ],
        )
    gallery.close()


def _content(number: int) -> int:
    """The first photos are the same files as the last ones."""
    return number if number >= TWINS else MANY - 1 - number


def _partner(number: int) -> int:
    """After the twins come pairs of neighbours: copies, then what is only near."""
    return number - 1 if number % 2 and TWINS <= number < TWINS + 2 * (COPIES + NEAR) else number


def _vectors(dimension: int) -> Vectors:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((MANY, dimension), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for number in range(TWINS, TWINS + 2 * (COPIES + NEAR)):
        if (other := _partner(number)) != number:
            near = vectors[other] + 0.3 * vectors[number]
            vectors[number] = near / np.linalg.norm(near)
    return vectors


def _file(home: Household, number: int, drawn: Sequence[Path]) -> FilePath:
    folder = f"{home.photos}/{number // 1000:04d}"
    if number % 1000 == 0:
        os.mkdir(folder)
    file = f"{folder}/{number % 1000:03d}.jpg"
    pair = (number - TWINS) // 2
    if number < TWINS or pair >= COPIES + NEAR:
        os.mknod(file)
    else:
        is_other = number % 2 and pair >= COPIES
        os.link(drawn[(pair * 2 + bool(is_other)) % len(drawn)], file)
    return os.fsencode(file)


# Kinds of copies


def _part(picture: Picture, left: float, top: float, size: float) -> Picture:
    height, width = picture.shape[:2]
    y, x = int(top * height), int(left * width)
    return picture[y : y + int(size * height), x : x + int(size * width)]


def _smaller(picture: Picture, size: float) -> Picture:
    return cv2.resize(picture, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)


def _grey(picture: Picture) -> Picture:
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def _moved(picture: Picture) -> Picture:
    """What is in the middle has moved to the right, as between two shots of a burst."""
    moved, width = picture.copy(), picture.shape[1]
    moved[:, width // 4 + 12 : width * 3 // 4 + 12] = picture[:, width // 4 : width * 3 // 4]
    return moved


KINDS: dict[str, Callable[[Picture], Picture]] = {
    "recompressed": lambda picture: picture,
    "half": lambda picture: _smaller(picture, 0.5),
    "thumbnail of 128": lambda picture: _smaller(picture, 128 / max(picture.shape)),
    "brighter": lambda picture: cv2.convertScaleAbs(picture, alpha=1.2, beta=20),
    "grey": _grey,
    "mirrored": lambda picture: picture[:, ::-1].copy(),
    "turned": lambda picture: np.rot90(picture).copy(),
    "centre 80 %": lambda picture: _part(picture, 0.1, 0.1, 0.8),
    "centre 60 %": lambda picture: _part(picture, 0.2, 0.2, 0.6),
    "corner 70 %": lambda picture: _part(picture, 0, 0, 0.7),
    "with a border": lambda picture: cv2.copyMakeBorder(
        picture, 30, 30, 30, 30, cv2.BORDER_CONSTANT, value=(255, 255, 255)
    ),
}
BURST = "of a burst"
"""No copy: another shot a moment later, which says so."""


def _of_kinds(place: Path, originals: Sequence[Path]) -> Iterator[Row]:
    folder = place / "home"
    folder.mkdir()
    home = Household(folder)
    for number, original in enumerate(originals):
        picture = cv2.imread(str(original))
        assert picture is not None
        content = _encoded(picture, 90)
        taken = f"2024:05:01 12:{number // 60:02d}:{number % 60:02d}"
        _write(home, f"{number}/original.jpg", content, taken)
        _write(home, f"{number}/exact.jpg", content, taken)
        for kind, change in KINDS.items():
            _write(home, f"{number}/{kind}.jpg", _encoded(change(picture), 60))
        _write(home, f"{number}/{BURST}.jpg", _encoded(_moved(picture), 90), taken, "53")
    with _running(home) as (client, _):
        until(lambda: home.status()["state"] == "idle", 600)
        result = client.duplicates()
    yield from _found(result, len(originals))


def _found(result: DuplicatesResult, count: int) -> Iterator[Row]:
    for tier, kinds in {"exact": ["exact"], "copy": [*KINDS]}.items():
        groups = [group for group in result.groups if group.tier == tier]
        copies = [(_origin(m.path), g) for g in groups for m in g.copies]
        right = sum(_origin(g.keeper)[0] == number for (number, _), g in copies)
        together = {number: set[str]() for number in range(count)}
        for group in groups:
            for number, kind in map(_origin, (member.path for member in group.members)):
                if _holds_original(group, number):
                    together[number].add(kind)
        each = {kind: sum(kind in kinds for kinds in together.values()) / count for kind in kinds}
        recall = sum(each.values()) / len(each)
        words = ", ".join(f"{kind} {share:.3f}" for kind, share in each.items())
        yield Row(f"recall of {tier}", f"{recall:.3f}", words if tier == "copy" else "")
        yield Row(f"precision of {tier}", f"{right / max(1, len(copies)):.4f}", "")
    burst = sum(_origin(m.path)[1] == BURST for g in result.groups for m in g.members)
    yield Row("photos of a burst among the copies", f"{burst:,} of {count:,}", "")


def _holds_original(group: DuplicateGroup, number: int) -> bool:
    return any(_origin(m.path) in ((number, "original"), (number, "exact")) for m in group.members)


def _origin(path: str) -> tuple[int, str]:
    """Of which original a picture was made, and how."""
    folder, name = os.path.split(path)
    return int(os.path.basename(folder)), os.path.splitext(name)[0]


def _encoded(picture: Picture, quality: int) -> bytes:
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def _write(
    home: Household, name: str, content: bytes, taken: str | None = None, fraction: str = "11"
) -> None:
    if taken is not None:
        tags: dict[int, int | str] = {exif.TAKEN: taken, exif.TAKEN_FRACTION: fraction}
        content = in_jpeg(content, block(tags))
    file = home.photos / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    os.utime(file, (OLD, OLD))


# Photos that are there once


def _false_alarms(place: Path, folder: Path) -> Iterator[Row]:
    home = Household(place)
    home.config.write_text(f'roots = ["{folder.resolve()}"]')
    with _running(home) as (client, _):
        until(lambda: home.status()["state"] == "idle", 3600)
        images = home.status()["images"]
        result = client.duplicates()
    yield Row(f"groups among the {images:,} photos as they are", f"{len(result.groups)}", "")
    for group in result.groups:
        names = ", ".join(os.path.relpath(member.path, folder) for member in group.members)
        print(f"  {group.tier}: {names}", file=sys.stderr)


# Pictures and daemons


def _originals(place: Path, folder: Path | None) -> list[Path]:
    if folder is None:
        return _drawn(place, ORIGINALS)
    files = sorted(file for file in folder.rglob("*.jpg") if max(_size(file)) >= PIXELS // 2)
    return random.Random(0).sample(files, min(ORIGINALS, len(files)))  # noqa: S311 - no secret


def _size(file: Path) -> tuple[int, int]:
    picture = cv2.imread(str(file))
    return (0, 0) if picture is None else (picture.shape[1], picture.shape[0])


def _drawn(place: Path, count: int) -> list[Path]:
    folder = place / "drawn"
    drawing.fill(folder, count=count)
    for file in folder.iterdir():
        picture = cv2.imread(str(file))
        assert picture is not None
        small = _smaller(picture, PIXELS / max(picture.shape))
        file.unlink()
        file.with_suffix(".jpg").write_bytes(_encoded(small, 90))
    return sorted(folder.iterdir())


@contextmanager
def _running(home: Household) -> Iterator[tuple[Client, Process]]:
    home.start()
    try:
        until(lambda: home.status()["state"] in ("idle", "indexing"), 600)
        assert home.process is not None
        with Client(home.socket, timeout=600) as client:
            yield client, Process(home.process.pid)
    finally:
        home.close()


if __name__ == "__main__":
    table.show(rows(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
