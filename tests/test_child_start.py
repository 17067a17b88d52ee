"""Ctrl-C ends what a command has started without a word, whatever it is doing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import DEADLINE

IMPORTING = """
import signal
print("importing", flush=True)
signal.pause()
"""
WORKING = """
import signal, sys

def main():
    try:
        print("working", *sys.argv, flush=True)
        signal.pause()
    except KeyboardInterrupt:
        print("tidied up", flush=True)
        return 3
"""
ENDING = """
def main():
    pass
"""


def started(folder: Path, source: str) -> subprocess.Popen[str]:
    """The source as a module, in the middle of what it does."""
    (folder / "work.py").write_text(source)
    return subprocess.Popen(
        [sys.executable, "-m", "imgsimd.child_start", "work", "-x", "one two"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs ignore SIGINT, and would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.mark.parametrize(
    ("source", "says", "tells", "code"),
    [
        (IMPORTING, "importing\n", "", -signal.SIGINT),
        (WORKING, "working work -x one two\n", "tidied up\n", 3),
    ],
)
def test_ctrl_c_ends_it_without_a_word(
    tmp_path: Path, source: str, says: str, tells: str, code: int
) -> None:
    process = started(tmp_path, source)
    assert process.stdout
    assert process.stdout.readline() == says
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=DEADLINE) == (tells, "")
    assert process.returncode == code


def test_what_returns_nothing_has_done_its_work(tmp_path: Path) -> None:
    process = started(tmp_path, ENDING)
    assert process.communicate(timeout=DEADLINE) == ("", "")
    assert process.returncode == 0
