"""Only one daemon uses a state directory, and callers can reach it for as long as it does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import socket

from imgsimd import lockfile
from imgsimd.access import explain
from imgsimd.control.address import Address
from imgsimd.control.listener import Listener
from imgsimd.errors import AlreadyRunningError, CatalogError, ConfigError, DisownedError
from imgsimd.locations import Locations
from imgsimd.lockfile import HeldError, Lock
from imgsimd.words import reason


def own(where: Locations) -> Lock:
    """Makes the state directory, and locks it: two daemons would each undo what the other does.

    Raises AlreadyRunningError, with the other's process id, or ConfigError.
    """
    try:
        where.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        return lockfile.take(where.lock)
    except HeldError as error:
        raise AlreadyRunningError(
            f"Another imgsimd (process {error.pid or '?'}) uses {where.state}, and listens on "
            f"{os.path.realpath(where.address)}. Stop it with `imgsimctl down`."
        ) from error
    except OSError as error:
        raise ConfigError(
            f"The state directory {where.state} cannot be used: {explain(error, where.lock)}. "
            f"Or use another: `state_dir` in {where.config}, or IMGSIMD_STATE_DIR."
        ) from error


class Presence:
    """Checks now and then whether the state directory is still ours, and whether callers still find
    the socket. Runs on the event loop."""

    def __init__(self, state: Path, lock: Lock, address: Address) -> None:
        self._state = state
        self._lock = lock
        self._address = address
        self._loop = asyncio.get_running_loop()
        self._asked = asyncio.Event()
        self._patience = 10.0

    def check(self) -> None:
        """Must be called before anything that only the owner of the state directory may do. Any
        thread may call it.

        Raises DisownedError if the directory is not ours any more, and then the daemon ends;
        CatalogError if that cannot be found out now.
        """
        try:
            is_ours = self._lock.is_in_place()
        except OSError as error:
            raise CatalogError(
                f"The state directory {self._state} cannot be used: {reason(error)}. Trying again."
            ) from error
        if not is_ours:
            self._loop.call_soon_threadsafe(self._asked.set)
            raise DisownedError(
                f"The state directory {self._state} was removed or replaced while imgsimd was "
                "using it, so imgsimd stops. `imgsimctl up` starts it again."
            )

    def look(self, period: float) -> None:
        """Checks soon. Called about every `period` seconds; if no call comes, for example during a
        long scan, the next check is made after twice that time."""
        self._patience = 2 * period
        self._asked.set()

    async def run(self, move: Callable[[socket], None]) -> None:
        """Checks again and again, until cancelled. `move` is called with a new socket on which the
        server must listen instead of the old one. Raises DisownedError."""
        while True:
            with suppress(CatalogError):
                if left := await asyncio.to_thread(self._renew):
                    move(self._address.listener.socket)
                    left.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    await self._asked.wait()
            self._asked.clear()

    def _renew(self) -> Listener | None:
        """See `Address.renew`; only if the state directory is ours. Raises as `check` does."""
        self.check()
        return self._address.renew()
