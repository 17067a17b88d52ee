"""What a user has decided about one group of duplicates, and what follows for each photo of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from imgsimd.client.comparisons import Comparison
from imgsimd.client.duplicates import EXACT, SIMILAR, DuplicateGroup, DuplicateMember
from imgsimd.verification import Verdict
from imgsimd.web.duplicate_files import FileNow


class Fate(StrEnum):
    """What happens to a photo of a group if what is decided is carried out."""

    KEPT = "kept"
    """It is the photo to keep."""
    GOES = "goes"
    """It can go. All others stay, for a reason each."""
    STAYS = "stays"
    """The user said so."""
    APART = "apart"
    """The user said that it is no duplicate."""
    ALIKE = "alike"
    """It only looks like the photo to keep."""
    LINK = "link"
    """It is the very file to keep, under another name: nothing is gained without it."""
    GONE = "gone"
    CHANGED = "changed"
    UNREADABLE = "unreadable"
    ALONE = "alone"
    """The photo to keep is gone or was changed."""
    COMPARING = "comparing"
    """It was compared with the photo that was proposed, not yet with the one that is kept."""
    DIFFERENT = "different"
    """Compared with the photo that is kept, it is not certain to show the same picture."""
    NEEDED = "needed"
    """The user keeps it in another group."""
    LAST = "last"
    """The photo to keep goes in another group."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is decided about one group. Photos are named by their ids."""

    keeper: int
    staying: frozenset[int] = frozenset()
    """What stays beside the keeper."""
    apart: frozenset[int] = frozenset()
    """What is no duplicate, which the daemon remembers."""
    is_decided: bool = False

    def accepted(self) -> Choice:
        """What is marked can go."""
        return replace(self, is_decided=True)

    def keeping(self, member: int) -> Choice:
        """Another photo is the one to keep."""
        return replace(self, keeper=member, staying=self.staying - {member})

    def toggled(self, member: int) -> Choice:
        """A photo stays, too; or does not, if it did."""
        return replace(self, staying=self.staying ^ {member})

    def keeping_all(self, members: Collection[int]) -> Choice:
        """Nothing goes."""
        return replace(self, staying=frozenset(members) - {self.keeper}, is_decided=True)

    def without(self, apart: Collection[int], members: Collection[int]) -> Choice:
        """Some are no duplicates. Where nothing else is left, that decides about the group."""
        now = self.apart | frozenset(apart)
        left = frozenset(members) - now - {self.keeper}
        return replace(self, apart=now, is_decided=self.is_decided or not left)


@dataclass(slots=True)
class Case:
    """A group, what is decided about it, and what is known of its files by now."""

    group: DuplicateGroup
    choice: Choice
    files: dict[int, FileNow] = field(default_factory=dict)
    """Of those members that were looked at since the search."""
    compared: dict[tuple[int, int], Comparison | str] = field(default_factory=dict)
    """By keeper and member: what came of comparing them, or why that was not possible."""

    @classmethod
    def of(cls, group: DuplicateGroup) -> Case:
        """Nothing is decided about it."""
        return cls(group, Choice(group.members[0].id))

    @property
    def keeper(self) -> DuplicateMember:
        """The photo that is kept."""
        return self.member(self.choice.keeper)

    @property
    def is_by_hand(self) -> bool:
        """Whether another photo is kept than was proposed."""
        return self.choice.keeper != self.group.members[0].id

    @property
    def ids(self) -> list[int]:
        """Of all members."""
        return [member.id for member in self.group.members]

    def has(self, member: int) -> bool:
        """Whether a photo belongs to the group."""
        return any(each.id == member for each in self.group.members)

    def member(self, member: int) -> DuplicateMember:
        """One of the members, by its id."""
        return next(each for each in self.group.members if each.id == member)

    def ordered(self) -> list[DuplicateMember]:
        """All members, the keeper first, the others as they were found."""
        others = [each for each in self.group.members if each.id != self.choice.keeper]
        return [self.keeper, *others]

    def found(self, member: DuplicateMember) -> Comparison | str | None:
        """What came of comparing a member with the keeper, if that was chosen by the user; None
        while it was not."""
        return self.compared.get((self.choice.keeper, member.id))

    def needs_comparing(self) -> list[DuplicateMember]:
        """The members of which nobody knows whether they show the picture that is kept."""
        if self.group.tier == EXACT or self.group.tier == SIMILAR or not self.is_by_hand:
            return []
        return [
            each
            for each in self.group.members
            if each.id not in {self.choice.keeper, *self.choice.apart} and self.found(each) is None
        ]

    def fates(self) -> Mapping[int, Fate]:
        """What happens to each member if the choice is carried out, whether it is decided yet or
        not."""
        keeper = self.files.get(self.choice.keeper)
        return {each.id: self._fate(each, keeper) for each in self.group.members}

    def _fate(self, member: DuplicateMember, keeper: FileNow | None) -> Fate:
        choice, now = self.choice, self.files.get(member.id)
        if now is not None and not now.is_unchanged:
            return Fate(now.condition)
        if member.id == choice.keeper:
            return Fate.KEPT
        if member.id in choice.apart:
            return Fate.APART
        if self.group.tier == SIMILAR:
            return Fate.ALIKE
        if member.id in choice.staying:
            return Fate.STAYS
        if keeper is not None and not keeper.is_unchanged:
            return Fate.ALONE
        if _is_link(now, keeper) or (member.same_inode and not self.is_by_hand):
            return Fate.LINK
        return self._certainty(member)

    def _certainty(self, member: DuplicateMember) -> Fate:
        """Whether it was compared with the very photo that is kept."""
        if self.group.tier == EXACT or not self.is_by_hand:
            return Fate.GOES
        found = self.found(member)
        if found is None:
            return Fate.COMPARING
        is_same = isinstance(found, Comparison) and found.verdict == Verdict.SAME
        return Fate.GOES if is_same else Fate.DIFFERENT


def _is_link(now: FileNow | None, keeper: FileNow | None) -> bool:
    return now is not None and keeper is not None and now.identity == keeper.identity
