"""Removes a model: its files, and the vectors that are stored by it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from imgsimd.errors import ModelError
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.stored_vectors import Step, StoredModel
from imgsimd.gallery.thread import GalleryThread
from imgsimd.models import install
from imgsimd.models.model_files import BUILT_IN
from imgsimd.types import ImageId
from imgsimd.words import printable

CALL_SECONDS = 1.0
"""How long one call of `remove` takes, about; whoever wants the rest removed calls again."""
_END = ImageId(2**63 - 1)
"""Above all ids: only the database is to be made smaller yet."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What is removed, or would be."""

    file_bytes: int
    """Of the model's files."""
    vectors: int
    """One for each photo."""
    vector_bytes: int
    """Of these."""
    freed_bytes: int = 0
    """By which the database's file has become smaller."""
    next: ImageId | None = None
    """What the next call goes on after; None if nothing is left to do."""


class ModelRemoval:
    """Runs on the event loop. Whatever ends a removal, calling it again goes on with the rest."""

    def __init__(
        self, gallery: GalleryThread, installed: Path, wanted: Callable[[], str | None]
    ) -> None:
        """`installed` is the folder of added models; `wanted` reads the name of the model that the
        configuration has by now, and is called in a thread."""
        self._gallery = gallery
        self._installed = installed
        self._wanted = wanted

    async def stored(self) -> list[StoredModel]:
        """Every model that the gallery has known, and how many vectors it has by each."""
        sums: dict[str, StoredModel] = {}
        last: ImageId | None = ImageId(0)
        while last is not None:
            last, models = await self._gallery.do(partial(_count, after=last))
            for model in models:
                sums[model.identity] = model.plus(sums.get(model.identity))
        return list(sums.values())

    async def look(self, name: str, only_vectors: bool) -> Removal:
        """What `remove` would remove. Raises ModelError if it would refuse."""
        files = await asyncio.to_thread(self._check, name, only_vectors)
        stored = [m for m in await self.stored() if m.name == name and not m.is_needed]
        images = sum(model.images for model in stored)
        if not files and not images:
            raise ModelError(
                f"There is nothing to remove of a model '{printable(name)}': `imgsimctl model list`"
                " shows what is there."
            )
        return Removal(_size(files), images, sum(model.bytes for model in stored))

    async def remove(self, name: str, only_vectors: bool, after: ImageId) -> Removal:
        """Removes its files; then, for a while, its vectors from the images with ids above `after`;
        then, for a while, makes the database smaller.

        Raises ModelError, and removes nothing, if the model is in use, comes with imgsimd, or was
        not added by `imgsimctl`.
        """
        files = await asyncio.to_thread(self._check, name, only_vectors)
        file_bytes = _size(files)
        if files:
            await asyncio.to_thread(install.uninstall, name, self._installed)
        end, images, bytes_, freed = time.monotonic() + CALL_SECONDS, 0, 0, 0
        last: ImageId | None = after
        while last is not None and time.monotonic() < end:
            step = await self._gallery.do(partial(_remove, name=name, after=last))
            last = step.last
            images += sum(model.images for model in step.models)
            bytes_ += sum(model.bytes for model in step.models)
            freed += await self._gallery.do(_shrink)
        while last is None and (more := await self._gallery.do(_shrink)):
            freed += more
            last = _END if time.monotonic() > end else None
        return Removal(file_bytes, images, bytes_, freed, last)

    def _check(self, name: str, only_vectors: bool) -> list[Path]:
        """The files that are to be removed, if any. Raises ModelError if they may not be."""
        if only_vectors:
            return []
        files = install.files(name, self._installed)
        serving, target = self._gallery.serving.name, self._gallery.target.name
        if name in (target, self._wanted()):  # without the latter, the next start would fail
            raise ModelError(
                f"{printable(name)} is in use. Switch to another model first: `imgsimctl model use "
                "NAME`; `imgsimctl model list` shows which there are."
            )
        if name == serving:
            raise ModelError(
                f"{printable(name)} answers until the switch to {printable(target)} is done. "
                "`imgsimctl wait` returns then."
            )
        if not files and install.files(name, BUILT_IN):
            raise ModelError(
                f"{name} comes with imgsimd and cannot be removed. To remove what is stored by it: "
                f"imgsimctl model remove {name} --vectors"
            )
        return files


def _count(gallery: Gallery, after: ImageId) -> Step:
    return gallery.stored_vectors.count(after)


def _remove(gallery: Gallery, name: str, after: ImageId) -> Step:
    return gallery.stored_vectors.remove(name, after)


def _shrink(gallery: Gallery) -> int:
    return gallery.stored_vectors.shrink()


def _size(files: Sequence[Path]) -> int:
    return sum(os.stat(file).st_size for file in files)
