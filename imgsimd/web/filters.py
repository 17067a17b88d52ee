"""What the results can be filtered by: each choice is a link to the same question with that choice,
and says how many photos it leaves.

What is counted fits all other filters, so it says what choosing something else would find.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from imgsimd.client import Client
from imgsimd.client.wanted import Conditions
from imgsimd.paths import is_within
from imgsimd.web.rendering import name, short
from imgsimd.web.search import Search

if TYPE_CHECKING:
    from imgsimd.client.counts import Count, Division

MOST_CHOICES = 300
"""Of one kind that are listed: nobody reads more."""
LONGEST_NAME = 100
"""Of a format or camera in a question: see `control/routes/filter_fields.py`."""
_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to filter."""

    label: str
    address: str
    """Of the page with this choice; if it is chosen, without it."""
    count: int
    is_chosen: bool = False
    depth: int = 0
    """Of a folder: how many levels below the first ones."""
    title: str = ""
    share: float = 0.0
    """How many photos, relative to the choice with the most."""


@dataclass(frozen=True, slots=True)
class Choices:
    """All ways to filter by one thing."""

    choices: Sequence[Choice]
    left_out: int = 0
    """How many are not listed."""


@dataclass(frozen=True, slots=True)
class Facets:
    """All that can be filtered by."""

    folders: Choices
    times: Choices
    formats: Choices
    cameras: Choices


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is in force."""

    label: str
    address: str
    """Of the page without it."""


class Filters:
    """The filters of one question."""

    def __init__(self, client: Client, search: Search, near: Sequence[int] | None) -> None:
        """`near` are the photos that are near enough; None: all are."""
        self._client = client
        self._search = search
        self._near = near

    def facets(self) -> Facets:
        """Asks for all counts."""
        search = self._search
        return Facets(
            folders=_some(list(self._folders())),
            times=_some(self._times()),
            formats=_some(self._named("format", search.format)),
            cameras=_some(self._named("camera", search.camera)),
        )

    def _count(self, by: Division, search: Search, parent: str | None = None) -> Sequence[Count]:
        conditions: Conditions = search.conditions()
        return self._client.counts(by, parent, self._near, **conditions).counts

    def _folders(self) -> Iterator[Choice]:
        """The watched folders; those that lead to the chosen one; and those in it."""
        others = self._search.but(under=())
        roots = self._count("folder", others)
        chosen = self._search.under[0] if len(self._search.under) == 1 else None
        for root in roots:
            opened = root.value if chosen is None and len(roots) == 1 else chosen
            yield from self._branch(root, others, opened, 0)

    def _branch(
        self, count: Count, others: Search, opened: str | None, depth: int
    ) -> Iterator[Choice]:
        """A folder, and what lies below it as far as to what is in the opened folder."""
        folder = count.value or ""
        is_chosen = self._search.under == (folder,)
        address = others.but(under=() if is_chosen else (folder,)).address()
        label = name(folder) if depth else short(folder)
        yield Choice(label, address, count.count, is_chosen, depth, folder)
        if opened is None or not is_within(opened, folder):
            return
        for child in self._count("folder", others, folder):
            if folder == opened or is_within(opened, child.value or ""):
                yield from self._branch(child, others, opened, depth + 1)

    def _times(self) -> list[Choice]:
        """The years; or the months of the chosen year."""
        months = Counter[str]()
        for count in self._count("month", self._search.but(since="", until="")):
            months[count.value or ""] += count.count
        year = year_of(self._search)
        if year:
            return self._spans({month: n for month, n in months.items() if month[:4] == year})
        years = Counter[str]()
        for month, n in months.items():
            years[month[:4]] += n
        return self._spans(years)

    def _spans(self, counts: dict[str, int]) -> list[Choice]:
        most = max(counts.values(), default=1)
        return [self._span(span, count, count / most) for span, count in sorted(counts.items())]

    def _span(self, span: str, count: int, share: float) -> Choice:
        is_chosen = self._search.span == (span, span)
        wider = year_of(self._search) if is_chosen and len(span) > len("2021") else ""
        span_then = wider if is_chosen else span
        address = self._search.but(since=span_then, until=span_then).address()
        return Choice(in_words(span), address, count, is_chosen, share=share)

    def _named(self, by: Division, chosen: Sequence[str]) -> list[Choice]:
        """Formats or cameras, of which several can be chosen."""
        found = []
        for count in self._count(by, self._search.but(**{by: ()})):
            if count.value is not None and _can_be_named(count.value):
                is_chosen = count.value in chosen
                rest = tuple(each for each in chosen if each != count.value)
                names = rest if is_chosen else (*chosen, count.value)
                address = self._search.but(**{by: names}).address()
                found.append(Choice(count.value, address, count.count, is_chosen))
        return found


def chips(search: Search) -> list[Chip]:
    """The filters that are in force, each of which can be taken away."""
    return list(_chips(search))


def _chips(search: Search) -> Iterator[Chip]:
    if search.same:
        yield Chip("only copies of this picture", search.but(same=False).address())
    for folder in search.under:
        rest = tuple(each for each in search.under if each != folder)
        yield Chip(f"in {short(folder)}", search.but(under=rest).address())
    if search.since and search.since == search.until:
        yield Chip(f"from {in_words(search.since)}", search.but(since="", until="").address())
    elif search.since or search.until:
        yield from _ends(search)
    for kind in search.format:
        rest = tuple(each for each in search.format if each != kind)
        yield Chip(kind, search.but(format=rest).address())
    for camera in search.camera:
        rest = tuple(each for each in search.camera if each != camera)
        yield Chip(camera, search.but(camera=rest).address())


def _ends(search: Search) -> Iterator[Chip]:
    if search.since:
        yield Chip(f"{in_words(search.since)} or later", search.but(since="").address())
    if search.until:
        yield Chip(f"{in_words(search.until)} or earlier", search.but(until="").address())


def in_words(span: str) -> str:
    """`2021-05` as `May 2021`; other texts as they are."""
    return f"{datetime.fromisoformat(f'{span}-01'):%B %Y}" if _MONTH.fullmatch(span) else span


def year_of(search: Search) -> str:
    """The year in which all wanted photos were taken; empty if they may be of several."""
    first, last = (_YEAR.match(text) for text in search.span)
    return first[0] if first and last and first[0] == last[0] else ""


def _can_be_named(value: str) -> bool:
    """Whether a question can have this format or camera: files may say anything of themselves."""
    return value.isprintable() and len(value) <= LONGEST_NAME


def _some(choices: list[Choice]) -> Choices:
    return Choices(choices[:MOST_CHOICES], max(0, len(choices) - MOST_CHOICES))
