"""Text files that we write for other programs, and may replace or remove as long as nobody else has
changed them: one line of each has the sum of what follows it."""

from __future__ import annotations

import hashlib

SEAL = "Written by imgsimctl, which keeps it up to date while what follows has the sha256"


def sealed(text: str, head: str = "", comment: str = "# {}") -> str:
    """The text with its seal before it, in a line that is a `comment`, below the `head`, which is
    empty or ends with its line."""
    return f"{head}{comment.format(f'{SEAL} {_sum(text)}')}\n{text}"


def is_sealed(content: str) -> bool:
    """Whether it is as `sealed` made it, here or in another version."""
    _, seal, rest = content.partition(SEAL)
    line, _, text = rest.partition("\n")
    return bool(seal) and _sum(text) in line.split()


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
