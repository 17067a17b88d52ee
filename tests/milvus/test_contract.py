"""A store in Milvus keeps the contract, whatever was pushed, and when."""

from __future__ import annotations

import pytest

from imgsimd.milvus.messages import Collection
from imgsimd.vectors import StoredAs, VectorForm
from tests.gallery.vectors.contract import keeps_contract
from tests.milvus.pushing import PushingContract
from tests.support.fake_milvus import FakeMilvus
from tests.support.milvus_store import PushedStore

pytestmark = pytest.mark.long


def make(form: VectorForm) -> PushedStore:
    return PushedStore(FakeMilvus(), Collection("some_model", form))


@pytest.fixture(params=["as it is", "small answers"])
def answers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """If they are small, a dozen images take several questions, and ties are cut."""
    if request.param == "small answers":
        monkeypatch.setattr("imgsimd.milvus.search.MORE", 1)
        monkeypatch.setattr("imgsimd.milvus.messages.MOST_HITS", 5)
        monkeypatch.setattr("imgsimd.milvus.scope.IDS_AT_ONCE", 3)


@pytest.mark.parametrize("stored_as", ["float32", "int8"])
@pytest.mark.usefixtures("answers")
def test_it_keeps_the_contract(stored_as: StoredAs) -> None:
    keeps_contract(make, stored_as, contract=PushingContract, examples=40)
