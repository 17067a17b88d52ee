"""A question, its answer, and why there may be none: plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from imgsimd.gallery.answering import Coverage
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.conditions import ANY, Conditions
from imgsimd.paths import text
from imgsimd.shared_ids import HostNumber
from imgsimd.types import FilePath, FileState, ImageId, Match
from imgsimd.vectors import Vector
from imgsimd.verification import Verification
from imgsimd.words import printable


class View(NamedTuple):
    """A way to look at a picture."""

    vector: Sequence[float]
    penalty: float
    """So much farther than it is counts a photo that lies near to this view."""


@dataclass(frozen=True, slots=True)
class Query:
    """A picture to compare with: one in the gallery, by `path`, or any other, by its `vector`."""

    path: FilePath | None = None
    """With a vector, it only names an image that is not to be among the matches, unless the filter
    includes those of the queries."""
    state: FileState | None = None
    """If given, the path means the file with this size, mtime and inode, and no other."""
    vector: Sequence[float] | None = None
    """As many numbers as the serving model's vectors have; of any length but 0."""
    model: str | None = None
    """The model that made the vector and those of the views, by its identity, or by its name. If
    another one answers, there is no answer."""
    views: Sequence[View] = ()
    """Other ways to look at the picture; only a question for the very picture uses them."""
    features: bytes | None = None
    """What a picture that is not in the gallery is verified by."""
    weight: float = 1.0
    """Of several queries, one with twice the weight counts twice. One with a negative weight is
    taken away: matches look less like it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which images may be matches."""

    leave_out: Sequence[FilePath] = ()
    """The images at these paths may not."""
    max_distance: float | None = None
    """How far away a match may be, from 0 to 2."""
    include_queries: bool = False
    """Whether the images of the queries may be."""
    conditions: Conditions = ANY
    """What is demanded of them otherwise."""
    hosts: tuple[str, ...] = ()
    """The names of the machines whose images may be, where several share a gallery; empty: all."""
    is_own: bool = False
    """Whether only this machine's images may be."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which `k` images are nearest to the weighted mean of the queries' vectors?"""

    queries: Sequence[Query]
    """At least one."""
    k: int
    filter: Filter = Filter()
    collapse: bool = False
    """Whether matches that show the same count as one: see `collapse`."""
    rerank: bool = False
    """Whether the order is a better one than by distance alone: see `reranking`."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer."""

    model: Served
    """Whose vectors were compared."""
    matches: Sequence[Match]
    """Best first: by distance, equal distances by id, unless they are re-ranked."""
    is_reranked: bool = False
    """Whether they are: see `reranking`."""
    alike: Mapping[ImageId, Sequence[Match]] = field(default_factory=dict)
    """For each match the worse ones that show the same; empty if the question does not ask."""
    is_weak: bool | None = None
    """Whether nothing close was found, so that even the best match is likely to show something
    else; None if that cannot be told."""
    verifications: Mapping[ImageId, Verification] = field(default_factory=dict)
    """Of the matches that were verified."""
    unverified: int = 0
    """Photos that should have been verified, but could not be."""
    coverage: Coverage | None = None
    """How far the model is, if it is not the serving one."""
    host: HostNumber | None = None
    """This machine's number, if it shares the gallery with others."""
    distant: Mapping[ImageId, Vector] = field(default_factory=dict)
    """The vectors of other machines' matches, if the question asks what shows the same."""
    trouble: str | None = None
    """Why other machines' photos are missing, though they are asked for: a sentence."""


class QuestionError(Exception):
    """A question that has no answer, with a sentence that says why. The routes refuse such a
    question with a RequestError."""

    def __init__(self, message: str, numbers: Sequence[int]) -> None:
        super().__init__(message)
        self.numbers = numbers
        """Which queries are to blame, from 0."""


class UnknownPicturesError(QuestionError):
    """These queries name files that are not in the gallery, or not as they are now."""

    def __init__(self, pictures: dict[int, FilePath]) -> None:
        """All such queries of the question: number and path."""
        first = text(next(iter(pictures.values())))
        super().__init__(
            f"{first} is not in the gallery (as it is now): send its vector.", list(pictures)
        )
        self.paths = list(pictures.values())


class UnverifiableError(QuestionError):
    """The question cannot be answered with verifications."""


class UnknownHostError(QuestionError):
    """The filter names machines that do not share the gallery."""

    def __init__(self, names: Sequence[str], known: Sequence[str]) -> None:
        """No machine is `known` where the gallery is not shared."""
        unknown = " or ".join(map(printable, names))
        if known:
            which = f"Those that share it: {', '.join(map(printable, sorted(set(known))))}."
        else:
            which = "It is not shared with other machines: see `[index]` in the README."
        super().__init__(f"No machine called {unknown} shares this gallery. {which}", ())


class BadVectorError(QuestionError):
    """The vector of a query cannot be compared with others."""


class OtherModelError(QuestionError):
    """The vector of a query is by another model than the one that answers."""


class NothingLeftError(QuestionError):
    """The queries cancel each other out: their sum is too short to have a direction."""
