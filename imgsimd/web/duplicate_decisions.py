"""What was decided about the groups of one search, step by step, so that each can be undone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from imgsimd.client.comparisons import Comparison
from imgsimd.client.duplicates import EXACT, DuplicateGroup, DuplicateMember
from imgsimd.client.limits import MOST_APART
from imgsimd.errors import NoDaemonError, NotInTimeError, RequestError
from imgsimd.web.duplicate_choice import Case, Choice
from imgsimd.web.duplicate_files import look
from imgsimd.web.duplicate_plan import Plan, plan
from imgsimd.words import counted


@dataclass(frozen=True, slots=True)
class UndoStep:
    """What can be taken back."""

    before: Mapping[int, Choice]
    """By the number of each group: what was chosen before."""
    apart: tuple[str, ...] = ()
    """Paths of photos that the daemon was told are no duplicates."""


class Decisions:
    """Groups are numbered from 0. Any thread may use it: what a visitor does in one tab is seen in
    the others."""

    def __init__(self, groups: Sequence[DuplicateGroup]) -> None:
        self._cases = [Case.of(group) for group in groups]
        self._steps: list[UndoStep] = []
        self._lock = threading.RLock()
        self._plan: Plan | None = None

    def __len__(self) -> int:
        return len(self._cases)

    @property
    def is_begun(self) -> bool:
        """Whether there is anything to undo."""
        return bool(self._steps)

    def case(self, number: int) -> Case:
        """A group and what is known of it; it is not to be changed. Raises RequestError."""
        if not 0 <= number < len(self._cases):
            raise RequestError("not_found", 404, "There is no such group.")
        with self._lock:
            return replace(self._cases[number])

    def cases(self, numbers: range) -> list[Case]:
        """Some of the groups, as `case`."""
        with self._lock:
            return [replace(case) for case in self._cases[numbers.start : numbers.stop]]

    def plan(self) -> Plan:
        """What can go now."""
        with self._lock:
            if self._plan is None:
                self._plan = plan(self._cases)
            return self._plan

    def undecided_after(self, number: int) -> int | None:
        """The next group about which nothing is decided, from this one on, then from the first."""
        with self._lock:
            count = len(self._cases)
            following = ((number + 1 + n) % count for n in range(count))
            return next((n for n in following if not self._cases[n].choice.is_decided), None)

    # Decisions

    def accept(self, number: int) -> None:
        """What is marked in the group can go."""
        self.look(number)
        self._change({number: self.case(number).choice.accepted()})

    def accept_rest(self) -> int:
        """The same for all groups about which nothing is decided. How many there were."""
        with self._lock:
            rest = [n for n, case in enumerate(self._cases) if not case.choice.is_decided]
        for number in rest:
            self.look(number)
        with self._lock:
            choices = {n: self._cases[n].choice for n in rest}
            self._change({n: c.accepted() for n, c in choices.items() if not c.is_decided})
        return len(rest)

    def keep(self, number: int, member: int) -> None:
        """Another photo of the group is the one to keep. Raises RequestError."""
        case = self._with(number, member)
        if member in case.choice.apart:
            raise _bad("This photo is no duplicate of the others any more: undo that first.")
        self._change({number: case.choice.keeping(member)})

    def toggle(self, number: int, member: int) -> None:
        """A photo stays, too; or does not, if it did. Raises RequestError."""
        case = self._with(number, member)
        if member == case.choice.keeper or member in case.choice.apart:
            raise _bad("This photo stays anyway.")
        self._change({number: case.choice.toggled(member)})

    def keep_all(self, number: int) -> None:
        """Nothing of the group goes."""
        case = self.case(number)
        self._change({number: case.choice.keeping_all(case.ids)})

    def apart(self, number: int, member: int | None, remember: Callable[..., object]) -> None:
        """A photo is no duplicate of the one to keep; without one, no two of the group are.
        `remember` tells the daemon, by the paths. Raises RequestError, and whatever that raises."""
        case = self.case(number)
        about = self._about(number, case, member)
        paths = tuple(each.path for each in about)
        others = {each.id for each in about} - {case.choice.keeper}
        if others <= case.choice.apart:
            return
        remember(*paths)
        with self._lock:
            choice = self._cases[number].choice
            self._change({number: choice.without(others, case.ids)}, paths)

    def _about(self, number: int, case: Case, member: int | None) -> Sequence[DuplicateMember]:
        """The photos no two of which are duplicates. Raises RequestError."""
        if member is not None and member != case.choice.keeper and case.group.tier != EXACT:
            return case.keeper, self._with(number, member).member(member)
        about = [each for each in case.group.members if each.id not in case.choice.apart]
        if len(about) > MOST_APART:
            raise _bad(
                f"This group has {counted(len(about), 'photo')}, and of at most {MOST_APART} at "
                "once it can be remembered that they are no duplicates. Keep all of them instead."
            )
        return about

    def undo(self, forget: Callable[..., object]) -> int | None:
        """Takes the latest step back. `forget` has the daemon forget what it was told, by the
        paths. While no daemon answers, nothing is undone; if it refuses, as where a photo is gone,
        the step stays as it is, and the one before is the next to be undone. The number of the
        first group that it was about; None where there is nothing to undo."""
        with self._lock:
            step = self._steps.pop() if self._steps else None
        if step is None:
            return None
        try:
            if step.apart:
                forget(*step.apart)
        except (NoDaemonError, NotInTimeError):
            with self._lock:
                self._steps.append(step)
            raise
        with self._lock:
            for number, choice in step.before.items():
                self._cases[number].choice = choice
            self._plan = None
        return min(step.before)

    # What is known of the files

    def look(self, number: int, members: Iterable[DuplicateMember] | None = None) -> None:
        """Sees how the files of a group, or some of them, are now. Raises RequestError."""
        case = self.case(number)
        seen = {each.id: look(each) for each in (members or case.group.members)}
        with self._lock:
            files = self._cases[number].files
            if any(files.get(image) != now for image, now in seen.items()):
                self._cases[number].files = {**files, **seen}
                self._plan = None

    def look_at_decided(self) -> None:
        """Sees how the files of all groups are now that are decided."""
        with self._lock:
            decided = [n for n, case in enumerate(self._cases) if case.choice.is_decided]
        for number in decided:
            self.look(number)

    def found(self, number: int, pair: tuple[int, int], what: Comparison | str) -> None:
        """What came of comparing a keeper with a member, or why that was not possible."""
        with self._lock:
            case = self._cases[number]
            case.compared = {**case.compared, pair: what}
            self._plan = None

    def _with(self, number: int, member: int) -> Case:
        case = self.case(number)
        if not case.has(member):
            raise _bad("This photo is not in the group.")
        return case

    def _change(self, choices: Mapping[int, Choice], apart: Collection[str] = ()) -> None:
        with self._lock:
            new = {n: c for n, c in choices.items() if self._cases[n].choice != c}
            if not new:
                return
            before = {number: self._cases[number].choice for number in new}
            self._steps.append(UndoStep(before, tuple(apart)))
            for number, choice in new.items():
                self._cases[number].choice = choice
            self._plan = None


def _bad(sentence: str) -> RequestError:
    return RequestError("bad_request", 400, sentence)
