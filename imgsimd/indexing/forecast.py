"""How long the backlog will take."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

from imgsimd.indexing.costs import Costs, Kind
from imgsimd.pace import Pace

LEAST_SECONDS = 3.0
"""So long something must have been done before there is a forecast."""
WINDOW_SECONDS = 30.0
"""What was done so long ago counts about a third for the speed: long enough to even out batches,
short enough to notice that another program wants the processor."""
MEMORY = 1000.0
"""So many of the last files say, about, how many of the next are copies of known ones."""


Kinds: TypeAlias = Mapping[Kind, tuple[int, int]]
"""Files by kind: how many there are, and their bytes together."""


class Waiting(NamedTuple):
    """Images that wait for a model."""

    model: str
    """Its identity."""
    images: int
    sample: Kinds
    """Some of them."""


class Forecast:
    """Work is counted in seconds of a thread, as each file is expected to take them, and the speed
    is how much of it is done in a second. So a large picture that waits counts for more than a
    small one, and if all takes longer than expected, that does no harm. Runs on the event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._costs: defaultdict[str, Costs] = defaultdict(Costs)
        self._under_way = 0
        self._since: float | None = None
        self._work = self._busy = 0.0
        """What was done in so many seconds; earlier ones count less and less."""
        self._measured = 0.0
        self._ahead = 0.0
        """What was done of batches that are still under way."""
        self._read = self._embedded = 0.0
        """Of the last files, how many were read, and how many of these had to be embedded."""
        self._pace = Pace()
        self.finished = 0
        """Photos that were embedded, recognised or refused, since the daemon started."""

    @property
    def per_second(self) -> float | None:
        """How many of these there were each second, lately; None while that is unknown."""
        return self._pace.rate

    @property
    def is_known(self) -> bool:
        """Whether enough was done to tell how long the rest takes."""
        return self._measured >= LEAST_SECONDS and self._work > 0

    def seconds_left(self, waiting: Iterable[Waiting]) -> float | None:
        """Until nothing waits any more; None while that is unknown."""
        if not self.is_known:
            return None
        work = sum(map(self._work_of, waiting)) - self._ahead
        return max(0.0, work) * self._busy / self._work

    @contextmanager
    def batch(self, model: str) -> Iterator[BatchWork]:
        """`with forecast.batch(model.identity) as work:` a batch is under way."""
        if not self._under_way:
            self._begin()
        self._under_way += 1
        work = BatchWork(self, self._costs[model])
        try:
            yield work
        finally:
            self._under_way -= 1
            self._ahead -= work.done

    def finish(self, photos: int) -> None:
        """Counts photos that nothing more is to be done with."""
        self.finished += photos
        self._pace.note(self._clock(), self.finished)

    def _begin(self) -> None:
        """Nothing was under way, for lack of work or because of a pause: that took no time, and
        nor does the start of a worker, before its first picture."""
        self._since = None
        self._pace = Pace()
        self._pace.note(self._clock(), self.finished)

    def _work_of(self, waiting: Waiting) -> float:
        costs = self._costs[waiting.model]
        files = sum(count for count, _ in waiting.sample.values())
        if not files:
            return 0.0
        work = costs.reading(files, sum(size for _, size in waiting.sample.values()))
        for kind, (count, size) in waiting.sample.items():
            work += self._share_embedded * costs.embedding(kind, count, size)
        return work * waiting.images / files

    @property
    def _share_embedded(self) -> float:
        """The rest has a content that is known already."""
        return self._embedded / self._read if self._read else 1.0

    def _note_share(self, read: int, embedded: int) -> None:
        keep = (1 - 1 / MEMORY) ** read
        self._read = keep * self._read + read
        self._embedded = keep * self._embedded + embedded

    def _note_work(self, work: float) -> None:
        now = self._clock()
        self._ahead += work
        if self._since is not None:
            passed = now - self._since
            keep = math.exp(-passed / WINDOW_SECONDS)
            self._work = keep * self._work + work
            self._busy = keep * self._busy + passed
            self._measured += passed
        self._since = now


class BatchWork:
    """What is done of a batch."""

    def __init__(self, forecast: Forecast, costs: Costs) -> None:
        self._forecast = forecast
        self._costs = costs
        self.done = 0.0

    def read(self, size: int, seconds: float) -> None:
        """A file of so many bytes was read, which kept a thread busy for so long."""
        self._costs.note_reading(size, seconds)
        self._add(self._costs.reading(1, size))

    def embedded(self, kind: Kind, size: int, seconds: float) -> None:
        """A file was embedded, which kept a core busy for so long."""
        self._costs.note_embedding(kind, size, seconds)
        self._add(self._costs.embedding(kind, 1, size))

    def refused(self, kind: Kind, size: int) -> None:
        """A file could not be embedded. That may have taken any time."""
        self._add(self._costs.embedding(kind, 1, size))

    def judged(self, read: int, embedded: int) -> None:
        """Of so many files that were read, so many had to be embedded; the rest was known."""
        self._forecast._note_share(read, embedded)

    def _add(self, work: float) -> None:
        self.done += work
        self._forecast._note_work(work)
