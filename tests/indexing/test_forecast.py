"""How long the rest takes, by the time of a clock that the test moves."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from imgsimd.indexing.batches import GOLDEN_RATIO
from imgsimd.indexing.costs import Kind, kind_of
from imgsimd.indexing.forecast import Forecast, Kinds, Waiting

BATCH = 64
THREADS = 2
PHOTO = kind_of(b"a.jpg", 1_000_000)


class File(NamedTuple):
    """A file to index."""

    kind: str
    size: int
    seconds: float
    """Of a core; 0 of a copy."""

    @property
    def key(self) -> Kind:
        return kind_of(b"a.%s" % self.kind.lower().encode(), self.size)


def jpeg(size: int, chance: random.Random) -> File:
    size = int(size * chance.uniform(0.5, 1.6))
    return File("JPG", size, (0.005 + 0.005 * size / 1e6) * chance.uniform(0.5, 1.7))


def small(chance: random.Random) -> File:
    return jpeg(60_000, chance)


def large(chance: random.Random) -> File:
    return jpeg(4_000_000, chance)


def heic(chance: random.Random) -> File:
    return File("HEIC", int(2e6 * chance.uniform(0.5, 2)), 0.9 * chance.uniform(0.7, 1.4))


def copy(chance: random.Random) -> File:
    return large(chance)._replace(seconds=0)


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Run:
    """Files are indexed in their order; what is said on the way is compared with what came."""

    def __init__(
        self, files: Sequence[File], slowed: Callable[[float], float] = lambda _: 1
    ) -> None:
        """`slowed` says how many times slower the machine is after so many seconds."""
        self._files = list(files)
        self._slowed = slowed
        self._clock = Clock()
        self._forecast = Forecast(self._clock)
        self._told: list[tuple[float, float | None]] = []
        self._index()
        self.seconds = self._clock.now - 1000

    @property
    def errors(self) -> dict[float, float]:
        """Relative to what was left in truth, by the seconds since the start; not of the last
        tenth."""
        return {
            at: left / (self.seconds - at) - 1
            for at, left in self._told
            if left is not None and at < 0.9 * self.seconds
        }

    def worst(self, after: float) -> float:
        """The largest error after so many seconds."""
        return max(abs(error) for at, error in self.errors.items() if at >= after)

    @property
    def jumps(self) -> list[float]:
        """By how much the end was told to be later or earlier than one batch before, as shares of
        what was left."""
        ends = [at + left for at, left in self._told if left is not None]
        lefts = [left for _, left in self._told if left is not None]
        pairs = zip(ends, ends[1:], lefts, strict=False)
        return [abs(new - old) / left for old, new, left in pairs if left > 30]

    def _index(self) -> None:
        with self._forecast.batch("m"):  # the other lane's
            for start in range(0, len(self._files), BATCH):
                self._scout(start)
                self._embed(self._files[start : start + BATCH])
                self._forecast.finish(BATCH)
                waiting = Waiting("m", len(self._files) - start - BATCH, self._rest(start + BATCH))
                self._told.append((self._clock.now - 1000, self._forecast.seconds_left([waiting])))

    def _scout(self, start: int) -> None:
        """As the indexer does: the last of each batch comes from anywhere."""
        files, last = self._files, min(start + BATCH, len(self._files)) - 1
        other = last + int(start / BATCH * GOLDEN_RATIO % 1 * (len(files) - last))
        files[last], files[other] = files[other], files[last]

    def _embed(self, files: Sequence[File]) -> None:
        with self._forecast.batch("m") as work:
            for file in files:
                reading = 0.0005 + file.size / 1e9
                self._pass(reading)
                work.read(file.size, reading)
            for file in filter(lambda file: file.seconds, files):
                self._pass(file.seconds)
                work.embedded(file.key, file.size, file.seconds)
            work.judged(len(files), sum(file.seconds > 0 for file in files))

    def _pass(self, seconds: float) -> None:
        self._clock.now += seconds * self._slowed(self._clock.now - 1000) / THREADS

    def _rest(self, start: int) -> Kinds:
        """About a thousand of the files that wait."""
        kinds: dict[Kind, tuple[int, int]] = {}
        for file in self._files[start :: max(1, (len(self._files) - start) // 1000)]:
            count, size = kinds.get(file.key, (0, 0))
            kinds[file.key] = count + 1, size + file.size
        return kinds


def drawn(seed: int, *parts: tuple[int, Callable[[random.Random], File]]) -> list[File]:
    chance = random.Random(seed)  # noqa: S311 - the same each time, not a secret
    return [make(chance) for count, make in parts for _ in range(count)]


def mixed(files: Sequence[File]) -> list[File]:
    return random.Random(7).sample(files, len(files))  # noqa: S311 - the same each time


SMALL, LARGE = (12_000, small), (5000, large)


@pytest.mark.parametrize(
    ("files", "most"),
    [
        (drawn(1, SMALL, LARGE), 0.15),
        (drawn(1, LARGE, SMALL), 0.15),
        (mixed(drawn(1, SMALL, LARGE)), 0.15),
        (mixed(drawn(1, (4000, large), (150, heic))), 0.3),
        (mixed(drawn(1, (6000, large), (6000, copy))), 0.15),
        (drawn(1, (40_000, copy)), 0.1),
    ],
    ids=["small first", "large first", "mixed", "two kinds", "half are copies", "all are copies"],
)
def test_after_a_minute_the_time_left_is_right_whatever_is_left(
    files: list[File], most: float
) -> None:
    run = Run(files)
    assert run.seconds > 90
    assert run.worst(after=60) < most


def test_it_does_not_jump_about() -> None:
    assert max(Run(mixed(drawn(2, SMALL, LARGE))).jumps) < 0.2


def test_another_speed_is_noticed_within_a_minute() -> None:
    run = Run(mixed(drawn(3, SMALL, LARGE)), lambda now: 3 if now > 60 else 1)
    assert run.worst(after=130) < 0.2


def test_nothing_is_told_before_something_was_measured() -> None:
    clock = Clock()
    forecast = Forecast(clock)
    waiting = [Waiting("m", 100, {PHOTO: (1, 1_000_000)})]
    with forecast.batch("m") as work:
        assert forecast.seconds_left(waiting) is None
        for _ in range(3):
            clock.now += 1.4
            assert forecast.seconds_left(waiting) is None
            work.embedded(PHOTO, 1_000_000, 0.1)
        assert forecast.seconds_left(waiting) is None
        clock.now += 1.4
        work.embedded(PHOTO, 1_000_000, 0.1)
    assert forecast.seconds_left(waiting) == pytest.approx(140, rel=0.1)


def test_a_pause_does_not_count_as_slow() -> None:
    clock = Clock()
    forecast = Forecast(clock)
    told = []
    for _ in range(2):
        with forecast.batch("m") as work:
            for _ in range(20):
                clock.now += 1
                work.embedded(PHOTO, 1_000_000, 0.1)
                forecast.finish(1)
        told.append(forecast.seconds_left([Waiting("m", 100, {PHOTO: (1, 1_000_000)})]))
        clock.now += 10_000
    assert told[0] == pytest.approx(told[1], rel=0.01)
    assert forecast.per_second == pytest.approx(1, rel=0.1)


def test_each_model_has_its_own_costs() -> None:
    clock = Clock()
    forecast = Forecast(clock)
    for model, seconds in (("quick", 0.1), ("slow", 1.0)):
        with forecast.batch(model) as work:
            for _ in range(100):
                clock.now += seconds
                work.embedded(PHOTO, 1_000_000, seconds)
    sample = {PHOTO: (10, 10_000_000)}
    both = [Waiting("quick", 50, sample), Waiting("slow", 100, sample)]
    assert forecast.seconds_left(both) == pytest.approx(105, rel=0.1)


def test_nothing_is_left_where_nothing_waits() -> None:
    clock = Clock()
    forecast = Forecast(clock)
    with forecast.batch("m") as work:
        for _ in range(10):
            clock.now += 1
            work.embedded(PHOTO, 1_000_000, 0.1)
    assert forecast.seconds_left([]) == 0
    assert forecast.seconds_left([Waiting("m", 0, {})]) == 0
