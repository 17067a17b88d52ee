"""The one thread that owns the gallery: SQLite connections belong to a thread, and FAISS must not
be searched while it is changed."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from imgsimd.backoff import Backoff
from imgsimd.errors import CatalogError
from imgsimd.gallery.catalog.database import alone, is_damage, is_lock
from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.census import Counts
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.index import MakeStore, in_memory
from imgsimd.gallery.verdicts import Verdicts

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

LOCKED_SECONDS = 2.0
"""Seconds that a step waits for a database that another program has locked, such as a backup. Other
steps run meanwhile."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.01, 0.25
"""Seconds between two tries."""
_CAUSES = {
    sqlite3.SQLITE_BUSY: "another program holds it",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it cannot be written",
    sqlite3.SQLITE_IOERR: "the disk, or a limit on the size of files, refuses",
}


class GalleryThread:
    """Runs the gallery's methods one after another, in the order of the calls. A step that finds
    the database locked is tried again later, so that other steps need not wait for it."""

    def __init__(
        self, check_owner: Callable[[], None] = alone, make_store: MakeStore = in_memory
    ) -> None:
        """`check_owner` is called before every step, on the thread: see `DatabaseFile`.
        `make_store` gives the vector store."""
        self._check_owner = check_owner
        self._make_store = make_store
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="gallery")
        self._gallery: Gallery | None = None
        self._counts = Counts(0, 0, 0, 0, skips=(), newest=None)
        self.steps = 0
        """How many steps of `do` have ended: as long as it is the same, nothing has changed."""
        self.after_step: Callable[[Gallery], None] = lambda gallery: None
        """Is called on the thread after each step of `do`, and must take no time to speak of."""

    async def open(self, file: Path) -> None:
        """Opens the gallery on its thread. Raises CatalogError."""
        self._gallery = await self._run(lambda: Gallery(file, self._check_owner, self._make_store))

    async def close(self) -> None:
        """Waits for the steps under way, then closes. It does not wait for a gallery that is still
        being opened, of which nothing can be lost."""
        if self._gallery is not None:
            await self._run(self._gallery.close)
        self._executor.shutdown(wait=False)

    @property
    def recoveries(self) -> int:
        """How often a damaged catalog was replaced by what could be read of it. After each time,
        the disk must be compared with the catalog again."""
        return self._gallery.recoveries if self._gallery else 0

    @property
    def serving(self) -> Served:
        """The model whose vectors answer searches."""
        return self._opened.serving

    @property
    def target(self) -> Served:
        """The model to work towards."""
        return self._opened.target

    async def do(
        self,
        method: Callable[Concatenate[Gallery, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """`await thread.do(Gallery.forget, images)`.

        Raises CatalogError where the database fails; nothing of the step is stored then.
        """
        backoff = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
        end = time.monotonic() + LOCKED_SECONDS
        while True:
            try:
                return await self._run(lambda: self._step(lambda g: method(g, *args, **kwargs)))
            except sqlite3.Error as error:
                if not is_lock(error) or time.monotonic() > end:
                    raise CatalogError(_sentence(error)) from error
            await backoff.wait()

    async def of_images(
        self,
        method: Callable[Concatenate[Images, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """`await thread.of_images(Images.at, paths)`: reads only; raises as `do` does."""
        return await self.do(lambda gallery: method(gallery.images, *args, **kwargs))

    async def of_folders(
        self,
        method: Callable[Concatenate[Folders, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """`await thread.of_folders(Folders.remember, root, identity)`; raises as `do` does."""
        return await self.do(lambda gallery: method(gallery.folders, *args, **kwargs))

    async def of_verdicts(
        self,
        method: Callable[Concatenate[Verdicts, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """`await thread.of_verdicts(Verdicts.commit, model, verdicts)`; raises as `do` does."""
        return await self.do(lambda gallery: method(gallery.verdicts, *args, **kwargs))

    async def peek(self, look: Callable[[Gallery], T]) -> T:
        """`await thread.peek(look)`: as `do`, for what reads only, and for those who look again and
        again: it is not counted as a step, and not tried again."""
        try:
            return await self._run(lambda: self._visit(look))
        except sqlite3.Error as error:
            raise CatalogError(_sentence(error)) from error

    async def counts(self) -> Counts:
        """How much there is; the last known counts if the database cannot be read."""
        try:
            while not await self._run(lambda: self._visit(lambda g: g.census.prepare())):
                pass  # other steps get in between
            self._counts = await self._run(
                lambda: self._visit(lambda gallery: gallery.census.counts())
            )
        except (sqlite3.Error, CatalogError) as error:
            trouble = str(error) if isinstance(error, CatalogError) else _sentence(error)
            self._counts = replace(self._counts, trouble=trouble)
        return self._counts

    @property
    def latest_counts(self) -> Counts:
        """What `counts` returned last."""
        return self._counts

    def _step(self, step: Callable[[Gallery], T]) -> T:
        """Runs on the thread. Steps are counted here, since the caller may have given up."""
        try:
            return self._visit(step)
        finally:
            self.steps += 1
            with suppress(sqlite3.Error, TypeError, ValueError):  # a later step finds the damage
                self.after_step(self._opened)

    def _visit(self, step: Callable[[Gallery], T]) -> T:
        """Runs on the thread. A step that fails because the database is damaged runs once more, on
        what could be saved. Ids are never given twice, so an old id does no harm."""
        gallery = self._opened
        self._check_owner()
        try:
            return step(gallery)
        except (sqlite3.DatabaseError, TypeError, ValueError) as error:
            # From a damaged page, SQLite may also return numbers instead of names.
            if not is_damage(error) and (
                isinstance(error, sqlite3.Error) or not gallery.is_damaged()
            ):
                raise
            log.error("The database is damaged: %s", error)
        gallery.recover()
        return step(gallery)

    @property
    def _opened(self) -> Gallery:
        assert self._gallery is not None, "open() comes first"
        return self._gallery

    async def _run(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, function)


def _sentence(error: sqlite3.Error) -> str:
    cause = _CAUSES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "see the log")
    return f"The database does not work: {error} ({cause}). Nothing that was stored is lost."
