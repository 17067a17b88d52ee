"""What every vector store must do: the contract in `imgsimd/gallery/vectors/base.py`, as a test.

`keeps_contract(make)` compares a store with brute force through any sequence of changes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from imgsimd.gallery.vectors.base import Ids, Search, VectorStore
from imgsimd.types import ImageId
from imgsimd.vectors import StoredAs, Vector, VectorForm, Vectors, to_unit_vector

DIMENSION = 6
FAR = 10**12
"""Ids continue about here after a damaged database was replaced."""
ROUNDING = 1e-12
"""Distances may differ by this. In float32 they would differ by 1e-8 and more."""


def _vector(kind: int) -> Vector:
    """Half of the kinds have one number that differs from zero, so that many are equally far from
    others; the rest point anywhere."""
    if kind < 2 * DIMENSION:
        axis: Vector = np.eye(DIMENSION, dtype=np.float32)[kind % DIMENSION]
        return axis if kind < DIMENSION else -axis
    return to_unit_vector(np.random.default_rng(kind).normal(size=DIMENSION))


ids = st.integers(1, 12) | st.sampled_from([300_000, FAR, FAR + 1])
some_ids = st.lists(ids, max_size=8)
kinds = st.integers(0, 4 * DIMENSION - 1)
new_vectors = st.dictionaries(ids, kinds, max_size=8)
limits = st.none() | st.sampled_from([0.0, float(np.sqrt(2.0)), 1.5, 2.0])
questions = st.tuples(kinds, st.integers(0, 15), some_ids, limits, st.integers(0, 2))
"""Kind of the query, k, what is left out, limit, and with which filter: 0 is none."""


class Contract(RuleBasedStateMachine):
    """A store beside a dictionary."""

    make: Callable[[VectorForm], VectorStore]
    form: VectorForm

    def __init__(self) -> None:
        super().__init__()
        self.store = type(self).make(self.form)
        self.vectors: dict[int, Vector] = {}

    def teardown(self) -> None:
        self.store.close()

    # Changes

    @initialize(given=st.dictionaries(ids, kinds, min_size=6))
    def begin(self, given: dict[int, int]) -> None:
        self.load(given)

    @rule(given=new_vectors)
    def add(self, given: dict[int, int]) -> None:
        new = {image: _vector(kind) for image, kind in given.items() if image not in self.vectors}
        self.store.add(*_arrays(new))
        self.vectors |= {image: self.form.rounded(vector) for image, vector in new.items()}

    @rule(given=new_vectors)
    def load(self, given: dict[int, int]) -> None:
        new = {image: _vector(kind) for image, kind in given.items() if image not in self.vectors}
        stored = {image: self.form.to_bytes(vector) for image, vector in new.items()}
        self.store.load((ImageId(image), each) for image, each in stored.items())
        self.vectors |= {image: self.form.from_bytes(each) for image, each in stored.items()}

    @rule(gone=some_ids)
    def remove(self, gone: list[int]) -> None:
        self.store.remove([ImageId(image) for image in gone])
        for image in gone:
            self.vectors.pop(image, None)

    @rule()
    def fill_another_one(self) -> None:
        self.store.close()
        self.store = type(self).make(self.form)
        self.store.load((ImageId(i), self.form.to_bytes(v)) for i, v in self.vectors.items())

    # What is refused

    @rule(given=new_vectors, used=ids, is_twice=st.booleans())
    def add_a_used_id(self, given: dict[int, int], used: int, is_twice: bool) -> None:
        if used not in self.vectors and not is_twice:
            return
        free = [image for image in given if image not in self.vectors and image != used]
        wrong = [ImageId(image) for image in [*free, used, used][: None if is_twice else -1]]
        with pytest.raises(ValueError):  # noqa: PT011 - the words are the store's own
            self.store.add(wrong, np.array([_vector(0)] * len(wrong)))
        assert not [image for image in free if ImageId(image) in self.store]

    @rule(used=ids)
    def load_a_used_id(self, used: int) -> None:
        if used in self.vectors:
            with pytest.raises(ValueError):  # noqa: PT011 - the words are the store's own
                self.store.load([(ImageId(used), self.form.to_bytes(_vector(0)))])

    @rule(image=ids, more=st.sampled_from([-1, 1]))
    def add_another_dimension(self, image: int, more: int) -> None:
        if image not in self.vectors:
            wrong = np.ones((1, DIMENSION + more), np.float32)
            with pytest.raises(ValueError):  # noqa: PT011 - the words are the store's own
                self.store.add([ImageId(image)], wrong)
            with pytest.raises(ValueError):  # noqa: PT011 - the words are the store's own
                self.store.load([(ImageId(image), self.form.to_bytes(wrong[0]))])

    # What is there

    @invariant()
    def it_counts_and_knows_what_is_there(self) -> None:
        assert self.store.form == self.form
        assert len(self.store) == len(self.vectors)
        assert self.store.ids().tolist() == sorted(self.vectors)

    @rule(image=ids)
    def get(self, image: int) -> None:
        found, expected = self.store.get(ImageId(image)), self.vectors.get(image)
        assert (ImageId(image) in self.store) == (expected is not None)
        if found is None or expected is None:
            assert found is expected
        else:
            assert found.tobytes() == expected.tobytes()

    @rule(after=ids | st.just(0), upto=ids | st.just(2**63 - 1))
    def walk(self, after: int, upto: int) -> None:
        found, vectors = self.store.between(after, upto)
        expected = sorted(image for image in self.vectors if after < image <= upto)
        assert found.tolist() == expected
        assert vectors.shape == (len(expected), DIMENSION)
        pairs = zip(vectors, expected, strict=True)
        assert all(vector.tobytes() == self.vectors[image].tobytes() for vector, image in pairs)

    @rule(wanted=st.lists(ids, unique=True, max_size=8))
    def pick(self, wanted: list[int]) -> None:
        present, vectors = self.store.vectors_of(np.array(wanted, np.int64))
        expected = [image for image in wanted if image in self.vectors]
        assert present.tolist() == [image in self.vectors for image in wanted]
        assert vectors.shape == (len(expected), DIMENSION)
        pairs = zip(vectors, expected, strict=True)
        assert all(vector.tobytes() == self.vectors[image].tobytes() for vector, image in pairs)

    # Searches

    @rule(
        asked=st.lists(questions, max_size=4),
        hidden=st.none() | st.sets(ids),
        among=st.tuples(some_ids.map(set), some_ids.map(set)),
    )
    def search(
        self,
        asked: list[tuple[int, int, list[int], float | None, int]],
        hidden: set[int] | None,
        among: tuple[set[int], set[int]],
    ) -> None:
        """Several searches may have the same filter."""
        arrays = [None, *map(_ascending, among)]
        searches = [
            Search(_vector(kind), k, [ImageId(i) for i in left], limit, arrays[number])
            for kind, k, left, limit, number in asked
        ]
        filtered = None if hidden is None else _ascending(hidden)
        answers = self.store.search_many(searches, filtered)
        assert len(answers) == len(searches)
        for search, answer in zip(searches, answers, strict=True):
            expected = self.brute_force(search, hidden or set())
            assert [image for image, _ in answer] == [image for image, _ in expected]
            distances = [distance for _, distance in expected]
            assert [d for _, d in answer] == pytest.approx(distances, rel=0, abs=ROUNDING)

    def brute_force(self, search: Search, hidden: set[int]) -> list[tuple[int, float]]:
        found = []
        among = self.vectors if search.among is None else search.among.tolist()
        query = self.form.rounded(search.query).astype(np.float64)
        for image in self.vectors.keys() & set(among) - hidden - set(search.leave_out):
            between = self.vectors[image].astype(np.float64) - query
            distance = float(np.sqrt((between**2).sum()))
            if search.max_distance is None or distance <= search.max_distance:
                found.append((distance, image))
        return [(image, distance) for distance, image in sorted(found)[: search.k]]


def _ascending(chosen: set[int]) -> Ids:
    return np.array(sorted(chosen), np.int64)


def _arrays(vectors: dict[int, Vector]) -> tuple[list[ImageId], Vectors]:
    rows = np.array(list(vectors.values()), np.float32).reshape(-1, DIMENSION)
    return [ImageId(image) for image in vectors], rows


def keeps_contract(
    make: Callable[[VectorForm], VectorStore],
    stored_as: StoredAs = "float32",
    is_shortened: bool = True,
    contract: type[Contract] = Contract,
    examples: int | None = None,
) -> None:
    """Raises what the first broken promise raises, after the shortest sequence of steps that leads
    to it (or any one, which is found sooner). `make` gives an empty store of a form. The contract
    may have more rules, about what else the store does."""
    form = VectorForm(DIMENSION, stored_as)
    machine = type("Machine", (contract,), {"make": staticmethod(make), "form": form})
    run_state_machine_as_test(
        machine,
        settings=settings(
            # What differs in codes is found by a few.
            max_examples=examples or (80 if stored_as == "float32" else 40),
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink] if is_shortened else [Phase.generate],
        ),
    )
