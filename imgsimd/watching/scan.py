"""The only code that looks at the tree: what is on disk, told piece by piece.

Nothing here opens a photo or follows a symbolic link. Runs in a thread: a disk may be slow.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeAlias

from imgsimd.types import FilePath, FileState, Hidden, Known
from imgsimd.watching import folder_rules, remarks
from imgsimd.watching.agreement import Agreement, fingerprint
from imgsimd.watching.choice import Choice
from imgsimd.watching.folder_rules import SPEAKING, Rules
from imgsimd.watching.links import NOT_FOLLOWED, End, Links
from imgsimd.watching.remarks import Remark
from imgsimd.watching.selection import Selection

PIECE = 2000
"""Files told at once: a few milliseconds of SQLite, so that questions get in between."""


_LAST = b"\xff" * 256
"""Sorts after all that is in a folder: a name has at most 255 bytes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """All photos between two paths, in byte order: what is not in `seen` is not there."""

    after: FilePath
    """Exclusive."""
    upto: FilePath
    """Inclusive."""
    seen: dict[FilePath, FileState]
    unlisted: Mapping[FilePath, str]
    """Folders, each with its closing slash, that could not be listed, and files that could not be
    looked at, with the reason: what is known of them may be there or not. All since the walk
    began."""
    agreed: Set[FilePath]
    """Folders, each with its closing slash, whose own files (not those of folders in them) the
    catalog knows as they are; they are not in `seen`. All since the walk began."""
    differs: bool
    """Whether there is anything to compare."""
    remarks: Mapping[FilePath, Remark]
    """About folders, each with its closing slash, that are not in `agreed`. All since the walk
    began."""


def look(path: FilePath, links: Links | None = None) -> FileState | None:
    """The state of the file at `path`, or that a link there leads to; None where none can be seen
    or followed."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    if links is not None and stat.S_ISLNK(status.st_mode):
        return links.state(path)
    return FileState.of(status) if stat.S_ISREG(status.st_mode) else None


def absence(path: FilePath, choice: Choice) -> Hidden | None:
    """Why there is certainly no photo at the path; an error other than absence is no proof."""
    if choice.is_beyond_link(path):
        return Hidden.GONE
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Hidden.GONE
    except OSError:
        return None
    if stat.S_ISLNK(status.st_mode):
        return _absence_by_link(path, choice)
    if not stat.S_ISREG(status.st_mode):
        return Hidden.GONE
    return None if choice.takes(path) else Hidden.LEFT_OUT


def _absence_by_link(link: FilePath, choice: Choice) -> Hidden | None:
    try:
        lead = choice.links.lead(link)
    except OSError:
        return None
    if lead is End.BROKEN:
        return Hidden.AWAY
    if lead is End.ELSEWHERE or lead is End.FOLDER:
        return Hidden.GONE
    return Hidden.LEFT_OUT if isinstance(lead, End) or not choice.takes(link) else None


def is_visible(path: FilePath) -> bool:
    """Whether the file can be looked at now; or, with a closing slash, the folder listed."""
    try:
        if not path.endswith(b"/"):
            os.lstat(path)
        else:
            with os.scandir(path) as listed:
                next(listed, None)
    except (FileNotFoundError, NotADirectoryError):
        return True  # it is certain that it is not there
    except OSError:
        return False
    return True


def has_left(image: Known, keeps_inodes: bool, links: Links = NOT_FOLLOWED) -> bool:
    """Whether the image's file is certainly no longer at its path, nor where a link there leads
    that is followed: nothing, or another file is.

    Where the file system does not keep inodes, a file of the same size and mtime is the same.
    """
    try:
        status = os.lstat(image.path)
        is_link = stat.S_ISLNK(status.st_mode)
        state = links.lead(image.path) if is_link else FileState.of(status)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    if isinstance(state, End):
        return True
    if keeps_inodes:
        return not state.moved_from(image.state)
    return not state.copied_from(image.state)


def walk(
    root: FilePath, top: FilePath, selection: Selection, agreement: Agreement
) -> Iterator[Piece]:
    """Everything below folder `top` of `root`, in pieces that cover all that may have changed.

    Paths come in byte order, so each piece can be compared with the catalog on its own, in bounded
    memory. A folder that vanishes during the walk is an empty one; any other error is told.
    """
    after, seen, weight = top + b"/", dict[FilePath, FileState](), 0
    unlisted, agreed, noticed = dict[FilePath, str](), set[FilePath](), dict[FilePath, Remark]()
    above = _rules_above(root, top, selection)
    rules: dict[FilePath, Rules] = {} if above is None else {top + b"/": above}
    ahead: list[_Entry] = [(top + b"/", None, False)] if rules else []
    differs = not ahead  # all is left out
    while ahead:
        path, state, is_compared = ahead.pop()
        differs |= is_compared
        if not differs:
            after = path
        if state is not None:
            seen[path] = state
            weight += 1
        elif not path.endswith(_LAST):
            try:
                inside = _enter(root, path, rules.pop(path, ()), selection, agreement)
            except (FileNotFoundError, NotADirectoryError):
                inside = _Folder()
            except OSError as error:
                unlisted[path] = f"the folder cannot be listed: {error.strerror}"
                continue
            unlisted |= inside.unseen
            if not inside.is_compared:
                agreed.add(path)
                weight += inside.files
            elif inside.remark != remarks.NONE:
                noticed[path] = inside.remark
            rules |= inside.rules_below()
            ahead += inside.last_first(path)
        if weight >= PIECE:
            yield Piece(after, path, seen, unlisted, agreed, differs, noticed)
            after, seen, differs, weight = path, {}, False, 0
    yield Piece(after, top + b"/" + _LAST, seen, unlisted, agreed, differs, noticed)


def _rules_above(root: FilePath, top: FilePath, selection: Selection) -> Rules | None:
    """What holds for the folder `top`; None if all of it is left out, or lies behind a link."""
    if top == root:
        return ()
    choice = Choice(root, selection)
    return None if choice.is_beyond_link(top + b"/") else choice.rules(os.path.dirname(top))


_Entry: TypeAlias = tuple[FilePath, FileState | None, bool]
"""A file with its state; or a folder: its path ends with a slash, which sorts it among the files
just where what is in it belongs; or the end of a folder. And whether what lies between the entry
before it and this one must be compared."""


@dataclass(slots=True)
class _Folder:
    """What is in a folder: how many files, and, if they must be compared, which."""

    is_compared: bool = True
    digest: int = 0
    files: int = 0
    entries: list[_Entry] = field(default_factory=list)
    unseen: dict[FilePath, str] = field(default_factory=dict)
    """What could not be looked at, and why."""
    said: list[bytes] = field(default_factory=list)
    """Names of files in it by which it says something."""
    links: list[FilePath] = field(default_factory=list)
    rules: Rules = ()
    """What holds for all that is in it."""
    remark: Remark = remarks.NONE

    def last_first(self, path: FilePath) -> list[_Entry]:
        """The entries as they are to be put on a stack."""
        end = (path + _LAST, None, self.is_compared)
        return [end, *sorted(self.entries, reverse=True, key=itemgetter(0))]

    def rules_below(self) -> dict[FilePath, Rules]:
        """What holds in the folders in it, above what these say themselves."""
        if not self.rules:
            return {}
        return {path: self.rules for path, state, _ in self.entries if state is None}


def _enter(
    root: FilePath, folder: FilePath, rules: Rules, selection: Selection, agreement: Agreement
) -> _Folder:
    if folder in agreement:
        known = _heard(root, folder, rules, selection, is_compared=False)
        if agreement.holds(folder, known.digest) and not known.unseen:
            return known
    listed = _heard(root, folder, rules, selection, is_compared=True)
    if not listed.unseen:
        agreement.propose(folder, listed.digest)
    return listed


def _heard(
    root: FilePath, path: FilePath, rules: Rules, selection: Selection, is_compared: bool
) -> _Folder:
    """What is in the folder, as far as that is not left out by what it says itself."""
    listed, problems = _list(root, path, rules, selection, is_compared), tuple[str, ...]()
    if listed.said:
        folder = path.rstrip(b"/")
        inner = folder_rules.inside(folder, listed.said, rules)
        problems = folder_rules.problems(root, folder, listed.said, inner)
        if inner is None:
            return _Folder(is_compared, listed.digest, remark=Remark(problems))
        listed = _list(root, path, inner, selection, is_compared)
    ends = _follow(root, listed, selection) if listed.links else Counter[End]()
    listed.remark = Remark(problems, ends[End.UNFOLLOWED], ends[End.BROKEN], ends[End.FOLDER])
    return listed


def _follow(root: FilePath, listed: _Folder, selection: Selection) -> Counter[End]:
    """Adds the photos that links lead to, as if they were there; says where the others lead."""
    ends = Counter[End]()
    for path in listed.links:
        is_photo = selection.takes(root, path, listed.rules)
        if not is_photo and not selection.enters(root, path, listed.rules):
            continue
        try:
            lead = selection.links.lead(path)
        except OSError as error:
            if is_photo:
                listed.unseen[path] = f"the file cannot be looked at: {error.strerror}"
            continue
        if selection.links.are_followed:
            listed.digest ^= hash((path, lead))
        if not isinstance(lead, End) and is_photo and listed.is_compared:
            listed.entries.append((path, lead, True))
        elif lead is End.FOLDER or (isinstance(lead, End) and is_photo):
            ends[lead] += 1
    return ends


def _list(
    root: FilePath, folder: FilePath, rules: Rules, selection: Selection, is_compared: bool
) -> _Folder:
    """What is in the folder; at a third of the cost, without its files, if not compared."""
    digest, files, entries, unseen = hash(rules), 0, list[_Entry](), dict[FilePath, str]()
    said, links = list[bytes](), list[FilePath]()
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
            elif not is_compared:
                continue
            elif stat.S_ISREG(status.st_mode) and selection.takes(root, entry.path, rules):
                entries.append((entry.path, FileState.of(status), True))
    return _Folder(is_compared, digest, files, entries, unseen, said, links, rules)
