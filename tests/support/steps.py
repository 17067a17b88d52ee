"""How much a piece of Python does, whatever machine it runs on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def at_most_steps(most: int) -> Iterator[None]:
    """Fails the test where the block takes more steps of Python (calls, lines, returns)."""
    taken = 0

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal taken
        taken += 1
        assert taken <= most, "it takes too many steps"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        yield
    finally:
        sys.settrace(before)
    assert taken <= most, "the work caught the error above"
