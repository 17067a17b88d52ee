"""The line about the daemon in `systemctl status`."""

from __future__ import annotations

import asyncio

from imgsimd.control.notify import Notifier
from imgsimd.control.status_feed import StatusFeed
from imgsimd.health import Status
from imgsimd.paths import text
from imgsimd.types import RootState

STATUS_SECONDS = 5.0
"""Between two lines, while something changes."""


async def keep_current(notifier: Notifier, feed: StatusFeed) -> None:
    """Tells the service manager of changes, until cancelled; returns at once if there is no
    manager, so that an idle daemon sleeps."""
    told = ""
    while notifier.is_heard:
        if (line := headline(await feed.now())) != told:
            notifier.status(line)
            told = line
        await asyncio.sleep(STATUS_SECONDS)


def headline(status: Status) -> str:
    """The status in one line."""
    offline = [text(root.path) for root in status.roots if root.state is RootState.OFFLINE]
    return (
        f"{status.state}: {status.images} images, {status.pending} pending, "
        f"{status.failed} failed"
        + (f", {status.damaged} damaged" if status.damaged else "")
        + (f"; offline: {', '.join(offline)}" if offline else "")
    )
