"""Searches for duplicates that go on while nobody looks. What they find, and what is decided about
it, lasts as long as the pages are served."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from imgsimd.client import Client
from imgsimd.client.duplicates import DuplicatesWish
from imgsimd.errors import ImgsimdError, RequestError
from imgsimd.web.duplicate_decisions import Decisions

MOST_UNDECIDED = 3
"""So many searches are kept of which nothing is decided. Those with decisions stay."""


class State(StrEnum):
    """How far a search is."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class _CancelledError(Exception):
    """Nobody wants the result any more."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a search does now; `total` is 0 while it is unknown."""

    stage: str = "reading"
    done: int = 0
    total: int = 0


class DuplicateSearch:
    """One search, in a thread of its own. Any thread may ask it."""

    def __init__(self, number: int, wish: DuplicatesWish, client: Client) -> None:
        self.number = number
        self.wish = wish
        self.state = State.RUNNING
        self.progress = Progress()
        self.error: Exception | None = None
        """Why it has failed."""
        self.decisions = Decisions([])
        """About what was found; of nothing until it is done."""
        self._client = client
        self._is_unwanted = threading.Event()

    def start(self, report: Callable[[Exception], str] = str) -> None:
        """Begins. `report` makes a sentence of an error that nobody expected."""
        name = f"duplicates-{self.number}"
        threading.Thread(target=self._run, args=[report], name=name, daemon=True).start()

    def cancel(self) -> None:
        """Ends it, unless it is done."""
        if self.state is State.RUNNING:
            self._is_unwanted.set()
            self.state = State.CANCELLED

    def _run(self, report: Callable[[Exception], str]) -> None:
        try:
            found = self._client.duplicates(self._hear, **self.wish)
        except _CancelledError:
            return
        except ImgsimdError as error:
            self._end(State.FAILED, error)
        except Exception as error:
            self._end(State.FAILED, RequestError("internal", 500, report(error)))
        else:
            self.decisions = Decisions(found.groups)
            self._end(State.DONE)

    def _end(self, state: State, error: Exception | None = None) -> None:
        if not self._is_unwanted.is_set():
            self.error, self.state = error, state

    def _hear(self, stage: str, done: int, total: int) -> None:
        if self._is_unwanted.is_set():
            raise _CancelledError
        self.progress = Progress(stage, done, total)


class Searches:
    """All searches since the pages are served. Any thread may use it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._searches: dict[int, DuplicateSearch] = {}
        self._last = 0

    def find_or_start(self, wish: DuplicatesWish) -> DuplicateSearch:
        """The latest search for this that has not failed; else a new one."""
        with self._lock:
            for search in reversed(self._searches.values()):
                if search.wish == wish and search.state in (State.RUNNING, State.DONE):
                    return search
            return self._start(wish)

    def again(self, number: int) -> DuplicateSearch:
        """A new search for the same. Raises RequestError."""
        wish = self.get(number).wish
        with self._lock:
            return self._start(wish)

    def get(self, number: int) -> DuplicateSearch:
        """Raises RequestError where there is none."""
        search = self._searches.get(number)
        if search is None:
            raise RequestError(
                "not_found", 404, "This search is not kept any more: start it again."
            )
        return search

    def done(self, number: int) -> DuplicateSearch:
        """As `get`, if there is something to decide about it. Raises RequestError."""
        search = self.get(number)
        if search.state is not State.DONE:
            raise RequestError("not_found", 404, "This search has found nothing yet.")
        return search

    def latest(self) -> list[DuplicateSearch]:
        """All that are kept, the latest first."""
        with self._lock:
            return list(reversed(self._searches.values()))

    def _start(self, wish: DuplicatesWish) -> DuplicateSearch:
        self._last += 1
        search = DuplicateSearch(self._last, wish, self._client)
        self._searches[self._last] = search
        idle = [
            number
            for number, each in self._searches.items()
            if each.state is not State.RUNNING and not each.decisions.is_begun
        ]
        for number in idle[: max(0, len(idle) - MOST_UNDECIDED + 1)]:
            del self._searches[number]
        search.start()
        return search
