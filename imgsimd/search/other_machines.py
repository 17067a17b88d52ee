"""What questions know of the machines that share the gallery: when they can be done without."""

from __future__ import annotations

import time
from collections.abc import Callable

from imgsimd.errors import StoreError
from imgsimd.search.query import Filter

TROUBLE_SECONDS = 10.0
"""So long it is remembered that the store cannot be used. A server that hangs costs a question as
much as the setting `seconds` says, so not every question should find out."""


class OtherMachines:
    """Runs on the event loop."""

    def __init__(
        self,
        own_name: Callable[[], str],
        may_be_missing: bool,
        trouble_seconds: float = TROUBLE_SECONDS,
        on_news: Callable[[StoreError | None], None] = lambda trouble: None,
    ) -> None:
        """`own_name` gives what others call this machine, which may change. `may_be_missing` says
        whether a question about photos of all machines is answered from this one's, if the store
        cannot be used. `on_news` is told whether it can, whenever a question finds that out: why
        it cannot, or None."""
        self._own_name = own_name
        self._may_be_missing = may_be_missing
        self._trouble_seconds = trouble_seconds
        self._trouble: StoreError | None = None
        self._until = 0.0
        self._on_news = on_news

    @property
    def own_name(self) -> str:
        """What others call this machine."""
        return self._own_name()

    @property
    def trouble(self) -> StoreError | None:
        """Why the store could not be used a moment ago."""
        return self._trouble if time.monotonic() < self._until else None

    def fail(self, error: StoreError) -> None:
        """The store cannot be used."""
        self._trouble = error
        self._until = time.monotonic() + self._trouble_seconds
        self._on_news(error)

    def answer(self) -> None:
        """The store can be used."""
        self._trouble = None
        self._on_news(None)

    def are_asked(self, wanted: Filter) -> bool:
        """Whether other machines' photos may be found, too."""
        return not (wanted.is_own or set(wanted.hosts) == {self.own_name})

    def can_be_missed(self, wanted: Filter) -> bool:
        """Whether this machine's photos are an answer: all of it, or what there is of it."""
        if not self.are_asked(wanted):
            return True
        return self._may_be_missing and (not wanted.hosts or self.own_name in wanted.hosts)
