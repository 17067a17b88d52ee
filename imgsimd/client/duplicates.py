"""Photos that are there more than once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias, TypedDict

from imgsimd.client.comparisons import Transform
from imgsimd.client.json_fields import Answer, Fields, Json

if TYPE_CHECKING:
    from imgsimd.client.transport import Transport

EXACT, COPY, SIMILAR = "exact", "copy", "similar"
"""The tiers of groups."""


@dataclass(frozen=True, slots=True)
class DuplicateMember(Answer):
    """A photo of a group."""

    path: str
    id: int
    distance: float
    """From the keeper."""
    verdict: str | None
    """Whether it shows the keeper's picture: `same`, `probably` or `no`; None if nobody has
    compared them."""
    inliers: int
    transform: Transform | None
    """What makes it from the keeper."""
    pixels: tuple[int, int] | None
    """Width and height, if they are known."""
    bytes: int
    mtime_ns: int
    format: str | None
    taken: str | None
    """When, as ISO 8601 in local time."""
    same_inode: bool
    """Whether it is a hard link to the keeper's file."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            path=fields.text("path"),
            id=fields.whole("id"),
            distance=fields.number("distance"),
            verdict=fields.text_or_none("verdict"),
            inliers=fields.whole("inliers"),
            transform=fields.inner_if_any("transform", Transform.of),
            pixels=fields.size_if_any("pixels"),
            bytes=fields.whole("bytes"),
            mtime_ns=fields.whole("mtime_ns"),
            format=fields.text_or_none("format"),
            taken=fields.text_or_none("taken"),
            same_inode=fields.flag("same_inode"),
        )


@dataclass(frozen=True, slots=True)
class DuplicateGroup(Answer):
    """A photo to keep, and copies of it."""

    tier: str
    """`exact`, `copy` or `similar`."""
    keeper: str
    """The path of the photo to keep."""
    reason: str
    """Why it is the one to keep."""
    reclaimable_bytes: int
    """What is free when all others are gone."""
    members: tuple[DuplicateMember, ...]
    """The keeper first."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            tier=fields.text("tier"),
            keeper=fields.text("keeper"),
            reason=fields.text("reason"),
            reclaimable_bytes=fields.whole("reclaimable_bytes"),
            members=fields.each("members", DuplicateMember.of),
        )

    @property
    def copies(self) -> tuple[DuplicateMember, ...]:
        """All but the keeper."""
        return self.members[1:]

    @property
    def removable(self) -> tuple[DuplicateMember, ...]:
        """Those that can go: none of photos that only look alike, and no hard link to the file to
        keep, without which nothing is gained."""
        certain = () if self.tier == SIMILAR else self.copies
        return tuple(member for member in certain if not member.same_inode)


@dataclass(frozen=True, slots=True)
class DuplicatesResult(Answer):
    """All groups, the one with the most to gain first."""

    groups: tuple[DuplicateGroup, ...]


@dataclass(frozen=True, slots=True)
class PairApart(Answer):
    """Two contents that are no duplicates, by the paths of files that have them now."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    files: int
    """If both are one content: how many files may have it; else 0."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json, fields.texts("first"), fields.texts("second"), fields.whole("files")
        )


class DuplicatesWish(TypedDict, total=False):
    """Which duplicates to look for: keyword arguments of `Client.duplicates`. Folders are absolute
    paths, with all links resolved."""

    tiers: Sequence[str]
    """`exact`, `copy` or `similar`; by default the first two."""
    under: Sequence[str]
    """Only photos in these folders."""
    not_under: Sequence[str]
    also_in: Sequence[str]
    """Only photos that are in these folders, too; what is there is kept."""
    folders: str
    """Whether the photos of a group lie in `any` folders, `across` several, or `within` one."""
    keep: str
    """What is kept: `newest`, `oldest`, `largest` or `smallest`."""
    keep_in: Sequence[str]
    """What is kept before that: a photo in the first of these folders, then in the second."""
    new: bool
    """Only groups with a photo that was in no group when duplicates were last asked for."""


OnProgress: TypeAlias = Callable[[str, int, int], None]
"""Hears what is being done, and that so many of so many are done; the last is 0 while unknown."""


def ignore(stage: str, done: int, total: int) -> None:
    """Hears the progress, and does nothing."""


def as_json(wish: DuplicatesWish) -> Json:
    """The fields of the request. Raises TypeError for one that there is not."""
    for name in wish.keys() - DuplicatesWish.__annotations__.keys():
        raise TypeError(f"there is no option '{name}'")
    return dict(wish)


def search(transport: Transport, wish: Json, on_progress: OnProgress) -> DuplicatesResult:
    """What the daemon finds. Raises whatever ImgsimdError it ends with."""
    groups: list[Json] = []
    for event in transport.stream("/v1/duplicates", wish):
        if "progress" in event:
            progress = Fields(event["progress"])
            on_progress(progress.text("stage"), progress.whole("done"), progress.whole("total"))
        groups += Fields(event).each_if_any("groups", lambda group: Fields(group).json)
    return DuplicatesResult({"groups": groups}, tuple(map(DuplicateGroup.of, groups)))
