"""The listening socket: bound by one daemon at a time, or given by systemd."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from imgsimd.errors import AlreadyRunningError, ConfigError

SYSTEMD_FD = 3
"""The first inherited descriptor, SD_LISTEN_FDS_START of sd_listen_fds(3)."""
BACKLOG = 512
"""Callers that wait to be accepted; with more, connecting blocks or fails with EAGAIN."""


class Listener:
    """The listening socket. Closing it removes only what was made here: never systemd's socket."""

    def __init__(self, sock: socket.socket, path: Path, lock: int | None) -> None:
        self.socket = sock
        self.path = path
        self._lock = lock
        self._made = _identity(path) if lock is not None else None

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and let the next daemon have the path. Idempotent."""
        self.socket.close()
        if self._lock is not None:
            if _identity(self.path) == self._made:
                self.path.unlink()
            os.close(self._lock)
            self._lock = None


def bind(path: Path, mode: int = 0o600, environ: MutableMapping[str, str] = os.environ) -> Listener:
    """A listening socket: the one that systemd passed, else a new one at `path` with `mode`.

    systemd's variables are removed from `environ`, so that children do not take the socket for
    theirs. Raises AlreadyRunningError where another daemon holds the path, ConfigError where
    the path or the inherited descriptor cannot be used.
    """
    inherited = _inherited(environ)
    if inherited is not None:
        return Listener(inherited, path, None)
    _make_folder(path.parent)
    lock = _lock(path)
    try:
        _clear(path)
        return Listener(_listen(path, mode), path, lock)
    except BaseException:
        os.close(lock)
        raise


def _inherited(environ: MutableMapping[str, str]) -> socket.socket | None:
    """The socket that systemd opened for this process (sd_listen_fds(3)). Raises ConfigError."""
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    count = environ.get("LISTEN_FDS", "0")
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        environ.pop(name, None)
    if count == "0":
        return None
    if count != "1":
        raise ConfigError(
            f"systemd passed {count} sockets where one is expected: "
            "leave a single ListenStream= in imgsimd.socket."
        )
    return _take(SYSTEMD_FD)


def _take(fd: int) -> socket.socket:
    try:
        sock = socket.socket(fileno=fd)
        listens = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise ConfigError(f"Descriptor {fd} from systemd is not a socket: {error}.") from error
    if (sock.family, sock.type) != (socket.AF_UNIX, socket.SOCK_STREAM) or not listens:
        raise ConfigError(
            f"Descriptor {fd} from systemd is not a listening Unix stream socket: "
            "imgsimd.socket needs ListenStream= with a path, and Accept=no."
        )
    sock.set_inheritable(False)
    return sock


def _make_folder(folder: Path) -> None:
    """The folder of the socket, private when it is made here. Raises ConfigError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = folder.stat().st_mode
    except OSError as error:
        raise ConfigError(
            f"The socket's folder {folder} cannot be made: {error.strerror}. Choose another in "
            "IMGSIMD_SOCKET or as `socket` in the configuration."
        ) from error
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise ConfigError(
            f"Everyone can write to {folder}, and so put their own socket in place of imgsimd's: "
            f"`chmod o-w {folder}`, or choose another folder in IMGSIMD_SOCKET."
        )


def _lock(path: Path) -> int:
    """A descriptor that holds the path's lock, and the pid written beside the socket.

    The lock file stays when the daemon ends: removing it would let two daemons lock two files.
    """
    file = path.with_name(path.name + ".lock")
    try:
        lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise ConfigError(
            f"The lock file {file} cannot be opened: {error.strerror}. Choose another folder in "
            "IMGSIMD_SOCKET or as `socket` in the configuration."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
        os.close(lock)
        raise AlreadyRunningError(_already(path, pid)) from None
    with suppress(OSError):  # for people only: a full disk is no reason not to start
        os.ftruncate(lock, 0)
        os.pwrite(lock, b"%d\n" % os.getpid(), 0)
    return lock


def _clear(path: Path) -> None:
    """Remove the socket of a daemon that died; the caller holds the lock.

    Raises AlreadyRunningError where somebody without the lock has it (systemd, for one),
    ConfigError where something else than a socket lies there.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConfigError(
            f"{path} is in the way, and is not a socket: move it, or choose another path in "
            "IMGSIMD_SOCKET."
        )
    if not _is_dead(path):
        raise AlreadyRunningError(_already(path, ""))
    path.unlink()


def _is_dead(path: Path) -> bool:
    """Whether nobody holds the socket. Every other refusal comes from somebody who is there: his
    queue is full, he speaks another protocol (a datagram socket, say), or not with us."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        return probe.connect_ex(str(path)) == errno.ECONNREFUSED


def _already(path: Path, pid: str) -> str:
    who = f"imgsimd already runs as process {pid}" if pid else "Somebody already listens"
    return (
        f"{who} on {path}. `imgsimctl down` stops it; `systemctl --user stop imgsimd.socket` "
        "where systemd holds the socket."
    )


def _listen(path: Path, mode: int) -> socket.socket:
    """Bound so that the mode is right from the first moment: chmod would come too late."""
    sock = socket.socket(socket.AF_UNIX)
    before = os.umask(0o777 & ~mode)
    try:
        sock.bind(str(path))
    except OSError as error:
        sock.close()
        raise ConfigError(f"The socket {path} cannot be made: {error.strerror}.") from error
    finally:
        os.umask(before)
    sock.listen(BACKLOG)
    return sock


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file lies there; None: none."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
