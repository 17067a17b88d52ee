"""Moments ahead, in words: tables of what is meant, and of what is refused."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from imgsimd import moments


@pytest.fixture(autouse=True)
def berlin() -> Iterator[None]:
    """A zone in which the clock is put forward and back."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone()


NOW = "2026-11-27T09:30:15"
"""A Friday."""


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("8:00", "2026-11-28T08:00:00+01:00"),
        ("08:00", "2026-11-28T08:00:00+01:00"),
        ("9:30", "2026-11-28T09:30:00+01:00"),
        ("9:31", "2026-11-27T09:31:00+01:00"),
        ("23:59:59", "2026-11-27T23:59:59+01:00"),
        ("8am", "2026-11-28T08:00:00+01:00"),
        ("8 PM", "2026-11-27T20:00:00+01:00"),
        ("12am", "2026-11-28T00:00:00+01:00"),
        ("12:30 pm", "2026-11-27T12:30:00+01:00"),
        ("noon", "2026-11-27T12:00:00+01:00"),
        ("midnight", "2026-11-28T00:00:00+01:00"),
        ("today 18:00", "2026-11-27T18:00:00+01:00"),
        ("tomorrow", "2026-11-28T00:00:00+01:00"),
        ("Tomorrow at 8:00", "2026-11-28T08:00:00+01:00"),
        ("monday", "2026-11-30T00:00:00+01:00"),
        ("on monday 8am", "2026-11-30T08:00:00+01:00"),
        ("friday 8:00", "2026-12-04T08:00:00+01:00"),
        ("friday 18:00", "2026-11-27T18:00:00+01:00"),
        ("2026-11-28", "2026-11-28T00:00:00+01:00"),
        ("2026-11-28 08:00", "2026-11-28T08:00:00+01:00"),
        ("2026-11-28T08:00", "2026-11-28T08:00:00+01:00"),
        ("2026-11-28T08:00:30Z", "2026-11-28T09:00:30+01:00"),
        ("2026-12", "2026-12-01T00:00:00+01:00"),
        ("2027", "2027-01-01T00:00:00+01:00"),
        ("24 Dec", "2026-12-24T00:00:00+01:00"),
        ("2 May 18:00", "2027-05-02T18:00:00+02:00"),
        ("2 May 2027", "2027-05-02T00:00:00+02:00"),
    ],
)
def test_the_next_such_moment_is_meant(text: str, moment: str) -> None:
    assert moments.coming(text, at(NOW)).isoformat() == moment


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-11-26", "2026-11-26 has passed already."),
        ("2026-11-27 09:30", "has passed already."),
        ("today 8:00", "has passed already."),
        ("yesterday", "has passed already."),
        ("20266-11-28", "is not understood as a date: write 8:00, "),
        ("2028", "2028 is more than a year ahead."),
        ("25:00", "there is no such time: 25:00; write 8:00, "),
        ("8:60", "there is no such time"),
        ("13pm", "is not understood as a moment"),
        ("2026-02-30", "there is no such date: 2026-02-30; write 8:00, "),
        ("30 Feb", "there is no such date"),
        ("28.11.2026", "can be read in two ways"),
        ("2 weeks ago", "is not understood as a moment"),
        ("2h", "'2h' is not understood as a moment: write 8:00, "),
        ("8", "is not understood as a moment"),
        ("-1", "is not understood as a moment"),
        ("now", "is not understood as a moment"),
        ("soon", "is not understood as a moment"),
        ("", "'' is not understood as a moment"),
        ("\u0668:\u0660\u0660", "is not understood as a moment"),
        ("8:00\n9:00", "is not understood as a moment"),
        ("9" * 10_000, "is not understood as a moment"),
    ],
)
def test_nonsense_is_refused_in_words(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        moments.coming(text, at(NOW))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90m", timedelta(minutes=90)),
        ("2h", timedelta(hours=2)),
        ("1h30m", timedelta(minutes=90)),
        ("1h 30min", timedelta(minutes=90)),
        ("1 hour and 30 minutes", timedelta(minutes=90)),
        ("1.5 hours", timedelta(minutes=90)),
        ("45s", timedelta(seconds=45)),
        ("2d", timedelta(days=2)),
        ("1 week", timedelta(weeks=1)),
    ],
)
def test_a_length_of_time_is_added_to_now(text: str, length: timedelta) -> None:
    assert moments.after(text, at(NOW)) == at(NOW) + length


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("90", "90 has no unit: write 90m for minutes, or 90h for hours."),
        ("0m", "0m is no time at all"),
        ("-2h", "'-2h' is not understood as a length of time: write 90m, 2h, "),
        ("2 moons", "is not a length of time"),
        ("8:00", "is not understood as a length of time"),
        ("nan h", "is not understood"),
        ("1e9h", "is not a length of time"),
        ("9" * 50 + "h", "is not a length of time"),
        ("9" * 400 + "h", "is not understood"),
        ("400d", "400d is more than a year ahead."),
        ("", "'' is not understood"),
    ],
)
def test_a_length_that_is_none_is_refused_in_words(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        moments.after(text, at(NOW))


@pytest.mark.parametrize(
    ("now", "text", "moment"),
    [
        # The night of 25 October 2026 has 2:30 twice, that of 28 March 2027 not at all.
        ("2026-10-25T01:00+02:00", "2:30", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:40+02:00", "2:30", "2026-10-25T02:30:00+01:00"),
        ("2026-10-25T02:40+01:00", "2:30", "2026-10-26T02:30:00+01:00"),
        ("2026-10-24T20:00+02:00", "8:00", "2026-10-25T08:00:00+01:00"),
        ("2027-03-27T20:00+01:00", "2:30", "2027-03-28T03:30:00+02:00"),
    ],
)
def test_the_clock_is_put_forward_and_back(now: str, text: str, moment: str) -> None:
    assert moments.coming(text, at(now)).isoformat() == moment


def test_a_length_of_time_passes_even_if_the_clock_is_put_back() -> None:
    assert moments.after("4h", at("2026-10-25T01:00+02:00")) == at("2026-10-25T04:00+01:00")
