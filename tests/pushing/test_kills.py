"""Whichever side is killed while it pushes: in the end both hold the same ids.

IMGSIMD_KILLS says how often each side is killed; 100 take a quarter of an hour.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import Collections, Ids
from tests.support.milvus_server import MilvusServer, milvus_server
from tests.support.patience import LONG_DEADLINE
from tests.support.pushing_process import PREFIX, STEP

pytestmark = pytest.mark.long

KILLS = int(os.environ.get("IMGSIMD_KILLS", "2"))
LONGEST_LIFE = 0.6
"""Seconds from the first change to the kill, at most."""
EACH_LIFE = 10**5
"""Photos of one life have numbers that no other's have."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MilvusServer]:
    with milvus_server(tmp_path) as server:
        yield server


def process(folder: Path, uri: str, first: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.pushing_process", str(folder), uri, str(first)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def in_collection(server: MilvusServer) -> list[int]:
    link = Link(server.link, LONG_DEADLINE)
    (name,) = (n for n in link.ask(Collections(PREFIX)) if "hosts" not in n and "thumb" not in n)
    found = link.ask(Ids(name, ""))
    link.close()
    return [int(each) for each in found]


def test_no_id_is_lost_doubled_or_left_over(tmp_path: Path, server: MilvusServer) -> None:
    chance = np.random.default_rng(19)
    for life in range(1, 2 * KILLS + 1):
        pushing = process(tmp_path, server.uri, life * EACH_LIFE)
        assert pushing.stdout
        assert pushing.stdout.readline() == "begun\n"
        with pytest.raises(subprocess.TimeoutExpired):
            pushing.wait(chance.uniform(0, LONGEST_LIFE))
        if life % 2:
            server.kill()
            server.start()
        pushing.kill()
        pushing.communicate(timeout=LONG_DEADLINE)
    last = process(tmp_path, server.uri, 0)
    told, _ = last.communicate(timeout=LONG_DEADLINE)
    expected = [int(each) for each in told.split()]
    found = in_collection(server)
    assert len(expected) > STEP
    assert sorted(expected) == found
    assert len(set(found)) == len(found)
    print(f"{2 * KILLS} kills, {len(found)} ids: lost 0, double 0, stray 0")
