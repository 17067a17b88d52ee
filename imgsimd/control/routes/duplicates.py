"""Which photos are there more than once? The answer may take minutes, so it is a stream."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from imgsimd.client.limits import MOST_FOLDERS
from imgsimd.control import openapi
from imgsimd.control.answers import error_body
from imgsimd.control.fields import FolderPath, PathText, RequestBody
from imgsimd.control.strict_json import StrictRoute, as_json
from imgsimd.control.transform_answer import TransformAnswer
from imgsimd.duplicates.duplicates import Duplicates
from imgsimd.duplicates.group import Group, Member
from imgsimd.duplicates.progress import Progress, Stage
from imgsimd.duplicates.wish import Folders, Keep, Preference, Tier, Wish
from imgsimd.errors import ImgsimdError, RequestError
from imgsimd.verification import Verdict

log = logging.getLogger(__name__)

SECONDS_BETWEEN = 0.25
"""Between two reports of progress. They also keep the caller from giving up."""
_TOGETHER = 50
"""Groups in one event: as much JSON as a question has."""


class DuplicatesRequest(RequestBody):
    """Which photos in the folders `under` (none: in all) are there more than once?

    With `also_in`: which of them are in those folders, too? Photos there are always kept. `folders`
    says whether the photos of a group may lie in `any` folders, must lie `across` several, or
    `within` one. What decides first which photo is kept: the first of the folders `keep_in` that
    it lies in, then `keep`. With `new`, only groups with a photo that was in no group yet when
    duplicates were last asked for.
    """

    tiers: list[Literal["exact", "copy", "similar"]] = Field(
        default=["exact", "copy"], min_length=1, max_length=3
    )
    under: list[FolderPath] = Field(default=[], max_length=MOST_FOLDERS)
    not_under: list[FolderPath] = Field(default=[], max_length=MOST_FOLDERS)
    also_in: list[FolderPath] = Field(default=[], max_length=MOST_FOLDERS)
    folders: Literal["any", "across", "within"] = "any"
    keep: Literal["newest", "oldest", "largest", "smallest"] | None = None
    keep_in: list[FolderPath] = Field(default=[], max_length=MOST_FOLDERS)
    new: bool = False

    def to_wish(self) -> Wish:
        """The same for the search."""
        return Wish(
            tiers=list(map(Tier, self.tiers)),
            under=self.under,
            not_under=self.not_under,
            also_in=self.also_in,
            folders=Folders(self.folders),
            preference=Preference(self.keep_in, Keep(self.keep) if self.keep else None),
            only_new=self.new,
        )


@dataclass
class DuplicateMember:
    """A photo of a group."""

    path: PathText
    id: int
    distance: float
    verdict: Verdict | None
    """Whether it shows the keeper's picture; null if nobody has compared them."""
    inliers: int
    transform: TransformAnswer | None
    """What makes it from the keeper."""
    pixels: list[int] | None
    bytes: int
    mtime_ns: int
    format: str | None
    taken: str | None
    same_inode: bool
    """Whether it is a hard link to the keeper's file."""

    @classmethod
    def of(cls, member: Member, tier: Tier) -> DuplicateMember:
        photo, found = member.photo, member.verification
        is_certain = tier is Tier.EXACT or member.is_keeper
        size = None if photo.width is None or photo.height is None else [photo.width, photo.height]
        return cls(
            path=os.fsdecode(photo.path),
            id=photo.id,
            distance=member.distance,
            verdict=found.verdict if found else Verdict.SAME if is_certain else None,
            inliers=found.inliers if found else 0,
            transform=TransformAnswer.of(found),
            pixels=size,
            bytes=photo.state.size,
            mtime_ns=photo.state.mtime_ns,
            format=photo.format,
            taken=photo.taken,
            same_inode=member.is_same_file,
        )


@dataclass
class DuplicateGroup:
    """A photo to keep, and copies of it."""

    tier: Tier
    keeper: PathText
    reason: str
    reclaimable_bytes: int
    members: list[DuplicateMember]

    @classmethod
    def of(cls, group: Group) -> DuplicateGroup:
        return cls(
            tier=group.tier,
            keeper=os.fsdecode(group.keeper.path),
            reason=group.reason,
            reclaimable_bytes=group.reclaimable_bytes,
            members=[DuplicateMember.of(member, group.tier) for member in group.members],
        )


def routes(service: Duplicates) -> APIRouter:
    """The search."""
    router = APIRouter(route_class=StrictRoute)

    @router.post(
        "/duplicates",
        response_class=StreamingResponse,
        responses=openapi.DUPLICATES | openapi.errors(422),
    )
    async def duplicates(request: DuplicatesRequest) -> Response:
        """The groups, as Server-Sent Events: progress, then groups, then the end or an error. The
        search ends when the caller hangs up."""
        stream = _stream(service, request.to_wish())
        return StreamingResponse(stream, media_type="text/event-stream")

    return router


async def _stream(service: Duplicates, wish: Wish) -> AsyncIterator[bytes]:
    latest = [Progress(Stage.READING)]

    def tell(progress: Progress) -> None:
        latest[0] = progress

    work = asyncio.create_task(service.find(wish, tell))
    try:
        while not work.done():
            yield _event({"progress": asdict(latest[0])})
            await asyncio.wait([work], timeout=SECONDS_BETWEEN)
        groups = work.result()
        for part in _parts(groups):
            yield _event({"groups": list(map(DuplicateGroup.of, part))})
        await service.set_seen(groups)
        yield _event({"end": True})
    except ImgsimdError as error:
        yield _told(error)
    except Exception:
        log.exception("The search for duplicates failed")
        message = "Internal error in imgsimd; its log has the details."
        yield _told(RequestError("internal", 500, message))
    finally:
        work.cancel()


def _parts(groups: Sequence[Group]) -> list[Sequence[Group]]:
    return [groups[n : n + _TOGETHER] for n in range(0, len(groups), _TOGETHER)]


def _event(content: object) -> bytes:
    return b"data: %s\n\n" % as_json(content)


def _told(error: ImgsimdError) -> bytes:
    return b"data: %s\n\n" % error_body(error)
