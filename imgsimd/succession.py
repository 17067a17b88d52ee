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
from typing import NoReturn

from imgsimd.control.address import Address
from imgsimd.control.listener import passing
from imgsimd.errors import ImgsimdError

EXPECTED_BUILD = "IMGSIMD_EXPECTED_BUILD"
"""The variable that names the build which was found, `Installation.build`."""


class Succession:
    """Whether another version is to take over, and what it gets."""

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        self._build = ""
        self._socket: int | None = None
        self._variables: dict[str, str] = {}

    def to(self, build: str) -> None:
        """Has this build take over."""
        self._build = build
        self.wanted.set()

    def keep(self, address: Address) -> None:
        """Has callers wait at the address, which is to be closed, instead of being refused."""
        self._socket, self._variables = address.leave()

    def begin(self) -> NoReturn:
        """Becomes the other version. Raises ImgsimdError if it cannot be started."""
        command = [sys.executable, "-P", "-m", "imgsimd.daemon"]
        variables = {**os.environ, **self._variables, EXPECTED_BUILD: self._build}
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it reads its configuration anyway
        if self._socket is not None:
            passing(self._socket)
        try:
            os.execve(command[0], command, variables)  # noqa: S606  # a program of ours
        except OSError as error:
            raise ImgsimdError(f"{command[0]} cannot be started: {error.strerror}.") from error


def expected_build(environ: MutableMapping[str, str] = os.environ) -> str:
    """The build that this process was to become; empty if it began as a new process."""
    return environ.pop(EXPECTED_BUILD, "")
