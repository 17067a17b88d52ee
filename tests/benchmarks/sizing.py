"""What a gallery of any size needs: arithmetic, with what Milvus, FAISS and DiskANN document.

Sizes are bytes, times seconds; a GB is 10**9 bytes.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from imgsimd.milvus.messages import MOST_HITS

# "Milvus Limits", https://milvus.io/docs/limitations.md. Input and output of each request:
REQUEST_BYTES = 64 * 2**20
COLLECTIONS = 65_536
PARTITIONS = 1_024
"""Of a collection."""
LOADABLE = 0.9
"""The share of all query nodes' memory that loaded data may take."""

# "Milvus Sizing Tool", https://zilliz.com/sizing-tool, which gives a query node 1 core and 4 GB;
# "Estimate resources", https://www.alibabacloud.com/help/en/milvus/user-guide/
# milvus-resource-estimation-and-configuration-recommendations, which keeps to that ratio.
BYTES_PER_CORE = 4_000_000_000

# What imgsimd asks for (`tables.INDEX_OPTIONS`); Milvus's own default is 30, as "HNSW",
# https://milvus.io/docs/hnsw.md, says. "Index Explained", https://milvus.io/docs/index-explained.md,
# counts 4 bytes an edge beside the vectors; so does "Guidelines to choose an index",
# https://github.com/facebookresearch/faiss/wiki/Guidelines-to-choose-an-index:
# (d * 4 + M * 2 * 4) bytes per vector.
HNSW_M = 16
EDGE_BYTES = 4

# "knowhere-related Configurations", https://milvus.io/docs/configure_knowhere.md: defaults of
# `pq_code_budget_gb_ratio`, `search_cache_budget_gb_ratio` (both times the bytes of the vectors)
# and `max_degree`. "Index Explained" recommends DISKANN from where "a quarter of your raw data fits
# into memory".
DISKANN_CODES = 0.125
DISKANN_CACHE = 0.1
DISKANN_DEGREE = 56
# DiskANN's disk layout, https://github.com/microsoft/DiskANN: a vector, the number of its
# neighbours and these lie together, as many as fit into a sector (SECTOR_LEN / max_node_len).
SECTOR_BYTES = 4096

# "dataCoord-related Configurations", https://milvus.io/docs/configure_datacoord.md: default of
# `segment.maxSize`. Each segment has an index of its own, and a question asks all of them.
SEGMENT_BYTES = 1024 * 2**20

NUMBER_BYTES = {"float32": 4, "half": 2, "int8": 1}
"""Of one number of a vector: FLOAT_VECTOR, FLOAT16_VECTOR, INT8_VECTOR ("Dense Vector",
https://milvus.io/docs/dense-vector.md)."""
HIT_BYTES = 100
"""Of a match besides its vector: id, distance and host (20), and a path of 80 bytes."""
ROW_BYTES = 180
"""Of a photo's row besides its vector: five numbers (40), path (80), watched folder (30), format,
extension and camera (30)."""
THUMBNAIL_BYTES = 10_000
"""Of a JPEG with 256 pixels on the long side: those of drawn pictures have 10,500."""
DISK = 500_000_000
"""Bytes a second."""


class Line(NamedTuple):
    """What grows with the number of photos."""

    fixed: float
    each: float

    @classmethod
    def through(cls, few: tuple[int, float], many: tuple[int, float]) -> Line:
        """Through two measurements (photos, what they took)."""
        (x, y), (x2, y2) = few, many
        each = (y2 - y) / (x2 - x)
        return cls(y - each * x, each)

    def at(self, photos: float) -> float:
        """What so many photos take."""
        return self.fixed + self.each * photos

    def reaches(self, limit: float) -> float:
        """How many photos take as much as this; infinitely many if they do not grow to it."""
        return max(0.0, (limit - self.fixed) / self.each) if self.each > 0 else math.inf

    def on_disk(self, size: float, passes: int) -> Line:
        """These seconds, and those in which a disk reads or writes `size` bytes of each photo so
        many times."""
        return Line(self.fixed, self.each + passes * size / DISK)


def machines(photos: int, each: float, cores: int, days: float) -> int:
    """Machines with so many cores that embed all photos in time, if one takes a core `each`
    seconds."""
    return math.ceil(photos * each / (cores * days * 86_400))


def vector_bytes(dimension: int, number: str) -> int:
    return dimension * NUMBER_BYTES[number]


def flat_memory(photos: int, vector: int) -> float:
    """Of all query nodes, for an exact index."""
    return photos * vector / LOADABLE


def hnsw_memory(photos: int, vector: int) -> float:
    """Of all query nodes; the graph's upper layers, 3 % of its edges, are left out."""
    return photos * (vector + HNSW_M * 2 * EDGE_BYTES) / LOADABLE


def diskann_memory(photos: int, vector: int) -> float:
    """Of all query nodes: codes and cache."""
    return photos * vector * (DISKANN_CODES + DISKANN_CACHE) / LOADABLE


def diskann_disk(photos: int, vector: int) -> int:
    """NVMe of all query nodes."""
    together = SECTOR_BYTES // (vector + (1 + DISKANN_DEGREE) * EDGE_BYTES)
    if together:
        return math.ceil(photos / together) * SECTOR_BYTES
    sectors = math.ceil((vector + (1 + DISKANN_DEGREE) * EDGE_BYTES) / SECTOR_BYTES)
    return photos * sectors * SECTOR_BYTES


def nodes(memory: float, cores: int) -> int:
    """Query nodes with so many cores and the memory that belongs to them."""
    return math.ceil(memory / (cores * BYTES_PER_CORE))


def hnsw_compared(photos: int, vector: int, breadth: int) -> int:
    """Vectors that a question is compared with at most, in all segments' graphs, if it looks at the
    neighbours of `breadth` (ef) vectors in each."""
    segments = math.ceil(photos * vector / SEGMENT_BYTES)
    return min(photos, segments * breadth * HNSW_M * 2)


def answer_bytes(hits: int, vector: int) -> int:
    """Of an answer with this many matches, and their vectors, which are compared anew."""
    return hits * (vector + HIT_BYTES)


def most_hits(vector: int) -> int:
    """Matches of one answer."""
    return min(MOST_HITS, REQUEST_BYTES // (vector + HIT_BYTES))


def push_bytes(photos: int, vector: int) -> int:
    """That bring so many photos' rows to Milvus."""
    return photos * (vector + ROW_BYTES)


def thumbnail_bytes(photos: int) -> float:
    """Of the thumbnails of so many photos in Milvus, which has them as text."""
    return photos * THUMBNAIL_BYTES * 4 / 3


def round_figure(photos: float) -> int:
    """The next lower number that is 1, 2 or 5 and zeros; 0 below 1."""
    if photos < 1:
        return 0
    power = int(10 ** math.floor(math.log10(photos)))
    return max(digit * power for digit in (1, 2, 5) if digit * power <= photos)


def shown(size: float) -> str:
    """Bytes, in words."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if size < 999.5:
            return f"{_three(size)} {unit}"
        size /= 1000
    return f"{_three(size)} PB"


def lasting(seconds: float) -> str:
    """A duration, in words."""
    for most, unit, name in (
        (1, 1e-3, "ms"),
        (120, 1, "s"),
        (7200, 60, "min"),
        (172_800, 3600, "h"),
    ):
        if seconds < most:
            return f"{_three(seconds / unit)} {name}"
    return f"{_three(seconds / 86_400)} days"


def _three(number: float) -> str:
    """With three digits, or all before the point."""
    if number == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(number))))
    text = f"{number:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
