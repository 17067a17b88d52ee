"""The gallery follows what happens to files: the real daemon, real inotify, real pictures."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from imgsimd.errors import ConfigError
from tests.support.household import Household, until
from tests.support.seclusion import alone, limit

pytestmark = pytest.mark.user

AT_ONCE = 0.02
"""Seconds. Between renames that take longer, on a busy machine, the daemon may have looked."""


@pytest.fixture
def photos(home: Household, album: list[Path]) -> list[Path]:
    """Ten photos, two folders, indexed by a running daemon."""
    placed = [home.add(p, f"{'ab'[n % 2]}/{p.stem}.jpg")[0] for n, p in enumerate(album[:10])]
    home.start()
    assert home.settle()["images"] == 10
    return placed


def test_a_new_photo_is_found_without_being_asked_for(
    home: Household, photos: list[Path], album: list[Path]
) -> None:
    (new,) = home.add(album[10], "new.jpg")
    assert home.settle()["images"] == 11
    assert len(home.similar(new)) == 10


def test_a_renamed_photo_keeps_its_id_and_is_not_decoded(
    home: Household, photos: list[Path]
) -> None:
    before, decoded = home.ids(), home.status()["decoded"]
    photos[0].rename(photos[0].with_name("renamed.jpg"))
    assert home.settle()["decoded"] == decoded
    after = home.ids()
    old = os.path.relpath(photos[0], home.photos)
    assert after[str(Path(old).with_name("renamed.jpg"))] == before[old]
    assert old not in after
    assert len(after) == 10


def test_a_renamed_folder_keeps_all_ids_and_nothing_is_decoded(
    home: Household, photos: list[Path]
) -> None:
    before, decoded = home.ids(), home.status()["decoded"]
    (home.photos / "a").rename(home.photos / "c")
    until(lambda: any(name.startswith("c/") for name in home.ids()))
    assert home.settle()["decoded"] == decoded
    after = home.ids()
    assert after == {name.replace("a/", "c/", 1): image for name, image in before.items()}


def test_a_deleted_photo_is_gone_from_answers(home: Household, photos: list[Path]) -> None:
    photos[3].unlink()
    until(lambda: home.settle()["images"] == 9)
    assert str(photos[3]) not in [match["path"] for match in home.similar(photos[0], k=100)]


def test_a_deleted_folder_is_gone_from_answers(home: Household, photos: list[Path]) -> None:
    shutil.rmtree(home.photos / "b")
    until(lambda: home.settle()["images"] == 5)


def test_a_copy_is_found_and_not_decoded(home: Household, photos: list[Path]) -> None:
    decoded = home.status()["decoded"]
    (copy,) = home.add(photos[0], "copy.jpg")
    assert home.settle()["images"] == 11
    assert home.status()["decoded"] == decoded
    nearest = home.similar(copy)[0]
    assert (nearest["path"], nearest["distance"]) == (str(photos[0]), 0.0)


def test_a_changed_photo_keeps_its_id_and_is_embedded_anew(
    home: Household, photos: list[Path], album: list[Path]
) -> None:
    before = home.ids()
    shutil.copyfile(album[12], photos[0])
    (twin,) = home.add(album[12], "twin.jpg")
    assert home.settle()["images"] == 11
    assert home.similar(twin)[0]["path"] == str(photos[0])
    name = os.path.relpath(photos[0], home.photos)
    assert home.ids()[name] == before[name]


def test_a_photo_replaced_by_an_atomic_save_is_embedded_anew(
    home: Household, photos: list[Path], album: list[Path]
) -> None:
    draft = home.photos / ".draft.jpg"
    shutil.copyfile(album[13], draft)
    draft.rename(photos[0])
    (twin,) = home.add(album[13], "twin.jpg")
    until(lambda: home.settle()["images"] == 11)
    assert home.similar(twin)[0]["path"] == str(photos[0])


def swap(one: Path, two: Path) -> float:
    """Swaps the names of two files; the seconds that it took."""
    start = time.monotonic()
    spare = one.with_name("spare.jpg")
    one.rename(spare)
    two.rename(one)
    spare.rename(two)
    return time.monotonic() - start


def test_two_photos_that_swap_names_are_not_decoded(home: Household, photos: list[Path]) -> None:
    home.ids()
    for _ in range(10):
        decoded = home.status()["decoded"]
        seconds = swap(photos[0], photos[2])
        assert home.settle()["images"] == 10
        if seconds < AT_ONCE:
            break
    assert home.status()["decoded"] == decoded


def test_a_folder_that_is_moved_in_is_indexed(
    home: Household, photos: list[Path], album: list[Path]
) -> None:
    outside = home.folder / "outside"
    outside.mkdir()
    for picture in album[10:15]:
        shutil.copy(picture, outside)
    outside.rename(home.photos / "inside")
    until(lambda: home.settle()["images"] == 15)


def test_a_picture_that_cannot_be_read_is_listed_and_stops_nothing_else(
    home: Household, photos: list[Path], album: list[Path]
) -> None:
    (home.photos / "empty.jpg").touch()
    (home.photos / "text.png").write_text("this is no picture")
    home.add(album[10], "good.jpg")
    status = home.settle()
    assert (status["images"], status["failed"]) == (11, 2)
    failed = home.client.get("/v1/failed")
    assert isinstance(failed, list)
    assert [(Path(f["path"]).name, bool(f["reason"])) for f in failed] == [
        ("empty.jpg", True),
        ("text.png", True),
    ]
    decoded = status["decoded"]
    home.client.post("/v1/rescan", {})
    assert home.settle()["decoded"] == decoded, "not retried until it changes"
    home.add(album[11], "text.png")
    status = home.settle()
    assert (status["images"], status["failed"]) == (12, 1)


def test_the_content_of_a_photo_decides_its_format_not_its_name(
    home: Household, photos: list[Path], album: list[Path]
) -> None:
    png = next(picture for picture in album if picture.suffix == ".png")
    home.add(png, "really-a-png.JPG")
    assert home.settle()["images"] == 11


def test_ignored_files_and_folders_are_not_indexed(
    home: Household, photos: list[Path], album: list[Path]
) -> None:
    home.add(album[10], ".hidden.jpg", ".thumbnails/a.jpg", "download.jpg.part", "@eaDir/a.jpg")
    home.add(album[11], "shown.jpg")
    assert home.settle()["images"] == 11


def test_a_slow_copy_is_not_indexed_half_way(
    home: Household, photos: list[Path], album: list[Path]
) -> None:
    content = album[10].read_bytes()
    with (home.photos / "slow.jpg").open("wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
        until(lambda: home.status()["pending"] == 1)
        assert home.status()["images"] == 10
        file.write(content[len(content) // 2 :])
    status = home.settle()
    assert (status["images"], status["failed"]) == (11, 0)


def test_a_photo_written_a_thousand_times_a_second_costs_little_and_delays_no_other(
    home: Household, album: list[Path]
) -> None:
    home.start()
    contents, enough = [picture.read_bytes() for picture in album[10:12]], threading.Event()

    def write() -> None:
        while not enough.wait(0.001):
            contents.reverse()
            (home.photos / "hot.jpg").write_bytes(contents[0])

    writer = threading.Thread(target=write)
    started = time.monotonic()
    writer.start()
    try:
        home.add(album[20], "other.jpg")
        until(lambda: "other.jpg" in home.ids())
        until(lambda: time.monotonic() > started + 1)
    finally:
        enough.set()
        writer.join()
    status = home.settle()
    assert (status["images"], status["failed"]) == (2, 0)
    assert status["decoded"] <= 2 + (time.monotonic() - started) / 0.2, "one each time it is quiet"


@alone
def test_status_says_how_much_is_not_watched_and_how_to_raise_the_limit(home: Household) -> None:
    for number in range(10):
        (home.photos / str(number)).mkdir()
    limit("max_inotify_watches", 5)
    home.start()
    try:
        until(lambda: [r["state"] for r in home.status()["roots"]] == ["degraded"])
        said = home.ctl("status").stdout.decode()
    finally:
        home.close()
    assert "6 of 11 folders are not watched" in said
    assert "sudo sysctl fs.inotify.max_user_watches=" in said


def test_a_root_that_is_gone_is_offline_and_nothing_is_forgotten(
    home: Household, photos: list[Path]
) -> None:
    before = home.ids()
    decoded = home.status()["decoded"]
    home.photos.rename(home.folder / "elsewhere")
    until(lambda: home.status()["roots"][0]["state"] == "offline")
    until(lambda: home.status()["images"] == 0)
    assert "kept" in home.status()["roots"][0]["reason"]
    (home.folder / "elsewhere").rename(home.photos)
    until(lambda: home.settle()["images"] == 10)
    assert home.status()["decoded"] == decoded
    assert home.ids() == before


def test_an_empty_folder_in_the_place_of_a_root_forgets_nothing(
    home: Household, photos: list[Path]
) -> None:
    """As when a disk is not mounted."""
    home.photos.rename(home.folder / "elsewhere")
    home.photos.mkdir()
    until(lambda: home.status()["roots"][0]["state"] == "offline")
    with pytest.raises(ConfigError, match="All watched folders are offline"):
        home.client.post("/v1/rescan", {})
    until(lambda: home.status()["state"] == "idle")
    home.photos.rmdir()
    (home.folder / "elsewhere").rename(home.photos)
    until(lambda: home.settle()["images"] == 10)


def test_a_root_that_was_replaced_is_accepted_when_the_user_says_so(
    home: Household, photos: list[Path], album: list[Path]
) -> None:
    home.photos.rename(home.folder / "elsewhere")
    home.add(album[20], "other.jpg")
    until(lambda: home.status()["roots"][0]["state"] == "offline")
    home.client.post("/v1/roots", {"path": str(home.photos)})
    until(lambda: home.settle()["images"] == 1)
    assert list(home.ids()) == ["other.jpg"]


def test_a_copy_of_a_photo_on_a_disk_that_is_away_takes_nothing_from_it(
    home: Household, album: list[Path]
) -> None:
    disk = home.folder / "disk"
    disk.mkdir()
    shutil.copy(album[0], disk / "a.jpg")
    home.config.write_text(home.config.read_text().replace("]", f', "{disk}"]', 1))
    home.add(album[1], "b.jpg")
    home.start()
    assert home.settle()["images"] == 2
    (before,) = (m["id"] for m in home.similar(home.photos / "b.jpg"))
    disk.rename(home.folder / "away")
    until(lambda: home.status()["images"] == 1)
    home.add(album[0], "copy.jpg")
    until(lambda: home.settle()["images"] == 2)
    (home.folder / "away").rename(disk)
    until(lambda: home.settle()["images"] == 3)
    ids = {m["path"]: m["id"] for m in home.similar(home.photos / "b.jpg")}
    assert ids[str(disk / "a.jpg")] == before
    assert ids[str(home.photos / "copy.jpg")] != before


def test_a_root_that_is_missing_at_the_start_is_found_later(
    home: Household, album: list[Path]
) -> None:
    home.photos.rmdir()
    home.start()
    assert until(lambda: home.status()["roots"])[0]["state"] == "offline"
    home.add(album[0], "a.jpg")
    until(lambda: home.settle()["images"] == 1)


def test_changes_made_while_the_daemon_was_away_are_found(
    home: Household, photos: list[Path], album: list[Path]
) -> None:
    before = home.ids()
    assert home.stop() == 0
    photos[0].unlink()
    (home.photos / "b").rename(home.photos / "c")
    home.add(album[10], "new.jpg")
    home.start()
    status = home.settle()
    assert (status["images"], status["decoded"]) == (10, 1)
    after = home.ids()
    for name, image in before.items():
        if name.startswith("b/"):
            assert after[name.replace("b/", "c/", 1)] == image
