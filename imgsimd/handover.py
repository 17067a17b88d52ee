"""Starts another version of the daemon in place of this one: in the same process, and with the same
listening socket, where callers wait meanwhile.

The process keeps its id, so that nothing changes for a service manager or a lock file. What the
kernel does not keep goes through the environment.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import MutableMapping
from typing import NamedTuple, NoReturn

from imgsimd.control.address import Address
from imgsimd.control.listener import passing
from imgsimd.errors import ImgsimdError

EXPECTED_BUILD = "IMGSIMD_EXPECTED_BUILD"
OPEN_ENDED = "IMGSIMD_OPEN_ENDED"
"""The variables that hold the fields of `Inherited`."""


class Inherited(NamedTuple):
    """What this version gets from the one that ran in this process before, besides its socket."""

    build: str = ""
    """The `Installation.build` that was to take over; empty in a new process."""
    open_ended: str = ""
    """See `Pauses.open_ended`."""


class Handover:
    """Whether another version is to be started, and what it gets."""

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        self._inherited = Inherited()
        self._socket: int | None = None
        self._variables: dict[str, str] = {}

    def to(self, inherited: Inherited) -> None:
        """Has another version started, which gets this."""
        self._inherited = inherited
        self.wanted.set()

    def keep(self, address: Address) -> None:
        """Lets callers wait at this address, which is about to be closed."""
        self._socket, self._variables = address.leave()

    def begin(self) -> NoReturn:
        """Executes the other version in this process. Raises ImgsimdError if that fails."""
        command = [sys.executable, "-P", "-m", "imgsimd.daemon"]
        left = {EXPECTED_BUILD: self._inherited.build, OPEN_ENDED: self._inherited.open_ended}
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it reads its configuration anyway
        if self._socket is not None:
            passing(self._socket)
        try:
            environ = {**os.environ, **self._variables, **left}
            os.execve(command[0], command, environ)  # noqa: S606  # a program of ours
        except OSError as error:
            raise ImgsimdError(f"{command[0]} cannot be started: {error.strerror}.") from error


def inherited(environ: MutableMapping[str, str] = os.environ) -> Inherited:
    """What this process has inherited; it is taken out of the environment of children."""
    return Inherited(environ.pop(EXPECTED_BUILD, ""), environ.pop(OPEN_ENDED, ""))
