"""The listening socket: bound by one daemon at a time, or given by systemd."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import MutableMapping
from contextlib import ExitStack
from pathlib import Path

from imgsimd import lockfile
from imgsimd.access import explain
from imgsimd.client import unix
from imgsimd.closing import Closing
from imgsimd.errors import AlreadyRunningError, ConfigError
from imgsimd.lockfile import HeldError, Lock
from imgsimd.words import reason

SYSTEMD_FD = 3
"""The first inherited descriptor, SD_LISTEN_FDS_START of sd_listen_fds(3)."""
OWN_PATH = "IMGSIMD_OWN_SOCKET"
"""The variable with the path of a socket that the version before this one has made."""
BACKLOG = 512
"""How many callers may wait to be accepted. Others block when they connect, or get EAGAIN."""


class Listener(Closing):
    """The listening socket. Closing it removes only what was made here, never systemd's socket."""

    def __init__(self, sock: socket.socket, path: Path | None, lock: Lock | None) -> None:
        self.socket = sock
        self.path = path
        """None: a socket of systemd's that is not a file."""
        self._lock = lock
        self._bound = _status(path) if path else None

    @property
    def is_own(self) -> bool:
        """Whether the socket is ours, not systemd's."""
        return self._lock is not None

    @property
    def mode(self) -> int:
        """Who may connect."""
        return stat.S_IMODE(self._bound.st_mode) if self._bound else 0o600

    def is_in_place(self) -> bool:
        """Whether callers still reach it at its path: nobody has removed or replaced the file."""
        if self.path is None:
            return True
        return self._bound is not None and _is_same(_status(self.path), self._bound)

    def close(self) -> None:
        """Stops listening and leaves the path to the next daemon. Idempotent."""
        self.release()
        self.socket.close()

    def release(self) -> None:
        """Leaves the path to others, but goes on listening. Idempotent."""
        if self._lock is not None:
            if self.path is not None and self.is_in_place():
                self.path.unlink()
            self._lock.close()
            self._lock = None

    def leave(self) -> tuple[int, dict[str, str]]:
        """Has the socket go on listening after `close`, at its path: a descriptor of it, and the
        variables with which `passed` finds it again, in the same process."""
        variables = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
        if self._lock is not None:
            variables[OWN_PATH] = str(self.path)
        descriptor, self._bound = os.dup(self.socket.fileno()), None
        return descriptor, variables


def passing(descriptor: int) -> None:
    """Has the next program in this process get the socket, where systemd would put it."""
    os.dup2(descriptor, SYSTEMD_FD)
    os.set_inheritable(SYSTEMD_FD, True)


def passed(environ: MutableMapping[str, str] = os.environ) -> Listener | None:
    """The socket that systemd opened for this process (sd_listen_fds(3)), or that the version
    before this one has left to it; None if there is none.

    The variables are removed from `environ`, so that child processes do not use the socket. Raises
    ConfigError if the descriptor cannot be used, AlreadyRunningError if another daemon has taken
    the path.
    """
    own_path = environ.pop(OWN_PATH, "")
    sock = _inherited(environ)
    if sock is None:
        return None
    if own_path:
        return Listener(sock, Path(own_path), _lock(Path(own_path)))
    name = sock.getsockname()  # bytes, if it is no file
    return Listener(sock, Path(name) if isinstance(name, str) and name else None, None)


def bind(path: Path, mode: int = 0o600) -> Listener:
    """Listens on a new socket at `path` with `mode`.

    Raises AlreadyRunningError if another daemon holds the path, ConfigError if it cannot be used.
    """
    _make_folder(path.parent)
    lock = _lock(path)
    try:
        _clear(path)
        return Listener(_listen(path, mode), path, lock)
    except BaseException:
        lock.close()
        raise


def _inherited(environ: MutableMapping[str, str]) -> socket.socket | None:
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
        raise ConfigError(
            f"Descriptor {fd} from systemd is not a socket: {reason(error)}."
        ) from error
    if (sock.family, sock.type) != (socket.AF_UNIX, socket.SOCK_STREAM) or not listens:
        raise ConfigError(
            f"Descriptor {fd} from systemd is not a listening Unix stream socket: "
            "imgsimd.socket needs ListenStream= with a path, and Accept=no."
        )
    sock.set_inheritable(False)
    return sock


def _make_folder(folder: Path) -> None:
    """Makes the socket's folder, for this user only, unless it exists. Raises ConfigError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = folder.stat().st_mode
    except OSError as error:
        raise ConfigError(
            f"The socket's folder {folder} cannot be made: {explain(error, folder)}. Or use "
            "another: `socket` in the configuration, or IMGSIMD_SOCKET."
        ) from error
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise ConfigError(
            f"Everyone can write to {folder}, and so replace imgsimd's socket with their own: "
            f"`chmod o-w {folder}`, or choose another folder in IMGSIMD_SOCKET."
        )


def _lock(path: Path) -> Lock:
    """The lock of the path: a file beside the socket, with our process id.

    The file stays when the daemon ends. If it were removed, two daemons could lock two files.
    """
    file = path.with_name(path.name + ".lock")
    try:
        return lockfile.take(file, 0)
    except HeldError as error:
        raise AlreadyRunningError(_already(path, error.pid)) from None
    except OSError as error:
        raise ConfigError(
            f"The lock file {file} cannot be opened: {explain(error, file)}. Or use another "
            "folder: `socket` in the configuration, or IMGSIMD_SOCKET."
        ) from error


def _clear(path: Path) -> None:
    """Removes the socket of a daemon that has died. The caller holds the lock.

    Raises AlreadyRunningError if somebody without the lock listens there (systemd, for example),
    ConfigError if the file is not a socket.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConfigError(
            f"{path} exists and is not a socket: move it, or choose another path in IMGSIMD_SOCKET."
        )
    if not _is_dead(path):
        raise AlreadyRunningError(_already(path, None))
    path.unlink()


def _is_dead(path: Path) -> bool:
    """Whether nobody listens. Every other refusal comes from a listener: its queue is full, it uses
    another protocol (a datagram socket, for example), or it is not for us."""
    with socket.socket(socket.AF_UNIX) as probe, unix.address(path) as name:
        probe.setblocking(False)
        return probe.connect_ex(name) == errno.ECONNREFUSED


def _already(path: Path, pid: int | None) -> str:
    who = f"imgsimd already runs as process {pid}" if pid else "Another program already listens"
    return (
        f"{who} on {path}. `imgsimctl down` stops it; `systemctl --user stop imgsimd.socket` "
        "where systemd holds the socket."
    )


def _listen(path: Path, mode: int) -> socket.socket:
    """Listens before the socket gets its name, so that whoever finds it can connect. Its mode is
    right from the start: chmod would come too late."""
    new = path.with_name(path.name + ".new")
    before = os.umask(0o777 & ~mode)
    try:
        with ExitStack() as unless_it_works:
            sock = unless_it_works.enter_context(socket.socket(socket.AF_UNIX))
            new.unlink(missing_ok=True)
            with unix.address(new) as name:
                sock.bind(name)
            sock.listen(BACKLOG)
            new.rename(path)
            unless_it_works.pop_all()
    except OSError as error:
        raise ConfigError(f"The socket {path} cannot be made: {explain(error, path)}.") from error
    finally:
        os.umask(before)
    return sock


def _status(path: Path) -> os.stat_result | None:
    """The status of the file; None if there is none, or we may not see it."""
    try:
        return path.lstat()
    except OSError:
        return None


def _is_same(one: os.stat_result | None, other: os.stat_result) -> bool:
    return one is not None and (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
