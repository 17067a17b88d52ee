"""The pause between two tries doubles up to a limit."""

from __future__ import annotations

import asyncio

from imgsimd.backoff import Backoff


async def test_each_pause_is_twice_the_last_up_to_the_longest() -> None:
    backoff, pauses = Backoff(first=0.001, longest=0.005), list[float]()
    for _ in range(5):
        pauses.append(backoff.seconds)
        await backoff.wait()
    assert pauses == [0.001, 0.002, 0.004, 0.005, 0.005]


async def test_a_pause_is_waited_for() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await Backoff(first=0.02, longest=1).wait()
    assert loop.time() - began >= 0.015
