"""The machines that share a store are listed, and one that is gone is removed whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from imgsimd.errors import RequestError
from imgsimd.milvus.messages import Host
from imgsimd.pushing.hosts import Hosts
from imgsimd.shared_ids import HostNumber, host_of, shared
from imgsimd.types import ImageId
from tests.support.fake_milvus import FakeMilvus
from tests.support.shared_galleries import Machine, rows

OWN, OTHER = HostNumber(5), HostNumber(9)


@pytest.fixture
def server() -> FakeMilvus:
    return FakeMilvus()


@pytest.fixture
async def machines(tmp_path: Path, server: FakeMilvus) -> AsyncIterator[dict[HostNumber, Machine]]:
    """Two machines; the first has two photos, the other three."""
    both = {OWN: Machine(server, OWN, "laptop"), OTHER: Machine(server, OTHER, "attic")}
    for machine in both.values():
        await machine.open(tmp_path)
    await both[OWN].add(1, 2)
    await both[OTHER].add(3, 4, 5)
    for machine in both.values():
        await machine.pusher.push_all()
        server.thumbnails[shared(machine.host, ImageId(1))] = b"a photo"
    server.hosts = {
        OWN: Host(OWN, "laptop", "a", (), 1.0),
        OTHER: Host(OTHER, "attic", "b", (b"/away",), 2.0),
    }
    yield both
    for machine in both.values():
        await machine.gallery.close()


@pytest.fixture
def hosts(server: FakeMilvus, machines: dict[HostNumber, Machine]) -> Hosts:
    return Hosts(machines[OWN].gallery, server, "p")


async def test_each_is_listed_with_its_photos_this_machine_first(hosts: Hosts) -> None:
    found = await hosts.all()
    assert [(each.told.name, each.images, each.is_own) for each in found] == [
        ("laptop", 2, True),
        ("attic", 3, False),
    ]
    assert found[1].told.offline == (b"/away",)


@pytest.mark.parametrize("text", ["attic", "9"])
async def test_one_is_found_by_its_name_or_number(hosts: Hosts, text: str) -> None:
    assert (await hosts.find(text)).told.number == OTHER


async def test_one_that_is_removed_leaves_nothing_there_and_others_keep_all(
    hosts: Hosts, server: FakeMilvus, machines: dict[HostNumber, Machine]
) -> None:
    await hosts.remove(OTHER)
    assert rows(server, machines[OTHER]) == set()
    assert rows(server, machines[OWN]) == await machines[OWN].expected()
    assert {host_of(each) for each in server.thumbnails} == {OWN}
    assert server.hosts.keys() == {OWN}


async def test_machines_under_a_longer_prefix_keep_theirs(
    hosts: Hosts, server: FakeMilvus, machines: dict[HostNumber, Machine]
) -> None:
    (name,) = server.rows
    longer = {name.replace("p_", "p_2_", 1): dict(server.rows[name]), "p_2_hosts": {}}
    server.rows |= longer
    before = {name: dict(rows) for name, rows in longer.items()}
    await hosts.remove(OTHER)
    assert {name: server.rows[name] for name in before} == before


async def test_this_machine_and_unknown_ones_are_not_removed(hosts: Hosts) -> None:
    with pytest.raises(RequestError, match=r'laptop is this machine.*`backend = "faiss"`'):
        await hosts.find("laptop")
    with pytest.raises(RequestError, match=r"called cellar. There are: laptop, attic\."):
        await hosts.find("cellar")


async def test_of_several_with_one_name_the_number_is_wanted(
    hosts: Hosts, server: FakeMilvus
) -> None:
    another = HostNumber(7)
    server.hosts[another] = Host(another, "attic", "c", (), 86400.0)
    with pytest.raises(RequestError, match=r"by its number: 9 .*; 7 \(last heard of 1970-01-02\)"):
        await hosts.find("attic")
    assert (await hosts.find("7")).told.number == another
