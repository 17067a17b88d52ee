"""Roots and watcher are checked: what is lost is noticed and repaired."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from imgsimd.types import FilePath, FileState, ImageId, Known, RootState
from imgsimd.watching import disk_timeout, mounts
from imgsimd.watching.inotify_instance import Loss
from imgsimd.watching.observer import Observer
from imgsimd.watching.selection import Selection
from imgsimd.watching.settle import Sign
from imgsimd.watching.supervisor import Supervisor
from imgsimd.watching.watched_root import Identity, Root, probe
from tests.support.observation import SELECTION
from tests.support.patience import DEADLINE
from tests.support.seclusion import alone, limit, mount, obey_modes, silent_server, unmount

pytestmark = pytest.mark.user


class Memory:
    """Remembers roots and knows some images, as the gallery does."""

    def __init__(self) -> None:
        self.identities: dict[FilePath, Identity] = {}
        self.images: list[Known] = []

    async def remembered(self, root: FilePath) -> Identity | None:
        return self.identities.get(root)

    async def remember(self, root: FilePath, identity: Identity) -> None:
        self.identities[root] = identity

    async def known_as(self, identity: Identity) -> list[FilePath]:
        return [path for path, known in self.identities.items() if known == identity]

    async def mount_points(self, root: FilePath) -> list[FilePath]:
        return [path for path in self.identities if path.startswith(root + b"/")]

    async def sample(self, root: FilePath) -> list[Known]:
        return [image for image in self.images if image.path.startswith(root + b"/")]


class Scene:
    """A supervisor and its hints."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.hints: list[tuple[FilePath, Sign]] = []
        self.woken = asyncio.Event()
        self.supervisor = Supervisor(memory, lambda *h: self.hints.append(h), self.woken.set)
        self.supervisor.select(SELECTION)

    def state(self) -> RootState:
        return self.root().state

    def root(self) -> Root:
        (root,) = self.supervisor.roots
        return root

    async def checked(self, roots: Sequence[bytes]) -> list[bytes]:
        """Does what the reconciler does at each health check."""
        await self.supervisor.look(roots)
        return await self.supervisor.mend()

    async def check(self, root: Path) -> list[Path]:
        """The folders of this one root that must be scanned."""
        folders = await self.checked([os.fsencode(root)])
        return [Path(os.fsdecode(folder)) for folder in folders]

    async def told(self, photo: Path) -> None:
        """Writes the file; returns when its hint has come."""
        photo.write_bytes(b"x")
        while (os.fsencode(photo), Sign.FINISHED) not in self.hints:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def supervised() -> AsyncIterator[Scene]:
    scene = Scene(Memory())
    try:
        async with asyncio.timeout(DEADLINE):
            yield scene
    finally:
        await scene.supervisor.close()


def image_in(root: Path) -> Known:
    """A file below the root, as the catalog knows it."""
    (root / "a.jpg").write_bytes(b"x")
    status = os.stat(root / "a.jpg")
    return Known(ImageId(1), os.fsencode(root / "a.jpg"), FileState.of(status))


async def test_a_root_must_be_scanned_once_and_then_only_if_something_was_lost(
    tmp_path: Path,
) -> None:
    root = os.fsencode(tmp_path)

    async with supervised() as scene:
        assert await scene.checked([root]) == [root]
        assert await scene.checked([root]) == []


async def test_after_an_overflow_everything_is_watched_again_and_scanned(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path)

    async with supervised() as scene:
        await scene.checked([root])
        scene.supervisor._on_loss(Loss.OVERFLOW)
        assert scene.woken.is_set()
        assert await scene.checked([root]) == [root]
        assert "more happened at once than the kernel remembers" in scene.supervisor.trouble
        await scene.told(tmp_path / "a.jpg")
        assert await scene.checked([root]) == []
        assert scene.supervisor.trouble == ""


def kill_reader(observer: Observer) -> None:
    observer._observer._inotify_fd.handle_event = None  # type: ignore[assignment, method-assign]


def kill_emitter(observer: Observer) -> None:
    (emitter,) = observer._observer.emitters
    emitter.queue_events = None  # type: ignore[assignment, method-assign]


def kill_dispatcher(observer: Observer) -> None:
    observer._observer.dispatch_events = None  # type: ignore[assignment, method-assign]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the point
@pytest.mark.parametrize("kill", [kill_reader, kill_emitter, kill_dispatcher])
async def test_a_thread_of_the_watcher_that_dies_is_noticed_and_the_watcher_replaced(
    tmp_path: Path, kill: Callable[[Observer], None]
) -> None:
    async with supervised() as scene:
        await scene.check(tmp_path)
        observer = scene.supervisor._observer
        assert observer is not None
        kill(observer)
        for name in "ab":  # a thread that waits for an event dies after the next one
            (tmp_path / name).touch()
        while observer.is_healthy():
            await asyncio.sleep(0.01)
        assert await scene.check(tmp_path) == [tmp_path]
        assert "the watcher had stopped" in scene.supervisor.trouble
        await scene.told(tmp_path / "a.jpg")


async def test_a_root_goes_offline_and_comes_back(tmp_path: Path) -> None:
    root = tmp_path / "root"

    async with supervised() as scene:
        assert await scene.checked([os.fsencode(root)]) == []
        assert scene.state() is RootState.OFFLINE
        root.mkdir()
        assert await scene.checked([os.fsencode(root)]) == [os.fsencode(root)]
        assert scene.state() is RootState.ONLINE


async def test_a_root_that_is_deleted_and_made_again_is_watched_again(tmp_path: Path) -> None:
    """On ext4 it may even have the same inode."""
    root = tmp_path / "root"
    root.mkdir()

    async with supervised() as scene:
        await scene.check(root)
        root.rmdir()
        root.mkdir()
        while (os.fsencode(root), Sign.FOLDER_GONE) not in scene.hints:
            await asyncio.sleep(0.01)
        assert await scene.check(root) == [root]
        await scene.told(root / "a.jpg")


@alone
async def test_a_disk_that_is_unmounted_and_back_before_the_next_check_is_watched_again(
    tmp_path: Path,
) -> None:
    async with supervised() as scene:
        mount("-t", "tmpfs", "none", tmp_path)
        await scene.check(tmp_path)
        unmount(tmp_path)
        mount("-t", "tmpfs", "none", tmp_path)
        await scene.woken.wait()
        assert await scene.check(tmp_path) == [tmp_path]
        await scene.told(tmp_path / "new.jpg")


@alone
async def test_a_disk_mounted_below_a_root_is_scanned_and_watched(tmp_path: Path) -> None:
    place = tmp_path / "a/usb"
    place.mkdir(parents=True)

    async with supervised() as scene:
        await scene.check(tmp_path)
        mount("-t", "tmpfs", "none", place)
        assert await scene.check(tmp_path) == [tmp_path]
        await scene.told(place / "new.jpg")


@alone
async def test_without_a_watcher_the_root_is_polled_until_the_kernel_grants_one(
    tmp_path: Path,
) -> None:
    async with supervised() as scene:
        limit("max_inotify_instances", 0)
        assert await scene.check(tmp_path) == [tmp_path]
        assert await scene.check(tmp_path) == [], "not at every check"
        assert scene.state() is RootState.DEGRADED
        assert "sysctl fs.inotify.max_user_instances" in scene.root().reason
        assert scene.supervisor.polled == [os.fsencode(tmp_path)]
        limit("max_inotify_instances", 10)
        assert await scene.check(tmp_path) == [tmp_path]
        assert scene.state() is RootState.ONLINE
        assert scene.supervisor.polled == []
        await scene.told(tmp_path / "a.jpg")


@alone
async def test_at_the_watch_limit_the_root_is_polled_until_the_limit_is_raised(
    tmp_path: Path,
) -> None:
    for number in range(10):
        (tmp_path / str(number)).mkdir()

    async with supervised() as scene:
        limit("max_inotify_watches", 5)
        assert await scene.check(tmp_path) == [tmp_path]
        assert scene.state() is RootState.DEGRADED
        assert scene.root().reason.startswith("6 of 11 folders are not watched")
        assert scene.supervisor.polled == [os.fsencode(tmp_path)]
        limit("max_inotify_watches", 100)
        assert len(await scene.check(tmp_path)) == 6, "those, and no more"
        assert scene.state() is RootState.ONLINE


@alone
async def test_when_not_even_the_root_can_be_watched_it_is_polled(tmp_path: Path) -> None:
    async with supervised() as scene:
        limit("max_inotify_watches", 0)
        assert await scene.check(tmp_path) == [tmp_path]
        assert await scene.check(tmp_path) == []
        assert scene.supervisor.polled == [os.fsencode(tmp_path)]
        limit("max_inotify_watches", 100)
        assert await scene.check(tmp_path) == [tmp_path]
        assert scene.state() is RootState.ONLINE


@alone
async def test_a_folder_that_cannot_be_read_is_reported_and_scanned_as_soon_as_it_can_be(
    tmp_path: Path,
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(0)

    obey_modes()
    async with supervised() as scene:
        assert await scene.check(tmp_path) == [tmp_path]
        assert scene.state() is RootState.DEGRADED
        assert scene.root().reason.startswith("1 of 2 folders cannot be read")
        assert scene.supervisor.polled == []
        closed.chmod(0o700)
        assert await scene.check(tmp_path) == [closed]
        assert scene.state() is RootState.ONLINE


@alone
async def test_a_network_file_system_is_reported_and_polled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test cannot mount one, so a tmpfs below the root takes its part."""
    monkeypatch.setattr(mounts, "_REMOTE", {"tmpfs"})
    for name in ("nas", ".ignored"):
        (tmp_path / name).mkdir()

    async with supervised() as scene:
        mount("-t", "tmpfs", "none", tmp_path / ".ignored")
        assert await scene.check(tmp_path) == [tmp_path]
        assert scene.state() is RootState.ONLINE
        mount("-t", "tmpfs", "none", tmp_path / "nas")
        assert await scene.check(tmp_path) == [tmp_path]
        assert scene.state() is RootState.POLLED
        assert "network file system" in scene.root().reason
        assert scene.supervisor.polled == [os.fsencode(tmp_path)]
        await scene.told(tmp_path / "nas/a.jpg")


@alone
async def test_a_network_disk_whose_server_is_gone_is_offline_and_delays_no_other_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_timeout, "ANSWER_SECONDS", 0.1)
    nas, local = tmp_path / "nas", tmp_path / "local"
    nas.mkdir()
    local.mkdir()
    paths = [os.fsencode(nas), os.fsencode(local)]

    async with supervised() as scene:
        with silent_server(nas):
            for expected in ([os.fsencode(local)], []):
                assert await scene.checked(paths) == expected
                silent, well = scene.supervisor.roots
                assert (silent.state, well.state) == (RootState.OFFLINE, RootState.ONLINE)
                assert "does not answer" in silent.reason
        unmount(nas)
        while not await scene.checked(paths):
            await asyncio.sleep(0.01)
        assert len(scene.supervisor.online) == 2
        await scene.told(nas / "a.jpg")


async def test_new_settings_take_effect_without_a_report_of_a_loss(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()

    async with supervised() as scene:
        await scene.check(tmp_path)
        scene.supervisor.select(Selection(["raw"], ["jpg"]))
        assert await scene.check(tmp_path) == [tmp_path]
        assert scene.supervisor.trouble == ""
        (tmp_path / "raw/a.jpg").touch()
        await scene.told(tmp_path / "b.jpg")
        assert not [path for path, _ in scene.hints if b"/raw/" in path]


async def test_an_empty_folder_is_not_taken_for_the_root_that_was_there(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()

    async with supervised() as scene:
        scene.memory.images = [image_in(root)]
        await scene.checked([os.fsencode(root)])
        root.rename(tmp_path / "elsewhere")
        root.mkdir()
        for _ in range(2):
            assert await scene.checked([os.fsencode(root)]) == []
            assert scene.state() is RootState.OFFLINE


@pytest.mark.parametrize("by_device", [True, False])
async def test_a_card_in_the_same_reader_is_not_mistaken_for_another_by_the_device_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_device: bool
) -> None:
    """As on FAT, where the folders of both have the same identity. A test cannot mount that."""
    root = tmp_path / "card"
    root.mkdir()
    here = probe(os.fsencode(root))
    identity, mount = here.identity, here.mount
    assert identity
    assert mount
    monkeypatch.setattr(mounts, "_BY_DEVICE", {mount.kind} if by_device else set())

    async with supervised() as scene:
        image = image_in(root)
        scene.memory.images = [image]
        scene.memory.identities[os.fsencode(root)] = identity
        (root / "a.jpg").rename(tmp_path / "away.jpg")
        await scene.checked([os.fsencode(root)])
        assert scene.state() is (RootState.OFFLINE if by_device else RootState.ONLINE)
        (tmp_path / "away.jpg").rename(root / "a.jpg")
        await scene.checked([os.fsencode(root)])
        (root / "a.jpg").unlink()
        await scene.checked([os.fsencode(root)])
        assert scene.state() is RootState.ONLINE, "it was recognised since it was mounted"


async def test_a_restored_folder_is_recognised_by_what_is_in_it(tmp_path: Path) -> None:
    """A backup has other inodes, and may be on another file system."""
    root = tmp_path / "root"
    root.mkdir()

    async with supervised() as scene:
        scene.memory.images = [image_in(root)]
        scene.memory.identities[os.fsencode(root)] = Identity(1, 2)
        assert await scene.checked([os.fsencode(root)]) == [os.fsencode(root)]
        assert scene.memory.identities[os.fsencode(root)] != Identity(1, 2)


async def test_a_root_removed_from_the_configuration_is_no_longer_watched(tmp_path: Path) -> None:
    async with supervised() as scene:
        await scene.checked([os.fsencode(tmp_path)])
        await scene.checked([])
        assert scene.supervisor.roots == []
