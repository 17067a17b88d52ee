"""How well vectors tell kinds of photos apart: each photo asks for others, and is left out itself.

recall@1 is the share of questions whose nearest photo is of the question's kind. precision@10 is
the share of the ten nearest that are, always divided by ten: photos of a kind with fewer than
eleven cannot reach 1. mAP is the mean, over all questions, of the average precision: the mean, over
all photos of the kind, of the share of the kind among all that are at least as near.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgsimd.evaluation.ranking import Rows, orders
from imgsimd.vectors import Vectors

K = 10

Labels = NDArray[np.int64]
"""The kind of each vector, [n]."""


class Figures(NamedTuple):
    """Means over all questions, from 0 to 1."""

    recall_at_1: float
    precision_at_10: float
    mean_average_precision: float


def asking(labels: Labels) -> Rows:
    """The photos that can be asked about: all of whose kind there is another one."""
    _, kinds, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    return np.flatnonzero(sizes[kinds] > 1)


def figures(
    vectors: Vectors,
    labels: Labels,
    reordered: Callable[[int, Rows], Rows],
    on_done: Callable[[int], None],
) -> tuple[Figures, Figures]:
    """What comes of asking about each photo that can be asked about: in the order of distances; and
    in the order that `reordered` makes of it, which is given a question's row and the rows found.

    `on_done` hears how many questions have been asked. There must be one.
    """
    exact, again = [], []
    asked = asking(labels)
    for done, (row, order) in enumerate(zip(asked, orders(vectors, asked), strict=True), 1):
        exact.append(_of_one(labels[order] == labels[row]))
        again.append(_of_one(labels[reordered(row, order)] == labels[row]))
        on_done(done)
    return _mean(exact), _mean(again)


def _of_one(is_right: NDArray[np.bool_]) -> Figures:
    """Of one question; `is_right` says of each photo found, the nearest first, whether it is of the
    question's kind. At least one is."""
    places = np.flatnonzero(is_right) + 1
    precisions = np.arange(1, len(places) + 1) / places
    right = np.count_nonzero(is_right[:K])
    return Figures(float(is_right[0]), right / K, float(precisions.mean()))


def _mean(of_all: list[Figures]) -> Figures:
    return Figures(*map(float, np.mean(of_all, axis=0)))
