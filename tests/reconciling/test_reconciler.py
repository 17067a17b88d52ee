"""The catalog says what the disk says, with real mounts and a real gallery; nothing is embedded."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from imgsimd.watching import mounts
from imgsimd.watching.settle import Sign
from tests.support.following import QUICK, followed
from tests.support.seclusion import alone, mount, unmount

pytestmark = pytest.mark.user


def vanish(disk: Path) -> None:
    unmount(disk)


def vanish_lazily(disk: Path) -> None:
    unmount("--lazy", disk)


def vanish_under_another(disk: Path) -> None:
    mount("-t", "tmpfs", "none", disk)


@pytest.mark.parametrize("leave", [vanish, vanish_lazily, vanish_under_another])
@alone
async def test_images_of_a_disk_that_goes_are_hidden_and_not_forgotten(
    tmp_path: Path, leave: Callable[[Path], None]
) -> None:
    disk, root = tmp_path / "disk", tmp_path / "root"
    disk.mkdir()
    root.mkdir()

    mount("-t", "tmpfs", "none", disk)
    mount("--bind", disk, root)  # so that it can come back as it was
    for name in ("a.jpg", "b.jpg"):
        (disk / name).touch()
    async with followed(root) as scene:
        before = await scene.ids()
        assert set(before) == {"a.jpg", "b.jpg"}
        leave(root)
        await scene.until_shown(0)
        scene.reconciler.rescan()
        await scene.until_idle()
        assert await scene.ids() == before
        assert [root.state.value for root in scene.reconciler.roots] == ["offline"]
        (disk / "b.jpg").unlink()
        (disk / "c.jpg").touch()
        mount("--bind", disk, root)
        await scene.until_known("a.jpg", "c.jpg")
        await scene.until_shown(2)
        assert (await scene.ids())["a.jpg"] == before["a.jpg"]
        (root / "d.jpg").touch()
        await scene.until_known("a.jpg", "c.jpg", "d.jpg")


@alone
async def test_images_of_a_disk_mounted_in_a_root_are_kept_when_it_goes(
    tmp_path: Path,
) -> None:
    """Not even if the daemon starts without it; until the user says that it is gone for good."""
    disk, root, state = tmp_path / "disk", tmp_path / "root", tmp_path / "state"
    for folder in (disk, root / "usb", state):
        folder.mkdir(parents=True)
    (root / "own.jpg").touch()
    mount("-t", "tmpfs", "none", disk)
    mount("--bind", disk, root / "usb")
    for name in ("a.jpg", "b.jpg"):
        (disk / name).touch()
    async with followed(root, state=state) as scene:
        before = await scene.ids()
        assert set(before) == {"own.jpg", "usb/a.jpg", "usb/b.jpg"}
        unmount(root / "usb")
        await scene.until_root("degraded")
        assert f"mounted at {root}/usb is not there" in scene.reconciler.roots[0].reason
        scene.reconciler.rescan()
        await scene.until_idle()
        assert await scene.ids() == before
    async with followed(root, state=state) as scene:
        assert await scene.ids() == before
        (disk / "b.jpg").unlink()
        mount("--bind", disk, root / "usb")
        await scene.until_known("own.jpg", "usb/a.jpg")
        assert (await scene.ids()).items() < before.items()
    async with followed(root, state=state) as scene:
        unmount(root / "usb")
        await scene.until_root("degraded")
        await scene.reconciler.accept(os.fsencode(root), is_meant=True)
        await scene.until_known("own.jpg")


def overlaid(folder: Path) -> Path:
    """Mounts an overlay; what is written to `upper` is seen in it, but inotify does not tell."""
    mount("-t", "tmpfs", "none", folder)
    for name in ("lower", "upper", "work", "root"):
        (folder / name).mkdir()
    layers = ",".join(f"{name}dir={folder}/{name}" for name in ("lower", "upper", "work"))
    mount("-t", "overlay", "-o", layers, "none", folder / "root")
    return folder / "root"


@alone
async def test_what_another_machine_writes_to_a_network_disk_is_found_by_a_timed_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An overlay stands in for the network: its upper folder is the other machine."""
    monkeypatch.setattr(mounts, "_REMOTE", {"overlay"})

    watching = QUICK.model_copy(update={"poll_seconds": 0.3})
    async with followed(overlaid(tmp_path), watching=watching) as scene:
        assert [root.state.value for root in scene.reconciler.roots] == ["polled"]
        (tmp_path / "upper/a.jpg").touch()
        await scene.until_known("a.jpg")


@alone
async def test_what_happened_while_the_machine_was_suspended_is_found_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a disk had been changed in another machine; nobody tells of it."""
    boottime = time.clock_gettime

    async with followed(overlaid(tmp_path)) as scene:
        (tmp_path / "upper/a.jpg").touch()
        scene.reconciler.hint(os.fsencode(tmp_path / "root/b.jpg"), Sign.GONE)
        await scene.until_idle()
        assert await scene.ids() == {}
        monkeypatch.setattr(time, "clock_gettime", lambda clock: boottime(clock) + 3600)
        await scene.until_known("a.jpg")


async def test_a_photo_is_found_although_the_clock_jumps_or_its_mtime_is_odd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall, day = time.time, 86_400

    async with followed(tmp_path) as scene:
        for jump in (-day, day):
            monkeypatch.setattr(time, "time", lambda jump=jump: wall() + jump)
            (tmp_path / f"{jump}.jpg").touch()
        for mtime in (-day, 0, int(wall()) + 10_000 * day):
            (tmp_path / f"{mtime}.png").touch()
            os.utime(tmp_path / f"{mtime}.png", (mtime, mtime))
        await scene.until_known(*os.listdir(tmp_path))


FLOOD = """
cd "$0" && kill -STOP $PPID
for folder in */*; do : > "$folder/photo.jpg"; done
kill -CONT $PPID
"""
"""For a shell: a new photo in every folder, while the process that watches is stopped."""


@pytest.mark.long
@alone
async def test_more_new_photos_at_once_than_the_kernels_queue_holds_are_all_found(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """20,000 folders and photos; the kernel keeps 16,384 events, of which each photo makes two."""

    mount("-t", "tmpfs", "none", tmp_path)
    for number in range(20_000):
        os.makedirs(f"{tmp_path}/{number // 200}/{number % 200}")
    async with followed(
        tmp_path, watching=QUICK.model_copy(update={"health_seconds": 0.2})
    ) as scene:
        flood = await asyncio.create_subprocess_exec("sh", "-c", FLOOD, tmp_path)
        await flood.wait()
        await scene.until_shown(20_000)
        assert caplog.text.count("more happened at once than the kernel remembers") >= 1
        await scene.until_idle()
        assert await scene.busy_share() < 0.2
