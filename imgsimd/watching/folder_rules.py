"""Rules that lie in folders: `.nomedia` and the like, and the patterns of `.imgsimdignore`."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from pathspec import GitIgnoreSpec

from imgsimd import patterns
from imgsimd.paths import text
from imgsimd.problems import Finding
from imgsimd.types import FilePath
from imgsimd.watching.configured_ignores import relative

MARKERS = frozenset(
    [b".nomedia", b".noimage", b".noindex", b".metadata_never_index", b".trackerignore"]
)
"""Files of Android, Nextcloud, macOS and GNOME that leave out their folder and all below it."""
IGNORE_FILE = b".imgsimdignore"
"""A file of patterns, like .gitignore."""
RULE_FILES = MARKERS | {IGNORE_FILE}
"""Names of files that are rules for their folder."""
_MOST_BYTES = 2**20
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The patterns of one folder, for all below it. Equal if folder and text are."""

    folder: FilePath
    text: bytes
    problems: tuple[Finding, ...] = field(compare=False)
    """A sentence for each line that has no meaning."""
    _spec: GitIgnoreSpec = field(compare=False, repr=False)

    def verdict(self, path: FilePath, is_folder: bool) -> bool | None:
        """As `Ignoring.verdict`."""
        return self._spec.check_file(relative(path, self.folder, is_folder)).include


Rules: TypeAlias = tuple[IgnoreFile, ...]
"""The rules for a folder: its own patterns, then those of the folders above."""


def inside(folder: FilePath, rule_files: Collection[bytes], above: Rules) -> Rules | None:
    """The rules for what is in a folder that contains `rule_files`; None if all of it is left out.

    `above` are the rules for the folder itself. Reads an `.imgsimdignore` from the disk. One that
    cannot be read leaves out everything, since its author may want to hide any of it.
    """
    if not rule_files:
        return above
    if not MARKERS.isdisjoint(rule_files):
        return None
    try:
        text = _content(os.path.join(folder, IGNORE_FILE))
    except FileNotFoundError:
        return above
    except OSError:
        return None
    return (_parsed(folder, text), *above)


def problems(
    root: FilePath, folder: FilePath, rule_files: Collection[bytes], rules: Rules | None
) -> tuple[Finding, ...]:
    """What the user must know of the folder's rule files; `rules` is what `inside` returned."""
    markers = sorted(MARKERS.intersection(rule_files))
    if markers:
        marker = text(os.path.join(folder, markers[0]))
        found = Finding(
            f"{marker} is there, so all of the folder is left out",
            "To have the folder indexed, remove that file.",
        )
        return (found,) * (folder == root)
    file = text(os.path.join(folder, IGNORE_FILE))
    if rules is None:
        what = f"{file} cannot be read, so all of its folder is left out"
        return (Finding(what, "Let the daemon's user read that file."),)
    own = (problem for each in rules if each.folder == folder for problem in each.problems)
    return tuple(Finding(f"{file}: {problem.what}", problem.remedy) for problem in own)


def find(folder: FilePath) -> list[bytes]:
    """Which of RULE_FILES the folder contains."""
    return [name for name in RULE_FILES if os.path.lexists(os.path.join(folder, name))]


def verdict(rules: Rules, path: FilePath, is_folder: bool) -> bool | None:
    """Whether the path is left out. The innermost rules with a matching pattern decide; None where
    no pattern matches."""
    verdicts = (each.verdict(path, is_folder) for each in rules)
    return next((each for each in verdicts if each is not None), None)


def _content(path: FilePath) -> bytes:
    """Raises OSError if there is no file, or it cannot be read."""
    descriptor = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise IsADirectoryError(path)
        return os.read(descriptor, _MOST_BYTES)
    finally:
        os.close(descriptor)


def _parsed(folder: FilePath, text: bytes) -> IgnoreFile:
    problems: list[Finding] = []
    lines = _lines(os.fsdecode(folder), text, problems)
    spec = GitIgnoreSpec.from_lines(lines, backend="simple")
    return IgnoreFile(folder, text, tuple(problems), spec)


def _lines(folder: str, text: bytes, problems: list[Finding]) -> Iterator[str]:
    written = text.decode("utf-8-sig", "surrogateescape").split("\n")
    for number, line in enumerate(written, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            pattern = patterns.read(line)
        except ValueError as error:
            problems.append(Finding(f"line {number} has no effect: {error}"))
            continue
        by_path = patterns.by_path(pattern, folder)
        if by_path and pattern.startswith(("/", "!/")):
            problems.append(
                Finding(
                    f"line {number} will have no effect once a folder in its path is renamed or "
                    "moved",
                    f"Write `{by_path[0]}` instead.",
                )
            )
        yield from patterns.lines(pattern, folder)
