"""What all checks begin with: where the files are, what is configured, which daemon runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from imgsimd import locations, lockfile
from imgsimd.client import Client, Status
from imgsimd.errors import ConfigError, ImgsimdError
from imgsimd.locations import Locations

ANSWER_SECONDS = 5.0
"""How long a daemon is waited for: as a rule it answers within some milliseconds."""
SECONDS = 2 * ANSWER_SECONDS
"""For all of it."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """The daemon of these locations, if one runs."""

    pid: int | None = None
    """The process that has locked the state directory; 0 if that cannot be found out, and None if
    there is none, or we may not look."""
    socket: Path | None = None
    """Where it was asked; None if nobody was."""
    status: Status | None = None
    """What it answered."""
    error: str = ""
    """Why it did not answer, in a sentence."""
    code: str = ""
    """The error's code."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known before the checks."""

    where: Locations
    """Of the daemon that answers, if one does: another one may be started elsewhere."""
    fault: str
    """Why the configuration does not say where the files are, so that the usual places are taken;
    empty if it does."""
    written: Mapping[str, object] | None
    """The configuration as it is written; None if it cannot be read."""
    daemon: Daemon

    @property
    def user(self) -> int:
        """The user id of the daemon, or of the one that would run here."""
        pid = self.daemon.status.pid if self.daemon.status else self.daemon.pid
        with suppress(OSError):
            if pid:
                return os.stat(f"/proc/{pid}").st_uid
            if os.geteuid() == 0:  # who has no daemon, as a rule, but looks after another's
                return os.stat(self.where.state).st_uid
        return os.geteuid()

    @property
    def is_of_another(self) -> bool:
        """Whether the daemon is another user's, whose files we may not look at."""
        return os.geteuid() not in (0, self.user)

    @property
    def roots(self) -> list[str]:
        """The watched folders, as they are configured; each may be a link."""
        if self.daemon.status:
            return [next(iter(root.names), root.path) for root in self.daemon.status.roots]
        roots = (self.written or {}).get("roots", [])
        texts = roots if isinstance(roots, list) else []
        return [os.path.expanduser(each) for each in texts if isinstance(each, str)]


def find() -> Iterator[Situation]:
    """Looks around; may hang as long as a disk does. Raises ConfigError where there is no home."""
    where, fault = _places()
    daemon = _daemon(where)
    if status := daemon.status:
        where = replace(where, config=Path(status.config), state=Path(status.state_dir))
    written: Mapping[str, object] | None = None
    with suppress(ConfigError):
        written = locations.read_toml(where.config)
    yield Situation(where, fault, written, daemon)


def without_disks(fault: str) -> Situation:
    """What is known where the disk of the configuration, or of the state, does not answer. Raises
    ConfigError as `find` does."""
    return Situation(_usual(), fault, None, Daemon())


def _places() -> tuple[Locations, str]:
    try:
        return locations.find(), ""
    except ConfigError as error:
        return _usual(), str(error)


def _usual() -> Locations:
    """The places without what the configuration says of them."""
    usual = locations.find(config=Path(os.devnull))
    return replace(usual, config=locations.configuration())


def _daemon(where: Locations) -> Daemon:
    """Asks the daemon. If none runs, nobody is asked: systemd may listen, and would start it."""
    pid = lockfile.holder(where.lock)
    is_chosen = bool(os.environ.get("IMGSIMD_SOCKET"))
    if pid is None and not is_chosen:
        return Daemon()
    socket = _found(where)
    if is_chosen and socket != Path(os.path.realpath(where.socket)):
        pid, socket = None, where.socket  # of another daemon
    try:
        return Daemon(pid, socket, Client(socket, ANSWER_SECONDS).status())
    except ImgsimdError as error:
        return Daemon(pid, socket, error=str(error), code=error.code)


def _found(where: Locations) -> Path:
    """Where a daemon listens that runs: the state directory has a link, on most file systems."""
    leads_to = Path(os.path.realpath(where.address))
    return leads_to if leads_to.exists() else where.socket
