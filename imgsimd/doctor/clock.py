"""Whether the clock is right, as far as can be told without another one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from imgsimd.doctor.result import Result, failed, passed, warned
from imgsimd.doctor.situation import Situation

NAME = "clock"
FIRST_YEAR, LAST_YEAR = 2026, 2100
"""The first version of imgsimd is of 2026. A clock without a battery begins in 1970 or 2000."""
JUMP_SECONDS = 3600.0
"""Time zones and summer time do not change the clock of the kernel, so this is no small step."""
AHEAD_SECONDS = 86400.0
_SET = "sudo timedatectl set-ntp true"
_RESTART = "imgsimctl down && imgsimctl up"


def check(situation: Situation) -> Iterator[Result]:
    """One result."""
    yield of_time(situation, time.time())


def of_time(situation: Situation, now: float) -> Result:
    """The result if the clock says `now`, in seconds since 1970."""
    shown = _shown(now)
    if not FIRST_YEAR <= _year(now) < LAST_YEAR:
        return failed(
            NAME, f"The clock says {shown}, which is wrong. Dates of photos depend on it.", _SET
        )
    if latest := _from_the_future(situation, now):
        return warned(
            NAME,
            f"The clock says {shown}, but {latest[0]} was written on {_shown(latest[1])}: it has "
            "been set back.",
            _SET,
        )
    jump = _jump(situation, now)
    if abs(jump) > JUMP_SECONDS:
        way = "forward" if jump > 0 else "back"
        return warned(
            NAME,
            f"The clock was set {way} by {timedelta(seconds=round(abs(jump)))} since imgsimd "
            "started. A restart has it go by the new time.",
            _RESTART,
        )
    return passed(NAME, f"The clock says {shown}.")


def _shown(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "minutes")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g} seconds since 1970"


def _year(seconds: float) -> int:
    try:
        return datetime.fromtimestamp(seconds).year
    except (ValueError, OverflowError, OSError):
        return 0


def _from_the_future(situation: Situation, now: float) -> tuple[Path, float] | None:
    """A file of ours that was written in what is now the future, and when."""
    where = situation.where
    for file in (where.database, where.lock, where.log, where.config):
        with suppress(OSError):
            written = os.stat(file).st_mtime
            if written > now + AHEAD_SECONDS:
                return file, written
    return None


def _jump(situation: Situation, now: float) -> float:
    """By how many seconds the clock was set forward since the daemon started, by its lock file,
    which it wrote then; 0 if that is not known."""
    if not situation.daemon.pid:
        return 0.0
    with suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{situation.daemon.pid}/stat").read_text().rpartition(")")[2].split()
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")  # since boot, see proc_pid_stat(5)
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - started
        return now - os.stat(situation.where.lock).st_mtime - age
    return 0.0
