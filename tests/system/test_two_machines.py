"""Two real daemons that share a real Milvus server: what a user asks of one is answered by both.

Starting them takes longer than any test here, so all tests have the same ones, and leave them as
they were; the last one removes a machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imgsimd.client import Client
from imgsimd.errors import RequestError, StoreError
from imgsimd.milvus import expression
from imgsimd.shared_ids import HostNumber, SharedId, host_of, image_of
from imgsimd.web.thumbnails import address
from tests.killing_shared import ids_in
from tests.support.household import Household, until
from tests.support.milvus_server import MilvusServer, milvus_server
from tests.support.patience import LONG_DEADLINE
from tests.support.visit import visiting

pytestmark = pytest.mark.long
PREFIX = "both"
PHOTOS = 3
"""Of each machine."""


@dataclass(frozen=True)
class Machines:
    """The attic wants an error while the server is away; the cellar wants what there is."""

    server: MilvusServer
    attic: Household
    cellar: Household

    def are_complete(self) -> bool:
        """Whether each finds the photos of both."""
        return all(
            len(everything(home)["matches"]) == 2 * PHOTOS for home in (self.attic, self.cellar)
        )


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Machines]:
    folder = tmp_path_factory.mktemp("machines")
    (folder / "milvus").mkdir()
    with milvus_server(folder / "milvus") as server:
        attic = machine(folder, server, "attic", "error", album[:PHOTOS])
        cellar = machine(folder, server, "cellar", "local", album[PHOTOS : 2 * PHOTOS])
        made = Machines(server, attic, cellar)
        until(made.are_complete, LONG_DEADLINE)
        yield made
        attic.close()
        cellar.close()


def machine(
    folder: Path, server: MilvusServer, name: str, when_away: str, photos: list[Path]
) -> Household:
    (folder / name).mkdir()
    home = Household(folder / name)
    home.share(server.uri, PREFIX, name, f'when_away = "{when_away}"\n')
    for each in photos:
        home.add(each, each.name)
    home.start()
    home.settle()
    return home


def photos(home: Household) -> list[str]:
    return sorted(map(str, home.photos.iterdir()))


def everything(home: Household, **options: object) -> dict[str, Any]:
    """What is answered to a question about a photo of this machine, which may be found, too."""
    query = {"queries": [{"path": photos(home)[0]}], "k": 100, "include_queries": True}
    answer: Any = home.client.post("/v1/similar", query | options)
    return dict(answer)


def number(home: Household) -> HostNumber:
    return HostNumber(home.status()["shared"]["number"])


def names(home: Household, of: Household) -> set[str]:
    """The photos of one machine that are found by asking `home`."""
    matches = everything(home, hosts=[of.folder.name])["matches"]
    return {Path(match["path"]).name for match in matches}


def is_jpeg(client: Client, image: int) -> bool:
    """Whether the daemon shows a thumbnail of the image."""
    with suppress(RequestError):
        return client.thumbnail(image).startswith(b"\xff\xd8")
    return False


def test_each_match_says_which_machine_has_it(machines: Machines) -> None:
    here, there = photos(machines.attic), photos(machines.cellar)
    answer = everything(machines.attic, collapse=True)
    assert {(m["host"], m["path"]) for m in answer["matches"]} == {
        *(("attic", path) for path in here),
        *(("cellar", path) for path in there),
    }
    assert (answer["local_only"], answer["trouble"]) == (False, None)
    shared = {match["path"]: match["shared_id"] for match in answer["matches"]}
    other = {m["path"]: m["shared_id"] for m in everything(machines.cellar)["matches"]}
    assert shared == other, "it is the same whoever is asked"
    ids = {match["path"]: match["id"] for match in answer["matches"]}
    for home, paths in ((machines.attic, here), (machines.cellar, there)):
        assert {host_of(SharedId(shared[path])) for path in paths} == {number(home)}
    assert all(ids[path] == shared[path] for path in there)
    assert all(ids[path] == image_of(SharedId(shared[path])) for path in here)


def test_all_machines_give_the_same_answer(machines: Machines) -> None:
    asked = photos(machines.attic)[0]
    distances = []
    for home in (machines.attic, machines.cellar):
        printed = home.ctl("similar", asked, "--include-self", "--json").stdout
        matches = json.loads(printed)["matches"]
        distances.append({match["shared_id"]: match["distance"] for match in matches})
    assert len(distances[0]) == 2 * PHOTOS
    assert distances[0] == pytest.approx(distances[1])


def test_the_path_of_another_machine_is_printed_with_its_name(machines: Machines) -> None:
    attic, first = machines.attic, photos(machines.attic)[0]
    there = {f"cellar:{path}" for path in photos(machines.cellar)}
    expected = there | set(photos(attic)[1:])
    printed = attic.ctl("similar", first, "--paths").stdout.decode().splitlines()
    assert set(printed) == expected
    assert set(attic.ctl("similar", first, "-0").stdout.decode().split("\0")) == expected | {""}
    table = attic.ctl("similar", first).stdout.decode()
    assert all(place in table for place in expected)
    page = attic.ctl("similar", first, "--html", "-").stdout.decode()
    assert f"file://{photos(machines.cellar)[0]}" not in page
    assert there == {place for place in there if place in page}


def test_only_some_machines_can_be_asked(machines: Machines) -> None:
    attic, first = machines.attic, photos(machines.attic)[0]
    only = attic.ctl("similar", first, "--host", "cellar", "--json")
    found = json.loads(only.stdout)
    assert {match["path"] for match in found["matches"]} == set(photos(machines.cellar))
    folder = str(machines.cellar.photos)
    under = attic.ctl("similar", first, "--host", "cellar", "--under", folder, "--paths")
    assert len(under.stdout.splitlines()) == PHOTOS, under.stderr
    own = attic.ctl("similar", first, "--host", "attic", "--paths").stdout.decode()
    assert set(own.splitlines()) == set(photos(attic)[1:])
    unknown = attic.ctl("similar", first, "--host", "tower")
    assert (unknown.returncode, unknown.stdout) == (RequestError.exit_code, b"")
    assert b"No machine called tower" in unknown.stderr
    assert b"attic, cellar" in unknown.stderr
    same = attic.ctl("similar", "--same", first, "--host", "cellar")
    assert same.returncode == 2
    assert b"--same opens the photos" in same.stderr


def test_what_opens_files_is_about_photos_of_this_machine(machines: Machines) -> None:
    attic, first = machines.attic, photos(machines.attic)[0]
    for option in ("verify", "same"):
        answer = everything(attic, **{option: True})
        assert {match["host"] for match in answer["matches"]} == {"attic"}
    shown = json.loads(attic.ctl("show", first, "--json").stdout)
    assert {near["path"] for near in shown["nearest"]} == set(photos(attic)[1:])
    each = json.loads(attic.ctl("similar", "--each", *photos(attic), "--json").stdout)
    assert {m["host"] for answer in each["answers"] for m in answer["matches"]} == {
        "attic",
        "cellar",
    }


def test_a_page_shows_which_machine_has_a_photo_and_offers_nothing_for_it(
    machines: Machines,
) -> None:
    answer = everything(machines.attic)
    own = next(match["id"] for match in answer["matches"] if match["host"] == "attic")
    with visiting(Client(machines.attic.socket), machines.attic.folder) as visit:
        page = visit.get(f"similar?of={own}").text
    for match in answer["matches"]:
        if match["host"] == "cellar":
            (card,) = [c for c in page.split("<li ") if f'id="photo-{match["id"]}"' in c]
            assert "on <b>cellar</b>" in card
            assert f'data-path="cellar:{match["path"]}"' in card
            assert "data-id" not in card
            assert "compare?" not in card
            assert "similar?" not in card
            assert address(str(match["id"]), "", 384).replace("&", "&amp;") in card


def test_what_comes_and_goes_on_one_is_known_on_the_other(
    machines: Machines, album: list[Path]
) -> None:
    attic, cellar = machines.attic, machines.cellar
    (new,) = cellar.add(album[0], "new.jpg")
    until(lambda: "new.jpg" in names(attic, cellar), LONG_DEADLINE)
    new.rename(cellar.photos / "renamed.jpg")
    until(lambda: "renamed.jpg" in names(attic, cellar), LONG_DEADLINE)
    assert "new.jpg" not in names(attic, cellar)
    (cellar.photos / "renamed.jpg").unlink()
    until(lambda: "renamed.jpg" not in names(attic, cellar), LONG_DEADLINE)


def test_a_folder_that_is_offline_is_hidden_everywhere_and_nothing_is_deleted(
    machines: Machines,
) -> None:
    attic, cellar = machines.attic, machines.cellar
    rows = expression.of_host(number(cellar))
    before = ids_in(machines.server, PREFIX, rows)
    cellar.photos.rename(cellar.folder / "unplugged")
    until(lambda: not names(attic, cellar), LONG_DEADLINE)
    assert ids_in(machines.server, PREFIX, rows) == before
    (cellar.folder / "unplugged").rename(cellar.photos)
    until(machines.are_complete, LONG_DEADLINE)


def test_while_the_server_is_away_each_answers_as_it_is_told(machines: Machines) -> None:
    attic, cellar, server = machines.attic, machines.cellar, machines.server
    server.kill()
    failed = attic.ctl("similar", photos(attic)[0])
    assert (failed.returncode, failed.stdout) == (StoreError.exit_code, b"")
    assert server.uri.encode() in failed.stderr
    assert attic.ctl("show", photos(attic)[0]).returncode == 0
    assert {m["host"] for m in everything(attic, same=True)["matches"]} == {"attic"}
    answer = everything(cellar)
    assert answer["local_only"]
    assert server.uri in answer["trouble"]
    assert {match["path"] for match in answer["matches"]} == set(photos(cellar))
    said = cellar.ctl("similar", photos(cellar)[0], "--paths")
    assert said.returncode == 0
    assert b"Only this machine's photos were searched." in said.stderr
    other = cellar.ctl("similar", photos(cellar)[0], "--host", "attic")
    assert other.returncode == StoreError.exit_code
    server.start()
    until(machines.are_complete, LONG_DEADLINE)
    assert not everything(cellar)["local_only"]
    for home in (attic, cellar):
        assert "Traceback" not in home.log()


def test_a_server_that_was_wiped_gets_everything_again(machines: Machines) -> None:
    machines.server.kill()
    machines.server.wipe()
    machines.server.start()

    def finds_all(home: Household) -> bool:
        """The first question to each says that the server has lost what was there."""
        with suppress(StoreError):
            return len(everything(home)["matches"]) == 2 * PHOTOS
        return False

    homes = (machines.attic, machines.cellar)
    until(lambda: {finds_all(home) for home in homes} == {True}, LONG_DEADLINE)


def test_a_machine_that_is_off_is_found_with_thumbnails_until_it_is_removed(
    machines: Machines,
) -> None:
    attic, cellar = machines.attic, machines.cellar
    rows = expression.of_host(number(cellar))
    theirs = everything(attic, hosts=["cellar"])["matches"]
    with Client(attic.socket) as client:
        until(lambda: all(is_jpeg(client, match["id"]) for match in theirs), LONG_DEADLINE)
        cellar.stop()
        assert everything(attic, hosts=["cellar"])["matches"] == theirs
        assert all(is_jpeg(client, match["id"]) for match in theirs)
    assert b"cellar" in attic.ctl("hosts", "list").stdout
    assert attic.ctl("hosts", "remove", "cellar", "--confirm").returncode == 0
    assert not ids_in(machines.server, PREFIX, rows)
    assert {match["host"] for match in everything(attic)["matches"]} == {"attic"}
    assert b"cellar" not in attic.ctl("hosts", "list").stdout
