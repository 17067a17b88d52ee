"""A real daemon that shares its gallery on a real Milvus server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import Collections, Ids, ReadHosts
from tests.support.household import Household, until
from tests.support.milvus_link import linked
from tests.support.milvus_server import MilvusServer, milvus_server

pytestmark = pytest.mark.long
SECONDS = 120.0
"""A busy machine needs them."""


def settings(server: MilvusServer, **more: object) -> str:
    lines = [f"{key} = {value!r}".replace("'", '"') for key, value in more.items()]
    return "\n".join(["[index]", 'backend = "milvus"', f'uri = "{server.uri}"', *lines])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MilvusServer]:
    folder = tmp_path / "milvus"
    folder.mkdir()
    with milvus_server(folder) as running:
        yield running


@pytest.fixture
def link(server: MilvusServer) -> Iterator[Link]:
    with linked(server.link) as link:
        yield link


@pytest.fixture
def home(tmp_path: Path, server: MilvusServer) -> Iterator[Household]:
    folder = tmp_path / "home"
    folder.mkdir()
    household = Household(folder)
    household.configure(settings(server, host="attic", seconds=5.0))
    yield household
    household.close()


def rows(link: Link) -> list[int]:
    """The ids of all rows that are there of any machine."""
    names = [name for name in link.ask(Collections("imgsimd")) if "lite0" in name]
    return [row for name in names for row in link.ask(Ids(name, "")).tolist()]


def test_photos_are_pushed_found_and_removed(
    home: Household, link: Link, album: list[Path]
) -> None:
    paths = [home.add(each, each.name)[0] for each in album[:3]]
    home.start()
    home.settle()
    until(lambda: len(rows(link)) == 3, SECONDS)
    found = {match["path"] for match in home.similar(paths[0])}
    assert found == {str(paths[1]), str(paths[2])}
    (host,) = link.ask(ReadHosts("imgsimd"))
    assert (host.name, host.offline) == ("attic", ())
    paths[1].unlink()
    until(lambda: len(rows(link)) == 2, SECONDS)
