"""Starts programs that outlive this command."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence


def start(command: Sequence[str], environ: Mapping[str, str] | None = None) -> bool:
    """Starts the program, without a terminal, and does not wait for it; false where it cannot be
    started. Without an `environ`, it has ours."""
    try:
        subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return True
