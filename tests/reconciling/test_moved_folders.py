"""A folder that has moved is no stranger: real disks, a real gallery; nothing is embedded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.support import following
from tests.support.following import Scene
from tests.support.seclusion import alone, mount, unmount

pytestmark = pytest.mark.user

Followed = Callable[..., AbstractAsyncContextManager[Scene]]


@pytest.fixture
def followed(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """Follows folders for the length of a block; between two blocks, the daemon was stopped."""
    state = tmp_path_factory.mktemp("state")
    return partial(following.followed, below=tmp_path, state=state)


def fill(folder: Path, *names: str) -> None:
    """Files of different sizes and times, of which each name has its own."""
    for name in names or ("a/1.jpg", "a/2.jpg", "b/3.jpg", "4.jpg"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * (1 + sum(name.encode())))
        os.utime(file, (1e9, 1e9 + sum(name.encode())))


def under(ids: dict[str, int], old: str, new: str) -> dict[str, int]:
    return {new + name.removeprefix(old): image for name, image in ids.items()}


def notes(scene: Scene) -> list[str]:
    return [problem.text for problem in scene.reconciler.ineffective_settings]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    fill(tmp_path / "Pictures")
    return tmp_path / "Pictures"


async def test_images_keep_their_ids_if_a_parent_folder_is_renamed_and_the_new_path_is_watched(
    tmp_path: Path, followed: Followed
) -> None:
    fill(tmp_path / "media/p")

    async with followed(tmp_path / "media/p") as scene:
        before = await scene.ids()
        (tmp_path / "media").rename(tmp_path / "Media")
        scene.configure(tmp_path / "Media/p")
        await scene.until_ids(under(before, "media", "Media"))


async def test_a_new_folder_at_the_path_of_a_renamed_one_is_another_root(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    async with followed(photos) as scene:
        before = await scene.ids()
        photos.rename(tmp_path / "Photos")
        photos.mkdir()
        scene.configure(photos, tmp_path / "Photos")
        await scene.until_ids(under(before, "Pictures", "Photos"))
        assert [root.state.value for root in scene.reconciler.roots] == ["online", "online"]


async def test_images_of_folders_that_swap_names_keep_their_ids(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    """Both have photos of the same names."""
    other, spare = tmp_path / "other", tmp_path / "spare"
    fill(other, "a/1.jpg", "9.jpg")
    os.utime(other / "a/1.jpg", (5, 5))

    def swap() -> None:
        photos.rename(spare)
        other.rename(photos)
        spare.rename(other)

    def swapped(ids: dict[str, int]) -> dict[str, int]:
        names = {"Pictures": "other", "other": "Pictures"}
        return {names[n.split("/")[0]] + n[n.index("/") :]: image for n, image in ids.items()}

    async with followed(photos, other) as scene:
        first = await scene.ids()
        swap()
        await scene.until_ids(swapped(first))
        swap()
    async with followed(photos, other) as scene:
        await scene.until_ids(first)


async def test_images_keep_their_ids_if_each_folder_takes_the_name_of_the_next(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    second, third = tmp_path / "second", tmp_path / "third"
    fill(second, "a/1.jpg", "7.jpg")
    async with followed(photos, second) as scene:
        before = await scene.ids()
        second.rename(third)
        photos.rename(second)
    async with followed(second, third) as scene:
        moved = {"Pictures": "second", "second": "third"}
        await scene.until_ids(
            {moved[n.split("/")[0]] + n[n.index("/") :]: image for n, image in before.items()}
        )


async def test_images_of_a_folder_that_is_gone_stay_if_another_folder_takes_its_name(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    """Which images are whose cannot be told from their paths any more: the user must say."""
    other = tmp_path / "other"
    fill(other, "a/1.jpg", "8.jpg")

    async with followed(photos, other) as scene:
        before = await scene.ids()
        other.rename(tmp_path / "away")
        photos.rename(other)
        await scene.rest()
        assert await scene.ids() == before
        assert [root.state.value for root in scene.reconciler.roots] == ["offline", "offline"]
        (tmp_path / "away").rename(photos)
        names = {"Pictures": "other", "other": "Pictures"}
        await scene.until_ids(
            {names[n.split("/")[0]] + n[n.index("/") :]: image for n, image in before.items()}
        )


async def test_a_folder_that_moved_into_another_root_is_found_there_and_the_reason_says_so(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    archive = tmp_path / "archive"
    fill(archive, "z.jpg")
    async with followed(photos, archive) as scene:
        before = await scene.ids()
        photos.rename(archive / "old")
    async with followed(photos, archive) as scene:
        kept = {n.replace("Pictures", "archive/old"): image for n, image in before.items()}
        await scene.until_ids(kept)
        reason = scene.root(photos).reason
        assert f"its photos are in {archive}/old now" in reason
        assert f"imgsimctl unwatch {photos}" in reason


async def test_a_folder_that_moved_into_a_folder_that_is_watched_then_is_recognised_at_once(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    async with followed(photos) as scene:
        before = await scene.ids()
        box = tmp_path / "box"
        box.mkdir()
        photos.rename(box / "Pictures")
        scene.configure(box)
        found = await scene.reconciler.accept(os.fsencode(box), is_meant=True)
        assert [move.images for move in found.moves] == [len(before)]
        await scene.until_ids(under(before, "Pictures", "box/Pictures"))


async def test_a_former_root_inside_a_root_is_a_folder_like_any_other(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    """No disk was mounted there, so nothing is missing when it gets another name."""
    async with followed(photos) as scene:
        before = await scene.ids()
    async with followed(tmp_path) as scene:
        await scene.until_ids(before)
        photos.rename(tmp_path / "Photos")
        await scene.until_ids(under(before, "Pictures", "Photos"))
        assert scene.root(tmp_path).reason == ""


async def test_images_keep_their_ids_in_a_copy_that_is_watched_instead_also_later_ones(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    new = tmp_path / "new"

    async with followed(photos) as scene:
        before = await scene.ids()
        shutil.copytree(photos, new)
        shutil.rmtree(photos)
        (new / "4.jpg").rename(tmp_path / "later.jpg")
        scene.configure(new)
        some = {n: i for n, i in before.items() if n != "Pictures/4.jpg"}
        kept = {n: i for n, i in before.items() if n not in some}
        await scene.until_ids(under(some, "Pictures", "new") | kept)
        (tmp_path / "later.jpg").rename(new / "4.jpg")
        await scene.until_ids(under(before, "Pictures", "new"))


async def test_a_folder_with_few_of_the_photos_or_with_others_of_the_same_names_is_not_recognised(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    new = tmp_path / "new"

    async with followed(photos) as scene:
        before = await scene.ids()
        photos.rename(tmp_path / "away")
        shutil.copytree(tmp_path / "away", new)
        for name in ("a/1.jpg", "b/3.jpg"):
            os.utime(new / name, (7, 7))
        scene.configure(photos, new)
        await scene.rest()
        after = await scene.ids()
        assert before.items() < after.items(), "all are kept"
        assert len(after) == 8
        assert f"imgsimctl relocate {photos} NEW_FOLDER" in scene.root(photos).reason


@alone
async def test_images_of_a_disk_that_is_not_mounted_do_not_follow_to_its_copy(
    tmp_path: Path, followed: Followed
) -> None:
    """The copy has been watched beside it: it may be a backup. Its very inodes are the same, as
    in a file system's snapshot."""
    disk, copy = tmp_path / "disk", tmp_path / "copy"

    for place in (tmp_path / "store", disk, copy):
        place.mkdir()
    mount("-t", "tmpfs", "none", tmp_path / "store")
    mount("--bind", tmp_path / "store", disk)
    fill(disk)
    shutil.copytree(disk, copy, dirs_exist_ok=True)
    async with followed(disk, copy) as scene:
        before = await scene.ids()
        assert len(before) == 8
        unmount(disk)
        await scene.rest()
        assert await scene.ids() == before
        mount("--bind", tmp_path / "store", disk)
        await scene.rest()
        assert await scene.ids() == before
        assert scene.root(disk).state.value == "online"


@alone
async def test_a_disk_that_is_mounted_elsewhere_is_the_same_root(
    tmp_path: Path, followed: Followed
) -> None:
    """Be it a root of its own, or mounted in one."""
    store, first, second, root = (tmp_path / name for name in ("store", "one", "two", "root"))

    for place in (store, first, second, root / "usb"):
        place.mkdir(parents=True)
    mount("-t", "tmpfs", "none", store)
    mount("--bind", store, first)
    fill(first)
    async with followed(first, root) as scene:
        before = await scene.ids()
        unmount(first)
        mount("--bind", store, second)
        scene.configure(first, second, root)
        await scene.until_ids(under(before, "one", "two"))
        unmount(second)
        mount("--bind", store, root / "usb")
        await scene.until_ids(under(before, "one", "root/usb"))
        unmount(root / "usb")
        mount("--bind", store, first)
        await scene.until_ids(before)


async def test_no_id_changes_if_a_link_replaces_the_folder_or_leads_to_a_copy(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    """Live, and between two starts; a link in the middle of the path is no other."""
    disks = [tmp_path / "disk1", tmp_path / "disk2"]
    link = tmp_path / "data"
    async with followed(photos) as scene:
        before = await scene.ids()
        disks[0].mkdir()
        photos.rename(disks[0] / "p")
        photos.symlink_to("disk1/p")
        await scene.until_ids(under(before, "Pictures", "disk1/p"))
        photos.unlink()
        (disks[0] / "p").rename(photos)
        await scene.until_ids(before)
        shutil.copytree(photos, disks[0] / "p")
        shutil.rmtree(photos)
        photos.symlink_to(disks[0] / "p")
        first = under(before, "Pictures", "disk1/p")
    async with followed(photos) as scene:
        await scene.until_ids(first)
        link.symlink_to("disk1")
        scene.configure(link / "p")
        await scene.until_ids(first)
        shutil.copytree(disks[0], disks[1])
        link.unlink()
        link.symlink_to("disk2")
        await scene.until_ids(under(first, "disk1", "disk2"))
        assert scene.reconciler.names(os.fsencode(disks[1] / "p")) == [os.fsencode(link / "p")]


async def test_photos_are_hidden_and_the_user_is_told_if_a_link_leads_to_another_folder(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    other, link = tmp_path / "other", tmp_path / "link"
    fill(other, "x.jpg", "y.jpg")
    link.symlink_to(photos)

    async with followed(link) as scene:
        before = await scene.ids()
        link.unlink()
        await scene.rest()
        assert scene.root(link).state.value == "offline"
        assert [f"{link} led to {photos} before" in n for n in notes(scene)] == [True]
        link.symlink_to(other)
        await scene.rest()
        assert before.items() < (await scene.ids()).items()
        (note,) = notes(scene)
        assert f"imgsimctl watch {photos}." in note
        link.unlink()
        link.symlink_to(photos)
        await scene.rest()
        assert f"{link} led to {other} before" in notes(scene)[0]
        assert before.items() < (await scene.ids()).items()


async def test_two_paths_to_a_folder_are_one_root_and_a_root_that_is_left_out_is_reported(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    link = tmp_path / "link"
    link.symlink_to("Pictures")
    (photos / ".private").mkdir()

    async with followed(photos, link, link / ".private") as scene:
        before = await scene.ids()
        assert [root.path for root in scene.reconciler.roots] == [os.fsencode(photos)]
        (note,) = notes(scene)
        assert note.startswith(f"{link}/.private in `roots` has no effect: it lies in {photos}")
        link.unlink()
        await scene.rest()
        assert await scene.ids() == before
        assert scene.root(photos).state.value == "online"


async def test_a_folder_that_is_gone_and_has_no_images_has_a_reason_of_its_own(
    tmp_path: Path, followed: Followed
) -> None:
    async with followed(tmp_path / "nowhere") as scene:
        (reason,) = [root.reason for root in scene.reconciler.roots]
        assert "imgsimd knows no photos in it" in reason
        assert f"imgsimctl unwatch {tmp_path}/nowhere" in reason
