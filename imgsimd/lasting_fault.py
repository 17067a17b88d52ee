"""What does not work for a while, in the log: said once, however often it is tried meanwhile."""

from __future__ import annotations

import logging


class LastingFault:
    """A fault that ends by itself or with the user's help."""

    def __init__(self, log: logging.Logger, over: str) -> None:
        """`over` is the sentence that says that it has ended."""
        self._log = log
        self._over = over
        self._said: set[str] = set()

    def happens(self, sentence: str) -> None:
        """It is there, still or again, for this reason."""
        if sentence not in self._said:
            self._said.add(sentence)
            self._log.error("%s It is tried again until it works.", sentence)

    def is_over(self) -> None:
        """It works, again or as ever."""
        if self._said:
            self._said.clear()
            self._log.info("%s", self._over)
