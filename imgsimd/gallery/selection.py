"""Which images somebody wants to see or to count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from imgsimd.gallery.attributes import Attributes
from imgsimd.gallery.conditions import ANY, Conditions
from imgsimd.gallery.index import Index
from imgsimd.gallery.vectors.base import Ids
from imgsimd.gallery.vectors.id_set import places
from imgsimd.types import ImageId


@dataclass(frozen=True, slots=True)
class Selection:
    """The searchable images that fit."""

    conditions: Conditions = ANY
    among: Collection[ImageId] | None = None
    """Only these; unknown ids do no harm. None: all."""

    def of(self, index: Index, attributes: Attributes) -> Ids:
        """Those that fit, ascending. Raises NotLoadedError if there are conditions."""
        ids = index.ids()
        if self.among is not None:
            ids = ids[places(ids, np.array(sorted(set(self.among)), np.int64))]
        if self.conditions != ANY:
            ids = ids[places(ids, attributes.ids(self.conditions))]
        return ids
