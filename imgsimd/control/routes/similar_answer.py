"""What a question is answered with, as JSON."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from imgsimd.control.fields import PathText
from imgsimd.control.transform_answer import TransformAnswer
from imgsimd.search.other_machines import OtherMachines
from imgsimd.search.query import SearchResult
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import Match
from imgsimd.verification import Verdict, Verification

MOST_ALIKE = 100
"""Images that are named of those that show the same as one match."""


class Here(NamedTuple):
    """This machine, as one of those that share a gallery."""

    name: str
    number: HostNumber


def _place(match: Match, here: Here | None) -> tuple[str | None, int | None]:
    """Which machine has it, and under which shared id."""
    if match.host is not None:
        return match.host, match.id
    return (None, None) if here is None else (here.name, shared(here.number, match.id))


@dataclass
class PhotoAnswer:
    """An image; `host` and `shared_id` are as in a match."""

    id: int
    path: PathText
    host: str | None
    shared_id: int | None

    @classmethod
    def of(cls, match: Match, here: Here | None) -> PhotoAnswer:
        return cls(match.id, os.fsdecode(match.path), *_place(match, here))


@dataclass
class AlikeAnswer:
    """Images that show the same as a match and are less near: how many, and the nearest ones."""

    count: int
    photos: list[PhotoAnswer]

    @classmethod
    def of(cls, alike: Sequence[Match], here: Here | None) -> AlikeAnswer:
        return cls(len(alike), [PhotoAnswer.of(each, here) for each in alike[:MOST_ALIKE]])


@dataclass
class MatchAnswer:
    """One match. `exact_rank` is the rank by distance alone, among all images that may be matches.
    `host` is the name of the machine that has it: if that is another one, `path` is there, and `id`
    is the `shared_id`, which is unique among all machines. Both are null where the gallery is not
    shared. `verdict`, `inliers` and `transform` are null if it was not verified, and `alike` if
    none was looked for."""

    rank: int
    exact_rank: int
    id: int
    path: PathText
    host: str | None
    shared_id: int | None
    distance: float
    similarity: float
    verdict: Verdict | None
    inliers: int | None
    transform: TransformAnswer | None
    alike: AlikeAnswer | None

    @classmethod
    def of(
        cls,
        match: Match,
        verification: Verification | None,
        alike: Sequence[Match] | None,
        here: Here | None,
    ) -> MatchAnswer:
        host, shared_id = _place(match, here)
        return cls(
            rank=match.rank,
            exact_rank=match.exact_rank,
            id=match.id,
            path=os.fsdecode(match.path),
            host=host,
            shared_id=shared_id,
            distance=match.distance,
            similarity=match.similarity,
            verdict=verification.verdict if verification else None,
            inliers=verification.inliers if verification else None,
            transform=TransformAnswer.of(verification),
            alike=None if alike is None else AlikeAnswer.of(alike, here),
        )


@dataclass
class SimilarAnswer:
    """The matches, best first. `reranked` says whether the order is a better one than by distance;
    the first match is the nearest all the same. `weak` says whether nothing close was found; null
    if nobody knows what is close: by this model, or to what is left where a picture was taken away.
    `unverified` says how many photos should have been verified, but could not be: they are gone,
    were just changed, or cannot be read now. If another model than the serving one was asked,
    `embedded` says how many images it has seen, and `of` how many there are; else both are null.
    `local_only` says whether only this machine's images were searched, though those of others were
    asked for, since the server that has them cannot be used; `trouble` says why, and is null
    otherwise."""

    model: str
    matches: list[MatchAnswer]
    reranked: bool
    weak: bool | None
    unverified: int
    embedded: int | None
    of: int | None
    local_only: bool
    trouble: str | None

    @classmethod
    def from_result(cls, result: SearchResult, machines: OtherMachines | None) -> SimilarAnswer:
        """`machines`: those that share the gallery."""
        verified, alike = result.verifications, result.alike
        here = Here(machines.own_name, result.host) if machines and result.host else None
        matches = [
            MatchAnswer.of(match, verified.get(match.id), alike.get(match.id), here)
            for match in result.matches
        ]
        is_found = any(each.verdict is Verdict.SAME for each in verified.values())
        is_weak = result.is_weak and not is_found
        embedded, of = result.coverage or (None, None)
        return cls(
            model=result.model.name,
            matches=matches,
            reranked=result.is_reranked,
            weak=is_weak,
            unverified=result.unverified,
            embedded=embedded,
            of=of,
            local_only=result.trouble is not None,
            trouble=result.trouble,
        )
