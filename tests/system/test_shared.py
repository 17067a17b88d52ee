"""A real daemon that shares its gallery on a real Milvus server."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import Collections, Ids, ReadHosts
from imgsimd.shared_ids import HostNumber
from tests.support.household import Household, children, until
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


def shared(home: Household) -> dict[str, Any]:
    """What the status tells of sharing."""
    return cast(dict[str, Any], home.status()["shared"])


def codes(home: Household) -> set[str]:
    return {problem["code"] for problem in home.status()["problems"]}


def test_while_the_server_is_away_photos_wait_and_are_pushed_when_it_is_back(
    home: Household, server: MilvusServer, link: Link, album: list[Path]
) -> None:
    server.kill()
    home.add(album[0], "a.jpg")
    home.start()
    status = home.settle()
    assert (status["images"], status["shared"]["waiting"]) == (1, 1)
    until(lambda: "store_failed" in codes(home), SECONDS)
    assert shared(home)["trouble"].startswith(f"Nothing answers at {server.uri}")
    assert home.ctl("health").returncode == 16
    told = home.ctl("status").stdout.decode()
    assert f"Shared at {server.uri} as attic. 1 change waits to be pushed." in told
    server.start()
    until(lambda: len(rows(link)) == 1, SECONDS)
    until(lambda: shared(home)["waiting"] == 0 and not shared(home)["trouble"], SECONDS)
    assert codes(home) == set()
    server.kill()
    server.start()
    home.add(album[1], "b.jpg")
    until(lambda: len(rows(link)) == 2, SECONDS)


def test_it_stops_in_time_though_the_server_hangs(
    home: Household, server: MilvusServer, link: Link, album: list[Path]
) -> None:
    (photo,) = home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    until(lambda: len(rows(link)) == 1, SECONDS)
    server.pause()
    try:
        home.add(album[1], "b.jpg")
        until(lambda: shared(home)["waiting"] == 1, SECONDS)
        with subprocess.Popen(
            [home.scripts / "imgsimctl", "similar", photo],
            env=home.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as question:
            until(lambda: home.process and children(home.process.pid), SECONDS)
            assert home.stop() == 0
            assert question.wait() in (3, 17)
        assert "Something hangs" not in home.log()
    finally:
        server.resume()
    assert len(rows(link)) == 1


def test_who_goes_back_to_faiss_has_everything_here_and_pushes_nothing(
    home: Household, server: MilvusServer, link: Link, album: list[Path]
) -> None:
    paths = [home.add(each, each.name)[0] for each in album[:2]]
    home.start()
    home.settle()
    until(lambda: len(rows(link)) == 2, SECONDS)
    number = shared(home)["number"]
    home.stop()
    server.kill()
    home.configure()
    home.start()
    assert home.settle()["shared"] is None
    assert [match["path"] for match in home.similar(paths[0])] == [str(paths[1])]
    home.stop()
    server.start()
    home.configure(settings(server, host="attic"))
    home.start()
    until(lambda: shared(home)["waiting"] == 0, SECONDS)
    assert shared(home)["number"] == number
    assert len(rows(link)) == 2


@pytest.fixture
def other(tmp_path: Path, server: MilvusServer) -> Iterator[Household]:
    """Another home, as on another machine."""
    folder = tmp_path / "other"
    folder.mkdir()
    household = Household(folder)
    household.configure(settings(server, host="cellar", seconds=5.0))
    yield household
    household.close()


def test_a_copied_state_directory_is_another_machine(
    home: Household, other: Household, link: Link, album: list[Path]
) -> None:
    (photo,) = home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    until(lambda: len(rows(link)) == 1, SECONDS)
    home.stop()
    shutil.copytree(home.state, other.state, dirs_exist_ok=True)
    shutil.copyfile(home.config, other.config)
    other.start()
    other.settle()
    until(lambda: len(rows(link)) == 2, SECONDS)
    hosts = {host.number: host.name for host in link.ask(ReadHosts("imgsimd"))}
    assert hosts[HostNumber(shared(other)["number"])] == "attic-2"
    assert set(hosts.values()) == {"attic", "attic-2"}
    assert "gallery_copied" in codes(other)
    assert "imgsimctl hosts remove attic" in other.ctl("status").stdout.decode()
    assert photo.exists()
