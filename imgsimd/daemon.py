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
from contextlib import AsyncExitStack, suppress
from functools import partial

# Before numpy is loaded. Its products are small here: to share one among threads takes fifty times
# as long on a busy machine, where the threads wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from imgsimd import __version__, by_hand, config, installation, locations, logs, process, restart
from imgsimd.closeness import Closeness
from imgsimd.config import Settings
from imgsimd.control import status_line
from imgsimd.control.address import Address
from imgsimd.control.app import build
from imgsimd.control.limits_middleware import Limits
from imgsimd.control.listener import passed
from imgsimd.control.notify import Notifier
from imgsimd.control.problem_header import ProblemHeader
from imgsimd.control.server import Server
from imgsimd.control.status_feed import StatusFeed
from imgsimd.duplicates.duplicates import Duplicates
from imgsimd.errors import ConfigError, ImgsimdError, ModelError
from imgsimd.gallery.catalog.migrations import VERSION as DATABASE_VERSION
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.index import in_memory
from imgsimd.gallery.thread import GalleryThread
from imgsimd.handover import Handover, Inherited, inherited
from imgsimd.health import Health
from imgsimd.indexing.indexer import Indexer
from imgsimd.indexing.pause_ends import KeptEnds
from imgsimd.indexing.pauses import Pauses
from imgsimd.locations import Locations
from imgsimd.machine.load import Load
from imgsimd.machine.power_supply import PowerSupplies
from imgsimd.machine.pressure import Pressure
from imgsimd.machine.processor_use import ProcessorUse
from imgsimd.maintenance.maintenance import Maintenance
from imgsimd.maintenance.model_removal import ModelRemoval
from imgsimd.models import model_files
from imgsimd.models.model_files import Model
from imgsimd.presence import Presence, own
from imgsimd.problems import SETTING_RENAMED, Problem
from imgsimd.pushing.sharing import Sharing, sharing_of
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.reconciling.relocation import Relocated
from imgsimd.renewal import Renewal
from imgsimd.search.asked_models import Asked, AskedModels
from imgsimd.search.asked_pictures import AskedPictures
from imgsimd.search.comparison import Comparer
from imgsimd.search.other_machines import OtherMachines
from imgsimd.search.same import Same
from imgsimd.search.similar import Similar
from imgsimd.search.verifier import Verifier
from imgsimd.types import FilePath
from imgsimd.watching.settle import Sign
from imgsimd.words import counted, of_system, reason

log = logging.getLogger("imgsimd")

END_SECONDS = 7.0
"""From SIGTERM to the end, whatever hangs. The systemd units allow twice as much."""
FIRST_LOOK_SECONDS = 2.0
"""How long callers wait at the start for the first look at the watched folders, which takes some
milliseconds, but may hang if a disk does not answer."""
CALLERS_SECONDS = 60.0
"""How long callers may still wait for their answers when another version is to take over: as long
as one request of `imgsimctl wait`."""


class Daemon:
    """All parts of one daemon, and what concerns several of them: a reload, a folder that moves."""

    def __init__(
        self,
        where: Locations,
        settings: Settings,
        gallery: GalleryThread,
        notifier: Notifier,
        presence: Presence,
        inherited: Inherited,
        sharing: Sharing | None = None,
    ) -> None:
        """`sharing`: of this gallery, if it is shared with other machines."""
        self._where = where
        self._started = settings
        self._notifier = notifier
        self._reloading = asyncio.Lock()
        self.gallery = gallery
        self.sharing = sharing
        kept = KeptEnds(where.pause, presence.check)
        load = Load(Pressure(), ProcessorUse())
        pauses = Pauses(settings.pause, kept, PowerSupplies(), load)
        pauses.restore(inherited.open_ended)
        self.indexer = Indexer(gallery, where.models, settings.worker, self._on_stale, pauses)
        self.renewal = Renewal(
            installation.ours(),
            DATABASE_VERSION,
            inherited.build,
            on_accepted=self.indexer.wake,
        )
        self._presence = presence
        self.reconciler = Reconciler(gallery, settings, self.indexer.wake, self._check)
        self.indexer.configure(self.reconciler.links, settings.extensions)
        self.similar = Similar(gallery, self._closeness, machines=self._machines(settings))
        self.verifier = Verifier(gallery, self.indexer.features, settings.worker.keep_alive_seconds)
        asked = AskedPictures(gallery, self.verifier, self.indexer.features)
        self.same = Same(self.similar, self.verifier, asked)
        self.models_asked = AskedModels(
            gallery,
            Asked(self.similar, self.same),
            self.verifier,
            self.indexer.features,
            self._closeness,
            lambda name: model_files.find(name, where.models).identity,
        )
        self.comparer = Comparer(gallery, asked, self.indexer.features)
        self.duplicates = Duplicates(gallery, self.verifier, self._closeness)
        self.maintenance = Maintenance(
            gallery, self.indexer, self.reconciler, where.database, sharing
        )
        self.model_removal = ModelRemoval(gallery, where.models, self._wanted_model)
        self.health = Health(where, gallery, self.indexer, self.reconciler)
        self.health.ineffective_settings = self._ineffective(settings)
        self.health.sharing = sharing
        self.health.update = lambda: self.renewal.problem
        self.feed = StatusFeed(self.health)

    async def begin(self, model: str) -> None:
        """Uses this model; or, if it cannot be used any more, the one that answered last, so that
        all is found that is known. Raises ModelError if there is none."""
        try:
            await self.indexer.use(model)
        except ModelError as error:
            if not await self.indexer.go_on():
                raise
            self.health.failed_reload = f"{error} {self.gallery.serving.name} goes on answering."
            log.error("%s", self.health.failed_reload)

    async def reload(self) -> None:
        """Reads the configuration again.

        Raises ConfigError or ModelError; the old settings stay in force then.
        """
        async with self._reloading:
            self._notifier.reloading()
            try:
                settings = config.load(self._where.config)
                ineffective = self._ineffective(settings)
                await self.indexer.use(settings.model)
                self.reconciler.configure(settings)
                self.indexer.configure(self.reconciler.links, settings.extensions)
                self.indexer.pauses.settings = settings.pause
                self.health.ineffective_settings = ineffective
                self.health.failed_reload = ""
                log.info("The settings were read: %s", _of_roots(settings))
            except ImgsimdError as error:
                self.health.failed_reload = str(error)
                log.error("The settings stay as they were: %s", error)
                raise
            finally:
                self._notifier.ready()

    async def relocate(self, old: FilePath, new: FilePath) -> Relocated:
        """Moves the images of one folder to another in the catalog, and reads the configuration
        again. Raises ConfigError; nothing has changed then.
        """
        async with self.reconciler.at_rest():
            sources = await self.reconciler.relocator.sources(old, new)
            await self.reload()
            return await self.reconciler.relocate(sources, new)

    def _machines(self, settings: Settings) -> OtherMachines | None:
        """Those that share the gallery, if it is shared."""
        sharing = self.sharing
        if sharing is None:
            return None
        is_enough = settings.index.when_away == "local"
        return OtherMachines(lambda: sharing.name, is_enough, watch=sharing.watch)

    def _closeness(self, served: Served) -> Closeness:
        """What the distances of a model mean."""
        model = self.indexer.model(served)
        return model.closeness if model else Closeness()

    def _wanted_model(self) -> str | None:
        """The one that the configuration names by now, as far as it can be read."""
        with suppress(ConfigError):
            return config.load(self._where.config).model
        return None

    def models(self) -> Sequence[Model]:
        """The models that can be used."""
        return model_files.available(self._where.models)

    async def reload_when(self, asked: asyncio.Event) -> None:
        """Reloads whenever the event is set, until cancelled; many signals at once count as one."""
        while True:
            await asked.wait()
            asked.clear()
            try:
                await self.reload()
            except ImgsimdError:
                pass  # `reload` has logged it
            except OSError as error:
                log.error("The settings stay as they were: %s", reason(error))

    def _ineffective(self, settings: Settings) -> list[Problem]:
        renamed = map(SETTING_RENAMED.found, settings.notes)
        ignored = restart.out_of_effect(self._started, settings, self._where, os.environ)
        return [*renamed, *ignored]

    def _check(self, period: float) -> None:
        self._presence.look(period)
        self.renewal.look()

    def _on_stale(self, path: bytes) -> None:
        self.reconciler.hint(path, Sign.APPEARED)


async def run(where: Locations) -> Handover | None:
    """Runs until SIGTERM or SIGINT, or until another version is to take over, which is returned.
    Raises ImgsimdError if it cannot start."""
    loop = asyncio.get_running_loop()
    stop, reload = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    notifier = Notifier.from_environ(os.environ)
    handover = Handover()
    life = loop.create_task(_live(where, notifier, reload, handover))
    ends = [loop.create_task(event.wait()) for event in (stop, handover.wanted)]
    await asyncio.wait([life, *ends], return_when=asyncio.FIRST_COMPLETED)
    is_replaced = handover.wanted.is_set() and not life.done()
    for end in ends:
        end.cancel()
    if is_replaced:
        notifier.renewing()
    else:
        notifier.stopping()
        if stop.is_set():
            log.info("imgsimd stops, because it was told to by a signal.")
    life.cancel()  # once: a second signal must not interrupt the end
    await asyncio.wait([life], timeout=END_SECONDS)
    if not life.done():
        log.warning("Something hangs; stopping without it. Everything that was stored is safe.")
    elif not life.cancelled():
        life.result()
    return handover if is_replaced and not stop.is_set() else None


async def _live(
    where: Locations, notifier: Notifier, reload: asyncio.Event, handover: Handover
) -> None:
    """Starts all parts in order, and runs them until cancelled; then they end in reverse order."""
    process.return_freed_memory()
    async with AsyncExitStack() as stack:
        lock = stack.enter_context(own(where))
        logs.keep_small(where.log)
        address = stack.enter_context(Address(where, lock, passed()))
        presence = Presence(where.state, lock, address)
        settings = config.load(where.config)
        sharing = sharing_of(settings.index, where.state)
        gallery = GalleryThread(presence.check, sharing.make_store if sharing else in_memory)
        stack.push_async_callback(gallery.close)
        await gallery.open(where.database)
        if sharing:
            stack.callback(sharing.close)
            sharing.attach(gallery)
            await sharing.begin()
        else:
            await gallery.do(lambda opened: opened.pushes.unshare())
        daemon = Daemon(where, settings, gallery, notifier, presence, inherited(), sharing)
        await daemon.begin(settings.model)
        app = Limits(build(daemon), settings.worker.max_bytes)
        telling = ProblemHeader(app, daemon.health.worst_error)
        server = Server(telling, address.listener.socket)
        gc.freeze()  # what is here now stays; no garbage collection has to look at it again
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(daemon.reconciler.run())
                parts.create_task(daemon.indexer.run())
                parts.create_task(daemon.similar.filtering.run())
                on_ready = partial(_begin, notifier, where, settings)
                if sharing:
                    parts.create_task(_share(sharing, daemon))
                parts.create_task(_serve(server, daemon.reconciler, on_ready))
                parts.create_task(presence.run(server.move))
                parts.create_task(daemon.feed.run())
                parts.create_task(status_line.keep_current(notifier, daemon.feed))
                parts.create_task(daemon.reload_when(reload))
                parts.create_task(notifier.beat())
                parts.create_task(_prepare(handover, daemon, server))
        except BaseExceptionGroup as ends:
            raise _reason(ends) from None
        finally:
            if handover.wanted.is_set():
                handover.keep(address)


async def _share(sharing: Sharing, daemon: Daemon) -> None:
    """Shares the gallery once it is known what is there of it. At the end, nobody waits any more
    for a server that does not answer."""
    try:
        await daemon.reconciler.has_shown()
        await sharing.run(daemon.indexer.idle_thumbnails)
    finally:
        sharing.close()


async def _serve(server: Server, reconciler: Reconciler, on_ready: Callable[[], None]) -> None:
    """Answers callers, and lets them wait until there is something to be found."""
    with suppress(TimeoutError):
        async with asyncio.timeout(FIRST_LOOK_SECONDS):
            await reconciler.has_shown()
    await server.serve(on_ready)


async def _prepare(handover: Handover, daemon: Daemon, server: Server) -> None:
    """Waits for another version; has it take over once the callers that are here are answered."""
    found = await daemon.renewal.found()
    log.info("imgsimd %s was installed, and takes over from %s.", found.version, __version__)
    await server.at_rest(CALLERS_SECONDS)
    handover.to(Inherited(found.build, daemon.indexer.pauses.open_ended))


def _begin(notifier: Notifier, where: Locations, settings: Settings) -> None:
    """The first request can be answered."""
    what = "imgsimd %s (process %d) has started, with %s. %s"
    log.info(what, __version__, os.getpid(), where.state, _of_roots(settings))
    notifier.ready()


def _of_roots(settings: Settings) -> str:
    count = len(settings.roots)
    return f"{counted(count, 'folder')} {'is' if count == 1 else 'are'} watched."


def _reason(ends: BaseExceptionGroup[BaseException]) -> BaseException:
    """Why the parts have ended: the first error with a sentence for the user, if there is one."""
    told = ends.subgroup(ImgsimdError)
    if told is None:
        return ends
    first = told.exceptions[0]
    return _reason(first) if isinstance(first, BaseExceptionGroup) else first


def main() -> None:
    """The `imgsimd` command. Exit codes: those of `errors.py`, 0 after SIGTERM."""
    process.fill_standard_streams()
    logs.set_up()
    if len(sys.argv) > 1:
        by_hand.explain(sys.argv[1])
    installation.ours()  # before anything can replace it
    runner, code = asyncio.Runner(), 0
    try:
        if handover := runner.run(run(locations.find())):
            handover.begin()
    except ImgsimdError as error:
        log.error("%s", error)
        code = error.exit_code
    except OSError as error:
        log.error("imgsimd cannot run here: %s.", of_system(error))
        code = ConfigError.exit_code
    except Exception:
        log.exception("Internal error in imgsimd, please report it:")
        code = ImgsimdError.exit_code
    # Without waiting for threads: one that waits for a dead network disk would never end.
    os._exit(code)


if __name__ == "__main__":
    main()
