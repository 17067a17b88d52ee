"""What can go, by all that was decided.

Groups are taken in the order in which the script moves their copies: exact ones first, since the
keeper of such a group may itself be a copy of another photo. At each step the photo that is kept is
still there, so of every photo that goes, one that shows it stays. What the user chose to keep, in
whatever group, never goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from imgsimd.client.duplicates import EXACT, DuplicateMember
from imgsimd.trash_script import Step
from imgsimd.web.duplicate_choice import Case, Fate


@dataclass(frozen=True, slots=True)
class Going:
    """A photo that can go."""

    number: int
    """Of its group, from 0."""
    case: Case
    member: DuplicateMember

    @property
    def step(self) -> Step:
        """For the script."""
        is_exact = self.case.group.tier == EXACT
        return Step(self.case.keeper, self.member, is_exact)


@dataclass(frozen=True, slots=True)
class Staying:
    """A photo that was to go, and does not."""

    number: int
    """Of its group, from 0."""
    member: DuplicateMember
    fate: Fate
    """Why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What can go of the groups that are decided."""

    decided: int
    """How many groups are."""
    going: Sequence[Going]
    """In the order of the script."""
    staying: Sequence[Staying]
    """What was to go, but is gone already, or must stay."""
    freed: int
    """How many bytes the disk has more of when all this is gone."""

    @property
    def paths(self) -> list[str]:
        """Of what can go."""
        return [each.member.path for each in self.going]

    @property
    def steps(self) -> list[Step]:
        """For the script."""
        return [each.step for each in self.going]


NOT_DECIDED = {
    Fate.GONE, Fate.CHANGED, Fate.UNREADABLE, Fate.ALONE, Fate.COMPARING, Fate.DIFFERENT,
    Fate.NEEDED, Fate.LAST,
}  # fmt: skip
"""Why a photo does not go although the user has not decided that it stays."""


def plan(cases: Sequence[Case]) -> Plan:
    """What can go, as the files were when they were looked at last."""
    decided = [(n, case) for n, case in enumerate(cases) if case.choice.is_decided]
    decided.sort(key=lambda each: each[1].group.tier != EXACT)
    chosen = set(_chosen(case for _, case in decided))
    going: dict[int, Going] = {}
    staying: list[Staying] = []
    for number, case in decided:
        is_lost = case.choice.keeper in going
        for member, fate in _fated(case):
            if fate is Fate.GOES and (is_lost or member.id in chosen):
                fate = Fate.LAST if is_lost else Fate.NEEDED
            if fate is Fate.GOES:
                going.setdefault(member.id, Going(number, case, member))
            elif fate in NOT_DECIDED:
                staying.append(Staying(number, member, fate))
    return Plan(len(decided), list(going.values()), staying, _freed(going))


def _chosen(cases: Iterable[Case]) -> Iterator[int]:
    """What the user has chosen to keep, rather than only left as it was proposed."""
    for case in cases:
        yield from case.choice.staying
        if case.is_by_hand:
            yield case.choice.keeper


def _fated(case: Case) -> Iterator[tuple[DuplicateMember, Fate]]:
    fates = case.fates()
    return ((member, fates[member.id]) for member in case.group.members)


def _freed(going: Mapping[int, Going]) -> int:
    """A file with several names is free only once all of them are gone."""
    files: dict[tuple[int, int], list[Going]] = {}
    freed = 0
    for image, each in going.items():
        now = each.case.files.get(image)
        if now is None or now.links == 1:
            freed += each.member.bytes
        else:
            files.setdefault(now.identity, []).append(each)
    for identity, names in files.items():
        now = names[0].case.files[names[0].member.id]
        if now.identity == identity and len(names) >= now.links:
            freed += names[0].member.bytes
    return freed
