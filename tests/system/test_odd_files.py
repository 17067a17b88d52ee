"""Odd names, kinds, times and ways to arrive: one real daemon indexes all of them.

Each test has a folder of its own in the photos of a daemon that all of them share.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.household import Household, until
from tests.support.photo_folders import MEMORY, ODD_NAMES, make_deep, make_what_is_no_photo
from tests.support.requires import needs_tool

pytestmark = [pytest.mark.user, pytest.mark.long]


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """A running daemon without photos."""
    home = Household(tmp_path_factory.mktemp("home"))
    home.start()
    yield home
    home.close()


@pytest.fixture
def folder(shared_home: Household, request: pytest.FixtureRequest) -> Path:
    """A folder of the photos in which nothing is yet."""
    name: str = request.node.name
    path = shared_home.photos / name.removeprefix("test_")[:40]  # sockets' paths must be short
    path.mkdir()
    return path


def found(home: Household, folder: Path) -> dict[str, int]:
    """The ids of the searchable images below the folder, by their names in it."""
    within = f"{folder.name}/"
    return {n.removeprefix(within): i for n, i in home.ids().items() if n.startswith(within)}


def failed(home: Household, folder: Path) -> dict[str, str]:
    """What cannot be read below the folder, and why."""
    answer = cast(list[dict[str, str]], home.client.get("/v1/failed"))
    within = f"{folder}/"
    return {f["path"].removeprefix(within): f["reason"] for f in answer if within in f["path"]}


def becomes(home: Household, folder: Path, *names: str) -> dict[str, int]:
    """Waits until exactly these are found below the folder, and nothing is pending."""
    until(lambda: home.settle() and set(found(home, folder)) == set(names))
    return found(home, folder)


def decoded(home: Household) -> Any:
    return home.status()["decoded"]


def test_files_that_are_no_photos_are_ignored_whatever_their_names(
    shared_home: Household, folder: Path, album: list[Path]
) -> None:
    """None is opened: a FIFO would block for ever, and /dev/zero never end."""
    make_what_is_no_photo(os.fsencode(folder))
    (folder / "folder.jpg").mkdir()
    for name in ("real.jpg", "folder.jpg/inside.jpg"):
        shutil.copy(album[0], folder / name)
    becomes(shared_home, folder, "real.jpg", "folder.jpg/inside.jpg")
    assert failed(shared_home, folder) == {}


def test_photos_of_any_name_are_found_searched_and_printed_safely(
    shared_home: Household, folder: Path, album: list[Path]
) -> None:
    """Not UTF-8; what a terminal obeys; twins by case, and as composed or decomposed letters."""
    twins = ["twin.jpg", "Twin.jpg", "\u00e9.jpg", "e\u0301.jpg"]
    names = [os.fsdecode(name) for name in ODD_NAMES] + twins
    for name, picture in zip(names, album, strict=False):
        shutil.copyfile(picture, folder / name)
        (folder / f"no picture {name}").write_text("text")
    ids = becomes(shared_home, folder, *names)
    for name in names:
        (nearest,) = shared_home.similar(folder / name, k=1)
        assert nearest["id"] != ids[name]
        asked = shared_home.ctl("similar", str(folder / name), "-k", "100")
        assert asked.returncode == 0, name
        assert not set(b"\x1b\xff\xfe") & set(asked.stdout)
    assert set(failed(shared_home, folder)) == {f"no picture {name}" for name in names}
    printed = shared_home.ctl("failed").stdout
    assert b"\\x1b[31m.jpg" in printed
    assert b"\\xff\\xfe.jpg" in printed
    assert b"new\\nline.jpg" in printed
    refused = shared_home.ctl("watch", str(folder / "\x1b[31m"))
    assert b"\\x1b[31m" in refused.stderr
    assert b"\x1b" not in refused.stderr


def test_hard_links_are_separate_images_that_are_decoded_once(
    shared_home: Household, folder: Path, album: list[Path]
) -> None:
    shutil.copy(album[9], folder / "one.jpg")
    becomes(shared_home, folder, "one.jpg")
    before = decoded(shared_home)
    (folder / "inner").mkdir()
    os.link(folder / "one.jpg", folder / "inner/two.jpg")
    becomes(shared_home, folder, "one.jpg", "inner/two.jpg")
    assert decoded(shared_home) == before


def test_temporary_names_are_ignored_and_the_final_one_is_indexed_once(
    shared_home: Household, folder: Path, album: list[Path]
) -> None:
    """Downloads, rsync, Syncthing, NFS, and editors that save atomically."""
    drafts = {
        "1.jpg": "1.jpg.part", "2.jpg": "2.jpg.crdownload", "3.jpg": ".3.jpg.Xa8JqK",
        "4.jpg": ".syncthing.4.jpg.tmp", "5.jpg": ".nfs00000000a1b2", "6.jpg": "6.tmp.jpg",
        "7.jpg": ".goutputstream-7.jpg", "8.jpg": "8.jpg~",
    }  # fmt: skip
    for draft, picture in zip(drafts.values(), album[10:18], strict=True):
        shutil.copy(picture, folder / draft)
    shutil.copy(album[18], folder / "sentinel.jpg")
    becomes(shared_home, folder, "sentinel.jpg")
    before = decoded(shared_home)
    for final, draft in drafts.items():
        (folder / draft).rename(folder / final)
    ids = becomes(shared_home, folder, "sentinel.jpg", *drafts)
    assert decoded(shared_home) == before + len(drafts)
    assert failed(shared_home, folder) == {}
    for final, draft in drafts.items():  # saved again
        shutil.copy(album[0], folder / draft)
        (folder / draft).rename(folder / final)
    nearest = {m["path"] for m in shared_home.similar(folder / "sentinel.jpg", k=100)}
    assert str(folder / "1.jpg") in nearest
    assert becomes(shared_home, folder, "sentinel.jpg", *drafts) == ids


def test_odd_times_do_no_harm_and_any_new_time_is_a_change(
    shared_home: Household, folder: Path, album: list[Path]
) -> None:
    """In 1938, 1969, 1970, tomorrow, 2286 and as far as the file system goes."""
    seconds = [-(10**9), -1, 0, 2**31 - 1, 10**10, 15 * 10**9]
    names = [f"{number}.jpg" for number in range(len(seconds))]
    for name, second in zip(names, seconds, strict=True):
        shutil.copy(album[0], folder / name)
        os.utime(folder / name, (second, second))
    ids = becomes(shared_home, folder, *names)
    shutil.copy(album[19], folder / "twin.jpg")
    shutil.copyfile(album[19], folder / "5.jpg")
    os.utime(folder / "5.jpg", (5, 5))  # older than before
    assert becomes(shared_home, folder, "twin.jpg", *names).items() >= ids.items()
    until(lambda: nearest(shared_home, folder / "twin.jpg") == folder / "5.jpg")


def test_new_content_of_the_same_size_and_time_is_embedded_anew(
    shared_home: Household, folder: Path, album: list[Path]
) -> None:
    size = max(picture.stat().st_size for picture in (album[20], album[21]))
    for name, picture in (("a.jpg", album[20]), ("twin.jpg", album[21])):
        (folder / name).write_bytes(picture.read_bytes().ljust(size, b"\0"))
    before = (folder / "a.jpg").stat()
    ids = becomes(shared_home, folder, "a.jpg", "twin.jpg")
    shutil.copyfile(folder / "twin.jpg", folder / "a.jpg")
    os.utime(folder / "a.jpg", ns=(before.st_atime_ns, before.st_mtime_ns))
    after = (folder / "a.jpg").stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    until(lambda: nearest(shared_home, folder / "twin.jpg") == folder / "a.jpg")
    assert becomes(shared_home, folder, "a.jpg", "twin.jpg") == ids


def nearest(home: Household, path: Path) -> Path:
    """The most similar image, after all that is pending."""
    home.settle()
    (match,) = home.similar(path, k=1)
    return Path(match["path"])


@needs_tool("tar")
def test_trees_that_are_copied_or_unpacked_at_once_are_indexed_without_a_rescan(
    shared_home: Household, folder: Path, album: list[Path], tmp_path: Path
) -> None:
    names = [f"{n}/{m}/x/{album[0].name}" for n in range(5) for m in range(4)]
    for name in names:
        (tmp_path / "tree" / name).parent.mkdir(parents=True)
        shutil.copy(album[0], tmp_path / "tree" / name)
    subprocess.run(["tar", "cf", tmp_path / "tree.tar", "-C", tmp_path, "tree"], check=True)
    (folder / "unpacked").mkdir()
    script = f"""cp -r {tmp_path}/tree copied & tar xf {tmp_path}/tree.tar -C unpacked &
    mkdir -p made/1/2/3 && cp '{album[0]}' made/1/2/3/ && cp '{album[0]}' made && wait"""
    subprocess.run(["sh", "-ec", script], cwd=folder, check=True)
    copied = [f"{place}/{name}" for name in names for place in ("copied", "unpacked/tree")]
    made = [f"made/{name}" for name in (album[0].name, f"1/2/3/{album[0].name}")]
    becomes(shared_home, folder, *copied, *made)


def test_a_folder_renamed_while_a_thousand_files_are_queued_leaves_no_ghosts(
    shared_home: Household, folder: Path, album: list[Path]
) -> None:
    """Once before any of them is embedded, once in the middle of it."""
    home, names = shared_home, [f"{number:03d}.jpg" for number in range(1000)]
    home.settle()
    before = decoded(home)
    home.client.post("/v1/pause")
    (folder / "first").mkdir()
    for name in names:
        shutil.copyfile(album[22], folder / "first" / name)
    until(lambda: home.status()["pending"] == 1000)
    (folder / "first").rename(folder / "second")
    home.client.post("/v1/resume")
    early = until(lambda: found(home, folder))
    (folder / "second").rename(folder / "third")
    late = becomes(home, folder, *(f"third/{name}" for name in names))
    assert set(early.values()) <= set(late.values()), "no id is lost; like pictures may swap them"
    assert decoded(home) <= before + 2, "they all look the same; two batches may meet"
    assert failed(home, folder) == {}
    shutil.rmtree(folder)
    until(lambda: home.settle() and not found(home, folder))


def test_events_in_a_folder_that_was_moved_out_are_ignored(
    shared_home: Household, folder: Path, album: list[Path]
) -> None:
    outside = shared_home.folder / "outside"
    for name in ("moved/a.jpg", "stays.jpg"):
        shared_home.add(album[0], f"{folder.name}/{name}")
    becomes(shared_home, folder, "moved/a.jpg", "stays.jpg")
    (folder / "moved").rename(outside)
    shutil.copy(album[1], outside / "ghost.jpg")
    (outside / "a.jpg").unlink()
    becomes(shared_home, folder, "stays.jpg")
    shutil.copy(album[1], outside / "late ghost.jpg")
    shutil.copy(album[1], folder / "last.jpg")
    becomes(shared_home, folder, "stays.jpg", "last.jpg")


def test_a_file_that_vanishes_before_it_is_opened_leaves_no_trace(
    shared_home: Household, folder: Path, album: list[Path]
) -> None:
    home = shared_home
    home.settle()
    home.client.post("/v1/pause")
    shutil.copy(album[23], folder / "a.jpg")
    shutil.copy(album[24], folder / "b.jpg")
    until(lambda: home.status()["pending"] == 2)
    (folder / "a.jpg").unlink()
    home.client.post("/v1/resume")  # it is opened before its absence has settled
    becomes(home, folder, "b.jpg")
    assert failed(home, folder) == {}


def test_paths_too_long_for_the_kernel_are_reported_and_all_others_indexed(
    shared_home: Household, folder: Path, album: list[Path]
) -> None:
    """More than two thousand folders deep, where Python has no more recursion."""
    home = shared_home
    with tempfile.TemporaryDirectory(dir=MEMORY) as deep:
        make_deep(os.fsencode(deep), 2050)
        assert home.ctl("watch", deep).returncode == 0
        shutil.copy(album[0], folder)
        becomes(home, folder, album[0].name)
        until(lambda: failed(home, Path(deep)))
        told = {reason for reason in failed(home, Path(deep)).values() if "too long" in reason}
        assert told == {"the folder cannot be listed: File name too long"}
        assert b"File name too long" in home.ctl("failed").stdout
        assert home.ctl("unwatch", deep).returncode == 0
        subprocess.run(["rm", "-rf", deep + "/d"], check=True)  # Python cannot
