"""The daemon's log: lines on standard error, which is the journal, a terminal or a file.

    2026-11-24T10:00:00+01:00 ERROR /home/anna/Pictures is offline: ...

File names are shown as by `words.printable`, so that each entry is one line. In the journal, which
has its own times, the lines have none. What repeats is left out for a while (`repeats.py`).
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from datetime import datetime
from pathlib import Path

from imgsimd.repeats import Repeats
from imgsimd.words import printable, reason

LARGEST = 2**20
"""Bytes. Then the log becomes `imgsimd.log.1` and a new one begins: usually after years."""
_HEAD = re.compile(r"(?:\S+ )?(?:ERROR|CRITICAL) ")


def set_up(level: int = logging.INFO, has_times: bool = True) -> None:
    """Makes this process write its log. Without times, another process reads it and adds them."""
    handler = _Handler()
    handler.addFilter(Repeats())
    time = "%(asctime)s " if has_times and not _is_journal() else ""
    handler.setFormatter(_Formatter(f"{time}%(levelname)s %(message)s"))
    logging.setLogRecordFactory(_Record)
    logging.basicConfig(handlers=[handler], level=level)
    logging.captureWarnings(True)
    threading.excepthook = _log_end_of_thread
    logging.raiseExceptions = False  # an unwritable log is no reason to stop


def keep_small(file: Path) -> None:
    """If standard error is this file, it never grows much larger than LARGEST: older lines move to
    FILE.1, and replace what was there."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Handler):
            handler.file = file
            handler.turn_over()


def last_error(text: str) -> str | None:
    """The message of the last error in this part of a log; None if there is none."""
    said = [line[found.end() :] for line in text.splitlines() if (found := _HEAD.match(line))]
    return said[-1] if said else None


def _log_end_of_thread(failure: threading.ExceptHookArgs) -> None:
    """Instead of a traceback beside the log."""
    name = failure.thread.name if failure.thread else "?"
    error = failure.exc_value or failure.exc_type()
    logging.getLogger(__name__).error("The thread %s has failed", name, exc_info=error)


class _Record(logging.LogRecord):
    def getMessage(self) -> str:  # noqa: N802 - the library's name
        """The message for people: no `b'...'`, and no line break from a file's name."""
        if isinstance(self.args, tuple) and self.args:
            return str(self.msg) % tuple(map(_shown, self.args))
        return super().getMessage()


class _Formatter(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """The line; before a traceback, if there is one."""
        left_out: int = getattr(record, "left_out", 0)
        more = f" ({left_out:,} more like this were left out.)" if left_out else ""
        return super().formatMessage(record) + more

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """ISO 8601, local time with its offset."""
        return datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="seconds")


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]  # generic to mypy only
    """Writes to standard error, whatever that is at the time."""

    file: Path | None = None

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        self.turn_over()

    def turn_over(self) -> None:
        """Begins a new file if this one has grown large."""
        try:
            if self.file and _is_large(self.file):
                self.file.replace(self.file.with_name(f"{self.file.name}.1"))
                _redirect(self.file)
        except OSError:
            pass  # the large file is used further


def _shown(value: object) -> object:
    if isinstance(value, bytes):
        return printable(os.fsdecode(value))
    if isinstance(value, Exception):
        return printable(reason(value))
    return printable(str(value)) if isinstance(value, str | os.PathLike) else value


def _is_journal() -> bool:
    """Whether standard error goes to systemd's journal (JOURNAL_STREAM, systemd.exec(5))."""
    error = os.fstat(2)
    return os.environ.get("JOURNAL_STREAM") == f"{error.st_dev}:{error.st_ino}"


def _is_large(file: Path) -> bool:
    """Whether standard error is this very file, and has grown large."""
    error = os.fstat(2)
    return error.st_size >= LARGEST and os.path.samestat(error, file.stat())


def _redirect(file: Path) -> None:
    """Redirects standard output and error, also of later child processes, to this file."""
    new = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    for number in (1, 2):
        os.dup2(new, number)
    os.close(new)
