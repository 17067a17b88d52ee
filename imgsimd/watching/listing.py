"""What is in one folder: photos, folders that are looked into, and what is to be said of it.

Runs in a thread: a disk may be slow.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeAlias

from imgsimd.paths import unslashed
from imgsimd.types import FilePath, FileState
from imgsimd.watching import folder_rules, remarks
from imgsimd.watching.folder_digests import FolderDigests, fingerprint
from imgsimd.watching.folder_rules import SPEAKING, Rules
from imgsimd.watching.links import End
from imgsimd.watching.remarks import Remark
from imgsimd.watching.selection import Selection

LAST = b"\xff" * 256
"""Sorts after all that is in a folder: a name has at most 255 bytes."""

Entry: TypeAlias = tuple[FilePath, FileState | None, bool]
"""A file with its state; or a folder: its path ends with a slash, which sorts it among the files
just where what is in it belongs; or the end of a folder. And whether what lies between the entry
before it and this one must be compared."""


@dataclass(slots=True)
class Folder:
    """What is in a folder: how many files, and, if they must be compared, which."""

    is_compared: bool = True
    digest: int = 0
    files: int = 0
    entries: list[Entry] = field(default_factory=list)
    unseen: dict[FilePath, str] = field(default_factory=dict)
    """What could not be looked at, and why."""
    said: list[bytes] = field(default_factory=list)
    """Names of files in it by which it says something."""
    links: list[FilePath] = field(default_factory=list)
    unreadable: dict[str, int] = field(default_factory=dict)
    """How many photos of which kind cannot be read."""
    rules: Rules = ()
    """What holds for all that is in it."""
    remark: Remark = remarks.NONE

    def last_first(self, path: FilePath) -> list[Entry]:
        """The entries as they are to be put on a stack."""
        end = (path + LAST, None, self.is_compared)
        return [end, *sorted(self.entries, reverse=True, key=itemgetter(0))]

    def rules_below(self) -> dict[FilePath, Rules]:
        """What holds in the folders in it, above what these say themselves."""
        return {path: self.rules for path, state, _ in self.entries if state is None}


def enter(
    root: FilePath, folder: FilePath, rules: Rules, selection: Selection, digests: FolderDigests
) -> Folder:
    """What is in the folder (with its closing slash), not compared where that is as it was agreed
    on. Raises OSError where it cannot be listed."""
    if folder in digests:
        known = _heard(root, folder, rules, selection, is_compared=False)
        if digests.holds(folder, known.digest) and not known.unseen:
            return known
    listed = _heard(root, folder, rules, selection, is_compared=True)
    if not listed.unseen:
        digests.propose(folder, listed.digest)
    return listed


def _heard(
    root: FilePath, path: FilePath, rules: Rules, selection: Selection, is_compared: bool
) -> Folder:
    """What is in the folder, as far as that is not left out by what it says itself."""
    listed = _list(root, path, rules, selection, is_compared)
    if not (listed.said or listed.links or listed.unreadable):  # as nearly everywhere
        return listed
    problems: tuple[str, ...] = ()
    if listed.said:
        folder = unslashed(path)
        inner = folder_rules.inside(folder, listed.said, rules)
        problems = folder_rules.problems(root, folder, listed.said, inner)
        if inner is None:
            return Folder(is_compared, listed.digest, remark=Remark(problems))
        listed = _list(root, path, inner, selection, is_compared)
    ends = _follow(root, listed, selection)
    unreadable = tuple(sorted(listed.unreadable.items()))
    listed.remark = Remark(
        problems, unreadable, ends[End.UNFOLLOWED], ends[End.BROKEN], ends[End.FOLDER]
    )
    return listed


def _follow(root: FilePath, listed: Folder, selection: Selection) -> Counter[End]:
    """Adds the photos that links lead to, as if they were there; says where the others lead."""
    ends: Counter[End] = Counter()
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
            ends[lead] += is_photo or lead in (End.FOLDER, End.UNFOLLOWED)
        elif is_photo and listed.is_compared:
            listed.entries.append((path, lead, True))
    return ends


def _list(
    root: FilePath, folder: FilePath, rules: Rules, selection: Selection, is_compared: bool
) -> Folder:
    """What is in the folder; at a third of the cost, without its files, if not compared."""
    digest, files = hash(rules), 0
    entries: list[Entry] = []
    unseen: dict[FilePath, str] = {}
    said: list[bytes] = []
    links: list[FilePath] = []
    unreadable: dict[str, int] = {}
    looks_closer = is_compared or selection.links.are_followed
    with os.scandir(folder) as listed:
        for entry in listed:
            if entry.name in SPEAKING:
                said.append(entry.name)
            try:  # not suppress(), which costs a tenth of all this
                if entry.is_dir(follow_symlinks=False):
                    digest ^= hash(entry.name)
                    if selection.enters(root, entry.path, rules):
                        entries.append((entry.path + b"/", None, is_compared))
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
            elif not is_compared or not stat.S_ISREG(status.st_mode):
                continue
            elif selection.takes(root, entry.path, rules):
                entries.append((entry.path, FileState.of(status), True))
            elif kind := selection.unreadable_kind(root, entry.path, rules):
                unreadable[kind] = unreadable.get(kind, 0) + 1
    return Folder(is_compared, digest, files, entries, unseen, said, links, unreadable, rules)
