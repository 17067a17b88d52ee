"""What a milvus-lite server leaves behind that was killed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import Build, Collection, Find, Flush, IndexKind, Open, Upsert
from imgsimd.vectors import VectorForm
from tests.support.milvus_rows import rows
from tests.support.milvus_server import milvus_server
from tests.support.patience import LONG_DEADLINE

pytestmark = pytest.mark.long


@pytest.mark.parametrize("is_opened", [True, False], ids=["opened", "asked"])
@pytest.mark.parametrize("kind", ["FLAT", "HNSW"])
def test_an_index_that_was_being_written_is_made_anew(
    tmp_path: Path, kind: IndexKind, is_opened: bool
) -> None:
    collection = Collection("written", VectorForm(8), kind)
    written = rows(collection.form, 50)
    with milvus_server(tmp_path) as server, closing(Link(server.link, LONG_DEADLINE)) as link:
        link.ask(Open(collection))
        link.ask(Upsert(collection, written))
        link.ask(Flush(collection.name))
        link.ask(Build(collection.name))
        server.kill()
        indexes = list(tmp_path.glob("data/**/*.idx"))
        assert indexes
        for index in indexes:
            index.write_bytes(b"")
        server.start()
        if is_opened:
            link.ask(Open(collection))
        [hits] = link.ask(Find(collection, [written[7].vector], 50, ""))
        assert hits[0].id == written[7].id
        assert {hit.id for hit in hits} == {row.id for row in written}
