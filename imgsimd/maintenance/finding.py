"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass

MOST_EXAMPLES = 10
"""So many are named of each kind."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of difference, and how often it occurs."""

    what: str
    count: int
    examples: list[str]
    """Paths (os.fsdecode). Of `database`, what SQLite says; of `store`, why it cannot be compared;
    of `stray_rows`, collections."""
