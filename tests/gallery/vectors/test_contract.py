"""Every vector store keeps the contract, and the suite that says so notices what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from imgsimd.gallery.vectors.base import Ids, Neighbour, Search, VectorStore
from imgsimd.gallery.vectors.faiss_flat import FaissFlat
from imgsimd.types import ImageId
from imgsimd.vectors import StoredAs, Vector, VectorForm, Vectors
from tests.gallery.vectors.contract import keeps_contract
from tests.support.numpy_store import NumpyStore


@pytest.mark.parametrize(
    ("make", "stored_as"),
    [(FaissFlat, "float32"), (FaissFlat, "int8"), (NumpyStore, "float32")],
)
def test_it_keeps_the_contract(
    make: Callable[[VectorForm], VectorStore], stored_as: StoredAs
) -> None:
    keeps_contract(make, stored_as)


class TiesBackwards(NumpyStore):
    def rank(self, neighbour: Neighbour) -> tuple[float, int]:
        return neighbour.distance, -neighbour.id


class TiesByAge(NumpyStore):
    def rank(self, neighbour: Neighbour) -> tuple[float, int]:
        return neighbour.distance, list(self.vectors).index(neighbour.id)


class FarthestFirst(NumpyStore):
    def rank(self, neighbour: Neighbour) -> tuple[float, int]:
        return -neighbour.distance, neighbour.id


class SquaredDistances(NumpyStore):
    def distance(self, query: Vector, vector: Vector) -> float:
        return super().distance(query, vector) ** 2


class RoughDistances(NumpyStore):
    def distance(self, query: Vector, vector: Vector) -> float:
        return float(np.sqrt(((vector - query) ** 2).sum()))


class CosineDistances(NumpyStore):
    def distance(self, query: Vector, vector: Vector) -> float:
        return 1 - float(vector.astype(float) @ query.astype(float))


class OneTooFew(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        return super().search(search._replace(k=max(0, search.k - 1)), hidden)


class OneTooMany(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        return super().search(search._replace(k=search.k + 1), hidden)


class AtLeastOne(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        return super().search(search._replace(k=max(1, search.k)), hidden)


class FindsHidden(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        return super().search(search, set())


class HidesAfterTheCut(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        return [each for each in super().search(search, set()) if each.id not in hidden]


class LeavesOutAfterTheCut(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        found = super().search(search._replace(leave_out=()), hidden)
        return [each for each in found if each.id not in search.leave_out]


class LeavesNothingOut(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        return super().search(search._replace(leave_out=()), hidden)


class KnowsNoLimit(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        return super().search(search._replace(max_distance=None), hidden)


class ExcludesTheLimit(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        found = super().search(search, hidden)
        return [each for each in found if each.distance != search.max_distance]


class SearchesAmongAll(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        return super().search(search._replace(among=None), hidden)


class FiltersAfterTheCut(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        found = super().search(search._replace(among=None), hidden)
        return [each for each in found if search.among is None or each.id in search.among]


class TakesNoneForAll(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        is_empty = search.among is not None and not len(search.among)
        return super().search(search._replace(among=None) if is_empty else search, hidden)


class RefusesStrangersToSearchAmong(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        assert search.among is None or all(image in self.vectors for image in search.among)
        return super().search(search, hidden)


class TakesTheFirstFilterForAll(NumpyStore):
    def search_many(
        self, searches: Sequence[Search], hidden: Ids | None = None
    ) -> list[list[Neighbour]]:
        return super().search_many([s._replace(among=searches[0].among) for s in searches], hidden)


class RefusesHiddenStrangers(NumpyStore):
    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        assert all(image in self.vectors for image in hidden)
        return super().search(search, hidden)


class RemembersWhatWasLeftOut(NumpyStore):
    def search_many(
        self, searches: Sequence[Search], hidden: Ids | None = None
    ) -> list[list[Neighbour]]:
        left_out = [image for search in searches for image in search.leave_out]
        return super().search_many([s._replace(leave_out=left_out) for s in searches], hidden)


class AnswersTheSameQuestionOnce(NumpyStore):
    def search_many(
        self, searches: Sequence[Search], hidden: Ids | None = None
    ) -> list[list[Neighbour]]:
        different = {search.query.tobytes(): search for search in searches}
        return super().search_many(list(different.values()), hidden)


class RemovesOnlyTheFirst(NumpyStore):
    def remove(self, ids: Sequence[ImageId]) -> None:
        super().remove(ids[:1])


class RefusesToRemoveStrangers(NumpyStore):
    def remove(self, ids: Sequence[ImageId]) -> None:
        for image in ids:
            del self.vectors[image]


class OverwritesUsedIds(NumpyStore):
    def add(self, ids: Sequence[ImageId], vectors: Vectors) -> None:
        self.vectors |= dict(zip(ids, vectors.copy(), strict=True))


class AddsBeforeItRefuses(NumpyStore):
    def add(self, ids: Sequence[ImageId], vectors: Vectors) -> None:
        for number, image in enumerate(ids):
            super().add([image], vectors[number][None])


class AddsWhatIsGivenTwice(NumpyStore):
    def add(self, ids: Sequence[ImageId], vectors: Vectors) -> None:
        given = dict(zip(ids, vectors, strict=True))
        super().add(list(given), np.array(list(given.values())).reshape(-1, self.form.dimension))


class LosesTheLastRow(NumpyStore):
    def load(self, rows: Iterable[tuple[ImageId, bytes]]) -> None:
        super().load(list(rows)[:-1])


class CountsWhatIsGone(NumpyStore):
    def __len__(self) -> int:
        self.most = max(super().__len__(), getattr(self, "most", 0))
        return self.most


class KnowsNoFarIds(NumpyStore):
    def __contains__(self, image: ImageId) -> bool:
        return image < 2**31 and super().__contains__(image)


class GetsRoundedVectors(NumpyStore):
    def get(self, image: ImageId) -> Vector | None:
        found = super().get(image)
        return None if found is None else found.astype(np.float16).astype(np.float32)


class GetsZerosForStrangers(NumpyStore):
    def get(self, image: ImageId) -> Vector | None:
        found = super().get(image)
        return np.zeros(self.form.dimension, np.float32) if found is None else found


class PicksInItsOwnOrder(NumpyStore):
    def vectors_of(self, ids: Ids) -> tuple[NDArray[np.bool_], Vectors]:
        present, _ = super().vectors_of(ids)
        return present, super().vectors_of(np.sort(ids))[1]


class PicksZerosForStrangers(NumpyStore):
    def vectors_of(self, ids: Ids) -> tuple[NDArray[np.bool_], Vectors]:
        present, found = super().vectors_of(ids)
        vectors = np.zeros((len(ids), self.form.dimension), np.float32)
        vectors[present] = found
        return present, vectors


class WalksFromTheFirst(NumpyStore):
    def between(self, after: int, upto: int) -> tuple[Ids, Vectors]:
        return super().between(after - 1, upto)


class WalksNotToTheLast(NumpyStore):
    def between(self, after: int, upto: int) -> tuple[Ids, Vectors]:
        return super().between(after, upto - 1)


class WalksByAge(NumpyStore):
    def between(self, after: int, upto: int) -> tuple[Ids, Vectors]:
        ids = [image for image in self.vectors if after < image <= upto]
        rows = np.array([self.vectors[image] for image in ids], np.float32)
        return np.array(ids, np.int64), rows.reshape(-1, self.form.dimension)


FAULTS = [each for each in NumpyStore.__subclasses__() if each.__module__ == __name__]


@pytest.mark.parametrize("make", FAULTS, ids=lambda make: str(make.__name__))
def test_the_contract_notices_each_planted_fault(make: Callable[[VectorForm], VectorStore]) -> None:
    with pytest.raises((AssertionError, LookupError, pytest.fail.Exception)):
        keeps_contract(make, is_shortened=False)
