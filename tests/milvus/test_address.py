"""Whether anything listens at the server's address, and how the address is shown."""

from __future__ import annotations

import socket

import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.milvus.address import PROXIES, reach, shown
from tests.support.milvus_server import free_port
from tests.support.patience import DEADLINE


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


def test_where_something_listens_nothing_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        reach(f"http://127.0.0.1:{server.getsockname()[1]}", DEADLINE)


def test_where_nothing_listens_the_server_is_away() -> None:
    uri = f"http://anna:secret@127.0.0.1:{free_port()}"
    with pytest.raises(StoreError, match="Connection refused") as caught:
        reach(uri, DEADLINE)
    assert caught.value.fault == StoreFault.AWAY
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", PROXIES)
def test_behind_a_proxy_nobody_looks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://proxy:3128")
    reach(f"http://127.0.0.1:{free_port()}", DEADLINE)


def test_without_a_port_nobody_looks() -> None:
    reach("https://milvus.invalid", DEADLINE)


def test_an_address_is_shown_without_its_password() -> None:
    assert shown("https://anna:secret@host:1") == "https://host:1"
    assert shown("https://host:1") == "https://host:1"
