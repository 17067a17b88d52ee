"""Watched folders: add, move, forget, rescan."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter

from imgsimd.control import openapi
from imgsimd.control.answers import DoneAnswer
from imgsimd.control.fields import FolderPath, PathText, RequestBody
from imgsimd.control.strict_json import StrictRoute
from imgsimd.reconciling.acceptance import Accepted
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.reconciling.relocation import Move, Relocated
from imgsimd.types import FilePath


class FolderRequest(RequestBody):
    """A folder to rescan; without one, all roots."""

    path: FolderPath | None = None


class RootRequest(RequestBody):
    """A root of the configuration. With `accept`, whatever folder is at its path now is the one to
    watch."""

    path: FolderPath
    accept: bool = True


class ForgetRequest(RequestBody):
    """Forget what is gone below this folder, or in all watched folders; of a folder that is not
    watched, forget everything. Unless confirmed, only count it."""

    path: FolderPath | None = None
    confirm: bool = False


class RelocateRequest(RequestBody):
    """The photos of the folder `old` are in `new` now."""

    old: FolderPath
    new: FolderPath


@dataclass
class MovedFolder:
    """A folder that was found at another path, and how many of its images have kept their ids."""

    old: PathText
    new: PathText
    images: int

    @classmethod
    def of(cls, move: Move) -> MovedFolder:
        return cls(os.fsdecode(move.old), os.fsdecode(move.new), move.images)


@dataclass
class WatchAnswer:
    """The real path of the folder, the root that contains it, whether it is left out there, and
    which folders were found to have moved."""

    path: PathText
    part_of: PathText | None
    left_out: bool
    moved: list[MovedFolder]

    @classmethod
    def of(cls, found: Accepted) -> WatchAnswer:
        return cls(
            path=os.fsdecode(found.place),
            part_of=os.fsdecode(found.part_of) if found.part_of else None,
            left_out=found.is_left_out,
            moved=list(map(MovedFolder.of, found.moves)),
        )


@dataclass
class ForgottenFolder:
    """How many images of a folder are forgotten, or would be."""

    path: PathText
    images: int


@dataclass
class ForgetAnswer:
    """What was forgotten, or would be if that were confirmed."""

    forgotten: bool
    folders: list[ForgottenFolder]

    @classmethod
    def of(cls, is_confirmed: bool, images: Mapping[FilePath, int]) -> ForgetAnswer:
        folders = [ForgottenFolder(os.fsdecode(path), count) for path, count in images.items()]
        return cls(is_confirmed, folders)


@dataclass
class RelocateAnswer:
    """How many images have moved, and how many have not because their photos are not there."""

    images: int
    left: int

    @classmethod
    def of(cls, found: Relocated) -> RelocateAnswer:
        return cls(found.images, found.left)


def routes(
    reconciler: Reconciler,
    reload: Callable[[], Awaitable[None]],
    move: Callable[[FilePath, FilePath], Awaitable[Relocated]],
) -> APIRouter:
    """`reload` and `move` are done by the daemon: they concern more than the reconciler."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/roots", responses=openapi.errors(422))
    async def accept(root: RootRequest) -> WatchAnswer:
        """Reads the configuration again and recognises folders that have moved. Otherwise, with
        `accept`, watches whatever folder is at the root's path now."""
        await reload()
        return WatchAnswer.of(await reconciler.accept(root.path, root.accept))

    @router.post("/relocate", responses=openapi.errors(422))
    async def relocate(places: RelocateRequest) -> RelocateAnswer:
        """Reads the configuration again, which has the new path of a folder; moves its images."""
        return RelocateAnswer.of(await move(places.old, places.new))

    @router.post("/forget", responses=openapi.errors(422))
    async def forget(asked: ForgetRequest) -> ForgetAnswer:
        """Forgets what is gone, or no longer watched; unless confirmed, only counts it."""
        images = await reconciler.forget(asked.path, asked.confirm)
        return ForgetAnswer.of(asked.confirm, images)

    @router.post("/rescan", responses=openapi.errors(422))
    async def rescan(folder: FolderRequest) -> DoneAnswer:
        """Rescans a folder, or all roots, in the background."""
        await reconciler.rescan_on_demand(folder.path)
        return DoneAnswer()

    return router
