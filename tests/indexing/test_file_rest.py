"""A file that somebody has open for writing is not at rest, nor one that was written just now."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from imgsimd.indexing.file_rest import REST_SECONDS, has_writer, is_young
from imgsimd.types import FileState

NOW = 1_800_000_000.0
OLD = int((NOW - 1000) * 1e9)
LOOKS = """
import os, sys
from imgsimd.indexing.file_rest import has_writer
descriptor = os.open(sys.argv[1], os.O_RDONLY)
print("begun", flush=True)
print(sum(has_writer(descriptor) for _ in range(20_000)))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"half of it")
    return file


def seen(file: Path) -> bool:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        return has_writer(descriptor)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("flags", [os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND])
def test_whoever_has_it_open_for_writing_is_seen_until_it_is_closed(file: Path, flags: int) -> None:
    assert not seen(file)
    writer = os.open(file, flags)
    assert seen(file)
    os.close(writer)
    assert not seen(file)


def test_whoever_reads_it_is_no_writer(file: Path) -> None:
    with file.open("rb"):
        assert not seen(file)


def test_a_file_that_has_no_lease_has_no_writer_as_far_as_anybody_can_tell() -> None:
    reading, writing = os.pipe()
    assert not has_writer(reading)
    os.close(reading)
    os.close(writing)


def test_writers_that_come_while_it_is_looked_at_get_the_file_and_end_nobody(file: Path) -> None:
    command = [sys.executable, "-c", LOOKS, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as looking:
        assert looking.stdout is not None
        looking.stdout.readline()
        while looking.poll() is None:
            os.close(os.open(file, os.O_WRONLY))
        assert looking.returncode == 0
        assert int(looking.stdout.read()) > 0, "some were seen"


def state(modified: int, changed: int) -> FileState:
    return FileState(1, modified, changed, 1)


@pytest.mark.parametrize("ago", [0.0, 1.0, REST_SECONDS - 0.1])
def test_it_is_young_if_its_content_or_anything_about_it_was_changed_just_now(ago: float) -> None:
    just_now = int((NOW - ago) * 1e9)
    assert is_young(state(just_now, just_now), NOW)
    assert is_young(state(OLD, just_now), NOW), "as `cp -p` does"
    assert is_young(state(int((NOW + 9999) * 1e9), just_now), NOW), "a wrong clock in a camera"


def test_it_is_not_young_later_nor_if_only_its_clock_is_wrong() -> None:
    assert not is_young(state(OLD, OLD), NOW)
    assert not is_young(state(OLD, int((NOW - REST_SECONDS - 0.1) * 1e9)), NOW)
    later = int((NOW + 9999) * 1e9)
    assert not is_young(state(later, later), NOW)
