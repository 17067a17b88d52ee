"""Scans folders piece by piece, and looks at single paths.

Nothing here opens a photo. Runs in a thread, since a disk may be slow.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from imgsimd import file_faults
from imgsimd.paths import slashed
from imgsimd.types import FilePath, FileState, Hidden, Known
from imgsimd.watching import remarks
from imgsimd.watching.folder_digests import FolderDigests
from imgsimd.watching.folder_rules import Rules
from imgsimd.watching.links import NOT_FOLLOWED, End, Links
from imgsimd.watching.listing import LAST, Entry, Folder, enter
from imgsimd.watching.path_selection import PathSelection
from imgsimd.watching.remarks import Remark
from imgsimd.watching.selection import Selection

PIECE_FILES = 2000
"""Files of one piece: a few milliseconds of SQLite, so that questions need not wait long."""


@dataclass(frozen=True, slots=True)
class Piece:
    """All photos between two paths in byte order. A path that is not in `seen` has no photo, except
    as said below."""

    after: FilePath
    """Exclusive."""
    upto: FilePath
    """Inclusive."""
    seen: dict[FilePath, FileState]
    unlisted: Mapping[FilePath, str]
    """Folders, each with its closing slash, that could not be listed, and files that could not be
    looked at, with the reason. Their photos may be there or not. All since the walk began."""
    agreed: Set[FilePath]
    """Folders, each with its closing slash, in which nothing has changed. Their own files, but not
    those of folders in them, are missing from `seen`. All since the walk began."""
    differs: bool
    """Whether there is anything to compare."""
    remarks: Mapping[FilePath, Remark]
    """Remarks about folders, each with its closing slash, that are not in `agreed`. All since the
    walk began."""


def look(path: FilePath, links: Links | None = None) -> FileState | None:
    """The state of the file at `path`. With `links`, that of the file to which a link there leads.
    None if there is no such file, or it cannot be looked at."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    if links is not None and stat.S_ISLNK(status.st_mode):
        return links.state(path)
    return FileState.of(status) if stat.S_ISREG(status.st_mode) else None


def look_through(path: FilePath) -> FileState | None:
    """The state of the file at `path`, through any link: for paths of known images."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return FileState.of(status) if stat.S_ISREG(status.st_mode) else None


def absence(path: FilePath, choice: PathSelection) -> Hidden | None:
    """Why there is certainly no photo at the path; None if that is not certain."""
    if choice.is_beyond_link(path):
        return Hidden.GONE
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # no file can be there
        return Hidden.GONE
    except OSError:
        return None
    if stat.S_ISLNK(status.st_mode):
        return _absence_by_link(path, choice)
    if not stat.S_ISREG(status.st_mode):
        return Hidden.GONE
    return None if choice.takes(path) else Hidden.LEFT_OUT


def _absence_by_link(link: FilePath, choice: PathSelection) -> Hidden | None:
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
    """Whether the file can be looked at now, or the folder (with its closing slash) listed."""
    try:
        if not path.endswith(b"/"):
            os.lstat(path)
        else:
            with os.scandir(path) as listed:
                next(listed, None)
    except (FileNotFoundError, NotADirectoryError):
        return True  # certainly not there
    except OSError:
        return False
    return True


def has_left(image: Known, keeps_inodes: bool, links: Links = NOT_FOLLOWED) -> bool:
    """Whether the image's file is certainly no longer at its path, nor where a followed link there
    leads.

    Where the file system does not keep inodes, a file of the same size and mtime is the same.
    """
    try:
        status = os.lstat(image.path)
        is_link = stat.S_ISLNK(status.st_mode)
        state = links.lead(image.path) if is_link else FileState.of(status)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # no file can be there
        return True
    except OSError:
        return False
    if isinstance(state, End):
        return True
    if keeps_inodes:
        return not state.moved_from(image.state)
    return not state.copied_from(image.state)


def walk(
    root: FilePath, top: FilePath, selection: Selection, digests: FolderDigests
) -> Iterator[Piece]:
    """Everything below folder `top` of `root`, in pieces that cover all that may have changed.

    Paths come in byte order, so each piece can be compared with the catalog on its own, and memory
    is bounded. A folder that vanishes during the walk counts as empty; other errors are in
    `unlisted`.
    """
    after, seen, weight = slashed(top), dict[FilePath, FileState](), 0
    unlisted, agreed, noticed = dict[FilePath, str](), set[FilePath](), dict[FilePath, Remark]()
    above = _rules_above(root, top, selection)
    rules: dict[FilePath, Rules] = {} if above is None else {slashed(top): above}
    ahead: list[Entry] = [(slashed(top), None, False)] if rules else []
    differs = not ahead  # all is left out
    while ahead:
        path, state, is_compared = ahead.pop()
        differs |= is_compared
        if not differs:
            after = path
        if state is not None:
            seen[path] = state
            weight += 1
        elif not path.endswith(LAST):
            try:
                inside = enter(root, path, rules.pop(path, ()), selection, digests)
            except (FileNotFoundError, NotADirectoryError):
                inside = Folder()
            except OSError as error:
                unlisted[path] = f"the folder cannot be listed: {file_faults.refusal(error, path)}"
                continue
            unlisted |= inside.unseen
            if not inside.is_compared:
                agreed.add(path)
                weight += inside.files
            elif inside.remark != remarks.NONE:
                noticed[path] = inside.remark
            if inside.rules:
                rules |= inside.rules_below()
            ahead += inside.last_first(path)
        if weight >= PIECE_FILES:
            yield Piece(after, path, seen, unlisted, agreed, differs, noticed)
            after, seen, differs, weight = path, {}, False, 0
    yield Piece(after, slashed(top) + LAST, seen, unlisted, agreed, differs, noticed)


def _rules_above(root: FilePath, top: FilePath, selection: Selection) -> Rules | None:
    """The rules for the folder `top`; None if it is left out, or lies behind a link."""
    if top == root:
        return ()
    choice = PathSelection(root, selection)
    return None if choice.is_beyond_link(slashed(top)) else choice.rules(os.path.dirname(top))
