"""Two machines that share a Milvus server: each has a daemon, a database and photos of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from imgsimd.client import Client
from imgsimd.errors import RequestError, StoreError
from imgsimd.milvus import expression
from imgsimd.shared_ids import HostNumber, SharedId, host_of, image_of
from tests.killing_shared import ids_in
from tests.support.household import Household, until
from tests.support.milvus_server import MilvusServer, milvus_server

pytestmark = pytest.mark.long

PREFIX = "both"
WAIT = 60.0
"""Seconds until one machine must know what has happened on the other."""


class Machines(NamedTuple):
    server: MilvusServer
    laptop: Household
    cellar: Household


@pytest.fixture
def machines(tmp_path: Path, album: list[Path]) -> Iterator[Machines]:
    """Every second picture is on the laptop, the others in the cellar."""
    for name in ("laptop", "cellar", "server"):
        (tmp_path / name).mkdir()
    with milvus_server(tmp_path / "server") as server:
        laptop, cellar = Household(tmp_path / "laptop"), Household(tmp_path / "cellar")
        for home, pictures in ((laptop, album[::2]), (cellar, album[1::2])):
            home.share(server.uri, PREFIX, home.folder.name)
            for picture in pictures:
                home.add(picture, picture.name)
            home.start()
        for home in (laptop, cellar):
            home.settle()
            until(partial(pushed, home), WAIT)
        yield Machines(server, laptop, cellar)
        laptop.close()
        cellar.close()


def pushed(home: Household) -> bool:
    return bool(home.status()["shared"]["waiting"] == 0)


def number(home: Household) -> HostNumber:
    return HostNumber(home.status()["shared"]["number"])


def found(home: Household, picture: Path, *options: str) -> list[dict[str, Any]]:
    """What `imgsimctl similar` finds there."""
    ended = home.ctl("similar", str(picture), "-k", "100", "--json", *options)
    assert ended.returncode == 0, ended.stderr
    matches: list[dict[str, Any]] = json.loads(ended.stdout)["matches"]
    return matches


def is_jpeg(client: Client, image: int) -> bool:
    """Whether the daemon shows a thumbnail of the image."""
    with suppress(RequestError):
        return client.thumbnail(image).startswith(b"\xff\xd8")
    return False


def places(matches: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(match["host"], match["path"]) for match in matches]


def names(home: Household, asked: Household, picture: Path) -> set[str]:
    """The photos of one machine that the other finds."""
    of_home = (m for m in found(asked, picture) if m["host"] == home.folder.name)
    return {Path(match["path"]).name for match in of_home}


def test_each_answers_from_both(machines: Machines, album: list[Path]) -> None:
    asked = album[0]
    here, there = (found(home, asked) for home in (machines.laptop, machines.cellar))
    assert set(places(there)) == {
        (home.folder.name, str(home.photos / picture.name))
        for home, pictures in ((machines.laptop, album[::2]), (machines.cellar, album[1::2]))
        for picture in pictures
    }
    assert len(here) == len(there)
    assert [m["distance"] for m in here] == pytest.approx([m["distance"] for m in there])
    own = {match["shared_id"]: match for match in here}
    assert len(own) == len(here), "ids are unique on both machines"
    assert set(own) == {match["shared_id"] for match in there}
    for match in there:
        shared_id = SharedId(match["shared_id"])
        home = machines.laptop if match["host"] == "laptop" else machines.cellar
        assert host_of(shared_id) == number(home)
        is_own = home is machines.cellar
        assert match["id"] == (image_of(shared_id) if is_own else shared_id)


def test_a_question_can_be_about_one_machine(machines: Machines, album: list[Path]) -> None:
    for name in ("laptop", "cellar"):
        matches = found(machines.laptop, album[0], "--host", name)
        assert {match["host"] for match in matches} == {name}
    printed = machines.laptop.ctl("similar", str(album[0]), "--host", "cellar", "--paths")
    assert all(line.startswith(b"cellar:/") for line in printed.stdout.splitlines())
    unknown = machines.laptop.ctl("similar", str(album[0]), "--host", "attic")
    assert unknown.returncode != 0
    assert b"attic" in unknown.stderr
    assert b"cellar" in unknown.stderr


def test_what_comes_and_goes_on_one_is_known_on_the_other(
    machines: Machines, album: list[Path]
) -> None:
    _, laptop, cellar = machines
    (new,) = cellar.add(album[0], "new.jpg")
    until(lambda: "new.jpg" in names(cellar, laptop, album[0]), WAIT)
    new.rename(cellar.photos / "renamed.jpg")
    until(lambda: "renamed.jpg" in names(cellar, laptop, album[0]), WAIT)
    assert "new.jpg" not in names(cellar, laptop, album[0])
    (cellar.photos / "renamed.jpg").unlink()
    until(lambda: "renamed.jpg" not in names(cellar, laptop, album[0]), WAIT)


def test_a_folder_that_is_offline_is_hidden_everywhere_and_nothing_is_deleted(
    machines: Machines, album: list[Path]
) -> None:
    server, laptop, cellar = machines
    rows = expression.of_host(number(cellar))
    before = ids_in(server, PREFIX, rows)
    cellar.photos.rename(cellar.folder / "unplugged")
    until(lambda: not names(cellar, laptop, album[0]), WAIT)
    assert ids_in(server, PREFIX, rows) == before
    (cellar.folder / "unplugged").rename(cellar.photos)
    until(lambda: len(names(cellar, laptop, album[0])) == len(before), WAIT)


def test_a_machine_that_is_off_is_still_found(machines: Machines, album: list[Path]) -> None:
    _, laptop, cellar = machines
    before = names(cellar, laptop, album[0])
    cellar.stop()
    assert names(cellar, laptop, album[0]) == before


def test_a_photo_of_another_machine_has_a_thumbnail_here(
    machines: Machines, album: list[Path]
) -> None:
    _, laptop, cellar = machines
    theirs = {match["shared_id"] for match in found(laptop, album[0], "--host", "cellar")}
    with Client(laptop.socket) as client:
        until(lambda: all(is_jpeg(client, number) for number in theirs), WAIT)
        cellar.stop()
        assert all(is_jpeg(client, number) for number in theirs)


def test_while_the_server_is_away_indexing_goes_on_and_questions_say_why(
    machines: Machines, album: list[Path]
) -> None:
    server, laptop, cellar = machines
    server.kill()
    cellar.add(album[0], "meanwhile.jpg")
    assert cellar.settle()["images"] == len(album[1::2]) + 1
    asked = laptop.ctl("similar", str(album[0]))
    assert asked.returncode == StoreError.exit_code
    assert server.uri.encode() in asked.stderr
    assert b"Traceback" not in asked.stderr
    server.start()
    until(lambda: pushed(cellar), WAIT)
    assert "meanwhile.jpg" in names(cellar, laptop, album[0])
    assert laptop.ctl("check").returncode == cellar.ctl("check").returncode == 0
    for home in (laptop, cellar):
        assert "Traceback" not in home.log()


def test_a_server_that_was_wiped_gets_everything_again(
    machines: Machines, album: list[Path], tmp_path: Path
) -> None:
    server, laptop, cellar = machines
    server.kill()
    shutil.rmtree(tmp_path / "server/data")
    server.start()

    def finds_all(home: Household) -> bool:
        """The first questions say that the server has lost what was there."""
        ended = home.ctl("similar", str(album[0]), "-k", "100", "--json")
        return not ended.returncode and len(json.loads(ended.stdout)["matches"]) == len(album)

    for home in (laptop, cellar):
        until(partial(finds_all, home), WAIT)


def test_local_answers_say_that_they_are(machines: Machines, album: list[Path]) -> None:
    server, laptop, _ = machines
    laptop.stop()
    laptop.share(server.uri, PREFIX, "laptop", 'when_away = "local"\n')
    laptop.start()
    laptop.settle()
    assert {host for host, _ in places(found(laptop, album[0]))} == {"laptop", "cellar"}
    server.kill()
    ended = laptop.ctl("similar", str(album[0]), "-k", "100", "--json")
    answer = json.loads(ended.stdout)
    assert answer["local_only"]
    assert {match["host"] for match in answer["matches"]} == {"laptop"}
    assert len(answer["matches"]) >= len(album[::2]) - 1, "the picture itself may be left out"
    server.start()
    until(lambda: {h for h, _ in places(found(laptop, album[0]))} == {"laptop", "cellar"}, WAIT)


def test_a_machine_that_is_gone_can_be_removed(machines: Machines, album: list[Path]) -> None:
    server, laptop, cellar = machines
    of_cellar = expression.of_host(number(cellar))
    cellar.stop()
    listed = laptop.ctl("hosts", "list")
    assert b"cellar" in listed.stdout
    assert laptop.ctl("hosts", "remove", "cellar", "--yes").returncode == 0
    assert not ids_in(server, PREFIX, of_cellar)
    assert {host for host, _ in places(found(laptop, album[0]))} == {"laptop"}
    assert b"cellar" not in laptop.ctl("hosts", "list").stdout
