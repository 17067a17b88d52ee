"""A gallery of real files, whose vectors are made up: nothing is decoded."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from imgsimd.errors import BadPictureError
from imgsimd.gallery.catalog.backlog import Candidate
from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.verdicts import Examined, Verdict, Verdicts
from imgsimd.indexing.photo_file import UNHASHED
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.types import FilePath, FileState, Hash, Known, Plan
from tests.support.library import FORM, vector_of

MAX_BYTES = 1_000_000


class PhotoGallery:
    """What a reconciler and an indexer do to a gallery, step by step."""

    def __init__(self) -> None:
        self.thread = GalleryThread()
        self.opener = PhotoOpener(MAX_BYTES)

    async def show(self, *roots: Path) -> None:
        await self.thread.do(Gallery.show, [os.fsencode(root) for root in roots])

    async def notice(self, *photos: Path) -> list[Candidate]:
        """New files are known from now on, and wait to be embedded: these are all that wait."""
        states = {os.fsencode(photo): FileState.of(os.stat(photo)) for photo in photos}
        await self.thread.do(Gallery.apply, Plan(new=states))
        return await self.waiting()

    async def waiting(self) -> list[Candidate]:
        _, waiting = await self.thread.of_verdicts(Verdicts.waiting, 1000)
        return waiting

    def examined(self, batch: Sequence[Candidate], by: Hash = "blake3") -> list[Examined]:
        """The batch's files as they are now. One that cannot be read counts as unread."""
        return [self._examined(image, by) for image in batch]

    def _examined(self, image: Candidate, by: Hash) -> Examined:
        try:
            with self.opener.opened(image.path, by=by) as photo:
                assert photo is not None, f"{image.path!r} is there"
                return Examined(image.id, photo.state, photo.content)
        except BadPictureError:
            return Examined(image.id, image.state, UNHASHED)

    async def embed(self, *photos: Path, by: Hash = "blake3") -> list[Known]:
        """These files are known with their contents, each with a vector."""
        examined = self.examined(await self.notice(*photos), by)
        model = self.thread.serving
        verdicts = [Verdict(i, vector_of(i.content, model.form.dimension)) for i in examined]
        await self.thread.of_verdicts(Verdicts.commit, model, verdicts)
        return await self.known(photos)

    async def known(self, photos: Iterable[Path]) -> list[Known]:
        """The images of these files, in their order, as far as they are known."""
        paths = [os.fsencode(photo) for photo in photos]
        images = {i.path: i for i in await self.thread.of_images(Images.at, paths)}
        return [images[path] for path in paths if path in images]

    async def paths(self) -> dict[FilePath, int]:
        """Every image, shown or hidden."""
        images = await self.thread.of_images(Images.between, b"/", b"\xff")
        return {image.path: image.id for image in images}


@asynccontextmanager
async def photo_gallery(root: Path, state: Path) -> AsyncIterator[PhotoGallery]:
    """A gallery in the folder `state` that shows this root."""
    made = PhotoGallery()
    await made.thread.open(state / "gallery.db")
    try:
        await made.thread.do(Gallery.aim, "m", "m", FORM, {"m"})
        await made.show(root)
        yield made
    finally:
        await made.thread.close()
