"""What each filter costs among a million images, beside the same question without a filter.

python -m tests.benchmarks.filters
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from imgsimd import file_kinds
from imgsimd.gallery.attributes import Attributes
from imgsimd.gallery.conditions import Conditions, Orientation
from imgsimd.gallery.counting import Division
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.listing import Order
from imgsimd.gallery.selection import Selection
from imgsimd.gallery.vectors.base import Search
from imgsimd.gallery.vectors.faiss_flat import FaissFlat
from imgsimd.types import ImageId
from imgsimd.vectors import VectorForm, Vectors
from tests.benchmarks import table
from tests.benchmarks.table import Row
from tests.benchmarks.timing import seconds

COUNT, DIMENSION = 1_000_000, 256
K = 10
ROUNDS = 15
"""With the filter and without, in turn; the best counts, since others use the machine, too."""
FOLDERS = 100
BEGIN = datetime(2000, 1, 1)
A_PHOTO = timedelta(minutes=10)
SHARES = (0.01, 0.1, 0.5)
FORMATS = ["camera raw", "HEIC", "JPEG", "PNG"]
MAKERS = ["Nikon", "Apple", "Canon", "Sony"]
SIZES = [(3000, 3000), (3000, 4000), (4000, 3000), (6000, 4000)]


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        gallery = Gallery(Path(folder) / "gallery.db")
        _fill(gallery)
        index, queries = _index()
        longest: list[float] = []
        loading = seconds(lambda: _load(gallery.attributes, longest))
        yield Row(
            f"load the attributes of {COUNT:,} images (longest step {max(longest):.0f} ms)",
            f"{loading:.1f} s", "",
        )  # fmt: skip
        for name, share, wanted in _conditions():
            yield _row(
                name, share, _asking(gallery.attributes, index, queries, wanted), index, queries
            )
        yield from _listed(gallery, index)
        gallery.close()


def _listed(gallery: Gallery, index: FaissFlat) -> Iterator[Row]:
    """What pages of photos, and their filters, ask for."""
    gallery._index._store = index
    gallery.visibility.roots = (b"/photos",)
    half = Selection(Conditions(kinds=(file_kinds.named("jpg"),)))
    asked: dict[str, Callable[[], object]] = {
        f"the next 100 photos, {order} last": partial(_next_page, gallery, order) for order in Order
    }
    for by in Division:
        asked[f"count all by {by}"] = partial(gallery.counting.count, Selection(), by)
        asked[f"count half of them by {by}"] = partial(gallery.counting.count, half, by)
    for what, ask in asked.items():
        times = [seconds(ask) for _ in range(ROUNDS)]
        yield Row(what, f"{1000 * min(times):.1f} ms", "", None, "<= 50 ms")


def _next_page(gallery: Gallery, order: Order) -> object:
    last = gallery.listing.page(Selection(), order, None, 100).last
    return gallery.listing.page(Selection(), order, last, 100)


def _row(
    name: str, share: float, ask: Callable[[], object], index: FaissFlat, queries: Vectors
) -> Row:
    def plain() -> object:
        return index.search_many([Search(queries[0], K)])

    ask(), plain()
    pairs = [(seconds(ask), seconds(plain)) for _ in range(ROUNDS)]
    with_filter, without = (1000 * min(times) for times in zip(*pairs, strict=True))
    return Row(
        f"{name}, {share:.0%} left", f"{with_filter:.1f} ms", f"all {without:.1f} ms",
        with_filter / without, f"about {share:g}",
    )  # fmt: skip


def _asking(
    attributes: Attributes, index: FaissFlat, queries: Vectors, wanted: Conditions
) -> Callable[[], object]:
    def ask() -> object:
        attributes._answers.clear()  # as if it were asked for the first time
        return index.search_many([Search(queries[0], K, among=attributes.ids(wanted))])

    return ask


def _conditions() -> Iterator[tuple[str, float, Conditions]]:
    """Folders and times leave images that lie together, as they do where each folder is a year or
    an event; all others leave some that are scattered evenly, which costs most."""
    for share in SHARES:
        folders = tuple(b"/photos/%02d" % n for n in range(int(share * FOLDERS)))
        yield "--under", share, Conditions(under=folders)
    rest = tuple(b"/photos/%02d" % n for n in range(FOLDERS // 2))
    yield "--not-under", 0.5, Conditions(not_under=rest)
    for share in SHARES:
        until = BEGIN + A_PHOTO * int(COUNT * share)
        yield "--until", share, Conditions(until=until)
    for share, name in zip(SHARES, ("raw", "heic", "jpg"), strict=True):
        yield "--format", share, Conditions(kinds=(file_kinds.named(name),))
    for share, maker in zip(SHARES, MAKERS, strict=False):
        yield "--camera", share, Conditions(cameras=(maker,))
    yield "--orientation", 0.01, Conditions(orientation=Orientation.SQUARE)
    yield "--orientation", 0.1, Conditions(orientation=Orientation.PORTRAIT)
    yield "--orientation", 0.89, Conditions(orientation=Orientation.LANDSCAPE)
    yield "--min-pixels", 0.39, Conditions(min_pixels=24_000_000)


def _fill(gallery: Gallery) -> None:
    db: Any = gallery._catalog._file.db.conn  # Any: of the tests' own making
    rng = np.random.default_rng(0)
    kinds = [np.searchsorted([0.01, 0.11, 0.61], rng.random(COUNT)).tolist() for _ in range(3)]
    with gallery._catalog.atomic():
        db.executemany(
            "INSERT INTO images (path, size, mtime_ns, ctime_ns, inode) VALUES (?, 1, 1, 1, ?)",
            ((b"/photos/%02d/%d.jpg" % (n * FOLDERS // COUNT, n), n) for n in range(COUNT)),
        )
        db.executemany(
            """INSERT INTO metadata (image_id, format, width, height, orientation, taken, make)
            VALUES (?, ?, ?, ?, 1, ?, ?)""",
            (
                (n + 1, FORMATS[a], *SIZES[b], (BEGIN + n * A_PHOTO).isoformat(), MAKERS[c])
                for n, (a, b, c) in enumerate(zip(*kinds, strict=True))
            ),
        )


def _index() -> tuple[FaissFlat, Vectors]:
    index, rng = FaissFlat(VectorForm(DIMENSION)), np.random.default_rng(0)
    for start in range(1, COUNT + 1, 10_000):
        part = rng.standard_normal((10_000, DIMENSION), np.float32)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
        index.add([ImageId(n) for n in range(start, start + 10_000)], part)
    return index, part[:1]


def _load(attributes: Attributes, longest: list[float]) -> None:
    is_loaded = False
    while not is_loaded:
        start = time.perf_counter()
        is_loaded = attributes.load()
        longest.append(1000 * (time.perf_counter() - start))


if __name__ == "__main__":
    table.show(rows())
