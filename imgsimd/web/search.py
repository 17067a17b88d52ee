"""What an address asks for: pictures, and which of the photos that look like them are wanted.

Every state of the page has an address, so that back, forward and bookmarks work by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import NamedTuple, Self, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlencode

from imgsimd import dates, file_kinds
from imgsimd.client.limits import MOST_MATCHES
from imgsimd.client.wanted import Conditions
from imgsimd.errors import RequestError
from imgsimd.file_address import path_bytes
from imgsimd.web import address_number

PAGE = 60
"""Photos on one page: three screens full."""
LAST_PAGE = math.ceil(MOST_MATCHES / PAGE)
MOST_ASKED = 100
"""Pictures in one question: their addresses must fit into the page's."""
MOST_FIELDS = 400
END = 1.5
"""Where the slider of distances ends. Beyond 1.41 two photos have nothing in common, so it cuts
nothing there."""
T = TypeVar("T")


class Span(NamedTuple):
    """When photos were taken, as people write it: see `dates`. Empty: any time."""

    since: str = ""
    until: str = ""

    def conditions(self) -> Conditions:
        """As the client wants it. Raises RequestError."""
        now = datetime.now()
        first = _interval(self.since, now).start if self.since else None
        end = _interval(self.until, now).end if self.until else None
        if first and end and first >= end:
            raise _bad("No photo is from between these dates: the first one is the later.")
        return Conditions(since=first, until=end)


@dataclass(frozen=True, slots=True)
class Search:
    """One question. The names of the fields are those in the address."""

    of: tuple[str, ...] = ()
    """Pictures, as `AskedPictures` has them."""
    under: tuple[str, ...] = ()
    """Paths of folders."""
    since: str = ""
    until: str = ""
    format: tuple[str, ...] = ()
    camera: tuple[str, ...] = ()
    max_distance: float | None = None
    same: bool = False
    """Whether only photos are wanted that show the very picture."""
    every: bool = False
    """Whether photos that show the same are listed one by one."""
    exact: bool = False
    """Whether the order is by distance alone."""
    filters: bool = False
    """Whether what can be filtered by is shown."""
    open: int | None = None
    """The photo whose group is shown."""
    page: int = 1

    @classmethod
    def read(cls, query: bytes) -> Self:
        """What an address asks for. Raises RequestError where it makes no sense; the dates, which
        people write, are read by `conditions`."""
        try:
            given = parse_qs(query.decode("ascii", "replace"), max_num_fields=MOST_FIELDS)
        except ValueError:
            raise _bad("This address has too many parts.") from None
        found = {name: read(given[name]) for name, read in _READERS.items() if name in given}
        search = cls(**found)  # type: ignore[arg-type]  # each reader gives what its field has
        if len(search.of) > MOST_ASKED:
            raise _bad(f"Ask about at most {MOST_ASKED} pictures at once.")
        return search

    @property
    def span(self) -> Span:
        """When the photos were taken."""
        return Span(self.since, self.until)

    @property
    def is_of_one(self) -> bool:
        """Whether it asks about a single picture, which others can be compared with."""
        return len(self.of) == 1

    def but(self, **changes: object) -> Search:
        """The first page of another question."""
        return replace(self, **{"page": 1, "open": None, **changes})  # type: ignore[arg-type]  # of the fields

    def without(self, picture: str) -> Search:
        """The same question without one of its pictures."""
        return self.but(of=tuple(each for each in self.of if each != picture))

    def without_filters(self) -> Search:
        """The same question, about all photos."""
        kept = Search(self.of, same=self.same, every=self.every, exact=self.exact)
        return replace(kept, filters=self.filters, max_distance=self.max_distance)

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values, as forms and addresses have them."""
        return [
            pair for field in fields(self) for pair in _pairs(field.name, getattr(self, field.name))
        ]

    def address(self, page: str = "similar") -> str:
        """Its address, relative to the pages."""
        return f"{page}?{urlencode(self.pairs())}"

    def conditions(self) -> Conditions:
        """Which photos are wanted, whatever they look like. Raises RequestError."""
        found = self.span.conditions()
        found |= Conditions(under=self.under, formats=self.format, cameras=self.camera)
        return found

    @property
    def collapse(self) -> bool:
        """Whether photos that show the same count as one."""
        return not (self.same or self.every)

    @property
    def limit(self) -> float | None:
        """How far away a photo may be; None: any distance. Where only photos are wanted that show
        the very picture, there is no slider."""
        return None if self.same else self.max_distance

    def is_within(self, distance: float) -> bool:
        """Whether a photo so far away is near enough."""
        return self.limit is None or distance <= self.limit


def _pairs(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Nothing for what is as it is without saying so."""
    if isinstance(value, tuple):
        yield from ((name, _path(each) if name == "under" else each) for each in value)
    elif value is True:
        yield name, "1"
    elif value and (name, value) != ("page", 1):
        yield name, f"{value:g}" if isinstance(value, float) else str(value)


def _path(path: str) -> str:
    """A path as text that any form can hold, whatever its bytes are."""
    return quote(path_bytes(path))


def _paths(values: Sequence[str]) -> tuple[str, ...]:
    paths = tuple(unquote(value, errors="surrogateescape") for value in values)
    if any(not path.startswith("/") or "\0" in path for path in paths):
        raise _bad("The folder in this address is no path.")
    return paths


def _distinct(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _formats(values: Sequence[str]) -> tuple[str, ...]:
    for value in values:
        try:
            file_kinds.named(value)
        except ValueError as error:
            raise _bad(str(error)) from None
    return _distinct(values)


def _limit(values: Sequence[str]) -> float | None:
    try:
        limit = float(values[-1])
    except ValueError:
        limit = math.nan
    if not limit >= 0:
        raise _bad("The distance must be a number from 0 to 2.")
    return limit if limit < END else None


def _number(most: int) -> Callable[[Sequence[str]], int]:
    def read(values: Sequence[str]) -> int:
        number = address_number.read(values[-1])
        if number is None or not 1 <= number <= most:
            raise _bad("A number in this address makes no sense.")
        return number

    return read


def _flag(values: Sequence[str]) -> bool:
    return values[-1] == "1"


def _text(values: Sequence[str]) -> str:
    return values[-1].strip()


_READERS: Mapping[str, Callable[[Sequence[str]], object]] = {
    "of": _distinct,
    "under": _paths,
    "since": _text,
    "until": _text,
    "format": _formats,
    "camera": _distinct,
    "max_distance": _limit,
    "same": _flag,
    "every": _flag,
    "exact": _flag,
    "filters": _flag,
    "open": _number(2**63 - 1),
    "page": _number(LAST_PAGE),
}


def _interval(text: str, now: datetime) -> dates.Interval:
    try:
        return dates.interval(text, now)
    except ValueError as error:
        raise _bad(f"{str(error)[:1].upper()}{str(error)[1:]}") from None


def _bad(sentence: str) -> RequestError:
    return RequestError("bad_request", 400, sentence)
