"""Watched folders: accepted, moved, forgotten, looked at again."""

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
    """A folder to look at; without one, all roots."""

    path: FolderPath | None = None


class RootRequest(RequestBody):
    """A root, as it stands in the configuration; with `accept`, whatever folder is there now is
    taken for the one that was watched."""

    path: FolderPath
    accept: bool = True


class ForgetRequest(RequestBody):
    """Below this folder, or in all watched folders, forget what is gone; of a folder that is not
    watched, all. Unless confirmed, only say what that would be."""

    path: FolderPath | None = None
    confirm: bool = False


class RelocateRequest(RequestBody):
    """The photos of folder `old` lie in `new` now."""

    old: FolderPath
    new: FolderPath


@dataclass
class MovedFolder:
    """A folder that was found again at a new place; so many images have kept their ids."""

    old: PathText
    new: PathText
    images: int

    @classmethod
    def of(cls, move: Move) -> MovedFolder:
        return cls(os.fsdecode(move.old), os.fsdecode(move.new), move.images)


@dataclass
class WatchAnswer:
    """The real path of the folder, the root that it is part of, whether it is left out there, and
    what was found to have moved."""

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
    """How many images of a folder are, or would be, forgotten."""

    path: PathText
    images: int


@dataclass
class ForgetAnswer:
    """What was forgotten, or, unless that was confirmed, would be."""

    forgotten: bool
    folders: list[ForgottenFolder]

    @classmethod
    def of(cls, is_confirmed: bool, images: Mapping[FilePath, int]) -> ForgetAnswer:
        folders = [ForgottenFolder(os.fsdecode(path), count) for path, count in images.items()]
        return cls(is_confirmed, folders)


@dataclass
class RelocateAnswer:
    """How many images have moved, and how many have not, since their photos are not there."""

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
    """`reload` and `move` are the daemon's: they concern more than the reconciler."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/roots", responses=openapi.errors(422))
    async def accept(root: RootRequest) -> WatchAnswer:
        """Reads the configuration again, looks whether the folder is one that has moved, and
        otherwise takes whatever folder is at the root's path for it."""
        await reload()
        return WatchAnswer.of(await reconciler.accept(root.path, root.accept))

    @router.post("/relocate", responses=openapi.errors(422))
    async def relocate(places: RelocateRequest) -> RelocateAnswer:
        """Reads the configuration again, in which a folder has been given its new place."""
        return RelocateAnswer.of(await move(places.old, places.new))

    @router.post("/forget", responses=openapi.errors(422))
    async def forget(asked: ForgetRequest) -> ForgetAnswer:
        """Forgets what is gone, or no longer watched; unless confirmed, says what that would be."""
        images = await reconciler.forget(asked.path, asked.confirm)
        return ForgetAnswer.of(asked.confirm, images)

    @router.post("/rescan", responses=openapi.errors(422))
    async def rescan(folder: FolderRequest) -> DoneAnswer:
        """Looks at a folder, or at all roots, as if no event had been seen."""
        await reconciler.rescan_on_demand(folder.path)
        return DoneAnswer()

    return router
