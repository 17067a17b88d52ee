"""What `/v1/show` says of a photo of a gallery that is shared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from imgsimd.control.routes import show
from imgsimd.errors import StoreError, StoreFault
from imgsimd.milvus.messages import Request
from imgsimd.reconciling.accounts import Account, Standing
from imgsimd.search import alone
from imgsimd.types import FilePath
from tests.support.fake_milvus import FakeMilvus
from tests.support.shared_galleries import Machine, path


class Accounts:
    """Knows what the gallery knows."""

    def __init__(self, machine: Machine) -> None:
        self._gallery = machine.gallery

    async def account(self, path: FilePath) -> Account:
        record = await self._gallery.do(lambda gallery: gallery.records.at(path))
        return Account(path, Standing.INDEXED, record=record)


async def test_while_nothing_can_be_searched_the_rest_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(request: Request[Any]) -> None:
        raise StoreError("Nothing answers.", StoreFault.AWAY)

    server = FakeMilvus()
    machine = Machine(server, 3, "laptop")
    await machine.open(tmp_path)
    await machine.add(1, 2)
    await machine.push()
    (route,) = show.routes(Accounts(machine), machine.similar()).routes
    assert isinstance(route, APIRoute)

    async def nearest() -> int:
        asked = show.ShowRequest.model_validate({"path": path(1).decode()})
        answer = json.loads((await route.endpoint(asked)).body)
        assert answer["vector"]["stored"]
        return len(answer["nearest"])

    assert await nearest() == 1
    server.before = refuse
    monkeypatch.setattr(alone, "ROOM", 2**60)
    assert await nearest() == 0
    await machine.gallery.close()
