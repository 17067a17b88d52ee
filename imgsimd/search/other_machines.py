"""What questions know of the machines that share the gallery: when they can be done without."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from imgsimd.errors import StoreError
from imgsimd.search.query import Filter

TROUBLE_SECONDS = 10.0
"""So long after a question has found out that the store cannot be used, that is believed; and so
much time is between two questions that have it tried again."""


class Watch(Protocol):
    """Knows whether the store can be used, though nobody asks a question."""

    @property
    def trouble(self) -> StoreError | None:
        """Why it cannot be used."""

    def hear(self, trouble: StoreError | None) -> None:
        """What a question has found out; None: it was answered."""

    def hurry(self) -> None:
        """It is to be tried again at once, as somebody asks."""


class OtherMachines:
    """Runs on the event loop."""

    def __init__(
        self,
        own_name: Callable[[], str],
        may_be_missing: bool,
        trouble_seconds: float = TROUBLE_SECONDS,
        watch: Watch | None = None,
    ) -> None:
        """`own_name` gives what others call this machine, which may change. `may_be_missing` says
        whether a question about photos of all machines is answered from this one's, if the store
        cannot be used."""
        self._own_name = own_name
        self._may_be_missing = may_be_missing
        self._trouble_seconds = trouble_seconds
        self._watch = watch
        self._trouble: StoreError | None = None
        self._until = self._hurried_until = 0.0

    @property
    def own_name(self) -> str:
        """What others call this machine."""
        return self._own_name()

    def trouble(self) -> StoreError | None:
        """Why the store cannot be used, as far as is known. A server that does not answer costs a
        question as much as the setting `seconds` says, so only the first one finds that out; those
        that come later have it tried again without waiting for it."""
        now = time.monotonic()
        if now < self._until:
            return self._trouble
        if self._watch is None or self._watch.trouble is None:
            return None
        if now >= self._hurried_until:
            self._hurried_until = now + self._trouble_seconds
            self._watch.hurry()
        return self._watch.trouble

    def fail(self, error: StoreError) -> None:
        """The store cannot be used."""
        self._trouble = error
        self._until = time.monotonic() + self._trouble_seconds
        if self._watch is not None:
            self._watch.hear(error)

    def answer(self) -> None:
        """The store can be used."""
        self._until = 0.0
        if self._watch is not None:
            self._watch.hear(None)

    def are_asked(self, wanted: Filter) -> bool:
        """Whether other machines' photos may be found, too."""
        return not (wanted.is_own or set(wanted.hosts) == {self.own_name})

    def can_be_missed(self, wanted: Filter) -> bool:
        """Whether this machine's photos are an answer: all of it, or what there is of it."""
        if not self.are_asked(wanted):
            return True
        return self._may_be_missing and (not wanted.hosts or self.own_name in wanted.hosts)
