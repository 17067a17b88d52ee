"""How much a test tries at random: with IMGSIMD_THOROUGH=10 ten times as much as in the gate."""

from __future__ import annotations

import os


def times(cases: int) -> int:
    """What the gate tries, or a multiple of it."""
    return cases * int(os.environ.get("IMGSIMD_THOROUGH", "1"))
