"""Facts of watchdog 7.1 that the observer relies on, with real inotify."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest
from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, Mask, WatchDescriptor

from imgsimd.watching.inotify_instance import Loss
from imgsimd.watching.settle import Sign
from imgsimd.watching.watch_coverage import Coverage
from tests.support.observation import observed, until


async def test_a_written_file_is_finished_when_it_is_closed(tmp_path: Path) -> None:
    async with observed(tmp_path) as (ears, _):
        (tmp_path / "a.jpg").write_bytes(b"x")
        await until(lambda: (os.fsencode(tmp_path / "a.jpg"), Sign.FINISHED) in ears.hints)


async def test_reading_a_photo_makes_no_event(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")

    async with observed(tmp_path) as (ears, _):
        (tmp_path / "a.jpg").read_bytes()
        list(tmp_path.iterdir())
        (tmp_path / "b.jpg").write_bytes(b"x")
        await until(lambda: (os.fsencode(tmp_path / "b.jpg"), Sign.FINISHED) in ears.hints)
        assert not [path for path, _ in ears.hints if path.endswith(b"a.jpg")]


async def test_a_rename_gives_a_hint_for_each_name(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    expected = {
        (os.fsencode(tmp_path / "a.jpg"), Sign.GONE),
        (os.fsencode(tmp_path / "b.jpg"), Sign.FINISHED),
    }

    async with observed(tmp_path) as (ears, _):
        (tmp_path / "a.jpg").rename(tmp_path / "b.jpg")
        await until(lambda: expected <= set(ears.hints))


async def test_a_folder_moved_in_or_out_gives_a_hint_of_a_folder(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "old").mkdir(parents=True)
    (outside / "new").mkdir(parents=True)

    async with observed(root) as (ears, _):
        (outside / "new").rename(root / "new")
        (root / "old").rename(outside / "old")
        await until(lambda: (os.fsencode(root / "new"), Sign.FOLDER) in ears.hints)
        await until(lambda: (os.fsencode(root / "old"), Sign.FOLDER_GONE) in ears.hints)


async def test_files_in_a_folder_made_just_now_are_noticed(tmp_path: Path) -> None:
    async with observed(tmp_path) as (ears, _):
        (tmp_path / "a" / "b").mkdir(parents=True)
        (tmp_path / "a" / "b" / "c.jpg").write_bytes(b"x")
        await until(lambda: any(sign is Sign.FOLDER for _, sign in ears.hints))


async def test_a_name_that_is_not_utf8_is_given_as_its_bytes(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.jpg"

    async with observed(tmp_path) as (ears, _):
        with open(path, "wb"):
            pass
        await until(lambda: (path, Sign.FINISHED) in ears.hints)


async def test_an_overflow_is_reported_as_a_loss(tmp_path: Path) -> None:
    """The test makes the event itself: to fill the kernel's queue takes 20,000 folders."""
    overflow = InotifyEvent(WatchDescriptor(-1), Mask(InotifyConstants.IN_Q_OVERFLOW), 0, b"")

    async with observed(tmp_path) as (ears, observer):
        observer._observer._inotify_fd.handle_event(overflow)
        await until(lambda: ears.losses == [Loss.OVERFLOW])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the point
async def test_the_death_of_a_thread_is_noticed(tmp_path: Path) -> None:
    async with observed(tmp_path) as (ears, observer):
        assert observer.is_healthy()
        observer._observer._inotify_fd._watch_for_wd = None  # type: ignore[assignment]  # poison
        (tmp_path / "a.jpg").write_bytes(b"x")
        await until(lambda: not observer.is_healthy())
        await until(lambda: ears.losses == [Loss.DEATH])
        observer._observer._inotify_fd._watch_for_wd = {}  # so that it can be closed


async def test_a_root_that_is_absent_does_not_affect_the_others(tmp_path: Path) -> None:
    async with observed(tmp_path) as (ears, observer):
        nowhere = os.fsencode(tmp_path / "nowhere")
        await asyncio.to_thread(observer.watch, nowhere)
        assert observer.coverage(nowhere) == Coverage(0, {errno.ENOENT: 1})
        (tmp_path / "a.jpg").write_bytes(b"x")
        await until(lambda: bool(ears.hints))
        assert observer.is_healthy()


async def test_no_hint_comes_after_the_end(tmp_path: Path) -> None:
    async with observed(tmp_path) as (ears, observer):
        await asyncio.to_thread(observer.stop)
        (tmp_path / "a.jpg").write_bytes(b"x")
    assert ears.hints == []
