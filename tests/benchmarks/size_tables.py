"""Tables in Markdown, each followed by what it assumes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

SIZES = (10_000_000, 100_000_000, 1_000_000_000)
"""Photos."""
CORES = 16
"""Of each machine in the tables."""


def with_assumptions(
    head: Sequence[str], rows: Iterable[Sequence[str]], *assumptions: str
) -> Iterator[str]:
    """The lines."""
    yield ""
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"
    yield ""
    yield " ".join(assumptions)


def per_size(
    head: Sequence[str], row: Callable[[int], Sequence[str]], *assumptions: str
) -> Iterator[str]:
    """A table with a row for each of the sizes."""
    rows = ([f"{photos:,}", *row(photos)] for photos in SIZES)
    return with_assumptions(["photos", *head], rows, *assumptions)
