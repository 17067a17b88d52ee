"""Tells open pages how imgsimd is whenever that changes, by one stream for all tabs of a browser.

The stream also says that a page is open: it ends with the last one.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from imgsimd.client import Client
from imgsimd.errors import ImgsimdError
from imgsimd.web import figures
from imgsimd.web.figures import Figures
from imgsimd.web.visitors import Visitors

AGAIN_SECONDS = 1.0
"""Between two attempts to reach a daemon that does not answer."""
PAUSE_SECONDS = 0.25
"""Between two news: more often, nobody can read them."""
SILENT_SECONDS = 15.0
"""After so long without news something is sent, which fails if nobody listens any more."""
_SILENCE = ": still here\n\n"


class Live:
    """The newest figures, for all who listen. Its methods run on the event loop."""

    def __init__(self, client: Client, visitors: Visitors) -> None:
        self.client = client
        self.visitors = visitors
        self._newest: Figures | None = None
        self._changed = asyncio.Event()
        self._is_followed = False
        self._has_ended = False

    def end(self) -> None:
        """Ends all streams, and those that are still to come."""
        self._has_ended = True
        self._tell(self._newest)

    def routes(self) -> list[Route]:
        """The stream, as Server-Sent Events."""

        async def events(request: Request) -> Response:
            return self._stream()

        return [Route("/events", events)]

    def _stream(self) -> Response:
        if not self._is_followed:
            self._is_followed = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._follow, args=[loop], daemon=True).start()
        return _Stream(self._events(), self.visitors)

    async def _events(self) -> AsyncIterator[str]:
        seen: Figures | None = None
        yield f"retry: {AGAIN_SECONDS * 1000:.0f}\n\n"
        while not self._has_ended:
            newest, changed = self._newest, self._changed
            if newest is not None and newest != seen:
                seen = newest
                yield f"data: {newest.as_json}\n\n"
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            try:
                await asyncio.wait_for(changed.wait(), SILENT_SECONDS)
            except TimeoutError:
                yield _SILENCE

    def _follow(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread of its own, until the process ends."""
        while True:
            try:
                for status in self.client.events():
                    loop.call_soon_threadsafe(self._tell, figures.of_status(status))
            except ImgsimdError as error:
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    loop.call_soon_threadsafe(self._tell, figures.of_error(error))
            time.sleep(AGAIN_SECONDS)

    def _tell(self, newest: Figures | None) -> None:
        self._newest = newest
        self._changed.set()
        self._changed = asyncio.Event()


class _Stream(StreamingResponse):
    def __init__(self, events: AsyncIterator[str], visitors: Visitors) -> None:
        super().__init__(events, media_type="text/event-stream")
        self._visitors = visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._visitors.here():
            await super().__call__(scope, receive, send)
