"""What machines tell each other by a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import (
    DeleteThumbnails,
    Drop,
    Host,
    ReadHosts,
    ReadThumbnail,
    RemoveHost,
    ThumbnailIds,
    WriteHost,
    WriteThumbnails,
)
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import ImageId
from tests.support.milvus_server import MilvusServer, milvus_server

pytestmark = pytest.mark.long
ONE, OTHER = HostNumber(1), HostNumber(2**21 - 1)
LARGEST = 49_149
"""Bytes of a JPEG that Milvus can store."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    with milvus_server(tmp_path_factory.mktemp("milvus")) as running:
        yield running


@pytest.fixture(scope="module")
def link(server: MilvusServer) -> Iterator[Link]:
    opened = Link(server.link, 30.0)
    yield opened
    opened.close()


def test_hosts_read_what_was_last_told_of_each(link: Link) -> None:
    assert link.ask(ReadHosts("told")) == []
    link.ask(RemoveHost("told", ONE))
    old = Host(ONE, "attic", "abc", (), 1.5)
    new = Host(ONE, 'caf\xe9 "\U0001f4f7"', "abc", (b"/a", b"/\xff\\x"), 1_800_000_000.123456)
    other = Host(OTHER, "cellar", "def")
    for host in (other, old, new):
        link.ask(WriteHost("told", host))
    assert link.ask(ReadHosts("told")) == [new, other]
    assert link.ask(ReadHosts("tol")) == []
    link.ask(RemoveHost("told", ONE))
    assert link.ask(ReadHosts("told")) == [other]


def test_a_host_whose_names_are_too_long_is_refused(link: Link) -> None:
    with pytest.raises(ValueError, match="too long"):
        link.ask(WriteHost("long", Host(ONE, "attic", "abc", (b"/" + b"\xff" * 4000,) * 10)))


def test_what_pymilvus_cannot_send_is_a_failure_of_the_store(link: Link) -> None:
    with pytest.raises(StoreError) as caught:
        link.ask(WriteHost("odd", Host(ONE, "\udc80", "abc")))
    assert caught.value.fault == StoreFault.FAILED


def test_thumbnails_come_back_byte_for_byte(link: Link) -> None:
    mine = [shared(ONE, ImageId(number)) for number in (1, 2, 2**42 - 1)]
    theirs = shared(OTHER, ImageId(1))
    assert link.ask(ReadThumbnail("small", mine[0])) is None
    assert list(link.ask(ThumbnailIds("small", ONE))) == []
    link.ask(DeleteThumbnails("small", mine))
    jpegs = {mine[0]: bytes(range(256)), mine[1]: b"\xff" * LARGEST, mine[2]: b"", theirs: b"t"}
    link.ask(WriteThumbnails("small", jpegs))
    assert {image: link.ask(ReadThumbnail("small", image)) for image in jpegs} == jpegs
    link.ask(WriteThumbnails("small", {mine[0]: b"new"}))
    assert link.ask(ReadThumbnail("small", mine[0])) == b"new"
    assert list(link.ask(ThumbnailIds("small", ONE))) == mine
    link.ask(DeleteThumbnails("small", [mine[1], mine[2]]))
    assert list(link.ask(ThumbnailIds("small", ONE))) == mine[:1]
    assert list(link.ask(ThumbnailIds("small", OTHER))) == [theirs]
    assert link.ask(ReadThumbnail("small", mine[1])) is None


def test_a_thumbnail_that_is_too_large_is_refused_and_nothing_stored(link: Link) -> None:
    one, other = (shared(ONE, ImageId(number)) for number in (1, 2))
    with pytest.raises(ValueError, match=f"image {other} has 49,150 bytes"):
        link.ask(WriteThumbnails("large", {one: b"x", other: b"x" * (LARGEST + 1)}))
    assert link.ask(ReadThumbnail("large", one)) is None


def test_what_was_dropped_is_made_again(link: Link) -> None:
    host = Host(ONE, "attic", "abc")
    link.ask(WriteHost("again", host))
    link.ask(Drop("again_hosts"))
    link.ask(WriteHost("again", host))
    assert link.ask(ReadHosts("again")) == [host]


def test_what_another_host_dropped_is_made_again(link: Link, server: MilvusServer) -> None:
    host, another = Host(ONE, "attic", "abc"), Link(server.link, 30.0)
    link.ask(WriteHost("others", host))
    another.ask(Drop("others_hosts"))
    another.close()
    link.ask(WriteHost("others", host))
    assert link.ask(ReadHosts("others")) == [host]
