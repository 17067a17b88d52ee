"""Decides when images of deleted files may be forgotten without asking the user. Pure."""

from __future__ import annotations

import math
from enum import Enum

from imgsimd.types import FilePath

FEW_IMAGES = 100
"""This many may always be forgotten: embedding them again takes a second."""
COUNTABLE = 2**53
"""An upper limit for counts: the share may be so small that the quotient is infinite."""


class Judgement(Enum):
    """What to do with the missing images of a root."""

    WAIT = "wait"
    """They may come back or be found under another name, or more may go missing."""
    FORGET = "forget"
    ASK = "ask"
    """So many are missing that only the user can say whether that was intended."""


class DeletionGuard:
    """Remembers when images of each root last went missing."""

    def __init__(self, share: float, grace: float) -> None:
        """`share` is the largest part of a root's images, from 0 to 1, that may be forgotten at
        once. Losses count as one until `grace` seconds pass without another: deleting a deep folder
        takes minutes, and a network disk may disappear piece by piece."""
        self._share = share
        self._grace = grace
        self._last: dict[FilePath, float] = {}
        self._asked: set[FilePath] = set()

    def note(self, root: FilePath, now: float) -> None:
        """Some images of the root have just gone missing."""
        self._last[root] = now

    def count_limit(self, root: FilePath, missing: int) -> int:
        """How many known images allow this many to be forgotten without asking. `judge` needs no
        exact count above this number; at 0 it needs no count at all."""
        if missing <= FEW_IMAGES or root in self._asked or not self._share:
            return 0
        return math.ceil(min(missing / self._share, COUNTABLE)) + 1

    def judge(self, root: FilePath, missing: int, known: int, now: float) -> Judgement:
        """Decides about `missing` of the root's `known` images.

        Once the user has been asked, that stays so until no image is missing: some may come back in
        between.
        """
        if not missing:
            self._asked.discard(root)
            return Judgement.WAIT
        if missing > FEW_IMAGES and missing > self._share * known:
            self._asked.add(root)
        if root in self._asked:
            return Judgement.ASK
        is_over = now - self._last.setdefault(root, now) >= self._grace
        return Judgement.FORGET if is_over else Judgement.WAIT
