"""Notices that another build of imgsimd was installed in the place of this one.

An installer may need minutes, and may remove the old files first. So the daemon waits until nothing
has come or gone for some checks. Then it looks in a child, with the Python of the installation,
whether all files are there, and whether all that daemon and worker need can be imported; if so, it
has that build take over. Until that is known, no worker is started (`installation.ours`): one that
lacks a library would refuse photos.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from imgsimd import __version__, installation
from imgsimd.installation import Installation
from imgsimd.problems import UPDATE_FAILED, UPDATE_UNDER_WAY, Problem
from imgsimd.words import printable

log = logging.getLogger(__name__)

QUIET_CHECKS = 2
"""Health checks, of 5 seconds each, for which nothing has come or gone before it is examined."""
LONGEST_QUIET_CHECKS = 64
"""As many between two examinations at most, if the installation goes on being unusable. What is
still missing then of the packages that were there before was removed on purpose."""
EXAMINE_SECONDS = 120.0
"""For the imports, also from a slow disk while the installer is at work; usually 2."""
GOES_ON = (
    f"imgsimd {__version__} goes on running, but can look at no more pictures; questions about "
    "photos that are indexed are answered."
)


class UnusableError(Exception):
    """Why what is installed cannot take over, as a sentence."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an examination has found installed."""

    version: str
    database: int
    """The version of the database that it writes."""
    packages: Mapping[str, str]
    contents: str
    flaw: str

    @property
    def build(self) -> str:
        return installation.digest(self.packages, self.contents)


class Renewal:
    """Runs on the event loop."""

    def __init__(
        self,
        ours: Installation,
        database: int,
        expected: str,
        on_accepted: Callable[[], None],
    ) -> None:
        """`database` is the version that this one writes, `expected` the build that it should be,
        if it took over from another. `on_accepted` is called when workers may be started again."""
        self._ours = ours
        self._database = database
        self._is_expected = expected in ("", ours.build)
        self._on_accepted = on_accepted
        self._asked = asyncio.Event()
        self._seen: object = ours.accepted
        self._quiet = 0
        self._wait = QUIET_CHECKS
        self._logged = ""
        self.problem: Problem | None = None
        """That another version is being installed, or cannot be used."""

    def look(self) -> None:
        """Looks soon. To be called at each health check."""
        self._asked.set()

    async def found(self) -> Found:
        """Looks whenever it is asked to; returns what is to take over, if ever there is something.

        What took over never changes the files that are looked at, so it finds none by itself.
        """
        while True:
            await self._asked.wait()
            self._asked.clear()
            if found := await self.check():
                return found

    async def check(self) -> Found | None:
        """Looks now, as at each health check; returns what is to take over."""
        if not self._ours.may_be_replaced:
            return None
        mark = await asyncio.to_thread(self._ours.mark)
        if mark == self._ours.accepted:
            self._accept(mark)
        elif self._is_settled(mark):
            return await self._other(mark)
        return None

    def _is_settled(self, mark: object) -> bool:
        if mark != self._seen:
            self._seen, self._quiet, self._wait = mark, 0, QUIET_CHECKS
            self.problem = UPDATE_UNDER_WAY.problem(
                f"Programs in {printable(str(self._ours.site))} are being replaced."
            )
            return False
        self._quiet += 1
        return self._quiet >= self._wait

    async def _other(self, mark: object) -> Found | None:
        """Examines what is installed now; returns it if it is to take over."""
        try:
            found = await self._examined()
            self._object_to(found)
        except UnusableError as error:
            self._refuse(str(error))
            return None
        if await asyncio.to_thread(self._ours.mark) != mark:
            return None
        if found.build != self._ours.build:
            return found
        self._accept(mark)
        return None

    def _accept(self, mark: object) -> None:
        """The same build is installed: it may be used again."""
        if self.problem or mark != self._ours.accepted:
            self._ours.accepted, self._seen, self.problem = mark, mark, None
            self._on_accepted()

    def _refuse(self, why: str) -> None:
        if why != self._logged:
            log.error("%s %s", why, GOES_ON)
            self._logged = why
        self.problem = UPDATE_FAILED.problem(f"{why} {GOES_ON}")
        self._quiet, self._wait = 0, min(2 * self._wait, LONGEST_QUIET_CHECKS)

    def _object_to(self, found: Found) -> None:
        """Raises UnusableError if what was found cannot take over."""
        if not found.packages:  # a checkout, for example
            raise UnusableError(self._removed)
        if not self._is_expected and found.build != self._ours.build:
            raise UnusableError("Another imgsimd than this one was installed at the last update.")
        if found.flaw:
            raise UnusableError(f"The installation of imgsimd is incomplete: {found.flaw}.")
        missing = sorted(self._ours.packages.keys() - found.packages.keys())
        if missing and self._wait < LONGEST_QUIET_CHECKS:
            raise UnusableError(
                f"The installed imgsimd lacks {missing[0]}, which was there before."
            )
        if found.database < self._database:
            raise UnusableError(
                f"imgsimd {found.version} was installed, which is too old for the database: that "
                f"has version {self._database}, and it knows {found.database}."
            )

    async def _examined(self) -> Found:
        """What is installed. Raises UnusableError if it cannot be used."""
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-B", "-P", "-c", self._ours.examiner),
                cwd="/",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            return await _answer(process)
        except UnusableError:
            if (self._ours.site / "imgsimd").exists():
                raise
        except OSError:
            pass  # no Python any more
        raise UnusableError(self._removed)

    @property
    def _removed(self) -> str:
        return f"imgsimd was removed from {printable(str(self._ours.site))}."


async def _answer(process: asyncio.subprocess.Process) -> Found:
    try:
        async with asyncio.timeout(EXAMINE_SECONDS):
            printed, errors = await process.communicate()
        return Found(**json.loads(printed))
    except TimeoutError:
        why = f"did not start within {EXAMINE_SECONDS:g} seconds"
    except (ValueError, TypeError):
        last = errors.decode(errors="replace").strip().rpartition("\n")[2]
        why = f"cannot be started: {printable(last) or 'it ends without a word'}"
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    raise UnusableError(f"The installed imgsimd {why}.")
