"""What is said of a server's indexes, and that nothing of it stays there."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.evaluation.trial_indexes import KINDS, LIMIT, IndexFigures, TrialIndexes
from imgsimd.milvus.messages import Build, Drop, Find, Hit, Open, Request
from imgsimd.vectors import StoredAs, VectorForm, Vectors
from tests.support.fake_milvus import FakeMilvus

R = TypeVar("R")
OTHERS = "imgsimd_of_a_host"


class Milvus(FakeMilvus):
    """A server on which somebody else has a collection."""

    def __init__(self) -> None:
        super().__init__()
        self.rows[OTHERS] = {}


class Forgetful(Milvus):
    """One that never finds a row whose id is divisible by three."""

    def ask(self, request: Request[R], seconds: float | None = None) -> R:
        answer = super().ask(request, seconds)
        if isinstance(request, Find):
            _forget(answer)  # type: ignore[arg-type]  # that is what Find is answered with
        return answer


def _forget(answer: list[list[Hit]]) -> None:
    answer[:] = [[hit for hit in hits if hit.id % 3] for hits in answer]


def vectors(form: VectorForm, count: int) -> Vectors:
    """As they come back from where they are stored."""
    drawn = np.random.default_rng(0).normal(size=(count, form.dimension))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    stored = form.to_bytes(drawn.astype(np.float32))
    return form.from_bytes(stored).reshape(count, form.dimension)


def measured(
    milvus: FakeMilvus, found: Vectors, stored_as: StoredAs = "float32"
) -> list[IndexFigures]:
    form = VectorForm(found.shape[1], stored_as)
    return TrialIndexes(milvus, "imgsimd").figures(form, found, lambda *_: lambda _: None)


@pytest.mark.parametrize("stored_as", ["float32", "int8"])
def test_an_index_that_gives_all_that_is_nearest_has_recall_1(stored_as: StoredAs) -> None:
    milvus = Milvus()
    found = measured(milvus, vectors(VectorForm(16, stored_as), 300), stored_as)
    assert [each.kind for each in found] == [*KINDS]
    assert [each.recall for each in found] == [[1.0, 1.0, 1.0]] * len(KINDS)
    assert all(each.milliseconds and each.milliseconds > 0 for each in found)
    assert {each.limit for each in milvus.finds} == {LIMIT}


def test_what_an_index_does_not_find_is_missing_from_its_recall() -> None:
    found = measured(Forgetful(), vectors(VectorForm(16), 300))
    assert found[0].recall == pytest.approx([2 / 3] * 3, abs=0.05)


def test_of_photos_that_are_equally_near_any_counts() -> None:
    photo, other = np.eye(16, dtype=np.float32)[:2]
    found = measured(Forgetful(), np.array([photo, photo, photo, other, other, other, photo]))
    assert found[0].recall[0] == 1.0


def test_a_small_set_is_measured_with_as_many_as_there_are() -> None:
    assert measured(Milvus(), vectors(VectorForm(16), 5))[0].recall == [1.0, 1.0, 1.0]


def test_a_kind_that_the_server_has_not_is_said_and_the_others_are_measured() -> None:
    milvus = Milvus()

    kinds = dict[str, str]()

    def refuse(request: Request[object]) -> None:
        if isinstance(request, Open):
            kinds[request.collection.name] = request.collection.kind
        if isinstance(request, Build) and kinds[request.name] == "DISKANN":
            raise StoreError("There is no such kind.", StoreFault.FAILED)

    milvus.before = refuse
    found = {each.kind: each for each in measured(milvus, vectors(VectorForm(16), 30))}
    assert found["DISKANN"].json == {
        "kind": "DISKANN",
        "recall_at_1": None,
        "recall_at_10": None,
        "recall_at_100": None,
        "milliseconds": None,
        "error": "There is no such kind.",
    }
    assert [found[kind].error for kind in ("FLAT", "HNSW", "IVF_FLAT")] == [None] * 3
    assert list(milvus.rows) == [OTHERS]


@pytest.mark.parametrize(
    "trouble", [StoreError("Nothing answers.", StoreFault.AWAY), KeyboardInterrupt()]
)
@pytest.mark.parametrize("during", [Open, Build, Find])
def test_whatever_ends_it_only_what_others_have_is_left(
    trouble: BaseException, during: type[Request[object]]
) -> None:
    milvus = Milvus()
    names = set[str]()

    def fail(request: Request[object]) -> None:
        names.update(milvus.rows)
        if isinstance(request, during):
            raise trouble

    milvus.before = fail
    with pytest.raises(type(trouble)):
        measured(milvus, vectors(VectorForm(16), 30))
    assert list(milvus.rows) == [OTHERS]
    assert all(name.startswith("imgsimd_evaluation_") for name in names - {OTHERS})


def test_each_kind_has_a_collection_of_its_own_which_is_removed() -> None:
    milvus = Milvus()
    made, removed = list[str](), list[str]()

    def note(request: Request[object]) -> None:
        if isinstance(request, Open):
            made.append(request.collection.name)
        elif isinstance(request, Drop):
            removed.append(request.name)

    milvus.before = note
    measured(milvus, vectors(VectorForm(16), 30))
    assert len(set(made)) == len(KINDS)
    assert removed == made
