"""Dates and times as people write them: `2021`, `2021-05`, `yesterday`, `2 weeks ago`, `May 2021`.

Libraries for this (dateparser, parsedatetime, dateutil) give a moment, not the day, month or year
that was meant, guess where a date can be read in two ways, or take long to import.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

EXAMPLES = '2021, 2021-05, 2021-05-31, "2021-05-31 14:30", yesterday, "2 weeks ago" or "May 2021"'
_NUMBERS = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_UNITS = {
    **dict.fromkeys(("s", "sec", "second"), "second"),
    **dict.fromkeys(("min", "minute"), "minute"),
    **dict.fromkeys(("h", "hr", "hour"), "hour"),
    **dict.fromkeys(("d", "day"), "day"),
    **dict.fromkeys(("w", "wk", "week"), "week"),
    "fortnight": "fortnight",
    **dict.fromkeys(("mo", "month"), "month"),
    **dict.fromkeys(("y", "yr", "year"), "year"),
}
"""Also with an s at the end."""
_TIMES = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
}
_DAY_COUNTS = {"day": 1, "week": 7, "fortnight": 14}
_MONTH_COUNTS = {"month": 1, "year": 12}
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Interval(NamedTuple):
    """From `start` to before `end`, in local time."""

    start: datetime
    end: datetime


def interval(text: str, now: datetime) -> Interval:
    """What is meant. `now` is local time, without an offset. Raises ValueError with a sentence."""
    plain = " ".join(text.lower().replace(",", " ").split())
    plain = plain if plain.isascii() else ""
    try:
        for read in (_iso, _word, _ago, _named_month):
            if found := read(plain, now):
                return found
    except (ValueError, OverflowError):
        raise ValueError(f"there is no such date: {text}; write {EXAMPLES}.") from None
    if re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}", plain):
        raise ValueError(f"{text} can be read in two ways: write the year first, as in 2021-05-31.")
    raise ValueError(f"'{text}' is not understood as a date: write {EXAMPLES}.")


def _iso(text: str, now: datetime) -> Interval | None:
    """A year, month, day, or moment."""
    found = re.fullmatch(
        r"(?P<year>\d{4})(?:(?P<s>[-/.]?)(?P<month>\d\d?)(?:(?P=s)(?P<day>\d\d?))?)?"
        r"(?:[t ](?P<time>[\d:.]+) ?(?P<offset>z|[+-]\d\d:?\d\d)?)?",
        text,
    )
    if found is None:
        return None
    year, month, day, time = found.group("year", "month", "day", "time")
    is_compact = found["s"] == "" and month is not None
    if is_compact and (day is None or len(month + day) != 4):
        return None
    if time is None:
        return _span(int(year), int(month) if month else None, int(day) if day else None)
    if day is None:
        return None
    return _moment(datetime(int(year), int(month), int(day)), time, found["offset"])


def _moment(day: datetime, time: str, offset: str | None) -> Interval | None:
    found = re.fullmatch(r"(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?", time)
    if found is None:
        return None
    hour, minute, second = found.groups()
    start = day.replace(hour=int(hour), minute=int(minute), second=int(second or 0))
    if offset:
        there = datetime.fromisoformat(start.isoformat() + offset.upper().replace("Z", "+00:00"))
        start = there.astimezone().replace(tzinfo=None)
    return Interval(start, start + (_SECOND if second else 60 * _SECOND))


def _word(text: str, now: datetime) -> Interval | None:
    """`today`, `last month`, `monday`."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    which, _, what = text.rpartition(" ")
    if text == "now":
        return Interval(now.replace(microsecond=0), now.replace(microsecond=0) + _SECOND)
    if text in ("today", "yesterday"):
        return _days(today - _DAY * (text == "yesterday"))
    if what in _DAYS and which in ("", "on", "last"):
        back = (today.weekday() - _DAYS.index(what)) % 7
        return _days(today - _DAY * (7 if which == "last" and not back else back))
    if which in ("this", "last", "previous"):
        return _period(what, today, 0 if which == "this" else 1)
    return None


def _period(what: str, today: datetime, back: int) -> Interval | None:
    """The week (from Monday), month or year so many before the present one."""
    if what == "week":
        return _days(today - _DAY * (today.weekday() + 7 * back), 7)
    if what == "month":
        first = _months_before(today.replace(day=1), back)
        return _span(first.year, first.month, None)
    return _span(today.year - back, None, None) if what == "year" else None


def _ago(text: str, now: datetime) -> Interval | None:
    """`2 weeks ago`, `an hour ago`, `30d`: the day that is so long ago, or the moment."""
    found = re.fullmatch(r"(\d+|an?|[a-z]+)[ ]?([a-z]+)( ago)?", text)
    unit = found and _UNITS.get(found[2], _UNITS.get(found[2].removesuffix("s"), ""))
    number = _number(found[1]) if found else None
    if not unit or number is None:
        return None
    if unit in _TIMES:
        start = now.replace(microsecond=0) - number * _TIMES[unit]
        return Interval(start, start + _SECOND)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit in _DAY_COUNTS:
        return _days(today - _DAY * number * _DAY_COUNTS[unit])
    return _days(_months_before(today, number * _MONTH_COUNTS[unit]))


def _named_month(text: str, now: datetime) -> Interval | None:
    """`May 2021`, `1 May 2021`, `May 1 2021`; without a year, the last one."""
    words = [re.sub(r"^(\d\d?)(st|nd|rd|th)$", r"\1", word.strip(".")) for word in text.split()]
    months = [n for word in words if (n := _month(word))]
    numbers = [word for word in words if word.isdecimal()]
    days, years = ([n for n in numbers if is_one(n)] for is_one in _DAY_OR_YEAR)
    if len(months) != 1 or len(days) > 1 or len(years) > 1 or len(days + years) + 1 < len(words):
        return None
    day = int(days[0]) if days else None
    found = _span(int(years[0]) if years else now.year, months[0], day)
    return _span(now.year - 1, months[0], day) if not years and found.start > now else found


_DAY_OR_YEAR: tuple[Callable[[str], bool], ...] = (lambda n: len(n) <= 2, lambda n: len(n) == 4)


def _month(word: str) -> int:
    """From 1; 0 if it is none."""
    if len(word) < 3:
        return 0
    short = "sep" if word == "sept" else word
    return next((n for n, name in enumerate(_MONTHS, 1) if short in (name, name[:3])), 0)


def _number(word: str) -> int | None:
    if word.isdecimal():
        return int(word)
    if word in ("a", "an"):
        return 1
    return _NUMBERS.index(word) + 1 if word in _NUMBERS else None


def _span(year: int, month: int | None, day: int | None) -> Interval:
    """This year, month or day. Raises ValueError or OverflowError."""
    if month is None:
        return Interval(datetime(year, 1, 1), datetime(year + 1, 1, 1))
    if day is None:
        start = datetime(year, month, 1)
        return Interval(start, (start + 31 * _DAY).replace(day=1))
    return _days(datetime(year, month, day))


def _days(start: datetime, count: int = 1) -> Interval:
    return Interval(start, start + count * _DAY)


def _months_before(day: datetime, count: int) -> datetime:
    """The same day so many months before, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    last = (datetime(year, month + 1, 1) + 31 * _DAY).replace(day=1) - _DAY
    return last.replace(day=min(day.day, last.day))
