"""What to do next: look at hints that have settled, scan folders, run the health check."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable, Mapping

from imgsimd.config import Watching
from imgsimd.reconciling.schedule import Schedule, Sweep
from imgsimd.types import FilePath, FileState
from imgsimd.watching.folder_rules import RULE_FILES
from imgsimd.watching.settle import Hint, Settle, Sign

BUNDLE_SECONDS = 0.05
"""How long to wait for further hints after the first one: thousands may follow."""


class Agenda:
    """Collects what is to be done until the run loop does it. Runs on the event loop."""

    def __init__(self) -> None:
        self._awake = asyncio.Event()
        self._folders: dict[FilePath, None] = {}

    def configure(self, watching: Watching) -> None:
        """Takes new settings and drops all hints: the caller has every folder scanned."""
        self.check_seconds = watching.health_seconds
        """From one check to the next."""
        self._settle = Settle(
            watching.quiet_seconds, watching.still_seconds, watching.patience_seconds
        )
        self._schedule = Schedule(
            watching.health_seconds, watching.poll_seconds, watching.rescan_seconds
        )

    @property
    def unsettled(self) -> int:
        """How many paths wait until they have settled."""
        return len(self._settle)

    @property
    def next_check(self) -> float:
        """In monotonic time; 0 means at once."""
        return self._schedule.next_check

    @property
    def is_pressing(self) -> bool:
        """Whether a folder is to be scanned, or a check was asked for."""
        return bool(self._folders) or not self.next_check

    # What comes in

    def hint(self, path: FilePath, sign: Sign) -> None:
        """Notes that something happened to the path. A file such as `.nomedia` concerns its whole
        folder."""
        if os.path.basename(path) in RULE_FILES:
            path, sign = os.path.dirname(path), Sign.FOLDER
        self._settle.hint(path, sign, time.monotonic())
        self._awake.set()

    def scan(self, folders: Iterable[FilePath]) -> None:
        """Has these folders scanned, after a check that begins at once."""
        self.want(folders)
        self.check_now()

    def want(self, folders: Iterable[FilePath]) -> None:
        """Has these folders scanned by the step that is going on."""
        self._folders |= dict.fromkeys(folders)

    def check_now(self) -> None:
        """Has the next check begin at once."""
        self._schedule.next_check = 0.0
        self._awake.set()

    # What is to be done

    async def wait(self) -> None:
        """Returns when a hint is due, a folder is to be scanned, or it is time for a check."""
        while (delay := self._wake_at() - time.monotonic()) > 0 and not self._folders:
            try:
                async with asyncio.timeout(delay):  # before 3.12 wait_for can lose a cancellation
                    await self._awake.wait()
            except TimeoutError:
                return
            await asyncio.sleep(BUNDLE_SECONDS)
            self._awake.clear()

    def _wake_at(self) -> float:
        return min(self._settle.next_due() or self.next_check, self.next_check)

    def due_check(self) -> Sweep | None:
        """What to scan in addition to what the check finds; None if no check is due."""
        now = time.monotonic()
        if now < self.next_check:
            return None
        return self._schedule.check(now, time.clock_gettime(time.CLOCK_BOOTTIME))

    def take_folder(self) -> FilePath | None:
        """Takes out a folder to scan. During the scan it may be asked for again."""
        return self._folders.popitem()[0] if self._folders else None

    def take_hints(self) -> list[Hint]:
        """Takes out the hints whose time has come."""
        return self._settle.due(time.monotonic())

    def unsettled_of(
        self, files: Mapping[FilePath, FileState], hints: Mapping[FilePath, Hint]
    ) -> set[FilePath]:
        """The files that may still be being written; each of them waits on. A file without a hint
        was found by a scan."""
        now, wall = time.monotonic(), time.time()
        return {
            path
            for path, state in files.items()
            if not self._settle.is_settled(
                hints.get(path) or Hint(path, Sign.APPEARED, now, now), state, now, wall
            )
        }
