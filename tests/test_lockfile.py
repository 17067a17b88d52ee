"""One process at a time holds a lock file, and knows when it does no longer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from imgsimd import lockfile
from imgsimd.lockfile import HeldError
from tests.support.household import until
from tests.support.patience import DEADLINE

pytestmark = pytest.mark.user

HOLD = """
import pathlib, sys
from imgsimd import lockfile
with lockfile.take(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def test_the_holder_of_a_lock_is_known_until_it_lets_go_or_ends(file: Path) -> None:
    assert lockfile.holder(file) is None
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    assert lockfile.holder(file) == other.pid
    with pytest.raises(HeldError) as refused:
        lockfile.take(file, 0)
    assert refused.value.pid == other.pid
    other.kill()
    other.communicate()
    assert lockfile.holder(file) is None, "though its number is still in the file"
    with lockfile.take(file, 0):
        assert lockfile.holder(file) == os.getpid()
    assert lockfile.holder(file) is None


def test_asking_about_a_lock_blocks_nobody(file: Path) -> None:
    asking = """
import pathlib, sys
from imgsimd import lockfile
print("asks", flush=True)
while True:
    lockfile.holder(pathlib.Path(sys.argv[1]))
"""
    others = [
        subprocess.Popen([sys.executable, "-c", asking, str(file)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    try:
        for other in others:
            assert other.stdout is not None
            assert other.stdout.readline() == b"asks\n"
        for _ in range(50):
            lockfile.take(file).close()
    finally:
        for other in others:
            other.kill()
            other.communicate()


def test_a_lock_that_is_removed_or_replaced_is_no_longer_held(file: Path, tmp_path: Path) -> None:
    with lockfile.take(file) as lock:
        assert lock.is_in_place()
        file.rename(tmp_path / "moved")
        assert not lock.is_in_place()
        file.write_text(f"{os.getpid()}\n")  # as a backup that is put back does
        assert not lock.is_in_place()
        (tmp_path / "moved").rename(file)
        assert lock.is_in_place()


def test_a_lock_file_removed_at_its_release_still_has_one_holder_at_a_time(file: Path) -> None:
    code = """
import os, pathlib, sys
from imgsimd import lockfile
busy = pathlib.Path(sys.argv[1] + ".busy")
for _ in range(50):
    lock = lockfile.take(pathlib.Path(sys.argv[1]), 30)
    os.close(os.open(busy, os.O_CREAT | os.O_EXCL))
    busy.unlink()
    lock.remove()
"""
    others = [subprocess.Popen([sys.executable, "-c", code, str(file)]) for _ in range(4)]
    assert [other.wait(DEADLINE) for other in others] == [0] * 4
    until(lambda: not file.exists())
