"""When a path is looked at, and when a file may be read, so that nothing is read half-written.

A path is looked at when nothing has happened to it for `quiet` seconds, or at the latest `patience`
seconds after the first hint.

A file that was looked at is settled, and may be read, when nothing has happened to it meanwhile and
one of these is true:

1. It was closed after writing, or moved here complete.
2. Its mtime is not within the last `still` seconds: writing would have renewed it.
3. It has been in the same state for `still` seconds.
4. The first hint is older than `patience` seconds: a file that never stops changing is read, too.

A file that is not settled is looked at again when 3 or 4 can be true.

Pure. All times are seconds of one monotonic clock, which the caller gives.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import Enum

from imgsimd.paths import upwards
from imgsimd.types import FilePath, FileState

MOST_WAITING = 32768
"""Paths. When more wait, they become one look at the folder that contains them all: that costs
time, but misses nothing."""


class Sign(Enum):
    """What an event says about a path."""

    APPEARED = "appeared"
    """A file is there; something may still be writing to it."""
    FINISHED = "finished"
    """A file was closed after writing, or moved here complete."""
    GONE = "gone"
    FOLDER = "folder"
    """A folder appeared, with all that is in it."""
    FOLDER_GONE = "folder gone"


_WHOLE_FOLDERS = (Sign.FOLDER, Sign.FOLDER_GONE)
_ABSENCES = (Sign.GONE, Sign.FOLDER_GONE)


@dataclass(frozen=True, slots=True)
class Hint:
    """Something happened to a path.

    If a file has become a folder, or the reverse, the path is looked at as both.
    """

    path: FilePath
    sign: Sign
    """The last one about a file; or about a folder, if none was about a file."""
    first: float
    """When the first hint of the path came."""
    due: float
    """When the path is looked at."""
    state: FileState | None = None
    """What the file looked like at the last look, if it was not settled then."""
    since: float = 0.0
    """When `state` was first seen."""
    is_file: bool = True
    """Whether the path was, or is, a file: it must be looked at as one."""
    is_folder: bool = False
    """Whether the path was, or is, a folder: all below it must be looked at."""


class Settle:
    """The hints that wait until they are due."""

    def __init__(self, quiet: float, still: float, patience: float) -> None:
        """All in seconds: see the rule above, and `config.Watching`."""
        self._quiet = quiet
        self._still = still
        self._patience = patience
        self._waiting: dict[FilePath, Hint] = {}
        self._folders: set[FilePath] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def hint(self, path: FilePath, sign: Sign, now: float) -> None:
        """Notes that something happened to `path`.

        A path that has gone waits twice as long. The two halves of a rename may come as two hints,
        and so the new name is seen before the old one is missed. Hints of a path add up: a hint of
        a file does not cancel an earlier one of a folder.
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
        """Removes and returns the hints whose paths are to be looked at now."""
        ready = [hint for hint in self._waiting.values() if hint.due <= now]
        for hint in ready:
            del self._waiting[hint.path]
            self._folders.discard(hint.path)
        return ready

    def next_due(self) -> float | None:
        """When `due` will next return something."""
        return min((hint.due for hint in self._waiting.values()), default=None)

    def is_settled(self, hint: Hint, state: FileState, now: float, wall: float) -> bool:
        """Whether the file, which was just seen in `state`, may be read. If not, it waits again.

        `wall` is the time of day in seconds since 1970, to compare with the file's mtime.
        """
        if hint.path in self._waiting:  # something happened meanwhile
            return False
        since = hint.since if state == hint.state else now
        if (
            hint.sign is Sign.FINISHED
            or not is_young(state, wall, self._still)
            or now - since >= self._still
            or now - hint.first >= self._patience
        ):
            return True
        again = min(since + self._still, hint.first + self._patience)
        self._put(Hint(hint.path, Sign.APPEARED, hint.first, again, state, since))
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
    """The hint, with what the previous one of the same path asks for."""
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
    """Whether the file was written within the last `still` seconds, as its mtime says. An mtime in
    the future says nothing."""
    return 0 <= wall - state.mtime_ns / 1e9 < still
