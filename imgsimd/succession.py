"""Another version of the daemon takes the place of this one: in the same process, and with the same
listening socket, where callers wait meanwhile.

The process keeps its id, so that neither a service manager nor a lock file has to know. What the
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
LAST_WORD = "IMGSIMD_LAST_WORD"
"""The variables with what a `Legacy` has."""


class Legacy(NamedTuple):
    """What the version before this one has left in this process, besides its socket."""

    build: str = ""
    """The `Installation.build` that was to take over; empty in a new process."""
    last_word: str = ""
    """See `Pauses.last_word`."""


class Succession:
    """Whether another version is to take over, and what it gets."""

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        self._legacy = Legacy()
        self._socket: int | None = None
        self._variables: dict[str, str] = {}

    def to(self, legacy: Legacy) -> None:
        """Has this build take over, with this."""
        self._legacy = legacy
        self.wanted.set()

    def keep(self, address: Address) -> None:
        """Has callers wait at the address, which is to be closed, instead of being refused."""
        self._socket, self._variables = address.leave()

    def begin(self) -> NoReturn:
        """Becomes the other version. Raises ImgsimdError if it cannot be started."""
        command = [sys.executable, "-P", "-m", "imgsimd.daemon"]
        left = {EXPECTED_BUILD: self._legacy.build, LAST_WORD: self._legacy.last_word}
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it reads its configuration anyway
        if self._socket is not None:
            passing(self._socket)
        try:
            environ = {**os.environ, **self._variables, **left}
            os.execve(command[0], command, environ)  # noqa: S606  # a program of ours
        except OSError as error:
            raise ImgsimdError(f"{command[0]} cannot be started: {error.strerror}.") from error


def legacy(environ: MutableMapping[str, str] = os.environ) -> Legacy:
    """What was left to this process; children do not get it."""
    return Legacy(environ.pop(EXPECTED_BUILD, ""), environ.pop(LAST_WORD, ""))
