"""What a worker prints becomes entries of the log, however much it is."""

from __future__ import annotations

import asyncio
import logging

import pytest

from imgsimd.embedding import worker_output


async def test_every_line_is_an_entry_and_a_very_long_one_is_several(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stream = asyncio.StreamReader(limit=worker_output.LONGEST_LINE)
    stream.feed_data(
        b"INFO: Created a delegate\nlibpng error: CRC\nunknown file: data\nbroken\n"
        + b"x" * 10_000
        + b"\nlast"
    )
    stream.feed_eof()
    with caplog.at_level(logging.WARNING):
        await worker_output.log_all(stream)
    ours = [record for record in caplog.records if record.name == worker_output.log.name]
    said = [record.getMessage().removeprefix("The embedding worker: ") for record in ours]
    assert said[0] == "broken"
    assert "".join(said[1:-1]) == "x" * 10_000
    assert said[-1] == "last"
    assert len(said) < 10
