"""What distances mean. That depends on the model, and is known only of those that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imgsimd.types import Match


@dataclass(frozen=True, slots=True)
class Closeness:
    """Of one model."""

    weak_distance: float | None = None
    """If the best match is farther away, nothing close was found; None: not known."""
    burst_distance: float = 0.0
    """How far apart the shots of a burst are at most; 0: not known."""
    copy_distance: float | None = None
    """How far apart a photo and a copy of it are at most, as a rule; None: not known."""
    similar_distance: float | None = None
    """How far apart two photos of one scene are at most, as a rule; None: not known."""

    def is_weak(self, matches: Sequence[Match]) -> bool | None:
        """Whether even the best of the matches, of which it is the first, is far away. None if that
        is not known, or there are none."""
        if self.weak_distance is None or not matches:
            return None
        return matches[0].distance > self.weak_distance
