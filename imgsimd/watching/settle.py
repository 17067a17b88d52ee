"""When a hint is worth a look: after quiet, so that nothing is read half-written. Pure.

All times are seconds of one monotonic clock, given by the caller.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import Enum

from imgsimd.paths import upwards
from imgsimd.types import FilePath, FileState

MOST_WAITING = 32768
"""So many waiting paths become one look at their common folder: precision is lost, nothing else."""


class Sign(Enum):
    """What an event says of a path."""

    APPEARED = "appeared"
    """It is there; somebody may still be writing it."""
    FINISHED = "finished"
    """It was closed after writing, or moved here whole."""
    GONE = "gone"
    FOLDER = "folder"
    """A folder came, with whatever is in it."""
    FOLDER_GONE = "folder gone"


_WHOLE_FOLDERS = (Sign.FOLDER, Sign.FOLDER_GONE)
_ABSENCES = (Sign.GONE, Sign.FOLDER_GONE)


@dataclass(frozen=True, slots=True)
class Hint:
    """A path that something happened to.

    A file may have become a folder, or the reverse: then it is looked at as both.
    """

    path: FilePath
    sign: Sign
    """The last one that was about a file, if any was."""
    first: float
    due: float
    state: FileState | None = None
    since: float = 0.0
    """When `state` was first seen."""
    is_file: bool = True
    """Whether the path was, or is, a file: it must be looked at as one."""
    is_folder: bool = False
    """Whether the path was, or is, a folder: all below it must be looked at."""


class Settle:
    """The hints that wait."""

    def __init__(self, quiet: float, still: float, patience: float) -> None:
        """All in seconds; see `config.Watching`."""
        self._quiet = quiet
        self._still = still
        self._patience = patience
        self._waiting: dict[FilePath, Hint] = {}
        self._folders: set[FilePath] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def hint(self, path: FilePath, sign: Sign, now: float) -> None:
        """Something happened to `path`: look when it has been quiet, at the latest after patience.

        Absence is looked at later than presence, so that of a rename, whose two halves may come as
        two events, the new name is seen before the old one is missed. What is asked of a path adds
        up: a sign of a file takes nothing back of an earlier sign of a folder.
        """
        if any(folder in self._folders for folder in upwards(os.path.dirname(path))):
            return
        previous = self._waiting.get(path)
        first = previous.first if previous else now
        delay = self._quiet * (2 if sign in _ABSENCES else 1)
        hint = Hint(path, sign, first, min(now + delay, first + self._patience))
        self._put(_about_both(hint, previous))
        if len(self._waiting) > MOST_WAITING:
            self._widen(now)

    def due(self, now: float) -> list[Hint]:
        """Takes out the hints whose time has come."""
        ready = [hint for hint in self._waiting.values() if hint.due <= now]
        for hint in ready:
            del self._waiting[hint.path]
            self._folders.discard(hint.path)
        return ready

    def next_due(self) -> float | None:
        """When `due` will next give something."""
        return min((hint.due for hint in self._waiting.values()), default=None)

    def is_settled(self, hint: Hint, state: FileState, now: float, wall: float) -> bool:
        """Whether the file seen in `state` may be read; if not, it waits on.

        `wall` is the time of day (seconds since 1970), which only serves to tell a file that is
        being written from one that was moved here: writing renews mtime.
        """
        if hint.path in self._waiting:  # something happened again
            return False
        if hint.sign is Sign.FINISHED or not is_young(state, wall, self._still):
            return True
        since = hint.since if state == hint.state else now
        if now - since >= self._still or now - hint.first >= self._patience:
            return True
        later = min(since + self._still, hint.first + self._patience)
        self._put(Hint(hint.path, Sign.APPEARED, hint.first, later, state, since))
        return False

    def _put(self, hint: Hint) -> None:
        self._waiting[hint.path] = hint
        if hint.is_folder:
            self._folders.add(hint.path)
        else:
            self._folders.discard(hint.path)

    def _widen(self, now: float) -> None:
        common = os.path.commonpath(list(self._waiting))
        previous = self._waiting.get(common)
        self._waiting.clear()
        self._folders.clear()
        self._put(_about_both(Hint(common, Sign.FOLDER, now, now + 2 * self._quiet), previous))


def _about_both(hint: Hint, previous: Hint | None) -> Hint:
    """The hint, which also asks what the previous one of the same path asked."""
    is_folder = hint.sign in _WHOLE_FOLDERS
    if previous is None:
        return replace(hint, is_file=not is_folder, is_folder=is_folder)
    sign = previous.sign if is_folder and previous.is_file else hint.sign
    return replace(
        hint,
        sign=sign,
        is_file=previous.is_file or not is_folder,
        is_folder=previous.is_folder or is_folder,
    )


def is_young(state: FileState, wall: float, still: float) -> bool:
    """Whether the file was written within the last `still` seconds by its mtime."""
    return 0 <= wall - state.mtime_ns / 1e9 < still
