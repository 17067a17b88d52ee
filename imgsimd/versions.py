"""Versions of imgsimd: how the daemon tells its own, and which of two is older."""

from __future__ import annotations

import re

HEADER = "Imgsimd-Version"
"""Of the daemon's answers."""
_STAGES = (".dev", "a", "b", "rc", "", ".post")
"""As they follow each other (PEP 440)."""
_VERSION = re.compile(r"(\d+(?:\.\d+)*)(\.dev|a|b|rc|\.post|)(\d*)")


def is_older(one: str, other: str) -> bool:
    """Whether the one comes before the other; false where one of them is no version of ours."""
    first, second = _order(one), _order(other)
    return first is not None and second is not None and first < second


def _order(version: str) -> tuple[list[int], int, int] | None:
    found = _VERSION.match(version)
    if found is None:
        return None
    numbers = [int(number) for number in found[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers, _STAGES.index(found[2]), int(found[3] or 0)
