"""Why indexing is paused: by the user, on battery, or under load.

Battery and load are looked at only while there is something to embed, so that an idle machine is
not woken for it. Ends are times of the real-time clock, which goes on while the machine is
suspended.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from imgsimd import moments
from imgsimd.config import Pause as PauseSettings
from imgsimd.indexing.pause_ends import Ends, KeptEnds
from imgsimd.machine.load import Load, Need
from imgsimd.machine.power_supply import PowerSupplies

LOOK_SECONDS = 0.2
"""Between two looks at the machine, at least: two batches that begin together share one."""
STEADY_SECONDS = 4.0
"""So long the mains must be there before indexing goes on: a plug has a loose contact at times."""
Reason: TypeAlias = Literal["user", "battery", "load"]
Request: TypeAlias = Literal["", "pause", "resume"]


@dataclass(frozen=True, slots=True)
class Pause:
    """One reason why nothing is embedded."""

    reason: Reason
    sentence: str
    """For the user, with what to do about it."""
    until: datetime | None
    """With an offset; None if nobody knows."""


class Pauses:
    """All reasons to embed nothing, and how long they hold. Runs on the event loop."""

    def __init__(
        self,
        settings: PauseSettings,
        kept: KeptEnds,
        supplies: PowerSupplies,
        load: Load,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._kept = kept
        self._supplies = supplies
        self._load = load
        self._now = now
        self._monotonic = monotonic
        self._ends = self._still_ahead(kept.read())
        self._is_paused = self._ends.paused_until is not None
        self._is_battery_ignored = False
        self._is_battery_in_use = False
        self._mains_since: float | None = None
        self._need: Need | None = None
        self._is_load_ignored = False
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()
        self._awaiting = 0

    def reasons(self, pending: int) -> list[Pause]:
        """Why nothing is embedded, with so many images `pending`; without any, only
        a pause by the user counts."""
        return [pause for pause in self._all() if pending or pause.reason == "user"]

    @property
    def ignored_until(self) -> datetime | None:
        """Until when neither battery nor load pauses anything, if the user has said so."""
        return self._still_ahead(self._ends).ignored_until

    @property
    def is_urgent(self) -> bool:
        """Whether anybody waits until all is indexed, or the user has said that it should go on
        whatever else the machine has to do."""
        return self._awaiting > 0 or self._is_load_ignored or self.ignored_until is not None

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """Inside of the block, somebody waits until all is indexed."""
        self._awaiting += 1
        try:
            yield
        finally:
            self._awaiting -= 1

    async def allow(self, used: float) -> bool:
        """Whether something may be embedded now. To be asked only when there is something.

        `used` is how many seconds of the processors this program has used so far, other than with
        work at idle priority."""
        if self._of_user() is not None:
            return False
        await self._look(used)
        is_probing = self._minds_load and self._load.is_probing
        return not (is_probing or any(self._all()))

    async def note_idle(self) -> None:
        """There is nothing to embed. Looks at the machine only if the user has resumed indexing
        up to the next time on battery."""
        self._need, self._is_load_ignored = None, False
        self._load.forget()
        if self._is_battery_ignored:
            await self._look()

    async def pause(self, until: datetime | None) -> None:
        """From now on embeds nothing: up to this moment, even if the daemon starts anew, or up to
        `resume`. Raises OSError or ImgsimdError if the end cannot be kept; nothing has changed
        then."""
        await self._keep(Ends(paused_until=until))
        self._is_paused = True
        self._is_battery_ignored = self._is_load_ignored = False

    async def resume(self, until: datetime | None) -> None:
        """Embeds again, and takes no notice of battery and load: up to this moment, even if the
        daemon starts anew; or of the battery until it is left, and of the load until all is
        indexed. Raises as `pause` does."""
        await self._keep(Ends(ignored_until=until))
        self._is_paused = False
        self._looked_at = float("-inf")
        await self._look()
        self._is_battery_ignored, self._is_load_ignored = self._is_battery_in_use, True

    @property
    def open_ended(self) -> Request:
        """What the user asked for last, if it has no end and so is not in the file."""
        if self._is_paused and self._ends.paused_until is None:
            return "pause"
        return "resume" if self._is_battery_ignored else ""

    def restore(self, open_ended: str) -> None:
        """Does again what the user asked of the version before this one; see `open_ended`."""
        self._is_paused |= open_ended == "pause"
        if open_ended == "resume":
            self._is_battery_ignored = self._is_load_ignored = True

    async def _keep(self, ends: Ends) -> None:
        if ends != Ends():
            await asyncio.to_thread(self._kept.keep, ends)
        elif self._ends != Ends():
            await asyncio.to_thread(self._kept.forget)
        self._ends = ends

    def _of_user(self) -> Pause | None:
        until = self._ends.paused_until
        if not self._is_paused or (until and until <= self._now()):
            return None
        return Pause("user", _sentence(until), until)

    def _all(self) -> Iterator[Pause]:
        ends = self._still_ahead(self._ends)
        if user := self._of_user():
            yield user
        if ends.ignored_until is None and self._is_battery_in_use and not self._is_battery_ignored:
            yield Pause("battery", f"Indexing waits for mains power. {_CONTINUE}", None)
        if self._need and self._minds_load:
            yield Pause("load", f"Indexing waits {_NEEDS[self._need]}. {_CONTINUE}", None)

    @property
    def _minds_load(self) -> bool:
        return self.settings.under_load and not self.is_urgent

    def _still_ahead(self, ends: Ends) -> Ends:
        now = self._now()
        return Ends(_ahead(ends.paused_until, now), _ahead(ends.ignored_until, now))

    async def _look(self, used: float | None = None) -> None:
        """Looks at the machine, unless somebody has just done so; at the load, if it is known what
        this program has `used`."""
        async with self._looking:
            if self._monotonic() - self._looked_at < LOOK_SECONDS:
                return
            now = self._looked_at = self._monotonic()
            is_on_battery, self._need = await asyncio.to_thread(
                self._seen, self.settings.on_battery, used if self._minds_load else None, now
            )
            self._note(is_on_battery, now)

    def _seen(self, battery: bool, used: float | None, now: float) -> tuple[bool, Need | None]:
        """Whether the battery is in use, and what others need, of what counts."""
        is_on_battery = battery and self._supplies.is_battery_in_use()
        return is_on_battery, None if used is None else self._load.look(used, now)

    def _note(self, is_on_battery: bool, now: float) -> None:
        if is_on_battery:
            self._is_battery_in_use, self._mains_since = True, None
            return
        if self._mains_since is None:
            self._mains_since = now
        if not self.settings.on_battery or now - self._mains_since >= STEADY_SECONDS:
            self._is_battery_in_use = self._is_battery_ignored = False


_CONTINUE = "Continue now with `imgsimctl resume`."
_NEEDS: Mapping[Need, str] = {
    "processor": "because other programs need the processors",
    "memory": "because memory is short",
    "disk": "because other programs need the disk",
}


def _sentence(until: datetime | None) -> str:
    if until is None:
        return "Indexing is paused. Continue with `imgsimctl resume`."
    end = moments.shown(until)
    return f"Indexing is paused until {end}. Continue earlier with `imgsimctl resume`."


def _ahead(end: datetime | None, now: datetime) -> datetime | None:
    return end if end and end > now else None
