"""What waits to be embedded, as far as a forecast needs to know it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from imgsimd.errors import CatalogError
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.costs import Kind, kind_of
from imgsimd.indexing.forecast import Forecast, Kinds, Waiting
from imgsimd.types import FilePath

SAMPLE = 1024
"""Files of the backlog that stand for all of it: where half of them are large, the mean of so many
is wrong by 3 %. They take 7 ms."""
SAMPLE_SECONDS = 2.0
"""From one sample to the next."""


class Outlook:
    """Asks the gallery only if somebody wants to know. Runs on the event loop."""

    def __init__(self, gallery: GalleryThread, forecast: Forecast) -> None:
        self._gallery = gallery
        self._forecast = forecast
        self._due = 0.0
        self._sample: Sequence[tuple[Served, int, Kinds]] = ()

    async def seconds_left(self, pending: int) -> float | None:
        """Until these, which are all that waits, are embedded; None while that is unknown."""
        if not self._forecast.is_known:
            return None
        if time.monotonic() >= self._due:
            await self._look()
        return self._forecast.seconds_left(self._waiting(pending))

    async def _look(self) -> None:
        self._due = time.monotonic() + SAMPLE_SECONDS
        with suppress(CatalogError):  # the earlier sample has to do
            found = await self._gallery.peek(lambda gallery: gallery.verdicts.sample(SAMPLE))
            self._sample = [(model, count, _by_kind(files)) for model, count, files in found]

    def _waiting(self, pending: int) -> Iterator[Waiting]:
        """Of a change of models, the serving one comes first; the rest is the target's."""
        for model, count, sample in self._sample:
            images = pending if model == self._gallery.target else min(count, pending)
            pending -= images
            yield Waiting(model.identity, images, sample)


def _by_kind(files: Iterable[tuple[FilePath, int]]) -> Kinds:
    counts, sizes = defaultdict[Kind, int](int), defaultdict[Kind, int](int)
    for path, size in files:
        kind = kind_of(path, size)
        counts[kind] += 1
        sizes[kind] += size
    return {kind: (count, sizes[kind]) for kind, count in counts.items()}
