"""Photos that look like what was asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from imgsimd.client.json_fields import Answer, Fields

if TYPE_CHECKING:
    from imgsimd.client.comparisons import Transform


class Placed:
    """A photo that this machine has, or one of those that share a gallery with it."""

    __slots__ = ()
    id: int
    path: str
    host: str | None
    shared_id: int | None

    @property
    def is_elsewhere(self) -> bool:
        """Whether another machine has it: then nothing lies at its path here, and `id` is the
        `shared_id`."""
        return self.id == self.shared_id

    @property
    def place(self) -> str:
        """Its path; `HOST:/path` if another machine has it."""
        return f"{self.host}:{self.path}" if self.is_elsewhere else self.path


@dataclass(frozen=True, slots=True)
class Photo(Answer, Placed):
    """An indexed photo."""

    id: int
    path: str
    """On the machine that has it."""
    host: str | None = None
    """See `Match`."""
    shared_id: int | None = None
    """See `Match`."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            id=fields.whole("id"),
            path=fields.text("path"),
            host=fields.text_if_any("host"),
            shared_id=fields.whole_or_none("shared_id"),
        )


@dataclass(frozen=True, slots=True)
class Alike(Answer):
    """Photos that show the same as a match, and are less near."""

    count: int
    photos: tuple[Photo, ...]
    """The nearest of them, at most 100."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(fields.json, fields.whole("count"), fields.each("photos", Photo.of))


@dataclass(frozen=True, slots=True)
class Match(Answer, Placed):
    """A photo that looks like what was asked about."""

    rank: int
    """From 1."""
    exact_rank: int
    """The rank by distance alone, among all photos that may be matches."""
    id: int
    """Of the photo, which keeps it when it moves or changes."""
    path: str
    """On the machine that has it."""
    host: str | None
    """The machine that has it, if several share a gallery."""
    shared_id: int | None
    """What is unique among these machines."""
    distance: float
    """L2 distance of the vectors: 0 (identical) to 2."""
    similarity: float
    """Cosine of the vectors: 0 (nothing in common) to 1."""
    verdict: str | None
    """Whether it shows the very picture that was asked about: `same`, `probably` or `no`; None if
    it was not verified."""
    inliers: int
    """How many points of the two agree."""
    transform: Transform | None
    """What makes the asked picture from this one."""
    alike: Alike | None
    """The photos that show the same, if the question collapses them."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            rank=fields.whole("rank"),
            exact_rank=fields.whole_if_any("exact_rank") or fields.whole("rank"),
            id=fields.whole("id"),
            path=fields.text("path"),
            host=fields.text_if_any("host"),
            shared_id=fields.whole_or_none("shared_id"),
            distance=fields.number("distance"),
            similarity=fields.number("similarity"),
            verdict=fields.text_if_any("verdict"),
            inliers=fields.whole_if_any("inliers"),
            transform=fields.inner_if_any("transform", _transform),
            alike=fields.inner_if_any("alike", Alike.of),
        )


@dataclass(frozen=True, slots=True)
class SimilarResult(Answer):
    """The matches, best first, and the model that compared them."""

    model: str
    matches: tuple[Match, ...]
    is_reranked: bool
    """Whether the order is a better one than by distance."""
    is_weak: bool | None
    """Whether nothing close was found, so that even the best match is likely to show something
    else; None if that is not known of the model."""
    unverified: int
    """How many photos should have been verified, but could not be."""
    embedded: int | None = None
    """How many photos the model has seen; None of the one in use, which has seen all."""
    searchable: int | None = None
    """Of how many; `of` in JSON."""
    is_local_only: bool = False
    """Whether only this machine's photos were searched, though others' were asked for."""
    trouble: str | None = None
    """Why, in a sentence."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            model=fields.text("model"),
            matches=fields.each("matches", Match.of),
            is_reranked=fields.flag_if_any("reranked") or False,
            is_weak=fields.flag_if_any("weak"),
            unverified=fields.whole_if_any("unverified") or 0,
            embedded=fields.whole_or_none("embedded"),
            searchable=fields.whole_or_none("of"),
            is_local_only=fields.flag_if_any("local_only") or False,
            trouble=fields.text_if_any("trouble"),
        )


def _transform(answer: object) -> Transform:
    from imgsimd.client.comparisons import Transform  # rarely needed

    return Transform.of(answer)
