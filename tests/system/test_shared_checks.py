"""check and rebuild of a real daemon that shares its gallery on a real Milvus server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from imgsimd.errors import StoreError, UnsoundError
from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import Collections, Delete, Drop, Ids
from imgsimd.pushing.collection_names import of_models
from imgsimd.shared_ids import SharedId
from tests.support.household import Household, until
from tests.support.milvus_link import linked
from tests.support.milvus_server import MilvusServer, milvus_server
from tests.support.patience import LONG_DEADLINE

pytestmark = pytest.mark.long


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MilvusServer]:
    folder = tmp_path / "milvus"
    folder.mkdir()
    with milvus_server(folder) as running:
        yield running


@pytest.fixture
def link(server: MilvusServer) -> Iterator[Link]:
    with linked(server.link, seconds=LONG_DEADLINE) as link:
        yield link


@pytest.fixture
def home(tmp_path: Path, server: MilvusServer) -> Iterator[Household]:
    folder = tmp_path / "home"
    folder.mkdir()
    household = Household(folder)
    household.configure(f'[index]\nbackend = "milvus"\nuri = "{server.uri}"\n')
    yield household
    household.close()


def collection(link: Link) -> str:
    (name,) = of_models("imgsimd", link.ask(Collections("imgsimd")))
    return name


def rows(link: Link) -> list[int]:
    names = of_models("imgsimd", link.ask(Collections("imgsimd")))
    return [row for name in names for row in link.ask(Ids(name, "")).tolist()]


def findings(home: Household) -> tuple[int, dict[str, Any]]:
    """The exit code, and what was found."""
    result = home.ctl("check", "--json")
    found = cast(dict[str, Any], json.loads(result.stdout))["findings"]
    return result.returncode, {f["what"]: f["examples"] for f in found}


def test_what_the_server_lost_is_found_and_pushed_again(
    home: Household, server: MilvusServer, link: Link, album: list[Path]
) -> None:
    paths = [home.add(each, each.name)[0] for each in album[:4]]
    home.start()
    home.settle()
    until(lambda: len(rows(link)) == 4, LONG_DEADLINE)
    until(lambda: findings(home) == (0, {}), LONG_DEADLINE)
    everything = rows(link)
    link.ask(Delete(collection(link), [SharedId(everything[0])]))
    code, found = findings(home)
    assert (code, list(found)) == (UnsoundError.exit_code, ["unpushed"])
    assert found["unpushed"][0] in map(str, paths)
    assert home.ctl("rebuild").returncode == 0
    until(lambda: rows(link) == everything, LONG_DEADLINE)
    until(lambda: findings(home) == (0, {}), LONG_DEADLINE)

    link.ask(Drop(collection(link)))
    server.kill()
    code, found = findings(home)
    assert (code, list(found)) == (UnsoundError.exit_code, ["store"])
    assert server.uri in found["store"][0]
    rebuilt = home.ctl("rebuild")
    assert rebuilt.returncode == StoreError.exit_code
    assert "made up for when it can be used" in rebuilt.stderr.decode()
    server.start()
    until(lambda: rows(link) == everything, LONG_DEADLINE)
    until(lambda: findings(home) == (0, {}), LONG_DEADLINE)
