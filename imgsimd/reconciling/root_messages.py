"""What the user must know about the roots and the settings for them, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from imgsimd.paths import enclosing, text
from imgsimd.problems import (
    FILES_SKIPPED,
    IMAGES_HIDDEN,
    PATH_LED_ELSEWHERE,
    PATTERN_MOVED,
    PATTERN_UNUSED,
    ROOT_DEGRADED,
    ROOT_LEFT_OUT,
    ROOT_OFFLINE,
    ROOT_POLLED,
    Problem,
)
from imgsimd.reconciling.configured_roots import ConfiguredRoots
from imgsimd.reconciling.deletions import Deletions
from imgsimd.reconciling.survey import Survey
from imgsimd.types import FilePath, RootState
from imgsimd.watching.remarks import Remarks
from imgsimd.watching.watched_root import Root

_STATES = {
    RootState.OFFLINE: ROOT_OFFLINE,
    RootState.DEGRADED: ROOT_DEGRADED,
    RootState.POLLED: ROOT_POLLED,
}


class RootMessages:
    """Lives on the event loop; asks no disk."""

    def __init__(
        self, roots: ConfiguredRoots, survey: Survey, deletions: Deletions, remarks: Remarks
    ) -> None:
        self._roots = roots
        self._survey = survey
        self._deletions = deletions
        self._remarks = remarks

    @property
    def roots(self) -> list[Root]:
        """Every configured root as it was last found, with the reasons in words."""
        return [self._explained(root) for root in self._roots.supervisor.roots]

    def _explained(self, root: Root) -> Root:
        reasons = self._deletions.reasons(root.path)
        if root.state is not RootState.OFFLINE:
            reasons += self._remarks.reasons(root.path)
        reason = self._roots.moved_folders.messages.reason(root)
        return replace(root, reason="; ".join(filter(None, [reason, *reasons])))

    @property
    def of_roots(self) -> Iterator[Problem]:
        """What is wrong with the roots, or worth knowing: one problem for each reason."""
        for root in self._roots.supervisor.roots:
            name = text(root.path)
            reason = self._roots.moved_folders.messages.reason(root)
            if root.state in _STATES:
                yield _STATES[root.state].problem(f"{name} is {root.state.value}: {reason}")
            for reason in self._deletions.reasons(root.path):
                yield IMAGES_HIDDEN.problem(f"{name}: {reason}")
            if root.state is not RootState.OFFLINE:
                for reason in self._remarks.reasons(root.path):
                    yield FILES_SKIPPED.problem(f"{name}: {reason}")

    @property
    def of_settings(self) -> list[Problem]:
        """Settings of the user that have no effect, or another one than before."""
        moved = self._roots.moved_folders.messages.notes
        found = [*map(PATH_LED_ELSEWHERE.problem, moved)]
        found += map(ROOT_LEFT_OUT.problem, self._roots_left_out())
        found += map(PATTERN_MOVED.problem, self._roots.relocator.patterns.notes)
        online = self._roots.online
        if online and self._survey.scanned.issuperset(online):
            # Before that, a pattern may match something that has not been scanned yet.
            unused = map(_idle, self._survey.selection.idle_patterns)
            found += map(PATTERN_UNUSED.problem, unused)
        return found

    def _roots_left_out(self) -> Iterator[str]:
        for name, place in self._roots.names.items():
            outer = enclosing(place, self._roots.paths)
            if outer is not None and not self._survey.selection.looks_into(outer, place):
                yield _left_out(name, outer)


def _left_out(name: FilePath, root: FilePath) -> str:
    return (
        f"{text(name)} in `roots` has no effect: it lies in {text(root)}, which is watched, and is "
        "left out there, by its name or by `ignore`."
    )


def _idle(pattern: str) -> str:
    if pattern.startswith("!"):
        return (
            f"The pattern `{pattern}` in `ignore` has no effect: it matches nothing except in "
            "folders that are left out as a whole."
        )
    what = "path" if "/" in pattern.rstrip("/") else "name"
    return (
        f"The pattern `{pattern}` in `ignore` matches nothing: no file or folder in the watched "
        f"folders that are online has such a {what} (patterns are case-sensitive)."
    )
