"""Dates in words: a table of what is meant."""

from __future__ import annotations

from datetime import datetime

import pytest

from imgsimd import dates

NOW = datetime(2024, 3, 31, 15, 4, 5, 678)
"""A Sunday."""


def said(moment: datetime) -> str:
    return moment.isoformat().removesuffix("T00:00:00")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2021", "2021-01-01", "2022-01-01"),
        ("2021-05", "2021-05-01", "2021-06-01"),
        ("2021-12", "2021-12-01", "2022-01-01"),
        ("2021-2-3", "2021-02-03", "2021-02-04"),
        ("2021/05/31", "2021-05-31", "2021-06-01"),
        ("2021.05.31", "2021-05-31", "2021-06-01"),
        ("20210531", "2021-05-31", "2021-06-01"),
        ("2020-02-29", "2020-02-29", "2020-03-01"),
        ("2021-05-31T14:30", "2021-05-31T14:30:00", "2021-05-31T14:31:00"),
        ("2021-05-31 14:30:07", "2021-05-31T14:30:07", "2021-05-31T14:30:08"),
        ("2021-05-31T14:30:07.25", "2021-05-31T14:30:07", "2021-05-31T14:30:08"),
        ("now", "2024-03-31T15:04:05", "2024-03-31T15:04:06"),
        ("Today", "2024-03-31", "2024-04-01"),
        ("yesterday", "2024-03-30", "2024-03-31"),
        ("sunday", "2024-03-31", "2024-04-01"),
        ("last Sunday", "2024-03-24", "2024-03-25"),
        ("monday", "2024-03-25", "2024-03-26"),
        ("last week", "2024-03-18", "2024-03-25"),
        ("this week", "2024-03-25", "2024-04-01"),
        ("last month", "2024-02-01", "2024-03-01"),
        ("this month", "2024-03-01", "2024-04-01"),
        ("last year", "2023-01-01", "2024-01-01"),
        ("2 weeks ago", "2024-03-17", "2024-03-18"),
        ("  Two  Weeks ", "2024-03-17", "2024-03-18"),
        ("a month ago", "2024-02-29", "2024-03-01"),
        ("13 months ago", "2023-02-28", "2023-03-01"),
        ("1 year ago", "2023-03-31", "2023-04-01"),
        ("3 hours ago", "2024-03-31T12:04:05", "2024-03-31T12:04:06"),
        ("an hour ago", "2024-03-31T14:04:05", "2024-03-31T14:04:06"),
        ("30d", "2024-03-01", "2024-03-02"),
        ("2w", "2024-03-17", "2024-03-18"),
        ("May 2021", "2021-05-01", "2021-06-01"),
        ("sept 2021", "2021-09-01", "2021-10-01"),
        ("1 May 2021", "2021-05-01", "2021-05-02"),
        ("May 1st, 2021", "2021-05-01", "2021-05-02"),
        ("march", "2024-03-01", "2024-04-01"),
        ("april", "2023-04-01", "2023-05-01"),
        ("24 dec", "2023-12-24", "2023-12-25"),
    ],
)
def test_a_date_means_the_whole_day_month_or_year(text: str, start: str, end: str) -> None:
    found = dates.interval(text, NOW)
    assert (said(found.start), said(found.end)) == (start, end)


def test_an_offset_is_turned_into_local_time() -> None:
    expected = datetime.fromisoformat("2021-05-31T14:30:00+05:00").astimezone()
    for text in ("2021-05-31T14:30:00+05:00", "2021-05-31 09:30:00Z"):
        assert dates.interval(text, NOW).start == expected.replace(tzinfo=None)


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "2021-13", "2021-02-30", "2021-05-31T25:00", "2021-5-31T14", "202105", "20"),
        *("1.5.2021", "05/01/21", "3000 years ago", "99999999999 days ago", "5m", "0000", "9999"),
        *("2021-", "may may", "32 may 2021", "week", "last", "2 ago", "two", "-1 days"),
        *("tomorrow", "next week", "2021-05/31", "\x1b[31m", "٢٠٢١", "5 moons ago", "1 2 may"),
    ],
)
def test_what_is_no_date_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="2021-05-31"):
        dates.interval(text, NOW)
