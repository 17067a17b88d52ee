"""Work that imports what no other command needs, in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from imgsimd import child_start
from imgsimd.errors import ConfigError, ImgsimdError, WorkerError, kinds
from imgsimd.words import of_signal

CTRL_C_SECONDS = 2.0
"""Seconds in which a child should end after Ctrl-C; then it gets SIGINT from us."""


def run(module: str, *arguments: str) -> None:
    """Runs the module with our terminal; what it prints is for the user.

    Raises typer.Exit with its exit code if that is not 0, KeyboardInterrupt if Ctrl-C ended it,
    BrokenPipeError if nobody read what it wrote, and WorkerError if another signal ended it.
    """
    _check(_ended(child_start.started(module, arguments)))


def told(
    module: str, *arguments: str, descriptors: Sequence[int] = ()
) -> Iterator[dict[str, Any]]:  # Any: JSON
    """Runs the module, which inherits these descriptors; gives each line of JSON that it prints
    until it has ended.

    Raises as `run` does, and the ImgsimdError that a line `error` tells of.
    """
    process = child_start.started(module, arguments, subprocess.PIPE, descriptors)
    assert process.stdout
    said: dict[str, Any] = {}
    try:
        for line in process.stdout:
            said = json.loads(line)
            yield said
    except BaseException as end:
        _end(process, end)
        raise
    code = _ended(process)
    if "error" in said:
        raise _as_told(said["error"])
    _check(code)


def _check(code: int) -> None:
    """Raises what the exit code of a child means."""
    if code == -signal.SIGINT:
        raise KeyboardInterrupt
    if code == -signal.SIGPIPE:
        raise BrokenPipeError
    if code < 0:
        raise WorkerError(
            f"Nothing was done: the process that does this was ended by {of_signal(-code)}. If "
            "nobody ended it, memory may be short: close other programs, then try again."
        )
    if code:
        raise typer.Exit(code)


def _as_told(error: dict[str, str]) -> ImgsimdError:
    """The error that the child has ended with."""
    for kind in kinds():
        if vars(kind).get("code") == error["code"]:
            return kind(error["message"])
    return ConfigError(error["message"])


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Waits for the child; returns its exit code. If we are to end, the child is ended first and
    can clean up; a terminal sends it Ctrl-C, too."""
    try:
        return process.wait()
    except (KeyboardInterrupt, SystemExit) as end:
        _end(process, end)
        raise


def _end(process: subprocess.Popen[bytes], end: BaseException) -> None:
    """Returns when the child has ended. Where a terminal has sent it Ctrl-C, too, a second one at
    once would keep it from cleaning up."""
    try:
        process.wait(CTRL_C_SECONDS if isinstance(end, KeyboardInterrupt) else 0)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        process.wait()
