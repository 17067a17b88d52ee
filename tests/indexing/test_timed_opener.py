"""A photo on a disk that does not answer is given up, and stops nothing else."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from imgsimd.errors import BadPictureError
from imgsimd.indexing.photo_file import OpenPhoto
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.indexing.timed_opener import OPEN_AT_ONCE, TimedOpener
from tests.support.patience import DEADLINE
from tests.support.seclusion import alone, silent_server, unmount

pytestmark = pytest.mark.user
MOST = 1000


def descriptors(folder: Path) -> list[str]:
    """Those of this process that lead to a photo in the folder."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:  # that of the folder itself
            continue
    return [name for name in found if name.startswith(f"{folder}/")]


@alone
async def test_a_photo_on_a_dead_disk_is_given_up_and_others_are_opened(tmp_path: Path) -> None:
    dead, photo = tmp_path / "dead", tmp_path / "a.jpg"
    dead.mkdir()
    photo.touch()
    opener = TimedOpener(PhotoOpener(MOST), 0.2)

    async def ask() -> None:
        with pytest.raises(BadPictureError, match="its disk does not answer"):
            async with opener.opened(os.fsencode(dead / "a.jpg")):
                pytest.fail("it was opened")

    with silent_server(dead):
        await asyncio.gather(*(ask() for _ in range(2 * OPEN_AT_ONCE)))
        assert await asyncio.to_thread(lambda: True), "the threads of all others are free"
        async with opener.opened(os.fsencode(photo)) as opened:
            assert opened is not None
    unmount(dead)


async def test_it_is_closed_at_the_end_also_if_nobody_waits_any_more(tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.touch()
    opener = TimedOpener(PhotoOpener(MOST))
    async with opener.opened(os.fsencode(photo)):
        assert descriptors(tmp_path) == [str(photo)]
    assert descriptors(tmp_path) == []

    async def held() -> None:
        async with opener.opened(os.fsencode(photo)):
            await asyncio.Event().wait()

    for turns in range(40):  # some are cancelled before it is open, some while, some after
        asked = asyncio.create_task(held())
        for _ in range(turns):
            await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    async with asyncio.timeout(DEADLINE):
        while descriptors(tmp_path):
            await asyncio.sleep(0.01)


async def test_what_is_no_photo_and_what_may_not_be_read_are_told_as_ever(tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(MOST + 1))
    opener = TimedOpener(PhotoOpener(MOST))
    async with opener.opened(os.fsencode(tmp_path / "gone.jpg")) as photo:
        assert photo is None
    with pytest.raises(BadPictureError, match="max_bytes"):
        async with opener.opened(os.fsencode(large)):
            pytest.fail("it was opened")


async def test_a_photo_that_is_opened_is_the_one_at_the_path(tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"abc")
    async with TimedOpener(PhotoOpener(MOST)).opened(os.fsencode(photo)) as opened:
        assert isinstance(opened, OpenPhoto)
        assert os.pread(opened.descriptor, 10, 0) == b"abc"
