"""When images whose files have gone may be forgotten without asking. Pure: time is passed in."""

from __future__ import annotations

import math
from enum import Enum

from imgsimd.types import FilePath

FEW_IMAGES = 100
"""So many may always go: to embed them again takes a second."""
COUNTABLE = 2**53
"""No gallery has more images; a share may be almost nothing."""


class Judgement(Enum):
    """What becomes of the missing images of a root."""

    WAIT = "wait"
    """They may turn up again, or under another name; or more may follow."""
    FORGET = "forget"
    ASK = "ask"
    """Only a user can know whether so many were meant to go."""


class DeletionGuard:
    """What has gone from the roots, and when."""

    def __init__(self, share: float, grace: float) -> None:
        """`share` of a root's images, from 0 to 1, is the most that may go together; `grace` is in
        seconds. Losses that follow one another faster than that are one: a deep folder is removed
        for minutes, a disk on the network fades away piece by piece."""
        self._share = share
        self._grace = grace
        self._last: dict[FilePath, float] = {}
        self._asked: set[FilePath] = set()

    def note(self, root: FilePath, now: float) -> None:
        """Some images of the root have gone."""
        self._last[root] = now

    def enough(self, root: FilePath, missing: int) -> int:
        """Of how many known images so many may go unasked: `judge` need not hear of more, or, where
        this is 0, of any."""
        if missing <= FEW_IMAGES or root in self._asked or not self._share:
            return 0
        return math.ceil(min(missing / self._share, COUNTABLE)) + 1

    def judge(self, root: FilePath, missing: int, known: int, now: float) -> Judgement:
        """About so many missing of the images that are known of the root.

        Once the user is asked, nothing is forgotten because some have come back meanwhile.
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
