"""A gallery of photos that are made up, in which it is known which of them are copies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from imgsimd.closeness import Closeness
from imgsimd.config import DEFAULT_MODEL
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.duplicates.duplicates import Duplicates
from imgsimd.duplicates.group import Group
from imgsimd.duplicates.wish import Wish
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.types import FilePath, FileState, ImageId, Plan
from imgsimd.vectors import Vector, VectorForm, to_unit_vector
from imgsimd.verification import Verdict as Same
from imgsimd.verification import Verification
from tests.support.library import content_of, opened

MODEL_DIMENSION = 8


@dataclass(frozen=True)
class Made:
    """A file. Photos with one `shot` are copies of each other; those with one `scene` look
    alike."""

    path: FilePath
    shot: int
    content: int
    scene: int = 0
    """0: as the shot."""
    width: int = 400
    taken: str | None = None
    format: str = "JPEG"
    mtime: int = 1
    inode: int = 0
    links: int = 1
    size: int = 1000

    @property
    def state(self) -> FileState:
        inode = self.inode or self.content * 1000 + len(self.path)
        return FileState(self.size, self.mtime, self.mtime, inode, self.links << 48)

    @property
    def vector(self) -> Vector:
        """Copies are 0.2 apart or less, shots of one scene 0.4 or less, others more than 0.9."""
        scene = np.random.default_rng([1, self.scene or self.shot]).normal(size=MODEL_DIMENSION)
        shot = np.random.default_rng([2, self.shot]).normal(size=MODEL_DIMENSION)
        own = np.random.default_rng([3, self.content]).normal(size=MODEL_DIMENSION)
        parts = [scene, 0.1 * shot, 0.02 * own]
        return to_unit_vector(np.sum(parts, axis=0))


CLOSENESS = Closeness(copy_distance=0.8, similar_distance=0.45)


@dataclass
class Twins:
    """The gallery, and what looks for duplicates in it."""

    gallery: GalleryThread
    shots: dict[ImageId, int] = field(default_factory=dict)
    compared: list[tuple[ImageId, ImageId]] = field(default_factory=list)
    """All pairs that were ever compared."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Pairs are compared while it is set."""
    is_blind: bool = False
    """Whether no photo can be read."""

    def __post_init__(self) -> None:
        self.duplicates = Duplicates(self.gallery, self, lambda model: CLOSENESS)
        self.gate.set()

    async def verify_pairs(
        self, pairs: Sequence[tuple[ImageId, ImageId]]
    ) -> list[Verification | None]:
        self.compared += pairs
        await self.gate.wait()
        if self.is_blind:
            return [None] * len(pairs)
        return [self._verified(*pair) for pair in pairs]

    def _verified(self, one: ImageId, other: ImageId) -> Verification:
        is_same = self.shots[one] == self.shots[other]
        return Verification(Same.SAME, 99) if is_same else Verification(Same.NO)

    async def add(self, *files: Made) -> None:
        """The files are indexed, in this order."""
        for made in files:
            image = await self.gallery.do(_index, made)
            self.shots[image] = made.shot

    async def find(self, **wish: object) -> list[Group]:
        return await self.duplicates.find(Wish(**wish), lambda progress: None)  # type: ignore[arg-type]  # as it is written

    async def paths(self, **wish: object) -> list[list[str]]:
        """The names of each group, the keeper first."""
        found = await self.find(**wish)
        return [[m.photo.path.decode() for m in group.members] for group in found]


def _index(gallery: Gallery, made: Made) -> ImageId:
    gallery.apply(Plan(new={made.path: made.state}))
    model, (image,) = gallery.verdicts.waiting(2)
    examined = Examined(image.id, image.state, content_of(made.content))
    size = made.width, made.width * 3 // 4
    metadata = PictureMetadata(made.format, 1, *size, taken=made.taken)
    gallery.verdicts.commit(model, [Verdict(examined, made.vector, metadata)])
    return image.id


@asynccontextmanager
async def twins(folder: Path) -> AsyncIterator[Twins]:
    """An empty gallery of what is below /photos, with the built-in model's name."""
    opened(folder, DEFAULT_MODEL).close()
    gallery = GalleryThread()
    await gallery.open(folder / "gallery.db")
    await gallery.do(_begin)
    yield Twins(gallery)
    await gallery.close()


def _begin(gallery: Gallery) -> None:
    gallery.aim(DEFAULT_MODEL, DEFAULT_MODEL, VectorForm(MODEL_DIMENSION), {DEFAULT_MODEL})
    gallery.show([b"/photos"])
