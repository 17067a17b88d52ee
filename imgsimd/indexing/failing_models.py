"""Models that cannot embed now. Each is left alone for a while, so that the others go on: the one
that answers sees new photos, even if the next one never works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

from imgsimd.backoff import Backoff
from imgsimd.errors import WorkerError
from imgsimd.gallery.catalog.model_keys import ModelKey, Served

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
"""Seconds between two tries to start a worker that does not start."""


@dataclass(slots=True)
class _Failing:
    """A model that does not work."""

    model: Served
    backoff: Backoff
    why: str
    rest: asyncio.TimerHandle
    """When it is tried again."""
    is_resting: bool = True


class FailingModels:
    """Runs on the event loop."""

    def __init__(self, on_rested: Callable[[], None]) -> None:
        """`on_rested` is called when a model is to be tried again."""
        self._on_rested = on_rested
        self._failing: dict[ModelKey, _Failing] = {}

    @property
    def resting(self) -> list[ModelKey]:
        """The models that are left alone now."""
        return [key for key, each in self._failing.items() if each.is_resting]

    def fails(self, model: Served, error: WorkerError) -> None:
        """It could not embed. It rests, longer each time."""
        before = self._failing.get(model.key)
        if before is not None and before.is_resting:
            return  # the other lane has found it out, too
        backoff = before.backoff if before else Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
        rest = asyncio.get_running_loop().call_later(backoff.step(), self._end_rest, model.key)
        self._failing[model.key] = _Failing(model, backoff, str(error), rest)

    def works(self, model: Served) -> None:
        """It has embedded."""
        self._forget(model.key)

    def keep_only(self, models: Collection[ModelKey]) -> None:
        """Nothing is embedded by others any more."""
        for key in set(self._failing).difference(models):
            self._forget(key)

    def sentence(self, serving: Served, target: Served) -> str:
        """What does not work of these, in words for the user; empty if both do."""
        failing = (self._failing.get(model.key) for model in dict.fromkeys([serving, target]))
        return " ".join(_sentence(each, serving) for each in failing if each)

    def _forget(self, model: ModelKey) -> None:
        if failing := self._failing.pop(model, None):
            failing.rest.cancel()

    def _end_rest(self, model: ModelKey) -> None:
        self._failing[model].is_resting = False
        self._on_rested()


def _sentence(failing: _Failing, serving: Served) -> str:
    if failing.model == serving:
        return failing.why
    return (
        f"The change to the model {failing.model.name} waits, and {serving.name} goes on "
        f"answering, because {failing.model.name} does not work: {failing.why}"
    )
