"""Puts what a question has found into a better order: by how the found lie to each other, and not
by their distances from the question alone ("local" re-ranking).

The question and the found are the nodes of a graph. Each node moves towards its nearest nodes: it
becomes the unit vector of

    itself + the sum, over the NEIGHBOURS nodes nearest to it, of cosine^POWER x that node.

Then the found are sorted by their cosine with the question, as both are now. So a photo comes
forward if what lies around it is what lies around the question. Nothing is stored, and photos that
were not found play no part.

Both halves are known. To move the question is alpha query expansion (Radenović, Tolias, Chum:
Fine-tuning CNN image retrieval with no human annotation, 2019; POWER is their alpha), after average
query expansion (Chum et al.: Total recall, 2007). To move the found is database-side augmentation
(Turcot, Lowe: Better matching with fewer features, 2009), here at question time and among the found
alone. Together they are one step of a diffusion on a local graph (Iscen et al.: Efficient diffusion
on region manifolds, 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgsimd.types import Match
from imgsimd.vectors import Vector, Vectors

NODES = 200
"""So many of the nearest get another order, however many are asked for: so the answer with more
matches begins as that with fewer. Twice as many take four times as long, and add nothing to the
precision of the first ten (of 3,604 labelled photos, as what follows)."""
NEIGHBOURS = 5
"""With 3 or 12, the precision of the first ten is the same to .005; with 12, copies lose."""
POWER = 3
"""With 1 or 6, the precision of the first ten is the same to .001."""
SAME = 1e-5
"""Nodes whose cosine is nearer to 1 than this are one node: files with the same content. Otherwise
a photo's neighbours would all be itself, where everything is there several times."""

_Table: TypeAlias = NDArray[np.float32]
"""[n, n]: of each node with each node; the question is the first."""


def reranked(
    question: Vector, matches: Sequence[Match], vectors: Vectors, near: float
) -> list[Match]:
    """The matches, which are given nearest first, in the better order; each keeps its rank. The
    `vectors` are those of the first ones, and all others stay behind these. Matches that are at
    most `near` stay in front, as they are: so no copy of a photo is behind what only looks like
    it."""
    kept = sum(match.distance <= near for match in matches[: len(vectors)])
    first = [matches[number] for number in order(question, vectors, kept)]
    return [*first, *matches[len(vectors) :]]


def order(question: Vector, found: Vectors, kept: int) -> NDArray[np.intp]:
    """The numbers of the found, from 0, in the better order.

    They are given nearest first. The first of them stay in front, as they are: the `kept` nearest,
    and at least those that are the same as the question, and the nearest other one with those that
    are the same. No vector is zero; their lengths do not matter. Those that are the same stay
    together, in their order.
    """
    nodes = np.vstack([question, found]).astype(np.float32)
    nodes /= np.linalg.norm(nodes, axis=1, keepdims=True)
    cosines = nodes @ nodes.T
    same = cosines > 1 - SAME
    np.fill_diagonal(same, True)
    first = same.argmax(axis=1)  # of those that are the same as each
    is_repeated = first < np.arange(len(first))
    shares = _shares(np.where(same | is_repeated, 0, cosines))
    better = np.argsort(-_moved(shares, cosines)[first[1:]], kind="stable")
    nearest = np.count_nonzero(same[0])  # the number of the first that is not the question
    front = max(kept, int(np.count_nonzero(first[1:] <= nearest)))
    return np.concatenate([np.arange(front), better[better >= front]])


def _shares(cosines: _Table) -> _Table:
    """How much of each node (column) is in what a node (row) becomes. A cosine of 0 or less counts
    for nothing."""
    count = min(NEIGHBOURS, len(cosines))
    near = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
    shares = np.zeros_like(cosines)
    powers = np.maximum(np.take_along_axis(cosines, near, axis=1), 0) ** POWER
    np.put_along_axis(shares, near, powers, axis=1)
    np.fill_diagonal(shares, 1)
    return shares


def _moved(shares: _Table, cosines: _Table) -> NDArray[np.float32]:
    """The cosine of each node with the question, as they are now, but for a factor that is the same
    for all. Computed from products of the nodes alone: their sums are never needed."""
    products = shares @ cosines
    lengths = np.sqrt((products * shares).sum(axis=1))
    moved: NDArray[np.float32] = products @ shares[0] / lengths
    return moved
