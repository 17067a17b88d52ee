"""When pauses end, kept in a file, so that they outlive the daemon."""

from __future__ import annotations

import json
import logging
import os
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import MAXYEAR, MINYEAR, datetime
from pathlib import Path

from imgsimd import durable
from imgsimd.errors import ImgsimdError
from imgsimd.words import reason

log = logging.getLogger(__name__)

MOST_BYTES = 4096
"""Of the file, which has a hundred. One that grew for whatever reason is not read as a whole."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Moments with their offset from UTC: they stay the same whatever becomes of the clock's zone.
    None: there is no such end."""

    paused_until: datetime | None = None
    """Of the pause that the user asked for."""
    ignored_until: datetime | None = None
    """Until then, neither battery nor load pauses anything."""


class KeptEnds:
    """The ends on the disk."""

    def __init__(self, file: Path, check: Callable[[], None]) -> None:
        """`check` raises ImgsimdError if the folder of the file is not ours to write to now."""
        self._file = file
        self._check = check

    def read(self) -> Ends:
        """What was kept last; nothing where that cannot be read."""
        try:
            values = json.loads(_content(self._file))
            return Ends(_moment(values["paused_until"]), _moment(values["ignored_until"]))
        except FileNotFoundError:
            return Ends()
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            log.warning("%s says of no pause when it ends: %s.", self._file, reason(error))
            return Ends()

    def keep(self, ends: Ends) -> None:
        """Returns when the ends are on the disk. Raises OSError or ImgsimdError."""
        self._check()
        texts = {name: end and end.isoformat() for name, end in asdict(ends).items()}
        with durable.replacing(self._file, 0o600) as stream:
            stream.write(json.dumps(texts).encode("ascii"))

    def forget(self) -> None:
        """Keeps none. A disk that can't be written to does not keep anybody from going on."""
        try:
            self._check()
            self._file.unlink(missing_ok=True)
        except (OSError, ImgsimdError) as error:
            log.warning("%s stays, with pauses that are over: %s.", self._file, reason(error))


def _content(file: Path) -> bytes:
    """Raises OSError, or ValueError if it is no regular file: a pipe would never end."""
    with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise ValueError("it is not a regular file")
        return stream.read(MOST_BYTES)


def _moment(text: str | None) -> datetime | None:
    """Raises ValueError or TypeError where it is none, has no offset, or no clock can show it."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment has no offset from UTC")
    if not MINYEAR < moment.year < MAXYEAR:
        raise ValueError("no clock shows such a moment in all time zones")
    return moment
