"""The one thread that owns the gallery: SQLite connections belong to a thread, and FAISS must not
be searched while it is changed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from imgsimd.errors import CatalogError
from imgsimd.gallery.gallery import Gallery

P = ParamSpec("P")
T = TypeVar("T")


class GalleryThread:
    """Runs the gallery's methods one after another, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="gallery")
        self._gallery: Gallery | None = None

    async def open(self, file: Path) -> None:
        """Opens the gallery on its thread. Raises CatalogError."""
        self._gallery = await self._run(lambda: Gallery(file))

    async def close(self) -> None:
        """Waits for what is under way, then closes. What is still being opened is not waited for:
        nothing of it is lost."""
        if self._gallery is not None:
            await self._run(self._gallery.close)
        self._executor.shutdown(wait=False)

    async def do(
        self,
        method: Callable[Concatenate[Gallery, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """`await thread.do(Gallery.nearest, vector, 10, ...)`."""
        gallery = self._gallery
        assert gallery is not None, "open() comes first"
        return await self._run(lambda: method(gallery, *args, **kwargs))

    async def _run(self, function: Callable[[], T]) -> T:
        """Raises CatalogError where the database fails; nothing of the step is stored then."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, function)
        except sqlite3.Error as error:
            raise CatalogError(
                f"The database does not work: {error}. Is the disk full, or locked by another "
                "program? It is tried again; nothing that was stored is lost."
            ) from error
