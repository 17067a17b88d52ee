"""Compares the photos of a group with the one that a user has chosen to keep: they were compared
with the one that was proposed."""

from __future__ import annotations

import threading

from imgsimd.client import Client
from imgsimd.client.comparisons import Comparison
from imgsimd.client.duplicates import DuplicateMember
from imgsimd.errors import ImgsimdError
from imgsimd.web.asked_pictures import IndexedPicture
from imgsimd.web.duplicate_decisions import Decisions

WAIT_SECONDS = 1.5
"""A page waits so long for it; a few pictures take a part of that."""


class DuplicateComparisons:
    """Goes on while nobody waits. Any thread may use it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._running: dict[tuple[int, int], threading.Thread] = {}

    def compare(self, decisions: Decisions, number: int) -> None:
        """Begins with what is not compared yet, and waits a little for the end."""
        if not decisions.case(number).needs_comparing():
            return
        key = (id(decisions), number)
        with self._lock:
            thread = self._running.get(key)
            if thread is None:
                arguments = (decisions, number)
                thread = threading.Thread(target=self._run, args=arguments, daemon=True)
                self._running[key] = thread
                thread.start()
        thread.join(WAIT_SECONDS)

    def _run(self, decisions: Decisions, number: int) -> None:
        try:
            while left := decisions.case(number).needs_comparing():
                keeper = decisions.case(number).keeper
                found = self._compared(left[0], keeper)
                decisions.found(number, (keeper.id, left[0].id), found)
        finally:
            with self._lock:
                del self._running[id(decisions), number]

    def _compared(self, member: DuplicateMember, keeper: DuplicateMember) -> Comparison | str:
        try:
            return self._client.compare(IndexedPicture(member.path), IndexedPicture(keeper.path))
        except ImgsimdError as error:
            return str(error)
