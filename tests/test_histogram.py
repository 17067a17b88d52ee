"""A histogram counts each duration once, by the smallest bound that it does not exceed."""

from __future__ import annotations

import pytest

from imgsimd.errors import ConfigError
from imgsimd.histogram import Histogram


def test_each_duration_is_in_the_range_up_to_its_bound() -> None:
    times = Histogram([0.1, 1.0])
    for seconds in (0.0, 0.1, 0.11, 1.0, 7.0):
        times.add(seconds)
    assert times.counts == [2, 2, 1]
    assert times.sum == pytest.approx(8.21)


def test_what_fails_is_not_counted() -> None:
    times = Histogram()

    def failing() -> None:
        with times.measured():
            raise ConfigError("no")

    with pytest.raises(ConfigError):
        failing()
    assert sum(times.counts) == 0
    with times.measured():
        pass
    assert sum(times.counts) == 1
