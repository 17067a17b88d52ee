"""imgsimctl: runs a command, and shows its errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from typer._click.exceptions import NoArgsIsHelpError, UsageError  # see `usage`

from imgsimd.cli import (
    commands,
    ending,
    mentions,
    standard_error,
    streams,
    usage,
)
from imgsimd.client import last_answer


def main() -> NoReturn:
    """The `imgsimctl` command. Exit codes: README.md, and `errors.py`."""
    streams.prepare()
    ending.heed_signals()
    code = run(sys.argv[1:])
    os._exit(code)  # Python's own exit takes a tenth of a command's time


def run(arguments: Sequence[str]) -> int:
    """Runs the command that the arguments name; returns the exit code. Raises nothing."""
    standard_error.choose(arguments)
    last_answer.forget()
    code = ending.exit_code(lambda: _run(arguments))
    mentions.mention(arguments)
    return code


def _run(arguments: Sequence[str]) -> int:
    app = commands.app(*arguments[:1])
    try:
        return app(arguments, prog_name="imgsimctl", standalone_mode=False) or 0
    except NoArgsIsHelpError as error:
        print(error.message)
        return error.exit_code
    except UsageError as error:
        return ending.refuse(usage.sentence(error), usage.EXIT_CODE)
