"""Logs what the worker, or a library in it, prints, with a time.

The worker cannot write to a log file itself: its sandbox lets no file grow.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from imgsimd import logs

log = logging.getLogger(__name__)

_BEGIN = "The embedding worker: "
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
            log.warning("%s%s", _BEGIN, text)


@contextmanager
def heard() -> Iterator[list[str]]:
    """The entries that are made meanwhile: the lines of workers, for a command that reads no
    log."""
    words: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            words.append(record.getMessage().removeprefix(_BEGIN))

    ear = Ear()
    log.addHandler(ear)
    try:
        yield words
    finally:
        log.removeHandler(ear)


def last_words(words: list[str]) -> str:
    """The last error among the lines of a worker, else the last line that says something."""
    lines = [each for each in words if each.strip()] or ["nothing"]
    return logs.last_error("\n".join(lines)) or lines[-1]


async def _line(stream: asyncio.StreamReader) -> bytes:
    """The next line, or a part of one that is very long; empty at the end."""
    try:
        return await stream.readuntil()
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as overrun:
        return await stream.read(overrun.consumed)
