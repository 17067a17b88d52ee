"""Symbolic links are followed if the user wants it, and reported otherwise."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.household import Household, until

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """A running daemon that follows links, with one photo, and a collection outside."""
    home = Household(tmp_path_factory.mktemp("home"))
    for number, picture in enumerate(album[:9]):
        copy_to(picture, home.folder / f"far/{number}.jpg")
    home.add(album[9], "own.jpg")
    home.configure("follow_links = true")
    home.start()
    home.settle()
    yield home
    home.close()


def copy_to(picture: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(picture, place)


def link(home: Household, name: str, target: Path | str) -> Path:
    path = home.photos / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return path


def becomes(home: Household, folder: str, *names: str) -> dict[str, int]:
    """Waits until exactly these are found below the folder; returns their ids."""
    until(lambda: found(home, folder).keys() == set(names))
    return found(home, folder)


def found(home: Household, folder: str) -> dict[str, int]:
    """The ids of what is searchable below the folder, by name."""
    within = f"{folder}/"
    ids = home.ids().items()
    return {n.removeprefix(within): i for n, i in ids if n.startswith(within)}


def reason(home: Household) -> Any:
    return home.settle()["roots"][0]["reason"]


def rescan(home: Household) -> None:
    home.client.post("/v1/rescan", {})
    home.settle()


def test_links_that_are_not_followed_are_reported(home: Household, album: list[Path]) -> None:
    copy_to(album[0], home.folder / "far/0.jpg")
    for number in range(3):
        link(home, f"{number}.jpg", home.folder / f"far/{number}.jpg")
    link(home, "folder", home.folder / "far")
    home.start()
    home.settle()
    for command in ("up", "status"):
        said = home.ctl(command).stdout.decode()
        assert "4 symbolic links are not followed." in said
        assert "set `follow_links = true`" in said
    home.configure("follow_links = true")
    home.client.post("/v1/reload")
    until(lambda: home.ids().keys() == {"0.jpg"})
    assert "2 symbolic links are broken now" in reason(home)
    assert "1 symbolic link to folders is not followed" in reason(home)
    home.configure()
    home.client.post("/v1/reload")
    until(lambda: home.settle()["images"] == 0)
    assert "4 symbolic links are not followed" in reason(home)
    assert "1 image hidden, but kept, because a setting" in reason(home)


def test_a_followed_link_is_an_image_and_keeps_its_id_when_it_is_renamed(
    shared_home: Household,
) -> None:
    home = shared_home
    path = link(home, "a/0.jpg", home.folder / "far/0.jpg")
    ids = becomes(home, "a", "0.jpg")
    decoded = home.status()["decoded"]
    path.rename(home.photos / "a/renamed.jpg")
    assert becomes(home, "a", "renamed.jpg")["renamed.jpg"] == ids["0.jpg"]
    (home.photos / "a").rename(home.photos / "b")
    assert becomes(home, "b", "renamed.jpg")["renamed.jpg"] == ids["0.jpg"]
    assert home.status()["decoded"] == decoded
    asked = home.ctl("similar", str(home.photos / "b/renamed.jpg"), "--json")
    assert ids["0.jpg"] not in [match["id"] for match in json.loads(asked.stdout)["matches"]]
    (home.photos / "b/renamed.jpg").unlink()
    becomes(home, "b")


def test_links_to_one_file_are_one_image_and_one_takes_over_for_another(
    shared_home: Household,
) -> None:
    home = shared_home
    first = link(home, "c/2.jpg", home.folder / "far/1.jpg")
    ids = becomes(home, "c", "2.jpg")
    for name in ("c/1.jpg", "c/d/3.jpg"):
        link(home, name, home.folder / "far/1.jpg")
    link(home, "c/own.jpg", "../own.jpg")
    link(home, "c/d/loop.jpg", "loop.jpg")
    link(home, "c/zero.jpg", "/dev/zero")
    home.settle()
    assert found(home, "c") == ids
    rescan(home)
    assert found(home, "c") == ids
    check = home.ctl("check")
    assert check.returncode == 0, check.stdout
    assert "1 symbolic link is broken now" in reason(home)
    (home.photos / "c/d/loop.jpg").unlink()
    first.unlink()
    (heir,) = until(lambda: found(home, "c").keys() - {"2.jpg"})
    assert found(home, "c") == {heir: ids["2.jpg"]}


def test_a_link_that_leads_elsewhere_now_is_embedded_anew(
    shared_home: Household, album: list[Path]
) -> None:
    home = shared_home
    path = link(home, "e/a.jpg", home.folder / "far/2.jpg")
    ids = becomes(home, "e", "a.jpg")
    copy_to(album[3], home.photos / "e/twin.jpg")
    ids = becomes(home, "e", "a.jpg", "twin.jpg")
    os.symlink(home.folder / "far/3.jpg", path.with_name("new"))
    path.with_name("new").replace(path)
    until(lambda: home.settle() and home.similar(path, 1)[0]["distance"] < 0.01)
    assert becomes(home, "e", "a.jpg", "twin.jpg") == ids
    copy_to(album[4], home.folder / "far/3.jpg")
    rescan(home)
    assert home.similar(path, 1)[0]["distance"] > 0.01


def test_contents_that_git_annex_drops_and_gets_again_keep_their_ids(
    shared_home: Household, album: list[Path]
) -> None:
    home = shared_home
    objects = home.photos / ".git/annex/objects"
    for number in range(3):
        link(home, f"annex/{number}.jpg", f"../.git/annex/objects/KEY{number}")
    until(lambda: "3 symbolic links are broken now" in reason(home))
    for number in range(3):
        copy_to(album[5 + number], objects / f"KEY{number}")
    rescan(home)
    ids = becomes(home, "annex", "0.jpg", "1.jpg", "2.jpg")
    decoded = home.status()["decoded"]
    (objects / "KEY1").rename(home.folder / "kept")
    rescan(home)
    becomes(home, "annex", "0.jpg", "2.jpg")
    assert "1 image hidden, but kept, because symbolic links lead to nothing" in reason(home)
    (home.photos / "annex/0.jpg").unlink()  # which is forgotten, and by then the other would be
    becomes(home, "annex", "2.jpg")
    copy_to(home.folder / "kept", objects / "KEY1")
    rescan(home)
    assert becomes(home, "annex", "1.jpg", "2.jpg")["1.jpg"] == ids["1.jpg"]
    assert home.status()["decoded"] == decoded
    assert reason(home) == ""


def test_a_target_that_is_watched_later_keeps_its_id(shared_home: Household) -> None:
    home = shared_home
    link(home, "f/8.jpg", home.folder / "later/8.jpg")
    shutil.move(home.folder / "far/8.jpg", home.photos / "8.jpg")
    ids = until(lambda: home.settle() and home.ids().get("8.jpg") and home.ids())
    (home.folder / "later").mkdir()
    (home.photos / "8.jpg").rename(home.folder / "later/8.jpg")
    rescan(home)
    assert becomes(home, "f", "8.jpg")["8.jpg"] == ids["8.jpg"]
    (home.folder / "later/8.jpg").rename(home.photos / "8.jpg")
    until(lambda: home.settle() and home.ids().get("8.jpg") == ids["8.jpg"])
    becomes(home, "f")
