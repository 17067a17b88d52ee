"""Signals to a process that a test starts."""

from __future__ import annotations

import signal


def heed_signals() -> None:
    """For `preexec_fn`: no signal is ignored, as it would be in a shell's background, or below
    nohup(1)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
