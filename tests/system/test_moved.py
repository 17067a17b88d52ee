"""Folders move, and their photos keep their ids: the commands, the real daemon, real pictures."""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.support.household import QUICK, Household, until

pytestmark = pytest.mark.long

TEN = 10


@pytest.fixture
def indexed(home: Household, album: list[Path]) -> Household:
    """Ten photos, in two folders, are indexed."""
    for number, picture in enumerate(album[:TEN]):
        home.add(picture, f"{'ab'[number % 2]}/{picture.name}")
    home.start()
    assert home.settle()["images"] == TEN
    return home


def elsewhere(home: Household, folder: Path) -> dict[str, int]:
    """Every searchable image by its name below the folder."""
    home.photos, before = folder, home.photos
    try:
        return home.ids()
    finally:
        home.photos = before


def said(home: Household, *arguments: str | Path, code: int = 0) -> str:
    """What a command prints, on either stream."""
    result = home.ctl(*map(str, arguments))
    printed = (result.stdout + result.stderr).decode()
    assert result.returncode == code, printed
    return printed


def roots(home: Household) -> list[str]:
    return list(tomllib.loads(home.config.read_text())["roots"])


def settled(home: Household, folder: Path, expected: dict[str, int]) -> int:
    """Waits until these images lie below the folder; returns how many pictures were decoded."""
    until(lambda: home.settle() and elsewhere(home, folder) == expected)
    said(home, "check")
    return int(home.status()["decoded"])


def test_a_watched_folder_that_is_renamed_is_recognised_and_configured_once(
    indexed: Household,
) -> None:
    home, new = indexed, indexed.folder / "Photos"
    before, decoded = home.ids(), home.status()["decoded"]
    home.photos.rename(new)
    until(lambda: home.status()["roots"][0]["state"] == "offline")
    reason = home.status()["roots"][0]["reason"]
    assert f"If it has moved: imgsimctl relocate {home.photos} NEW_FOLDER" in reason
    lines = said(home, "watch", new).splitlines()
    assert lines[0] == f"Watching {new}"
    assert lines[1].startswith(f"{home.photos} has moved to {new}: {TEN} photos kept their ids.")
    assert roots(home) == [str(new)]
    assert settled(home, new, before) == decoded
    again = said(home, "relocate", home.photos, new)
    assert again == f"The photos of {home.photos} are already in {new} in the catalog.\n"
    assert f"part of {new}" in said(home, "watch", new / "a")
    assert f"part of {new}" in said(home, "unwatch", new / "a", code=9)
    assert roots(home) == [str(new)]


def test_relocating_after_the_copy_was_indexed_makes_one_of_both(indexed: Household) -> None:
    """The copies have lost their times; one photo is only there, one only here, and one another."""
    home, new = indexed, indexed.folder / "copy"
    before = home.ids()
    changed, lost = sorted(before)[:2]
    shutil.copytree(home.photos, new, copy_function=shutil.copyfile)
    shutil.copyfile(home.photos / lost, new / changed)
    (new / lost).unlink()
    said(home, "watch", new)
    until(lambda: home.settle()["images"] == 2 * TEN - 1)
    young = elsewhere(home, new)
    decoded = home.status()["decoded"]
    told = said(home, "relocate", home.photos, new)
    assert f"Moved {TEN - 2} photos to {new} in the catalog." in told
    assert f"2 photos of {home.photos} can't be found there" in told
    assert f"{home.photos} is still there, too; it is not watched." in told
    assert roots(home) == [str(new)]
    kept = {name: image for name, image in before.items() if name not in (changed, lost)}
    assert settled(home, new, kept | {changed: young[changed]}) == decoded
    shutil.copy(home.photos / lost, new / lost)
    kept |= {lost: before[lost], changed: young[changed]}
    assert settled(home, new, kept) == decoded, "it is known by what it was"

    shutil.copytree(new / "a", home.folder / "part")
    told = said(home, "relocate", new / "a", home.folder / "part")
    assert "It isn't watched yet. Run: imgsimctl watch" in told
    assert f"Warning: {new}/a is still there and watched as part of {new}: " in told


def test_a_copy_is_the_same_folder_once_the_first_is_deleted(indexed: Household) -> None:
    home, new = indexed, indexed.folder / "copy"
    before, decoded = home.ids(), home.status()["decoded"]
    shutil.copytree(home.photos, new, copy_function=shutil.copyfile)
    said(home, "watch", new)
    until(lambda: home.settle()["images"] == 2 * TEN)
    shutil.rmtree(home.photos)
    assert settled(home, new, before) == decoded
    reason = home.status()["roots"][0]["reason"]
    assert f"its photos are in {new} now, where they have kept their ids" in reason
    assert said(home, "unwatch", home.photos) == f"No longer watching {home.photos}.\n"
    assert settled(home, new, before) == decoded


def test_on_another_machine_the_photos_are_known_wherever_they_lie(
    indexed: Household, tmp_path: Path
) -> None:
    """As README says. The photos came by a way that keeps no times; the old home is not there."""
    before = indexed.ids()
    backup = tmp_path / "gallery.db"
    said(indexed, "backup", backup)
    (tmp_path / "other").mkdir()
    new = Household(tmp_path / "other")
    try:
        shutil.copytree(
            indexed.photos, new.photos, copy_function=shutil.copyfile, dirs_exist_ok=True
        )
        indexed.stop()
        shutil.rmtree(indexed.photos)
        new.config.write_text(QUICK)
        new.state.mkdir(parents=True)
        shutil.copy(backup, new.state)
        try:
            assert f"{TEN} photos are searchable." in said(new, "up", new.photos)
            assert settled(new, new.photos, before) == 0
        finally:
            new.ctl("down")
    finally:
        new.close()


def test_a_link_left_in_place_of_a_folder_changes_nothing(
    indexed: Household, album: list[Path]
) -> None:
    home, big = indexed, indexed.folder / "big"
    before, decoded = home.ids(), home.status()["decoded"]
    shutil.copytree(home.photos, big, copy_function=shutil.copyfile)
    shutil.rmtree(home.photos)
    home.photos.symlink_to("big")
    assert settled(home, big, before) == decoded
    (root,) = home.status()["roots"]
    assert (root["path"], root["names"]) == (str(big), [str(home.photos)])
    assert f"{big} ({home.photos})" in said(home, "roots")
    assert roots(home) == [str(home.photos)], "what the user wrote stays"
    (big / "broken.jpg").write_text("this is no picture")
    for path in (home.photos, big):
        until(lambda path=path: "broken" in said(home, "failed", path))  # type: ignore[misc]
        said(home, "rescan", path)
        said(home, "forget", path, code=5)
    assert said(home, "watch", home.photos) == f"Watching {big}\n"
    assert said(home, "watch", big) == f"{big} is already watched, as {home.photos}.\n"
    assert said(home, "unwatch", big) == f"No longer watching {big}.\n"
    assert "is not watched" in said(home, "unwatch", home.photos, code=9)
    assert said(home, "watch", home.photos) == f"Watching {big}\n"
    assert roots(home) == [str(home.photos)]
    decoded = home.status()["decoded"]
    os.unlink(big / "broken.jpg")
    assert settled(home, big, before) == decoded


def test_what_is_left_out_by_its_path_stays_so_and_the_configuration_names_the_new_folder(
    home: Household, album: list[Path]
) -> None:
    """Renamed and watched, while the daemon runs; then copied and relocated."""
    home.add(album[0], "a.jpg")
    home.add(album[1], "Private/b.jpg")
    home.configure(f'ignore = ["~/Pictures/Private", "{home.folder}/Pict*/raw"]')
    home.start()
    assert home.settle()["images"] == 1
    second, third = home.folder / "Photos", home.folder / "copy"
    home.photos.rename(second)
    told = said(home, "watch", second)
    assert "In `ignore`, `~/Photos/Private` replaces `~/Pictures/Private`." in told
    assert f"`{second}/raw` was added after `{home.folder}/Pict*/raw`." in told
    assert home.settle()["images"] == 1
    shutil.copytree(second, third)
    told = said(home, "relocate", second, third)
    assert "In `ignore`, `~/copy/Private` replaces `~/Photos/Private`." in told
    ignore = ["~/copy/Private", f"{home.folder}/Pict*/raw", f"{third}/raw"]
    assert tomllib.loads(home.config.read_text())["ignore"] == ignore
    assert home.settle()["decoded"] == 1, "nothing else was ever read"
    home.stop()
    home.start()
    assert home.settle()["images"] == 1
    assert list(elsewhere(home, third)) == ["a.jpg"]
