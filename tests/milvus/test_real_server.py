"""What the fake Milvus of other tests promises, a real server keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from imgsimd.gallery.conditions import Conditions
from imgsimd.gallery.vectors.base import Elsewhere, Search
from imgsimd.milvus import expression
from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import Host, Ids, ReadHosts, Request, Upsert
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import ImageId
from imgsimd.vectors import StoredAs, VectorForm
from tests.gallery.vectors.contract import keeps_contract
from tests.milvus.conditions import Photo, conditions, few_conditions, fitting, photos, rows_of
from tests.milvus.pushing import PushingContract
from tests.support.milvus_server import milvus_server
from tests.support.milvus_store import HERE, THERE, PushedStore, empty, row

pytestmark = pytest.mark.long
R = TypeVar("R")


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Link]:
    with milvus_server(tmp_path_factory.mktemp("milvus")) as server:
        opened = Link(server.link, 30.0)
        yield opened
        opened.close()


class Telling:
    """A link by which one hears of these hosts."""

    def __init__(self, link: Link, hosts: list[Host]) -> None:
        self._link, self._hosts = link, hosts

    def ask(self, request: Request[R], seconds: float | None = None) -> R:
        if isinstance(request, ReadHosts):
            return cast(R, self._hosts)
        return self._link.ask(request, seconds)


@pytest.mark.parametrize("stored_as", ["float32", "int8"])
def test_it_keeps_the_contract(link: Link, stored_as: StoredAs) -> None:
    keeps_contract(
        lambda form: PushedStore(link, empty(link, f"contract_{stored_as}", form)),
        stored_as,
        is_shortened=False,
        contract=PushingContract,
        examples=4,
    )


def test_the_same_images_fit_as_in_memory(link: Link) -> None:
    wanted = few_conditions | conditions

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(known=photos, first=wanted, second=wanted, third=few_conditions)
    def fit(known: list[Photo], first: Conditions, second: Conditions, third: Conditions) -> None:
        collection = empty(link, "fitting", VectorForm(2))
        link.ask(Upsert(collection, rows_of(known)))
        for each in (first, second, third):
            found = link.ask(Ids(collection.name, expression.fitting(each)))
            assert found.tolist() == fitting(known, each)

    fit()


def test_more_copies_than_one_answer_holds_are_found_in_order(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 17,000 copies and all that Milvus gives at once it takes half a minute."""
    monkeypatch.setattr("imgsimd.milvus.messages.MOST_HITS", 300)
    monkeypatch.setattr("imgsimd.milvus.scope.IDS_AT_ONCE", 400)
    form = VectorForm(2)
    store = PushedStore(link, empty(link, "copies", form))
    same = np.array([1, 0], "<f4")
    store.load((ImageId(n), same.tobytes()) for n in range(1, 801))
    store.push_all()
    (found,) = store.search_many([Search(same, 3, leave_out=[ImageId(1)])])
    assert found == [(2, 0.0), (3, 0.0), (4, 0.0)]
    (found,) = store.search_many([Search(same, 700, among=np.arange(2, 801))])
    assert [image for image, _ in found] == list(range(2, 702))


def test_other_hosts_are_found_but_not_their_offline_folders(link: Link) -> None:
    form = VectorForm(2)
    collection = empty(link, "hosts", form)
    offline, odd = b'/a "disk" \\ of 100%\xff', b'/pictures/\xff"\\\n.jpg'
    attic = Host(THERE, "attic", "a gallery", (offline, b"/other"))
    here = Host(HERE, "here", "another gallery")
    store = PushedStore(Telling(link, [here, attic]), collection)
    same = np.array([1, 0], "<f4")
    store.load([(ImageId(1), same.tobytes()), (ImageId(2), same.tobytes())])
    store.push([ImageId(1)])
    rows = [
        row(shared(THERE, ImageId(1)), same.tobytes(), offline + b"/1.jpg"),
        row(shared(THERE, ImageId(2)), same.tobytes(), odd),
        row(shared(HostNumber(9), ImageId(1)), same.tobytes()),
    ]
    link.ask(Upsert(collection, rows))
    (found,) = store.prepare([Search(same, 9, elsewhere=Elsewhere())]).run()
    assert [each.id for each in found] == [1, 2, shared(THERE, ImageId(2))]
    assert found[-1][2:4] == ("attic", odd)
