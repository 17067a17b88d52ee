"""What a store in Milvus finds while its collection lags behind, and of other hosts."""

from __future__ import annotations

import numpy as np
import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.gallery.conditions import Conditions
from imgsimd.gallery.vectors.base import DistantNeighbour, Elsewhere, Found, Ids, Search
from imgsimd.milvus.messages import Collection, Host, Upsert, WriteHost
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import ImageId
from imgsimd.vectors import VectorForm
from tests.support.fake_milvus import FakeMilvus
from tests.support.milvus_store import HERE, PREFIX, THERE, PushedStore, row

COLLECTION = Collection("some_model", VectorForm(2))
NEAR, FAR = (1.0, 0.0), (0.0, 1.0)


@pytest.fixture
def milvus() -> FakeMilvus:
    return FakeMilvus()


@pytest.fixture
def store(milvus: FakeMilvus) -> PushedStore:
    return PushedStore(milvus, COLLECTION)


def add(store: PushedStore, *ids: int, at: tuple[float, float] = NEAR) -> None:
    store.add([ImageId(image) for image in ids], np.array([at] * len(ids), np.float32))


def search(k: int = 10, **more: object) -> Search:
    return Search(np.array(NEAR, np.float32), k)._replace(**more)  # type: ignore[arg-type]


def ids_of(found: Found) -> list[int]:
    (only,) = found
    return [each.id for each in only]


def ascending(*ids: int) -> Ids:
    return np.array(ids, np.int64)


def is_told(milvus: FakeMilvus, number: HostNumber, name: str, *offline: bytes) -> None:
    milvus.ask(WriteHost(PREFIX, Host(number, name, f"gallery {number}", offline)))


def has(milvus: FakeMilvus, number: HostNumber, *paths: bytes) -> None:
    """Another host has these images, all of them at `NEAR`."""
    vector = np.array(NEAR, "<f4").tobytes()
    rows = [row(shared(number, ImageId(n)), vector, path) for n, path in enumerate(paths, start=1)]
    milvus.ask(Upsert(COLLECTION, rows))


# Of this host


def test_a_vector_that_was_replaced_is_not_found_where_it_was(store: PushedStore) -> None:
    add(store, 1)
    store.push_all()
    store.remove([ImageId(1)])
    add(store, 1, at=FAR)
    assert ids_of(store.prepare([search(max_distance=1.0)]).run()) == []
    store.push_all()
    assert ids_of(store.prepare([search(max_distance=1.0)]).run()) == []
    assert ids_of(store.prepare([search()]).run()) == [1]


def test_a_deleted_image_is_not_found_before_its_row_is_deleted(store: PushedStore) -> None:
    add(store, 1, 2)
    store.push_all()
    store.remove([ImageId(1)])
    assert ids_of(store.prepare([search(k=1)]).run()) == [2]


def test_a_search_finds_what_was_there_when_it_was_prepared(store: PushedStore) -> None:
    add(store, 1, 2)
    store.push([ImageId(1)])
    prepared = store.prepare([search()])
    store.push_all()
    assert ids_of(prepared.run()) == [1, 2]


def test_after_a_restart_only_what_was_not_pushed_is_in_memory(
    store: PushedStore, milvus: FakeMilvus
) -> None:
    add(store, 1, 2)
    store.push([ImageId(1)])
    store = store.restarted()
    for rows in milvus.rows.values():
        rows.clear()
    assert ids_of(store.prepare([search()]).run()) == [2]
    assert store.get(ImageId(1)) is not None, "it is in SQLite"


def test_that_the_server_has_lost_what_was_pushed_is_an_error(
    store: PushedStore, milvus: FakeMilvus
) -> None:
    add(store, 1)
    assert ids_of(store.prepare([search()]).run()) == [1], "no collection is there yet"
    is_told(milvus, HERE, "desk")
    store.push_all()
    milvus.hosts.clear()
    with pytest.raises(StoreError) as caught:
        store.prepare([search(elsewhere=Elsewhere())]).run()
    assert caught.value.fault is StoreFault.LOST
    milvus.rows.clear()
    with pytest.raises(StoreError) as caught:
        store.prepare([search()]).run()
    assert caught.value.fault is StoreFault.LOST


def test_hidden_images_and_those_that_are_left_out_do_not_shorten_an_answer(
    store: PushedStore,
) -> None:
    add(store, *range(1, 200))
    store.push_all()
    hidden = np.arange(1, 100)
    found = store.prepare([search(k=3, leave_out=[ImageId(100)])], hidden).run()
    assert ids_of(found) == [101, 102, 103]


def test_more_copies_than_one_answer_holds_are_found_in_order(
    store: PushedStore, milvus: FakeMilvus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgsimd.milvus.messages.MOST_HITS", 64)
    add(store, *range(1, 300))
    store.push_all()
    searches = [search(k=k) for k in (3, 100, 400)]
    for asked, found in zip(searches, store.prepare(searches).run(), strict=True):
        assert ids_of([found]) == list(range(1, 300))[: asked.k]
    assert max(find.limit * len(find.queries) for find in milvus.finds) <= 64


def test_what_is_near_enough_is_found_without_reading_everything(
    store: PushedStore, milvus: FakeMilvus
) -> None:
    add(store, 1)
    add(store, *range(2, 500), at=FAR)
    store.push_all()
    assert ids_of(store.prepare([search(max_distance=0.5)]).run()) == [1]
    assert len(milvus.finds) == 1


def test_alike_searches_are_one_question(store: PushedStore, milvus: FakeMilvus) -> None:
    add(store, 1, 2)
    store.push_all()
    store.prepare([search(k=k) for k in (1, 2, 0)]).run()
    assert [len(find.queries) for find in milvus.finds] == [2]


def test_many_ids_to_search_among_are_asked_for_in_portions(
    store: PushedStore, milvus: FakeMilvus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgsimd.milvus.scope.IDS_AT_ONCE", 10)
    add(store, *range(1, 100))
    store.push(map(ImageId, range(1, 90)))
    among = np.arange(30, 120)
    assert ids_of(store.prepare([search(k=100, among=among)]).run()) == list(range(30, 100))
    assert len(milvus.finds) == 6


def test_conditions_are_asked_for_and_the_ids_that_fit_them_decide(
    store: PushedStore, milvus: FakeMilvus
) -> None:
    add(store, 1, 2, 3)
    store.push([ImageId(1), ImageId(2)])
    where = Conditions(under=(b"/photos",))
    found = store.prepare([search(among=ascending(2, 3), where=where)]).run()
    assert ids_of(found) == [2, 3]
    assert "path" in milvus.finds[0].expression


# Of other hosts


def test_other_hosts_are_asked_only_if_somebody_wants_it(
    store: PushedStore, milvus: FakeMilvus
) -> None:
    is_told(milvus, HERE, "desk")
    is_told(milvus, THERE, "attic")
    has(milvus, THERE, b"/pictures/b.jpg")
    add(store, 1, 2)
    store.push([ImageId(1)])
    assert ids_of(store.prepare([search()]).run()) == [1, 2]
    (found,) = store.prepare([search(elsewhere=Elsewhere())]).run()
    assert [each.id for each in found] == [1, 2, shared(THERE, ImageId(1))]
    distant = found[-1]
    assert isinstance(distant, DistantNeighbour)
    assert (distant.host, distant.path, distant.distance) == ("attic", b"/pictures/b.jpg", 0.0)
    assert distant.vector.tolist() == list(NEAR)


def test_hosts_can_be_chosen_by_name(store: PushedStore, milvus: FakeMilvus) -> None:
    other = HostNumber(9)
    is_told(milvus, HERE, "desk")
    is_told(milvus, THERE, "attic")
    is_told(milvus, other, "cellar")
    has(milvus, THERE, b"/pictures/b.jpg")
    has(milvus, other, b"/pictures/c.jpg")
    add(store, 1, 2)
    store.push([ImageId(1)])

    def found(*names: str) -> list[int]:
        return ids_of(store.prepare([search(elsewhere=Elsewhere(names))]).run())

    assert found("attic") == [shared(THERE, ImageId(1))]
    assert found("desk", "cellar") == [1, 2, shared(other, ImageId(1))]
    assert found("nobody") == []


def test_another_hosts_offline_folder_is_not_found(store: PushedStore, milvus: FakeMilvus) -> None:
    is_told(milvus, THERE, "attic", b'/a "disk"\\')
    has(milvus, THERE, b'/a "disk"\\/1.jpg', b"/pictures/2.jpg")
    found = store.prepare([search(elsewhere=Elsewhere())]).run()
    assert ids_of(found) == [shared(THERE, ImageId(2))]


def test_a_host_that_nobody_knows_any_more_is_not_found(
    store: PushedStore, milvus: FakeMilvus
) -> None:
    has(milvus, THERE, b"/pictures/b.jpg")
    assert ids_of(store.prepare([search(elsewhere=Elsewhere())]).run()) == []


def test_what_this_host_has_told_of_its_own_folders_does_not_count(
    store: PushedStore, milvus: FakeMilvus
) -> None:
    """It may be older than what is known here."""
    is_told(milvus, HERE, "desk", b"/photos")
    add(store, 1)
    store.push_all()
    assert ids_of(store.prepare([search(elsewhere=Elsewhere())]).run()) == [1]


def test_conditions_hold_for_other_hosts_and_ids_without_any_are_this_hosts(
    store: PushedStore, milvus: FakeMilvus
) -> None:
    is_told(milvus, HERE, "desk")
    is_told(milvus, THERE, "attic")
    has(milvus, THERE, b"/photos/b.jpg", b"/pictures/b.jpg")
    add(store, 1, 2)
    store.push_all()
    among, where = ascending(2), Conditions(under=(b"/photos",))
    asked = search(among=among, where=where, elsewhere=Elsewhere())
    assert ids_of(store.prepare([asked]).run()) == [2, shared(THERE, ImageId(1))]
    asked = search(among=among, elsewhere=Elsewhere())
    assert ids_of(store.prepare([asked]).run()) == [2]


def test_a_distant_image_can_be_left_out(store: PushedStore, milvus: FakeMilvus) -> None:
    is_told(milvus, THERE, "attic")
    has(milvus, THERE, b"/photos/a.jpg", b"/photos/b.jpg")
    known = ImageId(shared(THERE, ImageId(1)))
    found = store.prepare([search(leave_out=[known], elsewhere=Elsewhere())]).run()
    assert ids_of(found) == [shared(THERE, ImageId(2))]
