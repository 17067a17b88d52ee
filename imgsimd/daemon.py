"""The daemon: builds its parts in order, runs them together, stops them in reverse.

imgsimd          (no arguments: see README.md for its settings)
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from typing import Literal

from imgsimd import __version__, config, places
from imgsimd.config import Settings
from imgsimd.control import schemas
from imgsimd.control.app import build
from imgsimd.control.limits import Limits
from imgsimd.control.listener import bind
from imgsimd.control.notify import Notifier
from imgsimd.control.server import serve
from imgsimd.embedding import models
from imgsimd.embedding.models import Model
from imgsimd.errors import AlreadyRunningError, ConfigError, ImgsimdError
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing import Indexer
from imgsimd.places import Places
from imgsimd.reconciling import Reconciler
from imgsimd.types import FilePath
from imgsimd.upkeep import Upkeep
from imgsimd.watching.settle import Sign

log = logging.getLogger("imgsimd")

STATUS_SECONDS = 5.0
"""Seconds between two status lines for systemd, while something changes."""

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""From malloc.h."""
LARGE = 2**18
"""Bytes."""


class Daemon:
    """All parts of one daemon; what the control routes see."""

    def __init__(
        self, where: Places, settings: Settings, gallery: GalleryThread, notifier: Notifier
    ) -> None:
        self._where = where
        self._notifier = notifier
        self._failed_reload = ""
        self._reloading = asyncio.Lock()
        self._hangups: set[asyncio.Task[None]] = set()
        self.gallery = gallery
        self.indexer = Indexer(gallery, where.models, settings.worker, self._on_stale)
        self.reconciler = Reconciler(gallery, settings, self.indexer.wake)
        self.upkeep = Upkeep(gallery, self.reconciler, where.database)

    async def reload(self) -> None:
        """Reads the configuration again. Raises ConfigError or ModelError; the old one stays."""
        async with self._reloading:
            self._notifier.reloading()
            try:
                settings = config.load(self._where.config)
                await self.indexer.use(settings.model)
                self.reconciler.configure(settings)
                self._failed_reload = ""
            except ImgsimdError as error:
                self._failed_reload = str(error)
                raise
            finally:
                self._notifier.ready(await self._headline())

    async def relocate(self, old: FilePath, new: FilePath) -> int:
        """Takes what is known of one folder for another's, and reads the configuration again.

        Returns how many images that are. Raises ConfigError; nothing has changed then.
        """
        async with self.reconciler.at_rest():
            await self._check_relocation(old, new)
            await self.reload()
            count = await self.gallery.do(Gallery.relocate, old, new)
            await self.reconciler.accept(new)
        return count

    async def _check_relocation(self, old: FilePath, new: FilePath) -> None:
        source, target = schemas.text(old), schemas.text(new)
        if (old + b"/").startswith(new + b"/") or new.startswith(old + b"/"):
            raise ConfigError(f"Of {source} and {target}, one lies in the other.")
        if not await self.gallery.do(Gallery.count_known, old):
            raise ConfigError(
                f"No image in {source} is known: `imgsimctl roots` lists what is watched."
            )
        if taken := await self.gallery.do(Gallery.count_known, new):
            raise ConfigError(
                f"In {target}, {taken:,} images are known already: `imgsimctl unwatch` and "
                "`imgsimctl forget --confirm` with that folder come first."
            )

    def models(self) -> Sequence[Model]:
        """The models that can be used."""
        return models.available(self._where.models)

    async def status(self) -> schemas.StatusAnswer:
        """How everything is. What may still become work is read before the work is counted, so
        that nothing is missed in between."""
        unsettled, scanning = self.reconciler.unsettled, self.reconciler.is_scanning
        counts = await self.gallery.counts()
        serving, target = await self.gallery.do(lambda g: (g.serving, g.target))
        pending = counts.pending + unsettled
        return schemas.StatusAnswer(
            state=self._state(pending, scanning),
            images=counts.images,
            pending=pending,
            failed=counts.failed + len(self.reconciler.unreadable),
            decoded=self.indexer.decoded,
            newest=schemas.text(counts.newest) if counts.newest else None,
            roots=[
                schemas.RootAnswer(
                    path=schemas.text(root.path), state=root.state.value, reason=root.reason
                )
                for root in self.reconciler.roots
            ],
            model=serving.name,
            next_model=target.name if target != serving else None,
            worker=self.indexer.has_worker,
            sandbox=self.indexer.sandbox,
            trouble=self._trouble(counts.trouble),
            rss_bytes=_resident_bytes(),
            pid=os.getpid(),
            version=__version__,
            config=str(self._where.config),
            state_dir=str(self._where.state),
        )

    def on_hangup(self) -> None:
        """SIGHUP asks for a reload; what is wrong with the new configuration goes to the log."""
        task = asyncio.get_running_loop().create_task(self.reload())
        self._hangups.add(task)  # the loop itself would let it be collected
        task.add_done_callback(self._hangups.discard)
        task.add_done_callback(_log_failure)

    async def tell_systemd(self) -> None:
        """Keeps the manager's watchdog quiet and its status line true, until cancelled; returns at
        once where there is no manager, so that an idle daemon sleeps."""
        if not self._notifier.is_heard:
            return
        last = ""
        pause = min(self._notifier.watchdog_interval or STATUS_SECONDS, STATUS_SECONDS)
        while True:
            self._notifier.watchdog()
            if (headline := await self._headline()) != last:
                self._notifier.status(headline)
                last = headline
            await asyncio.sleep(pause)

    async def _headline(self) -> str:
        status = await self.status()
        offline = [root.path for root in status.roots if root.state == "offline"]
        return (
            f"{status.state}: {status.images} images, {status.pending} pending, "
            f"{status.failed} failed" + (f"; offline: {', '.join(offline)}" if offline else "")
        )

    def _state(
        self, pending: int, scanning: bool
    ) -> Literal["starting", "scanning", "indexing", "paused", "idle"]:
        if self.indexer.is_paused:
            return "paused"
        if self.reconciler.is_starting:
            return "starting"
        if scanning:
            return "scanning"
        return "indexing" if pending else "idle"

    def _trouble(self, with_database: str) -> str:
        """What is worst of all that is wrong."""
        parts = (self._failed_reload, self.indexer.trouble, self.reconciler.trouble, with_database)
        return next(filter(None, parts), "")

    def _on_stale(self, path: bytes) -> None:
        self.reconciler.hint(path, Sign.APPEARED)


async def run(where: Places) -> None:
    """Runs until SIGTERM or SIGINT. Raises ImgsimdError where it cannot start."""
    _return_freed_memory()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    notifier = Notifier.from_environ(os.environ)
    async with AsyncExitStack() as stack:
        stack.enter_context(_sole_owner(where))
        listener = stack.enter_context(bind(where.socket))
        gallery = GalleryThread()
        stack.push_async_callback(gallery.close)
        await gallery.open(where.database)
        settings = config.load(where.config)
        daemon = Daemon(where, settings, gallery, notifier)
        await daemon.indexer.use(settings.model)
        loop.add_signal_handler(signal.SIGHUP, daemon.on_hangup)
        app = Limits(build(daemon))
        gc.freeze()  # what is here now stays: no collection need look at it again
        async with asyncio.TaskGroup() as parts:
            running = [
                parts.create_task(daemon.reconciler.run()),
                parts.create_task(daemon.indexer.run()),
                parts.create_task(serve(app, listener.socket, lambda: notifier.ready("ready"))),
                parts.create_task(daemon.tell_systemd()),
            ]
            await stop.wait()
            notifier.stopping()
            for part in reversed(running):
                part.cancel()


def _return_freed_memory() -> None:
    """Has the GNU C library give large blocks back at once, and use one arena for all threads.

    Otherwise it keeps what was freed for later: 25 MB after 100,000 vectors were loaded.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_ARENA_MAX, 1)


@contextmanager
def _sole_owner(where: Places) -> Iterator[None]:
    """Holds the state directory: two daemons would each undo what the other does."""
    try:
        where.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(where.state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"The state directory {where.state} cannot be used: {error.strerror}. Choose another "
            f"as `state_dir` in {where.config} or in IMGSIMD_STATE_DIR."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(OSError):  # a full disk: the lock holds all the same
            os.ftruncate(lock, 0)
            os.write(lock, b"%d\n" % os.getpid())
        yield
    except BlockingIOError as error:
        pid = os.pread(lock, 32, 0).decode().strip() or "?"
        raise AlreadyRunningError(
            f"Another imgsimd (process {pid}) uses {where.state}. `imgsimctl status` shows it, "
            "`imgsimctl down` stops it."
        ) from error
    finally:
        os.close(lock)


def _resident_bytes() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("reload: %s, keeping the old configuration", error)


def main() -> None:
    """The `imgsimd` command. Exit codes: those of `errors.py`, 0 after SIGTERM."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    logging.raiseExceptions = False  # a log that cannot be written is no reason to stop
    if len(sys.argv) > 1:
        print(f"imgsimd {__version__}: takes no arguments; see README.md", file=sys.stderr)
        sys.exit(2)
    try:
        asyncio.run(run(places.find()))
    except ImgsimdError as error:
        log.error("%s", error)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
