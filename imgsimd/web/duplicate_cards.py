"""How the photos of a group are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imgsimd.client import copy_words
from imgsimd.client.comparisons import Comparison
from imgsimd.client.duplicates import EXACT, SIMILAR, DuplicateMember
from imgsimd.web import thumbnails
from imgsimd.web.duplicate_choice import Case, Fate

MEMBERS = 24
"""Photos of a group on one page, besides the one to keep."""
_LARGE, _SMALL = 768, 384
_FEW = 6
"""So many photos are shown large."""
FATES = {
    Fate.KEPT: "Keep",
    Fate.GOES: "Can go",
    Fate.STAYS: "Stays, too",
    Fate.APART: "Not a duplicate",
    Fate.ALIKE: "Only looks alike",
    Fate.LINK: "Stays: it is the very file to keep, under another name",
    Fate.GONE: "Gone since the search",
    Fate.CHANGED: "Changed since the search",
    Fate.UNREADABLE: "Cannot be read now",
    Fate.ALONE: "Stays: the photo to keep is gone or was changed",
    Fate.COMPARING: "Being compared with the one you keep",
    Fate.DIFFERENT: "Stays: not certain to show the picture that you keep",
    Fate.NEEDED: "Stays: you keep it in another group",
    Fate.LAST: "Stays: the photo to keep can go in another group",
}
"""What happens to a photo, in words."""


@dataclass(frozen=True, slots=True)
class MemberCard:
    """A photo of a group."""

    member: DuplicateMember
    position: int
    """From 1, the photo to keep first."""
    fate: Fate
    words: str
    """What was done to it, or how it compares with the photo to keep."""
    thumbnail: str

    @property
    def fate_in_words(self) -> str:
        """What happens to it."""
        return FATES[self.fate]

    # Of the photo, for templates/card.html

    @property
    def pixels(self) -> tuple[int, int] | None:
        return self.member.pixels

    @property
    def bytes(self) -> int:
        return self.member.bytes

    @property
    def taken(self) -> str | None:
        return self.member.taken

    @property
    def mtime_ns(self) -> int:
        return self.member.mtime_ns


def cards(case: Case, page: int) -> list[MemberCard]:
    """The photo to keep, and a page of the others; the first page is 1."""
    ordered, fates = case.ordered(), case.fates()
    size = _LARGE if len(ordered) <= _FEW else _SMALL
    first = 1 + (page - 1) * MEMBERS
    numbered = [(0, ordered[0]), *enumerate(ordered[first : first + MEMBERS], first)]
    return [
        MemberCard(
            member,
            number + 1,
            fates[member.id],
            _words(case, member),
            thumbnails.of_photo(member, size),
        )
        for number, member in numbered
    ]


def shown(case: Case, page: int) -> Sequence[DuplicateMember]:
    """The members of these cards."""
    ordered, first = case.ordered(), 1 + (page - 1) * MEMBERS
    return [ordered[0], *ordered[first : first + MEMBERS]]


def _words(case: Case, member: DuplicateMember) -> str:
    if member.id == case.choice.keeper:
        return ""
    if case.group.tier == EXACT:
        return "the same content, byte by byte"
    if case.group.tier == SIMILAR:
        return f"distance {member.distance:.3f}"
    if not case.is_by_hand:
        return copy_words.described(member.transform) if member.transform else ""
    found = case.found(member)
    if isinstance(found, Comparison):
        return copy_words.described(found.transform) if found.transform else ""
    return found or ""
