"""What a vector store promises. `tests/gallery/vectors/contract.py` checks it for each of them.

A store is derived data: it can be emptied and filled again from the catalog at any time. It takes
and gives plain values (ids, vectors, distances), and knows nothing of files and folders.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.conditions import Conditions
from imgsimd.shared_ids import SharedId
from imgsimd.types import FilePath, ImageId
from imgsimd.vectors import Vector, VectorForm, Vectors

Ids: TypeAlias = NDArray[np.int64]
"""[n]"""


class Elsewhere(NamedTuple):
    """Asks for what other hosts have in the same store, too."""

    hosts: tuple[str, ...] = ()
    """Only what hosts with these names have, this one among them if it is named; empty: all."""


class Search(NamedTuple):
    """Which k vectors are nearest to a query?"""

    query: Vector
    """It is compared as it would be stored, so a stored vector is at distance 0 from itself."""
    k: int
    """At least 0. If the store has fewer vectors that may be found, all of them are."""
    leave_out: Sequence[ImageId] = ()
    """Ids that this search does not find. Unknown ids do no harm."""
    max_distance: float | None = None
    """Farther vectors are not found; None: no limit."""
    among: Ids | None = None
    """Only these ids (ascending, each once; some may be unknown) are found; None: all. It costs
    about the share of the vectors that these are. Searches that share an array cost less."""
    where: Conditions | None = None
    """The conditions that the ids of `among` fit, if these come from conditions. A store that knows
    what its images are like compares by these."""
    elsewhere: Elsewhere | None = None
    """What is asked of other hosts; None: nothing. Only a remote store that is shared has any."""


class Neighbour(NamedTuple):
    """A vector that a search has found."""

    id: ImageId
    distance: float
    """The L2 distance from the query, computed in float64 from the float32 numbers that the stored
    bytes of both stand for."""


class DistantNeighbour(NamedTuple):
    """A vector of another host that a search has found."""

    id: SharedId
    distance: float
    """See `Neighbour`."""
    host: str
    """The host's name."""
    path: FilePath
    """Where the image is there."""
    vector: Vector


Found: TypeAlias = list[list[Neighbour | DistantNeighbour]]
"""For each search what it has found, nearest first, and equally near ones by id; a shared id is
above every id of this host's."""


class VectorStore(Protocol):
    """Vectors of one dimension, each under the id of its image.

    Ids are positive and below 2**63; there may be wide gaps between them. One thread at a time may
    call a store. `add`, `load`, `remove` and `search_many` may take long; the other methods answer
    at once.
    """

    @property
    def form(self) -> VectorForm:
        """How many numbers each vector has, and how they are stored."""

    def __len__(self) -> int:
        """How many vectors there are."""

    def __contains__(self, image: ImageId, /) -> bool:
        """Whether there is a vector under this id."""

    def add(self, ids: Sequence[ImageId], vectors: Vectors) -> None:
        """Adds a vector under each of the ids, as it is stored; it is found at once.

        Raises ValueError if an id is in use or is given twice, or if the vectors have another
        dimension; nothing is added then.
        """

    def load(self, rows: Iterable[tuple[ImageId, bytes]]) -> None:
        """Adds many vectors in the form in which they are stored.

        Raises as `add` does, and whatever `rows` raises; what came before may have been added.
        """

    def remove(self, ids: Sequence[ImageId]) -> None:
        """Removes the vectors under these ids. Ids that are not in use are ignored."""

    def get(self, image: ImageId) -> Vector | None:
        """The vector under this id, bit for bit what its stored bytes stand for; None if there is
        none."""

    def ids(self) -> Ids:
        """All ids in use, ascending."""

    def between(self, after: int, upto: int) -> tuple[Ids, Vectors]:
        """The ids with `after < id <= upto`, in ascending order, and their vectors."""

    def vectors_of(self, ids: Ids) -> tuple[NDArray[np.bool_], Vectors]:
        """Which of the ids are in use, and the vectors under these, in their order here. Each id is
        given once."""

    def search_many(
        self, searches: Sequence[Search], hidden: Ids | None = None
    ) -> list[list[Neighbour]]:
        """For each search the nearest vectors, nearest first, and equally near ones by id.

        Exact: the same as comparing the query with every vector that may be found, as it is stored.
        No search finds the `hidden` ids (ascending, each once; some may be unknown). None hides
        nothing and must not cost anything. Searches of one call do not influence each other;
        together they may cost less than one after another.
        """

    def close(self) -> None:
        """Frees what the store holds. Nothing may be called afterwards."""


class RemoteSearch(ABC):
    """Searches in a remote store that have not been carried out yet."""

    def __init__(self, store: RemoteStore, searches: Sequence[Search]) -> None:
        self.store = store
        self.searches = searches
        self.hosts: Sequence[str] = ()
        """The names of all hosts that share the store, this one among them: known once it has run,
        if a search asks for what is elsewhere."""

    @abstractmethod
    def run(self) -> Found:
        """Blocks until the store answers. Runs on any thread but the gallery's, which may change
        the store meanwhile. It finds what was in the store when it was prepared, and may or may not
        see later changes. Raises StoreError; after the store was closed, it soon returns something
        which is not used, or raises StoreError."""


class RemoteStore(VectorStore):
    """A store whose searches wait for another process or machine.

    `add`, `load` and `remove` may return before the other side has carried them out; a search that
    is prepared later finds the new state all the same. `search_many` blocks, and so is for tests
    alone: it is `prepare(...).run()`.
    """

    @abstractmethod
    def prepare(self, searches: Sequence[Search], hidden: Ids | None = None) -> RemoteSearch:
        """Answers at once, on the gallery's thread: see `search_many`. The `hidden` ids are this
        host's."""

    @abstractmethod
    def pushed(self, ids: Iterable[ImageId]) -> None:
        """The other side has these images as SQLite has them. Ids that are not in use are
        ignored."""
