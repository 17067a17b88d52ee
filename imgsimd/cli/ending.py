"""How a command ends: with a message and an exit code, or quietly; never with a traceback."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import NoReturn

from imgsimd.cli import pager, standard_error
from imgsimd.errors import ConfigError, ImgsimdError

USAGE = "usage"
SYSTEM = "system"
"""Codes in JSON of a wrong command line, and of what the system refuses: memory, a file, output."""
SIGNALLED = 128
"""Added to a signal's number, as shells do."""
_code_of_errors: int | None = None
SHORTAGES = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ENOBUFS}
"""Errors that say that open files, memory or processes have run out."""


def exit_code(command: Callable[[], int]) -> int:
    """Runs the command; returns its exit code, or the documented one (README.md) if it raises.

    If nobody reads the output any more, the command ends quietly. If the output cannot be written,
    it says so.
    """
    end_errors_with(None)
    code = _attempt(command)
    error = _output_error()
    has_failed = code and _code_of_errors is None
    if has_failed or error is None or isinstance(error, BrokenPipeError):
        return code
    return _fail(_of_output(error), SYSTEM, ConfigError.exit_code)


def end_errors_with(code: int | None) -> None:
    """From now on, every error ends the command with this code, for a command that answers by other
    codes, as cmp(1) and grep(1) do; with None, with its own."""
    global _code_of_errors
    _code_of_errors = code


def heed_signals() -> None:
    """Makes SIGTERM and SIGHUP raise SystemExit, so that a command can undo what is half done."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup(1) ignores one
            signal.signal(number, _end)


def _end(number: int, frame: object) -> NoReturn:
    raise SystemExit(SIGNALLED + number)


def refuse(sentence: str, exit_code: int) -> int:
    """Says why the command line is wrong; returns the code with which the command ends."""
    return _fail(sentence, USAGE, exit_code)


def _fail(
    sentence: str, code: str, exit_code: int, details: Mapping[str, object] | None = None
) -> int:
    exit_code = exit_code if _code_of_errors is None else _code_of_errors
    standard_error.error(sentence, code, exit_code, details or {})
    return exit_code


def _attempt(command: Callable[[], int]) -> int:
    try:
        return command()
    except ImgsimdError as error:
        return _fail(_of_ours(error), error.code, error.exit_code, error.details)
    except KeyboardInterrupt:
        return SIGNALLED + signal.SIGINT
    except BrokenPipeError:  # the reader, such as head, has stopped reading
        return 0
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer makes that a failure
            return 0
        return end.code if isinstance(end.code, int) else 0
    except OSError as error:
        return _fail(_of_system(error), SYSTEM, ConfigError.exit_code)
    except MemoryError:
        sentence = "Memory is short: close other programs, or raise the limit, and try again."
        return _fail(sentence, SYSTEM, ConfigError.exit_code)
    except Exception as error:
        return _fail(report_of_bug(error), ImgsimdError.code, ImgsimdError.exit_code)


def _of_ours(error: ImgsimdError) -> str:
    """The error's own sentence, except for `bad_request`, whose words are meant for programs.
    imgsimctl checks every limit before it asks, so the daemon has another version, or there is a
    bug."""
    if error.code != "bad_request":
        return str(error)
    return (
        "The daemon does not understand imgsimctl. If one of them was updated, `imgsimctl down` "
        f"and `imgsimctl up` help; otherwise please report this: {error}"
    )


def _output_error() -> OSError | None:
    """The error that prevents standard output from being written, if there is one."""
    try:
        pager.end()
        sys.stdout.flush()
    except OSError as error:
        return error
    return None


def _of_output(error: OSError) -> str:
    return f"The output cannot be written: {error.strerror}."


def _of_system(error: OSError) -> str:
    """The sentence for a system error that the command did not expect."""
    if error.filename is not None:
        return f"{os.fsdecode(error.filename)} cannot be used: {error.strerror}."
    if error.errno == errno.ENOENT:  # only from os.getcwd
        return "The current folder no longer exists: cd to another one, then try again."
    if error.errno in SHORTAGES:
        return f"imgsimctl lacks a resource of the system: {error.strerror}."
    return _of_output(error)


def report_of_bug(error: Exception) -> str:
    """The sentence for an error that nobody expected. The traceback goes into a file that can be
    sent to us."""
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error))
    what = traceback.format_exception_only(error)[-1].strip()
    try:
        file, path = tempfile.mkstemp(prefix="imgsimctl-", suffix=".txt")
        with open(file, "w", encoding="utf-8", errors="backslashreplace") as report:
            report.write(text)
    except OSError:
        return f"This is a bug in imgsimctl, please report it: {what}"
    return f"This is a bug in imgsimctl ({what}). Please report it, with the file {path}."
