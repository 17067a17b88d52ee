"""The pauses between two tries while a shared store cannot be used."""

from __future__ import annotations

from imgsimd.backoff import Backoff

FIRST_SECONDS, LONGEST_SECONDS = 1.0, 60.0


def retries() -> Backoff:
    """For one series of failures."""
    return Backoff(FIRST_SECONDS, LONGEST_SECONDS)
