"""A real daemon that shares its gallery on a real Milvus server."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from imgsimd.errors import StoreError, UnsoundError
from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import Collections, Delete, Drop, Ids, ReadHosts
from imgsimd.pushing.collection_names import of_models
from imgsimd.shared_ids import HostNumber, SharedId
from tests.support.household import Household, children, until
from tests.support.milvus_link import linked
from tests.support.milvus_server import MilvusServer, milvus_server
from tests.support.patience import LONG_DEADLINE

pytestmark = pytest.mark.long
PREFIX = "imgsimd"


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
    household.share(server.uri, PREFIX, "attic", "seconds = 5.0\n")
    yield household
    household.close()


def collection(link: Link) -> str:
    (name,) = of_models(PREFIX, link.ask(Collections(PREFIX)))
    return name


def rows(link: Link) -> list[int]:
    """The ids of all rows that are there of any machine."""
    names = of_models(PREFIX, link.ask(Collections(PREFIX)))
    return [row for name in names for row in link.ask(Ids(name, "")).tolist()]


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
    until(lambda: "store_failed" in codes(home), LONG_DEADLINE)
    assert shared(home)["trouble"].startswith(f"Nothing answers at {server.uri}")
    assert home.ctl("health").returncode == 16
    told = home.ctl("status").stdout.decode()
    assert f"Shared at {server.uri} as attic. 1 change waits to be pushed." in told
    server.start()
    until(lambda: len(rows(link)) == 1, LONG_DEADLINE)
    until(lambda: shared(home)["waiting"] == 0 and not shared(home)["trouble"], LONG_DEADLINE)
    assert codes(home) == set()
    server.kill()
    server.start()
    home.add(album[1], "b.jpg")
    until(lambda: len(rows(link)) == 2, LONG_DEADLINE)


def test_it_stops_in_time_though_the_server_hangs(
    home: Household, server: MilvusServer, link: Link, album: list[Path]
) -> None:
    (photo,) = home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    until(lambda: len(rows(link)) == 1, LONG_DEADLINE)
    server.pause()
    try:
        home.add(album[1], "b.jpg")
        until(lambda: shared(home)["waiting"] == 1, LONG_DEADLINE)
        with subprocess.Popen(
            [home.scripts / "imgsimctl", "similar", photo],
            env=home.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as question:
            until(lambda: home.process and children(home.process.pid), LONG_DEADLINE)
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
    until(lambda: len(rows(link)) == 2, LONG_DEADLINE)
    number = shared(home)["number"]
    home.stop()
    server.kill()
    home.configure()
    home.start()
    assert home.settle()["shared"] is None
    assert [match["path"] for match in home.similar(paths[0])] == [str(paths[1])]
    home.stop()
    server.start()
    home.share(server.uri, PREFIX, "attic")
    home.start()
    until(lambda: shared(home)["waiting"] == 0, LONG_DEADLINE)
    assert shared(home)["number"] == number
    assert len(rows(link)) == 2


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Household]:
    """Another home, as on another machine."""
    folder = tmp_path / "other"
    folder.mkdir()
    household = Household(folder)
    yield household
    household.close()


def test_a_copied_state_directory_is_another_machine(
    home: Household, other: Household, link: Link, album: list[Path]
) -> None:
    (photo,) = home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    until(lambda: len(rows(link)) == 1, LONG_DEADLINE)
    home.stop()
    shutil.copytree(home.state, other.state, dirs_exist_ok=True)
    shutil.copyfile(home.config, other.config)
    other.start()
    other.settle()
    until(lambda: len(rows(link)) == 2, LONG_DEADLINE)
    hosts = {host.number: host.name for host in link.ask(ReadHosts(PREFIX))}
    assert hosts[HostNumber(shared(other)["number"])] == "attic-2"
    assert set(hosts.values()) == {"attic", "attic-2"}
    assert "gallery_copied" in codes(other)
    assert "imgsimctl hosts remove attic" in other.ctl("status").stdout.decode()
    assert photo.exists()


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
