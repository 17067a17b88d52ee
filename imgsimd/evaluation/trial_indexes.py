"""How much of what is nearest each kind of index on a Milvus server finds, and in what time.

The vectors are put into a collection that nobody else uses, and that is removed at the end.
Questions are asked as those of `similar` are. recall@k is the share of the k nearest, by exact
distances, that the answer has in any place: an answer is put in order by distances computed anew.
"""

from __future__ import annotations

import secrets
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from imgsimd.errors import StoreError, StoreFault
from imgsimd.evaluation.embedded import Stages
from imgsimd.evaluation.ranking import Rows, orders
from imgsimd.gallery.vectors.shared_row import SharedRow
from imgsimd.index_settings import Index
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import (
    Build,
    Collection,
    Collections,
    Drop,
    Find,
    Hit,
    IndexKind,
    Open,
    Upsert,
)
from imgsimd.milvus.search import MORE
from imgsimd.milvus.server_settings import server_of
from imgsimd.search.reranking import NODES
from imgsimd.shared_ids import HostNumber, SharedId
from imgsimd.vectors import Vector, VectorForm, Vectors

Distances: TypeAlias = NDArray[np.float64]

KINDS: tuple[IndexKind, ...] = get_args(IndexKind)
PLACES = (1, 10, 100)
"""The k of recall@k."""
LIMIT = NODES + MORE + 1
"""Rows that a question asks for; one of them is the photo itself."""
MOST_ASKED = 500
"""Questions, evenly chosen: of their 5,000 nearest ten, the share that is found is right within a
percent."""
ROWS_AT_ONCE = 1000
SECONDS = 3600.0
"""For each request: nobody waits, and a server may have to build an index of all vectors."""
SAME = 1e-5
"""Distances that differ by less are equal: float32 may put them in either order."""
NO_HOST = HostNumber(0)


@dataclass(frozen=True, slots=True)
class IndexFigures:
    """Of one kind of index with the vectors of one model."""

    kind: IndexKind
    recall: Sequence[float | None]
    """At each of PLACES, or at the number of other photos if that is less."""
    milliseconds: float | None
    """That a question takes, one after another; the median."""
    error: str | None = None
    """Why the server has no such index; all figures are None then."""

    @property
    def json(self) -> dict[str, object]:
        """As README documents it."""
        at_each = {f"recall_at_{k}": share for k, share in zip(PLACES, self.recall, strict=True)}
        return {"kind": self.kind, **at_each} | {
            "milliseconds": self.milliseconds,
            "error": self.error,
        }


class Trial(NamedTuple):
    """What is asked of an index."""

    form: VectorForm
    vectors: Vectors
    asked: Rows
    """The rows of the photos that are asked about."""
    nearest: Distances
    """[asked, the most of PLACES, or all others], ascending."""


class TrialIndexes:
    """Makes indexes on a server, measures them, and removes them."""

    def __init__(self, ask: Ask, prefix: str) -> None:
        """The names of our collections begin with the prefix: a user of the server may have no
        rights to others."""
        self._ask = ask
        self._prefix = prefix

    def figures(self, form: VectorForm, vectors: Vectors, stages: Stages) -> list[IndexFigures]:
        """Of each kind; there must be two vectors. Raises StoreError."""
        count = min(MOST_ASKED, len(vectors))
        asked = np.arange(count) * len(vectors) // count
        trial = Trial(form, vectors, asked, _nearest(vectors, asked))
        return [self._of(kind, trial, stages) for kind in KINDS]

    def _of(self, kind: IndexKind, trial: Trial, stages: Stages) -> IndexFigures:
        name = f"{self._prefix}_evaluation_{secrets.token_hex(8)}"
        collection = Collection(name, trial.form, kind)
        try:
            with self._made(collection):
                self._fill(collection, trial, stages)
                return self._asked(collection, trial, stages(f"asking {kind}", len(trial.asked)))
        except StoreError as error:
            if error.fault != StoreFault.FAILED:
                raise
            return IndexFigures(kind, [None] * len(PLACES), None, str(error))

    @contextmanager
    def _made(self, collection: Collection) -> Iterator[None]:
        try:
            self._ask.ask(Open(collection), SECONDS)
            yield
        except BaseException:
            with _undisturbed(), suppress(StoreError):  # what went wrong first is what to tell
                self._ask.ask(Drop(collection.name))
            raise
        with _undisturbed():
            self._ask.ask(Drop(collection.name), SECONDS)

    def _fill(self, collection: Collection, trial: Trial, stages: Stages) -> None:
        on_done = stages(f"filling {collection.kind}", len(trial.vectors))
        for start in range(0, len(trial.vectors), ROWS_AT_ONCE):
            some = trial.vectors[start : start + ROWS_AT_ONCE]
            rows = [
                _row(start + place, trial.form.to_bytes(each)) for place, each in enumerate(some)
            ]
            self._ask.ask(Upsert(collection, rows), SECONDS)
            on_done(start + len(some))
        stages(f"building {collection.kind}", 0)
        self._ask.ask(Build(collection.name), SECONDS)

    def _asked(
        self, collection: Collection, trial: Trial, on_done: Callable[[int], None]
    ) -> IndexFigures:
        seconds, shares = [], []
        for done, row in enumerate(trial.asked.tolist(), 1):
            query = trial.form.to_bytes(trial.vectors[row])
            start = perf_counter()
            [hits] = self._ask.ask(Find(collection, [query], LIMIT, ""), SECONDS)
            seconds.append(perf_counter() - start)
            found = _distances(trial, row, hits)
            shares.append([_share(found, trial.nearest[done - 1], k) for k in PLACES])
            on_done(done)
        recall: list[float] = np.mean(shares, axis=0).tolist()
        return IndexFigures(collection.kind, recall, 1000 * median(seconds))


@contextmanager
def trial_indexes(settings: Index) -> Iterator[TrialIndexes]:
    """On the server of these settings. Raises StoreError if it cannot be used."""
    link = Link(server_of(settings), settings.seconds)
    try:
        link.ask(Collections(settings.prefix))
        yield TrialIndexes(link, settings.prefix)
    finally:
        link.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C does not keep what is begun from being removed."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _nearest(vectors: Vectors, asked: Rows) -> Distances:
    """For each row that is asked about, the distances of the nearest others; see `Trial`."""
    found = [
        np.sort(_between(vectors[order[: max(PLACES)]], vectors[row]))
        for row, order in zip(asked, orders(vectors, asked), strict=True)
    ]
    return np.array(found)


def _between(vectors: Vectors, question: Vector) -> Distances:
    difference = vectors.astype(np.float64) - question.astype(np.float64)
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", difference, difference)), np.float64)


def _distances(trial: Trial, row: int, hits: Sequence[Hit]) -> Distances:
    """Of what was found, without the photo itself."""
    stored = b"".join(hit.vector for hit in hits if hit.id != row + 1)
    found = trial.form.from_bytes(stored).reshape(-1, trial.form.dimension)
    return _between(found, trial.vectors[row])


def _share(found: Distances, nearest: Distances, k: int) -> float:
    """Of the k nearest, or of all if these are fewer. Of several that are equally far, any counts
    for any other."""
    most = min(k, len(nearest))
    return min(most, int(np.count_nonzero(found <= nearest[most - 1] + SAME))) / most


def _row(number: int, stored: bytes) -> SharedRow:
    """An image of which only the vector is of interest."""
    image = SharedId(number + 1)
    return SharedRow(image, stored, NO_HOST, b"/", b"/", 0, "", "", -1, 2, "")
