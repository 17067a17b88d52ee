"""The exact search alone, beside one reading of all vectors and beside FAISS's plain flat index;
and vectors stored as int8 beside float32.

python -m tests.benchmarks.searching
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import faiss
import numpy as np

from imgsimd import process
from imgsimd.gallery.vectors.base import Ids, Search
from imgsimd.gallery.vectors.faiss_flat import FaissFlat
from imgsimd.types import ImageId
from imgsimd.vectors import VectorForm, Vectors
from tests.benchmarks import table
from tests.benchmarks.reading import reading_ms
from tests.benchmarks.table import Row
from tests.benchmarks.timing import median_ms, seconds

COUNT, DIMENSION, WIDE = 1_000_000, 256, 960
K = 10
TOGETHER = 32
PART = 10_000
ROUNDS = 9


def rows() -> Iterator[Row]:
    """Everything."""
    yield from _of_one()
    yield from _of_forms()


def _of_one() -> Iterator[Row]:
    vectors = _vectors()
    index, plain = FaissFlat(VectorForm(DIMENSION)), faiss.IndexFlatL2(DIMENSION)
    for start in range(0, COUNT, 8192):
        part = vectors[start : start + 8192]
        index.add([ImageId(n) for n in range(start, start + len(part))], part)
        plain.add(part)
    queries = vectors[:: COUNT // TOGETHER][:TOGETHER]
    _compare(index, plain, queries)
    one = median_ms(lambda: index.search_many([Search(queries[0], K)]))
    reading, flat = reading_ms(vectors.nbytes), median_ms(lambda: plain.search(queries[:1], K))
    name = f"search among {COUNT:,} x {DIMENSION}"
    yield Row(
        name, f"{one:.1f} ms", f"reading the vectors once {reading:.1f} ms", one / reading, "<= 1.3"
    )
    yield Row(name, f"{one:.1f} ms", f"FAISS's IndexFlatL2 {flat:.1f} ms", one / flat, "< 1")
    searches = [Search(query, K) for query in queries]
    many = median_ms(lambda: index.search_many(searches), 3) / TOGETHER
    yield Row(
        f"- {TOGETHER} questions together, each", f"{many:.1f} ms", f"alone {one:.1f} ms",
        many / one, "< 1",
    )  # fmt: skip
    removal = seconds(lambda: index.remove([ImageId(COUNT // 2)])) * 1000
    flat = seconds(lambda: plain.remove_ids(faiss.IDSelectorArray(np.array([COUNT // 2])))) * 1000
    yield Row(
        "- remove one vector", f"{removal:.1f} ms", f"IndexFlatL2 {flat:.1f} ms", removal / flat
    )


def _vectors() -> Vectors:
    rng = np.random.default_rng(0)
    return np.concatenate([units(rng, PART, DIMENSION) for _ in range(COUNT // PART)])


def _compare(index: FaissFlat, plain: faiss.IndexFlatL2, queries: Vectors) -> None:
    """Speed counts only for the same answers."""
    _, ids = plain.search(queries, K)
    for query, expected in zip(queries, ids, strict=True):
        assert [each.id for each in index.search_many([Search(query, K)])[0]] == expected.tolist()


class _Loaded(NamedTuple):
    """A store with COUNT vectors of a form."""

    store: FaissFlat
    queries: Vectors
    megabytes: float
    seconds: float
    """That it took to load them from their stored bytes."""

    @classmethod
    def of(cls, form: VectorForm) -> _Loaded:
        store, rng, drawing = FaissFlat(form), np.random.default_rng(0), 0.0
        queries = units(rng, TOGETHER, form.dimension)

        def rows() -> Iterator[tuple[ImageId, bytes]]:
            nonlocal drawing
            for start in range(0, COUNT, PART):
                begin = time.perf_counter()
                stored = form.to_bytes(units(rng, PART, form.dimension))
                drawing += time.perf_counter() - begin
                for n in range(PART):
                    yield ImageId(start + n), stored[n * form.size : (n + 1) * form.size]

        before = process.resident_bytes()
        took = seconds(lambda: store.load(rows())) - drawing
        process.give_back_freed_memory()
        return cls(store, queries, (process.resident_bytes() - before) / 1e6, took)

    def ask(self, queries: int, among: Ids | None = None) -> None:
        self.store.search_many([Search(each, K, among=among) for each in self.queries[:queries]])


def _of_forms() -> Iterator[Row]:
    """The numbers of the first built-in model, those of the present one, and these as float32."""
    forms = [VectorForm(DIMENSION), VectorForm(WIDE), VectorForm(WIDE, "int8")]
    loaded = [_Loaded.of(form) for form in forms]
    yield from _beside("memory of {}", "{:.0f} MB", [each.megabytes for each in loaded], forms)
    yield from _beside("load {}", "{:.1f} s", [each.seconds for each in loaded], forms)
    together, scattered = np.arange(COUNT // 10), np.arange(0, COUNT, 10)
    for what, queries, among in (
        ("search among {}", 1, None),
        ("- 8 questions together", 8, None),
        (f"- {TOGETHER} questions together", TOGETHER, None),
        ("- with a filter that leaves 10 %, together", 1, together),
        ("- with a filter that leaves 10 %, scattered", 1, scattered),
    ):
        asks = [partial(each.ask, queries, among) for each in loaded]
        yield from _beside(what, "{:.1f} ms", _side_by_side(asks), forms)


def _side_by_side(actions: Sequence[Callable[[], object]]) -> list[float]:
    """Milliseconds of each, at best, in turns."""
    rounds = [[seconds(action) for action in actions] for _ in range(ROUNDS)]
    return [min(times) * 1000 for times in zip(*rounds, strict=True)]


def _beside(
    what: str, shown: str, values: Sequence[float], forms: Sequence[VectorForm]
) -> Iterator[Row]:
    """The last of the forms beside each of the others."""
    reached = shown.format(values[-1])
    for form, value in zip(forms[:-1], values[:-1], strict=True):
        name = what.format(f"{COUNT:,} x {forms[-1].dimension} int8")
        beside = f"x {form.dimension} {form.stored_as} {shown.format(value)}"
        yield Row(name, reached, beside, values[-1] / value)


def units(rng: np.random.Generator, count: int, dimension: int) -> Vectors:
    """So many in random directions."""
    vectors = rng.standard_normal((count, dimension), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


if __name__ == "__main__":
    table.show(rows())
