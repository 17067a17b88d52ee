"""How far a search for duplicates is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Stage(StrEnum):
    """What is being done; the stages follow each other in this order."""

    WAITING = "waiting"
    """Until another search for duplicates has ended."""
    READING = "reading"
    """What the catalog knows of all photos."""
    NEARING = "nearing"
    """Looking for photos that are near each other."""
    VERIFYING = "verifying"
    """Comparing pictures."""
    GROUPING = "grouping"


@dataclass(frozen=True, slots=True)
class Progress:
    """So many of so many."""

    stage: Stage
    done: int = 0
    total: int = 0
    """0 while it is unknown."""


Tell: TypeAlias = Callable[[Progress], None]
