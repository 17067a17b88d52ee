"""The figures of an evaluation agree with those of a plain loop over all pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from imgsimd.evaluation import ranking, retrieval
from imgsimd.evaluation.ranking import Rows
from imgsimd.evaluation.retrieval import Figures, Labels
from imgsimd.vectors import Vectors


def made(count: int, kinds: int, spread: float = 1.0) -> tuple[Vectors, Labels]:
    """Vectors of kinds that overlap."""
    rng = np.random.default_rng(count)
    labels = rng.integers(0, kinds, count)
    vectors = rng.normal(size=(kinds, 16))[labels] + rng.normal(size=(count, 16)) * spread
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit.astype(np.float32), labels


def with_ties(count: int, kinds: int) -> tuple[Vectors, Labels]:
    """As `made`, but each of only a few vectors is there many times: with exact distances."""
    rng = np.random.default_rng(count)
    corners = np.eye(8, dtype=np.float32)
    return corners[rng.integers(0, 8, count)], rng.integers(0, kinds, count)


def others(vectors: Vectors, row: int) -> list[int]:
    """All others, the nearest first, then the one that comes first."""
    exact = vectors.astype(np.float64)
    apart = [float(((exact[row] - each) ** 2).sum()) for each in exact]
    return sorted((n for n in range(len(exact)) if n != row), key=lambda n: (apart[n], n))


def plainly(vectors: Vectors, labels: Labels) -> Figures:
    """The definitions, word by word."""
    first, of_ten, average = [], [], []
    for row in range(len(vectors)):
        right = [bool(labels[other] == labels[row]) for other in others(vectors, row)]
        if any(right):
            first.append(right[0])
            of_ten.append(sum(right[:10]) / 10)
            shares = [sum(right[: n + 1]) / (n + 1) for n, is_right in enumerate(right) if is_right]
            average.append(sum(shares) / len(shares))
    return Figures(*(sum(each) / len(each) for each in (first, of_ten, average)))


def unchanged(_: int, order: Rows) -> Rows:
    return order


def nobody(_: int) -> None:
    pass


def exact(vectors: Vectors, labels: Labels) -> Any:
    return pytest.approx(retrieval.figures(vectors, labels, unchanged, nobody)[0], abs=1e-9)


@pytest.fixture(params=[200, ranking.BLOCK_NUMBERS], ids=["in blocks", "at once"])
def _blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "BLOCK_NUMBERS", request.param)


@pytest.mark.usefixtures("_blocks")
@pytest.mark.parametrize(
    ("vectors", "labels"),
    [made(60, 4), made(90, 30), with_ties(60, 4), with_ties(40, 12), made(5, 2), made(2, 1)],
    ids=["few kinds", "kinds of one photo", "ties", "ties of few", "fewer than ten", "a pair"],
)
def test_they_are_what_their_definitions_say(vectors: Vectors, labels: Labels) -> None:
    assert plainly(vectors, labels) == exact(vectors, labels)


@pytest.mark.usefixtures("_blocks")
def test_of_photos_that_are_equally_near_the_first_one_comes_first() -> None:
    vectors, _ = with_ties(40, 2)
    asked = np.array([7, 0, 39])
    found = [order.tolist() for order in ranking.orders(vectors, asked)]
    assert found == [others(vectors, row) for row in asked]


def test_photos_that_are_alone_of_their_kind_are_found_but_do_not_ask() -> None:
    labels = np.array([5, 3, 5, 9])
    assert retrieval.asking(labels).tolist() == [0, 2]
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    found, _ = retrieval.figures(vectors, labels, unchanged, nobody)
    assert found == Figures(0.0, 0.1, 0.5)  # each second of three


def test_another_order_has_figures_of_its_own() -> None:
    vectors, labels = made(60, 4)

    def best(row: int, order: Rows) -> Rows:
        return np.concatenate([order[labels[order] == labels[row]], order])

    asked: list[int] = []
    first, second = retrieval.figures(vectors, labels, best, asked.append)
    assert first == exact(vectors, labels)
    assert first.recall_at_1 < second.recall_at_1 == 1.0
    assert asked == list(range(1, 61))


@pytest.mark.usefixtures("_blocks")
def test_a_copy_is_found_unless_another_photo_is_nearer() -> None:
    """A photo that is there twice is no worse than the one that was copied."""
    vectors = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    copies = np.array([[1, 0, 0], [0.8, 0.6, 0], [0.6, 0.8, 0], [0, 0, 1]], np.float32)
    found = ranking.are_nearest(copies, vectors, np.array([1, 0, 0, 3]))
    assert found.tolist() == [True, True, False, True]
