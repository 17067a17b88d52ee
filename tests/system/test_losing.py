"""Photos are forgotten only if they were certainly deleted, and on purpose: the whole daemon."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imgsimd.reconciling.deletion_guard import FEW_IMAGES
from tests.support.household import Household, until

pytestmark = pytest.mark.long

MANY = FEW_IMAGES + 20


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """A running daemon that knows MANY photos, few of which differ."""
    home = Household(tmp_path_factory.mktemp("home"))
    for number in range(MANY):
        home.add(album[number % 3], f"all/{number % 2}/{number:03d}.jpg")
    home.start()
    assert home.settle()["images"] == MANY
    yield home
    home.close()


def root(home: Household) -> Any:
    (found,) = home.status()["roots"]
    return found


def known(home: Household) -> list[Path]:
    """Every image of the database, hidden or not."""
    with sqlite3.connect(home.state / "gallery.db") as database:
        return [Path(os.fsdecode(row[0])) for row in database.execute("SELECT path FROM images")]


def test_a_setting_that_leaves_most_photos_out_by_mistake_forgets_none(
    collection: Household,
) -> None:
    home = collection
    before, decoded = home.ids(), home.status()["decoded"]
    home.configure('extensions = ["jgp"]')
    home.client.post("/v1/reload")
    until(lambda: home.settle()["images"] == 0)
    home.configure()
    home.client.post("/v1/reload")
    status = until(lambda: (found := home.settle())["images"] == MANY and found)
    assert home.ids() == before
    assert status["decoded"] == decoded


def test_a_mass_disappearance_is_hidden_and_kept_until_the_files_are_back_or_it_is_confirmed(
    collection: Household, album: list[Path]
) -> None:
    """As of a root that was deleted and made again: the folder is there, and nothing is in it."""
    home, away = collection, collection.folder / "away"
    before = home.ids()
    (home.photos / "all").rename(away)
    until(lambda: home.settle()["images"] == 0)
    assert f"imgsimctl forget {home.photos} --confirm" in root(home)["reason"]
    assert b"To forget them: imgsimctl forget" in home.ctl("status").stdout
    assert home.stop() == 0
    home.config.write_text(
        home.config.read_text().replace("health_seconds = 0.5", "health_seconds = 60")
    )
    home.start()
    home.add(album[3], "new.jpg")
    until(lambda: home.settle()["images"] == 1)
    assert len(known(home)) == MANY + 1
    assert root(home)["reason"], "it is remembered"

    away.rename(home.photos / "all")
    status = until(lambda: (found := home.settle())["images"] == MANY + 1 and found)
    assert status["decoded"] == 1, "the new one"
    assert before.items() < home.ids().items()
    assert root(home)["reason"] == ""

    shutil.rmtree(home.photos / "all")
    until(lambda: home.settle()["images"] == 1)
    told = home.ctl("forget")
    assert told.returncode == 0
    assert f"{MANY}" in told.stdout.decode()
    assert "--confirm" in told.stderr.decode()
    assert len(known(home)) == MANY + 1, "without --confirm it is only told"
    assert home.ctl("forget", str(home.folder / "elsewhere"), "--confirm").returncode == 5
    assert home.ctl("forget", str(home.photos / "all/0"), "--confirm").returncode == 0
    assert len(known(home)) == MANY // 2 + 1, "the others wait on"
    assert home.ctl("forget", "--confirm").returncode == 0
    assert known(home) == [home.photos / "new.jpg"]
    until(lambda: root(home)["reason"] == "")
    nothing = home.ctl("forget")
    assert nothing.returncode == 5
    assert nothing.stderr.decode() == (
        "imgsimctl: Nothing to forget. Photos are forgotten when their files are deleted; photos "
        "on a disconnected disk are kept until you unwatch its folder.\n"
    )


def test_a_root_removed_by_mistake_loses_nothing_and_is_forgotten_only_by_command(
    home: Household, album: list[Path]
) -> None:
    home.add(album[0], "a.jpg", "b/c.jpg")
    home.start()
    home.settle()
    before = home.ids()
    assert home.ctl("forget", str(home.photos), "--confirm").returncode == 5, "it is watched"
    assert home.ctl("unwatch", str(home.photos)).returncode == 0
    until(lambda: home.settle()["images"] == 0)
    assert home.ctl("forget", "--confirm").returncode == 5, "the folder must be named"
    assert home.ctl("watch", str(home.photos)).returncode == 0
    until(lambda: home.settle()["images"] == 2)
    assert home.ids() == before
    assert home.status()["decoded"] == 1
    home.ctl("unwatch", str(home.photos))
    assert b"  2" in home.ctl("forget", str(home.photos)).stdout
    assert home.ctl("forget", str(home.photos), "--confirm").returncode == 0
    assert known(home) == []


def test_a_relocated_folder_keeps_its_ids_and_nothing_is_embedded_again(
    home: Household, album: list[Path], tmp_path: Path
) -> None:
    """The copies have other inodes and change times; one has lost its time, too, and is read."""
    odd = Path(os.fsdecode(b"a/\xff\n.jpg"))
    photos = [home.add(p, f"a/{p.stem}.jpg")[0] for p in album[:4]]
    shutil.copyfile(album[4], home.photos / odd)
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(album[5], other)
    roots = f'roots = [\n  "{home.photos}",  # mine\n  "{other}",\n]\n'
    home.config.write_text(f"{roots}[watching]\nhealth_seconds = 0.5\n")
    home.start()
    home.settle()
    before, decoded = home.ids(), home.status()["decoded"]
    new = tmp_path / "new"
    for old, place, word in (
        (home.photos, new, "No such folder"),
        (home.photos, album[0], "is a file"),
        (tmp_path / "unknown", home.state, "knows no photos"),
        (home.photos, other, "None of the photos"),
        (home.photos, tmp_path, "lies in the other"),
    ):
        refused = home.ctl("relocate", str(old), str(place))
        assert refused.returncode == 9, (word, refused.stderr)
        assert word in refused.stderr.decode()
    text = home.config.read_text()
    assert home.settle()["images"] == 6

    shutil.copytree(home.photos, new)
    os.utime(new / "a" / photos[0].name)
    shutil.rmtree(home.photos)
    home.photos.symlink_to(new)
    moved = home.ctl("relocate", str(home.photos), str(new))
    assert moved.returncode == 0, moved.stderr
    assert home.config.read_text() == text, "it names the link, which leads there now"
    status = until(lambda: (found := home.settle())["images"] == 6 and found)
    assert status["decoded"] == decoded
    assert [r["state"] for r in status["roots"]] == ["online", "online"]
    home.photos = new.resolve()
    assert home.ids() == before
