"""Moments ahead as people write them: `8:00`, `tomorrow 8am`, `2026-11-28 08:00`, and `2h`, `90m`.

Dates are read as `dates` reads them, but mean the next such day, not the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from imgsimd import dates

EXAMPLES = '8:00, "tomorrow 8:00", monday or "2026-11-28 08:00"'
LENGTHS = '90m, 2h, "1h 30m" or 2d'
_UNITS = {
    **dict.fromkeys(("s", "sec", "second"), timedelta(seconds=1)),
    **dict.fromkeys(("m", "min", "minute"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hr", "hour"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day"), timedelta(days=1)),
    **dict.fromkeys(("w", "wk", "week"), timedelta(weeks=1)),
}
"""Also with an s at the end. A day is 24 hours, even where the clock is put forward or back."""
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAMED_TIMES = {"midnight": "0:00", "noon": "12:00"}
_DAY = timedelta(days=1)
_LONGEST_TEXT = 100


LONGEST = timedelta(days=366)
"""From now to the end of a pause: what is farther ahead was mistyped."""


def after(text: str, now: datetime) -> datetime:
    """When so much time has passed. `now` has an offset from UTC. Raises ValueError with a
    sentence."""
    plain = _plain(text)
    if re.fullmatch(r"[\d.]+", plain):
        raise ValueError(f"{text} has no unit: write {plain}m for minutes, or {plain}h for hours.")
    if not re.fullmatch(rf"(?:{_PART},? ?(?:and )?)+", plain):
        raise ValueError(f"'{text}' is not understood as a length of time: write {LENGTHS}.")
    try:
        length = sum(map(_length, re.findall(_PART, plain)), timedelta())
        end = now + length
    except (KeyError, OverflowError):
        raise ValueError(f"'{text}' is not a length of time: write {LENGTHS}.") from None
    if length <= timedelta():
        raise ValueError(f"{text} is no time at all: write {LENGTHS}.")
    return _within_reach(text, end, now)


def coming(text: str, now: datetime) -> datetime:
    """The next moment that is meant, with its offset from UTC: of a day without a time, its
    beginning. `now` is local time with its offset. Raises ValueError with a sentence."""
    plain = _plain(text)
    moments = list(_meant(plain, now.replace(tzinfo=None)))
    if not moments:
        raise ValueError(f"'{text}' is not understood as a moment: write {EXAMPLES}.")
    ahead = [moment for moment in moments if moment > now]
    if not ahead:
        raise ValueError(f"{text} has passed already.")
    return _within_reach(text, min(ahead), now)


def shown(moment: datetime) -> str:
    """The moment, which has an offset, in local time to the minute."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def _within_reach(text: str, moment: datetime, now: datetime) -> datetime:
    if moment > now + LONGEST:
        raise ValueError(f"{text} is more than a year ahead.")
    return moment


_PART = r"(\d+(?:\.\d+)?) ?([a-z]+)"


def _plain(text: str) -> str:
    plain = " ".join(text.lower().split())
    return plain if plain.isascii() and len(plain) <= _LONGEST_TEXT else ""


def _length(part: tuple[str, str]) -> timedelta:
    """Raises KeyError for a unit that is none, or OverflowError."""
    number, unit = part
    return float(number) * (_UNITS.get(unit) or _UNITS[unit.removesuffix("s")])


def _meant(text: str, now: datetime) -> Iterator[datetime]:
    """The moments that may be meant, of which some may be in the past. Raises ValueError."""
    day, time = _split(text)
    if time is None:
        days = [] if day in ("", "now") else _days(day, now)
    else:
        days = _days(day, now) if day else [now, now + _DAY]
    for each in days:
        start = each if time is None else _midnight(each) + time
        for fold in (0, 1):  # an hour may come twice, or not at all: then a later one is meant
            moment = start.replace(fold=fold).astimezone()
            if moment.replace(tzinfo=None) >= start:
                yield moment


def _split(text: str) -> tuple[str, timedelta | None]:
    """The day, and the time of it; either may be missing. A date and time as in ISO 8601 are not
    split."""
    head, _, last = text.rpartition(" ")
    if last in ("am", "pm"):
        head, _, number = head.rpartition(" ")
        last = number + last
    found = re.fullmatch(r"(\d\d?)(?::(\d\d)(?::(\d\d))?)?(am|pm)?", _NAMED_TIMES.get(last, last))
    if found is None or not (found[2] or found[4]):
        return text, None
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    if found[4] and not 1 <= hour <= 12:
        return text, None
    hour = hour % 12 + 12 * (found[4] == "pm") if found[4] else hour
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"there is no such time: {last}; write {EXAMPLES}.")
    return head.removesuffix(" at"), timedelta(hours=hour, minutes=minute, seconds=second)


def _days(text: str, now: datetime) -> list[datetime]:
    """The days that may be meant, or the moment. Raises ValueError."""
    name = text.removeprefix("on ").removeprefix("next ")
    if name == "tomorrow":
        return [_midnight(now) + _DAY]
    if name in _DAYS:
        ahead = (_DAYS.index(name) - now.weekday()) % 7
        return [_midnight(now) + _DAY * ahead, _midnight(now) + _DAY * (ahead + 7)]
    if re.search(r"\d{4}", text) or text in ("today", "yesterday"):
        return [_dated(text, now)]
    if re.search(r"\d", text) and re.search(r"[a-z]{3}", text) and not text.endswith("ago"):
        return [_dated(f"{text} {now.year + more}", now) for more in (0, 1)]
    return []


def _dated(text: str, now: datetime) -> datetime:
    """The beginning of what is meant. Raises ValueError."""
    try:
        return dates.interval(text, now).start
    except ValueError as error:
        raise ValueError(str(error).replace(dates.EXAMPLES, EXAMPLES)) from None


def _midnight(day: datetime) -> datetime:
    return day.replace(hour=0, minute=0, second=0, microsecond=0)
