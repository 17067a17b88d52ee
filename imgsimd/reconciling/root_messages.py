"""What the user must know about the roots and the settings for them, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from imgsimd.paths import enclosing, quoted, text
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
    Finding,
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
    """Runs on the event loop; asks no disk."""

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
        found = [*self._of_state(root), *self._deletions.reasons(root.path)]
        return replace(root, reasons=(*found, *self._of_files(root)))

    def _of_state(self, root: Root) -> tuple[Finding, ...]:
        return self._roots.moved_folders.messages.reasons(root)

    def _of_files(self, root: Root) -> list[Finding]:
        if root.state is RootState.OFFLINE:
            return []
        return self._remarks.reasons(root.path)

    @property
    def of_roots(self) -> Iterator[Problem]:
        """What is wrong with the roots, or worth knowing: one problem for each reason."""
        for root in self._roots.supervisor.roots:
            name = text(root.path)
            if root.state in _STATES:
                for reason in self._of_state(root):
                    yield _STATES[root.state].found(reason, f"{name} is {root.state.value}: ")
            for reason in self._deletions.reasons(root.path):
                yield IMAGES_HIDDEN.found(reason, f"{name}: ")
            for reason in self._of_files(root):
                yield FILES_SKIPPED.found(reason, f"{name}: ")

    @property
    def of_settings(self) -> list[Problem]:
        """Settings of the user that have no effect, or another effect than before."""
        moved = self._roots.moved_folders.messages.notes
        found = [*map(PATH_LED_ELSEWHERE.found, moved)]
        found += map(ROOT_LEFT_OUT.found, self._roots_left_out())
        found += map(PATTERN_MOVED.found, self._roots.relocator.patterns.notes)
        online = self._roots.online
        if online and self._survey.scanned.issuperset(online):
            # Before that, a pattern may match something that has not been scanned yet.
            unused = map(_idle, self._survey.selection.idle_patterns)
            found += map(PATTERN_UNUSED.found, unused)
        return found

    def _roots_left_out(self) -> Iterator[Finding]:
        for name, place in self._roots.names.items():
            outer = enclosing(place, self._roots.paths)
            if outer is not None and not self._survey.selection.looks_into(outer, place):
                yield _left_out(name, outer)


def _left_out(name: FilePath, root: FilePath) -> Finding:
    return Finding(
        f"{text(name)} in `roots` has no effect: it lies in {text(root)}, which is watched, and is "
        "left out there, by its name or by `ignore`",
        f"To remove it from `roots`: imgsimctl unwatch {quoted(name)}",
    )


def _idle(pattern: str) -> Finding:
    if pattern.startswith("!"):
        return Finding(
            f"The pattern `{pattern}` in `ignore` has no effect: it matches nothing except in "
            "folders that are left out as a whole",
            "Remove it, or the pattern that leaves out the folder.",
        )
    what = "path" if "/" in pattern.rstrip("/") else "name"
    return Finding(
        f"The pattern `{pattern}` in `ignore` matches nothing: no file or folder in the watched "
        f"folders that are online has such a {what}",
        "Correct it, or remove it. Patterns are case-sensitive.",
    )
