"""The only code that looks at the tree: what is on disk, told piece by piece.

Nothing here opens a photo or follows a symbolic link. Runs in a thread: a disk may be slow.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeAlias

from imgsimd.types import FilePath, FileState, Known
from imgsimd.watching.selection import Selection

PIECE = 2000
"""Files told at once: a few milliseconds of SQLite, so that questions get in between."""


@dataclass(frozen=True, slots=True)
class Piece:
    """All photos between two paths, in byte order: what is not in `seen` is not there."""

    after: FilePath
    """Exclusive."""
    upto: FilePath
    """Inclusive."""
    seen: dict[FilePath, FileState] = field(default_factory=dict)
    unlisted: tuple[FilePath, ...] = ()
    """Folders, each with its closing slash, that could not be listed: what is known in them may
    be there or not."""


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


def has_left(image: Known) -> bool:
    """Whether the image's file is certainly no longer at its path (nothing, or another file is)."""
    try:
        status = os.lstat(image.path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return not FileState.of(status).moved_from(image.state)


def walk(root: FilePath, top: FilePath, selection: Selection) -> Iterator[Piece]:
    """Everything below folder `top` of `root`, in pieces that cover it without a gap.

    Paths come in byte order, so each piece can be compared with the catalog on its own, in bounded
    memory. A folder that vanishes during the walk is an empty one; any other error is told.
    """
    after, seen, unlisted = top + b"/", dict[FilePath, FileState](), list[FilePath]()
    ahead: list[_Entry] = [(top + b"/", None)]
    while ahead:
        path, state = ahead.pop()
        if state is None:
            try:
                ahead.extend(_listing(root, path, selection))
            except (FileNotFoundError, NotADirectoryError):
                pass
            except OSError:
                unlisted.append(path)
            continue
        seen[path] = state
        if len(seen) >= PIECE:
            yield Piece(after, path, seen, tuple(unlisted))
            after, seen, unlisted = path, {}, []
    yield Piece(after, top + b"0", seen, tuple(unlisted))


_Entry: TypeAlias = tuple[FilePath, FileState | None]
"""A file with its state, or a folder: its path ends with a slash, which sorts it among the files
just where what is in it belongs ("/" + 1 is "0")."""


def _listing(root: FilePath, folder: FilePath, selection: Selection) -> list[_Entry]:
    """What is in the folder, last first."""
    entries: list[_Entry] = []
    with os.scandir(folder) as listed:
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                if selection.enters(root, entry.path):
                    entries.append((entry.path + b"/", None))
            elif selection.takes(root, entry.path):
                with contextlib.suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        entries.append((entry.path, FileState.of(status)))
    return sorted(entries, reverse=True, key=itemgetter(0))
