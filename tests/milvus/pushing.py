"""The contract of vector stores for one to which something is pushed now and then."""

from __future__ import annotations

from hypothesis.stateful import rule

from imgsimd.types import ImageId
from tests.gallery.vectors.contract import Contract, some_ids
from tests.support.milvus_store import PushedStore


class PushingContract(Contract):
    """What is not pushed stays in the collection as it was: old vectors, and images that are
    gone."""

    store: PushedStore

    @rule(chosen=some_ids)
    def push(self, chosen: list[int]) -> None:
        self.store.push(map(ImageId, chosen))

    @rule()
    def push_all(self) -> None:
        self.store.push_all()

    @rule()
    def restart(self) -> None:
        self.store = self.store.restarted()
