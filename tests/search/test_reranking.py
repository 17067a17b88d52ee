"""The better order of what was found: by what lies around each."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from imgsimd.search.reranking import NEIGHBOURS, NODES, POWER, order
from imgsimd.vectors import Vector, Vectors


def scattered(count: int, seed: int, spread: float) -> Vectors:
    """Vectors around one direction, the nearer ones first."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(count, 16)) * spread
    vectors[:, 0] += 1
    vectors = vectors[np.argsort(-vectors[:, 0] / np.linalg.norm(vectors, axis=1))]
    return unit(vectors)


def unit(vectors: NDArray[np.float64]) -> Vectors:
    found: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return found


def asked() -> Vector:
    vector: Vector = np.eye(1, 16, dtype=np.float32)[0]
    return vector


def at(*degrees: float) -> Vectors:
    """Vectors in a plane."""
    angles = np.radians(degrees)
    return unit(np.stack([np.cos(angles), np.sin(angles)], axis=1))


def as_defined(question: Vector, found: Vectors) -> list[int]:
    """Word for word, slowly."""
    nodes = [each.astype(np.float64) for each in (question, *found)]
    moved = []
    for node in nodes:
        others = sorted((each for each in nodes if each is not node), key=lambda o: -(o @ node))
        total = node.copy()
        for other in others[:NEIGHBOURS]:
            total += max(0, other @ node) ** POWER * other
        moved.append(total / np.linalg.norm(total))
    return sorted(range(len(found)), key=lambda n: (n > 0, -(moved[0] @ moved[n + 1])))


@pytest.mark.parametrize("count", [1, 2, 5, 6, 7, 60, NODES])
@pytest.mark.parametrize("spread", [0.05, 0.3, 2])
def test_the_order_is_as_defined(count: int, spread: float) -> None:
    found = scattered(count, count, spread)
    assert order(asked(), found, 0).tolist() == as_defined(asked(), found)
    assert order(100 * asked(), found * 0.1, 0).tolist() == as_defined(asked(), found)


def test_a_photo_among_those_around_the_question_comes_before_a_nearer_one_among_others() -> None:
    """The one at 20 degrees is beside many that are farther away still."""
    degrees = np.array([-1, 2, -4, 6, -9, 20, -22, 25, 26, 27, 28, 29, 30])
    better = degrees[order(at(0)[0], at(*degrees), 0)].tolist()
    assert set(better[:5]) == {-1, 2, -4, 6, -9}
    assert better[5:7] == [-22, 20]


def test_the_nearest_stay_in_front_in_their_order() -> None:
    found = scattered(NODES, 1, 0.3)
    free = order(asked(), found, 0).tolist()
    assert free[0] == 0
    assert free != sorted(free)
    for kept in (1, 2, 7, NODES - 1, NODES):
        some = order(asked(), found, kept).tolist()
        assert some == [*range(kept), *(n for n in free if n >= kept)]


def test_what_is_there_several_times_makes_no_difference() -> None:
    """All copies of a photo have its place, one after another, in the order in which they are
    given; and so do those of the question, which come first."""
    found = scattered(40, 2, 0.3)
    once = order(asked(), found, 0).tolist()
    for times in (2, 5):
        repeated = order(asked(), np.repeat(found, times, axis=0), 0).tolist()
        assert repeated == [n * times + copy for n in once for copy in range(times)]
    copies = np.concatenate([np.repeat(asked()[None], 7, axis=0), found])
    assert order(asked(), copies, 0).tolist() == [*range(7), *(n + 7 for n in once)]


def test_nothing_and_copies_alone_are_as_they_were() -> None:
    assert order(asked(), scattered(0, 3, 1), 0).tolist() == []
    alone = np.repeat(asked()[None], NODES, axis=0)
    assert order(asked(), alone, 0).tolist() == list(range(NODES))


def test_what_has_nothing_in_common_stays_behind() -> None:
    """Opposite vectors, too, of which each is the other's nearest node."""
    found = np.concatenate([scattered(3, 4, 0.1), -scattered(3, 5, 0.1)[::-1]])
    assert set(order(asked(), found, 0)[:3].tolist()) == {0, 1, 2}
