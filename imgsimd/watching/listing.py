"""Lists one folder: its photos, the folders to look into, and what the user must know of it.

Runs in a thread, since a disk may be slow.
"""

from __future__ import annotations

import os
import stat
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeAlias

from imgsimd.paths import unslashed
from imgsimd.problems import Finding
from imgsimd.skips import Reason, Skip
from imgsimd.types import FilePath, FileState
from imgsimd.watching import folder_rules, remarks
from imgsimd.watching.folder_digests import FolderDigests, fingerprint
from imgsimd.watching.folder_rules import RULE_FILES, Rules
from imgsimd.watching.links import End
from imgsimd.watching.remarks import Remark
from imgsimd.watching.selection import Selection

LAST = b"\xff" * 256
"""Sorts after everything in a folder, since a name has at most 255 bytes."""

_MOST_KINDS = 50
"""Extensions that are counted apart in one folder: names such as `log.0815` have no end."""

Entry: TypeAlias = tuple[FilePath, FileState | None, bool]
"""A file with its state; or a folder, whose path ends with a slash, so that it sorts where its
content belongs; or the end of a folder. And whether what lies between the entry before and this one
must be compared."""


@dataclass(slots=True)
class Folder:
    """What a folder contains: how many files, and which, if they must be compared."""

    is_compared: bool = True
    digest: int = 0
    files: int = 0
    entries: list[Entry] = field(default_factory=list)
    unseen: dict[FilePath, str] = field(default_factory=dict)
    """Files that could not be looked at, and why."""
    rule_files: list[bytes] = field(default_factory=list)
    """Names of the rule files in it."""
    links: list[FilePath] = field(default_factory=list)
    skips: tuple[Skip, ...] = ()
    """What is not indexed; counted only if the folder is compared."""
    rules: Rules = ()
    """The rules for all that is in it."""
    remark: Remark = remarks.NONE

    def last_first(self, path: FilePath) -> list[Entry]:
        """The entries, last path first, to be put on a stack."""
        end = (path + LAST, None, self.is_compared)
        return [end, *sorted(self.entries, reverse=True, key=itemgetter(0))]

    def rules_below(self) -> dict[FilePath, Rules]:
        """The rules for each folder in it, without that folder's own."""
        return {path: self.rules for path, state, _ in self.entries if state is None}


def enter(
    root: FilePath, folder: FilePath, rules: Rules, selection: Selection, digests: FolderDigests
) -> Folder:
    """Lists the folder (with its closing slash). It need not be compared if its digest is the one
    that was confirmed. Raises OSError if it cannot be listed."""
    if folder in digests:
        known = _list_by_rules(root, folder, rules, selection, is_compared=False)
        if digests.holds(folder, known.digest) and not known.unseen:
            return known
    listed = _list_by_rules(root, folder, rules, selection, is_compared=True)
    if not listed.unseen:
        digests.propose(folder, listed.digest)
    return listed


def _list_by_rules(
    root: FilePath, path: FilePath, rules: Rules, selection: Selection, is_compared: bool
) -> Folder:
    """Lists the folder without what its own rules leave out."""
    listed = _list(root, path, rules, selection, is_compared)
    if not (listed.rule_files or listed.links):  # as nearly everywhere
        if listed.skips:
            listed.remark = Remark(skips=listed.skips, root=root)
        return listed
    problems: tuple[Finding, ...] = ()
    if listed.rule_files:
        folder = unslashed(path)
        inner = folder_rules.inside(folder, listed.rule_files, rules)
        problems = folder_rules.problems(root, folder, listed.rule_files, inner)
        if inner is None:
            left_out = (Skip(Reason.FOLDER_LEFT_OUT, "", 1),)
            return Folder(is_compared, listed.digest, remark=Remark(problems, left_out, root=root))
        listed = _list(root, path, inner, selection, is_compared)
    ends = _add_linked(root, listed, selection)
    told = [ends[end] for end in (End.UNFOLLOWED, End.BROKEN, End.FOLDER)]
    if links := [os.path.basename(link) for found in told for link in found]:
        listed.skips = (*listed.skips, Skip(Reason.LINK, "", len(links), links[0]))
    unfollowed, broken, folders = map(len, told)
    listed.remark = Remark(problems, listed.skips, unfollowed, broken, folders, root)
    return listed


def _add_linked(
    root: FilePath, listed: Folder, selection: Selection
) -> defaultdict[End, list[FilePath]]:
    """Adds the photos that links lead to, at the paths of the links; returns the other links that
    the user may expect to be followed, by where they lead."""
    ends: defaultdict[End, list[FilePath]] = defaultdict(list)
    for path in listed.links:
        is_photo = selection.takes(root, path, listed.rules)
        if not is_photo and not selection.may_be_folder(root, path, listed.rules):
            continue
        try:
            lead = selection.links.lead(path)
        except OSError as error:
            if is_photo:
                listed.unseen[path] = f"the file cannot be looked at: {error.strerror}"
            continue
        if selection.links.are_followed:
            listed.digest ^= hash((path, lead))
        if isinstance(lead, End):
            if is_photo or lead in (End.FOLDER, End.UNFOLLOWED):
                ends[lead].append(path)
        elif is_photo and listed.is_compared:
            listed.entries.append((path, lead, True))
    return ends


def _list(
    root: FilePath, folder: FilePath, rules: Rules, selection: Selection, is_compared: bool
) -> Folder:
    """Lists the folder. If it is not compared, its files are left out, at a third of the cost."""
    digest, files = hash(rules), 0
    entries: list[Entry] = []
    unseen: dict[FilePath, str] = {}
    rule_files: list[bytes] = []
    links: list[FilePath] = []
    skipped = _Skipped()
    looks_closer = is_compared or selection.links.are_followed
    with os.scandir(folder) as listed:
        for entry in listed:
            if entry.name in RULE_FILES:
                rule_files.append(entry.name)
            try:  # not suppress(), which takes a tenth of this function's time
                if entry.is_dir(follow_symlinks=False):
                    digest ^= hash(entry.name)
                    if selection.enters(root, entry.path, rules):
                        entries.append((entry.path + b"/", None, is_compared))
                    elif is_compared:
                        skipped.add(Reason.FOLDER_LEFT_OUT, "", entry.name)
                    continue
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            except OSError as error:
                unseen[entry.path] = f"the file cannot be looked at: {error.strerror}"
                continue
            files += 1
            digest ^= fingerprint(entry.name, status)
            if not looks_closer:
                continue
            if stat.S_ISLNK(status.st_mode):
                links.append(entry.path)
            elif not is_compared:
                continue
            elif not stat.S_ISREG(status.st_mode):
                skipped.add(Reason.NO_FILE, "", entry.name)
            elif selection.takes(root, entry.path, rules):
                entries.append((entry.path, FileState.of(status), True))
            else:
                skipped.add(*selection.skipped(root, entry.path, rules), entry.name)
    skips = skipped.skips()
    return Folder(is_compared, digest, files, entries, unseen, rule_files, links, skips, rules)


class _Skipped:
    """Counts what is not indexed in one folder."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[Reason, str]] = Counter()
        self._examples: dict[tuple[Reason, str], bytes] = {}

    def add(self, reason: Reason, extension: str, name: bytes) -> None:
        """Adds the file of this name."""
        key = reason, extension
        if key not in self._examples:
            if len(self._examples) >= _MOST_KINDS:
                key = reason, ""
            self._examples.setdefault(key, name)
        self._counts[key] += 1

    def skips(self) -> tuple[Skip, ...]:
        """All of them; the examples are names."""
        return tuple(Skip(*key, self._counts[key], name) for key, name in self._examples.items())
