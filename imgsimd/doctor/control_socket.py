"""Whether a daemon runs, and answers on a socket that only those can use who should."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from imgsimd import access
from imgsimd.doctor import remedy
from imgsimd.doctor.result import Result, failed, passed, warned
from imgsimd.doctor.situation import Situation
from imgsimd.errors import NoDaemonError, NotInTimeError, NotRunningError
from imgsimd.words import quoted

NAME = "socket"
_ACCEPTING = "00010000"
"""The flag of a socket that listens, in /proc/net/unix: __SO_ACCEPTCON."""


def check(situation: Situation) -> Iterator[Result]:
    """One result for the answer, and one if too many may ask."""
    daemon = situation.daemon
    if daemon.status is not None:
        yield passed(NAME, f"imgsimd (process {daemon.status.pid}) answers on {daemon.socket}.")
        yield from _modes(daemon.socket)
    elif daemon.pid is not None:
        yield _unanswered(situation, daemon.pid)
    elif daemon.socket is not None:
        yield _unreachable(situation, daemon.socket)
    else:
        yield _not_running(situation)


def _modes(socket: Path | None) -> Iterator[Result]:
    with suppress(OSError):
        if socket and stat.S_IMODE(os.stat(socket).st_mode) & 0o002 and _is_open(socket.parent):
            yield warned(
                NAME,
                f"Every user of this machine may talk to imgsimd on {socket}.",
                f"chmod o= {quoted(str(socket))}",
            )


def _is_open(folder: Path) -> bool:
    """Whether others reach what is in the folder."""
    return all(os.stat(each).st_mode & 0o001 for each in (folder, *folder.parents))


def _unanswered(situation: Situation, pid: int) -> Result:
    """A daemon runs, but does not answer."""
    daemon = situation.daemon
    process = f"process {pid or '?'}"
    if _state(pid) == "T":
        return failed(
            NAME,
            f"imgsimd ({process}) was stopped by a signal, as Ctrl-Z sends it.",
            f"kill -CONT {pid}",
        )
    if daemon.code == NotInTimeError.code:
        return failed(
            NAME,
            f"imgsimd ({process}) runs, but does not answer. Ending it loses nothing.",
            f"kill -KILL {pid} && {remedy.START}",
        )
    if daemon.code == NotRunningError.code:
        return failed(
            NAME,
            f"imgsimd ({process}) runs, but has no socket {daemon.socket}: it is starting, or "
            "somebody has removed that. It makes one within some seconds.",
            "imgsimctl status",
        )
    return failed(NAME, daemon.error, f"kill {pid} && {remedy.START}")


def _unreachable(situation: Situation, socket: Path) -> Result:
    """Nobody answers on the socket that the user has named."""
    if situation.daemon.code != NoDaemonError.code:
        what = f"IMGSIMD_SOCKET names {socket}, where no imgsimd answers."
        return failed(NAME, what, "unset IMGSIMD_SOCKET")
    owner = "root"
    with suppress(OSError):
        owner = access.name_of(os.stat(socket).st_uid)
    return failed(NAME, situation.daemon.error, f"sudo -u {quoted(owner)} {remedy.AGAIN}")


def _not_running(situation: Situation) -> Result:
    where = situation.where
    if situation.fault:
        return failed(
            NAME,
            "imgsimd isn't running at the usual place. The configuration, which cannot be used, "
            "may say another.",
            remedy.editing(situation),
        )
    if not os.access(where.lock, os.R_OK) and (barred := access.barred(where.lock)):
        return failed(
            NAME,
            f"Whether imgsimd runs cannot be found out, since {where.state} cannot be read.",
            remedy.unbarring(barred, where.lock),
        )
    left = where.socket if os.path.lexists(where.socket) else where.address
    if _is_listened_to(where.socket):
        return warned(
            NAME,
            "imgsimd does not run, so no change is noticed. systemd listens for it, and starts it "
            "with the next question.",
            remedy.START,
        )
    if os.path.lexists(left):
        return failed(
            NAME,
            f"imgsimd isn't running. {left} is left from one that was killed; the next start "
            "replaces it.",
            remedy.START,
        )
    return failed(NAME, "imgsimd isn't running.", remedy.START)


def _state(pid: int) -> str:
    """The state of the process, a letter (proc_pid_stat(5)); empty if it has ended."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def _is_listened_to(socket: Path) -> bool:
    """Whether a process listens there, by the kernel's list: to connect could start a daemon."""
    with suppress(OSError), open("/proc/net/unix", "rb") as lines:
        for line in lines:
            _, _, _, flags, _, _, _, *name = line.split(maxsplit=7)
            if flags.decode() == _ACCEPTING and name == [os.fsencode(socket) + b"\n"]:
                return True
    return False
