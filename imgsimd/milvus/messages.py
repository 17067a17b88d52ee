"""What the daemon asks of the process that talks to Milvus: plain values, which pickle carries.

pymilvus takes half a second to import, and pandas with it 100 MB, so it lives in a process of its
own, which ends when nobody has needed it for a while.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.vectors.shared_row import SharedRow
from imgsimd.shared_ids import HostNumber, SharedId
from imgsimd.types import FilePath
from imgsimd.vectors import VectorForm

R = TypeVar("R", covariant=True)
IndexKind: TypeAlias = Literal["FLAT", "HNSW", "IVF_FLAT", "DISKANN"]


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach Milvus. Files are read at each connection."""

    uri: str
    token_file: str | None
    ca_file: str | None
    cert_file: str | None
    key_file: str | None
    database: str


@dataclass(frozen=True, slots=True)
class Collection:
    """One model's vectors."""

    name: str
    form: VectorForm
    kind: IndexKind = "FLAT"
    """Of its index, if it must be made."""


class Hit(NamedTuple):
    """A row that was found."""

    id: SharedId
    squared: float
    """The squared distance, as Milvus computes it in float32."""
    host: HostNumber
    path: FilePath
    vector: bytes
    """As it is stored in SQLite."""


class Host(NamedTuple):
    """What a machine tells others of itself."""

    number: HostNumber
    name: str
    gallery: str
    """A random text that its database was given: two galleries never have the same."""
    offline: tuple[FilePath, ...] = ()
    """Watched folders whose images are not to be found now."""
    changed: float = 0.0
    """Seconds since 1970 when this was written."""


class WrongRequestError(ValueError):
    """No server could carry this out."""


class Request(Generic[R]):
    """Something to ask, and what the answer is. A request that fails raises StoreError."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Open(Request[bool]):
    """Makes the collection if there is none, and loads it; whether it was made. OTHER_FORM if there
    is one with this name that has another dimension or other fields."""

    collection: Collection


@dataclass(frozen=True, slots=True)
class Upsert(Request[None]):
    """Adds the rows, or puts them in place of those with the same ids. In portions that the server
    takes (64 MB a request)."""

    collection: Collection
    rows: list[SharedRow]
    """Milvus gets their numbers, or codes, as float32: so distances there are those of the
    codes."""


@dataclass(frozen=True, slots=True)
class Delete(Request[None]):
    """Removes the rows with these ids; unknown ones are ignored."""

    name: str
    """Of the collection."""
    ids: list[SharedId]


@dataclass(frozen=True, slots=True)
class Flush(Request[None]):
    """What was changed in the collection of this name is on its disk afterwards."""

    name: str


@dataclass(frozen=True, slots=True)
class Build(Request[None]):
    """Every row is in the index afterwards, and on the server's disk: else a server builds it when
    it has the time, and until then compares with all rows. Nothing is found meanwhile. FAILED if
    the server has no such kind of index."""

    name: str


@dataclass(frozen=True, slots=True)
class Find(Request[list[list[Hit]]]):
    """For each query the nearest rows that fit the expression; for all of them together at most
    `most_hits`. As of now: consistency level Strong. The fault is LOST if there is no such
    collection."""

    collection: Collection
    queries: list[bytes]
    """As they would be stored."""
    limit: int
    expression: str
    """In Milvus's words; empty: all. See `expression.py`."""


@dataclass(frozen=True, slots=True)
class Ids(Request[NDArray[np.int64]]):
    """The ids of all rows that fit the expression, ascending. As of now; none if there is no such
    collection."""

    name: str
    """Of the collection."""
    expression: str


@dataclass(frozen=True, slots=True)
class Count(Request[int]):
    """How many rows fit the expression. As of now; 0 if there is no such collection."""

    name: str
    """Of the collection."""
    expression: str


@dataclass(frozen=True, slots=True)
class Collections(Request[list[str]]):
    """The names of all collections that begin with the prefix and `_`."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Drop(Request[None]):
    """Removes the collection, if there is one."""

    name: str


@dataclass(frozen=True, slots=True)
class ReadHosts(Request[list[Host]]):
    """All hosts that share the collections with this prefix; none if no host has told anything."""

    prefix: str


@dataclass(frozen=True, slots=True)
class WriteHost(Request[None]):
    """Puts this in place of what was told of the host with this number. ValueError if the names of
    its folders are too long for Milvus: 65,535 characters together."""

    prefix: str
    host: Host


@dataclass(frozen=True, slots=True)
class RemoveHost(Request[None]):
    """Removes what was told of a host. Its rows are removed with `Ids` and `Delete`."""

    prefix: str
    number: HostNumber


@dataclass(frozen=True, slots=True)
class WriteThumbnails(Request[None]):
    """Stores JPEGs, in place of those with the same ids. ValueError if one has more than
    MOST_JPEG_BYTES; none is stored then."""

    prefix: str
    jpegs: dict[SharedId, bytes]


@dataclass(frozen=True, slots=True)
class ReadThumbnail(Request[bytes | None]):
    """The JPEG of an image, if there is one."""

    prefix: str
    id: SharedId


@dataclass(frozen=True, slots=True)
class DeleteThumbnails(Request[None]):
    """Removes the JPEGs of these images."""

    prefix: str
    ids: list[SharedId]


@dataclass(frozen=True, slots=True)
class ThumbnailIds(Request[NDArray[np.int64]]):
    """The ids of all JPEGs of a host's images, ascending."""

    prefix: str
    host: HostNumber


HOSTS = "_hosts"
"""With which, after the prefix, the name of the collection of hosts ends."""
MOST_JPEG_BYTES = 65_535 // 4 * 3
"""Of a thumbnail: it is stored as base64, in a text of the greatest length that Milvus allows."""
MOST_HITS = 16_384
"""Rows that Milvus gives in one call, at most (its documentation: "Milvus limits")."""
MOST_BYTES = 32 * 2**20
"""Of the vectors in one answer, which come as float32. Servers' limits are twice that and more."""


def most_hits(form: VectorForm) -> int:
    """Rows with such vectors that one call gives."""
    return max(1, min(MOST_HITS, MOST_BYTES // (4 * form.dimension)))
