"""What is asked of a real server about vectors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import (
    Build,
    Collection,
    Collections,
    Delete,
    Drop,
    Find,
    Flush,
    Ids,
    IndexKind,
    Open,
    Upsert,
)
from imgsimd.shared_ids import HostNumber
from imgsimd.vectors import StoredAs, VectorForm
from tests.support.milvus_rows import HOST, ODD_PATHS, rows
from tests.support.milvus_server import MilvusServer, milvus_server
from tests.support.patience import DEADLINE

pytestmark = pytest.mark.long
SMALL = VectorForm(8)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    with milvus_server(tmp_path_factory.mktemp("milvus")) as running:
        yield running


@pytest.fixture(scope="module")
def link(server: MilvusServer) -> Iterator[Link]:
    opened = Link(server.link, DEADLINE)
    yield opened
    opened.close()


def test_a_collection_is_made_once(link: Link) -> None:
    collection = Collection("made_once", SMALL)
    assert link.ask(Open(collection)) is True
    assert link.ask(Open(collection)) is False


@pytest.mark.parametrize(
    ("stored_as", "kind"),
    [("float32", "FLAT"), ("int8", "HNSW"), ("float32", "IVF_FLAT"), ("int8", "DISKANN")],
)
def test_vectors_and_paths_of_odd_bytes_come_back_bit_for_bit(
    link: Link, stored_as: StoredAs, kind: IndexKind
) -> None:
    form = VectorForm(64, stored_as)
    collection = Collection(f"back_{stored_as}_{kind}", form, kind)
    link.ask(Open(collection))
    written = rows(form, 50)
    link.ask(Upsert(collection, written))
    found = link.ask(Find(collection, [row.vector for row in written], 50, ""))
    for row, hits in zip(written, found, strict=True):
        assert hits[0].id == row.id
        by_id = {hit.id: (hit.host, hit.path, hit.vector) for hit in hits}
        assert by_id == {each.id: (HOST, each.path, each.vector) for each in written}
        assert [hit.squared for hit in hits] == sorted(hit.squared for hit in hits)
    assert {row.path for row in written} >= set(ODD_PATHS)


def test_squared_distances_are_those_of_the_codes(link: Link) -> None:
    form = VectorForm(64, "int8")
    collection = Collection("codes", form)
    link.ask(Open(collection))
    one, other = rows(form, 2)
    link.ask(Upsert(collection, [other]))
    [[hit]] = link.ask(Find(collection, [one.vector], 1, ""))
    codes = [np.frombuffer(row.vector, np.int8).astype(int) for row in (one, other)]
    assert hit.squared == pytest.approx(((codes[0] - codes[1]) ** 2).sum(), rel=1e-5)


def test_numbers_of_any_kind_come_back_bit_for_bit(link: Link) -> None:
    collection = Collection("extremes", SMALL)
    link.ask(Open(collection))
    numbers = np.array([0.0, -0.0, 1e-45, -1e-38, 1 / 3, 0.9999999, -1.0, 2**-24], "<f4")
    row = rows(SMALL, 1)[0]._replace(vector=numbers.tobytes())
    link.ask(Upsert(collection, [row]))
    [[hit]] = link.ask(Find(collection, [row.vector], 3, ""))
    assert hit.vector == row.vector


def test_rows_are_put_in_place_of_those_with_the_same_ids_and_deleted(link: Link) -> None:
    collection = Collection("replaced", SMALL)
    link.ask(Open(collection))
    first, other = rows(SMALL, 2)
    link.ask(Upsert(collection, [first]))
    link.ask(Upsert(collection, [first._replace(path=b"/photos/new.jpg", vector=other.vector)]))
    [[hit]] = link.ask(Find(collection, [other.vector], 5, ""))
    assert (hit.id, hit.path, hit.vector) == (first.id, b"/photos/new.jpg", other.vector)
    link.ask(Delete(collection.name, [first.id, other.id]))
    assert link.ask(Find(collection, [other.vector], 5, "")) == [[]]
    assert list(link.ask(Ids(collection.name, ""))) == []
    link.ask(Upsert(collection, []))
    link.ask(Delete(collection.name, []))


def test_an_expression_narrows_down_what_is_found(link: Link) -> None:
    collection = Collection("narrowed", SMALL)
    link.ask(Open(collection))
    here, there = rows(SMALL, 20), rows(SMALL, 20, HostNumber(2**21 - 1))
    link.ask(Upsert(collection, here + there))
    expression = f"host == {HOST} and time >= {here[10].time}"
    [hits] = link.ask(Find(collection, [here[0].vector], 100, expression))
    assert {hit.id for hit in hits} == {row.id for row in here[10:]}
    assert list(link.ask(Ids(collection.name, expression))) == [row.id for row in here[10:]]
    assert list(link.ask(Ids(collection.name, ""))) == sorted(row.id for row in here + there)


def test_no_query_and_no_limit_find_nothing(link: Link) -> None:
    collection = Collection("nothing", SMALL)
    link.ask(Open(collection))
    row = rows(SMALL, 1)[0]
    assert link.ask(Find(collection, [], 5, "")) == []
    assert link.ask(Find(collection, [row.vector] * 2, 0, "")) == [[], []]
    assert link.ask(Find(collection, [row.vector] * 2, 5, "")) == [[], []]


def test_collections_are_named_by_their_prefix_and_dropped(link: Link) -> None:
    for name in ("listed_b", "listed_a", "listedc", "listed"):
        link.ask(Open(Collection(name, SMALL)))
    assert link.ask(Collections("listed")) == ["listed_a", "listed_b"]
    link.ask(Drop("listed_a"))
    link.ask(Drop("listed_a"))
    assert link.ask(Collections("listed")) == ["listed_b"]


@pytest.mark.parametrize("kind", ["FLAT", "HNSW", "IVF_FLAT"])
def test_an_index_that_was_built_finds_what_was_added_before_and_after(
    link: Link, kind: IndexKind
) -> None:
    collection = Collection(f"built_{kind}", SMALL, kind)
    link.ask(Open(collection))
    *written, late = rows(SMALL, 60)
    link.ask(Upsert(collection, written))
    link.ask(Build(collection.name))
    link.ask(Build(collection.name))
    link.ask(Upsert(collection, [late]))
    found = link.ask(Find(collection, [written[0].vector, late.vector], 1, ""))
    assert [[hit.id for hit in hits] for hits in found] == [[written[0].id], [late.id]]


def test_an_index_of_a_kind_that_the_server_has_not_cannot_be_built(link: Link) -> None:
    """milvus-lite has no DISKANN. It takes such a collection all the same, and compares with all
    rows."""
    collection = Collection("unbuilt", SMALL, "DISKANN")
    link.ask(Open(collection))
    link.ask(Upsert(collection, rows(SMALL, 60)))
    with pytest.raises(StoreError, match="DISKANN") as caught:
        link.ask(Build(collection.name))
    assert caught.value.fault is StoreFault.FAILED
    link.ask(Drop(collection.name))


def test_a_collection_of_another_dimension_is_refused_with_its_name(link: Link) -> None:
    link.ask(Open(Collection("other_form", SMALL)))
    with pytest.raises(StoreError, match="other_form") as caught:
        link.ask(Open(Collection("other_form", VectorForm(9))))
    assert caught.value.fault is StoreFault.OTHER_FORM


def test_flushed_rows_outlive_a_kill_of_the_server(server: MilvusServer, link: Link) -> None:
    collection = Collection("kept", SMALL)
    link.ask(Open(collection))
    written = rows(SMALL, 20)
    link.ask(Upsert(collection, written))
    link.ask(Flush(collection.name))
    server.kill()
    with pytest.raises(StoreError) as caught:
        link.ask(Ids(collection.name, ""))
    assert caught.value.fault is StoreFault.AWAY
    server.start()
    [hits] = link.ask(Find(collection, [written[3].vector], 1, ""))
    assert [hit.id for hit in hits] == [written[3].id]
    assert list(link.ask(Ids(collection.name, ""))) == [row.id for row in written]
    link.ask(Upsert(collection, written[:1]))


def test_nothing_is_looked_for_in_a_collection_of_another_dimension(link: Link) -> None:
    """Else an answer without this machine's photos would look whole."""
    form = VectorForm(9)
    wrong = Collection("wrong_form", form)
    find = Find(wrong, [form.to_bytes(np.full(9, 1 / 3, np.float32))], 3, "")
    with pytest.raises(StoreError, match="wrong_form") as caught:
        link.ask(find)
    assert caught.value.fault is StoreFault.LOST
    link.ask(Open(Collection("wrong_form", SMALL)))
    with pytest.raises(StoreError, match="wrong_form") as caught:
        link.ask(find)
    assert caught.value.fault is StoreFault.OTHER_FORM
