"""Where callers find the daemon: the best path for its socket that can be used now, and a link in
the state directory, which callers find whatever their environment is."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

from imgsimd.closing import Closing
from imgsimd.control.listener import Listener, bind
from imgsimd.errors import AlreadyRunningError, ConfigError
from imgsimd.locations import Locations
from imgsimd.lockfile import Lock

log = logging.getLogger(__name__)


class Address(Closing):
    """The daemon's listener, which can move to another path."""

    def __init__(self, where: Locations, lock: Lock, given: Listener | None = None) -> None:
        """Listens with the `given` listener, or with a new one. `lock` is that of the state
        directory.

        Raises AlreadyRunningError if another daemon holds the path, and ConfigError if the path
        that was chosen, or no path at all, can be used.
        """
        self._where = where
        self._lock = lock
        self._choices = (where.socket, where.address)
        self._mode = 0o600
        self._is_left = False
        self.listener = given or self._first()
        if given and given.path and not given.is_own:
            self._choices = (given.path, where.address)
        self._mode = self.listener.mode
        self._link()

    def leave(self) -> tuple[int, dict[str, str]]:
        """See `Listener.leave`; the link stays, too."""
        self._is_left = True
        return self.listener.leave()

    def close(self) -> None:
        """Stops listening, and removes the link from the state directory if that is still ours."""
        with suppress(OSError):
            if not self._is_left and self._lock.is_in_place() and _target(self._where.address):
                self._where.address.unlink()
        self.listener.close()

    def renew(self) -> Listener | None:
        """Moves to a better path if one can be used by now, or to any if the socket was removed.

        Returns the old listener, which the caller closes; None if nothing has moved. Never takes a
        path from another daemon.
        """
        before = self.listener
        after = self._better()
        if after is not None:
            self.listener = after
            log.warning("Listening on %s now, no longer on %s.", after.path, before.path)
        self._link()
        return before if after is not None else None

    def _first(self) -> Listener:
        if self._where.socket_is_chosen:
            return self._bound(self._where.socket)
        if _may_be_made(self._where.socket):
            try:
                return self._bound(self._where.socket)
            except ConfigError as error:  # the runtime directory of another user, after `su`, say
                log.warning("%s Listening on %s.", error, self._where.address)
        return self._bound(self._where.address)

    def _better(self) -> Listener | None:
        for path in self._choices:
            if path == self.listener.path:
                if self.listener.is_in_place():
                    return None
                self.listener.release()
            with suppress(AlreadyRunningError, ConfigError):
                if _may_be_made(path):
                    return self._bound(path)
        return None

    def _bound(self, path: Path) -> Listener:
        if path == self._where.address and _target(path):
            path.unlink()  # the link of a daemon that was killed
        return bind(path, self._mode)

    def _link(self) -> None:
        """Makes the link in the state directory that leads to the socket."""
        address, path = self._where.address, self.listener.path
        if path in (None, address) or _target(address) == str(path):
            return
        new = address.with_name(f"{address.name}.new")
        with suppress(OSError):  # a file system without links: callers know the usual path only
            new.unlink(missing_ok=True)
            new.symlink_to(path)
            if _target(address) or address.is_socket() or not os.path.lexists(address):
                new.replace(address)


def _may_be_made(socket: Path) -> bool:
    """Whether at most the socket's folder is missing: the user has logged in, the disk is there."""
    return os.path.isdir(socket.parent.parent)


def _target(link: Path) -> str:
    """Where the link leads; empty if it is not a link."""
    try:
        return os.readlink(link)
    except OSError:
        return ""
