"""Logs what the worker, or a library in it, prints, with a time.

The worker cannot write to a log file itself: its sandbox lets no file grow.
"""

from __future__ import annotations

import asyncio
import logging

log = logging.getLogger(__name__)

LONGEST_LINE = 4096
"""Bytes that become one entry."""
UNWANTED = (
    "INFO: ",  # LiteRT tells that all is well
    "libpng ",  # the rest are about broken pictures, which `imgsimctl failed` lists
    "unknown file: ",  # LibRaw
)
"""How lines begin that nobody needs."""


async def log_all(stream: asyncio.StreamReader | None) -> None:
    """Logs each line until the stream ends; None has ended."""
    while stream and (line := await _line(stream)):
        text = line.decode(errors="surrogateescape").rstrip()
        if text and not text.startswith(UNWANTED):
            log.warning("The embedding worker: %s", text)


async def _line(stream: asyncio.StreamReader) -> bytes:
    """The next line, or a part of one that is very long; empty at the end."""
    try:
        return await stream.readuntil()
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as overrun:
        return await stream.read(overrun.consumed)
