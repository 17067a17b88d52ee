"""A gallery that is shared with other machines: all parts of it, for the daemon."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

from imgsimd import server_threads
from imgsimd.errors import ImgsimdError, StoreError, StoreFault
from imgsimd.gallery.catalog.outbox import Seq
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.index import MakeStore
from imgsimd.gallery.thread import GalleryThread
from imgsimd.index_settings import Index
from imgsimd.milvus.address import shown
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import IndexKind, ReadThumbnail
from imgsimd.milvus.server_settings import server_of
from imgsimd.pushing.comparison import Difference
from imgsimd.pushing.host_entry import HostEntry, drawn
from imgsimd.pushing.hosts import Hosts
from imgsimd.pushing.pusher import Pusher
from imgsimd.pushing.shared_store import shared_stores
from imgsimd.pushing.store_watch import StoreWatch
from imgsimd.pushing.thumbnail_comparison import ThumbnailDifferences
from imgsimd.pushing.thumbnail_pusher import MakesThumbnails, ThumbnailPusher
from imgsimd.pushing.whereabouts import whereabouts
from imgsimd.shared_ids import HostNumber, SharedId
from imgsimd.types import FilePath

NOT_YET = "This machine is not known on the server yet. Try again in a minute."


def sharing_of(settings: Index, state: Path) -> Sharing | None:
    """For the gallery in this state directory; None if the settings do not want it shared."""
    if settings.backend != "milvus":
        return None
    link = Link(server_of(settings), settings.seconds)
    return Sharing(settings, link, whereabouts(state), link.close, link.reach)


class Sharing:
    """Runs on the event loop, but for what is said to run elsewhere."""

    def __init__(
        self,
        settings: Index,
        ask: Ask,
        whereabouts: str,
        close: Callable[[], None] = lambda: None,
        reach: Callable[[], None] = lambda: None,
    ) -> None:
        """`whereabouts`: see there. `reach`: see `StoreWatch`. `attach` and `begin` come next."""
        self.settings = settings
        self.ask = ask
        self.close = close
        """Ends whatever is asked of the server, and lets nothing be asked any more."""
        self.watch = StoreWatch(ask, settings.prefix, reach, self._look_again)
        self.prefix = settings.prefix
        self.kind: IndexKind = settings.kind
        self.make_store: MakeStore = shared_stores(ask, self.prefix, self.kind)
        """For the gallery that is attached."""
        self._whereabouts = whereabouts
        self._store = " ".join((self.uri, settings.database, settings.prefix))
        self._loop = asyncio.get_running_loop()
        self._seen: tuple[Seq, tuple[FilePath, ...]] = (0, ())

    @property
    def uri(self) -> str:
        """The server's address, without a password that may be in it."""
        return shown(self.settings.uri)

    @property
    def name(self) -> str:
        """What others call this host."""
        return self.entry.name

    @property
    def trouble(self) -> ImgsimdError | None:
        """Why nothing can be shared now."""
        return self.entry.trouble or self.pusher.trouble or self.watch.trouble

    def attach(self, gallery: GalleryThread) -> None:
        """Shares this gallery, which has stores of `make_store`, and need not be open yet."""
        self._gallery = gallery
        wanted = self.settings.host or socket.gethostname()
        self.entry = HostEntry(
            gallery, self.ask, self.prefix, self._store, wanted, self._whereabouts
        )
        self.pusher = Pusher(gallery, self.ask, self.prefix, self.kind)
        self.pusher.on_made = self.entry.look_again
        self.hosts = Hosts(gallery, self.ask, self.prefix)
        gallery.after_step = self._after_step

    async def begin(self) -> None:
        """From now on, what changes in the gallery, which is open, waits to be pushed. Comes before
        `Gallery.aim`, which makes the first store. Raises CatalogError."""
        self.entry.has_begun_anew = await self._gallery.do(self._begin)

    async def run(self, maker: MakesThumbnails) -> None:
        """Pushes, and tells others what they have to know, until cancelled. Something must be shown
        by now (`Gallery.show`), or others are told that everything is offline. The `maker` makes
        the thumbnails that others see."""
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self.entry.run())
            parts.create_task(self.watch.run())
            parts.create_task(self._push(maker))

    def wake(self) -> None:
        """There may be something to push, or to tell."""
        self.pusher.wake()
        self.entry.wake()

    async def differences(self) -> list[Difference]:
        """Where the store differs from the catalog, apart from what is still to be pushed. Raises
        StoreError and CatalogError."""
        self._ensure_claimed()
        return await self.pusher.differences()

    async def thumbnail_differences(self) -> ThumbnailDifferences:
        """Where the thumbnails there differ from what is known of them here. Raises StoreError and
        CatalogError."""
        self._ensure_claimed()
        return await self.pusher.thumbnail_differences()

    async def mend(self) -> None:
        """Makes up for these differences: what is missing is pushed soon, what should not be there
        is removed. Raises StoreError and CatalogError; it is done later then, when the store can be
        used."""
        await self.pusher.doubt()
        self._ensure_claimed()
        await self.pusher.settle()

    async def thumbnail(self, image: SharedId) -> bytes | None:
        """The JPEG that is stored of another host's image; None if there is none. Raises
        StoreError."""
        return await server_threads.run(self.ask.ask, ReadThumbnail(self.prefix, image))

    async def progress(self) -> tuple[HostNumber | None, int]:
        """This host's number, and how many rows are still to be pushed, or removed. Raises
        CatalogError."""
        return await self._gallery.peek(
            lambda gallery: (gallery.pushes.last_host, gallery.pushes.count())
        )

    def _look_again(self, row_by_row: bool) -> None:
        """The store may have lost what it had."""
        self.entry.look_again()
        self.pusher.look_again(row_by_row)

    async def _push(self, maker: MakesThumbnails) -> None:
        await self.entry.is_claimed.wait()
        is_wanted = self.settings.thumbnails
        thumbnails = ThumbnailPusher(self._gallery, self.ask, self.prefix, maker, is_wanted)
        self.pusher.on_pushed = thumbnails.wake
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self.pusher.run())
            parts.create_task(thumbnails.run())

    def _ensure_claimed(self) -> None:
        """Raises StoreError while the number under which this host's rows are may be another's."""
        if not self.entry.is_claimed.is_set():
            raise StoreError(str(self.trouble or NOT_YET), StoreFault.SLOW)

    def _begin(self, gallery: Gallery) -> bool:
        """Runs on the gallery's thread. Whether everything waits to be pushed."""
        before, pushes = gallery.pushes.last_entry, gallery.pushes
        pushes.share(pushes.last_host or drawn(), [], self._store)
        return pushes.last_entry != before

    def _after_step(self, gallery: Gallery) -> None:
        """Runs on the gallery's thread, after each step: so nobody has to look again and again."""
        now = gallery.pushes.last_entry, gallery.visibility.roots
        if now != self._seen:
            self._seen = now
            self._loop.call_soon_threadsafe(self.wake)
