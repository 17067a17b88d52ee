"""The only code that looks at the tree: what is on disk, told piece by piece.

Nothing here opens a photo or follows a symbolic link. Runs in a thread: a disk may be slow.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from imgsimd.types import FilePath, FileState, Known
from imgsimd.watching.agreement import Agreement, fingerprint
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


def look(path: FilePath) -> FileState | None:
    """The state of the regular file at `path`; None where none can be seen."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    return FileState.of(status) if stat.S_ISREG(status.st_mode) else None


def is_no_photo(root: FilePath, path: FilePath, selection: Selection) -> bool:
    """Whether there is certainly no photo at the path; an error other than absence is no proof."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    chosen = selection.takes(root, path) and selection.reaches(root, path)
    return not (chosen and stat.S_ISREG(status.st_mode))


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


def has_left(image: Known) -> bool:
    """Whether the image's file is certainly no longer at its path (nothing, or another file is)."""
    try:
        status = os.lstat(image.path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return not FileState.of(status).moved_from(image.state)


def walk(
    root: FilePath, top: FilePath, selection: Selection, agreement: Agreement
) -> Iterator[Piece]:
    """Everything below folder `top` of `root`, in pieces that cover all that may have changed.

    Paths come in byte order, so each piece can be compared with the catalog on its own, in bounded
    memory. A folder that vanishes during the walk is an empty one; any other error is told.
    """
    after, seen, differs, weight = top + b"/", dict[FilePath, FileState](), False, 0
    unlisted, agreed = dict[FilePath, str](), set[FilePath]()
    ahead: list[_Entry] = [(top + b"/", None, False)]
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
                inside = _enter(root, path, selection, agreement)
            except (FileNotFoundError, NotADirectoryError):
                inside = _Folder(0, True, 0, [], {})
            except OSError as error:
                unlisted[path] = f"the folder cannot be listed: {error.strerror}"
                continue
            unlisted |= inside.unseen
            if not inside.is_compared:
                agreed.add(path)
                weight += inside.files
            ahead += inside.last_first(path)
        if weight >= PIECE:
            yield Piece(after, path, seen, unlisted, agreed, differs)
            after, seen, differs, weight = path, {}, False, 0
    yield Piece(after, top + b"/" + _LAST, seen, unlisted, agreed, differs)


_Entry: TypeAlias = tuple[FilePath, FileState | None, bool]
"""A file with its state; or a folder: its path ends with a slash, which sorts it among the files
just where what is in it belongs; or the end of a folder. And whether what lies between the entry
before it and this one must be compared."""


class _Folder(NamedTuple):
    """What is in a folder: how many files, and, if they must be compared, which."""

    digest: int
    is_compared: bool
    files: int
    entries: list[_Entry]
    unseen: dict[FilePath, str]
    """What could not be looked at, and why."""

    def last_first(self, path: FilePath) -> list[_Entry]:
        """The entries as they are to be put on a stack."""
        end = (path + _LAST, None, self.is_compared)
        return [end, *sorted(self.entries, reverse=True, key=itemgetter(0))]


def _enter(root: FilePath, folder: FilePath, selection: Selection, agreement: Agreement) -> _Folder:
    if folder in agreement:
        known = _list(root, folder, selection, is_compared=False)
        if agreement.holds(folder, known.digest) and not known.unseen:
            return known
    listed = _list(root, folder, selection, is_compared=True)
    if not listed.unseen:
        agreement.propose(folder, listed.digest)
    return listed


def _list(root: FilePath, folder: FilePath, selection: Selection, is_compared: bool) -> _Folder:
    """What is in the folder; at a third of the cost, without its files, if not compared."""
    digest, files, entries, unseen = 0, 0, list[_Entry](), dict[FilePath, str]()
    with os.scandir(folder) as listed:
        for entry in listed:
            try:  # not suppress(), which costs a tenth of all this
                if entry.is_dir(follow_symlinks=False):
                    digest ^= hash(entry.name)
                    if selection.enters(root, entry.path):
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
            if is_compared and selection.takes(root, entry.path) and stat.S_ISREG(status.st_mode):
                entries.append((entry.path, FileState.of(status), True))
    return _Folder(digest, is_compared, files, entries, unseen)
