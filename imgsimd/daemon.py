"""The daemon: builds its parts in order, runs them together, stops them in reverse.

imgsimd          (no arguments: see README.md for its settings)
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Literal, NoReturn

from imgsimd import __version__, config, locations, logs, process, restart
from imgsimd.config import Settings
from imgsimd.control.address import Address
from imgsimd.control.app import build
from imgsimd.control.limits import Limits
from imgsimd.control.listener import passed
from imgsimd.control.notify import Notifier
from imgsimd.control.routes.status import RootAnswer, StatusAnswer
from imgsimd.control.server import Server
from imgsimd.errors import ConfigError, ImgsimdError
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.indexer import Indexer
from imgsimd.locations import Locations
from imgsimd.maintenance.upkeep import Upkeep
from imgsimd.models import registry
from imgsimd.models.registry import Model
from imgsimd.presence import Presence, own
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.reconciling.relocation import Relocated
from imgsimd.search.similar import Similar
from imgsimd.types import FilePath
from imgsimd.watching.settle import Sign
from imgsimd.words import of_system, printable, reason

log = logging.getLogger("imgsimd")

STATUS_SECONDS = 5.0
"""Seconds between two status lines for systemd, while something changes."""

END_SECONDS = 7.0
"""Seconds from SIGTERM to the end, whatever hangs; the units allow twice as much."""


class Daemon:
    """All parts of one daemon; what the control routes see."""

    def __init__(
        self,
        where: Locations,
        settings: Settings,
        gallery: GalleryThread,
        notifier: Notifier,
        on_check: Callable[[float], None],
    ) -> None:
        self._where = where
        self._started = settings
        self._waiting = self._notes(settings)
        self._notifier = notifier
        self._said = "ready"
        self._failed_reload = ""
        self._reloading = asyncio.Lock()
        self.gallery = gallery
        self.indexer = Indexer(gallery, where.models, settings.worker, self._on_stale)
        self.reconciler = Reconciler(gallery, settings, self.indexer.wake, on_check)
        self.indexer.follow(self.reconciler.links)
        self.similar = Similar(gallery)
        self.upkeep = Upkeep(gallery, self.indexer, self.reconciler, where.database)

    async def reload(self) -> None:
        """Reads the configuration again. Raises ConfigError or ModelError; the old one stays."""
        async with self._reloading:
            self._notifier.reloading()
            try:
                settings = config.load(self._where.config)
                waiting = self._notes(settings)
                await self.indexer.use(settings.model)
                self.reconciler.configure(settings)
                self.indexer.follow(self.reconciler.links)
                self._waiting, self._failed_reload = waiting, ""
            except ImgsimdError as error:
                self._failed_reload = str(error)
                raise
            finally:
                self._notifier.ready(self._said)

    async def relocate(self, old: FilePath, new: FilePath) -> Relocated:
        """Takes what is known of one folder for another's, and reads the configuration again.

        Raises ConfigError; nothing has changed then.
        """
        async with self.reconciler.at_rest():
            sources = await self.reconciler.carrier.sources(old, new)
            await self.reload()
            return await self.reconciler.relocate(sources, new)

    def models(self) -> Sequence[Model]:
        """The models that can be used."""
        return registry.available(self._where.models)

    async def status(self) -> StatusAnswer:
        """How everything is. What may still become work is read before the work is counted, so
        that nothing is missed in between."""
        unsettled, scanning = self.reconciler.unsettled, self.reconciler.is_scanning
        counts = await self.gallery.counts()
        serving, target = self.gallery.serving, self.gallery.target
        pending = counts.pending + unsettled
        return StatusAnswer(
            state=self._state(pending, scanning),
            images=counts.images,
            pending=pending,
            failed=counts.failed + len(self.reconciler.unreadable),
            decoded=self.indexer.decoded,
            finished=self.indexer.finished,
            newest=os.fsdecode(counts.newest) if counts.newest else None,
            roots=[
                RootAnswer(
                    path=os.fsdecode(root.path),
                    state=root.state.value,
                    reason=root.reason,
                    names=list(map(os.fsdecode, self.reconciler.names(root.path))),
                )
                for root in self.reconciler.roots
            ],
            model=serving.name,
            next_model=target.name if target != serving else None,
            worker=self.indexer.has_worker,
            sandbox=self.indexer.sandbox,
            rss_bytes=process.resident_bytes(),
            trouble=self._trouble(counts.trouble),
            max_bytes=self.indexer.max_bytes,
            notes=[*self._waiting, *self.reconciler.notes],
            pid=os.getpid(),
            version=__version__,
            config=str(self._where.config),
            state_dir=str(self._where.state),
        )

    async def reload_when(self, asked: asyncio.Event) -> None:
        """Reloads whenever that is asked for, a storm of signals but once, until cancelled; what is
        wrong with the new configuration goes to the log."""
        while True:
            await asked.wait()
            asked.clear()
            try:
                await self.reload()
            except (ImgsimdError, OSError) as error:
                log.error("%s The settings stay as they were.", reason(error))

    async def tell_systemd(self) -> None:
        """Keeps the manager's status line true, until cancelled; returns at once where there is no
        manager, so that an idle daemon sleeps."""
        while self._notifier.is_heard:
            if (headline := await self._headline()) != self._said:
                self._notifier.status(headline)
                self._said = headline
            await asyncio.sleep(STATUS_SECONDS)

    async def _headline(self) -> str:
        status = await self.status()
        offline = [root.path for root in status.roots if root.state == "offline"]
        return (
            f"{status.state}: {status.images} images, {status.pending} pending, "
            f"{status.failed} failed" + (f"; offline: {', '.join(offline)}" if offline else "")
        )

    def _notes(self, settings: Settings) -> list[str]:
        ineffective = restart.out_of_effect(self._started, settings, self._where, os.environ)
        return [*settings.notes, *ineffective]

    def _state(
        self, pending: int, scanning: bool
    ) -> Literal["starting", "scanning", "indexing", "paused", "idle"]:
        if self.reconciler.is_starting:
            return "starting"
        if scanning:
            return "scanning"
        if self.indexer.is_paused:
            return "paused"
        return "indexing" if pending else "idle"

    def _trouble(self, with_database: str) -> str:
        """What is worst of all that is wrong."""
        parts = (self._failed_reload, self.indexer.trouble, self.reconciler.trouble, with_database)
        return next(filter(None, parts), "")

    def _on_stale(self, path: bytes) -> None:
        self.reconciler.hint(path, Sign.APPEARED)


async def run(where: Locations) -> None:
    """Runs until SIGTERM or SIGINT. Raises ImgsimdError where it cannot start."""
    loop = asyncio.get_running_loop()
    stop, reload = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    notifier = Notifier.from_environ(os.environ)
    life = loop.create_task(_live(where, notifier, reload))
    asked = loop.create_task(stop.wait())
    await asyncio.wait([life, asked], return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    notifier.stopping()
    life.cancel()  # once: a second signal must not interrupt the end
    await asyncio.wait([life], timeout=END_SECONDS)
    if not life.done():
        log.warning("Something hangs, and is not waited for. What was stored is safe.")
    elif not life.cancelled():
        life.result()


async def _live(where: Locations, notifier: Notifier, reload: asyncio.Event) -> None:
    """All parts in order, until cancelled: then they end in reverse."""
    process.return_freed_memory()
    async with AsyncExitStack() as stack:
        lock = stack.enter_context(own(where))
        logs.keep_small(where.log)
        address = stack.enter_context(Address(where, lock, passed()))
        presence = Presence(where.state, lock, address)
        gallery = GalleryThread(presence.check)
        stack.push_async_callback(gallery.close)
        await gallery.open(where.database)
        settings = config.load(where.config)
        daemon = Daemon(where, settings, gallery, notifier, presence.look)
        await daemon.indexer.use(settings.model)
        app = Limits(build(daemon), settings.worker.max_bytes)
        server = Server(app, address.listener.socket)
        gc.freeze()  # what is here now stays: no collection need look at it again
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(daemon.reconciler.run())
                parts.create_task(daemon.indexer.run())
                parts.create_task(server.serve(lambda: notifier.ready("ready")))
                parts.create_task(presence.run(server.move))
                parts.create_task(daemon.tell_systemd())
                parts.create_task(daemon.reload_when(reload))
                parts.create_task(notifier.beat())
        except BaseExceptionGroup as ends:
            raise _reason(ends) from None


def _reason(ends: BaseExceptionGroup[BaseException]) -> BaseException:
    """Why parts have ended: the sentence for the user, if one of them has raised such an error."""
    told = ends.subgroup(ImgsimdError)
    if told is None:
        return ends
    first = told.exceptions[0]
    return _reason(first) if isinstance(first, BaseExceptionGroup) else first


def _explain(option: str) -> NoReturn:
    """What somebody wants who starts the daemon by hand, and with arguments."""
    if option == "--version":
        print(__version__)
        sys.exit(0)
    if option in ("-h", "--help"):
        print(
            "imgsimd is the daemon, and takes no arguments. `imgsimctl up` starts it in the "
            "background; `imgsimctl --help` lists what it can be asked."
        )
        sys.exit(0)
    print(f"imgsimd: takes no arguments, but got {printable(option)}.", file=sys.stderr)
    sys.exit(2)


def main() -> None:
    """The `imgsimd` command. Exit codes: those of `errors.py`, 0 after SIGTERM."""
    process.fill_standard_streams()
    logs.set_up()
    if len(sys.argv) > 1:
        _explain(sys.argv[1])
    runner, code = asyncio.Runner(), 0
    try:
        runner.run(run(locations.find()))
    except ImgsimdError as error:
        log.error("%s", error)
        code = error.exit_code
    except OSError as error:
        log.error("imgsimd cannot run here: %s.", of_system(error))
        code = ConfigError.exit_code
    except Exception:
        log.exception("imgsimd made a mistake, please report it:")
        code = ImgsimdError.exit_code
    # Without waiting for threads: one that looks at a dead network disk would never end.
    os._exit(code)


if __name__ == "__main__":
    main()
