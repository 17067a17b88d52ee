"""How many images wait below each root: counted anew only where something has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from imgsimd.gallery.catalog.backlog_blocks import IMAGES, BacklogBlocks, Waiting
from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.types import FilePath

AT_ONCE = 16
"""Blocks counted in one visit of the gallery's thread: some 20 ms."""


class WaitingImages:
    """For any number of roots. Before `is_counted`, nothing is known."""

    def __init__(self, blocks: BacklogBlocks) -> None:
        self._blocks = blocks
        self._counted: dict[int, list[Waiting]] = {}
        self._roots: Sequence[FilePath] = ()
        self._of: object = None
        self.changes = 0
        """How often it was noticed that images came, went or moved, whether they wait or not."""

    def is_counted(self, roots: Sequence[FilePath], model: ModelKey) -> bool:
        """Counts for a while; whether everything is counted by then. A million that wait take ten
        visits at first, later changes one."""
        of = self._blocks.recording(), tuple(roots), model
        if of != self._of:
            self._of, self._roots, self._counted = of, roots, {}
            self._blocks.touch_all()
        touched = self._blocks.touched(AT_ONCE)
        for block in touched:
            if block == IMAGES:
                self.changes += 1
            else:
                self._counted[block] = self._blocks.count(block, roots, model)
        return len(touched) < AT_ONCE

    @property
    def sum(self) -> Waiting:
        """What was counted, below all roots together."""
        each = self.of_each.values()
        return Waiting(*map(sum, zip(*each, strict=True))) if each else Waiting(0, 0, 0)

    @property
    def of_each(self) -> Mapping[FilePath, Waiting]:
        """What was counted, by root."""
        columns = zip(*self._counted.values(), strict=True) if self._counted else ()
        sums = [Waiting(*map(sum, zip(*column, strict=True))) for column in columns]
        return dict(zip(self._roots, sums or [Waiting(0, 0, 0)] * len(self._roots), strict=True))
