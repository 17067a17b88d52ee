"""The exact search alone, beside one reading of all vectors and beside FAISS's plain flat index.

python -m tests.benchmarks.searching
"""

from __future__ import annotations

from collections.abc import Iterator

import faiss
import numpy as np

from imgsimd.gallery.vectors.base import Search
from imgsimd.gallery.vectors.faiss_flat import FaissFlat
from imgsimd.types import ImageId
from imgsimd.vectors import VectorForm, Vectors
from tests.benchmarks import table
from tests.benchmarks.reading import reading_ms
from tests.benchmarks.table import Row
from tests.benchmarks.timing import median_ms, seconds

COUNT, DIMENSION = 1_000_000, 256
K = 10
TOGETHER = 32


def rows() -> Iterator[Row]:
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
    vectors = rng.standard_normal((COUNT, DIMENSION), np.float32)
    for part in np.array_split(vectors, 100):
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return vectors


def _compare(index: FaissFlat, plain: faiss.IndexFlatL2, queries: Vectors) -> None:
    """Speed counts only for the same answers."""
    _, ids = plain.search(queries, K)
    for query, expected in zip(queries, ids, strict=True):
        assert [each.id for each in index.search_many([Search(query, K)])[0]] == expected.tolist()


if __name__ == "__main__":
    table.show(rows())
