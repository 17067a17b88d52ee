"""Requests that are too large for one call."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import MOST_HITS, Collection, Delete, Find, Ids, Open, Upsert
from imgsimd.vectors import VectorForm
from tests.support.milvus_rows import rows
from tests.support.milvus_server import milvus_server
from tests.support.patience import LONG_DEADLINE

pytestmark = pytest.mark.long
PORTION_BYTES = 16 * 2**20
"""Of one call: see `imgsimd/milvus/tables.py`, which this process must not load."""


def test_what_takes_several_calls_is_written_while_others_ask(tmp_path: Path) -> None:
    wide, small = Collection("wide", VectorForm(8192)), Collection("small", VectorForm(8))
    written, few = rows(wide.form, 1_200), rows(small.form, 10)
    assert sum(len(row.vector) for row in written) > 2 * PORTION_BYTES
    with milvus_server(tmp_path) as server:
        link = Link(server.link, LONG_DEADLINE)
        link.ask(Open(wide))
        link.ask(Open(small))
        link.ask(Upsert(small, few))
        writer = threading.Thread(target=link.ask, args=(Upsert(wide, written),))
        writer.start()
        with ThreadPoolExecutor() as askers:
            list(askers.map(lambda row: _ask(link, small, row.vector), few[:2]))
        assert writer.is_alive()
        writer.join()
        [hits] = link.ask(Find(wide, [written[-1].vector], 1, ""))
        assert (hits[0].id, hits[0].vector) == (written[-1].id, written[-1].vector)
        link.close()


def test_more_rows_than_one_call_gives_are_found_and_removed(tmp_path: Path) -> None:
    many = Collection("many", VectorForm(8))
    written = rows(many.form, MOST_HITS + 1000)
    with milvus_server(tmp_path) as server:
        link = Link(server.link, LONG_DEADLINE)
        link.ask(Open(many))
        link.ask(Upsert(many, written))
        assert list(link.ask(Ids(many.name, ""))) == [row.id for row in written]
        [hits] = link.ask(Find(many, [written[-1].vector], MOST_HITS, ""))
        assert len({hit.id for hit in hits}) == MOST_HITS
        link.ask(Delete(many.name, [row.id for row in written[1:]]))
        assert list(link.ask(Ids(many.name, ""))) == [written[0].id]
        link.close()


def _ask(link: Link, collection: Collection, query: bytes) -> None:
    """Five times."""
    for _ in range(5):
        assert len(link.ask(Find(collection, [query], 10, ""))[0]) == 10
