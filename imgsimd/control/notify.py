"""Tells systemd about the daemon: the protocol of sd_notify(3), without its library."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Mapping

SEND_SECONDS = 0.2
"""How long a message waits for a manager that is slow to read, before it is dropped."""
RENEWING_INTERVALS = 5
"""So many times longer than usual the watchdog waits while another version starts: 300 seconds with
our units, which is what they allow a start."""
MOST_STATUS_BYTES = 1024
"""systemd drops a message of more than 4096 bytes as a whole, READY=1 included."""


class Notifier:
    """Tells the service manager how the daemon is; does nothing if there is none. Never raises."""

    def __init__(self, address: str = "", watchdog_interval: float | None = None) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_interval = watchdog_interval
        """Between two calls of `watchdog`: half of what systemd allows. None: no watchdog."""
        self._status = "ready"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Notifier:
        """For the manager that NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID describe."""
        return cls(environ.get("NOTIFY_SOCKET", ""), _watchdog_interval(environ))

    @property
    def is_heard(self) -> bool:
        """Whether there is a manager to tell."""
        return bool(self._address)

    def ready(self) -> None:
        """The socket answers, or a reload is over, whether it succeeded or not."""
        self._send("READY=1", f"STATUS={_line(self._status)}", *self._watched(1))

    def status(self, text: str) -> None:
        """A line for `systemctl status`."""
        self._status = text
        self._send(f"STATUS={_line(text)}")

    def reloading(self) -> None:
        """The configuration is being read again; `ready` must follow."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={microseconds}")

    def renewing(self) -> None:
        """Another version of the daemon takes over in this process; its `ready` must follow. Until
        then it need not show that it is alive, as after a start."""
        self.reloading()
        self._send("STATUS=starting anew, after an update", *self._watched(RENEWING_INTERVALS))

    def stopping(self) -> None:
        """The daemon is stopping."""
        self._send("STOPPING=1")

    def watchdog(self) -> None:
        """The daemon is alive."""
        self._send("WATCHDOG=1")

    async def beat(self) -> None:
        """Calls `watchdog` for as long as the event loop runs, until cancelled. Returns at once if
        there is no watchdog."""
        while self.is_heard and self.watchdog_interval is not None:
            self.watchdog()
            await asyncio.sleep(self.watchdog_interval)

    def _watched(self, intervals: float) -> list[str]:
        """The message that the watchdog allows so many times what it allows by its unit."""
        if self.watchdog_interval is None:
            return []
        return [f"WATCHDOG_USEC={round(2 * self.watchdog_interval * intervals * 1_000_000)}"]

    def _send(self, *lines: str) -> None:
        if not self.is_heard:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.settimeout(SEND_SECONDS)
                sock.connect(self._address)
                sock.send("\n".join(lines).encode("utf-8"))
        except (OSError, ValueError):
            pass  # nobody listens


def _line(text: str) -> str:
    """One short line of valid UTF-8, whatever file names are in `text`."""
    line = " ".join(text.split("\n")).encode("utf-8", "backslashreplace")
    return line[:MOST_STATUS_BYTES].decode("utf-8", "ignore")


def _watchdog_interval(environ: Mapping[str, str]) -> float | None:
    microseconds = environ.get("WATCHDOG_USEC", "")
    meant_for = environ.get("WATCHDOG_PID", "")
    if not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    if meant_for and meant_for != str(os.getpid()):
        return None
    return int(microseconds) / 2 / 1_000_000
