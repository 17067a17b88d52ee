"""The server that other tests use."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from pymilvus import MilvusClient

from tests.support.milvus_server import milvus_server
from tests.support.patience import DEADLINE

pytestmark = pytest.mark.long


def test_a_server_answers_and_comes_back_after_a_kill_with_its_data(tmp_path: Path) -> None:
    with milvus_server(tmp_path) as server:
        with closing(MilvusClient(server.uri, timeout=DEADLINE)) as client:
            client.create_collection("kept", dimension=4)
        uri = server.uri
        server.kill()
        server.start()
        assert server.uri == uri
        with closing(MilvusClient(server.uri, timeout=DEADLINE)) as client:
            assert client.list_collections() == ["kept"]
